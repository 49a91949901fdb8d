"""Worker processes: batches of files in, results out; a file that kills its worker costs only itself.

A worker shares nothing with the others, neither a queue nor a lock: it has two pipes of its own, and whatever ends it,
at whatever moment, shows as the end of one. All is decided in the thread that asks for results; a second one only ends
workers that have given no sign of life for too long. What a dead worker had not finished is tried again file by file,
so that only the file at fault is reported. What goes on in a worker is told in `scanner.worker`, what it says back in
`scanner.said`.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import psutil

from scanner.batches import BATCH_BYTES, Batch
from scanner.confinement import Confinement
from scanner.confinement.jobs import Job
from scanner.examine import Settings, document_of
from scanner.ledger import Ledger
from scanner.limits import Limits
from scanner.media.walk import Entry
from scanner.memory import Mark
from scanner.model import FileResult, Problem
from scanner.said import Said, heard
from scanner.worker import OUT_OF_MEMORY, WORKER_MEMORY, live

LIGHT = 4 * BATCH_BYTES
"""A batch of fewer bytes may wait in a worker for its turn; a larger one goes to whoever is free."""
AHEAD = 2
"""Batches in one worker: the next is at hand when one is done, and few enough to stop quickly."""
GRACE = 30.0
"""Seconds that a worker may exceed the deadline which its readers keep by themselves."""
PULSE = 0.2
"""Seconds after which a wait is looked up from, lest an interruption has to wait for a result."""
STILLBORN, FRUITLESS = 5, 100
"""Deaths in a row, of workers that never began and without any result, after which no more are started."""


@dataclass(slots=True)
class _Flight:
    """A batch on its way, and how much of it has come back."""

    batch: Batch
    files: int = 0
    within: bool = False

    @property
    def left(self) -> Batch:
        return self.batch[self.files :]

    @property
    def bytes(self) -> int:
        return sum(entry.size for entry in self.batch)


class Workers:
    """Examining processes, as many as there is work for."""

    def __init__(
        self, settings: Settings, jobs: int, stopped: Callable[[], bool] = lambda: False, *, anew: bool = False
    ) -> None:
        """At most `jobs` processes, begun when there is a batch for them; once `stopped`, no more results come.

        `anew`: they are never forked, since this process has threads and connections that are not ours.
        """
        self._settings = settings
        self._context = _context(anew=anew)
        self._jobs = jobs
        self.stopped = stopped
        self._workers: list[_Worker] = []
        self._again: deque[Batch] = deque()
        self._stillborn = self._fruitless = 0
        self._closed = threading.Event()
        threading.Thread(target=self._end_the_late, daemon=True).start()

    @property
    def unfinished(self) -> list[Entry]:
        """The files handed out whose results have not, or not wholly, come back."""
        flying = (flight.left for worker in self._workers for flight in worker.flying)
        return [entry for batch in (*flying, *self._again) for entry in batch]

    def results(self, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        """The results of all batches, in the order in which they come back."""
        source = iter(waiting)
        self._let_go_of_the_dead()
        while not self.stopped():
            if self.hopeless:
                yield from self._give_up(source)
                return
            self._feed(source)
            if not self._again and not any(worker.flying for worker in self._workers):
                return
            try:
                signs = wait([sign for worker in self._workers for sign in (worker.pipe, worker.sentinel)], PULSE)
            except InterruptedError:  # Windows, where Ctrl-C ends the waiting
                continue
            for worker in tuple(self._workers):
                if worker.pipe in signs or worker.sentinel in signs or worker.immovable:
                    yield from self._hear(worker)

    @property
    def hopeless(self) -> bool:
        """No process stays alive: what is left is not examined, nor would anything else be."""
        none_begins = self._stillborn >= STILLBORN and not any(worker.begun for worker in self._workers)
        return none_begins or self._fruitless >= FRUITLESS

    def begin(self) -> None:
        """Start a process before there is work for it."""
        if not self._workers:
            self._hire()

    def close(self) -> None:
        """End the processes at once, whatever they are doing."""
        self._closed.set()
        for worker in self._workers:
            worker.end()

    def _let_go_of_the_dead(self) -> None:
        """Of workers that waited for this, those that have ended meanwhile must not be blamed on a file."""
        for worker in tuple(self._workers):
            if not worker.flying and wait([worker.sentinel], 0):
                self._workers.remove(worker)
                worker.end()

    def _feed(self, source: Iterator[Batch]) -> None:
        while not self.stopped():
            batch = self._again.popleft() if self._again else next(source, None)
            if batch is None:
                return
            flight = _Flight(batch)
            worker = self._taker(flight)
            if worker is None:
                self._again.appendleft(batch)
                return
            worker.send(flight)

    def _taker(self, flight: _Flight) -> "_Worker | None":
        """Who takes the next batch: a worker that waits, a new one, else one that can keep it until its turn."""
        fit = (worker for worker in self._workers if not worker.grown)
        by_load = sorted(fit, key=lambda worker: len(worker.flying))
        if by_load and not by_load[0].flying:
            return by_load[0]
        if len(self._workers) < self._jobs and self._stillborn < STILLBORN:
            return self._hire()
        for worker in by_load:
            if len(worker.flying) < AHEAD and all(one.bytes < LIGHT for one in (flight, *worker.flying)):
                return worker
        return None

    def _hire(self) -> "_Worker | None":
        try:
            self._workers.append(_Worker(self._settings, self._context))
        except OSError:  # the system has no room for a process; perhaps it has in a moment
            self._stillborn += 1
            time.sleep(PULSE)
            return None
        return self._workers[-1]

    def _hear(self, worker: "_Worker") -> Iterator[FileResult]:
        try:
            said = worker.listen()
        except InterruptedError:
            return
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        if worker.begun:
            self._stillborn = 0
        if worker.grown and not worker.flying:  # another one takes its place when there is work
            self._workers.remove(worker)
            worker.end()
        if said.result is not None:
            self._fruitless = 0
            yield said.result

    def _bury(self, worker: "_Worker") -> Iterator[FileResult]:
        """Take apart what the worker was at; what only waited in it goes to another one as it is."""
        self._workers.remove(worker)
        exitcode = worker.end(patience=1.0)
        if worker.begun:
            self._fruitless += 1
        else:
            self._stillborn += 1
        blamed, flights = worker.blamed, deque(worker.flying)
        if flights and blamed in (None, flights[0]) and worker.begun:
            first = flights.popleft()
            left = first.left
            if first.within or len(left) == 1:
                why = ("timed_out", "took longer than its time limit") if blamed else _death(exitcode)
                yield failed(left[:1], *why, deadly=True)
                flights.appendleft(_Flight(left[1:]))
            else:
                self._again.extend((entry,) for entry in left)
        self._again.extend(flight.left for flight in flights if flight.left)

    def _give_up(self, source: Iterator[Batch]) -> Iterator[FileResult]:
        """Enter everything that is left as not read."""
        left = self.unfinished
        self.close()
        self._workers.clear()
        self._again.clear()
        for batch in (tuple(left), *source):
            if batch:
                yield failed(batch, "bug", "no worker process stays alive to examine it")

    def _end_the_late(self) -> None:
        while not self._closed.wait(PULSE):
            for worker in tuple(self._workers):
                if worker.is_late(self._settings.limits):
                    worker.kill()


def _death(exitcode: int | None) -> tuple[str, str]:
    if exitcode == OUT_OF_MEMORY:
        return "bomb", "needs more memory than its limit"
    how = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit code {exitcode}"
    return "bug", f"the reader's process ended ({how})"


def failed(batch: Batch, kind: str, detail: str, *, deadly: bool = False) -> FileResult:
    """Files of which nothing is known but why they were not read; `deadly`: it was their own doing."""
    ledger = Ledger()
    for entry in batch:
        ledger.add("not_read", entry.size, kind)
    problems = (Problem(address=document_of(e).address, kind=kind, detail=detail, size=e.size) for e in batch)
    mark = Mark("", state="not_read", why=kind, problems=1, deadly=True) if deadly else Mark("")
    marks = tuple(mark._replace(path=entry.path) for entry in batch)
    return FileResult(ledger=ledger, problems=tuple(problems), marks=marks)


class _Worker:
    """One process as its parent sees it."""

    def __init__(self, settings: Settings, context: Any) -> None:
        """Raises OSError when the system starts no further process."""
        self.flying: deque[_Flight] = deque()
        """The batches in it; it is at the first one."""
        self.blamed: _Flight | None = None
        """The batch that took too long."""
        self.grown = False
        """It keeps too much memory to be given another one."""
        self.confined = Confinement()
        """What holds it, once it has said so."""
        self._settings = settings
        self._signs = 0
        self._seen, self._seen_cpu, self._seen_at = -1, 0.0, 0.0
        tasks, self._tasks = context.Pipe(duplex=False)
        self.pipe: Connection
        self.pipe, said = context.Pipe(duplex=False)
        try:
            self._process = context.Process(target=live, args=(os.getpid(), tasks, said), daemon=True)
            with _undisturbed():
                self._process.start()
            self._system = psutil.Process(self._process.pid)
            self._job = Job(self._system.pid, 2 * WORKER_MEMORY)
        except psutil.Error:
            raise ChildProcessError("the worker process ended as it began") from None
        finally:  # only when nobody else holds the worker's ends does its death show as the end of the pipe
            tasks.close()
            said.close()

    @property
    def begun(self) -> bool:
        """It has said that it is there, and then that it is ready."""
        return self._signs > 1

    @property
    def sentinel(self) -> int:
        """What `wait` reports when the process has ended."""
        sentinel: int = self._process.sentinel
        return sentinel

    def send(self, flight: _Flight) -> None:
        """Hand over a batch, as soon as somebody is there: what nobody will ever read would fill the pipe."""
        self.flying.append(flight)
        if self._signs:
            self._put(flight.batch)

    def _put(self, *things: Settings | Batch) -> None:
        with contextlib.suppress(OSError):  # it is dead: its own pipe will say so
            for thing in things:
                self._tasks.send(thing)

    def listen(self) -> Said:
        """What the worker says; raises EOFError or OSError when it is dead."""
        if not self.pipe.poll():  # Windows: of one that died as it began, the pipe stays open
            raise EOFError
        said = heard(self.pipe)
        if not self._signs:
            self._put(self._settings, *(flight.batch for flight in self.flying))
        if said.result is not None:
            flight = self.flying[0]
            flight.files, flight.within = said.files, said.within
            if not flight.left:
                self.flying.popleft()
        if said.confined is not None:
            self.confined = said.confined._replace(job=self._job.holds)
        self.grown = self.grown or said.grown
        self._signs += 1
        return said

    @property
    def immovable(self) -> bool:
        """It was killed and does not die: the system waits for a disk or a server that does not answer."""
        return self.blamed is not None and time.monotonic() - self._seen_at > GRACE

    def is_late(self, limits: Limits) -> bool:
        """Whether it has used up the time of its batch, by the processor's clock, since its last sign of life."""
        flights = tuple(self.flying)
        if not flights or self.blamed:
            return False
        try:
            times = self._system.cpu_times()
        except psutil.Error:
            return False  # dead: its pipe says so
        cpu, now = times.user + times.system, time.monotonic()
        if self._seen != self._signs:
            self._seen, self._seen_cpu, self._seen_at = self._signs, cpu, now
        allowed = limits.deadline(flights[0].bytes) + GRACE
        if cpu - self._seen_cpu <= allowed and now - self._seen_at <= allowed * limits.patience:
            return False
        self._seen_at = now
        self.blamed = flights[0]
        return True

    def kill(self) -> None:
        self._process.kill()

    def end(self, patience: float = 0.0) -> int | None:
        """End the process; its exit code, None when the system does not let it end."""
        self._process.join(patience)
        self._process.kill()
        self._process.join(5 * PULSE)
        self._job.close()
        self._tasks.close()
        self.pipe.close()
        exitcode: int | None = self._process.exitcode
        return exitcode


def confinement() -> Confinement:
    """What holds a worker on this machine, by the word of one; raises OSError or EOFError when none begins."""
    worker = _Worker(Settings(rules=(), key=b"", readable=()), _context(anew=False))
    try:
        while worker.pipe.poll(GRACE):
            worker.listen()
            if worker.begun:
                return worker.confined
        raise EOFError
    finally:
        worker.end()


def _context(*, anew: bool) -> Any:
    """How processes are started: by fork where that is sound, so that a script without a main guard works too."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" and not anew else "spawn")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back signals while a process begins: what the terminal sends to all of us must not end it half made."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
