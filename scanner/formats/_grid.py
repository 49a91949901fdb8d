"""Rows of values that were read from a database, laid out as text with a table over it.

Shared by the formats whose values lie in no text: databases, property lists, address books. Cells are separated by tabs
and rows by line feeds, but it is the grid that counts, so that both may stand inside a cell. Not a guesser of headers:
what the database calls its columns is put above the first row.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from scanner.formats import pick
from scanner.formats._names import Shown
from scanner.formats.binary import SIGNATURES
from scanner.limits import Budget
from scanner.model import HEAD_BYTES, Document, Problem, Segment
from scanner.origin import Cell, FixedOrigin, Place, Row, Table
from scanner.text import preview

BLOCK = 1 << 18
"""Characters of a segment: bounds the cells held at once."""
_LEAST_VALUE = 64
"""Bytes below which a binary value is no document."""
_MOST_VALUES = 10_000
"""Values of one database that become documents of their own."""
_RUN = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u0530-\u1fff\ud800-\uf8ff\ufff0-\uffff]{4,}")


class Grid:
    """Collects the rows of one table; a segment is given back whenever enough have come together."""

    __slots__ = ("_budget", "_document", "_encoding", "_length", "_number", "_parts", "_place", "_rows")

    def __init__(
        self, document: Document, budget: Budget, part: str, headers: Iterable[str] = (), encoding: str | None = None
    ) -> None:
        self._document = document
        self._budget = budget
        self._place = Place(part=part) if part else Place()
        self._encoding = encoding
        self._number = 0
        self._length = 0
        self._parts: list[str] = []
        self._rows: list[Row] = []
        names = tuple(headers)
        if any(names):
            self._lay(1, names)

    @property
    def part(self) -> str:
        """The name of the table."""
        return self._place.part or ""

    def add(self, values: Sequence[str]) -> Iterator[Segment]:
        """The next row; an empty string is an empty cell. Gives a segment when there is enough for one."""
        self._number += 1
        self._lay(self._number, values)
        if self._length > BLOCK:
            yield from self.rest()

    def rest(self) -> Iterator[Segment]:
        """What has come together so far, if any rows have."""
        if self._rows and self._number:
            self._budget.expand(self._length)
            yield Segment(
                text="".join(self._parts),
                address=self._document.address,
                origin=FixedOrigin(self._place),
                table=Table(name=self.part, rows=tuple(self._rows)),
                encoding=self._encoding,
            )
        self._parts, self._rows, self._length = [], [], 0

    def _lay(self, number: int, values: Sequence[str]) -> None:
        cells = []
        at = self._length
        for column, value in enumerate(values):
            if value:
                cells.append(Cell(at, at + len(value), column))
            at += len(value) + 1
        if cells:
            self._parts.append("\t".join(values))
            self._parts.append("\n")
            self._rows.append(Row(number, tuple(cells)))
            self._length = at


def runs(data: bytes, codec: str = "") -> str:
    """The readable stretches of binary data, one a line; `codec`: the only one that text can be in."""
    wide = data[1::2].count(0) * 3 > len(data)
    text = data.decode(codec or ("utf-16-le" if wide else "utf-8"), "replace")
    return "\n".join(run for run in _RUN.findall(text) if not run.isspace())


class Values:
    """The binary values of one database: text as text, documents as documents, of others what is readable in them."""

    __slots__ = ("_budget", "_count", "_shown")

    def __init__(self, document: Document, budget: Budget) -> None:
        self._budget = budget
        self._shown = Shown(document)
        self._count = 0

    def take(self, value: bytes, name: str) -> tuple[str, Document | None]:
        """The value as text, or as a document called `name`."""
        if len(value) < _LEAST_VALUE or (preview(value[:HEAD_BYTES]) is not None and not value.startswith(b"%PDF-")):
            return runs(value), None
        child = self._shown.child(name, len(value), partial(io.BytesIO, value))
        if pick(child).NAME == "binary" and not any(one.magic.match(value, one.offset) for one in SIGNATURES):
            return runs(value), None
        self._count += 1
        if self._count > _MOST_VALUES:
            return "", None
        self._budget.member()
        return "", child

    def problem(self, document: Document) -> Iterator[Problem]:
        """That there were more documents than are looked into, if so."""
        if self._count > _MOST_VALUES:
            detail = f"{self._count - _MOST_VALUES} of {self._count} binary values were not looked into"
            yield Problem(address=document.address, kind="too_large", detail=detail, size=document.size)
