"""JSON and JSON Lines: the text as it stands, with its escapes decoded.

The names of the members stay in the text before their values, which is where detection looks for labels. Nothing is
parsed: broken JSON, comments and trailing commas are read like the rest.
"""

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.formats import Piece
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import MappedOrigin, TextOrigin
from scanner.text import Block, blocks, preview

NAME = "json"
RANK = 710

_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".geojson", ".ipynb", ".har", ".webmanifest"})
_BEGINNING = re.compile(r'\s*+(?:\{\s*+(?:"|\}\s*+\Z)|\[\s*+(?:"|\{\s*+"|\[\s*+["\d\[-]))')
_U = r"(?:\\|\\{3})?u"
ESCAPES = re.compile(
    rf"\\(?:{_U}[dD][89abAB][0-9a-fA-F]{{2}}\\{_U}[dD][c-fC-F][0-9a-fA-F]{{2}}"  # two halves of one character
    rf'|{_U}[0-9a-fA-F]{{4}}|["\\/bfnrt])'
)
"""The escapes of RFC 8259, section 7; ``\\u`` also where JSON was put into JSON and its backslashes were doubled."""
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Unescaped(NamedTuple):
    """A text without its escapes, with the way back as `MappedOrigin` wants it."""

    text: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]

    def reached(self, source: int) -> int:
        """The offset in the text of the character that stands at `source`, or around it."""
        index = bisect.bisect_right(self.sources, source) - 1
        inside = source - self.sources[index]
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        return self.starts[index] + (inside if self.starts[index] + inside < end else 0)


def accepts(document: Document) -> bool:
    """Whether the text begins like JSON, or is called so."""
    seen = preview(document.head)
    return seen is not None and (document.suffix in _SUFFIXES or _BEGINNING.match(seen[1]) is not None)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text block by block."""
    with document.open() as stream:
        for encoding, block in blocks(stream):
            budget.tick()
            yield _segment(document, encoding.name, block)


def _segment(document: Document, encoding: str, block: Block) -> Segment:
    if "\\" not in block.text:
        return Segment(
            text=block.text,
            address=document.address,
            origin=TextOrigin(char=block.char, line=block.line),
            encoding=encoding,
            lead=block.lead,
            cut=block.cut,
            utf8=block.utf8,
        )
    plain = unescape(block.text)
    return Segment(
        text=plain.text,
        address=document.address,
        origin=MappedOrigin(block.text, plain.starts, plain.sources, block.char, block.line),
        encoding=encoding,
        lead=plain.reached(block.lead),
        cut=block.cut,
    )


def unescape(source: str) -> Unescaped:
    """Decode all escapes of `source`."""
    parts, starts, sources = [], [0], [0]
    position = length = 0
    for found in ESCAPES.finditer(source):
        begin, end = found.span()
        if begin > position:
            parts.append(source[position:begin])
            length += begin - position
            starts.append(length)
            sources.append(begin)
        parts.append(character(found[0]))
        length += 1
        position = end
        starts.append(length)
        sources.append(end)
    parts.append(source[position:])
    return Unescaped("".join(parts), tuple(starts), tuple(sources))


def character(escape: str) -> str:
    """The one character that a match of `ESCAPES` stands for; U+FFFD for half a character."""
    codes = escape.split("u")
    if len(codes) == 1:
        return _SHORT.get(escape[1], escape[1])
    code = int(codes[1][:4], 16)
    if len(codes) == 3:
        return chr(0x10000 + ((code - 0xD800) << 10) + int(codes[2], 16) - 0xDC00)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
