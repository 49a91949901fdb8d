"""The compiled gate, kept between runs: compiling takes most of a second, loading a millisecond.

What is kept says what is looked for and nothing of what was found. It is never needed: where it cannot be read or
written, or does not fit the rules, the engine or this user any more, the gate is compiled anew.
"""

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from scanner.detection.detector import gate_of
from scanner.detection.gate import Gate, engine
from scanner.detection.rules import Rule
from scanner.errors import Unreadable

NAME = "gate.bin"
_DIGEST, _LENGTH = 32, 8
_MOST = 64 * 1024 * 1024


def compiled(rules: Sequence[Rule], place: Path) -> tuple[bytes, ...]:
    """What `Gate.dump` gives for the rules, from the folder `place` or freshly compiled and then kept there."""
    key = _key(rules)
    known = _load(place / NAME, key)
    if known:
        with contextlib.suppress(ValueError, Unreadable):
            gate_of(rules, known).hits(b"0")
            return known
    fresh = gate_of(rules).dump()
    _keep(place, key, fresh)
    return fresh


def _key(rules: Sequence[Rule]) -> bytes:
    asked = repr([(rule.gate, rule.gate_patterns, rule.context if rule.gate == "context" else ()) for rule in rules])
    return hashlib.sha256(f"{Gate.REVISION}\0{engine()}\0{asked}".encode()).digest()


def _load(path: Path, key: bytes) -> tuple[bytes, ...]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as stream:
            if not _ours(os.fstat(stream.fileno())):
                return ()
            data = stream.read(_MOST)
    except OSError:
        return ()
    body = data[2 * _DIGEST :]
    if data[:_DIGEST] != key or data[_DIGEST : 2 * _DIGEST] != hashlib.sha256(body).digest():
        return ()
    return _parts(body)


def _ours(info: os.stat_result) -> bool:
    """Native code trusts a compiled gate: nobody but this user may have been able to write it."""
    if not hasattr(os, "geteuid"):
        return True
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def _parts(body: bytes) -> tuple[bytes, ...]:
    parts: list[bytes] = []
    while body:
        end = _LENGTH + int.from_bytes(body[:_LENGTH])
        parts.append(body[_LENGTH:end])
        body = body[end:]
    return tuple(parts)


def _keep(place: Path, key: bytes, fresh: Sequence[bytes]) -> None:
    body = b"".join(len(part).to_bytes(_LENGTH) + part for part in fresh)
    if not place.is_absolute():
        return
    partial = place / f"{NAME}.{secrets.token_hex(8)}"
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with open(descriptor, "wb") as stream:
                stream.write(key + hashlib.sha256(body).digest() + body)
            partial.replace(place / NAME)
        finally:
            partial.unlink(missing_ok=True)
