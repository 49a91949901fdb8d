"""Text files of records that are lists of named values: unfolded, and laid out as a table with a column for each name.

Shared by address books and directories. Not a format; it knows neither names nor escapes, only how lines hang together.
"""

from collections.abc import Iterator, Sequence

from scanner.formats._grid import Grid
from scanner.formats.mail import text_of
from scanner.limits import Budget
from scanner.model import Document, Segment

Record = Sequence[tuple[str, str]]
"""Names and values; a name may come several times."""
_MOST_COLUMNS = 1000


def whole(document: Document, budget: Budget) -> tuple[str, str]:
    """The encoding and the text of a document that is held as a whole."""
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory + 1)
    budget.hold(len(data))
    encoding, text = text_of(data.removeprefix(b"\xef\xbb\xbf"), "")
    return encoding, text.replace("\r\n", "\n").replace("\r", "\n")


def unfolded(text: str) -> list[str]:
    """Lines with those that begin with a space or tab put behind the one before (RFC 5545, 3.1; RFC 2849, note 2)."""
    return text.replace("\n ", "").replace("\n\t", "").split("\n")


def laid(document: Document, budget: Budget, encoding: str, records: Sequence[Record]) -> Iterator[Segment]:
    """The records as rows; the second value of a name gets a column of its own under the same header."""
    columns: dict[tuple[str, int], int] = {}
    rows: list[dict[int, str]] = []
    for record in records:
        budget.tick()
        row: dict[int, str] = {}
        times: dict[str, int] = {}
        for name, value in record:
            times[name] = times.get(name, 0) + 1
            key = name, times[name]
            if key in columns or len(columns) < _MOST_COLUMNS:
                row[columns.setdefault(key, len(columns))] = value
            else:
                row[0] = f"{row.get(0, '')}\n{name}: {value}"
        rows.append(row)
    grid = Grid(document, budget, "", [name for name, _ in columns], encoding)
    for row in rows:
        yield from grid.add([row.get(column, "") for column in range(max(row, default=-1) + 1)])
    yield from grid.rest()
