"""Word documents (.docx, .docm, .dotx and those under another name): every XML part, then what is embedded.

The body comes first and in order; then headers, footers, notes, comments, properties, charts and the rest of the
package, each under the name of its part. Old .doc files and encrypted ones are OLE compound files, not this.
"""

from collections.abc import Iterator

from scanner.formats import Piece
from scanner.formats._ooxml import LOCAL_MARK, embedded, is_xml, kind, opened
from scanner.formats._ooxml_text import Flow
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place

NAME = "docx"
RANK = 110
ENDINGS = (".docx", ".docm", ".dotx", ".dotm")
_USUAL = "word/document.xml"

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package whose main part is a word-processing document."""
    return kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The body, the other parts, the embedded documents."""
    with opened(document, budget) as package:
        main = package.main(_USUAL)
        body = package.take(main)
        if body is None:
            package.note("its main part is missing")
        else:
            yield from Flow(document.address, Place(part=main), numbered=True).feed(package, body)
        for entry in filter(is_xml, package.entries):
            part = package.take(entry.name)
            if part is not None:
                own = entry.name.lower().startswith("customxml/")
                yield from Flow(document.address, Place(part=entry.name), generic=own).feed(package, part)
        yield from embedded(document, package)
        yield from package.damaged(document)
