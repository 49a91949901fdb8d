"""From many hints to few: each path once, in bounded memory, and written down before it counts.

Whoever hints is never held up. When more paths wait than may, their root is marked as in doubt and walked later
instead. A process that is killed loses only hints that were not yet stored, some tenths of a second; for those every
start begins with a walk.
"""

import os
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from scanner.watching.hints import KINDS, Hint

QUIET = 0.3
"""Seconds without a new hint after which a path is due."""
PULSE = 0.1
MOST = 20_000
RETRY = 5.0
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


class Pending(NamedTuple):
    """A path to be looked at. Of a path that is pending already, the store keeps the wider kind and the later time."""

    path: str
    kind: str
    due: float
    """Not before this moment, in seconds of `time.monotonic`; whatever was stored before a start is due at once."""
    since: float
    """When it was hinted at first, as far as known here: a path that never becomes quiet is not put off for ever."""
    why: str


Store = Callable[[Sequence[Pending]], None]
"""Writes a batch, so that it survives the end of the process when this returns; raises OSError if it could not."""


class Gathered(NamedTuple):
    """How the gathering has fared so far."""

    hints: int
    stored: int
    dropped: int
    """Hints that were covered by a root in doubt."""
    doubts: int
    """How often a root was put in doubt."""
    failures: int
    """How often the store refused."""
    waiting: int
    alive: bool


class Gatherer:
    """Takes hints from any thread and stores them ten times a second."""

    def __init__(
        self,
        store: Store,
        root_of: Callable[[str], str],
        *,
        quiet: float = QUIET,
        pulse: float = PULSE,
        most: int = MOST,
    ) -> None:
        self._store = store
        self._root_of = root_of
        """The root that a path lies in."""
        self._quiet = quiet
        self._pulse = pulse
        self._most = most
        self._some = threading.Condition()
        self._storing = threading.Lock()
        self._pending: dict[str, Pending] = {}
        self._doubts: dict[str, Pending] = {}
        self._hints = self._stored = self._dropped = self._doubted = self._failures = 0
        self._full: set[str] = set()
        """Roots whose single hints are dropped until the next batch is stored."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gatherer", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is left, and end."""
        with self._some:
            self._stopping.set()
            self._some.notify()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def take(self, hint: Hint) -> None:
        """Note a hint; never blocks for longer than a dictionary takes."""
        with self._some:
            self._hints += 1
            entry = Pending(hint.path, hint.kind, hint.at + self._quiet, hint.at, hint.why)
            self._note(entry)
            self._some.notify()

    def flush(self) -> int:
        """Store what has been gathered; returns how many paths, 0 also when the store refused."""
        with self._storing:
            with self._some:
                batch = [*self._doubts.values(), *_outermost(self._pending)]
                self._pending, self._doubts = {}, {}
                self._full.clear()
            if not batch:
                return 0
            try:
                self._store(batch)
            except OSError:
                self._put_back(batch)
                return 0
            self._stored += len(batch)
            return len(batch)

    def gathered(self) -> Gathered:
        """How it has fared."""
        with self._some:
            waiting = len(self._pending) + len(self._doubts)
        return Gathered(
            self._hints,
            self._stored,
            self._dropped,
            self._doubted,
            self._failures,
            waiting,
            self._thread.is_alive(),
        )

    def _note(self, entry: Pending) -> None:
        kept = self._doubts if entry.kind == "overflow" else self._pending
        older = kept.get(entry.path)
        if older is not None:
            kept[entry.path] = wider(older, entry)
        elif kept is self._doubts:
            self._doubted += 1
            kept[entry.path] = entry
        elif len(kept) < self._most:
            kept[entry.path] = entry
        else:
            self._drop(entry)

    def _drop(self, entry: Pending) -> None:
        """Too many wait: the root of this path is to be walked instead."""
        self._dropped += 1
        root = self._root_of(entry.path)
        doubt = Pending(root, "overflow", entry.due, entry.since, "too many hints")
        older = self._doubts.get(root)
        self._doubted += older is None
        self._doubts[root] = doubt if older is None else wider(older, doubt)

    def _put_back(self, batch: Sequence[Pending]) -> None:
        self._failures += 1
        with self._some:
            for entry in batch:
                self._note(entry)

    def _run(self) -> None:
        wait = self._pulse
        while not self._stopping.is_set():
            with self._some:
                self._some.wait_for(lambda: self._pending or self._doubts or self._stopping.is_set())
            self._stopping.wait(wait)
            wait = self._pulse if self.flush() or not self.gathered().waiting else min(wait * 2, RETRY)


def wider(older: Pending, newer: Pending) -> Pending:
    """Two notes about one path as one: the wider kind, the later time, the earlier beginning."""
    kind = max(older.kind, newer.kind, key=_RANK.__getitem__)
    return Pending(older.path, kind, max(older.due, newer.due), min(older.since, newer.since), newer.why)


def _outermost(pending: dict[str, Pending]) -> list[Pending]:
    """Without the folders that lie in another one that is to be walked: that walk begins later than now."""
    folders = {path for path, entry in pending.items() if entry.kind in ("folder", "volume")}
    return [entry for path, entry in pending.items() if path not in folders or not _covered(path, folders)]


def _covered(path: str, folders: set[str]) -> bool:
    outer = os.path.dirname(path)
    while outer != path:
        if outer in folders:
            return True
        path, outer = outer, os.path.dirname(outer)
    return False
