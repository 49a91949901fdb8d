"""Rules at work: from a segment of text to matches.

The gate names the surroundings in which a rule may fire; only these are folded, matched and judged. Where a table lies
over the text, a column under a telling header is read cell by cell, every other candidate is judged by its own cell and
its neighbours, and the population of a column decides at the end (`scanner.detection.population`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import regex

from scanner.detection.candidates import Candidate, character_ends, heaviest, hit_cells, left_of, surroundings
from scanner.detection.context import Words, any_of, keyword
from scanner.detection.gate import Gate, Hit
from scanner.detection.population import Population
from scanner.detection.rules import Rule
from scanner.model import Match, Segment
from scanner.origin import Row
from scanner.text import fold

SECONDS = 5.0
"""A pattern that takes longer than this on one stretch of text is cut off: hostile text, not a slow rule."""

_PROSE = ("", -1)
"""The column of what stands in no table: one population for the whole document."""
_DATA = regex.compile(r"[0-9]{4}|@|[0-9][-/.][0-9]")
"""What a row of headers does not hold."""

Labels = dict[int, list["Reader"]]
"""From a column to the rules that read it by its header."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One rule, compiled."""

    rule: Rule
    pattern: "regex.Pattern[str]"
    cell: "regex.Pattern[str]"
    words: Words
    header: "regex.Pattern[str] | None"
    not_header: "regex.Pattern[str] | None"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the pattern matches in folded text."""
        group = "value" if "value" in self.pattern.groupindex else 0
        try:
            for found in self.pattern.finditer(text, timeout=SECONDS):
                yield found.span(group)
        except TimeoutError:
            return

    def canonical(self, raw: str, evidence: str) -> str | None:
        """The value in one spelling, or None when the check refuses it."""
        rule = self.rule
        check = rule.check_alone if evidence == "alone" and rule.check_alone else rule.check
        return check(raw) if check else raw

    def reads(self, header: str) -> bool:
        """Whether a header says that its column holds this rule's values."""
        if self.header is None or not self.header.search(header):
            return False
        return not self.denied_by(header)

    def denied_by(self, header: str) -> bool:
        """Whether a header says that its column holds something else."""
        return self.not_header is not None and self.not_header.search(header) is not None

    def unlikely_under(self, header: str) -> bool:
        """Whether a header that does not name the rule speaks against its values."""
        counter = self.words.counter
        return self.denied_by(header) or (counter is not None and counter.search(header) is not None)


class Detector:
    """All rules, compiled once for a process."""

    def __init__(self, rules: Sequence[Rule], gate: bytes | None = None) -> None:
        """`gate` is what `Gate.dump` of a detector with the same rules gave. Raises ValueError for a bad pattern."""
        self.readers = tuple(_reader(rule, rules) for rule in rules)
        self.beside = frozenset(n for n, reader in enumerate(self.readers) if reader.rule.gate == "context")
        """Rules whose gate looks for labels: the value stands beside the hit, not in it."""
        words = (word for rule in rules for word in rule.column.headers)
        self.any_header = any_of(words) or regex.compile(r"(?!)")
        """Finds the word of any rule's header: what it does not find is no row of headers."""
        self.gate = Gate([_gate_patterns(rule) for rule in rules], gate)

    def examination(self) -> "Examination":
        """Begin a document."""
        return Examination(self)


def _under_header(reader: Reader, folded: str) -> Iterator[Candidate]:
    """The value of a cell under the rule's header: the whole cell in its laxer form, or what is in it."""
    inner = folded.strip()
    if reader.cell.fullmatch(inner):
        check = reader.rule.column.check
        canonical = check(inner) if check else inner
        if canonical is not None:
            begin = folded.find(inner)
            yield Candidate(reader.rule, begin, begin + len(inner), canonical, "column")
            return
    for start, end in reader.spans(folded):
        canonical = reader.canonical(folded[start:end], "column")
        if canonical is not None:
            yield Candidate(reader.rule, start, end, canonical, "column")


def _gate_patterns(rule: Rule) -> Sequence[str]:
    return [keyword(word) for word in rule.context] if rule.gate == "context" else rule.gate_patterns


def _reader(rule: Rule, rules: Sequence[Rule]) -> Reader:
    others = {word for other in rules if other.type != rule.type for word in other.context} - set(rule.context)
    try:
        pattern, cell = regex.compile(rule.pattern), regex.compile(rule.column.pattern)
    except regex.error as error:
        raise ValueError(f"{rule.id}: the pattern does not compile: {error}") from None
    return Reader(
        rule=rule,
        pattern=pattern,
        cell=cell,
        words=Words(any_of(rule.context), any_of(rule.counter), any_of(others)),
        header=any_of(rule.column.headers),
        not_header=any_of(rule.column.counter),
    )


@dataclass
class Examination:
    """One document under examination: what its headers said so far, and the population of its columns."""

    detector: Detector
    population: Population = field(default_factory=Population)
    _labels: dict[str, Labels] = field(default_factory=dict)
    _headers: dict[str, dict[int, str]] = field(default_factory=dict)

    def find(self, segment: Segment) -> Iterator[Match]:
        """The matches of a segment; those whose evidence is ``alone`` await the verdict of their population."""
        utf8 = segment.utf8 if segment.utf8 is not None else segment.text.encode("utf-8", "replace")
        hits = self.detector.gate.hits(utf8)
        ends = character_ends(hits, utf8, len(segment.text)) if hits is not None else None
        if segment.table is not None:
            yield from self._labelled_columns(segment)
            yield from self._cells(segment, ends)
        elif ends is None or ends:
            yield from self._text(segment, ends)

    # --- running text ---

    def _text(self, segment: Segment, ends: list[Hit] | None) -> Iterator[Match]:
        readers, length = self.detector.readers, len(segment.text)
        for start, end, numbers in surroundings(ends, length, self.detector.gate.owners):
            folded = fold(segment.text[start:end])
            candidates = [one for number in numbers for one in self._judged(readers[number], folded, None, 0, _PROSE)]
            for one in heaviest(candidates):
                inside = (start == 0 or one.start > 1) and (end == length or one.end < len(folded) - 1)
                complete = not segment.cut or start + one.end < length
                if inside and complete and start + one.end > segment.lead:
                    yield self._match(one, segment, start, _PROSE)

    def _judged(
        self, reader: Reader, folded: str, above: str | None, begin: int, column: tuple[str, int]
    ) -> Iterator[Candidate]:
        """Candidates in folded text from character `begin` on, each with its evidence."""
        for start, end in reader.spans(folded):
            evidence = reader.words.judge(folded, start, end, above) if start >= begin else None
            if evidence is None:
                continue
            canonical = reader.canonical(folded[start:end], evidence)
            if evidence == "alone" and reader.rule.chance:
                self.population.note(reader.rule.id, column, canonical is not None)
            if canonical is not None:
                yield Candidate(reader.rule, start, end, canonical, evidence)

    # --- tables ---

    def _labelled_columns(self, segment: Segment) -> Iterator[Match]:
        assert segment.table is not None
        name, text = segment.table.name, segment.text
        labels = self._labels.setdefault(name, {})
        headers = self._headers.setdefault(name, {})
        for row in segment.table.rows:
            if self._is_header(row, text):
                self._learn(row, text, labels, headers)
                continue
            if not labels:
                continue
            for cell in row.cells:
                if cell.end > cell.start and cell.column in labels:
                    folded = fold(text[cell.start : cell.end])
                    candidates = [one for reader in labels[cell.column] for one in _under_header(reader, folded)]
                    for one in heaviest(candidates):
                        header = headers.get(cell.column, "")
                        yield self._match(one, segment, cell.start, (name, cell.column), row, header)

    def _is_header(self, row: Row, text: str) -> bool:
        """A row names columns when a cell is a known header and none looks like data."""
        cells = [fold(text[cell.start : cell.end]) for cell in row.cells]
        line = "\t".join(cells)
        if len(line) > 4000 or _DATA.search(line) or not self.detector.any_header.search(line):
            return False
        return any(self._names_a_column(cell) for cell in cells if 0 < len(cell) <= 60)

    def _names_a_column(self, cell: str) -> bool:
        named = [reader for reader in self.detector.readers if reader.reads(cell)]
        return bool(named) and not any(
            reader.canonical(cell[start:end], "label") for reader in named for start, end in reader.spans(cell)
        )

    def _learn(self, row: Row, text: str, labels: Labels, headers: dict[int, str]) -> None:
        for cell in row.cells:
            header = fold(text[cell.start : cell.end]).strip()
            readers = [reader for reader in self.detector.readers if reader.reads(header)]
            if readers:
                labels[cell.column] = readers
            if header and (readers or cell.column not in labels):
                headers[cell.column] = header

    def _cells(self, segment: Segment, ends: list[Hit] | None) -> Iterator[Match]:
        assert segment.table is not None
        name, readers = segment.table.name, self.detector.readers
        labels, headers = self._labels.get(name, {}), self._headers.get(name, {})
        for row, cell, above, numbers in hit_cells(segment, ends, self.detector.gate.owners, self.detector.beside):
            header = headers.get(cell.column, "")
            labelled = labels.get(cell.column, ())
            left = left_of(segment.text, row, cell)
            folded = fold(left + segment.text[cell.start : cell.end])
            candidates = [
                one
                for number in numbers
                if not readers[number].unlikely_under(header) and readers[number] not in labelled
                for one in self._judged(readers[number], folded, above, len(left), (name, cell.column))
                if not labelled or one.evidence != "alone"
            ]
            for one in heaviest(candidates):
                yield self._match(one, segment, cell.start - len(left), (name, cell.column), row, header)

    def _match(
        self,
        one: Candidate,
        segment: Segment,
        base: int,
        column: tuple[str, int],
        row: Row | None = None,
        header: str = "",
    ) -> Match:
        rule = one.rule
        return Match(
            rule=rule.id,
            type=rule.type,
            value=segment.text[base + one.start : base + one.end],
            canonical=one.canonical,
            confidence=rule.confidence[one.evidence],
            evidence=one.evidence,
            segment=segment,
            offset=base + one.start,
            column=column,
            row=row.number if row else None,
            header=header or None,
        )
