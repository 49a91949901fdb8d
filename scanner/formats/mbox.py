"""Mailboxes in which one mail follows another (mbox): Thunderbird, Apple Mail, Unix.

Each mail becomes a document of its own, a window onto the mailbox, so that memory does not grow with it. A mail begins
at a line ``From `` with a date in it after an empty line (RFC 4155); the ``>`` that writers put before such lines in a
mail stays. What has been deleted but not yet compacted is read like everything else. Maildir folders and Apple's .emlx
files hold one mail a file, which is the format of mail.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import IO

from scanner.formats import Piece
from scanner.formats._stream import seekable, window
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "mbox"
RANK = 595
ENDINGS = (".mbox",)

_WHEN = rb"[^\r\n]{0,200}?\d{1,2}:\d\d[^\r\n]{0,80}|- ?"
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,4}From (?:%s)\r?\n(?:>?From [^\n]{0,300}\n)?[!-9;-~]{1,80}:" % _WHEN)
_SEPARATOR = re.compile(rb"\n\r?\n(From (?:%s)\r?\n)(?=[!-9;-~>])" % _WHEN)
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,4}From [^\n]*\n")
_LONGEST_LINE = 512


def accepts(document: Document) -> bool:
    """Whether the document begins with the line that separates mails, and a header after it."""
    return b"From " in document.head[:16] and _BEGINNING.match(document.head) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The mails as documents, numbered from 1."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        held = None if document.depth == 0 else stream
        for number, (start, end) in enumerate(_spans(document, stream, budget), 1):
            budget.member()
            name = f"mail-{number}.eml"
            yield document.child(name, end - start, partial(_mail, document, held, start, end))


def _spans(document: Document, stream: IO[bytes], budget: Budget) -> Iterator[tuple[int, int]]:
    """Where the mails lie, without the lines between them."""
    first = _FIRST.match(document.head)
    start = first.end() if first else 0
    at, kept = 0, b""
    while True:
        stream.seek(at + len(kept))
        block = stream.read(MIB)
        if not block:
            break
        budget.tick()
        data = kept + block
        for found in _SEPARATOR.finditer(data):
            if at + found.start() > start:
                yield start, at + found.start()
                start = at + found.end()
        cut = max(len(data) - _LONGEST_LINE, 0)
        at, kept = at + cut, data[cut:]
    if at + len(kept) > start:
        yield start, at + len(kept)


def _mail(document: Document, held: IO[bytes] | None, start: int, end: int) -> IO[bytes]:
    """One mail; `held`: the mailbox, where opening it again would mean unpacking it again."""
    return window(held or document.open(), start, end - start, own=held is None)
