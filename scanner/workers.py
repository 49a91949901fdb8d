"""Worker processes: batches of files in, results out; a batch that kills its worker costs only itself.

Built on Pebble, whose pool ends the one worker that exceeds its time and goes on with the others. A batch that fails is
taken apart and its files are tried one by one, so that only the file at fault is reported.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

import psutil
from pebble import ProcessExpired, ProcessPool

from scanner.examine import Examiner, Settings, document_of
from scanner.ledger import Ledger
from scanner.limits import MIB
from scanner.media.walk import Entry
from scanner.model import FileResult, Problem

BATCH_FILES, BATCH_BYTES = 128, 4 * MIB
AHEAD = 3
"""Batches in flight for each worker: enough to keep it busy, few enough to stop quickly."""
GRACE = 30.0
"""Seconds that a worker may exceed the deadline which its readers keep by themselves."""
OUT_OF_MEMORY = 86
"""Exit code of a worker that gave up because of its memory."""
WORKER_MEMORY = 1024 * MIB

Batch = tuple[Entry, ...]


class Batches:
    """Entries in batches worth a trip to a worker."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.forming: list[Entry] = []
        """Entries that are in no batch yet."""

    def __iter__(self) -> Iterator[Batch]:
        size = 0
        for entry in self._entries:
            self.forming.append(entry)
            size += entry.size
            if len(self.forming) >= BATCH_FILES or size >= BATCH_BYTES:
                yield self._cut()
                size = 0
        if self.forming:
            yield self._cut()

    def _cut(self) -> Batch:
        batch = tuple(self.forming)
        self.forming.clear()
        return batch


class Workers:
    """A pool of examining processes."""

    def __init__(self, settings: Settings, jobs: int) -> None:
        """`jobs` processes; they begin with the first batch."""
        self._settings = settings
        self._jobs = jobs
        self._pool = ProcessPool(
            max_workers=jobs, context=_context(), initializer=_begin, initargs=(settings, os.getpid())
        )
        self._flying: dict[Future[FileResult], Batch] = {}
        self._again: deque[Batch] = deque()

    @property
    def unfinished(self) -> list[Entry]:
        """The files handed out whose results have not come back."""
        return [entry for batch in (*self._flying.values(), *self._again) for entry in batch]

    def results(self, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        """The results of all batches, in the order in which they come back."""
        source = iter(waiting)
        while True:
            while len(self._flying) < self._jobs * AHEAD:
                batch = self._again.popleft() if self._again else next(source, None)
                if batch is None:
                    break
                self._send(batch)
            if not self._flying:
                return
            done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
            for future in done:
                batch = self._flying[future]
                result = _outcome(future, batch)
                del self._flying[future]
                if result is None:
                    self._again.extend((entry,) for entry in batch)
                else:
                    yield result

    def close(self) -> None:
        """End the processes at once, whatever they are doing."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _send(self, batch: Batch) -> None:
        timeout = sum(self._settings.limits.deadline(entry.size) for entry in batch) if len(batch) == 1 else 0.0
        timeout = timeout or self._settings.limits.seconds + sum(entry.size for entry in batch) / MIB
        self._flying[self._pool.schedule(_work, args=[batch], timeout=timeout + GRACE)] = batch


def _outcome(future: "Future[FileResult]", batch: Batch) -> FileResult | None:
    """The result of a batch; for a single file that cannot be examined, its problem; None: try its files singly."""
    try:
        return future.result()
    except TimeoutError:
        kind, detail = "timed_out", "took longer than its time limit"
    except ProcessExpired as expired:
        kind, detail = _death(expired.exitcode)
    return _failed(batch[0], kind, detail) if len(batch) == 1 else None


def _death(exitcode: int) -> tuple[str, str]:
    if exitcode == OUT_OF_MEMORY:
        return "bomb", "needs more memory than its limit"
    how = f"signal {-exitcode}" if exitcode < 0 else f"exit code {exitcode}"
    return "bug", f"the reader's process ended ({how})"


def _failed(entry: Entry, kind: str, detail: str) -> FileResult:
    ledger = Ledger()
    ledger.add("not_read", entry.size, kind)
    problem = Problem(address=document_of(entry).address, kind=kind, detail=detail, size=entry.size)
    return FileResult(ledger=ledger, problems=(problem,))


def _context() -> Any:
    """How processes are started: by fork where that is sound, so that a script without a main guard works too."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


# --- inside a worker ------------------------------------------------------------------------------------------------

_examiner: Examiner


def _begin(settings: Settings, parent: int) -> None:
    global _examiner
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _silence()
    _limit_memory()
    _yield_to_the_user()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    _examiner = Examiner(settings)


def _work(batch: Batch) -> FileResult:
    return _examiner.examine(batch)


def _silence() -> None:
    """Native libraries write to the standard streams, and what they write may quote the document."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        limit = psutil.Process().memory_info().vms + 2 * WORKER_MEMORY
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _yield_to_the_user() -> None:
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(10)


def _watch(parent: int) -> None:
    """End this process when it grows past its memory or when nobody waits for its results any more."""
    process = psutil.Process()
    base = process.memory_info().rss
    while True:
        time.sleep(0.2)
        if process.memory_info().rss > base + WORKER_MEMORY:
            os._exit(OUT_OF_MEMORY)
        if sys.platform != "win32" and os.getppid() != parent:
            os._exit(0)
