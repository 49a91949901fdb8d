"""How a PDF document is encrypted, read from its bytes when no password opens it. Standard: ISO 32000-2, 7.6.

It needs no cross-reference table, since the encryption dictionary is never encrypted or packed.
"""

import re
from typing import IO

from scanner.limits import MIB

_REFERENCE = re.compile(rb"/Encrypt\s{0,8}(?:(\d{1,9})\s{1,8}(\d{1,5})\s{1,8}R|(<<))")
_VERSION = re.compile(rb"/V\s{0,8}(\d)\b")
_LENGTH = re.compile(rb"/Length\s{0,8}(\d{1,4})\b")
_METHODS = {b"/AESV3": "AES-256", b"/AESV2": "AES-128"}
_DICTIONARY = 4096
_OLDEST, _FILTERS, _NEWEST = 1, 4, 5


def cipher(source: bytes | IO[bytes]) -> str:
    """Such as ``PDF AES-256``; an empty string when nothing says that the document is encrypted."""
    data = source if isinstance(source, bytes) else _edges(source)
    references = list(_REFERENCE.finditer(data))
    if not references:
        return ""
    found = references[-1]  # that of the newest version of the document
    start = found.start(3)
    if start < 0:
        number, generation = found[1], found[2]
        head = re.search(rb"(?<!\d)" + number + rb"\s{1,8}" + generation + rb"\s{1,8}obj\b", data)
        if head is None:
            return "PDF encryption"
        start = head.end()
    return f"PDF {_method(data[start : start + _DICTIONARY].partition(b'endobj')[0])}"


def _edges(stream: IO[bytes]) -> bytes:
    """The beginning and the end of a large document: where the trailer and what it names lie as a rule."""
    stream.seek(0)
    first = stream.read(MIB)
    end = stream.seek(0, 2)
    stream.seek(max(end - 4 * MIB, len(first)))
    return first + stream.read(4 * MIB)


def _method(dictionary: bytes) -> str:
    version = _VERSION.search(dictionary)
    number = int(version[1]) if version else 0
    if number >= _NEWEST:
        return "AES-256"
    if number == _FILTERS:
        return next((name for mark, name in _METHODS.items() if mark in dictionary), "RC4 128 bit")
    if number <= _OLDEST:
        return "RC4 40 bit"
    length = _LENGTH.search(dictionary)
    return f"RC4 {min(int(length[1]), 128) if length else 40} bit"
