"""The tree of watched folders as far as events have told of it; what is on the disk may be some moments ahead."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Folder:
    """A watched folder; its path is that of its parent and its name, so that a move is one change."""

    wd: int
    name: bytes
    parent: "Folder | None"
    children: "dict[bytes, Folder]" = field(default_factory=dict)

    @property
    def path(self) -> bytes:
        """Where it lies, as far as known."""
        return self.name if self.parent is None else joined(self.parent.path, self.name)

    def all(self) -> "Iterator[Folder]":
        """It, and all in it."""
        pending = [self]
        while pending:
            folder = pending.pop()
            pending += folder.children.values()
            yield folder


def detached(inner: Folder, outer: Folder) -> bool:
    """Whether a folder was known to lie in another one; it no longer is."""
    at: Folder | None = inner
    while at is not None and at is not outer:
        if at.parent is outer:
            path = at.path
            outer.children.pop(at.name, None)
            at.name, at.parent = path, None
            return True
        at = at.parent
    return False


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of what lies in a folder."""
    return folder + name if folder.endswith(b"/") else folder + b"/" + name
