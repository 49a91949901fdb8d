"""How documents are encrypted, in words that stay the same from run to run, and by what keys they may be opened.

Article 26 of the Act on the Protection of Personal Information asks for no report of a leak when the data had
"advanced encryption" (Enforcement Rules, article 7): by the guidelines an algorithm of the CRYPTREC list of ciphers for
e-government or of ISO/IEC 18033, properly implemented, with the means of opening it kept apart. This file only says
which algorithm was used and whether it is one of those; how the password was chosen and kept nobody can see here.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from scanner.errors import Unreadable
from scanner.formats import Library

if TYPE_CHECKING:
    from scanner.limits import Budget

CIPHERS = Library("cryptography.hazmat.primitives.ciphers", "cryptography")
WEAK = "not a method that counts as advanced encryption"
"""Ends the detail of every problem whose method is known to be on neither list."""

_UNLISTED = ("ZipCrypto", "RC2", "RC4", "XOR", "DES", "RAR 1", "RAR 2", "Blowfish", "CAST5", "IDEA")
"""On neither list: the CRYPTREC list of 2023 (LS-0001-2022) has dropped RC4 and keeps Triple DES for old data only."""


def described(method: str) -> str:
    """The detail of a problem of kind ``encrypted``, such as ``AES-256 (7z)``."""
    return f"{method}: {WEAK}" if any(cipher in method for cipher in _UNLISTED) else method


def locked(method: str) -> Unreadable:
    """What is raised for a document that no password at hand opens."""
    return Unreadable("encrypted", described(method))


def container(word: str, head: bytes) -> str:
    """The name of an encrypted container with its cipher, where its head says it."""
    if word.startswith("LUKS"):
        old = head[8:40].rstrip(b"\0") + b"-" + head[40:72].rstrip(b"\0")
        new = _LUKS2.search(head)
        named = new[1] if new else old if head[6:8] == b"\0\1" else b""
        return f"{word} ({named.decode('ascii', 'replace')})" if _CIPHER.fullmatch(named) else word
    if word.startswith("OpenPGP") and head[:1] in (b"\x8c", b"\xc3"):
        cipher = _OPENPGP.get(head[3], "")
        return f"{word} ({cipher})" if cipher else word
    return word


_LUKS2 = re.compile(rb'"encryption":\s?"([a-z0-9-]{1,40})"')
_CIPHER = re.compile(rb"[a-z0-9-]{3,64}")
_OPENPGP = {
    1: "IDEA", 2: "Triple DES", 3: "CAST5", 4: "Blowfish", 7: "AES-128", 8: "AES-192", 9: "AES-256", 10: "Twofish",
    11: "Camellia-128", 12: "Camellia-192", 13: "Camellia-256",
}  # fmt: skip
"""RFC 9580, 9.3: the cipher that a packet for a password names; what is encrypted to keys does not say it."""


def passwords(budget: "Budget") -> Iterator[str]:
    """The passwords to try, each within the time that is left."""
    for password in budget.limits.passwords:
        budget.tick()
        yield password


class Cipher(Protocol):
    """One direction of a cipher with its state."""

    def update(self, data: bytes) -> bytes:
        """The next bytes, as long as those given."""


def aes_cbc(key: bytes, start: bytes) -> Cipher:
    """Decrypts AES in CBC mode; whole blocks of 16 bytes only."""
    library = _ciphers()
    return cast(Cipher, library.Cipher(library.algorithms.AES(key), library.modes.CBC(start)).decryptor())


def aes_ecb(key: bytes) -> Cipher:
    """Encrypts single blocks with AES: what counter modes of every kind are built upon."""
    library = _ciphers()
    return cast(Cipher, library.Cipher(library.algorithms.AES(key), library.modes.ECB()).encryptor())


def _ciphers() -> Any:
    try:
        from cryptography.hazmat.primitives import ciphers
    except ImportError:
        raise Unreadable("missing_reader", "AES: its library cannot be loaded on this system") from None
    return ciphers
