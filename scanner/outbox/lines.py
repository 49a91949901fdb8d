"""The sender of a file: JSON lines for an agent that reads it, begun anew by size, on the disk before it says so.

Readable for the group of the folder's owner (0640) and never through a link. A line that a crash has torn is ended, so
that it harms no other one, and comes once more, whole.
"""

import contextlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from scanner.outbox.event import Event, Refused
from scanner.settings import FileReceiver

MB = 1_000_000
_FLAGS = (
    os.O_RDWR | os.O_CREAT | os.O_APPEND
    | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)  # fmt: skip


class FileSender:
    """Appends to one file."""

    def __init__(self, receiver: FileReceiver) -> None:
        self._path = Path(receiver.path)
        self._largest = receiver.rotate_mb * MB
        self._keep = receiver.keep

    def send(self, events: Sequence[Event]) -> int:
        """Write the events and wait until the disk has them; all of them or none."""
        written = b"".join(event.body + b"\n" for event in events)
        try:
            self._make_room(len(written))
            self._append(written)
        except OSError as error:
            raise Refused(f"the file cannot be written ({error.strerror or type(error).__name__})") from None
        return len(events)

    def _append(self, written: bytes) -> None:
        descriptor = os.open(self._path, _FLAGS, 0o640)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused("the file is no plain file")
            size = os.lseek(descriptor, 0, os.SEEK_END)
            try:
                _write(descriptor, (b"\n" if _torn(descriptor, size) else b"") + written)
            except OSError:
                os.ftruncate(descriptor, size)  # a full disk: half a line is worse than none
                raise
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not size:
            _sync_folder(self._path.parent)

    def _make_room(self, coming: int) -> None:
        """Begin a new file where this one would grow too large; a reader may prevent that for a while (Windows)."""
        try:
            size = self._path.lstat().st_size
        except FileNotFoundError:
            self._path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            return
        if size and size + coming > self._largest:
            with contextlib.suppress(PermissionError):
                for number in range(self._keep, 0, -1):
                    with contextlib.suppress(FileNotFoundError):
                        self._numbered(number - 1).replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path


def _write(descriptor: int, written: bytes) -> None:
    left = memoryview(written)
    while left:
        left = left[os.write(descriptor, left) :]


def _torn(descriptor: int, size: int) -> bool:
    if not size:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file survive a power cut, where a folder can be asked for that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
