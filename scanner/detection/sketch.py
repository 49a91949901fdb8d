"""Counting different values in bounded memory, within a document and across documents.

Values come as 64-bit keyed digests, which are as good as uniform. The k smallest of them tell how many there are (k
minimum values; standard error about 1 / √k) and, unlike a counter, can be united: the same people in two copies of a
list are counted once.
"""

import heapq
from collections.abc import Iterable, Sequence

KEPT = 16_384
"""Digests kept of a document: exact below so many values."""
_SPACE = 1 << 64


class Distinct:
    """Counts different values: exact below `KEPT`, an estimate far beyond."""

    __slots__ = ("_bound", "_known")

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._bound = _SPACE
        """Every digest below it is known, none above it is kept."""

    def add(self, digest: int) -> bool:
        """Count a value; whether it may be one not seen before."""
        if digest in self._known or digest >= self._bound:
            return False
        self._known.add(digest)
        if len(self._known) > 2 * KEPT:
            self._trim()
        return True

    def update(self, digests: Iterable[int]) -> None:
        """Count many values."""
        bound = self._bound
        self._known.update(digests if bound == _SPACE else (digest for digest in digests if digest < bound))
        if len(self._known) > 2 * KEPT:
            self._trim()

    def merge(self, other: "Distinct") -> None:
        """Count the values of another counter as well."""
        if other._bound < self._bound:
            self._bound = other._bound
            self._known = {digest for digest in self._known if digest < self._bound}
        self.update(other._known)

    def beyond(self, other: "Distinct") -> int:
        """How many different values are none of another counter's; exact while both are below `KEPT`."""
        return len(self) - len(self._known & other._known)

    def __len__(self) -> int:
        return round(len(self._known) * _SPACE / self._bound)

    def smallest(self, count: int = KEPT) -> tuple[int, ...]:
        """The smallest digests, ascending."""
        return tuple(heapq.nsmallest(count, self._known))

    def _trim(self) -> None:
        kept = heapq.nsmallest(KEPT, self._known)
        self._bound = kept[-1]
        self._known = set(kept[:-1])


class Union:
    """How many different values several documents hold together, from their sketches."""

    __slots__ = ("_bound", "_seen", "_total")

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._bound = _SPACE
        self._total = 0

    def add(self, sketch: Sequence[int], distinct: int) -> None:
        """Add a document with `distinct` values, of which `sketch` holds the smallest digests."""
        self._total += distinct
        self._seen.update(sketch)
        if distinct > len(sketch) and sketch:
            self._bound = min(self._bound, sketch[-1] + 1)
        if len(self._seen) > 4 * KEPT:
            kept = heapq.nsmallest(2 * KEPT, self._seen)
            self._bound = min(self._bound, kept[-1] + 1)
            self._seen = set(kept)

    def __len__(self) -> int:
        below = _count_below(self._seen, self._bound)
        return round(below * _SPACE / self._bound)

    @property
    def share(self) -> float:
        """Different values among all values added up: 1.0 when no two documents share one."""
        return min(len(self) / self._total, 1.0) if self._total else 1.0


def _count_below(digests: Iterable[int], bound: int) -> int:
    return sum(digest < bound for digest in digests)
