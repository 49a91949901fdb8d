"""Zip archives, self-extracting ones included: each member becomes a document of its own.

It reads the central directory itself rather than through `zipfile`, which refuses an archive for one bad name, loses
the bytes of the names and builds the whole directory before anything can be counted. It decrypts with passwords that
the user offers. Of an archive that has lost its directory the members are read as far as they follow one another. The
parts of a split archive (``x.z01`` to ``x.zip``) are read with its last one. Standard: PKWARE APPNOTE 6.3.10.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate, chain
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._engines import DEFLATE64, ZSTANDARD, Inflate64, NewEngine, Zstandard
from scanner.formats._joined import joined
from scanner.formats._names import Evidence, Shown
from scanner.formats._programs import inside
from scanner.formats._protection import CIPHERS, described, passwords
from scanner.formats._stream import BLOCK, bzip2, deflate, expand, opener, seekable, xz
from scanner.formats._zipcrypto import Aes, Decrypt, encodings, strong_name, whole_crc, winzip_aes, zip_crypto
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "zip"
RANK = 300
ENDINGS = (".zip", ".jar")
USES = (ZSTANDARD, DEFLATE64, CIPHERS)

_SPLIT = (b"PK\x07\x08", b"PK00")
"""Stands before the first member in the first part of a split archive."""
_HEADS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00")
_PROGRAMS = (".exe", ".scr", ".sfx", ".com")
_MOST_PARTS = 500
_PROGRAM_BYTES = 64 * MIB
"""A program inside another archive is looked through for an archive at its end up to this size."""

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_TAIL = _END.size + 0xFFFF
_FULL = 0xFFFFFFFF

_ENCRYPTED, _LZMA_END_MARK, _LATE, _STRONG, _UTF8 = 0x1, 0x2, 0x8, 0x40, 0x800
_STORED, _LZMA, _AES = 0, 14, 99
_ENGINES: dict[int, NewEngine] = {8: deflate, 9: Inflate64, 12: bzip2, _LZMA: xz, 20: Zstandard, 93: Zstandard, 95: xz}
_UNREAD = {
    1: "Shrink", 2: "Reduce", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode", 10: "IBM TERSE",
    16: "IBM CMPSC", 18: "IBM TERSE", 19: "IBM LZ77", 94: "MP3", 96: "JPEG",
    97: "WavPack", 98: "PPMd",
}  # fmt: skip
UNREAD = tuple(dict.fromkeys(_UNREAD.values()))


class Entry(NamedTuple):
    """One line of the central directory; `offset` counts from the beginning of the file."""

    raw: bytes
    unicode: str | None
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    offset: int
    time: int
    secret: bytes
    """The extra field that describes how the member is encrypted."""

    @property
    def aes(self) -> Aes | None:
        """How WinZip's AES was used, if it was."""
        return Aes.of(self.secret) if self.method == _AES else None

    @property
    def packing(self) -> int:
        """The compression, beneath the encryption if there is one."""
        return self.aes.method if self.aes else self.method


class Directory(NamedTuple):
    """Where the central directory lies, how many members it declares, and by how much its offsets are too small."""

    start: int
    size: int
    members: int
    shift: int
    disks: tuple[int, ...] = (0,)
    """Where each part begins in the whole."""


def accepts(document: Document) -> bool:
    """A zip's first bytes, or a program with a zip's directory at its end."""
    head = document.head
    if head.startswith(_HEADS):
        return True
    if document.suffix == ".zip" and not document.depth and disks(document):
        return True
    named = document.suffix in _PROGRAMS
    return head.startswith(b"MZ") and (named or inside(document, b"PK\x03\x04") > 0) and _has_end(document)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in the order of the directory; those that are encrypted or packed in other ways as Problems."""
    budget.enter(document.depth)
    parts = split_parts(document)
    for part in parts[:-1]:
        budget.join(part.size)
    again = partial(joined, parts) if parts else partial(seekable, document, budget)
    with again() as stream:
        try:
            where = _directory(stream, (0, *accumulate(part.size for part in parts[:-1])))
        except Unreadable:
            yield from _salvaged(document, stream, again, budget)
            raise
        entries = list(_entries(stream, where, budget))
        limits = _extents(entries, where.start)
        evidence = Evidence(entry.raw for entry in entries if entry.unicode is None)
        shown = Shown(document)
        for entry, limit in zip(entries, limits, strict=True):
            name = evidence.decode(entry.raw) if entry.unicode is None else entry.unicode
            if name.endswith("/") and not entry.size:
                continue
            budget.tick()
            refusal, decrypt = _refusal(entry), None
            if refusal is None and entry.flags & _ENCRYPTED:
                decrypt = _unlocked(stream, entry, limit, budget)
                refusal = None if decrypt else ("encrypted", _cipher(entry))
            if refusal:
                yield shown.problem(name, entry.size, *refusal)
            else:
                content = partial(_content, what=(entry, limit, decrypt), budget=budget)
                yield shown.child(name, entry.size, opener(stream, again, content))
        if (len(entries) ^ where.members) & 0xFFFF:
            raise Unreadable("corrupt", "its directory does not list as many members as it declares")


def _salvaged(
    document: Document, stream: IO[bytes], again: Callable[[], IO[bytes]], budget: Budget
) -> Iterator[Document]:
    """Members of an archive without its directory, by their own headers, as long as these say how long they are."""
    shown, evidence = Shown(document), Evidence()
    at = 4 if _at(stream, 0, 4) in _SPLIT else 0
    while (local := _at(stream, at, _LOCAL.size)).startswith(b"PK\x03\x04") and len(local) == _LOCAL.size:
        budget.member()
        fields = _LOCAL.unpack(local)
        flags, method, crc, stored, size = fields[2], fields[3], *fields[6:9]
        raw = _at(stream, at + _LOCAL.size, fields[9])
        if flags & (_ENCRYPTED | _LATE) or stored == _FULL or (method != _STORED and method not in _ENGINES):
            return
        evidence.add(raw)
        name = raw.decode("utf-8", "replace") if flags & _UTF8 else evidence.decode(raw)
        entry = Entry(raw, None, flags, method, crc, stored, size, at, fields[4], b"")
        at += _LOCAL.size + fields[9] + fields[10] + stored
        if stored or not name.endswith("/"):
            content = partial(_content, what=(entry, at, None), budget=budget)
            yield shown.child(name, size, opener(stream, again, content))


def _refusal(entry: Entry) -> tuple[str, str] | None:
    if entry.flags & _ENCRYPTED and (entry.flags & _STRONG or (entry.method == _AES and entry.aes is None)):
        return "encrypted", _cipher(entry)
    if entry.packing != _STORED and entry.packing not in _ENGINES and not entry.flags & _ENCRYPTED:
        what = _UNREAD.get(entry.packing, f"compression method {entry.packing}")
        return "missing_reader", f"{what}: no reader yet"
    return None


def _cipher(entry: Entry) -> str:
    if entry.method == _AES:
        return entry.aes.name if entry.aes else "AES (WinZip)"
    return described(strong_name(entry.secret) if entry.flags & _STRONG else "ZipCrypto")


# --- the directory ----------------------------------------------------------------------------------------------------


def _has_end(document: Document) -> bool:
    with document.open() as stream:
        if stream.seekable():
            stream.seek(max(stream.seek(0, io.SEEK_END) - _TAIL, 0))
            return b"PK\x05\x06" in stream.read(_TAIL)
        tail, seen = b"", 0
        try:
            while seen < _PROGRAM_BYTES and (block := stream.read(BLOCK)):
                tail, seen = (tail + block)[-_TAIL:], seen + len(block)
        except Unreadable:
            return False
    return b"PK\x05\x06" in tail


def disks(document: Document) -> int:
    """How many parts there are before this one, by the end of an archive; 0 where it is no archive or a whole one."""
    with document.open() as stream:
        if not stream.seekable():
            return 0
        stream.seek(max(stream.seek(0, io.SEEK_END) - _TAIL, 0))
        tail = stream.read(_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    disk = int.from_bytes(tail[at + 4 : at + 6], "little") if at >= 0 else 0
    return disk if disk != 0xFFFF else 0


def split_parts(document: Document) -> list[Document]:
    """The parts of a split archive in their order, this one last; empty where it is not split or not all are there."""
    count = disks(document) if document.suffix == ".zip" and not document.depth else 0
    stem, letter = document.name[:-3], document.name[-3:-2]
    parts: list[Document] = []
    while len(parts) < min(count, _MOST_PARTS) and (part := document.beside(f"{stem}{letter}{len(parts) + 1:02d}")):
        parts.append(part)
    return [*parts, document] if count and len(parts) == count else []


def _directory(stream: IO[bytes], starts: tuple[int, ...] = (0,)) -> Directory:
    total = stream.seek(0, io.SEEK_END)
    base = max(total - _TAIL, 0)
    tail = _at(stream, base, _TAIL)
    at = tail.rfind(b"PK\x05\x06", 0, max(len(tail) - _END.size + 4, 0))
    if at < 0:
        raise Unreadable("corrupt", "ends before its directory, or is a part of a split archive")
    _, disk, first, here, count, size, offset, _ = _END.unpack_from(tail, at)
    end = base + at
    wide = _wide(stream, end)
    if wide:
        end, disk, first, here, count, size, offset = wide
    if len(starts) > 1 and first < len(starts):
        return Directory(starts[first] + offset, size, count, 0, starts)
    if disk != first or here != count or disk not in (0, 0xFFFF):
        raise Unreadable("corrupt", "a split archive of which not all parts lie beside it")
    start = end - size
    if start < 0 or start < offset:
        raise Unreadable("corrupt", "its directory does not lie where it is declared")
    if count and _at(stream, start, 4) != b"PK\x01\x02" and _at(stream, offset, 4) == b"PK\x01\x02":
        start = offset
    return Directory(start, size, count, start - offset)


def _wide(stream: IO[bytes], end: int) -> tuple[int, int, int, int, int, int, int] | None:
    """The Zip64 end record that stands before the ordinary one at `end`, with its own position first."""
    locator = _at(stream, end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size + _END64.size else b""
    if not locator.startswith(b"PK\x06\x07"):
        return None
    declared = _LOCATOR.unpack(locator)[2]
    for position in (end - _LOCATOR.size - _END64.size, declared):
        record = _at(stream, position, _END64.size) if position < end else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            _, _, _, _, disk, first, here, count, size, offset = _END64.unpack(record)
            return position, disk, first, here, count, size, offset
    raise Unreadable("corrupt", "its Zip64 directory does not lie where it is declared")


def _entries(stream: IO[bytes], where: Directory, budget: Budget) -> Iterator[Entry]:
    budget.hold(where.size)
    data = _at(stream, where.start, where.size)
    at = 0
    while data.startswith(b"PK\x01\x02", at) and at + _CENTRAL.size <= len(data):
        budget.member()
        fields = _CENTRAL.unpack_from(data, at)
        flags, method, crc, stored, size = fields[3], fields[4], *fields[7:10]
        name_end = at + _CENTRAL.size + fields[10]
        extra_end = name_end + fields[11]
        raw = data[at + _CENTRAL.size : name_end]
        name, wide, secret = _extra(data[name_end:extra_end], raw)
        sizes = iter(wide)
        # Zip64 (APPNOTE 4.5.3): the extra field holds, in this order, those values that did not fit.
        size, stored, offset = (next(sizes, value) if value == _FULL else value for value in (size, stored, fields[16]))
        if name is None and flags & _UTF8:
            name = raw.decode("utf-8", "replace")
        if fields[13] < len(where.disks):
            offset += where.disks[fields[13]]
        yield Entry(raw, name, flags, method, crc, stored, size, offset + where.shift, fields[5], secret)
        at = extra_end + fields[12]


def _extra(extra: bytes, raw: bytes) -> tuple[str | None, list[int], bytes]:
    """From an entry's extra fields: its name by the Info-ZIP Unicode Path field, its Zip64 values, its encryption."""
    name: str | None = None
    secret = b""
    wide: list[int] = []
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + length]
        if kind == 0x0001:
            wide = [value for (value,) in struct.iter_unpack("<Q", body[: len(body) // 8 * 8])]
        elif kind == 0x7075 and len(body) > 5 and struct.unpack_from("<L", body, 1)[0] == zlib.crc32(raw):
            name = body[5:].decode("utf-8", "replace")
        elif kind in (0x9901, 0x0017):
            secret = body
        at += 4 + length
    return name, wide, secret


def _extents(entries: list[Entry], end: int) -> list[int]:
    """For each entry the offset that its data must not pass: where the next one begins.

    Entries that lie over one another are how a small archive expands to any size without being nested (D. Fifield,
    "A better zip bomb", 2019); no archiver writes them.
    """
    limits = [end] * len(entries)
    damage = ("corrupt", "a member reaches beyond the directory")
    for index in sorted(range(len(entries)), key=lambda index: entries[index].offset, reverse=True):
        entry = entries[index]
        if entry.offset + _LOCAL.size + len(entry.raw) + entry.stored > end:
            raise Unreadable(*damage)
        limits[index] = end
        end = entry.offset
        damage = ("bomb", "its members lie over one another")
    return limits


# --- the members ------------------------------------------------------------------------------------------------------


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)


Content = tuple[Entry, int, "Callable[[], Decrypt | None] | None"]
"""An entry, the offset that it must not pass, and what decrypts it."""


def _stored(stream: IO[bytes], entry: Entry, limit: int, budget: Budget) -> Iterator[bytes]:
    """The member's bytes as they are stored; `stream` may be moved by others in the meantime."""
    local = _at(stream, entry.offset, _LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise Unreadable("corrupt", "the member does not begin where the directory says")
    fields = _LOCAL.unpack(local)
    start = entry.offset + _LOCAL.size + fields[9] + fields[10]
    if start + entry.stored > limit:
        raise Unreadable("bomb", "the member overlaps the next one")
    return _slice(stream, start, entry.stored, budget)


def _content(stream: IO[bytes], what: Content, budget: Budget) -> Iterator[bytes]:
    """The member's bytes, decrypted and decompressed."""
    entry, limit, unlock = what
    crc = 0
    for chunk in _expanded(_stored(stream, entry, limit, budget), entry, unlock, budget):
        crc = zlib.crc32(chunk, crc)
        yield chunk
    # AE-2 leaves the checksum out, which would betray what small members hold; it has another one.
    if crc != entry.crc and not (entry.aes and entry.aes.version == 2):
        raise Unreadable("corrupt", "the member's checksum does not match its bytes")


def _expanded(
    blocks: Iterator[bytes], entry: Entry, unlock: Callable[[], Decrypt | None] | None, budget: Budget
) -> Iterator[bytes]:
    decrypt = unlock() if unlock else None
    blocks = decrypt(blocks) if decrypt else blocks
    if entry.packing == _STORED:
        return blocks
    if entry.packing == _LZMA:
        blocks = _lzma_alone(blocks, entry)
    return expand(blocks, _ENGINES[entry.packing], budget)


def _unlocked(stream: IO[bytes], entry: Entry, limit: int, budget: Budget) -> Callable[[], Decrypt | None] | None:
    """What decrypts the member anew each time, by one of the passwords at hand."""
    if not budget.limits.passwords or entry.packing not in (_STORED, *_ENGINES):
        return None
    first = next(_stored(stream, entry, limit, budget), b"")
    for password in passwords(budget):
        for raw in encodings(password):
            unlock = partial(_decryption, entry, raw, first)
            if unlock() is not None and _fits(stream, entry, limit, unlock, budget):
                return unlock
    return None


def _decryption(entry: Entry, password: bytes, first: bytes) -> Decrypt | None:
    if entry.aes:
        return winzip_aes(password, first, entry.aes)
    return zip_crypto(password, first[:12], entry.time >> 8 if entry.flags & _LATE else entry.crc >> 24)


def _fits(stream: IO[bytes], entry: Entry, limit: int, unlock: Callable[[], Decrypt | None], budget: Budget) -> bool:
    """Of 256 wrong passwords one looks right to the old cipher: a member that is not too large is tried."""
    if entry.aes or entry.stored > MIB:
        return True
    try:
        return whole_crc(_expanded(_stored(stream, entry, limit, budget), entry, unlock, budget), budget) == entry.crc
    except Unreadable as failure:
        if failure.kind != "corrupt":
            raise
        return False


def _slice(stream: IO[bytes], start: int, size: int, budget: Budget) -> Iterator[bytes]:
    while size:
        budget.tick()
        block = _at(stream, start, min(size, BLOCK))
        if not block:
            raise Unreadable("corrupt", "the archive ends inside a member")
        yield block
        start, size = start + len(block), size - len(block)


def _lzma_alone(blocks: Iterator[bytes], entry: Entry) -> Iterator[bytes]:
    """The member's LZMA data (APPNOTE 5.8) with the header of the .lzma format, which `lzma` can read."""
    first = next(blocks, b"")
    if len(first) < 9 or first[2:4] != b"\x05\x00":
        raise Unreadable("corrupt", "the member's LZMA header is damaged")
    size = -1 if entry.flags & _LZMA_END_MARK else min(entry.size, (1 << 63) - 1)
    return chain((first[4:9] + size.to_bytes(8, "little", signed=True), first[9:]), blocks)
