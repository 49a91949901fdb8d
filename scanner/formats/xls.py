"""Binary workbooks of Excel 5 to 2003 (.xls, .xlt, the data of old charts): cells, comments, text boxes, names,
headers, charts, pivot caches, properties and what is embedded.

Hidden sheets, rows and columns are read like the others; it computes nothing: a formula's value is the one that was
saved. Records follow [MS-XLS]; a workbook under a password is reported with the method, not opened.
"""

import codecs
import re
import struct
from collections.abc import Callable, Iterator
from typing import TypeVar

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._biff import LONGEST, Strings, drawn, literals, text8
from scanner.formats._cells import Cells, Lines
from scanner.formats._numbers import Shown, general, shown
from scanner.formats._ole import MARK, XOR, Compound, cipher, embedded, opened, roots
from scanner.formats._properties import properties
from scanner.limits import Budget
from scanner.model import Document, Problem
from scanner.origin import Place, column_letters

NAME = "xls"
RANK = 130
ENDINGS = (".xls", ".xlt")
_STREAMS = ("Workbook", "Book")
_HEAD = struct.Struct("<HH")
_CELL = struct.Struct("<HHH")
_DOUBLE = struct.Struct("<d")
_WORD = struct.Struct("<H")
_LONG = struct.Struct("<I")
_BOF, _EOF, _CONTINUE, _FILEPASS = 0x809, 0x0A, 0x3C, 0x2F
_BOFS = frozenset({0x009, 0x209, 0x409, _BOF})
_CHART, _GLOBALS = 0x20, 5
_PAGES = {0x8001: "cp1252", 0x8000: "mac_roman", 1200: "cp1252", 367: "ascii"}
_FILE_MONIKER = b"\x03\x03\0\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
_HEADER_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d{1,3}|[A-Z])')
_Body = TypeVar("_Body", bytes, list[bytes])
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a compound file with a stream of workbook records."""
    return not roots(document).isdisjoint(stream.lower() for stream in _STREAMS)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The sheets in their order, the caches of pivot tables, properties, embedded documents."""
    with opened(document, budget) as compound:
        for name in _STREAMS:
            if path := compound.find(name):
                book = _Book(document.address, budget, compound.read(path))
                yield from book.pieces()
                if book.damage:
                    yield Problem(address=document.address, kind="corrupt", detail=book.damage, size=document.size)
        yield from _pivots(document.address, compound, budget)
        yield from properties(document.address, compound, budget)
        objects = [storage for storage in compound.storages() if not storage[0].lower().startswith("_sx_db")]
        yield from embedded(document, compound, objects, budget)


def _pivots(address: str, compound: Compound, budget: Budget) -> Iterator[Piece]:
    """What the caches of pivot tables hold: a copy of the rows they were made of."""
    for path in compound.paths:
        if path[0].lower().startswith("_sx_db") and len(path) == 2:
            book = _Book(address, budget, compound.read(path), Place(part="/".join(path)))
            yield from book.pieces()


def _rk(value: int) -> str:
    """A number in the short form of 30 bits ([MS-XLS] 2.5.217)."""
    if value & 2:
        number: float = (value >> 2) - (1 << 30 if value & 0x80000000 else 0)
    else:
        (number,) = _DOUBLE.unpack(b"\0\0\0\0" + _LONG.pack(value & 0xFFFFFFFC))
    return repr(number / 100 if value & 1 else number)


class _Book:
    """The records of one stream, from first to last."""

    def __init__(self, address: str, budget: Budget, data: bytes, place: Place | None = None) -> None:
        self.damage = ""
        self._address = address
        self._budget = budget
        self._data = data
        self._home = place or Place(part="Workbook")
        self._lines = Lines(address, budget)
        self._strings: list[str] = []
        self._used = bytearray()
        self._names: dict[int, str] = {}
        self._formats: dict[int, str] = {}
        self._xfs: list[int] = []
        self._styles: dict[int, Shown] = {}
        self._since_1904 = False
        self._codec = "cp932"
        self._old = False
        self._sheet = ""
        self._bofs: list[int] = []
        self._cells: Cells | None = None
        self._formulas: Cells | None = None
        self._pending: tuple[int, int] | None = None
        self._object = 0
        self._notes: dict[int, str] = {}
        self._placed: list[tuple[int, int, int, str]] = []
        self._handlers: dict[int, Callable[[bytes], None]] = {
            0x42: self._codepage, 0x22: self._date_mode, 0x41E: self._format, 0x1E: self._format, 0xE0: self._xf,
            0x85: self._bound, 0xFD: self._label_sst, 0x204: self._label, 0xD6: self._label, 0x203: self._number,
            0x27E: self._short, 0xBD: self._shorts, 0x06: self._formula, 0x206: self._formula, 0x406: self._formula,
            0x205: self._boolean, 0x1C: self._note, 0x18: self._name, 0x5D: self._obj,
            0x14: self._header, 0x15: self._header, 0x100D: self._series, 0xCD: self._cached,
            0xC9: lambda body: self._say(general(repr(_DOUBLE.unpack_from(body)[0]))),
            0x5C: self._header, 0x1B8: self._link, 0x1BE: self._validation, 0x1AE: self._book_name,
            0x23: self._outer_name, 0x5A: self._outer_cells,
        }  # fmt: skip
        self._longer: dict[int, Callable[[list[bytes]], None]] = {
            0xFC: self._shared, 0x1B6: self._boxed, 0xEB: self._drawn, 0xEC: self._drawn, 0x207: self._string,
        }  # fmt: skip

    # --- records ---

    def pieces(self) -> Iterator[Piece]:
        """The segments of the stream."""
        data, end, at = self._data, len(self._data), 0
        handlers = self._handlers
        while at + 4 <= end:
            kind, size = _HEAD.unpack_from(data, at)
            if at + 4 + size > end:
                self.damage = "the stream of records ends too early"
                break
            if kind in _BOFS or kind == _EOF:
                self._bracket(kind, at, data[at + 4 : at + 4 + size])
                yield from self._ready()
            elif handler := handlers.get(kind):
                self._safely(handler, data[at + 4 : at + 4 + size])
            elif longer := self._longer.get(kind):
                self._safely(longer, [data[at + 4 : at + 4 + size], *self._continuations(at + 4 + size)])
            elif kind == _FILEPASS:
                body = data[at + 4 : at + 4 + size]
                method = cipher(body[2:]) if body[:1] == b"\1" else XOR
                raise Unreadable("encrypted", f"a workbook under a password ({method})")
            at += 4 + size
            if self._cells is not None and self._cells.ready:
                yield from self._ready()
                self._budget.tick()
        self._bofs = []
        self._close_sheet()
        yield from self._ready()
        yield from self._unused()

    def _safely(self, handler: Callable[[_Body], None], body: _Body) -> None:
        """Hand a record to its handler; one that is too short for its fields is damage."""
        try:
            handler(body)
        except (struct.error, IndexError):
            self.damage = self.damage or "a record is shorter than its fields"

    def _continuations(self, at: int) -> list[bytes]:
        found = []
        while self._data[at : at + 2] == b"\x3c\0":
            size = int.from_bytes(self._data[at + 2 : at + 4], "little")
            found.append(self._data[at + 4 : at + 4 + size])
            at += 4 + size
        return found

    def _ready(self) -> Iterator[Piece]:
        for source in (self._cells, self._formulas, self._lines):
            while source is not None and source.ready:
                yield source.ready.popleft()

    def _bracket(self, kind: int, at: int, body: bytes) -> None:
        """A substream begins or ends: the globals, a sheet, a chart inside a sheet."""
        if kind == _EOF:
            self._bofs = self._bofs[:-1]
        else:
            what = int.from_bytes(body[2:4], "little")
            if not self._bofs:
                self._old = kind != _BOF or body[:2] == b"\0\5"
                self._sheet = "" if what == _GLOBALS else self._names.get(at, self._sheet)
            self._bofs = [*self._bofs[-8:], what]
        if len(self._bofs) + (kind == _EOF) < 2:
            self._close_sheet()
        else:
            self._close_cells()
        if self._bofs and self._bofs[-1] != _GLOBALS:
            label = "chart" if self._bofs[-1] == _CHART else ""
            self._cells = Cells(self._address, self._budget, self._sheet, label)
            self._formulas = Cells(self._address, self._budget, self._sheet, "formula")

    def _close_sheet(self) -> None:
        for row, column, number, author in self._placed:
            place = Place(sheet=self._sheet, cell=f"{column_letters(column)}{row + 1}", part="comments")
            self._lines.put(self._notes.pop(number, ""), place)
            self._lines.put(author, place)
        for text in self._notes.values():
            self._lines.put(text, Place(sheet=self._sheet, part="text boxes"))
        self._placed, self._notes = [], {}
        self._close_cells()
        self._lines.close()

    def _close_cells(self) -> None:
        for cells in (self._cells, self._formulas):
            if cells is not None:
                cells.close()
                self._lines.ready.extend(cells.ready)
        self._cells = self._formulas = None

    def _unused(self) -> Iterator[Piece]:
        """Shared strings that no cell shows: what was deleted from the sheets and kept in the file."""
        for text, used in zip(self._strings, self._used, strict=True):
            if not used:
                self._lines.put(text, Place(part="shared strings"), "unused")
                yield from self._ready()
        self._lines.close()
        yield from self._ready()

    def _say(self, text: str) -> None:
        place = Place(sheet=self._sheet) if self._sheet and self._cells is not None else self._home
        self._lines.put(text, place)

    # --- what the sheets share ---

    def _codepage(self, body: bytes) -> None:
        page = _WORD.unpack_from(body)[0]
        codec = _PAGES.get(page, f"cp{page}")
        try:
            codecs.lookup(codec)
            self._codec = codec
        except LookupError:
            pass

    def _date_mode(self, body: bytes) -> None:
        self._since_1904 = body[:1] == b"\1"

    def _format(self, body: bytes) -> None:
        number = _WORD.unpack_from(body)[0]
        self._formats[number] = self._short_text(body, 2) if self._old else text8(body, 2, long=True)[0]

    def _xf(self, body: bytes) -> None:
        self._xfs.append(_WORD.unpack_from(body, 2)[0])

    def _bound(self, body: bytes) -> None:
        offset = _LONG.unpack_from(body)[0]
        name = self._short_text(body, 6) if self._old else text8(body, 6, long=False)[0]
        self._names[offset] = name
        self._lines.put(name, self._home, "sheets")

    def _drawn(self, bodies: list[bytes]) -> None:
        for line in drawn(b"".join(bodies), self._budget):
            self._say(line)

    def _boxed(self, bodies: list[bytes]) -> None:
        """The text of a comment or text box, which stands in the continuations."""
        if len(bodies) > 1:
            self._notes[self._object] = Strings([bodies[0][10:12] + bodies[1], *bodies[2:]]).one()

    def _shared(self, bodies: list[bytes]) -> None:
        count = int.from_bytes(bodies[0][4:8], "little")
        strings = Strings(bodies)
        strings.at = 8
        held = 0
        while len(self._strings) < count and strings.more():
            text = strings.one()
            if "\0" in text:
                text, _, reading = text.partition("\0")
                self._lines.put(reading, Place(part="shared strings"), "phonetic")
            self._strings.append(text)
            held += len(text) + 64
            if not len(self._strings) & 0xFF:
                self._budget.hold(held)
                self._budget.tick()
        self._used = bytearray(len(self._strings))
        if len(self._strings) < count:
            self.damage = self.damage or "the shared strings end too early"

    # --- text ---

    def _short_text(self, body: bytes, at: int) -> str:
        return body[at + 1 : at + 1 + body[at]].decode(self._codec, "replace")

    def _long_text(self, body: bytes, at: int) -> str:
        if not self._old:
            return text8(body, at, long=True)[0]
        return body[at + 2 : at + 2 + _WORD.unpack_from(body, at)[0]].decode(self._codec, "replace")

    def _header(self, body: bytes) -> None:
        if body:
            text = self._short_text(body, 0) if self._old else text8(body, 0, long=True)[0]
            self._say(_HEADER_CODE.sub(" ", text))

    def _link(self, body: bytes) -> None:
        """A hyperlink ([MS-OSHARED] 2.3.7.1): its texts, and where it leads."""
        flags, at = _LONG.unpack_from(body, 28)[0], 32
        for flag in (0x10, 0x80, 0x100, 0x01, 0x08):
            if not flags & flag or (flag == 0x01 and flags & 0x100):
                continue
            size = 1 if flag == 0x01 else 2
            if flag == 0x01 and body.startswith(_FILE_MONIKER, at):
                at += 2
                size = -1
            at += 16 * (flag == 0x01)
            raw = body[at + 4 : at + 4 + abs(size) * _LONG.unpack_from(body, at)[0]]
            at += 4 + len(raw)
            self._say(raw.decode(self._codec if size < 0 else "utf-16-le", "replace").partition("\0")[0])
            if size < 0:
                at += 28 + int.from_bytes(body[at + 24 : at + 28], "little")

    def _book_name(self, body: bytes) -> None:
        """Another workbook and its sheets."""
        at = 2
        while at < len(body) and not self._old:
            text, at = text8(body, at, long=True)
            self._say(text.replace("\1", "").replace("\3", "/"))

    def _outer_name(self, body: bytes) -> None:
        self._say("" if self._old else text8(body, 6, long=False)[0])

    def _outer_cells(self, body: bytes) -> None:
        """What cells of another workbook held when it was last seen."""
        at = 4
        while at < len(body) and not self._old:
            if body[at] == 2:
                text, at = text8(body, at + 1, long=True)
                self._say(text)
                continue
            if body[at] == 1:
                self._say(general(repr(_DOUBLE.unpack_from(body, at + 1)[0])))
            at += 9

    def _series(self, body: bytes) -> None:
        self._say(self._short_text(body, 2) if self._old else text8(body, 2, long=False)[0])

    def _cached(self, body: bytes) -> None:
        self._say(self._long_text(body, 0))

    def _validation(self, body: bytes) -> None:
        at = 4
        for _ in range(4):
            text, at = text8(body, at, long=True)
            self._say(text)
        size = _WORD.unpack_from(body, at)[0]
        for text in literals(body[at + 4 : at + 4 + size]):
            self._lines.put(text.replace("\0", "\n"), Place(sheet=self._sheet), "formula")

    def _name(self, body: bytes) -> None:
        if self._old:
            self._lines.put(body[14 : 14 + body[3]].decode(self._codec, "replace"), self._home)
            return
        wide = body[14] & 1
        end = 15 + body[3] * (1 + wide)
        self._lines.put(body[15:end].decode("utf-16-le" if wide else "latin-1", "replace"), self._home)
        for text in literals(body[end : end + _WORD.unpack_from(body, 4)[0]]):
            self._lines.put(text, self._home)

    # --- cells ---

    def _put(self, row: int, column: int, text: str) -> None:
        if self._cells is None:
            self._cells = Cells(self._address, self._budget, self._sheet)
        self._cells.put(row, column, text[:LONGEST])

    def _show(self, style: int, number: str) -> str:
        shape = self._styles.get(style)
        if shape is None:
            code = self._xfs[style] if style < len(self._xfs) else 0
            shape = self._styles[style] = shown(code, self._formats.get(code), since_1904=self._since_1904)
        return shape(number)

    def _label_sst(self, body: bytes) -> None:
        row, column, _ = _CELL.unpack_from(body)
        index = _LONG.unpack_from(body, 6)[0]
        if index < len(self._strings):
            self._used[index] = 1
            self._put(row, column, self._strings[index])
        else:
            self.damage = self.damage or "a cell names a shared string that does not exist"

    def _label(self, body: bytes) -> None:
        row, column, _ = _CELL.unpack_from(body)
        self._put(row, column, self._long_text(body, 6))

    def _number(self, body: bytes) -> None:
        row, column, style = _CELL.unpack_from(body)
        self._put(row, column, self._show(style, repr(_DOUBLE.unpack_from(body, 6)[0])))

    def _short(self, body: bytes) -> None:
        row, column, style = _CELL.unpack_from(body)
        self._put(row, column, self._show(style, _rk(_LONG.unpack_from(body, 6)[0])))

    def _shorts(self, body: bytes) -> None:
        row, column = struct.unpack_from("<HH", body)
        for number in range((len(body) - 6) // 6):
            style, value = struct.unpack_from("<HI", body, 4 + 6 * number)
            self._put(row, column + number, self._show(style, _rk(value)))

    def _boolean(self, body: bytes) -> None:
        row, column, _ = _CELL.unpack_from(body)
        value = body[6]
        self._put(row, column, _ERRORS.get(value, "") if body[7] else "TRUE" if value else "FALSE")

    def _formula(self, body: bytes) -> None:
        row, column, style = _CELL.unpack_from(body)
        self._pending = None
        if body[12:14] != b"\xff\xff":
            self._put(row, column, self._show(style, repr(_DOUBLE.unpack_from(body, 6)[0])))
        elif body[6] == 0:
            self._pending = row, column
        elif body[6] == 1:
            self._put(row, column, "TRUE" if body[8] else "FALSE")
        if not self._old and self._formulas is not None:
            written = " ".join(literals(body[22 : 22 + int.from_bytes(body[20:22], "little")]))
            self._formulas.put(row, column, written.strip())

    def _string(self, bodies: list[bytes]) -> None:
        if self._pending:
            self._put(*self._pending, self._long_text(bodies[0], 0) if self._old else Strings(bodies).one())
            self._pending = None

    # --- beside the cells ---

    def _obj(self, body: bytes) -> None:
        self._object = _WORD.unpack_from(body, 6)[0] if body[:2] == b"\x15\0" else self._object + 1

    def _note(self, body: bytes) -> None:
        row, column, third, number = struct.unpack_from("<4H", body)
        if self._old:
            # The third field is the length of the text, which goes on in records for row 65,535.
            place = Place(sheet=self._sheet, cell=f"{column_letters(column)}{row + 1}", part="comments")
            self._lines.put(body[6 : 6 + third].decode(self._codec, "replace"), place)
        else:
            self._placed.append((row, column, number, text8(body, 8, long=True)[0]))
            self._budget.hold(64 * len(self._placed))
