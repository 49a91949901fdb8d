"""CSV and its relatives: text in lines of cells between commas, tabs, semicolons or bars.

The segment's text is the decoded file as it stands, with the grid laid over it, so that offsets are those of the file.
Quotes follow RFC 4180; where they do not add up, the lines are read as if quotes meant nothing. Not a guesser of types
or headers: that is detection's work.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar, cast

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.limits import Budget
from scanner.model import HEAD_BYTES, Document, Segment
from scanner.origin import Cell, Row, Table, TextOrigin
from scanner.text import blocks, preview

NAME = "csv"
RANK = 700
ENDINGS = (".csv", ".tsv", ".tab")

MAX_COLUMNS = 16_384
"""As many as a worksheet has; what follows in the line is one last cell."""
MAX_RECORD_LINES = 100
MAX_RECORD = 1 << 16
"""Characters of a record with quotes. A longer one is a quote that was never closed."""

_BLOCK = 1 << 18  # bounds the cells held at once: a cell takes some hundred times the byte it may stand for
_DELIMITERS = "\t,;|"
_SAMPLE_LINES = 20
_FIRST = 4096
"""Characters at the beginning with fewer delimiters than lines are no table's."""
_QUOTED = re.compile(r'"[^"]*+"')
_NOT_A_ROW = re.compile(
    r"^\s*(?://|/\*|\*|\#|--|<|%|\{|\[)"  # comments, markup, JSON
    r"|[;{}(\[\\]\s*$|[\])}]\s*;?\s*$"  # statements and their blocks
    r"|[A-Za-z_]\w*\s*[:+]?=|=>|->|::|\b[A-Za-z_]\w*\("  # assignments and calls
    r"|\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b"  # logs
    r"|[。．！？!?]\s*$|\w\.\s*$"  # sentences
)
_THOUSANDS = re.compile(r"(?<=\d),\d{3}(?!\d)")
_LONGEST_MEAN_CELL = 64

_T = TypeVar("_T")
_cell = cast("Callable[[tuple[int, int, int]], Cell]", partial(tuple.__new__, Cell))  # twice as fast as Cell(...)


def accepts(document: Document) -> bool:
    """Whether the lines of the text have the same delimiters; strictly so unless the name says that it is a table."""
    return _delimiter(document) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The decoded text block by block under one table without a name; rows are records, counted from 1."""
    seen = preview(document.head)
    grid = _Grid(_delimiter(document) or ",", _newline(seen[1] if seen else ""))
    with document.open() as stream:
        for (encoding, block), last in _with_last(blocks(stream, size=_BLOCK)):
            budget.tick()
            rows = grid.rows(block.text, block.lead, cut=block.cut, last=last)
            yield Segment(
                text=block.text,
                address=document.address,
                origin=TextOrigin(char=block.char, line=block.line),
                table=Table(name="", rows=rows),
                encoding=encoding.name,
                lead=block.lead,
                cut=block.cut,
                utf8=block.utf8,
            )


def _with_last(items: Iterable[_T]) -> Iterator[tuple[_T, bool]]:
    """Each item and whether it is the last one; what is held when they fail is given before the failure."""
    held: list[_T] = []
    failure = None
    try:
        for item in items:
            if held:
                yield held.pop(), False
            held.append(item)
    except Unreadable as raised:
        failure = raised
    if held:
        yield held.pop(), True
    if failure:
        raise failure


# --- is it a table? ---------------------------------------------------------------------------------------------------


def _delimiter(document: Document) -> str | None:
    """The character between the cells, or None where the document is not a table."""
    seen = preview(document.head)
    if seen is None:
        return None
    named = document.suffix in ENDINGS
    first = seen[1][:_FIRST]
    if not named and max(map(first.count, _DELIMITERS)) < first.count("\n"):
        return None
    text = _QUOTED.sub("", seen[1]) if '"' in seen[1] else seen[1]
    lines = text.split(_newline(text), 3 * _SAMPLE_LINES)
    if len(lines) > 1 and (len(document.head) >= HEAD_BYTES or len(lines) > 3 * _SAMPLE_LINES):
        lines.pop()
    lines = [line for line in lines if line.strip()][:_SAMPLE_LINES]
    sample = "\n".join(lines)
    delimiters = [one for one in _DELIMITERS if sample.count(one) >= len(lines) // 2 and one in sample]
    if not delimiters:
        return None
    best = max((_regularity(lines, delimiter) for delimiter in delimiters), key=lambda found: found[:3])
    if named:
        return best.delimiter if best.width else None
    return best.delimiter if _clearly_a_table(lines, best) else None


class _Regularity(NamedTuple):
    lines: int
    """How many lines have the commonest number of delimiters."""
    width: int
    """That number; 0 where there is no delimiter."""
    rank: int
    delimiter: str


def _regularity(lines: list[str], delimiter: str) -> _Regularity:
    counts = Counter(count for count in (line.count(delimiter) for line in lines) if count)
    if not counts:
        return _Regularity(0, 0, 0, delimiter)
    count, agreeing = counts.most_common(1)[0]
    return _Regularity(agreeing, count, -_DELIMITERS.index(delimiter), delimiter)


def _clearly_a_table(lines: list[str], found: _Regularity) -> bool:
    delimiter = found.delimiter
    if found.width < 2 or found.lines < 3 or found.lines < 0.9 * len(lines):
        return False
    if 3 * sum(line.startswith(delimiter) for line in lines) > 2 * len(lines) and delimiter == "\t":
        return False  # indentation
    if 3 * sum(bool(_NOT_A_ROW.search(line.replace(delimiter, " "))) for line in lines) > len(lines):
        return False
    text = "\n".join(lines)
    delimiters = text.count(delimiter)
    if len(text) > _LONGEST_MEAN_CELL * (delimiters + len(lines)):
        return False
    prose = text.count(delimiter + " ") + (len(_THOUSANDS.findall(text)) if delimiter == "," else 0)
    return delimiter in "\t|" or 2 * prose <= delimiters


def _newline(text: str) -> str:
    """Line feed, or the bare carriage return of old Macintosh files."""
    return "\r" if "\r" in text and "\n" not in text else "\n"


# --- the grid ---------------------------------------------------------------------------------------------------------


class _Record(NamedTuple):
    cells: tuple[Cell, ...]
    end: int
    """Where the next record begins; how far reading came where the quotes do not add up."""
    sound: bool = True


class _Grid:
    """Reads the rows of one block after the other, each character at most twice.

    Between blocks it remembers the record that the seam runs through: its number, the column it came to, and whether
    the seam is inside quotes.
    """

    def __init__(self, delimiter: str, newline: str) -> None:
        ends = re.escape(delimiter + newline)
        self._delimiter = delimiter
        self._newline = newline
        self._between = f'"{delimiter}"'
        self._quoted_cell = re.compile(rf'[^"]*+(?:""[^"]*+)*+("[ ]*+(?=[{ends}]|\r\n|\r?\Z))?')
        self._bare_cell = re.compile(rf"[^{ends}]*+")
        self._number = 0
        self._column = 0
        self._open = False
        self._in_quotes = False

    def rows(self, text: str, start: int, *, cut: bool, last: bool) -> tuple[Row, ...]:
        """The rows of ``text[start:]``; `cut`: it ends inside a line; `last`: nothing comes after it."""
        rows: list[Row] = []
        position = self._record(text, start, rows, last) if self._open else start
        while position < len(text):
            quote = text.find('"', position)
            plain = len(text) if quote < 0 else text.rfind(self._newline, position, quote) + 1
            if plain > position:
                self._plain(text[position:plain], position, rows)
                position = plain
            else:
                position = self._record(text, position, rows, last)
        if cut and rows and not self._open:
            self._open, self._column = True, rows[-1].cells[-1].column
        return tuple(rows)

    def _plain(self, text: str, offset: int, rows: list[Row]) -> None:
        """Lines in which quotes mean nothing."""
        lines = text.split(self._newline)
        if not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, self._number + 1):
            content = line.removesuffix("\r")
            if content:
                parts = content.split(self._delimiter, MAX_COLUMNS - 1)
                rows.append(Row(number, _cells(parts, offset, 1)))
            offset += len(line) + 1
        self._number += len(lines)

    def _record(self, text: str, start: int, rows: list[Row], last: bool) -> int:
        """Read the record with quotes that begins, or goes on, at `start`; returns where the next one begins."""
        resumed, self._open = self._open, False
        record = None if resumed else self._one_line(text, start)
        if record is None:
            record = self._walk(text, start, resumed, last)
        if record.sound:
            self._number += 0 if resumed else 1
            rows.append(Row(self._number, record.cells))
            return record.end
        self._open = False
        line_end = text.find(self._newline, start) + 1 or len(text)
        end = max(line_end, text.rfind(self._newline, start, record.end) + 1)
        self._plain(text[start:end], start, rows)
        return end

    def _one_line(self, text: str, start: int) -> _Record | None:
        """The record of one line where no cell holds a quote: the usual cases, made fast; None for all others."""
        feed = text.find(self._newline, start)
        feed = len(text) if feed < 0 else feed
        line = text[start:feed].removesuffix("\r")
        parts = line[1:-1].split(self._between)
        if line[:1] + line[-1:] == '""' and line.count('"') == 2 * len(parts) and len(parts) <= MAX_COLUMNS:
            return _Record(_cells(parts, start + 1, 3), feed + 1)
        parts = line.split(self._delimiter)
        if len(parts) > MAX_COLUMNS:
            return None
        cells: list[Cell] = []
        for column, part in enumerate(parts):
            end = start + len(part)
            if part[:1] != '"':
                cells.append(_cell((start, end, column)))
            elif part[-1] == '"' and part.count('"') == 2:
                cells.append(_cell((start + 1, end - 1, column)))
            else:
                return None
            start = end + 1
        return _Record(tuple(cells), feed + 1)

    def _walk(self, text: str, start: int, resumed: bool, last: bool) -> _Record:
        """Any record, cell by cell."""
        limit = min(len(text), start + MAX_RECORD)
        column, in_quotes = (self._column, self._in_quotes) if resumed else (0, False)
        cells: list[Cell] = []
        position = start
        while True:
            if in_quotes or text.startswith('"', position):
                begin = position if in_quotes else min(position + 1, limit)
                end, position, closed = self._quoted(text, begin, limit)
                if not closed and (position < len(text) or last):
                    return _Record((), position, sound=False)
                self._open = self._in_quotes = not closed
                self._column = column
            else:
                begin, end, position = self._bare(text, position, column)
            cells.append(Cell(begin, end, column))
            in_quotes = False
            if not text.startswith(self._delimiter, position):
                break
            position += 1
            column += 1
        position += 2 if text.startswith("\r\n", position) else 1
        sound = text.count("\n", start, position) <= MAX_RECORD_LINES
        return _Record(tuple(cells), min(position, len(text)), sound)

    def _quoted(self, text: str, begin: int, limit: int) -> tuple[int, int, bool]:
        """Where the cell inside quotes ends, where reading goes on, and whether the closing quote was found."""
        found = self._quoted_cell.match(text, min(begin, limit), limit)
        if found is None or found[1] is None:
            end = found.end() if found else limit
            return end, end, False
        return found.start(1), found.end(), True

    def _bare(self, text: str, begin: int, column: int) -> tuple[int, int, int]:
        """The cell without quotes: its span, and where reading goes on."""
        found = self._bare_cell.match(text, begin)
        position = found.end() if found else begin
        if column >= MAX_COLUMNS - 1:
            position = text.find(self._newline, begin)
            position = len(text) if position < 0 else position
        end = position - 1 if position > begin and text[position - 1] == "\r" else position
        return begin, end, position


def _cells(parts: list[str], start: int, gap: int) -> tuple[Cell, ...]:
    """The cells of a line that was split into `parts` at delimiters of `gap` characters."""
    cells: list[Cell] = []
    append = cells.append
    for column, part in enumerate(parts):
        end = start + len(part)
        append(_cell((start, end, column)))
        start = end + gap
    return tuple(cells)
