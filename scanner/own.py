"""What the user of this PC may keep: the own name in clear, own numbers as digests that cannot be turned back.

Only comparing; the policy names them (`scanner.policy.clauses`), detection asks. A twelve-digit number can be guessed,
so the digest is salted and slow (scrypt, RFC 7914): comparing one value takes a tenth of a second, trying all that
pass the check digit takes one processor centuries. Whoever asks should ask for few values and remember the answers.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

_SCHEME = "scrypt"
_COST, _BLOCK, _SALT_BYTES, _DIGEST_BYTES = 15, 8, 16, 32
_MEMORY = 64 << 20
"""Bytes that scrypt may use; 2**15 rounds with blocks of 8 take 32 MiB."""


@dataclass(frozen=True, slots=True)
class Own:
    """The data of the user of this PC, as far as the policy declares it."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """As `digest` writes them."""

    def is_name(self, value: str) -> bool:
        """Whether a name is the user's, however it is spaced and whatever its width and case."""
        return bool(self.names) and spelled(value) in {spelled(name) for name in self.names}

    def is_number(self, value: str) -> bool:
        """Whether a number is one of the user's. Takes a tenth of a second for each digest."""
        return any(fits(value, line) for line in self.numbers)


def spelled(value: str) -> str:
    """A name or number in one spelling: without spaces and dashes, in one width and case."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Pd")


def digest(value: str) -> str:
    """The line for the policy file: ``scrypt:15:salt:digest``, another one each time. Raises ValueError for nothing."""
    if not spelled(value):
        raise ValueError("nothing to make a digest of")
    salt = secrets.token_bytes(_SALT_BYTES)
    return ":".join((_SCHEME, str(_COST), _written(salt), _written(_derived(value, salt))))


def fits(value: str, line: str) -> bool:
    """Whether a value is the one that the digest was made of; False for a line that is no digest."""
    parts = _read(line)
    return parts is not None and hmac.compare_digest(_derived(value, parts[0]), parts[1])


def is_digest(line: str) -> bool:
    """Whether a text is a digest as `digest` writes it."""
    return _read(line) is not None


def _derived(value: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        spelled(value).encode(), salt=salt, n=1 << _COST, r=_BLOCK, p=1, maxmem=_MEMORY, dklen=_DIGEST_BYTES
    )


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(line: str) -> tuple[bytes, bytes] | None:
    scheme, _, rest = line.partition(":")
    parts = rest.split(":")
    if scheme != _SCHEME or len(parts) != 3 or parts[0] != str(_COST):
        return None
    try:
        salt, derived = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts[1:])
    except (binascii.Error, ValueError):
        return None
    return (salt, derived) if (len(salt), len(derived)) == (_SALT_BYTES, _DIGEST_BYTES) else None
