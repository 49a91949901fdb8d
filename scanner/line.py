"""The line: sources → entries → workers → violations → report. It names the stages in order and knows no stage's job.

The commands, the Python API and, later, the watcher walk through the same hall; there is no second way.
"""

import contextlib
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scanner.batches import Batches, Hands
from scanner.confinement.reading import Root, roots
from scanner.detection import kept, rules
from scanner.errors import UsageError
from scanner.examine import Settings
from scanner.ledger import Ledger
from scanner.limits import Limits
from scanner.media.exclusions import Exclusions
from scanner.media.glance import Scouts
from scanner.media.volumes import VolumeTable
from scanner.media.walk import Block, Entry, NotWalked, WalkSettings, printable, walk, walk_blocks
from scanner.model import CONFIDENCES, DocumentResult, FileResult, Persons, Problem
from scanner.places import cache_folder, rules_folder, state_folder
from scanner.policy import clauses
from scanner.remember import Asked, Memory
from scanner.report import Report
from scanner.state import packing, place
from scanner.totals import Totals, shortened
from scanner.version import VERSION
from scanner.workers import Workers

if TYPE_CHECKING:
    from scanner.cluster import Access

MOST_JOBS = 64
PATIENCE = 0.5
"""Seconds after which what is ahead is counted, unless it is known from last time."""
MEDIA = ("removable", "optical")
"""Volumes on which a system folder or a package cache would be a hiding place, not a convenience."""


P = TypeVar("P", Block | NotWalked, Entry | NotWalked)


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
    full: bool = False
    """Examine everything anew, whatever is remembered."""
    state: bool = True
    """Remember what was examined and found, and use what is remembered."""
    cluster: "Access | None" = None
    """Machines that examine in the place of worker processes of this one."""

    def __post_init__(self) -> None:
        """Raises UsageError for what would examine nothing and look complete."""
        if self.jobs is not None and not 1 <= self.jobs <= MOST_JOBS:
            raise UsageError(f"the number of worker processes must be from 1 to {MOST_JOBS}, not {self.jobs}")
        if self.jobs is not None and self.cluster is not None:
            raise UsageError(
                "--jobs does not go with --cluster: how much is examined at once is for its machines to say"
            )
        if self.min_confidence not in CONFIDENCES:
            raise UsageError(f"the confidence must be one of {', '.join(CONFIDENCES)}, not {self.min_confidence!r}")
        if isinstance(self.exclude, str):
            raise UsageError("exclude takes a list of patterns, not one text")


class Tools:
    """What several runs may share: the policy, the rules, and workers that wait for the next one."""

    def __init__(self, options: Options, session: str = "", within: Callable[[], Sequence[str]] | None = None) -> None:
        """`session`: runs of one watcher go by it; `within`: says in which folders all of them lie.

        Raises UsageError when the policy or a rule does not hold.
        """
        self.session = session
        self._within = within
        self._outdated = False
        self.policy = clauses.load(options.policy)
        known = rules.load(rules_folder())
        self.rules_digest = rules.digest(rules_folder())
        kept.keep_names(rules_folder() / "data", cache_folder())
        self.settings = Settings(
            rules=known,
            ready=kept.ready(known, cache_folder()),
            key=b"",
            limits=options.limits,
            places=None if options.places is None else max(options.places, packing.PLACES),
            own=self.policy.own,
            dates=any(purpose.counted_from == "data" for purpose in self.policy.purposes),
        )
        self._hire: Callable[[Settings, int], Hands] = Workers
        self._workers: Hands | None = None
        self._theirs: Settings | None = None

    def join(self, access: "Access", sources: Sequence[str]) -> None:
        """Have what lies at these sources examined by a cluster. Raises UsageError when that cannot be."""
        from scanner.chunks import Chunks
        from scanner.cluster import Cluster

        cluster = Cluster(access, sources)
        self._hire = lambda settings, _: Chunks(cluster, settings)

    def workers(self, settings: Settings, jobs: int, stopped: Callable[[], bool]) -> Hands:
        """Workers with these settings: those that wait, or new ones."""
        if self._workers is None or self._theirs != settings or self._outdated:
            self.close()
            self._theirs, self._outdated = settings, False
            self._workers = self._hire(settings, jobs)
        self._workers.stopped = stopped
        return self._workers

    def readable(self, sources: Sequence[str]) -> tuple[Root, ...]:
        """Where the workers of a run over some sources may read."""
        return roots(sources if self._within is None else self._within())

    def renew(self) -> None:
        """Have the next run begin with new workers: a volume has gone, and another may look like it."""
        self._outdated = True

    def begin(self) -> None:
        """Have one worker ready before there is work."""
        if self._workers is not None:
            self._workers.begin()

    def finished(self, *, whole: bool) -> None:
        """A run is over; workers that are still at something are no use to the next one."""
        if not (whole and self.session):
            self.close()

    def close(self) -> None:
        """End the workers."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None


class Run:
    """One run: begun, iterated for its results, asked for its report."""

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        options: Options,
        tools: Tools | None = None,
        gone: Sequence[str] = (),
    ) -> None:
        """`gone`: paths that are no longer there; what is remembered of them goes too.

        Raises UsageError when the policy, a rule or a path does not hold; nothing has been examined then.
        """
        if not all(os.fspath(path) for path in paths):
            raise UsageError("an empty path names nothing; the folder one stands in is .")
        self._options = options
        self._tools = tools or Tools(options)
        self._settings = self._tools.settings
        self.sources = tuple(os.path.abspath(path) for path in paths)
        self._gone = tuple(path for path in gone if not os.path.lexists(path))
        self._volumes = VolumeTable()
        self._scouts = Scouts()
        self._parts = self._walk(partial(walk_blocks, scouts=self._scouts))
        self._memory: Memory | None = None
        self._final: Report | None = None
        self._started = datetime.now(UTC)
        self._id = uuid.uuid4().hex
        self._interrupted = self._yielding = False
        self._totals = Totals(self._tools.policy, self._volumes.of, options.lang)
        self.ledger = Ledger()
        if options.cluster is not None:  # last: what is wrong with the rest is known before anybody is asked
            self._tools.join(options.cluster, self.sources)

    @property
    def violations(self) -> int:
        """Violations found until now."""
        return self._totals.violations

    @property
    def interrupted(self) -> bool:
        """Whether somebody has ended it, or a volume that it was at has gone."""
        return self._interrupted

    @property
    def expected(self) -> tuple[int, int] | None:
        """Entries and bytes that there were last time."""
        return self._memory.expected if self._memory else None

    def walk_again(self) -> Iterator[Entry | NotWalked]:
        """A new walk over the sources."""
        return self._walk(walk)

    def _walk(self, how: Callable[[list[Path], WalkSettings], Iterator[P]]) -> Iterator[P]:
        """On media nothing is left out but what the user excludes."""
        own = (*self._options.outputs, *kept.files(cache_folder()), *place.files(state_folder()))
        settings = WalkSettings(
            exclude=self._options.exclude,
            own_outputs=frozenset(map(os.path.abspath, own)),
            cross_filesystems=self._options.cross_filesystems,
        )
        on_media = {source for source in self.sources if self._volumes.of(source).volume_class in MEDIA}
        return chain(
            how([Path(source) for source in self.sources if source not in on_media], settings),
            how([Path(source) for source in on_media], replace(settings, exclusions=Exclusions())),
        )

    def interrupt(self) -> None:
        """Have the results end at the next opportunity; for a signal handler or another thread."""
        self._interrupted = True

    def give_way(self) -> None:
        """Have the results end with what has been begun; the workers are fit for the next run then."""
        self._yielding = True

    def results(self) -> Iterator[FileResult]:
        """Examine everything; yields as results come in. An interruption ends it with what has been done."""
        jobs = self._options.jobs or default_jobs()
        memory = self._memory = self.remember(self._asked())
        memory.send(self._scouts, jobs)
        mounts = (volume.mount for volume in self._volumes.all if volume.volume_class in MEDIA)
        media = tuple(sorted(os.path.join(mount, "") for mount in mounts))
        devices = self._devices()
        readable = self._tools.readable(self.sources)
        settings = replace(self._settings, key=memory.key, marks=memory.on, media=media, readable=readable)
        workers = self._tools.workers(settings, jobs, lambda: self._interrupted)
        walked, held = Batches(self._entries(memory)), Batches(self._held(memory))
        with contextlib.ExitStack() as unless_it_ends:
            unless_it_ends.callback(memory.abandon)
            try:
                for result in chain(workers.results(walked), workers.results(held)):
                    for one in (result, *memory.take(result)):
                        self._take(one)
                    yield result
            except KeyboardInterrupt:
                self._interrupted = True
            finally:
                unfinished = (*workers.unfinished, *walked.forming, *held.forming, *memory.held())
                self._tools.finished(whole=not (workers.unfinished or self._interrupted))
                self._scouts.close()
            self._interrupted = self._interrupted or self._yielding or self._devices() != devices
            self._take(memory.rest())
            for entry in unfinished:
                self._not_read(printable(entry.path), "interrupted", "the run was interrupted", entry.size)
            memory.end(whole=not self._interrupted)
            report = self._report()  # at once: the memory stays open, and locked, no longer than the run
            self._final = replace(report, history=memory.history(report))
            unless_it_ends.pop_all()

    def report(self) -> Report:
        """What has been found until now."""
        return self._final or self._report()

    def _report(self) -> Report:
        policy = self._totals.policy
        begun = Report(
            version=VERSION,
            run_id=self._id,
            started=self._started,
            finished=datetime.now(UTC),
            host=socket.gethostname(),
            sources=tuple(printable(source) for source in self.sources),
            rules_digest=self._tools.rules_digest,
            policy_name=policy.name,
            policy_digest=policy.digest,
            complete=False,
            interrupted=self._interrupted,
            ledger=self.ledger,
            persons=Persons(),
            by_type={},
            volume_of={},
            min_confidence=self._options.min_confidence,
        )
        return self._totals.fill(begun)

    def _devices(self) -> dict[str, int | None]:
        """What the volumes of the sources are mounted from: of one that has left, nothing is known to be gone."""
        mounts = {self._volumes.of(path).mount for path in (*self.sources, *self._gone)}
        return {mount: _device(mount) for mount in mounts if mount}

    def remember(self, asked: Asked) -> Memory:
        """The memory of this run, opened."""
        return Memory(asked)

    def _asked(self) -> Asked:
        options = self._options
        return Asked(
            folder=state_folder() if options.state else None,
            run=self._tools.session or self._id,
            watching=bool(self._tools.session),
            started=self._started,
            sources=(*self.sources, *self._gone),
            volumes=self._volumes,
            rules=self._settings.rules,
            settings=repr(replace(self._settings, rules=(), ready=kept.NOTHING_READY, key=b"", places=None)),
            full=options.full,
            places=options.places,
            lang=options.lang,
        )

    def _held(self, memory: Memory) -> Iterator[Entry]:
        if not self._yielding:
            yield from memory.held()

    def _entries(self, memory: Memory) -> Iterator[Entry]:
        for entry in memory.entries(self._parts):
            if isinstance(entry, Entry):
                yield entry
            elif isinstance(entry, FileResult):
                self._take(entry)
            elif entry.state == "excluded":
                self.ledger.add("excluded", entry.size, entry.why)
            else:
                self._not_read(printable(entry.path), entry.why, entry.detail, entry.size)
            if self._interrupted or self._yielding:
                return

    def _not_read(self, address: str, kind: str, detail: str, size: int) -> None:
        self.ledger.add("not_read", size, kind)
        self._totals.problem(Problem(address=address, kind=kind, detail=detail, size=size))

    def _take(self, result: FileResult) -> None:
        self.ledger.merge(result.ledger)
        self.ledger.check()
        for whole in result.documents:
            document = view(whole, self._options.min_confidence, self._options.places)
            if document is not None:
                self._totals.document(document)
        for problem in result.problems:
            self._totals.problem(problem)


def view(document: DocumentResult, least: str, places: int | None) -> DocumentResult | None:
    """A document as it was asked for: the findings at or above a confidence, with so many places."""
    floor = CONFIDENCES.index(least)
    kept = tuple(shortened(one, places) for one in document.findings if CONFIDENCES.index(one.confidence) >= floor)
    types = {finding.type for finding in kept}
    sketches = {kind: sketch for kind, sketch in document.sketches.items() if kind in types}
    return replace(document, findings=kept, sketches=sketches) if kept else None


class Survey:
    """Counts ahead of the scan, in a thread of its own, so that progress can say how much is left."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._entries = self._bytes = 0
        self._done = threading.Event()
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        if self._done.wait(PATIENCE) or self._run.expected:
            return  # last time it was about as much
        for item in self._run.walk_again():
            self._entries += 1
            self._bytes += item.size
        self._done.set()

    @property
    def totals(self) -> tuple[int | None, int | None]:
        """Entries and bytes in all; None while the count goes on."""
        if self._done.is_set():
            return self._entries, self._bytes
        return self._run.expected or (None, None)


def _device(mount: str) -> int | None:
    try:
        return os.stat(mount).st_dev
    except OSError:
        return None


def default_jobs() -> int:
    """Two processes, or one on a machine with a single core: a scan leaves the rest of the machine to its user."""
    return min(os.cpu_count() or 1, 2)
