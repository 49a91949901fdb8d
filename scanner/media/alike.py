"""Whether a file holds, byte for byte, what another one held when it was examined; nothing is judged by its name."""

import os
import stat
from collections.abc import Callable, Sequence
from typing import IO

from scanner.errors import Unreadable
from scanner.media.items import Entry, Like
from scanner.media.opening import open_file

AT_ONCE = 256 * 1024
"""Bytes compared in one go: most files of equal size differ within the first."""


def alike(entry: Entry, media: Sequence[str], alive: Callable[[], None]) -> str:
    """The path of the first of `entry.like` that is equal to the file and as it was; empty: none is.

    On `media`, given by mount points, nothing is compared: files there are not kept open.
    """
    if any(entry.path.startswith(mount) for mount in media):
        return ""
    for one in entry.like:
        if one.size == entry.size and not any(one.path.startswith(mount) for mount in media):
            try:
                if _alike(entry.path, one, alive):
                    return one.path
            except (OSError, Unreadable):
                continue  # of the file itself, reading it will say why
    return ""


def _alike(path: str, one: Like, alive: Callable[[], None]) -> bool:
    with open_file(one.path) as known, open_file(path) as other:
        here, there = os.fstat(other.fileno()), os.fstat(known.fileno())
        if facts(there) != one.facts or here.st_size != one.size or not stat.S_ISREG(here.st_mode):
            return False
        if os.path.samestat(here, there):
            return True
        # the times are asked for once more: it may have been written to meanwhile
        return _equal(known, other, alive) and facts(os.fstat(known.fileno())) == one.facts


def _equal(known: IO[bytes], other: IO[bytes], alive: Callable[[], None]) -> bool:
    while True:
        alive()
        block = known.read(AT_ONCE)
        if block != other.read(AT_ONCE):
            return False
        if not block:
            return True


def facts(info: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file is written to."""
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns
