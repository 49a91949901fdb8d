"""Images of disks and sticks: partitions become documents, and of FAT file systems each file does.

MBR with logical partitions, GPT, and FAT 12, 16 and 32, also without a table of partitions. Other file systems are
said by name and not read. Not read either: deleted files, and what lies between files. Sources: Microsoft FAT
specification (2005), UEFI 2.10 chapter 5.
"""

import io
import struct
from collections.abc import Iterator
from functools import partial
from typing import IO, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._names import Evidence, Shown
from scanner.formats._stream import BLOCK, opener, seekable, window
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "disk"
RANK = 335
ENDINGS = (".img", ".ima", ".vfd", ".dd")
UNREAD = ("NTFS", "exFAT", "ext", "XFS")

_FARTHEST = (1 << 63) - 1
"""No stream is longer, and none can be asked for more."""
_SECTOR = 512
_SIGNATURE = b"\x55\xaa"
_OTHERS = (b"NTFS    ", b"EXFAT   ", b"-FVE-FS-")
_EXTENDED, _PROTECTIVE = (0x05, 0x0F, 0x85), 0xEE
_MOST_PARTITIONS = 256
_LARGEST_DIRECTORY = 4 * MIB
_VOLUME, _FOLDER, _LONG = 0x08, 0x10, 0x0F
_DAMAGE = ("corrupt", "the directory of the disk is damaged")
_BROKEN = -1


def accepts(document: Document) -> bool:
    """A boot sector of FAT, or a table of partitions that lie on the disk."""
    head = document.head[: 2 * _SECTOR]
    if len(head) < 2 * _SECTOR or head[510:512] != _SIGNATURE or any(mark in head[:_SECTOR] for mark in _OTHERS):
        return False
    return _Fat.of(head) is not None or any(start < document.size for _, start, _ in _primary(head))


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The files of a FAT file system, or the partitions of a disk."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        fat = _Fat.of(document.head)
        if fat is not None:
            yield from _files(document, stream, fat, budget)
            return
        for number, (start, size) in enumerate(_partitions(document, stream), 1):
            budget.member()
            yield document.child(f"partition{number}", size, partial(_part, document, start, size, budget))


# --- partitions -------------------------------------------------------------------------------------------------------


def _part(document: Document, start: int, size: int, budget: Budget) -> IO[bytes]:
    return window(seekable(document, budget), start, size, own=True)


def _primary(sector: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and size in bytes of the entries of a table that make sense."""
    table = sector[446:510]
    if any(table[at] not in (0, 0x80) for at in range(0, 64, 16)):
        return
    for at in range(0, 64, 16):
        kind, start, size = table[at + 4], *struct.unpack_from("<2L", table, at + 8)
        if kind and start and size:
            yield kind, start * _SECTOR, size * _SECTOR


def _partitions(document: Document, stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Start and size of each partition, as far as it lies on the disk; raises after the last when one does not."""
    total, whole = document.size, True
    for number, (start, size) in enumerate(_listed(document.head, stream), 1):
        if number > _MOST_PARTITIONS:
            raise Unreadable(*_DAMAGE)
        whole &= start + size <= total
        if start < total:
            yield start, min(size, total - start)
    if not whole:
        raise Unreadable("corrupt", "the image ends before its partitions do")


def _listed(sector: bytes, stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """What the tables list, those that lie elsewhere last: they may be damaged."""
    for kind, start, size in sorted(_primary(sector), key=lambda entry: entry[0] in (*_EXTENDED, _PROTECTIVE)):
        if kind == _PROTECTIVE:
            yield from _by_guid(stream)
        elif kind in _EXTENDED:
            yield from _logical(stream, start)
        else:
            yield start, size


def _by_guid(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    header = _at(stream, _SECTOR, 92)
    if not header.startswith(b"EFI PART") or len(header) < 92:
        raise Unreadable(*_DAMAGE)
    first, count, size = struct.unpack_from("<Q2L", header, 72)
    if size < 128 or count > 4 * _MOST_PARTITIONS or size * count > MIB:
        raise Unreadable(*_DAMAGE)
    entries = _at(stream, first * _SECTOR, size * count)
    if len(entries) < size * count:
        raise Unreadable(*_DAMAGE)
    for at in range(0, len(entries) - 127, size):
        start, last = struct.unpack_from("<2Q", entries, at + 32)
        if any(entries[at : at + 16]) and last >= start:
            yield start * _SECTOR, (last - start + 1) * _SECTOR


def _logical(stream: IO[bytes], base: int) -> Iterator[tuple[int, int]]:
    """The chain of tables in an extended partition; raises where it is broken, after what stands before."""
    at, seen = base, set[int]()
    while at not in seen and len(seen) < _MOST_PARTITIONS:
        seen.add(at)
        sector = _at(stream, at, _SECTOR)
        if sector[510:] != _SIGNATURE:
            raise Unreadable(*_DAMAGE)
        following = at
        for kind, start, size in _primary(sector):
            if kind in _EXTENDED:
                following = base + start
            else:
                yield at + start, size
        at = following


# --- FAT --------------------------------------------------------------------------------------------------------------


class _Fat(NamedTuple):
    """Where a file system keeps what; all in bytes."""

    bits: int
    table: int
    table_size: int
    root: int
    root_size: int
    """0: the root is a chain of clusters that begins with `root`."""
    data: int
    cluster: int
    clusters: int

    @classmethod
    def of(cls, sector: bytes) -> "_Fat | None":
        """What the boot sector says, if it is one."""
        if len(sector) < _SECTOR or sector[:1] not in (b"\xeb", b"\xe9") or sector[21] < 0xF0:
            return None
        if any(mark in sector[:_SECTOR] for mark in _OTHERS):
            return None
        unit, per, reserved, tables, entries, total = struct.unpack_from("<HBHBHH", sector, 11)
        size = int.from_bytes(sector[22:24], "little") or int.from_bytes(sector[36:40], "little")
        total = total or int.from_bytes(sector[32:36], "little")
        if unit not in (512, 1024, 2048, 4096) or not per or per & (per - 1) or not reserved or tables not in (1, 2):
            return None
        first = reserved + tables * size + -(-entries * 32 // unit)
        clusters = (total - first) // per
        if not size or clusters < 1:
            return None
        wide = not entries
        bits = 32 if wide else 16 if clusters >= 4085 else 12
        root = int.from_bytes(sector[44:48], "little") if wide else (reserved + tables * size) * unit
        return cls(bits, reserved * unit, size * unit, root, entries * 32, first * unit, per * unit, clusters)

    def place(self, cluster: int) -> int:
        """Where a cluster lies."""
        return self.data + (cluster - 2) * self.cluster

    def after(self, table: bytes, cluster: int) -> int:
        """The cluster that follows in a chain; 0 at its end, `_BROKEN` where it is damaged."""
        if self.bits == 12:
            pair = int.from_bytes(table[cluster * 3 // 2 : cluster * 3 // 2 + 2], "little")
            value = pair >> 4 if cluster & 1 else pair & 0xFFF
        else:
            width = self.bits // 8
            value = int.from_bytes(table[cluster * width : cluster * width + width], "little") & 0x0FFFFFFF
        if self.holds(value):
            return value
        return 0 if value >= (1 << min(self.bits, 28)) - 8 else _BROKEN

    def holds(self, cluster: int) -> bool:
        """Whether there is such a cluster."""
        return 2 <= cluster < self.clusters + 2


class _Listed(NamedTuple):
    path: tuple[bytes | str, ...]
    cluster: int
    size: int


def _files(document: Document, stream: IO[bytes], fat: _Fat, budget: Budget) -> Iterator[Document]:
    budget.hold(fat.table_size)
    table = _at(stream, fat.table, min(fat.table_size, (fat.clusters + 2) * 4))
    walk = _Walk(stream, fat, table, budget)
    found = list(walk.run())
    evidence = Evidence((part for one in found for part in one.path if isinstance(part, bytes)), fallback="cp932")
    shown, again = Shown(document), partial(seekable, document, budget)
    for one in found:
        budget.tick()
        name = "/".join(evidence.decode(part) if isinstance(part, bytes) else part for part in one.path)
        content = partial(_content, fat=fat, table=table, file=one, budget=budget)
        yield shown.child(name, one.size, opener(stream, again, content) if one.size else io.BytesIO)
    if not walk.whole:
        raise Unreadable(*_DAMAGE)


def _content(stream: IO[bytes], fat: _Fat, table: bytes, file: _Listed, budget: Budget) -> Iterator[bytes]:
    """The bytes, counted: chains may run into one another."""
    cluster, left = file.cluster, file.size
    while left:
        if not fat.holds(cluster):
            raise Unreadable("corrupt", "the chain of the file is damaged")
        first, count = cluster, 1
        while (cluster := fat.after(table, cluster)) == first + count and count * fat.cluster < BLOCK:
            count += 1
        data = _at(stream, fat.place(first), min(left, count * fat.cluster))
        if not data:
            raise Unreadable("corrupt", "the image ends inside the file")
        budget.expand(len(data))
        yield data
        left -= len(data)


class _Walk:
    """All files of a file system, folder by folder; a folder that is damaged or cut off is read as far as it goes."""

    def __init__(self, stream: IO[bytes], fat: _Fat, table: bytes, budget: Budget) -> None:
        self._stream = stream
        self._fat = fat
        self._table = table
        self._budget = budget
        self.whole = True
        """Nothing of a folder was missing."""

    def run(self) -> Iterator[_Listed]:
        """The files."""
        fat = self._fat
        if fat.root_size:
            root = _at(self._stream, fat.root, fat.root_size)
            self.whole = len(root) == fat.root_size or _is_ended(root)
        else:
            root = self._folder(fat.root)
        seen = {fat.root if not fat.root_size else 0}
        waiting: list[tuple[tuple[bytes | str, ...], bytes]] = [((), root)]
        while waiting:
            path, data = waiting.pop()
            for name, kind, cluster, size in _entries(data):
                self._budget.member()
                if not kind & _FOLDER:
                    yield _Listed((*path, name), cluster, size)
                elif cluster not in seen and fat.holds(cluster):
                    seen.add(cluster)
                    waiting.append(((*path, name), self._folder(cluster)))
                else:
                    self.whole = False

    def _folder(self, cluster: int) -> bytes:
        parts: list[bytes] = []
        while self._fat.holds(cluster) and len(parts) * self._fat.cluster < _LARGEST_DIRECTORY:
            parts.append(_at(self._stream, self._fat.place(cluster), self._fat.cluster))
            cluster = self._fat.after(self._table, cluster)
        data = b"".join(parts)
        cut = cluster != 0 or len(data) < len(parts) * self._fat.cluster
        self.whole &= not cut or _is_ended(data)
        return data


def _is_ended(folder: bytes) -> bool:
    """Whether an entry says that none follows."""
    return any(not folder[at] for at in range(0, len(folder), 32))


def _entries(data: bytes) -> Iterator[tuple[bytes | str, int, int, int]]:
    """Name, attributes, first cluster and size of each entry of a folder."""
    long: list[bytes] = []
    for at in range(0, len(data) - 31, 32):
        entry = data[at : at + 32]
        if not entry[0]:
            return
        if entry[0] == 0xE5:
            long = []
        elif entry[11] & 0x3F == _LONG:
            if entry[0] & 0x40:
                long = []
            long.append(bytes((entry[13],)) + entry[1:11] + entry[14:26] + entry[28:32])
        else:
            short = (b"\xe5" if entry[0] == 5 else entry[:1]) + entry[1:11]
            if not entry[11] & _VOLUME and short.rstrip(b" ") not in (b".", b".."):
                high, low, size = *struct.unpack_from("<H", entry, 20), *struct.unpack_from("<HL", entry, 26)
                yield _name(entry, short, long), entry[11], high << 16 | low, size
            long = []


def _name(entry: bytes, short: bytes, long: list[bytes]) -> bytes | str:
    """The long name where it belongs to the entry, by the sum of the short one."""
    total = 0
    for byte in entry[:11]:
        total = ((total >> 1 | total << 7) + byte) & 0xFF
    if long and all(part[0] == total for part in long):
        text = b"".join(part[1:] for part in reversed(long)).decode("utf-16-le", "replace")
        return text.partition("\0")[0]
    stem, ending = short[:8].rstrip(b" "), short[8:].rstrip(b" ")
    stem = stem.lower() if entry[12] & 8 else stem
    ending = ending.lower() if entry[12] & 16 else ending
    return stem + b"." + ending if ending else stem


def _at(stream: IO[bytes], position: int, size: int) -> bytes:
    if position > _FARTHEST:
        return b""
    stream.seek(position)
    return stream.read(size)
