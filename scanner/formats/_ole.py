"""Compound files ([MS-CFB]) by way of olefile: what one holds, its streams, its storages as files.

It is not a format. Streams are held in memory one at a time and under the budget; whatever olefile raises over damaged
bytes ends as `Unreadable`. Shared by the binary Office formats and everything else that Microsoft stored this way.
"""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, Any, TypeVar

from scanner.errors import Unreadable
from scanner.formats._names import Shown
from scanner.formats._stream import seekable
from scanner.limits import Budget, Limits
from scanner.model import Document

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Path = tuple[str, ...]
Result = TypeVar("Result")

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_MOST = 4096
"""Streams of one storage that are handed out as a file of their own."""
_INSIDE = ("Package", "CONTENTS", "Item")
"""Streams of an object that are files by themselves."""
_DAMAGE = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, struct.error)
"""What olefile is known to raise over damaged bytes."""


def guarded(call: Callable[[], Result], detail: str) -> Result:
    """The result of a call that parses untrusted bytes; its exceptions become one of ours."""
    try:
        return call()
    except _DAMAGE:
        raise Unreadable("corrupt", detail) from None
    except RecursionError:
        raise Unreadable("too_deep", "the directory of the compound file is nested too deeply") from None


class Compound:
    """The streams of one compound file by their paths; names are compared without regard to case."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        import olefile

        self._budget = budget
        stored = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        _check(stream.read(_SECTOR), stored)
        stream.seek(0)
        self._ole = guarded(lambda: olefile.OleFileIO(stream), "the compound file's tables are damaged")
        _limit(self._ole, stored)
        paths = guarded(lambda: self._ole.listdir(streams=True, storages=False), "its directory is damaged")
        self.paths: tuple[Path, ...] = tuple(tuple(path) for path in paths)
        self._known = {tuple(part.lower() for part in path): path for path in self.paths}

    def find(self, *path: str) -> Path | None:
        """The path of a stream as it is spelled in the file, or None."""
        return self._known.get(tuple(part.lower() for part in path))

    def size(self, path: Path) -> int:
        """The declared size of a stream in bytes."""
        return int(guarded(lambda: self._ole.get_size(list(path)), "its directory is damaged"))

    def read(self, path: Path) -> bytes:
        """The bytes of a stream; the whole of it is held in memory."""
        self._budget.tick()
        self._budget.hold(self.size(path))
        data: bytes = guarded(
            lambda: self._ole.openstream(list(path)).read(), "a stream of the compound file is damaged"
        )
        self._budget.expand(len(data))
        return data

    def get(self, *path: str) -> bytes:
        """The bytes of a stream that may be missing."""
        found = self.find(*path)
        return b"" if found is None else self.read(found)

    def storages(self, *above: str) -> list[Path]:
        """The storages that lie directly in the one at `above` (in the root without), in their order."""
        depth = len(above)
        found = {path[: depth + 1]: None for path in self.paths if len(path) > depth + 1 and _under(path, above)}
        return list(found)

    def packed(self, storage: Path) -> bytes:
        """A storage and everything in it as a compound file of its own."""
        inner = [path for path in self.paths if _under(path, storage)][:_MOST]
        return pack([(path[len(storage) :], self.read(path)) for path in inner])


def _check(header: bytes, stored: int) -> None:
    """Refuse tables that are larger than the file: olefile goes by their declared sizes."""
    if len(header) < _SECTOR:
        raise Unreadable("corrupt", "the compound file ends inside its header")
    (shift,) = struct.unpack_from("<H", header, 30)
    most = stored >> min(shift, 16)
    if any(struct.unpack_from("<I", header, at)[0] > most + 1 for at in (44, 64, 72)):
        raise Unreadable("corrupt", "the compound file's tables are larger than itself")


def _limit(ole: Any, stored: int) -> None:
    """No stream is larger than the file, whatever the directory says."""
    for entry in filter(None, ole.direntries):
        entry.size = min(entry.size, stored)


def _under(path: Path, above: Sequence[str]) -> bool:
    return tuple(part.lower() for part in path[: len(above)]) == tuple(part.lower() for part in above)


@contextmanager
def opened(document: Document, budget: Budget) -> Iterator[Compound]:
    """The document as a compound file."""
    with seekable(document, budget) as stream:
        yield Compound(stream, budget)


def roots(document: Document) -> frozenset[str]:
    """The names in the root of a compound file, in lower case; empty for anything else."""
    return _roots(document) if document.head.startswith(MARK) else frozenset()


@lru_cache(maxsize=1)
def _roots(document: Document) -> frozenset[str]:
    """Several formats ask in a row."""
    try:
        with opened(document, Budget(Limits(), document.size)) as compound:
            return frozenset(path[0].lower() for path in compound.paths)
    except Unreadable:
        return frozenset()


XOR = "XOR obfuscation, 16 bit"
_ALGORITHMS = {0x6801: "RC4", 0x660E: "AES", 0x660F: "AES", 0x6610: "AES"}


def cipher(header: bytes) -> str:
    """How a document is encrypted, from its encryption header ([MS-OFFCRYPTO] 2.3.5 and 2.3.6) at its version."""
    if header[:2] == b"\1\0":
        return "RC4, 40 bit"
    fields = header.ljust(36, b"\0")
    algorithm, bits = struct.unpack_from("<I", fields, 20)[0], struct.unpack_from("<I", fields, 28)[0]
    return f"{_ALGORITHMS.get(algorithm, 'CryptoAPI')}, {bits or 40} bit"


# --- what is embedded -------------------------------------------------------------------------------------------------


def embedded(document: Document, compound: Compound, storages: Sequence[Path], budget: Budget) -> Iterator[Document]:
    """The objects in `storages` as documents: the file that was put in, else the storage itself."""
    shown = Shown(document)
    for storage in storages:
        budget.enter(document.depth)
        budget.member()
        name, data = _object(compound, storage)
        yield shown.child(name, len(data), opener(data))


def opener(data: bytes) -> Callable[[], IO[bytes]]:
    return lambda: io.BytesIO(data)


def _object(compound: Compound, storage: Path) -> tuple[str, bytes]:
    name = "/".join(storage)
    for stream in _INSIDE:
        if path := compound.find(*storage, stream):
            return name, compound.read(path)
    if path := compound.find(*storage, "\x01Ole10Native"):
        inner, data = native(compound.read(path)[4:])
        return f"{name}/{inner}" if inner else name, data
    return name, compound.packed(storage)


def native(data: bytes) -> tuple[str, bytes]:
    """The name and the bytes of a file in an OLE package ([MS-OLEDS] 2.3.6); what is no package is itself the data."""
    if data[:2] != b"\x02\0":
        return "", data
    label, at = _line(data, 2)
    _, at = _line(data, at)
    at += 4  # a flag and a length that writers disagree about
    _, after = _line(data, at + 4)
    at = min(after, at + 4 + int.from_bytes(data[at : at + 4], "little"))
    size = int.from_bytes(data[at : at + 4], "little")
    body = data[at + 4 : at + 4 + size]
    return (label, body) if body else ("", data)


def _line(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\0", at, at + 1024)
    return (data[at:end].decode("cp932", "replace"), end + 1) if end >= 0 else ("", len(data))


def pack(streams: Sequence[tuple[Path, bytes]]) -> bytes:
    """A compound file (version 3) of the streams."""
    tree = _Tree()
    mini, big = bytearray(), bytearray()
    mini_fat: list[int] = []
    chains: list[int] = []
    for path, data in streams:
        if len(data) < _CUTOFF:
            start = len(mini) // _MINI if data else _END
            mini += data + bytes(-len(data) % _MINI)
            mini_fat += _chain(len(mini_fat), -(-len(data) // _MINI))
        else:
            start = len(big) // _SECTOR
            big += data + bytes(-len(data) % _SECTOR)
            chains += _chain(len(chains), -(-len(data) // _SECTOR))
        tree.add(path, start, len(data))
    parts = [bytes(mini), struct.pack(f"<{len(mini_fat)}I", *mini_fat)]
    starts = []
    for part, fill in ((parts[0], b"\0"), (parts[1], b"\xff")):
        starts.append(len(big) // _SECTOR if part else _END)
        big += part + fill * (-len(part) % _SECTOR)
        chains += _chain(len(chains), -(-len(part) // _SECTOR))
    directory = tree.written(starts[0], len(mini))
    first = len(big) // _SECTOR
    big += directory
    chains += _chain(len(chains), len(directory) // _SECTOR)
    return _whole(bytes(big), chains, first, starts[1], -(-len(parts[1]) // _SECTOR))


def _chain(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), _END] if count else []


def _whole(body: bytes, chains: list[int], directory: int, mini_fat: int, mini_count: int) -> bytes:
    """Header, body and allocation table; above 109 sectors of the table its own table follows."""
    per = _SECTOR // 4
    used = len(chains)
    fats = difats = 0
    while fats * per < used + fats + difats:
        fats = -(-(used + fats + difats) // per)
        difats = -(-max(fats - 109, 0) // (per - 1))
    table = [*chains, *[_FAT] * fats, *[_FAT - 1] * difats]
    table += [_FREE] * (fats * per - len(table))
    places = list(range(used, used + fats))
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", MARK, 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory, 0, _CUTOFF,
        mini_fat, mini_count, used + fats if difats else _END, difats,
    )  # fmt: skip
    head += struct.pack("<109I", *(places[:109] + [_FREE] * 109)[:109])
    extra = b""
    for index in range(difats):
        part = places[109 + index * (per - 1) :][: per - 1]
        following = used + fats + index + 1 if index + 1 < difats else _END
        extra += struct.pack(f"<{per}I", *part, *[_FREE] * (per - 1 - len(part)), following)
    return head + body + struct.pack(f"<{len(table)}I", *table) + extra


class _Tree:
    """The directory of a compound file that is being written."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, int, int, int]] = [("Root Entry", 5, 0, 0)]
        self._kids: dict[int, list[int]] = {0: []}
        self._storages: dict[Path, int] = {(): 0}

    def add(self, path: Path, start: int, size: int) -> None:
        """A stream, and the storages above it."""
        self._kids[self._storage(path[:-1])].append(len(self._entries))
        self._entries.append((path[-1], 2, start, size))

    def _storage(self, path: Path) -> int:
        if path not in self._storages:
            above = self._storage(path[:-1])
            number = self._storages[path] = len(self._entries)
            self._entries.append((path[-1], 1, 0, 0))
            self._kids[above].append(number)
            self._kids[number] = []
        return self._storages[path]

    def written(self, start: int, size: int) -> bytes:
        """The sectors of the directory; the root holds the short streams, `size` bytes from sector `start` on."""
        links = [[_FREE, _FREE, _FREE] for _ in self._entries]
        for parent, kids in self._kids.items():
            order = sorted(kids, key=lambda kid: (len(self._entries[kid][0]), self._entries[kid][0].upper()))
            links[parent][2] = _balanced(order, links)
        self._entries[0] = ("Root Entry", 5, start, size)
        out = bytearray()
        for (name, kind, first, length), (left, right, child) in zip(self._entries, links, strict=True):
            text = name.encode("utf-16-le")[:62]
            out += struct.pack("<64sHBBIII36xIQ", text, len(text) + 2, kind, 1, left, right, child, first, length)
        blank = struct.pack("<64sHBBIII36xIQ", b"", 0, 0, 0, _FREE, _FREE, _FREE, 0, 0)
        while len(out) % _SECTOR:
            out += blank
        return bytes(out)


def _balanced(order: list[int], links: list[list[int]]) -> int:
    if not order:
        return _FREE
    middle = len(order) // 2
    node = order[middle]
    links[node][0] = _balanced(order[:middle], links)
    links[node][1] = _balanced(order[middle + 1 :], links)
    return node
