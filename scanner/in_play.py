"""Which rules were in play in a file: when one of the others changes, the file need not be read again."""

from collections.abc import Iterable
from functools import lru_cache

from scanner.detection.detector import Examination


@lru_cache(1024)
def _sorted(rules: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(rules))


class InPlay:
    """The rules for which something in a file spoke, whatever became of it."""

    def __init__(self) -> None:
        self._rules: set[str] | None = set()

    def note(self, examination: Examination) -> None:
        """Add those of a document; where they are not known it may have been any."""
        known: Iterable[str] | None = getattr(examination, "in_play", None)
        self._rules = None if known is None or self._rules is None else self._rules.union(known)

    @property
    def rules(self) -> tuple[str, ...] | None:
        """Their ids."""
        return None if self._rules is None else _sorted(frozenset(self._rules))
