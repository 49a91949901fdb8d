"""Images of CDs and DVDs: each file on them becomes a document of its own.

UDF is read where there is one, since it is the whole of a disc that has several file systems; else Joliet, else ISO
9660 with the names of Rock Ridge. Not read: audio tracks, raw sectors, earlier sessions. Sources: ECMA-119, the Joliet
specification, RRIP 1.12.
"""

import io
from collections.abc import Iterator
from functools import partial
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Evidence, Shown
from scanner.formats._stream import BLOCK, opener, seekable
from scanner.formats._udf import SECTOR, Extents, Listed
from scanner.formats._udf import listed as udf
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "iso"
RANK = 334
ENDINGS = (".iso", ".udf", ".img", ".cdr", ".toast", ".dmg")

_FIRST = 16 * SECTOR
_VOLUMES = 64
_MARKS = (b"CD001", b"NSR02", b"NSR03")
_JOLIET = (b"%/@", b"%/C", b"%/E")
_DIRECTORY, _CONTINUED = 2, 0x80
_LARGEST_DIRECTORY = 16 * MIB


class Record(NamedTuple):
    """One entry of a directory."""

    raw: bytes
    place: tuple[int, int]
    flags: int


def accepts(document: Document) -> bool:
    """A volume descriptor in the seventeenth sector; looked for where the name or an empty beginning says so."""
    if document.suffix not in ENDINGS and document.head.strip(b"\0"):
        return False
    if document.size <= _FIRST:
        return False
    with document.open() as stream:
        try:
            beginning = _at(stream, _FIRST, 6) if stream.seekable() else stream.read(_FIRST + 6)[_FIRST:]
        except Unreadable:
            return False
    return beginning[1:6] in (*_MARKS, b"BEA01")


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The files, folder by folder."""
    budget.enter(document.depth)
    shown, again = Shown(document), partial(seekable, document, budget)
    with again() as stream:
        for file in udf(stream, budget) or _iso(stream, budget):
            budget.tick()
            if file.inline or not file.size:
                yield shown.child(file.path, len(file.inline), partial(io.BytesIO, file.inline))
            else:
                content = partial(_content, file=file, budget=budget)
                yield shown.child(file.path, file.size, opener(stream, again, content))


def _content(stream: IO[bytes], file: Listed, budget: Budget) -> Iterator[bytes]:
    """The bytes, counted: files may lie over one another."""
    for start, size in file.extents:
        at = 0
        while at < size:
            wanted = min(BLOCK, size - at)
            block = _at(stream, start + at, wanted) if start >= 0 else bytes(wanted)
            if not block:
                raise Unreadable("corrupt", "the image ends inside the file")
            budget.expand(len(block))
            yield block
            at += len(block)


# --- ISO 9660 ---------------------------------------------------------------------------------------------------------


def _iso(stream: IO[bytes], budget: Budget) -> Iterator[Listed]:
    root, joliet = _root(stream)
    found = list(_walk(stream, root, joliet, budget))
    evidence = Evidence((part for path, _ in found for part in path), fallback="cp932")
    for path, extents in found:
        parts = [part.decode("utf-16-be", "replace") if joliet else evidence.decode(part) for part in path]
        parts[-1] = parts[-1].partition(";")[0].removesuffix(".") or parts[-1]
        yield Listed("/".join(parts), sum(size for _, size in extents), extents)


def _root(stream: IO[bytes]) -> tuple[tuple[int, int], bool]:
    """Where the root directory lies, and whether its names are Unicode."""
    found: dict[bool, tuple[int, int]] = {}
    for number in range(_VOLUMES):
        volume = _at(stream, _FIRST + number * SECTOR, SECTOR)
        if len(volume) < SECTOR or volume[1:6] != b"CD001" or volume[0] == 255:
            break
        joliet = volume[0] == 2 and volume[88:91] in _JOLIET
        if volume[0] == 1 or joliet:
            found.setdefault(joliet, _place(volume[156:190]))
    if not found:
        raise Unreadable("corrupt", "the directory of the disc is damaged")
    return (found[True], True) if True in found else (found[False], False)


def _place(record: bytes) -> tuple[int, int]:
    start = (int.from_bytes(record[2:6], "little") + record[1]) * SECTOR
    return start, int.from_bytes(record[10:14], "little")


def _walk(
    stream: IO[bytes], root: tuple[int, int], joliet: bool, budget: Budget
) -> Iterator[tuple[tuple[bytes, ...], Extents]]:
    """Path and pieces of each file; a large one has several records in a row."""
    seen = {root[0]}
    queue: list[tuple[tuple[bytes, ...], tuple[int, int]]] = [((), root)]
    while queue:
        path, place = queue.pop()
        pieces: list[tuple[int, int]] = []
        for record in _records(stream, place, joliet):
            budget.member()
            if record.flags & _DIRECTORY:
                if record.place[0] not in seen:
                    seen.add(record.place[0])
                    queue.append(((*path, record.raw), record.place))
                continue
            pieces.append(record.place)
            if not record.flags & _CONTINUED:
                yield (*path, record.raw), tuple(pieces)
                pieces = []


def _records(stream: IO[bytes], place: tuple[int, int], joliet: bool) -> Iterator[Record]:
    start, size = place
    if size > _LARGEST_DIRECTORY:
        raise Unreadable("corrupt", "the directory of the disc is damaged")
    data = _at(stream, start, size)
    if len(data) < size:
        raise Unreadable("corrupt", "the directory of the disc is damaged")
    at = 0
    while at < size:
        length = data[at]
        if length < 34:
            at = (at // SECTOR + 1) * SECTOR  # no record goes beyond its sector
            continue
        record = data[at : at + length]
        name = record[33 : 33 + record[32]]
        if name not in (b"\0", b"\1"):
            yield Record(name if joliet else _rock_ridge(record) or name, _place(record), record[25])
        at += length


def _rock_ridge(record: bytes) -> bytes:
    """The name by its NM fields (RRIP 4.1.4)."""
    at = 33 + record[32] + (not record[32] & 1)
    name = b""
    while at + 5 <= len(record) and record[at + 2] >= 4:
        if record[at : at + 2] == b"NM":
            name += record[at + 5 : at + record[at + 2]]
        at += record[at + 2]
    return name


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)
