"""Finds personal data on disks and media, and says what was not examined.

    scanner.scan(paths) -> Report            what the command does
    scanner.matches(path) -> Iterator[Match] raw values, in this process only
    scanner.segments(path) -> Iterator[Segment]   what the readers saw

Everything else in the package is private. Imports are deferred: naming the package costs next to nothing.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scanner.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    import os

    from scanner.model import Match, Segment
    from scanner.report import Report

    AnyPath = str | os.PathLike[str]

__all__ = ["__version__", "matches", "scan", "segments"]


def scan(paths: "AnyPath | Sequence[AnyPath]", *, policy: "AnyPath | None" = None, **options: Any) -> "Report":
    """Examine files and folders in worker processes and return the report; its ``to_dict()`` is the JSON report.

    `options` are the fields of `scanner.scan.Options` (`min_confidence`, `jobs`, `exclude`, `places`, `lang`, ...).
    Raises `scanner.errors.UsageError` for a path, policy or option that does not hold. Where processes are spawned
    (Windows, macOS) a script must call this under ``if __name__ == "__main__"``.
    """
    from pathlib import Path

    from scanner.line import Options, Run

    run = Run(_listed(paths), Options(policy=Path(policy) if policy is not None else None, **options))
    for _ in run.results():
        pass
    return run.report()


def matches(path: "AnyPath", *, min_confidence: str = "low") -> "Iterator[Match]":
    """The values found in a file or folder, in clear, at or above a confidence.

    Nothing is written anywhere. What cannot be read is passed over here; `scan` is what reports it.
    """
    from scanner.reveal import matches as revealed

    return revealed(path, min_confidence)


def segments(path: "AnyPath") -> "Iterator[Segment]":
    """The text that detection sees in a file or folder, piece by piece, with its places."""
    from scanner.reveal import segments as revealed

    return revealed(path)


def _listed(paths: "AnyPath | Sequence[AnyPath]") -> "list[AnyPath]":
    import os

    return [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
