"""Single files compressed with gzip, bzip2, xz, Zstandard or `compress`: one document each, read as it is decompressed.

It does not read LZ4, and leaves compressed tar archives to `tar`.
"""

import zlib
from collections.abc import Iterator
from typing import IO

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._engines import ZSTANDARD, NewEngine
from scanner.formats._names import Evidence, printable
from scanner.formats._stream import engine_for, expand, expanding, feed, gzip, xz
from scanner.limits import MIB, Budget
from scanner.model import HEAD_BYTES, Document

NAME = "compressed"
RANK = 320
ENDINGS = (".gz", ".bz2", ".xz", ".lzma", ".z", ".bz", ".zst", ".zstd")
USES = (ZSTANDARD,)

_SMALL = 1 << 16
"""A gzip file up to this size is decompressed in one step: manual pages and rotated logs come by the thousand."""
_SUFFIXES = {
    ".tgz": ".tar",
    ".tbz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tzst": ".tar",
    ".taz": ".tar",
    ".svgz": ".svg",
    ".emz": ".emf",
}
_NAME_FLAG, _EXTRA_FLAG = 8, 4


def accepts(document: Document) -> bool:
    """The header of a compressed stream; the older .lzma has none, there the name decides."""
    return _engine(document) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The one document inside."""
    budget.enter(document.depth)
    budget.member()
    engine = _engine(document)
    if engine is None:
        raise Unreadable("corrupt", "not a compressed stream")
    name = _inner_name(document)
    content = _at_once(document, budget) if engine is gzip and document.size <= _SMALL else None
    if content is not None:
        yield document.inner(name, content)
        return

    def opener() -> IO[bytes]:
        source = document.open()
        return expanding(expand(feed(source), engine, budget, many=True), source)

    yield document.child(name, document.size, opener)


def _engine(document: Document) -> NewEngine | None:
    head = document.head
    if document.suffix == ".lzma" and head.startswith(b"\x5d\x00\x00"):
        return xz
    return engine_for(head)


def _at_once(document: Document, budget: Budget) -> bytes | None:
    """The content of a small and sound gzip file of one member; None when it is anything else."""
    data = document.head
    if len(data) >= HEAD_BYTES:
        with document.open() as stream:
            data = stream.read(_SMALL + 1)
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = inflate.decompress(data, MIB)
    except zlib.error:
        return None
    if not inflate.eof or inflate.unused_data:
        return None
    budget.expand(len(content))
    return content


def _inner_name(document: Document) -> str:
    """The name in the gzip header, else the document's own without the ending that stands for the compression."""
    name = _stored_name(document.head)
    if name:
        return name
    suffix = document.suffix
    stem = document.name[: len(document.name) - len(suffix)]
    if suffix in _SUFFIXES:
        return stem + _SUFFIXES[suffix]
    return stem if suffix in ENDINGS else document.name


def _stored_name(head: bytes) -> str:
    """FNAME of a gzip header (RFC 1952, 2.3): Latin-1 by the letter, the system's encoding in fact."""
    if not head.startswith(b"\x1f\x8b") or len(head) < 12 or not head[3] & _NAME_FLAG:
        return ""
    start = 12 + int.from_bytes(head[10:12], "little") if head[3] & _EXTRA_FLAG else 10
    end = head.find(b"\x00", start)
    raw = head[start:end].replace(b"\\", b"/").rpartition(b"/")[2] if end > start else b""
    return printable(Evidence((raw,), fallback="latin-1").decode(raw)) if raw else ""
