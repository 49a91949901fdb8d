"""Tables: columns named by a header, rows named by their first cell, and cells judged by their neighbours.

One pass in the order of the rows, so that a second table further down does not change what the first one meant. Every
cell is judged once; of the values over the same characters the one with most evidence stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import regex

from scanner.detection.candidates import Candidate, RowHits, heaviest, hits_by_row, left_of
from scanner.detection.context import Vocabulary
from scanner.detection.gate import Hit
from scanner.detection.population import Population
from scanner.detection.reader import LONGEST_HEADER, SAMPLE, Reader, header_of
from scanner.detection.rules import Rule
from scanner.origin import Cell, Row, Table
from scanner.text import fold

_DATA = regex.compile(r"[0-9]{4}|@|[0-9][-/.][0-9]")
"""What a row of headers does not hold."""
_NOTE = regex.compile(r"[(（\[【※*例]")
"""Where a header may hold data after all: 「個人番号（例：123456789012）」."""
_ORGANISATION = regex.compile(
    r"(?:会社|法人|企業|事業[所者]|店舗|支店|営業所|本社|取引先|得意先|仕入先|発注先|施設|[病医]院|医療機関|学校|大学|"
    r"[園組団協][合体会]?|官公庁|自治体|部署|窓口)(?:等?名|名称)|"
    r"(?i:company|office|store|shop|branch|organi[sz]ation|vendor|supplier|facility|school|hospital)(?: ?name)?\Z"
)
"""A header that names organisations."""
_PERSON = regex.compile(
    r"氏名|名前|姓|担当|代表者|本人|個人|生年月日|性別|(?i:\A(?:full |last |first |family |given )?name|person|birth)"
)
"""A header that names people."""
LONGEST_ROW = 4000
"""A longer row names no columns."""
BOXES = 6
"""So many neighbouring cells of one or two characters are boxes of a form, one character each."""


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate in a table: `start` and `end` are offsets in the segment's text."""

    rule: Rule
    start: int
    end: int
    canonical: str
    evidence: str
    column: int
    row: int | None
    header: str


@dataclass(slots=True)
class Names:
    """What the headers of one table say about the columns below them."""

    readers: dict[int, list[Reader]] = field(default_factory=dict)
    headers: dict[int, str] = field(default_factory=dict)
    shown: dict[int, str] = field(default_factory=dict)
    """Of the header of a column that has readers the word that named them: a report shows no more, since beside it
    anything may stand, a name as well."""
    organisations: bool = False
    """The rows are organisations: a column names them, and none names a person."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One block of rows of a table, to be searched."""

    text: str
    table: Table
    readers: Sequence[Reader]
    any_header: Vocabulary
    names: Names
    population: Population

    def search(
        self, ends: list[Hit] | None, owners: Sequence[Sequence[int]], beside: frozenset[int]
    ) -> Iterator[Found]:
        """All candidates, row by row; `ends` are the hits of the gate, None for everywhere."""
        for number, hits in enumerate(hits_by_row(self.text, self.table, ends, owners, beside), 1):
            cells = [self.text[cell.start : cell.end] for cell in hits.row.cells]
            heading = self._heads(cells) and not self._fits(hits.row, cells) and not self._lies(cells)
            if heading:
                self._learn(hits.row, cells, number)
            yield from self._row(hits, cells, heading)
            if _has_boxes(hits.row):
                yield from self._boxes(hits.row, cells)

    # --- headers ---

    def _heads(self, cells: Sequence[str]) -> bool:
        """Whether a row names columns: a cell is a known header and none holds data; or it is the first of its kind."""
        line = "\t".join(cells)
        if len(line) > LONGEST_ROW or (_DATA.search(line) and not _NOTE.search(line)):
            return False
        known = self.any_header.mentioned(fold(line))
        if not known and self.names.headers:
            return False
        names = [header_of(cell) for cell in cells if cell]
        if any(_DATA.search(name) for name in names):
            return False
        return any(self._names(name) for name in names) if known else len(names) > 1

    def _fits(self, row: Row, cells: Sequence[str]) -> bool:
        """Whether the row holds a value under the headers that there are: 「日本人の配偶者等」 is no header there."""
        return any(
            reader.holds(fold(text))
            for cell, text in zip(row.cells, cells, strict=True)
            for reader in self.names.readers.get(cell.column, ())
            if text
        )

    def _lies(self, cells: Sequence[str]) -> bool:
        """Whether the first cell names the row, and most of the others are its values: 「国籍,ベトナム,ネパール」."""
        first, *others = [fold(cell) for cell in cells if cell] or [""]
        if not others or not self.any_header.mentioned(first):
            return False
        name = header_of(first)
        named = self._named_by(name)
        # of a label and its value anything that can be one will do
        pair = len(others) == 1 and any(any(reader.under_header(others[0])) for reader in named)
        if not pair and not any(_mostly(reader, others) for reader in (*named, *self._hinted_by(name))):
            return False
        return 3 * sum(map(self._is_label, others)) < len(others)

    def _is_label(self, folded: str) -> bool:
        """Whether a cell is a label itself, and so hardly the value that another label names."""
        if not self.any_header.mentioned(folded):
            return False
        return bool(self._named_by(header_of(folded)))

    def _named_by(self, name: str) -> list[Reader]:
        return [reader for reader in self.readers if reader.reads(name)]

    def _hinted_by(self, name: str) -> list[Reader]:
        return [reader for reader in self.readers if reader.hints(name)]

    def _names(self, name: str) -> bool:
        named = [*self._named_by(name), *self._hinted_by(name)]
        return bool(named) and not any(reader.stands_in(name) for reader in named)

    def _below(self, column: int, first: int) -> Iterator[str]:
        """The filled cells of a column, from the row with index `first` on."""
        for row in islice(self.table.rows, first, first + 2 * SAMPLE):
            for cell in row.cells[: column + 1]:
                if cell.column == column and cell.end > cell.start:
                    yield self.text[cell.start : cell.end]

    def _learn(self, row: Row, cells: Sequence[str], following: int) -> None:
        for cell, text in zip(row.cells, cells, strict=True):
            name = header_of(text)
            if not name:
                continue
            self.names.headers[cell.column] = name
            self.names.readers.pop(cell.column, None)
            # what stands in brackets may name the column more closely: 「連絡先（メール）」
            whole = fold(text)[:LONGEST_HEADER]
            named = [reader for reader in self.readers if reader.reads(name) or reader.reads(whole)]
            named = named or [
                reader for reader in self.readers if reader.suspects(name, self._below(cell.column, following))
            ]
            if named:
                self.names.readers[cell.column] = named
                words = (reader.word_in(header) for header in (name, whole) for reader in named)
                self.names.shown[cell.column] = next(filter(None, words), "")
        known = self.names.headers.values()
        self.names.organisations = any(map(_ORGANISATION.search, known)) and not any(map(_PERSON.search, known))

    # --- rows ---

    def _row(self, hits: RowHits, cells: Sequence[str], heading: bool) -> Iterator[Found]:
        across = [] if heading else self._named_row(cells)
        columns = {} if heading else self.names.readers
        for index, (cell, text) in enumerate(zip(hits.row.cells, cells, strict=True)):
            named = columns.get(cell.column) or (across if index else [])
            numbers = hits.numbers.get(index, ())
            if not text or not (named or numbers):
                continue
            folded = fold(text)
            candidates = [one for reader in named for one in reader.under_header(folded)]
            if numbers and not any(one.fills(folded) for one in candidates):
                candidates += self._beside(hits, cell, text, numbers, named)
            vague = [one for one in candidates if one.rule.column.sure and one.fills(folded.strip())]
            if vague and (heading or self._is_label(folded)):
                candidates = [one for one in candidates if one not in vague]
            # in a table that lies on its side a row is a property, not a person
            number = hits.row.number if cell.column in columns or not named else None
            # a header that names no rule may be a first row of data: it is weighed, and never shown
            shown = self.names.shown[cell.column] if cell.column in self.names.readers else ""
            for one in heaviest(candidates):
                start, end = cell.start + one.start, cell.start + one.end
                theirs = self.names.organisations and one.rule.organisations
                evidence = "organisation" if theirs else one.evidence
                yield Found(one.rule, start, end, one.canonical, evidence, cell.column, number, shown)

    def _named_row(self, cells: Sequence[str]) -> list[Reader]:
        """The readers that the first filled cell of a row names: a form, or a table that lies on its side."""
        first = next((cell for cell in cells if cell), "")
        if len(first) > 2 * LONGEST_ROW or not self.any_header.mentioned(fold(first)):
            return []
        name = header_of(first)
        named = self._named_by(name)
        if not named:  # a vague word names its row when most of the other cells are values
            others = [fold(cell) for cell in cells if cell][1:]
            named = [reader for reader in self._hinted_by(name) if _mostly(reader, others)]
        return [] if _DATA.search(name) or any(reader.stands_in(name) for reader in named) else named

    def _beside(
        self, hits: RowHits, cell: Cell, text: str, numbers: Iterable[int], named: Sequence[Reader]
    ) -> list[Candidate]:
        """What the gate saw in a cell, judged by its header and its neighbours; offsets are the cell's own."""
        left = left_of(self.text, hits.row, cell)
        folded = fold(left + text)
        above = hits.above(self.text, cell)
        header = self.names.headers.get(cell.column, "")
        column = (self.table.name, cell.column)
        return [
            one.moved(-len(left))
            for reader in (self.readers[number] for number in sorted(numbers))
            if reader not in named and not reader.doubts(header)
            for one in reader.judged(folded, above, len(left), column, self.population)
            if not named or one.evidence != "alone"
        ]

    # --- boxes of a form, one character each ---

    def _boxes(self, row: Row, cells: Sequence[str]) -> Iterator[Found]:
        for first, last in _box_runs(row, cells):
            label = next((text for text in reversed(cells[:first]) if text), "")
            label = label or self.names.headers.get(row.cells[first].column, "")
            joined = "".join(cells[first:last])
            places = [cell.start + at for cell in row.cells[first:last] for at in range(cell.end - cell.start)]
            folded = fold(f"{label}\t{joined}")
            begin = len(folded) - len(joined)
            column = (self.table.name, row.cells[first].column)
            candidates = [
                one
                for reader in self.readers
                for one in reader.judged(folded, "", begin, column, Population())
                if one.evidence == "label"
            ]
            for one in heaviest(candidates):
                start, end = places[one.start - begin], places[one.end - begin - 1] + 1
                yield Found(one.rule, start, end, one.canonical, one.evidence, row.cells[first].column, row.number, "")


def _mostly(reader: Reader, folded: Sequence[str]) -> bool:
    """Whether most of some cells surely hold values of a reader's rule."""
    return 2 * sum(map(reader.holds, folded)) > len(folded)


def _has_boxes(row: Row) -> bool:
    return len(row.cells) > BOXES and row.cells[-1].end - row.cells[0].start < 4 * len(row.cells) + 80


def _box_runs(row: Row, cells: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring cells of one or two characters."""
    first = 0
    for index in range(len(cells) + 1):
        if index < len(cells) and 1 <= len(cells[index]) <= 2:
            continue
        if index - first >= BOXES:
            yield first, index
        first = index + 1
