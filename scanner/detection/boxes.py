"""Boxes of a form, one character each: neighbouring cells that are read together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from scanner.origin import Row

BOXES = 6
"""So many neighbouring cells of one or two characters are boxes."""


class Boxes(NamedTuple):
    """A run of boxes, by the indices of its first cell and of the one behind its last, and what labels it."""

    first: int
    last: int
    label: str
    """The filled cell to the left, or else the header of the first box."""


def boxes(row: Row, cells: Sequence[str], headers: Mapping[int, str]) -> Iterator[Boxes]:
    """The boxes of a row: none unless it has many cells and little in them. `headers`: those above, by column."""
    if len(row.cells) <= BOXES or row.cells[-1].end - row.cells[0].start >= 4 * len(row.cells) + 80:
        return
    for first, last in _runs(cells):
        left = next((text for text in reversed(cells[:first]) if text), "")
        yield Boxes(first, last, left or headers.get(row.cells[first].column, ""))


def _runs(cells: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring cells of one or two characters."""
    first = 0
    for index in range(len(cells) + 1):
        if index < len(cells) and 1 <= len(cells[index]) <= 2:
            continue
        if index - first >= BOXES:
            yield first, index
        first = index + 1
