"""One rule, compiled: what it finds in folded text, what speaks for it there, and which headers name it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise

import regex

from scanner.detection.candidates import AFTER, BEFORE, Candidate
from scanner.detection.choices import begins, ticked
from scanner.detection.context import Vocabulary, Words
from scanner.detection.patterns import compiled
from scanner.detection.population import Column, Population
from scanner.detection.rules import Rule
from scanner.errors import Unreadable
from scanner.text import fold

SECONDS = 5.0
"""A pattern that takes longer than this on one stretch of text is cut off: hostile text, not a slow rule."""
Span = tuple[int, int]
LONGEST_HEADER = 60
"""Characters of a header that are looked at."""
WHOLE, VAGUE = "=", "?"
"""Before a word in `Column.headers`: it must be the whole header; only the values below can tell what it means."""
SAMPLE, SHARE = 50, 0.4
"""Values below a vague header that are looked at, and the share of them that must pass the stricter check."""
_NOTES = regex.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|【[^【】]*】?|[※*].*|例[: ].*", regex.DOTALL)
"""What a header says beside its name: 「個人番号（12桁）※必須」."""

_ORNAMENT = regex.compile(r"^\s*(?:[■●◆◇▼▲★☆○◎・※*]{1,3}|\([0-9]{1,2}\)|[0-9]{1,2}[.)](?![0-9])|[①-⑳])\s*|[\s:.…‥・]+$")
"""What stands around a name and is none of it: 「■ 氏名：」, 「(1) 氏名……」."""
_BRACKETED = regex.compile(r"[【\[<(〔《≪「『]\s*([^【】\[\]<>()〔〕《》≪≫「」『』]+?)\s*[】\]>)〕》≫」』]")


def header_of(cell: str) -> str:
    """The name that a cell gives to its column or row: folded, without notes, on one line."""
    whole = _ORNAMENT.sub("", fold(cell))
    bracketed = _BRACKETED.fullmatch(whole)
    whole = bracketed[1] if bracketed else whole
    name = _NOTES.sub(" ", whole).strip() or whole
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
        whole = [word for word in rule.column.headers if word.startswith(WHOLE)]
        self._vague = Vocabulary(word.removeprefix(VAGUE) for word in rule.column.headers if word.startswith(VAGUE))
        self._header = Vocabulary(word for word in rule.column.headers if not word.startswith((WHOLE, VAGUE)))
        self._not_header = Vocabulary(rule.column.counter)
        self._whole_header = frozenset(_bare(word.removeprefix(WHOLE)) for word in whole)

    @cached_property
    def _pattern(self) -> "regex.Pattern[str]":
        return _compiled(self.rule, self.rule.pattern)

    @cached_property
    def _group(self) -> str | int:
        return "value" if "value" in self._pattern.groupindex else 0

    @cached_property
    def _cell(self) -> "regex.Pattern[str]":
        return _compiled(self.rule, self.rule.column.pattern)

    @cached_property
    def _cell_group(self) -> str | int:
        return "value" if "value" in self._cell.groupindex else 0

    def compile(self) -> None:
        """Compile the patterns now."""
        _ = self._group, self._cell_group

    def sources(self) -> tuple[str, ...]:
        """The sources of all patterns that it may need."""
        words = (self._words.own, self._words.counter, self._words.labels)
        vocabularies = (*words, self._vague, self._header, self._not_header)
        return self.rule.pattern, self.rule.column.pattern, *(one.source for one in vocabularies)

    def near(self, folded: str, hits: Sequence[int], column: Column, population: Population) -> Iterator[Candidate]:
        """Candidates around the ends of hits in folded text, in all of it when there are none; each with evidence."""
        if not hits:
            spans = self._spans(folded)
        elif self.rule.gate == "context" and not self.rule.gate_patterns:
            spans = self._beside(folded, hits)
        else:
            spans = self._around(folded, hits)
        return self._judged(folded, None, spans, column, population)

    def judged(
        self, folded: str, above: str | None, begin: int, column: Column, population: Population
    ) -> Iterator[Candidate]:
        """Candidates in a cell, which begins at ``folded[begin]``, each with its evidence."""
        return self._judged(folded, above, self._spans(folded, begin), column, population)

    def _judged(
        self, folded: str, above: str | None, spans: Sequence[Span], column: Column, population: Population
    ) -> Iterator[Candidate]:
        for start, end in spans:
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
        chosen = ticked(folded)
        if chosen is None or self.rule.role == "birth":  # the eras of a date are choices that its pattern knows
            filled = next(self._whole(folded, 0, len(folded)), None)
            if filled is not None:
                yield filled
                return
        for start, end in chosen or ():
            yield from self._whole(folded, start, end)
        for start, end in self._spans(folded[: begins(folded)] if chosen is not None else folded):
            found = self._canonical(folded[start:end], "column")
            if found is not None:
                yield Candidate(self.rule, start, end, found, "column")

    def _whole(self, folded: str, start: int, end: int) -> Iterator[Candidate]:
        """The value that all of a cell, or of a choice in it, is in the laxer form of cells."""
        inner = folded[start:end].strip()
        cell = self._cell.fullmatch(inner)
        if cell is None:
            return
        first, last = cell.span(self._cell_group)
        canonical = self.rule.column.check(inner[first:last]) if self.rule.column.check else inner
        if canonical is not None:
            begin = folded.find(inner, start)
            yield Candidate(self.rule, begin + first, begin + last, canonical, "column")

    def reads(self, header: str) -> bool:
        """Whether a header names the rule; a longer word, or one that follows, denies it: 「会社住所」「住所 有無」."""
        if _bare(header) in self._whole_header:
            return True
        found = self._header.span(header)
        return found[0] >= 0 and self._not_header.span(header) <= found

    def word_in(self, header: str) -> str:
        """The word of a header that names the rule, surely or vaguely; empty where there is none."""
        if _bare(header) in self._whole_header:
            return header
        end, length = max(self._header.span(header), self._vague.span(header))
        return header[end - length : end] if length else ""

    def hints(self, header: str) -> bool:
        """Whether a header has a word that may name the rule."""
        sure = self.rule.column.sure
        return sure is not None and self._vague.span(header)[0] == len(header) and sure(header) is None

    def suspects(self, header: str, values: Iterable[str]) -> bool:
        """Whether a vague header names the rule, by enough of the values below it."""
        sure = self.rule.column.sure
        if sure is None or not self.hints(header) or self._not_header.span(header) > self._vague.span(header):
            return False
        sample = [fold(value) for value in islice(values, SAMPLE)]
        return bool(sample) and sum(map(bool, map(sure, sample))) >= SHARE * len(sample)

    def holds(self, folded: str) -> bool:
        """Whether a cell surely holds a value of the rule."""
        found = next(self.under_header(folded), None)
        return found is not None and (self.rule.column.sure is None or self.rule.column.sure(folded) is not None)

    def proves(self, folded: str) -> bool:
        """Whether a cell is a value of the rule by itself: a known name, or what the rule's own pattern finds."""
        sure = self.rule.column.sure
        return sure(folded) is not None if sure is not None else self.stands_in(folded)

    def doubts(self, header: str) -> bool:
        """Whether a header that does not name the rule speaks against its values."""
        return any(words.search(header) for words in (self._not_header, self._words.counter))

    def stands_in(self, header: str) -> bool:
        """Whether a cell that reads like a header holds a value of the rule itself: a form's 「在留資格：留学」."""
        spans = self._spans(header)
        if self.rule.column.sure is not None:  # what can be any word proves nothing by itself
            spans = [span for span in spans if span != (0, len(header))]
        return any(self._canonical(header[start:end], "label") for start, end in spans)

    def _around(self, folded: str, hits: Sequence[int]) -> list[Span]:
        """Where the pattern matches around hits; only as far before them as a value of the rule is long."""
        spans: list[Span] = []
        if self._hopeless(folded):
            return spans
        done, reach, beyond = 0, self.rule.reach, self.rule.beyond
        # a hit on a label is not the value, which may begin right behind it
        behind = self.rule.gate == "context"
        ends = iter(_window_ends(hits, reach + beyond, beyond, len(folded)))
        high = -1
        for hit in hits:
            high = next(ends) if hit > high else high
            while done < hit + behind:
                found = self._search(folded, max(hit - reach, done), high)
                if found is None or (found.end() == high and high < len(folded)):
                    done = max(high, hit + behind)  # what touches the end of a window is cut off there
                else:
                    spans.append(found.span(self._group))
                    done = max(found.end(), done + 1)
        return spans

    def _beside(self, folded: str, hits: Sequence[int]) -> list[Span]:
        """Where the pattern matches near words, which are no values: no pattern says how far from them."""
        spans: list[Span] = []
        for low, high in _windows(hits, len(folded)):
            spans += self._spans(folded, low, high)
        return spans

    def _search(self, folded: str, low: int, high: int) -> "regex.Match[str] | None":
        try:
            return self._pattern.search(folded, low, high, timeout=SECONDS)
        except TimeoutError:
            raise self._too_slow() from None

    def _spans(self, folded: str, low: int = 0, high: int | None = None) -> list[Span]:
        """Where the pattern matches between two characters."""
        if self._hopeless(folded):
            return []
        try:
            # all at once: what is done with a match afterwards is not the pattern's time
            matches = list(self._pattern.finditer(folded, low, high, timeout=SECONDS))
        except TimeoutError:
            raise self._too_slow() from None
        return [found.span(self._group) for found in matches]

    def _hopeless(self, folded: str) -> bool:
        return not self.rule.ascii and folded.isascii()

    def _too_slow(self) -> Unreadable:
        """A text that was not searched to its end is not a clean one."""
        return Unreadable("timed_out", f"the rule {self.rule.id} took longer than its time limit")

    def _canonical(self, raw: str, evidence: str) -> str | None:
        check = self.rule.check_alone if evidence == "alone" and self.rule.check_alone else self.rule.check
        return check(raw) if check else raw


def labels_of(rules: Iterable[Rule]) -> Vocabulary:
    """The context words of all rules."""
    return Vocabulary([word for rule in rules for word in rule.context])


def _bare(header: str) -> str:
    return fold(header).replace(" ", "").lower()


def _window_ends(hits: Sequence[int], apart: int, beyond: int, length: int) -> Iterator[int]:
    """Where the windows end in which hits lie that are not further apart than `apart`."""
    for hit, following in pairwise((*hits, length + 2 * apart)):
        if following - hit > apart:
            yield min(hit + beyond, length)


def _windows(hits: Sequence[int], length: int) -> Iterator[Span]:
    """The surroundings of words, joined where they meet."""
    low, last = max(hits[0] - BEFORE, 0), hits[0]
    for hit in hits[1:]:
        if hit - BEFORE > last + AFTER:
            yield low, last + AFTER
            low = hit - BEFORE
        last = hit
    yield low, min(last + AFTER, length)


def _compiled(rule: Rule, pattern: str) -> "regex.Pattern[str]":
    try:
        return compiled(pattern)
    except regex.error as error:
        raise ValueError(f"{rule.id}: the pattern does not compile: {error}") from None
