"""What keeps a process that reads strangers' documents from doing anything else, as far as its system offers it.

A document that gets hold of its reader then holds a process that can read, reckon, and talk into the pipe to its
parent: it writes nothing, starts nothing, connects to nothing. Nothing here can fail: what a system does not have, it
does not do, and `Confinement` says so.
"""

import ctypes
import sys
from collections.abc import Iterable
from typing import NamedTuple

from scanner.confinement import bounds, calls, landlock, reading


class Confinement(NamedTuple):
    """What holds a process."""

    landlock: int = 0
    """The version of Landlock that refuses it all that changes files, programs and connections; 0: none."""
    reading: bool = False
    """It can read nothing but what is to be examined, and the program with its libraries."""
    calls: bool = False
    """It is refused the system calls for these, and for much else."""
    limits: bool = False
    """It has limits for files and processes beside those for memory and time."""
    job: bool = False
    """It is in a job of Windows, which bounds its memory and lets it start nothing."""

    @property
    def reads_only(self) -> bool:
        """It can change no file, start no program and connect to nothing."""
        return self.calls


_NO_NEW_PRIVILEGES = 38


def confine_reading(roots: Iterable[reading.Root]) -> bool:
    """Have this process read beneath some folders only, besides what is the program's own; whether that holds.

    `confine` must have come before, and threads come after.
    """
    if sys.platform != "linux":
        return False
    return landlock.read_beneath(ctypes.CDLL(None), (*(root.path for root in roots), *reading.program()))


def confine() -> Confinement:
    """Confine this process for good, before it has threads."""
    limits = bounds.limit()
    if sys.platform != "linux":
        return Confinement(limits=limits)
    libc = ctypes.CDLL(None)
    rest = [ctypes.c_ulong(value) for value in (1, 0, 0, 0)]
    bounds.renounce(libc)
    if libc.prctl(_NO_NEW_PRIVILEGES, *rest) != 0:
        return Confinement(limits=limits)
    # the filter last: it knows nothing of Landlock, but of setting it up
    return Confinement(landlock=landlock.restrict(libc), calls=calls.refuse(libc), limits=limits)
