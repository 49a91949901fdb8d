"""The administrator's decisions: JSON lines in a file that is added to and never rewritten.

A file that anybody else could have written, or of which one line cannot be understood, is not honoured at all, and the
report has to say so. What a line means is for `scanner.policy.acceptance` and `scanner.policy.lending` to say.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from scanner.errors import UsageError
from scanner.policy.ownership import by_administrator

LARGEST = 8 << 20
"""Bytes of the file."""
LONGEST = 1_000
"""Characters of the words of a field."""

Record = TypeVar("Record")


class Read(NamedTuple, Generic[Record]):
    """What a file holds, or why it is not honoured."""

    records: tuple[Record, ...] = ()
    refused: str = ""
    """A sentence for the report; empty: all is well."""


class Journal(Generic[Record]):
    """Files of one sort."""

    def __init__(self, what: str, take: Callable[[Any, dict[str, Record]], None]) -> None:
        """`what` is decided, in words; `take` adds a line to the records, by id, or raises when it does not hold."""
        self._what = what
        self._take = take

    def read(self, path: Path) -> Read[Record]:
        """The records of a file; none where there is no file."""
        try:
            with path.open("rb") as stream:
                trusted = by_administrator(stream)
                raw = stream.read(LARGEST + 1)
        except FileNotFoundError:
            return Read()
        except OSError as error:
            return self._refused(path, f"the file cannot be read ({error.strerror})")
        if not trusted:
            return self._refused(path, "others than an administrator can write the file")
        if len(raw) > LARGEST:
            return self._refused(path, "the file is too large")
        try:
            return Read(tuple(self.parsed(raw).values()))
        except ValueError as error:
            return self._refused(path, str(error))

    def parsed(self, raw: bytes) -> dict[str, Record]:
        """The records of a file by their ids. Raises ValueError with the number of a line that does not hold."""
        known: dict[str, Record] = {}
        for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
            if line.strip():
                try:
                    self._take(json.loads(line), known)
                except (ValueError, TypeError, KeyError, RecursionError, UsageError):
                    raise ValueError(f"line {number} does not hold") from None
        return known

    def add(self, record: Mapping[str, object], path: Path) -> None:
        """Write a record down. Raises UsageError where it cannot be, or would not be honoured."""
        is_new = not path.exists()
        self.append(record, path)
        refused = self.read(path).refused
        if refused and is_new:
            path.unlink()  # made by somebody who is no administrator: it would only stand in the way of one
        if refused:
            raise UsageError(refused)

    def append(self, record: Mapping[str, object], path: Path) -> None:
        """Add a line, readable by all, writable by whoever owns the file."""
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            with os.fdopen(handle, "r+b") as stream:
                before = stream.read(LARGEST)
                stream.write(line if before.endswith(b"\n") or not before else b"\n" + line)
                stream.flush()
                os.fsync(stream.fileno())
            if is_new:
                path.chmod(0o644)  # whatever the umask: the scans of all users read it
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be written ({error.strerror}); {self._what} are for administrators"
            ) from None

    def _refused(self, path: Path, why: str) -> Read[Record]:
        return Read(refused=f"{path}: {self._what} not honoured, {why}")


def text(value: object) -> str:
    """The words of a field. Raises ValueError for what is none, empty, too long or not printable."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
        raise ValueError
    return value
