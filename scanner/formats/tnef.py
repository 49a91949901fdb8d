"""Mails as Outlook packs them for its own kind: winmail.dat (TNEF, [MS-OXTNEF]).

A row of attributes; those of the message become its headers and bodies, those of each attachment a document. What
follows a damage is not read, and said to be missing.
"""

import io
import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._mapi import ATTACHED, OBJECT, STRING8, Message, Property, file_name, listed
from scanner.formats._names import Shown
from scanner.limits import Budget
from scanner.model import Document

NAME = "tnef"
RANK = 235
ENDINGS = (".dat",)

MARK = b"\x78\x9f\x3e\x22"
_BODY, _SUBJECT, _CODEPAGE, _PROPERTIES = 0x800C, 0x8004, 0x9007, 0x9003
_RENDERING, _DATA, _TITLE, _ATTACHMENT = 0x9002, 0x800F, 0x8010, 0x9005
_AS_PROPERTIES = {_BODY: 0x1000, _SUBJECT: 0x0037}


class _Attached:
    def __init__(self) -> None:
        self.name = ""
        self.data = b""
        self.properties: dict[int, Property] = {}


class _Attribute(NamedTuple):
    number: int
    data: bytes


BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether the document begins with the mark of TNEF."""
    return document.head.startswith(MARK)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The message, then what is attached to it."""
    budget.enter(document.depth)
    budget.hold(document.size)
    with document.open() as stream:
        data = stream.read(budget.limits.memory + 1)
    budget.hold(len(data))
    packed = _Packed(budget)
    whole = False
    for attribute in _attributes(data):
        budget.tick()
        if attribute is None:
            whole = True
        else:
            packed.take(attribute)
    yield from Message(document, budget, packed.properties, packed.codec).pieces()
    shown = Shown(document)
    for one in packed.attached:
        budget.member()
        yield _child(one, packed.codec, shown)
    if not whole:
        raise Unreadable("corrupt", "ends early or is damaged")


class _Packed:
    """What the attributes come to."""

    def __init__(self, budget: Budget) -> None:
        self.properties: dict[int, Property] = {}
        self.attached: list[_Attached] = []
        self.codec = ""
        self._budget = budget

    def take(self, attribute: _Attribute) -> None:
        """The next attribute, of the message or of the attachment that was begun last."""
        number, data = attribute
        if number == _CODEPAGE:
            self.codec = f"cp{int.from_bytes(data[:4], 'little')}"
        elif number in _AS_PROPERTIES:
            self.properties.setdefault(_AS_PROPERTIES[number], Property(STRING8, data))
        elif number == _PROPERTIES:
            self.properties |= listed(data, self._budget.tick)
        elif number == _RENDERING:
            self.attached.append(_Attached())
        elif self.attached:
            _attach(self.attached[-1], attribute, self.codec, self._budget)


def _attributes(data: bytes) -> Iterator[_Attribute | None]:
    """The attributes with sound lengths; None at the proper end."""
    at = 6
    while at + 9 <= len(data):
        _, number, _, size = struct.unpack_from("<BHHI", data, at)
        if at + 9 + size > len(data):
            return
        yield _Attribute(number, data[at + 9 : at + 9 + size])
        at += 11 + size
    if at >= len(data):
        yield None


def _attach(one: _Attached, attribute: _Attribute, codec: str, budget: Budget) -> None:
    if attribute.number == _DATA:
        one.data = attribute.data
    elif attribute.number == _TITLE:
        one.name = attribute.data.rstrip(b"\0").decode("cp932" if codec in ("", "cp932") else "latin-1", "replace")
    elif attribute.number == _ATTACHMENT:
        one.properties |= listed(attribute.data, budget.tick)


def _child(one: _Attached, codec: str, shown: Shown) -> Document:
    name = file_name(one.properties, codec) or one.name or "attachment"
    data = one.data
    value = one.properties.get(ATTACHED)
    if value and (not data or value.type == OBJECT):
        data = value.raw[16:] if value.type == OBJECT else value.raw
    return shown.child(name, len(data), partial(io.BytesIO, data))
