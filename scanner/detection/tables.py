"""Tables: columns named by a header, rows named by their first cell, and cells judged by their neighbours.

One pass in the order of the rows, so that a second table further down does not change what the first one meant. Every
cell is judged once; of the values over the same characters the one with most evidence stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, takewhile

import regex

from scanner.detection.boxes import boxes
from scanner.detection.candidates import Candidate, Owners, RowHits, heaviest, hits_by_row, left_of
from scanner.detection.columns import NOTHING, Strip, Verdict
from scanner.detection.context import Vocabulary
from scanner.detection.counts import counting
from scanner.detection.forms import TABLE as FORM
from scanner.detection.gate import Hit
from scanner.detection.headers import Readers
from scanner.detection.population import Population
from scanner.detection.reader import LONGEST_HEADER, SAMPLE, Reader, header_of
from scanner.detection.rules import Rule
from scanner.detection.spread import columns as date_columns
from scanner.detection.spread import date, is_part
from scanner.origin import Cell, Row, Table
from scanner.text import fold

_DATA = regex.compile(r"[0-9]{4}(?!年度?(?![ \d]))|@|[0-9][-/.][0-9]")
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
_SAYS = regex.compile(r"[:：、。，,]|.{25}")  # more than a header
LONG = 128
"""Rows of a table that is worth learning from."""
LONGEST_PAIRS = 24
"""Cells of a row in which labels and values take turns."""
_STAMPS = frozenset(("印", "㊞", "(印)", "（印）", "様", "殿", "-"))
"""What stands beside a value and is neither a value nor a label."""


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
    counts: bool = False
    """The rows are sorts of people, and the columns say how many there are."""
    dates: dict[int, Reader] = field(default_factory=dict)
    """The columns in which dates begin whose parts stand in columns of their own."""
    in_play: set[str] = field(default_factory=set)
    """The rules that any header has named, or may have."""
    strips: dict[int, Strip] = field(default_factory=dict)
    """What the values of each column have been since the last row of headers."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One block of rows of a table, to be searched."""

    text: str
    table: Table
    readers: Readers
    any_header: Vocabulary
    names: Names
    population: Population

    @property
    def teaches(self) -> bool:
        """Whether there are so many rows that it pays to learn what their columns hold."""
        return not self.names.dates and (bool(self.names.strips) or len(self.table.rows) > LONG)

    def rows(
        self, begin: int, end: int, ends: list[Hit] | None, owners: Owners, beside: frozenset[int]
    ) -> Iterator[tuple[int, list[Found]]]:
        """The candidates of each row from index `begin` to `end`; `ends` are the hits of the gate there."""
        before = self.table.rows[begin - 1] if begin else Row(0, ())
        part = hits_by_row(self.table.rows[begin:end], ends, owners, beside, before)
        for at, hits in enumerate(part, begin):
            cells = self.cells(hits.row)
            apart = not any(cell.end > cell.start for cell in hits.previous.cells)
            heading = self._heads(cells, apart) and not self._fits(hits.row, cells) and not self._lies(cells)
            if heading:
                self._learn(hits.row, cells, at + 1)
            found = list(self._row(hits, cells, heading))
            found += self._boxes(hits.row, cells)
            yield at, found

    def span(self, begin: int, end: int) -> tuple[int, str]:
        """The text of rows from index `begin` to `end`, and where it begins."""
        edges = [cell for row in self.table.rows[begin:end] for cell in (*row.cells[:1], *row.cells[-1:])]
        return (edges[0].start, self.text[edges[0].start : edges[-1].end]) if edges else (0, "")

    def cells(self, row: Row) -> list[str]:
        """What stands in the cells of a row."""
        return [self.text[cell.start : cell.end] for cell in row.cells]

    def settled(self, column: int) -> frozenset[int]:
        """The numbers of the rules that the header of a column names or speaks against: no hit of theirs is news."""
        header, named = self.names.headers.get(column, ""), self.names.readers.get(column, ())
        return frozenset(
            number for number, reader in enumerate(self.readers) if reader in named or reader.doubts(header)
        )

    def whole(self, column: int, folded: str) -> Verdict | None:
        """What a cell under a header that names rules is; None: it takes more than the cell to tell."""
        standing = heaviest([one for reader in self.names.readers[column] for one in reader.under_header(folded)])
        if not standing:
            return NOTHING
        one = standing[0]
        if len(standing) > 1 or not one.fills(folded) or (one.rule.column.sure and self._is_label(folded)):
            return None
        return Verdict(one.rule, one.evidence, one.canonical)

    def evidence(self, rule: Rule, evidence: str) -> str:
        """The evidence for a value, unless it is an organisation's."""
        return "organisation" if self.names.organisations and rule.organisations else evidence

    # --- headers ---

    def _heads(self, cells: Sequence[str], apart: bool) -> bool:
        """Whether a row names columns: a cell is a known header and none holds data; or it is the first of its kind."""
        line = "\t".join(cells)
        if self.table.name.startswith(FORM) or len(line) > LONGEST_ROW:
            return False
        if is_data(line):
            return False
        known = self.any_header.mentioned(fold(line))
        if not known and self.names.headers:
            return False
        names = [header_of(cell) for cell in cells if cell]
        if any(_DATA.search(name) for name in names):
            return False
        if not known:
            return len(names) > 1
        named = sum(map(self._names, names))
        # within a table one word that could be a header is more likely somebody's value
        return named > 1 or named == len(names) or (named > 0 and (apart or not self.names.readers))

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
        first, *others = [fold(cell) for cell in cells if cell and cell not in _STAMPS] or [""]
        if not others or not self.any_header.mentioned(first):
            return False
        if self._takes_turns((first, *others)):
            return True
        name = header_of(first)
        named = self.readers.named(name)
        # of a label and its value anything that can be one will do
        pair = len(others) == 1 and any(any(reader.under_header(others[0])) for reader in named)
        if not pair and not any(_mostly(reader, others) for reader in (*named, *self.readers.hinted(name))):
            return False
        return 3 * sum(map(self._is_label, others)) < len(others)

    def _takes_turns(self, folded: Sequence[str]) -> bool:
        """Whether the cells are labels and their values by turns: 「氏名,佐藤春子,性別,女」."""
        labels = [self._is_label(cell) for cell in folded]
        holding = sum(
            any(reader.proves(value) for reader in self.readers.named(header_of(name)))
            for (name, label), (value, other) in pairwise(zip(folded, labels, strict=True))
            if label and not other
        )
        return 0 < sum(labels) <= 2 * holding

    def _is_label(self, folded: str) -> bool:
        """Whether a cell is a label itself, and so hardly the value that another label names."""
        if not self.any_header.mentioned(folded):
            return False
        named = {*self.readers.named(header_of(folded)), *self.readers.named(folded[:LONGEST_HEADER])}
        return bool(named) and not any(reader.stands_in(folded) for reader in named)

    def _names(self, name: str) -> bool:
        named = [*self.readers.named(name), *self.readers.hinted(name)]
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
            if not name or (self.names.dates and is_part(name)):
                continue
            self.names.headers[cell.column] = name
            self.names.readers.pop(cell.column, None)
            # what stands in brackets may name the column more closely: 「連絡先（メール）」
            whole = fold(text)[:LONGEST_HEADER]
            named = list(dict.fromkeys((*self.readers.named(name), *self.readers.named(whole))))
            named = named or [
                reader for reader in self.readers if reader.suspects(name, self._below(cell.column, following))
            ]
            hinted = self.readers.hinted(name)
            self.names.in_play.update(reader.rule.id for reader in (*named, *hinted))
            if named:
                self.names.readers[cell.column] = named
                words = (reader.word_in(header) for header in (name, whole) for reader in named)
                self.names.shown[cell.column] = next(filter(None, words), "")
        self.names.strips = {}
        known = self.names.headers.values()
        self.names.dates = date_columns(self.names.headers, self.names.readers)
        self.names.counts = counting(
            self.names.headers, self.names.readers, lambda column: self._below(column, following)
        )
        self.names.organisations = any(map(_ORGANISATION.search, known)) and not any(map(_PERSON.search, known))

    # --- rows ---

    def _row(self, hits: RowHits, cells: Sequence[str], heading: bool) -> Iterator[Found]:
        across = [()] * len(cells) if heading else self._across(cells)
        columns = {} if heading or self.names.counts else self.names.readers
        if not heading:
            yield from self._dates(hits.row, cells, across)
        for index, (cell, text) in enumerate(zip(hits.row.cells, cells, strict=True)):
            named = columns.get(cell.column) or across[index]
            label = heading and not _SAYS.search(text) and self._is_label(fold(text))
            numbers = () if label else hits.numbers.get(index, ())
            if not text or not (named or numbers):
                continue
            folded = fold(text)
            noted = self.population.noted
            candidates = [one for reader in named for one in reader.under_header(folded)]
            if numbers and not any(one.fills(folded) for one in candidates):
                candidates += self._beside(hits, cell, text, numbers, columns.get(cell.column, ()), bool(named))
            vague = [one for one in candidates if one.rule.column.sure and one.fills(folded.strip())]
            if vague and (heading or self._is_label(folded)):
                candidates = [one for one in candidates if one not in vague]
            # in a table that lies on its side a row is a property, not a person
            number = hits.row.number if cell.column in columns or not named else None
            # a header that names no rule may be a first row of data: it is weighed, and never shown
            shown = self.names.shown[cell.column] if cell.column in self.names.readers else ""
            standing = heaviest(candidates)
            if not heading and self.teaches:
                self._teach(
                    cell.column, folded, standing, certain=not numbers if named else self.population.noted == noted
                )
            for one in standing:
                start, end = cell.start + one.start, cell.start + one.end
                evidence = self.evidence(one.rule, one.evidence)
                yield Found(one.rule, start, end, one.canonical, evidence, cell.column, number, shown)

    def _dates(self, row: Row, cells: Sequence[str], across: Sequence[Sequence[Reader]]) -> Iterator[Found]:
        """The dates of a row that take several cells each."""
        if not self.names.dates and not (any(across) and len(cells) > 3):
            return
        firsts = [at for at, named in enumerate(across) if named and (not at or across[at - 1] is not named)]
        starts = {at: reader for at in firsts for reader in across[at] if reader.rule.role == "birth"}
        starts |= {
            at: self.names.dates[cell.column] for at, cell in enumerate(row.cells) if cell.column in self.names.dates
        }
        for at, reader in starts.items():
            joined = date(cells[at:], reader)
            if joined:
                first, last = row.cells[at], row.cells[at + joined[1] - 1]
                number = row.number if first.column in self.names.dates else None
                shown = self.names.shown.get(first.column, "")
                one = joined[0]
                yield Found(one.rule, first.start, last.end, one.canonical, one.evidence, first.column, number, shown)

    def _teach(self, column: int, folded: str, standing: Sequence[Candidate], *, certain: bool) -> None:
        """Let a judged cell speak for its column; `certain`: that nothing was found rests on the cell alone."""
        verdict = NOTHING if certain and not standing else None
        if len(standing) == 1 and standing[0].fills(folded) and column in self.names.readers:
            verdict = Verdict(standing[0].rule, standing[0].evidence, standing[0].canonical)
        self.names.strips.setdefault(column, Strip()).learn(folded, verdict)

    def _across(self, cells: Sequence[str]) -> list[Sequence[Reader]]:
        """For each cell of a row the readers that a label to its left names."""
        named: Sequence[Reader] = self._named_row(cells)
        if not named and (self.names.readers or len(cells) > LONGEST_PAIRS):
            return [()] * len(cells)
        found: list[Sequence[Reader]] = []
        first = next((at for at, cell in enumerate(cells) if cell), 0)
        for at, cell in enumerate(cells):
            other = self.readers.named(header_of(cell)) if at > first and cell and self._is_label(fold(cell)) else []
            label = any(reader not in named for reader in other)  # a label that says the same again is a value
            if label:
                named = other
            found.append(() if at <= first or label else named)
        return found

    def _named_row(self, cells: Sequence[str]) -> Sequence[Reader]:
        """The readers that the first filled cell of a row names: a form, or a table that lies on its side."""
        first = next((cell for cell in cells if cell), "")
        if len(first) > 2 * LONGEST_ROW or not self.any_header.mentioned(fold(first)):
            return []
        name = header_of(first)
        named: Sequence[Reader] = self.readers.named(name) or self.readers.named(fold(first)[:LONGEST_HEADER])
        self.names.in_play.update(reader.rule.id for reader in (*named, *self.readers.hinted(name)))
        if not named:  # a vague word names its row when most of the other cells are values
            others = [fold(cell) for cell in cells if cell][1:]
            named = [reader for reader in self.readers.hinted(name) if _mostly(reader, others)]
        named = [reader for reader in named if self._suits(reader, cells)]
        return [] if _DATA.search(name) or any(reader.stands_in(name) for reader in named) else named

    def _suits(self, reader: Reader, cells: Sequence[str]) -> bool:
        """Whether the cells after a row's label, up to the next one, can be values of a rule; two need not."""
        values = [fold(cell) for cell in cells if cell and cell not in _STAMPS][1:]
        if len(values) < 3 or reader.rule.role == "birth":
            return True
        ahead = list(takewhile(lambda value: not self._is_label(value), values))
        fitting = sum(any(True for _ in reader.under_header(value)) for value in ahead)
        return len(ahead) < 3 or 2 * fitting > len(ahead)

    def _beside(
        self, hits: RowHits, cell: Cell, text: str, numbers: Iterable[int], asked: Sequence[Reader], named: bool
    ) -> list[Candidate]:
        """What the gate saw in a cell, judged by its header and its neighbours; offsets are the cell's own.

        `asked` are the readers that the column's header names; `named`: a header or a label names any.
        """
        left = left_of(self.text, hits.row, cell)
        folded = fold(left + text)
        above = hits.above(self.text, cell)
        header = self.names.headers.get(cell.column, "")
        column = (self.table.name, cell.column)
        return [
            one.moved(-len(left))
            for reader in (self.readers[number] for number in sorted(numbers))
            if reader not in asked and not reader.doubts(header)
            if not (self.names.counts and reader.rule.role == "attribute")
            for one in reader.judged(folded, above, len(left), column, self.population)
            if not named or one.evidence != "alone"
        ]

    # --- boxes of a form, one character each ---

    def _boxes(self, row: Row, cells: Sequence[str]) -> Iterator[Found]:
        for first, last, label in boxes(row, cells, self.names.headers):
            joined = "".join(cells[first:last])
            places = [cell.start + at for cell in row.cells[first:last] for at in range(cell.end - cell.start)]
            folded = fold(f"{label}\t{joined}")
            begin = len(folded) - len(joined)
            column = (self.table.name, row.cells[first].column)
            candidates = [
                one
                for reader in self.readers.spoken_for(folded)
                for one in reader.judged(folded, "", begin, column, Population())
                if one.evidence == "label"
            ]
            for one in heaviest(candidates):
                start, end = places[one.start - begin], places[one.end - begin - 1] + 1
                yield Found(one.rule, start, end, one.canonical, one.evidence, row.cells[first].column, row.number, "")


def _mostly(reader: Reader, folded: Sequence[str]) -> bool:
    """Whether most of some cells surely hold values of a reader's rule."""
    return 2 * sum(map(reader.holds, folded)) > len(folded)


def is_data(line: str) -> bool:
    """Whether a row, its cells apart by tabs, surely names no columns."""
    return _DATA.search(line) is not None and _NOTE.search(line) is None
