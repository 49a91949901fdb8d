"""What a process may have of the system at most, and what it lets go of that it was born with."""

import contextlib
import ctypes
import os
import stat
import sys

ROOM = 64
"""Files that may be open at a time, beside those that are open from the start."""
_READ_ANYTHING = 2
"""CAP_DAC_READ_SEARCH, the one capability of use to somebody who only reads."""
_VERSION_3 = 0x20080522


def disinherit() -> None:
    """Put nothing in the place of all that a forked process has inherited open, except pipes.

    Among it are the databases of the memory, connections of the watcher, the terminal. It is not merely closed: the
    numbers would be given to documents, and whoever believes that they are still its own would close those.
    """
    if sys.platform != "linux":
        return
    nowhere = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    for number in _opened():
        with contextlib.suppress(OSError):
            if number not in (1, 2, nowhere) and (number == 0 or not stat.S_ISFIFO(os.fstat(number).st_mode)):
                os.dup2(nowhere, number, inheritable=False)
    os.close(nowhere)


def _opened() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    except OSError:
        return [0]


def limit() -> bool:
    """Bounds for the size of files, for open ones, for images of memory; False: this system has none."""
    if sys.platform == "win32":
        return False
    import resource

    _most(resource.RLIMIT_CORE, 0)
    _most(resource.RLIMIT_FSIZE, 0)
    if sys.platform == "linux":
        _most(resource.RLIMIT_NOFILE, max(_opened()) + ROOM)
    else:
        _most(resource.RLIMIT_NPROC, 0)  # of processes alone; on Linux threads count as well
    return True


def _most(which: int, amount: int) -> None:
    import resource

    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(which)[1]
        if hard == resource.RLIM_INFINITY or amount < hard:
            resource.setrlimit(which, (amount, amount))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def renounce(libc: ctypes.CDLL) -> None:
    """Give up what an administrator or a service may do, except to read."""
    header, held = _Header(_VERSION_3, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), held) == 0:
        keep = 1 << _READ_ANYTHING
        held[0] = _Sets(held[0].effective & keep, held[0].permitted & keep, 0)
        held[1] = _Sets(0, 0, 0)
        libc.capset(ctypes.byref(header), held)
