"""The key of this machine's user: Ed25519 (RFC 8032), made at first use, kept in the state folder for its owner only.

It signs bytes and checks signatures. What a signature means is said where one is used: the key lies on the machine that
it speaks for, so it proves that something has not changed since, not that the machine was honest.
"""

import base64
import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from scanner.errors import UsageError

FILE = "signing.key"
SEED, SIGNATURE = 32, 64
"""Bytes of a key, secret or public, and of a signature."""


class Key(NamedTuple):
    """A key that can sign; its secret part is never shown."""

    secret: SigningKey
    public: bytes

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature of the message, 64 bytes."""
        return bytes(self.secret.sign(message).signature)

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"


def key(folder: Path) -> Key:
    """The key in the folder, made if there is none. Raises UsageError for one that is damaged or open to others."""
    path = folder / FILE
    if not path.exists():
        _make(path)
    seed = _read(path)
    secret = SigningKey(seed)
    return Key(secret, bytes(secret.verify_key))


def known(folder: Path) -> str | None:
    """The fingerprint of the key in the folder; None where there is none."""
    return key(folder).fingerprint if (folder / FILE).exists() else None


def genuine(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message was made with the secret part of this public key."""
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """The SHA-256 of a public key, written as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode("ascii").rstrip("=")


def _make(path: Path) -> None:
    """Whole or not at all, and never in place of one that somebody else has made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{FILE}-{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(SEED)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            _put(draft, path)
    except OSError as error:
        raise UsageError(f"no signing key can be made: {error.strerror or type(error).__name__}") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    if os.name == "nt":
        draft.rename(path)  # refuses where there is one
    else:
        os.link(draft, path)


def _read(path: Path) -> bytes:
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise UsageError("the signing key can be read by others: take their access away (chmod 600), or remove it")
        seed = base64.b64decode(path.read_bytes(), validate=False)
    except OSError as error:
        raise UsageError(f"the signing key cannot be read: {error.strerror or type(error).__name__}") from None
    except ValueError:
        seed = b""
    if len(seed) != SEED:
        raise UsageError("the signing key is damaged: set it aside, and a new one is made")
    return seed
