"""A `Flow` that is told what a document says, rather than fed with XML: paragraphs, cells, what was deleted, asides.

Shared by the text formats that are no Office Open XML: doc, rtf, OpenDocument. It gives each paragraph its number.
"""

from collections.abc import Iterator

from scanner.formats._ooxml_text import Flow
from scanner.limits import Budget
from scanner.model import Segment
from scanner.origin import Place

_NOTHING: dict[str, str] = {}
_SPOKEN = {"\x0b": "\n", "\x1e": "-"}
MOST = 1 << 16
"""Pieces of a paragraph that are held until its end."""


class Prose(Flow):
    """What one part of a document says, call by call; `drain` hands out the segments that are finished."""

    def __init__(self, address: str, place: Place, budget: Budget, *, numbered: bool = True) -> None:
        super().__init__(address, place, numbered=numbered)
        self._budget = budget
        self._name = place.part or ""

    def say(self, text: str, *, deleted: bool = False) -> None:
        """Characters of the paragraph at work."""
        if text:
            self.start("delText" if deleted else "t", _NOTHING)
            self.text(text)
            self.end("t")

    def field(self, text: str) -> None:
        """What stands behind a field: where a link leads, a formula."""
        if text:
            self.start("instrText", _NOTHING)
            self.text(text)
            self.end("instrText")

    def begin(self, tag: str) -> None:
        """Open ``p``, ``tbl``, ``tr``, ``tc`` or an aside (``txbxContent``)."""
        self.start(tag, _NOTHING)

    def paragraph(self) -> None:
        """What was said since the last one is a paragraph."""
        self.start("p", _NOTHING)
        self.end("p")

    def drain(self) -> Iterator[Segment]:
        """The segments that are finished."""
        self._budget.hold(self.held)
        self._budget.tick()
        while self.ready:
            segment = self.ready.popleft()
            self._budget.expand(len(segment.text))
            yield segment

    def finish(self) -> Iterator[Segment]:
        """The part is over."""
        self.close()
        yield from self.drain()


class Teller:
    """Tells a `Prose` what marks in the text mean: the end of a paragraph is known only when it comes."""

    def __init__(self, prose: Prose) -> None:
        self.prose = prose
        self._held: list[tuple[str, bool, bool]] = []
        self._open: list[str] = []
        self._field = 0

    def say(self, text: str, *, deleted: bool = False) -> None:
        """Characters without marks."""
        if text:
            self._held.append((text, deleted, self._field > 0))
            if len(self._held) > MOST:
                self._paragraph()

    def mark(self, mark: str, kind: int) -> None:
        """A mark, and what kind of paragraph it stands in."""
        if mark in "\r\x07\x0c\x0e":
            self._end(mark, kind)
        elif mark in _SPOKEN:
            self.say(_SPOKEN[mark])
        elif mark == "\x13":
            self._field += 1
        elif mark in "\x14\x15":
            self._field = max(self._field - (mark == "\x14" or self._field > 0), 0)

    def _end(self, mark: str, kind: int) -> None:
        self._field = 0
        inside = kind > 0 or mark == "\x07"
        if not inside:
            self._close(0)
        elif kind == 2:
            self._close(1)
            self._held = []
            return
        else:
            for depth, tag in enumerate(("tbl", "tr", "tc")):
                if len(self._open) == depth:
                    self.prose.begin(tag)
                    self._open.append(tag)
        self._paragraph()
        if mark == "\x07":
            self._close(2)

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            self.prose.end(self._open.pop())

    def _paragraph(self) -> None:
        self.prose.begin("p")
        for text, deleted, field in self._held:
            if field:
                self.prose.field(text)
            else:
                self.prose.say(text, deleted=deleted)
        self.prose.end("p")
        self._held = []
