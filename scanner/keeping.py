"""What is to be remembered of the files that were read, and of those that are as they were, folder by folder.

It takes what `scanner.recall` and the workers have found out and writes rows; it decides what proves that a file is the
same one, and what proves nothing.
"""

from dataclasses import dataclass, field, replace

from scanner.copies import Key, Original
from scanner.ledger import Ledger
from scanner.life import Seen
from scanner.media.opening import ENDS
from scanner.media.walk import Entry, printable
from scanner.memory import Mark
from scanner.model import Problem
from scanner.state import packing
from scanner.state.files import EVERY_RULE, Files, Place
from scanner.state.files import Block as Row
from scanner.state.findings import At
from scanner.state.packing import Detail, Record

RACY = 4.0
"""Seconds for which a file that was changed may be changed again without a sign of it in its times."""
PASSING = frozenset(("denied", "vanished", "interrupted", "cloud_only"))
"""Kinds of problems that may have gone by the next time."""
STUBBORN = frozenset(("timed_out", "bug"))
"""Kinds that may have gone as well, or else cost as much each time: they are tried in two runs."""
TRIED_TWICE = "; not tried again until the file, the rules or this program change"
MOST_PROBLEMS = 10_000
"""Problems inside one file beyond which it is not remembered."""
SEALED = 0x8000
"""Marks the outcome of a file whose stamp counts only together with its seal."""
ONCE = 0x4000
"""The outcome of a file that ended its reader, or stubbornly, in one run: it is tried in one more."""


@dataclass(slots=True, eq=False)
class Open:
    """A block of which files are still being read."""

    place: Place
    path: str
    first: str
    fingerprint: bytes | None
    coarse: bool
    records: list[Record] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    files: int = 0
    """Files that were read, and their bytes, beside those in the ledger."""
    bytes: int = 0
    special: bool = False
    waiting: int = 0
    listed: bool = False

    def count(self) -> None:
        """Enter the files that were read into the ledger."""
        for counts, amount in ((self.ledger.entries, self.files), (self.ledger.bytes, self.bytes)):
            if self.files:
                counts["total"] += amount
                counts["unchanged"] += amount
        self.files = self.bytes = 0


@dataclass(slots=True)
class Pending:
    """A file that is being read."""

    block: Open
    name: str
    record: Record
    entry: Entry
    changed: float
    file: str
    before: Record | None
    common: tuple[Key, ...]
    facts: tuple[int, int, int]
    tried: bool = False
    """It is the same file as in the run before, and ended stubbornly there."""
    originals: tuple[Original, ...] = ()
    """What it may be a copy of."""
    documents: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def at(self) -> At:
        """Where it lies."""
        return At(*self.block.place, self.name)


class Keeping:
    """The folders of one run on their way into the database."""

    def __init__(self, files: Files, generation: int) -> None:
        self._files = files
        self._generation = generation
        self._open: set[Open] = set()
        self._done: list[Open] = []
        self._in_play: dict[tuple[str, ...] | None, int] = {}
        self.seen = Seen()
        """Rows of folders that are there."""

    def begin(self, opened: Open) -> None:
        """A folder is looked at file by file."""
        self._open.add(opened)

    def settle(self, opened: Open) -> None:
        """Have a folder written in which no file is waited for any more."""
        if opened.listed and not opened.waiting and opened in self._open:
            self._open.discard(opened)
            self._done.append(opened)

    def remember(self, pending: Pending, mark: Mark) -> bool:
        """Note how a file ended, if it will end so again; returns whether the times in its folder prove that."""
        opened = pending.block
        if _stubborn(pending, mark):
            self._give_in(pending, mark)
            return False
        record = self._ended(pending, mark)
        stamped = self.stamped(pending, mark, record) if record is not None else None
        if stamped is None:
            opened.fingerprint = None
            return False
        opened.records.append(stamped)
        if stamped.outcome & ~SEALED == 0:
            self._detail(pending, mark)
        elif mark.state == "read":
            opened.files += 1
            opened.bytes += pending.entry.size
        else:
            opened.ledger.add(mark.state, pending.entry.size, mark.why)
        return not stamped.outcome & SEALED

    def _give_in(self, pending: Pending, mark: Mark) -> None:
        """Note a file that is tried once more, or, when it was, no more.

        No seal is asked for: the worst that a change without a sign can do is that the file is still said not to have
        been read.
        """
        opened, (name, stamp, _, _) = pending.block, pending.record
        if not pending.tried:
            opened.fingerprint = None
        else:
            pending.problems = [_final(problem) for problem in pending.problems]
            self._detail(pending, mark)
        opened.records.append(Record(name, stamp, 0 if pending.tried else ONCE, EVERY_RULE))

    def _ended(self, pending: Pending, mark: Mark) -> Record | None:
        """How a file ended, under no stamp yet; None: the next time it may end otherwise."""
        simple = mark.state
        if not mark.lasting:
            return None
        if mark.ledger or pending.documents or pending.problems:
            simple = ""
            passing = any(problem.kind in PASSING for problem in pending.problems)
            if passing or len(pending.problems) > MOST_PROBLEMS:
                return None
        elif not mark.state:
            return None
        in_play = self._in_play.get(mark.in_play)
        if in_play is None:
            known = frozenset(mark.in_play) if mark.in_play is not None else None
            in_play = self._in_play[mark.in_play] = self._files.in_play_id(known)
        name, stamp, _, _ = pending.record
        return Record(name, stamp, self._files.outcome_id(simple, mark.why), in_play)

    def _detail(self, pending: Pending, mark: Mark) -> None:
        opened, books = pending.block, Ledger()
        if mark.ledger:
            books.merge(mark.ledger)
        else:
            books.add(mark.state, pending.entry.size, mark.why)
        shown = len(printable(pending.entry.path))
        problems = [replace(problem, address=problem.address[shown:]) for problem in pending.problems]
        one = Detail(packing.unchanged(books), pending.documents, tuple(problems))
        opened.special = True
        opened.ledger.merge(one.ledger)
        self._files.write_detail(opened.place, pending.name, one)

    def stamped(self, pending: Pending, mark: Mark, record: Record) -> Record | None:
        """The record under a stamp that proves something; None: nothing would."""
        opened, stamp = pending.block, pending.record.stamp
        racy = mark.began - pending.changed < RACY
        if not racy and not opened.coarse:
            sealed = record.outcome & SEALED
            return record._replace(stamp=stamp, outcome=record.outcome & ~SEALED) if sealed else record
        opened.fingerprint = None
        if not mark.seal or (racy and pending.entry.size > 2 * ENDS):
            return None
        return record._replace(stamp=stamp ^ mark.seal, outcome=record.outcome | SEALED)

    def write(self) -> None:
        """Write what has been finished; of folders that are not, the files that are."""
        for opened in (*self._done, *self._open):
            whole = opened.listed and not opened.waiting
            opened.count()
            row = Row(
                0,
                opened.first,
                self._generation,
                opened.fingerprint if whole else None,
                packing.ledger_text(opened.ledger),
                opened.special,
                packing.packed(opened.records),
            )
            if opened.records or row.fingerprint:
                self.seen.add(self._files.write(opened.place, row))
        self._done.clear()


def _stubborn(pending: Pending, mark: Mark) -> bool:
    kinds = {problem.kind for problem in pending.problems} if mark.lasting else set()
    return mark.deadly or bool(kinds & STUBBORN and not kinds & PASSING and len(pending.problems) <= MOST_PROBLEMS)


def _final(problem: Problem) -> Problem:
    return replace(problem, detail=problem.detail + TRIED_TWICE) if problem.kind in STUBBORN else problem


def enter(ledger: Ledger, state: str, size: int, why: str) -> None:
    """Count a file as it counts when it is known already."""
    ledger.add("unchanged" if state == "read" else state, size, why)
