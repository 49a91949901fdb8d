"""One machine of several: it examines a chunk of files for a run elsewhere, in processes of its own.

It opens no connection: whoever brings an order takes the answer back. What kills a reader here kills a process that
this one has begun for it, so that the file at fault is found as it is found everywhere (`scanner.workers`).
"""

import contextlib
import os
import pickle
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from scanner.basis import program
from scanner.batches import Batches
from scanner.confinement.reading import roots
from scanner.detection import kept, rules
from scanner.detection.kept import Ready
from scanner.detection.rules import Rule
from scanner.examine import Settings
from scanner.limits import MIB
from scanner.media.walk import Entry, printable
from scanner.places import cache_folder, rules_folder
from scanner.version import VERSION
from scanner.workers import Workers

MOST = 64 * MIB
"""Bytes that an answer may have: the memory of whoever carries it is not ours to fill."""
WITNESSES = 64
"""Files and folders of a source by which a machine knows whether it has the same ones."""
SKEW = 2.0
"""Seconds by which two machines may differ about the time of one file: not every share tells fractions."""
IDLE = 60.0
"""Seconds after which processes end for which there is no work: they hold the key of a run."""
REFUSED = 1.0
"""Seconds for which a machine that refuses keeps an order, lest it draw all orders to itself."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What travels; it shows nothing of itself, since whoever carries it may write it into a log."""

    content: bytes = field(repr=False)

    @classmethod
    def of(cls, what: object) -> "Sealed":
        """Seal anything that can be pickled."""
        return cls(pickle.dumps(what, pickle.HIGHEST_PROTOCOL))

    def open(self) -> Any:
        """What is in it; only to be asked of what has come over a connection that both sides have proven."""
        return pickle.loads(self.content)  # noqa: S301


class Witness(NamedTuple):
    """Something that lies in a source, and when it was changed last."""

    path: str
    modified: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all machines of a run have in common."""

    version: str
    program: str
    """Digest of what reads and judges."""
    rules: str
    """Digest of the rules."""
    witnesses: tuple[tuple[str, tuple[Witness, ...]], ...]
    """Of each source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A chunk of files to examine."""

    common: Common
    settings: Settings
    """Without the rules and their gate, which each machine has."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an order."""

    results: tuple[Sealed, ...] = ()
    """The results of all its files."""
    seconds: float = 0.0
    """How long that took, once there was a process for it."""
    refused: str = ""
    """Why this machine does not do it."""
    too_much: bool = False
    """The results are more than an answer may hold."""
    given_up: bool = False
    """Nobody seemed to want it any more."""


def common(sources: Sequence[str]) -> Common:
    """What the machine at which a run is begun expects of the others."""
    folder = rules_folder()
    seen = tuple((source, tuple(_witnesses(source))) for source in sources)
    return Common(version=VERSION, program=program(), rules=rules.digest(folder), witnesses=seen)


def _witnesses(source: str) -> Iterator[Witness]:
    paths = [source]
    with contextlib.suppress(OSError), os.scandir(source) as listed:
        paths = sorted(one.path for one in listed)[:WITNESSES]
    for path in paths:
        with contextlib.suppress(OSError):
            yield Witness(path, os.lstat(path).st_mtime)


def differs(asked: Common) -> str:
    """What is not the same on this machine, in a sentence; empty: everything is."""
    if asked.version != VERSION:
        return f"it has version {VERSION} of nokosanai, not {asked.version}"
    if asked.rules != _rules_digest():
        return "its rules are others"
    if asked.program != program():
        return "its nokosanai, Python or libraries are others"
    for source, witnesses in asked.witnesses:
        if not os.path.lexists(source):
            return f"it has no {printable(source)}"
        if not _same(witnesses):
            return f"what it has as {printable(source)} is something else"
    return ""


def _same(witnesses: Sequence[Witness]) -> bool:
    """Whether most of them are here, and one at least is unchanged: others may have been written to meanwhile."""
    apart = []
    for witness in witnesses:
        with contextlib.suppress(OSError):
            apart.append(abs(os.lstat(witness.path).st_mtime - witness.modified))
    return not witnesses or (2 * len(apart) >= len(witnesses) and min(apart) <= SKEW)


@cache
def _rules_digest() -> str:
    return rules.digest(rules_folder())


@cache
def _known() -> tuple[tuple[Rule, ...], Ready]:
    """The rules, and what is compiled of them."""
    known = rules.load(rules_folder())
    return known, kept.ready(known, cache_folder())


def carry_out(sealed: Sealed, given_up: Callable[[], bool] = lambda: False) -> Answer:
    """Examine the files of an order, unless this machine must not; ends early once `given_up`."""
    order: Order = sealed.open()
    refused = refusal(_agreed(order.common))
    if refused is not None:
        return refused
    readable = roots(source for source, _ in order.common.witnesses)  # by what they are on this machine
    with _BENCH.lent(replace(order.settings, readable=readable)) as workers:
        workers.stopped = given_up
        began = time.monotonic()
        results: list[Sealed] = []
        size = 0
        for result in workers.results(Batches(order.entries)):
            results.append(Sealed.of(result))
            size += len(results[-1].content)
            if size > MOST:
                return Answer(too_much=True)
        if given_up():
            return Answer(given_up=True)
        if workers.hopeless:
            return Answer(refused=f"{socket.gethostname()}: no worker process stays alive to examine it")
        return Answer(results=tuple(results), seconds=time.monotonic() - began)


def refusal(why: str) -> Answer | None:
    """The answer of a machine that is not fit, given after a while; None where there is no reason."""
    if not why:
        return None
    time.sleep(REFUSED)
    return Answer(refused=f"{socket.gethostname()}: {why}")


_AGREED: set[Common] = set()


def _agreed(asked: Common) -> str:
    """As `differs`, but a machine that was the same once in a run is so for all of it: its files change."""
    refused = "" if asked in _AGREED else differs(asked)
    if not refused and asked not in _AGREED:
        _AGREED.clear()
        _AGREED.add(asked)
    return refused


class _Bench:
    """Processes that wait for the next order; each order has one for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[Settings, Workers, threading.Timer]] = []

    @contextlib.contextmanager
    def lent(self, settings: Settings) -> Iterator[Workers]:
        """One with these settings, ready; it ends unless it has nothing left to do."""
        workers = self._take(settings)
        if workers is None:
            known, ready = _known()
            workers = Workers(replace(settings, rules=known, ready=ready), 1, anew=True)
            deque(workers.results([()]), maxlen=0)  # an empty batch comes back when the process is ready
        whole = False
        try:
            yield workers
            whole = not (workers.unfinished or workers.hopeless)
        finally:
            if whole:
                self._put(settings, workers)
            else:
                workers.close()

    def _take(self, settings: Settings) -> Workers | None:
        """One that waits for such work; of those that wait for other work one ends in its stead."""
        with self._lock:
            fit = [one for one in self._idle if one[0] == settings]
            one = next(iter(fit or self._idle), None)
            if one is None:
                return None
            self._idle.remove(one)
        one[2].cancel()
        if fit:
            return one[1]
        one[1].close()
        return None

    def _put(self, settings: Settings, workers: Workers) -> None:
        timer = threading.Timer(IDLE, self._end, (workers,))
        timer.daemon = True
        with self._lock:
            self._idle.append((settings, workers, timer))
        timer.start()

    def _end(self, workers: Workers) -> None:
        with self._lock:
            kept_on = [one for one in self._idle if one[1] is not workers]
            mine = len(kept_on) < len(self._idle)
            self._idle = kept_on
        if mine:
            workers.close()


_BENCH = _Bench()
