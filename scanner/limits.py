"""How much one file on disk may cost: depth, members, expanded bytes, memory and seconds.

A `Budget` is begun for each file and handed down through everything nested inside it, so that a thousand small archives
in one archive cannot spend more than one large archive. Declared sizes are never trusted: what is counted is what came
out of the decompressor.
"""

import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

from scanner.errors import Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one file; bytes and seconds."""

    depth: int = 8
    """How many containers may be opened inside one another."""
    members: int = 200_000
    """Members of all containers inside one file."""
    expanded: int = 16 * GIB
    """Bytes that decompression may produce inside one file."""
    ratio: int = 200
    """Expanded bytes per stored byte beyond which a container counts as a bomb, once past `ratio_floor`."""
    ratio_floor: int = 256 * MIB
    """Below this many expanded bytes the ratio is not judged: small files compress absurdly well."""
    memory: int = 256 * MIB
    """A document that must be held as a whole (PDF, a nested archive) may have this many bytes."""
    seconds: float = 60.0
    """Time of the processor for a file of ordinary size."""
    seconds_per_mib: float = 0.5
    """Time that each MiB adds, on disk or out of a decompressor."""
    patience: float = 10.0
    """So many times as long may pass on the clock, where other programs are at work or a server is slow."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """What the user offers to open what is encrypted; tried in this order, in the worker's memory only."""

    def deadline(self, size: int) -> float:
        """Seconds of the processor that a file of `size` bytes may take."""
        return self.seconds + self.seconds_per_mib * (size / MIB)


SIGN = 1.0
"""Seconds after which time is judged anew, at the latest."""


class Budget:
    """What is left of the `Limits` for one file; every method raises `Unreadable` when its kind runs out."""

    __slots__ = ("limits", "stored", "_alive", "_began", "_cpu", "_judged", "_members", "_expanded")

    def __init__(self, limits: Limits, stored: int, alive: Callable[[], None] = lambda: None) -> None:
        """`alive` is called now and then, as long as there is time left."""
        self.limits = limits
        self.stored = stored
        self._alive = alive
        self._began = self._judged = time.monotonic()
        self._cpu = time.process_time()
        self._members = limits.members
        self._expanded = 0

    def join(self, size: int) -> None:
        """Count a file beside it of `size` bytes that is read as a part of it."""
        self.stored += size
        self.member()

    def enter(self, depth: int) -> None:
        """Ask before a container at nesting `depth` (0 for a file on disk) is opened."""
        if depth >= self.limits.depth:
            raise Unreadable("too_deep", f"more than {self.limits.depth} containers inside one another")

    def member(self) -> None:
        """Count one more member of a container."""
        self._members -= 1
        if self._members < 0:
            raise Unreadable("bomb", f"more than {self.limits.members} members")
        self.tick()

    def expand(self, count: int) -> None:
        """Count `count` bytes that a decompressor has produced."""
        self._expanded += count
        if self._expanded > self.limits.ratio_floor and self._expanded > self.limits.ratio * max(self.stored, 1):
            raise Unreadable("bomb", f"expands to more than {self.limits.ratio} times its size")
        if self._expanded > self.limits.expanded:
            raise Unreadable("too_large", f"expands to more than {self.limits.expanded // GIB} GiB")
        self.tick()

    def hold(self, size: int) -> None:
        """Ask before `size` bytes are held in memory as a whole."""
        if size > self.limits.memory:
            raise Unreadable("too_large", f"more than {self.limits.memory // MIB} MiB that must be held as a whole")

    def tick(self) -> None:
        """Give up when the time is over; readers call it in every loop that a hostile document could stretch."""
        now = time.monotonic()
        if now >= self._judged:
            self._judge(now)

    def _judge(self, now: float) -> None:
        """The processor's clock is dear to ask, and what is left on it cannot run out before as much has passed."""
        allowed = self.limits.deadline(self.stored + self._expanded)
        left = allowed - (time.process_time() - self._cpu)
        if left <= 0 or now - self._began > allowed * self.limits.patience:
            raise Unreadable("timed_out", "took longer than its time limit")
        self._judged = now + min(left, SIGN)
        self._alive()


UNSIZED = 64 * MIB
"""How much is read of a file without a size (``/proc``, or one that is only beginning to be written)."""


def as_opened(stream: IO[bytes]) -> IO[bytes]:
    """The file with the size that it has now, however it grows while it is read; takes the place of `stream`."""
    return cast(IO[bytes], io.BufferedReader(_AsOpened(cast(io.FileIO, cast(io.BufferedReader, stream).detach()))))


class _AsOpened(io.RawIOBase):
    """An open file that ends where it ended when it was opened."""

    def __init__(self, inner: io.FileIO) -> None:
        self._inner = inner
        self._size = os.fstat(inner.fileno()).st_size
        self._sized = self._size > 0
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._inner.fileno()

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if not self._sized and self._at >= UNSIZED:
            raise Unreadable("too_large", f"without a size, and longer than {UNSIZED // MIB} MiB")
        end = self._size if self._sized else UNSIZED
        count = self._inner.readinto(memoryview(buffer).cast("B")[: max(end - self._at, 0)])
        self._at += count or 0
        return count

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(MIB) or b"", b""))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = (0, self._at, self._size)[whence]
        self._at = self._inner.seek(start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._inner.close()
        super().close()
