"""Workbooks of OpenDocument and OpenOffice (.ods, .ots, .sxc): cells, comments, text boxes, names.

Hidden sheets, rows and columns are read like the others. A formula's value is the one that was saved. A file
under a password is reported with the method.
"""

from collections.abc import Iterator

from scanner.formats import Piece, _odf
from scanner.formats._ooxml import LOCAL_MARK
from scanner.limits import Budget
from scanner.model import Document

NAME = "ods"
RANK = 170
ENDINGS = (".ods", ".ots", ".sxc")

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package of that type."""
    return _odf.kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The content, styles, properties, the other parts, the embedded documents."""
    yield from _odf.read(document, budget, NAME)
