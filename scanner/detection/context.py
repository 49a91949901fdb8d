"""What stands around a candidate, and what it says: labels before it, words near it, words that deny it.

Works on folded text. Words are given as people write them; `keyword` makes the pattern that also finds them with spaces
inside (``氏　名``), in half-width katakana, and as parts of identifiers (``birth_date``, ``birthDate``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import regex

from scanner.detection.gate import Literals
from scanner.detection.patterns import compiled
from scanner.text import fold, spellings

LABEL_REACH = 48
"""Characters to the left of a value, on its line, in which a label may stand."""
NEAR_REACH = 60
"""Characters before a value, across lines, in which a word speaks for it."""
MENTIONED = 200
"""Characters before a value in which all of this lies; where none of the words is there, nothing else is looked at."""
AFTER_REACH = 16
"""Characters after a value in which a word speaks for it: 「1985年1月2日生」."""
GAP = 24
"""Characters that may stand between a label and its value."""
ABOVE_REACH = 60
"""A longer line above a value is prose, not a label."""

_LATIN_WORD = regex.compile(
    r"(?<![A-Za-z])(?!(?i:number|num|code|date|type|no|id|is|dd|mm|yyyy)(?![A-Za-z]))[A-Za-z][a-z]{2,}"
)
_GOES_ON = regex.compile(r"。|について|に関|の確認|の変更|の方法")
"""After this a sentence no longer speaks of the label's value."""
_OTHER_NUMBER = regex.compile(r"[一-鿿ァ-ヶ]{2,}(?:番号|コード|ID|No\.?) *[:=]? *$|[一-鿿ァ-ヶA-Za-z]ID *[:=]? *$")
"""The value is the number of something else, of which the label was only the topic: 「個人番号利用事務 文書番号 …」."""
_IN_BRACKETS = regex.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_GAP = regex.compile(r"\t| {2,}")
"""What stands between two fields of a line."""
_BEFORE_A_VALUE = " \t|:第No№〒(「【[・…=西暦-"
SHORT = 4
"""Latin words up to this length stand for themselves only: PAN is none in PANDE, nor TEL in TELLEZ."""
_WORD_END = "(?![a-z])(?!(?<=[A-Z])(?!(?:NO|NUM|NUMBER|CODE|ID|NAME|DATE)(?![A-Za-z]))[A-Z])"
_SPACED = 8
"""CJK words up to this length are found with spaces between their characters."""


def keyword(word: str) -> str:
    """The pattern that finds a word in folded text."""
    return "|".join(dict.fromkeys(_keyword(spelling) for spelling in spellings(fold(word))))


def _keyword(word: str) -> str:
    if not any(char.isascii() and char.isalpha() for char in word):
        gap = " {0,3}" if 1 < len(word) <= _SPACED else ""
        return gap.join(re.escape(char) for char in word)
    letters = "".join(_letter(char) for char in word)
    if not word[0].isascii() or len(word) > SHORT:
        return f"{letters}(?![a-z])" if word[-1].isascii() else letters
    return f"(?<![A-Za-z]){letters}{_WORD_END}" if word[-1].isascii() else f"(?<![A-Za-z]){letters}"


def _letter(char: str) -> str:
    if char in " _-":
        return "[ _\\-]?"
    if char.isascii() and char.isalpha():
        return f"[{char.upper()}{char.lower()}]"
    return re.escape(char)


class Vocabulary:
    """Several words as one pattern, compiled when it is first needed; finds the last of them in a text."""

    __slots__ = ("_literals", "_pattern", "_spelled", "_words")

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(dict.fromkeys(sorted(words, key=len, reverse=True)))
        self._literals: Literals | None = None
        self._spelled: list[tuple[int, ...]] = []
        """For each of the literals the words that it stands for, by their place among all."""
        self._pattern: regex.Pattern[str] | None = None

    def search(self, text: str, start: int = 0) -> "regex.Match[str] | None":
        """The last of the words in a text, from character `start` on."""
        return self._compiled().search(text, start) if self._words else None

    def last(self, text: str) -> int:
        """Where the last of the words ends, or -1."""
        return self.span(text)[0]

    def span(self, text: str) -> tuple[int, int]:
        """Where the last of the words ends, and its length: what compares greater outweighs; (-1, 0) where is none."""
        found = self.search(text) if text else None
        return (found.end(), found.end() - found.start()) if found else (-1, 0)

    def mentioned(self, line: str) -> bool:
        """Whether one of the words may stand in a line: far quicker than the pattern, and never wrong to say no."""
        if not self._words:
            return False
        return self._compiled_literals().within(bare(line))

    def count(self, line: str, most: int = 2) -> int:
        """How many of the words stand in a line, one after another; no more than `most` are looked for."""
        there = self._compiled_literals().which(bare(line)) if self._words else ()
        if not there:
            return 0
        numbers = sorted({number for literal in there for number in self._spelled[literal]})
        return sum(1 for _ in islice(_any_of(tuple(self._words[number] for number in numbers)).finditer(line), most))

    def _compiled_literals(self) -> Literals:
        if self._literals is None:
            spelled: dict[str, list[int]] = {}
            for number, word in enumerate(self._words):
                for spelling in {bare(spelling) for spelling in spellings(fold(word))}:
                    spelled.setdefault(spelling, []).append(number)
            self._literals = Literals(list(spelled))
            self._spelled = list(map(tuple, spelled.values()))
        return self._literals

    def _compiled(self) -> "regex.Pattern[str]":
        if self._pattern is None:
            self._pattern = compiled(self.source)
        return self._pattern

    @property
    def source(self) -> str:
        """The source of the pattern."""
        return _source(self._words)


@lru_cache(1024)
def _any_of(words: tuple[str, ...]) -> "regex.Pattern[str]":
    return regex.compile(_source(words))


def _source(words: Sequence[str]) -> str:
    # backwards: what stands nearest before a value decides, and it is found first
    return "(?r)(?:" + "|".join(map(keyword, words)) + ")"


def bare(text: str) -> str:
    """Lower case, without what words are divided by."""
    # several times as quick as one translation that deletes
    return text.lower().replace(" ", "").replace("_", "").replace("-", "").replace("\n", "")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one rule, and those of all rules, on folded text."""

    own: Vocabulary
    counter: Vocabulary
    labels: Vocabulary
    both: Vocabulary
    """Own and counter words together."""

    def judge(self, text: str, start: int, end: int, above: str | None = None) -> str | None:
        """The evidence for the value at ``text[start:end]``: ``label``, ``near`` or ``alone``; None denies it.

        `above` replaces what the line above says, for cells of a table.
        """
        if not self.both.mentioned(f"{text[max(start - MENTIONED, 0) : end + AFTER_REACH]}\t{above or ''}"):
            return "alone"
        line = text.rfind("\n", 0, start) + 1
        left = text[max(line, start - LABEL_REACH) : start]
        nearest = self.own.span(left)
        if self.counter.span(_IN_BRACKETS.sub(_blank, left)) > nearest:
            return None
        own = nearest[0]
        if own >= 0:
            gap = left[own:]
            if _OTHER_NUMBER.search(gap):
                return None
            return "label" if own >= self.labels.last(left) and _adjoins(gap) else "near"
        above = _line_above(text, line, start) if above is None else above
        if len(above) <= ABOVE_REACH and not left.strip(_BEFORE_A_VALUE):
            nearest = self.own.span(above)
            if self.counter.span(above) > nearest:
                return None
            if nearest[0] >= 0:
                return "label"
        return self._near(text, start, end)

    def _near(self, text: str, start: int, end: int) -> str:
        before = text[max(start - NEAR_REACH, 0) : start]
        line_end = text.find("\n", end, end + AFTER_REACH)
        after = text[end : line_end if line_end >= 0 else end + AFTER_REACH]
        return "near" if self.own.search(before) or self.own.search(after) else "alone"


def _blank(found: "regex.Match[str]") -> str:
    return " " * len(found[0])


def _line_above(text: str, line: int, start: int) -> str:
    """The line above; where it and the value's line have as many fields, the field above the value."""
    above = text[text.rfind("\n", 0, max(line - 1, 0)) + 1 : max(line - 1, 0)]
    labels = _GAP.split(above.strip())
    if len(labels) > 1:
        line_end = text.find("\n", start)
        own = text[line : line_end if line_end >= 0 else len(text)]
        indent = len(own) - len(own.lstrip())
        if len(_GAP.split(own.strip())) == len(labels):
            return labels[len(_GAP.findall(text[line + indent : start]))]
    return above


def _adjoins(gap: str) -> bool:
    """Whether a label still labels what comes after the gap: sentences go on about other things."""
    bare = _IN_BRACKETS.sub("", gap)
    return len(bare) <= GAP and _LATIN_WORD.search(bare) is None and _GOES_ON.search(bare) is None
