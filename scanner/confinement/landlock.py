"""Landlock, by which Linux lets a process give up rights for good.

In two layers: all that change files, run programs or connect, before anything else; to read anywhere but beneath some
folders, once it is known which. Own code, since it comes to three system calls, and the bindings there are have not
left their pre-releases.
"""

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable

# one number on every architecture
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BENEATH = 1
_VERSION = 1
_FILES = ((1, 0b1_1111_1111_0011), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Rights by the version that brought them: all but READ_FILE and READ_DIR; to move between folders; to truncate; to
control devices."""
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_TCP = ((4, 0b11),)
"""To bind and to connect."""
_SCOPES = ((6, 0b11),)
"""Abstract sockets and signals of processes outside."""


class _Ruleset(ctypes.Structure):
    """What is refused wherever no rule allows it."""

    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Rule(ctypes.Structure):
    """What is allowed beneath a folder, or to a file."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("at", ctypes.c_int32))


def restrict(libc: ctypes.CDLL) -> int:
    """Give up the rights in this thread and those it will start; the version of Landlock that holds, 0: none does.

    The process must have renounced new privileges before.
    """
    call = libc.syscall
    version = int(call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))
    if version < 1:
        return 0
    given_up = _Ruleset(*(_known(rights, version) for rights in (_FILES, _TCP, _SCOPES)))
    return version if _enforced(libc, given_up) else 0


def read_beneath(libc: ctypes.CDLL, places: Iterable[str]) -> bool:
    """Give up reading anything but what lies in some folders, and some files; False: there is no Landlock.

    A place that cannot be opened now is not among them, nor what will take its name later.
    """
    return _enforced(libc, _Ruleset(files=_READ_FILE | _READ_FOLDER), places)


def _enforced(libc: ctypes.CDLL, refused: _Ruleset, readable: Iterable[str] = ()) -> bool:
    size = ctypes.c_size_t(ctypes.sizeof(refused))
    ruleset = int(libc.syscall(_CREATE_RULESET, ctypes.byref(refused), size, 0))
    if ruleset < 0:
        return False
    try:
        for place in readable:
            with contextlib.suppress(OSError):
                _allow(libc, ruleset, place)
        return bool(libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, place: str) -> None:
    at = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = stat.S_ISDIR(os.fstat(at).st_mode)
        rule = _Rule(_READ_FILE | _READ_FOLDER if folder else _READ_FILE, at)
        libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), ctypes.byref(rule), ctypes.c_uint(0))
    finally:
        os.close(at)


def _known(rights: tuple[tuple[int, int], ...], version: int) -> int:
    return sum(bits for since, bits in rights if since <= version)
