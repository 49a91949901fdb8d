"""Property lists of Apple systems, binary and XML: settings, address books, bookmarks, archived objects.

Lists of dictionaries become tables, everything else lines with their keys. What several places refer to is written
once, so that a small file cannot stand for a large one. Not a reader of archived objects (NSKeyedArchiver): their texts
are read, their structure is not.
"""

import plistlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import Grid, Values
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import FixedOrigin, Place

NAME = "plist"
RANK = 245
ENDINGS = (".plist",)

_BINARY = b"bplist0"
_XML = b"<!DOCTYPE plist"
_MOST_COLUMNS = 16_384
_BLOCK = 1 << 18
_DEEPEST = 200
_DAMAGE = (
    plistlib.InvalidFileException, ExpatError, ValueError, TypeError, LookupError, AttributeError, OverflowError,
    MemoryError,
)  # fmt: skip
"""What plistlib raises over damaged bytes; LookupError also for an encoding of no known name."""


def accepts(document: Document) -> bool:
    """Whether the document begins like a property list."""
    return document.head.startswith(_BINARY) or (document.head[:5] == b"<?xml" and _XML in document.head[:400])


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """Tables and lines in the order of the list; data in it that is a document of its own."""
    budget.enter(document.depth)
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory + 1)
    budget.hold(len(data))
    try:
        root = plistlib.loads(data)
    except _DAMAGE:
        raise Unreadable("corrupt", "the property list is damaged") from None
    yield from _Reader(document, budget).pieces(root)


class _Reader:
    def __init__(self, document: Document, budget: Budget) -> None:
        self._document = document
        self._budget = budget
        self._values = Values(document, budget)
        self._seen: set[int] = set()
        self._lines: list[str] = []
        self._length = 0
        self._children: list[Document] = []

    def pieces(self, root: Any) -> Iterator[Piece]:
        """Everything below `root`, which is held until the end, so that no two objects have the same identity."""
        yield from self._walk("", root, 0)
        yield from self._text()
        yield from self._children
        yield from self._values.problem(self._document)

    def _walk(self, name: str, value: Any, depth: int) -> Iterator[Segment]:
        if not isinstance(value, dict | list):
            self._line(name, self._plain(name, value))
        elif self._first(value, depth):
            rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
            if len(rows) > 1 and len(rows) == len(value):
                yield from self._text()
                yield from self._table(name, rows, depth)
                return
            pairs = value.items() if isinstance(value, dict) else ((name, one) for one in value)
            for key, inner in pairs:
                yield from self._walk(str(key), inner, depth + 1)
        if self._length > _BLOCK:
            yield from self._text()

    def _first(self, value: Any, depth: int) -> bool:
        """Whether a container is seen for the first time."""
        self._budget.tick()
        if depth > _DEEPEST:
            raise Unreadable("too_deep", "lists inside lists inside lists")
        new = id(value) not in self._seen
        self._seen.add(id(value))
        return new

    def _table(self, name: str, rows: list[dict[str, Any]], depth: int) -> Iterator[Segment]:
        columns = list(dict.fromkeys(str(key) for row in rows for key in row))[:_MOST_COLUMNS]
        grid = Grid(self._document, self._budget, name, columns)
        for row in rows:
            cells = []
            for column in columns:
                value = row.get(column)
                if isinstance(value, dict | list):
                    cells.append(" ".join(self._flat(value, depth + 1)))
                else:
                    cells.append(self._plain(column, value))
            yield from grid.add(cells)
        yield from grid.rest()

    def _flat(self, value: Any, depth: int) -> Iterator[str]:
        """What lies below a cell, its names left out."""
        if not isinstance(value, dict | list):
            yield self._plain("", value)
        elif self._first(value, depth):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from self._flat(inner, depth + 1)

    def _plain(self, name: str, value: Any) -> str:
        if isinstance(value, bytes):
            return self._data(name, value)
        if isinstance(value, datetime):
            return value.isoformat(" ")
        return "" if value is None or isinstance(value, bool | plistlib.UID) else str(value)

    def _data(self, name: str, value: bytes) -> str:
        text, child = self._values.take(value, name or "data")
        if child:
            self._children.append(child)
        return text

    def _line(self, name: str, value: str) -> None:
        if value:
            line = f"{name}: {value}" if name else value
            self._lines.append(line)
            self._length += len(line) + 1

    def _text(self) -> Iterator[Segment]:
        if self._lines:
            text = "\n".join(self._lines)
            self._budget.expand(len(text))
            yield Segment(text=text, address=self._document.address, origin=FixedOrigin(Place()))
        self._lines, self._length = [], 0
