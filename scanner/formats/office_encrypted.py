"""Office documents under a password since 2007: a compound file with the encrypted package in it ([MS-OFFCRYPTO] 2.3).

What the standing password of Office itself opens is open to everybody and is read, as is what a password of the user's
opens; of the rest the method is reported. Decrypted documents are held in memory and never written. The encryption of
the formats before 2007 is told by their own readers.
"""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import ExpatError

from scanner.errors import Unreadable
from scanner.formats import Library, Piece
from scanner.formats._ole import MARK, Compound, opened, roots
from scanner.formats._protection import CIPHERS, locked, passwords
from scanner.limits import Budget
from scanner.model import Document

NAME = "office_encrypted"
RANK = 90
ENDINGS = (".docx", ".xlsx", ".pptx")
USES = (Library("msoffcrypto.format.ooxml", "msoffcrypto-tool"), CIPHERS)

_PACKAGE, _INFO, _RIGHTS = "EncryptedPackage", "EncryptionInfo", "\x06DataSpaces"
_STANDING = "VelvetSweatshop"
"""Excel encrypts with this when a workbook is only to be protected against changes ([MS-XLSB] 2.2.10)."""
_SPINS = 1_000_000
"""Hashes made of a password at most; Office makes 100,000."""
_AGILE = re.compile(rb'<(?:\w+:)?keyData\b[^>]{0,600}?cipherAlgorithm="(\w{1,16})"')
_BITS = re.compile(rb'<(?:\w+:)?keyData\b[^>]{0,600}?keyBits="(\d{1,4})"')
_HASH = re.compile(rb'<(?:\w+:)?keyData\b[^>]{0,600}?hashAlgorithm="([\w-]{1,16})"')
_SPIN = re.compile(rb"""spinCount\s*=\s*["'](\d{1,99})""")
_ALGORITHMS = {0x6801: "RC4", 0x660E: "AES-128", 0x660F: "AES-192", 0x6610: "AES-256"}
_AGILE_VERSION = (4, 4)
_HEADER = struct.Struct("<HHL")

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """A compound file with an encrypted package."""
    return _PACKAGE.lower() in roots(document)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The document that lies inside, if it can be opened."""
    budget.enter(document.depth)
    with opened(document, budget) as compound:
        info = compound.get(_INFO)
        method = _method(info, compound)
        content = _decrypted(document, info, budget)
    if content is None:
        raise locked(method)
    budget.expand(len(content))
    yield document.inner(document.name, content)


def _method(info: bytes, compound: Compound) -> str:
    if len(info) < _HEADER.size + 24:
        rights = any(path[0].lower() == _RIGHTS.lower() for path in compound.paths)
        return "Office rights management" if rights else "Office encryption"
    major, minor, _ = _HEADER.unpack_from(info)
    if (major, minor) == _AGILE_VERSION:
        cipher, bits, digest = (pattern.search(info) for pattern in (_AGILE, _BITS, _HASH))
        hashed = f"/{_dashed(digest[1].decode())}" if digest else ""
        return f"Office agile {cipher[1].decode() if cipher else 'AES'}-{bits[1].decode() if bits else ''}{hashed}"
    (algorithm,) = struct.unpack_from("<L", info, 20)
    return f"Office standard {_ALGORITHMS.get(algorithm, 'encryption')}"


def _dashed(digest: str) -> str:
    return re.sub(r"^SHA-?(\d)", r"SHA-\1", digest)


def _decrypted(document: Document, info: bytes, budget: Budget) -> bytes | None:
    """The package, by the standing password or one of the user's."""
    spins = max(map(int, _SPIN.findall(info)), default=0)
    if len(info) < _HEADER.size or b"<!DOCTYPE" in info or spins > _SPINS:
        return None
    budget.hold(3 * document.size)
    with document.open() as stream:
        held = io.BytesIO(stream.read())
    for password in (_STANDING, *passwords(budget)):
        budget.tick()
        content = _tried(held, password)
        if content is not None:
            return content
    return None


def _tried(held: io.BytesIO, password: str) -> bytes | None:
    """What the password opens; whatever the library makes of damaged bytes means that it opens nothing."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
        from msoffcrypto.format import ooxml
    except ImportError:  # the method is told all the same
        return None
    damage = (
        DecryptionError, FileFormatError, InvalidKeyError, ParseError, UnsupportedAlgorithm, struct.error,
        ExpatError, ValueError, LookupError, TypeError, AttributeError, OSError, ArithmeticError,
    )  # fmt: skip
    library: Any = ooxml
    out = io.BytesIO()
    try:
        locked_file = library.OOXMLFile(held)
        locked_file.load_key(password=password, verify_password=True)
        locked_file.decrypt(out)
    except damage:
        return None
    except RecursionError:
        raise Unreadable("too_deep", "nested more deeply than can be read") from None
    return out.getvalue()
