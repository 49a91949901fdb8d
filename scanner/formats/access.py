"""Access databases (.mdb, .accdb) of all versions since Access 97: tables, long texts, objects, deleted rows.

All pages are read in their order, whatever the indexes and maps of the database say, so that rows in pages that were
given up are read like the others. Not read: forms, reports, macros and queries as such; their texts lie in system
tables and are read there. Encoded databases of the old kind hold their key and are read; encrypted ones are not.
The format has no public specification; this rests on what the mdbtools project describes.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import Grid, Values, runs
from scanner.formats._stream import seekable
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place

NAME = "access"
RANK = 220
ENDINGS = (".mdb", ".accdb", ".mde", ".accde")

_MARKS = (b"Standard Jet DB\0", b"Standard ACE DB\0")
_CATALOG = 2
"""The page that defines the table of all objects."""
_MASK = b"\xc7\xda\x39\x6b"
_BOOL, _TEXT, _OLE, _MEMO, _BINARY = 1, 10, 11, 12, 9
_DELETED, _MOVED = 0x8000, 0x4000
_INLINE, _ONE_PAGE = 0x80000000, 0x40000000
_MOST_COLUMNS = 1024
_LONGEST = 64 * MIB
_COMMON = re.compile("[ -~ぁ-ヿ]")
_OLE_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class _Kind(NamedTuple):
    """How a generation of databases lies on the disk: sizes and offsets in bytes."""

    page: int
    rows: int
    counts: int
    columns: int
    real: int
    column: int
    number: int
    variable: int
    flags: int
    fixed: int
    wide: int
    """Bytes of a count in a row, and of the length of a name."""


_JET3 = _Kind(2048, 8, 21, 43, 8, 18, 1, 3, 13, 14, 1)
_JET4 = _Kind(4096, 12, 41, 63, 12, 25, 5, 7, 15, 21, 2)


class _Column(NamedTuple):
    name: str
    type: int
    number: int
    variable: int
    fixed: int
    """Where a value of fixed size lies in the row; -1: it is not of fixed size."""
    size: int


class _Table(NamedTuple):
    name: str
    columns: tuple[_Column, ...]
    variable: int


def accepts(document: Document) -> bool:
    """Whether the mark of a Jet or ACE database stands at its place."""
    return document.head[4:20] in _MARKS


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The rows of each table under its name, in the order in which the pages lie there."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        store = _Store(stream, document.size)
        yield from _Reader(document, budget, store).pieces()


# --- pages ------------------------------------------------------------------------------------------------------------


class _Store:
    """The pages of a database, decoded where they have to be."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        head = stream.read(256)
        if len(head) < 256:
            raise Unreadable("corrupt", "ends inside its header")
        self.kind = _JET4 if head[0x14] else _JET3
        plain = _rc4(_MASK, head[0x18 : 0x18 + (128 if head[0x14] else 126)])
        key = plain[0x3E - 0x18 : 0x42 - 0x18]
        page = int.from_bytes(plain[0x3C - 0x18 : 0x3E - 0x18], "little")
        self.codec = "cp932" if page == 932 else f"cp{page}" if page in range(1250, 1259) else "cp932"
        if any(key) and head[4:20] == _MARKS[1]:
            raise Unreadable("encrypted", "Access database with a password")
        self._key = int.from_bytes(key, "little")
        self._stream = stream
        self.count = -(-size // self.kind.page)

    def page(self, number: int) -> bytes:
        """A page; nothing where there is none."""
        if not 0 < number < self.count:
            return b""
        self._stream.seek(number * self.kind.page)
        data = self._stream.read(self.kind.page)
        if self._key and data:
            return _rc4((self._key ^ number).to_bytes(4, "little"), data)
        return data

    def rows(self, page: bytes) -> list[tuple[int, int, int]]:
        """Where the rows of a page lie, and their flags; empty ones are there as well."""
        at = self.kind.rows
        count = int.from_bytes(page[at : at + 2], "little")
        end, found = len(page), []
        for index in range(min(count, (len(page) - at - 2) // 2)):
            (offset,) = struct.unpack_from("<H", page, at + 2 + 2 * index)
            start = offset & 0x1FFF
            found.append((start, max(end, start), offset & 0xE000))
            end = min(end, start)
        return found


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out = bytearray(len(data))
    i = j = 0
    for at, byte in enumerate(data):
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out[at] = byte ^ state[(state[i] + state[j]) & 255]
    return bytes(out)


# --- tables -----------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, document: Document, budget: Budget, store: _Store) -> None:
        self._document = document
        self._budget = budget
        self._store = store
        self._kind = store.kind
        self._values = Values(document, budget)
        self._broken = 0

    def pieces(self) -> Iterator[Piece]:
        """The tables, then at most one problem."""
        owned: dict[int, list[int]] = {}
        for number in range(1, self._store.count):
            self._budget.tick()
            page = self._store.page(number)
            if page[:1] == b"\1" and page[4:8] != b"LVAL":
                owned.setdefault(int.from_bytes(page[4:8], "little"), []).append(number)
        names = {_CATALOG: "MSysObjects"} | self._names(owned.get(_CATALOG, []))
        for root, pages in owned.items():
            table = self._table(root, names.get(root, f"table {root}"))
            if table:
                yield from self._rows(table, pages)
            elif root:
                yield from self._lost(pages)
        yield from self._values.problem(self._document)
        if self._broken or not owned:
            detail = f"{self._broken or 'all'} tables or rows cannot be read"
            yield Problem(address=self._document.address, kind="corrupt", detail=detail, size=self._document.size)

    def _names(self, pages: list[int]) -> dict[int, str]:
        """The names of tables by the pages that define them."""
        catalog = self._table(_CATALOG, "")
        if catalog is None:
            return {}
        columns = {column.name: index for index, column in enumerate(catalog.columns)}
        found: dict[int, str] = {}
        if {"Id", "Name"} <= columns.keys():
            for row in self._raw(catalog, pages):
                number = row[columns["Id"]]
                name = row[columns["Name"]]
                if number.lstrip("-").isdecimal() and name:
                    found.setdefault(int(number) & 0xFFFFFF, name)
        return found

    def _table(self, root: int, name: str) -> _Table | None:
        """The columns that a chain of pages defines."""
        kind, data, number = self._kind, b"", root
        for _ in range(64):
            page = self._store.page(number)
            if page[:1] != b"\2":
                break
            data += page if not data else page[8:]
            number = int.from_bytes(page[4:8], "little")
        try:
            variable, count = struct.unpack_from("<HH", data, kind.counts + 2)
            (real,) = struct.unpack_from("<I", data, kind.counts + 10)
            if not 0 < count <= _MOST_COLUMNS or real > _MOST_COLUMNS:
                return None
            return _Table(name, self._columns(data, kind.columns + real * kind.real, count), variable)
        except struct.error:
            return None

    def _columns(self, data: bytes, at: int, count: int) -> tuple[_Column, ...]:
        kind = self._kind
        name_at = at + count * kind.column
        columns = []
        for index in range(count):
            first = at + index * kind.column
            (number,) = struct.unpack_from("<H", data, first + kind.number)
            (variable,) = struct.unpack_from("<H", data, first + kind.variable)
            fixed, size = (*struct.unpack_from("<H", data, first + kind.fixed), 0)
            (size,) = struct.unpack_from("<H", data, first + kind.column - 2)
            length = int.from_bytes(data[name_at : name_at + kind.wide], "little")
            name_at += kind.wide
            raw = data[name_at : name_at + length]
            name_at += length
            name = raw.decode("utf-16-le" if kind.wide == 2 else self._store.codec, "replace")
            place = fixed if data[first + kind.flags] & 1 else -1
            columns.append(_Column(name, data[first], number, variable, place, size))
        return tuple(columns)

    # --- rows ---

    def _rows(self, table: _Table, pages: list[int]) -> Iterator[Piece]:
        names = [column.name for column in table.columns]
        grid = Grid(self._document, self._budget, table.name, names)
        children: list[Document] = []
        for row in self._raw(table, pages, children):
            yield from grid.add(row)
            yield from children
            children.clear()
        yield from grid.rest()

    def _lost(self, pages: list[int]) -> Iterator[Segment]:
        """What can be read in the pages of a table that was deleted."""
        codec = "utf-16-le" if self._kind is _JET4 else self._store.codec
        for number in pages:
            self._budget.tick()
            page = self._store.page(number)
            rows = (page[start:end] for start, end, _ in self._store.rows(page))
            texts = (max(runs(row, codec), runs(row[1:], codec), key=_likely) for row in rows)
            text = "\n".join(row for row in texts if row)
            if text:
                origin = FixedOrigin(Place(part="deleted"))
                yield Segment(text=text, address=self._document.address, origin=origin)

    def _raw(self, table: _Table, pages: list[int], children: list[Document] | None = None) -> Iterator[list[str]]:
        for number in pages:
            self._budget.tick()
            page = self._store.page(number)
            for index, (start, end, flags) in enumerate(self._store.rows(page)):
                if flags & _MOVED or end - start <= self._kind.wide:
                    continue  # what was moved lies in another page of the table
                try:
                    yield self._row(table, page[start:end], f"{table.name}/{number}.{index}", children)
                except (struct.error, IndexError):
                    self._broken += not flags & _DELETED

    def _row(self, table: _Table, row: bytes, name: str, children: list[Document] | None) -> list[str]:
        wide = self._kind.wide
        count = int.from_bytes(row[:wide], "little")
        mask = row[-((count + 7) // 8) :] if count else b""
        offsets = self._offsets(row, len(mask)) if table.variable else []
        cells = []
        for column in table.columns:
            there = column.number < count and mask[column.number // 8] >> column.number % 8 & 1
            value = b""
            if there and column.fixed >= 0:
                value = row[wide + column.fixed :]
            elif there and column.variable + 1 < len(offsets):
                value = row[offsets[column.variable] : offsets[column.variable + 1]]
            text, child = self._cell(column, value, name) if value and column.type != _BOOL else ("", None)
            if child and children is not None:
                children.append(child)
            cells.append(text)
        return cells

    def _offsets(self, row: bytes, mask: int) -> list[int]:
        """Where the values of no fixed size begin, and where the last one ends."""
        at = len(row) - mask - self._kind.wide
        if self._kind is _JET4:
            (count,) = struct.unpack_from("<H", row, at)
            return [struct.unpack_from("<H", row, at - 2 * index)[0] for index in range(1, count + 2)]
        count, jumps = row[at], (len(row) - 1) // 256
        first = at - jumps - 1
        jumps -= (first - count) // 256 < jumps
        offsets, used = [], 0
        for index in range(count + 1):
            while used < jumps and index == row[at - used - 1]:
                used += 1
            offsets.append(row[first - index] + used * 256)
        return offsets

    # --- values ---

    def _cell(self, column: _Column, value: bytes, name: str) -> tuple[str, Document | None]:
        if column.type == _TEXT:
            return self._text(value[: column.size] if column.fixed >= 0 else value), None
        if column.type == _MEMO:
            return self._text(self._long(value)), None
        if column.type in (_OLE, _BINARY):
            whole = _attached(self._long(value) if column.type == _OLE else value)
            return self._values.take(whole, f"{name}/{column.name}")
        reader = _NUMBERS.get(column.type)
        return (reader(value), None) if reader else (runs(value) if column.fixed < 0 else "", None)

    def _text(self, raw: bytes) -> str:
        if self._kind is _JET3:
            return raw.decode(self._store.codec, "replace").rstrip("\0")
        if raw[:2] != b"\xff\xfe":
            return raw.decode("utf-16-le", "replace").rstrip("\0")
        parts = raw[2:].split(b"\0")
        out, at, packed = [], 2, True
        while at < len(raw):  # a zero byte changes between one and two bytes a character
            if packed:
                end = raw.find(b"\0", at)
                end = len(raw) if end < 0 else end
                out.append(raw[at:end].decode("latin-1"))
            else:
                end = next((i for i in range(at, len(raw), 2) if not raw[i]), len(raw))
                out.append(raw[at:end].decode("utf-16-le", "replace"))
            at, packed = end + 1, not packed
        return "".join(out) if parts else ""

    def _long(self, value: bytes) -> bytes:
        """A long value by its header of twelve bytes."""
        size, pointer = struct.unpack_from("<II", value)
        if size & _INLINE:
            return value[12 : 12 + (size & 0x3FFFFFFF)]
        length = min(size & 0x3FFFFFFF, _LONGEST)
        if size & _ONE_PAGE:
            return self._piece(pointer)[:length]
        parts: list[bytes] = []
        for _ in range(self._store.count):
            piece = self._piece(pointer)
            if len(piece) < 4:
                break
            parts.append(piece[4:])
            length -= len(piece) - 4
            pointer = int.from_bytes(piece[:4], "little")
            if not pointer or length <= 0:
                break
        self._broken += length > 0
        return b"".join(parts)

    def _piece(self, pointer: int) -> bytes:
        page = self._store.page(pointer >> 8)
        rows = self._store.rows(page) if page[:1] == b"\1" else []
        if pointer & 255 >= len(rows):
            return b""
        start, end, _ = rows[pointer & 255]
        self._budget.expand(end - start)
        return page[start:end]


def _likely(text: str) -> int:
    """How many characters there are that speak for text: bytes read as UTF-16 in the wrong step give kanji."""
    return len(_COMMON.findall(text))


def _attached(value: bytes) -> bytes:
    """What an attachment or an object that was put into a field holds, without what is around it."""
    at = value.find(_OLE_FILE, 0, 4096)
    if at > 0:
        return value[at:]
    kind = int.from_bytes(value[:4], "little")
    content = value[8:]
    if kind == 1 and content[:1] == b"x":
        try:
            content = zlib.decompressobj().decompress(content, _LONGEST)
        except zlib.error:
            return value
    elif kind or len(value) < 20:
        return value
    size, one, letters = struct.unpack_from("<III", content.ljust(12, b"\0"))
    return content[size:] if one == 1 and size == 12 + 2 * letters else value


def _date(value: bytes) -> str:
    """Days since the end of 1899."""
    (days,) = struct.unpack_from("<d", value)
    if not -650000 < days < 2950000:
        return ""
    return (datetime(1899, 12, 30) + timedelta(days=days)).isoformat(" ", "seconds").removesuffix(" 00:00:00")


def _whole(code: str) -> Callable[[bytes], str]:
    return lambda value: f"{struct.unpack_from(code, value)[0]:.15g}"


def _integer(size: int, *, signed: bool = True) -> Callable[[bytes], str]:
    return lambda value: str(int.from_bytes(value[:size], "little", signed=signed))


def _money(value: bytes) -> str:
    return f"{int.from_bytes(value[:8], 'little', signed=True) / 10000:.15g}"


def _numeric(value: bytes) -> str:
    """A sign, then four words from the highest to the lowest; the scale is that of the column and is left out."""
    words = struct.unpack_from("<4I", value, 1)
    return str(sum(word << 32 * (3 - index) for index, word in enumerate(words)))


_NUMBERS: dict[int, Callable[[bytes], str]] = {
    2: _integer(1, signed=False), 3: _integer(2), 4: _integer(4), 5: _money, 6: _whole("<f"), 7: _whole("<d"),
    8: _date, 16: _numeric, 19: _integer(8),
}  # fmt: skip
"""By the type of the column."""
