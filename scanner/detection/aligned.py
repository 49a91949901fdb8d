"""Tables in running text: a line of headers, and below it lines of as many fields, until a blank line.

They come out of PDF files, mails and text editors: fields apart by tabs, bars or blanks. A line is taken for headers
when it holds the header words of at least two rules' columns, or one among several fields, and no data.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

import regex

from scanner.detection.context import Vocabulary
from scanner.detection.forms import TABLE, form
from scanner.detection.gate import Hit
from scanner.detection.labels import Labels
from scanner.origin import Cell, Row, Table
from scanner.text import fold

LINES = 6
"""So many lines of a paragraph may come before its headers."""
NEIGHBOUR = 400
"""Values in rows of one table are not further apart."""
REACH = 2000
"""Characters above a hit in which the paragraph and its headers may begin."""
LONGEST_LINE = 300
ASKEW = 3
"""Columns by which a field may be out of line with its header."""
ROWS = 20_000
"""Rows of one such table."""
_NO_HEADERS = regex.compile(r"[0-9０-９]{4}|@|[0-9][-/.][0-9]|[:：;=。<>{}]")
"""Data, labels of single values, sentences and code."""
_FIELD = regex.compile(r"[^\t| \n\r\u3000]+(?:[ \u3000](?![ \u3000|])[^\t| \n\r\u3000]+)*")
"""What stands between tabs, bars and wide gaps; single blanks may be inside."""
_WORD = regex.compile(r"[^\t| \n\r\u3000]+")
"""What stands between any blanks: PDF text keeps no wide gaps."""
_BAR = regex.compile(r"[|｜│┃║┆┊╎╏]")
_RULE = regex.compile(r"[\s|｜:=+*~_―－\-\u2500-\u257f]*")
"""A line that only separates headers from rows."""


class Region(NamedTuple):
    """A table in a text: the characters it covers, its headers included, and its grid."""

    start: int
    end: int
    table: Table


def regions(text: str, ends: Sequence[Hit], labels: frozenset[int], any_header: Labels) -> Iterator[Region]:
    """The tables of a text, in order; only paragraphs in which the gate has hits are looked at.

    `labels` are the patterns of the gate that hit a label: one is enough, of values there must be two.
    """
    done = looked = read = covered = -1
    for at in _worth_a_look(ends, labels):
        if at <= done:
            continue
        paragraph = max(text.rfind("\n\n", max(at - REACH, covered + 1, 0), at) + 1, covered + 1, at - REACH, 0)
        start = max(paragraph, done + 1)
        spans = [] if start == looked else _first_lines(text, start, at)
        own = text.rfind("\n", max(at - LONGEST_LINE, 0), at) + 1
        looked, done = start, _line_end(text, at)
        if not any_header.mentioned(fold(text[spans[0][0] if spans else own : done])):
            continue
        if at >= read:
            filled, read = form(text, max(paragraph, read), done, any_header)
            if filled and filled.end >= at:
                done = covered = filled.end
                yield Region(filled.start, filled.end, Table(name=f"{TABLE}{filled.start}", rows=filled.rows))
                continue
        headers = next((span for span in (*spans, (own, done)) if _heads(text, *span, any_header)), None)
        region = _region(text, *headers) if headers else None
        if region:
            done = covered = region.end
            yield region


def _worth_a_look(ends: Sequence[Hit], labels: frozenset[int]) -> Iterator[int]:
    before = -2 * NEIGHBOUR
    for index, (pattern, at) in enumerate(ends):
        after = ends[index + 1][1] if index + 1 < len(ends) else at + 2 * NEIGHBOUR
        if pattern in labels or min(at - before, after - at) < NEIGHBOUR:
            yield at
        before = at


def _first_lines(text: str, start: int, at: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    while start < at and len(spans) < LINES:
        end = _line_end(text, start)
        spans.append((start, end))
        start = end + 1
    return spans


def _heads(text: str, first: int, last: int, any_header: Vocabulary) -> bool:
    """Whether a line names columns."""
    if last - first > LONGEST_LINE or _NO_HEADERS.search(text, first, last):
        return False
    line = fold(text[first:last])
    words = any_header.count(line)
    return words > 1 or (words == 1 and len(_FIELD.findall(line)) > 1)


def _region(text: str, first: int, last: int) -> Region | None:
    """The table under a line of headers; None when no line below it fits."""
    for heading, below, least in _WAYS:
        heads = heading(text, first, last)
        if len(heads) < least:
            continue
        whole = Cell(first, last, len(heads))
        rows = [Row(1, (*heads, whole) if below is _words else heads)]
        end = at = last
        while at < len(text) and len(rows) < ROWS:
            start, at = at + 1, _line_end(text, at + 1)
            cells = _row(text, start, at, below, heads)
            if cells:
                rows.append(Row(len(rows) + 1, cells))
                end = at
            elif not (start < at and _RULE.fullmatch(text, start, at)) or not text[start:at].strip():
                break
            elif heading is not below and len(rows) == 1:
                continue
        if len(rows) > 1:
            return Region(first, end, Table(name=f"text {first}", rows=tuple(rows)))
    return None


def _row(text: str, start: int, end: int, way: "Way", heads: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of a line under the headers; none when it is no row of the table."""
    cells = way(text, start, end)
    if len(cells) == len(heads):
        return cells
    if way is _fields:
        return _below(text, heads, cells)
    if way is _barred:
        return cells if len(cells) > 1 else ()
    # fields with blanks in them: which is which cannot be told, only that they are those of the headers
    return (Cell(start, end, len(heads)),) if len(cells) > len(heads) else ()


def _fields(text: str, start: int, end: int) -> tuple[Cell, ...]:
    return _cells(text, start, end, _FIELD)


def _words(text: str, start: int, end: int) -> tuple[Cell, ...]:
    return _cells(text, start, end, _WORD)


def _barred(text: str, start: int, end: int) -> tuple[Cell, ...]:
    """What stands between bars, each in the column that its bars make."""
    if end - start > LONGEST_LINE * 4:
        return ()
    bars = [found.start() for found in _BAR.finditer(text, start, end)]
    if not bars:
        return ()
    begins = [start, *(at + 1 for at in bars)] if text[start : bars[0]].strip() else [at + 1 for at in bars]
    cells: list[Cell] = []
    for column, (first, last) in enumerate(zip(begins, [*bars[len(bars) + 1 - len(begins) :], end], strict=True)):
        inner = text[first:last]
        at = first + len(inner) - len(inner.lstrip())
        cells.append(Cell(at, max(first + len(inner.rstrip()), at), column))
    return tuple(cells[:-1] if cells[-1].start == cells[-1].end else cells)


def _cells(text: str, start: int, end: int, pattern: "regex.Pattern[str]") -> tuple[Cell, ...]:
    if end - start > LONGEST_LINE * 4:
        return ()
    return tuple(Cell(*found.span(), column) for column, found in enumerate(pattern.finditer(text, start, end)))


Way = Callable[[str, int, int], tuple[Cell, ...]]
_WAYS: tuple[tuple[Way, Way, int], ...] = (
    (_barred, _barred, 2),
    (_fields, _fields, 2),
    (_words, _fields, 3),
    (_words, _words, 3),
)
"""How a line of headers and the lines below it are divided, and the least number of headers."""


def _below(text: str, heads: Sequence[Cell], cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells under the headers above which they begin, on a screen of half- and full-width characters; or none."""
    begins = [_screen_column(text, head.start) for head in heads]
    placed = []
    for cell in cells:
        here = _screen_column(text, cell.start)
        column = min(range(len(begins)), key=lambda index: abs(begins[index] - here))
        if abs(begins[column] - here) > ASKEW:
            return ()
        placed.append(cell._replace(column=column))
    return tuple(placed)


def _screen_column(text: str, at: int) -> int:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
