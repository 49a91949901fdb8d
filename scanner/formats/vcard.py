"""Address cards and calendars: vCard 2.1 to 4.0 (RFC 6350) as phones write them, iCalendar (RFC 5545).

Each card, appointment or task is a row of a table; the properties that people know under other words get those as
headers. Pictures and sounds in a card become documents.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.formats import Piece
from scanner.formats._records import laid, unfolded, whole
from scanner.formats.mail import text_of
from scanner.limits import Budget
from scanner.model import Document
from scanner.text import preview

NAME = "vcard"
RANK = 640
ENDINGS = (".vcf", ".ics")

_BEGINNING = re.compile(r"\ufeff?\s{0,9}BEGIN:V(?:CARD|CALENDAR)\s*\n", re.IGNORECASE)
_LINE = re.compile(r'([A-Za-z0-9.-]{1,80}+)((?:;(?:"[^"]*+"|[^:;"])*+)*+):(.*)', re.DOTALL)
_ESCAPE = re.compile(r"\\([nN,;\\:])")
_HEADERS = {
    "FN": "name", "N": "full name", "SOUND": "kana", "X-PHONETIC-FIRST-NAME": "first name kana", "BDAY": "birthday",
    "X-PHONETIC-LAST-NAME": "last name kana", "TEL": "phone", "EMAIL": "email", "ADR": "address", "ORG": "company",
    "X-BIRTHDAY": "birthday", "ROLE": "role", "TITLE": "title", "NOTE": "note",
}  # fmt: skip
_ORDER = {"ADR": (5, 4, 3, 2, 1, 0, 6)}
"""From the postal code down to the house, as addresses are written here; the country comes last."""
_BASE64 = re.compile(r"BASE64|ENCODING=B\b", re.IGNORECASE)
_CHARSET = re.compile(r'CHARSET="?([\w.-]{1,40})', re.IGNORECASE)
_CALLED = re.compile(r';CN=(?:"([^"]{1,200})"|([^;:"]{1,200}))', re.IGNORECASE)
"""What the person is called whose address a calendar holds."""
_PICTURES = frozenset(("PHOTO", "LOGO", "KEY", "ATTACH"))


def accepts(document: Document) -> bool:
    """Whether the text begins with a card or a calendar."""
    seen = preview(document.head)
    return seen is not None and _BEGINNING.match(seen[1]) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The cards and appointments as rows of one table, then what is attached to them."""
    encoding, text = whole(document, budget)
    children: list[tuple[str, bytes]] = []
    records: list[list[tuple[str, str]]] = [[]]
    for line in _joined(unfolded(text)):
        found = _LINE.match(line)
        if found is None:
            if line.strip():
                records[-1].append(("", line))
            continue
        entry = _Entry(found[1].rpartition(".")[2].upper(), found[2], found[3])
        if entry.name in ("BEGIN", "END"):
            records.append([])
        elif entry.name in _PICTURES and (content := _binary(entry)):
            children.append((f"{entry.name.lower()}-{len(children) + 1}", content))
        elif entry.name != "VERSION" and (value := _value(entry)):
            records[-1].append((_HEADERS.get(entry.name, entry.name.lower()), value))
    yield from laid(document, budget, encoding, [record for record in records if record])
    for name, content in children:
        budget.member()
        yield document.inner(name, content)


class _Entry(NamedTuple):
    name: str
    parameters: str
    value: str


def _joined(lines: list[str]) -> Iterator[str]:
    """Lines with those of quoted-printable that go on in the next one (vCard 2.1)."""
    held = ""
    for line in lines:
        line = held + line
        held = ""
        if line.endswith("=") and "QUOTED-PRINTABLE" in line.partition(":")[0].upper() and len(line) < 1 << 20:
            held = line[:-1]
        else:
            yield line
    if held:
        yield held


def _binary(entry: _Entry) -> bytes:
    if not _BASE64.search(entry.parameters):
        return b""
    try:
        return base64.b64decode(entry.value.encode("ascii", "ignore"))
    except (binascii.Error, ValueError):
        return b""


def _value(entry: _Entry) -> str:
    value = entry.value
    if "QUOTED-PRINTABLE" in entry.parameters.upper():
        charset = _CHARSET.search(entry.parameters)
        value = text_of(quopri.decodestring(value.encode("latin-1", "replace")), charset[1].lower() if charset else "")[
            1
        ]
    parts = [_ESCAPE.sub(_plain, part).strip() for part in re.split(r"(?<!\\);", value)]
    order = _ORDER.get(entry.name)
    if order:
        parts = [parts[index] for index in order if index < len(parts)]
    value = " ".join(part for part in parts if part)
    called = _CALLED.search(entry.parameters)
    value = re.sub(r"^(?:tel|mailto):", "", value, flags=re.IGNORECASE)
    return f"{called[1] or called[2]} {value}" if called else value


def _plain(escape: "re.Match[str]") -> str:
    return "\n" if escape[1] in "nN" else escape[1]
