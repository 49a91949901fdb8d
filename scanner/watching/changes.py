"""Windows: ReadDirectoryChangesW for each root, through watchdog's reader.

The reader is used, and not the emitter above it, which waits for a second of silence before it hands anything on and
drops the empty answer by which Windows says that events were lost. An open root keeps a stick from being removed
safely: removable volumes are polled instead.
"""

import os
import queue
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

from scanner.watching.hints import (
    Coverage,
    Skip,
    Tell,
    Unwatchable,
    below,
    hint,
    identity,
    nothing_left_out,
)

# FILE_ACTION_*; the last one is watchdog's own word for a root that is gone
ADDED, REMOVED, MODIFIED, RENAMED_OLD, RENAMED_NEW, ROOT_GONE = 1, 2, 3, 4, 5, 0xFFFE
_WHY = {ADDED: "created", REMOVED: "deleted", MODIFIED: "changed", RENAMED_OLD: "moved", RENAMED_NEW: "moved"}
_DIRECTORY = 0x10
_LAST_ACCESS = 0x20
"""FILE_NOTIFY_CHANGE_LAST_ACCESS: without it, our own reading causes nothing."""
_BUFFER = 1 << 19
"""More than watchdog's 64,000 bytes, which hold some 500 events; shares refuse it, and are not watched this way."""
_BACKLOG = 16
"""Buffers that may wait; then Windows itself says that events were lost."""
_PULSE = 0.5


class Change(NamedTuple):
    """One record: what happened to which path below the root, and whether it is a folder, where that is said."""

    action: int
    name: str
    folder: bool | None


def changes(buffer: bytes, extended: bool) -> Iterator[Change]:
    """The records of FILE_NOTIFY_INFORMATION or FILE_NOTIFY_EXTENDED_INFORMATION; a torn one ends them."""
    length_at, name_at = (80, 84) if extended else (8, 12)
    at = 0
    while at + name_at <= len(buffer):
        following, action = _number(buffer, at), _number(buffer, at + 4)
        length = _number(buffer, at + length_at)
        name = buffer[at + name_at : at + name_at + length].decode("utf-16-le", "surrogatepass")
        folder = bool(_number(buffer, at + 56) & _DIRECTORY) if extended and action != ROOT_GONE else None
        yield Change(action, name, folder)
        if not following:
            return
        at += following


def _number(buffer: bytes, at: int) -> int:
    return int.from_bytes(buffer[at : at + 4], "little")


def hints_of(change: Change, root: str) -> Iterator[tuple[str, str, str]]:
    """Path, kind and reason of what a record hints at; a folder that merely changed says nothing of its own."""
    path = os.path.join(root, change.name)
    if change.action == ROOT_GONE or change.action not in _WHY:
        return
    folder = change.folder
    if folder is None and change.action in (ADDED, RENAMED_NEW):
        folder = os.path.isdir(path)
    if not folder:
        yield path, "file", _WHY[change.action]
    elif change.action != MODIFIED:
        yield path, "folder", _WHY[change.action]


if sys.platform == "win32":
    from watchdog.observers import winapi

    class _Root:
        """The reader of one root and the thread that understands what it reads."""

        def __init__(self, path: str, source: "DirectoryChanges") -> None:
            self.path = path
            self.identity = identity(path)
            self.deaf = False
            self._source = source
            self._silent = self._stopping = False
            self._reader = winapi.DirectoryChangeReader(path, recursive=True)
            self._buffers: queue.Queue[tuple[bytes, bool]] = queue.Queue(_BACKLOG)
            self._reader._buf_queue = self._buffers
            self._thread = threading.Thread(target=self._run, name="changes", daemon=True)

        def start(self) -> None:
            try:
                self._reader.start()
            except queue.Empty:
                raise Unwatchable("Windows does not let the folder be watched") from None
            self._thread.start()

        def stop(self) -> None:
            self._silent = True
            self._reader.stop()
            self._stopping = True
            self._thread.join()

        def alive(self) -> bool:
            thread = self._reader._reader_thread
            return not self.deaf and thread is not None and thread.is_alive()

        def _run(self) -> None:
            while not self._stopping:
                try:
                    buffer, extended = self._buffers.get(timeout=_PULSE)
                except queue.Empty:
                    continue
                if not self._silent:
                    self._source.take(self, buffer, extended)

    class DirectoryChanges:
        """Watches the trees below its roots."""

        def __init__(self, tell: Tell, skip: Skip = nothing_left_out) -> None:
            self._tell = tell
            self._skip = skip
            self._roots: dict[str, _Root | None] = {}
            self._events = self._overflows = 0
            self._folders: dict[str, bool] = {}

        def start(self) -> None:
            """Begin."""
            winapi.WATCHDOG_FILE_NOTIFY_FLAGS &= ~_LAST_ACCESS
            winapi.BUFFER_SIZE = _BUFFER

        def stop(self) -> None:
            """End: every handle is closed."""
            for path in list(self._roots):
                self.remove(path)

        def add(self, root: str) -> None:
            """Watch a folder with all that is in it."""
            if not os.path.isdir(root):
                raise Unwatchable("there is no such folder")
            started = _Root(root, self)
            started.start()
            self._roots[root] = started

        def remove(self, root: str) -> None:
            """Let go of a root."""
            watched = self._roots.pop(root, None)
            if watched is not None:
                watched.stop()

        def check(self) -> None:
            """Watch anew the roots that are gone or were replaced."""
            for path, watched in list(self._roots.items()):
                now = identity(path, None if watched is None else watched.identity)
                if watched is not None and watched.alive() and now == watched.identity:
                    continue
                if watched is not None:
                    watched.stop()
                    self._roots[path] = None
                    self._tell(hint(path, "volume", "gone"))
                if now is not None:
                    try:
                        self.add(path)
                    except Unwatchable:
                        continue
                    self._tell(hint(path, "overflow", "watched again"))

        def coverage(self) -> Coverage:
            """How far it sees now."""
            deaf = tuple(path for path, watched in self._roots.items() if watched is None or not watched.alive())
            return Coverage(
                source="changes",
                roots=tuple(self._roots),
                events=self._events,
                overflows=self._overflows,
                deaf=deaf,
            )

        def take(self, root: _Root, buffer: bytes, extended: bool) -> None:
            """Understand one buffer; an empty one says that events were lost."""
            if not buffer:
                self._overflows += 1
                self._tell(hint(root.path, "overflow", "queue full"))
                return
            for change in changes(buffer, extended):
                self._events += 1
                root.deaf = root.deaf or change.action == ROOT_GONE
                for path, kind, why in hints_of(change, root.path):
                    if not self._left_out(path, root.path):
                        self._tell(hint(path, kind, why))

        def _left_out(self, path: str, root: str) -> bool:
            folder = os.path.dirname(path)
            if len(self._folders) > _REMEMBERED:
                self._folders.clear()
            if folder not in self._folders:
                self._folders[folder] = _skipped(folder, root, self._skip)
            return self._folders[folder]

    _REMEMBERED = 4096

    def _skipped(folder: str, root: str, skip: Skip) -> bool:
        while folder != root and below(folder, root):
            if skip(folder):
                return True
            folder = os.path.dirname(folder)
        return False
