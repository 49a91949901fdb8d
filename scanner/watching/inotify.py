"""Linux: one inotify watch for each folder, through watchdog's bindings.

Only the bindings are used. The layers above them queue events without bound, swallow a reached limit, are deaf after an
unmount and report a folder that was moved away under its old path. Here a folder is watched before it is listed, a
hint for it is given after that, and every watch that is missing is counted. Hard links elsewhere, and mapped memory
before it is released, cause no events: only a walk sees those.
"""

import ctypes
import errno
import os
import selectors
import struct
import sys
import threading
import time
from collections.abc import Iterator

from scanner.watching.folders import Folder, detached, joined
from scanner.watching.hints import (
    Coverage,
    Identity,
    Skip,
    Source,
    Tell,
    Unwatchable,
    hint,
    identity,
    nothing_left_out,
)

assert sys.platform == "linux"

# inotify(7): what changes, and nothing that reading causes
MODIFY, ATTRIB, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x2, 0x4, 0x8, 0x40, 0x80, 0x100, 0x200
MOVE_SELF, UNMOUNT, Q_OVERFLOW, IGNORED, ISDIR = 0x800, 0x2000, 0x4000, 0x8000, 0x40000000
_ONLYDIR, _DONT_FOLLOW, _EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
_MASK = MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | _ONLYDIR | _DONT_FOLLOW | _EXCL_UNLINK
_EVENT = struct.Struct("iIII")
_BUFFER = 1 << 18
_PAUSE = 0.02
"""Seconds before a read: a wake for each single event would slow down whoever writes."""
_CALM = 0.2
"""Seconds without an event after which watches are rebuilt that an overflow may have cost."""
_PATIENCE = 20
"""Rebuilt at the latest after so many full reads."""

_WHY = ((CREATE, "created"), (DELETE, "deleted"), (MOVED_FROM | MOVED_TO, "moved"))


class Inotify:
    """Watches trees folder by folder; `spare` is given what the limit on watches leaves over."""

    def __init__(self, tell: Tell, skip: Skip = nothing_left_out, spare: Source | None = None) -> None:
        self._tell = tell
        self._skip = skip
        self._spare = spare
        self._lock = threading.RLock()
        self._by_wd: dict[int, Folder] = {}
        self._roots: dict[str, tuple[Folder | None, Identity | None]] = {}
        self._unwatched: set[str] = set()
        self._unreadable: set[str] = set()
        self._events = self._overflows = self._limit_hits = 0
        self._overflown = 0
        """Reads since an overflow whose damage has not been mended."""
        self._fd = self._wake_r = self._wake_w = -1
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="inotify", daemon=True)

    def start(self) -> None:
        """Begin; raises Unwatchable when the system gives no inotify instance."""
        from watchdog.observers import inotify_c

        self._native = inotify_c
        self._fd = inotify_c.inotify_init()
        if self._fd < 0:
            name = errno.errorcode.get(ctypes.get_errno(), "?")
            raise Unwatchable(f"the system gives no inotify instance ({name})")
        os.set_inheritable(self._fd, False)
        os.set_blocking(self._fd, False)
        self._wake_r, self._wake_w = os.pipe()
        self._thread.start()

    def stop(self) -> None:
        """End; closing the instance frees all watches."""
        if self._wake_w < 0:
            return
        self._stopping = True
        os.write(self._wake_w, b"!")
        self._thread.join()
        with self._lock:
            for descriptor in (self._fd, self._wake_r, self._wake_w):
                os.close(descriptor)
            self._fd = self._wake_r = self._wake_w = -1
            self._by_wd.clear()

    def add(self, root: str) -> None:
        """Watch a folder with all that is in it."""
        folder = self._grow(os.fsencode(root), None)
        if folder is None and root not in self._unwatched:
            self._unreadable.discard(root)
            raise Unwatchable("the folder cannot be watched")
        with self._lock:
            self._roots[root] = (folder, identity(root))

    def remove(self, root: str) -> None:
        """Let go of a root."""
        with self._lock:
            folder, _ = self._roots.pop(root, (None, None))
            if folder is not None and folder.parent is None:
                self._drop(folder)
                for inner, (top, known) in self._roots.items():
                    if top is not None and top.wd not in self._by_wd:
                        self._roots[inner] = (self._grow(os.fsencode(inner), None), known)
            prefix = root.rstrip("/") + "/"
            for path in [path for path in self._unwatched if path == root or path.startswith(prefix)]:
                self._watched_again(path)
            self._unreadable = {path for path in self._unreadable if not path.startswith(prefix)}

    def check(self) -> None:
        """Watch anew the roots that are gone, replaced or unmounted, and what the limit left over."""
        for root, (folder, known) in list(self._roots.items()):
            now = identity(root, known)
            heard = folder is not None and folder.wd in self._by_wd
            if now is not None and not (heard and now == known) and root not in self._unwatched:
                with self._lock:
                    if folder is not None:
                        self._drop(folder)
                grown = self._grow(os.fsencode(root), None)
                self._roots[root] = (grown, now)
                if grown is not None:
                    self._tell(hint(root, "overflow", "watched again"))
            elif now is None and folder is not None:
                self._lost(folder, "gone")
        for path in sorted(self._unwatched):
            if not self._retried(path):
                break

    def coverage(self) -> Coverage:
        """How far it sees now."""
        with self._lock:
            alive = self._thread.is_alive() or not self._roots
            return Coverage(
                source="inotify",
                roots=tuple(self._roots),
                folders=len(self._by_wd),
                events=self._events,
                overflows=self._overflows,
                limit_hits=self._limit_hits,
                unwatched=tuple(sorted(self._unwatched)),
                deaf=tuple(root for root, (top, _) in self._roots.items() if not self._hears(root, top, alive)),
                unreadable=len(self._unreadable),
            )

    def _hears(self, root: str, top: Folder | None, alive: bool) -> bool:
        return alive and (root in self._unwatched or (top is not None and top.wd in self._by_wd))

    # --- watches ------------------------------------------------------------------------------------------------------

    def _grow(self, path: bytes, parent: Folder | None) -> Folder | None:
        """Watch a folder and those in it, each before it is listed; None when the folder itself cannot be watched."""
        name = path if parent is None else os.path.basename(path)
        top = self._watch(path, name, parent)
        place = identity(os.fsdecode(path)) if top is not None else None
        if top is None or place is None:
            return top
        pending, (device, _) = [(top, path)], place
        while pending and not self._stopping:
            folder, where = pending.pop()
            for name in self._subfolders(where, device):
                inner = joined(where, name)
                child = self._watch(inner, name, folder)
                if child is not None:
                    pending.append((child, inner))
        return top

    def _subfolders(self, path: bytes, device: int) -> Iterator[bytes]:
        """Folders on the same file system that are not left out; what cannot be looked at is counted."""
        try:
            with os.scandir(path) as listing:
                found = [entry for entry in listing if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            self._refused(path, error.errno or 0)
            return
        for entry in found:
            try:
                same = entry.stat(follow_symlinks=False).st_dev == device
            except OSError as error:
                self._refused(entry.path, error.errno or 0)
            else:
                if same and not self._skip(os.fsdecode(entry.path)):
                    yield entry.name

    def _watch(self, path: bytes, name: bytes, parent: Folder | None) -> Folder | None:
        with self._lock:
            mask = _MASK if parent is not None else _MASK | MOVE_SELF
            wd = self._native.inotify_add_watch(self._fd, path, mask)
            if wd < 0:
                self._refused(path, ctypes.get_errno())
                return None
            folder = self._by_wd.get(wd)
            if folder is None:
                folder = self._by_wd[wd] = Folder(wd, name, parent)
            if parent is not None:
                self._attach(folder, name, parent)
            self._unreadable.discard(os.fsdecode(path))
            return folder

    def _attach(self, folder: Folder, name: bytes, parent: Folder) -> None:
        """Put a folder where it was found, which may be elsewhere than where it was before."""
        if folder is parent:  # it took the place of what was in it while we looked
            self._overflown = self._overflown or 1
            return
        if detached(parent, folder):
            # folders were moved into one another, and the events that say how are still to come
            self._overflown = self._overflown or 1
        if folder.parent is not None and folder.parent.children.get(folder.name) is folder:
            del folder.parent.children[folder.name]
        folder.name, folder.parent = name, parent
        replaced = parent.children.get(name)
        if replaced is not None and replaced is not folder:
            self._drop(replaced)
        parent.children[name] = folder

    def _refused(self, path: bytes, number: int) -> None:
        """A folder that cannot be watched: over the limit, forbidden, or gone, of which its parent will tell."""
        where = os.fsdecode(path)
        with self._lock:
            if number == errno.ENOSPC:
                self._limit_hits += 1
                if where not in self._unwatched:
                    self._unwatched.add(where)
                    if self._spare is not None:
                        self._spare.add(where)
            elif number not in (errno.ENOENT, errno.ENOTDIR):
                self._unreadable.add(where)

    def _retried(self, path: str) -> bool:
        """Whether a folder that was over the limit is watched now, or gone."""
        with self._lock:
            parent = self._known(os.path.dirname(os.fsencode(path)))
            if parent is None and path not in self._roots and os.path.lexists(path):
                return False
            hits = self._limit_hits
            folder = self._grow(os.fsencode(path), parent if path not in self._roots else None)
            if path in self._roots:
                self._roots[path] = (folder, identity(path))
            if folder is None and self._limit_hits > hits:
                return False
            self._watched_again(path)
        self._tell(hint(path, "folder", "watched again"))
        return True

    def _watched_again(self, path: str) -> None:
        self._unwatched.discard(path)
        if self._spare is not None:
            self._spare.remove(path)

    def _known(self, path: bytes) -> Folder | None:
        for root, (folder, _) in self._roots.items():
            top = os.fsencode(root).rstrip(b"/")
            if folder is not None and (path == top or path.startswith(top + b"/")):
                at: Folder | None = folder
                for name in path[len(top) :].split(b"/"):
                    at = at.children.get(name) if at is not None and name else at
                return at
        return None

    def _drop(self, folder: Folder) -> None:
        """Let go of a folder and of those in it."""
        if folder.parent is not None and folder.parent.children.get(folder.name) is folder:
            del folder.parent.children[folder.name]
        for one in folder.all():
            if self._by_wd.pop(one.wd, None) is not None:
                self._native.inotify_rm_watch(self._fd, self._native.WatchDescriptor(one.wd))

    # --- events -------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._fd, selectors.EVENT_READ)
            selector.register(self._wake_r, selectors.EVENT_READ)
            while True:
                ready = selector.select(_CALM if self._overflown else None)
                if any(key.fd == self._wake_r for key, _ in ready):
                    return
                if ready:
                    self._read()
                if self._overflown and (not ready or self._overflown > _PATIENCE):
                    self._rebuild()

    def _read(self) -> None:
        time.sleep(_PAUSE)
        try:
            buffer = os.read(self._fd, _BUFFER)
        except BlockingIOError:
            return
        self._overflown += bool(self._overflown)
        at = 0
        while at < len(buffer):
            wd, mask, _, length = _EVENT.unpack_from(buffer, at)
            at += _EVENT.size + length
            self._events += 1
            self._handle(wd, mask, buffer[at - length : at].rstrip(b"\0"))

    def _handle(self, wd: int, mask: int, name: bytes) -> None:
        if mask & Q_OVERFLOW:
            self._overflows += 1
            self._overflown = self._overflown or 1
            return
        with self._lock:
            folder = self._by_wd.get(wd)
        if folder is None:
            return
        if mask & (IGNORED | UNMOUNT | MOVE_SELF):
            self._ended(folder, mask)
        elif name:
            self._changed(folder, mask, name)

    def _ended(self, folder: Folder, mask: int) -> None:
        """A watch has ended: its folder is gone, or its file system, or a root was moved."""
        if folder.parent is None:
            self._lost(folder, "unmounted" if mask & UNMOUNT else "gone")
        elif mask & IGNORED:
            with self._lock:
                self._by_wd.pop(folder.wd, None)
                self._drop(folder)

    def _lost(self, folder: Folder, why: str) -> None:
        with self._lock:
            self._drop(folder)
            for root, (top, known) in self._roots.items():
                if top is folder:
                    self._roots[root] = (None, known)
                    self._tell(hint(root, "volume", why))

    def _changed(self, folder: Folder, mask: int, name: bytes) -> None:
        path = joined(folder.path, name)
        where = os.fsdecode(path)
        why = next((word for bits, word in _WHY if mask & bits), "changed")
        if not mask & ISDIR:
            self._tell(hint(where, "file", why))
            return
        child = folder.children.get(name)
        if child is not None and mask & (MOVED_FROM | DELETE | MOVED_TO):
            with self._lock:
                self._drop(child)
        appeared = mask & (CREATE | MOVED_TO) or (mask & ATTRIB and child is None)
        if appeared and not self._skip(where):
            self._grow(path, folder)
        if appeared or mask & (MOVED_FROM | DELETE):
            self._tell(hint(where, "folder", why))

    def _rebuild(self) -> None:
        """Watch what an overflow has hidden, drop what is no longer there; the walks asked for come after that."""
        self._overflown = 0
        for root, (folder, _) in list(self._roots.items()):
            if folder is None:
                continue
            before = {one.wd for one in folder.all()}
            with self._lock:
                for one in list(folder.all()):
                    one.children.clear()
            top = self._grow(os.fsencode(root), None)
            with self._lock:
                self._roots[root] = (top, identity(root))
                for wd in before - {one.wd for one in (top.all() if top else ())}:
                    if self._by_wd.pop(wd, None) is not None:
                        self._native.inotify_rm_watch(self._fd, self._native.WatchDescriptor(wd))
            self._tell(hint(root, "overflow", "queue full"))
