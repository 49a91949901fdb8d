"""The plain parts of every check: a number without its separators, a cell's number, a table that lies beside the rules.

It judges nothing; what makes a number a possible one is in `scanner.checks` and `scanner.phones`.
"""

import re

from scanner.places import rules_folder

_DROP = str.maketrans("", "", " \t-./・ー,|()〔〕")
_FRACTION = re.compile(r"\.0+$")


def compact(raw: str) -> str:
    """The characters that are not separators, in capital letters."""
    return raw.translate(_DROP).upper()


def digits_of(raw: str) -> str:
    """The digits of a number with separators; empty when there is anything else in it."""
    text = compact(raw)
    return text if text.isascii() and text.isdigit() else ""


def cell_digits(raw: str) -> str:
    """The digits of a cell, without the ``.0`` that a table of numbers leaves behind."""
    return digits_of(_FRACTION.sub("", raw))


def table(name: str) -> list[str]:
    """The lines of a table that lies beside the rules."""
    return (rules_folder() / "data" / name).read_text(encoding="utf-8").splitlines()
