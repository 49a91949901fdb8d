"""Spans of running text that may be a person's name, around the triggers of `scanner.detection.name_triggers`.

Generous on purpose: which of them are names is decided by `scanner.detection.prose_names`.
"""

import re
from collections.abc import Callable, Iterator

from scanner.detection.name_features import GAPS, HIRAGANA, JOINTS, KANJI, KATAKANA
from scanner.names import Gazetteer

LONGEST = 40
"""Characters of the longest name, and the distance at which two triggers are looked at apart."""
PARTS = 7
"""Parts of a name with spaces between them, after the first."""

_FOREIGN = re.compile("[ァ-ヺー]+(?:[・＝=･·](?:[ァ-ヺー]+|[A-Z](?![a-z])\\.?))*")
_NUMBERED = re.compile(f"(?:[A-Z]\\.?[{JOINTS}])*{_FOREIGN.pattern}(?:[0-9０-９一二三四五]{{1,2}}世)?")
_LATIN = re.compile("[A-ZÀ-ÞĐ][A-Za-zÀ-ỹ'’.-]*(?:[ 　][A-ZÀ-ÞĐ][A-Za-zÀ-ỹ'’.-]*){0,4}")
_TAIL = re.compile("[ァ-ヺーA-Z0-9０-９世.＝=・･·]+$")
_KATAKANA_END, _HIRAGANA_END = re.compile("[ァ-ヺー]{2,}$"), re.compile("[ぁ-ゖー]{2,4}$")

Span = tuple[int, int]


class Spans:
    """The spans around a trigger that may be names; texts have new forms of kanji only."""

    def __init__(self, names: Gazetteer) -> None:
        self._given, self._readings = names.given, (names.surname_readings, names.given_readings)
        self._ways: dict[str, Callable[[str, int, int], Iterator[Span]]] = {
            "surname": self._after,
            "given": self._before,
            "honorific": self._honored,
            "spaced": self._kana,
            "reading": self._reading,
            "two": self._two,
            "three": self._chinese,
            "run": self._run,
            "latin": self._latin,
            "capitals": lambda text, start, end: self._latin(text, start, end - 1),
            "joint": lambda text, start, end: self._katakana(text, end - 1),
        }

    def around(self, text: str, kind: str, start: int, end: int) -> Iterator[Span]:
        """`start` and `end` are those of the trigger's word."""
        way = self._ways.get(kind)
        return way(text, start, end) if way else self._katakana(text, end)

    def _latin(self, text: str, start: int, end: int) -> Iterator[Span]:
        for name in _LATIN.finditer(text, max(0, end - LONGEST), end + LONGEST):
            if name.start() < end <= name.end() + 1:
                yield name.span()

    def _after(self, text: str, start: int, end: int) -> Iterator[Span]:
        yield start, end
        for given in self._givens(text, end, 4):
            yield start, given
        if text[end : end + 1] in tuple(GAPS):
            yield from ((start, given) for given in self._givens(text, end + 1, 3))
        if (
            start
            and KATAKANA.match(text[start - 1])
            and (first := _KATAKANA_END.search(text, max(0, start - 8), start))
        ):
            yield first.start(), end

    def _givens(self, text: str, start: int, most: int) -> Iterator[int]:
        run = KANJI.match(text, start, start + LONGEST)
        end = run.end() if run else start
        yield from range(start + 1, min(end, start + most) + 1)
        known, sounds = self._given, self._readings[1]
        yield from (
            at
            for at in range(start + 2, start + 5)
            if at > end and (text[start:at] in known or (end == start and text[start:at] in sounds))
        )
        kana = _FOREIGN.match(text, start) or (HIRAGANA.match(text, start) if text[start - 1] in GAPS else None)
        if kana and kana.end() - start < 8:
            yield kana.end()

    def _before(self, text: str, start: int, end: int) -> Iterator[Span]:
        yield start, end
        gap = start > 1 and text[start - 1] in GAPS
        for begin in _backwards(text, start - gap, 3):
            yield begin, end
        before = text[max(0, start - 8) : start - gap]
        if before and not KANJI.match(before[-1]):
            if first := _KATAKANA_END.search(before):
                yield start - gap - len(first[0]), end
            elif first := _HIRAGANA_END.search(before):
                sizes = (size for size in range(2, len(first[0]) + 1) if first[0][-size:] in self._readings[0])
                yield from ((start - gap - size, end) for size in sizes)

    def _honored(self, text: str, end: int, _: int) -> Iterator[Span]:
        end -= end > 1 and text[end - 1] in GAPS
        last = text[end - 1 : end]
        if KANJI.match(last):
            begins = list(_backwards(text, end, 5))
            yield from ((begin, end) for begin in begins)
            gap = begins[-1] - 1
            if len(begins) < 4 and gap > 0 and text[gap] in GAPS:
                yield from ((begin, end) for begin in _backwards(text, gap, 4))
        elif KATAKANA.match(last):
            yield from self._katakana(text, end)
            yield from self._words(text, end)
        elif HIRAGANA.match(last):
            kana = range(max(0, end - 5), end - 1)
            yield from ((begin, end) for begin in kana if text[begin:end] in self._readings[1])
            if first := _HIRAGANA_END.search(text, max(0, end - 4), end):
                gap = first.start() - (text[first.start() - 1 : first.start()] in tuple(GAPS))
                yield from ((begin, end) for begin in _backwards(text, gap, 4))
        else:
            yield from self._latin(text, end, end)

    def _words(self, text: str, end: int) -> Iterator[Span]:
        """Words in katakana with single spaces between them."""
        start = end
        for _ in range(PARTS):
            word = _KATAKANA_END.search(text, max(0, start - 12), start)
            if word is None:
                return
            if start != end:
                yield word.start(), end
            start = word.start() - 1
            if start < 1 or text[start] not in GAPS:
                return

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
        last = KATAKANA.match(text, end - 1)
        if last and name.end() == last.end() and text[name.start() : name.end()].find("・") > 0:
            begin = text.rfind("・", name.start(), name.end()) + 1
            yield begin, name.end()
            yield name.start(), begin - 1

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

    def _two(self, text: str, _: int, end: int) -> Iterator[Span]:
        end -= not KANJI.match(text[end - 1])
        yield end - 2, end

    def _chinese(self, text: str, _: int, end: int) -> Iterator[Span]:
        end -= not KANJI.match(text[end - 1])
        yield end - 3, end
        yield end - 3, end - 1

    def _run(self, text: str, start: int, end: int) -> Iterator[Span]:
        yield start, min(end, start + 6)
        if end - start > 2:
            yield start, end - 1
        if text[start - 1 : start] in tuple(GAPS):
            yield from ((begin, end) for begin in _backwards(text, start - 1, 3))


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
