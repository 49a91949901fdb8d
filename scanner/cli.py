"""The command ``nokosanai``: flags in, exit code out. Each command declares its flags in `scanner.commands`.

Reports go to the standard output or a file, everything else to the standard error.
"""

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.commands import (
    closed_pipe,
    doctor,
    exception,
    extract,
    formats,
    notice,
    policy,
    report,
    rules,
    scan,
    service,
    volumes,
    watch,
)
from scanner.errors import OutputError, UsageError
from scanner.version import VERSION

EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 2, 4, 130

_EPILOG = """exit codes:
  0 complete, no violation    1 violation    2 wrong use or bad configuration
  3 no violation, but something that the policy wants examined was not
  4 internal failure          130 interrupted"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _open_closed_streams()

    def command() -> int:
        options = _parser().parse_args(arguments)
        code: int = options.command(options)
        sys.stdout.flush()
        return code

    return guarded(command)


def guarded(command: Callable[[], int]) -> int:
    """The exit code of a command, whatever becomes of it."""
    try:
        return command()
    except BrokenPipeError:
        closed_pipe()
        return 0
    except KeyboardInterrupt:
        scan.Ending().ignore()
        return _fail("interrupted; there is no report", EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last door: a defect of ours is one sentence and exit code 4
        return _failure(error)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nokosanai",
        description="Finds the personal data that should not be on this disk or stick, and says what was not examined.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nokosanai {VERSION}")
    adding = parser.add_subparsers(metavar="COMMAND", required=True)
    for one in (scan, watch, service, report, exception, volumes, rules, policy, notice, extract, formats, doctor):
        one.add(adding)
    return parser
