"""Ichitaro documents (一太郎: .jtd, .jtt, and the compressed .jttc, .jtdc): the text as lines, what is embedded.

There is no public specification. The reader rests on descriptions by others of files that they took apart, not on files
of its own: the stream DocumentText, or a part of another one, begins with SsmgV.01 and holds 16-bit units, big end
first; 0x1F begins text, 0x1C a control record that carries its length, 0x1D to 0x1E text inside one (ruby,
placeholders). Text that such descriptions do not know of may be missed; a document of which no text is found is
reported, never taken for an empty one.
"""

import re
import sys
from array import array
from collections.abc import Iterator

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._cells import Lines
from scanner.formats._ole import MARK, Compound, embedded, opened, roots
from scanner.formats._properties import properties
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place

NAME = "jtd"
RANK = 200
ENDINGS = (".jtd", ".jtt", ".jttc", ".jtdc")
_STREAM, _PACKED = "DocumentText", "JSCompDocument"
_SIGNATURE = b"SsmgV.01"
_CONTROL, _INNER, _INNER_END, _BEGIN = 0x1C, 0x1D, 0x1E, 0x1F
_LONGEST = 256
"""Units that a control record may have; a longer one is not believed."""
_BROKEN = str.maketrans({0x0E: "\t", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n"})
_MEMBER = re.compile(rb"(?s)..-lh[0-9]-")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_PIECE = re.compile(r"[\t\n\x20-\x7e\u00a0-\u00ff\u2010-\u27ff\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]{2,}")
"""Two characters or more of those that Japanese documents are written with."""

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a compound file with Ichitaro's stream of text, plain or compressed."""
    names = roots(document)
    return not names.isdisjoint((_STREAM.lower(), _PACKED.lower())) or (bool(names) and document.suffix in ENDINGS)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text, properties, embedded objects; of a compressed document the one inside."""
    with opened(document, budget) as compound:
        if (packed := compound.find(_PACKED)) and not compound.find(_STREAM):
            yield _unpacked(document, compound.read(packed), budget)
            return
        lines = Lines(document.address, budget)
        found = False
        for path in compound.paths:
            for text in texts(compound.read(path), budget):
                found = True
                lines.put(text, Place(part="/".join(path)))
                yield from lines.ready
                lines.ready.clear()
        lines.close()
        yield from lines.ready
        yield from properties(document.address, compound, budget)
        yield from _objects(document, compound, budget)
        if not found:
            raise Unreadable("missing_reader", "Ichitaro document: no text was found in it by the reader that there is")


def _objects(document: Document, compound: Compound, budget: Budget) -> Iterator[Document]:
    """What other programs have put in: storages that hold a document of theirs."""
    known = {"worddocument", "workbook", "book", "package", "contents", "\x01ole10native", "powerpoint document"}
    storages = {path[:-1] for path in compound.paths if len(path) > 1 and path[-1].lower() in known}
    yield from embedded(document, compound, sorted(storages), budget)


def _unpacked(document: Document, data: bytes, budget: Budget) -> Document:
    """The compressed document inside, which is packed as the one member of an LZH archive."""
    found = _MEMBER.search(data)
    if found is None:
        raise Unreadable("missing_reader", "Ichitaro document, compressed in a way that is not known")
    budget.enter(document.depth)
    return document.inner(_PACKED, data[found.start() :])


def texts(data: bytes, budget: Budget) -> Iterator[str]:
    """The lines of every store of text in a stream."""
    at = data.find(_SIGNATURE)
    while at >= 0:
        following = data.find(_SIGNATURE, at + len(_SIGNATURE))
        budget.tick()
        yield from _told(data[at + len(_SIGNATURE) : following if following >= 0 else len(data)], budget)
        at = following


def _told(data: bytes, budget: Budget) -> Iterator[str]:
    """The text of one store: by its control records, or else whatever in it looks like text."""
    pieces: list[str] = []
    readings: list[str] = []
    start = _first(data)
    units = _units(data, start)
    at, count = 0, len(units)
    while at < count:
        budget.tick()
        if units[at] == _CONTROL:
            at, inner, reading = _record(units, at)
            (readings if reading else pieces).append(inner)
            continue
        end = at
        while end < count and units[end] != _CONTROL:
            end += 1
        pieces.append(_decoded(units[at:end]).translate(_BROKEN))
        at = end
    for line in _UNSEEN.sub("\n", "".join((*pieces, "\n", "\n".join(readings)))).split("\n"):
        for match in _PIECE.finditer(line):
            yield match[0]


def _units(data: bytes, start: int) -> "array[int]":
    """The 16-bit units from `start` on; none where it is negative."""
    units = array("H")
    if start >= 0:
        units.frombytes(data[start : len(data) - (len(data) - start) % 2])
    if sys.byteorder == "little":
        units.byteswap()
    return units


def _decoded(units: "array[int]") -> str:
    return units.tobytes().decode(f"utf-16-{sys.byteorder[0]}e", "replace")


def _first(data: bytes) -> int:
    """Where the units begin: after the mark of a piece of text, else at the first 0x1F."""
    mark = data.find(b"TextV.01")
    if mark >= 0:
        return mark + 12
    return next((at for at in (data.find(b"\x00\x1f"), data.find(b"\x00\x1c")) if at >= 0), -1)


def _record(units: "array[int]", at: int) -> tuple[int, str, bool]:
    """Where a control record ends, the text inside it, and whether that is a reading beside the text."""
    length = units[at + 2] if at + 2 < len(units) else 0
    if not 4 <= length <= _LONGEST or at + length > len(units) or units[at + length - 1] not in (_INNER, _BEGIN):
        last = min(at + _LONGEST, len(units))
        length = next((end for end in range(at + 1, last) if units[end] in (_INNER, _BEGIN)), at) + 1 - at
    end = at + length
    if units[end - 1] != _INNER:
        return end, "", False
    last = min(end + 4 * _LONGEST, len(units))
    over = next((place for place in range(end, last) if units[place] == _INNER_END), end)
    text = _decoded(units[end:over])
    # What closes the record is short and ends where text or another record begins.
    last = min(over + 16, len(units))
    after = next((place for place in range(over, last) if units[place] in (_BEGIN, _CONTROL)), over)
    reading = length > 3 and units[end - 3] == 1
    return after + (after < len(units) and units[after] == _BEGIN), text, reading
