"""Office Open XML packages (ISO/IEC 29500-2): which kind one is, its parts, their relationships, what is embedded.

It is not a format and knows no text: `_ooxml_text` turns a part into segments. Damage is noted rather than raised, so
that the parts before and after it are still read; a package without its directory is read by its local headers.
"""

import io
import posixpath
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import IO, NamedTuple
from xml.parsers import expat

from scanner.errors import Unreadable
from scanner.formats._names import Shown
from scanner.formats._stream import BLOCK, Expanding, deflate, expand, seekable
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place

LOCAL_MARK = b"PK\x03\x04"
DOCTYPE = "a part declares a document type, which no package may"
CONTENT_TYPES = "[Content_Types].xml"
XML_ENDINGS = (".xml", ".rels", ".vml", ".xhtml")

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_TAIL = 22 + 0xFFFF
_FULL = 0xFFFFFFFF
_DIRECTORY_BYTES = 64 * MIB
_SMALL = 4 * MIB
"""No part that only lists other parts is larger."""
_HINT = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]|_rels[/\\]|docProps[/\\]|customXml[/\\]|word[/\\]|xl[/\\]|ppt[/\\])",
    re.DOTALL | re.IGNORECASE,
)
_MAIN_TYPE = re.compile(
    r"(spreadsheetml|ms-excel|wordprocessingml|ms-word|presentationml|ms-powerpoint)\.[\w.-]{0,40}?(binary[\w.-]{0,40})?main(?:\+xml)?[\"']"
)
_KINDS = {"spreadsheetml": "xlsx", "ms-excel": "xlsx", "wordprocessingml": "docx", "ms-word": "docx"}
_MAINS = {
    "xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "word/document.xml": "docx", "ppt/presentation.xml": "pptx",
}  # fmt: skip


class Entry(NamedTuple):
    """A member of the zip; `stored` is -1 where only its end mark says how long it is."""

    name: str
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    offset: int


class Relation(NamedTuple):
    """A relationship: its id, the last word of its type, and the part it leads to."""

    id: str
    type: str
    target: str


class Element(NamedTuple):
    """An element under its local name, with its attributes as they are written."""

    name: str
    attributes: Mapping[str, str]


class Refused(Exception):
    """The XML declares a document type: no part of a package may (ISO/IEC 29500-2, 6.2.5)."""


class Package:
    """The parts of one package. `damage` is the first thing found wrong with it, as a sentence."""

    def __init__(self, stream: IO[bytes], budget: Budget, *, salvage: bool = False) -> None:
        self._stream = stream
        self.budget = budget
        self.damage = ""
        found = None if salvage else _directory(stream, budget)
        if found is None:
            self.note("the archive ends before its directory")
            found = list(_salvaged(stream, budget))
        self.entries = tuple(found)
        self._by_name = {entry.name.lower(): entry for entry in self.entries}
        self._taken: set[Entry] = set()

    def note(self, damage: str) -> None:
        """Remember what is wrong, if it is the first."""
        self.damage = self.damage or damage

    def find(self, name: str) -> Entry | None:
        """The part of that name, however it is capitalised."""
        return self._by_name.get(name.lower().lstrip("/"))

    def take(self, name: str) -> Entry | None:
        """The part of that name, unless it was taken before."""
        entry = self.find(name)
        if entry is None or entry in self._taken:
            return None
        self._taken.add(entry)
        return entry

    def rest(self) -> Iterator[Entry]:
        """The parts that nobody took, in the order of the archive."""
        for entry in self.entries:
            if entry not in self._taken and not entry.name.endswith("/"):
                self._taken.add(entry)
                yield entry

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The part's bytes; where they are damaged, what comes before."""
        crc = 0
        try:
            for chunk in _content(self._stream, entry, self.budget):
                crc = zlib.crc32(chunk, crc)
                yield chunk
        except Unreadable as failure:
            if failure.kind != "corrupt":
                raise
            self.note(failure.detail)
            return
        if crc != entry.crc and entry.stored >= 0:
            self.note("the checksum of a part does not match its bytes")

    def head(self, entry: Entry, size: int = _SMALL) -> bytes:
        """The first bytes of a part, `size` or a few more."""
        data = bytearray()
        for chunk in self.chunks(entry):
            data += chunk
            if len(data) >= size:
                break
        return bytes(data)

    def elements(self, name: str, *wanted: str) -> list[Element]:
        """The elements of a small part that have one of the `wanted` names, in their order."""
        entry = self.find(name)
        found: list[Element] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            local = tag.rpartition(":")[2]
            if local in wanted:
                self.budget.hold(256 * len(found))
                found.append(Element(local, attributes))

        if entry is not None:
            machine = parser()
            machine.StartElementHandler = start
            for _ in self.parse(machine, self.chunks(entry)):
                pass
        return found

    def parse(self, machine: expat.XMLParserType, chunks: Iterator[bytes]) -> Iterator[None]:
        """Feed a part to an XML parser, stopping after each chunk; XML that is broken is noted as damage."""
        try:
            for chunk in chunks:
                machine.Parse(chunk, False)
                yield
            machine.Parse(b"", True)
        except Refused:
            self.note(DOCTYPE)
        except (expat.ExpatError, ValueError, LookupError):
            # pyexpat raises the last two for a declared encoding that it does not know.
            self.note("a part is not well-formed XML")

    def relations(self, part: str) -> list[Relation]:
        """The relationships of a part (of the package itself for an empty name) to other parts, in their order."""
        folder = part.rpartition("/")[0]
        found = []
        for _, attributes in self.elements(_relations_of(part), "Relationship"):
            if attributes.get("TargetMode", "").lower() != "external":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                kind = attributes.get("Type", "").rpartition("/")[2]
                found.append(Relation(attributes.get("Id", ""), kind, target.lstrip("/")))
        return found

    def main(self, usual: str) -> str:
        """The name of the main part: what the package's relationships say, else the usual one."""
        named = [relation.target for relation in self.relations("") if relation.type == "officeDocument"]
        return next((name for name in (*named, usual) if self.find(name)), usual)

    def owners(self, roots: Mapping[str, str], shared: frozenset[str]) -> dict[str, str]:
        """For each part that is reached from a root by relationships not of a `shared` type: the root's label."""
        found = {root.lower(): label for root, label in roots.items()}
        queue = list(roots)
        for part in queue:
            self.budget.tick()
            found[_relations_of(part).lower()] = found[part.lower()]
            for relation in self.relations(part):
                if relation.type not in shared and relation.target.lower() not in found and self.find(relation.target):
                    found[relation.target.lower()] = found[part.lower()]
                    queue.append(relation.target)
        return found

    def reopen(self, document: Document) -> Callable[[], IO[bytes]]:
        """What opens the package once more, for those who come when this one is closed."""
        if not isinstance(self._stream, io.BytesIO):
            return document.open
        held = self._stream.getvalue()
        return lambda: io.BytesIO(held)

    def damaged(self, document: Document) -> Iterator[Problem]:
        """The one problem of a package in which something was wrong."""
        if self.damage:
            yield Problem(address=document.address, kind="corrupt", detail=self.damage, size=document.size)


def _relations_of(part: str) -> str:
    folder, _, base = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{base}.rels")


def parser() -> expat.XMLParserType:
    """An XML parser that expands nothing: a document type declaration raises `Refused`."""
    machine = expat.ParserCreate()
    machine.buffer_text = True
    machine.StartDoctypeDeclHandler = _refuse
    return machine


def _refuse(*_: object) -> None:
    raise Refused


def is_xml(entry: Entry) -> bool:
    """Whether the member is a part made of XML."""
    return entry.name.lower().endswith(XML_ENDINGS)


@contextmanager
def opened(document: Document, budget: Budget) -> Iterator[Package]:
    """The document as a package; raises Unreadable when parts are encrypted or lie over one another."""
    with seekable(document, budget) as stream:
        package = Package(stream, budget)
        if any(entry.flags & 1 for entry in package.entries):
            raise Unreadable("encrypted", "its parts are encrypted")
        _check_extents(package.entries)
        yield package


def embedded(document: Document, package: Package) -> Iterator[Document | Segment]:
    """The members that are not XML: embedded documents, pictures, programs. Each can be opened at any time.

    Of the two kinds of binary part that only make sense in their package the strings are handed out: the names in
    printer settings (DEVMODEW), and what a control that is not a compound file keeps.
    """
    shown = Shown(document)
    for entry in package.rest():
        package.budget.enter(document.depth)
        strings = next((strings for folder, strings in _BINARIES if folder in entry.name.lower()), None)
        head = package.head(entry) if strings else b""
        if strings is None or head.startswith(_COMPOUND):
            yield shown.child(entry.name, entry.size, _opener(package.reopen(document), entry, package.budget))
        elif text := "\n".join(strings(head)):
            origin = FixedOrigin(Place(part=entry.name))
            yield Segment(text=text, address=document.address, origin=origin, label="binary")


def _printer(data: bytes) -> list[str]:
    """Device and form name of a DEVMODEW structure; on a Mac, the settings are a property list."""
    if (at := data.find(b"<?xml")) >= 0:
        return [data[at:].decode("utf-8", "replace")]
    fields = (data[start : start + 64].decode("utf-16-le", "replace").partition("\0")[0] for start in (0, 102))
    return [text for text in fields if text]


def _strings(data: bytes) -> list[str]:
    return [match[0].decode("utf-16-le", "replace") for match in _WIDE.finditer(data)]


_COMPOUND = b"\xd0\xcf\x11\xe0"
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00|[\x00-\xff][\x30-\x9f]|[\x00-\xef]\xff){3,}")
_BINARIES: tuple[tuple[str, Callable[[bytes], list[str]]], ...] = (
    ("/printersettings/", _printer),
    ("/activex/", _strings),
)


def _opener(source: Callable[[], IO[bytes]], entry: Entry, budget: Budget) -> Callable[[], IO[bytes]]:
    def opener() -> IO[bytes]:
        stream = source()
        return Expanding(_content(stream, entry, budget), stream)  # type: ignore[return-value]

    return opener


# --- which kind -------------------------------------------------------------------------------------------------------


def kind(document: Document) -> str:
    """``xlsx``, ``xlsb``, ``docx``, ``pptx`` by what the package holds, or an empty string."""
    return _kind(document) if document.head.startswith(LOCAL_MARK) else ""


@lru_cache(maxsize=1)
def _kind(document: Document) -> str:
    """Three formats ask in a row; the first kilobytes nearly always tell, else the directory."""
    budget = Budget(Limits(), document.size)
    try:
        found = _kind_of(Package(io.BytesIO(document.head), budget, salvage=True))
        hinted = _HINT.search(document.head) is not None
        if found or (document.depth and not hinted):
            return found
        with seekable(document, budget) as stream:
            if not hinted:
                stream.seek(max(stream.seek(0, io.SEEK_END) - _TAIL, 0))
                if CONTENT_TYPES.encode() not in stream.read(_TAIL):
                    return ""
            return _kind_of(Package(stream, budget))
    except Unreadable:
        return ""


def _kind_of(package: Package) -> str:
    found = next((kind for name, kind in _MAINS.items() if package.find(name)), "")
    types = package.find(CONTENT_TYPES)
    if found or types is None:
        return found
    data = package.head(types)
    text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace")
    match = _MAIN_TYPE.search(text)
    if match is None:
        return ""
    return "xlsb" if match[2] else _KINDS.get(match[1], "pptx")


# --- the zip ----------------------------------------------------------------------------------------------------------


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)


def _name(raw: bytes) -> str:
    for codec in ("utf-8", "cp932"):
        try:
            return raw.decode(codec).replace("\\", "/").lstrip("/")
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437").replace("\\", "/").lstrip("/")


def _directory(stream: IO[bytes], budget: Budget) -> list[Entry] | None:
    """The central directory (PKWARE APPNOTE 4.3.12), or None when there is none to be trusted."""
    base = max(stream.seek(0, io.SEEK_END) - _TAIL, 0)
    tail = _at(stream, base, _TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    size, offset = struct.unpack_from("<LL", tail, at + 12)
    end = base + at
    if at >= 76 and tail.startswith(b"PK\x06\x07", at - 20) and tail.startswith(b"PK\x06\x06", at - 76):
        size, offset = struct.unpack_from("<QQ", tail, at - 76 + 40)
        end -= 76
    if not 0 <= offset <= end - size or size > _DIRECTORY_BYTES:
        return None
    data = _at(stream, end - size, size)
    entries: list[Entry] = []
    at = 0
    while data.startswith(b"PK\x01\x02", at) and at + _CENTRAL.size <= len(data):
        budget.member()
        fields = _CENTRAL.unpack_from(data, at)
        name_end = at + _CENTRAL.size + fields[10]
        extra_end = name_end + fields[11]
        stored, full, start = _wide(data[name_end:extra_end], (fields[8], fields[9], fields[16]))
        name = _name(data[at + _CENTRAL.size : name_end])
        entries.append(Entry(name, fields[3], fields[4], fields[7], stored, full, start + end - size - offset))
        at = extra_end + fields[12]
    return entries or None


def _wide(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Stored size, full size and offset with those from the Zip64 field (APPNOTE 4.5.3) that did not fit."""
    stored, full, start = values
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == 1:
            body = extra[at + 4 : at + 4 + length]
            wide = iter([value for (value,) in struct.iter_unpack("<Q", body[: len(body) // 8 * 8])])
            full, stored, start = (next(wide, value) if value == _FULL else value for value in (full, stored, start))
        at += 4 + length
    return stored, full, start


def _salvaged(stream: IO[bytes], budget: Budget) -> Iterator[Entry]:
    """The members that have a local header, in a package that has lost its directory."""
    base, window, reached = 0, b"", 0
    stream.seek(0)
    while block := stream.read(MIB):
        budget.tick()
        window += block
        here = stream.tell()
        for match in re.finditer(LOCAL_MARK, window):
            at = match.start()
            fields = _LOCAL.unpack(window[at : at + _LOCAL.size]) if at + _LOCAL.size <= len(window) else None
            if fields is None or base + at < reached or fields[3] not in {0, 8} or not 0 < fields[9] <= 512:
                continue
            name = window[at + _LOCAL.size : at + _LOCAL.size + fields[9]]
            if len(name) < fields[9]:
                continue
            budget.member()
            stored = -1 if fields[2] & 8 else fields[7]
            reached = base + at + _LOCAL.size + max(stored, 0)
            yield Entry(_name(name), fields[2], fields[3], fields[6], stored, max(fields[8], 0), base + at)
        keep = min(len(window), 1024)
        base, window = base + len(window) - keep, window[-keep:]
        stream.seek(here)


def _check_extents(entries: tuple[Entry, ...]) -> None:
    """Members that lie over one another let a small file expand to any size; no office program writes them."""
    placed = sorted((entry for entry in entries if entry.stored >= 0), key=lambda entry: entry.offset)
    for entry, following in pairwise(placed):
        if entry.offset + _LOCAL.size + entry.stored > following.offset:
            raise Unreadable("bomb", "its members lie over one another")


def _content(stream: IO[bytes], entry: Entry, budget: Budget) -> Iterator[bytes]:
    """The member's bytes; raises Unreadable at the damage. `stream` may be moved by others in the meantime."""
    local = _at(stream, entry.offset, _LOCAL.size) if entry.offset >= 0 else b""
    if len(local) < _LOCAL.size or not local.startswith(LOCAL_MARK):
        raise Unreadable("corrupt", "a part does not begin where the directory says")
    fields = _LOCAL.unpack(local)
    blocks = _slice(stream, entry.offset + _LOCAL.size + fields[9] + fields[10], entry.stored)
    if entry.method == 8:
        yield from expand(blocks, deflate, budget)
    elif entry.method == 0 and entry.stored >= 0:
        for block in blocks:
            budget.expand(len(block))
            yield block
    else:
        raise Unreadable("corrupt", "a part is packed by a method that no office program uses")


def _slice(stream: IO[bytes], start: int, size: int) -> Iterator[bytes]:
    """`size` bytes from `start` on, all there are when it is negative."""
    while size:
        block = _at(stream, start, min(size, BLOCK) if size > 0 else BLOCK)
        if not block:
            if size > 0:
                raise Unreadable("corrupt", "the archive ends inside a part")
            return
        yield block
        start += len(block)
        size = size - len(block) if size > 0 else size
