"""Decompressed bytes as a stream that counts what it produces: shared by the archive formats.

It is not a format and writes nothing to disk. Whatever is wrong with the compressed bytes is raised as `Unreadable`
from the stream's own `read`, because the document inside is read long after the archive's reader has handed it out.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, cast

from scanner.errors import Unreadable
from scanner.formats._engines import Engine, Inflate, Lzw, NewEngine, Zstandard
from scanner.limits import MIB, Budget
from scanner.model import Document

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 16
PATIENT = MIB
"""Who asks for at most so many bytes at once reads on until the end, and so gets what came before a damage."""


def deflate(budget: Budget) -> Engine:
    """Raw deflate, as in zip."""
    return Inflate(-zlib.MAX_WBITS)


def gzip(budget: Budget) -> Engine:
    """One gzip member (RFC 1952)."""
    return Inflate(zlib.MAX_WBITS | 16)


def bzip2(budget: Budget) -> Engine:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz(budget: Budget) -> Engine:
    """One xz stream or one of the older .lzma kind; its dictionary may be as large as the budget's memory."""
    return lzma.LZMADecompressor(memlimit=budget.limits.memory)


def engine_for(head: bytes) -> NewEngine | None:
    """The decompressor for a document that begins with `head`; None when it is not a compressed stream."""
    if head[:2] not in _STARTS:
        return None
    return next((engine for magic, engine in _MAGICS if head.startswith(magic)), None)


_MAGICS: tuple[tuple[bytes, NewEngine], ...] = (
    (b"\x1f\x8b\x08", gzip),
    (b"\x1f\x9d", Lzw),
    (b"\x28\xb5\x2f\xfd", Zstandard),
    *((b"%c\x2a\x4d\x18" % number, Zstandard) for number in range(0x50, 0x60)),
    *((b"BZh%d" % level + magic, bzip2) for level in range(1, 10) for magic in (b"1AY&SY", b"\x17rE8P\x90")),
    (b"\xfd7zXZ\x00", xz),
)


_STARTS = frozenset(magic[:2] for magic, _ in _MAGICS)


def feed(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a stream in blocks."""
    while block := stream.read(BLOCK):
        yield block


def expand(blocks: Iterator[bytes], new: NewEngine, budget: Budget, *, many: bool = False) -> Iterator[bytes]:
    """Decompress; `many` members may follow one another, with zeros between them, as gzip, bzip2 and xz allow."""
    engine = new(budget)
    data = next(blocks, b"")
    while True:
        out = _step(engine, data)
        budget.expand(len(out))
        if out:
            yield out
        data = b""
        if engine.eof:
            data = _following(engine.unused_data, blocks, budget) if many else b""
            if not data:
                return
            engine = new(budget)
        elif engine.needs_input:
            data = next(blocks, b"")
            if not data:
                if isinstance(engine, Lzw) and engine.complete:
                    return
                raise Unreadable("corrupt", "the compressed data ends too early")


def _step(engine: Engine, data: bytes) -> bytes:
    try:
        return engine.decompress(data, BLOCK)
    except lzma.LZMAError as error:
        if error.args == ("Memory usage limit exceeded",):
            raise Unreadable("too_large", "needs more memory to decompress than is allowed") from None
        raise Unreadable("corrupt", "the compressed data is damaged") from None
    except (zlib.error, OSError, EOFError, ValueError):
        raise Unreadable("corrupt", "the compressed data is damaged") from None


def _following(data: bytes, blocks: Iterator[bytes], budget: Budget) -> bytes:
    """What comes after a member: the next one, or nothing but padding."""
    while not (data := data.lstrip(b"\0")):
        budget.tick()
        data = next(blocks, b"")
        if not data:
            return b""
    return data


class Expanding(io.BufferedIOBase):
    """Chunks of bytes as a readable stream, forward only.

    A damage in the middle is raised when the bytes before it have been read; a reader that asks for more than `PATIENT`
    bytes, or for everything, gets the exception at once, lest it take a part for the whole.
    """

    def __init__(self, chunks: Iterator[bytes], source: IO[bytes] | None = None) -> None:
        self._chunks = chunks
        self._source = source
        self._rest = b""
        self._at = 0
        self._failure: tuple[str, str] | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next `size` bytes, fewer only at the end; all of them when `size` is negative."""
        wanted = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        have = 0
        while wanted < 0 or have < wanted:
            if self._at >= len(self._rest) and not self._more(eager=not have or not 0 < wanted <= PATIENT):
                break
            end = len(self._rest) if wanted < 0 else self._at + wanted - have
            part = self._rest[self._at : end] if self._at or end < len(self._rest) else self._rest
            self._at += len(part)
            have += len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        """What is at hand, at most `size` bytes."""
        if self._at >= len(self._rest) and not self._more(eager=True):
            return b""
        end = len(self._rest) if size < 0 else self._at + size
        part = self._rest[self._at : end]
        self._at += len(part)
        return part

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill `buffer`; fewer bytes only at the end."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def peek(self, size: int = 0, /) -> bytes:
        """Some bytes that the next read will return: makes `readline` fast."""
        if self._at >= len(self._rest):
            self._more(eager=True)
        return self._rest[self._at :]

    def close(self) -> None:
        """Close the stream that the bytes come from, where it is this one's own."""
        if self._source is not None:
            self._source.close()
        self._rest = b""
        super().close()

    def _more(self, *, eager: bool) -> bool:
        """Get the next chunk; False at the end, and at a damage unless `eager` to raise it."""
        if self._failure is None:
            try:
                self._rest, self._at = next(self._chunks, b""), 0
            except Unreadable as failure:
                # Kept without its traceback, which would keep the decompressor's memory until the next collection.
                self._failure = failure.kind, failure.detail
                self._rest, self._at = b"", 0
        if self._failure is not None and eager:
            raise Unreadable(*self._failure)
        return bool(self._rest)


def expanding(chunks: Iterator[bytes], source: IO[bytes] | None = None) -> IO[bytes]:
    """An `Expanding` stream under its general type; closing it closes `source`."""
    return cast(IO[bytes], Expanding(chunks, source))


def seekable(document: Document, budget: Budget) -> IO[bytes]:
    """The document as a stream that can be sought in; a member of another container is held in memory for that."""
    stream = document.open()
    if stream.seekable():
        return stream
    with stream:
        parts: list[bytes] = []
        held = 0
        while part := stream.read(PATIENT):
            held += len(part)
            budget.hold(held)
            parts.append(part)
    return io.BytesIO(b"".join(parts))


def opener(
    stream: IO[bytes], again: Callable[[], IO[bytes]], content: Callable[[IO[bytes]], Iterator[bytes]]
) -> Callable[[], IO[bytes]]:
    """Opens what `content` makes of a container's stream; once that is closed, of a new one that `again` brings."""

    def opened() -> IO[bytes]:
        if not stream.closed:
            return expanding(content(stream))
        own = again()
        return expanding(content(own), own)

    return opened


def window(stream: IO[bytes], start: int, size: int, *, own: bool) -> IO[bytes]:
    """A stretch of a stream that can be sought in; closing it closes the stream if that is its `own`."""
    return cast(IO[bytes], io.BufferedReader(_Window(stream, start, size, own=own), BLOCK))


class _Window(io.RawIOBase):
    """A stretch of a stream, forward and back."""

    def __init__(self, inner: IO[bytes], start: int, size: int, *, own: bool) -> None:
        self._inner = inner
        self._start = start
        self._size = size
        self._own = own
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        self._inner.seek(self._start + self._at)
        data = self._inner.read(max(min(len(view), self._size - self._at), 0))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max((0, self._at, self._size)[whence] + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if self._own and not self.closed:
            self._inner.close()
        super().close()
