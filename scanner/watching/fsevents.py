"""macOS: FSEvents through watchdog's emitter, whose callback is replaced by one that heeds the flags.

The flags say what the emitter above drops: that folders must be walked since events were lost, that a root has
changed, that a volume was unmounted. Written after Apple's documentation (FSEventStreamEventFlags); the meaning of
the flags is tested, the stream has not been run.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence

from scanner.watching.hints import Coverage, Skip, Tell, Unwatchable, below, hint, identity, nothing_left_out

# FSEventStreamEventFlags
MUST_SCAN, USER_DROPPED, KERNEL_DROPPED, ROOT_CHANGED, MOUNT, UNMOUNT = 0x1, 0x2, 0x4, 0x20, 0x40, 0x80
CREATED, REMOVED, RENAMED, IS_DIR = 0x100, 0x200, 0x800, 0x20000
_WHY = ((CREATED, "created"), (REMOVED, "deleted"), (RENAMED, "moved"))


def hints_of(path: str, flags: int) -> Iterator[tuple[str, str, str]]:
    """Path, kind and reason of what an event hints at."""
    if flags & (MUST_SCAN | USER_DROPPED | KERNEL_DROPPED):
        yield path, "overflow", "queue full"
    elif flags & (MOUNT | UNMOUNT | ROOT_CHANGED):
        yield path, "volume", "mounted" if flags & MOUNT else "gone"
    else:
        why = next((word for bits, word in _WHY if flags & bits), "changed")
        if not flags & IS_DIR:
            yield path, "file", why
        elif why != "changed":
            yield path, "folder", why


if sys.platform == "darwin":
    from watchdog.observers.api import EventQueue, ObservedWatch
    from watchdog.observers.fsevents import FSEventsEmitter

    class _Root(FSEventsEmitter):
        """The stream of one root."""

        def __init__(self, path: str, source: "FSEvents") -> None:
            super().__init__(EventQueue(), ObservedWatch(path, recursive=True))
            self.identity = identity(path)
            self._source = source

        def events_callback(
            self, paths: Sequence[bytes | str], inodes: Sequence[int], flags: Sequence[int], ids: Sequence[int]
        ) -> None:
            """Take the events as they come, from the thread of the stream."""
            for path, flag in zip(paths, flags, strict=False):
                self._source.take(os.fsdecode(path), flag, os.fsdecode(self.watch.path))

    class FSEvents:
        """Watches the trees below its roots."""

        def __init__(self, tell: Tell, skip: Skip = nothing_left_out) -> None:
            self._tell = tell
            self._skip = skip
            self._lock = threading.Lock()
            self._roots: dict[str, _Root | None] = {}
            self._events = self._overflows = 0

        def start(self) -> None:
            """Begin."""

        def stop(self) -> None:
            """End."""
            for root in list(self._roots):
                self.remove(root)

        def add(self, root: str) -> None:
            """Watch a folder with all that is in it."""
            try:
                started = _Root(root, self)
                started.start()
            except (OSError, RuntimeError, SystemError):
                raise Unwatchable("the system gives no stream of events") from None
            self._roots[root] = started

        def remove(self, root: str) -> None:
            """Let go of a root."""
            watched = self._roots.pop(root, None)
            if watched is not None:
                watched.stop()

        def check(self) -> None:
            """Watch anew the roots that are gone or were replaced, and streams that have ended."""
            for root, watched in list(self._roots.items()):
                now = identity(root)
                if watched is not None and watched.is_alive() and now == watched.identity:
                    continue
                self.remove(root)
                self._roots[root] = None
                if now is not None:
                    try:
                        self.add(root)
                    except Unwatchable:
                        continue
                    self._tell(hint(root, "overflow", "watched again"))

        def coverage(self) -> Coverage:
            """How far it sees now."""
            deaf = tuple(root for root, watched in self._roots.items() if watched is None or not watched.is_alive())
            return Coverage(
                source="fsevents",
                roots=tuple(self._roots),
                events=self._events,
                overflows=self._overflows,
                deaf=deaf,
            )

        def take(self, path: str, flags: int, root: str) -> None:
            """Understand one event."""
            with self._lock:
                self._events += 1
                self._overflows += bool(flags & (MUST_SCAN | USER_DROPPED | KERNEL_DROPPED))
            for where, kind, why in hints_of(path, flags):
                if not self._left_out(where, root):
                    self._tell(hint(where, kind, why))

        def _left_out(self, path: str, root: str) -> bool:
            folder = os.path.dirname(path)
            while folder != root and below(folder, root):
                if self._skip(folder):
                    return True
                folder = os.path.dirname(folder)
            return False
