"""Text with its personal data marked: what a document says, and what in it is to be found.

A layout puts texts and `Marked` values one after another; where they come to stand is worked out from that, so a label
fits its text by construction.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Marked(NamedTuple):
    """A value of a type of personal data."""

    type: str
    value: str
    note: str = ""
    """What kind of value it is, for the evaluation: where a name comes from, which form of it stands here."""
    required: bool = True
    """False for what may be found and need not be: an office's telephone number, a sex in running text."""


Piece = str | Marked
Line = tuple[Piece, ...]


class Truth(NamedTuple):
    """One value in a document; without offsets in formats that have none."""

    mark: Marked
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document and what is in it."""

    name: str
    kind: str
    """table, form, prose, log or negative."""
    layout: str
    content: bytes
    truths: tuple[Truth, ...]
    text: str
    """What a person reads in it; for a format with offsets, the decoded file."""
    persons: int


def text_of(pieces: Iterable[Piece]) -> str:
    """The pieces as they read."""
    return "".join(piece if isinstance(piece, str) else piece.value for piece in pieces)


def placed(pieces: Iterable[Piece]) -> tuple[str, tuple[Truth, ...]]:
    """The text and where in it the marked values stand."""
    parts: list[str] = []
    truths: list[Truth] = []
    at = 0
    for piece in pieces:
        value = piece if isinstance(piece, str) else piece.value
        if isinstance(piece, Marked) and value:
            truths.append(Truth(piece, at, at + len(value)))
        parts.append(value)
        at += len(value)
    return "".join(parts), tuple(truths)


def unplaced(pieces: Iterable[Piece]) -> tuple[Truth, ...]:
    """The marked values, for formats without offsets."""
    return tuple(Truth(piece, None, None) for piece in pieces if isinstance(piece, Marked) and piece.value)


def lines(rows: Iterable[Line], newline: str = "\n") -> Iterator[Piece]:
    """The pieces of all lines, each ended."""
    for row in rows:
        yield from row
        yield newline


def fill(template: str, values: Mapping[str, Line]) -> Line:
    """The template with the pieces put in for its ``{names}``."""
    pieces: list[Piece] = []
    for part in template.split("{"):
        name, brace, rest = part.partition("}")
        pieces += [*values[name], rest] if brace else [part]
    return tuple(pieces)
