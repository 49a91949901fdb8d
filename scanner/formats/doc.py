"""Word documents of versions 6 to 2003 (.doc, .dot): the body with its tables, notes, headers, comments, text boxes,
what was deleted, names of authors and bookmarks, properties and what is embedded.

The text is put together by the piece table of [MS-DOC]; what lies in the text of the file and in no piece is text that
was removed before a quick save, and is read as well. A document under a password is reported with the method.
"""

import bisect
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._biff import drawn
from scanner.formats._cells import Lines
from scanner.formats._ole import MARK, XOR, Compound, cipher, embedded, opened, roots
from scanner.formats._properties import properties
from scanner.formats._prose import Prose, Teller
from scanner.limits import Budget
from scanner.model import Document, Problem
from scanner.origin import Place

NAME = "doc"
RANK = 140
ENDINGS = (".doc", ".dot")
_PARTS = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes", "header text boxes")
_ENCRYPTED, _WHICH_TABLE, _OBFUSCATED = 0x0100, 0x0200, 0x8000
_FIRST_OF_97 = 0xC0
_CHARACTERS, _PARAGRAPHS, _BOOKMARKS, _CLX, _COMMENTERS, _DRAWINGS, _REVISERS = 12, 13, 21, 33, 36, 50, 51
_IN_TABLE, _ROW_END, _DELETED, _TABLE_DEFINITION, _TABS = 0x2416, 0x2417, 0x0800, 0xD608, 0xC615
_OPERANDS = (1, 1, 2, 4, 2, 2, 0, 3)
_PAGE = 512
_MOST = 1 << 16
"""Characters that are taken from a piece at once."""
_MARKS = re.compile(r"[\x00-\x08\x0b-\x1f]")
_LANGUAGES = {0x411: "cp932", 0x804: "gbk", 0x404: "cp950", 0x412: "cp949"}
_LEFT = 8
"""Bytes between pieces from which on they are looked at."""


class _Text(NamedTuple):
    """A piece: `length` characters, from the byte `at` of the main stream on, of one byte each or of two."""

    length: int
    at: int
    narrow: bool


BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a compound file with a stream called WordDocument."""
    return "worddocument" in roots(document)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The parts of the text in the order of the file, properties, embedded documents."""
    with opened(document, budget) as compound:
        word = _Word(document.address, budget, compound)
        yield from word.pieces()
        if word.damage:
            yield Problem(address=document.address, kind="corrupt", detail=word.damage, size=document.size)
        yield from properties(document.address, compound, budget)
        inside = [*compound.storages("ObjectPool"), *compound.storages("MsoDataStore")]
        inside += [path for path in compound.storages() if path[0].lower() not in ("objectpool", "msodatastore")]
        yield from embedded(document, compound, inside, budget)


class _Word:
    """One document: its main stream, its table stream, and what they say about the text."""

    def __init__(self, address: str, budget: Budget, compound: Compound) -> None:
        self.damage = ""
        self._address = address
        self._budget = budget
        self._main = compound.get("WordDocument")
        if len(self._main) < 0x60:
            raise Unreadable("corrupt", "the document ends inside its header")
        version, self._flags = self._word(2), self._word(0x0A)
        self._new = version >= _FIRST_OF_97
        self._codec = "cp1252" if self._new else _LANGUAGES.get(self._word(6), "cp1252")
        self._table = compound.get("1Table" if self._flags & _WHICH_TABLE else "0Table")
        if self._flags & _ENCRYPTED:
            method = XOR if self._flags & _OBFUSCATED or not self._new else cipher(self._table)
            raise Unreadable("encrypted", f"a document under a password ({method})")
        self._deleted: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._kinds: list[int] = []
        if self._new:
            self._read_runs()

    def _word(self, at: int) -> int:
        return int.from_bytes(self._main[at : at + 2], "little")

    def _long(self, at: int) -> int:
        return int.from_bytes(self._main[at : at + 4], "little")

    def _part(self, index: int) -> bytes:
        """What the table stream holds at an index of the header's list of places."""
        at, size = self._long(0x9A + 8 * index), self._long(0x9E + 8 * index)
        return self._table[at : at + size] if self._new else b""

    # --- where the text lies ---

    def pieces(self) -> Iterator[Piece]:
        """All segments of the text, then the lists of names."""
        texts = list(self._texts())
        self._budget.hold(64 * len(texts))
        sizes = [self._long(0x4C + 4 * index) for index in range(len(_PARTS))] if self._new else []
        total = sum(text.length for text in texts)
        if sum(sizes) > total:
            self.damage = "the text is shorter than its header says"
        queue = iter(texts)
        rest: _Text | None = None
        for name, size in zip(_PARTS, sizes or (total,), strict=False):
            mine: list[_Text] = []
            while size > 0 and (text := rest or next(queue, None)):
                took = min(text.length, size)
                mine.append(text._replace(length=took))
                left = text.length - took
                rest = _Text(left, text.at + took * (2 - text.narrow), text.narrow) if left else None
                size -= took
            yield from self._told(name, mine)
        yield from self._told("body", [rest] if rest else [])
        yield from self._told("body", list(queue))
        yield from self._leftovers(texts)
        yield from self._names()

    def _texts(self) -> Iterator[_Text]:
        table = self._piece_table()
        count = max(len(table) - 4, 0) // 12
        ends = struct.unpack_from(f"<{count + 1}I", table) if count else ()
        if not count:
            begin, end = self._long(0x18), min(self._long(0x1C), len(self._main))
            wide = self._new
            yield _Text(max(end - begin, 0) // (2 if wide else 1), begin, not wide)
        for index in range(count):
            (raw,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)
            narrow = bool(raw & 0x40000000) or not self._new
            at = (raw & 0x3FFFFFFF) // 2 if narrow and self._new else raw & 0x3FFFFFFF
            room = max(len(self._main) - at, 0) // (2 - narrow)
            if room < ends[index + 1] - ends[index]:
                self.damage = self.damage or "a piece of the text lies outside the file"
            yield _Text(max(min(ends[index + 1] - ends[index], room), 0), at, narrow)

    def _piece_table(self) -> bytes:
        """The piece table in the Clx ([MS-DOC] 2.9.38), after the formatting that pieces share."""
        if self._new:
            data = self._part(_CLX)
        else:
            at, size = self._long(0x160), self._long(0x164)
            data = self._main[at : at + size] if self._flags & 4 else b""
        at = 0
        while at + 5 <= len(data):
            if data[at] == 2:
                size = int.from_bytes(data[at + 1 : at + 5], "little")
                return data[at + 5 : at + 5 + size]
            if data[at] != 1:
                break
            at += 3 + int.from_bytes(data[at + 1 : at + 3], "little")
        return b""

    # --- what is said about it ---

    def _read_runs(self) -> None:
        for begin, end, said in self._formatted(_CHARACTERS, 1):
            if _sprms(said, _DELETED):
                self._deleted.append((begin, end))
        found = []
        for begin, _, said in self._formatted(_PARAGRAPHS, 13):
            kind = 2 if _sprms(said[2:], _ROW_END) else 1 if _sprms(said[2:], _IN_TABLE) else 0
            found.append((begin, kind))
        found.sort()
        self._deleted.sort()
        self._starts = [begin for begin, _ in found]
        self._kinds = [kind for _, kind in found]

    def _formatted(self, index: int, step: int) -> Iterator[tuple[int, int, bytes]]:
        """Runs of text, by bytes of the main stream, with their properties ([MS-DOC] 2.9.33 and 2.9.175)."""
        places = self._part(index)
        count = max(len(places) - 4, 0) // 8
        seen: set[int] = set()
        for (number,) in struct.iter_unpack("<I", places[4 * (count + 1) : 4 * (count + 1) + 4 * count]):
            self._budget.tick()
            at = (number & 0x3FFFFF) * _PAGE
            page = self._main[at : at + _PAGE]
            if len(page) < _PAGE or at in seen:
                continue
            seen.add(at)
            runs = min(page[-1], (_PAGE - 5) // (4 + step))
            bounds = struct.unpack_from(f"<{runs + 1}I", page)
            for run in range(runs):
                offset = 2 * page[4 * (runs + 1) + step * run]
                yield bounds[run], bounds[run + 1], _grouped(page, offset, wide=step > 1) if offset else b""

    def _kind(self, at: int) -> int:
        """Of the paragraph at a byte: 0 not in a table, 1 in a table, 2 the end of a row."""
        index = bisect.bisect_right(self._starts, at) - 1
        return self._kinds[index] if index >= 0 else 0

    # --- the text ---

    def _told(self, name: str, texts: list[_Text]) -> Iterator[Piece]:
        teller = Teller(Prose(self._address, Place(part=name), self._budget))
        for text in texts:
            for at, said, deleted in self._split(text):
                begin = 0
                for mark in _MARKS.finditer(said):
                    teller.say(said[begin : mark.start()], deleted=deleted)
                    begin = mark.end()
                    kind = self._kind(at + mark.start() * (2 - text.narrow)) if mark[0] in "\r\x07\x0c" else 0
                    teller.mark(mark[0], kind)
                teller.say(said[begin:], deleted=deleted)
                yield from teller.prose.drain()
        teller.mark("\r", 0)
        yield from teller.prose.finish()

    def _split(self, text: _Text) -> Iterator[tuple[int, str, bool]]:
        """The characters of a piece, cut where something deleted begins or ends, each with its first byte."""
        width = 2 - text.narrow
        at, end = text.at, text.at + text.length * width
        index = bisect.bisect_left(self._deleted, (at, 0))
        index -= bool(index and self._deleted[index - 1][1] > at)
        while at < end:
            stop, deleted = end, False
            while index < len(self._deleted) and self._deleted[index][1] <= at:
                index += 1
            if index < len(self._deleted):
                begin, over = self._deleted[index]
                deleted = begin <= at
                stop = min(end, over if deleted else begin)
            stop = max(min(stop, at + _MOST * width), at + width)
            raw = self._main[at:stop]
            yield at, raw.decode(self._codec if text.narrow else "utf-16-le", "replace"), deleted
            at = stop

    def _leftovers(self, texts: list[_Text]) -> Iterator[Piece]:
        """What lies in the file's text and in no piece."""
        lines = Lines(self._address, self._budget)
        at, end = self._long(0x18), min(self._long(0x1C), len(self._main))
        for begin, over in sorted((text.at, text.at + text.length * (2 - text.narrow)) for text in texts):
            if at + _LEFT <= min(begin, end) and self._new:
                for line in _guessed(self._main[at : min(begin, end)]):
                    lines.put(line, Place(part="body"), "unused")
            at = max(at, over)
            yield from lines.ready
            lines.ready.clear()
        lines.close()
        yield from lines.ready

    def _names(self) -> Iterator[Piece]:
        """People who commented and revised, bookmarks, and what drawings are called."""
        lines = Lines(self._address, self._budget)
        for index, part in ((_COMMENTERS, "comments"), (_REVISERS, "revisions"), (_BOOKMARKS, "bookmarks")):
            for text in _counted(self._part(index)):
                lines.put(text, Place(part=part), "names")
        for text in drawn(self._part(_DRAWINGS), self._budget):
            lines.put(text, Place(part="drawings"))
        lines.close()
        yield from lines.ready


def _grouped(page: bytes, offset: int, *, wide: bool) -> bytes:
    """The properties at an offset of a page: of a paragraph (with its style) when `wide`, else of characters."""
    if not wide:
        return page[offset + 1 : offset + 1 + page[offset]]
    if page[offset] == 0:
        return page[offset + 2 : offset + 2 + 2 * page[min(offset + 1, _PAGE - 1)]]
    return page[offset + 1 : offset + 2 * page[offset]]


def _sprms(properties: bytes, wanted: int) -> bool:
    """Whether a property is switched on ([MS-DOC] 2.2.5)."""
    at = 0
    while at + 3 <= len(properties):
        code = properties[at] | properties[at + 1] << 8
        if code == wanted:
            return properties[at + 2] & 1 == 1
        size = _OPERANDS[code >> 13]
        if code == _TABLE_DEFINITION:
            size = 1 + (properties[at + 2] | (properties[at + 3] << 8 if at + 3 < len(properties) else 0))
        elif not size:
            size = 1 + properties[at + 2]
            if code == _TABS and size == 256:
                return False
        at += 2 + size
    return False


def _guessed(raw: bytes) -> Iterator[str]:
    """Lines of text in bytes of which nothing is known: UTF-16 where that makes sense, else one byte each."""
    wide = raw.decode("utf-16-le", "replace")
    likely = sum(char < "\x7f" or "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in wide)
    text = wide if 4 * likely > 3 * len(wide) else raw.decode("cp1252", "replace")
    for line in _MARKS.split(text):
        if len(line) > 2 and not line.isspace():
            yield line


def _counted(data: bytes) -> Iterator[str]:
    """Strings in UTF-16 that follow their lengths, in an STTB ([MS-DOC] 2.2.4) or without its head."""
    at, extra = 0, 0
    if data[:2] == b"\xff\xff":
        at, extra = 6, int.from_bytes(data[4:6], "little")
    while at + 2 <= len(data):
        size = 2 * int.from_bytes(data[at : at + 2], "little")
        yield data[at + 2 : at + 2 + size].decode("utf-16-le", "replace")
        at += 2 + size + extra
