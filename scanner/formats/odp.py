"""Presentations and drawings of OpenDocument and OpenOffice (.odp, .otp, .odg, .sxi): slides, notes, masters, tables.

Hidden slides are read like the others and numbered with them. A file under a password is reported with the method.
"""

from collections.abc import Iterator

from scanner.formats import Piece, _odf
from scanner.formats._ooxml import LOCAL_MARK
from scanner.limits import Budget
from scanner.model import Document

NAME = "odp"
RANK = 190
ENDINGS = (".odp", ".otp", ".sxi")

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package of that type."""
    return _odf.kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The content, styles, properties, the other parts, the embedded documents."""
    yield from _odf.read(document, budget, NAME)
