"""What sources say: hints of where something may have changed, and how far their sight reaches.

A hint is never believed: it means "look there". Losing hints is normal for every system, therefore each loss that can
be noticed is a hint of its own (``overflow``), and what cannot be watched at all is counted in the coverage.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

KINDS = ("file", "folder", "volume", "overflow")
"""Look at one path; walk a folder; a volume came or went, walk all of it; a root is in doubt, walk all of it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something may have changed at a path: look there.

    What is found decides, whatever the kind: a path that is gone is gone with all that was known below it; a folder is
    walked unless the kind is ``file``; a file is examined. The kind says how much is in doubt where it is a folder.
    """

    path: str
    """Absolute; bytes that are no Unicode stand as lone surrogates (PEP 383), those of NTFS as they are."""
    kind: str
    """One of `KINDS`."""
    at: float
    """When it was noticed, in seconds of `time.monotonic`."""
    why: str
    """A word for logs: ``created``, ``changed``, ``deleted``, ``moved``, ``queue full``."""


Tell = Callable[[Hint], None]
"""Takes a hint; is called from the threads of sources, must not block and must not raise."""
Skip = Callable[[str], bool]
"""Whether a folder is left out, by its absolute path."""


class Unwatchable(Exception):
    """A source cannot watch a root, or cannot work here at all; `reason` is a sentence of ours without the path."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far the sight of one source reaches. Paths are listed as they are: they belong to reports, not to logs."""

    source: str
    roots: tuple[str, ...] = ()
    folders: int = 0
    """Folders that are watched or polled; 0 for sources that watch a whole tree or file system at once."""
    events: int = 0
    """Events of the system, or changes found by polling."""
    overflows: int = 0
    limit_hits: int = 0
    """How often a folder could not be watched because a limit was reached."""
    unwatched: tuple[str, ...] = ()
    """Folders that this source cannot watch, with all that lies in them; whether another one does is known above."""
    deaf: tuple[str, ...] = ()
    """Roots of which nothing is heard any more: gone, unmounted, replaced."""
    unreadable: int = 0
    """Folders that could not be listed or watched, for want of a right or since their path is too long."""

    @property
    def whole(self) -> bool:
        """Whether this source sees all that it was given."""
        return not (self.unwatched or self.deaf or self.unreadable)


class Source(Protocol):
    """Gives hints about the folders below its roots until it is stopped."""

    def start(self) -> None:
        """Begin; raises Unwatchable when it cannot work on this machine."""

    def stop(self) -> None:
        """End within a second; no hint comes afterwards."""

    def add(self, root: str) -> None:
        """Watch a folder with all that is in it; raises Unwatchable. When it returns, no later change is missed."""

    def remove(self, root: str) -> None:
        """Let go of a root."""

    def check(self) -> None:
        """Look whether each root is still what is being watched; where not, try again and give an ``overflow`` hint."""

    def coverage(self) -> Coverage:
        """How far it sees now."""


def hint(path: str, kind: str, why: str) -> Hint:
    """A hint of this moment."""
    return Hint(path, kind, time.monotonic(), why)


def nothing_left_out(_: str) -> bool:
    """Leave no folder out."""
    return False


Identity = tuple[int, int]


def identity(path: str, known: Identity | None = None) -> Identity | None:
    """Device and file number of a folder, None when there is none; tells a root from what took its place.

    Where a volume was `known`, the folder that it was mounted on is none.
    """
    try:
        info = os.stat(path)
    except OSError:
        return None
    if known is not None and info.st_dev != known[0] and not os.path.ismount(path):
        return None
    return (info.st_dev, info.st_ino)


def below(path: str, root: str) -> bool:
    """Whether a path is a root or lies in it."""
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)
