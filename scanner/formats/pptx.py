"""Presentations (.pptx, .pptm, .ppsx, .potx and those under another name): every XML part, then what is embedded.

Slides come first, in the order in which they are shown and hidden ones too, each followed by what belongs to it: notes,
comments, charts, diagrams. Then layouts, masters and the rest of the package. Old .ppt files are not this.
"""

from collections.abc import Iterator

from scanner.formats import Piece
from scanner.formats._ooxml import LOCAL_MARK, Package, embedded, is_xml, kind, opened
from scanner.formats._ooxml_text import Flow
from scanner.limits import Budget
from scanner.model import Document
from scanner.origin import Place

NAME = "pptx"
RANK = 120
ENDINGS = (".pptx", ".pptm", ".ppsx", ".potx")
_USUAL = "ppt/presentation.xml"
_SHARED = frozenset({"slide", "slideLayout", "slideMaster", "notesMaster", "theme", "commentAuthors", "presProps"})
_NAMED = {"notesslides": "notes", "comments": "comments"}

BEGINS = (LOCAL_MARK,)


def accepts(document: Document) -> bool:
    """Whether it is a package whose main part is a presentation."""
    return kind(document) == NAME


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The slides, the other parts, the embedded documents."""
    with opened(document, budget) as package:
        main = package.main(_USUAL)
        if package.find(main) is None:
            package.note("its main part is missing")
        slides = _slides(package, main)
        owners = package.owners({part: str(number) for number, part in enumerate(slides, 1)}, _SHARED)
        order = {part: index for index, part in enumerate(owners)}
        parts = [entry for entry in package.entries if is_xml(entry)]
        parts.sort(key=lambda entry: (int(owners.get(entry.name.lower(), 1 << 30)), order.get(entry.name.lower(), 0)))
        for entry in parts:
            part = package.take(entry.name)
            if part is not None:
                name = entry.name.lower()
                place = _place(entry.name, owners.get(name, ""), body=name in {slide.lower() for slide in slides})
                own = name.startswith("customxml/")
                yield from Flow(document.address, place, generic=own).feed(package, part)
        yield from embedded(document, package)
        yield from package.damaged(document)


def _slides(package: Package, main: str) -> list[str]:
    """The parts of the slides in the order of the presentation."""
    targets = {relation.id: relation.target for relation in package.relations(main)}
    listed = [element.attributes for element in package.elements(main, "sldId")]
    # An element has two attributes called id: its own number, and the relationship under the prefix r.
    return [targets[value] for attributes in listed for value in attributes.values() if value in targets]


def _place(part: str, slide: str, *, body: bool) -> Place:
    if not slide:
        return Place(part=part)
    if body:
        return Place(slide=int(slide))
    folder = part.rpartition("/")[0].rpartition("/")[2].lower()
    return Place(slide=int(slide), part=_NAMED.get(folder, part))
