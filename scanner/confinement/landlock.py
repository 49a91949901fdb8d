"""Landlock, by which Linux lets a process give up rights for good: here all that change files, run programs or connect.

What reads is not among them, so that no path need be known beforehand: media come and go while a worker lives. Own
code, since it comes to three system calls, and the bindings there are have not left their pre-releases.
"""

import ctypes
import os

# one number on every architecture
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
_FILES = ((1, 0b1_1111_1111_0011), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Rights by the version that brought them: all but READ_FILE and READ_DIR; to move between folders; to truncate; to
control devices."""
_TCP = ((4, 0b11),)
"""To bind and to connect."""
_SCOPES = ((6, 0b11),)
"""Abstract sockets and signals of processes outside."""


class _Ruleset(ctypes.Structure):
    """What is refused, since no rule allows it anywhere."""

    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def restrict(libc: ctypes.CDLL) -> int:
    """Give up the rights in this thread and those it will start; the version of Landlock that holds, 0: none does.

    The process must have renounced new privileges before.
    """
    call = libc.syscall
    version = int(call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))
    if version < 1:
        return 0
    given_up = _Ruleset(*(_known(rights, version) for rights in (_FILES, _TCP, _SCOPES)))
    ruleset = int(call(_CREATE_RULESET, ctypes.byref(given_up), ctypes.c_size_t(ctypes.sizeof(given_up)), 0))
    if ruleset < 0:
        return 0
    try:
        return version if call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0 else 0
    finally:
        os.close(ruleset)


def _known(rights: tuple[tuple[int, int], ...], version: int) -> int:
    return sum(bits for since, bits in rights if since <= version)
