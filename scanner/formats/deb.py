"""Debian packages: an ar archive of which each member becomes a document of its own, the tar archives in it among them.

Archives of compiled code have the same form and hold no text; they are told apart by their first member. Standard:
deb(5), ar(5).
"""

from collections.abc import Iterator

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Shown
from scanner.formats.tar import Member, Tape, member_opener
from scanner.limits import Budget
from scanner.model import Document

NAME = "deb"
RANK = 336
ENDINGS = (".deb",)

_MARK = b"!<arch>\n"
_HEADER = 60

BEGINS = (_MARK,)


def accepts(document: Document) -> bool:
    """The mark of an ar archive, with the first member of a package."""
    return document.head.startswith(_MARK + b"debian-binary")


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; a damage ends the archive after the members before it."""
    budget.enter(document.depth)
    shown = Shown(document)
    tape = Tape.of(document, budget)
    try:
        tape.wind(len(_MARK), budget)
        while header := tape.take(_HEADER):
            budget.member()
            name, size = _member(header)
            start = tape.position
            member = Member(name, False, 0, start, size, size, None)
            yield shown.child(name.decode("utf-8", "replace"), size, member_opener(document, tape, member, budget))
            if not tape.reaches(start + size + size % 2):
                raise Unreadable("corrupt", "damaged, or cut off, between two members")
            tape.wind(start + size + size % 2, budget)
    finally:
        tape.close()


def _member(header: bytes) -> tuple[bytes, int]:
    """Name and size of a member."""
    size = header[48:58].strip()
    if len(header) < _HEADER or not header.endswith(b"`\n") or not size.isdigit():
        raise Unreadable("corrupt", "damaged, or cut off, between two members")
    return header[:16].rstrip(b" /"), int(size)
