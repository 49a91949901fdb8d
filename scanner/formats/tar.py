"""Tar archives, plain or compressed as a whole: each member becomes a document of its own.

It reads the headers itself rather than through `tarfile`, which decodes names before their encoding is known and reads
headers of any declared size into memory. Links and devices are listed as empty documents; folders are not listed.
Nothing is extracted. Standard: POSIX.1-2017 pax, with the GNU extensions for long names and sparse files.
"""

import io
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._engines import ZSTANDARD
from scanner.formats._names import Evidence, Shown
from scanner.formats._stream import BLOCK, Expanding, engine_for, expand, expanding, feed
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document

NAME = "tar"
RANK = 310
ENDINGS = (".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tlz", ".tzst", ".taz")
USES = (ZSTANDARD,)

_UNIT = 512
_HELD = MIB
"""So much of a member is held in memory when the archive can only be read forward: it may be opened more than once."""
_META = MIB
"""A header that extends another one may have this many bytes."""
_HOLES = 100_000
_LARGEST = 1 << 50
_ZEROS = bytes(BLOCK)

_FOLDERS = frozenset(b"5DV")
_EMPTY = frozenset(b"12346")
_NO_DATA = frozenset(b"123456")
_SPARSE = ord("S")

Map = tuple[tuple[int, int], ...]


class Header(NamedTuple):
    """One header block: the bytes of the name, the stored bytes that follow it and the kind of entry."""

    name: bytes
    size: int
    kind: int


class Member(NamedTuple):
    """One member: its data lie at `start` of the archive; a sparse one is `full` bytes long with parts of it stored."""

    raw: bytes
    unicode: bool
    kind: int
    start: int
    stored: int
    full: int
    parts: Map | None


class Tape:
    """The bytes of an archive with a position; one that cannot seek is wound forward by reading."""

    __slots__ = ("_stream", "_seeks", "position")

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._seeks = stream.seekable()
        self.position = 0

    @classmethod
    def of(cls, document: Document, budget: Budget) -> "Tape":
        """A new tape of the document, decompressed on the way if need be."""
        source = document.open()
        engine = engine_for(document.head)
        return cls(expanding(expand(feed(source), engine, budget, many=True), source) if engine else source)

    @property
    def forward(self) -> bool:
        """Whether the tape goes forward only."""
        return not self._seeks

    def reaches(self, position: int) -> bool:
        """Whether `wind` can go there."""
        return not self._stream.closed and (self._seeks or position >= self.position)

    def wind(self, position: int, budget: Budget) -> None:
        """Go to `position`, or to the end of the archive when it lies before that."""
        if self._seeks:
            self._stream.seek(position)
            self.position = position
        while self.position < position and self.take(min(position - self.position, BLOCK)):
            budget.tick()

    def take(self, size: int) -> bytes:
        """The next bytes; fewer only at the end."""
        data = self._stream.read(size)
        self.position += len(data)
        return data

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


def accepts(document: Document) -> bool:
    """A header block with a right checksum, at the beginning or behind a compression."""
    head = document.head
    if engine_for(head) is None:
        return _is_header(head)
    # A compressed block of bzip2 may be longer than the head, so the name is asked before more of it is read.
    named = document.suffix in ENDINGS or ".tar." in document.name.lower()
    budget = Budget(Limits(), document.size)
    tape = Tape.of(document, budget) if named else Tape(_head_only(head, budget))
    try:
        return _is_header(tape.take(_UNIT))
    except Unreadable:
        return False
    finally:
        tape.close()


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; a damage ends the archive after the members before it."""
    budget.enter(document.depth)
    evidence = Evidence(fallback="latin-1")
    shown = Shown(document)
    tape = Tape.of(document, budget)
    try:
        for member in _members(tape, budget):
            budget.member()
            if member.unicode:
                name = member.raw.decode("utf-8", "replace")
            else:
                evidence.add(member.raw)
                name = evidence.decode(member.raw)
            if member.kind in _EMPTY:
                yield shown.child(name, 0, io.BytesIO)
            elif member.kind not in _FOLDERS:
                yield shown.child(name, member.full, member_opener(document, tape, member, budget))
    finally:
        tape.close()


def _head_only(head: bytes, budget: Budget) -> IO[bytes]:
    engine = engine_for(head)
    return expanding(expand(iter((head,)), engine, budget)) if engine else io.BytesIO(head)


# --- the headers ------------------------------------------------------------------------------------------------------


def _is_header(block: bytes) -> bool:
    """Whether the block's checksum is right; old programs summed signed bytes."""
    if len(block) < _UNIT:
        return False
    try:
        declared = int(block[148:156].strip(b" \0") or b"-", 8)
    except ValueError:
        return False
    bare = block[:148] + b" " * 8 + block[156:_UNIT]
    total = sum(bare)
    return declared in (total, total - 256 * sum(byte > 127 for byte in bare))


def _number(field: bytes) -> int:
    """An octal number, or the GNU form for large ones: the first bit set and the rest binary."""
    try:
        binary = field[0] == 0x80
        number = int.from_bytes(field[1:], "big") if binary else int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        number = -1
    return _sound(number)


def _decimal(value: bytes) -> int:
    return _sound(int(value) if value.isdigit() and len(value) < 20 else -1)


def _sound(number: int) -> int:
    if not 0 <= number <= _LARGEST:
        raise Unreadable("corrupt", "a number in a header is damaged")
    return number


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _header(block: bytes) -> Header:
    if not _is_header(block):
        raise Unreadable("corrupt", "damaged, or cut off, between two members")
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else b""
    return Header(prefix + b"/" + name if prefix else name, _number(block[124:136]), block[156])


def _members(tape: Tape, budget: Budget) -> Iterator[Member]:
    """The members, each with the extended headers before it applied; the tape then stands at its data."""
    always: dict[bytes, bytes] = {}
    extra: dict[bytes, bytes] = {}
    ended = False
    while block := tape.take(_UNIT):
        budget.tick()
        if not block.strip(b"\0"):
            # What stands behind the end mark is read all the same: archives may be strung together.
            ended = True
            continue
        header = _header(block)
        ended = False
        if header.kind in b"xgXLK":
            start = tape.position
            target = always if header.kind == ord("g") else extra
            target.update(_extension(header, tape))
            tape.wind(_after(start, header.size), budget)
            continue
        member = _member(block, header, {**always, **extra}, tape)
        extra = {}
        end = _after(member.start, 0 if member.kind in _NO_DATA else member.stored)
        yield member
        tape.wind(end, budget)
    if not ended:
        raise Unreadable("corrupt", "ends without its end mark")


def _after(start: int, size: int) -> int:
    return start + (size + _UNIT - 1) // _UNIT * _UNIT


def _extension(header: Header, tape: Tape) -> dict[bytes, bytes]:
    """What an extended header says about the next member."""
    if header.size > _META:
        raise Unreadable("bomb", "a header of unreasonable length")
    data = tape.take(header.size)
    if len(data) < header.size:
        raise Unreadable("corrupt", "cut off inside a header")
    if header.kind == ord("L"):
        return {b"gnu.path": _text(data)}
    return {} if header.kind == ord("K") else _records(data)


def _records(data: bytes) -> dict[bytes, bytes]:
    """The records ``LENGTH KEY=VALUE\\n`` of a pax header."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data) and data[at] != 0:
        digits, space, _ = data[at : at + 12].partition(b" ")
        if not space or not digits.isdigit() or int(digits) <= len(digits) + 1:
            raise Unreadable("corrupt", "an extended header is damaged")
        key, _, value = data[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        records[key] = value
        at += int(digits)
    return records


def _member(block: bytes, header: Header, extra: dict[bytes, bytes], tape: Tape) -> Member:
    stored = _decimal(extra[b"size"]) if b"size" in extra else header.size
    named = next((extra[key] for key in (b"GNU.sparse.name", b"path") if key in extra), None)
    raw = extra.get(b"gnu.path", header.name) if named is None else named
    binary = extra.get(b"hdrcharset", b"") == b"BINARY"
    kind = header.kind
    if kind in b"\x000" and raw.endswith(b"/") and not stored:
        kind = ord("5")
    parts: Map | None = None
    full = stored
    start = tape.position
    if kind == _SPARSE:
        parts, full = _gnu_map(block, tape), _number(block[483:495])
        start = tape.position
    elif b"GNU.sparse.realsize" in extra or b"GNU.sparse.size" in extra:
        full = _decimal(extra.get(b"GNU.sparse.realsize", extra.get(b"GNU.sparse.size", b"")))
        parts = _pax_map(extra, tape)
        stored -= tape.position - start
        start = tape.position
    if parts is not None:
        _check(parts, stored, full)
    return Member(raw, named is not None and not binary, kind, start, stored, full, parts)


# --- sparse members ---------------------------------------------------------------------------------------------------


def _gnu_map(block: bytes, tape: Tape) -> Map:
    """The map of an old GNU sparse member: four parts in the header, 21 in each block that continues it."""
    parts: list[tuple[int, int]] = []
    fields, more = block[386:482], block[482]
    while True:
        pairs = (fields[at : at + 24] for at in range(0, len(fields), 24))
        parts += [(_number(pair[:12]), _number(pair[12:])) for pair in pairs if pair[12]]
        if not more:
            return tuple(parts)
        block = tape.take(_UNIT)
        if len(block) < _UNIT or len(parts) > _HOLES:
            raise Unreadable("corrupt", "the map of a sparse member is damaged")
        fields, more = block[:504], block[504]


def _pax_map(extra: dict[bytes, bytes], tape: Tape) -> Map:
    """The map of a sparse member in pax form: in the header (0.1) or before the data (1.0)."""
    if b"GNU.sparse.map" in extra:
        numbers = [_decimal(number) for number in extra[b"GNU.sparse.map"].split(b",")]
    elif extra.get(b"GNU.sparse.major") == b"1":
        numbers = _leading_map(tape)
    else:
        raise Unreadable("missing_reader", "a sparse member of an old kind: no reader yet")
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def _leading_map(tape: Tape) -> list[int]:
    """The lines ``COUNT``, then ``OFFSET`` and ``SIZE`` of each part, padded to a whole block."""
    data = b""
    while True:
        block = tape.take(_UNIT)
        data += block
        lines = data.split(b"\n")
        wanted = 2 * _decimal(lines[0]) + 1 if len(lines) > 1 else 1
        if len(lines) > wanted:
            return [_decimal(line) for line in lines[1:wanted]]
        if len(block) < _UNIT or wanted > 2 * _HOLES or len(data) > _META:
            raise Unreadable("corrupt", "the map of a sparse member is damaged")


def _check(parts: Map, stored: int, full: int) -> None:
    """A map is sound when its parts ascend, end within the member and make up what is stored."""
    end = 0
    for offset, size in parts:
        if offset < end:
            raise Unreadable("corrupt", "the map of a sparse member is damaged")
        end = offset + size
    if end > full or sum(size for _, size in parts) != stored:
        raise Unreadable("corrupt", "the map of a sparse member is damaged")


# --- the members' bytes -----------------------------------------------------------------------------------------------


def member_opener(document: Document, tape: Tape, member: Member, budget: Budget) -> Callable[[], IO[bytes]]:
    """What opens a member at whose data the tape stands; where it goes forward only, the first bytes are held."""
    begun = tape.take(min(member.stored, _HELD)) if tape.forward else b""
    if len(begun) == member.stored and member.parts is None:
        return lambda: io.BytesIO(begun)

    def opener() -> IO[bytes]:
        data = _stored(document, tape, member, begun, budget)
        return expanding(data if member.parts is None else _filled(data, member, budget))

    return opener


def _stored(document: Document, tape: Tape, member: Member, begun: bytes, budget: Budget) -> Iterator[bytes]:
    """The stored bytes: those at hand, then from the archive's own tape as long as that has not gone past them."""
    if begun:
        yield begun
    position, end = member.start + len(begun), member.start + member.stored
    own: Tape | None = None
    try:
        while position < end:
            if own is None and not tape.reaches(position):
                own = Tape.of(document, budget)
            source = own or tape
            source.wind(position, budget)
            data = source.take(min(end - position, BLOCK))
            budget.tick()
            if not data:
                raise Unreadable("corrupt", "the archive ends inside the member")
            yield data
            position += len(data)
    finally:
        if own is not None:
            own.close()


def _filled(data: Iterator[bytes], member: Member, budget: Budget) -> Iterator[bytes]:
    """The stored parts with zeros where the holes are."""
    source = Expanding(data)
    position = 0
    for offset, size in (*(member.parts or ()), (member.full, 0)):
        while position < offset:
            zeros = _ZEROS[: offset - position]
            budget.expand(len(zeros))
            yield zeros
            position += len(zeros)
        while position < offset + size:
            stored = source.read1(min(BLOCK, offset + size - position))
            if not stored:
                raise Unreadable("corrupt", "the archive ends inside the member")
            yield stored
            position += len(stored)
