"""How many people a document speaks of: an estimate with bounds, from the rows of tables, names and numbers.

Persons, not hits: the law counts the people concerned (個人情報保護法施行規則7条4号, 43条). A row of a table is a
record: what stands in it belongs together, and the record is told from others by the best that is known of its person.
Outside of tables, and in those whose rows hold one value each (forms), names and numbers are counted by themselves,
since nothing says which of them belong together.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from scanner.detection.population import Column
from scanner.detection.sketch import Distinct
from scanner.model import Persons


@dataclass(slots=True)
class Values:
    """The values of one type: what one of them stands for, how many there are, how many different ones."""

    role: str
    count: int = 0
    distinct: Distinct = field(default_factory=Distinct)

    def add(self, count: int, distinct: Distinct) -> None:
        """Count the values of one more finding."""
        self.count += count
        self.distinct.merge(distinct)


@dataclass(slots=True)
class _Record:
    """One row: for each role the first value."""

    values: dict[str, int] = field(default_factory=dict)
    count: int = 0


def _key(values: Mapping[str, int], row: tuple[str, int]) -> int:
    """What tells a row's person from others: a number, a name (with the birth date), a contact, the row itself."""
    number, name, contact, birth = (values.get(role, 0) for role in ("identifier", "name", "contact", "birth"))
    return number or (name and name ^ birth) or contact or hash((row, birth)) & 0xFFFF_FFFF_FFFF_FFFF


def _is_nameless(values: Mapping[str, int]) -> bool:
    """Whether nothing in a row says whose it is."""
    return not any(values.get(role) for role in ("identifier", "name", "contact"))


@dataclass(slots=True)
class Roll:
    """Joins the values of each row into records, and counts the people of rows and of running text."""

    rows: int = 0
    joined: int = 0
    """Rows in which several values stand together."""
    _people: Distinct = field(default_factory=Distinct)
    _nameless: Distinct = field(default_factory=Distinct)
    """Those of them whose rows hold neither number nor name nor contact: a name in the text may well be theirs."""
    _names: Distinct = field(default_factory=Distinct)
    """The names by which rows are told apart."""
    _text_names: Distinct = field(default_factory=Distinct)
    _current: tuple[str, int] | None = None
    _record: _Record = field(default_factory=_Record)
    _counts: bool = False

    def note(self, role: str, digest: int, column: Column | None, row: int | None, *, certain: bool) -> None:
        """A personal value; the values of one row come one after another."""
        if row is None or column is None:
            if certain and role == "name":
                self._text_names.add(digest)
            return
        if (column[0], row) != self._current:
            self._close()
            self._current = (column[0], row)
        if certain:
            self._counts = True
            self._record.values.setdefault(role, digest)
            self._record.count += 1

    def note_rows(self, table: str, columns: Sequence[tuple[str, Mapping[int, int]]]) -> None:
        """Many rows with all that stands in them: columns of certain values, each with its role, digests by row."""
        self._close()
        values = Counter(chain.from_iterable(by_row for _, by_row in columns))
        self.rows += len(values)
        self.joined += sum(number > 1 for number in values.values())
        known: dict[str, dict[int, int]] = {}
        for role, by_row in columns:
            known[role] = {**by_row, **known.get(role, {})}
        by_role = [(role, by_row) for role, by_row in known.items() if role != "attribute"]
        rows = ((row, {role: by_row.get(row, 0) for role, by_row in by_role}) for row in values)
        keys = [(_key(one, (table, row)), _is_nameless(one)) for row, one in rows]
        self._people.update(key for key, _ in keys)
        self._nameless.update(key for key, nameless in keys if nameless)
        self._names.update(known.get("name", {}).values())

    def persons(self, types: Sequence[Values]) -> Persons:
        """The estimate from the values of each type and role, and the rows they stand in."""
        self._close()
        if not types:
            return Persons()
        numbers = max(_distinct(types, "identifier"), default=0)
        only_in_text = self._text_names.beyond(self._names)
        text_names = max(only_in_text - len(self._nameless), 0)
        if self.rows and (2 * self.joined >= self.rows or len(types) == 1):
            best = max(numbers, len(self._people) + text_names)
        else:
            names = len(self._names) + only_in_text
            best = max(numbers, names, *_distinct(types, "contact", "birth")) or max(
                _distinct(types, "attribute"), default=1
            )
        low = max(numbers, len(self._names), 1)
        apart = self.rows + text_names if self.rows else sum(_distinct(types, "identifier", "name", "contact"))
        high = max(best, low, apart, *_distinct(types, "identifier", "contact", "birth", "attribute"))
        return Persons(best=max(best, low), low=low, high=high)

    def _close(self) -> None:
        if self._counts and self._current is not None:
            self.rows += 1
            self.joined += self._record.count > 1
            key = _key(self._record.values, self._current)
            self._people.add(key)
            if _is_nameless(self._record.values):
                self._nameless.add(key)
            if "name" in self._record.values:
                self._names.add(self._record.values["name"])
        self._record, self._counts, self._current = _Record(), False, None


def _distinct(types: Sequence[Values], *roles: str) -> Sequence[int]:
    return [len(one.distinct) for one in types if one.role in roles]
