"""People named in running text, as matches of the rule whose gate is ``names``.

The names come from `scanner.detection.prose_names`; here they are placed in segments and tables, left out where another
rule already speaks for the characters, and joined: a surname or a reading of somebody named before is the same person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import regex

from scanner.detection.candidates import Span, touches
from scanner.detection.prose_names import Found, ProseNames
from scanner.detection.rules import Rule
from scanner.model import Match, Segment
from scanner.names import Strength, judged, name
from scanner.origin import Row, Table

SURE, LIKELY = 0.95, 0.85
"""Confidence of the model at which a name counts as labelled, and as near a word that speaks for it."""
REMARK = 10
"""Characters of a cell in which running text may stand."""
LONGEST = 30
"""Characters of a cell that may be a name as a whole."""
SAMPLE = 20
"""So many different cells of a column tell whether it lists people."""
_OPENING = regex.compile(r"[ \u3000]?[(（「\[【][ \u3000]?")
_PARTS = regex.compile(r"[ \u3000・=＝]+")
_READING = regex.compile(r"[ぁ-ゖァ-ヺーｦ-ﾟA-Za-zÀ-ỹ \u3000・.'-]+")


@dataclass(slots=True)
class Mentions:
    """The people named in one document so far."""

    rule: Rule
    names: ProseNames
    _known: dict[str, str] = field(default_factory=dict)
    """Parts by which a person may be named again, and the whole name in its canonical form."""

    def find(self, segment: Segment, taken: Sequence[Span]) -> Iterator[Match]:
        """The names in a segment outside the spans that are `taken`, which are in order and do not overlap."""
        if segment.table is None:
            yield from self._placed(segment, self.names.find(segment.text, segment.utf8), 0, taken)
            return
        named = self._named_columns(segment, segment.table, taken)
        for row in segment.table.rows:
            for cell in row.cells:
                text = segment.text[cell.start : cell.end]
                if not text or touches(taken, cell.start, cell.end):
                    continue
                if cell.column in named:
                    yield from self._listed(segment, cell.start, text)
                elif len(text) >= REMARK and not text.isascii():
                    yield from self._placed(segment, self.names.find(text), cell.start, taken)

    def _named_columns(self, segment: Segment, table: Table, taken: Sequence[Span]) -> set[int]:
        """The columns without a telling header whose cells are people: known names, or names beside their row."""
        columns: dict[int, dict[str, Row]] = {}
        strange = set[int]()
        for row in table.rows:
            for cell in row.cells:
                text = segment.text[cell.start : cell.end]
                sample = columns.setdefault(cell.column, {})
                if cell.column in strange or not text or text in sample or len(sample) == SAMPLE:
                    continue
                if any(char.isdigit() for char in text) or len(text) > LONGEST or touches(taken, cell.start, cell.end):
                    strange.add(cell.column)
                sample[text] = row
        candidates = columns.keys() - strange
        return {column for column in candidates if self._lists_people(segment.text, columns[column])}

    def _lists_people(self, text: str, sample: dict[str, Row]) -> bool:
        """Whether nearly all cells can be names, and half of them are, and one of them without doubt."""
        strengths = [found[1] for found in map(judged, sample) if found]
        if len(sample) < 2 or 5 * len(strengths) < 4 * len(sample) or Strength.FULL not in strengths:
            return False
        lines = ((cell, text[row.cells[0].start : row.cells[-1].end]) for cell, row in sample.items())
        seen = sum(
            any(line[one.start : one.end] == cell.strip() for one in self.names.find(line)) for cell, line in lines
        )
        return 2 * max(seen, strengths.count(Strength.FULL)) >= len(sample)

    def _listed(self, segment: Segment, start: int, text: str) -> Iterator[Match]:
        """A cell of a column of names."""
        found, value = judged(text), text.strip()
        if found and len(text) <= LONGEST and start >= segment.lead:
            yield self._match(segment, start + text.index(value), value, self._whole(value, found[0]), LIKELY)

    def _placed(self, segment: Segment, found: Iterator[Found], offset: int, taken: Sequence[Span]) -> Iterator[Match]:
        before: Found | None = None
        for one in found:
            start, end = one.start + offset, one.end + offset
            aside = before and _OPENING.fullmatch(segment.text, before.end + offset, start)
            inside = start >= segment.lead and (not segment.cut or end < len(segment.text))
            if inside and not touches(taken, start, end) and name(one.canonical):
                value = segment.text[start:end]
                reading = before is not None and aside and _READING.fullmatch(value)
                canonical = self._known.get(before.canonical, before.canonical) if before and reading else one.canonical
                yield self._match(segment, start, value, self._whole(value, canonical), one.confidence)
            before = one

    def _whole(self, value: str, canonical: str) -> str:
        """The whole name of the person whom a part of a name means here."""
        if canonical in self._known:
            return self._known[canonical]
        parts = _PARTS.split(value)
        kanji = len(parts) == 1 and len(canonical) > 2 and "一" <= canonical[0] <= "鿿"
        for part in (canonical[:2], canonical[:3]) if kanji else parts if len(parts) > 1 else ():
            if len(part) > 1:
                self._known.setdefault(part, canonical)
        self._known[canonical] = canonical
        return canonical

    def _match(self, segment: Segment, start: int, value: str, canonical: str, confidence: float) -> Match:
        evidence = "label" if confidence >= SURE else "near" if confidence >= LIKELY else "alone"
        return Match(
            rule=self.rule.id,
            type=self.rule.type,
            value=value,
            canonical=canonical,
            confidence=self.rule.confidence[evidence],
            evidence=evidence,
            segment=segment,
            offset=start,
            column=("", -1),
        )
