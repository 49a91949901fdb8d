"""Plain text of any size and encoding, and every kind of file that is text and has no reader of its own.

It sees no structure: logs, notes, source code and settings are the same to it.
"""

from collections.abc import Iterator

from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import TextOrigin
from scanner.text import blocks, preview

NAME = "text"
RANK = 900
ENDINGS = (".txt", ".log", ".md", ".ini")
ARMOUR = ("-----BEGIN PGP MESSAGE-----", "-----BEGIN AGE ENCRYPTED FILE-----", "$ANSIBLE_VAULT;", "age-encryption.org/")
"""How encrypted documents begin that look like text: they are not read by reading them."""


def accepts(document: Document) -> bool:
    """Whether the document begins as text does."""
    seen = preview(document.head)
    return not document.head or (seen is not None and not seen[1].startswith(ARMOUR))


def read(document: Document, budget: Budget) -> Iterator[Segment]:
    """One segment a block; raises Unreadable at the end when the text was interrupted by binary data."""
    with document.open() as stream:
        for encoding, block in blocks(stream):
            budget.tick()
            yield Segment(
                text=block.text,
                address=document.address,
                origin=TextOrigin(block.char, block.line),
                encoding=encoding.name,
                lead=block.lead,
                cut=block.cut,
                utf8=block.utf8,
            )
