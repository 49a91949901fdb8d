"""DocuWorks documents and binders (.xdw, .xbd): the texts that their pages draw, notes and properties.

There is no public specification. The reader rests on a description by others of files that they took apart (ezpzfile,
XDW-FORMAT), not on files of its own. Every save appends to the file: what earlier ones held is read as well. A document
of whose pages no text is found is reported, never taken for an empty one; so are scans, protected documents and what
was attached to a document in its original form.
"""

import io
import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._cells import Lines
from scanner.formats._lzhuf import METHODS, unpacked
from scanner.formats._names import Shown
from scanner.formats._stream import seekable
from scanner.formats.metafile import drawn
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place

NAME = "docuworks"
RANK = 205
ENDINGS = (".xdw", ".xbd")

_HEADER = re.compile(rb"\x60[\x06-\x7f]\x82\x01[\x01-\x1f][\x80\x83]")
_SEGMENT, _PROPERTIES, _ENTRY, _TRAILERS = 0x61, 0x63, 0x64, (0x65, 0x68)
_TOP = (0x60, _SEGMENT, _PROPERTIES, _ENTRY, *_TRAILERS)
_KIND, _SIZE, _DATA, _PACKED, _BODY = 0x80, 0x81, 0x86, 0x8A, 0x82
_EXPANDED = 0x83
"""Of a trailer: the size of the properties before it."""
_DRAWINGS, _PICTURES = (1, 4), (5,)
_CONSTRUCTED = 0x20
_DEEPEST = 32
_MOST_SEEN = 1 << 18
_MOST_ELEMENTS = 1 << 21
_LIST_OF_NAMES = (b"%", b"ATT", b"LINE")
"""What stands in a list of names of attributes, which is no attachment."""
_LEAST = 64


class _Element(NamedTuple):
    tag: int
    start: int
    end: int


def accepts(document: Document) -> bool:
    """The header of such a file."""
    return _HEADER.match(document.head) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The texts in the order of the file, pictures as documents; a problem where pages say nothing."""
    budget.enter(document.depth)
    budget.hold(document.size)
    with seekable(document, budget) as stream:
        data = stream.read()
    reader = _Reader(document, budget)
    yield from reader.pieces(data)
    reader.verdict()


class _Reader:
    """Reads one file; keeps what it has said, and what it has come by."""

    def __init__(self, document: Document, budget: Budget) -> None:
        self._budget = budget
        self._lines = Lines(document.address, budget)
        self._shown = Shown(document)
        self._seen: set[int] = set()
        self._drawings = self._pictures = self._entries = 0
        self._told = False
        """Whether a drawing has said anything."""
        self._whole = True

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Entries and properties, as they follow one another; the lengths of segments are not to be relied on."""
        at, properties = 0, b""
        while at < len(data):
            self._budget.tick()
            element = _element(data, at, len(data))
            if element is None or element.tag not in _TOP:
                self._whole = False
                break
            value = data[element.start : element.end]
            at = element.start if element.tag == _SEGMENT else element.end
            if element.tag == _ENTRY:
                yield from self._entry(value)
            elif element.tag == _PROPERTIES:
                properties = value
            elif element.tag in _TRAILERS:
                self._properties(properties, _number(_fields(value).get(_EXPANDED, b"")))
            yield from self._ready()
        self._lines.close()
        yield from self._ready()

    def verdict(self) -> None:
        """Raises Unreadable where there are pages of which no text was found."""
        if not self._whole:
            raise Unreadable("corrupt", "DocuWorks document: damaged, or protected in a way that is not known")
        if not self._told and self._pictures:
            raise Unreadable("image_only", "DocuWorks document: its pages are pictures")
        if not self._told:
            raise Unreadable("missing_reader", "DocuWorks document: no text was found in its pages")

    def _ready(self) -> Iterator[Piece]:
        yield from self._lines.ready
        self._lines.ready.clear()

    # --- entries ---

    def _entry(self, value: bytes) -> Iterator[Piece]:
        self._entries += 1
        self._budget.member()
        body = _fields(value).get(_BODY, b"")
        name = f"entry{self._entries}"
        if body[:1] == bytes((_KIND,)):
            picture = self._drawing(_fields(body), name)
        elif body[16:18] == b"\xff\xd8":
            picture = body[16:]
        else:
            picture = b""
            if len(body) >= _LEAST and not any(mark in body for mark in _LIST_OF_NAMES):
                yield self._shown.problem(name, len(body), "missing_reader", "attached to a DocuWorks document")
        if picture:
            self._pictures += 1
            yield self._shown.child(f"{name}.jpg", len(picture), partial(io.BytesIO, picture))

    def _drawing(self, fields: dict[int, bytes], name: str) -> bytes:
        """Say the texts of a drawing; the picture that it is instead, if it is one."""
        kind, data = _number(fields.get(_KIND, b"")), fields.get(_DATA, b"")
        if kind in _PICTURES:
            return data
        if kind in _DRAWINGS and data:
            self._drawings += 1
            size = _number(fields.get(_SIZE, b""))
            if _number(fields.get(_PACKED, b"")) == 1 or size > len(data):
                data = self._expanded(data, size)
            for text in drawn(data, self._budget):
                self._told = True
                self._say(text, name)
        return b""

    def _expanded(self, data: bytes, size: int) -> bytes:
        self._budget.hold(size)
        try:
            return b"".join(unpacked(iter((data,)), METHODS[b"-lh5-"], size, self._budget))
        except Unreadable as failure:
            if failure.kind != "corrupt":
                raise
            self._whole = False
            return b""

    # --- properties ---

    def _properties(self, stored: bytes, size: int) -> None:
        block = self._expanded(stored, size) if size != len(stored) else stored
        waiting = [(0, len(block), 0)]
        count = 0
        while waiting and count < _MOST_ELEMENTS:
            at, end, depth = waiting.pop()
            count += 1
            self._budget.tick()
            element = _element(block, at, end)
            if element is None:
                continue
            waiting.append((element.end, end, depth))
            value = block[element.start : element.end]
            if value[:2] == b"\x80\x01" and (fields := _fields(value)).get(_DATA):
                self._drawing(fields, "note")
            elif element.tag & _CONSTRUCTED and depth < _DEEPEST:
                waiting.append((element.start, element.end, depth + 1))
            else:
                self._text(value)
        self._whole &= not waiting

    def _text(self, value: bytes) -> None:
        """A value as text in each encoding that it may be in: which one it is, another attribute says by its name."""
        for codec in ("cp932", "utf-16-le"):
            raw = value.rstrip(b"\0") if codec == "cp932" else value[: len(value) // 2 * 2]
            try:
                text = raw.decode(codec).strip("\0 ")
            except UnicodeDecodeError:
                continue
            if len(text) > 1 and all(map(_is_written, text)):
                self._say(text, "properties")

    def _say(self, text: str, part: str) -> None:
        """A text, once."""
        mark = hash((text, part))
        if mark not in self._seen:
            if len(self._seen) < _MOST_SEEN:
                self._seen.add(mark)
            self._lines.put(text, Place(part=part))


def _is_written(char: str) -> bool:
    """Whether Japanese documents are written with a character, so that others are no text."""
    code = ord(char)
    return char in "\t\n\r" or 0x20 <= code < 0x7F or 0x3000 <= code < 0xA000 or (code >= 0xFF00 and char.isprintable())


def _element(data: bytes, at: int, end: int) -> _Element | None:
    """The element at `at`; None where there is none. Tags of several bytes count as their first one."""
    if at + 2 > end:
        return None
    tag, at = data[at], at + 1
    if tag & 0x1F == 0x1F:
        while at < end and data[at] & 0x80:
            at += 1
        at += 1
    if at >= end:
        return None
    length, at = data[at], at + 1
    if length & 0x80:
        count = length & 0x7F
        if not 0 < count <= 4:
            return None
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    return _Element(tag, at, at + length) if at + length <= end else None


def _fields(data: bytes) -> dict[int, bytes]:
    """The fields of a value by their tags, as far as they can be followed."""
    fields: dict[int, bytes] = {}
    at = 0
    while element := _element(data, at, len(data)):
        fields.setdefault(element.tag, data[element.start : element.end])
        at = element.end
    return fields


def _number(raw: bytes) -> int:
    """A number in its shortest form; negative ones count as none."""
    return max(int.from_bytes(raw[:8], "big", signed=True), 0)
