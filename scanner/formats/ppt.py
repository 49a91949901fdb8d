"""PowerPoint presentations of 97 to 2003 (.ppt, .pps, .pot): the text of slides, notes, masters and comments, of slides
that were deleted and saved around, properties, and what is embedded.

Records follow [MS-PPT], read from first to last. Which slide a text belongs to is what the newest edit says; a text
that only an older edit knows has no number. A presentation under a password is reported with the method.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._biff import drawn
from scanner.formats._cells import Lines
from scanner.formats._names import Shown
from scanner.formats._ole import MARK, Compound, cipher, embedded, native, opened, opener, roots
from scanner.formats._properties import properties
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem
from scanner.origin import Place

NAME = "ppt"
RANK = 150
ENDINGS = (".ppt", ".pps", ".pot")
_STREAM = "PowerPoint Document"
_HEAD = struct.Struct("<HHI")
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_SLIDE, _MASTER, _NOTES, _HANDOUT = 1006, 1016, 1008, 4041
_LIST, _PERSIST, _WIDE, _NARROW, _STRING = 4080, 1011, 4000, 4008, 4026
_EDIT, _DIRECTORY, _CRYPT, _OBJECT, _BLOB, _OPTIONS = 4085, 6002, 0x2F14, 4113, 5003, 0xF00B
_COMMENT = 12000
_PAGES = {_SLIDE: "", _MASTER: "master", _NOTES: "notes", _HANDOUT: "handout", _COMMENT: "comments"}
_DEEPEST = 24
_TAG = "___PPT".encode("utf-16-le")
"""What the names of the program's own tags begin with."""
_MARKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x00": None})


class _Record(NamedTuple):
    """A record: its kind, its instance, where its body lies, and whether the body is made of records."""

    kind: int
    instance: int
    at: int
    end: int
    container: bool


BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a compound file with a stream of presentation records."""
    return _STREAM.lower() in roots(document)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text in the order of the file, properties, embedded documents."""
    with opened(document, budget) as compound:
        show = _Show(document, budget, compound)
        yield from show.pieces()
        yield from properties(document.address, compound, budget)
        yield from embedded(document, compound, compound.storages(), budget)
        if show.damage:
            yield Problem(address=document.address, kind="corrupt", detail=show.damage, size=document.size)


class _Show:
    """The records of one presentation."""

    def __init__(self, document: Document, budget: Budget, compound: Compound) -> None:
        self.damage = ""
        self._document = document
        self._budget = budget
        self._data = compound.get(_STREAM)
        user = compound.get("Current User")
        self._refuse_encrypted(user)
        self._persisted = self._directory(int.from_bytes(user[16:20], "little"))
        self._numbers: dict[int, int] = {}
        self._number_slides()
        self._lines = Lines(document.address, budget)
        self._children: list[Document] = []
        self._shown = Shown(document)
        self._place = Place(part="document")

    def _records(self, at: int, end: int) -> Iterator[_Record]:
        """The records between two places of the stream."""
        while at + 8 <= end:
            self._budget.tick()
            version, kind, size = _HEAD.unpack_from(self._data, at)
            over = at + 8 + size
            if over > end:
                self.damage = self.damage or "a record reaches beyond its container"
                over = end
            yield _Record(kind, version >> 4, at + 8, over, version & 15 == 15)
            at = over

    def _refuse_encrypted(self, user: bytes) -> None:
        if int.from_bytes(user[12:16], "little") == _ENCRYPTED_TOKEN:
            raise Unreadable("encrypted", f"a presentation under a password ({cipher(self._session(user))})")

    def _session(self, user: bytes) -> bytes:
        """The header of the encryption, to which the newest edit leads."""
        at = int.from_bytes(user[16:20], "little") + 8
        directory, reference = (int.from_bytes(self._data[at + n : at + n + 4], "little") for n in (12, 28))
        place = next((place for number, place in self._entries(directory) if number == reference), len(self._data))
        return (
            self._data[place + 8 :][:64] if self._data[place + 2 : place + 4] == _CRYPT.to_bytes(2, "little") else b""
        )

    def _directory(self, at: int) -> dict[int, int]:
        """Where each object lies: of all edits, the newest decides ([MS-PPT] 2.1.2)."""
        found: dict[int, int] = {}
        seen: set[int] = set()
        while 0 <= at < len(self._data) - 28 and at not in seen:
            seen.add(at)
            self._budget.tick()
            if int.from_bytes(self._data[at + 2 : at + 4], "little") != _EDIT:
                break
            before, directory = struct.unpack_from("<II", self._data, at + 16)
            for number, place in self._entries(directory):
                found.setdefault(number, place)
            self._budget.hold(64 * len(found))
            at = before or -1
        return found

    def _entries(self, at: int) -> Iterator[tuple[int, int]]:
        head = self._data[at : at + 8]
        if len(head) < 8 or _HEAD.unpack(head)[1] != _DIRECTORY:
            return
        end = min(at + 8 + _HEAD.unpack(head)[2], len(self._data))
        at += 8
        while at + 4 <= end:
            (first,) = struct.unpack_from("<I", self._data, at)
            count = min(first >> 20, (end - at - 4) // 4)
            for index in range(count):
                yield (first & 0xFFFFF) + index, struct.unpack_from("<I", self._data, at + 4 + 4 * index)[0]
            at += 4 + 4 * (first >> 20)

    def _number_slides(self) -> None:
        """Slides are numbered by the list in the document; notes say which slide they belong to."""
        identities: dict[int, int] = {}
        for document in self._records(0, len(self._data)):
            if document.kind != 1000:
                continue
            for part in self._records(document.at, document.end):
                if part.kind == _LIST and part.instance in (0, 2):
                    self._listed(part, identities)

    def _listed(self, part: _Record, identities: dict[int, int]) -> None:
        number = 0
        for record in self._records(part.at, part.end):
            if record.kind == _PERSIST and record.end - record.at >= 16:
                number += 1
                reference, _, _, identity = struct.unpack_from("<4I", self._data, record.at)
                place = self._persisted.get(reference, -1)
                if part.instance == 0:
                    identities[identity] = number
                    self._numbers[place + 8] = number
                elif self._data[place + 10 : place + 12] == b"\xf1\x03":
                    owner = int.from_bytes(self._data[place + 16 : place + 20], "little")
                    self._numbers[place + 8] = identities.get(owner, 0)

    # --- text ---

    def pieces(self) -> Iterator[Piece]:
        """The segments of the stream, each embedded object when it comes."""
        for record in self._records(0, len(self._data)):
            yield from self._told(record, 0)
            self._place = Place(part="document")
        self._lines.close()
        yield from self._ready()

    def _ready(self) -> Iterator[Piece]:
        while self._lines.ready:
            yield self._lines.ready.popleft()
        yield from self._children
        self._children.clear()

    def _told(self, record: _Record, depth: int) -> Iterator[Piece]:
        if record.kind in _PAGES:
            self._turn(record)
        if record.container or record.kind == _BLOB:
            if depth > _DEEPEST:
                raise Unreadable("too_deep", "records are nested too deeply")
            number = 0
            for inner in self._records(record.at, record.end):
                if record.kind == _LIST and inner.kind == _PERSIST:
                    number += 1
                    self._place = (
                        Place(slide=number) if record.instance == 0 else Place(part=_LISTS[record.instance % 3])
                    )
                yield from self._told(inner, depth + 1)
        else:
            self._atom(record)
            yield from self._ready()

    def _turn(self, record: _Record) -> None:
        """A page begins."""
        number = self._numbers.get(record.at) or (self._place.slide if record.kind == _COMMENT else None)
        self._place = Place(slide=number, part=_PAGES[record.kind] or (None if number else "earlier version"))

    def _atom(self, record: _Record) -> None:
        body = self._data[record.at : record.end]
        if record.kind in (_WIDE, _STRING):
            if body.startswith(_TAG):
                return
            self._lines.put(body.decode("utf-16-le", "replace").translate(_MARKS), self._place)
        elif record.kind == _NARROW:
            self._lines.put(body.decode("latin-1").translate(_MARKS), self._place)
        elif record.kind == _OPTIONS:
            head = _HEAD.pack(record.instance << 4 | 3, _OPTIONS, len(body))
            for text in drawn(head + body, self._budget):
                self._lines.put(text, self._place)
        elif record.kind == _OBJECT:
            self._budget.enter(self._document.depth)
            self._object(self._inflated(body, self._budget) if record.instance else body)

    def _object(self, data: bytes) -> None:
        """An embedded object is a compound file; what it was made of is read in its stead where it can be told."""
        name = f"object {len(self._children) + 1}"
        if data:
            if not data.startswith(MARK):
                data = native(data)[1]
            self._children.append(self._shown.child(name, len(data), opener(data)))

    def _inflated(self, body: bytes, budget: Budget) -> bytes:
        machine = zlib.decompressobj()
        parts, rest, held = [], body[4:], 0
        try:
            while rest and not machine.eof:
                part = machine.decompress(rest, MIB)
                budget.expand(len(part))
                held += len(part)
                budget.hold(held)
                parts.append(part)
                rest = machine.unconsumed_tail
        except zlib.error:
            self.damage = self.damage or "an embedded object is damaged"
        return b"".join(parts)


_LISTS = ("slides", "master", "notes")
