"""``nokosanai volumes``: the disks and media there are, and which of them were lent to whom.

The file of borrow slips belongs to the administrator: lending and taking back need his rights, listing does not.
"""

import argparse
import sys
from collections import deque
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, day, lang, not_past, say

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.model import Volume
    from scanner.policy.lending import Slip
    from scanner.report import Report


def add(commands: "Commands") -> None:
    """Declare the commands."""
    parser = command(commands, "volumes", "the disks and media there are, and how each is classed", _volumes)
    lang(parser)
    more = parser.add_subparsers(metavar="WHAT")
    lend = command(more, "lend", "permit a medium to leave with data, for a while (administrators)", _lend)
    lend.add_argument("serial", metavar="SERIAL", help="as `volumes` prints it, or where the medium is mounted now")
    lend.add_argument("--person", metavar="NAME", required=True, help="who takes it along")
    lend.add_argument("--purpose", metavar="TEXT", required=True, help="what for")
    lend.add_argument("--until", metavar="DATE", type=day, required=True, help="the last day; a year at most")
    back = command(more, "return", "take a medium back, once it is proven to hold no personal data", _return)
    back.add_argument("serial", metavar="SERIAL", help="as for lend; the medium must be plugged in")
    back.add_argument("--statement", metavar="FILE", type=Path, help="write the signed statement of the scan to FILE")
    slips = command(more, "slips", "what was lent, to whom, and whether it is overdue; exit code 1 when one is", _slips)
    for one in (lend, back, slips):
        lang(one)


def _volumes(options: argparse.Namespace) -> int:
    from scanner.media.volumes import volumes
    from scanner.wording import VOLUME_CLASSES, language

    words = language(options.lang)
    for volume in volumes():
        name = VOLUME_CLASSES[volume.volume_class][words == "en"]
        say(f"{volume.mount}	{name}	{volume.identity}	{volume.filesystem}")
    return 0


def _present(serial: str) -> "Volume | None":
    """The volume that somebody means, by its serial or by where it is mounted, if it is plugged in."""
    from scanner.media.volumes import volumes

    mounts = {serial, serial.rstrip("/\\")}
    return next((one for one in volumes() if one.identity.casefold() == serial.casefold() or one.mount in mounts), None)


def _lend(options: argparse.Namespace) -> int:
    from scanner.errors import UsageError
    from scanner.policy import lending

    today = not_past(options.until)
    volume = _present(options.serial)
    if volume is not None and volume.volume_class not in lending.LENT:
        raise UsageError(f"{volume.mount} is no medium to be lent: it is classed as {volume.volume_class}")
    slip = lending.Slip(
        id=lending.new_id(lending.honoured()),
        serial=volume.identity if volume else options.serial,
        person=options.person,
        purpose=options.purpose,
        lent=today,
        until=options.until,
    )
    lending.lend(slip)
    say(f"{slip.id}\t{slip.serial}\t{slip.until}")
    return 0


def _return(options: argparse.Namespace) -> int:
    from scanner.errors import UsageError
    from scanner.output import Output
    from scanner.policy import lending
    from scanner.sinks.statement import against
    from scanner.wording import language

    volume = _present(options.serial)
    slip = lending.honoured().of(volume.identity if volume else options.serial)
    if slip is None:
        raise UsageError(f"{options.serial} is not lent")
    if volume is None:
        raise UsageError(f"{options.serial} is not plugged in: what is on it must be looked at")
    words = language(options.lang)
    with Output(options.statement, "statement") as output:
        report = _scanned(volume, words, output.files)
        reasons = dict(against(report))
        if not reasons:
            _take_back(slip, report)
        if options.statement is not None:
            output.write(report, words)
    for line in _outcome(volume, report, reasons, words):
        say(line)
    return 0 if not reasons else 1 if {"found", "violations"} & reasons.keys() else 3


def _scanned(volume: "Volume", words: str, outputs: tuple[Path, ...]) -> "Report":
    """A scan of all that is on a medium, whatever is remembered of it."""
    from scanner.commands.scan import Ending
    from scanner.line import Options, Run

    ending = Ending()
    ending.listen()
    run = Run([volume.mount], Options(full=True, lang=words, outputs=outputs))
    ending.interrupts(run.interrupt)
    deque(run.results(), maxlen=0)
    ending.ignore()
    return run.report()


def _take_back(slip: "Slip", report: "Report") -> None:
    from scanner.policy import lending

    ledger = {"entries": report.ledger.entries["total"], "bytes": report.ledger.bytes["total"]}
    lending.take_back(slip, date.today(), ledger)


def _outcome(volume: "Volume", report: "Report", reasons: dict[str, int], words: str) -> list[str]:
    from scanner.wording import STATEMENT, shown, size, text

    mount, ledger = shown(volume.mount), report.ledger
    if not reasons:
        total, amount = ledger.entries["total"], size(ledger.bytes["total"])
        return [text("lent.empty", words, mount=mount, n=total, size=amount)]
    lines = []
    if report.document_count:
        best = report.persons.best
        lines.append(text("lent.found", words, mount=mount, n=report.document_count, best=best))
        lines += [f"  {shown(document.address)}" for document in report.documents]
    for reason in reasons.keys() - {"found", "violations"}:
        phrase = STATEMENT[f"against.{reason}"]
        why = (phrase.ja if words == "ja" else phrase.en).format(n=reasons[reason])
        lines.append(text("lent.unproven", words, mount=mount, why=why))
    return lines


def _slips(options: argparse.Namespace) -> int:
    from scanner.policy import lending
    from scanner.wording import language

    found, today, words = lending.register(), date.today(), language(options.lang)
    for slip in sorted(found.slips, key=lambda one: (one.until, one.id)):
        say(_line(slip, today, words))
    if found.refused:
        say(f"nokosanai: {found.refused}", sys.stderr)
        return 2
    return int(any(slip.overdue(today) for slip in found.slips))


def _line(slip: "Slip", today: date, words: str) -> str:
    from scanner.wording import LOANS, name, shown

    state = "back" if slip.returned else "overdue" if slip.overdue(today) else "out"
    standing = name(LOANS, state, words)
    return "\t".join((slip.id, standing, str(slip.until), *map(shown, (slip.serial, slip.person, slip.purpose))))
