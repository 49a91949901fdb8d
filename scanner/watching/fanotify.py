"""Linux with the privilege (CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH): one fanotify mark for a whole file system.

Folders need not be watched one by one, the queue has no bound, and our own changes are told apart by their process.
File systems without an identity (FUSE), and btrfs subvolumes, refuse the mark: those are for inotify. Nothing is held
open on a marked file system between two batches of events, so that it can be unmounted.
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
from typing import NamedTuple

from scanner.watching.hints import (
    Coverage,
    Identity,
    Skip,
    Tell,
    Unwatchable,
    below,
    hint,
    identity,
    nothing_left_out,
)

assert sys.platform == "linux"

# fanotify(7), fanotify_init(2), fanotify_mark(2)
_CLOEXEC, _NONBLOCK, _UNLIMITED_QUEUE, _REPORT_DIR_FID, _REPORT_NAME = 0x1, 0x2, 0x10, 0x400, 0x800
_MARK_ADD, _MARK_REMOVE, _MARK_FILESYSTEM, _AT_FDCWD = 0x1, 0x2, 0x100, -100
MODIFY, ATTRIB, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x2, 0x4, 0x8, 0x40, 0x80, 0x100, 0x200
Q_OVERFLOW, ONDIR = 0x4000, 0x40000000
_MASK = MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | ONDIR
_METADATA = struct.Struct("=IBBHQii")
_INFO, _HANDLE = struct.Struct("=BxH8s"), struct.Struct("=Ii")
_DFID_NAME = 2
_BUFFER = 1 << 18
_PAUSE = 0.1
"""Seconds before a read: a wake for each single event would slow down whoever writes."""
_KNOWN = 4096
"""Folders whose path is remembered between two moves of folders."""
_WHY = ((CREATE, "created"), (DELETE, "deleted"), (MOVED_FROM | MOVED_TO, "moved"))
_REFUSALS = {
    errno.EPERM: "watching whole file systems needs a privilege that this process does not have",
    errno.ENOSYS: "the kernel has no fanotify",
    errno.EINVAL: "the kernel's fanotify is too old",
    errno.ENODEV: "the file system has no identity (FUSE)",
    errno.EXDEV: "the folder is a subvolume with an identity of its own",
    errno.EOPNOTSUPP: "the file system cannot name its folders",
}


class _Event(NamedTuple):
    """One event: what, who, and where as the kernel names it."""

    mask: int
    pid: int
    fsid: bytes = b""
    handle: bytes = b""
    name: bytes = b""


class Fanotify:
    """Watches the file systems on which its roots lie."""

    def __init__(self, tell: Tell, skip: Skip = nothing_left_out, ours: frozenset[int] = frozenset()) -> None:
        self._tell = tell
        self._skip = skip
        self._ours = ours | {os.getpid()}
        """Processes whose changes are not told."""
        self._lock = threading.Lock()
        self._roots: dict[str, Identity | None] = {}
        self._systems: dict[bytes, list[str]] = {}
        """The roots on each file system, by its identity in events."""
        self._deaf: set[str] = set()
        self._paths: dict[bytes, str] = {}
        self._events = self._overflows = 0
        self._fd = self._wake_r = self._wake_w = -1
        self._thread = threading.Thread(target=self._run, name="fanotify", daemon=True)

    def start(self) -> None:
        """Begin; raises Unwatchable without the privilege."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        flags = _CLOEXEC | _NONBLOCK | _UNLIMITED_QUEUE | _REPORT_DIR_FID | _REPORT_NAME
        try:
            self._fd = self._libc.fanotify_init(flags, os.O_RDONLY)
        except AttributeError:
            raise Unwatchable(_REFUSALS[errno.ENOSYS]) from None
        if self._fd < 0:
            raise Unwatchable(_refusal(ctypes.get_errno()))
        self._wake_r, self._wake_w = os.pipe()
        self._thread.start()

    def stop(self) -> None:
        """End; closing the group frees all marks."""
        if self._wake_w < 0:
            return
        os.write(self._wake_w, b"!")
        self._thread.join()
        for descriptor in (self._fd, self._wake_r, self._wake_w):
            os.close(descriptor)
        self._fd = self._wake_r = self._wake_w = -1

    def add(self, root: str) -> None:
        """Watch a folder with all that is in it, as far as its file system goes."""
        number = self._mark(root)
        if number:
            raise Unwatchable(_refusal(number))
        if not self._resolves(root):
            self.remove(root)
            raise Unwatchable(_REFUSALS[errno.EPERM])

    def remove(self, root: str) -> None:
        """Let go of a root, and of its file system if no other root lies on it."""
        with self._lock:
            known = self._roots.pop(root, None)
            self._deaf.discard(root)
            alone = [fsid for fsid, roots in self._systems.items() if roots == [root]]
            self._systems = {
                fsid: [one for one in roots if one != root] for fsid, roots in self._systems.items() if roots != [root]
            }
        if alone and known is not None and identity(root, known) == known:  # else another file system is there now
            self._system(root, _MARK_REMOVE)

    def check(self) -> None:
        """Mark again the file systems of roots that were unmounted or replaced."""
        marked = self._marked()
        for root, known in list(self._roots.items()):
            now = identity(root, known)
            heard = root not in self._deaf
            if heard and now is not None and now == known and _kernel_device(now[0]) in marked:
                continue
            if now is None or self._mark(root):
                self._deaf.add(root)
                if heard:
                    self._tell(hint(root, "volume", "gone"))
            else:
                self._deaf.discard(root)
                self._tell(hint(root, "overflow", "watched again"))

    def coverage(self) -> Coverage:
        """How far it sees now."""
        return Coverage(
            source="fanotify",
            roots=tuple(self._roots),
            events=self._events,
            overflows=self._overflows,
            deaf=tuple(sorted(self._deaf if self._thread.is_alive() else self._roots)),
        )

    # --- marks --------------------------------------------------------------------------------------------------------

    def _mark(self, root: str) -> int:
        """Mark the file system of a root; returns an errno, 0 when done."""
        if self._system(root, _MARK_ADD) < 0:
            return ctypes.get_errno()
        try:
            fsid = struct.pack("=Q", os.statvfs(root).f_fsid)  # the two words of statfs(2), as events carry them
        except OSError as error:
            return error.errno or errno.EIO
        with self._lock:
            for roots in self._systems.values():
                if root in roots:
                    roots.remove(root)
            self._systems.setdefault(fsid, []).append(root)
            self._roots[root] = identity(root)
        return 0

    def _system(self, root: str, action: int) -> int:
        mask = ctypes.c_uint64(_MASK)
        return int(self._libc.fanotify_mark(self._fd, action | _MARK_FILESYSTEM, mask, _AT_FDCWD, os.fsencode(root)))

    def _marked(self) -> set[int]:
        """The devices, as the kernel numbers them, that are marked: an unmount takes the mark along in silence."""
        try:
            with open(f"/proc/self/fdinfo/{self._fd}", encoding="ascii") as lines:
                words = [line.split() for line in lines if line.startswith("fanotify sdev:")]
        except OSError:
            return set()
        return {int(line[1].partition(":")[2], 16) for line in words}

    def _resolves(self, root: str) -> bool:
        """Whether this process may turn the kernel's names for folders into paths (CAP_DAC_READ_SEARCH)."""
        handle = ctypes.create_string_buffer(_HANDLE.pack(128, 0), _HANDLE.size + 128)
        mount = ctypes.c_int()
        if self._libc.name_to_handle_at(_AT_FDCWD, os.fsencode(root), handle, ctypes.byref(mount), 0) < 0:
            return False
        size, _ = _HANDLE.unpack_from(handle.raw)
        return self._opened(root, handle.raw[: _HANDLE.size + size]) != ""

    # --- events -------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._fd, selectors.EVENT_READ)
            selector.register(self._wake_r, selectors.EVENT_READ)
            while True:
                if any(key.fd == self._wake_r for key, _ in selector.select()):
                    return
                time.sleep(_PAUSE)
                try:
                    buffer = os.read(self._fd, _BUFFER)
                except BlockingIOError:
                    continue
                for event in events(buffer):
                    self._events += 1
                    self._handle(event)

    def _handle(self, event: _Event) -> None:
        if event.mask & Q_OVERFLOW:
            self._overflows += 1
            for root in list(self._roots):
                self._tell(hint(root, "overflow", "queue full"))
            return
        moved = event.mask & (CREATE | DELETE | MOVED_FROM | MOVED_TO | ATTRIB)
        if event.pid in self._ours or (event.mask & ONDIR and not moved):
            return
        parent = self._path(event)
        if event.mask & ONDIR and event.mask & (MOVED_FROM | MOVED_TO):
            self._paths.clear()
        if not parent or not event.name:
            return
        path = parent if event.name == b"." else os.path.join(parent, os.fsdecode(event.name))
        if not event.mask & ONDIR:
            self._tell(hint(path, "file", _why(event.mask)))
        elif not self._skip(path):
            self._tell(hint(path, "folder", _why(event.mask)))

    def _left_out(self, folder: str) -> bool:
        """Whether a folder is in no root, or in a folder that is left out."""
        with self._lock:
            root = next((root for root in self._roots if below(folder, root)), None)
        if root is None:
            return True
        while folder != root:
            if self._skip(folder):
                return True
            folder = os.path.dirname(folder)
        return False

    def _path(self, event: _Event) -> str:
        """The folder that an event names; empty when it is gone, of which its own parent tells, or left out."""
        key = event.fsid + event.handle
        path = self._paths.get(key)
        if path is None:
            if len(self._paths) >= _KNOWN:
                self._paths.clear()
            with self._lock:
                roots = list(self._systems.get(event.fsid, ()))
            path = next(filter(None, (self._opened(root, event.handle) for root in roots)), "")
            path = self._paths[key] = "" if self._left_out(path) else path
        return path

    def _opened(self, root: str, handle: bytes) -> str:
        try:
            mount = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return ""
        try:
            folder = self._libc.open_by_handle_at(mount, ctypes.c_char_p(handle), os.O_PATH | os.O_CLOEXEC)
        finally:
            os.close(mount)
        if folder < 0:
            return ""
        try:
            return os.readlink(f"/proc/self/fd/{folder}")
        except OSError:
            return ""
        finally:
            os.close(folder)


def events(buffer: bytes) -> Iterator[_Event]:
    """The events of one read."""
    at = 0
    while at + _METADATA.size <= len(buffer):
        length, _, _, offset, mask, _, pid = _METADATA.unpack_from(buffer, at)
        end = at + length
        yield _named(mask, pid, buffer, at + offset, end)
        at = end


def _named(mask: int, pid: int, buffer: bytes, at: int, end: int) -> _Event:
    """The event with the first record that names a folder and an entry in it."""
    while at + _INFO.size <= end:
        kind, length, fsid = _INFO.unpack_from(buffer, at)
        if kind == _DFID_NAME:
            start = at + _INFO.size
            size, _ = _HANDLE.unpack_from(buffer, start)
            name = start + _HANDLE.size + size
            return _Event(mask, pid, fsid, buffer[start:name], buffer[name : at + length].split(b"\0", 1)[0])
        at += max(length, _INFO.size)
    return _Event(mask, pid)


def _why(mask: int) -> str:
    return next((word for bits, word in _WHY if mask & bits), "changed")


def _refusal(number: int) -> str:
    return _REFUSALS.get(number, f"fanotify is refused ({errno.errorcode.get(number, number)})")


def _kernel_device(device: int) -> int:
    """A device number as /proc writes it: twelve bits of major, twenty of minor."""
    return os.major(device) << 20 | os.minor(device)
