"""Compiled patterns, kept between runs: compiling takes many times as long as loading.

What is kept says what is looked for and nothing of what was found. It is never needed: where it cannot be read or
written, or does not fit the patterns, the engine or this user any more, they are compiled anew. Workers cannot write,
and native code trusts what is kept: whoever starts them keeps it for them (`keep_names`).
"""

import contextlib
import ctypes
import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from scanner.detection.context import keyword
from scanner.detection.gate import Gate, engine
from scanner.detection.labels import Labels
from scanner.detection.patterns import LIBRARY, Patterns, dump
from scanner.detection.prose_names import ProseNames
from scanner.detection.reader import Reader, labels_of
from scanner.detection.rules import Rule

SUFFIX = ".compiled"
REVISION = 1
"""Counts up when other databases come out of the same patterns."""
_DIGEST, _LENGTH = 32, 8
_MOST = 64 * 1024 * 1024


class Ready(NamedTuple):
    """What is compiled of the rules, for another process on this machine; what is empty is compiled there."""

    gate: tuple[bytes, ...] = ()
    patterns: tuple[bytes, ...] = ()


NOTHING_READY = Ready()


class Compiled(Protocol):
    """What is expensive to make and can be dumped."""

    def dump(self) -> tuple[bytes, ...]:
        """The compiled patterns, for another process on this machine."""


C = TypeVar("C", bound=Compiled)


def files(place: Path) -> tuple[Path, ...]:
    """All that may be kept in a folder."""
    return tuple(place / f"{name}{SUFFIX}" for name in ("gate", "patterns", "names"))


def ready(rules: Sequence[Rule], place: Path) -> Ready:
    """All that workers need of the rules, from the folder `place` or freshly compiled and then kept there."""
    return Ready(gate(rules, place).dump(), patterns(rules, place).dump())


def gate(rules: Sequence[Rule], place: Path) -> Gate:
    """The gate of the rules, from the folder `place` or freshly compiled and then kept there."""
    asked = repr([gate_patterns(rule) for rule in rules])
    return compiled(place, "gate", asked, lambda parts: gate_of(rules, parts))


def patterns(rules: Sequence[Rule], place: Path) -> Patterns:
    """The patterns and words of the rules, from the folder `place` or freshly compiled and then kept there."""
    words = [
        (rule.pattern, rule.context, rule.counter, rule.column.pattern, rule.column.headers, rule.column.counter)
        for rule in rules
    ]
    return compiled(place, "patterns", repr((LIBRARY, words)), lambda parts: Patterns(parts or dump(sources(rules))))


def sources(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The sources of all patterns that a detector with these rules may need."""
    rules = [rule for rule in rules if rule.gate != "names"]
    labels = labels_of(rules)
    ours = chain.from_iterable(Reader(rule, labels).sources() for rule in rules)
    return tuple(dict.fromkeys((Labels.of(rules).source, *ours)))


def names(data: Path, place: Path) -> ProseNames:
    """What finds names in running text, by the lists in the folder `data`."""
    return compiled(place, "names", _lists(data), lambda parts: ProseNames(data, parts))


def keep_names(data: Path, place: Path) -> None:
    """Have `names` find what it needs, compiled; where it is, or cannot be kept, nothing is done."""
    asked, path = _lists(data), place / f"names{SUFFIX}"
    if _read(path, _DIGEST) != _key(asked) and _writable(place):
        compiled(place, "names", asked, lambda parts: ProseNames(data, parts))


def _lists(data: Path) -> str:
    return repr([(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(data.glob("*name*"))])


def gate_of(rules: Sequence[Rule], parts: Sequence[bytes] = ()) -> Gate:
    """The gate of some rules; see `Gate`."""
    return Gate([gate_patterns(rule) for rule in rules if rule.gate != "names"], parts)


def gate_patterns(rule: Rule) -> Sequence[str]:
    """What the gate looks for on behalf of a rule."""
    return rule.gate_patterns or [keyword(word) for word in rule.context]


def compiled(place: Path, name: str, asked: str, make: Callable[[tuple[bytes, ...]], C]) -> C:
    """What `make` makes from the parts of an earlier dump; from none it compiles. `asked`: all that it depends on."""
    key = _key(asked)
    path = place / f"{name}{SUFFIX}"
    known = _load(path, key)
    if known:
        with contextlib.suppress(ValueError):
            return make(known)
    fresh = make(())
    _keep(path, key, fresh.dump())
    _give_back()
    return fresh


def _give_back() -> None:
    """Return to the system what compiling took: a watcher that compiles as it begins would keep it for weeks."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library than that of GNU
            ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


def _key(asked: str) -> bytes:
    return hashlib.sha256(f"{REVISION}\0{engine()}\0{asked}".encode()).digest()


def _read(path: Path, most: int) -> bytes:
    """The beginning of a file that nobody but this user can have written; empty if there is none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as stream:
            if _ours(os.fstat(stream.fileno())):
                return stream.read(most)
    return b""


def _load(path: Path, key: bytes) -> tuple[bytes, ...]:
    data = _read(path, _MOST)
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


def _writable(place: Path) -> bool:
    if not place.is_absolute():
        return False
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.access(place, os.W_OK)


def _keep(path: Path, key: bytes, fresh: Sequence[bytes]) -> None:
    body = b"".join(len(part).to_bytes(_LENGTH) + part for part in fresh)
    if not path.is_absolute():
        return
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with open(descriptor, "wb") as stream:
                stream.write(key + hashlib.sha256(body).digest() + body)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
