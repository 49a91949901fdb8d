"""What is read, what is only recognised, and what has to be there for it: told by the readers' own tables.

Nothing is listed here. A reader says how its files are called, which of its variants it does not read and which
libraries it calls; what is only recognised stands in the tables of `binary`.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from scanner.formats import Format, Library, binary, formats


class Reader(NamedTuple):
    """A format that is read: its name, the usual endings, what of it is not read, and the libraries it calls."""

    name: str
    endings: tuple[str, ...]
    unread: tuple[str, ...]
    needs: tuple[Library, ...]
    """Without these nothing of it is read."""
    uses: tuple[Library, ...]
    """Without these some of it is not."""


class Recognised(NamedTuple):
    """What is told apart and not read: its name, and the kind of problem or ``excluded`` as which it is reported."""

    name: str
    kind: str


def readers() -> tuple[Reader, ...]:
    """The formats that are read, by their names."""
    return tuple(sorted(_reader(form) for form in formats() if form.NAME != binary.NAME))


def _reader(form: Format) -> Reader:
    return Reader(form.NAME, form.ENDINGS, *(getattr(form, one, ()) for one in ("UNREAD", "NEEDS", "USES")))


def recognised() -> tuple[Recognised, ...]:
    """What the last reader tells apart, each name and kind once, in the order of its tables."""
    return tuple(dict.fromkeys(one for one in _recognised() if one.name not in binary.REFUSED))


def _recognised() -> Iterator[Recognised]:
    for signature in binary.SIGNATURES:
        yield _named(signature.word, signature.kind)
    for _, kind, word in binary.STREAMS:
        if kind != "corrupt":  # what has a reader, which could not open it
            yield _named(word, kind)
    for word in binary.SUFFIXES.values():
        yield _named(word, "missing_reader")
    for word in binary.CONTAINERS.values():
        yield _named(word, "encrypted")


def _named(word: str, kind: str) -> Recognised:
    return Recognised(word, "excluded" if kind == "textless" else kind)


@cache
def loads(library: Library) -> bool:
    """Whether the library can be loaded on this system."""
    try:
        importlib.import_module(library.module)
    except (ImportError, OSError):
        return False
    return True
