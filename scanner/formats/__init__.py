"""One file a format, one verb for documents and containers.

A format is a module of this package with

    NAME          the name printed in reports
    RANK          formats are asked in ascending order; the first that accepts a document reads it
    ENDINGS       how the names of such files end, as a rule: nobody has to keep to it
    BEGINS        where there are some, the bytes of which one stands at the beginning of every such document: of others
                  it is not asked
    UNREAD        where there are some, the names of variants inside it that are recognised and not read
    accepts(document) -> bool
                  by content first (`document.head`), name second; may open the document; raises on no bytes
    read(document, budget) -> Iterator[Segment | Document | Problem]
                  text as Segments, contained files as child Documents, what could not be read as Problems;
                  raises Unreadable to give up on the document

Modules are found by listing this folder, never a folder of the user's. A library that only one format needs is imported
inside `read`. One whose wheels are not there for every system is named by the formats that call it, in

    NEEDS         libraries without which nothing of the format is read
    USES          those without which some of it is not: a compression, what is encrypted
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, Protocol, cast

from scanner.limits import Budget
from scanner.model import Document, Problem, Segment

Piece = Segment | Document | Problem


class Library(NamedTuple):
    """A library from outside: what is imported of it, and the package that brings it."""

    module: str
    package: str


class Format(Protocol):
    """What a module of this package offers."""

    NAME: str
    RANK: int
    ENDINGS: tuple[str, ...]

    def accepts(self, document: Document) -> bool:
        """Whether this format reads the document."""

    def read(self, document: Document, budget: Budget) -> Iterator[Piece]:
        """The pieces of the document in the order in which they lie there."""


@cache
def formats() -> tuple[Format, ...]:
    """All formats, in the order in which they are asked."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    modules = [cast(Format, importlib.import_module(f"{__name__}.{name}")) for name in names]
    return tuple(sorted(modules, key=lambda module: (module.RANK, module.NAME)))


def pick(document: Document) -> Format:
    """The first format that accepts the document; the last one asked accepts everything."""
    return next(form for form in _beginning(document.head[:1]) if form.accepts(document))


@cache
def _beginning(first: bytes) -> tuple[Format, ...]:
    """The formats of which a document can be that begins with a byte."""
    begins = ((form, getattr(form, "BEGINS", ())) for form in formats())
    return tuple(form for form, known in begins if not known or any(one.startswith(first) for one in known))
