"""The line inside a worker: one file's bytes, from its stream to findings, problems and ledger entries.

Everything nested in a file goes through the same method, one deeper. This is the one place where any exception of a
reader becomes a record: whatever a document does, the rest of the run is unharmed.
"""

import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from scanner import formats
from scanner.confinement.reading import Root
from scanner.dates import latest
from scanner.detection.detector import Detector, Examination
from scanner.detection.kept import NOTHING_READY, Ready
from scanner.detection.redact import Collector
from scanner.detection.rules import Rule
from scanner.errors import Textless, Unreadable
from scanner.in_play import InPlay
from scanner.ledger import Ledger
from scanner.limits import Budget, Limits
from scanner.media.alike import alike
from scanner.media.neighbours import document_of as document_of
from scanner.media.opening import problem as os_problem
from scanner.media.opening import seal
from scanner.media.walk import Entry
from scanner.memory import Mark
from scanner.model import Document, DocumentResult, FileResult, Persons, Problem, Segment
from scanner.own import Own
from scanner.text import fold

_ENDS_THE_FILE = frozenset({"bomb", "timed_out"})
"""Kinds that concern the budget of the whole file: what is left in it would fail alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a worker needs to know; the same for all files of a run."""

    rules: tuple[Rule, ...]
    ready: Ready = NOTHING_READY
    """What is compiled of the rules; what is not, each worker compiles."""
    key: bytes
    """Secret of the run under which values are digested."""
    limits: Limits = field(default_factory=Limits)
    places: int | None = 20
    """Places kept of a finding; None keeps all."""
    own: Own = field(default_factory=Own)
    """What the policy says of the user of this PC."""
    dates: bool = False
    """Note the latest date in documents with findings: a purpose of the policy counts from it."""
    media: tuple[str, ...] = ()
    """Mount points of volumes that the user may take out at any moment, with the separator at their end."""
    readable: tuple[Root, ...] | None = None
    """Folders beneath which a worker may read, where its system can see to it; None: anywhere."""
    marks: bool = False
    """Say of each file what is to be remembered of it."""
    profile: bool = field(default=False, repr=False)
    """Measure where the time goes; what is found, and so what is remembered, is the same."""


class Taker(Protocol):
    """Takes the segments of one document as the line reads them."""

    def take(self, segment: Segment, form: str) -> None:
        """The next segment, read by the format named `form`."""

    def result(self) -> DocumentResult | None:
        """What the document came to, once it has been read or given up."""


Begin = Callable[[Document], Taker]
Pick = Callable[[Document], formats.Format]
"""Says which format reads a document."""


def read(document: Document, budget: Budget, begin: Begin, account: "Account", pick: Pick = formats.pick) -> None:
    """Read a document and everything in it; each ends in one entry of the account, whatever it does.

    Raises Unreadable only for a nested document, and only when nothing more of the whole file can be read.
    """
    taker = begin(document)
    try:
        problem = _pieces(document, budget, begin, account, taker, pick)
    except Textless as known:
        account.enter("excluded", document.size, known.reason)
        return
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as failure:  # noqa: BLE001 - the one place; a panic of a native reader is no Exception
        problem = problem_of(document, failure)
    account.close(document, problem, taker.result())
    if problem is not None and document.depth and problem.kind in _ENDS_THE_FILE:
        raise Unreadable(problem.kind, f"{problem.detail}; the rest was not examined")


def _pieces(
    document: Document, budget: Budget, begin: Begin, account: "Account", taker: Taker, pick: Pick
) -> Problem | None:
    form = pick(document)
    own: Problem | None = None
    for piece in form.read(document, budget):
        if isinstance(piece, Segment):
            taker.take(piece, form.NAME)
        elif isinstance(piece, Document):
            read(piece, budget, begin, account, pick)
        elif piece.address == document.address:
            own = own or piece
        else:
            account.close_member(piece)
    return own


class Examiner:
    """Examines files one after another; made once in each worker."""

    def __init__(self, settings: Settings, alive: Callable[[], None] = lambda: None) -> None:
        """`alive` is called now and then while a file is examined."""
        self._settings = settings
        self._alive = alive
        self._detector = self.detector()
        self._settings = replace(settings, ready=NOTHING_READY)  # megabytes that nobody needs any more
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in settings.rules}

    def detector(self) -> Detector:
        """The rules, compiled."""
        return Detector(self._settings.rules, self._settings.ready)

    def document(self, entry: Entry) -> Document:
        """A file as a document."""
        return document_of(entry, self._settings.media, self._ask)

    def pick(self, document: Document) -> formats.Format:
        """The format that reads a document."""
        return formats.pick(document)

    def examine(self, entries: Sequence[Entry], take: "TakePart | None" = None) -> FileResult:
        """Examine a batch of files; what comes to more than a part is handed to `take` on the way."""
        account = Account(take=take)
        for number, entry in enumerate(entries, 1):
            self._alive()
            account.begin(entry.path)
            if self._settings.marks:
                account.end_file(self._examine(entry, account))
            else:
                self._read(entry, account)
                account.end_file()
            if number < len(entries):  # what is left at the end says that the batch is finished, and it alone does
                account.hand_over(within=False)
        return account.result()

    def _examine(self, entry: Entry, account: "Account") -> Mark:
        """Examine a file unless it is the same by the seal that an earlier run put on it, or a copy."""
        began = time.time()
        made = 0 if entry.seal is None else _sealed(entry, self._settings.key)
        if made and made == entry.seal:
            return account.mark(began, None, made, same=True)
        like = alike(entry, self._settings.media, self._alive)
        if like:
            return account.mark(began, None, made)._replace(like=like)
        before = time.process_time()
        self._read(entry, account)
        mark = account.mark(began, self._in_play.rules, made)
        return mark._replace(took=time.process_time() - before, lasting=not self._asked)

    def _read(self, entry: Entry, account: "Account") -> None:
        self._in_play = InPlay()
        self._asked = False
        budget = Budget(self._settings.limits, entry.size, self._alive)
        read(self.document(entry), budget, self.begin, account, self.pick)

    def _ask(self) -> None:
        """What is read rests on more than the file."""
        self._asked = True

    def begin(self, document: Document) -> Taker:
        """Begin a document."""
        settings = self._settings
        collector = Collector(self._rules, settings.key, settings.places, settings.own)
        today = date.today() if settings.dates else None
        return _Examined(document, self._detector.examination(), collector, self._in_play, today)


def _sealed(entry: Entry, key: bytes) -> int:
    try:
        return seal(entry.path, entry.size, key)
    except (OSError, Unreadable):
        return 0  # reading it will say why


@dataclass(slots=True)
class _Examined:
    """One document on its way from segments to findings."""

    document: Document
    examination: Examination
    collector: Collector
    in_play: InPlay
    today: date | None
    """Set where the latest date is asked for."""
    latest: date | None = None
    format: str = ""
    encoding: str | None = None

    def take(self, segment: Segment, form: str) -> None:
        self.format, self.encoding = form, self.encoding or segment.encoding
        found = False
        for match in self.examination.find(segment):
            found = True
            if isinstance(match, tuple):
                self.collector.add_rows(match)
            else:
                self.collector.add(match)
        if found and self.today is not None:
            inside = latest(fold(segment.text), self.today)
            self.latest = max(filter(None, (self.latest, inside)), default=None)

    def result(self) -> DocumentResult | None:
        if self.format:  # else no rule has seen anything of it
            self.in_play.note(self.examination)
        findings, persons, sketches = self.collector.findings(self.examination.population)
        if not findings:
            return None
        document, own = self.document, self.collector.is_own(persons)
        return DocumentResult(
            address=document.address,
            path=document.path,
            format=self.format,
            encoding=self.encoding,
            size=document.size,
            modified=document.modified,
            persons=Persons() if own else persons,
            own=own,
            latest=self.latest,
            findings=findings,
            sketches=sketches,
        )


PART = 200_000
"""Weight of the results that are handed over at once: bounds the memory of a worker, whatever an archive holds."""
TakePart = Callable[[FileResult, int, bool], None]
"""Takes a part of the results, with the number of files that are finished and whether it holds some of the next."""


@dataclass(slots=True)
class Account:
    """What a batch of files came to, less the parts that `take` has got."""

    ledger: Ledger = field(default_factory=Ledger)
    documents: list[DocumentResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    take: TakePart | None = None
    _weight: int = 0
    _files: int = 0
    _within: bool = False
    _path: str = ""
    _entries: list[tuple[str, int, str]] = field(default_factory=list)
    """What the file at work came to, as long as it is little."""
    _whole: Ledger | None = None
    """The same when it is more."""
    _marked: tuple[int, int] = (0, 0)
    """Documents and problems of the files before it."""

    def begin(self, path: str) -> None:
        """A file on disk is begun."""
        self._path, self._whole = path, None
        self._entries.clear()

    def enter(self, state: str, size: int, why: str = "") -> None:
        """Enter a document into the ledger, in its one state."""
        self.ledger.add(state, size, why)
        if self._whole is not None:
            self._whole.add(state, size, why)
        elif not self._entries:
            self._entries.append((state, size, why))
        else:
            self._whole = Ledger()
            for entry in (*self._entries, (state, size, why)):
                self._whole.add(*entry)

    def close(self, document: Document, problem: Problem | None, result: DocumentResult | None) -> None:
        """Enter a document into the ledger, and keep what was found in it."""
        if result is not None:
            self.documents.append(result)
            self._weight += _weight(result)
        if problem is None:
            self.enter("read", document.size)
        else:
            self._add_problem(document.size, problem)
        if document.depth:  # a file's own entry goes with the word that it is finished: it must not be made twice
            self.hand_over(within=True)

    def close_member(self, problem: Problem) -> None:
        """Enter a member that its container could not hand out."""
        self._add_problem(problem.size, problem)
        self.hand_over(within=True)

    def mark(self, began: float, in_play: tuple[str, ...] | None, seal: int, *, same: bool = False) -> Mark:
        """What is to be remembered of the file at work."""
        state, _, why = self._entries[0] if self._entries else ("", 0, "")
        documents, problems = len(self.documents) - self._marked[0], len(self.problems) - self._marked[1]
        return Mark(self._path, began, state, why, self._whole, documents, problems, in_play, seal, same)

    def end_file(self, mark: Mark | None = None) -> None:
        """A file on disk is finished, with everything in it."""
        self._files += 1
        if mark is not None:
            self.marks.append(mark)
            self._marked = (len(self.documents), len(self.problems))
        if self._within:
            self._weight = PART

    def result(self, within: str = "") -> FileResult:
        """The account as a record."""
        return FileResult(
            ledger=self.ledger,
            documents=tuple(self.documents),
            problems=tuple(self.problems),
            marks=tuple(self.marks),
            within=within,
        )

    def _add_problem(self, size: int, problem: Problem) -> None:
        self.enter("not_read", size, problem.kind)
        self.problems.append(problem)
        self._weight += 40

    def hand_over(self, *, within: bool) -> None:
        """Hand over what has come together, if it is a part; `within`: the file at work is not finished."""
        if self.take is None or self._weight < PART:
            return
        self.take(self.result(self._path if within else ""), self._files, within)
        self.ledger, self.documents, self.problems, self.marks = Ledger(), [], [], []
        self._weight, self._within, self._marked = 0, within, (0, 0)


def _weight(result: DocumentResult) -> int:
    """About how many words of memory the result of a document takes."""
    places = sum(len(finding.places) for finding in result.findings)
    return 100 + 40 * (len(result.findings) + places) + 8 * sum(map(len, result.sketches.values()))


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
