"""Reading files of removable media without keeping them open, so that the medium can be taken out at any time.

A file is opened for one stretch of it, which is copied into memory, never onto a disk, and closed before anybody looks
at what was read. A file that is changed, replaced or pulled out between two stretches ends as unreadable.
"""

import contextlib
import errno
import io
import os
import stat
import sys
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.media.opening import open_file

STRETCH = 1 << 20
"""Bytes that are read while the file is open; a stick of 30 MB a second takes 35 milliseconds for them."""
PART = 1 << 17
WINDOW = 2.0
"""Seconds for which a file is kept open at most; a slow medium's is closed within a stretch, and opened again."""
LIMIT = 16 << 20
"""Bytes of a file that are kept in memory, for readers that jump to and fro."""
_GONE = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ENOTDIR, errno.ESTALE}
# path not found, drive not found, not ready, device not connected, volume changed, I/O device error, device removed
_GONE_WINDOWS = {3, 15, 21, 55, 433, 1006, 1117, 1167, 1617}


def spooled(path: str, limit: int = LIMIT, window: float = WINDOW) -> IO[bytes]:
    """A stream over a file that holds nothing open on its volume between two reads.

    Raises Unreadable of kind ``vanished``, now or while it is read, when the medium is gone or the file is another one,
    else OSError as `open_file` does.
    """
    with medium(), open_file(path) as file:
        facts = _facts(file)
    return io.BufferedReader(_Spool(path, facts, max(limit // STRETCH, 1), window), PART)


@contextlib.contextmanager
def medium() -> Iterator[None]:
    """Failures by which a medium shows that it was pulled out become Unreadable of kind ``vanished``."""
    try:
        yield
    except OSError as error:
        code = getattr(error, "winerror", None)
        if code not in _GONE_WINDOWS and (code or error.errno not in _GONE):
            raise
        name = f"Windows error {code}" if code else errno.errorcode[error.errno or errno.EIO]
        raise Unreadable("vanished", f"the medium was taken out or does not answer ({name})") from None


def let_go() -> None:
    """Close the folders that a forked process has inherited, since another thread was listing them at that moment.

    Nobody in this process would ever close them, and their medium could not be taken out.
    """
    for name in os.listdir("/proc/self/fd") if sys.platform == "linux" else ():  # noqa: PTH208
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(os.fstat(int(name)).st_mode):
                os.close(int(name))


class _Facts(NamedTuple):
    """By what a file is known again. File numbers are left out: drivers of FAT make up new ones."""

    device: int
    size: int
    modified: int


def _facts(file: IO[bytes]) -> _Facts:
    info = os.fstat(file.fileno())
    return _Facts(info.st_dev, info.st_size, info.st_mtime_ns)


class _Spool(io.RawIOBase):
    """A file that is opened anew for each stretch that is not at hand."""

    def __init__(self, path: str, facts: _Facts, most: int, window: float) -> None:
        self._path = path
        self._facts = facts
        self._most = most
        self._window = window
        self._at = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it stands."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go elsewhere; nothing is opened for it."""
        to = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._facts.size}[whence]
        if to < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = to
        return to

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer as far as the stretch goes."""
        if self._at >= self._facts.size:
            return 0
        index, inside = divmod(self._at, STRETCH)
        found = self._stretch(index)[inside : inside + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        """Forget what is kept."""
        self._kept.clear()
        super().close()

    def _stretch(self, index: int) -> bytes:
        if index not in self._kept:
            while len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            start = index * STRETCH
            self._kept[index] = self._read(start, min(start + STRETCH, self._facts.size))
        self._kept.move_to_end(index)
        return self._kept[index]

    def _read(self, start: int, end: int) -> bytes:
        """A stretch, from as many openings as it takes."""
        stretch = bytearray()
        while start + len(stretch) < end:
            with medium(), open_file(self._path) as file:
                closing = time.monotonic() + self._window
                if _facts(file) != self._facts:
                    raise Unreadable("vanished", "it was changed or replaced while it was read")
                file.seek(start + len(stretch))
                while start + len(stretch) < end:
                    part = file.read(min(PART, end - start - len(stretch)))
                    if not part:
                        raise Unreadable("vanished", "it became shorter while it was read")
                    stretch += part
                    if time.monotonic() >= closing:
                        break
        return bytes(stretch)
