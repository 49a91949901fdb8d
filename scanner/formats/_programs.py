"""Programs that carry an archive behind themselves: where what was appended begins.

Self-extracting archives are programs with the archive appended to them, whatever they are called. The program's own
headers say where it ends, so that one look there tells an archive from an ordinary program. Source: Microsoft PE/COFF
specification, sections 2 to 4; the header of DOS programs.
"""

import struct
from functools import lru_cache

from scanner.errors import Unreadable
from scanner.limits import MIB
from scanner.model import Document

_WINDOW = 1 << 14
"""The archive begins within so many bytes after the program: there may be settings for the unpacker between them."""
_FARTHEST = 64 * MIB


@lru_cache(maxsize=1)
def appended(document: Document) -> tuple[int, bytes]:
    """Where the bytes after the program begin, and the first of them; no bytes when nothing was appended."""
    start = _end_of_program(document.head)
    if not 0 < start < min(document.size, _FARTHEST):
        return start, b""
    with document.open() as stream:
        try:
            if stream.seekable():
                stream.seek(start)
            else:
                left = start
                while left and (block := stream.read(min(left, MIB))):
                    left -= len(block)
            return start, stream.read(_WINDOW)
        except Unreadable:
            return start, b""


def inside(document: Document, mark: bytes) -> int:
    """Where `mark` begins: 0 for a document that starts with it, behind a program's own bytes, or -1."""
    head = document.head
    if head.startswith(mark):
        return 0
    if not head.startswith(b"MZ"):
        return -1
    start, begun = appended(document)
    at = begun.find(mark)
    return start + at if at >= 0 else -1


def _end_of_program(head: bytes) -> int:
    if len(head) < 64 or not head.startswith(b"MZ"):
        return 0
    last, pages, at = (int.from_bytes(head[place:end], "little") for place, end in ((2, 4), (4, 6), (60, 64)))
    if head[at : at + 4] != b"PE\0\0" or at + 24 > len(head):
        return pages * 512 - (512 - last if last else 0)
    count, optional = struct.unpack_from("<H", head, at + 6)[0], struct.unpack_from("<H", head, at + 20)[0]
    first = at + 24 + optional
    ends = [
        sum(struct.unpack_from("<2L", head, place + 16))
        for place in range(first, first + 40 * count, 40)
        if place + 40 <= len(head)
    ]
    return int(max(ends, default=0))
