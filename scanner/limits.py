"""How much one file on disk may cost: depth, members, expanded bytes, memory and seconds.

A `Budget` is begun for each file and handed down through everything nested inside it, so that a thousand small archives
in one archive cannot spend more than one large archive. Declared sizes are never trusted: what is counted is what came
out of the decompressor.
"""

import time
from dataclasses import dataclass

from scanner.errors import Unreadable

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one file; bytes and seconds."""

    depth: int = 8
    """How many containers may be opened inside one another."""
    members: int = 200_000
    """Members of all containers inside one file."""
    expanded: int = 16 * GIB
    """Bytes that decompression may produce inside one file."""
    ratio: int = 200
    """Expanded bytes per stored byte beyond which a container counts as a bomb, once past `ratio_floor`."""
    ratio_floor: int = 256 * MIB
    """Below this many expanded bytes the ratio is not judged: small files compress absurdly well."""
    memory: int = 256 * MIB
    """A document that must be held as a whole (PDF, a nested archive) may have this many bytes."""
    seconds: float = 60.0
    """Time for a file of ordinary size."""
    seconds_per_mib: float = 0.5
    """Time that each MiB on disk adds."""

    def deadline(self, size: int) -> float:
        """Seconds that a file of `size` bytes may take."""
        return self.seconds + self.seconds_per_mib * (size / MIB)


class Budget:
    """What is left of the `Limits` for one file; every method raises `Unreadable` when its kind runs out."""

    __slots__ = ("limits", "stored", "_until", "_members", "_expanded")

    def __init__(self, limits: Limits, stored: int) -> None:
        self.limits = limits
        self.stored = stored
        self._until = time.monotonic() + limits.deadline(stored)
        self._members = limits.members
        self._expanded = 0

    def enter(self, depth: int) -> None:
        """Ask before a container at nesting `depth` (0 for a file on disk) is opened."""
        if depth >= self.limits.depth:
            raise Unreadable("too_deep", f"more than {self.limits.depth} containers inside one another")

    def member(self) -> None:
        """Count one more member of a container."""
        self._members -= 1
        if self._members < 0:
            raise Unreadable("bomb", f"more than {self.limits.members} members")
        self.tick()

    def expand(self, count: int) -> None:
        """Count `count` bytes that a decompressor has produced."""
        self._expanded += count
        if self._expanded > self.limits.ratio_floor and self._expanded > self.limits.ratio * max(self.stored, 1):
            raise Unreadable("bomb", f"expands to more than {self.limits.ratio} times its size")
        if self._expanded > self.limits.expanded:
            raise Unreadable("too_large", f"expands to more than {self.limits.expanded // GIB} GiB")
        self.tick()

    def hold(self, size: int) -> None:
        """Ask before `size` bytes are held in memory as a whole."""
        if size > self.limits.memory:
            raise Unreadable("too_large", f"more than {self.limits.memory // MIB} MiB that must be held as a whole")

    def tick(self) -> None:
        """Give up when the time is over; readers call it in every loop that a hostile document could stretch."""
        if time.monotonic() > self._until:
            raise Unreadable("timed_out", "took longer than its time limit")
