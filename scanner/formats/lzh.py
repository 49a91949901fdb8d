"""LZH archives, self-extracting ones included: each member becomes a document of its own.

Read are stored members and the methods -lh4- to -lh7-, which is what has been written since 1990; older methods are
reported by their name. Source: the description of header levels 0 to 3 in the documents of LHa for UNIX.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._lzhuf import METHODS, crc16, unpacked
from scanner.formats._names import Evidence, Shown
from scanner.formats._programs import appended
from scanner.formats._stream import BLOCK, opener, seekable
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "lzh"
RANK = 332
ENDINGS = (".lzh", ".lha")

_METHOD = re.compile(rb"-l[hz][0-9a-z]-")
_HEADER = re.compile(rb"..(-l[hz][0-9dsx]-).{13}[\0-\x03]", re.DOTALL)
_FOLDER = b"-lhd-"
_STORED = (b"-lh0-", b"-lz4-")
_FIXED = 26
_LONGEST = MIB
_NAME_EXT, _FOLDER_EXT, _SIZES_EXT, _WIDE_NAME, _WIDE_FOLDER = 0x01, 0x02, 0x42, 0x44, 0x45


class Member(NamedTuple):
    """One member: its name as bytes, or as text when the archive has it so, and where its data lie."""

    raw: bytes
    wide: str
    method: bytes
    start: int
    packed: int
    size: int
    crc: int


def accepts(document: Document) -> bool:
    """A member's header with a right checksum, at the beginning or behind a program."""
    return _begin(document) >= 0


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; a damage ends the archive after the members before it."""
    budget.enter(document.depth)
    shown, evidence = Shown(document), Evidence(fallback="cp932")
    again = partial(seekable, document, budget)
    with again() as stream:
        members, failure = _members(stream, _begin(document), budget)
        for member in members:
            evidence.add(member.raw)
        for member in members:
            budget.tick()
            name = member.wide or evidence.decode(member.raw.replace(b"\xff", b"/")).replace("\\", "/")
            if member.method in METHODS or member.method in _STORED:
                content = partial(_content, member=member, budget=budget)
                yield shown.child(name, member.size, opener(stream, again, content))
            else:
                what = member.method.decode("ascii")
                yield shown.problem(name, member.size, "missing_reader", f"LZH {what}: no reader yet")
    if failure is not None:
        raise Unreadable(*failure)


def _begin(document: Document) -> int:
    """Where the first header lies, or -1."""
    head = document.head
    if _HEADER.match(head) and _is_sound(head):
        return 0
    if not head.startswith(b"MZ"):
        return -1
    start, begun = appended(document)
    for data, base in ((begun, start), (head, 0)):
        for found in _METHOD.finditer(data, 2):
            at = found.start() - 2
            if _HEADER.match(data, at) and _is_sound(data[at:]):
                return base + at
    return -1


def _is_sound(header: bytes) -> bool:
    """Whether the sum of a header of level 0 or 1 is right; those of later levels have none."""
    if header[20] < 2:
        return header[0] > 20 and sum(header[2 : 2 + header[0]]) & 0xFF == header[1]
    return header[0] + header[1] * 256 >= _FIXED or header[20] == 3


# --- the headers ------------------------------------------------------------------------------------------------------


def _members(stream: IO[bytes], position: int, budget: Budget) -> tuple[list[Member], tuple[str, str] | None]:
    """The members, and what ended their list too early."""
    members: list[Member] = []
    try:
        while (header := _at(stream, position, 256)) and header[0]:
            budget.member()
            if len(header) < _FIXED or not _HEADER.match(header) or not _is_sound(header):
                raise Unreadable("corrupt", "damaged, or cut off, between two members")
            member = _LEVELS[header[20]](stream, position, header)
            position = member.start + member.packed
            if member.method != _FOLDER:
                members.append(member)
    except Unreadable as failure:
        if failure.kind != "corrupt":
            raise
        return members, (failure.kind, failure.detail)
    return members, None


def _base(header: bytes) -> tuple[bytes, int, int]:
    return header[2:7], int.from_bytes(header[7:11], "little"), int.from_bytes(header[11:15], "little")


def _old(stream: IO[bytes], position: int, header: bytes) -> Member:
    """Levels 0 and 1: the name in the header; level 1 goes on with extensions, which count as packed bytes."""
    method, packed, size = _base(header)
    length, end = header[21], 2 + header[0]
    after = 22 + length
    name, crc = header[22:after], int.from_bytes(header[after : after + 2], "little")
    start = position + end
    member = Member(name, "", method, start, packed, size, crc)
    if header[20] == 0 or end < 27:
        return member
    (following,) = _at(stream, start - 2, 2)[:1] or (0,)
    following |= (_at(stream, start - 1, 1) or b"\0")[0] << 8
    extended, used = _extended(stream, start, following, 2, member)
    if used > packed:
        raise Unreadable("corrupt", "a header is damaged")
    return extended._replace(start=start + used, packed=extended.packed - used)


def _new(stream: IO[bytes], position: int, header: bytes) -> Member:
    """Levels 2 and 3: everything in extensions."""
    method, packed, size = _base(header)
    wide = header[20] == 3
    width = 4 if wide else 2
    total = int.from_bytes(header[24:28] if wide else header[:2], "little")
    first = 28 if wide else 24
    following = int.from_bytes(header[first : first + width], "little")
    if not first + width <= total <= _LONGEST:
        raise Unreadable("corrupt", "a header is damaged")
    bare = Member(b"", "", method, position + total, packed, size, int.from_bytes(header[21:23], "little"))
    return _extended(stream, position + first + width, following, width, bare)[0]


_LEVELS = (_old, _old, _new, _new)


def _extended(stream: IO[bytes], position: int, following: int, width: int, member: Member) -> tuple[Member, int]:
    """The member with what its extensions say, and their length."""
    used, fields = 0, dict[int, bytes]()
    while following:
        data = _at(stream, position + used, following)
        if following <= width or len(data) < following or used + following > _LONGEST:
            raise Unreadable("corrupt", "a header is damaged")
        used += following
        fields[data[0]] = data[1:-width]
        following = int.from_bytes(data[-width:], "little")
    sizes = fields.get(_SIZES_EXT, b"")
    if len(sizes) >= 16:
        packed, size = int.from_bytes(sizes[:8], "little"), int.from_bytes(sizes[8:16], "little")
        member = member._replace(packed=packed, size=size)
    raw = fields.get(_NAME_EXT, member.raw)
    folder = fields.get(_FOLDER_EXT, b"")
    wide = (fields.get(_WIDE_FOLDER, b"") + fields.get(_WIDE_NAME, b"")) if _WIDE_NAME in fields else b""
    text = wide.decode("utf-16-le", "replace").replace("\uffff", "/")
    return member._replace(raw=folder + raw, wide=text), used


# --- the members ------------------------------------------------------------------------------------------------------


def _content(stream: IO[bytes], member: Member, budget: Budget) -> Iterator[bytes]:
    blocks = _packed(stream, member, budget)
    method = METHODS.get(member.method)
    seen = 0
    for block in unpacked(blocks, method, member.size, budget) if method else blocks:
        seen = crc16(block, seen)
        yield block
    if seen != member.crc:
        raise Unreadable("corrupt", "the member's checksum does not match its bytes")


def _packed(stream: IO[bytes], member: Member, budget: Budget) -> Iterator[bytes]:
    position, left = member.start, member.packed
    while left:
        budget.tick()
        block = _at(stream, position, min(left, BLOCK))
        if not block:
            raise Unreadable("corrupt", "the archive ends inside a member")
        yield block
        position, left = position + len(block), left - len(block)


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)
