"""A policy file as TOML, key by key, with a complaint that says where: file, line, clause and what is wrong.

It knows what kinds of values keys have, not what the keys mean.
"""

import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from scanner.errors import UsageError
from scanner.policy import key_lines
from scanner.wording import LANGUAGES

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


@dataclass(frozen=True, slots=True)
class File:
    """A policy file: what it is called in complaints, and its text, for their lines."""

    name: str
    text: str

    def at(self, path: key_lines.Path) -> str:
        """File and line of a key, or of the table that it would stand in."""
        lines = key_lines.key_lines(self.text)
        while path not in lines:
            path = path[:-1]
        return f"{self.name}, line {lines[path]}"


class At(NamedTuple):
    """A place in a policy file, worked out only when somebody asks for it."""

    file: File
    path: key_lines.Path

    def __str__(self) -> str:
        return self.file.at(self.path)


class Section:
    """One table of the file. Every key that it may have is asked for; what is left at the end is a mistake."""

    def __init__(self, table: object, file: File, path: key_lines.Path = (), where: str = "") -> None:
        self.where = where
        self._file = file
        self._path = path
        if not isinstance(table, dict):
            raise self.wrong("must be a table")
        self._table: dict[str, Any] = table
        self._asked: list[str] = []

    @classmethod
    def of(cls, raw: bytes, name: str) -> "Section":
        """The whole file, with or without a byte-order mark."""
        try:
            text = raw.decode("utf-8-sig")
            return cls(tomllib.loads(text), File(name, text))
        except UnicodeDecodeError as error:
            line = 1 + raw[: error.start].count(b"\n")
            raise UsageError(f"{name}, line {line}: not UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{name}: {error}") from None
        except RecursionError:
            raise UsageError(f"{name}: nested too deeply") from None

    @property
    def place(self) -> "At":
        """Where this table stands, for complaints that come up later."""
        return At(self._file, self._path)

    def wrong(self, reason: str, key: str | None = None) -> UsageError:
        """The complaint about this section, or one key of it."""
        path = self._path if key is None else (*self._path, key)
        return UsageError(": ".join(filter(None, (self._file.at(path), self.where, reason))))

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
            raise self.wrong(f"{key} must be a text", key)
        if allowed and value not in allowed:
            raise self.wrong(f"{key} = {value!r}: {meant(value, allowed)}", key)
        return value

    def number(self, key: str, default: int, least: int = 1) -> int:
        """A whole number from `least` on, unless it is the default."""
        value = self._get(key, default)
        if not _is_whole(value) or (value < least and self.has(key)):
            raise self.wrong(f"{key} must be a whole number from {least} on", key)
        return int(value)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers, and not an empty one."""
        value = self._get(key, None)
        if not isinstance(value, list) or not value or not all(_is_whole(one) for one in value):
            raise self.wrong(f"{key} must be a list of whole numbers", key)
        return tuple(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false", key)
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
            raise self.wrong(f"{key} must be a list of lists", key)
        return tuple(self._words(key, item, ()) for item in value)

    def section(self, key: str) -> "Section":
        """A table in this one; an empty one if absent."""
        where = f"{self.where}: {key}" if self.where else key
        return Section(self._get(key, {}), self._file, (*self._path, key), where)

    def sections(self, key: str) -> "list[Section]":
        """A list of tables, named by their number until they are known by something better."""
        value = self._get(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"{key} must be written [[{key}]]", key)
        return [
            Section(table, self._file, (*self._path, key, number), f"{key} {number + 1}")
            for number, table in enumerate(value)
        ]

    def day(self, key: str) -> date | None:
        """A date (2026-12-31); None if absent."""
        value = self._get(key, False)
        if value is False:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(f"{key} must be a date, written 2026-12-31 without quotation marks", key)
        return value

    def said(self, key: str) -> dict[str, str]:
        """A table with a text in every language."""
        table = self.section(key)
        said = {lang: table.text(lang) for lang in LANGUAGES}
        table.done()
        return said

    def done(self) -> None:
        """Complain about the keys that nobody asked for."""
        for key in self._table:
            if key not in self._asked:
                raise self.wrong(f"unknown key {key!r}: {meant(key, self._asked)}", key)

    def _get(self, key: str, default: object) -> Any:
        self._asked.append(key)
        value = self._table.get(key, default)
        if value is None:
            near = difflib.get_close_matches(key, [word for word in self._table if word not in self._asked], 1)
            raise self.wrong(f"{key} is missing" + (f"; is {near[0]!r} meant for it?" if near else ""), *near)
        return value

    def _words(self, key: str, value: object, allowed: Sequence[str]) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
            raise self.wrong(f"{key} must be a list of texts, and not an empty one", key)
        for word in value:
            if allowed and word not in allowed:
                raise self.wrong(f"{key}: {word!r}: {meant(word, allowed)}", key)
        return tuple(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def meant(word: str, known: Sequence[str]) -> str:
    """What somebody who wrote `word` may have meant."""
    near = difflib.get_close_matches(word, known, 1)
    return f"is it {near[0]!r} that is meant?" if near else f"known are {', '.join(dict.fromkeys(known))}"
