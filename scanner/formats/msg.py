"""Outlook messages, contacts and appointments on their own (.msg): headers, bodies, attachments as documents.

A compound file whose streams are named by the numbers of properties ([MS-OXMSG]). Attached messages and embedded
objects come out as compound files of their own.
"""

import io
import struct
from collections.abc import Iterator

from scanner.formats import Piece
from scanner.formats._mapi import ATTACHED, TIME, Message, Properties, Property, codec_of, file_name
from scanner.formats._names import Shown
from scanner.formats._ole import MARK, Compound, Path, native, opened, roots
from scanner.limits import Budget
from scanner.model import Document

NAME = "msg"
RANK = 230
ENDINGS = (".msg", ".oft")

_FIXED = "__properties_version1.0"
_STREAM = "__substg1.0_"

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether the document is a compound file with the properties of a message."""
    return _FIXED in roots(document)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The message, then what is attached to it."""
    budget.enter(document.depth)
    with opened(document, budget) as compound:
        properties = _properties(compound, ())
        codec = codec_of(properties)
        inner = compound.storages()
        recipients = [_properties(compound, path) for path in inner if path[-1].lower().startswith("__recip_")]
        yield from Message(document, budget, properties).pieces(recipients)
        shown = Shown(document)
        for path in inner:
            if path[-1].lower().startswith("__attach_"):
                yield _attachment(compound, path, codec, shown, budget)


def _attachment(compound: Compound, path: Path, codec: str, shown: Shown, budget: Budget) -> Document:
    budget.member()
    properties = _properties(compound, path)
    name = file_name(properties, codec) or path[-1]
    value = properties.get(ATTACHED)
    data = value.raw if value else b""
    storage = (*path, f"{_STREAM}3701000D")
    if value is None and any(found[: len(storage)] == storage for found in compound.paths):
        data = compound.packed(storage)
        if compound.find(*storage, _FIXED):
            name += ".msg"
        elif packed := compound.get(*storage, "\x01Ole10Native"):
            data = native(packed[4:])[1]
    return shown.child(name, len(data), lambda: io.BytesIO(data))


def _properties(compound: Compound, storage: Path) -> Properties:
    """The properties of the message, a recipient or an attachment."""
    found: dict[int, Property] = {}
    for path in compound.paths:
        name = path[-1]
        if len(path) == len(storage) + 1 and path[:-1] == storage and name.lower().startswith(_STREAM):
            try:
                tag = int(name[len(_STREAM) : len(_STREAM) + 8], 16)
            except ValueError:
                continue
            found.setdefault(tag >> 16, Property(tag & 0x0FFF, compound.read(path)))
    fixed = compound.get(*storage, _FIXED)
    start = 8 if storage else 24 if len(fixed) % 16 else 32  # an attached message has a shorter header
    for at in range(start, len(fixed) - 15, 16):
        kind, number, _, value = struct.unpack_from("<HHI8s", fixed, at)
        if kind in (0x02, 0x03, TIME):
            found.setdefault(number, Property(kind, value))
    return found
