"""The line: sources → entries → workers → violations → report. It names the stages in order and knows no stage's job.

The commands, the Python API and, later, the watcher walk through the same hall; there is no second way.
"""

import os
import secrets
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from scanner.detection import kept, rules
from scanner.errors import UsageError
from scanner.examine import Settings
from scanner.ledger import Ledger
from scanner.limits import Limits
from scanner.media.exclusions import Exclusions
from scanner.media.volumes import VolumeTable
from scanner.media.walk import Entry, NotWalked, WalkSettings, printable, walk
from scanner.model import CONFIDENCES, FileResult, Problem
from scanner.places import cache_folder, rules_folder
from scanner.policy import clauses
from scanner.report import Report
from scanner.totals import Lists, People
from scanner.version import VERSION
from scanner.workers import Batches, Workers

MOST_JOBS = 64
MEDIA = ("removable", "optical")
"""Volumes on which a system folder or a package cache would be a hiding place, not a convenience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    policy: Path | None = None
    min_confidence: str = "low"
    jobs: int | None = None
    exclude: tuple[str, ...] = ()
    places: int | None = 20
    outputs: tuple[Path, ...] = ()
    """Files that this run writes, which are not to be examined."""
    cross_filesystems: bool = False
    lang: str = "en"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raises UsageError for what would examine nothing and look complete."""
        if self.jobs is not None and not 1 <= self.jobs <= MOST_JOBS:
            raise UsageError(f"the number of worker processes must be from 1 to {MOST_JOBS}, not {self.jobs}")
        if self.min_confidence not in CONFIDENCES:
            raise UsageError(f"the confidence must be one of {', '.join(CONFIDENCES)}, not {self.min_confidence!r}")
        if isinstance(self.exclude, str):
            raise UsageError("exclude takes a list of patterns, not one text")


class Run:
    """One run: begun, iterated for its results, asked for its report."""

    def __init__(self, paths: Sequence[str | os.PathLike[str]], options: Options) -> None:
        """Raises UsageError when the policy, a rule or a path does not hold; nothing has been examined then."""
        if not all(os.fspath(path) for path in paths):
            raise UsageError("an empty path names nothing; the folder one stands in is .")
        self._options = options
        self._policy = clauses.load(options.policy)
        known = rules.load(rules_folder())
        self._settings = Settings(
            rules=known,
            gate=kept.gate(known, cache_folder()).dump(),
            key=secrets.token_bytes(32),
            limits=options.limits,
            places=options.places,
            min_confidence=options.min_confidence,
        )
        self.sources = tuple(os.path.abspath(path) for path in paths)
        self._volumes = VolumeTable()
        self._walk = self.walk_again()
        self._started = datetime.now(UTC)
        self._id = uuid.uuid4().hex
        self._interrupted = False
        self._people = People()
        self._lists = Lists()
        self.ledger = Ledger()

    @property
    def violations(self) -> int:
        """Violations found until now."""
        return self._lists.violation_count

    def walk_again(self) -> Iterator[Entry | NotWalked]:
        """A new walk over the sources; on media nothing is left out but what the user excludes."""
        settings = WalkSettings(
            exclude=self._options.exclude,
            own_outputs=frozenset(map(os.path.abspath, (*self._options.outputs, *kept.files(cache_folder())))),
            cross_filesystems=self._options.cross_filesystems,
        )
        on_media = {source for source in self.sources if self._volumes.of(source).volume_class in MEDIA}
        return chain(
            walk([Path(source) for source in self.sources if source not in on_media], settings),
            walk([Path(source) for source in on_media], replace(settings, exclusions=Exclusions())),
        )

    def interrupt(self) -> None:
        """Have the results end at the next opportunity; for a signal handler or another thread."""
        self._interrupted = True

    def results(self) -> Iterator[FileResult]:
        """Examine everything; yields as results come in. An interruption ends it with what has been done."""
        workers = Workers(self._settings, self._options.jobs or default_jobs(), lambda: self._interrupted)
        batches = Batches(self._entries())
        try:
            for result in workers.results(batches):
                self._take(result)
                yield result
        except KeyboardInterrupt:
            self._interrupted = True
        finally:
            workers.close()
        for entry in (*workers.unfinished, *batches.forming):
            self._not_read(printable(entry.path), "interrupted", "the run was interrupted", entry.size)

    def report(self) -> Report:
        """What has been found until now."""
        lists = self._lists
        lists.trim()
        return Report(
            version=VERSION,
            run_id=self._id,
            started=self._started,
            finished=datetime.now(UTC),
            host=socket.gethostname(),
            sources=tuple(printable(source) for source in self.sources),
            rules_digest=rules.digest(rules_folder()),
            policy_name=self._policy.name,
            policy_digest=self._policy.digest,
            complete=not self._interrupted and not set(self.ledger.not_read_by_kind) & set(self._policy.required),
            interrupted=self._interrupted,
            ledger=self.ledger,
            persons=self._people.persons(),
            by_type=self._people.by_type(),
            documents=tuple(lists.documents),
            problems=tuple(lists.problems),
            violations=tuple(lists.violations),
            volume_of={document.path: self._volumes.of(document.path) for document in lists.documents},
            documents_omitted=lists.documents_omitted,
            problems_omitted=lists.problems_omitted,
            violations_omitted=lists.violations_omitted,
        )

    def _entries(self) -> Iterator[Entry]:
        for entry in self._walk:
            if isinstance(entry, Entry):
                yield entry
            elif entry.state == "excluded":
                self.ledger.add("excluded", entry.size, entry.why)
            else:
                self._not_read(printable(entry.path), entry.why, entry.detail, entry.size)
            if self._interrupted:
                return

    def _not_read(self, address: str, kind: str, detail: str, size: int) -> None:
        self.ledger.add("not_read", size, kind)
        self._judge_problem(Problem(address=address, kind=kind, detail=detail, size=size))

    def _take(self, result: FileResult) -> None:
        self.ledger.merge(result.ledger)
        self.ledger.check()
        for document in result.documents:
            self._people.add(document)
            violation = self._policy.judge(document, self._volumes.of(document.path), self._options.lang)
            self._lists.add_document(document, violation)
        for problem in result.problems:
            self._judge_problem(problem)

    def _judge_problem(self, problem: Problem) -> None:
        volume = self._volumes.of(problem.address.partition("!")[0])
        self._lists.add_problem(problem, self._policy.judge_problem(problem, volume, self._options.lang))


class Survey:
    """Counts ahead of the scan, in a thread of its own, so that progress can say how much is left."""

    def __init__(self, run: Run) -> None:
        self._walk = run.walk_again()
        self._entries = self._bytes = 0
        self._done = threading.Event()
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        for item in self._walk:
            self._entries += 1
            self._bytes += item.size
        self._done.set()

    @property
    def totals(self) -> tuple[int | None, int | None]:
        """Entries and bytes in all; None while the count goes on."""
        return (self._entries, self._bytes) if self._done.is_set() else (None, None)


def default_jobs() -> int:
    """Two processes, or one on a machine with a single core: a scan leaves the rest of the machine to its user."""
    return min(os.cpu_count() or 1, 2)
