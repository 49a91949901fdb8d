"""A policy file as TOML, key by key, with a complaint that says where: file, clause and what is wrong.

It knows what kinds of values keys have, not what the keys mean.
"""

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scanner.errors import UsageError

LARGEST = 1 << 20
"""Bytes of a policy file."""


def content(path: Path) -> bytes:
    """The file's bytes; raises UsageError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: the policy cannot be read ({error.strerror})") from None
    if len(raw) > LARGEST:
        raise UsageError(f"{path}: too large for a policy")
    return raw


class Section:
    """One table of the file. Every key that it may have is asked for; what is left at the end is a mistake."""

    def __init__(self, table: object, where: str) -> None:
        self.where = where
        if not isinstance(table, dict):
            raise self.wrong("must be a table")
        self._table: dict[str, Any] = table
        self._asked: list[str] = []

    @classmethod
    def of(cls, raw: bytes, where: str) -> "Section":
        """The whole file, with or without a byte-order mark."""
        try:
            return cls(tomllib.loads(raw.decode("utf-8-sig")), where)
        except UnicodeDecodeError:
            raise UsageError(f"{where}: not UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{where}: {error}") from None

    def wrong(self, reason: str) -> UsageError:
        """The complaint about this section."""
        return UsageError(f"{self.where}: {reason}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.append(key)
        return key in self._table

    def keys(self) -> list[str]:
        """All keys, in the order of the file; for tables whose keys are free."""
        self._asked.extend(self._table)
        return list(self._table)

    def text(self, key: str, allowed: Sequence[str] = (), default: str | None = None) -> str:
        """A text that says something; with `allowed`, one of those."""
        value = self._get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key} must be a text")
        if allowed and value not in allowed:
            raise self.wrong(f"{key} = {value!r}: {_meant(value, allowed)}")
        return value

    def number(self, key: str, default: int) -> int:
        """A whole number from 1 on, unless it is the default."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or (value < 1 and self.has(key)):
            raise self.wrong(f"{key} must be a whole number from 1 on")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false if absent."""
        value = self._get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false")
        return value

    def words(self, key: str, allowed: Sequence[str] = (), *, empty: bool = False) -> tuple[str, ...]:
        """A list of texts, empty only if absent or if that may be; with `allowed`, each one of those."""
        value = self._get(key, [])
        return () if not self.has(key) or (empty and value == []) else self._words(key, value, allowed)

    def lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts, empty only if absent."""
        if not self.has(key):
            return ()
        value = self._get(key, [])
        if not isinstance(value, list) or not value:
            raise self.wrong(f"{key} must be a list of lists")
        return tuple(self._words(key, item, ()) for item in value)

    def section(self, key: str, where: str = "") -> "Section":
        """A table in this one; an empty one if absent."""
        return Section(self._get(key, {}), where or f"{self.where}: {key}")

    def sections(self, key: str) -> list[object]:
        """A list of tables, not yet looked into."""
        value = self._get(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"{key} must be written [[{key}]]")
        return value

    def done(self) -> None:
        """Complain about the keys that nobody asked for."""
        for key in self._table:
            if key not in self._asked:
                raise self.wrong(f"unknown key {key!r}: {_meant(key, self._asked)}")

    def _get(self, key: str, default: object) -> Any:
        self._asked.append(key)
        value = self._table.get(key, default)
        if value is None:
            raise self.wrong(f"{key} is missing")
        return value

    def _words(self, key: str, value: object, allowed: Sequence[str]) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
            raise self.wrong(f"{key} must be a list of texts, and not an empty one")
        for word in value:
            if allowed and word not in allowed:
                raise self.wrong(f"{key}: {word!r}: {_meant(word, allowed)}")
        return tuple(value)


def _meant(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"is it {near[0]!r} that is meant?" if near else f"known are {', '.join(dict.fromkeys(known))}"
