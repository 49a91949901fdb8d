"""Rules at work: from a segment of text to matches.

The gate names the surroundings in which a rule may fire; only these are folded, matched and judged. Tables, whether a
reader has laid them over the text or they stand in it, are searched by `scanner.detection.tables`; the population of a
column decides at the end (`scanner.detection.population`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import regex

from scanner.detection.aligned import Region, regions
from scanner.detection.candidates import Candidate, character_ends, heaviest, surroundings
from scanner.detection.context import Words, any_of, keyword
from scanner.detection.gate import Gate, Hit
from scanner.detection.population import Column, Population
from scanner.detection.reader import Reader
from scanner.detection.rules import Rule
from scanner.detection.tables import Found, Names, Sheet
from scanner.model import Match, Segment
from scanner.origin import Table
from scanner.text import fold

_PROSE: Column = ("", -1)
"""The column of what stands in no table: one population for the whole document."""


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
    _names: dict[str, Names] = field(default_factory=dict)

    def find(self, segment: Segment) -> Iterator[Match]:
        """The matches of a segment; those whose evidence is ``alone`` await the verdict of their population."""
        utf8 = segment.utf8 if segment.utf8 is not None else segment.text.encode("utf-8", "replace")
        hits = self.detector.gate.hits(utf8)
        ends = character_ends(hits, utf8, len(segment.text)) if hits is not None else None
        if segment.table is not None:
            yield from self._table(segment, segment.table, ends)
        elif ends is None:
            yield from self._text(segment, None)
        elif ends:
            tables = list(regions(segment.text, ends, self.detector.any_header))
            for region in tables:
                yield from self._table(segment, region.table, _within(ends, region))
            yield from self._text(segment, _outside(ends, tables))

    def _text(self, segment: Segment, ends: list[Hit] | None) -> Iterator[Match]:
        readers, length = self.detector.readers, len(segment.text)
        for start, end, numbers in surroundings(ends, length, self.detector.gate.owners):
            folded = fold(segment.text[start:end])
            candidates = [
                one for number in numbers for one in readers[number].judged(folded, None, 0, _PROSE, self.population)
            ]
            for one in heaviest(candidates):
                inside = (start == 0 or one.start > 1) and (end == length or one.end < len(folded) - 1)
                complete = not segment.cut or start + one.end < length
                if inside and complete and start + one.end > segment.lead:
                    yield _match(segment, one, start + one.start, start + one.end, _PROSE)

    def _table(self, segment: Segment, table: Table, ends: list[Hit] | None) -> Iterator[Match]:
        detector = self.detector
        names = self._names.setdefault(table.name, Names())
        sheet = Sheet(segment.text, table, detector.readers, detector.any_header, names, self.population)
        for one in sheet.search(ends, detector.gate.owners, detector.beside):
            if one.end > segment.lead:
                yield _match(segment, one, one.start, one.end, (table.name, one.column), one.row, one.header)


def _match(
    segment: Segment,
    one: Candidate | Found,
    start: int,
    end: int,
    column: Column,
    row: int | None = None,
    header: str = "",
) -> Match:
    return Match(
        rule=one.rule.id,
        type=one.rule.type,
        value=segment.text[start:end],
        canonical=one.canonical,
        confidence=one.rule.confidence[one.evidence],
        evidence=one.evidence,
        segment=segment,
        offset=start,
        column=column,
        row=row,
        header=header or None,
    )


def _within(ends: Sequence[Hit], region: Region) -> list[Hit]:
    return [hit for hit in ends if region.start < hit[1] <= region.end]


def _outside(ends: Sequence[Hit], tables: Sequence[Region]) -> list[Hit]:
    return [hit for hit in ends if not any(region.start < hit[1] <= region.end for region in tables)]
