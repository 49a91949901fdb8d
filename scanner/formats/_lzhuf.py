"""The compression of LZH archives (-lh4- to -lh7-), which other programs of Japan use as well: LZ77 with Huffman codes.

It is written in Python, at some megabytes a second: the archives of that time are small, and the native readers of them
are abandoned or unsafe. Source: the public-domain ar002 of H. Okumura and the LHA notes of H. Yoshizaki.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.limits import Budget

_LITERALS, _LENGTHS = 510, 19
_FLUSH = 1 << 16
_DAMAGED = ("corrupt", "the compressed data is damaged")


class Method(NamedTuple):
    """The size of the window in bits, how many codes for distances there are, and the bits of their number."""

    window: int
    distances: int
    bits: int


METHODS = {
    b"-lh4-": Method(12, 14, 4), b"-lh5-": Method(13, 14, 4), b"-lh6-": Method(15, 16, 5), b"-lh7-": Method(16, 17, 5),
}  # fmt: skip


class _Bits:
    """Bits from a generator of bytes, the highest first; zeros follow the end, a few times."""

    __slots__ = ("_blocks", "_data", "_at", "_word", "have", "_past")

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._data = b""
        self._at = 0
        self._word = 0
        self.have = 0
        self._past = 0

    def fill(self) -> None:
        """Have 48 bits at least."""
        chunk = self._data[self._at : self._at + 8]
        self._at += 8
        if len(chunk) < 8:
            block = next(self._blocks, b"")
            self._data, self._at = chunk + block, 8
            chunk = self._data[:8]
            if len(chunk) < 8:
                self._past += 1
                if self._past > 2:
                    raise Unreadable("corrupt", "the compressed data ends too early")
                chunk = chunk.ljust(8, b"\0")
        self._word = (self._word & (1 << self.have) - 1) << 64 | int.from_bytes(chunk, "big")
        self.have += 64

    def peek(self) -> int:
        """The next 16 bits, which stay."""
        if self.have < 48:
            self.fill()
        return self._word >> self.have - 16 & 0xFFFF

    def take(self, count: int) -> int:
        """The next bits, at most 16."""
        if not count:
            return 0
        value = self.peek() >> 16 - count
        self.have -= count
        return value


def _table(lengths: list[int]) -> list[int]:
    """For each 16 bits the code that they begin with, as ``symbol << 5 | length``."""
    codes = sorted((length, symbol) for symbol, length in enumerate(lengths) if length)
    table: list[int] = []
    for length, symbol in codes:
        if length > 16:
            raise Unreadable(*_DAMAGED)
        table += [symbol << 5 | length] * (1 << 16 - length)
        if len(table) > 1 << 16:
            break
    if len(table) != 1 << 16:
        raise Unreadable(*_DAMAGED)
    return table


def _lengths(bits: _Bits, count: int, width: int, gap: int) -> list[int]:
    """The table of the codes for lengths, or for distances; `gap` is where zeros may be left out."""
    used = bits.take(width)
    if not used:
        return [bits.take(width) << 5] * (1 << 16)
    lengths: list[int] = []
    while len(lengths) < used:
        word = bits.peek()
        length = word >> 13
        if length == 7:
            while length < 20 and word & 1 << 19 - length:
                length += 1
        bits.have -= 3 if length < 7 else length - 3
        lengths.append(length)
        if len(lengths) == gap:
            lengths += [0] * bits.take(2)
    if len(lengths) > count + 3:
        raise Unreadable(*_DAMAGED)
    return _table(lengths)


def _literals(bits: _Bits) -> list[int]:
    """The table of the codes for literals and the lengths of matches."""
    short = _lengths(bits, _LENGTHS, 5, 3)
    used = bits.take(9)
    if not used:
        return [bits.take(9) << 5] * (1 << 16)
    lengths: list[int] = []
    while len(lengths) < used:
        code = short[bits.peek()]
        bits.have -= code & 31
        symbol = code >> 5
        if symbol > 2:
            lengths.append(symbol - 2)
        else:
            lengths += [0] * (1 if not symbol else bits.take(4) + 3 if symbol == 1 else bits.take(9) + 20)
    if len(lengths) > _LITERALS + 532:
        raise Unreadable(*_DAMAGED)
    return _table(lengths[:_LITERALS])


def unpacked(blocks: Iterator[bytes], method: Method, size: int, budget: Budget) -> Iterator[bytes]:
    """The `size` bytes that were packed into `blocks`."""
    bits = _Bits(blocks)
    window = 1 << method.window
    out = bytearray(b" " * window)
    end = window + size
    """Where the last byte comes to lie in `out`, which loses its beginning on the way."""
    while len(out) < end:
        left = bits.take(16) or 1 << 16
        literals = _literals(bits)
        distances = _lengths(bits, method.distances, method.bits, -1)
        while left and len(out) < end:
            step = min(left, 4096)
            _decode(bits, literals, distances, out, step)
            left -= step
            ready = min(len(out), end) - window
            if ready >= _FLUSH or len(out) >= end:
                budget.expand(ready)
                yield bytes(out[window : window + ready])
                del out[:ready]
                end -= ready
            else:
                budget.tick()


def _decode(bits: _Bits, literals: list[int], distances: list[int], out: bytearray, count: int) -> None:
    """Append what the next `count` codes stand for."""
    for _ in range(count):
        code = literals[bits.peek()]
        bits.have -= code & 31
        symbol = code >> 5
        if symbol < 256:
            out.append(symbol)
            continue
        code = distances[bits.peek()]
        bits.have -= code & 31
        distance = code >> 5
        if distance > 1:
            distance = 1 << distance - 1 | bits.take(min(distance - 1, 16))
        length, start = symbol - 253, len(out) - distance - 1
        if start < 0:
            raise Unreadable(*_DAMAGED)
        if distance >= length:
            out += out[start : start + length]
        else:
            out += (bytes(out[start:]) * (length // (distance + 1) + 1))[:length]


def crc16(data: bytes, crc: int = 0) -> int:
    """CRC-16 with the polynomial 0xA001, as in LZH archives and in ARC before them."""
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC = tuple(map(_crc_of, range(256)))
