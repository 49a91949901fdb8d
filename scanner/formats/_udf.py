"""The directory of a UDF file system on a disc image: names and where their bytes lie.

It reads what mastering programs write (one partition, revisions 1.02 to 2.50 without a metadata partition); what is
burnt bit by bit (virtual and sparable partitions) is said to have no reader. Source: ECMA-167, parts 3 and 4; OSTA UDF
2.50.
"""

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.limits import MIB, Budget

SECTOR = 2048
Extents = tuple[tuple[int, int], ...]
"""Bytes from where and how many; a negative position is a hole of zeros."""
_ANCHOR, _PARTITION, _LOGICAL, _TERMINATOR, _FILE_SET, _NAME, _FILE, _EXTENDED = 2, 5, 6, 8, 256, 257, 261, 266
_DIRECTORY, _DELETED, _PARENT = 2, 4, 8
_LARGEST_DIRECTORY = 16 * MIB


class Listed(NamedTuple):
    """A file: its path, its size and its pieces, or its bytes where they lie in the directory itself."""

    path: str
    size: int
    extents: Extents
    inline: bytes = b""


def listed(stream: IO[bytes], budget: Budget) -> Iterator[Listed] | None:
    """The files of the image, or None when there is no UDF on it."""
    anchor = _at(stream, 256 * SECTOR, 512)
    if _tag(anchor) != _ANCHOR or len(anchor) < 24:
        return None
    found = dict(_descriptors(stream, *struct.unpack_from("<2L", anchor, 16)))
    if not {_PARTITION, _LOGICAL} <= found.keys():
        return None
    (start,), logical = struct.unpack_from("<L", found[_PARTITION], 188), found[_LOGICAL]
    if struct.unpack_from("<L", logical, 212)[0] != SECTOR or logical[440] != 1:
        raise Unreadable("missing_reader", "a UDF disc of a kind that has no reader yet")
    (root,) = struct.unpack_from("<L", logical, 252)
    files = _at(stream, (start + root) * SECTOR, 512)
    if _tag(files) != _FILE_SET:
        raise Unreadable("corrupt", "the directory of the disc is damaged")
    return _walk(stream, start, struct.unpack_from("<L", files, 404)[0], budget)


def _descriptors(stream: IO[bytes], length: int, position: int) -> Iterator[tuple[int, bytes]]:
    """The volume descriptors by their tags."""
    for sector in range(min(length // SECTOR, 64)):
        descriptor = _at(stream, (position + sector) * SECTOR, SECTOR)
        if _tag(descriptor) == _TERMINATOR or len(descriptor) < SECTOR:
            return
        yield _tag(descriptor), descriptor


def _walk(stream: IO[bytes], start: int, root: int, budget: Budget) -> Iterator[Listed]:
    seen = {root}
    queue = [("", root)]
    while queue:
        folder, block = queue.pop()
        _, size, extents, inline = _entry(stream, start, block)
        if size > _LARGEST_DIRECTORY:
            raise Unreadable("corrupt", "the directory of the disc is damaged")
        data = inline or b"".join(_at(stream, position, length) for position, length in extents if position >= 0)
        for name, flags, inner in _names(data[:size]):
            budget.member()
            if flags & _DIRECTORY:
                if inner not in seen:
                    seen.add(inner)
                    queue.append((f"{folder}{name}/", inner))
            else:
                _, length, pieces, held = _entry(stream, start, inner)
                yield Listed(folder + name, length, pieces, held)


def _names(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, flags and block of each entry of a directory."""
    at = 0
    while at + 38 <= len(data) and _tag(data[at : at + 16]) == _NAME:
        flags, length = data[at + 18], data[at + 19]
        (block,) = struct.unpack_from("<L", data, at + 24)
        (extra,) = struct.unpack_from("<H", data, at + 36)
        raw = data[at + 38 + extra : at + 38 + extra + length]
        if not flags & (_DELETED | _PARENT):
            yield raw[1:].decode("utf-16-be" if raw[:1] == b"\x10" else "latin-1", "replace"), flags, block
        at += (38 + extra + length + 3) & ~3


def _entry(stream: IO[bytes], start: int, block: int) -> tuple[int, int, Extents, bytes]:
    """Kind, size, pieces and inline bytes of a file entry."""
    entry = _at(stream, (start + block) * SECTOR, SECTOR)
    tag = _tag(entry)
    if tag not in (_FILE, _EXTENDED) or len(entry) < SECTOR:
        raise Unreadable("corrupt", "the directory of the disc is damaged")
    (size,) = struct.unpack_from("<Q", entry, 56)
    form = struct.unpack_from("<H", entry, 34)[0] & 7
    head = 176 if tag == _FILE else 216
    extra, length = struct.unpack_from("<2L", entry, head - 8)
    descriptors = entry[head + extra : head + extra + length]
    if form == 3:
        return entry[27], min(size, len(descriptors)), (), descriptors[:size]
    if form > 1:
        raise Unreadable("missing_reader", "a UDF disc of a kind that has no reader yet")
    return entry[27], size, tuple(_pieces(descriptors, 8 if form == 0 else 16, start, size)), b""


def _pieces(descriptors: bytes, width: int, start: int, size: int) -> Iterator[tuple[int, int]]:
    for at in range(0, len(descriptors) - width + 1, width):
        length, block = struct.unpack_from("<2L", descriptors, at)
        kind, length = length >> 30, min(length & 0x3FFFFFFF, size)
        if kind == 3:
            raise Unreadable("missing_reader", "a UDF disc of a kind that has no reader yet")
        if not length:
            return
        size -= length
        yield (start + block) * SECTOR if kind == 0 else -1, length


def _tag(data: bytes) -> int:
    """What a descriptor is, by its tag, whose bytes add up to its fifth; 0 for anything else."""
    if len(data) < 16 or sum(data[:4]) + sum(data[5:16]) & 0xFF != data[4]:
        return 0
    return int.from_bytes(data[:2], "little")


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)
