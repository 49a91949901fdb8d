"""How folders are listed and files opened so that no name, however long or odd, makes that fail.

Nothing is held open between two blocks of a listing: a medium can be unmounted meanwhile. What lies in a folder is
judged in `scanner.media.walk`.
"""

import errno
import os
import stat
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import IO

from scanner.errors import Unreadable
from scanner.places import WINDOWS

BLOCK = 4096
"""Names of one folder that are looked at in one go; between two goes nothing is held open."""
STRIDE = 1000
"""Bytes of a path that are handed to the system at once when the whole is too long for it (macOS takes 1,024)."""

_UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
_STEP = _FOLDER | getattr(os, "O_PATH", 0)
"""A folder on the way to a file, which need not be readable."""
# without O_NONBLOCK, opening a pipe that took the place of a file would wait for ever
_FILE = getattr(os, "O_NONBLOCK", 0)
_BY_DESCRIPTOR = os.listdir in os.supports_fd and os.stat in os.supports_dir_fd


def openable(path: str, *, windows: bool = WINDOWS) -> str:
    r"""What to open an absolute path by: on Windows with ``\\?\``, so that long paths and reserved names work."""
    if not windows or path.startswith(("\\\\?\\", "\\\\.\\")):
        return path
    spelled = path.replace("/", "\\")
    return f"\\\\?\\UNC\\{spelled[2:]}" if spelled.startswith("\\\\") else f"\\\\?\\{spelled}"


def open_file(path: str) -> IO[bytes]:
    """A file that a walk found, of whatever path length; raises OSError, and Unreadable if it is no file any more."""
    if not _BY_DESCRIPTOR:
        return Path(openable(path)).open("rb")
    descriptor = _descriptor(path, _FILE | _UNFOLLOWED)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unreadable("vanished", "it was replaced by something that is not a file")
    return os.fdopen(descriptor, "rb")


ENDS = 64 * 1024
"""Bytes at either end of a file that go into its seal."""


def seal(path: str, size: int, key: bytes) -> int:
    """A keyed digest of the two ends of a file, of all of it where they meet; never 0. Raises as `open_file` does."""
    ends = blake2b(size.to_bytes(8), digest_size=8, key=key)
    with open_file(path) as stream:
        ends.update(stream.read(ENDS))
        if size > ENDS:
            stream.seek(max(size - ENDS, ENDS))
            ends.update(stream.read(ENDS))
    return int.from_bytes(ends.digest()) or 1


Found = list[tuple[str, "os.stat_result | OSError"]]


def blocks(folder: str) -> Iterator[Found]:
    """The names of a folder in order, each with what is known of it; raises OSError when it cannot be listed."""
    return _by_descriptor(folder) if _BY_DESCRIPTOR else _by_path(folder)


def whole(folder: str) -> tuple[list[str], list[os.stat_result]]:
    """All names of a folder in order, and what is known of each; raises OSError unless all of it can be looked at."""
    if not _BY_DESCRIPTOR:
        found = [one for block in blocks(folder) for one in block]
        return [name for name, _ in found], [_known(info) for _, info in found]
    descriptor = _descriptor(folder, _FOLDER | _UNFOLLOWED)
    try:
        names = sorted(os.listdir(descriptor))  # noqa: PTH208
        if len(names) >= BLOCK:
            raise OSError(errno.E2BIG, "more than one block")
        return names, [os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in names]
    finally:
        os.close(descriptor)


def _known(info: "os.stat_result | OSError") -> os.stat_result:
    if isinstance(info, OSError):
        raise info
    return info


def _by_descriptor(folder: str) -> Iterator[Found]:
    names: list[str] | None = None
    at = 0
    while names is None or at < len(names):
        descriptor = _descriptor(folder, _FOLDER | _UNFOLLOWED)
        try:
            names = sorted(os.listdir(descriptor)) if names is None else names  # noqa: PTH208
            found = [(name, _stat(name, descriptor)) for name in names[at : at + BLOCK]]
        finally:
            os.close(descriptor)
        at += BLOCK
        yield found


def _by_path(folder: str) -> Iterator[Found]:
    with os.scandir(openable(folder)) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for at in range(0, len(entries), BLOCK):
        yield [(entry.name, _entry_stat(entry)) for entry in entries[at : at + BLOCK]]


def _stat(name: str, descriptor: int) -> "os.stat_result | OSError":
    try:
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError as error:
        return error


def _entry_stat(entry: "os.DirEntry[str]") -> "os.stat_result | OSError":
    try:
        return entry.stat(follow_symlinks=False)
    except OSError as error:
        return error


def _descriptor(path: str, flags: int) -> int:
    """Open a path; one that is too long for the system is gone down in strides."""
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    *strides, last = _strides(path)
    at = os.open("/", _STEP)
    for stride, how in (*((stride, _STEP) for stride in strides), (last, flags)):
        try:
            deeper = os.open(stride, how, dir_fd=at)
        finally:
            os.close(at)
        at = deeper
    return at


def _strides(path: str) -> list[str]:
    strides, length = [[]], 0  # type: list[list[str]], int
    for part in path.strip("/").split("/"):
        size = len(os.fsencode(part)) + 1
        if length + size > STRIDE:
            strides.append([])
            length = 0
        strides[-1].append(part)
        length += size
    return ["/".join(stride) for stride in strides if stride]


# --- failures of the file system --------------------------------------------------------------------------------------

_SENTENCES = {
    "denied": "access was refused",
    "vanished": "it was gone when it was to be read",
    "corrupt": "the disk reports an error",
    "too_deep": "its path is longer than this system can open",
    "cloud_only": "its content lies in a cloud only",
}
_KINDS = {
    "vanished": (errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ELOOP, errno.EISDIR),
    "corrupt": (errno.EIO, getattr(errno, "EUCLEAN", -1), getattr(errno, "EBADMSG", -1)),
    "too_deep": (errno.ENAMETOOLONG,),
    "cloud_only": (errno.EDEADLK,),
}
_KIND = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
# data error (CRC), I/O device error, file corrupt; not ready, device gone; the range of the Cloud Files API
_WINDOWS_KIND = {23: "corrupt", 1117: "corrupt", 1392: "corrupt", 21: "vanished", 433: "vanished", 1167: "vanished"}
_WINDOWS_KIND |= dict.fromkeys(range(358, 408), "cloud_only")


def problem(error: OSError) -> tuple[str, str]:
    """Kind and detail of the problem that a failure of the file system is; the detail names the error, not the path."""
    code = getattr(error, "winerror", None)
    kind = _WINDOWS_KIND.get(code or 0) or _KIND.get(error.errno or 0, "denied")
    name = f"Windows error {code}" if code else errno.errorcode.get(error.errno or 0, type(error).__name__)
    return kind, f"{_SENTENCES[kind]} ({name})"
