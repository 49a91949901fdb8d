"""Cabinet files of Windows: each member becomes a document of its own.

Read are stored members and those compressed with MSZIP; LZX and Quantum are reported by their name. Cabinets in several
files are not joined. Source: [MS-CAB].
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Evidence, Shown
from scanner.formats._reel import Reel
from scanner.formats._stream import opener, seekable
from scanner.limits import Budget
from scanner.model import Document

NAME = "cab"
RANK = 333
ENDINGS = (".cab",)

_MARK = b"MSCF\0\0\0\0"
_HEAD = struct.Struct("<4s5L2B5H")
_FOLDER = struct.Struct("<LHH")
_FILE = struct.Struct("<LLHHHH")
_DATA = struct.Struct("<LHH")
_RESERVED, _BEFORE, _AFTER = 4, 1, 2
_UTF8 = 0x80
_BLOCK, _WINDOW = 1 << 15, 1 << 15
_LONGEST_NAME = 256
_UNREAD = {2: "Quantum", 3: "LZX"}
UNREAD = tuple(_UNREAD.values())


class Folder(NamedTuple):
    """Members compressed together: where its first block lies, how many there are, how they are compressed."""

    start: int
    blocks: int
    method: int


class Member(NamedTuple):
    """One member: its size and place in its folder."""

    raw: bytes
    utf8: bool
    size: int
    start: int
    folder: int


class Cabinet(NamedTuple):
    """What the headers say; `gap` is the number of reserved bytes in each block."""

    folders: list[Folder]
    members: list[Member]
    gap: int


BEGINS = (_MARK,)


def accepts(document: Document) -> bool:
    """The mark of a cabinet."""
    return document.head.startswith(_MARK)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members by folder and place; those of folders that cannot be read as Problems."""
    budget.enter(document.depth)
    shown, again = Shown(document), partial(seekable, document, budget)
    with again() as stream:
        cabinet = _cabinet(stream, budget)
        evidence = Evidence((member.raw for member in cabinet.members if not member.utf8), fallback="cp932")
        members = sorted(cabinet.members, key=lambda member: (member.folder, member.start))
        reels: dict[int, Reel] = {}
        for member in members:
            budget.tick()
            name = member.raw.decode("utf-8", "replace") if member.utf8 else evidence.decode(member.raw)
            name = name.replace("\\", "/")
            refusal = _refusal(member, cabinet.folders)
            if refusal:
                yield shown.problem(name, member.size, *refusal)
                continue
            if member.folder not in reels:
                folder = cabinet.folders[member.folder]
                begin = opener(stream, again, partial(_blocks, folder=folder, gap=cabinet.gap, budget=budget))
                reels = {member.folder: Reel(begin, budget)}
            yield shown.child(name, member.size, reels[member.folder].member(member.start, member.size, None))


def _refusal(member: Member, folders: list[Folder]) -> tuple[str, str] | None:
    if member.folder >= 0xFFFD:
        return "corrupt", "the member continues in another cabinet"
    if member.folder >= len(folders):
        return "corrupt", "its header is damaged"
    method = folders[member.folder].method & 15
    if method > 1:
        return "missing_reader", f"CAB {_UNREAD.get(method, f'method {method}')}: no reader yet"
    return None


def _cabinet(stream: IO[bytes], budget: Budget) -> Cabinet:
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise Unreadable("corrupt", "its header is cut off")
    fields = _HEAD.unpack(head)
    first, folders, files, flags = fields[4], fields[8], fields[9], fields[10]
    header_gap, folder_gap, data_gap = struct.unpack("<HBB", _exactly(stream, 4)) if flags & _RESERVED else (0, 0, 0)
    _exactly(stream, header_gap)
    for _ in range(2 * bool(flags & _BEFORE) + 2 * bool(flags & _AFTER)):
        _name(stream)
    listed = []
    for _ in range(folders):
        listed.append(Folder(*_FOLDER.unpack(_exactly(stream, _FOLDER.size))))
        _exactly(stream, folder_gap)
    stream.seek(first)
    members = []
    for _ in range(files):
        budget.member()
        size, start, folder, _, _, attributes = _FILE.unpack(_exactly(stream, _FILE.size))
        members.append(Member(_name(stream), bool(attributes & _UTF8), size, start, folder))
    return Cabinet(listed, members, data_gap)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Unreadable("corrupt", "its header is cut off")
    return data


def _name(stream: IO[bytes]) -> bytes:
    """A string up to its zero, behind which the stream then stands."""
    at = stream.tell()
    raw, zero, _ = stream.read(_LONGEST_NAME + 1).partition(b"\0")
    if not zero:
        raise Unreadable("corrupt", "a name in its header is damaged")
    stream.seek(at + len(raw) + 1)
    return raw


def _blocks(stream: IO[bytes], folder: Folder, gap: int, budget: Budget) -> Iterator[bytes]:
    """The unpacked blocks of a folder; with MSZIP each may look back into the one before."""
    position, before = folder.start, b""
    for _ in range(folder.blocks):
        budget.tick()
        stream.seek(position)
        header = stream.read(_DATA.size + gap)
        if len(header) < _DATA.size + gap:
            raise Unreadable("corrupt", "the archive ends inside a member")
        _, packed, size = _DATA.unpack_from(header)
        data = stream.read(packed)
        if len(data) < packed:
            raise Unreadable("corrupt", "the archive ends inside a member")
        position += len(header) + packed
        out = _inflated(data, before) if folder.method & 15 else data
        if size and len(out) != size:
            raise Unreadable("corrupt", "the compressed data is damaged")
        budget.expand(len(out))
        before = (before + out)[-_WINDOW:]
        yield out


def _inflated(data: bytes, before: bytes) -> bytes:
    if not data.startswith(b"CK"):
        raise Unreadable("corrupt", "the compressed data is damaged")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS, zdict=before).decompress(data[2:], _BLOCK + 1)
    except zlib.error:
        raise Unreadable("corrupt", "the compressed data is damaged") from None
