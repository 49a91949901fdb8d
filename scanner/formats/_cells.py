"""Cells on their way to segments: rows are gathered into blocks over which the sheet's grid lies.

Shared by the workbook formats that are read record by record (xls, xlsb, ods). It knows no file format.
"""

from collections import deque

from scanner.limits import Budget
from scanner.model import Segment
from scanner.origin import Cell, FixedOrigin, Origin, Place, Row, SheetOrigin, Table

BLOCK_CHARS = 1 << 16
BLOCK_CELLS = 1 << 14
"""A block is closed when it has so many characters, or so many cells."""
_SPACES = str.maketrans("\t\n\r", "   ")


class Cells:
    """The cells of one sheet in the order of the file; finished segments gather in `ready`."""

    __slots__ = ("ready", "_address", "_budget", "_origin", "_name", "_label", "_rows", "_row", "_lines", "_texts",
                 "_cells", "_at", "_count")  # fmt: skip

    def __init__(self, address: str, budget: Budget, sheet: str, label: str = "") -> None:
        self.ready: deque[Segment] = deque()
        self._address = address
        self._budget = budget
        self._origin: Origin = SheetOrigin(sheet)
        self._name = f"{sheet} {label}" if label else sheet
        self._label = label
        self._row = -1
        self._reset()

    def _reset(self) -> None:
        self._rows: list[Row] = []
        self._lines: list[str] = []
        self._texts: list[str] = []
        self._cells: list[Cell] = []
        self._at = self._count = 0

    def put(self, row: int, column: int, text: str) -> None:
        """One cell; row and column count from 0. Cells of one row follow one another."""
        if not text:
            return
        if row != self._row:
            self._end_row()
            self._row = row
        if not text.isprintable():
            text = text.translate(_SPACES)
        end = self._at + len(text)
        self._cells.append(Cell(self._at, end, column))
        self._texts.append(text)
        self._at = end + 1
        self._count += 1

    def _end_row(self) -> None:
        if self._texts:
            cells = self._cells
            if any(cells[index].column > cells[index + 1].column for index in range(len(cells) - 1)):
                self._sort()
            self._rows.append(Row(self._row + 1, tuple(self._cells)))
            self._lines.append("\t".join(self._texts))
            self._cells, self._texts = [], []
            if self._at > BLOCK_CHARS or self._count > BLOCK_CELLS:
                self._emit()

    def _sort(self) -> None:
        """Cells from left to right, as a table has them."""
        pairs = sorted(zip((cell.column for cell in self._cells), self._texts, strict=True), key=lambda pair: pair[0])
        at = self._cells[0].start
        self._cells, self._texts = [], []
        for column, text in pairs:
            self._cells.append(Cell(at, at + len(text), column))
            self._texts.append(text)
            at += len(text) + 1

    def _emit(self) -> None:
        text = "\n".join(self._lines)
        # One string may stand in a million cells: what is counted is what comes out.
        self._budget.expand(len(text))
        table = Table(name=self._name, rows=tuple(self._rows))
        self.ready.append(
            Segment(text=text, address=self._address, origin=self._origin, label=self._label, table=table)
        )
        self._reset()

    def close(self) -> None:
        """The sheet is over."""
        self._end_row()
        if self._rows:
            self._emit()


class Lines:
    """Lines that lie at one place; finished segments gather in `ready`. Equal lines in a row are said once."""

    __slots__ = ("ready", "_address", "_budget", "_lines", "_place", "_label", "_size")

    def __init__(self, address: str, budget: Budget) -> None:
        self.ready: deque[Segment] = deque()
        self._address = address
        self._budget = budget
        self._lines: dict[str, None] = {}
        self._place = Place()
        self._label = ""
        self._size = 0

    def put(self, text: str, place: Place, label: str = "") -> None:
        """A piece of text at a place."""
        text = text.strip("\0 \t\r\n").replace("\r", "\n")
        if not text:
            return
        if place != self._place or label != self._label or self._size > BLOCK_CHARS:
            self.close()
            self._place, self._label = place, label
        self._lines[text] = None
        self._size += len(text)

    def close(self) -> None:
        """What has been gathered is over."""
        if self._lines:
            text = "\n".join(self._lines)
            self._budget.expand(len(text))
            origin = FixedOrigin(self._place)
            self.ready.append(Segment(text=text, address=self._address, origin=origin, label=self._label))
        self._lines, self._size = {}, 0
