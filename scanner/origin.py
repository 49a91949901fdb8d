"""Where something lies: places, tables over text, and the way from a span of text back to its place.

A reader gives each segment an origin; whoever has found something in the text asks it for the place.
"""

import bisect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from scanner.model import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a document something lies; only the fields that its format has are set.

    `start` and `end` count characters of the decoded file without its byte-order mark; `line`, `column`, `row` and
    `page` count from 1.
    """

    start: int | None = None
    end: int | None = None
    line: int | None = None
    column: int | None = None
    row: int | None = None
    header: str | None = None
    sheet: str | None = None
    cell: str | None = None
    page: int | None = None
    slide: int | None = None
    part: str | None = None
    paragraph: int | None = None

    def to_dict(self) -> dict[str, int | str]:
        """The set fields, in the order of the class."""
        values = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in values if value is not None}


class Cell(NamedTuple):
    """One cell: its span in the segment's text and its column, counted from 0."""

    start: int
    end: int
    column: int


class Row(NamedTuple):
    """One row of a table: its number as a person counts it (from 1) and its cells from left to right."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The grid that lies over a segment's text. Segments of one table (blocks of rows) share its `name`."""

    name: str
    rows: tuple[Row, ...]

    def at(self, offset: int) -> tuple[Row, Cell] | None:
        """The cell that holds the character at `offset` of the segment's text."""
        index = bisect.bisect_right(self.rows, offset, key=_row_start) - 1
        if index < 0:
            return None
        row = self.rows[index]
        inside = bisect.bisect_right(row.cells, offset, key=lambda cell: cell.start) - 1
        if inside < 0 or offset > row.cells[inside].end:
            return None
        return row, row.cells[inside]


def _row_start(row: Row) -> int:
    return row.cells[0].start if row.cells else 0


class Origin(Protocol):
    """Leads from a span of a segment's text back to its place in the document."""

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The place of ``segment.text[start:end]``."""


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """The segment's text stands in the decoded file as it is, from character `char` and line `line` (from 1) on."""

    char: int = 0
    line: int = 1

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """Offsets, line and column; the row as well when a table lies over the text."""
        line, column = line_and_column(segment.text, start)
        found = segment.table.at(start) if segment.table else None
        return Place(
            start=self.char + start,
            end=self.char + end,
            line=self.line + line,
            column=column,
            row=found[0].number if found else None,
        )


@dataclass(frozen=True, slots=True)
class MappedOrigin:
    """The segment's text was taken from `source` in pieces: markup, escapes.

    `source` stands in the decoded file from character `char` and line `line` (from 1) on. `starts[i]` is where piece i
    begins in the segment's text and `sources[i]` where it begins in `source`. A piece of one character in the text may
    be several in the source (``&amp;``): its end is where the next piece begins, which may be an empty one.
    """

    source: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]
    char: int = 0
    line: int = 1

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """Offsets, line and column in the file; the row as well when a table lies over the text."""
        first = self._back(start)
        found = segment.table.at(start) if segment.table else None
        return Place(
            start=self.char + first,
            end=self.char + (max(self._end(end), first) if end > start else first),
            line=self.line + self.source.count("\n", 0, first),
            column=first - self.source.rfind("\n", 0, first),
            row=found[0].number if found else None,
        )

    def _back(self, offset: int) -> int:
        index = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        return self.sources[index] + offset - self.starts[index]

    def _end(self, end: int) -> int:
        index = bisect.bisect_right(self.starts, end - 1)
        if index < len(self.starts) and self.starts[index] == end and self.starts[index - 1] == end - 1:
            return self.sources[index]
        return self._back(end - 1) + 1


@dataclass(frozen=True, slots=True)
class SheetOrigin:
    """The segment is a block of rows of the worksheet `sheet`."""

    sheet: str

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The sheet and the cell in A1 notation."""
        found = segment.table.at(start) if segment.table else None
        if found is None:
            return Place(sheet=self.sheet)
        row, cell = found
        return Place(sheet=self.sheet, cell=f"{column_letters(cell.column)}{row.number}")


@dataclass(frozen=True, slots=True)
class FixedOrigin:
    """Everything in the segment lies at one place: a page, a slide, a part of a mail."""

    at: Place

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The place itself; within it, the row when a table lies over the text."""
        found = segment.table.at(start) if segment.table else None
        return replace(self.at, row=found[0].number) if found else self.at


class _LineCounter:
    """Counts lines on from the place asked for before: places of one text are asked for in order, most of the time."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = ("", 0, 0)

    def at(self, text: str, offset: int) -> int:
        """The line (from 0) of the character at `offset`."""
        known, start, line = self._last
        if known is not text or start > offset:
            start = line = 0
        line += text.count("\n", start, offset)
        self._last = (text, offset, line)
        return line


_lines = _LineCounter()


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line (from 0) and the column (from 1) of the character at `offset`."""
    return _lines.at(text, offset), offset - text.rfind("\n", 0, offset)


def column_letters(column: int) -> str:
    """The letters of a column counted from 0: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
