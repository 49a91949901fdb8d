"""Several machines as one pair of hands: chunks of files out to an executor, results in, nothing lost on the way.

Any `concurrent.futures.Executor` will do; `scanner.cluster` brings one that reaches other machines. A chunk is worth a
trip; only a few are out at a time, and what comes back is handed on before more of the walk is asked for. A chunk whose
machines have died is halved until the file at fault is alone. What goes on at the other end is in `scanner.remote`.
"""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from scanner.batches import Batch
from scanner.detection.kept import NOTHING_READY
from scanner.examine import Settings
from scanner.limits import GIB, MIB
from scanner.media.walk import Entry
from scanner.model import FileResult
from scanner.remote import Answer, Common, Order, Sealed
from scanner.workers import FRUITLESS, PULSE, Workers, failed

WORTH = 4.0
"""Seconds of work in a chunk, by what the chunks before it took."""
A_FILE = 32 * 1024
"""Bytes that a file counts for, beside its own: opening it takes as long as reading so many."""
FIRST, LEAST, LARGEST = MIB // 2, 64 * 1024, 4 * GIB
"""Bytes of a chunk: before anything is known, and the bounds."""
MOST_FILES = 8_000
AHEAD = 2
"""Chunks on their way for each place at which one is examined: the next is at hand when one is done."""
TRIES = 10
"""How often a chunk is sent out that comes back untouched."""


class Pool(Protocol):
    """Where chunks are sent."""

    @property
    def common(self) -> Common:
        """What the machines there have in common with this one."""

    @property
    def executor(self) -> Executor:
        """Takes `task` with an order."""

    @property
    def task(self) -> Callable[[Sealed], Answer]:
        """What is done with an order."""

    @property
    def width(self) -> int:
        """Places at which a chunk is examined at this moment."""

    @property
    def lost(self) -> bool:
        """Nothing will come from there any more."""

    def close(self) -> None:
        """Let go of everything, whatever is being done."""


@dataclass(slots=True, eq=False)
class _Chunk:
    """Files on their way."""

    entries: Batch
    sent: float = 0.0
    tries: int = 0

    @property
    def weight(self) -> int:
        return sum(entry.size + A_FILE for entry in self.entries)


class Chunks:
    """What `scanner.workers.Workers` is, with other machines in the place of processes."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self.stopped: Callable[[], bool] = lambda: False
        self._pool = pool
        self._settings = settings
        self._said = replace(settings, rules=(), ready=NOTHING_READY, readable=None)
        self._flying: dict[Future[Answer], _Chunk] = {}
        self._landed: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()
        self._again: deque[_Chunk] = deque()
        self._forming: list[Entry] = []
        self._heavy: deque[Entry] = deque()
        """Files whose results no answer can hold: they are examined on this machine."""
        self._here: Workers | None = None
        self._goal, self._weight = float(FIRST), 0
        self._pace = 0.0
        """Seconds for a byte of weight; 0: not known yet."""
        self._fruitless = 0

    @property
    def unfinished(self) -> list[Entry]:
        """The files handed out whose results have not come back."""
        out = (chunk.entries for chunk in (*self._flying.values(), *self._again))
        here = self._here.unfinished if self._here else ()
        return [*chain.from_iterable(out), *self._forming, *self._heavy, *here]

    def results(self, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        """The results of all batches, in the order in which they come back."""
        source = iter(waiting)
        while not self.stopped():
            if self._pool.lost or self._fruitless >= FRUITLESS:
                yield from self._give_up(source)
                return
            self._feed(source)
            if not (self._flying or self._again or self._forming):
                yield from self._examine_here()
                return
            try:
                landed = self._landed.get(timeout=PULSE)
            except queue.Empty:
                continue
            yield from self._take(landed)

    def begin(self) -> None:
        """Nothing: others are ready already."""

    def close(self) -> None:
        """Let go of the machines; what they are at ends there."""
        self._pool.close()
        if self._here is not None:
            self._here.close()

    # --- out --------------------------------------------------------------------------------------------------------

    def _feed(self, source: Iterator[Batch]) -> None:
        while not self.stopped() and len(self._flying) < AHEAD * self._pool.width:
            chunk = self._again.popleft() if self._again else self._form(source)
            if chunk is None or not self._send(chunk):
                return

    def _form(self, source: Iterator[Batch]) -> _Chunk | None:
        """The next chunk from the walk; None: there is none, or something has come back in the meantime."""
        for batch in source:
            self._forming += batch
            self._weight += _Chunk(batch).weight
            if self._weight >= self._goal or len(self._forming) >= MOST_FILES:
                break
            if self.stopped() or not self._landed.empty():
                return None
        chunk = _Chunk(tuple(self._forming))
        self._forming.clear()
        self._weight = 0
        return chunk if chunk.entries else None

    def _send(self, chunk: _Chunk) -> bool:
        order = Order(common=self._pool.common, settings=self._said, entries=chunk.entries)
        chunk.sent = time.time()
        try:
            future = self._pool.executor.submit(self._pool.task, Sealed.of(order))
        except (RuntimeError, OSError):  # the connection is gone; perhaps it is back in a moment
            self._again.appendleft(chunk)
            time.sleep(PULSE)
            return False
        self._flying[future] = chunk
        future.add_done_callback(self._landed.put)
        return True

    # --- back -------------------------------------------------------------------------------------------------------

    def _take(self, future: "Future[Answer]") -> Iterator[FileResult]:
        failure = None if future.cancelled() else future.exception()
        chunk = self._flying.pop(future)
        if future.cancelled():
            yield from self._once_more(chunk, "the cluster has dropped it")
        elif failure is not None:
            self._fruitless += 1
            yield from self._halve(chunk, failure)
        else:
            yield from self._answered(chunk, future.result())

    def _answered(self, chunk: _Chunk, answer: Answer) -> Iterator[FileResult]:
        if answer.refused or answer.given_up:
            yield from self._once_more(chunk, answer.refused or "the cluster has dropped it")
            return
        self._fruitless = 0
        if not answer.too_much:
            self._learn(chunk, answer.seconds)
            for sealed in answer.results:
                yield _dated(sealed.open(), chunk.sent)
        elif len(chunk.entries) > 1:
            yield from self._halve(chunk)
        else:
            self._heavy += chunk.entries

    def _learn(self, chunk: _Chunk, seconds: float) -> None:
        pace = seconds / chunk.weight
        self._pace = 0.7 * self._pace + 0.3 * pace if self._pace else pace
        if self._pace:
            self._goal = min(max(WORTH / self._pace, LEAST), LARGEST)

    def _once_more(self, chunk: _Chunk, why: str) -> Iterator[FileResult]:
        chunk.tries += 1
        if chunk.tries < TRIES:
            self._again.append(chunk)
        else:
            yield failed(chunk.entries, "bug", why)

    def _halve(self, chunk: _Chunk, failure: BaseException | None = None) -> Iterator[FileResult]:
        middle = len(chunk.entries) // 2
        if middle:
            self._again += (_Chunk(chunk.entries[:middle]), _Chunk(chunk.entries[middle:]))
        else:
            yield failed(chunk.entries, "bug", f"no machine of the cluster could finish it ({type(failure).__name__})")

    def _examine_here(self) -> Iterator[FileResult]:
        if self._heavy:
            self._here = self._here or Workers(self._settings, 1, anew=True)
            self._here.stopped = self.stopped
            yield from self._here.results((self._heavy.popleft(),) for _ in range(len(self._heavy)))

    def _give_up(self, source: Iterator[Batch]) -> Iterator[FileResult]:
        """Enter everything that is left as not read."""
        left = tuple(self.unfinished)
        self.close()
        self._flying, self._here = {}, None
        for held in (self._again, self._forming, self._heavy):
            held.clear()
        for batch in chain((left,), source):
            if batch:
                yield failed(batch, "interrupted", "the cluster can no longer be reached")


def _dated(result: FileResult, sent: float) -> FileResult:
    """The result as if reading had begun when the files were sent out: clocks of other machines prove nothing."""
    return replace(result, marks=tuple(mark._replace(began=min(mark.began, sent)) for mark in result.marks))
