"""HTML, XHTML, SVG and XML of any schema: what a person or a program put between and into the tags.

A scanner, not a parser: it needs no closing tags, checks no nesting, expands no entity that a document declares and
opens nothing that it names. Styles are dropped; scripts and comments stay, since data hides there. In HTML the tables
become tables; in XML the names of elements and attributes become labels, ``birthDate: 1990-01-02``, and elements that
repeat become rows (`_elements`).
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._elements import Elements, gridded
from scanner.formats.json import ESCAPES, character
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import Cell, MappedOrigin, Row, Table
from scanner.text import blocks, preview

NAME = "html"
RANK = 720

MAX_TABLES = 1000
"""Tables of one document that are told apart; what more there are is read as lines."""
MAX_NESTED_TABLES = 32
_BUFFER = 1 << 20
_LONGEST_TAG = 1 << 22  # pictures stand in attributes
_LONGEST_WORD = 1 << 16
_WASTE = 32

_HTML_ENDINGS = (".html", ".htm", ".xhtml", ".xht", ".shtml", ".svg")
_XML_ENDINGS = (".xml", ".xsl", ".xslt", ".xsd", ".rss", ".atom", ".kml", ".gpx", ".plist", ".rdf")
ENDINGS = _HTML_ENDINGS + _XML_ENDINGS
_BEGINNING = re.compile(
    r"[\s\ufeff]*+(?:<!--(?:[^-]++|-(?!->))*+-->\s*+)*+"
    r"<(?:!doctype\b|\?xml\s|(?:html|svg|head|body|table|meta|title|div)[\s>])",
    re.IGNORECASE,
)
_SOME_TAG = re.compile(r"<[A-Za-z!?/][^<>]*+>")
_HTML = re.compile(r"<!doctype\s+html|<(?:html|svg)[\s>]", re.IGNORECASE)
_DECLARATION = re.compile(r"[\s\ufeff]*+<(?:\?xml\s|!doctype\s)", re.IGNORECASE)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
CHARSETS = re.compile(r"(?:big5|cp\d|euc|gb|hz|iso-?2022|iso-?8859|koi8|ks_c|mac|tis|utf-?(?:8|16|32)|windows-?\d)")

_NOISE = re.compile(
    r"<(?:!--|!\[CDATA\[|!doctype[^<>\[]*+>|\?xml[^<>]*+>|!\[(?:if|endif)[^<>]*+>)",
    re.IGNORECASE,
)
_ATTRIBUTES = r"""((?:[^"'<>]++|"[^"]*+"|'[^']*+')*+)(>?)"""
_SIMPLE_ATTRIBUTES = r"([^<>]*+)(>?)"
_HTML_NAME = r"<(/?)([A-Za-z][\w:.-]*+)(?=[\s/>])"
_XML_NAME = r"<(/?)([^\W\d][\w:.-]*+)(?=[\s/>])"
_ATTRIBUTE = re.compile(r"""(?<![^\s"'/])([^\s=/"'<>]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++)""")
_REFERENCE = r"&(?:\#[0-9A-Za-z]{1,10}|[A-Za-z][A-Za-z0-9]{1,31});?"
_IN_FLOW = re.compile(rf"{_REFERENCE}|[ \t\r\n\f]{{2,}}+|[\t\r\n\f]|-->|\]\]>")
_IN_LINES = re.compile(rf"{_REFERENCE}|-->|\]\]>")
_SPACES = " \t\r\n\f"
_STRENGTH = {"": 0, " ": 1, "\t": 2, "\n": 3}
_NONE, _EMPTY = -2, -1
_ROWSPAN = re.compile(r"""rowspan\s*+=\s*+["']?(\d{1,4})""", re.IGNORECASE)
_WIDEST = 64
"""Columns up to which cells are followed down that reach over several rows."""
_COLSPAN = re.compile(r"""colspan\s*+=\s*+["']?(\d{1,4})""", re.IGNORECASE)
_KEPT = re.compile(
    r"(?:alt|title|value|content|placeholder|label|summary|abbr|caption|datetime|data-[\w-]+|aria-[\w-]+)\Z|href\Z",
    re.IGNORECASE,
)
_ADDRESSES = ("mailto:", "tel:", "sms:")
_VALUE_FOLLOWS = re.compile(r"\s*+(?=[^<\s]|<!\[CDATA\[)")
_TEXT_FOLLOWS = re.compile(r"[ \t]*+[^<\s]")
_END_OF_SCRIPT = re.compile(r"</[sS][cC][rR][iI][pP][tT]")
_END_OF_STYLE = re.compile(r"</[sS][tT][yY][lL][eE]")

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frame", "frameset",
    "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "iframe", "legend", "li",
    "main", "menu", "meta", "nav", "noscript", "ol", "optgroup", "option", "p", "pre", "section", "select",
    "summary", "table", "tbody", "template", "textarea", "text", "tfoot", "thead", "title", "tr", "ul",
))  # fmt: skip
_AS_TYPED = frozenset({"pre", "textarea", "listing", "xmp", "plaintext"})
_INLINE_XML = frozenset((
    "w:t", "w:r", "a:t", "a:r", "text:span", "text:a", "b", "i", "u", "em", "strong", "span", "font", "sub",
    "sup", "rb", "rt", "rp", "ruby",
))  # fmt: skip
"""Elements of XML that stand inside words: no label, no new line."""


class Strip(NamedTuple):
    """A stretch of the text without its markup; a table is a stretch of its own."""

    text: str
    origin: MappedOrigin
    table: Table | None


def accepts(document: Document) -> bool:
    """Whether the document begins like a page or like XML, or has tags and the name of such a file."""
    seen = preview(document.head)
    text = seen[1] if seen else document.head.decode("latin-1")
    if _BEGINNING.match(text):
        return True
    return document.suffix in ENDINGS and _SOME_TAG.search(text) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """Stretches of text and tables, in the order of the document; memory does not grow with its size."""
    seen = preview(document.head)
    text = seen[1] if seen else document.head.decode("latin-1")
    scanner = Scanner(xml=is_xml(text, document.suffix))
    encoding: str | None = None
    for name, fresh in _texts(document, budget) if seen else _declared(document, budget):
        budget.tick()
        encoding = name
        for strip in scanner.feed(fresh):
            yield _segment(document, strip, encoding)
    for strip in scanner.close():
        yield _segment(document, strip, encoding)


def strips(source: str, *, xml: bool = False) -> Iterator[Strip]:
    """The text of a page that is at hand as a whole; offsets are those of `source`."""
    scanner = Scanner(xml=xml)
    for start in range(0, len(source), _BUFFER):
        yield from scanner.feed(source[start : start + _BUFFER])
    yield from scanner.close()


def is_xml(text: str, suffix: str = "") -> bool:
    """Whether the beginning of a document, or its name, speaks for XML of a schema of its own."""
    declared = _DECLARATION.match(text) is not None or suffix in _XML_ENDINGS
    return declared and _HTML.search(text) is None and suffix not in _HTML_ENDINGS


def _segment(document: Document, strip: Strip, encoding: str | None) -> Segment:
    return Segment(text=strip.text, address=document.address, origin=strip.origin, table=strip.table, encoding=encoding)


def _texts(document: Document, budget: Budget) -> Iterator[tuple[str, str]]:
    with document.open() as stream:
        for encoding, block in blocks(stream):
            yield encoding.name, block.text[block.lead :]


def _declared(document: Document, budget: Budget) -> Iterator[tuple[str, str]]:
    """The text in the encoding that it declares: only asked where the bytes speak for none."""
    found = _DECLARED.search(document.head)
    charset = found[1].decode("ascii").lower() if found else ""
    if not CHARSETS.match(charset):
        raise Unreadable("unknown_format", "looks like markup but is not text in any known encoding")
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory)
    try:
        text = data.decode(charset, "replace")
    except (LookupError, UnicodeError):
        raise Unreadable("unknown_format", "declares an encoding that is not known") from None
    for start in range(0, len(text), _BUFFER):
        yield charset, text[start : start + _BUFFER]


# --- the text under construction --------------------------------------------------------------------------------------


class _Pad:
    """Collects text with the way back to the source, and the cells of the table it stands in.

    A separator is kept back until text follows: none stands at the beginning or end of a stretch, never two in a row.
    A piece in the sense of `MappedOrigin` is begun only where text and source part ways.
    """

    __slots__ = ("_after", "_bent", "_cell", "_cells", "_length", "_parts", "_pending", "_rows", "_sources", "_starts")

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._sources: list[int] = []
        self._rows: list[Row] = []
        self._cells: list[Cell] = []
        self._length = 0
        self._after = -1
        self._bent = False
        self._pending: tuple[str, int] = ("", 0)
        self._cell = _NONE

    def add(self, text: str, source: int, width: int = -1) -> None:
        """Append text that stands at `source`; `width`: characters it takes there, where that is not its length."""
        mark, at = self._pending
        if mark:
            self._pending = ("", 0)
            if self._length:
                if at != self._after >= 0:
                    self._begin(self._after)
                self._begin(at)
                self._parts.append(mark)
                self._length += 1
                self._after = -1
        if self._cell == _EMPTY:
            self._cell = self._length
        if source != self._after or width >= 0 or self._bent:
            if source != self._after >= 0:
                self._begin(self._after)
            self._begin(source)
        self._parts.append(text)
        self._length += len(text)
        self._after = source + (len(text) if width < 0 else width)
        self._bent = width >= 0

    def _begin(self, source: int) -> None:
        self._starts.append(self._length)
        self._sources.append(source)

    def separate(self, mark: str, source: int) -> None:
        """Put a line feed, tab or space before the next text; of several the strongest counts."""
        if _STRENGTH[mark] > _STRENGTH[self._pending[0]]:
            self._pending = (mark, source)

    def open_cell(self) -> None:
        """The next text begins a cell, or goes on with one that a nested table interrupted."""
        self._cell = _EMPTY

    def close_cell(self, column: int) -> None:
        """End the cell that is being written; one without text is left out."""
        if self._cell >= 0:
            self._cells.append(Cell(self._cell, self._length, column))
        self._cell = _NONE

    def cell(self) -> tuple[int, int]:
        """Where the cell that is being written lies, which ends here; both are the same for one without text."""
        begin, self._cell = self._cell, _NONE
        return (begin, self._length) if begin >= 0 else (0, 0)

    def close_row(self, number: int) -> None:
        """End the row that is being written."""
        if self._cells:
            self._rows.append(Row(number, tuple(self._cells)))
            self._cells = []

    def take(self, source: str, char: int, line: int, table: int | None) -> Strip | None:
        """What was collected, or None; the pad is empty again."""
        if not self._length:
            self._clear()
            return None
        if self._after >= 0:
            self._begin(self._after)
        origin = MappedOrigin(source, tuple(self._starts), tuple(self._sources), char, line)
        grid = None if table is None else Table(name=str(table), rows=tuple(self._rows))
        strip = Strip("".join(self._parts), origin, grid)
        self._clear()
        return strip


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Frame:
    """A table that is being read: its ordinal, the row, the column and the one after it, and whether in a cell."""

    ordinal: int
    row: int = 0
    column: int = 0
    following: int = 0
    in_cell: bool = False
    below: dict[int, int] = field(default_factory=dict)
    """The columns that cells of rows above reach down to, and through how many more rows."""


class Scanner:
    """Takes a document piece by piece and gives the stretches of its text; time is linear whatever the bytes are."""

    def __init__(self, *, xml: bool) -> None:
        self._xml = xml
        self._name = _XML_NAME if xml else _HTML_NAME
        self._pad = _Pad()
        self._carry = ""
        self._char = 0
        self._line = 1
        self._source = ""
        self._wasted = 0
        self._script = False
        self._as_typed = False
        self._in_text = False
        self._styled = False
        self._elements = Elements()
        self._frames: list[_Frame] = []
        self._tables = 0
        self._beyond = 0
        self._strips: list[Strip] = []

    def feed(self, text: str) -> Iterator[Strip]:
        """The stretches that are complete with the next piece of the document."""
        source = self._carry + text
        edge = _edge(source) if len(source) > _BUFFER else 0
        self._carry = source[edge:]
        return self._run(source[:edge])

    def close(self) -> Iterator[Strip]:
        """What was still held back."""
        source, self._carry = self._carry, ""
        return self._run(source)

    def _run(self, source: str) -> Iterator[Strip]:
        self._source = source
        self._wasted = 0
        self._styled = True
        if self._xml:
            self._elements.look(source)
        self._walk(source)
        self._flush()
        self._char += len(source)
        self._line += source.count("\n")
        strips, self._strips = self._strips, []
        return iter(strips)

    def _flush(self) -> None:
        """End the stretch; a cell that is being written goes on in the next one."""
        frame = self._frame
        if frame:
            self._pad.close_cell(frame.column)
            self._pad.close_row(frame.row)
        strip = self._pad.take(self._source, self._char, self._line, frame.ordinal if frame else None)
        rows = self._elements.lay()
        if strip:
            self._strips.append(Strip(*gridded(strip.text, strip.origin, *rows)) if rows else strip)
        if frame and frame.in_cell:
            self._pad.open_cell()

    @property
    def _frame(self) -> _Frame | None:
        return self._frames[-1] if self._frames and not self._beyond else None

    def _walk(self, source: str) -> None:
        start = position = self._through_script(source, 0) if self._script else 0
        tags = re.compile(self._name + _ATTRIBUTES)
        while (less := source.find("<", position)) >= 0:
            tag = tags.match(source, less)
            noise = None if tag else _NOISE.match(source, less)
            if tag and not tag[4]:
                tags = self._failed(source, tag, tags)
                tag = None
            if not tag and not noise:
                position = less + 1
                continue
            if less > start:
                self._text(source, start, less)
            if tag:
                start = position = self._xml_tag(source, tag) if self._xml else self._html_tag(source, tag)
            elif noise:
                start = position = noise.end()
                if noise[0] == "<!--":
                    self._pad.separate("\n", less)
        self._text(source, start, len(source))

    def _failed(self, source: str, tag: re.Match[str], tags: re.Pattern[str]) -> re.Pattern[str]:
        """Reckon what looking for the end of an unclosed tag has cost; too much and quotes mean nothing any more."""
        self._wasted += tag.end() - tag.start()
        if source[tag.end() : tag.end() + 1] in ('"', "'"):
            self._wasted += len(source) - tag.end()
        return tags if self._wasted <= _WASTE * len(source) else re.compile(self._name + _SIMPLE_ATTRIBUTES)

    # --- text ---

    def _text(self, source: str, start: int, end: int) -> None:
        """Text between tags, without the spaces around it that are only layout."""
        if self._as_typed:
            self._references(source, start, end, _IN_LINES)
            return
        text = source[start:end]
        bare = text.strip(_SPACES)
        if not bare:
            self._space(text, start)
            return
        begin = start if len(bare) == len(text) else start + text.index(bare[0])
        stop = begin + len(bare)
        if begin > start:
            self._space(source[start:begin], start)
        if self._xml:
            self._value(source, begin, stop)
        else:
            self._references(source, begin, stop, _IN_FLOW)
        self._in_text = "\n" not in source[stop:end]
        if stop < end:
            self._space(source[stop:end], stop)

    def _space(self, spaces: str, start: int) -> None:
        broken = self._xml and "\n" in spaces
        self._pad.separate("\n" if broken else " ", start)
        self._in_text = self._in_text and not broken

    def _references(self, source: str, start: int, end: int, special: re.Pattern[str]) -> None:
        """Add ``source[start:end]`` with its character references decoded and, in flow text, its line breaks folded."""
        pad, position = self._pad, start
        for found in special.finditer(source, start, end):
            begin, token = found.start(), found[0]
            decoded = html.unescape(token) if token[0] == "&" else ""
            if decoded == token:
                continue
            if begin > position:
                pad.add(source[position:begin], position)
            position = found.end()
            if decoded:
                pad.add(decoded, begin, len(token))
            elif token[0] in _SPACES:
                pad.separate(" ", begin)
            elif token[0] == "-":
                pad.separate("\n", begin)
        if position < end:
            pad.add(source[position:end], position)

    # --- XML ---

    def _xml_tag(self, source: str, tag: re.Match[str]) -> int:
        """Labels and line breaks; returns where reading goes on."""
        less, end = tag.start(), tag.end()
        in_text, self._in_text = self._in_text, False
        if tag[2] in _INLINE_XML:
            self._in_text = in_text
            return end
        if tag[1]:
            self._elements.close(tag[2])
            if _TEXT_FOLLOWS.match(source, end):
                self._in_text = in_text
            else:
                self._pad.separate("\n", less)
            return end
        self._begin(source, tag)
        follows = _VALUE_FOLLOWS.match(source, end)
        if in_text or not follows:
            return end
        self._pad.separate("\n", less)
        self._label(tag[2], tag.start(2))
        return follows.end()

    def _begin(self, source: str, tag: re.Match[str]) -> None:
        """An element with its attributes; one that is empty ends at once."""
        empty = tag[3].endswith("/")
        self._elements.open(tag[2], empty=empty)
        for found in _ATTRIBUTE.finditer(source, tag.start(3), tag.end(3)) if "=" in tag[3] else ():
            if found[1].startswith("xmlns"):
                continue
            start, end = _value(found)
            self._pad.separate("\n", tag.start())
            self._label(found[1], found.start(1))
            self._elements.attribute(found[1], source[start : min(end, start + 100)])
            self._value(source, start, end, found[1])
            self._pad.separate("\n", found.end())
        if empty:
            self._elements.close(tag[2])

    def _value(self, source: str, start: int, end: int, attribute: str = "") -> None:
        """The text of an element or the value of its attribute."""
        self._pad.open_cell()
        self._references(source, start, end, _IN_LINES)
        begin, stop = self._pad.cell()
        if stop > begin:
            self._elements.write(begin, stop, attribute, source[start:end] if attribute else "")

    def _label(self, name: str, source: int) -> None:
        local = name.rpartition(":")[2]
        at = source + len(name) - len(local)
        self._pad.add(local, at)
        self._pad.add(": ", at + len(local), 1)

    # --- HTML ---

    def _html_tag(self, source: str, tag: re.Match[str]) -> int:
        """Line breaks, cells and the few attributes that are text; returns where reading goes on."""
        name, less, end = tag[2].lower(), tag.start(), tag.end()
        opens = not tag[1]
        if name in _BLOCKS:
            self._pad.separate("\n", less)
        act = _TABLE_PARTS.get(name)
        if act:
            act(self, opens, less, tag[3])
        if name in _AS_TYPED:
            self._as_typed = opens
        if not opens:
            return end
        if "=" in tag[3]:
            self._attributes(source, tag)
        if name == "script":
            return self._through_script(source, end)
        return self._past_style(source, end) if name == "style" else end

    def _attributes(self, source: str, tag: re.Match[str]) -> None:
        for found in _ATTRIBUTE.finditer(source, tag.start(3), tag.end(3)):
            if not _KEPT.match(found[1]):
                continue
            start, end = _value(found)
            if found[1].lower() == "href" and not source.startswith(_ADDRESSES, start):
                continue
            self._pad.separate(" ", start)
            self._references(source, start, end, _IN_FLOW)
            self._pad.separate("\n", end)

    def _through_script(self, source: str, start: int) -> int:
        """The text of a script with its escapes decoded, as far as it goes in this piece."""
        found = _END_OF_SCRIPT.search(source, start)
        end = found.start() if found else len(source)
        self._script = found is None
        pad, position = self._pad, start
        pad.separate("\n", start)
        for escape in ESCAPES.finditer(source, start, end) if "\\" in source[start:end] else ():
            if escape.start() > position:
                pad.add(source[position : escape.start()], position)
            position = escape.end()
            pad.add(character(escape[0]), escape.start(), position - escape.start())
        if position < end:
            pad.add(source[position:end], position)
        pad.separate("\n", end)
        return end

    def _past_style(self, source: str, start: int) -> int:
        """Where the style ends; where its end is not to be seen it is read as text rather than lost."""
        found = _END_OF_STYLE.search(source, start) if self._styled else None
        self._styled = found is not None
        return found.start() if found else start

    # --- tables ---

    def _table(self, opens: bool, less: int, attributes: str) -> None:
        if opens and (self._tables >= MAX_TABLES or len(self._frames) >= MAX_NESTED_TABLES):
            self._beyond += 1
        elif opens:
            self._flush()
            self._tables += 1
            self._frames.append(_Frame(self._tables))
            self._pad.close_cell(0)
        elif self._beyond:
            self._beyond -= 1
        elif self._frames:
            self._flush()
            self._frames.pop()
            if self._frame and self._frame.in_cell:
                self._pad.open_cell()

    def _row(self, opens: bool, less: int, attributes: str) -> None:
        frame = self._frame
        if frame:
            self._pad.close_cell(frame.column)
            self._pad.close_row(frame.row)
            frame.in_cell = False
            frame.following = 0
            frame.row += opens
            if opens and frame.below:
                frame.below = {column: rows - 1 for column, rows in frame.below.items() if rows > 1}

    def _cell(self, opens: bool, less: int, attributes: str) -> None:
        frame = self._frame
        self._pad.separate("\t", less)
        if frame is None:
            return
        self._pad.close_cell(frame.column)
        frame.in_cell = opens
        if opens:
            span, down = _COLSPAN.search(attributes), _ROWSPAN.search(attributes)
            while frame.following in frame.below:
                frame.following += 1
            frame.column = frame.following
            frame.following += max(int(span[1]), 1) if span else 1
            if down and frame.following < _WIDEST:
                frame.below |= dict.fromkeys(range(frame.column, frame.following), int(down[1]))
            frame.row = frame.row or 1
            self._pad.open_cell()


_TABLE_PARTS = {"table": Scanner._table, "tr": Scanner._row, "td": Scanner._cell, "th": Scanner._cell}


def _value(found: re.Match[str]) -> tuple[int, int]:
    """The span of an attribute's value without its quotes."""
    quoted = found[2][0] in "\"'"
    return found.start(2) + quoted, found.end(2) - quoted


def _edge(source: str) -> int:
    """Up to where a piece of a document is read before the next piece is at hand: a tag or a word is not torn."""
    edge = source.rfind("<", max(len(source) - _LONGEST_TAG, 0))
    if edge >= 0:
        return edge
    floor = max(len(source) - _LONGEST_WORD, 0)
    edge = max(source.rfind(mark, floor) for mark in '\n ",')
    return edge if edge > 0 else len(source)
