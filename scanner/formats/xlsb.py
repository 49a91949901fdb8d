"""Binary workbooks of Excel 2007 and later (.xlsb): the cells of every sheet, the texts in all other parts, and what is
embedded.

Hidden sheets, rows and columns are read like the others; a formula's value is the one that was saved. Cells and
comments follow [MS-XLSB]; in every other record the strings are found by their lengths, so that none is missed.
"""

import re
import struct
from collections.abc import Callable, Iterator

from scanner.formats import Piece
from scanner.formats._cells import Cells, Lines
from scanner.formats._numbers import Shown, general, shown
from scanner.formats._ooxml import LOCAL_MARK, Entry, Package, embedded, is_xml, kind, opened
from scanner.formats._ooxml_text import Flow
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place, column_letters

NAME = "xlsb"
RANK = 105
ENDINGS = (".xlsb",)
_USUAL = "xl/workbook.bin"
_LONGEST = 1 << 15
_RECORD = 16 << 20
"""A record that claims to be longer is damage."""
_DOUBLE = struct.Struct("<d")
_LONG = struct.Struct("<I")
_FORMULA_STRING = 0x17
_BINARIES = ("/printersettings/", "/activex/", "/embeddings/", "/media/")
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_SHEET, _NUMBER_FORMAT, _STYLE, _STYLES, _SETTINGS, _ITEM, _ROW = 156, 44, 47, 617, 153, 19, 0
_COMMENT, _COMMENT_TEXT = 635, 637
_CELLS = {kind: kind for kind in (*range(1, 12), 62)} | {kind: kind - 11 for kind in range(12, 19)}
"""The kinds of cells; those from 12 to 18 leave out their column, as they follow the cell before."""
_LONG_CELLS = frozenset({*range(1, 12), 62})
_VALUES = {8: 6, 9: 5, 10: 4, 11: 3}
"""Formulas, and the kind of cell that holds the same value."""
_RELATION = re.compile(r"rId\d+")

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package whose main part is a binary workbook."""
    return kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The sheets in their order, the other parts, the embedded documents."""
    with opened(document, budget) as package:
        book = _Book(document.address, package, budget)
        yield from book.pieces()
        for entry in filter(is_xml, package.entries):
            part = package.take(entry.name)
            if part is not None:
                yield from Flow(document.address, Place(part=entry.name)).feed(package, part)
        yield from embedded(document, package)
        yield from package.damaged(document)


def records(package: Package, entry: Entry) -> Iterator[tuple[int, bytes]]:
    """The records of a part ([MS-XLSB] 2.1.4): kind and body."""
    rest = b""
    for chunk in package.chunks(entry):
        rest += chunk
        at = 0
        while (head := _head(rest, at)) is not None:
            kind, size, begin = head
            if size > _RECORD:
                package.note("a record is longer than any can be")
                return
            if begin + size > len(rest):
                break
            yield kind, rest[begin : begin + size]
            at = begin + size
        rest = rest[at:]
        package.budget.hold(len(rest))
    if rest:
        package.note("a part ends inside a record")


def _head(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Kind, size and begin of the body; None where the head is not complete."""
    if at + 6 > len(data) and at + 2 > len(data):
        return None
    kind = data[at]
    at += 1
    if kind & 0x80:
        if at >= len(data):
            return None
        kind = kind & 0x7F | (data[at] & 0x7F) << 7
        at += 1
    size = 0
    for shift in (0, 7, 14, 21):
        if at >= len(data):
            return None
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, size, at


def wide(body: bytes, at: int) -> tuple[str, int]:
    """A string with its length in four bytes, and where it ends; an empty one where it does not fit."""
    if at + 4 > len(body):
        return "", len(body)
    (count,) = _LONG.unpack_from(body, at)
    end = at + 4 + 2 * count
    if end > len(body):
        return "", at + 4
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _found(body: bytes, budget: Budget) -> Iterator[str]:
    """Every string in a record: a length, and as many characters that can be shown."""
    at = 0
    while at + 6 <= len(body):
        (count,) = _LONG.unpack_from(body, at)
        if 0 < count <= _LONGEST and at + 4 + 2 * count <= len(body) and _shows(body[at + 4 : at + 6]):
            budget.tick()
            text = body[at + 4 : at + 4 + 2 * count].decode("utf-16-le", "replace")
            if text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable() and "\ufffd" not in text:
                if not _RELATION.fullmatch(text) and (count > 1 or not text.isascii()):
                    yield text
                at += 4 + 2 * count
                continue
        at += 1


def _shows(first: bytes) -> bool:
    """Whether a character in UTF-16 can begin a text: spares most of the decoding."""
    return first[1] > 0 or first[0] >= 0x20 or first[0] in b"\t\n\r"


def _literals(formula: bytes) -> Iterator[str]:
    """The strings that are written in a formula."""
    at = formula.find(_FORMULA_STRING)
    while 0 <= at <= len(formula) - 5:
        count = formula[at + 1] | formula[at + 2] << 8
        text = formula[at + 3 : at + 3 + 2 * min(count, 256)].decode("utf-16-le", "replace")
        good = 0 < count <= 255 and len(text) == count and text.isprintable() and "\ufffd" not in text
        if good:
            yield text
        at = formula.find(_FORMULA_STRING, at + 3 + 2 * count if good else at + 1)


def _rk(value: int) -> str:
    if value & 2:
        number: float = (value >> 2) - (1 << 30 if value & 0x80000000 else 0)
    else:
        (number,) = _DOUBLE.unpack(b"\0\0\0\0" + _LONG.pack(value & 0xFFFFFFFC))
    return repr(number / 100 if value & 1 else number)


class _Book:
    """What the sheets share, and the sheets one after another."""

    def __init__(self, address: str, package: Package, budget: Budget) -> None:
        self._address = address
        self._package = package
        self._budget = budget
        self._strings: list[str] = []
        self._used = bytearray()
        self._styles: list[Shown] = []
        self._lines = Lines(address, budget)
        self._cells = Cells(address, budget, "")
        self._formulas = Cells(address, budget, "")
        self._row = 0
        self._column = -1
        self._since_1904 = False
        self._readers: dict[int, Callable[[bytes], str]] = {
            2: lambda body: self._show(body, _rk(_LONG.unpack_from(body, 8)[0])),
            3: lambda body: _ERRORS.get(body[8], ""),
            4: lambda body: "TRUE" if body[8] else "FALSE",
            5: lambda body: self._show(body, repr(_DOUBLE.unpack_from(body, 8)[0])),
            6: lambda body: wide(body, 8)[0],
            7: lambda body: self._shared(_LONG.unpack_from(body, 8)[0]),
            62: lambda body: wide(body, 9)[0],
        }

    def pieces(self) -> Iterator[Piece]:
        """The segments of all binary parts."""
        package = self._package
        main = package.main(_USUAL)
        relations = {relation.id: relation for relation in package.relations(main)}
        targets = {relation.type: relation.target for relation in relations.values()}
        sheets = self._workbook(main, {identity: relation.target for identity, relation in relations.items()})
        self._load_styles(targets.get("styles", "xl/styles.bin"))
        yield from self._load_strings(targets.get("sharedStrings", "xl/sharedStrings.bin"))
        for entry in package.entries:
            if entry.name.lower().startswith("xl/worksheets/") and entry.name.lower().endswith(".bin"):
                sheets.setdefault(entry.name, entry.name)
        for part, name in sheets.items():
            yield from self._sheet(part, name)
        yield from self._unused()
        owners = package.owners(sheets, frozenset({"pivotCacheDefinition", "theme", "styles", "sharedStrings"}))
        for entry in package.entries:
            if self._is_binary(entry) and (taken := package.take(entry.name)):
                yield from self._part(taken, owners.get(entry.name.lower(), ""))

    def _is_binary(self, entry: Entry) -> bool:
        name = entry.name.lower()
        if not name.endswith(".bin") or "vbaproject" in name:
            return False
        return not any(folder in name for folder in _BINARIES)

    def _ready(self, *, close: bool = False) -> Iterator[Piece]:
        for source in (self._cells, self._formulas, self._lines):
            if close:
                source.close()
            while source.ready:
                yield source.ready.popleft()

    # --- what the sheets share ---

    def _workbook(self, main: str, targets: dict[str, str]) -> dict[str, str]:
        """The sheets, by their parts; everything else that the main part says becomes lines."""
        sheets: dict[str, str] = {}
        entry = self._package.take(main)
        if entry is None:
            self._package.note("its main part is missing")
            return sheets
        for what, body in records(self._package, entry):
            if what == _SETTINGS and body:
                self._since_1904 = bool(body[0] & 1)
            for text in _found(body, self._budget):
                self._lines.put(text, Place(part=main))
            if what == _SHEET:
                identity, at = wide(body, 8)
                if identity in targets:
                    sheets[targets[identity]] = wide(body, at)[0]
        return sheets

    def _load_styles(self, part: str) -> None:
        entry = self._package.take(part)
        codes: dict[int, str] = {}
        inside = False
        for what, body in records(self._package, entry) if entry else ():
            if what == _NUMBER_FORMAT and len(body) > 2:
                codes[body[0] | body[1] << 8] = wide(body, 2)[0]
            elif what == _STYLE and inside and len(body) > 4:
                number = body[2] | body[3] << 8
                self._styles.append(shown(number, codes.get(number), since_1904=self._since_1904))
            elif what in (_STYLES, _STYLES + 1):
                inside = what == _STYLES

    def _load_strings(self, part: str) -> Iterator[Piece]:
        entry = self._package.take(part)
        held = 0
        for what, body in records(self._package, entry) if entry else ():
            if what != _ITEM or not body:
                continue
            text, at = wide(body, 1)
            self._strings.append(text)
            if body[0] & 2:
                at += 4 + 4 * _LONG.unpack_from(body, at)[0] if body[0] & 1 and at + 4 <= len(body) else 0
                self._lines.put(wide(body, at)[0], Place(part=part), "phonetic")
                yield from self._ready()
            held += len(text) + 64
            self._budget.hold(held)
        self._used = bytearray(len(self._strings))
        yield from self._ready(close=True)

    def _unused(self) -> Iterator[Piece]:
        for text, used in zip(self._strings, self._used, strict=True):
            if not used:
                self._lines.put(text, Place(part="xl/sharedStrings.bin"), "unused")
                yield from self._ready()
        yield from self._ready(close=True)

    def _shared(self, index: int) -> str:
        if index < len(self._strings):
            self._used[index] = 1
            return self._strings[index]
        self._package.note("a cell names a shared string that does not exist")
        return ""

    def _show(self, body: bytes, number: str) -> str:
        style = body[4] | body[5] << 8 | body[6] << 16
        return self._styles[style](number) if style < len(self._styles) else general(number)

    # --- sheets and the rest ---

    def _sheet(self, part: str, name: str) -> Iterator[Piece]:
        entry = self._package.take(part)
        if entry is None:
            return
        self._cells = Cells(self._address, self._budget, name)
        self._formulas = Cells(self._address, self._budget, name, "formula")
        self._row = 0
        place = Place(sheet=name)
        for what, body in records(self._package, entry):
            if what == _ROW and len(body) >= 4:
                self._row = min(_LONG.unpack_from(body)[0], 1 << 20)
                self._column = -1
                self._budget.tick()
            elif what in _CELLS:
                self._cell(_CELLS[what], body if what in _LONG_CELLS else _LONG.pack(self._column + 1) + body)
            else:
                for text in _found(body, self._budget):
                    self._lines.put(text, place)
            if self._cells.ready:
                yield from self._ready()
        yield from self._ready(close=True)

    def _cell(self, kind: int, body: bytes) -> None:
        """A cell, or (from 8 on) a formula with its value."""
        value = _VALUES.get(kind, kind)
        try:
            self._column = column = min(_LONG.unpack_from(body)[0], 1 << 14)
            if value in self._readers:
                self._cells.put(self._row, column, self._readers[value](body)[:_LONGEST])
        except (struct.error, IndexError):
            self._package.note("a record is shorter than its fields")
            return
        if kind in _VALUES:
            begin = wide(body, 8)[1] if kind == 8 else 16 if kind == 9 else 9
            self._formulas.put(self._row, column, " ".join(_literals(body[begin + 6 :])))

    def _part(self, entry: Entry, sheet: str) -> Iterator[Piece]:
        """Any other binary part: comments by their cells, elsewhere every string."""
        place = Place(part=entry.name, sheet=sheet or None)
        cell = place
        for what, body in records(self._package, entry):
            self._budget.tick()
            if what == _COMMENT and len(body) >= 20:
                row, _, column = struct.unpack_from("<III", body, 4)
                cell = Place(
                    part=entry.name, sheet=sheet or None, cell=f"{column_letters(min(column, 1 << 14))}{row + 1}"
                )
            for text in _found(body, self._budget):
                self._lines.put(text, cell if what == _COMMENT_TEXT else place)
            yield from self._ready()
        yield from self._ready(close=True)
