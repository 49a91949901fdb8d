"""``nokosanai notice``: a notice to the person at the PC, in a language that person reads."""

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, day, say

if TYPE_CHECKING:
    from scanner.commands import Commands

_DAYS = 7
"""Days to put things in order, where nobody says otherwise."""


def add(commands: "Commands") -> None:
    """Declare the command."""
    parser = command(commands, "notice", "a notice to the person at the PC, in nine languages", _notice)
    languages = parser.add_mutually_exclusive_group()
    languages.add_argument(
        "--lang", metavar="LANG", action="append", help="ja-easy vi ne id my fil zh pt en; several times"
    )
    languages.add_argument("--all", action="store_true", help="in every language")
    parser.add_argument("--count", metavar="N", type=_count, help="number of files with personal data")
    parser.add_argument("--where", metavar="TEXT", default="PC", help="the medium or folder (default: PC)")
    parser.add_argument("--until", metavar="DATE", type=day, help=f"by when (default: in {_DAYS} days)")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write it to FILE, in UTF-8")


def _remembered() -> int | None:
    """The number of files with personal data that the last run knew of; None where nothing is remembered."""
    from scanner.again import runs
    from scanner.errors import UsageError
    from scanner.places import state_folder

    try:
        known = runs(state_folder(), "en")
    except UsageError:
        return None
    return known[-1].documents if known else None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _notice(options: argparse.Namespace) -> int:
    from scanner.errors import OutputError
    from scanner.policy.notices import ORDER, notice
    from scanner.wording import shown

    chosen = ORDER if options.all else tuple(dict.fromkeys(options.lang or ("ja-easy", "en")))
    until = options.until or date.today() + timedelta(days=_DAYS)
    count = options.count if options.count is not None else _remembered()
    texts = [notice(lang).lines(count=count, where=shown(options.where), until=until) for lang in chosen]
    lines = ("\n\n" + "-" * 60 + "\n\n").join("\n".join(text) for text in texts)
    if options.output is None:
        say(lines)
        return 0
    try:
        options.output.write_text(lines + "\n", encoding="utf-8-sig")
    except OSError as error:
        raise OutputError(f"{options.output}: cannot be written ({error.strerror})") from None
    return 0
