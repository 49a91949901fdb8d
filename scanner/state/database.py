"""One database of the state: opened, brought to the present schema, or set aside when it is damaged."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from scanner.state.place import ASIDE, Unusable, private

Steps = Sequence[Sequence[str]]
"""The statements that lead from each schema to the next; the first ones make schema 1."""
PATIENCE = 5.0
"""Seconds to wait for somebody who reads or writes the file just now."""
_DAMAGED = ("malformed", "not a database", "no such table", "no such column", "quick_check", "unsupported file format")


def opened(path: Path, steps: Steps, *, full: bool, note: Callable[[str, str], None]) -> sqlite3.Connection:
    """The database for reading and writing; a damaged one is set aside under a name with the date, as `note` is told.

    `full`: survive a power cut to the last transaction. Raises Unusable for a newer schema and a file that cannot be
    used.
    """
    try:
        return _usable(path, steps, full)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise Unusable("m.file", file=path.name, why=_why(error)) from None
    except OSError as error:
        raise Unusable("m.file", file=path.name, why=error.strerror) from None
    try:
        note(path.name, set_aside(path).name)
        return _usable(path, steps, full)
    except sqlite3.Error as error:
        raise Unusable("m.file", file=path.name, why=_why(error)) from None
    except OSError as error:
        raise Unusable("m.stuck", file=path.name, why=error.strerror) from None


def readable(path: Path, steps: Steps) -> sqlite3.Connection:
    """The database for reading alone; raises Unusable where there is none of the present schema."""
    if not path.is_file():
        raise Unusable("m.none")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise Unusable("m.file", file=path.name, why=_why(error)) from None
    if version != len(steps):
        connection.close()
        raise Unusable(
            "m.newer" if version > len(steps) else "m.older", file=path.name, schema=version, known=len(steps)
        )
    return connection


def writing(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection inside a transaction, begun unless there is one already; `keep` ends it."""
    if not connection.in_transaction:
        connection.execute("BEGIN IMMEDIATE")
    return connection


def keep(connection: sqlite3.Connection) -> None:
    """Have what was written survive whatever comes."""
    if connection.in_transaction:
        connection.execute("COMMIT")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault, not the disk or somebody who holds it."""
    return isinstance(error, sqlite3.DatabaseError) and any(word in str(error) for word in _DAMAGED)


def is_broken(path: Path) -> bool:
    """Whether a file that is there is no sound database."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.Error:
        return path.exists()


def set_aside(path: Path) -> Path:
    """Rename a damaged database, and what lies beside it; its new place."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for end in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(f"{path.name}{end}").replace(path.with_name(f"{path.name}{ASIDE}{stamp}{end}"))
    return path.replace(path.with_name(f"{path.name}{ASIDE}{stamp}"))


def _usable(path: Path, steps: Steps, full: bool) -> sqlite3.Connection:
    private(path)
    with contextlib.ExitStack() as unless_it_holds:
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        unless_it_holds.callback(connection.close)
        if not full:  # nobody else reads it, and locking it once saves locking it for every look
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check failed")
        migrate(connection, steps, path.name)
        unless_it_holds.pop_all()
    return connection


def migrate(connection: sqlite3.Connection, steps: Steps, name: str) -> None:
    """Bring a database to the present schema, each step whole or not at all; raises Unusable when it is newer."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise Unusable("m.newer", file=name, schema=version, known=len(steps))
    for number, statements in enumerate(steps[version:], version + 1):
        with contextlib.ExitStack() as unless_it_works:
            connection.execute("BEGIN IMMEDIATE")
            unless_it_works.callback(connection.rollback)
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
            unless_it_works.pop_all()


def _why(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or type(error).__name__
