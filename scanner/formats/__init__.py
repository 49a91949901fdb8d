"""One file a format, one verb for documents and containers.

A format is a module of this package with

    NAME          the name printed in reports
    RANK          formats are asked in ascending order; the first that accepts a document reads it
    accepts(document) -> bool
                  by content first (`document.head`), name second; may open the document; raises on no bytes
    read(document, budget) -> Iterator[Segment | Document | Problem]
                  text as Segments, contained files as child Documents, what could not be read as Problems;
                  raises Unreadable to give up on the document

Modules are found by listing this folder, never a folder of the user's. A library that only one format needs is imported
inside `read`.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from scanner.limits import Budget
from scanner.model import Document, Problem, Segment

Piece = Segment | Document | Problem


class Format(Protocol):
    """What a module of this package offers."""

    NAME: str
    RANK: int

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
    return next(form for form in formats() if form.accepts(document))
