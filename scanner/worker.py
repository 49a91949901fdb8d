"""One worker from the inside: a process that examines what it is handed until nobody hands it anything any more.

It keeps its own memory within bounds, writes nothing anywhere but into the pipe to its parent, and does not outlive it.
From before its first document on it could not do otherwise: `scanner.confinement`.
"""

import contextlib
import gc
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import psutil

from scanner.batches import Batch
from scanner.confinement import Confinement, confine, confine_reading
from scanner.confinement.bounds import disinherit
from scanner.examine import Examiner, Settings
from scanner.limits import MIB, SIGN
from scanner.measured import MeasuredExaminer
from scanner.model import FileResult
from scanner.said import Said

OUT_OF_MEMORY = 86
"""Exit code of a worker that gave up because of its memory."""
WORKER_MEMORY = 1024 * MIB
GROWN = WORKER_MEMORY // 4
"""Bytes that a worker may have kept of the documents it is done with; with more another one takes its place."""


def live(parent: int, tasks: Connection, said: Connection) -> None:
    """Get the settings, then batches, and examine them until nobody hands out any more."""
    confined = _take_its_place()
    said.send(Said(confined=confined))
    voice = Voice(said)
    examiner, reading = _examiner(parent, tasks, voice)
    with _watched(parent):
        _examine(examiner, confined._replace(reading=reading), tasks, voice)


def _examiner(parent: int, tasks: Connection, voice: "Voice") -> tuple[Examiner, bool]:
    """Get the settings; what examines by them, and whether it can read no further than they say."""
    with _watched(parent):
        settings: Settings = tasks.recv()
    # while there are no threads, which would go on reading anywhere
    confined = settings.readable is not None and confine_reading(settings.readable)
    return (MeasuredExaminer if settings.profile else Examiner)(settings, voice.alive), confined


def _examine(examiner: Examiner, confined: Confinement, tasks: Connection, voice: "Voice") -> None:
    # nothing of what has been made goes away, and a table makes cells by the million, none of them in a cycle
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    base = psutil.Process().memory_info().rss
    voice.ready(confined)
    waiting: queue.SimpleQueue[Batch] = queue.SimpleQueue()
    threading.Thread(target=_fetch, args=(tasks, waiting), daemon=True).start()
    while True:
        batch = waiting.get()
        try:
            result = examiner.examine(batch, voice.say)
            voice.say(result, len(batch), False, grown=_grown(base))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _fetch(tasks: Connection, waiting: "queue.SimpleQueue[Batch]") -> None:
    """Take batches from the pipe at once, so that whoever sends them never waits."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            waiting.put(tasks.recv())
    os._exit(0)


class Voice:
    """What a worker tells its parent."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._said = time.monotonic()

    def say(self, result: FileResult | None, files: int, within: bool, *, grown: bool = False) -> None:
        """Hand over a part of the results, as `Said` describes it."""
        self._pipe.send(Said(result, files, within, grown))
        self._said = time.monotonic()

    def ready(self, confined: Confinement) -> None:
        """Say that batches may come."""
        self._pipe.send(Said(confined=confined))

    def alive(self) -> None:
        """Give a sign of life, unless there was one just now."""
        if time.monotonic() - self._said > SIGN:
            self.say(None, 0, False)


def _take_its_place() -> Confinement:
    """Become a worker; confined before there are threads, which would not be."""
    disinherit()
    for name, what in (("SIGINT", signal.SIG_IGN), ("SIGHUP", signal.SIG_IGN), ("SIGBREAK", signal.SIG_IGN),
                       ("SIGTERM", signal.SIG_DFL)):  # fmt: skip
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), what)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _silence()
    _limit_memory()
    _yield_to_the_user()
    sys.dont_write_bytecode = True
    return confine()


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


def _yield_to_the_user() -> None:
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(10)


def _grown(base: int) -> bool:
    """Whether what it keeps is much more than it began with, though it is at no document."""
    process = psutil.Process()
    if process.memory_info().rss <= base + GROWN:
        return False
    gc.collect()
    return process.memory_info().rss > base + GROWN


@contextlib.contextmanager
def _watched(parent: int) -> Iterator[None]:
    """Have another thread watch over this process meanwhile."""
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(parent, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(parent: int, over: threading.Event) -> None:
    """End this process when it grows past its memory or when nobody waits for its results any more."""
    process = psutil.Process()
    base = process.memory_info().rss
    while not over.wait(0.2):
        if process.memory_info().rss > base + WORKER_MEMORY:
            os._exit(OUT_OF_MEMORY)
        if sys.platform != "win32" and os.getppid() != parent:
            os._exit(0)
