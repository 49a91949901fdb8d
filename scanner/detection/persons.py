"""How many people a document speaks of: an estimate with bounds, from rows, distinct identifiers and contacts.

Persons, not hits: the law counts the people concerned (個人情報保護法施行規則7条4号, 43条). Names and the joining of
records within running text are not known here yet, so the bounds are honest rather than narrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.model import Persons


@dataclass(slots=True)
class Roll:
    """Counts the rows that hold personal data, table by table."""

    _rows: dict[str, int] = field(default_factory=dict)
    _last: dict[str, set[int]] = field(default_factory=dict)

    def note(self, column: tuple[str, int] | None, row: int | None) -> None:
        """A personal value stands in this row of this table; rows come in order, but for two passes over each block."""
        if column is None or row is None:
            return
        recent = self._last.setdefault(column[0], set())
        if row not in recent:
            if len(recent) > 100_000:
                recent.clear()
            recent.add(row)
            self._rows[column[0]] = self._rows.get(column[0], 0) + 1

    def persons(self, distinct: Mapping[str, int], counts: Mapping[str, int], roles: Mapping[str, str]) -> Persons:
        """The estimate from the different values of each type, their number, and the role of the type."""
        if not distinct:
            return Persons()
        rows = max(self._rows.values(), default=0)
        certain = [distinct[name] for name in distinct if roles[name] == "identifier"]
        likely = [distinct[name] for name in distinct if roles[name] in ("identifier", "contact")]
        attributes = [distinct[name] for name in distinct if roles[name] == "attribute"]
        covering = [distinct[name] for name in distinct if roles[name] == "identifier" and 2 * counts[name] >= rows]
        best = max(covering) if covering else max(max(likely, default=0), _from_rows(rows, distinct, counts, roles), 1)
        low = max([*certain, 1])
        high = max(best, rows, sum(likely) or max(attributes, default=1))
        return Persons(best=best, low=min(low, best), high=high)


def _from_rows(rows: int, distinct: Mapping[str, int], counts: Mapping[str, int], roles: Mapping[str, str]) -> int:
    """Rows stand for persons unless every contact in them repeats."""
    contacts = [
        distinct[name] / counts[name] for name in distinct if roles[name] == "contact" and counts[name] >= rows / 2
    ]
    return round(rows * max(contacts)) if contacts else rows
