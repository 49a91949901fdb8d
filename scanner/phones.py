"""Whether a string of digits can be somebody's telephone number: Japan's numbering plan, and foreign numbers from +.

A part of `scanner.checks`, under the same agreement: folded text in, one spelling or None out.
"""

import re
from functools import cache

from scanner.digits import cell_digits, digits_of, table


@cache
def _areas() -> tuple[tuple[int, frozenset[str]], ...]:
    """For each length of area code (with its 0) the leading digits, four or five, of the numbers written with it."""
    lines = (line.split() for line in table("area_codes.txt"))
    return tuple((int(length), frozenset(codes)) for length, *codes in lines)


_MOBILE = re.compile(r"(?:0[6-9]0|050)[1-9][0-9]{7}")
_DUMMY = re.compile(r"0(?:[5-9]0|[36])12345678|0123456789")
"""What forms and manuals print as an example."""
_JAPAN = re.compile(r"\(?\+81\)?[ -]?(?:\(0\)[ -]?)?0?(?=[1-9(])")
_ABROAD = re.compile(
    r"\+(?=[0-9]{8,15}$)(?!81)(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[246]|9[0-58]|2[1-69]\d|3[578]\d|42\d|5[09]\d"
    r"|6[789]\d|8[058]\d|9[679]\d)[1-9][0-9]+"
)


def _area_lengths(digits: str) -> list[int]:
    """The lengths of area code (with its 0) that a ten-digit number of a fixed line may be written with."""
    if len(digits) != 10:
        return []
    return [length for length, codes in _areas() if digits[: 5 if length == 5 else 4] in codes]


def _grouped(digits: str, groups: list[int]) -> bool:
    if len(groups) == 1:
        return True
    heads = [3] if len(digits) == 11 else _area_lengths(digits)
    return any(groups in ([head, len(digits) - head], [head, len(digits) - head - 4, 4]) for head in heads)


def phone(raw: str) -> str | None:
    """A telephone number: a Japanese one (電気通信番号計画) from its 0, a foreign one from its + (ITU-T E.164).

    Mobile 060 to 090 and IP 050 have a fourth digit that is not 0; a fixed line has a known area code, and groups,
    where there are any, divide it there. Refuses numbers that no person has (0120, 0800, 0570, 0990, 020), tails of
    one repeated digit, and the examples of manuals (090-1234-5678).
    """
    home = _JAPAN.sub("0", raw.strip(), count=1)
    if home.startswith("+"):
        abroad = f"+{digits_of(home[1:])}"
        return abroad if _ABROAD.fullmatch(abroad) and len(set(abroad[-7:])) > 1 else None
    digits = digits_of(home)
    if not (_MOBILE.fullmatch(digits) or _area_lengths(digits)) or len(set(digits[-7:])) == 1:
        return None
    groups = [len(group) for group in re.findall(r"[0-9]+", home)]
    return digits if _grouped(digits, groups) and not _DUMMY.fullmatch(digits) else None


_COORDINATES = re.compile(r"\+[0-9]{4,7}-[0-9]{5,8}")
"""ISO 6709, as in lists of time zones: +4025-07402."""


def phone_bare(raw: str) -> str | None:
    """A telephone number without support: in groups with - or brackets, or 11 digits of a mobile phone."""
    digits = phone(raw)
    if digits is None or (digits[0] == "+" and (not re.search(r"[ -]", raw) or _COORDINATES.fullmatch(raw))):
        return None
    return digits if re.search(r"[-()+]", raw) or re.match(r"0[6-9]0", digits) else None


def phone_cell(raw: str) -> str | None:
    """A telephone number in a column of that name: may have lost its leading 0 to a spreadsheet."""
    digits = cell_digits(raw)
    return phone(raw) or (phone(f"0{digits}") if len(digits) in (9, 10) and digits[0] != "0" else None)
