"""Where to look: from the gate's byte offsets to stretches of text and cells, and which of two candidates stands.

Everything here is arithmetic on offsets; what a candidate means is decided in `scanner.detection.detector`.
"""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.detection.gate import Hit
from scanner.detection.rules import Rule
from scanner.model import CONFIDENCES
from scanner.origin import Cell, Row
from scanner.text import fold

Span = tuple[int, int]
BEFORE, AFTER = 420, 340
"""Characters around a hit that are looked at: far more than the longest pattern with its context."""
NEIGHBOUR = 40
"""Characters of the cell to the left that serve as a label."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value in folded text with what speaks for it."""

    rule: Rule
    start: int
    end: int
    canonical: str
    evidence: str

    @property
    def weight(self) -> tuple[int, int]:
        """Of two candidates over the same characters the heavier one stands."""
        confidence = self.rule.confidence[self.evidence]
        return CONFIDENCES.index(confidence) if confidence in CONFIDENCES else -1, self.end - self.start

    @property
    def undecided(self) -> bool:
        """Whether only the population of the column can tell what the value is."""
        return self.evidence == "alone" and self.rule.chance > 0

    def fills(self, text: str) -> bool:
        """Whether nothing could stand against it: the most confident sort of value, and nothing else is in the text."""
        return self.end - self.start >= len(text) and self.rule.confidence[self.evidence] == CONFIDENCES[-1]

    def moved(self, by: int) -> "Candidate":
        """The same candidate in a text that begins `by` characters earlier."""
        return Candidate(self.rule, self.start + by, self.end + by, self.canonical, self.evidence)


def heaviest(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates that stand when no two may share characters, in order of their place.

    Those that only their population can decide do not compete with one another: it is not known yet which of them is.
    """
    if len(candidates) < 2:
        return candidates
    decided = _standing([one for one in candidates if not one.undecided])
    starts = [one.start for one in decided]
    open_ = [one for one in candidates if one.undecided and not _beaten(one, decided, starts)]
    return sorted([*decided, *open_], key=lambda one: one.start)


def _beaten(one: Candidate, decided: Sequence[Candidate], starts: Sequence[int]) -> bool:
    """Whether a decided candidate, of which no two overlap, stands over the same characters with no less weight."""
    index = max(bisect.bisect_left(starts, one.start) - 1, 0)
    while index < len(decided) and starts[index] < one.end:
        if decided[index].end > one.start and decided[index].weight >= one.weight:
            return True
        index += 1
    return False


def _standing(candidates: list[Candidate]) -> list[Candidate]:
    chosen: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: one.start):
        while chosen and chosen[-1].end > one.start and chosen[-1].weight < one.weight:
            chosen.pop()
        if not chosen or chosen[-1].end <= one.start:
            chosen.append(one)
    return chosen


def touches(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether one of some spans, which are in order and apart, shares a character with ``[start, end)``."""
    index = bisect.bisect_left(spans, (end, -1))
    return index > 0 and spans[index - 1][1] > start


def character_ends(hits: list[Hit], utf8: bytes, characters: int) -> list[Hit]:
    """The hits with byte offsets turned into character offsets, in order."""
    hits.sort(key=lambda hit: hit[1])
    if len(utf8) == characters:
        return hits
    ends: list[Hit] = []
    byte = character = 0
    for number, end in hits:
        if end > byte:
            character += len(utf8[byte:end].decode("utf-8", "ignore"))
            byte = end
        ends.append((number, character))
    return ends


Owners = Sequence[Sequence[int]]
"""For each pattern of the gate the numbers of its rules."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text that holds hits, and which rules may match in it; offsets are the text's own."""

    start: int
    end: int
    hits: dict[int, list[int]]
    """By the number of the rule where its hits end, in order; none: it may match anywhere in the stretch."""


def surroundings(ends: list[Hit] | None, length: int, owners: Owners) -> Iterator[Stretch]:
    """Stretches of the text that hold the hits; None: all of it, with all rules."""
    if ends is None:
        yield Stretch(0, length, {number: [] for number in _all(owners)})
        return
    here: list[Hit] = []
    for hit in ends:
        if here and hit[1] - BEFORE > here[-1][1] + AFTER:
            yield _stretch(here, length, owners)
            here = []
        here.append(hit)
    if here:
        yield _stretch(here, length, owners)


def _stretch(hits: list[Hit], length: int, owners: Owners) -> Stretch:
    start, end = max(hits[0][1] - BEFORE, 0), min(hits[-1][1] + AFTER, length)
    at: dict[int, list[int]] = {}
    for pattern, where in hits:
        for number in owners[pattern]:
            at.setdefault(number, []).append(where)
    return Stretch(start, end, {number: at[number] for number in sorted(at)})


@dataclass(frozen=True, slots=True)
class RowHits:
    """A row with the rules that hit in its cells, by the cell's index, and the row before it."""

    row: Row
    numbers: dict[int, set[int]]
    previous: Row

    def above(self, text: str, cell: Cell) -> str:
        """The folded text of the cell above."""
        index = _index(self.previous, cell.column)
        return fold(text[self.previous.cells[index].start : self.previous.cells[index].end]) if index >= 0 else ""


def hits_by_row(
    rows: Sequence[Row], ends: list[Hit] | None, owners: Owners, beside: frozenset[int], previous: Row
) -> Iterator[RowHits]:
    """Rows, each with its hits; a hit of a rule in `beside` stands for the next cell and the one below as well.

    `previous` is the row before the first one.
    """
    hits = _Queue(ends or [], owners)
    below: dict[int, set[int]] = {}
    for row in rows:
        here = {_index(row, column): numbers for column, numbers in below.items()}
        here.pop(-1, None)
        if ends is None:
            here = {index: set(_all(owners)) for index in range(len(row.cells))}
        below = hits.take(row, here, beside)
        yield RowHits(row, here, previous)
        previous = row


class _Queue:
    """The hits of a table in the order of its cells."""

    def __init__(self, ends: list[Hit], owners: Owners) -> None:
        self._ends = iter(ends)
        self._next = next(self._ends, None)
        self._owners = owners

    def take(self, row: Row, here: dict[int, set[int]], beside: frozenset[int]) -> dict[int, set[int]]:
        """Add the hits of a row to its cells; returns what its labels ask of the columns in the row below."""
        below: dict[int, set[int]] = {}
        last, index = row.cells[-1].end if row.cells else -1, 0
        while self._next is not None and self._next[1] <= last:
            if self._next[1] <= row.cells[0].start:
                self._next = next(self._ends, None)
                continue
            numbers = self._owners[self._next[0]]
            while self._next[1] > row.cells[index].end:
                index += 1
            here.setdefault(index, set()).update(numbers)
            labels = beside.intersection(numbers)
            if labels:
                here.setdefault(_next_filled(row, index), set()).update(labels)
                below.setdefault(row.cells[index].column, set()).update(labels)
            self._next = next(self._ends, None)
        return below


def _all(owners: Owners) -> list[int]:
    return sorted({number for numbers in owners for number in numbers})


def left_of(text: str, row: Row, cell: Cell) -> str:
    """What the nearest filled cell to the left says, as the beginning of a line that ends in the cell."""
    for other in reversed([other for other in row.cells if other.start < cell.start]):
        if other.end > other.start:
            if cell.start - other.end < NEIGHBOUR and not text[other.end : cell.start].strip(" \u3000\t"):
                return text[other.start : cell.start][-NEIGHBOUR:].replace("\n", " ")  # running text, as it stands
            return text[other.start : other.end][-NEIGHBOUR:].replace("\n", " ") + "\t"
    return ""


def _index(row: Row, column: int) -> int:
    return next((index for index, cell in enumerate(row.cells) if cell.column == column), -1)


def _next_filled(row: Row, index: int) -> int:
    return next((i for i in range(index + 1, len(row.cells)) if row.cells[i].end > row.cells[i].start), index)
