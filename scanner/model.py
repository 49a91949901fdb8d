"""The nouns: what flows along the line, as records.

Source → Document → Segment → Match → Finding → Violation → Report, with Problem beside them. Nothing here opens,
decides or prints. A `Match` holds a raw value and lives and dies inside one worker; a `Finding` is what may be kept.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import IO, Any

from scanner.ledger import Ledger
from scanner.memory import Mark
from scanner.origin import Cell, Origin, Place, Table
from scanner.profile import Profile

CONFIDENCES = ("low", "medium", "high")
SEVERITIES = ("low", "medium", "high", "critical")
VOLUME_CLASSES = ("fixed", "removable", "network", "optical", "virtual", "cloud", "unknown")
PROBLEM_KINDS = (
    "encrypted", "too_large", "too_deep", "corrupt", "denied", "vanished", "timed_out", "unknown_format",
    "missing_reader", "cloud_only", "bomb", "bug", "image_only", "interrupted",
)  # fmt: skip
HEAD_BYTES = 8192
"""How much of a document the choice of its format may look at without reading it."""


# --- what is read -----------------------------------------------------------------------------------------------------


class Document:
    """One readable stream of bytes with an address: a file on disk, a member of an archive, an attachment.

    It holds no content beyond its first `HEAD_BYTES`. `opener` returns a new stream at its beginning each time;
    `beside` finds the files in its folder, and there is none for what lies in another document.
    """

    __slots__ = ("address", "path", "name", "size", "depth", "modified", "_opener", "_beside", "_head")

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
        beside: "Callable[[str], Document | None] | None" = None,
    ) -> None:
        self.address = address
        self.path = path
        self.name = name
        self.size = size
        self.depth = depth
        self.modified = modified
        self._opener = opener
        self._beside = beside
        self._head: bytes | None = None

    def open(self) -> IO[bytes]:
        """A new stream at the beginning of the document; the caller closes it."""
        if self._head is not None and len(self._head) == self.size < HEAD_BYTES and not self.depth:
            return io.BytesIO(self._head)  # a small file is read once
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

    def beside(self, name: str) -> "Document | None":
        """The file of this name in the same folder, where this is a file itself and there is one.

        Whoever asks makes what is read depend on more than this file: it is read again in every run.
        """
        return self._beside(name) if self._beside else None

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


@dataclass(slots=True, eq=False, kw_only=True)
class Sweep:
    """Values of one rule down a column of a table: many matches in one record, in clear as they are.

    `rows` and `cells` say where, `canonicals` what; each cell is one value from end to end.
    """

    rule: str
    type: str
    confidence: str
    evidence: str
    segment: Segment
    column: tuple[str, int]
    header: str | None
    rows: Sequence[int]
    cells: Sequence[Cell]
    canonicals: Sequence[str]

    def __len__(self) -> int:
        return len(self.rows)

    def value(self, index: int) -> str:
        """The characters of one value as they stand in the segment."""
        cell = self.cells[index]
        return self.segment.text[cell.start : cell.end]

    def match(self, index: int) -> Match:
        """One of the values as a match."""
        return Match(
            rule=self.rule,
            type=self.type,
            value=self.value(index),
            canonical=self.canonicals[index],
            confidence=self.confidence,
            evidence=self.evidence,
            segment=self.segment,
            offset=self.cells[index].start,
            column=self.column,
            row=self.rows[index],
            header=self.header,
        )


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
    own: bool = False
    """It speaks of nobody but the user of this PC, as far as the policy says who that is."""
    latest: date | None = None
    """The latest plausible date near its personal data, neither in the future nor a birth date; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What the line hands back for a batch of files: results only, no raw value."""

    ledger: Ledger
    documents: tuple[DocumentResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    marks: tuple[Mark, ...] = ()
    """The files that are finished, in the order of their documents and problems."""
    within: str = ""
    """The file to which what comes after those belongs."""
    profile: Profile | None = None
    """Where the time of the batch went, with its last part, where that is measured."""


# --- what it means ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A disk, medium or share, by an identity that survives remounting."""

    identity: str
    """File-system UUID or serial number; ``dev:N`` where none is to be had."""
    volume_class: str
    mount: str
    filesystem: str = ""
    label: str = ""
    encrypted: bool | None = None
    """Whether the system encrypts it at rest (dm-crypt, BitLocker); None: not known. A drive that encrypts by itself
    cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A clause of the policy that came true for one document."""

    clause: str
    severity: str
    address: str
    types: tuple[str, ...]
    persons: int
    message: str
    exception: str = ""
    """The id of the exception that accepts it, if one does."""

    def to_dict(self) -> dict[str, Any]:
        """The violation of the JSON report."""
        return {
            "clause": self.clause,
            "severity": self.severity,
            "address": self.address,
            "types": list(self.types),
            "persons": self.persons,
            "message": self.message,
            "exception": self.exception or None,
        }
