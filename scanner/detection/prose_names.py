"""Names of persons in running Japanese text: a native pass for triggers, candidates around them, a linear model's word.

What a name looks like and what stands around it are features with weights from `rules/data/name_weights.txt`, fitted by
`bench/accuracy/fit_names.py`. Candidates that overlap exclude one another: of all ways to choose some of them each has
a probability by the sum of its weights, and a span's confidence is the share of the ways that choose it. It knows no
tables: whole cells are judged by `scanner.names`.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from scanner.detection.name_features import SIDE, Kind, Spelling, between, inside, left_of, load_weights, right_of
from scanner.detection.name_spans import LONGEST, Span, Spans
from scanner.detection.name_triggers import Triggers
from scanner.names import VARIANTS, gazetteer

AROUND = 60
"""Characters on either side of a trigger that are looked at."""
LEAST = 0.4
"""Confidence of a span that is taken for a name."""
REPEATED = 1.5
"""What a candidate gains when the same text holds it, or a full name that begins with it, beyond doubt."""
SURE = 1.0
HOPELESS = -2.5
"""Weight of a span's own characters under which its surroundings are not looked at: hardly any would make it a name."""
_OLD_FORM = re.compile(f"[{''.join(map(chr, VARIANTS))}]")

Scored = tuple[Span, float]


class Found(NamedTuple):
    """A name in a text, in characters; `canonical` has no spaces and new forms of kanji; `confidence` up to 1."""

    start: int
    end: int
    canonical: str
    confidence: float


class ProseNames:
    """Finds names in running text; made once for each process, in a tenth of a second with a compiled native pass."""

    __slots__ = ("spelling", "weights", "_between", "_inside", "_left", "_names", "_pass", "_right", "_spans")

    def __init__(self, folder: Path, compiled: Sequence[bytes] = ()) -> None:
        """`folder` holds the lists and weights; `compiled` is what `dump` gave on this machine."""
        self._names = gazetteer(folder)
        weights, spelling = load_weights(folder / "name_weights.txt")
        self.spelling = Spelling(spelling)
        self._pass = Triggers(self._names, self.spelling, compiled)
        self._spans = Spans(self._names)
        self.weigh(weights)

    def spell(self, spelling: Spelling) -> None:
        """Take other weights of spelling: for a fit."""
        self.spelling = spelling
        self._pass.spell(spelling)
        self.weigh(self.weights)

    def weigh(self, weights: dict[str, float]) -> None:
        """Take other weights of features: for a fit."""
        self.weights = weights
        get = weights.get

        def total(traits: list[str]) -> float:
            return sum([get(trait, 0.0) for trait in traits])

        def score_inside(word: str) -> tuple[float, Kind]:
            traits, kind = inside(self._names, self.spelling, word)
            return total(traits), kind

        self._inside = lru_cache(1 << 14)(score_inside)
        self._left = lru_cache(1 << 12)(lambda text, kind: total(left_of(text, kind)))
        self._right = lru_cache(1 << 12)(lambda text, kind: total(right_of(text, kind)))
        self._between = lru_cache(1 << 14)(lambda before, after, kind: total(between(before, after, kind)))

    def dump(self) -> tuple[bytes, ...]:
        """The compiled native pass, for another process on this machine."""
        return self._pass.dump()

    def find(self, text: str, utf8: bytes | None = None) -> Iterator[Found]:
        """The names in a text, in their order, none over another; `utf8` saves encoding it again."""
        if text.isascii():
            return
        scored = [
            ((begin + offset, stop + offset), self._score(view, begin, stop))
            for view, offset, spans in self.candidates(text, utf8)
            for begin, stop in spans
        ]
        for (start, end), confidence in chosen(self._repeated(text, scored)):
            canonical = "".join(text[start:end].translate(VARIANTS).split())
            yield Found(start, end, canonical, confidence)

    def _score(self, text: str, start: int, end: int) -> float:
        score, kind = self._inside(text[start:end])
        if score < HOPELESS and end - start > 1:
            return score + HOPELESS
        before, after = text[max(0, start - SIDE) : start], text[end : end + SIDE]
        score += self._left(before, kind) + self._right(after, kind)
        return score + self._between(before[-1:], after[:1], kind)

    def traits(self, text: str, start: int, end: int) -> list[str]:
        """The features of a span of a text with new forms of kanji only."""
        found, kind = inside(self._names, self.spelling, text[start:end])
        before, after = text[max(0, start - SIDE) : start], text[end : end + SIDE]
        return found + left_of(before, kind) + right_of(after, kind) + between(before[-1:], after[:1], kind)

    def candidates(self, text: str, utf8: bytes | None = None) -> Iterator[tuple[str, int, list[Span]]]:
        """Stretches of the text with new forms of kanji, where they begin, and the spans that may be names there."""
        for start, end, hits in _windows(self._located(text, utf8), len(text)):
            view = text[start:end]
            view = view.translate(VARIANTS) if _OLD_FORM.search(view) else view
            spans = {
                span
                for kind, begin, stop in hits
                for span in self._spans.around(view, kind, begin - start, stop - start)
                if 0 <= span[0] < span[1] <= min(len(view), span[0] + LONGEST)
            }
            yield view, start, sorted(spans)

    def _located(self, text: str, utf8: bytes | None) -> Iterator[tuple[str, int, int]]:
        """Kind, start and end of each trigger, in characters."""
        data = text.encode("utf-8", "replace") if utf8 is None else utf8
        located: list[tuple[str, int, int]] = []
        at = chars = 0
        for end, number in self._pass.hits(data):
            chars += len(data[at:end].decode("utf-8", "replace"))
            at = end
            word = data[end - self._pass.sizes[number] : end].decode("utf-8", "replace")
            located.append((self._pass.kinds[number], chars - len(word), chars))
        return iter(sorted((*located, *self._pass.runs(text)), key=_end))

    def _repeated(self, text: str, scored: list[Scored]) -> list[Scored]:
        sure = [(text[start:end], score) for (start, end), score in scored if score > SURE]
        known = {name for name, _ in sure}
        known |= {
            name[:cut]
            for name, _ in sure
            for cut in (2, 3)
            if len(name) > cut + 1 and name[:cut] in self._names.surnames
        }
        return [(span, score + REPEATED * (text[slice(*span)] in known)) for span, score in scored]


def _end(hit: tuple[str, int, int]) -> int:
    return hit[2]


def _windows(
    hits: Iterator[tuple[str, int, int]], length: int
) -> Iterator[tuple[int, int, list[tuple[str, int, int]]]]:
    """Triggers that stand together, with the stretch of text around them."""
    group: list[tuple[str, int, int]] = []
    for hit in hits:
        if group and (hit[1] - group[-1][2] > 2 * LONGEST or hit[2] - group[0][1] > 2000):
            yield max(0, group[0][1] - AROUND), min(length, group[-1][2] + AROUND), group
            group = []
        group.append(hit)
    if group:
        yield max(0, group[0][1] - AROUND), min(length, group[-1][2] + AROUND), group


# --- the decision -----------------------------------------------------------------------------------------------------


def clusters(scored: list[Scored]) -> Iterator[list[Scored]]:
    """Candidates in their order, in groups that touch no other."""
    group: list[Scored] = []
    reach = 0
    for one in sorted(scored):
        if group and one[0][0] >= reach:
            yield group
            group = []
        group.append(one)
        reach = max(reach, one[0][1])
    if group:
        yield group


def shares(group: Sequence[Scored]) -> list[float]:
    """Of each span the share of all ways to choose spans without overlap that choose it, by their weights.

    The spans are in order. Time grows with n log n.
    """
    if len(group) == 1:
        return [1 / (1 + math.exp(-max(-30.0, min(30.0, group[0][1]))))]
    by_end = sorted(range(len(group)), key=lambda at: group[at][0][1])
    ends = [group[at][0][1] for at in by_end]
    starts = [span[0] for span, _ in group]
    ahead = [0.0] * (len(group) + 1)
    for n, at in enumerate(by_end):
        ahead[n + 1] = _either(ahead[n], group[at][1] + ahead[bisect_right(ends, starts[at])])
    behind = [0.0] * (len(group) + 1)
    for at in range(len(group) - 1, -1, -1):
        span, score = group[at]
        behind[at] = _either(behind[at + 1], score + behind[_first(starts, span[1])])
    whole = ahead[-1]
    return [
        math.exp(min(0.0, ahead[bisect_right(ends, span[0])] + score + behind[_first(starts, span[1])] - whole))
        for span, score in group
    ]


def _first(starts: list[int], end: int) -> int:
    return bisect_right(starts, end - 1)


def _either(one: float, other: float) -> float:
    """The logarithm of the sum of two exponentials."""
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high))


def chosen(scored: list[Scored]) -> Iterator[Scored]:
    """The spans that are names, in order and without overlap, with their confidence."""
    for group in clusters(scored):
        likely = [(one[0], share) for one, share in zip(group, shares(group), strict=True) if share > LEAST]
        yield from _best(likely)


def _best(likely: list[Scored]) -> list[Scored]:
    """Of the spans those that together have most to spare and do not overlap."""
    likely = sorted(likely, key=lambda one: one[0][1])
    ends, totals, taken = [0], [0.0], [(-1, -1)]
    for number, ((start, end), share) in enumerate(likely):
        before = bisect_right(ends, start) - 1
        if totals[before] + share - LEAST > totals[-1]:
            ends.append(end)
            totals.append(totals[before] + share - LEAST)
            taken.append((before, number))
    found, at = [], len(taken) - 1
    while at > 0:
        at, number = taken[at]
        found.append(likely[number])
    return found[::-1]
