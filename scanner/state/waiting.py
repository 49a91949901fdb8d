"""Paths that wait to be looked at, written before they count: whoever kills the watcher loses none of them.

One table of its own, which may be lost with the power: every start begins with a walk.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.state.database import keep, writing
from scanner.state.packing import raw, text

KINDS = ("file", "folder", "volume", "overflow")
"""From what is narrow to what is wide."""


class Waiting(NamedTuple):
    """A path that is to be looked at."""

    path: str
    kind: str
    """One of `KINDS`."""
    due: float
    """Not before this moment, by the watcher's clock; 0 for what was left by an earlier one."""
    since: float


class WaitingPaths:
    """The paths that wait, each once; may be used from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        with self._lock:
            writing(connection).execute("UPDATE waiting SET due = 0, since = 0")
            keep(connection)

    def store(self, paths: Iterable[Waiting]) -> None:
        """Add paths; of one that waits already the wider kind and the later moment count. Raises sqlite3.Error."""
        with self._lock:
            writing(self._connection).executemany(
                "INSERT INTO waiting (path, kind, due, since) VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                " kind = max(kind, excluded.kind), due = max(due, excluded.due), since = min(since, excluded.since)",
                ((raw(one.path), KINDS.index(one.kind), one.due, one.since) for one in paths),
            )
            keep(self._connection)

    def due(self, now: float, most: int, longest: float) -> list[Waiting]:
        """The paths that may be looked at, the narrow ones first; one that never becomes quiet after `longest`."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT path, kind, due, since FROM waiting WHERE due <= ?1 OR since <= ?2 ORDER BY kind, due LIMIT ?3",
                (now, now - longest, most),
            ).fetchall()
        return [Waiting(text(path), KINDS[kind], due, since) for path, kind, due, since in rows]

    def done(self, paths: Sequence[Waiting]) -> None:
        """Forget paths that were looked at, unless they were hinted at again in the meantime."""
        with self._lock:
            writing(self._connection).executemany(
                "DELETE FROM waiting WHERE path = ? AND due = ?", ((raw(one.path), one.due) for one in paths)
            )
            keep(self._connection)

    def postpone(self, paths: Sequence[Waiting], due: float) -> None:
        """Look at paths later: they are not quiet yet."""
        with self._lock:
            writing(self._connection).executemany(
                "UPDATE waiting SET due = max(due, ?) WHERE path = ?", ((due, raw(one.path)) for one in paths)
            )
            keep(self._connection)

    def forget_below(self, folder: str) -> None:
        """Forget what waits in a folder: its volume has gone."""
        inside = raw(folder.rstrip("/\\"))
        with self._lock:
            writing(self._connection).execute(
                "DELETE FROM waiting WHERE path = ?1 OR substr(path, 1, ?2) IN (?1 || x'2f', ?1 || x'5c')",
                (inside, len(inside) + 1),
            )
            keep(self._connection)

    def __len__(self) -> int:
        with self._lock:
            row = self._connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(row[0])
