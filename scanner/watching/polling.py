"""Looking again and again, where nothing tells of changes: sticks on Windows, shares, what a limit left over.

Of each folder one digest is kept, made of the names, sizes and times of what lies in it. When it differs, its files are
hinted at. Between two rounds, and between two folders, nothing is held open. A change that leaves name, size and
times as they were is not seen.
"""

import heapq
import os
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from scanner.watching.hints import Coverage, Skip, Tell, hint, nothing_left_out

INTERVAL = 5.0
"""Seconds between two rounds over a root."""
FOLDERS = 200_000
"""Folders whose digests are kept; a tree with more of them is hinted at as a whole, each round."""
SINGLY = 256
"""Files of a changed folder that are hinted at one by one; of more, the folder is."""
_NAME_SURROGATE = 0x20000000
WORK, REST = 0.02, 0.18
"""Seconds of looking, and seconds of rest after them."""


@dataclass(slots=True, eq=False)
class _Root:
    """What is known of one root."""

    path: str
    interval: float
    digests: dict[str, bytes] = field(default_factory=dict)
    known: bool = False
    """It has been looked at once: what is found now is news."""
    there: bool = True
    unreadable: int = 0


class Polling:
    """Looks at its roots every few seconds, at leisure."""

    def __init__(
        self, tell: Tell, skip: Skip = nothing_left_out, *, interval: float = INTERVAL, folders: int = FOLDERS
    ) -> None:
        self._tell = tell
        self._skip = skip
        self._interval = interval
        self._most = folders
        self._lock = threading.Lock()
        self._roots: dict[str, _Root] = {}
        self._due: list[tuple[float, str]] = []
        self._changes = self._limit_hits = 0
        self._worked = 0.0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="polling", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def add(self, root: str, interval: float | None = None) -> None:
        """Look at a folder with all that is in it; at once, and each `interval` seconds from then on."""
        with self._lock:
            if root not in self._roots:
                self._roots[root] = _Root(root, interval or self._interval)
                heapq.heappush(self._due, (0.0, root))
        self._wake.set()

    def remove(self, root: str) -> None:
        """Let go of a root."""
        with self._lock:
            self._roots.pop(root, None)

    def check(self) -> None:
        """Nothing to do: every round looks whether its root is there."""

    def coverage(self) -> Coverage:
        """How far it sees now."""
        with self._lock:
            roots = list(self._roots.values())
        alive = self._thread.is_alive()
        return Coverage(
            source="polling",
            roots=tuple(root.path for root in roots),
            folders=sum(len(root.digests) for root in roots),
            events=self._changes,
            limit_hits=self._limit_hits,
            deaf=tuple(root.path for root in roots if not (root.there and alive)),
            unreadable=sum(root.unreadable for root in roots),
        )

    def _run(self) -> None:
        while not self._stopping:
            with self._lock:
                due, path = self._due[0] if self._due else (time.monotonic() + self._interval, "")
                wait = due - time.monotonic()
                if wait <= 0:
                    heapq.heappop(self._due)
                root = self._roots.get(path)
            if wait > 0:
                self._wake.wait(wait)
                self._wake.clear()
            elif root is not None:
                self._round(root)
                with self._lock:
                    heapq.heappush(self._due, (time.monotonic() + root.interval, path))

    def _round(self, root: _Root) -> None:
        """Look at all folders of a root once; what changed before the first look is for the walk asked for after it."""
        there = os.path.isdir(root.path)
        if root.there and not there:
            root.digests.clear()
            root.known = False
            self._tell(hint(root.path, "volume", "gone"))
        root.there = there
        if not there:
            return
        root.unreadable = 0
        seen: set[str] = set()
        for folder in self._walked(root):
            seen.add(folder)
            if len(seen) > self._most:
                self._limit_hits += 1
                self._tell(hint(root.path, "overflow", "too many folders to poll"))
                break
        if self._stopping or root.path not in self._roots:
            return
        for gone in root.digests.keys() - seen:
            del root.digests[gone]
            self._tell(hint(gone, "folder", "deleted"))
        if not root.known:
            root.known = True
            self._tell(hint(root.path, "folder", "polled from now on"))

    def _walked(self, root: _Root) -> Iterator[str]:
        """The folders of a root; for those that differ, hints are given."""
        pending = [root.path]
        while pending and not self._stopping and root.path in self._roots:
            began = time.monotonic()
            folder = pending.pop()
            looked = self._look(root, folder)
            if looked is not None:
                pending += looked
                yield folder
            self._rest(time.monotonic() - began)

    def _look(self, root: _Root, folder: str) -> list[str] | None:
        """One look at a folder: the folders in it, or None when it cannot be listed."""
        digest = blake2b(digest_size=8)
        files: list[str] = []
        folders: list[str] = []
        try:
            found = _listed(folder)
            device = os.lstat(folder).st_dev
        except FileNotFoundError:
            return None
        except OSError:
            root.unreadable += 1
            root.digests.pop(folder, None)
            return None
        for name, info in found:
            facts = (info.st_size, info.st_mtime_ns, info.st_ctime_ns) if stat.S_ISREG(info.st_mode) else ()
            digest.update(repr((name, info.st_mode, facts)).encode("ascii", "backslashreplace"))
            if not stat.S_ISDIR(info.st_mode):
                files.append(os.path.join(folder, name))
            elif not _elsewhere(info, device) and not self._skip(os.path.join(folder, name)):
                folders.append(os.path.join(folder, name))
        if root.digests.get(folder) != digest.digest():
            if root.known:
                self._news(folder, files)
            root.digests[folder] = digest.digest()
        return folders

    def _news(self, folder: str, files: list[str]) -> None:
        self._changes += 1
        if len(files) > SINGLY:
            self._tell(hint(folder, "folder", "changed"))
            return
        for path in files:
            self._tell(hint(path, "file", "changed"))

    def _rest(self, worked: float) -> None:
        self._worked += worked
        if self._worked >= WORK and not self._stopping:
            time.sleep(min(self._worked * REST / WORK, 0.5))
            self._worked = 0.0


def _listed(folder: str) -> list[tuple[str, os.stat_result]]:
    """What lies in a folder, by name, with what it says of each; read whole, and closed."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    found = []
    for entry in entries:
        try:
            found.append((entry.name, entry.stat(follow_symlinks=False)))
        except OSError:  # gone in between: the next round sees it
            continue
    return found


def _elsewhere(info: os.stat_result, device: int) -> bool:
    """Whether another file system is mounted there, or, on Windows, the folder is a link to another one."""
    tag = getattr(info, "st_reparse_tag", 0)
    return bool(tag & _NAME_SURROGATE) or bool(info.st_dev and info.st_dev != device)
