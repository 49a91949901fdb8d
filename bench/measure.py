"""How long a command takes and how much memory, beside another command in the same minutes.

On a shared machine a time means little and a ratio of neighbours much: the two commands take turns, and what is kept is
the median over the pairs. Not a profiler.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

Command = Sequence[str]
SAMPLING = 0.02
"""Seconds between two looks at the memory."""
BEGINNING = 0.1
"""Seconds in which a process that is just beginning may still show the memory of whoever starts it."""
PATIENCE = 30.0
"""Seconds after which no further pair is begun."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a command: seconds on the clock, seconds of the processors, what it printed, bytes at its peak."""

    seconds: float
    cpu: float
    code: int
    output: bytes
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Pairs:
    """What taking turns came to; medians."""

    seconds: float
    cpu: float
    other_seconds: float
    other_cpu: float
    ratio: float
    """The other's time by ours, pair by pair: 0.5 means that we take twice as long."""
    low: float
    high: float
    cpu_ratio: float | None
    """The same of processor seconds, which the other users of a machine change less; None where it does not tell."""
    count: int


def run(command: Command, *, cwd: Path | None = None, memory: bool = False) -> Ran:
    """Run a command to its end; its standard error is dropped."""
    before, start = _children_cpu(), time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd) as process:
        watch = _Memory(process.pid) if memory else None
        output, _ = process.communicate()
    seconds = time.perf_counter() - start
    return Ran(seconds, _children_cpu() - before, process.returncode, output, watch.stop() if watch else 0)


def in_pairs(count: int, ours: Callable[[], Ran], other: Callable[[], Ran]) -> Pairs:
    """Let two commands take turns: A B A B ..., at least once and then as long as there is patience."""
    start = time.monotonic()
    pairs = [(ours(), other())]
    while len(pairs) < count and time.monotonic() - start < PATIENCE:
        pairs.append((ours(), other()))
    ratios = [theirs.seconds / own.seconds for own, theirs in pairs]
    return Pairs(
        seconds=statistics.median(own.seconds for own, _ in pairs),
        cpu=statistics.median(own.cpu for own, _ in pairs),
        other_seconds=statistics.median(theirs.seconds for _, theirs in pairs),
        other_cpu=statistics.median(theirs.cpu for _, theirs in pairs),
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        cpu_ratio=statistics.median(theirs.cpu / own.cpu for own, theirs in pairs) if pairs[0][0].cpu else None,
        count=len(pairs),
    )


def _children_cpu() -> float:
    """Processor seconds of all processes that were waited for, theirs included; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Memory:
    """Samples the resident memory of a process and all its descendants, in a thread of its own."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The highest sum seen, in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        self._over.wait(BEGINNING)
        while not self._over.wait(SAMPLING):
            try:
                tree = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                continue
            self._peak = max(self._peak, sum(map(_resident, tree)))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
