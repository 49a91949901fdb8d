"""The right source for each root: fanotify for whole file systems, the system's events for trees, polling for the rest.

Whatever one source refuses, the next one takes, with the reason noted; what nobody can watch is told. Roots are added
and taken away while this runs, as media come and go.
"""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from typing import NamedTuple

from scanner.watching.hints import Coverage, Skip, Source, Tell, Unwatchable, hint, nothing_left_out
from scanner.watching.polling import Polling

CHECK = 10.0
"""Seconds between two looks whether roots are still what is being watched."""
_POLLED = {"network": 300.0, "optical": 60.0}
"""Classes of volumes that are polled, and how often: nothing reliable is heard of what others change on a share."""
_HELD = 5.0
"""Seconds between two rounds over a stick, where watching it would keep it from being removed."""


def interval(volume_class: str, platform: str = sys.platform) -> float | None:
    """Seconds between two rounds over volumes of a class that must be polled; None: events do."""
    if volume_class == "removable" and platform != "linux":
        return _HELD
    return _POLLED.get(volume_class)


def native(tell: Tell, skip: Skip, spare: Source) -> Source | None:
    """The source of events of this platform for single trees, if there is one."""
    _silence()
    if sys.platform == "linux":
        from scanner.watching.inotify import Inotify

        return Inotify(tell, skip, spare)
    if sys.platform == "win32":
        from scanner.watching.changes import DirectoryChanges

        return DirectoryChanges(tell, skip)
    if sys.platform == "darwin":
        from scanner.watching.fsevents import FSEvents

        return FSEvents(tell, skip)
    return None


def _silence() -> None:
    """What watchdog logs and warns of quotes paths."""
    warnings.filterwarnings("ignore", module="watchdog")
    for name in ("watchdog", "fsevents"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def privileged(tell: Tell, skip: Skip) -> Source | None:
    """The source of events for whole file systems, if this platform has one."""
    if sys.platform == "linux":
        from scanner.watching.fanotify import Fanotify

        return Fanotify(tell, skip)
    return None


class Sight(NamedTuple):
    """How far all sources together see."""

    sources: tuple[Coverage, ...]
    by: dict[str, str]
    """Each root, and the name of the source that watches it."""
    notes: dict[str, str]
    """Sources and roots that were refused, and why."""

    @property
    def unseen(self) -> tuple[str, ...]:
        """Roots and folders of which nobody hears anything."""
        polled = {root for one in self.sources if one.source == "polling" for root in one.roots}
        deaf = {root for one in self.sources for root in one.deaf}
        return tuple(sorted(deaf | {path for one in self.sources for path in one.unwatched if path not in polled}))


class Sources:
    """All sources of this machine behind one pair of hands."""

    def __init__(
        self,
        tell: Tell,
        skip: Skip = nothing_left_out,
        polled: Callable[[str], float | None] = lambda _: None,
        *,
        check: float = CHECK,
        whole: bool = True,
    ) -> None:
        """`polled` gives the interval for roots to be polled, None for others; `whole`: try fanotify."""
        self._tell = tell
        self._polled = polled
        self._check = check
        self._polling = Polling(tell, skip)
        wanted = [privileged(tell, skip) if whole else None, native(tell, skip, self._polling)]
        self._wanted = [source for source in wanted if source is not None]
        self._live: list[Source] = []
        self._by: dict[str, Source] = {}
        self._roots: frozenset[str] = frozenset()
        """The same, for who must not wait."""
        self._notes: dict[str, str] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sources", daemon=True)

    def start(self) -> None:
        """Begin with whatever works here."""
        for source in self._wanted:
            try:
                source.start()
            except Unwatchable as refusal:
                self._notes[source.coverage().source] = refusal.reason
            else:
                self._live.append(source)
        self._polling.start()
        self._thread.start()

    def stop(self) -> None:
        """End all of them."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for source in (*self._live, self._polling):
            source.stop()

    def add(self, root: str) -> str:
        """Watch a folder, and ask for a walk of it; returns the name of the source that does."""
        root = os.path.realpath(root)
        with self._lock:
            if root in self._by:
                return self._by[root].coverage().source
            source = self._by[root] = self._chosen(root, self._live)
            self._roots = frozenset(self._by)
        self._tell(hint(root, "folder", "started"))
        return source.coverage().source

    def remove(self, root: str) -> None:
        """Let go of a root."""
        root = os.path.realpath(root)
        with self._lock:
            source = self._by.pop(root, None)
            self._notes.pop(root, None)
            self._roots = frozenset(self._by)
        if source is not None:
            source.remove(root)

    def root_of(self, path: str) -> str:
        """The innermost root that a path lies in; the path itself where there is none."""
        roots, at = self._roots, path
        while at not in roots:
            if os.path.dirname(at) == at:
                return path
            at = os.path.dirname(at)
        return at

    def check(self) -> None:
        """Look whether everything that should be watched still is; to be called when a volume came or went."""
        with self._lock:
            for source in self._live:
                source.check()
            for root, source in self._by.items():
                # another file system is mounted there now, and this source cannot watch it
                if root in source.coverage().deaf and os.path.ismount(root):
                    source.remove(root)
                    self._by[root] = self._chosen(root, [one for one in self._live if one is not source])
                    self._tell(hint(root, "overflow", "watched again"))

    def sight(self) -> Sight:
        """How far all of them see."""
        with self._lock:
            by = {root: source.coverage().source for root, source in self._by.items()}
            return Sight(tuple(source.coverage() for source in (*self._live, self._polling)), by, dict(self._notes))

    def _chosen(self, root: str, able: list[Source]) -> Source:
        """The first source that takes a root; polling takes all."""
        every = self._polled(root)
        for source in able if every is None else ():
            if self._taken(source, root):
                return source
        self._polling.add(root, every)
        return self._polling

    def _taken(self, source: Source, root: str) -> bool:
        try:
            source.add(root)
        except Unwatchable as refusal:
            self._notes[root] = refusal.reason
            return False
        return True

    def _run(self) -> None:
        while not self._stopping.wait(self._check):
            self.check()
