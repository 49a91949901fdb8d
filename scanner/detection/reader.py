"""One rule, compiled: what it finds in folded text, what speaks for it there, and which headers name it."""

from collections.abc import Iterator
from functools import cached_property

import regex

from scanner.detection.candidates import Candidate, Window
from scanner.detection.context import Vocabulary, Words
from scanner.detection.population import Column, Population
from scanner.detection.rules import Rule
from scanner.errors import Unreadable
from scanner.text import fold

SECONDS = 5.0
"""A pattern that takes longer than this on one stretch of text is cut off: hostile text, not a slow rule."""
LONGEST_HEADER = 60
"""Characters of a header that are looked at."""
_NOTES = regex.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|【[^【】]*】?|[※*].*|例[: ].*", regex.DOTALL)
"""What a header says beside its name: 「個人番号（12桁）※必須」."""


def header_of(cell: str) -> str:
    """The name that a cell gives to its column or row: folded, without notes, on one line."""
    name = _NOTES.sub(" ", fold(cell)).strip() or fold(cell)
    return " ".join(name.split())[:LONGEST_HEADER]


class Reader:
    """One rule; its patterns are compiled when they are first needed."""

    def __init__(self, rule: Rule, labels: Vocabulary) -> None:
        """`labels` are the context words of all rules."""
        self.rule = rule
        self._words = Words(
            own=Vocabulary(rule.context),
            counter=Vocabulary(rule.counter),
            labels=labels,
            both=Vocabulary((*rule.context, *rule.counter)),
        )
        self._header, self._not_header = Vocabulary(rule.column.headers), Vocabulary(rule.column.counter)

    @cached_property
    def _pattern(self) -> "regex.Pattern[str]":
        return _compiled(self.rule, self.rule.pattern)

    @cached_property
    def _cell(self) -> "regex.Pattern[str]":
        return _compiled(self.rule, self.rule.column.pattern)

    def judged(
        self, folded: str, above: str | None, window: Window, column: Column, population: Population
    ) -> Iterator[Candidate]:
        """Candidates in a window of folded text, each with its evidence."""
        for start, end in self._spans(folded, *window):
            evidence = self._words.judge(folded, start, end, above)
            if evidence is None:
                continue
            canonical = self._canonical(folded[start:end], evidence)
            if evidence == "alone" and self.rule.chance:
                population.note(self.rule.id, column, canonical is not None)
            if canonical is not None:
                yield Candidate(self.rule, start, end, canonical, evidence)

    def under_header(self, folded: str) -> Iterator[Candidate]:
        """The value of a cell under the rule's header: the whole cell in its laxer form, or what stands in it."""
        inner = folded.strip()
        if self._cell.fullmatch(inner):
            check = self.rule.column.check
            canonical = check(inner) if check else inner
            if canonical is not None:
                begin = folded.find(inner)
                yield Candidate(self.rule, begin, begin + len(inner), canonical, "column")
                return
        for start, end in self._spans(folded):
            found = self._canonical(folded[start:end], "column")
            if found is not None:
                yield Candidate(self.rule, start, end, found, "column")

    def reads(self, header: str) -> bool:
        """Whether a header names the rule; what follows its word may make it something else: 「個人番号 提出日」."""
        found = self._header.search(header)
        return found is not None and self._not_header.search(header, found.end()) is None

    def doubts(self, header: str) -> bool:
        """Whether a header that does not name the rule speaks against its values."""
        return any(words.search(header) for words in (self._not_header, self._words.counter))

    def stands_in(self, header: str) -> bool:
        """Whether a cell that reads like a header holds a value of the rule itself: a form's 「在留資格：留学」."""
        return any(self._canonical(header[start:end], "label") for start, end in self._spans(header))

    def _spans(self, folded: str, low: int = 0, high: int | None = None) -> list[tuple[int, int]]:
        """Where the pattern matches; what touches the end of a window is cut off there, and lies in another one.

        Raises Unreadable when the pattern takes too long: a text that was not searched to its end is not a clean one.
        """
        group = "value" if "value" in self._pattern.groupindex else 0
        length = len(folded)
        high = length if high is None else high
        try:
            # all at once: what is done with a match afterwards is not the pattern's time
            matches = list(self._pattern.finditer(folded, low, high, timeout=SECONDS))
        except TimeoutError:
            raise Unreadable("timed_out", f"the rule {self.rule.id} took longer than its time limit") from None
        return [found.span(group) for found in matches if found.end() < high or high == length]

    def _canonical(self, raw: str, evidence: str) -> str | None:
        check = self.rule.check_alone if evidence == "alone" and self.rule.check_alone else self.rule.check
        return check(raw) if check else raw


def _compiled(rule: Rule, pattern: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{rule.id}: the pattern does not compile: {error}") from None
