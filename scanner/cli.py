"""The command ``nokosanai``: flags in, exit code out. Flags are declared once, in `_parser`.

Reports go to the standard output or a file, everything else to the standard error. Heavy imports wait until a command
needs them, so that ``--help`` answers at once.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scanner.errors import OutputError, UsageError
from scanner.version import VERSION

if TYPE_CHECKING:
    from scanner.line import Run

EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 2, 4, 130
INSISTED = 3.0
"""Seconds after which asking again ends a scan that does not come to its next step."""

_EPILOG = """exit codes:
  0 complete, no violation    1 violation    2 wrong use or bad configuration
  3 no violation, but something that the policy wants examined was not
  4 internal failure          130 interrupted"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _open_closed_streams()
    try:
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        code = command(options)
        sys.stdout.flush()
    except BrokenPipeError:
        _closed_pipe()
        return 0
    except KeyboardInterrupt:
        _Ending().ignore()
        return _fail("interrupted; there is no report", EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last door: a defect of ours is one sentence and exit code 4
        return _failure(error)
    return code


def _open_closed_streams() -> None:
    """Put something in the place of standard streams that whoever started us has closed.

    In this order, so that each gets its own descriptor: a pipe to a worker must not become the standard output.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _failure(error: Exception) -> int:
    """Say what went wrong, in one sentence that quotes no document."""
    if isinstance(error, UsageError):
        return _fail(str(error), EXIT_USAGE)
    if isinstance(error, OutputError):
        return _fail(str(error), EXIT_INTERNAL)
    if isinstance(error, OSError):
        return _fail(f"the system refuses: {error.strerror or type(error).__name__}", EXIT_INTERNAL)
    if os.environ.get("NOKOSANAI_TRACEBACK"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return _fail(f"internal failure: {type(error).__name__} in {where}", EXIT_INTERNAL)


def _fail(sentence: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        encoding = sys.stderr.encoding or "ascii"
        line = f"nokosanai: {sentence}\n"
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()
    return code


def _closed_pipe() -> None:
    """The reader of our output has gone: what is left in its buffer goes nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- flags ---------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nokosanai",
        description="Finds the personal data that should not be on this disk or stick, and says what was not examined.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nokosanai {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _scan_flags(_command(commands, "scan", "examine files and folders, print a report", _scan))
    rules = _command(commands, "rules", "the detection rules", None).add_subparsers(metavar="WHAT", required=True)
    _lang(_command(rules, "list", "one line for each rule", _rules_list))
    show = _command(rules, "show", "one rule: what it looks for, on what ground", _rules_show)
    show.add_argument("rule", metavar="RULE")
    _lang(show)
    _command(rules, "check", "prove every rule by its own examples", _rules_check)
    attempt = _command(rules, "try", "what the rules find in a text (shown in clear)", _rules_try)
    attempt.add_argument("text", metavar="TEXT", help="the text; - reads the standard input")
    policy = _command(commands, "policy", "the policy in force", None).add_subparsers(metavar="WHAT", required=True)
    for name, text, function in (
        ("check", "whether a policy file holds", _policy_check),
        ("show", "the clauses in the order in which they are tried", _policy_show),
    ):
        one = _command(policy, name, text, function)
        one.add_argument("--policy", metavar="FILE", type=Path)
        _lang(one)
    extract = _command(commands, "extract", "the text that the scanner sees in a document (in clear)", _extract)
    extract.add_argument("path", metavar="PATH", type=Path)
    _lang(_command(commands, "volumes", "the disks and media there are, and how each is classed", _volumes))
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    function: Callable[[argparse.Namespace], int] | None,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    if function is not None:
        parser.set_defaults(command=function)
    return parser


def _lang(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=("ja", "en"), help="language of texts (default: that of the system)")


def _scan_flags(parser: argparse.ArgumentParser) -> None:
    flag = parser.add_argument
    flag("paths", metavar="PATH", nargs="*", help="files and folders (default: the home folder)")
    flag("--format", choices=("terminal", "json"), default="terminal", help="form of the report (default: terminal)")
    flag("--output", metavar="FILE", type=Path, help="write the report to FILE, whole or not at all")
    flag(
        "--policy", metavar="FILE", type=Path, help="policy to judge by (default: the machine's, else the built-in one)"
    )
    flag("--min-confidence", choices=("low", "medium", "high"), default="low", help="leave weaker findings out")
    flag("--jobs", metavar="N", type=_positive, help="worker processes (default: 2, or 1 on a single core)")
    flag("--exclude", metavar="GLOB", action="append", default=[], help="leave out; may be given several times")
    flag("--cross-filesystems", action="store_true", help="walk into other file systems mounted below a PATH")
    flag("--places", metavar="all|N", type=_places, default=20, help="places listed for each finding (default: 20)")
    flag("--full", action="store_true", help="examine everything anew (this version always does)")
    flag("--no-state", action="store_true", help="remember nothing (this version never does)")
    flag("--no-fail", action="store_true", help="exit with 0 instead of 1 or 3")
    flag("--quiet", action="store_true", help="no progress on the standard error")
    _lang(parser)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _places(text: str) -> int | None:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'all'")
    return None if text == "all" else int(text)


# --- commands ------------------------------------------------------------------------------------------------------


class _Ending:
    """What ends a scan from outside: Ctrl-C, a closed window, a shutdown. Whoever ends it gets the report till then.

    No exception is raised, lest it meet the program in the middle of something, but for one who asks again and again.
    """

    def __init__(self) -> None:
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        numbers = (getattr(signal, name) for name in names if hasattr(signal, name))
        self._numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]  # nohup
        self._asked: float | None = None
        self._interrupt: Callable[[], None] | None = None

    def listen(self) -> None:
        """From now on, remember who asks."""
        for number in self._numbers:
            signal.signal(number, self._ask)

    def interrupts(self, interrupt: Callable[[], None]) -> None:
        """Call this for whoever asks or has asked already."""
        self._interrupt = interrupt
        if self._asked is not None:
            interrupt()

    def ignore(self) -> None:
        """From now on nobody is heard: what is left is the report."""
        for number in self._numbers:
            signal.signal(number, signal.SIG_IGN)

    def _ask(self, number: int, frame: object) -> None:
        if self._asked is not None and time.monotonic() - self._asked > INSISTED:
            self.ignore()
            raise KeyboardInterrupt
        self._asked = self._asked or time.monotonic()
        if self._interrupt is not None:
            self._interrupt()


def _scan(options: argparse.Namespace) -> int:
    ending = _Ending()
    ending.listen()
    from scanner.line import Options, Run
    from scanner.output import Output
    from scanner.wording import language

    lang = language(options.lang)
    with Output(options.output, options.format) as output:
        run = Run(
            options.paths or [Path.home()],
            Options(
                policy=options.policy,
                min_confidence=options.min_confidence,
                jobs=options.jobs,
                exclude=tuple(options.exclude),
                places=options.places,
                outputs=output.files,
                cross_filesystems=options.cross_filesystems,
                lang=lang,
            ),
        )
        ending.interrupts(run.interrupt)
        if options.quiet or not sys.stderr.isatty():
            deque(run.results(), maxlen=0)
        else:
            _scan_with_progress(run, lang)
        ending.ignore()
        report = run.report()
        try:
            output.write(report, lang)
        except BrokenPipeError:
            _closed_pipe()
    return 0 if options.no_fail and report.exit_code in (1, 3) else report.exit_code


def _scan_with_progress(run: "Run", lang: str) -> None:
    from scanner.line import Survey
    from scanner.sinks.progress import Progress

    survey = Survey(run)

    def state() -> tuple[int, int, int | None, int | None, int]:
        return run.ledger.entries["total"], run.ledger.bytes["total"], *survey.totals, run.violations

    with Progress(sys.stderr, lang=lang, state=state):
        deque(run.results(), maxlen=0)


def _rules_list(options: argparse.Namespace) -> int:
    from scanner.reveal import detector
    from scanner.wording import language

    lang = language(options.lang)
    for rule in detector().rules:
        _print(f"{rule.id:26} {rule.title[lang]}")
    return 0


def _rules_show(options: argparse.Namespace) -> int:
    from scanner.reveal import detector
    from scanner.wording import language

    lang = language(options.lang)
    rule = next((rule for rule in detector().rules if rule.id == options.rule), None)
    if rule is None:
        raise UsageError(f"there is no rule {options.rule!r}; see nokosanai rules list")
    _print(f"{rule.id}: {rule.title[lang]}")
    lines = {
        "type": rule.type + ("" if rule.personal else " (never personal by itself)"),
        "pattern": rule.pattern,
        "context": ", ".join(rule.context),
        "counter": ", ".join(rule.counter),
        "headers": ", ".join(rule.column.headers),
        "confidence": ", ".join(f"{evidence} {value}" for evidence, value in rule.confidence.items()),
        "references": "; ".join(rule.references),
        "hits": " | ".join(example.text for example in rule.examples if example.finds),
        "misses": " | ".join(example.text for example in rule.examples if not example.finds),
    }
    for name, value in lines.items():
        if value:
            _print(f"  {name:11} {value}")
    return 0


def _rules_check(options: argparse.Namespace) -> int:
    from scanner.detection.proof import prove
    from scanner.reveal import detector, in_segment

    faults = list(prove(detector(), in_segment))
    for fault in faults:
        _print(f"{fault.rule}: {fault.what}")
    rules = detector().rules
    examples = sum(len(rule.examples) for rule in rules)
    _print(f"{len(rules)} rules, {examples} examples, {len(faults)} faults")
    return 1 if faults else 0


def _rules_try(options: argparse.Namespace) -> int:
    from scanner.model import Segment
    from scanner.origin import TextOrigin
    from scanner.reveal import in_segment

    text = sys.stdin.read() if options.text == "-" else options.text
    for match in in_segment(Segment(text=text, address="text", origin=TextOrigin())):
        _print(f"{match.start}-{match.end}\t{match.type}\t{match.confidence} ({match.evidence})\t{match.value}")
    return 0


def _policy_check(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import load

    policy = load(options.policy)
    _print(f"{policy.name}: {len(policy.clauses)} clauses, digest {policy.digest}")
    return 0


def _policy_show(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import describe, load
    from scanner.wording import language

    for line in describe(load(options.policy), language(options.lang)):
        _print(line)
    return 0


def _extract(options: argparse.Namespace) -> int:
    import json

    from scanner.model import Segment
    from scanner.reveal import pieces

    for piece in pieces(options.path):
        if not isinstance(piece, Segment):
            _print(f"--- {piece.address}: {piece.kind}: {piece.detail}", sys.stderr)
            continue
        place = json.dumps(piece.place.to_dict(), ensure_ascii=False)
        notes = ", ".join(note for note in (piece.encoding, piece.label) if note)
        _print(f"--- {piece.address} {place}{f' ({notes})' if notes else ''}")
        _print(piece.text[piece.lead :].rstrip("\n"))
    return 0


def _volumes(options: argparse.Namespace) -> int:
    from scanner.media.volumes import volumes
    from scanner.wording import VOLUME_CLASSES, language

    lang = language(options.lang)
    for volume in volumes():
        words = VOLUME_CLASSES[volume.volume_class][lang == "en"]
        _print(f"{volume.mount}	{words}	{volume.identity}	{volume.filesystem}")
    return 0


def _print(line: str, stream: TextIO | None = None) -> None:
    """Print a line on a console that may not know all of its characters (code page 932 has no 𠮷)."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    out.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
