"""Labels of forms: whether a line of text begins with one, however it is spaced out, bracketed, numbered or filled up.

A label is known by the words of all rules' headers, looked up as a list, which is quicker than a pattern of all of them
at every line. What it means is decided where rows are judged (`scanner.detection.tables`).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import regex

from scanner.detection.context import Vocabulary, bare
from scanner.detection.gate import Literals
from scanner.detection.reader import VAGUE, WHOLE
from scanner.detection.rules import Rule
from scanner.text import fold, spellings

LONGEST = 40
"""Characters of a label, blanks not counted."""
BEFORE, AFTER = 14, 6
"""Characters of a label before and after the words that are known: 「申請者住所地」, ``Ngày tháng năm sinh``."""
WIDEST = 8
"""Blanks between the characters of a label that is spaced out."""
BARS = "|│┃║┆┊╎╏"

_LINKS = (
    "番号",
    "コード",
    "地域",
    "年月日",
    "・",
    "/",
    "･",
    "欄",
    "等",
    "名",
    "地",
    "number",
    "code",
    "no.",
    "no",
    "、",
    "及び",
    "および",
    "並びに",
    "又は",
    "または",
    "年齢",
    "等",
    "と",
)
"""What joins known words to one label, or follows them."""
_REST = regex.compile(rf"[^\s:=()\[\]【】<>「」.…‥、。,{BARS}]*")
_ENDS = f" \t\n:=([【】]<>)」』》〕≫.…‥{BARS}"
_SENTENCE = regex.compile(r"[をはがにでへ。、]|ます|して|した|する")
_EXAMPLE = regex.compile(r"例|見本|サンプル|(?i:sample|example|e\.g\.)")
"""What follows such a label is nobody's."""
_BRACKETED = regex.compile(
    r"(?:【([^【】\n]{1,30})】|\[([^\[\]\n]{1,30})\]|<([^<>\n]{1,30})>|〔([^〔〕\n]{1,30})〕|《([^《》\n]{1,30})》|"
    r"≪([^≪≫\n]{1,30})≫|「([^「」\n]{1,30})」|『([^『』\n]{1,30})』|\(([^()\n]{1,30})\))[ \t]*:?[ \t]*"
)
_OPENING = frozenset("【[<〔《≪「『(")
_GAPS = frozenset(("", " ", "_", "-", "\t"))
_AFTER_LABEL = regex.compile(r"(?:[ ]?\((?! )[^()\n]{1,24}(?<! )\))?(?:[ \t]*(?:[:=\t]|[.…‥・･]{2,}|…))?[ \t:]*")
_STRONG = regex.compile(r"[:=\t…]|[.‥・･]{2,}")
_COLON = regex.compile(r"([^\s:=、。,;/0-9][^\s:=、。,;]{0,19}?(?: [A-Za-z.'’()]+){0,3}) ?:(?!//)[ \t]*")
"""A label of any meaning: what stands before a colon."""


class Label(NamedTuple):
    """A label in a line: its span with its brackets or colon, where its value begins, and what is known of it."""

    start: int
    end: int
    value: int
    known: bool
    """A rule may make something of it."""
    strong: bool
    """More than blanks divides it from its value."""


class Labels(Vocabulary):
    """The words of all rules' headers, and the labels they make."""

    __slots__ = ("_heads", "_known", "_lengths", "_one")

    def __init__(self, headers: Iterable[str]) -> None:
        """`headers` as rules give them: with ``=`` or ``?`` before those that must be the whole label."""
        listed = list(headers)
        super().__init__(word for word in listed if not word.startswith((WHOLE, VAGUE)))
        self._known: dict[str, bool] = {}
        for word in listed:
            for form in spellings(fold(word.lstrip(WHOLE + VAGUE))):
                self._known[bare(form)] = self._known.get(bare(form), False) or not word.startswith((WHOLE, VAGUE))
        lengths: dict[str, set[int]] = {}
        for word in filter(None, self._known):
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(known, reverse=True)) for first, known in lengths.items()}
        """By the first character how long the words are, the longest first."""
        self._heads = frozenset(word[:2] for word in self._known if word)
        """The first two characters of the words, the only one of some."""
        self._one: Literals | None = None

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        """Those of the rules' headers."""
        return cls(word for rule in rules for word in rule.column.headers)

    def may_begin(self, line: str) -> bool:
        """Whether a line may begin with a label: quick, and never wrong to say no."""
        return ":" in line or "【" in line or self._knows(bare(line))

    def _knows(self, text: str) -> bool:
        """Whether one of the words stands in a text without gaps."""
        if self._one is None:
            self._one = Literals(sorted(filter(None, self._known)))
        return self._one.within(text)

    def at(self, line: str, start: int, *, first: bool) -> Label | None:
        """The label at a character of a folded line; `first`: nothing stands before it on the line."""
        bracketed = _BRACKETED.match(line, start) if line[start : start + 1] in _OPENING else None
        if bracketed and (bracketed[0][0] != "(" or first):
            inside = next(n for n, text in enumerate(bracketed.groups(), 1) if text is not None)
            known = self.end(line, bracketed.start(inside), BEFORE, bracketed.end(inside)) == bracketed.end(inside)
            if known or bracketed[0][0] == "【":
                return _label(line, start, bracketed.end(), known=known, strong=True)
        end = self.end(line, start, BEFORE if first else 0, len(line))
        if end >= 0:
            value = _AFTER_LABEL.match(line, end).end()  # type: ignore[union-attr]
            strong = _STRONG.search(line, end, value) is not None
            if strong or value > end or value >= len(line):
                return _label(line, start, value, known=True, strong=strong)
        colon = _COLON.match(line, start) if line.find(":", start) >= 0 else None
        if colon is None:
            return None
        known = self.end(line, start, BEFORE, colon.end(1)) == colon.end(1)
        return _label(line, start, colon.end(), known=known, strong=True)

    def end(self, line: str, start: int, before: int, limit: int) -> int:
        """Where a known label ends that begins at a character, or -1."""
        if not before and not self._may_be_at(line[start : start + 2].lower()):
            return -1
        places = [at for at in range(start, min(start + 3 * LONGEST, limit)) if line[at] not in " _-\t"][:LONGEST]
        word = "".join([line[at] for at in places]).lower()
        if before and not self._knows(word):
            return -1
        for first in range(min(before, len(word) - 1) + 1):
            if first and (word[first - 1] in _ENDS or not _before(places, first, latin=word[0] < "\u1f00")):
                break
            last = first + self._word(line, places, word, first)
            if last > first:
                return self._whole(line, places, word, first, last, limit)
        return -1

    def _may_be_at(self, head: str) -> bool:
        """Whether a known word may begin with the first two characters of a label."""
        return head in self._heads or (head[:1] in self._lengths and (head[1:] in _GAPS or head[:1] in self._heads))

    def _word(self, line: str, places: Sequence[int], word: str, first: int) -> int:
        """The length of the longest known word at a character of the line without gaps; 0 where there is none."""
        if first and _letters(line, places[first] - 1):
            return 0
        for length in self._lengths.get(word[first : first + 1], ()):
            part = self._known.get(word[first : first + length]) if first + length <= len(word) else None
            if part is None or not _together(places, first, first + length):
                continue
            end = places[first + length - 1]
            if not _letters(line, end) and (part or (not first and (end + 1 >= len(line) or line[end + 1] in _ENDS))):
                return length
        return 0

    def _whole(self, line: str, places: Sequence[int], word: str, first: int, last: int, limit: int) -> int:
        """Where the label ends of which a known word has been found; -1 when it goes on as no label does."""
        before = word[:first]
        while last < len(word) and _joined(line, places, last):
            link = next((len(link) for link in _LINKS if word.startswith(link, last)), 0)
            link = link or self._word(line, places, word, last)
            if not link or not _together(places, last, last + link):
                break
            last += link
        end = places[last - 1] + 1
        rest = _REST.match(line, end, limit).end()  # type: ignore[union-attr]
        ended = rest >= limit or line[rest] in _ENDS
        return rest if ended and rest - end <= AFTER and not _SENTENCE.search(before + line[end:rest]) else -1


def _label(line: str, start: int, value: int, *, known: bool, strong: bool) -> Label | None:
    text = line[start:value].rstrip()
    return None if _EXAMPLE.search(text) else Label(start, start + len(text), value, known, strong)


def _letters(line: str, at: int) -> bool:
    """Whether a Latin word goes on after a character."""
    pair = line[at : at + 2]
    return len(pair) > 1 and pair.isascii() and pair.isalpha()


def _before(places: Sequence[int], first: int, *, latin: bool) -> bool:
    """Whether what stands before a word belongs to it: nothing divides it, or it is spaced out like the word."""
    gaps = [places[at + 1] - places[at] for at in range(first)]
    return max(gaps) == 1 or (first <= 2 and min(gaps) > 1) or (max(gaps) == 2 and latin)


def _together(places: Sequence[int], first: int, last: int) -> bool:
    return last <= len(places) and all(places[at + 1] - places[at] <= WIDEST for at in range(first, last - 1))


def _joined(line: str, places: Sequence[int], last: int) -> bool:
    """Whether a label goes on: without a gap, with the gaps that its word has, or after a blank in Latin letters."""
    gap = places[last] - places[last - 1]
    spaced = last > 1 and places[last - 1] - places[last - 2] == gap
    return gap == 1 or spaced or (gap == 2 and line[places[last]].isascii())
