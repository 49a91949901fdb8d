"""Text in blocks of any file size, and its search form.

The encoding is decided in `scanner.encoding`; this module streams, mends what does not decode, and folds. It knows no
formats: what the text means is the business of the readers.
"""

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, NamedTuple

from scanner.encoding import (
    ASCII,
    DESIGNATOR,
    KANA,
    LATIN,
    STATEFUL,
    UTF8,
    WIDE,
    Encoding,
    detect,
    is_clean,
    jis,
    leniently,
    repaired,
    strictly,
)
from scanner.errors import Unreadable
from scanner.model import HEAD_BYTES

__all__ = ["ALTERNATIVES", "Block", "Encoding", "blocks", "decode", "detect", "fold", "preview", "spellings"]

LEAD = 400
"""At most so many characters of a block are repeated at the start of the next one."""
LEAF = 4096
"""Pieces up to this many bytes are decided line by line when they do not decode."""
LINES = re.compile(rb"[^\n]*\n|[^\n]+")
HALF_WIDTH = re.compile("[｡-ﾟ]")


class Block(NamedTuple):
    """A stretch of a decoded document; `char` and `line` are of ``text[0]``, the rest as in `scanner.model.Segment`."""

    text: str
    char: int
    line: int
    lead: int
    cut: bool
    utf8: bytes | None


class _Body(NamedTuple):
    """A block without its lead; `hole`: binary data lies in it."""

    encoding: Encoding
    text: str
    cut: bool = False
    utf8: bytes | None = None
    hole: bool = False


# --- whole and in blocks ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def preview(head: bytes) -> tuple[Encoding, str] | None:
    """The encoding and the text of a document's head, or None when it is not text."""
    whole = len(head) < HEAD_BYTES
    encoding = detect(head, whole=whole)
    return (encoding, leniently(encoding, head, whole)) if encoding else None


def decode(data: bytes) -> tuple[Encoding, str]:
    """A whole document at once; raises Unreadable("unknown_format") when it is not text."""
    body = next(_bodies(io.BytesIO(data), len(data) + 1), None)
    return (body.encoding, body.text) if body else (ASCII, "")


def blocks(stream: IO[bytes], *, size: int = 1 << 20) -> Iterator[tuple[Encoding, Block]]:
    """A text document of any size in blocks of about `size` bytes, in flat memory.

    Raises Unreadable("unknown_format") when the document is not text, and at its end when parts of it were not.
    """
    char, line, lead, holes = 0, 1, "", False
    for encoding, body, cut, utf8, hole in _bodies(stream, size):
        text = lead + body
        if utf8 is not None and lead:
            utf8 = lead.encode() + utf8
        yield encoding, Block(text, char - len(lead), line - lead.count("\n"), len(lead), cut, utf8)
        char += len(body)
        line += body.count("\n")
        lead = _tail(text)
        holes |= hole
    if holes:
        raise Unreadable("unknown_format", "binary data lies between its text")


def _tail(text: str) -> str:
    start = len(text) - LEAD
    if start <= 0:
        return text
    line_end = text.find("\n", start - 1, len(text) - 1)
    return text[line_end + 1 :] if line_end >= 0 else text[start:]


def _bodies(stream: IO[bytes], size: int) -> Iterator[_Body]:
    chunks = _chunks(stream, size)
    first, last = next(chunks, (b"", True))
    if not first:
        return
    encoding = detect(first, whole=last)
    if encoding is None:
        raise Unreadable("unknown_format", "not text")
    ways = _by_state if encoding.codec in STATEFUL else _by_line
    yield from ways(encoding, first[encoding.bom :], last, chunks)


def _chunks(stream: IO[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of `size` bytes and whether nothing follows; a failure to read is raised after all that was read."""
    data, failure = _fill(stream, size)
    while data:
        ahead = b""
        if failure is None and len(data) == size:
            ahead, failure = _fill(stream, size)
        yield data, not ahead
        data = ahead
    if failure is not None:
        raise failure


def _fill(stream: IO[bytes], size: int) -> tuple[bytes, Unreadable | None]:
    pieces: list[bytes] = []
    try:
        while size > 0 and (piece := stream.read(size)):
            pieces.append(piece)
            size -= len(piece)
    except Unreadable as failure:
        return b"".join(pieces), failure
    return b"".join(pieces), None


def _by_state(encoding: Encoding, data: bytes, last: bool, chunks: Iterator[tuple[bytes, bool]]) -> Iterator[_Body]:
    decoder = codecs.getincrementaldecoder(encoding.codec)("scanner.repair")
    carried = ""
    while True:
        text = carried + decoder.decode(data, last)
        # One character stays behind: the last bytes may be an escape without text, and a cut must be continued.
        end = len(text) if last else text.rfind("\n") + 1 or max(len(text) - 1, 0)
        if end:
            yield _Body(encoding, text[:end], cut=not last and text[end - 1] != "\n")
        carried = text[end:]
        if last:
            break
        data, last = next(chunks)
    yield from _rest(chunks)


def _by_line(encoding: Encoding, data: bytes, last: bool, chunks: Iterator[tuple[bytes, bool]]) -> Iterator[_Body]:
    carried = b""
    while True:
        raw = carried + data
        end = len(raw) if last else raw.rfind(b"\n") + 1
        body, used = _body(encoding, raw[:end] if end else raw, bool(end))
        encoding = body.encoding
        if body.text:
            yield body if end else body._replace(cut=True)
        carried = raw[used:]
        if last:
            break
        data, last = next(chunks)
    yield from _rest(chunks)


def _rest(chunks: Iterator[tuple[bytes, bool]]) -> Iterator[_Body]:
    """Nothing but the failure to read that ended the chunks, if there was one."""
    next(chunks, None)
    return iter(())


# --- what does not decode as a whole ----------------------------------------------------------------------------------


def _body(encoding: Encoding, raw: bytes, final: bool) -> tuple[_Body, int]:
    """The text of `raw` and how many bytes it took; an encoding that the bytes refute is decided anew."""
    got = strictly(encoding.codec, raw, final) if encoding is not LATIN else None
    if got is None and encoding in (ASCII, LATIN):
        found = detect(raw, whole=final)
        encoding = found if found and found.codec not in STATEFUL else LATIN
        got = strictly(encoding.codec, raw[encoding.bom :], final)
    if final and (got is None or (b"\x1b" in raw and DESIGNATOR.search(raw))):
        mender = _Mender(encoding)
        text = mender.text(raw)
        return _Body(encoding, text, hole=mender.hole), len(raw)
    text, used = got or repaired(encoding.codec, raw, final)
    if encoding is ASCII and not text.isascii():
        encoding = UTF8
    exact = raw[:used] if got and encoding.codec == "utf-8" else None
    return _Body(encoding, text, utf8=exact), used


class _Mender:
    """Reads bytes that are not all in the document's encoding: halved until a few lines are left, then line by line."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.other = encoding
        """What the last line was in that was not in the document's encoding."""
        self.hole = False

    def text(self, raw: bytes) -> str:
        """The text of whole lines."""
        texts: list[str] = []
        todo = [raw]
        while todo:
            part = todo.pop()
            middle = part.rfind(b"\n", 0, len(part) // 2) + 1 or part.find(b"\n", len(part) // 2) + 1
            designated = b"\x1b" in part
            if not designated and (got := strictly(self.encoding.codec, part, True)):
                texts.append(got[0])
            elif len(part) > LEAF and 0 < middle < len(part):
                todo += (part[middle:], part[:middle])
            elif len(part) > LEAF // 4 and not is_clean(part):
                self.hole = True
                texts.append(part.decode("latin-1"))
            else:
                texts.extend(map(self._line, LINES.findall(part)))
        return "".join(texts)

    def _line(self, line: bytes) -> str:
        if switched := jis(line):
            return leniently(switched, line, True)
        if got := strictly(self.encoding.codec, line, True):
            return got[0]
        again = strictly(self.other.codec, line, True)
        if again and KANA.search(again[0]) and not HALF_WIDTH.search(again[0]):
            return again[0]
        found = detect(line, whole=True)
        if found and found is not LATIN and found not in WIDE:
            self.other = found
            return repaired(found.codec, line, True)[0]
        return repaired(self.encoding.codec, line, True)[0]


# --- the search form --------------------------------------------------------------------------------------------------


def _folds() -> dict[str, str]:
    table = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    shapes = (*range(0xFF61, 0xFF9E), *range(0x2F00, 0x2FD6))
    table |= {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in shapes}
    table |= dict.fromkeys("‐‑‒–—―−─━﹘﹣－", "-")
    table |= dict.fromkeys("\u3000\u00a0\u2002\u2003\u2007\u2009\u202f", " ")
    table |= dict(zip("⺟⺠⻁⻄⻆⻑⻘⻝⻤⻨⻩⻫⻭⻯⻲", "母民虎西角長青食鬼麦黄斉歯竜亀", strict=True))
    return table | {"ﾞ": "゛", "ﾟ": "゜", "〜": "~"}


FOLDS = _folds()
"""Each character that has another search form, and that form."""
ALTERNATIVES: dict[str, str] = {
    folded: folded + "".join(source for source, target in FOLDS.items() if target == folded)
    for folded in dict.fromkeys(FOLDS.values())
}
"""Each search form that several characters share, and all of those, itself first."""
FOLDED = re.compile("[{0}][{0}]*".format(re.escape("".join(FOLDS))))
"""A run of them; written so that the search skips to its first character fast."""
TRANSLATION = str.maketrans(FOLDS)


def fold(text: str) -> str:
    """The search form of a text: one code point for one code point, so offsets stay; folding twice changes nothing."""
    if text.isascii():
        return text
    runs = FOLDED.findall(text)
    present = set("".join(runs))
    # One pass for each character that is present, or one call for each run: whichever is less work.
    if len(runs) * 400 < len(present) * len(text):
        return FOLDED.sub(lambda run: run[0].translate(TRANSLATION), text)
    for char in present:
        text = text.replace(char, FOLDS[char])
    return text


def spellings(word: str) -> tuple[str, ...]:
    """The forms in which a keyword can stand in folded text: folded, and as it arises from half-width katakana."""
    folded = fold(word)
    return tuple(dict.fromkeys((folded, "".join(map(_parted, folded)))))


def _parted(char: str) -> str:
    parts = unicodedata.normalize("NFD", char) if "ァ" <= char <= "ヺ" else char
    return parts.replace("\u3099", "゛").replace("\u309a", "゜")
