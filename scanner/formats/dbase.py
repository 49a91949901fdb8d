"""dBASE tables (.dbf) of all generations, FoxPro among them, and their memo files (.dbt, .fpt).

Rows that were marked as deleted are read like the others, since they stay in the file until it is packed. The encoding
is the one that the header names, or else what the bytes speak for: most programs that write Japanese leave the field
empty. A memo file is a document of its own; its texts are read without knowing the rows that they belong to.
"""

import re
import struct
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import IO, NamedTuple

from scanner.encoding import detect
from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import Grid, runs
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place
from scanner.text import preview

NAME = "dbase"
RANK = 215
ENDINGS = (".dbf", ".dbt", ".fpt")

_MARK = re.compile(
    rb"[\x02-\x04\x30-\x32\x43\x63\x83\x8b\x8e\xcb\xf5\xfb].[\0-\x0c][\0-\x1f].{28}[A-Za-z_\x80-\xfc].{10}[@-Y0+]"
    rb"|[\x04\x8c].[\0-\x0c][\0-\x1f].{64}[A-Za-z_\x80-\xfc].{31}[@-Y0+]",
    re.DOTALL,
)
_MEMO = b"\xff\xff\x08\0"
"""The mark of a memo of dBASE IV; those of dBASE III have an end mark instead."""
_CODECS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950",
    0x57: "cp1252", 0x7A: "gb18030", 0x79: "cp949", 0x78: "cp950", 0x7B: "cp932", 0x7D: "cp1255", 0xC9: "cp1251",
}  # fmt: skip
"""The language driver in byte 29, where it is not to be doubted: Western ones are written by default."""
_DOUBTED = frozenset(("cp437", "cp850", "cp1252"))
_SAMPLE = 1 << 16
_EPOCH = date(1, 1, 1).toordinal() - 1721426
"""From Julian day numbers to ordinals."""


def accepts(document: Document) -> bool:
    """Whether the document begins like a table, or is called a memo file and begins like one."""
    head = document.head
    if document.suffix in (".dbt", ".fpt"):
        return _memo_block(document) > 0 and preview(head) is None
    if _MARK.match(head) is None or document.suffix == ".dbf":
        return _MARK.match(head) is not None
    layout = _layout(head)
    return layout is not None and layout.size == layout.fields[-1].start + layout.fields[-1].size


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The records as rows of one table, or the texts of a memo file."""
    if document.suffix in (".dbt", ".fpt"):
        yield from _memos(document, budget)
        return
    with document.open() as stream:
        head = stream.read(65536)
        layout = _layout(head)
        if layout is None:
            raise Unreadable("corrupt", "the list of its columns is damaged")
        yield from _records(document, budget, stream, head, layout)


class _Field(NamedTuple):
    name: bytes
    kind: str
    start: int
    size: int


class _Layout(NamedTuple):
    records: int
    start: int
    """Where the records begin."""
    size: int
    fields: tuple[_Field, ...]


def _layout(head: bytes) -> _Layout | None:
    """Where the columns lie in a record; None where they do not add up to one."""
    if len(head) < 66:
        return None
    count, start, size = struct.unpack_from("<IHH", head, 4)
    first, step, name = (68, 48, 32) if head[0] & 7 == 4 else (32, 32, 11)
    fields: list[_Field] = []
    at, offset = first, 1
    while at + step <= len(head) and at < start and head[at] not in b"\r\0":
        wide = head[at + name + (1 if step == 48 else 5)]
        kind = chr(head[at + name])
        if kind == "C" and step == 32 and offset + wide + 256 * head[at + 17] <= size:
            wide += 256 * head[at + 17]
        fields.append(_Field(head[at : at + name].partition(b"\0")[0], kind, offset, wide))
        offset += wide
        at += step
    sound = 0 < len(fields) <= 2048 and offset <= size and at < start <= 65536 * 2
    return _Layout(count, start, size, tuple(fields)) if sound else None


def _records(
    document: Document, budget: Budget, stream: IO[bytes], head: bytes, layout: _Layout
) -> Iterator[Segment | Problem]:
    sample = head[layout.start :] or stream.read(_SAMPLE)
    stream.close()
    codec = _codec(head, b"\n".join((*(field.name for field in layout.fields), sample[:_SAMPLE])))
    headers = [field.name.decode(codec, "replace").strip() for field in layout.fields]
    grid = Grid(document, budget, "", headers, codec)
    readers = [(field.start, field.start + field.size, _reader(field, codec)) for field in layout.fields]
    many = max(MIB // layout.size, 1) * layout.size
    whole = 0
    with document.open() as again:
        again.read(layout.start)
        while block := again.read(many):
            budget.tick()
            for at in range(0, len(block), layout.size):
                record = block[at : at + layout.size]
                if record[:1] == b"\x1a" and whole >= layout.records:
                    block = b""
                    break
                whole += len(record) == layout.size
                yield from grid.add([reader(record[first:last]) for first, last, reader in readers])
            if not block:
                break
    yield from grid.rest()
    if whole < layout.records:
        detail = f"{layout.records - whole} of {layout.records} records are missing"
        yield Problem(address=document.address, kind="corrupt", detail=detail, size=document.size)


def _codec(head: bytes, sample: bytes) -> str:
    """The encoding that the header names, unless the bytes speak for another."""
    named = _CODECS.get(head[29], "")
    if named and named not in _DOUBTED:
        return named
    found = detect(bytes(byte if byte >= 32 else 10 for byte in sample[:8192]))
    if found is None or found.codec == "latin-1":
        return named or "cp932"
    return found.codec


def _reader(field: _Field, codec: str) -> Callable[[bytes], str]:
    return _KINDS.get((field.kind, field.size)) or _KINDS.get((field.kind, 0)) or (lambda raw: _text(raw, codec))


def _text(raw: bytes, codec: str) -> str:
    return raw.decode(codec, "replace").strip(" \0\t\r\n")


def _integer(raw: bytes) -> str:
    return str(int.from_bytes(raw, "little", signed=True)) if len(raw) == 4 else ""


def _double(raw: bytes) -> str:
    return f"{struct.unpack('<d', raw)[0]:.15g}" if len(raw) == 8 else ""


def _currency(raw: bytes) -> str:
    return f"{int.from_bytes(raw, 'little', signed=True) / 10000:.15g}"


def _time(raw: bytes) -> str:
    """A day and milliseconds (FoxPro); empty where there is none."""
    days, milliseconds = struct.unpack("<II", raw) if len(raw) == 8 else (0, 0)
    if not 1721426 <= days <= 5373484:
        return ""
    moment = date.fromordinal(days + _EPOCH)
    return f"{moment.isoformat()} {timedelta(seconds=milliseconds // 1000)}"


def _day(raw: bytes) -> str:
    text = raw.decode("ascii", "replace").strip(" \0")
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else text


def _memo_number(raw: bytes) -> str:
    return ""


_KINDS: dict[tuple[str, int], Callable[[bytes], str]] = {
    ("I", 4): _integer, ("B", 8): _double, ("O", 8): _double, ("Y", 8): _currency, ("D", 8): _day,
    ("T", 8): _time, ("@", 8): _time,
    **{(kind, 0): _memo_number for kind in "MGPW0"},
}  # fmt: skip
"""Kinds of columns whose values are not text, with their sizes; 0: of any size."""


# --- memo files -------------------------------------------------------------------------------------------------------


def _memo_block(document: Document) -> int:
    """Bytes of a block; 0 where it is no memo file."""
    head = document.head
    if len(head) < 512:
        return 0
    if document.suffix == ".fpt":
        size = int.from_bytes(head[6:8], "big") or 1
        return size if not any(head[8:16]) or head[8:16].isascii() else 0
    size = int.from_bytes(head[20:22], "little")
    return size if size and not size % 64 else 512


def _memos(document: Document, budget: Budget) -> Iterator[Segment]:
    """The texts between the headers of blocks, whatever rows refer to them."""
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory)
    texts = list(_foxpro(data, _memo_block(document)) if document.suffix == ".fpt" else _ended(data))
    sample = b"\n".join(texts)[:8192]
    found = detect(bytes(byte if byte >= 32 else 10 for byte in sample))
    codec = "cp932" if found is None or found.codec == "latin-1" else found.codec
    for text in texts:
        budget.tick()
        shown = text.decode(codec, "replace").replace("\x8d\n", "").strip()
        if shown:
            budget.expand(len(shown))
            origin = FixedOrigin(Place(part="memo"))
            yield Segment(text=shown, address=document.address, origin=origin, encoding=codec)


def _foxpro(data: bytes, block: int) -> Iterator[bytes]:
    at = -(-512 // block) * block
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(">II", data, at)
        if kind <= 2 and 0 < size <= len(data) - at - 8:
            body = data[at + 8 : at + 8 + size]
            yield body if kind == 1 else runs(body).encode("utf-8")
            at += -(-(size + 8) // block) * block
        else:
            at += block


def _ended(data: bytes) -> Iterator[bytes]:
    """The memos of dBASE III and IV."""
    if _MEMO in data:
        return (part[4:].rstrip(b"\0\x1a") for part in data[512:].split(_MEMO))
    return (part.strip(b"\0\x1a") for part in data[512:].split(b"\x1a\x1a"))
