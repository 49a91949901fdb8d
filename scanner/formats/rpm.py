"""RPM packages: what is said about the package, and its payload, an archive of cpio, as a document of its own.

The lead and the signature are passed over. Not read: payloads of the form that leaves the names to the header, which
only files above 4 GiB need. Standard: the file format in the manual of RPM 4.
"""

import struct
from collections.abc import Iterator
from typing import IO

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import runs
from scanner.formats._stream import BLOCK, expanding, seekable
from scanner.limits import MIB, Budget
from scanner.model import Document, Segment
from scanner.origin import FixedOrigin, Place

NAME = "rpm"
RANK = 337
ENDINGS = (".rpm",)

_MARK = b"\xed\xab\xee\xdb"
_HEADER = b"\x8e\xad\xe8\x01"
_LEAD = 96
_LARGEST = 256 * MIB
_STRINGS = (6, 8, 9)
_SUFFIXES = {b"gzip": ".gz", b"bzip2": ".bz2", b"xz": ".xz", b"lzma": ".lzma", b"zstd": ".zst"}
_COMPRESSOR = 1125
_TEXTS = frozenset((1000, 1004, 1005, 1007, 1011, 1014, 1015, 1016, 1020, 1023, 1024, 1025, 1026, 1081, 1082))
"""Name, summary, description, vendor, packager, scripts, changes: what people write."""

BEGINS = (_MARK,)


def accepts(document: Document) -> bool:
    """The mark of the lead."""
    return document.head.startswith(_MARK)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The texts of the header, then the payload."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        _, signed = _block(stream, _LEAD, budget)
        tags, end = _block(stream, signed + -signed % 8, budget)
        texts = [runs(value, "utf-8") for tag, value in tags if tag in _TEXTS]
        text = "\n".join(filter(None, texts))
        if text:
            budget.expand(len(text))
            yield Segment(text=text, address=document.address, origin=FixedOrigin(Place(part="header")))
        compressor = next((value for tag, value in tags if tag == _COMPRESSOR), b"").rstrip(b"\0")
        budget.member()

        def opener() -> IO[bytes]:
            source = seekable(document, budget)
            source.seek(end)
            return expanding(iter(lambda: source.read(BLOCK), b""), source)

        stream.seek(end)
        if not stream.read(1):
            raise Unreadable("corrupt", "ends before its payload")
        yield document.child(f"payload.cpio{_SUFFIXES.get(compressor, '')}", max(document.size - end, 0), opener)


def _block(stream: IO[bytes], start: int, budget: Budget) -> tuple[list[tuple[int, bytes]], int]:
    """The tags of a header that are text, with their values, and where it ends."""
    stream.seek(start)
    intro = stream.read(16)
    if len(intro) < 16 or not intro.startswith(_HEADER):
        raise Unreadable("corrupt", "its header is damaged")
    count, size = struct.unpack(">2L", intro[8:])
    if 16 * count + size > _LARGEST:
        raise Unreadable("corrupt", "its header is damaged")
    budget.hold(16 * count + size)
    index, store = stream.read(16 * count), stream.read(size)
    if len(index) < 16 * count or len(store) < size:
        raise Unreadable("corrupt", "ends inside its header")
    found = []
    for tag, kind, offset, amount in struct.iter_unpack(">4L", index):
        budget.tick()
        if kind in _STRINGS and (tag in _TEXTS or tag == _COMPRESSOR):
            found.append((tag, _strings(store, offset, amount)))
    return found, start + 16 + 16 * count + size


def _strings(store: bytes, offset: int, amount: int) -> bytes:
    end = offset
    for _ in range(min(amount, len(store))):
        end = store.find(b"\0", end) + 1
        if not end:
            return store[offset:]
    return store[offset:end]
