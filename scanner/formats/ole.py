"""Compound files around something else: objects embedded in Office documents, and macros (vbaProject.bin).

An object is handed out as the file that was put in; of macros the source text is read ([MS-OVBA] 2.4.1), decoded by its
evidence. Compound files of programs that have their own reader, or none, are not this.
"""

import re
import struct
from collections.abc import Iterator

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Shown
from scanner.formats._ole import MARK, Compound, Path, native, opened, opener, roots
from scanner.formats._properties import properties
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import FixedOrigin, Place
from scanner.text import decode

NAME = "ole"
RANK = 220
ENDINGS = (".bin", ".ole")
_WHOLE = ("package", "contents", "package_stream", "item")
"""Streams that are a file by themselves."""
_NATIVE, _MACROS = "\x01ole10native", "vba"
_SOURCE = b"\x00Attribut"
"""How the compressed source of a module begins, after its signature and the head of its first chunk."""
_CHUNK = 4096
_FORMS = ("o", "f")
_WIDE = re.compile(rb"(?=(?:..){0,8}?[\x40-\xff]\x30)(?:[\x20-\x7e]\x00|[\x00-\xff][\x30-\x9f]){3,}", re.DOTALL)
"""Text in UTF-16 with kana: without, letters of one byte each would look like it."""
_NARROW = re.compile(rb"(?:[\x20-\x7e]|[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]){4,}")

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a compound file whose root holds a file, or macros."""
    return not roots(document).isdisjoint((*_WHOLE, _NATIVE, _MACROS))


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """What was put in, properties, the source of macros."""
    with opened(document, budget) as compound:
        budget.enter(document.depth)
        shown = Shown(document)
        for path in compound.paths:
            name = path[-1].lower()
            if len(path) == 1 and name in _WHOLE and compound.size(path):
                data = compound.read(path)
                yield shown.child(path[0], len(data), opener(data))
            elif name == _NATIVE:
                label, data = native(compound.read(path)[4:])
                yield shown.child(label or "object", len(data), opener(data))
        yield from properties(document.address, compound, budget)
        yield from _macros(document.address, compound, budget)


def _macros(address: str, compound: Compound, budget: Budget) -> Iterator[Segment]:
    """The source of each module."""
    for path in compound.paths:
        if path[-1].lower() in _FORMS and len(path) > 1:
            yield from _form(address, path, compound.read(path))
        if len(path) < 2 or path[-2].lower() != _MACROS:
            continue
        data = compound.read(path)
        at = data.find(_SOURCE)
        if at >= 3:
            text = _decoded(expanded(data, at - 3, budget)).replace("\r\n", "\n")
            place = Place(part="/".join(path))
            yield Segment(text=text, address=address, origin=FixedOrigin(place), label="macro")


def _form(address: str, path: Path, data: bytes) -> Iterator[Segment]:
    """What the controls of a dialogue say, in either of the two encodings that stand side by side there."""
    texts = [match[0].decode("utf-16-le", "replace") for match in _WIDE.finditer(data)]
    texts += [match[0].decode("cp932", "replace") for match in _NARROW.finditer(data)]
    if texts:
        origin = FixedOrigin(Place(part="/".join(path)))
        yield Segment(text="\n".join(texts), address=address, origin=origin, label="form")


def _decoded(source: bytes) -> str:
    try:
        return decode(source)[1]
    except Unreadable:
        return source.decode("cp932", "replace")


def expanded(data: bytes, at: int, budget: Budget) -> bytes:
    """A compressed container ([MS-OVBA] 2.4.1.3.1) that begins at `at`."""
    if data[at : at + 1] != b"\1":
        raise Unreadable("corrupt", "the source of a macro is damaged")
    out = bytearray()
    at += 1
    while at + 2 <= len(data):
        (head,) = struct.unpack_from("<H", data, at)
        if head >> 12 & 7 != 3:
            break
        end = min(at + (head & 0xFFF) + 3, len(data))
        if head & 0x8000:
            _chunk(data[at + 2 : end], out)
        else:
            out += data[at + 2 : end]
        budget.hold(len(out))
        budget.tick()
        at = end
    budget.expand(len(out))
    return bytes(out)


def _chunk(data: bytes, out: bytearray) -> None:
    """One chunk: flags for eight tokens each, which are bytes or places of what is repeated."""
    start, at = len(out), 0
    while at < len(data) and len(out) - start < _CHUNK:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(out) - start >= _CHUNK:
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "little")
            at += 2
            width = max((len(out) - start - 1).bit_length(), 4) if len(out) - start > 1 else 4
            back = (token >> (16 - width)) + 1
            if back > len(out) - start:
                return
            for _ in range((token & (0xFFFF >> width)) + 3):
                out.append(out[-back])
