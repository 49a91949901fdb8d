"""Several documents one after another as one stream: the parts of a file that was split.

One part is open at a time, so that what lies on a medium is not kept open either.
"""

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import IO, TYPE_CHECKING

from scanner.errors import Unreadable
from scanner.model import Document

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Joined(io.RawIOBase):
    """The parts as one; each is opened when its bytes are asked for."""

    def __init__(self, parts: Sequence[Document]) -> None:
        self._parts = parts
        self._starts = [0, *accumulate(part.size for part in parts)]
        self._at = 0
        self._open: tuple[int, IO[bytes]] | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it stands."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go elsewhere."""
        to = offset + (0, self._at, self._starts[-1])[whence]
        if to < 0:
            raise ValueError("negative position")
        self._at = to
        return to

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Some bytes, of one part."""
        view = memoryview(buffer).cast("B")
        if self._at >= self._starts[-1] or not len(view):
            return 0
        number = bisect_right(self._starts, self._at) - 1
        stream = self._part(number)
        inside = self._at - self._starts[number]
        if stream.tell() != inside:
            stream.seek(inside)
        data = stream.read(min(len(view), self._starts[number + 1] - self._at))
        if not data:
            raise Unreadable("vanished", "a part of it became shorter while it was read")
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Close the part that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
        super().close()

    def _part(self, number: int) -> IO[bytes]:
        if self._open is None or self._open[0] != number:
            if self._open is not None:
                self._open[1].close()
            self._open = number, self._parts[number].open()
        return self._open[1]


def joined(parts: Sequence[Document]) -> IO[bytes]:
    """The parts as one stream that can be sought in."""
    return io.BufferedReader(_Joined(parts), 1 << 17)
