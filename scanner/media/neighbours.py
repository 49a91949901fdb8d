"""The files beside a file: the parts of a split archive, the database of a log.

Only what a walk would have handed on is found: no link, no device, nothing that reading would download.
"""

import os
import stat

from scanner.media.items import Entry
from scanner.media.opening import openable
from scanner.media.walk import is_link, is_recalled


def neighbour(path: str, name: str) -> Entry | None:
    """The file called `name` in the folder of the file at `path`; None: there is none that may be read."""
    if not name or name in (".", "..") or any(mark in name for mark in "/\\\0"):
        return None
    beside = os.path.join(os.path.dirname(path), name)
    try:
        info = os.lstat(openable(beside))
    except (OSError, ValueError):
        return None
    if is_link(info) or not stat.S_ISREG(info.st_mode) or is_recalled(info):
        return None
    return Entry(beside, info.st_size, info.st_mtime)
