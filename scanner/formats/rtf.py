"""Rich Text Format (.rtf, and .doc files that are it): text with tables, headers, notes, comments, text boxes, fields,
what was deleted, names and properties; embedded objects and pictures as documents.

Control words follow the specification 1.9.1. Bytes are decoded under the character set of their font, then the code
page of the document; a destination that is not known is read, not skipped. Nothing is laid out or displayed.
"""

import codecs
import re
from collections.abc import Callable, Iterator

from scanner.formats import Piece
from scanner.formats._cells import Lines
from scanner.formats._names import Shown
from scanner.formats._ole import native, opener
from scanner.formats._prose import Prose, Teller
from scanner.formats._stream import seekable
from scanner.limits import Budget
from scanner.model import Document, Problem
from scanner.origin import Place

NAME = "rtf"
RANK = 160
ENDINGS = (".rtf",)
_MARK = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}\{\\rtf")
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])|([^\\{}\r\n\0]{1,65536})|[\r\n\0]+"
    rb"|.",
    re.DOTALL,
)
_TEXT, _SKIP, _FIELD, _LINE, _FONTS, _DATA, _PICTURE = range(7)
_DEEPEST = 2000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SKIPPED = _words(
    """colortbl themedata colorschememapping latentstyles listtable listoverridetable rsidtbl generator fontemb panose
    falt blipuid picprop nonshppict mmathPr pnseclvl pntext listtext bkmkend atnid atnref atndate atnicn atrfstart
    atrfend objclass sn wgrffmtfilter pgptbl datastore defchp defpap htmltag aftnsep aftnsepc aftncn ftnsep ftnsepc
    ftncn mhtmltag passwordhash shprslt"""
)
"""Destinations that say how something looks, or say again what is read elsewhere."""
_LINES = {
    **dict.fromkeys(
        _words(
            """title subject author manager company operator category keywords comment doccomm hlinkbase propname
            staticval userprops info"""
        ),
        "properties",
    ),
    **dict.fromkeys(("atnauthor", "revtbl"), "names"), "bkmkstart": "bookmarks", "docvar": "variables",
    **dict.fromkeys(("ffname", "ffdeftext", "ffformat", "ffhelptext", "ffstattext", "ffl", "formfield"), "form fields"),
    "stylesheet": "styles", "sv": "drawings", "objname": "objects", "filetbl": "files", "template": "files",
    "xmlnstbl": "names", "listname": "styles", "liststylename": "styles", "sp": "drawings",
}  # fmt: skip
_PARTS = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "headers"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footers"),
    "footnote": "footnotes", "annotation": "comments", "shptxt": "text boxes", "dptxbxtext": "text boxes",
    "xe": "index", "tc": "index",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 78: "cp932", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp437",
}  # fmt: skip
_WIDE = frozenset({"cp932", "cp949", "gbk", "cp950", "cp936"})
_SAID = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": "\u3000", "enspace": " ", "qmspace": " ", "nestcell": "\t",
    "softline": "\n",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\r": "\r", b"\n": "\r", b"\t": "\t"}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f\s]{64,}")
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


def accepts(document: Document) -> bool:
    """Whether it begins as RTF does."""
    return _MARK.match(document.head) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The text in the order of the file, then headers, notes and the like, names, what is embedded."""
    with seekable(document, budget) as stream:
        budget.hold(document.size)
        data = stream.read()
    budget.hold(len(data))
    reader = _Reader(document, budget)
    yield from reader.pieces(data)
    if reader.open_groups:
        detail = "the text ends inside a group"
        yield Problem(address=document.address, kind="corrupt", detail=detail, size=document.size)


class _Group:
    """What holds between two braces; an inner group begins with what the outer one has."""

    __slots__ = ("mode", "part", "label", "skip", "font", "table", "deleted", "starred", "said", "own")

    def __init__(self, outer: "_Group | None" = None) -> None:
        self.mode: int = outer.mode if outer else _TEXT
        self.part: str = outer.part if outer else "body"
        self.label: str = outer.label if outer else ""
        self.skip: int = outer.skip if outer else 1
        self.font: int = outer.font if outer else -1
        self.table: bool = outer.table if outer else False
        self.deleted: bool = outer.deleted if outer else False
        self.starred = False
        self.own = False
        """It is a destination itself, not merely inside one."""
        self.said: list[str] = outer.said if outer else []


class _Reader:
    """The state of one document while its tokens go by."""

    def __init__(self, document: Document, budget: Budget) -> None:
        self._document = document
        self._budget = budget
        self._shown = Shown(document)
        self._groups = [_Group()]
        self._tellers: dict[str, Teller] = {}
        self._lines = Lines(document.address, budget)
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._raw = bytearray()
        self._pending = 0
        self._surrogate = ""
        self._hex: list[bytes] = []
        self._blob: list[bytes] = []
        self._ready: list[Document] = []
        self._count = 0

    @property
    def open_groups(self) -> int:
        """How many groups were not closed."""
        return len(self._groups) - 1

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """All pieces of the document."""
        at, number = 0, 0
        while match := _TOKEN.match(data, at):
            at = match.end()
            word, argument, code, symbol, brace, text = match.groups()
            if text is not None:
                self._bytes(text)
            elif word is not None:
                at += self._word(word.decode("ascii"), argument, data, at)
            elif code is not None:
                self._bytes(bytes((int(code, 16),)))
            elif brace is not None:
                self._brace(brace)
            elif symbol is not None:
                self._symbol(symbol)
            number += 1
            if not number & 0x3FF:
                yield from self._drain()
        yield from self._end()

    def _drain(self) -> Iterator[Piece]:
        for teller in self._tellers.values():
            yield from teller.prose.drain()
        while self._lines.ready:
            yield self._lines.ready.popleft()
        yield from self._ready
        self._ready.clear()

    def _end(self) -> Iterator[Piece]:
        self._flush()
        for teller in self._tellers.values():
            teller.mark("\r", 0)
            yield from teller.prose.finish()
        self._lines.close()
        yield from self._drain()

    def _teller(self, part: str) -> Teller:
        found = self._tellers.get(part)
        if found is None:
            found = Teller(Prose(self._document.address, Place(part=part), self._budget))
            self._tellers[part] = found
        return found

    # --- characters ---

    def _bytes(self, text: bytes) -> None:
        if self._pending:
            text, self._pending = text[self._pending :], max(self._pending - len(text), 0)
        mode = self._groups[-1].mode
        if mode in (_DATA, _PICTURE):
            self._hex.append(text)
        elif mode != _SKIP:
            self._raw += text

    def _flush(self) -> None:
        if self._raw:
            raw = bytes(self._raw)
            self._raw.clear()
            self._say(self._decoded(raw))

    def _decoded(self, raw: bytes) -> str:
        if raw.isascii():
            return raw.decode("ascii")
        own = self._fonts.get(self._groups[-1].font, self._codec)
        for codec in (self._codec, own) if own not in _WIDE and self._codec in _WIDE else (own,):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
        return raw.decode(own, "replace")

    def _say(self, text: str) -> None:
        group = self._groups[-1]
        if group.mode == _TEXT:
            self._teller(group.part).say(text, deleted=group.deleted)
        elif group.mode == _FIELD:
            teller = self._teller(group.part)
            teller.mark("\x13", 0)
            teller.say(text)
            teller.mark("\x14", 0)
        elif group.mode in (_LINE, _FONTS):
            group.said.append(text)

    def _unicode(self, number: int) -> None:
        self._flush()
        char = chr(number & 0xFFFF)
        if "\ud800" <= char <= "\udbff":
            self._surrogate = char
        else:
            both = (self._surrogate + char).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._surrogate = ""
            self._say(both)
        self._pending = self._groups[-1].skip

    def _symbol(self, symbol: bytes) -> None:
        if self._pending:
            self._pending -= 1
        elif symbol == b"*":
            self._groups[-1].starred = True
        elif symbol in b"\\{}":
            self._raw += symbol
        elif symbol in _SYMBOLS:
            self._flush()
            if _SYMBOLS[symbol] == "\r":
                self._paragraph("\r")
            else:
                self._say(_SYMBOLS[symbol])

    # --- groups ---

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._pending = 0
        if brace == b"{":
            if len(self._groups) < _DEEPEST:
                self._groups.append(_Group(self._groups[-1]))
        elif len(self._groups) > 1:
            group = self._groups[-1]
            if group.own:
                self._close(group)
            self._groups.pop()

    def _close(self, group: _Group) -> None:
        """A destination is over."""
        if group.mode == _LINE:
            self._put("".join(group.said), group.label)
        elif group.mode in (_DATA, _PICTURE):
            self._object(picture=group.mode == _PICTURE)
        elif group.mode == _TEXT:
            self._teller(group.part).mark("\r", int(group.table and group.part == "body"))

    def _put(self, text: str, label: str) -> None:
        text = text.strip("; \r\n")
        if label in ("styles", "drawings") and text.isascii() and "@" not in text:
            return
        if text and not _HEXADECIMAL.fullmatch(text):
            self._lines.put(text, Place(part=label))

    def _object(self, *, picture: bool) -> None:
        """What was written in hexadecimal digits or, after ``bin``, as it is."""
        digits = _NOT_HEX.sub(b"", b"".join(self._hex))
        data = b"".join(self._blob) or bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
        self._hex, self._blob = [], []
        name, data = ("", data) if picture else _first_ole(data)
        if data:
            self._budget.enter(self._document.depth)
            self._budget.member()
            self._count += 1
            kind = "picture" if picture else "object"
            shown = f"{kind} {self._count}/{name}" if name else f"{kind} {self._count}"
            self._ready.append(self._shown.child(shown, len(data), opener(data)))

    # --- control words ---

    def _word(self, word: str, argument: bytes | None, data: bytes, at: int) -> int:
        """A control word; how many bytes after it are its own."""
        number = int(argument) if argument else None
        if word == "u":
            self._unicode(number or 0)
            return 0
        if word == "bin":
            size = min(max(number or 0, 0), len(data) - at)
            if self._groups[-1].mode in (_DATA, _PICTURE):
                self._blob.append(data[at : at + size])
            return size
        if self._pending and word not in _SETTINGS:
            self._pending -= 1
        self._flush()
        group = self._groups[-1]
        if word in _SAID:
            self._say(_SAID[word])
        elif word in _SETTINGS:
            _SETTINGS[word](self, group, number)
        elif not self._destination(word, group) and group.starred and group.mode == _TEXT:
            self._begin(group, _LINE, "other")
        group.starred = False
        return 0

    def _destination(self, word: str, group: _Group) -> bool:
        if word in _SKIPPED:
            group.mode = _SKIP
        elif word in _LINES and group.mode != _SKIP:
            self._begin(group, _LINE, _LINES[word])
        elif word in _PARTS and group.mode != _SKIP:
            self._begin(group, _TEXT, "")
            group.part = _PARTS[word]
            group.table = False
        elif word in _MODES and group.mode != _SKIP:
            self._begin(group, _MODES[word], "")
        else:
            return False
        return True

    def _begin(self, group: _Group, mode: int, label: str) -> None:
        group.mode, group.label, group.own = mode, label, mode != _FIELD
        group.said = []
        if mode in (_DATA, _PICTURE):
            self._hex, self._blob = [], []

    def _paragraph(self, mark: str) -> None:
        group = self._groups[-1]
        if group.mode == _TEXT:
            kind = 2 if mark == "row" else int(group.table or mark == "\x07")
            self._teller(group.part).mark("\x07" if mark == "row" else mark, kind)
        elif group.mode in (_LINE, _FONTS):
            group.said.append("\n")

    def _page(self, number: int | None) -> None:
        """The code page of the document."""
        codec = f"cp{number}"
        try:
            codecs.lookup(codec)
            self._codec = codec
        except LookupError:
            pass

    def _charset(self, group: _Group, number: int | None) -> None:
        codec = _CHARSETS.get(number or 0)
        if group.mode == _FONTS and codec and group.font >= 0 and len(self._fonts) < 1 << 15:
            self._fonts[group.font] = codec

    def _font(self, group: _Group, number: int | None) -> None:
        group.font = number or 0


def _first_ole(data: bytes) -> tuple[str, bytes]:
    """The name and bytes of an embedded object in the first format of OLE ([MS-OLEDS] 2.2.5)."""
    if int.from_bytes(data[4:8], "little") != 2:
        return "", data
    at = 8
    for _ in range(3):
        at += 4 + int.from_bytes(data[at : at + 4], "little")
    size = int.from_bytes(data[at : at + 4], "little")
    body = data[at + 4 : at + 4 + size]
    return native(body) if body else ("", data)


def _plain(group: _Group) -> None:
    group.deleted = False


_MODES = {"fldinst": _FIELD, "fonttbl": _FONTS, "objdata": _DATA, "pict": _PICTURE}
_SETTINGS: dict[str, Callable[[_Reader, _Group, int | None], None]] = {
    "par": lambda reader, group, number: reader._paragraph("\r"),
    "sect": lambda reader, group, number: reader._paragraph("\r"),
    "page": lambda reader, group, number: reader._paragraph("\r"),
    "nestrow": lambda reader, group, number: reader._paragraph("\r"),
    "cell": lambda reader, group, number: reader._paragraph("\x07"),
    "row": lambda reader, group, number: reader._paragraph("row"),
    "intbl": lambda reader, group, number: setattr(group, "table", True),
    "pard": lambda reader, group, number: setattr(group, "table", False),
    "plain": lambda reader, group, number: _plain(group),
    "deleted": lambda reader, group, number: setattr(group, "deleted", number != 0),
    "uc": lambda reader, group, number: setattr(group, "skip", min(max(number or 0, 0), 16)),
    "ansicpg": lambda reader, group, number: reader._page(number),
    "f": lambda reader, group, number: reader._font(group, number),
    "fcharset": lambda reader, group, number: reader._charset(group, number),
}
