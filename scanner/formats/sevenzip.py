"""7z archives, solid, encrypted and self-extracting ones included: each member becomes a document of its own.

It reads the headers itself and leaves decompressing to the standard library: of the libraries, one loses names and
memory safety, the other a filter that 7-Zip uses for every program. PPMd is not unpacked, archives in
several volumes are not joined. Source: 7zFormat.txt of the LZMA SDK (public domain).
"""

import io
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import compress
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._coders import AES, BCJ2, UNREAD_METHODS, Blocks, bcj2, decrypted, stage
from scanner.formats._engines import DEFLATE64
from scanner.formats._names import Shown
from scanner.formats._programs import inside
from scanner.formats._protection import CIPHERS, locked, passwords
from scanner.formats._reel import Reel
from scanner.formats._stream import BLOCK, expanding, seekable
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem

NAME = "sevenzip"
RANK = 330
ENDINGS = (".7z",)
USES = (DEFLATE64, CIPHERS)
UNREAD = UNREAD_METHODS

_MARK = b"7z\xbc\xaf\x27\x1c"
_METHOD = "AES-256 (7z)"
_CODERS = 32
_HEADERS = 4
"""A header may be packed, and the header that says so again; 7-Zip packs it once."""


class Coder(NamedTuple):
    """One step of unpacking: its method, its properties and how many streams go in."""

    method: bytes
    properties: bytes
    inputs: int


class Folder(NamedTuple):
    """Members packed together: the steps, which output feeds which input, and which inputs come from the archive."""

    coders: tuple[Coder, ...]
    binds: tuple[tuple[int, int], ...]
    packed: tuple[int, ...]
    sizes: tuple[int, ...]
    crc: int | None
    first: int
    """Number of its first packed stream."""

    @property
    def size(self) -> int:
        """Bytes that come out at the end."""
        return self.sizes[self.last] if self.sizes else 0

    @property
    def last(self) -> int:
        """The step whose output feeds no other."""
        bound = {output for _, output in self.binds}
        return next((index for index in range(len(self.coders)) if index not in bound), 0)

    @property
    def locked(self) -> bool:
        """Whether a password is needed."""
        return any(coder.method == AES for coder in self.coders)


class Streams(NamedTuple):
    """Where the packed streams lie, how they are unpacked, and the parts (size, CRC-32) of each folder."""

    places: tuple[tuple[int, int], ...]
    folders: tuple[Folder, ...]
    parts: tuple[tuple[tuple[int, int | None], ...], ...]


class Directory(NamedTuple):
    """The streams, the names of the members in them, and those of the members without a byte."""

    streams: Streams
    names: list[str]
    hollow: list[str]


BEGINS = (_MARK, b"MZ")


def accepts(document: Document) -> bool:
    """The mark of a 7z archive, at the beginning or behind a program."""
    return inside(document, _MARK) >= 0


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; those that are encrypted or packed in other ways as Problems."""
    budget.enter(document.depth)
    start = inside(document, _MARK)
    with seekable(document, budget) as stream:
        source = _Source(document, stream, start, budget)
        streams, names, hollow = source.directory()
        shown = Shown(document)
        for name in hollow:
            yield shown.child(name, 0, io.BytesIO)
        for index, folder in enumerate(streams.folders):
            parts = streams.parts[index]
            inner = names[: len(parts)]
            del names[: len(parts)]
            yield from source.members(folder, list(zip(inner, parts, strict=True)), shown)


class _Header:
    """The bytes of a header, read from front to back; every number in it is bounded by what follows."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next bytes; raises Unreadable beyond the end."""
        data = self.data[self.at : self.at + count]
        if len(data) < count or count < 0:
            raise Unreadable("corrupt", "its header is damaged")
        self.at += count
        return data

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """A number of one to nine bytes: the leading ones of the first say how many follow."""
        first = self.byte()
        extra = next((index for index in range(8) if not first & 0x80 >> index), 8)
        low = int.from_bytes(self.take(extra), "little")
        return low | (first & (0x7F >> extra)) << 8 * extra

    def count(self) -> int:
        """A number of things of which each takes a bit at least."""
        number = self.number()
        if number > 8 * len(self.data):
            raise Unreadable("corrupt", "its header is damaged")
        return number

    def bits(self, count: int) -> list[bool]:
        """So many flags."""
        data = self.take((count + 7) // 8)
        return [bool(data[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def digests(self, count: int) -> list[int | None]:
        """The CRC-32 of each of `count` streams that has one."""
        known = [True] * count if self.byte() else self.bits(count)
        return [int.from_bytes(self.take(4), "little") if here else None for here in known]

    def expect(self, kind: int) -> None:
        """The next byte is `kind`."""
        if self.byte() != kind:
            raise Unreadable("corrupt", "its header is damaged")


# --- the directory ----------------------------------------------------------------------------------------------------


def _streams(header: _Header, base: int) -> Streams:
    places: list[tuple[int, int]] = []
    folders: list[Folder] = []
    parts: list[tuple[tuple[int, int | None], ...]] | None = None
    while kind := header.byte():
        if kind == 6:
            places = _places(header, base)
        elif kind == 7:
            folders = _folders(header)
        elif kind == 8:
            parts = _parts(header, folders)
        else:
            raise Unreadable("corrupt", "its header is damaged")
    if parts is None:
        parts = [((folder.size, folder.crc),) for folder in folders]
    return Streams(tuple(places), tuple(folders), tuple(parts))


def _places(header: _Header, base: int) -> list[tuple[int, int]]:
    position = base + header.number()
    count = header.count()
    sizes = [0] * count
    while kind := header.byte():
        if kind == 9:
            sizes = [header.number() for _ in range(count)]
        elif kind == 10:
            header.digests(count)
        else:
            raise Unreadable("corrupt", "its header is damaged")
    places = []
    for size in sizes:
        places.append((position, size))
        position += size
    return places


def _folders(header: _Header) -> list[Folder]:
    header.expect(11)
    count = header.count()
    header.expect(0)
    bare: list[Folder] = []
    first = 0
    for _ in range(count):
        bare.append(_folder(header, first))
        first += len(bare[-1].packed)
    header.expect(12)
    sized = [folder._replace(sizes=tuple(header.number() for _ in folder.coders)) for folder in bare]
    while kind := header.byte():
        if kind != 10:
            raise Unreadable("corrupt", "its header is damaged")
        crcs = header.digests(count)
        sized = [folder._replace(crc=crc) for folder, crc in zip(sized, crcs, strict=True)]
    return sized


def _folder(header: _Header, first: int) -> Folder:
    coders = []
    count = header.number()
    if not 0 < count <= _CODERS:
        raise Unreadable("corrupt", "its header is damaged")
    for _ in range(count):
        flags = header.byte()
        method = header.take(flags & 15)
        inputs, outputs = (header.number(), header.number()) if flags & 0x10 else (1, 1)
        properties = header.take(header.number()) if flags & 0x20 else b""
        if outputs != 1 or not 0 < inputs <= _CODERS:
            raise Unreadable("corrupt", "its header is damaged")
        coders.append(Coder(method, properties, inputs))
    binds = tuple((header.number(), header.number()) for _ in range(count - 1))
    bound = {taken for taken, _ in binds}
    free = [index for index in range(sum(coder.inputs for coder in coders)) if index not in bound]
    packed = tuple(header.number() for _ in free) if len(free) > 1 else tuple(free)
    return Folder(tuple(coders), binds, packed, (), None, first)


def _parts(header: _Header, folders: list[Folder]) -> list[tuple[tuple[int, int | None], ...]]:
    counts = [1] * len(folders)
    kind = header.byte()
    if kind == 13:
        counts = [header.count() for _ in folders]
        kind = header.byte()
    if sum(counts) > len(header.data) + len(folders):
        raise Unreadable("corrupt", "its header is damaged")
    sizes = []
    for folder, count in zip(folders, counts, strict=True):
        some = [header.number() for _ in range(count - 1)] if kind == 9 else [0] * max(count - 1, 0)
        left = folder.size - sum(some)
        if count and left < 0:
            raise Unreadable("corrupt", "its header is damaged")
        sizes.append([*some, left] if count else [])
    kind = header.byte() if kind == 9 else kind
    whole = [len(size) == 1 and folder.crc is not None for size, folder in zip(sizes, folders, strict=True)]
    crcs: Iterator[int | None] = iter(())
    while kind:
        if kind != 10:
            raise Unreadable("corrupt", "its header is damaged")
        crcs = iter(header.digests(sum(len(size) for size, known in zip(sizes, whole, strict=True) if not known)))
        kind = header.byte()
    return [
        tuple((part, folder.crc if known else next(crcs, None)) for part in size)
        for size, folder, known in zip(sizes, folders, whole, strict=True)
    ]


def _names(header: _Header, budget: Budget) -> tuple[list[str], list[str]]:
    """The names of those members that have bytes, in their order, then those of empty files; no folders."""
    count = header.count()
    names: list[str] = []
    empty = [False] * count
    files: list[bool] = []
    while kind := header.number():
        body = _Header(header.take(header.number()))
        if kind == 14:
            empty = body.bits(count)
        elif kind == 15:
            files = body.bits(sum(empty))
        elif kind == 17:
            body.expect(0)
            names = body.data[1:].decode("utf-16-le", "replace").split("\0")[:count]
    for _ in range(count):
        budget.member()
    names += [""] * (count - len(names))
    bare = compress(names, empty)
    return [name for name, hollow in zip(names, empty, strict=True) if not hollow], list(compress(bare, files))


class _Source:
    """One open archive whose packed streams can be asked for, also after `read` has closed it."""

    def __init__(self, document: Document, stream: IO[bytes], start: int, budget: Budget) -> None:
        self._document = document
        self._stream = stream
        self._start = start
        self._budget = budget
        self._streams = Streams((), (), ())

    def directory(self) -> Directory:
        """What the header lists, unpacked and decrypted if need be."""
        self._stream.seek(self._start)
        first = self._stream.read(32)
        if len(first) < 32 or zlib.crc32(first[12:32]) != int.from_bytes(first[8:12], "little"):
            raise Unreadable("corrupt", "its first header is damaged")
        offset, size = int.from_bytes(first[12:20], "little"), int.from_bytes(first[20:28], "little")
        if not size:
            return Directory(self._streams, [], [])
        self._budget.hold(size)
        base = self._start + 32
        data = self._at(base + offset, size)
        if zlib.crc32(data) != int.from_bytes(first[28:32], "little"):
            raise Unreadable("corrupt", "its directory is damaged or missing; it may be one of several volumes")
        for _ in range(_HEADERS):
            header = _Header(data)
            kind = header.byte()
            if kind == 1:
                return self._listed(header, base)
            if kind != 23:
                break
            data = self._unpacked(_streams(header, base))
        raise Unreadable("corrupt", "its header is damaged")

    def _listed(self, header: _Header, base: int) -> Directory:
        names: list[str] = []
        hollow: list[str] = []
        streams = Streams((), (), ())
        while kind := header.byte():
            if kind == 4:
                streams = _streams(header, base)
            elif kind == 5:
                names, hollow = _names(header, self._budget)
            elif kind == 2:
                while header.number():
                    header.take(header.number())
            elif kind == 3:
                _streams(header, base)
            else:
                raise Unreadable("corrupt", "its header is damaged")
        if len(names) != sum(map(len, streams.parts)):
            raise Unreadable("corrupt", "its header does not name every member")
        self._streams = streams
        return Directory(streams, names, hollow)

    def _unpacked(self, streams: Streams) -> bytes:
        """A packed header."""
        if len(streams.folders) != 1:
            raise Unreadable("corrupt", "its header is damaged")
        self._streams = streams
        folder = streams.folders[0]
        self._budget.hold(folder.size)
        if not folder.locked:
            return self._whole(folder, "")
        for password in passwords(self._budget):
            try:
                return self._whole(folder, password)
            except Unreadable as failure:
                if failure.kind != "corrupt":
                    raise
        raise locked(f"{_METHOD}, names encrypted as well")

    def _whole(self, folder: Folder, password: str) -> bytes:
        with self._opened(folder, password) as stream:
            data = stream.read(folder.size)
        if len(data) != folder.size or folder.crc not in (None, zlib.crc32(data)):
            raise Unreadable("corrupt", "its header is damaged")
        return data

    # --- the members ---

    def members(
        self, folder: Folder, members: list[tuple[str, tuple[int, int | None]]], shown: Shown
    ) -> Iterator[Document | Problem]:
        """The members of one folder: all documents, or all problems of one kind."""
        if not members:
            return
        try:
            password = self._password(folder, members[0][1])
            self._check(folder)
        except Unreadable as failure:
            if failure.kind not in {"encrypted", "missing_reader", "corrupt", "too_large"}:
                raise
            for name, (size, _) in members:
                yield shown.problem(name, size, failure.kind, failure.detail)
            return
        reel = Reel(partial(self._opened, folder, password), self._budget)
        start = 0
        try:
            for name, (size, crc) in members:
                yield shown.child(name, size, reel.member(start, size, crc))
                start += size
        finally:
            reel.close()

    def _password(self, folder: Folder, first: tuple[int, int | None]) -> str:
        """The password of a folder that needs one, proven by its first member."""
        if not folder.locked:
            return ""
        size, crc = first
        for password in passwords(self._budget):
            with self._opened(folder, password) as stream:
                try:
                    data = stream.read(min(size, MIB))
                except Unreadable as failure:
                    if failure.kind != "corrupt":
                        raise
                    continue
            if size > MIB or (len(data) == size and crc in (None, zlib.crc32(data))):
                return password
        raise locked(_METHOD)

    def _check(self, folder: Folder) -> None:
        for coder in folder.coders:
            if coder.method not in (AES, BCJ2):
                stage(coder.method)

    def _opened(self, folder: Folder, password: str) -> IO[bytes]:
        """The unpacked bytes of a folder."""
        own = None
        if self._stream.closed:
            own = seekable(self._document, self._budget)
        return expanding(self._out(folder, folder.last, password, own or self._stream, frozenset()), own)

    def _out(self, folder: Folder, index: int, password: str, source: IO[bytes], above: frozenset[int]) -> Blocks:
        """What comes out of one step."""
        if index in above or index >= len(folder.coders):
            raise Unreadable("corrupt", "its header is damaged")
        coder, size = folder.coders[index], folder.sizes[index]
        begin = sum(before.inputs for before in folder.coders[:index])
        inputs: list[Blocks] = []
        for taken in range(begin, begin + coder.inputs):
            feeder = next((output for number, output in folder.binds if number == taken), None)
            if feeder is None:
                inputs.append(self._packed(folder, taken, source))
            else:
                inputs.append(self._out(folder, feeder, password, source, above | {index}))
        if coder.method == BCJ2 and len(inputs) == 4:
            return bcj2((inputs[0], inputs[1], inputs[2], inputs[3]), size, self._budget)
        if coder.method == AES:
            return _cut(decrypted(inputs[0], coder.properties, password), size)
        return _cut(stage(coder.method)(inputs[0], coder.properties, size, self._budget), size)

    def _packed(self, folder: Folder, taken: int, source: IO[bytes]) -> Blocks:
        if taken not in folder.packed or folder.first + folder.packed.index(taken) >= len(self._streams.places):
            raise Unreadable("corrupt", "its header is damaged")
        position, left = self._streams.places[folder.first + folder.packed.index(taken)]
        while left:
            self._budget.tick()
            source.seek(position)
            block = source.read(min(left, BLOCK))
            if not block:
                raise Unreadable("corrupt", "the archive ends inside a member")
            yield block
            position, left = position + len(block), left - len(block)

    def _at(self, position: int, size: int) -> bytes:
        try:
            self._stream.seek(position)
            return self._stream.read(size)
        except (OSError, OverflowError, ValueError):
            return b""


def _cut(blocks: Blocks, size: int) -> Blocks:
    """The first `size` bytes: the encryption fills its last block."""
    for block in blocks:
        yield block[:size]
        size -= len(block)
        if size <= 0:
            return
