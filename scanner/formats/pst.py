"""Outlook data files (.pst, .ost, .pab), by libpff: every message of every folder, attachments as documents.

Each message is one part of the document, named by its folder and its number. Deleted messages that the file still
holds are read as well. The library is native code that takes a path or a stream: a worker process must stand outside.
Weak encryption of the file format is no obstacle; a file's password is not asked for, since it encrypts nothing.
"""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from scanner.errors import Unreadable
from scanner.formats import Library, Piece
from scanner.formats._grid import runs
from scanner.formats._mapi import UNICODE, Message, Properties, Property, codec_of, file_name
from scanner.formats._names import Shown, printable
from scanner.formats._stream import seekable
from scanner.limits import Budget
from scanner.model import Document, Problem

NAME = "pst"
RANK = 240
ENDINGS = (".pst", ".ost")
NEEDS = (Library("pypff", "libpff-python"),)

MARK = b"!BDN"
_DEEPEST = 64
_LARGEST_VALUE = 1 << 26
_DATA_TAG = 0x3701
_MANY = 0x1000
"""The mark of a list in the type of a value."""
_MOST_INSIDE = 8
"""Messages attached to one another."""

T = TypeVar("T")

BEGINS = (MARK,)


def accepts(document: Document) -> bool:
    """Whether the document begins with the mark of an Outlook data file."""
    return document.head.startswith(MARK)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The messages folder by folder, then what was deleted, then at most one problem."""
    try:
        import pypff
    except ImportError:
        raise Unreadable("missing_reader", "Outlook data file: libpff is not there for this system") from None
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        store = pypff.file()
        try:
            store.open_file_object(stream)
        except (OSError, ValueError, MemoryError):
            raise Unreadable("corrupt", "not an Outlook data file that can be opened") from None
        try:
            yield from _Reader(document, budget, store).pieces()
        finally:
            store.close()


class _Reader:
    def __init__(self, document: Document, budget: Budget, store: Any) -> None:
        self._document = document
        self._budget = budget
        self._store = store
        self._shown = Shown(document)
        self._broken = 0
        self._number = 0

    def pieces(self) -> Iterator[Piece]:
        """Everything in the file."""
        root = self._attempt(self._store.get_root_folder)
        if root is not None:
            yield from self._folder(root, "", 0)
        for index in range(self._attempt(self._store.get_number_of_orphan_items) or 0):
            self._budget.tick()
            item = self._attempt(partial(self._store.get_orphan_item, index))
            if item is not None:
                yield from self._message(item, "deleted", 0)
        if self._broken or root is None:
            detail = f"{self._broken} parts of the file cannot be read"
            yield Problem(address=self._document.address, kind="corrupt", detail=detail, size=self._document.size)

    def _attempt(self, call: Callable[[], T]) -> T | None:
        """What the library returns, or None where the file is broken; that is counted."""
        try:
            return call()
        except (OSError, ValueError, RuntimeError, MemoryError, OverflowError):
            self._broken += 1
            return None

    def _folder(self, folder: Any, path: str, depth: int) -> Iterator[Piece]:
        self._budget.tick()
        if depth > _DEEPEST:
            self._broken += 1
            return
        for index in range(self._attempt(folder.get_number_of_sub_messages) or 0):
            message = self._attempt(partial(folder.get_sub_message, index))
            if message is not None:
                yield from self._message(message, path, 0)
        for index in range(self._attempt(folder.get_number_of_sub_folders) or 0):
            inner = self._attempt(partial(folder.get_sub_folder, index))
            if inner is not None:
                name = printable((self._attempt(inner.get_name) or "")[:100])
                yield from self._folder(inner, f"{path}/{name}" if path else name, depth + 1)

    def _message(self, message: Any, path: str, depth: int) -> Iterator[Piece]:
        self._budget.member()
        self._number += 1
        part = f"{path}/{self._number}" if path else str(self._number)
        properties = self._properties(message)
        recipients = self._recipients(message)
        yield from Message(self._document, self._budget, properties, part=part).pieces(recipients)
        codec = codec_of(properties)
        for index in range(self._attempt(message.get_number_of_attachments) or 0):
            attachment = self._attempt(partial(message.get_attachment, index))
            if attachment is not None:
                yield from self._attachment(attachment, part, codec, depth)

    def _recipients(self, message: Any) -> list[Properties]:
        recipients = self._attempt(lambda: message.recipients)
        return self._sets(recipients) if recipients is not None else []

    def _attachment(self, attachment: Any, part: str, codec: str, depth: int) -> Iterator[Piece]:
        self._budget.member()
        sets = self._sets(attachment)
        properties: Properties = {number: value for one in reversed(sets) for number, value in one.items()}
        name = f"{part}/{file_name(properties, codec) or 'attachment'}"
        size = self._attempt_size(attachment)
        if size is None:
            for index in range(min(self._attempt(attachment.get_number_of_sub_items) or 0, 16)):
                inner = self._attempt(partial(attachment.get_sub_item, index))
                if inner is not None and hasattr(inner, "get_number_of_attachments") and depth < _MOST_INSIDE:
                    yield from self._message(inner, part, depth + 1)
            return
        if size > self._budget.limits.memory:
            yield self._shown.problem(name, size, "too_large", "an attachment that must be held as a whole")
            return
        data = self._attempt(lambda: bytes(attachment.read_buffer(size))) if size else b""
        if data is None:
            yield self._shown.problem(name, size, "corrupt", "an attachment that cannot be read")
            return
        self._budget.expand(len(data))
        yield self._shown.child(name, len(data), partial(io.BytesIO, data))

    def _attempt_size(self, attachment: Any) -> int | None:
        """How long an attachment is; None where it is no file."""
        try:
            return int(attachment.get_size())
        except (OSError, ValueError, RuntimeError):
            return None

    def _properties(self, item: Any) -> Properties:
        found: dict[int, Property] = {}
        for one in self._sets(item):
            for number, value in one.items():
                found.setdefault(number, value)
        return found

    def _sets(self, item: Any) -> list[Properties]:
        """The sets of properties of an item: one of a message, one for each recipient."""
        sets: list[Properties] = []
        for index in range(min(self._attempt(item.get_number_of_record_sets) or 0, 100_000)):
            self._budget.tick()
            one = self._attempt(partial(item.get_record_set, index))
            if one is not None:
                sets.append(self._set(one))
        return sets

    def _set(self, record_set: Any) -> Properties:
        found: dict[int, Property] = {}
        for index in range(min(self._attempt(record_set.get_number_of_entries) or 0, 100_000)):
            entry = self._attempt(partial(record_set.get_entry, index))
            if entry is None or entry.entry_type in (None, _DATA_TAG) or entry.value_type is None:
                continue
            raw = self._attempt(entry.get_data)
            if raw and len(raw) <= _LARGEST_VALUE:
                kind = entry.value_type & 0x0FFF
                if entry.value_type & _MANY:
                    kind, raw = UNICODE, runs(raw, "utf-16-le" if kind == UNICODE else "").encode("utf-16-le")
                found.setdefault(entry.entry_type, Property(kind, bytes(raw)))
        return found
