"""One rule, compiled: what it finds in folded text, what speaks for it there, and which headers name it."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from scanner.detection.candidates import Candidate
from scanner.detection.context import Words
from scanner.detection.population import Column, Population
from scanner.detection.rules import Rule
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


@dataclass(frozen=True, slots=True)
class Reader:
    """One rule, compiled."""

    rule: Rule
    pattern: "regex.Pattern[str]"
    cell: "regex.Pattern[str]"
    words: Words
    header: "regex.Pattern[str] | None"
    not_header: "regex.Pattern[str] | None"

    def judged(
        self, folded: str, above: str | None, begin: int, column: Column, population: Population
    ) -> Iterator[Candidate]:
        """Candidates in folded text from character `begin` on, each with its evidence."""
        for start, end in self._spans(folded):
            evidence = self.words.judge(folded, start, end, above) if start >= begin else None
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
        if self.cell.fullmatch(inner):
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
        found = self.header.search(header) if self.header else None
        return found is not None and not (self.not_header and self.not_header.search(header, found.end()))

    def doubts(self, header: str) -> bool:
        """Whether a header that does not name the rule speaks against its values."""
        return any(words and words.search(header) for words in (self.not_header, self.words.counter))

    def stands_in(self, header: str) -> bool:
        """Whether a cell that reads like a header holds a value of the rule itself: a form's 「在留資格：留学」."""
        return any(self._canonical(header[start:end], "label") for start, end in self._spans(header))

    def _spans(self, folded: str) -> Iterator[tuple[int, int]]:
        group = "value" if "value" in self.pattern.groupindex else 0
        try:
            for found in self.pattern.finditer(folded, timeout=SECONDS):
                yield found.span(group)
        except TimeoutError:
            return

    def _canonical(self, raw: str, evidence: str) -> str | None:
        check = self.rule.check_alone if evidence == "alone" and self.rule.check_alone else self.rule.check
        return check(raw) if check else raw
