"""The records of binary workbooks ([MS-XLS]): strings in all their shapes, and the text in formulas and drawings.

Shared by the parts of the xls reader; a record's body may go on in CONTINUE records, which cut strings anywhere.
"""

import re
import struct
from collections.abc import Iterator, Sequence

from scanner.limits import Budget

LONGEST = 1 << 15
"""Characters that a cell can hold."""
_TOKENS = {
    1: 4, 2: 4, **dict.fromkeys(range(3, 0x17), 0), 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x20: 7, 0x21: 2, 0x22: 3,
    0x23: 4, 0x24: 4, 0x25: 8, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8, 0x39: 6,
    0x3A: 6, 0x3B: 10, 0x3C: 6, 0x3D: 10,
}  # fmt: skip
"""Bytes after the first of a formula's token, which is given in its reference class."""
_MOST = 512
"""Properties of a shape."""
_OPTIONS = re.compile(rb"[\x03\x13\x23\x33\x43\x53\x63\x73\x83\x93\xa3\xb3\xc3\xd3\xe3\xf3].[\x0b\x22\x21]\xf1|"
                      rb".[\x00-\x0f][\x0b]\xf0", re.DOTALL)  # fmt: skip
_TEXTS = frozenset({0xC0, 0x0380, 0x0381, 0x038D})
"""Drawing properties that are text: word art, name, description, tooltip."""


class Strings:
    """Reads strings one after another from a body and its continuations."""

    __slots__ = ("_bodies", "_index", "_body", "at")

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self._bodies = bodies
        self._index = 0
        self._body = bodies[0] if bodies else b""
        self.at = 0

    def more(self) -> bool:
        """Whether anything is left; moves on to the next body at the end of one."""
        while self.at >= len(self._body):
            if self._index + 1 >= len(self._bodies):
                return False
            self._index += 1
            self.at -= len(self._body)
            self._body = self._bodies[self._index]
        return True

    def one(self) -> str:
        """The next XLUnicodeRichExtendedString ([MS-XLS] 2.5.293), without its formatting."""
        if not self.more() or len(self._body) - self.at < 3:
            self.at = len(self._body)
            return ""
        count, flags = struct.unpack_from("<HB", self._body, self.at)
        self.at += 3
        runs = extra = 0
        if flags & 8:
            runs = int.from_bytes(self._take(2), "little")
        if flags & 4:
            extra = int.from_bytes(self._take(4), "little")
        text = self._characters(count, bool(flags & 1))
        self._skip(4 * runs)
        # What follows the formatting is the phonetic reading.
        return text if not extra else "\0".join(filter(None, (text, reading(self._take(extra)))))

    def _characters(self, count: int, wide: bool) -> str:
        parts: list[str] = []
        while count > 0:
            size = count * (1 + wide)
            part = self._body[self.at : self.at + size]
            self.at += len(part)
            parts.append(part.decode("utf-16-le" if wide else "latin-1", "replace"))
            count -= -(-len(part) // (1 + wide))
            if count > 0:
                if not self.more():
                    break
                wide = bool(self._body[self.at] & 1)
                self.at += 1
        return "".join(parts)

    def _take(self, size: int) -> bytes:
        taken = b""
        while size > len(taken) and self.more():
            part = self._body[self.at : self.at + size - len(taken)]
            self.at += len(part)
            taken += part
        return taken

    def _skip(self, size: int) -> None:
        self.at += size
        self.more()


def reading(data: bytes) -> str:
    """The phonetic reading in an ExtRst ([MS-XLS] 2.5.86)."""
    if len(data) < 14:
        return ""
    (count,) = struct.unpack_from("<H", data, 12)
    return data[14 : 14 + 2 * count].decode("utf-16-le", "replace")


def text8(data: bytes, at: int, *, long: bool) -> tuple[str, int]:
    """A BIFF8 string at `at` whose length takes one byte, or two when `long`; and where it ends."""
    size = 2 if long else 1
    if at + size + 1 > len(data):
        return "", len(data)
    count = int.from_bytes(data[at : at + size], "little")
    wide = data[at + size] & 1
    begin = at + size + 1
    end = min(begin + count * (1 + wide), len(data))
    return data[begin:end].decode("utf-16-le" if wide else "latin-1", "replace"), end


def literals(formula: bytes) -> Iterator[str]:
    """The strings that are written in a formula; stops where it is not understood."""
    at = 0
    while at < len(formula):
        token = formula[at]
        if token == 0x17:
            text, at = text8(formula, at + 1, long=False)
            yield text
            continue
        if token == 0x19:
            at += 4
            if formula[at - 3] & 4:
                at += 2 * int.from_bytes(formula[at - 2 : at], "little") + 2
            continue
        known = _TOKENS.get(token if token < 0x20 else (token & 0x1F) | 0x20)
        if known is None:
            return
        at += 1 + known


def drawn(data: bytes, budget: Budget) -> Iterator[str]:
    """The texts among the properties of shapes ([MS-ODRAW] 2.3.1): names, descriptions, word art."""
    at = 0
    while (match := _OPTIONS.search(data, at)) and match.start() + 8 <= len(data):
        budget.tick()
        head, _, length = struct.unpack_from("<HHI", data, match.start())
        begin, count = match.start() + 8, head >> 4
        values, end = begin + 6 * count, min(begin + length, len(data))
        if count > _MOST or values > end:
            at = match.start() + 1
            continue
        at = values
        for number in range(count):
            key, size = struct.unpack_from("<HI", data, begin + 6 * number)
            if key & 0x8000:
                if key & 0x3FFF in _TEXTS and size <= 2 * LONGEST:
                    raw = data[values : min(values + size, end)]
                    yield raw.decode("utf-16-le", "replace").replace("\0", "\n").strip()
                values += size
