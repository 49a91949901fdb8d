"""Boxes of a form, one character each: neighbouring cells that are read together."""

from collections.abc import Iterator, Sequence

from scanner.origin import Row

BOXES = 6
"""So many neighbouring cells of one or two characters are boxes."""


def may_be_boxed(row: Row) -> bool:
    """Whether a row has many cells and little in them."""
    return len(row.cells) > BOXES and row.cells[-1].end - row.cells[0].start < 4 * len(row.cells) + 80


def box_runs(row: Row, cells: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring cells of one or two characters."""
    first = 0
    for index in range(len(cells) + 1):
        if index < len(cells) and 1 <= len(cells[index]) <= 2:
            continue
        if index - first >= BOXES:
            yield first, index
        first = index + 1
