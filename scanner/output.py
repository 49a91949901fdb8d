"""Where a report goes: the standard output, or a file that is written whole or not at all.

A file is tried before the scan begins, so that hours of work do not end at a folder that cannot be written; it appears
under its name only when it is complete.
"""

import contextlib
import errno
import os
import secrets
import stat
import sys
from pathlib import Path
from types import TracebackType

from scanner import sinks
from scanner.errors import OutputError, UsageError
from scanner.media.walk import printable
from scanner.report import Report


class Output:
    """The place for one report; a context manager that leaves no half-written file behind."""

    def __init__(self, target: Path | None, form: str) -> None:
        """Raises UsageError when `target` cannot be written."""
        self._form = form
        self._target = target
        self._draft: Path | None = None
        if target is not None:
            try:
                self._draft = _draft(target)
            except OSError as error:
                raise UsageError(f"cannot write {printable(str(target))}: {error.strerror}") from None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that this output writes: not to be examined."""
        return tuple(path for path in (self._target, self._draft) if path is not None)

    def __enter__(self) -> "Output":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._draft is not None:
            with contextlib.suppress(OSError):
                self._draft.unlink(missing_ok=True)

    def write(self, report: Report, lang: str) -> None:
        """Write the report; raises OutputError when it cannot be delivered, BrokenPipeError when nobody reads it."""
        try:
            if self._target is None:
                _write_to_console(report, self._form, lang)
            elif self._draft is None:
                with self._target.open("wb") as stream:
                    sinks.WRITERS[self._form](report, stream, lang)
            else:
                with self._draft.open("wb") as stream:
                    sinks.WRITERS[self._form](report, stream, lang)
                    stream.flush()
                    os.fsync(stream.fileno())
                real = Path(os.path.realpath(self._target))
                with contextlib.suppress(FileNotFoundError):
                    self._draft.chmod(stat.S_IMODE(real.stat().st_mode))
                self._draft.replace(real)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write the report: {error.strerror or type(error).__name__}") from None


def _draft(target: Path) -> Path | None:
    """A file beside the target that will take its place; None for a device or a pipe, which is written as it is."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    real = Path(os.path.realpath(target))
    if real.exists() and not real.is_file():
        return None
    draft = real.with_name(f".nokosanai-{secrets.token_hex(8)}.part")  # the target's own name may be as long as can be
    draft.touch(mode=0o600, exist_ok=False)
    return draft


def _write_to_console(report: Report, form: str, lang: str) -> None:
    if form == "terminal":
        from scanner.sinks import terminal

        terminal.write(report, sys.stdout, lang=lang)
    else:
        sinks.WRITERS[form](report, sys.stdout.buffer, lang)
    sys.stdout.flush()
