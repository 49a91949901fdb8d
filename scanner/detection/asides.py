"""What stands in brackets behind a name and says something about that person: 「グエン・ヴァン・アン（ベトナム、男）」.

The name is the label that a leaflet lacks: a disease in brackets behind it is somebody's. Rules say with which check a
piece of such brackets is theirs (`aside`).
"""

from collections.abc import Iterator, Sequence

import regex

from scanner.detection.candidates import Span, touches
from scanner.detection.rules import Rule
from scanner.model import Match, Segment
from scanner.text import fold

LONGEST = 80
"""Characters in the brackets."""
_ASIDE = regex.compile(rf"(?:さん|様|氏|くん|君|先生)? ?[(\[]([^()\[\]\n]{{1,{LONGEST}}})[)\]]")
_PIECE = regex.compile(r"[^、,・/;|\s][^、,・/;|\n]{0,30}")


def asides(rules: Sequence[Rule], segment: Segment, names: Sequence[Span], taken: Sequence[Span]) -> Iterator[Match]:
    """The values behind `names`, outside the spans that are `taken`, which are in order."""
    for start, end in names:
        folded = fold(segment.text[start : end + LONGEST + 8])
        opening = folded.rfind("(", 0, end - start) if folded[end - start - 1 : end - start] == ")" else -1
        found = _ASIDE.match(folded, opening if opening > 0 else end - start)
        if found is None:
            continue
        for piece in _PIECE.finditer(folded, *found.span(1)):
            first, last = start + piece.start(), start + piece.end()
            if opening > 0 or not touches(taken, first, last):
                yield from _read(rules, segment, first, piece[0].rstrip())


def _read(rules: Sequence[Rule], segment: Segment, first: int, piece: str) -> Iterator[Match]:
    for rule in rules:
        canonical = rule.aside(piece) if rule.aside else None
        if canonical is not None:
            yield Match(
                rule=rule.id,
                type=rule.type,
                value=segment.text[first : first + len(piece)],
                canonical=canonical,
                confidence=rule.confidence["label"],
                evidence="label",
                segment=segment,
                offset=first,
                column=("", -1),
            )
            return
