"""The sums over headers, as they ought to be after a change: readers refuse a header whose sum does not fit at once."""

import struct
import zlib
from collections.abc import Callable

_SECTOR, _BLOCK = 2048, 512
_TAGS = frozenset((*range(1, 10), *range(256, 267)))
_DESCRIPTORS = range(16 * _SECTOR, 24 * _SECTOR, _SECTOR)
_MOST = 1000
"""Headers of one archive that are looked at."""


def summed(data: bytes) -> bytes:
    """The bytes with every sum right that is known to stand over a header."""
    for begins, mend in _SUMS:
        if begins(data):
            whole = bytearray(data)
            mend(whole)
            return bytes(whole)
    return data


def _sevenzip(data: bytearray) -> None:
    """CRC-32 of the header at the end, then of the first one, which holds it."""
    at, size = struct.unpack_from("<QQ", data, 12)
    if 32 + at + size <= len(data):
        data[28:32] = _crc(data[32 + at : 32 + at + size])
    data[8:12] = _crc(data[12:32])


def _rar4(data: bytearray) -> None:
    """The lower half of a CRC-32 before each header."""
    at = 7
    for _ in range(_MOST):
        if at + 7 > len(data):
            return
        flags, size = struct.unpack_from("<HH", data, at + 3)
        data[at : at + 2] = _crc(data[at + 2 : at + size])[:2]
        more = int.from_bytes(data[at + 7 : at + 11], "little") if flags & 0x8000 or data[at + 2] == 0x74 else 0
        at += max(size + more, 7)


def _rar5(data: bytearray) -> None:
    """A CRC-32 before each header, whose size is a number of seven bits a byte."""
    at = 8
    for _ in range(_MOST):
        size, begun = _number(data, at + 4)
        if not size or begun + size > len(data):
            return
        data[at : at + 4] = _crc(data[at + 4 : begun + size])
        flags, after = _number(data, _number(data, begun)[1])
        _, after = _number(data, after) if flags & 1 else (0, after)
        more = _number(data, after)[0] if flags & 2 else 0
        at = begun + size + more


def _number(data: bytearray, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    return 0, at


def _lzh(data: bytearray) -> None:
    """The sum of the bytes of each header of level 0 and 1; later levels have none that is looked at."""
    at = 0
    for _ in range(_MOST):
        if at + 22 > len(data) or data[at + 2 : at + 4] != b"-l" or data[at + 20] > 1:
            return
        end = at + 2 + data[at]
        data[at + 1] = sum(data[at + 2 : end]) & 0xFF
        at = end + int.from_bytes(data[at + 7 : at + 11], "little")


def _tar(data: bytearray) -> None:
    """The sum of each header's bytes in octal, blanks standing in its own place."""
    for at in range(0, len(data) - _BLOCK + 1, _BLOCK):
        if data[at + 257 : at + 262] == b"ustar":
            bare = data[at : at + 148] + b" " * 8 + data[at + 156 : at + _BLOCK]
            data[at + 148 : at + 156] = b"%06o\0 " % sum(bare)


def _udf(data: bytearray) -> None:
    """The sum of the sixteen bytes that begin each descriptor."""
    for at in range(0, len(data) - 16, _SECTOR):
        if data[at] | data[at + 1] << 8 in _TAGS and data[at + 2] in (2, 3):
            data[at + 4] = sum(data[at : at + 4]) + sum(data[at + 5 : at + 16]) & 0xFF


def _crc(data: bytearray) -> bytes:
    return struct.pack("<L", zlib.crc32(data))


_SUMS: tuple[tuple[Callable[[bytes], bool], Callable[[bytearray], None]], ...] = (
    (lambda data: data.startswith(b"7z\xbc\xaf\x27\x1c") and len(data) >= 32, _sevenzip),
    (lambda data: data.startswith(b"Rar!\x1a\x07\0"), _rar4),
    (lambda data: data.startswith(b"Rar!\x1a\x07\x01\0"), _rar5),
    (lambda data: data[2:4] == b"-l" and data[6:7] == b"-", _lzh),
    (lambda data: data[257:262] == b"ustar", _tar),
    (lambda data: any(data[at + 1 : at + 5] == b"NSR0" for at in _DESCRIPTORS), _udf),
)
"""How the bytes begin, and what makes their sums fit."""
