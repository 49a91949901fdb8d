"""``nokosanai report``: the latest state again, from memory."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import closed_pipe, command, lang, say
from scanner.errors import UsageError
from scanner.sinks import SINKS

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.report import Report


def add(commands: "Commands") -> None:
    """Declare the command."""
    parser = command(commands, "report", "the latest report again, from memory of earlier runs", _report)
    flag = parser.add_argument
    flag("--since", metavar="DATE|RUN", default="", help="only what has come or changed since that day or run")
    flag("--compare", metavar="RUN", default="", help="everything, compared with that run instead of the one before")
    flag("--runs", action="store_true", help="list the runs that are remembered")
    flag("--format", choices=tuple(SINKS), default="terminal", help="form of the report (default: terminal)")
    flag("--output", metavar="FILE", type=Path, help="write the report to FILE, whole or not at all")
    flag("--policy", metavar="FILE", type=Path, help="policy to judge by (default: as for scan)")
    flag("--no-fail", action="store_true", help="exit with 0 instead of 1 or 3")
    flag("--statement", action="store_true", help="a signed statement of what was examined, for an auditor")
    flag("--verify", metavar="FILE", type=Path, help="check the signature of a statement")
    flag("--draft", action="store_true", help="a draft of the nine items of a report to the authority, were this lost")
    flag("--where", metavar="PLACE", default="", help="with --draft: a medium, folder or file instead of the machine")
    lang(parser)


def _report(options: argparse.Namespace) -> int:
    from scanner.again import Wanted, report
    from scanner.output import Output
    from scanner.places import state_folder
    from scanner.wording import language

    words = language(options.lang)
    if options.runs:
        return _runs(words)
    if options.verify is not None:
        return _verify(options.verify, words)
    form = "statement" if options.statement else options.format
    with Output(options.output, form) as output:
        wanted = Wanted(since=options.since, compare=options.compare, policy=options.policy, lang=words)
        again = report(state_folder(), wanted)
        if options.draft:
            return _draft(again, options.where, words)
        try:
            output.write(again, words)
        except BrokenPipeError:
            closed_pipe()
    return 0 if options.no_fail and again.exit_code in (1, 3) else again.exit_code


def _verify(path: Path, words: str) -> int:
    from scanner import signing
    from scanner.places import state_folder
    from scanner.sinks import statement

    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    checked = statement.verify(raw)
    say(statement.explain(checked, words, signing.known(state_folder())).rstrip("\n"))
    return checked.exit_code


def _draft(again: "Report", where: str, words: str) -> int:
    from scanner.policy.draft import draft
    from scanner.wording import shown

    gauge = next((one for one in again.gauges if not where or one.where == where), None)
    if gauge is None:
        raise UsageError(f"nothing is known of {where!r}: it must be a place that the report lists")
    for line in draft(gauge, again, words):
        say(shown(line))
    return 0


def _runs(words: str) -> int:
    from scanner.again import runs
    from scanner.places import state_folder
    from scanner.wording import text

    for run in reversed(runs(state_folder(), words)):
        when = run.started.astimezone().isoformat(" ", "minutes")[:16]
        came = text("s.run", words, n=run.documents, v=run.violations, best=run.persons, total=run.entries["total"])
        say(f"{run.run_id[:8]}  {when}  {came}  {', '.join(run.sources)}")
    return 0
