"""Whole folders at a glance: one digest over all that a listing says, made by processes that look ahead of the walk.

A folder whose digest is known need not be looked at file by file. Nothing is opened but folders, and none stays open.
Looking ahead is only a matter of speed, and only done where processes are forked.
"""

import contextlib
import multiprocessing
import os
import stat
import sys
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from scanner.media.opening import Found, whole
from scanner.media.spool import let_go

CHUNK, AHEAD = 16, 2
"""Folders asked for at once, and how often before the first answer."""
WINDOW = 192
"""Folders that may have been looked at before the walk comes to them."""
LONGEST = 2_000
"""Characters of a path that is asked for: what is asked for must fit into a pipe whose other end is busy."""
PULSE = 1.0
_KIND, _FOLDER = 0o170000, 0o040000
FORKS = sys.platform == "linux"

Listed = Sequence[tuple[str, os.stat_result]]


class Glance(NamedTuple):
    """What a folder holds: the digest of all that is no folder, and the folders themselves."""

    first: str
    """The first name of what is no folder; empty: there are only folders."""
    digest: bytes
    folders: tuple[tuple[str, os.stat_result], ...]


def digest(folder: str, listed: Listed, key: bytes) -> bytes:
    """A keyed digest over the names, kinds, numbers, sizes and times of what lies in a folder."""
    facts: list[int] = []
    for _, info in listed:
        facts += (info.st_mode, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    return _digest(folder, [name for name, _ in listed], facts, key)


def _digest(folder: str, names: list[str], facts: list[int], key: bytes) -> bytes:
    try:
        numbers = array("q", facts).tobytes()
    except OverflowError:  # file numbers of 64 bits and more, times beyond 2262
        numbers = repr(facts).encode("ascii")
    text = "\0".join([folder, *names]).encode("utf-8", "surrogatepass")
    return blake2b(numbers + text, digest_size=16, key=key).digest()


def apart(found: Found) -> tuple[list[tuple[str, os.stat_result]], list[tuple[str, os.stat_result]], Found]:
    """Of a listing: what is no folder, the folders, and what could not be looked at."""
    files: list[tuple[str, os.stat_result]] = []
    folders: list[tuple[str, os.stat_result]] = []
    failed: Found = []
    for name, info in found:
        if isinstance(info, OSError):
            failed.append((name, info))
        else:
            (folders if stat.S_ISDIR(info.st_mode) else files).append((name, info))
    return files, folders, failed


def glance(folder: str, key: bytes) -> Glance | None:
    """One look at a folder; None where the walk itself must go about it: refusals, very large folders."""
    try:
        names, infos = whole(folder)
    except OSError:
        return None
    files: list[str] = []
    folders: list[tuple[str, os.stat_result]] = []
    facts: list[int] = []
    for name, info in zip(names, infos, strict=True):
        mode = info.st_mode
        if mode & _KIND == _FOLDER:
            folders.append((name, info))
        else:
            files.append(name)
            facts += (mode, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    return (
        Glance(files[0], _digest(folder, files, facts, key), tuple(folders))
        if files
        else Glance("", b"", tuple(folders))
    )


class Scouts:
    """Processes that look at folders before the walk comes to them."""

    def __init__(self) -> None:
        self._key = b""
        self._scouts: list[_Scout] = []
        self._ready: dict[str, Glance | None] = {}
        self._asked: set[str] = set()
        self._more = True
        """There may be folders that nobody was asked for yet."""

    def begin(self, count: int, key: bytes) -> None:
        """Send them out; where processes are not forked, nobody goes."""
        self._key = key
        self._scouts = [_Scout(key) for _ in range(count if FORKS else 0)]

    @property
    def out(self) -> bool:
        """Whether anybody looks ahead."""
        return bool(self._scouts)

    def glance(self, folder: str, upcoming: Iterable[str]) -> Glance | None:
        """One look at a folder; `upcoming` are those that the walk will come to next."""
        if len(folder) <= LONGEST:
            self._ask(folder, (path for path in upcoming if len(path) <= LONGEST))
        while folder in self._asked:
            self._hear()
        known = self._ready.pop(folder) if folder in self._ready else glance(folder, self._key)
        self._more = self._more or (known is None or bool(known.folders))
        return known

    def close(self) -> None:
        """End the processes."""
        for scout in self._scouts:
            scout.close()
        self._scouts.clear()
        self._asked.clear()

    def _ask(self, folder: str, upcoming: Iterable[str]) -> None:
        urgent = [] if folder in self._ready or folder in self._asked else [folder]
        idle = sorted(self._scouts, key=lambda one: len(one.flying))
        free = sum(AHEAD - len(scout.flying) for scout in idle)
        if not urgent and (free < len(idle) or not self._more):
            return
        new = (path for path in islice(upcoming, WINDOW) if path not in self._ready and path not in self._asked)
        room = WINDOW - len(self._ready) - len(self._asked)
        most = max(min(room, free * CHUNK), 0)
        wanted = [*urgent, *islice(new, most)]
        self._more = len(wanted) - len(urgent) == most
        share = min(-(-len(wanted) // max(free, 1)), CHUNK)
        for scout in [one for one in idle for _ in range(AHEAD - len(one.flying))]:
            chunk, wanted = wanted[:share], wanted[share:]
            if chunk and scout.ask(chunk):
                self._asked.update(chunk)

    def _hear(self) -> None:
        """Take the next answers; whoever has died is not asked again."""
        waited = {scout.pipe: scout for scout in self._scouts if scout.flying}
        for pipe in wait(list(waited), PULSE):
            scout = waited[pipe]  # type: ignore[index]
            chunk = scout.flying.popleft()
            try:
                self._ready.update(zip(chunk, scout.pipe.recv(), strict=True))
            except (EOFError, OSError):
                self._scouts.remove(scout)
                for lost in scout.flying:
                    self._asked.difference_update(lost)
                scout.close()
            self._asked.difference_update(chunk)
        if not waited:
            self._asked.clear()


class _Scout:
    """One process that looks ahead, as the walk sees it."""

    def __init__(self, key: bytes) -> None:
        self.flying: deque[list[str]] = deque()
        context: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_look, args=(os.getpid(), theirs, key), daemon=True)
        try:
            self._process.start()
        except OSError:
            self.pipe.close()
        finally:
            theirs.close()

    def ask(self, folders: list[str]) -> bool:
        try:
            self.pipe.send(folders)
        except OSError:
            return False
        self.flying.append(folders)
        return True

    def close(self) -> None:
        self.pipe.close()
        with contextlib.suppress(AttributeError, ValueError):
            self._process.kill()
            self._process.join(PULSE)


def _look(parent: int, pipe: Connection, key: bytes) -> None:
    import gc
    import signal

    let_go()
    gc.disable()  # it would look through every listing, and finds nothing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while os.getppid() == parent:
            if pipe.poll(PULSE):
                pipe.send([glance(folder, key) for folder in pipe.recv()])
    os._exit(0)
