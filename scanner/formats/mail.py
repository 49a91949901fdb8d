"""Mails and web archives: RFC 5322 messages with MIME parts, .eml and .mht.

The parts are found by their boundaries in the bytes, which are held once; what a part holds is decoded when its turn
comes. Written for what Japanese mail programs have sent since 1995, so that encodings go by evidence first and by their
label second. Not a judge of the standard: whatever can be read is read, and what is broken is said to be.
"""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats.markup import CHARSETS, is_xml, strips
from scanner.limits import Budget
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place, Table
from scanner.text import decode

NAME = "mail"
RANK = 600
ENDINGS = (".eml", ".mht", ".mhtml", ".emlx")

_STRONG = frozenset((
    "received", "message-id", "mime-version", "return-path", "delivered-to", "dkim-signature", "x-mailer", "x-unsent",
    "x-originating-ip", "newsgroups", "content-transfer-encoding",
))  # fmt: skip
_KNOWN = _STRONG | {"from", "to", "cc", "bcc", "subject", "date", "reply-to", "sender", "user-agent", "content-type"}
_SHOWN = ("Subject", "From", "To", "Cc", "Bcc", "Reply-To", "Sender", "Date")
_SUFFIX_OF = {"message/rfc822": ".eml", "text/csv": ".csv", "text/xml": ".xml", "text/calendar": ".ics"}

_FIELD = re.compile(rb"([!-9;-~]{1,80}):")
_COUNT_LINE = re.compile(rb"\d{1,10}\s*\n")  # the first line of Apple's .emlx
_MAX_HEADER = 1 << 20
_MAX_VALUE = 1 << 14
_MAX_NAME = 150
_STRETCH = 1 << 20
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;]*+)', re.DOTALL)
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\r\n]*+)\?=")
_ESCAPE = re.compile(rb"\x1b(\$\(?[@A-D]|\([ABHIJ])")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_HIGH = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_CODECS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms_kanji", "cp932"), "cp932"),
    **dict.fromkeys(("euc-jp", "x-euc-jp", "eucjp"), "euc_jp"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "ks_c_5601-1987": "cp949",
}
_UNTRUSTED = frozenset({"", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252", "unknown-8bit"})
"""Labels that mail programs put on anything; they are believed only when nothing speaks for another encoding."""


def accepts(document: Document) -> bool:
    """Whether the document begins with a header: two known fields, one of them seldom typed by hand unless named so."""
    named = document.suffix in ENDINGS
    head = document.head
    fields = fields_of(head, _beginning(head, document.suffix), len(head))
    names = {name for name, _ in fields.pairs} & _KNOWN
    if len(names) < 2:
        return False
    return named or (fields.whole and not _STRONG.isdisjoint(names))


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The header, the texts as segments and the attachments as documents, in the order of the mail."""
    budget.enter(document.depth)
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory + 1)
    budget.hold(len(data))
    mail = _Mail(document, budget, data)
    start = _beginning(data, document.suffix)
    fields = fields_of(data, start, len(data))
    shown = shown_fields(fields, data[start : fields.end])
    if shown:
        yield from mail.segments("headers", "", shown)
    yield from mail.part(_Part(fields, fields.end, len(data), "", 0), "text/plain")


def _beginning(data: bytes, suffix: str) -> int:
    if data.startswith(b"\xef\xbb\xbf"):
        return 3
    count = _COUNT_LINE.match(data) if suffix == ".emlx" else None
    return count.end() if count else 0


# --- headers ----------------------------------------------------------------------------------------------------------


class Fields(NamedTuple):
    """The header of a mail or of a part."""

    pairs: tuple[tuple[str, bytes], ...]
    """Names in lower case, values as they stand but for their line breaks."""
    end: int
    """Where the body begins."""
    whole: bool
    """An empty line or the end of the data ends the header, not a line that is no field."""

    def first(self, name: str) -> str:
        """The first value of a field, its bytes as Latin-1, or an empty string."""
        value = next((value for known, value in self.pairs if known == name), b"")
        return value[:_MAX_VALUE].decode("latin-1")


def fields_of(data: bytes, start: int, end: int) -> Fields:
    """The header that begins at `start`."""
    names: list[str] = []
    values: list[list[bytes]] = []
    position, stop = start, min(end, start + _MAX_HEADER)
    whole = True
    while position < stop:
        feed = data.find(b"\n", position, end) + 1 or end
        line = data[position:feed].rstrip(b"\r\n")
        if not line:
            position = feed
            break
        field = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and names:
            values[-1].append(line)
        elif field:
            names.append(field[1].decode("ascii").lower())
            values.append([line[field.end() :]])
        else:
            whole = False
            break
        position = feed
    return Fields(tuple(zip(names, map(b"".join, values), strict=True)), position, whole)


def shown_fields(fields: Fields, raw: bytes) -> str:
    """The fields that name people and matters, one a line."""
    codec = "latin-1" if raw.isascii() and b"\x1b" not in raw else ""
    lines = []
    for shown in _SHOWN:
        for name, value in fields.pairs:
            if name == shown.lower():
                text = value.decode(codec) if codec else text_of(value, "")[1]
                lines.append(f"{shown}: {' '.join(_words(text).split())}")
    return "\n".join(lines)


def _words(text: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded; words that tear a character apart are joined first."""
    out: list[str] = []
    held: list[bytes] = []
    charset, position = "", 0
    for word in _WORD.finditer(text):
        gap = text[position : word.start()]
        if held and (gap.strip() or word[1].lower() != charset):
            out.append(text_of(b"".join(held), charset)[1])
            held.clear()
        if gap.strip() or not position:
            out.append(gap)
        raw = word[3].encode("latin-1", "replace")
        held.append(_base64(raw)[0] if word[2] in "bB" else binascii.a2b_qp(raw, header=True))
        charset, position = word[1].lower(), word.end()
    if held:
        out.append(text_of(b"".join(held), charset)[1])
    return "".join([*out, text[position:]])


def _parameters(value: str) -> tuple[str, dict[str, str]]:
    """The word before the first semicolon in lower case, and the parameters after it."""
    pairs = ((found[1].lower(), found[2].strip()) for found in _PARAMETER.finditer(value))
    main = value.partition(";")[0].strip().lower()
    return main, {name: re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == '"' else text for name, text in pairs}


def _parameter(parameters: dict[str, str], name: str) -> str:
    """A parameter as text: plain, as encoded words, or in the extended form of RFC 2231, in pieces or not."""
    pieces: list[bytes] = []
    charset = ""
    for number in ("", *map(str, range(100))):
        plain, extended = (f"{name}*{number}", f"{name}*{number}*") if number else ("", f"{name}*")
        if extended in parameters:
            text = parameters[extended]
            if not pieces and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            pieces.append(unquote_to_bytes(text))
        elif plain in parameters:
            pieces.append(parameters[plain].encode("latin-1", "replace"))
        elif pieces or number:
            break
    if pieces:
        return text_of(b"".join(pieces), charset.lower())[1]
    return _words(text_of(parameters.get(name, "").encode("latin-1", "replace"), "")[1])


# --- parts ------------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    fields: Fields
    start: int
    end: int
    number: str
    """As in IMAP: 1, 1.2; empty for the mail itself."""
    level: int


class _Mail:
    """One mail that is held in memory."""

    def __init__(self, document: Document, budget: Budget, data: bytes) -> None:
        self._document = document
        self._budget = budget
        self._data = data
        self._names: set[str] = set()

    def part(self, part: _Part, default: str) -> Iterator[Piece]:
        """What a part holds, and what the parts in it hold."""
        self._budget.member()
        kind, parameters = _parameters(part.fields.first("content-type"))
        kind = kind if "/" in kind else default
        secret = kind == "multipart/encrypted" or parameters.get("smime-type", "").lower() == "enveloped-data"
        if secret:
            yield self._problem(part, "encrypted", "the content of the mail is encrypted")
        elif not kind.startswith("multipart/"):
            yield from self._leaf(part, kind, parameters)
        else:
            yield from self._multipart(part, kind, _parameter(parameters, "boundary"))

    def _multipart(self, part: _Part, kind: str, boundary: str) -> Iterator[Piece]:
        try:
            self._budget.enter(part.level)
        except Unreadable as failure:
            yield self._problem(part, failure.kind, "too many parts inside one another")
            return
        inside = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        after, count, closed = part.start, 0, False
        for line in self._boundaries(part, boundary):
            if count:
                yield from self._child(part, after, line.start, count, inside)
            else:
                yield from self._aside(part, after, line.start, "preamble")
            after, closed = line.end, line.last
            count += 1
            if closed:
                break
        if not closed:
            yield self._problem(part, "corrupt", "the parts of the mail are not all there or not marked")
        if not count:
            yield from self._leaf(part, "text/plain", {})
        elif closed:
            yield from self._aside(part, after, part.end, "epilogue")
        else:
            yield from self._child(part, after, part.end, count, inside)

    def _child(self, outer: _Part, start: int, end: int, number: int, default: str) -> Iterator[Piece]:
        fields = fields_of(self._data, start, end)
        name = f"{outer.number}.{number}" if outer.number else str(number)
        return self.part(_Part(fields, fields.end, end, name, outer.level + 1), default)

    def _boundaries(self, part: _Part, boundary: str) -> Iterator["_Line"]:
        """The lines that stand between the parts (RFC 2046, section 5.1.1)."""
        data, mark = self._data, b"--" + boundary.encode("latin-1", "replace")
        position = data.find(mark, part.start, part.end) if boundary else -1
        while position >= 0:
            after = position + len(mark)
            last = data[after : after + 2] == b"--"
            feed = data.find(b"\n", after, min(after + 200, part.end)) + 1 or min(after + 200, part.end)
            alone = not data[after + 2 * last : feed].strip()
            if alone and (position == part.start or data[position - 1] == 0x0A):
                yield _Line(max(position - 1 - (data[position - 2 : position - 1] == b"\r"), part.start), feed, last)
            position = data.find(mark, after, part.end)

    def _aside(self, part: _Part, start: int, end: int, name: str) -> Iterator[Piece]:
        """Text before the first part and after the last one, which no mail program shows."""
        content = self._data[start:end].strip()
        if content:
            encoding, text = text_of(content, "")
            yield from self.segments(f"{part.number}.{name}" if part.number else name, encoding, text)

    def _leaf(self, part: _Part, kind: str, parameters: dict[str, str]) -> Iterator[Piece]:
        content, failure = self._content(part)
        if failure:
            yield self._problem(part, *failure)
        disposition, more = _parameters(part.fields.first("content-disposition"))
        name = _parameter(more, "filename") or _parameter(parameters, "name")
        shown = kind in ("text/plain", "text/html", "application/xhtml+xml", "text/enriched")
        if disposition == "attachment" or name or not shown:
            yield self._document.inner(self._name(part, name, kind), content)
            return
        encoding, text = text_of(content, _parameter(parameters, "charset").lower())
        if kind in ("text/plain", "text/enriched"):
            yield from self.segments(part.number or "1", encoding, text)
            return
        for strip in strips(text, xml=is_xml(text) and kind != "text/html"):
            yield from self.segments(part.number or "1", encoding, strip.text, strip.table)

    def _content(self, part: _Part) -> tuple[bytes, tuple[str, str] | None]:
        """The bytes of a part, and a problem's kind and sentence where they are not all of them."""
        content = self._data[part.start : part.end]
        coding = part.fields.first("content-transfer-encoding").strip().lower()
        failure = None
        if coding == "base64":
            content, sound = _base64(content)
            failure = None if sound else ("corrupt", "a part in base64 is cut off or damaged")
        elif coding == "quoted-printable":
            content = binascii.a2b_qp(content)
        elif coding not in ("", "7bit", "8bit", "binary"):
            failure = ("unknown_format", "a part has a transfer encoding that is not known; it was read as it stands")
        self._budget.expand(len(content))
        return content, failure

    def _name(self, part: _Part, name: str, kind: str) -> str:
        """A name for an attachment that is its own in this mail; folders in it are dropped."""
        base = name.replace("\\", "/").rpartition("/")[2]
        base = "".join(char for char in base if char.isprintable()).strip(". ")[-_MAX_NAME:]
        number = part.number or "1"
        chosen = base or f"part-{number}{_SUFFIX_OF.get(kind, '')}"
        if chosen in self._names:
            chosen = f"part-{number}-{chosen}"
        self._names.add(chosen)
        return chosen

    def segments(self, part: str, encoding: str, text: str, table: Table | None = None) -> Iterator[Segment]:
        """A text of the part `part`, in stretches that end with a line where they can."""
        start = 0
        while start < len(text):
            end = len(text) if table else min(start + _STRETCH, len(text))
            if end < len(text):
                end = text.rfind("\n", start, end) + 1 or end
            stretch = text[start:end]
            if stretch.strip():
                yield Segment(
                    text=stretch,
                    address=self._document.address,
                    origin=FixedOrigin(Place(part=part)),
                    table=table,
                    encoding=encoding or None,
                    cut=end < len(text) and not stretch.endswith("\n"),
                )
            start = end

    def _problem(self, part: _Part, kind: str, detail: str) -> Problem:
        address = f"{self._document.address}!part-{part.number}" if part.number else self._document.address
        return Problem(address=address, kind=kind, detail=detail, size=part.end - part.start)


class _Line(NamedTuple):
    start: int
    """Where the part before it ends."""
    end: int
    """Where the part after it begins."""
    last: bool


def _base64(data: bytes) -> tuple[bytes, bool]:
    """Decode leniently, past padding in the middle as well; the second says whether nothing was amiss."""
    parts = [part.translate(None, _NOT_BASE64) for part in data.split(b"=") if part.strip()]
    sound = len(parts) <= 1 and (not parts or (len(parts[0]) + data.count(b"=")) % 4 == 0)
    whole = [part[: len(part) - (len(part) % 4 == 1)] for part in parts]
    return b"".join(binascii.a2b_base64(part + b"=" * (-len(part) % 4)) for part in whole), sound


# --- encodings --------------------------------------------------------------------------------------------------------


def text_of(content: bytes, charset: str) -> tuple[str, str]:
    """The encoding and the text: by escape sequences, then by the label where it fits, then by evidence."""
    if _ESCAPE.search(content):
        return "iso-2022-jp", _from_iso_2022(content)
    if charset not in _UNTRUSTED and (CHARSETS.match(charset) or charset in _CODECS):
        try:
            return charset, content.decode(_CODECS.get(charset, charset))
        except (LookupError, ValueError):  # the latter also for a name with a NUL in it
            pass
    if content.isascii():
        return "ascii", content.decode("ascii")
    try:
        encoding, text = decode(content)
    except Unreadable:
        return "latin-1", content.decode("latin-1")
    return encoding.name, text


def _from_iso_2022(content: bytes) -> str:
    """ISO-2022-JP as mail programs write it: with half-width kana and with the characters of Windows."""
    pieces = _ESCAPE.split(content)
    out = [_as_windows(pieces[0])]
    for escape, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape == b"(I":
            out.append(_as_windows(piece.translate(_HIGH)))
        elif escape.startswith(b"("):
            out.append(_as_windows(piece))
        else:
            out.append(_from_pairs(escape, piece.translate(_HIGH)))
    return "".join(out)


def _as_windows(content: bytes) -> str:
    return content.decode("cp932", "replace")


def _from_pairs(escape: bytes, content: bytes) -> str:
    if escape == b"$A":
        return content.decode("gb2312", "replace")
    if escape == b"$(C":
        return content.decode("euc_kr", "replace")
    if escape == b"$(D":
        content = re.sub(rb"([\xa1-\xfe][\xa1-\xfe])", b"\x8f\\1", content)
    try:
        return content.decode("euc_jp")
    except UnicodeError:
        return _WINDOWS_PAIR.sub(_to_shift_jis, content).decode("cp932", "replace")


_WINDOWS_PAIR = re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")


def _to_shift_jis(pair: re.Match[bytes]) -> bytes:
    """One character of JIS X 0208 with the extensions of Windows, from EUC to Shift JIS."""
    row, cell = pair[0][0] - 0xA1, pair[0][1] - 0xA1
    lead = (row >> 1) + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row & 1 else cell + (0x40 if cell < 63 else 0x41)
    return bytes((lead, trail))
