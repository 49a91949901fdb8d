"""Where events wait: what a queue has to be able to do, one in memory, and one in a table of SQLite.

The table is designed for a database that survives a power cut (synchronous = FULL); many receivers share it. Each event
is kept once for each receiver that wants it, so that one that is dead touches nobody else's.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import Protocol

from scanner.outbox.event import Event

SCHEMA = (
    "CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, id TEXT NOT NULL,"
    " body BLOB NOT NULL, UNIQUE (receiver, id))",
    "CREATE INDEX outbox_order ON outbox (receiver, number)",
    "CREATE TABLE outbox_counts (receiver TEXT PRIMARY KEY, waiting INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " sent INTEGER NOT NULL, dropped INTEGER NOT NULL) WITHOUT ROWID",
)
"""Statements that make the tables. `dropped` counts what gave way to newer events or was refused for good."""


class Queue(Protocol):
    """What waits for one receiver, oldest first."""

    def put(self, events: Iterable[Event]) -> None:
        """Add events; one whose id is waiting already is not added again."""

    def peek(self, most: int) -> list[Event]:
        """The oldest events, which stay."""

    def done(self, ids: Sequence[str]) -> None:
        """The receiver has these."""

    def drop(self, ids: Sequence[str]) -> None:
        """The receiver will never take these: count them as dropped."""

    @property
    def size(self) -> int:
        """Bytes that wait."""

    def drop_oldest(self, bytes_left: int) -> int:
        """Drop the oldest until no more than so many bytes wait; how many events that were, which are counted."""


class MemoryQueue:
    """A queue that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[str, bytes] = {}
        self.size = self.sent = self.dropped = 0

    def put(self, events: Iterable[Event]) -> None:
        """Add events."""
        with self._lock:
            for event in events:
                if event.id not in self._events:
                    self._events[event.id] = event.body
                    self.size += len(event.body)

    def peek(self, most: int) -> list[Event]:
        """The oldest events."""
        with self._lock:
            return [Event(*item) for item, _ in zip(self._events.items(), range(most), strict=False)]

    def done(self, ids: Sequence[str]) -> None:
        """Forget these as sent."""
        with self._lock:
            self.sent += self._forget(ids)

    def drop(self, ids: Sequence[str]) -> None:
        """Forget these as dropped."""
        with self._lock:
            self.dropped += self._forget(ids)

    def drop_oldest(self, bytes_left: int) -> int:
        """Drop the oldest beyond a size."""
        before = self.dropped
        with self._lock:
            while self._events and self.size > bytes_left:
                self.dropped += self._forget([next(iter(self._events))])
        return self.dropped - before

    def _forget(self, ids: Sequence[str]) -> int:
        bodies = [self._events.pop(one) for one in ids if one in self._events]
        self.size -= sum(map(len, bodies))
        return len(bodies)


class SqliteQueue:
    """The queue of one receiver in the tables of `SCHEMA`.

    The connection is in autocommit mode (``isolation_level=None``), usable from several threads
    (``check_same_thread=False``), and every queue on it has the same lock.
    """

    def __init__(self, connection: sqlite3.Connection, receiver: str, lock: threading.RLock) -> None:
        self._connection = connection
        self._receiver = receiver
        self._lock = lock
        with lock:
            connection.execute("INSERT OR IGNORE INTO outbox_counts VALUES (?, 0, 0, 0, 0)", (receiver,))

    def put(self, events: Iterable[Event]) -> None:
        """Add events, all or none."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for event in events:
                cursor = self._connection.execute(
                    "INSERT OR IGNORE INTO outbox (receiver, id, body) VALUES (?, ?, ?)", (self._receiver, *event)
                )
                self._count(
                    "waiting = waiting + ?, bytes = bytes + ?", cursor.rowcount, cursor.rowcount * len(event.body)
                )

    def peek(self, most: int) -> list[Event]:
        """The oldest events."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, body FROM outbox WHERE receiver = ? ORDER BY number LIMIT ?", (self._receiver, most)
            )
            return [Event(*row) for row in rows]

    def done(self, ids: Sequence[str]) -> None:
        """Forget these as sent."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._count("sent = sent + ?", self._forget(ids))

    def drop(self, ids: Sequence[str]) -> None:
        """Forget these as dropped."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._count("dropped = dropped + ?", self._forget(ids))

    @property
    def size(self) -> int:
        """Bytes that wait, counted as they come and go: no table is read for it."""
        return self._counted("bytes")

    @property
    def sent(self) -> int:
        """Events that the receiver has taken."""
        return self._counted("sent")

    @property
    def dropped(self) -> int:
        """Events that it never got."""
        return self._counted("dropped")

    def drop_oldest(self, bytes_left: int) -> int:
        """Drop the oldest beyond a size."""
        with self._lock:
            over, gone = self.size - bytes_left, list[str]()
            rows = self._connection.execute(
                "SELECT id, length(body) FROM outbox WHERE receiver = ? ORDER BY number", (self._receiver,)
            )
            for one, length in rows:
                if over <= 0:
                    break
                gone.append(one)
                over -= length
            rows.close()
            self.drop(gone)
        return len(gone)

    def _forget(self, ids: Sequence[str]) -> int:
        number = 0
        for one in ids:
            row = self._connection.execute(
                "DELETE FROM outbox WHERE receiver = ? AND id = ? RETURNING length(body)", (self._receiver, one)
            ).fetchone()
            if row is not None:
                number += 1
                self._count("waiting = waiting - ?, bytes = bytes - ?", 1, row[0])
        return number

    def _count(self, change: str, *values: int) -> None:
        self._connection.execute(
            f"UPDATE outbox_counts SET {change} WHERE receiver = ?",  # noqa: S608 - our own words
            (*values, self._receiver),
        )

    def _counted(self, column: str) -> int:
        with self._lock:
            row = self._connection.execute(
                f"SELECT {column} FROM outbox_counts WHERE receiver = ?",  # noqa: S608 - our own words
                (self._receiver,),
            ).fetchone()
        return int(row[0])
