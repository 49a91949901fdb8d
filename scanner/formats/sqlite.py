"""SQLite databases, their logs and journals, page by page: tables, values as documents, and what was deleted.

The pages are read from the stream, in whatever the database lies, so that nothing is ever opened beside it, locked or
written. After the tables come the rows in pages that belong to none of them, which is where deleted rows stay, and the
readable remains between the rows of a page. A log is a document of its own: its rows are laid out under the tables of
the database that lies beside it, or of its own first page. Not read: indexes (they repeat the tables) and what SQLite
was told to overwrite.
Standard: sqlite.org, Database File Format.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import BLOCK, Grid, Values, runs
from scanner.formats._stream import seekable
from scanner.formats.sql import MAX_ROW, definitions
from scanner.limits import Budget
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place

NAME = "sqlite"
RANK = 210
ENDINGS = (".sqlite", ".sqlite3", ".db")

_DATABASE = b"SQLite format 3\0"
_LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_LOG_NAMES = ("-wal", "-journal")
_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_TABLE_LEAF, _TABLE_INTERIOR, _INDEX_LEAF, _INDEX_INTERIOR = b"\x0d", b"\x05", b"\x0a", b"\x02"
_CODECS = {2: "utf-16-le", 3: "utf-16-be"}
_MOST_COLUMNS = 32_768
_MOST_TABLES = 10_000
_MOST_SEEN = 1 << 20
_DELETED = "deleted"
_KEY = re.compile(r"PRIMARY\s+KEY\s*\(([^()]{1,2000})\)", re.IGNORECASE)
_ROWID = r'["`\[]?{0}["`\]]?\s+INTEGER\b(?=([^,]{{0,200}}))'
_WITHOUT_ROWID = re.compile(r"\)[^)]{0,99}WITHOUT\s+ROWID[^)]{0,99}\Z", re.IGNORECASE)
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)

Value = str | bytes | None

BEGINS = (_DATABASE, _JOURNAL, *_LOGS)


def accepts(document: Document) -> bool:
    """Whether the document begins like a database or like a log of one."""
    return document.head.startswith((_DATABASE, _JOURNAL, *_LOGS))


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The rows of each table under its name, values that are documents, deleted rows, and remains of others."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        if document.head.startswith(_DATABASE):
            yield from _Reader(document, budget, _File(stream, document.size)).pieces()
            return
        log = _Log(stream, document.size)
        database = _database(document)
        if database is None:
            yield from _Reader(document, budget, log).pieces()
            return
        budget.join(database.size)
        with database.open() as pages:
            with suppress(Unreadable):  # what is wrong with the database is said where it is read itself
                log.lay_over(_File(pages, database.size))
            yield from _Reader(document, budget, log).pieces()


def _database(log: Document) -> Document | None:
    """The database that a log or journal belongs to, by its name."""
    name = next((log.name.removesuffix(end) for end in _LOG_NAMES if log.name.endswith(end)), "")
    database = log.beside(name) if name else None
    return database if database is not None and database.head.startswith(_DATABASE) else None


# --- pages ------------------------------------------------------------------------------------------------------------


class _File:
    """The pages of a database file, counted from 1."""

    partial = False
    """Whether pages may lie elsewhere."""
    own = True
    """Whether the page that was asked for last is one of this file."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        head = stream.read(100)
        if len(head) < 100:
            raise Unreadable("corrupt", "ends inside its header")
        declared = int.from_bytes(head[16:18], "big")
        self._stream = stream
        self.size = 65536 if declared == 1 else declared
        self.reserved = head[20]
        if self.size < 512 or self.size & (self.size - 1) or self.size - self.reserved < 480:
            raise Unreadable("corrupt", "has no sound header")
        self.count = -(-size // self.size)
        self.codec = _CODECS.get(head[59], "utf-8")
        self._read = bytearray(self.count + 1)

    def page(self, number: int) -> bytes:
        """A page that was not asked for before; nothing where there is none or it is the second time."""
        if not 0 < number <= self.count or self._read[number]:
            return b""
        self._read[number] = 1
        self._stream.seek((number - 1) * self.size)
        return self._stream.read(self.size)

    def others(self) -> Iterator[bytes]:
        """The pages that nobody has asked for."""
        for number in range(1, self.count + 1):
            if not self._read[number]:
                yield self.page(number)


class _Log:
    """The pages in a write-ahead log or a rollback journal: of each the last image, then all the others.

    In a log the last image is the last one that was committed since the log was begun anew: what follows is older.
    """

    partial = True

    def __init__(self, stream: IO[bytes], size: int) -> None:
        head = stream.read(32)
        if len(head) < 32:
            raise Unreadable("corrupt", "ends inside its header")
        journal = head.startswith(_JOURNAL)
        start, before, after = (int.from_bytes(head[20:24], "big"), 4, 4) if journal else (32, 24, 0)
        self.size = int.from_bytes(head[24:28] if journal else head[8:12], "big")
        if not 512 <= self.size <= 65536 or self.size & (self.size - 1) or not 28 <= start <= 65536:
            raise Unreadable("corrupt", "has no sound header")
        self._stream = stream
        self._before = before
        self._last: dict[int, int] = {}
        self._frames: dict[int, int] = {}
        self._base: _File | None = None
        self.own = True
        self.count = 0
        fresh: dict[int, int] = {}
        for at in range(start, size - before, before + self.size + after):
            stream.seek(at)
            frame = stream.read(16)
            number = int.from_bytes(frame[:4], "big")
            self._frames[at] = number
            if journal or frame[8:16] == head[16:24]:
                fresh[number] = at
                if journal or any(frame[4:8]):  # the transaction ends with this page
                    self._last |= fresh
                    fresh.clear()
        self._current = dict(self._last)
        for at, number in self._frames.items():
            self._last.setdefault(number, at)
        self.reserved, self.codec = 0, "utf-8"
        if 1 in self._last:
            stream.seek(self._last[1] + before)
            page = stream.read(100).ljust(100, b"\0")
            self.reserved, self.codec = page[20], _CODECS.get(page[59], "utf-8")

    def page(self, number: int) -> bytes:
        """The last image of a page; nothing where there is none or it is the second time."""
        at = self._last.get(number, 0)
        self.own = self._frames.pop(at, None) is not None
        if not self.own:
            return self._base.page(number) if self._base and number not in self._last else b""
        self._stream.seek(at + self._before)
        return self._stream.read(self.size)

    def lay_over(self, base: _File) -> None:
        """Take the pages that are missing from the database that the log belongs to."""
        if base.size == self.size:
            self._base = base
            self._last = self._current  # of other pages the database has what is newer than their images here
            if 1 not in self._last:
                self.reserved, self.codec = base.reserved, base.codec

    def others(self) -> Iterator[bytes]:
        """The images that nobody has asked for, older ones among them."""
        for at in tuple(self._frames):
            self._stream.seek(at + self._before)
            yield self._stream.read(self.size)


# --- rows -------------------------------------------------------------------------------------------------------------


class _Table(NamedTuple):
    name: str
    root: int
    columns: tuple[str, ...]
    rowid: int
    """The column that has the number of the row for its value; -1: none."""


class _Reader:
    """Reads one database or log."""

    def __init__(self, document: Document, budget: Budget, store: _File | _Log) -> None:
        self._document = document
        self._budget = budget
        self._store = store
        self._usable = store.size - store.reserved
        self._codec = store.codec
        self._broken = 0
        self._values = Values(document, budget)
        self._remains: list[str] = []
        self._remaining = 0

    def pieces(self) -> Iterator[Piece]:
        """The tables, pages outside of them, remains; then at most one problem."""
        tables = self._schema()
        for table in tables:
            yield from self._laid(Grid(self._document, self._budget, table.name, table.columns), self._tree(table))
        yield from self._deleted(tables)
        yield from self._left()
        yield from self._values.problem(self._document)
        if self._broken or (not tables and not self._store.partial and self._store.count > 1):
            detail = f"{self._broken or 'all'} pages or rows cannot be read"
            yield Problem(address=self._document.address, kind="corrupt", detail=detail, size=self._document.size)

    def _schema(self) -> list[_Table]:
        tables: list[_Table] = []
        for _, row in self._tree(_Table("", 1, (), -1)):
            kind, name, _, root, sql = (*row, None, None, None, None, None)[:5]
            if kind != "table" or not isinstance(name, str) or not isinstance(root, str) or not isinstance(sql, str):
                continue
            if len(tables) < _MOST_TABLES and root.isdecimal() and int(root):
                tables.append(_defined(name, int(root), sql))
        return tables

    # --- what becomes of rows ---

    def _laid(self, grid: Grid, rows: Iterable[tuple[int, list[Value]]]) -> Iterator[Piece]:
        for number, row in rows:
            cells = []
            for column, value in enumerate(row, 1):
                if isinstance(value, bytes):
                    value, child = self._values.take(value, f"{grid.part}/{number}/{column}")
                    if child:
                        yield child
                cells.append(value or "")
            yield from grid.add(cells)
            if self._remaining > BLOCK:
                yield from self._left()
        yield from grid.rest()

    def _deleted(self, tables: list[_Table]) -> Iterator[Piece]:
        """Rows in pages of no table, once each; they are named by the one table that has as many columns."""
        named: dict[int, list[_Table]] = {}
        for table in tables:
            named.setdefault(len(table.columns), []).append(table)
        grids: dict[int, Grid] = {}
        seen: set[int] = set()
        for page in self._store.others():
            self._budget.tick()
            if page[:1] not in (_TABLE_LEAF, _TABLE_INTERIOR, _INDEX_LEAF, _INDEX_INTERIOR):
                self._keep(page[8:])  # a list of free pages, or a part of a long value
            for number, row in self._leaf(page) if page[:1] == _TABLE_LEAF else ():
                mark = hash((number, *row))
                if mark in seen or not any(row):
                    continue
                if len(seen) < _MOST_SEEN:
                    seen.add(mark)
                row[0] = str(number) if row[0] is None else row[0]
                like = named.get(len(row), ())
                columns = like[0].columns if len(like) == 1 else ()
                grid = grids.setdefault(len(row), Grid(self._document, self._budget, _DELETED, columns))
                yield from (
                    self._laid(grid, [(number, row)])
                    if any(isinstance(value, bytes) for value in row)
                    else (grid.add([value or "" for value in row if not isinstance(value, bytes)]))
                )
        for grid in grids.values():
            yield from grid.rest()

    def _left(self) -> Iterator[Segment]:
        text = "\n".join(self._remains)
        self._remains, self._remaining = [], 0
        if text:
            self._budget.expand(len(text))
            origin = FixedOrigin(Place(part=_DELETED))
            yield Segment(text=text, address=self._document.address, origin=origin)

    # --- trees of pages ---

    def _tree(self, table: _Table) -> Iterator[tuple[int, list[Value]]]:
        """The rows of a table in their order; each page is read once, so that no loop is followed."""
        waiting = [table.root]
        while waiting:
            self._budget.tick()
            number = waiting.pop()
            page = self._store.page(number)
            own = self._store.own or not table.name  # of the schema every row is wanted
            base = 100 if number == 1 else 0
            kind = page[base : base + 1]
            if kind in (_TABLE_LEAF, _INDEX_LEAF):
                rows = self._leaf(page, base) if own else iter(())
            elif kind in (_TABLE_INTERIOR, _INDEX_INTERIOR):
                rows = self._leaf(page, base) if own and kind == _INDEX_INTERIOR else iter(())
                waiting.extend(reversed(self._children(page, base)))
                if own:
                    self._keep(_between(page, base, 12))
            else:
                self._broken += not self._store.partial
                continue
            for at, row in rows:
                if 0 <= table.rowid < len(row) and row[table.rowid] is None:
                    row[table.rowid] = str(at)
                yield at, row

    def _children(self, page: bytes, base: int) -> list[int]:
        starts = _pointers(page, base, 12)
        return [int.from_bytes(page[at : at + 4], "big") for at in (*starts, base + 8)]

    def _leaf(self, page: bytes, base: int = 0) -> Iterator[tuple[int, list[Value]]]:
        """The rows of a page; what cannot be read is counted, and what lies between them is kept."""
        kind = page[base : base + 1]
        size = 12 if kind == _INDEX_INTERIOR else 8
        for at in _pointers(page, base, size):
            try:
                yield self._row(page, at + 4 * (size == 12), kind == _TABLE_LEAF)
            except (IndexError, struct.error, UnicodeError, _BrokenRow):
                self._broken += not self._store.partial
        if size == 8:
            self._keep(_between(page, base, size))

    def _keep(self, data: bytes) -> None:
        remains = runs(data, self._codec)
        if remains:
            self._remains.append(remains)
            self._remaining += len(remains)

    def _row(self, page: bytes, at: int, numbered: bool) -> tuple[int, list[Value]]:
        length, at = _varint(page, at)
        number = 0
        if numbered:
            number, at = _varint(page, at)
        most = self._usable - 35 if numbered else (self._usable - 12) * 64 // 255 - 23
        if length <= most:
            payload = page[at : at + length]
        else:
            least = (self._usable - 12) * 32 // 255 - 23
            local = least + (length - least) % (self._usable - 4)
            local = local if local <= most else least
            payload = page[at : at + local]
            follows = int.from_bytes(page[at + local : at + local + 4], "big")
            payload += self._overflow(follows, length - local)
        return number, self._values_of(payload)

    def _overflow(self, number: int, length: int) -> bytes:
        self._budget.hold(min(length, self._document.size))
        parts: list[bytes] = []
        while length > 0:
            page = self._store.page(number)
            if not page:
                self._broken += not self._store.partial
                break
            parts.append(page[4 : 4 + min(length, self._usable - 4)])
            length -= self._usable - 4
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)

    def _values_of(self, payload: bytes) -> list[Value]:
        """The columns of a record (section 2.1); one that is cut off keeps what is there."""
        end, at = _varint(payload, 0)
        if end > len(payload) or end > 3 * _MOST_COLUMNS:
            raise _BrokenRow
        kinds = []
        while at < end:
            kind = payload[at]
            at += 1
            if kind > 127:
                kind, at = _varint(payload, at - 1)
            kinds.append(kind)
        row: list[Value] = []
        at = end
        for kind in kinds:
            if kind >= 12:
                size = (kind - 12) >> 1
                value = payload[at : at + size]
                row.append(value.decode(self._codec, "replace") if kind & 1 else value)
            else:
                size = _SIZES[kind]
                row.append(_number(kind, payload[at : at + size]))
            at += size
        return row


class _BrokenRow(Exception):
    """A record that does not hold what its header says."""


def _pointers(page: bytes, base: int, size: int) -> list[int]:
    """Where on a page the cells begin, each once."""
    count = int.from_bytes(page[base + 3 : base + 5], "big")
    count = min(count, (len(page) - base - size) // 2)
    return list(dict.fromkeys(struct.unpack_from(f">{count}H", page, base + size))) if count > 0 else []


def _between(page: bytes, base: int, size: int) -> bytes:
    """What lies on a page before its first cell and in the holes between cells."""
    if len(page) < base + size:
        return b""
    hole, count, first = struct.unpack_from(">HHH", page, base + 1)
    parts = [page[base + size + 2 * count : first or 65536].strip(b"\0")]
    for _ in range(len(page) // 4):
        if hole + 4 > len(page) or not hole:
            break
        following, length = struct.unpack_from(">HH", page, hole)
        parts.append(page[hole + 4 : hole + length])
        if following <= hole:
            break
        hole = following
    return b"\0".join(parts)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, and what follows it (section 1.6)."""
    value = data[at]
    if value < 128:
        return value, at + 1
    value &= 127
    for _ in range(7):
        at += 1
        byte = data[at]
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + 1
    value = value << 8 | data[at + 1]
    return value, at + 2


def _number(kind: int, raw: bytes) -> str | None:
    if kind in (0, 10, 11):
        return None
    if kind == 7:
        return f"{struct.unpack('>d', raw)[0]:.15g}"
    return str(kind - 8) if kind >= 8 else str(int.from_bytes(raw, "big", signed=True))


def _defined(name: str, root: int, sql: str) -> _Table:
    """The columns in the order in which they are stored: those of the key first where rows have no number."""
    opens = sql.find("(")
    columns = definitions(sql, opens + 1, min(len(sql), MAX_ROW))[0] if opens >= 0 else ()
    listed = _KEY.search(sql)
    key = [part.strip(' `"[]\t\r\n').lower() for part in listed[1].split(",")] if listed else []
    rowid = -1
    for index, column in enumerate(columns[:_MOST_COLUMNS]):
        found = re.search(_ROWID.format(re.escape(column)), sql, re.IGNORECASE) if len(key) < 2 else None
        if found and (key == [column.lower()] or re.search(r"PRIMARY\s+KEY", found[1], re.IGNORECASE)):
            rowid = index
            break
    if _WITHOUT_ROWID.search(sql):
        rowid = -1
        columns = tuple(sorted(columns, key=lambda column: key.index(column.lower()) if column.lower() in key else 99))
    return _Table(name, root, columns, rowid)
