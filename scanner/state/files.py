"""What is remembered of files: which need not be read again. All of it can be rebuilt by reading the disk once more."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scanner.state.database import writing
from scanner.state.packing import Detail, detail, detail_text, raw, span, text

EVERY_RULE = 0
"""The set of rules in play that stands for all of them."""
_MOST_SETS = 0xFFFF


class Block(NamedTuple):
    """Files of one folder that were looked at together."""

    id: int
    """0: not yet in the database."""
    first: str
    generation: int
    fingerprint: bytes | None
    ledger: str
    special: bool
    """Some of its files have details."""
    records: bytes


class Place(NamedTuple):
    """A folder on a volume."""

    volume: int
    folder: str


class Files:
    """The database of files."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._outcomes: dict[int, tuple[str, str]] = {}
        self._outcome_ids: dict[tuple[str, str], int] = {}
        self._sets: dict[int, frozenset[str]] = {}
        self._set_ids: dict[frozenset[str], int] = {}
        for number, state, why in connection.execute("SELECT id, state, why FROM outcomes"):
            self._outcomes[number] = (state, why)
            self._outcome_ids[state, why] = number
        for number, rules in connection.execute("SELECT id, rules FROM in_play"):
            self._sets[number] = frozenset(json.loads(rules))
            self._set_ids[self._sets[number]] = number

    def belongs_to(self, twin: str) -> None:
        """Forget everything unless it was kept together with the findings of that name."""
        known = self.connection.execute("SELECT value FROM meta WHERE name = 'twin'").fetchone()
        if known is None or known[0] != twin:
            writing(self.connection).execute("INSERT OR REPLACE INTO meta VALUES ('twin', ?)", (twin,))
            for table in ("blocks", "details"):
                self.connection.execute(f"DELETE FROM {table}")  # noqa: S608

    # --- what results rest on -----------------------------------------------------------------------------------------

    def generations(self) -> dict[int, tuple[str, str]]:
        """What the results of each generation rest on: the basis, and the rules as they were."""
        return {number: (basis, rules) for number, basis, rules in self.connection.execute("SELECT * FROM generations")}

    def generation(self, basis: str, rules: str) -> int:
        """The number of a generation, a new one if need be."""
        for number, known in self.generations().items():
            if known == (basis, rules):
                return number
        cursor = writing(self.connection).execute(
            "INSERT INTO generations (basis, rules) VALUES (?, ?)", (basis, rules)
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def outcome(self, number: int) -> tuple[str, str]:
        """State and reason of a file that is one entry; empty for one with details."""
        return self._outcomes.get(number, ("", ""))

    def outcome_id(self, state: str, why: str) -> int:
        """The number of an outcome; 0 is the one with details."""
        if not state:
            return 0
        known = self._outcome_ids.get((state, why))
        if known is None:
            known = len(self._outcomes) + 1
            writing(self.connection).execute("INSERT INTO outcomes VALUES (?, ?, ?)", (known, state, why))
            self._outcomes[known], self._outcome_ids[state, why] = (state, why), known
        return known

    def in_play(self, number: int) -> frozenset[str] | None:
        """The rules in play; None: they are not known, so that it may have been any."""
        return self._sets.get(number)

    def in_play_id(self, rules: frozenset[str] | None) -> int:
        """The number of a set of rules."""
        if rules is None:
            return EVERY_RULE
        known = self._set_ids.get(rules)
        if known is None:
            known = len(self._sets) + 1
            if known > _MOST_SETS:
                return EVERY_RULE
            writing(self.connection).execute("INSERT INTO in_play VALUES (?, ?)", (known, json.dumps(sorted(rules))))
            self._sets[known], self._set_ids[rules] = rules, known
        return known

    # --- blocks -------------------------------------------------------------------------------------------------------

    def block(self, place: Place, first: str) -> Block | None:
        """The block of a folder that begins with a name."""
        row = self.connection.execute(
            "SELECT id, generation, fingerprint, ledger, special, records FROM blocks"
            " WHERE volume = ? AND folder = ? AND first = ?",
            (place.volume, raw(place.folder), raw(first)),
        ).fetchone()
        return Block(row[0], first, *row[1:]) if row else None

    def blocks(self, place: Place, first: str, last: str) -> list[Block]:
        """The blocks of a folder that may hold one of the names between two."""
        where = (place.volume, raw(place.folder))
        rows = self.connection.execute(
            "SELECT id, first, generation, fingerprint, ledger, special, records FROM blocks"
            " WHERE volume = ?1 AND folder = ?2 AND first <= ?4 AND first >= ifnull((SELECT max(first) FROM blocks"
            " WHERE volume = ?1 AND folder = ?2 AND first <= ?3), x'') ORDER BY id",
            (*where, raw(first), raw(last)),
        )
        return [Block(row[0], text(row[1]), *row[2:]) for row in rows]

    def details(self, place: Place, first: str, last: str | None = None) -> Iterator[tuple[str, Detail]]:
        """The details of the files of a folder from one name on, to another one."""
        end = " AND name <= ?" if last is not None else ""
        rows = self.connection.execute(
            f"SELECT name, body FROM details WHERE volume = ? AND folder = ? AND name >= ?{end} ORDER BY name",  # noqa: S608
            (place.volume, raw(place.folder), raw(first), *([raw(last)] if last is not None else [])),
        )
        for name, body in rows.fetchall():
            yield text(name), detail(body)

    def write(self, place: Place, block: Block) -> int:
        """Keep a block in the place of the one with the same beginning; its id."""
        found = (
            writing(self.connection)
            .execute(
                "INSERT INTO blocks (volume, folder, first, generation, fingerprint, ledger, special, records)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (volume, folder, first) DO UPDATE SET"
                " generation = excluded.generation, fingerprint = excluded.fingerprint, ledger = excluded.ledger,"
                " special = excluded.special, records = excluded.records RETURNING id",
                (place.volume, raw(place.folder), raw(block.first), *block[2:]),
            )
            .fetchone()
        )
        return int(found[0])

    def write_detail(self, place: Place, name: str, one: Detail) -> None:
        """Keep the details of a file."""
        writing(self.connection).execute(
            "INSERT OR REPLACE INTO details VALUES (?, ?, ?, ?)",
            (place.volume, raw(place.folder), raw(name), detail_text(one)),
        )

    def remembered(self, volume: int, under: str, separator: str) -> Iterator[tuple[int, str]]:
        """Id and folder of every block in a folder of a volume and below it."""
        low, high = span(under, separator)
        rows = self.connection.execute(
            "SELECT id, folder FROM blocks WHERE volume = ?1 AND (folder = ?2 OR (folder >= ?3 AND folder < ?4))",
            (volume, raw(under), low, high),
        )
        for number, folder in rows:
            yield number, text(folder)

    def forget(self, volume: int, gone: Iterable[tuple[int, str]]) -> None:
        """Forget blocks, and the details of folders that have none left."""
        for number, folder in gone:
            writing(self.connection).execute("DELETE FROM blocks WHERE id = ?", (number,))
            where = (volume, raw(folder))
            left = self.connection.execute("SELECT 1 FROM blocks WHERE volume = ? AND folder = ? LIMIT 1", where)
            if left.fetchone() is None:
                self.connection.execute("DELETE FROM details WHERE volume = ? AND folder = ?", where)
