"""Archives of cpio, the payload of RPM packages and of start-up images: each member becomes a document of its own.

It reads the portable forms (new, with and without sums, and old) and the binary one; several archives may follow one
another. Links and devices are listed as empty documents, folders are not listed. Standard: POSIX.1-1988, cpio(5).
"""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Evidence, Shown
from scanner.formats.tar import Member, Tape, member_opener
from scanner.limits import Budget
from scanner.model import Document

NAME = "cpio"
RANK = 338
ENDINGS = (".cpio",)

_NEW, _SUMS, _OLD = b"070701", b"070702", b"070707"
_LITTLE, _BIG = b"\xc7\x71", b"\x71\xc7"
_MARKS = (_NEW, _SUMS, _OLD, _LITTLE, _BIG)
_END = b"TRAILER!!!"
_LONGEST_NAME = 65_536
_KIND, _FILE, _FOLDER = 0o170000, 0o100000, 0o040000
_PADDING = 512 * 64


class _Header(NamedTuple):
    """One header: what sort of entry, bytes of the name and of the data, and to what both are filled up."""

    mode: int
    name: int
    size: int
    step: int
    length: int
    """Bytes of the header itself, which count with the name."""


BEGINS = _MARKS


def accepts(document: Document) -> bool:
    """A header that makes sense."""
    if not document.head.startswith(_MARKS):
        return False
    try:
        header = _header(document.head[:110])
    except Unreadable:
        return False
    return 0 < header.name <= _LONGEST_NAME and document.head[header.length + header.name - 1 :][:1] in (b"\0", b"")


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; a damage ends the archive after the members before it."""
    budget.enter(document.depth)
    evidence, shown = Evidence(fallback="latin-1"), Shown(document)
    tape = Tape.of(document, budget)
    try:
        for raw, mode, member in _members(tape, budget):
            evidence.add(raw)
            name = evidence.decode(raw).removeprefix("./")
            if mode & _KIND == _FILE:
                yield shown.child(name, member.full, member_opener(document, tape, member, budget))
            elif mode & _KIND != _FOLDER:
                yield shown.child(name, 0, io.BytesIO)
    finally:
        tape.close()


def _members(tape: Tape, budget: Budget) -> Iterator[tuple[bytes, int, Member]]:
    """Name, mode and place of each entry; the tape then stands at its data."""
    ended = False
    while (start := _next(tape, budget)) is not None:
        header = _header(start + tape.take(_length(start) - len(start)))
        if not 0 < header.name <= _LONGEST_NAME:
            raise Unreadable("corrupt", "a number in a header is damaged")
        raw = tape.take(header.name)
        if len(raw) < header.name:
            raise Unreadable("corrupt", "a header is cut off")
        raw = raw.rstrip(b"\0")
        _fill(tape, header.length + header.name, header.step)
        ended = raw == _END and not header.size
        if ended:
            continue
        budget.member()
        position = tape.position
        yield raw, header.mode, Member(raw, False, 0, position, header.size, header.size, None)
        if not tape.reaches(position + header.size):
            raise Unreadable("corrupt", "damaged, or cut off, between two members")
        tape.wind(position + header.size, budget)
        _fill(tape, header.size, header.step)
    if not ended:
        raise Unreadable("corrupt", "cut off: it does not end with the mark of its end")


def _next(tape: Tape, budget: Budget) -> bytes | None:
    """The mark of the next header; None at the end, which may be filled up with zeros."""
    for _ in range(_PADDING):
        budget.tick()
        mark = tape.take(2)
        if mark == b"07":
            return mark + tape.take(4)
        if mark in (_LITTLE, _BIG) or not mark:
            return mark or None
        if mark.strip(b"\0"):
            raise Unreadable("corrupt", "damaged, or cut off, between two members")
    raise Unreadable("corrupt", "damaged, or cut off, between two members")


def _length(mark: bytes) -> int:
    return {_NEW: 110, _SUMS: 110, _OLD: 76}.get(mark, 26)


def _header(data: bytes) -> _Header:
    """The numbers of a header (cpio(5)); in the binary form those of four bytes have their halves swapped."""
    try:
        if data.startswith((_NEW, _SUMS)):
            fields = [int(data[at : at + 8], 16) for at in range(6, 110, 8)]
            return _Header(fields[1], fields[11], fields[6], 4, 110)
        if data.startswith(_OLD):
            return _Header(int(data[18:24], 8), int(data[59:65], 8), int(data[65:76], 8), 1, 76)
        if data.startswith((_LITTLE, _BIG)):
            words = struct.unpack_from(f"{'<' if data.startswith(_LITTLE) else '>'}13H", data)
            return _Header(words[3], words[10], words[11] << 16 | words[12], 2, 26)
    except (ValueError, struct.error):
        pass
    raise Unreadable("corrupt", "a number in a header is damaged")


def _fill(tape: Tape, length: int, step: int) -> None:
    tape.take(-length % step)
