"""Workbooks (.xlsx, .xlsm, .xltx and those under another name): the cells of every sheet, every other XML part, and
what is embedded.

Cells are cut out of a worksheet by regular expressions, in blocks of rows, as a parser would take three times as long;
all other XML is parsed. Hidden sheets, rows and columns are read like the others. It computes nothing: a formula's
value is the one that was saved.
"""

import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from scanner.formats import Piece
from scanner.formats._numbers import Shown, general, shown
from scanner.formats._ooxml import DOCTYPE, LOCAL_MARK, Entry, Package, Relation, embedded, is_xml, kind, opened
from scanner.formats._ooxml_text import BLOCK_CHARS, Flow
from scanner.limits import MIB, Budget
from scanner.model import Document, Segment
from scanner.origin import Cell, FixedOrigin, Place, Row, SheetOrigin, Table

NAME = "xlsx"
RANK = 100
ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xltm")
_USUAL = "xl/workbook.xml"
_SHARED = frozenset({"pivotCacheDefinition", "theme", "styles", "sharedStrings", "externalLink"})
_STRING_WEIGHT = 64
"""What a string costs in memory beside its characters."""

_ROOT = re.compile(r"<(?![?!])(?:([A-Za-z_][\w.-]*):)?\w")
_CDATA = re.compile(r"<!\[CDATA\[((?:[^\]<]|\](?!\]>)|<(?!!\[CDATA\[))*+)\]\]>")
_COMMENT = re.compile(r"<!--(?:[^-]|-(?!-))*+-->")
_TEXT = re.compile(r"<t(?:\s[^<>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(r"<rPh\b[^<]*+(?:<(?!/?rPh\b)[^<]*+)*+</rPh>")
_VALUE = re.compile(r"<v(?:\s[^<>]*)?>([^<]*)</v>")
_FORMULA = re.compile(r"<f(?:\s[^<>]*)?>([^<]*)</f>")
_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"&#(x[0-9A-Fa-f]{1,8}|[0-9]{1,9});")
_ATTRIBUTE = re.compile(r"\s(r|s|t)=[\"']([^\"']*)[\"']")
_LETTERS = re.compile(r"[A-Z]{1,3}")
_ROW_NUMBER = re.compile(r"\sr=[\"'](\d{1,7})[\"']")
_SHEET_DATA = re.compile(r"<sheetData(?:\s[^<>]*)?(?<!/)>")
_TOKEN = re.compile(
    r"<(?:(row)(?=[\s/>])([^<>]*)>"
    r"|c(?=[\s/>])(?: r=\"([A-Z]{1,3})\d{1,7}\")?([^<>]*?)(?:/>|>"
    r"(?:<v>([^<]*)</v>|([^<]*+(?:<(?!/?c[\s/>]|/?row[\s/>])[^<]*+)*+))</c>))"
)
"""A row's attributes; or a cell's column, other attributes, and its value alone or the body that holds more."""
_HEADER = re.compile(r"(<(?:odd|even|first)(?:Header|Footer)>)([^<]*)")
_HEADER_CODE = re.compile(r"&amp;(?:&quot;[^&<]*&quot;|\"[^\"<]*\"|K[0-9A-F]{6}|\d{1,3}|[A-Z]|&amp;)")
_SPACES = str.maketrans("\t\n\r", "   ")

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package whose main part is a workbook."""
    return kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The sheets in their order, the other parts, the embedded documents."""
    with opened(document, budget) as package:
        main = package.main(_USUAL)
        if package.find(main) is None:
            package.note("its main part is missing")
        book = _Workbook(document.address, package, main, budget)
        yield from book.strings()
        for path, name in book.sheets.items():
            sheet = package.take(path)
            if sheet is not None:
                yield from _Sheet(book, name).feed(sheet)
        yield from book.unused()
        owners = package.owners(book.sheets, _SHARED)
        for entry in filter(is_xml, package.entries):
            part = package.take(entry.name)
            if part is not None:
                place = Place(part=entry.name, sheet=owners.get(entry.name.lower()))
                own = entry.name.lower().startswith("customxml/")
                yield from _NoteFlow(document.address, place, generic=own).feed(package, part)
        yield from embedded(document, package)
        yield from package.damaged(document)


class _NoteFlow(Flow):
    """A part of a workbook; of a comment the cell is known."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A comment on a cell begins a segment of its own."""
        local = tag.rpartition(":")[2]
        if local == "n" and "v" in attributes:
            # A number in a pivot cache.
            attributes["v"] = general(attributes["v"])
        super().start(tag, attributes)
        if "ref" in attributes and local in {"comment", "threadedComment"}:
            self._break()
            self._emit_text()
            self._place = replace(self._place, cell=attributes["ref"][:16])


class _Workbook:
    """What the sheets share: strings, styles, and which sheets there are (part → name)."""

    def __init__(self, address: str, package: Package, main: str, budget: Budget) -> None:
        self.address = address
        self.package = package
        self.budget = budget
        self.values: list[str] = []
        self._used = bytearray()
        self._part = ""
        self._targets = {relation.type: relation.target for relation in package.relations(main)}
        self._main = main
        self.sheets = self._sheets()
        self._shown = self._styles()
        self.converters: dict[str, tuple[int | None, Callable[[str], str]]] = {}

    def _sheets(self) -> dict[str, str]:
        relations = {relation.id: relation for relation in self.package.relations(self._main)}
        found: dict[str, str] = {}
        for _, attributes in self.package.elements(self._main, "sheet"):
            named = [relations[value] for value in attributes.values() if value in relations]
            usual = Relation("", "worksheet", f"xl/worksheets/sheet{attributes.get('sheetId', '')}.xml")
            for relation in named or [usual]:
                if relation.type in {"worksheet", "xlMacrosheet", "xlIntlMacrosheet"}:
                    found[relation.target] = attributes.get("name", "")
        for entry in self.package.entries:
            if entry.name.lower().startswith(("xl/worksheets/sheet", "xl/macrosheets/sheet")) and is_xml(entry):
                found.setdefault(entry.name, entry.name)
        return found

    def _styles(self) -> list[Shown]:
        """How numbers look under each cell style."""
        since_1904 = any(
            attributes.get("date1904") in {"1", "true"}
            for _, attributes in self.package.elements(self._main, "workbookPr")
        )
        codes: dict[int, str] = {}
        styles: list[Shown] = []
        inside = False
        part = self._targets.get("styles", "xl/styles.xml")
        for name, attributes in self.package.elements(part, "numFmt", "cellStyleXfs", "cellXfs", "xf", "dxfs"):
            number = _whole(attributes.get("numFmtId", ""))
            if name == "numFmt" and number is not None:
                codes.setdefault(number, attributes.get("formatCode", ""))
            elif name == "xf" and inside:
                styles.append(shown(number or 0, codes.get(number or 0), since_1904=since_1904))
            else:
                inside = name == "cellXfs"
        return styles

    # --- shared strings ---

    def strings(self) -> Iterator[Segment]:
        """Load the shared strings; what is handed out are their phonetic readings."""
        entry = self.package.take(self._targets.get("sharedStrings", "xl/sharedStrings.xml"))
        if entry is None:
            return
        held, end = 0, ""
        readings: list[str] = []
        for text in _pieces(self.package, entry, "</si>"):
            items = text.split("</si>")
            end = items.pop()
            for item in items if "<t" not in end else (*items, end):
                if "<rPh" in item:
                    readings += _readings(item)
                value = _joined(item)
                self.values.append(value)
                held += len(value) + _STRING_WEIGHT
            self.budget.hold(held + sum(map(len, readings)))
            if len(readings) > 1024:
                yield self.lines(readings, Place(part=entry.name), "phonetic")
                readings = []
        if "</sst" not in end and self.values:
            self.package.note("the shared strings end too early")
        if readings:
            yield self.lines(readings, Place(part=entry.name), "phonetic")
        self._used = bytearray(len(self.values))
        self._part = entry.name

    def unused(self) -> Iterator[Segment]:
        """Shared strings that no cell shows: what was deleted from the sheets and kept in the file."""
        lines: list[str] = []
        size = 0
        for value, used in zip(self.values, self._used, strict=True):
            if not used and value:
                lines.append(value)
                size += len(value)
                if size > BLOCK_CHARS:
                    yield self.lines(lines, Place(part=self._part), "unused")
                    lines, size = [], 0
        if lines:
            yield self.lines(lines, Place(part=self._part), "unused")

    def lines(self, lines: list[str], place: Place, label: str) -> Segment:
        """A segment of lines at one place."""
        return Segment(text="\n".join(lines), address=self.address, origin=FixedOrigin(place), label=label)

    # --- cells ---

    def converter(self, attributes: str) -> tuple[int | None, Callable[[str], str]]:
        """The column, where the attributes of a cell name it, and what makes its text of its value."""
        found = dict(_ATTRIBUTE.findall(attributes))
        letters = _LETTERS.match(found.get("r", ""))
        column = _column(letters[0]) if letters else None
        result = column, self._convert(found.get("t", "n"), _whole(found.get("s", "0")) or 0)
        if column is None and len(self.converters) < 1 << 16:
            self.converters[attributes] = result
        return result

    def _convert(self, kind: str, style: int) -> Callable[[str], str]:
        if kind == "s":
            return self._shared
        if kind == "b":
            return _boolean
        if kind == "n":
            return self._shown[style] if style < len(self._shown) else general
        return _plain

    def _shared(self, value: str) -> str:
        try:
            index = int(value)
            if index >= 0:
                self._used[index] = 1
                return self.values[index]
        except (ValueError, IndexError):
            pass
        self.package.note("a cell names a shared string that does not exist")
        return ""


class _Block:
    """Rows that are being gathered for one segment."""

    __slots__ = ("rows", "lines", "cells", "texts", "at")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.lines: list[str] = []
        self.cells: list[Cell] = []
        self.texts: list[str] = []
        self.at = 0

    def end_row(self, number: int) -> None:
        """The row is over."""
        if self.cells:
            self.rows.append(Row(number, tuple(self.cells)))
            self.lines.append("\t".join(self.texts))
            self.cells, self.texts = [], []


class _Sheet:
    """One worksheet: its grid in blocks of rows, the strings in its formulas, and what stands around the grid."""

    def __init__(self, book: _Workbook, name: str) -> None:
        self._book = book
        self._name = name
        self._row = 0
        self._column = -1
        self._block = _Block()
        self._formulas = _Block()
        self._readings: list[str] = []

    def feed(self, entry: Entry) -> Iterator[Segment]:
        """The segments of the worksheet."""
        book = self._book
        around: list[str] = []
        for text in _pieces(book.package, entry, "</row>", around):
            yield from self._cells(text)
        self._end_row()
        yield from self._flush()
        if self._readings:
            yield book.lines(self._readings, Place(sheet=self._name), "phonetic")
        yield from self._around(entry, "".join(around))

    def _around(self, entry: Entry, text: str) -> Iterator[Segment]:
        """What the worksheet holds beside its cells: validation, headers, hyperlinks, conditions."""
        package = self._book.package
        flow = Flow(self._book.address, Place(sheet=self._name, part=entry.name))
        text = _HEADER.sub(lambda match: match[1] + _HEADER_CODE.sub(" ", match[2]), text)
        yield from flow.run(package, entry.name, iter([text.encode("utf-8", "replace")]))

    def _cells(self, text: str) -> Iterator[Segment]:
        converters = self._book.converters
        block = self._block
        for is_row, row, letters, attributes, value, body in _TOKEN.findall(text):
            if is_row:
                self._start_row(row)
                continue
            column, convert = converters.get(attributes) or self._book.converter(attributes)
            self._column = column = _COLUMNS[letters] if letters else self._column + 1 if column is None else column
            if body:
                value = self._value(body)
                if "<v" not in body:
                    convert = _identity
            if not value:
                continue
            shown = convert(value)
            if not shown:
                continue
            at = block.at
            block.at = end = at + len(shown) + 1
            block.cells.append(Cell(at, end - 1, column))
            block.texts.append(shown)
            if end > BLOCK_CHARS:
                self._end_row()
                yield from self._flush()
                block = self._block

    def _start_row(self, attributes: str) -> None:
        self._end_row()
        number = _ROW_NUMBER.search(attributes)
        self._row = int(number[1]) if number else self._row + 1
        self._column = -1

    def _end_row(self) -> None:
        self._block.end_row(self._row)
        self._formulas.end_row(self._row)

    def _value(self, body: str) -> str:
        """The value in the body of a cell that has more than a value."""
        if "<f" in body and ("&quot;" in body or '"' in body):
            for formula in _FORMULA.findall(body):
                self._quote(_unescaped(formula))
        value = _VALUE.search(body)
        if value:
            return value[1]
        if "<rPh" in body:
            self._readings += _readings(body)
        return _joined(body)

    def _quote(self, formula: str) -> None:
        text = " ".join(_QUOTED.findall(formula)).translate(_SPACES).strip()
        if text:
            block = self._formulas
            block.cells.append(Cell(block.at, block.at + len(text), self._column))
            block.texts.append(text)
            block.at += len(text) + 1

    def _flush(self) -> Iterator[Segment]:
        for block, name, label in (
            (self._block, self._name, ""),
            (self._formulas, f"{self._name} formulas", "formula"),
        ):
            if block.rows:
                text = "\n".join(block.lines)
                # One string may stand in a million cells: what is counted is what comes out.
                self._book.budget.expand(len(text))
                yield Segment(
                    text=text,
                    address=self._book.address,
                    origin=SheetOrigin(self._name),
                    label=label,
                    table=Table(name=name, rows=tuple(block.rows)),
                )
        self._block, self._formulas = _Block(), _Block()


# --- characters -------------------------------------------------------------------------------------------------------


class _Columns(dict[str, int]):
    """Columns, counted from 0, by their letters."""

    def __missing__(self, letters: str) -> int:
        self[letters] = _column(letters)
        return self[letters]


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


_COLUMNS = _Columns()


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _boolean(text: str) -> str:
    return {"1": "TRUE", "0": "FALSE"}.get(text, text)


def _identity(text: str) -> str:
    return text


def _plain(text: str) -> str:
    """Character data as a cell shows it, on one line."""
    if "&" in text:
        text = _unescaped(text)
    if "_x" in text:
        text = _ESCAPE.sub(lambda match: _char(int(match[1], 16)), text)
    return text.translate(_SPACES) if "\n" in text or "\t" in text or "\r" in text else text


def _unescaped(text: str) -> str:
    """Without the references that XML knows."""
    if "&#" in text:
        text = _REFERENCE.sub(lambda match: _referred(match[1]), text)
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        if name in text:
            text = text.replace(name, char)
    return text


@lru_cache(maxsize=1 << 14)
def _referred(number: str) -> str:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    # An ampersand must not begin a reference once more.
    return "&amp;" if code == 38 else chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _char(code: int) -> str:
    """ST_Xstring (ECMA-376 part 1, 22.9.2.19): characters that XML cannot hold."""
    return " " if code < 32 or 0xD800 <= code < 0xE000 else chr(code)


def _joined(item: str) -> str:
    """The text of a rich string, all runs, without its phonetic readings."""
    if "<rPh" in item:
        item = _PHONETIC.sub("", item)
    found = _TEXT.findall(item)
    return _plain(found[0] if len(found) == 1 else "".join(found)) if found else ""


def _readings(item: str) -> list[str]:
    """The phonetic readings of a rich string, joined to one."""
    text = _plain("".join(part for run in _PHONETIC.findall(item) for part in _TEXT.findall(run)))
    return [text] if text else []


def _pieces(package: Package, entry: Entry, end: str, around: list[str] | None = None) -> Iterator[str]:
    """The part as text without namespace prefixes, in pieces that end with `end` (the last one with the part).

    With `around`, only what lies inside ``sheetData``; the rest is put there.
    """
    texts = _texts(package, entry)
    gathered: list[str] = []
    size = 0
    for text in texts if around is None else _grid(texts, around, package.budget):
        cut = text.rfind(end)
        if cut < 0 and size > MIB:
            # Not even a row ends here: a cell will do.
            cut = text.rfind("</c>") - len(end) + len("</c>")
        if cut < 0:
            size += len(text)
            package.budget.hold(size)
            gathered.append(text)
            continue
        cut += len(end)
        yield _clean("".join((*gathered, text[:cut])))
        gathered = [text[cut:]]
        size = len(text) - cut
    yield _clean("".join(gathered))


def _grid(texts: Iterator[str], around: list[str], budget: Budget) -> Iterator[str]:
    """What lies inside ``sheetData``; what lies outside goes to `around`."""
    state, size = 0, 0
    for text in texts:
        if state == 0 and (begin := _SHEET_DATA.search(text)):
            around.append(text[: begin.start()])
            text = text[begin.end() :]
            state = 1
        if state == 1:
            inside, found, after = text.partition("</sheetData>")
            yield inside
            state, text = (2, after) if found else (1, "")
        around.append(text)
        size += len(text)
        budget.hold(size)


def _texts(package: Package, entry: Entry) -> Iterator[str]:
    """The part decoded, in texts that never end inside a tag."""
    decoder: codecs.IncrementalDecoder | None = None
    prefix: str | None = None
    rest = ""
    for chunk in package.chunks(entry):
        if decoder is None:
            name = "utf-16" if chunk[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
            decoder = codecs.getincrementaldecoder(name)("replace")
        text = rest + decoder.decode(chunk)
        cut = text.rfind("<")
        if cut <= 0 and len(text) > MIB:
            cut = len(text)
        rest, text = text[max(cut, 0) :], text[: max(cut, 0)]
        if prefix is None and (root := _ROOT.search(text)):
            prefix = root[1] or ""
            if "<!DOCTYPE" in text[: root.start()]:
                package.note(DOCTYPE)
                return
            text = text[root.start() :]
        yield text.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</") if prefix else text
    yield rest.replace(f"</{prefix}:", "</") if prefix else rest


def _clean(text: str) -> str:
    """Without comments, and with CDATA sections as ordinary text."""
    if "<!" not in text:
        return text
    return _CDATA.sub(lambda match: html.escape(match[1]), _COMMENT.sub("", text))
