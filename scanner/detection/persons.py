"""How many people a document speaks of: an estimate with bounds, from rows, distinct identifiers and contacts.

Persons, not hits: the law counts the people concerned (個人情報保護法施行規則7条4号, 43条). Names and the joining of
records within running text are not known here yet, so the bounds are honest rather than narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.detection.population import Column
from scanner.detection.sketch import Distinct
from scanner.model import Persons

NEARLY_ALL = 0.9
"""Identifiers in so large a share of the rows speak for all of them: the others are blanks, not other people."""


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
class Roll:
    """Counts the rows of tables that hold personal data, and those of them that hold an identifier."""

    rows: int = 0
    identified: int = 0
    _current: tuple[str, int] | None = None
    _counted: bool = False
    _has_identifier: bool = False

    def note(self, column: Column | None, row: int | None, *, counts: bool, identifies: bool) -> None:
        """A personal value stands in this row; the values of one row come one after another.

        An identifier that does not count by itself may still prove true with its column, and then names the row.
        """
        if column is None or row is None:
            return
        if (column[0], row) != self._current:
            self._current, self._counted, self._has_identifier = (column[0], row), False, False
        if counts and not self._counted:
            self._counted = True
            self.rows += 1
        if identifies and not self._has_identifier:
            self._has_identifier = True
            self.identified += 1

    def persons(self, types: Sequence[Values]) -> Persons:
        """The estimate from the values of each type and the rows they stand in."""
        if not types:
            return Persons()
        identifiers = [len(one.distinct) for one in types if one.role == "identifier"]
        telling = [len(one.distinct) for one in types if one.role != "attribute"]
        others = [len(one.distinct) for one in types if one.role == "attribute"]
        named = max(identifiers, default=0)
        best = named + self._unnamed(types, named) if self.rows else max(telling or others)
        low = max(named, 1)
        return Persons(best=max(best, low), low=low, high=max(best, self.rows, sum(telling) or max(others, default=1)))

    def _unnamed(self, types: Sequence[Values], named: int) -> int:
        """People in rows without an identifier: one a row, unless every contact there repeats."""
        identified = self.identified if named else 0
        if identified >= NEARLY_ALL * self.rows:
            return 0
        rows = self.rows - identified
        contacts = [len(one.distinct) / one.count for one in types if one.role == "contact" and 2 * one.count >= rows]
        return round(rows * max(contacts)) if contacts else rows
