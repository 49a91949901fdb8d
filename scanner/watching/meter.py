"""How much of the machine we use, all our processes together, and how long to rest so that nobody notices.

A duty cycle: work, ask, rest for as long as is said. It measures and says; it stops nobody.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

import psutil

WINDOW = 12.0
"""Seconds over which the use of the processor is averaged."""
SHARE = 0.10
"""Of one core, while somebody is at work."""
MEMORY = 250 * 1024 * 1024
"""Bytes, all processes together."""
LONGEST = 60.0
"""Seconds of a rest."""
_FAMILY = 5.0
"""Seconds for which the list of our processes is believed: making it looks at every process of the machine."""


class Use(NamedTuple):
    """What we use: `share` of one core over the window, bytes of memory that are ours alone, processes."""

    share: float
    memory: int
    processes: int


class Meter:
    """Measures this process and those below it."""

    def __init__(
        self,
        pids: Callable[[], Iterable[int]] | None = None,
        *,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`pids`: our processes, where they are known; else they are looked for now and then."""
        self._pids = pids
        self._window = window
        self._clock = clock
        self._processes: dict[int, psutil.Process] = {}
        self._spent: dict[int, float] = {}
        """Seconds of processor time by process, as last seen."""
        self._total = 0.0
        self._samples: deque[tuple[float, float]] = deque()
        self._looked = -_FAMILY
        self._memory = 0

    def sample(self) -> Use:
        """Measure now."""
        now = self._clock()
        self._family(now)
        memory = 0
        for pid, process in list(self._processes.items()):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += own_memory(process)
            except psutil.Error:
                del self._processes[pid]
                self._spent.pop(pid, None)
                continue
            spent = times.user + times.system
            # what was used before the first measurement is past; whoever comes later is counted from its beginning
            self._total += max(spent - self._spent.get(pid, 0.0 if self._samples else spent), 0.0)
            self._spent[pid] = spent
        self._samples.append((now, self._total))
        while len(self._samples) > 2 and self._samples[1][0] <= now - self._window:
            self._samples.popleft()
        return Use(self._share(now), memory, len(self._processes))

    def rest(self, share: float = SHARE) -> float:
        """Seconds to rest from now, so that no window comes to more than `share` of a core; to be called after a step.

        The next step is taken to cost as much as the dearest of the window. One that is dearer than a whole window
        allows is made up for afterwards, within bounds.
        """
        now = self._clock()
        self.sample()
        steps = [after - before for (_, before), (_, after) in pairwise(self._samples)]
        allowed = share * self._window
        if steps and steps[-1] > allowed:
            return min(steps[-1] / share, LONGEST) if share > 0 else self._window
        room = allowed - max(steps, default=0.0)
        for number, (at, total) in enumerate(self._samples):
            if self._total - total <= max(room, 0.0):
                return max(at + self._window - now, 0.0) if number else 0.0
        return 0.0

    def _share(self, now: float) -> float:
        began, before = self._samples[0]
        return (self._total - before) / (now - began) if now > began else 0.0

    def _family(self, now: float) -> None:
        if self._pids is not None:
            wanted = {os.getpid(), *self._pids()}
        elif now - self._looked >= _FAMILY:
            self._looked = now
            wanted = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
        else:
            return
        for pid in wanted - self._processes.keys():
            try:
                self._processes[pid] = psutil.Process(pid)
            except psutil.Error:
                continue
        for pid in self._processes.keys() - wanted:
            del self._processes[pid]


def own_memory(process: psutil.Process) -> int:
    """Bytes of a process, without what is mapped from files; what forked processes share counts for each of them."""
    info = process.memory_info()
    return int(info.rss - getattr(info, "shared", 0))
