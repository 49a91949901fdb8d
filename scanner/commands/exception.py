"""``nokosanai exception``: findings that somebody responsible has accepted, for a reason and for a while.

The file of exceptions belongs to the administrator: adding and revoking need his rights, listing does not.
"""

import argparse
import os
import sys
from datetime import date
from typing import TYPE_CHECKING

from scanner.commands import command, day, group, lang, not_past, say

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.memory import Acceptance


def add(commands: "Commands") -> None:
    """Declare the commands."""
    exception = group(commands, "exception", "accepted findings: reason, approver, expiry")
    new = command(exception, "add", "accept what lies at a place, for a while (administrators)", _add)
    new.add_argument("where", metavar="WHERE", help="a file or an address as reports print it, a folder, or a glob")
    new.add_argument(
        "--type", metavar="TYPE", action="append", default=[], help="only this type; several times for more"
    )
    new.add_argument("--reason", metavar="TEXT", required=True, help="why it has to lie there")
    new.add_argument("--approver", metavar="NAME", required=True, help="who answers for it")
    new.add_argument(
        "--until", metavar="DATE", type=day, required=True, help="the last day, 2026-12-31; a year at most"
    )
    lang(command(exception, "list", "every exception there is, and how it stands", _list))
    gone = command(exception, "revoke", "end an exception today (administrators)", _revoke)
    gone.add_argument("id", metavar="ID", help="as `exception list` prints it")


def _add(options: argparse.Namespace) -> int:
    from scanner.memory import Acceptance
    from scanner.policy import acceptance

    today = not_past(options.until)
    known = _honoured()
    one = Acceptance(
        id=acceptance.new_id([each.id for each in known]),
        where=_place(options.where),
        types=tuple(dict.fromkeys(options.type)),
        reason=options.reason,
        approver=options.approver,
        added=today,
        expires=options.until,
    )
    acceptance.add(one)
    say(f"{one.id}\t{one.where}\t{one.expires}")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    from scanner.policy import acceptance

    acceptance.revoke(options.id, date.today())
    return 0


def _list(options: argparse.Namespace) -> int:
    from scanner.policy import acceptance
    from scanner.wording import language

    found = acceptance.register()
    today = date.today()
    for one in sorted(found.acceptances, key=lambda one: (one.expires, one.id)):
        say(_line(one, today, language(options.lang)))
    if found.refused:
        say(f"nokosanai: {found.refused}", sys.stderr)
    return 2 if found.refused else 0


def _line(one: "Acceptance", today: date, words: str) -> str:
    from scanner.policy.acceptance import state
    from scanner.wording import ACCEPTANCE_STATES, TYPES, name, shown

    key, days = state(one, today)
    phrase = ACCEPTANCE_STATES[key]
    standing = (phrase.ja if words == "ja" else phrase.en).format(n=days, s="" if days == 1 else "s")
    types = ", ".join(name(TYPES, kind, words) for kind in one.types) or "*"
    return "\t".join((one.id, standing, str(one.expires), *map(shown, (one.where, types, one.reason, one.approver))))


def _honoured() -> "tuple[Acceptance, ...]":
    """The exceptions there are; raises UsageError where a scan would not honour them."""
    from scanner.errors import UsageError
    from scanner.policy import acceptance

    found = acceptance.register()
    if found.refused:
        raise UsageError(found.refused)
    return found.acceptances


def _place(where: str) -> str:
    """The place as addresses are written: absolute, a folder as all that lies in it. Globs stay as they are."""
    if any(character in where for character in "*?["):
        return where
    outer, mark, inner = where.partition("!")
    absolute = os.path.abspath(outer)
    return f"{absolute}{os.sep}**" if not mark and os.path.isdir(absolute) else absolute + mark + inner
