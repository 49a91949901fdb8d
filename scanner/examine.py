"""The line inside a worker: one file's bytes, from its stream to findings, problems and ledger entries.

Everything nested in a file goes through the same method, one deeper. This is the one place where any exception of a
reader becomes a record: whatever a document does, the rest of the run is unharmed.
"""

import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from scanner import formats
from scanner.detection.detector import Detector, Examination
from scanner.detection.redact import Collector
from scanner.detection.rules import Rule
from scanner.errors import Textless, Unreadable
from scanner.ledger import Ledger
from scanner.limits import Budget, Limits
from scanner.media.opening import open_file
from scanner.media.opening import problem as os_problem
from scanner.media.walk import Entry, printable
from scanner.model import Document, DocumentResult, FileResult, Problem, Segment

_ENDS_THE_FILE = frozenset({"bomb", "timed_out"})
"""Kinds that concern the budget of the whole file: what is left in it would fail alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a worker needs to know; the same for all files of a run."""

    rules: tuple[Rule, ...]
    gate: tuple[bytes, ...] = ()
    """The rules' gate, compiled; empty: each worker compiles it."""
    key: bytes
    """Secret of the run under which values are digested."""
    limits: Limits = field(default_factory=Limits)
    places: int | None = 20
    """Places kept of a finding; None keeps all."""
    min_confidence: str = "low"


def document_of(entry: Entry) -> Document:
    """The document that a file on disk is."""
    shown = printable(entry.path)
    return Document(
        address=shown,
        path=shown,
        name=os.path.basename(shown),
        size=entry.size,
        opener=lambda: open_file(entry.path),
        modified=entry.modified,
    )


class Taker(Protocol):
    """Takes the segments of one document as the line reads them."""

    def take(self, segment: Segment, form: str) -> None:
        """The next segment, read by the format named `form`."""

    def result(self) -> DocumentResult | None:
        """What the document came to, once it has been read or given up."""


def read(document: Document, budget: Budget, begin: Callable[[Document], Taker], account: "Account") -> None:
    """Read a document and everything in it; each ends in one entry of the account, whatever it does.

    Raises Unreadable only for a nested document, and only when nothing more of the whole file can be read.
    """
    taker = begin(document)
    try:
        problem = _pieces(document, budget, begin, account, taker)
    except Textless as known:
        account.ledger.add("excluded", document.size, known.reason)
        return
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as failure:  # noqa: BLE001 - the one place; a panic of a native reader is no Exception
        problem = problem_of(document, failure)
    account.close(document, problem, taker.result())
    if problem is not None and document.depth and problem.kind in _ENDS_THE_FILE:
        raise Unreadable(problem.kind, f"{problem.detail}; the rest was not examined")


def _pieces(
    document: Document, budget: Budget, begin: Callable[[Document], Taker], account: "Account", taker: Taker
) -> Problem | None:
    form = formats.pick(document)
    own: Problem | None = None
    for piece in form.read(document, budget):
        if isinstance(piece, Segment):
            taker.take(piece, form.NAME)
        elif isinstance(piece, Document):
            read(piece, budget, begin, account)
        elif piece.address == document.address:
            own = own or piece
        else:
            account.close_member(piece)
    return own


class Examiner:
    """Examines files one after another; made once in each worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._detector = Detector(settings.rules, settings.gate)
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in settings.rules}

    def examine(self, entries: Sequence[Entry]) -> FileResult:
        """Examine a batch of files."""
        account = Account()
        for entry in entries:
            read(document_of(entry), Budget(self._settings.limits, entry.size), self._begin, account)
        return account.result()

    def _begin(self, document: Document) -> "_Examined":
        settings = self._settings
        collector = Collector(self._rules, settings.key, settings.places, settings.min_confidence)
        return _Examined(document, self._detector.examination(), collector)


@dataclass(slots=True)
class _Examined:
    """One document on its way from segments to findings."""

    document: Document
    examination: Examination
    collector: Collector
    format: str = ""
    encoding: str | None = None

    def take(self, segment: Segment, form: str) -> None:
        self.format, self.encoding = form, self.encoding or segment.encoding
        for match in self.examination.find(segment):
            self.collector.add(match)

    def result(self) -> DocumentResult | None:
        findings, persons, sketches = self.collector.findings(self.examination.population)
        if not findings:
            return None
        document = self.document
        return DocumentResult(
            address=document.address,
            path=document.path,
            format=self.format,
            encoding=self.encoding,
            size=document.size,
            modified=document.modified,
            persons=persons,
            findings=findings,
            sketches=sketches,
        )


@dataclass(slots=True)
class Account:
    """What a batch of files came to."""

    ledger: Ledger = field(default_factory=Ledger)
    documents: list[DocumentResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def close(self, document: Document, problem: Problem | None, result: DocumentResult | None) -> None:
        """Enter a document into the ledger, in its one state, and keep what was found in it."""
        if result is not None:
            self.documents.append(result)
        if problem is None:
            self.ledger.add("read", document.size)
        else:
            self.ledger.add("not_read", document.size, problem.kind)
            self.problems.append(problem)

    def close_member(self, problem: Problem) -> None:
        """Enter a member that its container could not hand out."""
        self.ledger.add("not_read", problem.size, problem.kind)
        self.problems.append(problem)

    def result(self) -> FileResult:
        """The account as a record."""
        return FileResult(ledger=self.ledger, documents=tuple(self.documents), problems=tuple(self.problems))


def problem_of(document: Document, failure: BaseException) -> Problem:
    """The problem that an exception stands for; its text is never quoted, since a parser may quote the document."""
    kind, detail = _kind_of(failure)
    return Problem(address=document.address, kind=kind, detail=detail, size=document.size)


def _kind_of(failure: BaseException) -> tuple[str, str]:
    match failure:
        case Unreadable():
            return failure.kind, failure.detail
        case OSError():
            return os_problem(failure)
        case MemoryError():
            return "bomb", "needs more memory than its limit"
        case RecursionError():
            return "too_deep", "nested more deeply than can be read"
    frame = traceback.extract_tb(failure.__traceback__)[-1]
    return "bug", f"{type(failure).__name__} in {os.path.basename(frame.filename)}:{frame.lineno}"
