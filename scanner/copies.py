"""Which files of a run may be copies of one another: names of one file, and files of equal size and ending.

These are guesses; a worker compares the bytes before anything is taken over (`scanner.media.alike`). It also says how
long each file took: one that was read as fast as it could be compared is no use as an original. A large file waits for
one of its size that is being read just now; nothing waits beyond the end of the walk.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from scanner.limits import MIB
from scanner.media.items import Entry, Like
from scanner.memory import Mark
from scanner.state.findings import At

LEAST = 64 * 1024
"""Bytes from which on a file waits for another one of its size."""
SPEED, OPENED = 100 * MIB, 0.002
"""What comparing costs at most: bytes in a second, and seconds for each file."""
MOST, TRIED, WAITING = 10_000, 4, 1_000
"""Sizes whose originals are known, originals of one size, and files that wait at a time."""
_ENDING = re.compile(r"(?:\.[0-9a-z]{1,8}){0,2}$", re.IGNORECASE)
"""Of a name, what may decide how the file is read: of an archive's only member, the ending before the last."""

Key = tuple[int, int, str]
"""Device and number of a file with several names, or -1 and a size; with the ending."""


class Original(NamedTuple):
    """A file that was examined in this run, and is remembered."""

    at: At
    like: Like
    modified: float
    mark: Mark
    named: bool
    """Its name is part of what was found in it: of use for files of the same name only."""


def keys(name: str, info: os.stat_result) -> tuple[Key, ...]:
    """What a file has in common with its copies; the surest first."""
    ending = _ending(name)
    by_size = (-1, info.st_size, ending)
    return ((info.st_dev, info.st_ino, ending), by_size) if info.st_nlink > 1 and info.st_ino else (by_size,)


def stem(name: str) -> str:
    """A name without its ending."""
    return name[: len(name) - len(_ending(name))]


def _ending(name: str) -> str:
    found = _ENDING.search(name)
    return found.group().lower() if found else ""


class Copies:
    """The originals of one run, and the files that wait for one."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, tuple[Original, ...]] = OrderedDict()
        self._led: dict[Key, list[Entry]] = {}
        """By what the file at work and those that wait for it have in common."""
        self._ready: list[Entry] = []
        self._waiting = 0

    def originals(self, name: str, common: tuple[Key, ...]) -> tuple[Original, ...]:
        """What a file may be a copy of."""
        found = (one for key in common for one in self._known.get(key, ()))
        return tuple(one for one in found if not one.named or one.at.name == name)[:TRIED]

    def waits(self, entry: Entry, common: tuple[Key, ...]) -> bool:
        """Whether a file must wait for one that is being read; if not, others may wait for it."""
        sure = [key for key in common if key[0] >= 0 or key[1] >= LEAST]
        for key in sure:
            if key in self._led and self._waiting < WAITING:
                self._led[key].append(entry)
                self._waiting += 1
                return True
        for key in sure:
            self._led.setdefault(key, [])
        return False

    def finished(self, common: tuple[Key, ...], original: Original | None) -> None:
        """A file is finished; whatever waited for it need wait no more."""
        for key in common:
            if original is not None and (key[0] >= 0 or pays(original.mark, original.like.size)):
                self._known[key] = (*self._known.pop(key, ()), original)[:TRIED]
                if len(self._known) > MOST:
                    self._known.popitem(last=False)
            self._ready += self._led.pop(key, ())

    def ready(self) -> Iterator[Entry]:
        """The files that need wait no more."""
        while self._ready:
            self._waiting -= 1
            yield self._ready.pop()

    def rest(self) -> Iterator[Entry]:
        """The same with those that still wait."""
        for waiting in self._led.values():
            self._ready += waiting
        self._led.clear()
        yield from self.ready()


def pays(mark: Mark, size: int) -> bool:
    """Whether comparing a file of a size with this one costs less than examining it did."""
    return mark.state in ("read", "") and (mark.took - OPENED) * SPEED > size
