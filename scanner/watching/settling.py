"""Whether a file is ready to be read: it is there, it is quiet, and nobody is making it longer.

One look does not block and keeps nothing: whoever asks hands in what the look before has shown.
"""

import os
import stat
import time
from typing import NamedTuple

from scanner.watching.gathering import QUIET


class Look(NamedTuple):
    """What a file looked like. `state` is ``ready``, ``later``, ``gone``, ``folder``, or ``other`` (a link, a pipe)."""

    state: str
    at: float
    """Seconds of `time.monotonic`."""
    facts: tuple[int, ...] = ()
    """File number, size, time of change of the content and of the entry: equal facts, the same file."""


def settled(path: str, before: Look | None = None, *, quiet: float = QUIET) -> Look:
    """Look at a file; ready when nothing has changed for `quiet` seconds by its own times, or since the look before.

    Raises OSError when it cannot be looked at, for other reasons than being gone.
    """
    at = time.monotonic()
    try:
        info = os.stat(path, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return Look("gone", at)
    if not stat.S_ISREG(info.st_mode):
        return Look("folder" if stat.S_ISDIR(info.st_mode) else "other", at)
    facts = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    if before is not None and before.facts:
        if before.facts != facts:
            return Look("later", at, facts)
        # the same as before, and the look before is the one that counts
        return Look("ready" if at - before.at >= quiet else "later", before.at, facts)
    age = time.time() - max(info.st_mtime, info.st_ctime)
    return Look("ready" if age >= quiet else "later", at, facts)
