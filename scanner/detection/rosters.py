"""Long tables: after the first rows whole columns are judged at a time, and only the odd rows one by one.

A row is odd when one of its cells is not a value of its column, when the gate sees something in a cell that no header
names, or when it has another number of cells. Odd rows are judged as all rows of a short table are
(`scanner.detection.tables`), which also teaches what their columns hold (`scanner.detection.columns`).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from scanner.detection.boxes import BOXES, boxes
from scanner.detection.candidates import Owners, character_ends
from scanner.detection.columns import NOTHING, Strip, Verdict
from scanner.detection.gate import Hit
from scanner.detection.rules import Rule
from scanner.detection.tables import Found, Sheet, is_data
from scanner.origin import Cell, Row
from scanner.text import fold

FIRST, PORTION = 64, 1024
"""Rows that are looked at together: at first, and once columns are known."""
LEAST = 16
"""Fewer rows of one width are judged one by one."""
Look = Callable[[str], list[Hit] | None]
"""The hits of the gate in a text, by bytes of its UTF-8; None: everywhere."""


@dataclass(slots=True)
class Down:
    """The values of one rule down a column: their rows and cells, and their canonical forms."""

    rule: Rule
    evidence: str
    column: int
    header: str
    rows: list[int] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    canonicals: list[str] = field(default_factory=list)

    def above(self, number: int) -> "Down":
        """What stands in rows with a lower number."""
        end = bisect_left(self.rows, number)
        return Down(
            self.rule, self.evidence, self.column, self.header, self.rows[:end], self.cells[:end], self.canonicals[:end]
        )


@dataclass(slots=True)
class _Whole:
    """Rows that were judged together."""

    downs: list[Down] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)
    """The indices of the rows that were not."""

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Runs of odd rows."""
        begin = end = -1
        for at in self.odd:
            if at != end:
                if end > begin:
                    yield begin, end
                begin = at
            end = at + 1
        if end > begin:
            yield begin, end


def search(sheet: Sheet, look: Look, owners: Owners, beside: frozenset[int]) -> Iterator[Found | list[Down]]:
    """All candidates of a block of rows, those of whole rows column by column."""
    rows, first = sheet.table.rows, 0
    while first < len(rows):
        strips = sheet.names.strips
        last = min(first + (PORTION if strips else FIRST), len(rows)) if sheet.teaches else len(rows)
        whole = _whole(sheet, first, last, look, owners) if strips else None
        for begin, end in whole.gaps() if whole else ((first, last),):
            ends = _ends(sheet, begin, end, look)
            if not whole and begin and ends == [] and _tell_nothing(sheet, begin, end):
                continue
            for at, found in sheet.rows(begin, end, ends, owners, beside):
                yield from found
                if whole and sheet.names.strips is not strips:  # a row of headers: below it columns mean something else
                    last = at + 1
                    break
            if end > last:
                break
        if whole:
            below = rows[last].number if last < len(rows) else rows[-1].number + 1
            yield [down.above(below) for down in whole.downs]
        first = last


def _ends(sheet: Sheet, begin: int, end: int, look: Look) -> list[Hit] | None:
    """The hits in some rows, by characters of the sheet's text."""
    start, text = sheet.span(begin, end)
    return _hits(text, look, start) if text else []


def _tell_nothing(sheet: Sheet, begin: int, end: int) -> bool:
    """Whether rows in which the gate has no hits can be passed over: nothing in them is a label or a box of a form.

    What would be a first row of headers, known or not, is not passed over.
    """
    names = sheet.names
    if names.readers or names.dates or sheet.any_header.mentioned(fold(sheet.span(begin, end)[1])):
        return False
    rows = sheet.table.rows[begin:end]
    if not names.headers and not all(is_data("\t".join(sheet.cells(row))) for row in rows):
        return False
    return not any(_may_be_boxed(sheet, row) for row in rows)


def _may_be_boxed(sheet: Sheet, row: Row) -> bool:
    """Whether boxes of one character each in a row may hold a value: a word speaks for one."""
    cells = sheet.cells(row)
    return any(
        sheet.readers.spoken_for(fold(f"{label}\t{''.join(cells[first:last])}"))
        for first, last, label in boxes(row, cells, sheet.names.headers)
    )


def _hits(text: str, look: Look, start: int) -> list[Hit] | None:
    hits = look(text)
    if not hits:
        return hits
    return [(number, end + start) for number, end in character_ends(hits, text.encode("utf-8", "replace"), len(text))]


def _whole(sheet: Sheet, first: int, last: int, look: Look, owners: Owners) -> _Whole | None:
    """The rows that are what their columns have been; None where the rows are too different."""
    if sheet.names.counts or sheet.names.dates:  # rows that mean something together
        return None
    rows = sheet.table.rows[first:last]
    widths = Counter((row.cells[0].column if row.cells else 0, len(row.cells)) for row in rows)
    (left, width), often = widths.most_common(1)[0]
    if often < LEAST or not width:
        return None
    shape = tuple(range(left, left + width))
    regular = [(at, row) for at, row in enumerate(rows, first) if _is_regular(row, shape)]
    if len(regular) < LEAST:
        return None
    grid = _Grid(sheet, [row for _, row in regular])
    odd = grid.odd(look, owners)
    if odd is None:
        return None
    kept = {at for (at, _), is_odd in zip(regular, odd, strict=True) if not is_odd}
    return _Whole(grid.downs(odd), [at for at in range(first, last) if at not in kept])


def _is_regular(row: Row, shape: tuple[int, ...]) -> bool:
    """Whether a row has a cell in each column of a run; over running text the run begins anywhere."""
    cells = row.cells
    if len(cells) != len(shape) or cells[-1].column != shape[-1]:
        return False
    return not shape[0] or tuple([cell.column for cell in cells]) == shape


class _Grid:
    """Rows of one width, by columns."""

    def __init__(self, sheet: Sheet, rows: Sequence[Row]) -> None:
        self._sheet = sheet
        self._rows = rows
        base = rows[0].cells[0].start
        folded = fold(sheet.text[base : rows[-1].cells[-1].end])
        columns = zip(*(row.cells for row in rows), strict=True)
        self._columns = {cells[0].column: cells for cells in columns}
        self._values = {
            column: [folded[start - base : end - base] for start, end, _ in cells]
            for column, cells in self._columns.items()
        }
        self._verdicts: dict[int, list[Verdict | None]] = {}

    def odd(self, look: Look, owners: Owners) -> bytearray | None:
        """For each row whether it must be judged by itself; None: all."""
        names = self._sheet.names
        odd, found = bytearray(len(self._rows)), [0] * len(self._rows)
        unnamed = [column for column in self._values if column not in names.readers]
        doubtful = [(column, at) for column in unnamed for at, value in enumerate(self._values[column]) if value]
        for column in names.readers.keys() & self._values.keys():
            verdicts = self._verdicts[column] = self._judged(column)
            for at, verdict in enumerate(verdicts):
                if verdict is None:
                    odd[at] = 1
                elif verdict.rule is not None:
                    found[at] += 1
                elif self._values[column][at]:
                    doubtful.append((column, at))
        self._note_boxes(unnamed, odd)
        if not self._clear(doubtful, odd, look, owners):
            return None
        least = min(2, len(self._verdicts))
        return bytearray(is_odd or number < least for is_odd, number in zip(odd, found, strict=True))

    def _judged(self, column: int) -> list[Verdict | None]:
        """What the cells of a column are; those that are nothing may yet hold what no header names."""
        values = self._values[column]
        strip = self._sheet.names.strips.setdefault(column, Strip())
        verdicts = strip.verdicts(values)
        fresh: dict[str, Verdict | None] = {}
        for at, verdict in enumerate(verdicts):
            if verdict is None:
                value = values[at]
                if value not in fresh:
                    fresh[value] = self._sheet.whole(column, value)
                    strip.learn(value, fresh[value])
                verdicts[at] = fresh[value]
        return verdicts

    def _note_boxes(self, unnamed: Sequence[int], odd: bytearray) -> None:
        """Mark the rows in which there may be boxes of one character each."""
        if sum(1 <= max(map(len, self._values[column])) <= 2 for column in unnamed) >= BOXES:
            for at, row in enumerate(self._rows):
                odd[at] |= _may_be_boxed(self._sheet, row)

    def _clear(self, cells: Sequence[tuple[int, int]], odd: bytearray, look: Look, owners: Owners) -> bool:
        """Mark the rows in which the gate sees what no header names; False: it sees too much."""
        values = [self._values[column][at] for column, at in cells]
        hits = _hits("\n".join(values), look, 0) if cells else []
        if hits is None:
            return False
        ends = list(accumulate(len(value) + 1 for value in values))
        settled = {column: self._sheet.settled(column) for column in {column for column, _ in cells}}
        names = self._sheet.names
        for number, end in hits:
            column, at = cells[bisect_left(ends, end)]
            if odd[at] or settled[column].issuperset(owners[number]):
                continue
            strip = None if column in names.readers else names.strips.get(column)
            if strip is None or strip.verdicts([self._values[column][at]])[0] is not NOTHING:
                odd[at] = 1
        return True

    def downs(self, odd: bytearray) -> list[Down]:
        """What stands in the rows that are not odd."""
        found: dict[tuple[int, str, str], Down] = {}
        numbers = [row.number for row in self._rows]
        for column, verdicts in self._verdicts.items():
            for number, cell, verdict, is_odd in zip(numbers, self._columns[column], verdicts, odd, strict=True):
                if is_odd or verdict is None or verdict.rule is None:
                    continue
                down = found.get((column, verdict.rule.id, verdict.evidence))
                if down is None:
                    evidence = self._sheet.evidence(verdict.rule, verdict.evidence)
                    down = Down(verdict.rule, evidence, column, self._sheet.names.shown[column])
                    found[column, verdict.rule.id, verdict.evidence] = down
                down.rows.append(number)
                down.cells.append(cell)
                down.canonicals.append(verdict.canonical)
        return list(found.values())
