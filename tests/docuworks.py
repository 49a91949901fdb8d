"""Writes DocuWorks files for the tests, by the public description of the format: there is no program to make them."""

import struct

from tests.lzh import squeezed


def element(tag: int, value: bytes) -> bytes:
    size = len(value)
    length = (
        bytes((size,))
        if size < 0x80
        else b"\x81" + bytes((size,))
        if size < 0xFF
        else b"\x84" + struct.pack(">L", size)
    )
    return bytes((tag,)) + length + value


def number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def emf(*texts: str) -> bytes:
    """A metafile that draws each text."""
    records = b""
    for text in texts:
        raw = text.encode("utf-16-le")
        raw += bytes(-len(raw) % 4)
        head = struct.pack(
            "<2L4LL2f2L2LL4LL", 84, 76 + len(raw), *[0] * 4, 1, 1.0, 1.0, 0, 0, len(text), 76, 0, *[0] * 4, 0
        )
        records += head + raw
    head = struct.pack("<2L8L4s", 1, 108, *[0] * 8, b" EMF").ljust(108, b"\0")
    return head + records + struct.pack("<5L", 14, 20, 0, 0, 20)


def drawing(data: bytes, *, packed: bool) -> bytes:
    stored = squeezed(data, b"-lh5-") if packed else data
    fields = element(0x80, b"\4") + element(0x81, number(len(data))) + element(0x8A, b"\1" if packed else b"\0")
    return fields + element(0x89, number(len(stored))) + element(0x86, stored)


def entry(body: bytes) -> bytes:
    return element(0x64, element(0x81, b"\0") + element(0x82, body))


def picture() -> bytes:
    return struct.pack("<4L", 20, 0, 8, 8) + b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30)


def note(text: str, name: str) -> bytes:
    attributes = element(0x9F, b"")[:1] + b"\x8f\x51" + element(0, text.encode("utf-16-le") + b"\0\0")[1:]
    return element(
        0x62,
        element(0x80, b"\1") + element(0x62, b"\x80\x11") + element(0x84, name.encode("cp932") + b"\0") + attributes,
    )


def segment(entries: tuple[bytes, ...], properties: bytes) -> bytes:
    stored = squeezed(properties, b"-lh5-")
    trailer = element(0x80, b"\1") + element(0x83, number(len(properties))) + element(0x84, number(len(stored)))
    body = b"".join(map(entry, entries)) + element(0x63, stored) + element(0x68, trailer + element(0x86, bytes(4)))
    return element(0x61, body)


def file(*segments: bytes) -> bytes:
    header = element(0x82, b"\x0a") + element(0x80, bytes(4)) + element(0x83, b"\1")
    return element(0x60, header) + b"".join(segments)
