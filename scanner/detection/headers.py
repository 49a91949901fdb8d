"""The readers of all rules, asked by header, which of them it names: headers repeat, and so do the labels of forms."""

from collections.abc import Callable, Iterator, Sequence
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
        self._words: dict[str, set[int]] = {}
        """The words of all headers, and the numbers of the rules that have them."""
        for number, reader in enumerate(readers):
            for word in reader.rule.column.headers:
                for spelling in spellings(fold(word.lstrip(WHOLE + VAGUE))):
                    self._words.setdefault(bare(spelling), set()).add(number)
        self._owners = tuple(self._words.values())
        self._context: dict[str, set[int]] = {}
        """The context words of all rules, and the numbers of the rules that have them."""
        for number, reader in enumerate(readers):
            for word in reader.rule.context:
                for spelling in spellings(fold(word)):
                    self._context.setdefault(bare(spelling), set()).add(number)
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
        if not self._context:
            return []
        owners = self._context_owners
        numbers = {number for word in self._context_literals.which(bare(folded)) for number in owners[word]}
        return [self._readers[number] for number in sorted(numbers)]

    @cached_property
    def _context_literals(self) -> Literals:
        return Literals(list(self._context))

    @cached_property
    def _context_owners(self) -> tuple[set[int], ...]:
        return tuple(self._context.values())

    @cached_property
    def _literals(self) -> Literals:
        return Literals(list(self._words))

    def _possible(self, header: str) -> Iterator[Reader]:
        """Those of which a word stands in a header."""
        numbers = {number for word in self._literals.which(bare(header)) for number in self._owners[word]}
        return (self._readers[number] for number in sorted(numbers))


def _remembered(
    known: dict[str, tuple[Reader, ...]], header: str, find: Callable[[], Sequence[Reader]]
) -> tuple[Reader, ...]:
    found = known.get(header)
    if found is None:
        if len(known) >= REMEMBERED:
            known.clear()
        found = known[header] = tuple(find())
    return found
