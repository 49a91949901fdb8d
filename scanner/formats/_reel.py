"""Members that lie one after another in a stream that only goes forward: solid archives, compressed as a whole.

The stream is wound once as long as the members are read in their order; who comes back to an earlier one begins anew.
What a member begins with is held, since the choice of its format and its reading are two openings.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from scanner.errors import Unreadable
from scanner.formats._stream import BLOCK, expanding
from scanner.limits import MIB, Budget

_HELD = MIB


class Reel:
    """`begin` makes the stream of all members anew; every byte that comes out of it has been counted already."""

    __slots__ = ("_begin", "_budget", "_stream", "_at")

    def __init__(self, begin: Callable[[], IO[bytes]], budget: Budget) -> None:
        self._begin = begin
        self._budget = budget
        self._stream: IO[bytes] | None = None
        self._at = 0

    def member(self, start: int, size: int, crc: int | None) -> Callable[[], IO[bytes]]:
        """What opens the member of `size` bytes at `start`; a damage or a wrong CRC-32 is raised from its stream."""
        begun, failure = self._begun(start, min(size, _HELD))
        if failure is None and len(begun) == size and crc in (None, zlib.crc32(begun)):
            return lambda: io.BytesIO(begun)
        return lambda: expanding(self._checked(begun, failure, (start, size, crc)))

    def close(self) -> None:
        """Forget the stream; members opened later begin anew."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._at = None, 0

    def _begun(self, start: int, size: int) -> tuple[bytes, tuple[str, str] | None]:
        """The first bytes of a member, and what ended them too early."""
        parts: list[bytes] = []
        have = 0
        try:
            while have < size and (data := self._next(start + have, size - have)):
                parts.append(data)
                have += len(data)
        except Unreadable as failure:
            return b"".join(parts), (failure.kind, failure.detail)
        return b"".join(parts), None

    def _next(self, position: int, most: int) -> bytes:
        """Some bytes at `position`; none where the stream ends. Others may have wound it in the meantime."""
        if self._stream is None or position < self._at:
            self.close()
            self._stream = self._begin()
        while True:
            self._budget.tick()
            skipped = position - self._at
            data = self._stream.read(min(BLOCK, skipped or most))
            self._at += len(data)
            if not skipped or not data:
                return data

    def _checked(
        self, begun: bytes, failure: tuple[str, str] | None, what: tuple[int, int, int | None]
    ) -> Iterator[bytes]:
        start, size, crc = what
        seen, have, data = 0, 0, begun
        while data:
            seen, have = zlib.crc32(data, seen), have + len(data)
            yield data
            if failure is not None:
                break
            data = self._next(start + have, size - have) if have < size else b""
        if failure is not None:
            raise Unreadable(*failure)
        if have < size:
            raise Unreadable("corrupt", "the archive ends inside the member")
        if crc not in (None, seen):
            raise Unreadable("corrupt", "the member's checksum does not match its bytes")
