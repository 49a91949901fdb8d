"""Windows metafiles (.emf, .wmf): the texts that they draw. They stand in Office documents as the pictures of embedded
objects, and so repeat what those show.

Records of [MS-EMF] and [MS-WMF] are read from first to last; texts that are drawn as shapes or lie in bitmaps are not
seen. A metafile that draws no text is a picture.
"""

import re
import struct
from collections.abc import Iterator

from scanner.errors import Textless
from scanner.formats import Piece
from scanner.formats._cells import Lines
from scanner.formats._stream import seekable
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place

NAME = "metafile"
RANK = 230
ENDINGS = (".emf", ".wmf")
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_WMF = re.compile(rb"(?:\xd7\xcd\xc6\x9a.{18})?[\x01\x02]\0\x09\0\0[\x01\x03]", re.DOTALL)
_EMF_TEXTS = {83: ("cp932", 36), 84: ("utf-16-le", 36)}
_EMF_SMALL, _COMMENT = 108, 70
_EMF_PLUS_STRING = 0x401C
_WMF_TEXT, _WMF_EXTENDED = 0x0521, 0x0A32
_LONGEST = 1 << 14


def accepts(document: Document) -> bool:
    """Whether it begins as one of the two kinds."""
    head = document.head
    return (head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF") or _WMF.match(head) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """One line for each text that is drawn."""
    with seekable(document, budget) as stream:
        budget.hold(document.size)
        data = stream.read()
    lines = Lines(document.address, budget)
    found = False
    for text in drawn(data, budget):
        found = True
        lines.put(text, Place())
        yield from lines.ready
        lines.ready.clear()
    lines.close()
    yield from lines.ready
    if not found:
        raise Textless("image")


def drawn(data: bytes, budget: Budget) -> Iterator[str]:
    """The texts that a metafile of either kind draws, in their order."""
    return _emf(data, budget) if data[40:44] == b" EMF" else _wmf(data, budget)


def _emf(data: bytes, budget: Budget) -> Iterator[str]:
    at = 0
    while at + 8 <= len(data):
        budget.tick()
        kind, size = struct.unpack_from("<II", data, at)
        if size < 8:
            return
        record = data[at : at + size]
        at += size
        if kind in _EMF_TEXTS and len(record) >= 52:
            codec, place = _EMF_TEXTS[kind]
            count, offset = struct.unpack_from("<II", record, place + 8)
            yield from _said(record, offset, count, codec)
        elif kind == _EMF_SMALL and len(record) >= 36:
            (count, flags) = struct.unpack_from("<I4xI", record, 16)
            yield from _said(record, 36 if flags & 0x100 else 52, count, "cp932" if flags & 0x200 else "utf-16-le")
        elif kind == _COMMENT and record[12:16] == b"EMF+":
            yield from _plus(record, budget)


def _plus(record: bytes, budget: Budget) -> Iterator[str]:
    """Texts among the records of EMF+ in a comment ([MS-EMFPLUS] 2.3.4.14)."""
    at = 16
    while at + 12 <= len(record):
        budget.tick()
        kind, _, size = struct.unpack_from("<HHI", record, at)
        if kind == _EMF_PLUS_STRING and at + 40 <= len(record):
            yield from _said(record, at + 40, struct.unpack_from("<I", record, at + 20)[0], "utf-16-le")
        at += max(size, 12)


def _wmf(data: bytes, budget: Budget) -> Iterator[str]:
    at = 40 if data.startswith(_PLACEABLE) else 18
    while at + 6 <= len(data):
        budget.tick()
        words, kind = struct.unpack_from("<IH", data, at)
        if words < 3:
            return
        record = data[at : at + 2 * words]
        at += 2 * words
        if kind == _WMF_TEXT and len(record) > 8:
            yield from _said(record, 8, int.from_bytes(record[6:8], "little"), "cp932")
        elif kind == _WMF_EXTENDED and len(record) > 14:
            count, options = struct.unpack_from("<HH", record, 10)
            yield from _said(record, 22 if options & 6 else 14, count, "cp932")


def _said(record: bytes, at: int, count: int, codec: str) -> Iterator[str]:
    width = 2 if codec == "utf-16-le" else 1
    raw = record[at : at + min(count, _LONGEST) * width]
    text = raw.decode(codec, "replace").strip("\0 ")
    if len(text) > 1 or text.isalnum():
        yield text
