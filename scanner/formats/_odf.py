"""OpenDocument packages (ISO/IEC 26300): which kind one is, and their XML as text, tables, cells, notes and changes.

One machine serves texts, workbooks and presentations, as they share a vocabulary; it goes by local names. What it does
not know it reads as lines. Package and XML parser are those of the Office Open XML formats.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._cells import Cells, Lines
from scanner.formats._numbers import general
from scanner.formats._ooxml import LOCAL_MARK, Entry, Package, embedded, is_xml, opened, parser
from scanner.formats._prose import Prose
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import Place, column_letters

_MIMETYPE = re.compile(rb"mimetypeapplication/vnd\.(?:oasis\.opendocument|sun\.xml)\.([a-z]+)")
_KINDS = {
    b"spreadsheet": "ods", b"calc": "ods", b"presentation": "odp", b"impress": "odp", b"graphics": "odp",
    b"draw": "odp", b"text": "odt", b"writer": "odt", b"formula": "odt", b"math": "odt", b"chart": "odt",
    b"database": "odt",
    b"base": "odt",
}  # fmt: skip
_MANIFEST = "META-INF/manifest.xml"
_COPIES = ("ObjectReplacements/", "Pictures/TablePreview", "mimetype", "manifest.rdf")
"""Parts that show once more what is read itself, or say what the package is made of."""
_SPACE = re.compile(r"\s+")
_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_MOST_COPIES = 64
"""A cell that is repeated is put into so many columns; beyond, nothing new is to be seen."""
_LAST = 1 << 20
_NAMES = re.compile(r"^(?:style|fo|number|config):|style|font|family|master-page|page-layout|display|bullet|language")
_TELLING = frozenset({"string-value", "label", "current-value", "title", "description", "formula", "condition", "tag"})
Attributes = Mapping[str, str]
Closer = Callable[[], None] | None


def kind(document: Document) -> str:
    """``ods``, ``odt``, ``odp`` by the type that the package begins with, or an empty string."""
    if not document.head.startswith(LOCAL_MARK):
        return ""
    match = _MIMETYPE.search(document.head[:256])
    if match:
        return _KINDS.get(match[1], "")
    bare = b"content.xml" in document.head or b"META-INF/manifest.xml" in document.head
    return {".ods": "ods", ".odt": "odt", ".odp": "odp"}.get(document.suffix, "") if bare else ""


def read(document: Document, budget: Budget, form: str) -> Iterator[Piece]:
    """The content, styles (which hold headers and masters), properties, the other parts, what is embedded."""
    with opened(document, budget) as package:
        _refuse_encrypted(package)
        first = [entry for name in ("content.xml", "styles.xml", "meta.xml") if (entry := package.find(name))]
        if not first or first[0].name != "content.xml":
            package.note("its main part is missing")
        for entry in (*first, *filter(is_xml, package.entries)):
            part = package.take(entry.name)
            if part is not None and not entry.name.startswith("META-INF/"):
                yield from Machine(document.address, part.name, budget, form).feed(package, part)
        for entry in package.entries:
            if entry.name.startswith(_COPIES):
                package.take(entry.name)
        yield from embedded(document, package)
        yield from package.damaged(document)


def _refuse_encrypted(package: Package) -> None:
    """Parts under a password are listed in the manifest with their method."""
    found = package.elements(_MANIFEST, "encryption-data", "algorithm")
    if any(element.name == "encryption-data" for element in found):
        names = [value for e in found for key, value in e.attributes.items() if key.endswith("algorithm-name")]
        method = names[0].rpartition("#")[2].rpartition("/")[2][:24] if names else "method not named"
        plain = method if re.fullmatch(r"[\w .:-]+", method) else "method not named"
        raise Unreadable("encrypted", f"an OpenDocument file under a password ({plain})")


class Machine:
    """Turns the events of an XML parser into segments, which gather in `ready`."""

    def __init__(self, address: str, part: str, budget: Budget, form: str) -> None:
        self.ready: deque[Segment] = deque()
        self._address = address
        self._part = part
        self._budget = budget
        self._sheets = form == "ods" and part == "content.xml"
        self._closers: list[Closer] = []
        self._proses = [self._prose(Place(part=part))]
        self._lines = Lines(address, budget)
        self._sinks: list[list[str]] = []
        self._deleted: dict[str, str] = {}
        self._held = 0
        self._open = 0
        self._muted = 0
        self._slide = 0
        self._loose: list[str] = []
        self._sheet = ""
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._cells: Cells | None = None
        self._formulas: Cells | None = None
        self._kept: Attributes = {}

    def _prose(self, place: Place) -> Prose:
        return Prose(self._address, place, self._budget)

    def feed(self, package: Package, entry: Entry) -> Iterator[Segment]:
        """The segments of one part."""
        machine = parser()
        machine.StartElementHandler = self.start
        machine.EndElementHandler = self.end
        machine.CharacterDataHandler = self.text
        for _ in package.parse(machine, package.chunks(entry)):
            self._budget.hold(self._held)
            yield from self._drain()
        while self._closers:
            self.end("")
        for text in self._deleted.values():
            self._lines.put(text, Place(part="tracked changes"))
        for prose in self._proses:
            self.ready.extend(prose.finish())
        self._lines.close()
        yield from self._drain()

    def _drain(self) -> Iterator[Segment]:
        for source in (self._cells, self._formulas, self._lines):
            if source is not None:
                self.ready.extend(source.ready)
                source.ready.clear()
        self.ready.extend(self._proses[-1].drain())
        while self.ready:
            yield self.ready.popleft()

    # --- events ---

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._settle()
        local = tag.rpartition(":")[2]
        handler = _STARTS.get(local)
        self._closers.append(handler(self, attributes) if handler else None)
        if attributes and not self._muted:
            self._notice(attributes)

    def end(self, _: str) -> None:
        """An element ends."""
        self._settle()
        closer = self._closers.pop()
        if closer is not None:
            closer()

    def text(self, data: str) -> None:
        """Character data."""
        if self._muted:
            return
        if self._open or self._sinks:
            self._say(_SPACE.sub(" ", data))
        else:
            self._loose.append(data)

    def _say(self, text: str) -> None:
        if self._sinks:
            self._sinks[-1].append(text)
            self._held += len(text)
        else:
            self._proses[-1].say(text)

    def _settle(self) -> None:
        """Text outside of paragraphs: properties, and what the office programs keep for themselves."""
        if self._loose:
            text = "".join(self._loose).strip()
            self._loose = []
            if self._part.endswith("meta.xml") or not text.isascii() or "@" in text:
                self._lines.put(text, Place(part=self._part))

    def _notice(self, attributes: Attributes) -> None:
        """Attributes that people fill in."""
        for name, value in attributes.items():
            local = name.rpartition(":")[2]
            if local == "href":
                if ":" in value:
                    self._lines.put(value, self._place(), "attributes")
            elif (local in _TELLING or not value.isascii() or "@" in value) and not _NAMES.search(name):
                if local == "formula" or local == "condition":
                    value = "\n".join(_QUOTED.findall(value)) if not self._sheets or local == "condition" else ""
                if not (self._sheets and local == "string-value"):
                    self._lines.put(value, self._place(), "attributes")

    def _place(self) -> Place:
        return Place(sheet=self._sheet) if self._sheet else Place(part=self._part, slide=self._slide or None)

    # --- text ---

    def paragraph(self, _: Attributes) -> Closer:
        """A paragraph or heading; inside another one it belongs to a text box."""
        if self._sinks:
            return lambda: self._say("\n")
        if self._open:
            return self.aside("text boxes")
        self._open += 1
        self._proses[-1].begin("p")
        return self._end_paragraph

    def _end_paragraph(self) -> None:
        self._open -= 1
        self._proses[-1].end("p")

    def aside(self, name: str) -> Closer:
        """Text that must not run into what surrounds it; it gets a place of its own."""
        self._sinks.append([])
        place = Place(sheet=self._sheet or None, slide=self._slide or None, part=name)
        if self._sheets and self._sheet and name == "comments":
            place = Place(sheet=self._sheet, cell=f"{column_letters(self._column)}{self._row + 1}", part=name)

        def close() -> None:
            self._lines.put(self._taken(), place)

        return close

    def _taken(self) -> str:
        text = "".join(self._sinks.pop())
        self._held -= len(text)
        return text

    def mute(self, _: Attributes) -> Closer:
        """Numbers and dates that say nothing by themselves."""
        self._muted += 1

        def close() -> None:
            self._muted -= 1

        return close

    def char(self, text: str) -> Closer:
        """A character that has an element."""
        if self._open or self._sinks:
            self._say(text)
        return None

    def separate(self, _: Attributes) -> Closer:
        """A line of its own inside an aside."""
        return (lambda: self._say("\n")) if self._sinks else None

    def region(self, attributes: Attributes) -> Closer:
        """A tracked change: what was deleted comes back where the text says that it was."""
        identity = next((value for name, value in attributes.items() if name.endswith("id")), "")
        self._sinks.append([])

        def close() -> None:
            text = self._taken().strip()
            if text:
                self._deleted[identity] = text
                self._held += len(text) + 64

        return close

    def change(self, attributes: Attributes) -> Closer:
        """Where a deleted text was."""
        text = self._deleted.pop(attributes.get("text:change-id", ""), "")
        if text and not self._sinks and self._open:
            self._proses[-1].say(text.partition("\n")[2] or text, deleted=True)
            self._lines.put(text.partition("\n")[0] if "\n" in text else "", Place(part="tracked changes"))
        return None

    def section(self, place: Place) -> Closer:
        """A part of the document that has a place of its own: a slide, notes, headers."""
        self._proses.append(self._prose(place))

        def close() -> None:
            self.ready.extend(self._proses.pop().finish())

        return close

    def page(self, attributes: Attributes) -> Closer:
        """A slide."""
        self._slide += 1
        return self.section(Place(slide=self._slide))

    # --- tables ---

    def table(self, attributes: Attributes) -> Closer:
        """A sheet of a workbook, or a table in a text."""
        if not self._sheets:
            return self.tagged("tbl")
        if self._cells is not None:
            return None
        self._sheet = attributes.get("table:name", "")
        self._cells = Cells(self._address, self._budget, self._sheet)
        self._formulas = Cells(self._address, self._budget, self._sheet, "formula")
        self._row = -1
        self._rows = 1
        return self._end_sheet

    def _end_sheet(self) -> None:
        for cells in (self._cells, self._formulas):
            if cells is not None:
                cells.close()
                self.ready.extend(cells.ready)
        self._cells = self._formulas = None
        self._lines.close()
        self._sheet = ""

    def tagged(self, tag: str) -> Closer:
        """A table, row or cell of a text; inside an aside only its text counts."""
        if self._sinks or self._open:
            return (lambda: self._say("\t" if tag == "tc" else "\n")) if self._sinks else None
        self._proses[-1].begin(tag)
        return lambda: self._proses[-1].end(tag)

    def row(self, attributes: Attributes) -> Closer:
        """A row, which may stand for several."""
        if self._cells is None:
            return self.tagged("tr")
        self._row = min(self._row + self._rows, _LAST)
        self._rows = _count(attributes, "table:number-rows-repeated")
        self._column = 0
        return None

    def cell(self, attributes: Attributes) -> Closer:
        """A cell, which may stand for several."""
        if self._cells is None or self._sinks:
            return self.tagged("tc")
        self._columns = _count(attributes, "table:number-columns-repeated")
        self._kept = attributes
        self._sinks.append([])
        return self._end_cell

    def _end_cell(self) -> None:
        text = _seen(self._kept, self._taken().strip())
        written = self._kept.get("table:formula", "")
        if self._cells is not None and self._formulas is not None:
            for copy in range(min(self._columns, _MOST_COPIES) if text else 0):
                self._cells.put(self._row, self._column + copy, text)
            if written:
                self._formulas.put(self._row, self._column, " ".join(_QUOTED.findall(written)).strip())
        self._column = min(self._column + self._columns, _LAST)
        self._kept = {}


def _count(attributes: Attributes, name: str) -> int:
    text = attributes.get(name)
    if text is None:
        return 1
    return min(int(text), _LAST) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _seen(attributes: Attributes, text: str) -> str:
    """What a cell shows; a date in ISO 8601, and a number as it is where the cell shows other digits."""
    if date := attributes.get("office:date-value"):
        return date.replace("T", " ").removesuffix(" 00:00:00")
    if value := attributes.get("office:value"):
        plain = general(value)
        if re.sub(r"\D", "", text).lstrip("0") != re.sub(r"\D", "", plain).lstrip("0"):
            return plain
    return text or attributes.get("office:string-value", "")


_STARTS: dict[str, Callable[[Machine, Attributes], Closer]] = {
    **dict.fromkeys(("p", "h"), Machine.paragraph),
    "table": Machine.table,
    "table-row": Machine.row,
    **dict.fromkeys(("table-cell", "covered-table-cell"), Machine.cell),
    "annotation": lambda machine, _: machine.aside("comments"),
    "note": lambda machine, _: machine.aside("notes"),
    "ruby-text": lambda machine, _: machine.aside("readings"),
    **dict.fromkeys(("text-box", "custom-shape", "shapes"), lambda machine, _: (
        machine.aside("text boxes") if machine._open or machine._cells else None
    )),
    **dict.fromkeys(("title", "desc"), lambda machine, _: (
        machine.aside("drawings") if not machine._part.endswith("meta.xml") else None
    )),
    **dict.fromkeys(("date", "date-string", "creator-initials", "note-citation", "page-count"), Machine.mute),
    **dict.fromkeys(("tracked-changes", "creator", "list-item"), Machine.separate),
    "changed-region": Machine.region,
    "change": Machine.change,
    "tab": lambda machine, _: machine.char("\t"),
    "line-break": lambda machine, _: machine.char("\n"),
    "s": lambda machine, attributes: machine.char(" " * min(_count(attributes, "text:c"), 64)),
    "page": lambda machine, attributes: machine.page(attributes) if machine._part == "content.xml" else None,
    "notes": lambda machine, _: machine.section(Place(slide=machine._slide or None, part="notes")),
    **dict.fromkeys(
        ("header", "header-left", "header-first"), lambda machine, _: machine.section(Place(part="headers"))
    ),
    **dict.fromkeys(
        ("footer", "footer-left", "footer-first"), lambda machine, _: machine.section(Place(part="footers"))
    ),
}  # fmt: skip
