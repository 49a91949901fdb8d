"""RAR 5 archives in several volumes, put together again as one: the members' data joined, their headers made whole.

The library reads volumes from paths only, and unpacks them onto a disk. Archives whose headers are encrypted and those
of older versions are left as they are: each volume is read by itself. Source: the RAR 5.0 archive format (rarlab).
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.limits import MIB, Budget
from scanner.model import Document

MARK = b"Rar!\x1a\x07\x01\x00"
_NAMES = re.compile(r"(.+\.part)(\d{1,4})(\.rar)", re.DOTALL | re.IGNORECASE)
_MOST = 500
_MAIN, _FILE, _CIPHER, _END = 1, 2, 4, 5
_EXTRA, _HAS_DATA, _BEFORE, _AFTER = 0x01, 0x02, 0x08, 0x10
_SOLID = 0x04
_LARGEST_HEADER = 2 * MIB


class _Block(NamedTuple):
    """A header with its data; `rest` is what follows the sizes in it."""

    kind: int
    flags: int
    extra: int
    rest: bytes
    data: bytes


def volumes(document: Document) -> tuple[int, list[Document]]:
    """Which volume a document is, by its name, and those from the first on that lie beside one another; else 0."""
    named = _NAMES.fullmatch(document.name)
    if named is None or document.depth:
        return 0, []
    stem, number, ending = named[1], named[2], named[3]
    found: list[Document] = []
    while len(found) < _MOST and (part := document.beside(f"{stem}{len(found) + 1:0{len(number)}d}{ending}")):
        if not part.head.startswith(MARK):
            break
        found.append(part)
    return int(number), found if len(found) > 1 else []


def whole(parts: Sequence[bytes], budget: Budget) -> bytes | None:
    """One archive of all volumes; None where their headers cannot be read without a password."""
    out, joined, pending = [MARK], bytearray(), False
    for last, block in _blocks(parts, budget):
        if block.kind == _CIPHER:
            return None
        if block.kind == _MAIN and len(out) == 1:
            solid = block.rest[0] & _SOLID if block.rest else 0
            out.append(_packed(_Block(_MAIN, 0, 0, bytes((solid,)), b"")))
        elif block.kind == _FILE:
            goes_on = bool(block.flags & _BEFORE)
            if pending and not goes_on:
                raise Unreadable("corrupt", "its volumes do not follow one another")
            begun = pending or not goes_on  # else it began in a volume that is not there, and stays marked as such
            joined += block.data
            pending = bool(block.flags & _AFTER) and not last
            if not pending:
                flags = block.flags & ~_BEFORE if begun else block.flags
                out.append(_packed(block._replace(flags=flags, data=bytes(joined))))
                joined.clear()
    out.append(_packed(_Block(_END, 0, 0, b"\0", b"")))
    return b"".join(out)


def _blocks(parts: Sequence[bytes], budget: Budget) -> Iterator[tuple[bool, _Block]]:
    """The blocks of all volumes, each with whether it lies in the last."""
    for number, part in enumerate(parts, 1):
        at = len(MARK)
        while at < len(part):
            budget.tick()
            block, at = _block(part, at)
            yield number == len(parts), block


def _block(data: bytes, at: int) -> tuple[_Block, int]:
    """The block at `at`, and where the next one begins."""
    size, begin = _number(data, at + 4)
    end = begin + size
    if size > _LARGEST_HEADER or end > len(data) or zlib.crc32(data[at + 4 : end]) != _crc(data, at):
        raise Unreadable("corrupt", "its headers are damaged")
    kind, place = _number(data, begin)
    flags, place = _number(data, place)
    extra, place = _number(data, place) if flags & _EXTRA else (0, place)
    stored, place = _number(data, place) if flags & _HAS_DATA else (0, place)
    return _Block(kind, flags, extra, data[place:end], data[end : end + stored]), end + stored


def _crc(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _packed(block: _Block) -> bytes:
    head = _coded(block.kind) + _coded(block.flags)
    head += _coded(block.extra) if block.flags & _EXTRA else b""
    head += _coded(len(block.data)) if block.flags & _HAS_DATA else b""
    sized = _coded(len(head) + len(block.rest)) + head + block.rest
    return zlib.crc32(sized).to_bytes(4, "little") + sized + block.data


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and what follows it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise Unreadable("corrupt", "its headers are damaged")


def _coded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
