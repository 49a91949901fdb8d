"""Decompressors of one shape: those of the standard library, Zstandard, and the one of Unix `compress`.

They hold no more than their windows and give no more than they are asked for at once. What is wrong with the bytes is
raised as `ValueError` or the error of the library; `_stream.expand` turns either into `Unreadable`.
"""

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from scanner.errors import Unreadable
from scanner.formats import Library
from scanner.limits import Budget

DEFLATE64 = Library("stream_inflate", "stream-inflate")
ZSTANDARD = Library("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd", "backports.zstd")


class Engine(Protocol):
    """A decompressor as `bz2` and `lzma` offer it."""

    @property
    def eof(self) -> bool:
        """Whether the end mark was seen."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more input."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end mark."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` more bytes."""


class Inflate:
    """`zlib.decompressobj` as an `Engine`."""

    __slots__ = ("_inner", "needs_input")

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the end mark was seen."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What followed the end mark."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` more bytes."""
        tail = self._inner.unconsumed_tail
        out = self._inner.decompress(tail + data if tail else data, max_length)
        self.needs_input = len(out) < max_length and not self._inner.unconsumed_tail
        return out


def _backport() -> Any:
    try:
        from backports import zstd
    except ImportError:
        raise Unreadable("missing_reader", "Zstandard: its library cannot be loaded on this system") from None
    return zstd


NewEngine = Callable[[Budget], Engine]


class Zstandard:
    """One frame of Zstandard (RFC 8878); its window may be as large as the budget's memory."""

    __slots__ = ("_inner", "_error")

    def __init__(self, budget: Budget) -> None:
        try:
            from compression import zstd  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            zstd = _backport()
        largest = min(max(budget.limits.memory.bit_length() - 1, 10), 31)
        self._inner: Any = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: largest})
        self._error: type[Exception] = zstd.ZstdError

    @property
    def eof(self) -> bool:
        """Whether the end of the frame was seen."""
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more input."""
        return bool(self._inner.needs_input)

    @property
    def unused_data(self) -> bytes:
        """What followed the frame."""
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` more bytes."""
        try:
            return bytes(self._inner.decompress(data, max_length))
        except self._error:
            raise ValueError("damaged") from None


class Inflate64:
    """Deflate64, by which Windows packs what is larger than 2 GB into a zip: a wider window, and longer repetitions."""

    __slots__ = ("needs_input", "_data", "_is_done", "_left", "_out", "_pages", "_read")

    def __init__(self, budget: Budget) -> None:
        try:
            from stream_inflate import stream_inflate64
        except ImportError:
            raise Unreadable("missing_reader", "Deflate64: its library cannot be loaded on this system") from None
        made: Any = stream_inflate64
        self._read, self._is_done, self._left = made()
        self._pages: Iterator[bytes] = iter(())
        self._data = self._out = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the last block has been read."""
        return bool(self._is_done()) and not self._out

    @property
    def unused_data(self) -> bytes:
        """What followed the last block."""
        return self._data[len(self._data) - self._left() :] if self.eof else b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` more bytes."""
        if data:
            self._data = data
            self._pages = self._read([data])
        out = bytearray(self._out)
        while len(out) < max_length and (page := self._page()):
            out += page
        self.needs_input = len(out) < max_length
        self._out = bytes(out[max_length:])
        return bytes(out[:max_length])

    def _page(self) -> bytes | None:
        try:
            return next(self._pages, None)
        except (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError):  # it falls over its own tables
            raise ValueError("damaged") from None


class Lzw:
    """A file made by `compress` (.Z): LZW with codes of 9 to 16 bits, which has no end mark.

    Codes come in groups of eight; when they become longer, or all are forgotten, the rest of a group is not used.
    """

    __slots__ = (
        "_data",
        "_at",
        "_most",
        "_blocks",
        "_bits",
        "_first",
        "_prefix",
        "_last",
        "_previous",
        "_out",
        "_unit",
    )
    eof = False
    unused_data = b""

    def __init__(self, budget: Budget) -> None:
        self._data = b""
        self._at = 0
        """Bits of `_data` that are used."""
        self._most = 0
        self._blocks = False
        self._out = b""
        self._unit = 0
        self._forget()

    def _forget(self) -> None:
        self._bits = 9
        self._prefix: list[int] = [0] * 257
        self._last = bytearray(range(256)) + b"\0"
        self._previous = -1
        self._first = 0

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more input."""
        return not self._out and (not self._most or self._at + self._bits > len(self._data) * 8)

    @property
    def complete(self) -> bool:
        """Whether the data may end here: nothing is left but zeros that fill the last byte."""
        left = self._data[self._at >> 3 :]
        return bool(self._most) and len(left) < 4 and not int.from_bytes(left, "little") >> (self._at & 7)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` more bytes."""
        used = min(self._at >> 3, len(self._data))
        self._data, self._at = self._data[used:] + data, self._at - 8 * used
        if not self._most and not self._header():
            return b""
        out = bytearray(self._out)
        while len(out) < max_length and self._at + self._bits <= len(self._data) * 8:
            self._step(out)
        self._out = bytes(out[max_length:])
        return bytes(out[:max_length])

    def _header(self) -> bool:
        if len(self._data) < 3:
            return False
        self._most, self._blocks = self._data[2] & 0x1F, bool(self._data[2] & 0x80)
        if not 9 <= self._most <= 16:
            raise ValueError("damaged")
        self._at = 24
        if not self._blocks:
            del self._prefix[256:], self._last[256:]
        return True

    def _code(self) -> int:
        start = self._at >> 3
        word = int.from_bytes(self._data[start : start + 4], "little")
        code = word >> (self._at & 7) & ((1 << self._bits) - 1)
        self._at += self._bits
        self._unit = (self._unit + 1) & 7
        return code

    def _step(self, out: bytearray) -> None:
        if len(self._prefix) >= 1 << self._bits and self._bits < self._most:
            self._align()
            self._bits += 1
            return
        code = self._code()
        if code == 256 and self._blocks:
            self._align()
            self._forget()
            return
        known = len(self._prefix)
        if code > known or (code == known and self._previous < 0) or (self._previous < 0 and code > 255):
            raise ValueError("damaged")
        text = self._text(self._previous if code == known else code)
        if code == known:
            text.append(text[0])
        if self._previous >= 0 and known < 1 << self._most:
            self._prefix.append(self._previous)
            self._last.append(text[0])
        self._previous = code
        out += text

    def _align(self) -> None:
        """Pass over what is left of the group."""
        if self._unit:
            self._at += (8 - self._unit) * self._bits
            self._unit = 0

    def _text(self, code: int) -> bytearray:
        text = bytearray()
        prefix, last = self._prefix, self._last
        while code > 255:
            text.append(last[code])
            code = prefix[code]
        text.append(code)
        text.reverse()
        return text
