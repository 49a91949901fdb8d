"""``nokosanai scan``: examine, print a report, say with the exit code how it stands."""

import argparse
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import closed_pipe, command, lang, say
from scanner.errors import UsageError
from scanner.sinks import SINKS

if TYPE_CHECKING:
    from scanner.cluster import Access
    from scanner.commands import Commands
    from scanner.line import Options, Run

PROFILED = ("terminal", "json", "jsonl")
"""Forms of the report that say where the time went; beside the others it is told on the standard error."""
INSISTED = 3.0
"""Seconds after which asking again ends a scan that does not come to its next step."""


def add(commands: "Commands") -> None:
    """Declare the command."""
    _flags(command(commands, "scan", "examine files and folders, print a report", _scan))


def _flags(parser: argparse.ArgumentParser) -> None:
    flag = parser.add_argument
    flag("paths", metavar="PATH", nargs="*", help="files and folders (default: the home folder)")
    flag("--format", choices=tuple(SINKS), default="terminal", help="form of the report (default: terminal)")
    flag("--output", metavar="FILE", type=Path, help="write the report to FILE, whole or not at all")
    flag(
        "--policy", metavar="FILE", type=Path, help="policy to judge by (default: the machine's, else the built-in one)"
    )
    flag("--min-confidence", choices=("low", "medium", "high"), default="low", help="leave weaker findings out")
    flag("--jobs", metavar="N", type=_positive, help="worker processes (default: 2, or 1 on a single core)")
    flag("--exclude", metavar="GLOB", action="append", default=[], help="leave out; may be given several times")
    flag("--passwords", metavar="FILE", type=Path, help="passwords to try on what is encrypted, one a line; never kept")
    flag("--cross-filesystems", action="store_true", help="walk into other file systems mounted below a PATH")
    flag("--places", metavar="all|N", type=_places, default=20, help="places listed for each finding (default: 20)")
    flag(
        "--cluster",
        metavar="URL",
        help="examine on the machines of a cluster, tls://HOST:PORT; all must see PATH alike",
    )
    flag("--cluster-ca", metavar="FILE", help="the cluster's authority (PEM; default: cluster_ca of the settings)")
    flag("--cluster-cert", metavar="FILE", help="the certificate of this machine (default: cluster_cert)")
    flag("--cluster-key", metavar="FILE", help="its key (default: cluster_key)")
    flag("--full", action="store_true", help="examine everything anew, whatever is remembered")
    flag("--no-state", action="store_true", help="neither use nor write the memory of earlier runs")
    flag("--profile", action="store_true", help="say at the end where the time went: by stage, format and rule")
    flag("--no-fail", action="store_true", help="exit with 0 instead of 1 or 3")
    flag("--quiet", action="store_true", help="no progress on the standard error")
    lang(parser)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _places(text: str) -> int | None:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'all'")
    return None if text == "all" else int(text)


def passwords(file: Path | None) -> tuple[str, ...]:
    """The lines of a file; raises UsageError when it cannot be read."""
    from scanner.text import decode

    if file is None:
        return ()
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: the passwords cannot be read ({error.strerror})") from None
    lines = decode(raw)[1].splitlines() if raw else []
    return tuple(dict.fromkeys(line for line in lines if line))


class Ending:
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
    ending = Ending()
    ending.listen()
    from scanner.output import Output
    from scanner.wording import language

    words = language(options.lang)
    with Output(options.output, options.format) as output:
        run = _run(options)(options.paths or [Path.home()], _options(options, output.files, words))
        ending.interrupts(run.interrupt)
        if options.quiet or not sys.stderr.isatty():
            deque(run.results(), maxlen=0)
        else:
            _with_progress(run, words)
        ending.ignore()
        report = run.report()
        try:
            output.write(report, words)
        except BrokenPipeError:
            closed_pipe()
        if report.history and (options.format != "terminal" or options.output):
            for note in report.history.notes:
                say(f"nokosanai: {note}", sys.stderr)
        if report.profile and options.format not in PROFILED:
            from scanner.sinks.profile import tell

            tell(report.profile, sys.stderr, words)
    return 0 if options.no_fail and report.exit_code in (1, 3) else report.exit_code


def _run(options: argparse.Namespace) -> "type[Run]":
    """The run, or the one that measures itself."""
    if options.profile:
        from scanner.profiling import MeasuredRun

        return MeasuredRun
    from scanner.line import Run

    return Run


def _options(options: argparse.Namespace, outputs: tuple[Path, ...], words: str) -> "Options":
    from scanner.limits import Limits
    from scanner.line import Options

    limits = Limits(passwords=passwords(options.passwords))
    return Options(
        policy=options.policy,
        min_confidence=options.min_confidence,
        jobs=options.jobs,
        exclude=tuple(options.exclude),
        places=options.places,
        outputs=outputs,
        limits=limits,
        cross_filesystems=options.cross_filesystems,
        # what was encrypted the last time may open now
        full=options.full or bool(limits.passwords),
        state=not options.no_state,
        lang=words,
        cluster=_cluster(options),
    )


def _cluster(options: argparse.Namespace) -> "Access | None":
    """How to reach the cluster that was asked for; what the command line does not say, the settings do."""
    if options.cluster is None:
        for name in ("ca", "cert", "key"):
            if getattr(options, f"cluster_{name}"):
                raise UsageError(f"--cluster-{name} is for --cluster")
        return None
    from scanner.cluster import Access
    from scanner.policy.ownership import by_administrator
    from scanner.settings import Settings, load

    said = (options.cluster_ca, options.cluster_cert, options.cluster_key)
    settings = Settings() if all(said) else load(trusted=by_administrator)
    kept = (settings.cluster_ca, settings.cluster_cert, settings.cluster_key)
    ca, cert, key = (one or other for one, other in zip(said, kept, strict=True))
    return Access(address=options.cluster, ca=ca, cert=cert, key=key)


def _with_progress(run: "Run", words: str) -> None:
    from scanner.line import Survey
    from scanner.sinks.progress import Progress

    survey = Survey(run)

    def state() -> tuple[int, int, int | None, int | None, int]:
        return run.ledger.entries["total"], run.ledger.bytes["total"], *survey.totals, run.violations

    with Progress(sys.stderr, lang=words, state=state):
        deque(run.results(), maxlen=0)
