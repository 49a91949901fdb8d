"""What a walk hands on: files to read, what it leaves out and why, and the files of one folder in one piece."""

import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from scanner.media.glance import Listed, apart, digest
from scanner.media.opening import blocks


class Like(NamedTuple):
    """A file that was examined, as its folder listed it: another one may be a copy of it."""

    path: str
    size: int
    facts: tuple[int, int, int]
    """Size and times, all of which must be as they were."""


class Entry(NamedTuple):
    """A file to read. Bytes of its name that are no Unicode stand in `path` as lone surrogates (PEP 383)."""

    path: str
    size: int
    modified: float
    seal: int | None = None
    """A keyed digest of its ends is wanted (0), or known from an earlier run; None: its times are to be trusted."""
    like: tuple[Like, ...] = ()
    """Files that it may be a copy of."""


class NotWalked(NamedTuple):
    """Something not handed on: `state` is ``excluded`` and `why` a reason, or ``not_read`` and a problem's kind."""

    path: str
    size: int
    state: str
    why: str
    detail: str


Judge = Callable[[str, os.stat_result], Entry | NotWalked | None]


class Block:
    """Files that lie side by side in one folder; they are listed, and judged one by one, only when somebody asks."""

    def __init__(self, folder: str, judge: Judge, basis: bytes, listed: Listed | None = None) -> None:
        self.folder = folder
        self.whole = True
        """It holds all that is known of its stretch of the folder, and nothing that this run alone treats otherwise."""
        self.single = False
        """Its files were named by themselves: what lies beside them is not known."""
        self._judge = judge
        self._basis = basis
        self._listed = listed
        self._first, self._digest = "", b""

    def glanced(self, first: str, known: bytes) -> "Block":
        """The same with what is known of it before it is listed."""
        self._first, self._digest = first, known
        return self

    def part(self, listed: Listed) -> "Block":
        """The same with some of its files."""
        part = Block(self.folder, self._judge, self._basis, listed)
        part.whole, part.single = self.whole, self.single
        return part

    @property
    def listed(self) -> Listed:
        """Names and what the folder says of them; raises OSError when it cannot be listed any more."""
        if self._listed is None:
            self._listed = [one for found in blocks(self.folder) for one in apart(found)[0]]
        return self._listed

    @property
    def first(self) -> str:
        """The name it begins with."""
        return self._first or self.listed[0][0]

    def fingerprint(self, key: bytes) -> bytes:
        """A keyed digest over the files and over what decides which of them are left out."""
        known = self._digest or digest(self.folder, self.listed, key)
        return blake2b(known + self._basis, digest_size=16, key=key).digest()

    def items(self) -> Iterator[tuple[str, os.stat_result, Entry | NotWalked]]:
        """Each file with its name and what the folder says of it."""
        for name, info in self.listed:
            item = self._judge(joined(self.folder, name), info)
            if item is not None:
                yield name, info, item


def joined(folder: str, name: str) -> str:
    """The path of what lies in a folder."""
    return f"{folder}{name}" if folder.endswith(os.sep) else f"{folder}{os.sep}{name}"
