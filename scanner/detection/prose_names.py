"""Names of persons in running Japanese text: a native pass for triggers, candidates around them, a linear model's word.

What a name looks like and what stands around it are features with weights from `rules/data/name_weights.txt`, fitted by
`bench/accuracy/fit_names.py`; the sum of a candidate's weights decides. It knows no tables: whole cells are judged by
`scanner.names`.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scanner.detection.name_features import (
    GAPS,
    HIRAGANA,
    JOINTS,
    KANJI,
    KATAKANA,
    Spelling,
    features,
    load_weights,
)
from scanner.detection.name_triggers import Triggers
from scanner.names import VARIANTS, Gazetteer, gazetteer

LONGEST = 40
"""Characters of the longest name, and the distance at which two triggers are looked at apart."""
PARTS = 7
"""Parts of a name with spaces between them, after the first."""
AROUND = 60
"""Characters on either side of a trigger that are looked at."""

_OLD_FORM = re.compile(f"[{''.join(map(chr, VARIANTS))}]")
_FOREIGN = re.compile("[ァ-ヺー]+(?:[・＝=･·](?:[ァ-ヺー]+|[A-Z](?![a-z])\\.?))*")
_NUMBERED = re.compile(f"(?:[A-Z]\\.?[{JOINTS}])*{_FOREIGN.pattern}(?:[0-9０-９一二三四五]{{1,2}}世)?")
_LATIN = re.compile("[A-ZÀ-ÞĐ][A-Za-zÀ-ỹ'’.-]*(?:[ 　][A-ZÀ-ÞĐ][A-Za-zÀ-ỹ'’.-]*){0,4}")
_TAIL = re.compile("[ァ-ヺーA-Z0-9０-９世.＝=・･·]+$")

Span = tuple[int, int]


class Found(NamedTuple):
    """A name in a text, in characters; `canonical` has no spaces and new forms of kanji; `confidence` 0.5 to 1."""

    start: int
    end: int
    canonical: str
    confidence: float


# --- candidates -------------------------------------------------------------------------------------------------------


class _Candidates:
    """The spans around a trigger that may be names; `text` has new forms of kanji only."""

    def __init__(self, names: Gazetteer) -> None:
        self._given, self._readings = names.given, (names.surname_readings, names.given_readings)
        self._ways: dict[str, Callable[[str, int, int], Iterator[Span]]] = {
            "surname": self._after,
            "given": self._before,
            "honorific": self._honored,
            "spaced": self._kana,
            "reading": self._reading,
            "two": lambda text, start, end: iter([(end - 3, end - 1)]),
            "three": self._chinese,
        }

    def around(self, text: str, kind: str, start: int, end: int) -> Iterator[Span]:
        """`start` and `end` are those of the trigger's word."""
        if kind == "latin":
            return (
                m.span()
                for m in _LATIN.finditer(text, max(0, end - LONGEST), end + LONGEST)
                if m.start() < end <= m.end() + 1
            )
        way = self._ways.get(kind)
        return way(text, start, end) if way else self._katakana(text, end - (kind == "joint"))

    def _after(self, text: str, start: int, end: int) -> Iterator[Span]:
        yield start, end
        for given in self._givens(text, end, 4):
            yield start, given
        if text[end : end + 1] in tuple(GAPS):
            yield from ((start, given) for given in self._givens(text, end + 1, 3))

    def _givens(self, text: str, start: int, most: int) -> Iterator[int]:
        run = KANJI.match(text, start, start + LONGEST)
        end = run.end() if run else start
        yield from range(start + 1, min(end, start + most) + 1)
        yield from (at for at in range(start + 2, start + 5) if at > end and text[start:at] in self._given)
        kana = _FOREIGN.match(text, start) or (HIRAGANA.match(text, start) if text[start - 1] in GAPS else None)
        if kana and kana.end() - start < 8:
            yield kana.end()

    def _before(self, text: str, start: int, end: int) -> Iterator[Span]:
        yield start, end
        gap = start > 1 and text[start - 1] in GAPS
        for begin in _backwards(text, start - gap, 3):
            yield begin, end

    def _honored(self, text: str, end: int, _: int) -> Iterator[Span]:
        end -= end > 1 and text[end - 1] in GAPS
        last = text[end - 1 : end]
        if KANJI.match(last):
            yield from ((begin, end) for begin in _backwards(text, end, 5))
        elif KATAKANA.match(last):
            yield from self._katakana(text, end)
        elif HIRAGANA.match(last):
            begins = range(max(0, end - 5), end - 1)
            yield from ((begin, end) for begin in begins if text[begin:end] in self._readings[1])
        else:
            yield from self.around(text, "latin", end, end)

    def _katakana(self, text: str, end: int) -> Iterator[Span]:
        tail = _TAIL.search(text, max(0, end - LONGEST), end)
        name = _NUMBERED.search(text, tail.start()) if tail else None
        if name is None:
            return
        yield name.span()
        bare = _FOREIGN.match(text, name.start())
        if bare and bare.end() != name.end():
            yield bare.span()
        yield from ((name.start(), at) for at in _spaced(_FOREIGN, text, name.end()))

    def _kana(self, text: str, _: int, end: int) -> Iterator[Span]:
        gap = next((at for at in range(end - 1, max(end - 3, 0), -1) if text[at] in GAPS), 0)
        start, least = gap, max(0, gap - LONGEST)
        while start > least and HIRAGANA.match(text[start - 1]):
            start -= 1
        yield from ((start, at) for at in _spaced(HIRAGANA, text, gap))

    def _reading(self, text: str, _: int, end: int) -> Iterator[Span]:
        while end and not HIRAGANA.match(text[end - 1]):
            end -= 1
        start, least = end, max(0, end - LONGEST)
        while start > least and HIRAGANA.match(text[start - 1]):
            start -= 1
        word, (surnames, given) = text[start:end], self._readings
        if word in surnames or any(word[:cut] in surnames and word[cut:] in given for cut in range(1, len(word))):
            yield start, end

    def _chinese(self, text: str, _: int, end: int) -> Iterator[Span]:
        end -= not KANJI.match(text[end - 1])
        yield end - 3, end
        yield end - 3, end - 1


def _backwards(text: str, end: int, most: int) -> Iterator[int]:
    for begin in range(end - 1, max(end - most, 0) - 1, -1):
        if not KANJI.match(text[begin]):
            return
        yield begin


def _spaced(part: "re.Pattern[str]", text: str, end: int) -> Iterator[int]:
    """The ends of further parts after single spaces, no more than a name has."""
    for _ in range(PARTS):
        more = part.match(text, end + 1) if text[end : end + 1] in tuple(GAPS) else None
        if more is None:
            return
        end = more.end()
        yield end


# --- the decision -----------------------------------------------------------------------------------------------------

REPEATED = 1.5
"""What a candidate gains when the same text holds it, or a full name that begins with it, beyond doubt."""
SURE = 1.0


class ProseNames:
    """Finds names in running text; made once for each process, in a tenth of a second with a compiled native pass."""

    __slots__ = ("spelling", "weights", "_candidates", "_names", "_pass")

    def __init__(self, folder: Path, compiled: Sequence[bytes] = ()) -> None:
        """`folder` holds the lists and weights; `compiled` is what `dump` gave on this machine."""
        self._names = gazetteer(folder)
        self.weights, spelling = load_weights(folder / "name_weights.txt")
        self.spelling = Spelling(spelling)
        self._pass = Triggers(self._names, self.spelling, compiled)
        self._candidates = _Candidates(self._names)

    def dump(self) -> tuple[bytes, ...]:
        """The compiled native pass, for another process on this machine."""
        return self._pass.dump()

    def find(self, text: str, utf8: bytes | None = None) -> Iterator[Found]:
        """The names in a text, in their order, none over another; `utf8` saves encoding it again."""
        if text.isascii():
            return
        scored: list[tuple[Span, float]] = []
        for span, traits in self.candidates(text, utf8):
            scored.append((span, sum(self.weights.get(trait, 0.0) for trait in traits)))
        for (start, end), score in _best(self._repeated(text, scored)):
            canonical = "".join(text[start:end].translate(VARIANTS).split())
            yield Found(start, end, canonical, 1 / (1 + math.exp(-score)))

    def candidates(self, text: str, utf8: bytes | None = None) -> Iterator[tuple[Span, list[str]]]:
        """Every span that is considered, with its features."""
        for start, end, hits in _windows(self._located(text, utf8), len(text)):
            view = text[start:end]
            view = view.translate(VARIANTS) if _OLD_FORM.search(view) else view
            spans = {
                span: None
                for kind, begin, stop in hits
                for span in self._candidates.around(view, kind, begin - start, stop - start)
                if 0 <= span[0] < span[1] <= min(len(view), span[0] + LONGEST)
            }
            for begin, stop in sorted(spans):
                traits = features(self._names, self.spelling, view, begin, stop)
                yield (begin + start, stop + start), traits

    def _located(self, text: str, utf8: bytes | None) -> Iterator[tuple[str, int, int]]:
        """Kind, start and end of each trigger, in characters."""
        data = text.encode("utf-8", "replace") if utf8 is None else utf8
        at = chars = 0
        for end, number in self._pass.hits(data):
            chars += len(data[at:end].decode("utf-8", "replace"))
            at = end
            word = data[end - self._pass.sizes[number] : end].decode("utf-8", "replace")
            yield self._pass.kinds[number], chars - len(word), chars

    def _repeated(self, text: str, scored: list[tuple[Span, float]]) -> list[tuple[Span, float]]:
        sure = [(text[start:end], score) for (start, end), score in scored if score > SURE]
        known = {name for name, _ in sure}
        known |= {
            name[:cut]
            for name, _ in sure
            for cut in (2, 3)
            if len(name) > cut + 1 and name[:cut] in self._names.surnames
        }
        return [(span, score + REPEATED * (text[slice(*span)] in known)) for span, score in scored]


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


def _best(scored: list[tuple[Span, float]]) -> list[tuple[Span, float]]:
    """Of the candidates with a positive score those that together score most and do not overlap."""
    likely = sorted({one for one in scored if one[1] > 0}, key=lambda one: one[0][1])
    ends, totals, chosen = [0], [0.0], [(-1, -1)]
    for number, ((start, end), score) in enumerate(likely):
        before = bisect_right(ends, start) - 1
        if totals[before] + score > totals[-1]:
            ends.append(end)
            totals.append(totals[before] + score)
            chosen.append((before, number))
    found, at = [], len(chosen) - 1
    while at > 0:
        at, number = chosen[at]
        found.append(likely[number])
    return found[::-1]
