"""What Outlook calls a message: properties with numbers ([MS-OXPROPS]), as mails, contacts and appointments have them.

Shared by the formats that store such properties: .msg, winmail.dat, .pst. The well-known ones become headers and bodies
as in a mail, those of contacts become lines with a label, and every other text is kept without one.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from scanner.formats.mail import fields_of, shown_fields, text_of
from scanner.formats.markup import strips
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import FixedOrigin, Place, Table

STRING8, UNICODE, BINARY, OBJECT, TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x40
ATTACHED, RTF = 0x3701, 0x1009
_BODY, _HTML, _TRANSPORT = 0x1000, 0x1013, 0x007D
_SUBJECT, _SENDER, _SENDER_SMTP, _SENDER_ADDRESS = 0x0037, 0x0C1A, 0x5D01, 0x0C1F
_NAME, _SMTP, _ADDRESS = 0x3001, 0x39FE, 0x3003
_CODEPAGES = (0x3FDE, 0x3FFD)
_FILE_NAMES = (0x3707, 0x3704, 0x3001)
_LABELS = {
    0x3001: "Name",
    0x3A06: "Given name", 0x3A11: "Surname", 0x3A44: "Middle name", 0x3A4F: "Nickname", 0x3A08: "Business phone",
    0x3A09: "Home phone", 0x3A1B: "Business phone 2", 0x3A2F: "Home phone 2", 0x3A1A: "Phone", 0x3A1C: "Mobile phone",
    0x3A1D: "Phone", 0x3A1F: "Other phone", 0x3A24: "Fax", 0x3A25: "Home fax", 0x3A15: "Address", 0x3A26: "Country",
    0x3A27: "City", 0x3A28: "State", 0x3A29: "Street address", 0x3A2A: "Postal code", 0x3A59: "Home city",
    0x3A5A: "Home country", 0x3A5B: "Home postal code", 0x3A5C: "Home state", 0x3A5D: "Home address",
    0x3A16: "Company", 0x3A17: "Job title", 0x3A18: "Department", 0x3A42: "Birthday", 0x3A48: "Spouse",
}  # fmt: skip
"""What contacts hold."""
_UNSEEN = frozenset((
    0x001A, 0x0064, 0x0075, 0x0077, 0x0C1E, 0x3002, 0x0070, 0x0E1D, 0x003D, 0x1035, 0x1039, 0x1042, 0x0E28, 0x0E29,
    0x3FFA, 0x3FF8, 0x0E0A, 0x300B, 0x3703, 0x370E, 0x3712, 0x6001, 0x007F, _BODY, _HTML, _TRANSPORT, ATTACHED, RTF,
))  # fmt: skip
"""Kinds of addresses, classes, identifiers, what repeats another property, and what is read by its own way."""
_BEGINNING = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
"""What stands in the dictionary before the first byte ([MS-OXRTFCP] 2.1.2.1)."""
_STRETCH = 1 << 20


class Property(NamedTuple):
    """A value as it is stored: its type and its bytes."""

    type: int
    raw: bytes


Properties = Mapping[int, Property]


def codec_of(properties: Properties) -> str:
    """The codec of texts that are not Unicode; an empty string where nothing says."""
    for number in _CODEPAGES:
        value = properties.get(number)
        page = int.from_bytes(value.raw[:4], "little") if value else 0
        if page:
            return _PAGES.get(page, f"cp{page}" if 100 < page < 2000 else "")
    return ""


_UNTRUSTED = (50220, 50221, 50222, 28591, 1252, 20127)
_PAGES = {65001: "utf-8", 20932: "euc-jp", 51932: "euc-jp", **dict.fromkeys(_UNTRUSTED, "")}
"""Code pages of Windows whose codec has another name; none for those that are given to anything."""


def text(value: Property | None, codec: str = "") -> str:
    """A value as text; empty for what is none."""
    if value is None:
        return ""
    if value.type == UNICODE:
        shown = value.raw.decode("utf-16-le", "replace").rstrip("\0")
        return shown[2:] if shown[:1] == "\1" else shown  # the length of "Re:" before a subject
    if value.type == STRING8:
        return text_of(value.raw.rstrip(b"\0"), codec)[1]
    return _moment(value.raw) if value.type == TIME else ""


def _moment(raw: bytes) -> str:
    ticks = int.from_bytes(raw[:8], "little")
    if not 0 < ticks < 2650467744000000000:
        return ""
    return (datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10)).isoformat(" ", "seconds")


def file_name(properties: Properties, codec: str) -> str:
    """What an attachment is called; an empty string where nothing says."""
    return next((name for number in _FILE_NAMES if (name := text(properties.get(number), codec).strip())), "")


class Message:
    """One message or contact, on its way to segments."""

    def __init__(
        self, document: Document, budget: Budget, properties: Properties, codec: str = "", part: str = ""
    ) -> None:
        self._document = document
        self._budget = budget
        self._properties = properties
        self._codec = codec or codec_of(properties)
        self._part = f"{part}/" if part else ""

    def pieces(self, recipients: Sequence[Properties] = ()) -> Iterator[Segment | Document]:
        """Headers, bodies, contacts' data, other texts."""
        headers = self._headers(recipients)
        yield from self._segment("headers", headers)
        body = text(self._properties.get(_BODY), self._codec)
        yield from self._segment("body", body)
        yield from self._page()
        packed = self._properties.get(RTF)
        if packed and not body.strip():
            yield self._document.inner("body.rtf", unpacked(packed.raw, self._budget))
        lines = [f"{label}: {value}" for number, label in _LABELS.items() if (value := self._text(number))]
        yield from self._segment("contact", "\n".join(lines))
        yield from self._segment("properties", "\n".join(self._others(f"{headers}\n{body}")))

    def _text(self, number: int) -> str:
        return text(self._properties.get(number), self._codec).strip()

    def _headers(self, recipients: Sequence[Properties]) -> str:
        sender = f"{self._text(_SENDER)} <{self._text(_SENDER_SMTP) or self._text(_SENDER_ADDRESS)}>"
        raw = self._text(_TRANSPORT).encode("utf-8")
        if sender == " <>" and raw:
            return shown_fields(fields_of(raw, 0, len(raw)), raw)
        named = (("Subject", _SUBJECT), ("To", 0x0E04), ("Cc", 0x0E03), ("Bcc", 0x0E02), ("Date", 0x0039))
        lines = [f"{label}: {value}" for label, number in named if (value := self._text(number))]
        if sender != " <>":
            lines.append(f"From: {sender}")
        for recipient in recipients:
            address = text(recipient.get(_SMTP) or recipient.get(_ADDRESS), self._codec)
            lines.append(f"To: {text(recipient.get(_NAME), self._codec)} <{address}>")
        return "\n".join(lines)

    def _page(self) -> Iterator[Segment]:
        value = self._properties.get(_HTML)
        if value is None:
            return
        page = text_of(value.raw, codec_of(self._properties))[1] if value.type == BINARY else text(value, self._codec)
        for strip in strips(page):
            yield from self._segment("html", strip.text, strip.table)

    def _others(self, known: str) -> Iterator[str]:
        seen: set[str] = set()
        for number, value in self._properties.items():
            if number in _UNSEEN or number in _LABELS or value.type not in (STRING8, UNICODE):
                continue
            shown = text(value, self._codec).strip()
            if len(shown) > 1 and shown not in seen and shown not in known:
                seen.add(shown)
                yield shown

    def _segment(self, part: str, content: str, table: Table | None = None) -> Iterator[Segment]:
        content = content if table else content.replace("\r\n", "\n").replace("\r", "\n")
        self._budget.expand(len(content))
        origin = FixedOrigin(Place(part=self._part + part))
        for start in range(0, len(content) if content.strip() else 0, len(content) if table else _STRETCH):
            piece = content if table else content[start : start + _STRETCH]
            yield Segment(text=piece, address=self._document.address, origin=origin, table=table)


# --- properties in a row, and compressed text -------------------------------------------------------------------------

_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, TIME: 8, 0x48: 16}
_VARIABLE = frozenset((STRING8, UNICODE, BINARY, OBJECT))


def listed(data: bytes, tick: Callable[[], None]) -> dict[int, Property]:
    """Properties as winmail.dat has them one after the other ([MS-OXTNEF] 2.1.3.4); those before a damage."""
    found: dict[int, Property] = {}
    at = 4
    try:
        for _ in range(min(struct.unpack_from("<I", data)[0], len(data) // 4)):
            tick()
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= 0x8000:
                at = _after_name(data, at)
            single = kind & 0x0FFF
            count = 1
            if kind & 0x1000 or single in _VARIABLE:
                (count,) = struct.unpack_from("<I", data, at)
                at += 4
            for _ in range(min(count, len(data) // 4)):
                size = _FIXED.get(single, 0)
                if single in _VARIABLE:
                    (size,) = struct.unpack_from("<I", data, at)
                    at += 4
                if (not size and single not in _VARIABLE) or at + size > len(data):
                    return found
                found.setdefault(number, Property(single, data[at : at + size]))
                at += -(-size // 4) * 4
    except struct.error:
        pass
    return found


def _after_name(data: bytes, at: int) -> int:
    kind, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (-(-int(size) // 4) * 4 if kind else 0)


def unpacked(data: bytes, budget: Budget) -> bytes:
    """Rich text as it was before Outlook compressed it ([MS-OXRTFCP]); as much as can be read."""
    if data[8:12] != b"LZFu":
        return data[16:] if data[8:12] == b"MELA" else data
    window = bytearray(_BEGINNING.ljust(4096, b"\0"))
    out = bytearray()
    end = min(len(data), 4 + int.from_bytes(data[:4], "little"))
    at, place = 16, len(_BEGINNING)
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            token = data[at : at + 1]
            at += 1
            if flags >> bit & 1:
                word = int.from_bytes(data[at - 1 : at + 1], "big")
                at += 1
                if word >> 4 == place:
                    return bytes(out)
                source = word >> 4
                token = bytes(window[(source + index) % 4096] for index in range((word & 15) + 2))
            for byte in token:
                window[place] = byte
                place = (place + 1) % 4096
            out += token
        budget.tick()
    budget.expand(len(out))
    return bytes(out)
