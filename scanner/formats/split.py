"""Files that were split, ``x.zip.001``, ``x.csv.002``, ``x.z01``: read as a whole under the name of the first part.

Only files on disk have others beside them. The first part holds the whole as its one document; the others hold nothing
of their own as long as all before them are there. Of archives in the zip format that were split by their own rules
(``x.z01`` to ``x.zip``) the last part, which has the directory, is the first to be read (`zip`), of RAR volumes the
first (`rar`). Not joined: parts whose names say nothing of their order.
"""

import re
from collections.abc import Iterator
from functools import partial

from scanner.errors import Textless
from scanner.formats import Piece, pick
from scanner.formats._joined import joined
from scanner.formats._stream import engine_for
from scanner.formats._volumes import volumes
from scanner.formats.binary import nameless
from scanner.formats.zip import split_parts
from scanner.limits import Budget
from scanner.model import Document
from scanner.text import preview

NAME = "split"
RANK = 5
ENDINGS = (".001", ".002", ".z01", ".z02")

_NUMBERED = re.compile(r"(.+)\.(\d{3})", re.DOTALL)
_SPANNED = re.compile(r"(.+\.)([zZ])(\d{2,3})", re.DOTALL)
MOST = 500
"""Parts of one file."""
_ARCHIVES = (b"PK\x03\x04", b"PK\x07\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_PART_OF = "part_of_split"


def accepts(document: Document) -> bool:
    """A numbered file among others that are parts of the same whole."""
    numbered = _NUMBERED.fullmatch(document.name)
    if numbered:
        return int(numbered[2]) <= len(_parts(document, numbered[1]))
    number, others = volumes(document)
    if others:
        return 1 < number <= len(others)
    spanned = _SPANNED.fullmatch(document.name)
    return spanned is not None and _belongs(document, spanned)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The whole, of the first part; raises Textless of any other."""
    numbered = _NUMBERED.fullmatch(document.name)
    if numbered is None or int(numbered[2]) > 1:
        raise Textless(_PART_OF)
    budget.enter(document.depth)
    parts = _parts(document, numbered[1])
    for part in parts[1:]:
        budget.join(part.size)
    yield document.child(numbered[1], sum(part.size for part in parts), partial(joined, parts))


def _parts(document: Document, stem: str) -> list[Document]:
    """The parts of the whole that a numbered file belongs to, from the first on; none where it belongs to none.

    What begins like an archive goes on in the files after it, unless one of these begins like an archive as well. Of
    anything else the parts are of one size and begin like nothing: rotated logs are files of their own.
    """
    parts: list[Document] = []
    while len(parts) < MOST and (part := document.beside(f"{stem}.{len(parts) + 1:03d}")):
        parts.append(part)
    if len(parts) < 2:
        return []
    begun, others, sizes = parts[0].head, parts[1:], [part.size for part in parts]
    if begun.startswith(_ARCHIVES) or engine_for(begun):
        return [] if any(part.head.startswith(_ARCHIVES) for part in others) else parts
    even = set(sizes[:-1]) == {sizes[0]} and 0 < sizes[-1] <= sizes[0]
    return parts if even and all(map(_continues, others)) else []


def _continues(part: Document) -> bool:
    """Whether a part may be the middle of something: it is nothing of its own, or text."""
    return preview(part.head) is not None or (pick(_alone(part)).NAME == "binary" and nameless(part))


def _alone(part: Document) -> Document:
    """A part as if nothing were beside it."""
    return Document(address=part.address, path=part.path, name="", size=part.size, opener=part.open, depth=1)


def _belongs(document: Document, spanned: re.Match[str]) -> bool:
    """Whether a numbered part belongs to an archive beside it whose parts are all there."""
    stem, letter, number = spanned[1], spanned[2], max(int(spanned[3]), 1)
    last = document.beside(stem + ("zip" if letter == "z" else "ZIP"))
    return last is not None and number < len(split_parts(last))
