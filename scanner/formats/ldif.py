"""Directories in text form: LDIF (RFC 2849), as address books of Thunderbird and LDAP servers are exported.

Each entry is a row of a table; values in base64 are decoded, and the attributes of persons (RFC 4519, 2798) get the
words that people know them by as headers.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from scanner.formats import Piece
from scanner.formats._grid import runs
from scanner.formats._records import laid, unfolded, whole
from scanner.limits import Budget
from scanner.model import Document
from scanner.text import preview

NAME = "ldif"
RANK = 645
ENDINGS = (".ldif",)

_BEGINNING = re.compile(r"\ufeff?(?:\s*+\#[^\n]*+\n|\s*+version:\s?1[ \t]*+\n)*+\s*+dn::?\s?\S", re.IGNORECASE)
_LINE = re.compile(r"([A-Za-z][\w;.-]{0,80}+):(:?)\s?(.*)", re.DOTALL)
_HEADERS = {
    "cn": "name", "displayname": "display name", "sn": "last name", "givenname": "first name", "mail": "email",
    "telephonenumber": "phone", "homephone": "home phone", "mobile": "mobile phone", "postalcode": "postal code",
    "street": "address", "streetaddress": "address", "postaladdress": "address", "homepostaladdress": "home address",
    "st": "state", "l": "city", "o": "company", "ou": "department", "facsimiletelephonenumber": "fax",
    "mozillasecondemail": "email", "mozillahomestreet": "home address", "mozillahomepostalcode": "postal code",
}  # fmt: skip


def accepts(document: Document) -> bool:
    """Whether the text begins with the name of an entry, and so looks like a directory."""
    seen = preview(document.head)
    return seen is not None and "dn:" in seen[1].lower() and _BEGINNING.match(seen[1]) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The entries as rows of one table; what is no attribute stays as it stands."""
    encoding, text = whole(document, budget)
    records: list[list[tuple[str, str]]] = [[]]
    for line in unfolded(text):
        found = _LINE.match(line)
        if not line.strip() or line.startswith("version:"):
            records.append([])
        elif found is None or line.startswith("#"):
            records[-1].append(("", line))
        else:
            name = found[1].partition(";")[0].lower()
            value = _decoded(found[3]) if found[2] else found[3].strip()
            records[-1].append((_HEADERS.get(name, name), value.replace("$", " ") if "address" in name else value))
    yield from laid(document, budget, encoding, [record for record in records if record])


def _decoded(value: str) -> str:
    try:
        data = base64.b64decode(value.encode("ascii", "ignore"))
    except (binascii.Error, ValueError):
        return value
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return runs(data)
