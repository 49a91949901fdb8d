"""Files on their way to those that examine them: in batches worth a trip, to hands here or elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from scanner.limits import MIB
from scanner.media.walk import Entry
from scanner.model import FileResult

BATCH_FILES, BATCH_BYTES = 128, 4 * MIB

Batch = tuple[Entry, ...]


class Batches:
    """Entries in batches worth a trip to a worker."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.forming: list[Entry] = []
        """Entries that are in no batch yet."""

    def __iter__(self) -> Iterator[Batch]:
        size = 0
        for entry in self._entries:
            self.forming.append(entry)
            size += entry.size
            if len(self.forming) >= BATCH_FILES or size >= BATCH_BYTES:
                yield self._cut()
                size = 0
        if self.forming:
            yield self._cut()

    def _cut(self) -> Batch:
        batch = tuple(self.forming)
        self.forming.clear()
        return batch


class Hands(Protocol):
    """Those that examine, wherever they are."""

    stopped: Callable[[], bool]
    """Once it says so, no more results come."""

    @property
    def unfinished(self) -> list[Entry]:
        """The files handed out whose results have not, or not wholly, come back."""

    def results(self, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        """The results of all batches, in the order in which they come back."""

    def begin(self) -> None:
        """Be ready before there is work."""

    def close(self) -> None:
        """End at once, whatever is being done."""
