"""A watch as a test sees it: sources, the gatherer, a store in memory, and a plain walk where a walk is asked for."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scanner.watching.gathering import Gatherer, Pending, wider
from scanner.watching.hints import Hint, Source
from scanner.watching.sources import Sources

FULL = bool(os.environ.get("NOKOSANAI_FULL_BURSTS"))
"""Bursts of the full size: 20,000 files."""
DEADLINE = 120.0


class Watched:
    """Everything between the events of the system and what has been looked at."""

    def __init__(self, make: Callable[..., Sources | Source], root: Path, **settings: object) -> None:
        self.root = os.path.realpath(root)
        self.hints: list[Hint] = []
        self.pending: dict[str, Pending] = {}
        self.looked: dict[str, int] = {}
        """Files that were looked at, and their size at the last look."""
        self._lock = threading.Lock()
        self.gatherer = Gatherer(self._store, lambda _: self.root)
        self.source = make(self._tell, **settings)

    def __enter__(self) -> "Watched":
        self.source.start()
        self.gatherer.start()
        self.source.add(self.root)
        return self

    def __exit__(self, *_: object) -> None:
        self.source.stop()
        self.gatherer.stop()

    def settle(self, wanted: Callable[[], bool], deadline: float = DEADLINE) -> bool:
        """Look where something is due until what is wanted has come true and nothing is pending."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            self._look()
            if wanted() and not self.pending and not self.gatherer.gathered().waiting:
                return True
            time.sleep(0.02)
        return False

    def missing(self) -> set[str]:
        """Files that are there and were not looked at as they are now."""
        return {path for path in files(self.root) if self.looked.get(path) != os.lstat(path).st_size}

    def nothing_missing(self) -> bool:
        return not self.missing()

    def heard(self, kind: str, path: object = None) -> bool:
        return any(one.kind == kind and (path is None or one.path == str(path)) for one in list(self.hints))

    def _tell(self, hint: Hint) -> None:
        self.hints.append(hint)
        self.gatherer.take(hint)

    def _store(self, batch: Sequence[Pending]) -> None:
        with self._lock:
            for entry in batch:
                older = self.pending.get(entry.path)
                self.pending[entry.path] = entry if older is None else wider(older, entry)

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [entry for entry in self.pending.values() if entry.due <= now]
            for entry in due:
                del self.pending[entry.path]
        for entry in due:
            for path in files(entry.path, walk=entry.kind != "file"):
                try:
                    self.looked[path] = os.lstat(path).st_size
                except OSError:
                    self.looked.pop(path, None)


def files(path: str, *, walk: bool = True) -> Iterator[str]:
    """The file at a path, or all that lie below it."""
    if not os.path.isdir(path) or os.path.islink(path):
        yield path
    elif walk:
        for folder, _, names in os.walk(path):
            yield from (os.path.join(folder, name) for name in names)


def until(true: Callable[[], bool], deadline: float = 30.0) -> bool:
    """Wait for something to become true; False when it does not."""
    end = time.monotonic() + deadline
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


NEW_FOLDERS = """
import os, sys
root, folders, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(folders):
    folder = os.path.join(root, f"y{number % 10}", f"m{number // 10 % 20}", f"d{number}")
    os.makedirs(folder)
    for name in range(each):
        with open(os.path.join(folder, f"f{name}.csv"), "wb") as file:
            file.write(b"x")
            file.flush()
            file.write(b"y" * (name + 1))
"""
FLAT = """
import os, sys
root, folders, files, name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
for number in range(files):
    with open(os.path.join(root, f"d{number % folders}", f"{name}{number}.csv"), "wb") as file:
        file.write(b"z" * (number % 50 + 1))
"""


def write(script: str, *arguments: object) -> "subprocess.Popen[bytes]":
    """Another process that writes."""
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdin=subprocess.DEVNULL)
