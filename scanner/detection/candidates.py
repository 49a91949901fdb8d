"""Where to look: from the gate's byte offsets to stretches of text and cells, and which of two candidates stands.

Everything here is arithmetic on offsets; what a candidate means is decided in `scanner.detection.detector`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanner.detection.gate import Hit
from scanner.detection.rules import Rule
from scanner.model import CONFIDENCES, Segment
from scanner.origin import Cell, Row
from scanner.text import fold

BEFORE, AFTER = 420, 240
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


def heaviest(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates that stand when no two may share characters, in order of their place."""
    if len(candidates) < 2:
        return candidates
    chosen: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: one.start):
        while chosen and chosen[-1].end > one.start and chosen[-1].weight < one.weight:
            chosen.pop()
        if not chosen or chosen[-1].end <= one.start:
            chosen.append(one)
    return chosen


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


def surroundings(ends: list[Hit] | None, length: int, owners: Owners) -> Iterator[tuple[int, int, Iterable[int]]]:
    """Stretches of the text that hold the hits, with the rules that hit there; None: all of it, all rules."""
    if ends is None:
        yield 0, length, _all(owners)
        return
    start, end, numbers = 0, -1, set[int]()
    for pattern, at in ends:
        if at - BEFORE > end:
            if numbers:
                yield start, end, sorted(numbers)
            start, numbers = max(at - BEFORE, 0), set()
        end = min(at + AFTER, length)
        numbers.update(owners[pattern])
    if numbers:
        yield start, end, sorted(numbers)


def hit_cells(
    segment: Segment, ends: list[Hit] | None, owners: Owners, beside: frozenset[int]
) -> Iterator[tuple[Row, Cell, str, Iterable[int]]]:
    """The cells that hold hits, each with the text of the cell above it and the rules that hit.

    A hit of a rule in `beside` is a label: it stands for its own cell, the next one to the right and the one below.
    """
    assert segment.table is not None
    previous = Row(0, ())
    hits = _Queue(ends or [], owners)
    below: dict[int, set[int]] = {}
    for row in segment.table.rows:
        here = {_index(row, column): numbers for column, numbers in below.items()}
        here.pop(-1, None)
        if ends is None:
            here = {index: set(_all(owners)) for index in range(len(row.cells))}
        below = hits.take(row, here, beside)
        for index in sorted(here):
            cell = row.cells[index]
            yield row, cell, _above(segment.text, previous, cell.column), sorted(here[index])
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
            return text[other.start : other.end][-NEIGHBOUR:].replace("\n", " ") + "\t"
    return ""


def _index(row: Row, column: int) -> int:
    return next((index for index, cell in enumerate(row.cells) if cell.column == column), -1)


def _next_filled(row: Row, index: int) -> int:
    return next((i for i in range(index + 1, len(row.cells)) if row.cells[i].end > row.cells[i].start), index)


def _above(text: str, previous: Row, column: int) -> str:
    index = _index(previous, column)
    return fold(text[previous.cells[index].start : previous.cells[index].end]) if index >= 0 else ""
