"""Elements of XML that repeat, as rows of a table: a list of people of any schema is laid out as a grid.

An element is a record once a second one of its name stands beside it that has two fields or more, itself or further
down; its fields are columns under the names of their elements and attributes. What stands in no record is a row until a
column comes again. Rows are decided on when a stretch of the text ends, so that the first record is known as well as
those that follow. What is remembered is bounded whatever the document holds: elements that are open, names of columns,
ways to records.
"""

import re
from typing import NamedTuple

from scanner.formats.json import LONGEST_NAME, MAX_COLUMNS, column_name, headers, of_people
from scanner.origin import Cell, MappedOrigin, Row, Table

_DEEPEST = 256
_MOST_WAYS = 4096
_LONGEST = 2 * LONGEST_NAME
_MOST_NAMES = 1024
"""Names of fields that are told apart in one element: enough to know a record by, and a row of cells."""
_CELLS = frozenset(("cell", "table-cell", "td", "th", "entry"))
"""Elements that are told apart by their place in the row and not by their name."""
_NAMED_BY = frozenset(("name", "key", "field", "column"))
"""Attributes that name the field whose value their element holds: ``<field name="...">``."""
_WIDEST = 16_384
_SETTING = re.compile(r"[A-Za-z]\w{0,15}|\d{0,3}(?:\.\d{0,8})?", re.ASCII)
"""The value of an attribute that only says how a cell or a row of cells looks."""


def _local(name: str) -> str:
    """A name without its prefix."""
    return name[name.rfind(":") + 1 :][:_LONGEST]


class _Row:
    """The number of a row, given when its first cell is there."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


class Element:
    """An element that is open, or in which something stands that is not laid out yet."""

    __slots__ = ("above", "called", "carries", "fields", "kids", "name", "place", "row", "way")

    def __init__(self, name: str, above: "Element | None", way: int) -> None:
        self.name = name
        self.above = above
        self.way = way
        self.called = ""
        """What an attribute says its field is called."""
        self.fields: set[str] = set()
        self.kids: set[str] = set()
        """Names of the records in it."""
        self.carries = False
        """It holds something with two fields or more, however deep."""
        self.place = 0
        """In a row of cells, the column; in the row itself, the one that comes next."""
        self.row: _Row | None = None


class _Written(NamedTuple):
    """A value that stands in the text: where, in which element, and the attribute if it is one."""

    start: int
    end: int
    element: Element
    attribute: str
    setting: bool
    """It is a setting where its element is a cell, or holds some."""


_NAMES = re.compile(r"""<([^\s<>/!?"'=]{1,120})|[\s]([^\s<>/"'=]{1,120}+)\s*+=(?:\s*+["']([^\s"'<>]{1,60})["'])?""")


def gridded(text: str, origin: MappedOrigin, names: str, rows: list[Row]) -> tuple[str, MappedOrigin, Table]:
    """A stretch of text under its grid, with the `names` of columns before it."""
    if names:
        starts = (0, *(at + len(names) for at in origin.starts))
        origin = MappedOrigin(origin.source, starts, (0, *origin.sources), origin.char, origin.line)
    return names + text, origin, Table(name="", rows=tuple(rows))


def _placed(cell: Element, row: Element, attribute: str, number: int) -> None:
    """A cell that says in which column it stands, or over how many it reaches."""
    if attribute == "Index":  # cells of Excel's XML of 2003 count from 1
        cell.place = row.place = max(min(number, _WIDEST), 1)
    elif attribute in ("number-columns-repeated", "MergeAcross"):
        row.place = min(cell.place + max(number - (attribute != "MergeAcross"), 0), _WIDEST)


def _in_cells(element: Element | None) -> bool:
    """Whether an element is a cell, a part of one, or a row of cells."""
    while element is not None and not element.place:
        element = element.above
    return element is not None


class Elements:
    """Follows the tags of one document, and lays a grid over the values in its text."""

    def __init__(self) -> None:
        self._on = False
        self._top = Element("", None, -1)
        self._here = self._top
        self._deep = 0
        self._beyond = 0
        """Elements that are open beyond those kept."""
        self._open: dict[str, int] = {}
        self._ways: dict[tuple[int, str], int] = {}
        self._records: set[int] = set()
        self._called: dict[int, tuple[int, set[str]]] = {}
        """By the way to an element, how often an attribute has named it, and the names."""
        self._columns: dict[tuple[str, str], int] = {}
        self._news: list[tuple[str, int]] = []
        self._written: list[_Written] = []
        self._number = 0
        self._loose = _Row()
        """The row of what stands in no record."""
        self._filled: set[int] = set()
        self._lone: tuple[int, Element | None] = (0, None)

    def look(self, source: str) -> None:
        """Begin as soon as something in a part of the document is called like people's data: a grid has its price."""
        if not self._on:
            names = {name for pair in _NAMES.findall(source) for name in pair if name}
            self._on = any(of_people(name) or _local(name).lower() in _CELLS for name in names)

    # --- tags ---

    def open(self, name: str, *, empty: bool) -> None:
        """A tag that begins an element; of one that is empty, `close` is called as well."""
        if not self._on:
            return
        local = _local(name)
        if self._deep >= _DEEPEST:
            self._beyond += not empty
            return
        here = self._here
        if len(here.fields) < _MOST_NAMES:
            here.fields.add(local)
        self._here = made = Element(local, here, self._way(here.way, local))
        self._open[local] = self._open.get(local, 0) + 1
        self._deep += 1
        if local.lower() in _CELLS and (local.lower() != "entry" or here.name.lower() == "row"):
            made.place = here.place = min(here.place + 1, _WIDEST)

    def attribute(self, name: str, value: str) -> None:
        """An attribute of the element that was begun last."""
        if not self._on:
            return
        local, here = _local(name), self._here
        if local.lower() in _NAMED_BY and 0 < len(value) <= LONGEST_NAME:
            here.called = here.called or value
            times, names = self._called.get(here.way, (0, set()))
            if len(names) < _MOST_NAMES:
                names.add(value)
            self._called[here.way] = times + 1, names
            if here.above and len(here.above.fields) < _MOST_NAMES:
                here.above.fields.add(value)
        elif len(here.fields) < _MOST_NAMES:
            here.fields.add(local)
        if here.place and value.isdecimal() and len(value) < 6 and here.above:
            _placed(here, here.above, local, int(value))

    def close(self, name: str) -> None:
        """A tag that ends an element; one that was never begun says nothing, others that are open end with it."""
        if self._beyond:
            self._beyond -= 1
            return
        local = _local(name)
        if not self._open.get(local):
            return
        while self._here.above is not None:
            ended = self._here
            self._here = ended.above or self._top
            self._deep -= 1
            self._open[ended.name] -= 1
            if not self._open[ended.name]:
                del self._open[ended.name]
            self._learn(ended)
            if ended.name == local:
                return

    def _way(self, above: int, name: str) -> int:
        """A number for the names on the way to an element; 0 where too many are known."""
        found = self._ways.get((above, name), 0)
        if not found and len(self._ways) < _MOST_WAYS and len(name) <= LONGEST_NAME:
            found = self._ways[above, name] = len(self._ways) + 1
        return found

    def _learn(self, ended: Element) -> None:
        above = ended.above
        if above is None or not ended.way or (len(ended.fields) < 2 and ended.place < 2 and not ended.carries):
            return
        above.carries = True
        if ended.place and ended.name.lower() in _CELLS:
            return
        if ended.name in above.kids:
            self._records.add(ended.way)
        elif len(above.kids) < _MOST_NAMES:
            above.kids.add(ended.name)

    # --- values ---

    def write(self, start: int, end: int, attribute: str = "", value: str = "") -> None:
        """A value of the element that is open stands in ``text[start:end]``, or goes on there."""
        if not self._on:
            return
        attribute = _local(attribute)
        before = self._written[-1] if self._written else None
        if before and not attribute and before.element is self._here and not before.attribute:
            self._written[-1] = before._replace(end=end)
        else:
            self._written.append(_Written(start, end, self._here, attribute, _SETTING.fullmatch(value) is not None))

    def lay(self) -> tuple[str, list[Row]] | None:
        """Names to be put before the text, and rows over both, for what was written since this was asked before.

        None as long as no record has been seen.
        """
        written, self._written = self._written, []
        if not self._records:
            return None
        rows: list[tuple[int, list[tuple[int, int, int]]]] = []
        for value in written:
            if value.attribute and value.setting and _in_cells(value.element):
                continue
            group, record = self._group(value.element)
            column = self._column(value, record)
            row = self._row(group, column, value)
            if not rows or rows[-1][0] != row:
                rows.append((row, []))
            rows[-1][1].append((value.start, value.end, column))
        news, self._news = self._news, []
        names, heads = headers(news)
        size = len(names)
        laid = [
            Row(number, tuple([Cell(start + size, end + size, column) for start, end, column in cells]))
            for number, cells in rows
        ]
        return names, [*heads, *laid]

    def _group(self, element: Element) -> tuple[_Row, Element]:
        """The row that an element stands in, and its record; the document itself is the record of what is in none."""
        record: Element = element
        while record.above is not None and record.way not in self._records:
            record = record.above
        if record.above is None:
            return self._loose, record
        if record.row is None:
            record.row = _Row()
        return record.row, record

    def _row(self, group: _Row, column: int, value: _Written) -> int:
        if group is self._loose:
            self._loosen(column, value)
            group = self._loose
        if not group.number:
            self._number += 1
            group.number = self._number
        return group.number

    def _loosen(self, column: int, value: _Written) -> None:
        """Outside of records a column that comes again begins a row, unless it is said twice in a row of several."""
        owner = value.element.above
        again = self._lone == (column, owner) and len(self._filled) > 1
        if column in self._filled and not again:
            self._loose = _Row()
            self._filled.clear()
        self._filled.add(column)
        self._lone = (column, owner)

    def _calls(self, element: Element) -> bool:
        """Whether the attributes that name such elements are names of fields: the same few again and again."""
        times, names = self._called.get(element.way, (0, set()))
        return 0 < 2 * len(names) <= times

    def _column(self, value: _Written, record: Element) -> int:
        """The column of a value: by place where it stands in a cell, else by name."""
        element, place = value.element, 0
        seen: Element | None = element
        while seen is not None and seen is not record:
            if seen.place and seen.name.lower() in _CELLS:
                place = seen.place
                break
            seen = seen.above
        if place:
            return 0 if value.attribute else MAX_COLUMNS + place
        around = element if value.attribute else element.above
        called = element.called if self._calls(element) else ""
        if called and value.attribute.lower() in _NAMED_BY:
            return 0
        name = value.attribute or called or element.name
        name = column_name(around.name if around and around.above else "", name)
        key = record.name, name
        column = self._columns.get(key, 0)
        if not column and name and len(name) <= LONGEST_NAME and len(self._columns) < MAX_COLUMNS - 1:
            column = self._columns[key] = len(self._columns) + 1
            self._news.append((name, column))
        return column
