"""``nokosanai doctor``: what on this machine would keep a scan or a watch from being complete."""

import argparse
from typing import TYPE_CHECKING

from scanner.commands import command, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands

MARKS = {"good": "+", "warning": "!", "bad": "-"}


def add(commands: "Commands") -> None:
    """Declare the command."""
    doctor = command(commands, "doctor", "what here would keep a scan or a watch from being complete", _doctor)
    doctor.add_argument("paths", metavar="PATH", nargs="*", help="folders to be looked at (default: the home folder)")
    lang(doctor)


def _doctor(options: argparse.Namespace) -> int:
    from scanner.checkup import checkup
    from scanner.wording import language, shown

    words = language(options.lang)
    found = list(checkup(options.paths, words))
    for one in found:
        say(f"{MARKS[one.state]} {shown(one.said)}")
        if one.advice:
            say(f"    {shown(one.advice)}")
    return 3 if any(one.state == "bad" for one in found) else 0
