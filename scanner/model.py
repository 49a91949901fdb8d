"""The nouns: what flows along the line, as records.

Source → Document → Segment → Match → Finding → Violation → Report, with Problem beside them. Nothing here opens,
decides or prints. A `Match` holds a raw value and lives and dies inside one worker; a `Finding` is what may be kept.
"""

import bisect
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from typing import IO, Any, NamedTuple, Protocol

CONFIDENCES = ("low", "medium", "high")
SEVERITIES = ("low", "medium", "high", "critical")
STATES = ("read", "unchanged", "not_read", "excluded")
VOLUME_CLASSES = ("fixed", "removable", "network", "optical", "virtual", "cloud", "unknown")
PROBLEM_KINDS = (
    "encrypted", "too_large", "too_deep", "corrupt", "denied", "vanished", "timed_out", "unknown_format",
    "missing_reader", "cloud_only", "bomb", "bug", "image_only", "interrupted",
)  # fmt: skip
HEAD_BYTES = 8192
"""How much of a document the choice of its format may look at without reading it."""


# --- where something lies ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a document something lies; only the fields that its format has are set.

    `start` and `end` count characters of the decoded file without its byte-order mark; `line`, `column`, `row` and
    `page` count from 1.
    """

    start: int | None = None
    end: int | None = None
    line: int | None = None
    column: int | None = None
    row: int | None = None
    header: str | None = None
    sheet: str | None = None
    cell: str | None = None
    page: int | None = None
    slide: int | None = None
    part: str | None = None
    paragraph: int | None = None

    def to_dict(self) -> dict[str, int | str]:
        """The set fields, in the order of the class."""
        values = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in values if value is not None}


class Cell(NamedTuple):
    """One cell: its span in the segment's text and its column, counted from 0."""

    start: int
    end: int
    column: int


class Row(NamedTuple):
    """One row of a table: its number as a person counts it (from 1) and its cells from left to right."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The grid that lies over a segment's text. Segments of one table (blocks of rows) share its `name`."""

    name: str
    rows: tuple[Row, ...]

    def at(self, offset: int) -> tuple[Row, Cell] | None:
        """The cell that holds the character at `offset` of the segment's text."""
        index = bisect.bisect_right(self.rows, offset, key=_row_start) - 1
        if index < 0:
            return None
        row = self.rows[index]
        inside = bisect.bisect_right(row.cells, offset, key=lambda cell: cell.start) - 1
        if inside < 0 or offset > row.cells[inside].end:
            return None
        return row, row.cells[inside]


def _row_start(row: Row) -> int:
    return row.cells[0].start if row.cells else 0


class Origin(Protocol):
    """Leads from a span of a segment's text back to its place in the document."""

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The place of ``segment.text[start:end]``."""


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """The segment's text stands in the decoded file as it is, from character `char` and line `line` (from 1) on."""

    char: int = 0
    line: int = 1

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """Offsets, line and column; the row as well when a table lies over the text."""
        line, column = line_and_column(segment.text, start)
        found = segment.table.at(start) if segment.table else None
        return Place(
            start=self.char + start,
            end=self.char + end,
            line=self.line + line,
            column=column,
            row=found[0].number if found else None,
        )


@dataclass(frozen=True, slots=True)
class MappedOrigin:
    """The segment's text was taken from `source` in pieces: markup, escapes.

    `source` stands in the decoded file from character `char` and line `line` (from 1) on. `starts[i]` is where piece i
    begins in the segment's text and `sources[i]` where it begins in `source`. A piece of one character in the text may
    be several in the source (``&amp;``): its end is where the next piece begins, which may be an empty one.
    """

    source: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]
    char: int = 0
    line: int = 1

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """Offsets, line and column in the file; the row as well when a table lies over the text."""
        first = self._back(start)
        found = segment.table.at(start) if segment.table else None
        return Place(
            start=self.char + first,
            end=self.char + (max(self._end(end), first) if end > start else first),
            line=self.line + self.source.count("\n", 0, first),
            column=first - self.source.rfind("\n", 0, first),
            row=found[0].number if found else None,
        )

    def _back(self, offset: int) -> int:
        index = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        return self.sources[index] + offset - self.starts[index]

    def _end(self, end: int) -> int:
        index = bisect.bisect_right(self.starts, end - 1)
        if index < len(self.starts) and self.starts[index] == end and self.starts[index - 1] == end - 1:
            return self.sources[index]
        return self._back(end - 1) + 1


@dataclass(frozen=True, slots=True)
class SheetOrigin:
    """The segment is a block of rows of the worksheet `sheet`."""

    sheet: str

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The sheet and the cell in A1 notation."""
        found = segment.table.at(start) if segment.table else None
        if found is None:
            return Place(sheet=self.sheet)
        row, cell = found
        return Place(sheet=self.sheet, cell=f"{column_letters(cell.column)}{row.number}")


@dataclass(frozen=True, slots=True)
class FixedOrigin:
    """Everything in the segment lies at one place: a page, a slide, a part of a mail."""

    at: Place

    def place(self, segment: "Segment", start: int, end: int) -> Place:
        """The place itself; within it, the row when a table lies over the text."""
        found = segment.table.at(start) if segment.table else None
        return replace(self.at, row=found[0].number) if found else self.at


@lru_cache(maxsize=2)
def _line_ends(text: str) -> list[int]:
    ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
    return [end - 1 for end in ends]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line (from 0) and the column (from 1) of the character at `offset`."""
    ends = _line_ends(text)
    line = bisect.bisect_left(ends, offset)
    return line, offset - (ends[line - 1] if line else -1)


def column_letters(column: int) -> str:
    """The letters of a column counted from 0: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- what is read -----------------------------------------------------------------------------------------------------


class Document:
    """One readable stream of bytes with an address: a file on disk, a member of an archive, an attachment.

    It holds no content beyond its first `HEAD_BYTES`. `opener` returns a new stream at its beginning each time.
    """

    __slots__ = ("address", "path", "name", "size", "depth", "modified", "_opener", "_head")

    def __init__(
        self,
        *,
        address: str,
        path: str,
        name: str,
        size: int,
        opener: Callable[[], IO[bytes]],
        depth: int = 0,
        modified: float | None = None,
    ) -> None:
        self.address = address
        self.path = path
        self.name = name
        self.size = size
        self.depth = depth
        self.modified = modified
        self._opener = opener
        self._head: bytes | None = None

    def open(self) -> IO[bytes]:
        """A new stream at the beginning of the document; the caller closes it."""
        return self._opener()

    @property
    def head(self) -> bytes:
        """The first `HEAD_BYTES` of the document."""
        if self._head is None:
            with self.open() as stream:
                self._head = stream.read(HEAD_BYTES)
        return self._head

    @property
    def suffix(self) -> str:
        """The name's ending in lower case with its dot, or an empty string."""
        stem, dot, ending = self.name.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    def child(self, name: str, size: int, opener: Callable[[], IO[bytes]]) -> "Document":
        """A document inside this one, under the address grammar ``outer!inner``."""
        return Document(
            address=f"{self.address}!{name}",
            path=self.path,
            name=name.replace("\\", "/").rpartition("/")[2],
            size=size,
            opener=opener,
            depth=self.depth + 1,
            modified=self.modified,
        )

    def inner(self, name: str, content: bytes) -> "Document":
        """A child whose bytes are already at hand."""
        return self.child(name, len(content), lambda: io.BytesIO(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a document's text with the way back to where it lies: all that detection ever sees."""

    text: str
    address: str
    origin: Origin
    label: str = ""
    """What the piece is called where it lies: a field's name, a subject line."""
    table: Table | None = None
    """The grid over the text, if it has one."""
    encoding: str | None = None
    """The encoding of the document, where it has one, as decided by evidence."""
    lead: int = 0
    """So many characters at the start were already in the segment before: they are context only."""
    cut: bool = False
    """The text was cut inside a line; what touches its end continues in the next segment."""
    utf8: bytes | None = None
    """The text in UTF-8, where the reader has it at hand."""

    @property
    def place(self) -> Place:
        """Where the whole segment lies."""
        return self.origin.place(self, 0, len(self.text))


# --- what is found ----------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Match:
    """A value that a rule recognised. Holds personal data in clear: never leaves the process that made it.

    Not frozen, and its place is worked out only when asked for: dense rosters make matches by the million.
    """

    rule: str
    type: str
    value: str
    """The characters as they stand in the segment."""
    canonical: str
    """The value in one spelling, so that equal values compare equal."""
    confidence: str
    evidence: str
    """What the confidence rests on: ``alone``, ``near``, ``label``, ``column``, ``population``."""
    segment: Segment
    offset: int
    """Where in the segment's text the value begins."""
    column: tuple[str, int] | None = None
    """Table and column it stands in."""
    row: int | None = None
    header: str | None = None

    @property
    def address(self) -> str:
        """The address of the document."""
        return self.segment.address

    @property
    def place(self) -> Place:
        """Where in the document the value lies."""
        place = self.segment.origin.place(self.segment, self.offset, self.offset + len(self.value))
        return replace(place, header=self.header) if self.header else place

    @property
    def start(self) -> int | None:
        """First character in the decoded file, where the format has text offsets."""
        return self.place.start

    @property
    def end(self) -> int | None:
        """One past the last character in the decoded file, where the format has text offsets."""
        return self.place.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What may be kept of all matches of one rule and confidence in one document."""

    rule: str
    type: str
    confidence: str
    count: int
    distinct: int
    masked: tuple[str, ...]
    places: tuple[Place, ...]
    places_omitted: int

    def to_dict(self) -> dict[str, Any]:
        """The finding of the JSON report."""
        return {
            "rule": self.rule,
            "type": self.type,
            "confidence": self.confidence,
            "count": self.count,
            "distinct": self.distinct,
            "masked": list(self.masked),
            "places": [place.to_dict() for place in self.places],
            "places_omitted": self.places_omitted,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """How many people: the best estimate and its bounds."""

    best: int = 0
    low: int = 0
    high: int = 0

    def to_dict(self) -> dict[str, int]:
        """The estimate of the JSON report."""
        return {"best": self.best, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was not, or not wholly, read, and why."""

    address: str
    kind: str
    detail: str
    size: int

    def to_dict(self) -> dict[str, Any]:
        """The problem of the JSON report."""
        return {"address": self.address, "kind": self.kind, "detail": self.detail, "size": self.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentResult:
    """A document with findings."""

    address: str
    path: str
    format: str
    encoding: str | None
    size: int
    modified: float | None
    persons: Persons
    findings: tuple[Finding, ...]
    sketches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """For each type the smallest keyed digests of its values: the same people in two documents are counted once."""


# --- the account of what was examined -----------------------------------------------------------------------------------


class Ledger:
    """Counts every entry once, in one state, by number and by bytes.

    An entry is a file, a link, a device, a member of a container, and a folder that was not walked. Folders that were
    walked are not entries: what lies in them is.
    """

    __slots__ = ("entries", "bytes", "not_read_by_kind", "excluded_by_reason")

    def __init__(self) -> None:
        self.entries: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.not_read_by_kind: Counter[str] = Counter()
        self.excluded_by_reason: Counter[str] = Counter()

    def add(self, state: str, size: int, why: str = "") -> None:
        """Count one entry; `why` is the kind of a ``not_read`` and the reason of an ``excluded`` one."""
        for book, amount in ((self.entries, 1), (self.bytes, size)):
            book["total"] += amount
            book[state] += amount
        if state == "not_read":
            self.not_read_by_kind[why] += 1
        elif state == "excluded":
            self.excluded_by_reason[why] += 1

    def merge(self, other: "Ledger") -> None:
        """Add the counts of another ledger to this one."""
        for name in self.__slots__:
            getattr(self, name).update(getattr(other, name))

    def check(self) -> None:
        """Raise AssertionError unless ``total = read + unchanged + not_read + excluded`` for entries and bytes."""
        for book in (self.entries, self.bytes):
            if book["total"] != sum(book[state] for state in STATES):
                raise AssertionError(f"the ledger does not add up: {dict(book)}")
        if self.entries["not_read"] != self.not_read_by_kind.total():
            raise AssertionError("the ledger's kinds do not add up")
        if self.entries["excluded"] != self.excluded_by_reason.total():
            raise AssertionError("the ledger's reasons do not add up")

    def to_dict(self) -> dict[str, dict[str, int]]:
        """The ledger of the JSON report."""
        keys = ("total", *STATES)
        return {
            "entries": {key: self.entries[key] for key in keys},
            "bytes": {key: self.bytes[key] for key in keys},
            "not_read_by_kind": dict(sorted(self.not_read_by_kind.items())),
            "excluded_by_reason": dict(sorted(self.excluded_by_reason.items())),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What the line hands back for a batch of files: results only, no raw value."""

    ledger: Ledger
    documents: tuple[DocumentResult, ...] = ()
    problems: tuple[Problem, ...] = ()


# --- what it means ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A disk, medium or share, by an identity that survives remounting."""

    identity: str
    """File-system UUID or serial number; ``dev:N`` where none is to be had."""
    volume_class: str
    mount: str
    filesystem: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A clause of the policy that came true for one document."""

    clause: str
    severity: str
    address: str
    types: tuple[str, ...]
    persons: int
    message: str

    def to_dict(self) -> dict[str, Any]:
        """The violation of the JSON report."""
        return {
            "clause": self.clause,
            "severity": self.severity,
            "address": self.address,
            "types": list(self.types),
            "persons": self.persons,
            "message": self.message,
        }
