"""Texts of OpenDocument and OpenOffice (.odt, .ott, .sxw) and their kin: body, tables, notes, comments, changes.

Charts, formulas and the front ends of databases are of the same make and read here as well. A file under
a password is reported with the method.
"""

from collections.abc import Iterator

from scanner.formats import Piece, _odf
from scanner.formats._ooxml import LOCAL_MARK
from scanner.limits import Budget
from scanner.model import Document

NAME = "odt"
RANK = 180
ENDINGS = (".odt", ".ott", ".sxw", ".odg", ".odf")

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package of that type."""
    return _odf.kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The content, styles, properties, the other parts, the embedded documents."""
    yield from _odf.read(document, budget, NAME)
