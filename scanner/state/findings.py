"""What is remembered of documents with findings: where they lie, what was found, since when, what became of them."""

import json
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from scanner.memory import PastRun
from scanner.model import DocumentResult, Problem, Volume
from scanner.state.database import writing
from scanner.state.packing import document_bytes, likeness, raw, sketch_bytes, span, text

HOUR = 3600.0


class At(NamedTuple):
    """A file on a volume: its folder relative to the mount point, and its name."""

    volume: int
    folder: str
    name: str


class Kept(NamedTuple):
    """A document as it lies in the database, without its content. Runs by number."""

    id: int
    at: At
    inside: str
    """The rest of its address after the path of the file."""
    file: str
    since: int
    changed: int
    moved: int
    gone: int | None
    why: str
    before: str
    seen: float
    likeness: bytes
    types: str
    persons: int


_KEPT = (
    "id, volume, folder, name, inside, file, since, changed, moved, gone, why, before, seen, likeness, types, persons"
)


class KeptRun(NamedTuple):
    """A run as it lies in the database."""

    number: int
    run: str
    scope: str
    started: datetime
    finished: datetime | None
    body: dict[str, Any]
    """What it came to, empty for a run that did not come to its end."""

    def past(self) -> PastRun:
        """The run as one point of a trend."""
        body = self.body
        return PastRun(
            run_id=self.run,
            started=self.started,
            finished=self.finished or self.started,
            sources=tuple(body["sources"]),
            complete=body["complete"],
            documents=body["documents"],
            violations=body["violations"],
            persons=body["persons"]["best"],
            entries=body["ledger"]["entries"],
            rules_digest=body["rules_digest"],
            policy_digest=body["policy_digest"],
        )


def _kept(row: tuple[Any, ...]) -> Kept:
    return Kept(row[0], At(row[1], text(row[2]), text(row[3])), *row[4:])


def _run(row: tuple[Any, ...]) -> KeptRun:
    number, run, scope, started, finished, body = row
    when = datetime.fromtimestamp(finished, UTC) if finished is not None else None
    return KeptRun(number, run, scope, datetime.fromtimestamp(started, UTC), when, json.loads(body) if body else {})


class Findings:
    """The database of findings."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._volumes: dict[str, int] = {}

    def twin(self) -> str:
        """The name by which the database of files knows this one."""
        known = self.meta("twin")
        if not known:
            known = secrets.token_hex(8)
            self.set_meta("twin", known)
        return known

    def meta(self, name: str) -> str:
        """A fact about the memory itself."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        """Keep a fact about the memory itself."""
        writing(self.connection).execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # --- volumes ------------------------------------------------------------------------------------------------------

    def volume_id(self, volume: Volume) -> int:
        """The number of a volume; where it is mounted now is noted."""
        if volume.identity not in self._volumes:
            row = writing(self.connection).execute(
                "INSERT INTO volumes (identity, class, mount, filesystem, label, encrypted) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (identity) DO UPDATE SET class = excluded.class, mount = excluded.mount,"
                " filesystem = excluded.filesystem, label = excluded.label, encrypted = excluded.encrypted"
                " RETURNING id",
                (volume.identity, volume.volume_class, raw(volume.mount), volume.filesystem, volume.label,
                 volume.encrypted),
            ).fetchone()  # fmt: skip
            self._volumes[volume.identity] = int(row[0])
        return self._volumes[volume.identity]

    def volumes(self) -> dict[int, Volume]:
        """Every volume that was ever seen, as it was then."""
        rows = self.connection.execute("SELECT id, identity, class, mount, filesystem, label, encrypted FROM volumes")
        return {
            number: Volume(
                identity=identity,
                volume_class=kind,
                mount=text(mount),
                filesystem=filesystem,
                label=label,
                encrypted=None if encrypted is None else bool(encrypted),
            )
            for number, identity, kind, mount, filesystem, label, encrypted in rows
        }

    # --- runs ---------------------------------------------------------------------------------------------------------

    def begin(self, run: str, scope: str, started: datetime) -> int:
        """Note that a run has begun; its number."""
        cursor = writing(self.connection).execute(
            "INSERT INTO runs (run, scope, started) VALUES (?, ?, ?)", (run, scope, started.timestamp())
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def go_on(self, session: str, started: datetime) -> int:
        """The number under which a watcher notes what it sees: one an hour, unless a scan has come between.

        What is found under it is told to have been there since it began.
        """
        row = self.connection.execute("SELECT id, run, started FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is not None and str(row[1]).startswith(session) and abs(started.timestamp() - row[2]) < HOUR:
            return int(row[0])
        return self.begin(f"{session}.{row[0] if row else 0}", "", started)

    def end(self, number: int, finished: datetime, body: dict[str, Any], problems: tuple[Problem, ...]) -> None:
        """Note what a run came to; of the problems only those of the last run over its sources are kept."""
        listed = json.dumps([[one.address, one.kind, one.detail, one.size] for one in problems])
        writing(self.connection).execute(
            "UPDATE runs SET finished = ?, body = ?, problems = ? WHERE id = ?",
            (finished.timestamp(), json.dumps(body), zlib.compress(listed.encode()), number),
        )
        writing(self.connection).execute(
            "UPDATE runs SET problems = NULL WHERE problems IS NOT NULL AND id < ?1"
            " AND scope = (SELECT scope FROM runs WHERE id = ?1)",
            (number,),
        )

    def runs(self) -> list[KeptRun]:
        """Every run that came to its end, oldest first."""
        rows = self.connection.execute(
            "SELECT id, run, scope, started, finished, body FROM runs WHERE finished IS NOT NULL ORDER BY id"
        )
        return [_run(row) for row in rows]

    def moments(self) -> dict[int, tuple[str, datetime]]:
        """Name and beginning of every run, those included that came to no end."""
        rows = self.connection.execute("SELECT id, run, started FROM runs")
        return {number: (run, datetime.fromtimestamp(started, UTC)) for number, run, started in rows}

    def problems(self, number: int) -> tuple[Problem, ...]:
        """What a run listed as not read."""
        row = self.connection.execute("SELECT problems FROM runs WHERE id = ?", (number,)).fetchone()
        if not row or row[0] is None:
            return ()
        listed = json.loads(zlib.decompress(row[0]))
        return tuple(Problem(address=where, kind=kind, detail=what, size=size) for where, kind, what, size in listed)

    # --- documents ----------------------------------------------------------------------------------------------------

    def of_file(self, at: At) -> list[Kept]:
        """The documents with findings in a file."""
        rows = self.connection.execute(
            f"SELECT {_KEPT} FROM documents WHERE volume = ? AND folder = ? AND name = ? AND gone IS NULL",  # noqa: S608
            (at.volume, raw(at.folder), raw(at.name)),
        )
        return [_kept(row) for row in rows.fetchall()]

    def content(self, number: int) -> tuple[bytes, bytes]:
        """Findings and sketches of a document."""
        row = self.connection.execute("SELECT body, sketches FROM documents WHERE id = ?", (number,)).fetchone()
        return row[0], row[1]

    def none(self) -> bool:
        """Whether no document with findings is remembered at all."""
        return self.connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone() is None

    def put(self, document: DocumentResult, at: At, file: str, run: int, now: float) -> int:
        """Keep what was found in a document: as new, as changed, or as it was; its id."""
        inside = document.address[len(document.path) :]
        sketches = sketch_bytes(document.sketches)
        like = likeness(document, sketches)
        known = self.connection.execute(
            "SELECT id, likeness FROM documents WHERE volume = ? AND folder = ? AND name = ? AND inside = ?"
            " AND gone IS NULL",
            (at.volume, raw(at.folder), raw(at.name), inside),
        ).fetchone()
        types = " ".join(sorted({finding.type for finding in document.findings}))
        values = (file, now, like, types, document.persons.best, document_bytes(document), sketches)
        if known is None:
            cursor = writing(self.connection).execute(
                "INSERT INTO documents (volume, folder, name, inside, since, changed, moved, why, before, file, seen,"
                " likeness, types, persons, body, sketches)"
                " VALUES (?, ?, ?, ?, ?, 0, 0, '', '', ?, ?, ?, ?, ?, ?, ?)",
                (at.volume, raw(at.folder), raw(at.name), inside, run, *values),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        writing(self.connection).execute(
            "UPDATE documents SET changed = CASE likeness WHEN ?2 THEN changed ELSE ?1 END, file = ?3, seen = ?4,"
            " likeness = ?2, types = ?5, persons = ?6, body = ?7, sketches = ?8 WHERE id = ?9",
            (run, like, file, now, *values[3:], known[0]),
        )
        return int(known[0])

    def present(self) -> Iterator[Kept]:
        """Every document that is still there, as far as is known."""
        rows = self.connection.execute(f"SELECT {_KEPT} FROM documents WHERE gone IS NULL ORDER BY id")  # noqa: S608
        return map(_kept, rows)

    def below(self, roots: Iterable[tuple[int, str]], separator: str) -> list[Kept]:
        """The same of those in files and folders, each by its volume and its path from the mount point on."""
        found: dict[int, Kept] = {}
        for volume, path in roots:
            folder, _, name = path.rpartition(separator)
            rows = self.connection.execute(
                f"SELECT {_KEPT} FROM documents WHERE gone IS NULL AND volume = ?1 AND folder = ?2 AND name = ?3"  # noqa: S608
                f" UNION ALL SELECT {_KEPT} FROM documents WHERE gone IS NULL AND volume = ?1 AND folder = ?4"
                f" UNION ALL SELECT {_KEPT} FROM documents WHERE gone IS NULL AND volume = ?1"
                " AND folder >= ?5 AND folder < ?6",
                (volume, raw(folder), raw(name), raw(path), *span(path, separator)),
            )
            found.update((row[0], _kept(row)) for row in rows)
        return [found[number] for number in sorted(found)]

    def vanished(self, after: int) -> Iterator[Kept]:
        """The documents that have gone since a run, and had been there then."""
        rows = self.connection.execute(
            f"SELECT {_KEPT} FROM documents WHERE gone > ?1 AND since <= ?1 ORDER BY id",  # noqa: S608
            (after,),
        )
        return map(_kept, rows)

    def mark_gone(self, number: int, run: int, why: str, seen: float) -> None:
        """A document is no longer there; `seen`: when it was last."""
        writing(self.connection).execute(
            "UPDATE documents SET gone = ?, why = ?, seen = max(seen, ?) WHERE id = ?", (run, why, seen, number)
        )

    def mark_moved(self, old: Kept, new: Kept, run: int, before: str) -> None:
        """A document that seemed new is an older one from elsewhere."""
        writing(self.connection).execute("DELETE FROM documents WHERE id = ?", (old.id,))
        writing(self.connection).execute(
            "UPDATE documents SET since = ?, changed = ?, moved = ?, before = ? WHERE id = ?",
            (old.since, max(old.changed, run if old.likeness != new.likeness else 0), run, before, new.id),
        )
