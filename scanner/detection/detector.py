"""Rules at work: from a segment of text to matches.

The gate names the surroundings in which a rule may fire; only these are folded, matched and judged. Tables, whether a
reader has laid them over the text or they stand in it, are searched by `scanner.detection.tables`; the population of a
column decides at the end (`scanner.detection.population`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from scanner.detection import kept, patterns
from scanner.detection.aligned import regions
from scanner.detection.asides import asides
from scanner.detection.candidates import Candidate, Span, character_ends, heaviest, surroundings, touches
from scanner.detection.context import Vocabulary
from scanner.detection.gate import Hit
from scanner.detection.headers import Readers
from scanner.detection.labels import Labels
from scanner.detection.mentions import Mentions
from scanner.detection.population import Column, Population
from scanner.detection.prose_names import ProseNames
from scanner.detection.reader import VAGUE, WHOLE, Reader, labels_of
from scanner.detection.rosters import Down, search
from scanner.detection.rules import Rule
from scanner.detection.tables import Found, Names, Sheet
from scanner.model import Match, Segment, Sweep
from scanner.origin import Table
from scanner.places import cache_folder, rules_folder
from scanner.text import fold

_KANA = re.compile("[ぁ-ヺ]")
"""What only Japanese text has."""
Rows = tuple[Sweep, ...]
"""Whole rows of a table, column by column."""
CERTAIN = ("medium", "high")
_PROSE: Column = ("", -1)
"""The column of what stands in no table: one population for the whole document."""


class Detector:
    """All rules, compiled once for a process."""

    def __init__(self, rules: Sequence[Rule], ready: kept.Ready = kept.NOTHING_READY) -> None:
        """`ready`: what was compiled of the same rules before. Raises ValueError for a bad pattern."""
        patterns.take(ready.patterns)
        self.rules = tuple(rules)
        self.telling = tuple(rule for rule in rules if rule.aside is not None)
        """Rules whose values may stand in brackets behind a name."""
        self.naming = frozenset(rule.id for rule in rules if rule.role == "name")
        self._named = next((rule for rule in rules if rule.gate == "names"), None)
        rules = [rule for rule in rules if rule.gate != "names"]
        labels = labels_of(rules)
        self.readers = Readers([self.reader(rule, labels) for rule in rules])
        self.beside = frozenset(n for n, rule in enumerate(rules) if rule.gate == "context")
        """Rules whose gate looks for labels: the value stands beside the hit, not in it."""
        self.headers = Vocabulary([word.lstrip(WHOLE + VAGUE) for rule in rules for word in rule.column.headers])
        """Finds the word of any rule's header: what it does not find is no row of headers."""
        self.heads = Labels.of(rules)
        """Those that tell a line of headers in running text, where vague ones would be found everywhere."""
        self.gate = kept.gate_of(rules, ready.gate)
        self.labels = frozenset(n for n, owners in enumerate(self.gate.owners) if self.beside.intersection(owners))
        """The gate's patterns that hit labels."""

    @cached_property
    def prose(self) -> ProseNames:
        """Finds names in running text; made for the first Japanese text there is."""
        return self.load_prose()

    def reader(self, rule: Rule, labels: Vocabulary) -> Reader:
        """One rule, to be compiled; `labels` are the context words of all rules."""
        return Reader(rule, labels)

    def load_prose(self) -> ProseNames:
        """What finds names in running text, from what is kept or freshly compiled."""
        return kept.names(rules_folder() / "data", cache_folder())

    def mentions(self) -> Mentions | None:
        """Begin to look for people in the text of a document."""
        return Mentions(self._named, self.prose) if self._named else None

    def examination(self) -> "Examination":
        """Begin a document."""
        return Examination(self)


@dataclass
class Examination:
    """One document under examination: what its headers said so far, and the population of its columns."""

    detector: Detector
    population: Population = field(default_factory=Population)
    _names: dict[str, Names] = field(default_factory=dict)
    _in_text: Names = field(default_factory=Names)
    _patterns: set[int] = field(default_factory=set)
    """The patterns of the gate that have hit."""
    _mentions: Mentions | None = None
    _told: bool = False
    """Something may have stood in brackets behind a name."""

    @property
    def in_play(self) -> frozenset[str]:
        """The ids of the rules that found something in the document, or might have under another check."""
        detector = self.detector
        if self._patterns.issuperset(range(len(detector.gate.owners))):
            return frozenset(rule.id for rule in detector.rules)
        numbers = {number for pattern in self._patterns for number in detector.gate.owners[pattern]}
        named = chain(*(names.in_play for names in (self._in_text, *self._names.values())))
        prose = [self._mentions.rule.id] if self._mentions else []
        beside = [rule.id for rule in detector.telling] if self._told else []
        return frozenset((*(detector.readers[number].rule.id for number in numbers), *named, *prose, *beside))

    def find(self, segment: Segment) -> Iterator[Match | Rows]:
        """The matches of a segment; those whose evidence is ``alone`` await the verdict of their population."""
        taken: list[Span] = []
        names: list[Span] = []
        for match in self._by_rules(segment):
            if isinstance(match, tuple):
                taken.extend(cell[:2] for sweep in match for cell in sweep.cells)
            elif match.confidence != "none":
                self._note(match, taken, names)
            yield match
        if not segment.text.isascii() and _KANA.search(segment.text):
            self._mentions = self._mentions or self.detector.mentions()
            for match in self._mentions.find(segment, sorted(taken)) if self._mentions else ():
                self._note(match, taken, names)
                yield match
        if names:
            self._told = True
            yield from asides(self.detector.telling, segment, names, sorted(taken))

    def _note(self, match: Match, taken: list[Span], names: list[Span]) -> None:
        span = match.offset, match.offset + len(match.value)
        taken.append(span)
        if match.confidence in CERTAIN and match.rule in self.detector.naming:
            names.append(span)

    def _by_rules(self, segment: Segment) -> Iterator[Match | Rows]:
        if segment.table is not None:
            yield from self._table(segment, segment.table, self._names.setdefault(segment.table.name, Names()))
            return
        utf8 = segment.utf8 if segment.utf8 is not None else segment.text.encode("utf-8", "replace")
        hits = self._noted(self.detector.gate.hits(utf8))
        ends = character_ends(hits, utf8, len(segment.text)) if hits is not None else None
        if ends is None:
            yield from self._text(segment, None)
        elif ends:
            outside, covered, done = list[Hit](), list[Span](), 0
            for region in regions(segment.text, ends, self.detector.labels, self.detector.heads):
                first, last = (bisect_right(ends, at, key=_end, lo=done) for at in (region.start, region.end))
                yield from self._search(segment, region.table, ends[first:last])
                covered.append((region.start, region.end))
                outside += ends[done:first]
                done = last
            for match in self._text(segment, outside + ends[done:]):
                # what a table or a form covers was judged there; its surroundings may reach into it
                if not touches(covered, match.offset, match.offset + len(match.value)):
                    yield match

    def _text(self, segment: Segment, ends: list[Hit] | None) -> Iterator[Match]:
        readers, length = self.detector.readers, len(segment.text)
        for stretch in surroundings(ends, length, self.detector.gate.owners):
            start, end = stretch.start, stretch.end
            folded = fold(segment.text[start:end])
            candidates = [
                one
                for number, hits in stretch.hits.items()
                for one in readers[number].near(folded, [at - start for at in hits], _PROSE, self.population)
            ]
            for one in heaviest(candidates):
                inside = (start == 0 or one.start > 1) and (end == length or one.end < len(folded) - 1)
                complete = not segment.cut or start + one.end < length
                if inside and complete and start + one.end > segment.lead:
                    yield _match(segment, one, start + one.start, start + one.end, _PROSE)

    def _sheet(self, segment: Segment, table: Table, names: Names) -> Sheet:
        return Sheet(segment.text, table, self.detector.readers, self.detector.headers, names, self.population)

    def _search(self, segment: Segment, table: Table, ends: list[Hit]) -> Iterator[Match]:
        """A table in running text, where a line of headers may say anything and is not shown."""
        detector = self.detector
        rows = self._sheet(segment, table, Names(in_play=self._in_text.in_play)).rows(
            0, len(table.rows), ends, detector.gate.owners, detector.beside
        )
        for one in chain.from_iterable(found for _, found in rows):
            if one.end > segment.lead:
                yield _match(segment, one, one.start, one.end, (table.name, one.column), one.row)

    def _table(self, segment: Segment, table: Table, names: Names) -> Iterator[Match | Rows]:
        detector = self.detector
        sheet = self._sheet(segment, table, names)
        for one in search(sheet, self._look, detector.gate.owners, detector.beside):
            if isinstance(one, list):
                yield tuple(_sweep(segment, down) for down in one)
            elif one.end > segment.lead:
                yield _match(segment, one, one.start, one.end, (table.name, one.column), one.row, one.header)

    def _look(self, text: str) -> list[Hit] | None:
        return self._noted(self.detector.gate.hits(text.encode("utf-8", "replace")))

    def _noted(self, hits: list[Hit] | None) -> list[Hit] | None:
        everything = range(len(self.detector.gate.owners))
        self._patterns.update(everything if hits is None else {number for number, _ in hits})
        return hits


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


def _sweep(segment: Segment, down: Down) -> Sweep:
    return Sweep(
        rule=down.rule.id,
        type=down.rule.type,
        confidence=down.rule.confidence[down.evidence],
        evidence=down.evidence,
        segment=segment,
        column=(segment.table.name if segment.table else "", down.column),
        header=down.header or None,
        rows=down.rows,
        cells=down.cells,
        canonicals=down.canonicals,
    )


def _end(hit: Hit) -> int:
    return hit[1]
