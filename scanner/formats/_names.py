"""The names of an archive's members: from bytes of an unknown encoding to text that can be shown in an address.

It decides over the names of one archive together, as one program wrote them all, and knows nothing of what the members
hold.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import IO
from unicodedata import category

from scanner.model import Document, Problem
from scanner.text import detect

LONGEST = 1024
"""Characters of a member's name that an address shows."""
_ENCODINGS = ("utf-8", "cp932", "euc-jp")
_SAMPLE = 1024
"""So many bytes of names are enough to tell."""
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Evidence:
    """Collects names as bytes and decides which encoding they are in; may be asked at any time."""

    __slots__ = ("_sample", "_codec", "_fallback")

    def __init__(self, names: Iterable[bytes] = (), *, fallback: str = "cp437") -> None:
        self._sample = b""
        self._codec = ""
        self._fallback = fallback
        for name in names:
            self.add(name)

    def add(self, name: bytes) -> None:
        """Take one more name into account."""
        if not name.isascii() and len(self._sample) < _SAMPLE:
            self._sample += name + b"\n"
            self._codec = ""

    def decode(self, name: bytes) -> str:
        """The name in the encoding that has the most for it so far."""
        if name.isascii():
            return name.decode("ascii")
        if not self._codec:
            found = detect(self._sample, whole=True)
            self._codec = found.codec if found and found.name in _ENCODINGS else self._fallback
        for codec in (self._codec, "utf-8"):
            try:
                return name.decode(codec)
            except UnicodeDecodeError:
                continue
        return name.decode(self._fallback, "replace")


class Shown:
    """Hands out the addresses of one archive's members: printable and different from one another."""

    __slots__ = ("_document", "_seen")

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: Counter[str] = Counter()

    def child(self, name: str, size: int, opener: Callable[[], IO[bytes]]) -> Document:
        """The member as a document; a second one of the same name gets ``#2`` in its address."""
        shown = printable(name)
        child = self._document.child(self._unique(shown), size, opener)
        child.name = shown.replace("\\", "/").rpartition("/")[2]
        return child

    def problem(self, name: str, size: int, kind: str, detail: str) -> Problem:
        """The member as a problem."""
        address = f"{self._document.address}!{self._unique(printable(name))}"
        return Problem(address=address, kind=kind, detail=detail, size=size)

    def _unique(self, shown: str) -> str:
        self._seen[shown] += 1
        if self._seen[shown] == 1:
            return shown
        while (numbered := f"{shown}#{self._seen[shown]}") in self._seen:
            self._seen[shown] += 1
        self._seen[numbered] = 1
        return numbered


def printable(name: str) -> str:
    """The name without characters that cannot be seen, at most `LONGEST` long, never empty."""
    if len(name) > LONGEST:
        name = name[: LONGEST - 65] + "…" + name[-64:]
    if not name.isprintable():
        name = "".join("\ufffd" if category(char) in _HIDDEN else char for char in name)
    return name or "\ufffd"
