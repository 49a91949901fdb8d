"""JSON and JSON Lines: the text as it stands, with its escapes decoded.

Where the names of its members may be those of people's data, objects are rows of a table and the names its headers, put
before the text. Elsewhere the names stay before their values, which is where detection looks for labels. Nothing is
parsed: broken JSON, comments and trailing commas are read like the rest.
"""

import bisect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple, cast

from scanner.formats import Piece
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import Cell, MappedOrigin, Row, Table, TextOrigin
from scanner.text import Block, blocks, preview

NAME = "json"
RANK = 710
ENDINGS = (".json", ".jsonl", ".ndjson", ".geojson", ".ipynb", ".har", ".webmanifest")

_BEGINNING = re.compile(r'\s*+(?:\{\s*+(?:"|\}\s*+\Z)|\[\s*+(?:"|\{\s*+"|\[\s*+["\d\[-]))')
_U = r"(?:\\|\\{3})?u"
ESCAPES = re.compile(
    rf"\\(?:{_U}[dD][89abAB][0-9a-fA-F]{{2}}\\{_U}[dD][c-fC-F][0-9a-fA-F]{{2}}"  # two halves of one character
    rf'|{_U}[0-9a-fA-F]{{4}}|["\\/bfnrt])'
)
"""The escapes of RFC 8259, section 7; ``\\u`` also where JSON was put into JSON and its backslashes were doubled."""
_BLOCK = 1 << 18  # bounds the cells held at once
MAX_COLUMNS = 16_384
"""As many as a worksheet has; what has other names is in a column without a header."""
LONGEST_NAME = 60
_HEADER_ROW = 3000
"""Characters of a row of headers; more names make another one."""
_MEMBER = re.compile(r'"([^"\n]{1,360}+)"\s*+:')
_OF_PEOPLE = re.compile(
    r"[^\x00-\x7f]|\\u|name|mail|phone|mobile|tel|fax|birth|dob|addr|zip|post|sex|gender|kana|kanji|furigana|romaji|"
    r"first|last|family|given|sei\b|mei\b|person|label|question|nationality|passport|account|insur|pension|patient|customer|employee",
    re.IGNORECASE,
)
"""A name that makes the grid worth its price; what the name means is not decided here."""
_REST = re.compile(r'((?:[^"\\\n]++|\\.)*+)"?+')
_TOKEN = re.compile(r'"((?:[^"\\\n]++|\\.)*+)(?:("\s*+:)|("))?+|([{}\[\]])|([^\s"{}\[\],:]++)')
_UNCLOSED, _MEMBER_NAME, _BRACKET, _BARE = 1, 2, 4, 5  # the last group of a token
_DEEPEST = 1000
_DATA = re.compile(r"[0-9０-９]{4}|@|[0-9][-/.][0-9]")
"""What the name of a member does not hold; it is a value itself."""
_PLAIN = frozenset(("value", "text", "full", "kanji", "native", "ja", "ja_jp", "main", "primary", "漢字", "値"))
"""Names that say nothing beside the name of the member around them."""
_FORMS = frozenset(
    ("first", "last", "middle", "family", "given", "kana", "furigana", "romaji", "roman", "en", "number", "no", "home",
     "mobile", "work", "date", "year", "month", "day", "y", "m", "d",
     "年", "月", "日", "line1", "line2", "カナ", "かな", "ふりがな", "フリガナ", "ローマ字", "英字", "姓", "名", "番号")
)  # fmt: skip
"""Names that only say which form of the member around them it is."""
_cell = cast("Callable[[tuple[int, int, int]], Cell]", partial(tuple.__new__, Cell))  # twice as fast as Cell(...)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Unescaped(NamedTuple):
    """A text without its escapes, with the way back as `MappedOrigin` wants it."""

    text: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]

    def after(self, source: int) -> int:
        """The offset in the text of what follows the character that ends at `source`, or around it."""
        return self.reached(source - 1) + 1 if source else 0

    def reached(self, source: int) -> int:
        """The offset in the text of the character that stands at `source`, or around it."""
        index = bisect.bisect_right(self.sources, source) - 1
        inside = source - self.sources[index]
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        return self.starts[index] + (inside if self.starts[index] + inside < end else 0)


def accepts(document: Document) -> bool:
    """Whether the text begins like JSON, or is called so."""
    seen = preview(document.head)
    return seen is not None and (document.suffix in ENDINGS or _BEGINNING.match(seen[1]) is not None)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text block by block, under one table without a name where objects may be people; these are counted from 1."""
    seen = preview(document.head)
    grid = _Grid() if seen and _of_people(seen[1]) else None
    with document.open() as stream:
        for encoding, block in blocks(stream, size=_BLOCK) if grid else blocks(stream):
            budget.tick()
            yield _gridded(document, encoding.name, block, grid) if grid else _segment(document, encoding.name, block)


def _of_people(text: str) -> bool:
    return any(of_people(name) for name in set(_MEMBER.findall(text)))


def of_people(name: str) -> bool:
    """Whether a value may be somebody's, by the name of its member; rather too often than too seldom."""
    return _OF_PEOPLE.search(name) is not None


def column_name(around: str, name: str) -> str:
    """The header of a value called `name`, empty where that is a value itself; `around`: what it is a part of."""
    form = name.lower()
    if around and form in _PLAIN:
        name = around
    elif around and form in _FORMS:
        name = f"{around} {name}"
    return "" if _DATA.search(name) else name


def _segment(document: Document, encoding: str, block: Block) -> Segment:
    if "\\" not in block.text:
        return Segment(
            text=block.text,
            address=document.address,
            origin=TextOrigin(char=block.char, line=block.line),
            encoding=encoding,
            lead=block.lead,
            cut=block.cut,
            utf8=block.utf8,
        )
    plain = unescape(block.text)
    return Segment(
        text=plain.text,
        address=document.address,
        origin=MappedOrigin(block.text, plain.starts, plain.sources, block.char, block.line),
        encoding=encoding,
        lead=plain.reached(block.lead),
        cut=block.cut,
    )


def _gridded(document: Document, encoding: str, block: Block, grid: "_Grid") -> Segment:
    rows = grid.rows(block.text, block.lead, cut=block.cut)
    names, heads = headers(grid.news())
    plain = unescape(block.text) if "\\" in block.text else Unescaped(block.text, (0,), (0,))
    size = len(names)
    if len(plain.starts) == 1 and not names:
        return replace(_segment(document, encoding, block), table=Table(name="", rows=rows))
    after = plain.after if len(plain.starts) > 1 else int
    moved = [
        Row(number, tuple([_cell((after(first) + size, after(last) + size, column)) for first, last, column in cells]))
        for number, cells in rows
    ]
    return Segment(
        text=names + plain.text,
        address=document.address,
        origin=MappedOrigin(
            block.text, (0, *(at + size for at in plain.starts)), (0, *plain.sources), block.char, block.line
        ),
        table=Table(name="", rows=(*heads, *moved)),
        encoding=encoding,
        lead=size + after(block.lead),
        cut=block.cut,
    )


def headers(names: list[tuple[str, int]]) -> tuple[str, list[Row]]:
    """The names and columns of members as lines of text, and the rows of headers over it."""
    rows: list[Row] = []
    cells: list[Cell] = []
    at = 0
    for name, column in names:
        cells.append(Cell(at, at + len(name), column))
        at += len(name) + 1
        if at - cells[0].start > _HEADER_ROW or column == names[-1][1]:
            rows.append(Row(1, tuple(cells)))
            cells = []
    return "".join(f"{name}\n" for name, _ in names), rows


class _Level(NamedTuple):
    """A bracket that is open: what it is the value of, and what its own values belong to."""

    bracket: str = ""
    name: str = ""
    list_name: str = ""
    """What the innermost list around it is the value of."""
    listed: bool = False
    """It is a list, or stands in one."""
    column: int = 0
    row: int = 0


class _Grid:
    """Reads the rows of one block after the other: an object in a list is a row, and so is one in no list at all."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], int] = {}
        self._news: list[tuple[str, int]] = []
        self._levels: list[_Level] = []
        self._here = _Level()
        self._deeper = 0
        """Brackets that are open beyond those kept."""
        self._name = ""
        self._column = 0
        self._number = 0
        self._filled: set[int] = set()
        """The columns that have a cell in this row."""
        self._in_string = False

    def news(self) -> list[tuple[str, int]]:
        """The names of members, with their columns, that came up since this was asked before."""
        news, self._news = self._news, []
        return news

    def rows(self, text: str, start: int, *, cut: bool) -> tuple[Row, ...]:
        """The rows of ``text[start:]``: all in it but brackets, commas and names; `cut`: it ends inside a line."""
        rows: list[Row] = []
        cells: list[Cell] = []
        number, kind = self._here.row, 0
        if self._in_string and (rest := _REST.match(text, start)):
            cells.append(_cell((*rest.span(1), self._column)))
            start = rest.end()
        for found in _TOKEN.finditer(text, start):
            kind = found.lastindex or 0
            if kind == _BRACKET:
                self._bracket(found[kind])
            elif kind != _MEMBER_NAME or not self._named(found[1]):
                cells.append(_cell((*found.span(5 if kind == _BARE else 1), self._column)))
                self._filled.add(self._column)
            if self._here.row != number:
                rows.append(Row(max(number, 1), tuple(cells)))
                cells, number = [], self._here.row
                self._filled.clear()
        rows.append(Row(max(number, 1), tuple(cells)))
        self._in_string = cut and kind == _UNCLOSED
        return tuple(row for row in rows if row.cells)

    def _bracket(self, bracket: str) -> None:
        here = self._here
        if bracket in "]}":
            if self._deeper:
                self._deeper -= 1
            elif self._levels:
                self._column, row = here.column, here.row
                self._here = self._levels.pop()
                if not self._here.listed:
                    self._here = self._here._replace(row=row)
        elif len(self._levels) >= _DEEPEST:
            self._deeper += 1
        else:
            name = here.name if here.bracket == "[" else self._name
            listed = here.listed or bracket == "["
            list_name = name if bracket == "[" else here.list_name
            self._levels.append(here)
            self._here = _Level(bracket, name, list_name, listed, self._column, here.row)
            if bracket == "{":
                self._column = 0
                if here.bracket != "{":
                    self._next_row()

    def _next_row(self) -> None:
        self._number += 1
        self._here = self._here._replace(row=self._number)

    def _named(self, name: str) -> bool:
        """Go to the column of a member; no where its name is a value itself."""
        self._name = unescape(name).text if "\\" in name else name
        header = column_name(self._here.name, self._name)
        self._name = header or self._name
        key = self._here.list_name, self._name
        self._column = self._columns.get(key, 0)
        new = not self._column and len(self._columns) < MAX_COLUMNS
        if new and header and len(header) <= LONGEST_NAME:
            self._column = self._columns[key] = len(self._columns) + 1
            self._news.append((self._name, self._column))
        if self._column in self._filled and self._column and not self._here.listed:
            self._next_row()  # objects that have names instead of a list: the member again is the next one's
        return self._column > 0


def unescape(source: str) -> Unescaped:
    """Decode all escapes of `source`."""
    parts, starts, sources = [], [0], [0]
    position = length = 0
    for found in ESCAPES.finditer(source):
        begin, end = found.span()
        if begin > position:
            parts.append(source[position:begin])
            length += begin - position
            starts.append(length)
            sources.append(begin)
        parts.append(character(found[0]))
        length += 1
        position = end
        starts.append(length)
        sources.append(end)
    parts.append(source[position:])
    return Unescaped("".join(parts), tuple(starts), tuple(sources))


def character(escape: str) -> str:
    """The one character that a match of `ESCAPES` stands for; U+FFFD for half a character."""
    codes = escape.split("u")
    if len(codes) == 1:
        return _SHORT.get(escape[1], escape[1])
    code = int(codes[1][:4], 16)
    if len(codes) == 3:
        return chr(0x10000 + ((code - 0xD800) << 10) + int(codes[2], 16) - 0xDC00)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
