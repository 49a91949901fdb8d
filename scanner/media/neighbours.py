"""A file as a document, and the files beside it: the parts of a split archive, the database of a log.

Beside a file only what a walk would have handed on is found: no link, no device, nothing that reading would download.
"""

import os
import stat
from collections.abc import Callable, Sequence

from scanner.limits import as_opened
from scanner.media.items import Entry
from scanner.media.opening import open_file, openable
from scanner.media.spool import spooled
from scanner.media.walk import is_link, is_recalled, printable
from scanner.model import Document


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


def document_of(entry: Entry, media: Sequence[str] = (), asked: Callable[[], None] = lambda: None) -> Document:
    """The document that a file on disk is; on `media`, given by mount points, no file is kept open.

    `asked` is called when its reader asks for a file beside it.
    """
    shown = printable(entry.path)

    def beside(name: str) -> Document | None:
        asked()
        other = neighbour(entry.path, name)
        return document_of(other, media) if other else None

    on_medium = any(entry.path.startswith(mount) for mount in media)
    return Document(
        address=shown,
        path=shown,
        name=os.path.basename(shown),
        size=entry.size,
        opener=lambda: spooled(entry.path) if on_medium else as_opened(open_file(entry.path)),
        modified=entry.modified,
        beside=beside,
    )
