"""Text exports of the Windows registry (.reg), of version 4 and 5: with escapes and hexadecimal values decoded.

Texts are stored as UTF-16 in hexadecimal whenever they may hold variables or are lists (``hex(2):``, ``hex(7):``), and
programs put them into plain binary values (``hex:``) as well. Everything else of the export stays as it stands, so
that names are labels of their values. Offsets are those of the file.
"""

import re
from collections.abc import Iterator

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._grid import runs
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import MappedOrigin
from scanner.text import blocks, preview

NAME = "registry"
RANK = 650
ENDINGS = (".reg",)

_BEGINNING = re.compile(r"(?:Windows Registry Editor Version 5|REGEDIT4)")
_CODED = re.compile(r"(?<==)hex(?:\((\w{1,8})\))?:((?:[0-9a-fA-F]{2}|[, \t]|\\?\r?\n[ \t]+)*+)|\\([\\\"])")
_ENDS = re.compile(r"[^\\\s,][ \t]*\r?\n")
_MOST = 1 << 24
"""Characters of one value."""


def accepts(document: Document) -> bool:
    """Whether the text begins with the line of an export."""
    seen = preview(document.head)
    return seen is not None and _BEGINNING.match(seen[1]) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text in stretches that end between values."""
    held, char, line = "", 0, 1
    failure = name = None
    with document.open() as stream:
        try:
            for encoding, block in blocks(stream):
                budget.tick()
                name = encoding.name
                held += block.text[block.lead :]
                end = _between(held)
                if end:
                    yield _segment(document, held[:end], char, line, name)
                    char, line, held = char + end, line + held.count("\n", 0, end), held[end:]
        except Unreadable as raised:
            failure = raised
    if held:
        yield _segment(document, held, char, line, name)
    if failure:
        raise failure


def _between(text: str) -> int:
    """Behind the last line that does not go on in the next one; 0: there is none yet."""
    end = len(text)
    while end > 0:
        feed = text.rfind("\n", 0, end)
        if feed < 0:
            break
        if _ENDS.match(text, max(feed - 2, 0)) or _ENDS.match(text, max(feed - 1, 0)):
            return feed + 1
        end = feed
    return len(text) if len(text) > _MOST else 0


def _segment(document: Document, source: str, char: int, line: int, encoding: str | None) -> Segment:
    parts: list[str] = []
    starts, sources = [0], [0]
    length = position = 0
    wide = encoding is not None and encoding.startswith("utf-16")
    for found in _CODED.finditer(source):
        kept = source[position : found.start()]
        decoded = found[3] or _decoded(found[1], found[2] or "", wide)
        parts += (kept, decoded)
        length += len(kept)
        starts.append(length)
        sources.append(found.start())
        length += len(decoded)
        starts.append(length)
        position = found.end()
        sources.append(position)
    parts.append(source[position:])
    return Segment(
        text="".join(parts),
        address=document.address,
        origin=MappedOrigin(source, tuple(starts), tuple(sources), char, line),
        encoding=encoding,
    )


def _decoded(kind: str | None, digits: str, wide: bool) -> str:
    """The readable text of a value; version 4 of the export wrote the code page of the system."""
    data = bytes.fromhex("".join(re.findall(r"[0-9a-fA-F]{2}", digits)))
    if kind in ("1", "2", "7"):
        text = data.decode("utf-16-le" if wide or data[1::2].count(0) * 4 > len(data) else "cp932", "replace")
        return "\n".join(part for part in text.split("\0") if part)
    return runs(data)
