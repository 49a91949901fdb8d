"""The readers of all rules, asked by header, which of them it names: headers repeat, and so do the labels of forms."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from scanner.detection.context import bare
from scanner.detection.gate import Literals
from scanner.detection.reader import VAGUE, WHOLE, Reader
from scanner.text import fold, spellings

REMEMBERED = 4_096
"""Headers whose readers are remembered."""


class Readers:
    """One reader for each rule."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = readers
        self._by_header = _Index([word.lstrip(WHOLE + VAGUE) for word in one.rule.column.headers] for one in readers)
        self._by_context = _Index(one.rule.context for one in readers)
        self._named: dict[str, tuple[Reader, ...]] = {}
        self._hinted: dict[str, tuple[Reader, ...]] = {}

    def __iter__(self) -> Iterator[Reader]:
        return iter(self._readers)

    def __getitem__(self, number: int) -> Reader:
        return self._readers[number]

    def named(self, header: str) -> tuple[Reader, ...]:
        """Those that a header names."""
        return _remembered(self._named, header, lambda: [one for one in self._possible(header) if one.reads(header)])

    def hinted(self, header: str) -> tuple[Reader, ...]:
        """Those that a header may name: the values below it can tell."""
        return _remembered(self._hinted, header, lambda: [one for one in self._possible(header) if one.hints(header)])

    def spoken_for(self, folded: str) -> list[Reader]:
        """Those for whose values a word may speak that stands in a text."""
        return [self._readers[number] for number in self._by_context.within(folded)]

    def _possible(self, header: str) -> Iterator[Reader]:
        """Those of which a word stands in a header."""
        return (self._readers[number] for number in self._by_header.within(header))


class _Index:
    """The words of several owners, who go by their numbers: whose stand in a text, in a microsecond or two."""

    def __init__(self, owned: Iterable[Iterable[str]]) -> None:
        self._owners: dict[str, set[int]] = {}
        for number, words in enumerate(owned):
            for word in words:
                for spelling in spellings(fold(word)):
                    self._owners.setdefault(bare(spelling), set()).add(number)

    def within(self, folded: str) -> list[int]:
        """The owners of the words in a text, in order."""
        if not self._owners:
            return []
        words, owners = self._searched
        return sorted({number for word in words.which(bare(folded)) for number in owners[word]})

    @cached_property
    def _searched(self) -> tuple[Literals, tuple[set[int], ...]]:
        return Literals(list(self._owners)), tuple(self._owners.values())


def _remembered(
    known: dict[str, tuple[Reader, ...]], header: str, find: Callable[[], Sequence[Reader]]
) -> tuple[Reader, ...]:
    found = known.get(header)
    if found is None:
        if len(known) >= REMEMBERED:
            known.clear()
        found = known[header] = tuple(find())
    return found
