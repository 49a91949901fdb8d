"""Parquet files: the columns of each group of rows side by side as rows of one table.

Pages are decompressed one at a time and all columns are read in step, so that memory is bounded by a page of each
column and its dictionary. Lists and maps give their values to the row they belong to. Not read: encrypted files and
columns in a compression or an encoding that is not known (each is a problem), statistics, indexes, and whether
something is true. Standard: parquet.apache.org; metadata are Thrift in its compact form.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import IO, Any, NamedTuple

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._engines import ZSTANDARD, NewEngine, Zstandard
from scanner.formats._grid import Grid, runs
from scanner.formats._lz import lz4, snappy
from scanner.formats._stream import expand, gzip, seekable
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem
from scanner.text import preview

NAME = "parquet"
RANK = 225
ENDINGS = (".parquet",)
USES = (ZSTANDARD,)

_MARK, _ENCRYPTED = b"PAR1", b"PARE"
_MOST_COLUMNS = 4096
_LARGEST_PAGE = 64 * MIB
_DEEPEST = 32
_MOST_VALUES = 1 << 22
"""Values of one page."""
_PLAIN, _PLAIN_DICTIONARY, _DELTA, _DELTA_LENGTH, _DELTA_TEXT, _DICTIONARY = 0, 2, 5, 6, 7, 8
_BOOLEAN, _INT32, _INT64, _INT96, _FLOAT, _DOUBLE, _BYTES, _FIXED = range(8)
_DICTIONARY_PAGE, _DATA_PAGE_2 = 2, 3
_SNAPPY, _LZ4 = 1, 7
_STREAMS: dict[int, NewEngine] = {2: gzip, 6: Zstandard}
"""Compressions by their numbers."""
_UNREAD = {3: "LZO", 4: "Brotli", 5: "LZ4 in frames"}
UNREAD = tuple(_UNREAD.values())
_DAMAGE = (struct.error, IndexError, ValueError, KeyError, TypeError, OverflowError, AttributeError)

Fields = dict[int, Any]
"""A structure of Thrift: values by the numbers of their fields."""


class _Unknown(Exception):
    """A column is in an encoding that is not read."""


BEGINS = (_MARK, _ENCRYPTED)


def accepts(document: Document) -> bool:
    """Whether the document begins with the mark of Parquet and is no text."""
    marked = document.head.startswith((_MARK, _ENCRYPTED))
    return marked and (document.suffix == ".parquet" or preview(document.head) is None)


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The rows of all groups under one table, then one problem for what could not be read."""
    budget.enter(document.depth)
    with seekable(document, budget) as stream:
        yield from _rows(document, budget, stream, _metadata(document, budget, stream))


def _metadata(document: Document, budget: Budget, stream: IO[bytes]) -> Fields:
    stream.seek(max(document.size - 8, 0))
    tail = stream.read(8)
    if _ENCRYPTED in (document.head[:4], tail[4:]):
        raise Unreadable("encrypted", "Parquet with an encrypted footer")
    size = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MARK or size > document.size - 8:
        raise Unreadable("corrupt", "its end, which says what it holds, is missing")
    budget.hold(size)
    stream.seek(document.size - 8 - size)
    try:
        return _Thrift(stream.read(size), budget).structure()
    except _DAMAGE:
        raise Unreadable("corrupt", "the description of its columns is damaged") from None


def _rows(document: Document, budget: Budget, stream: IO[bytes], metadata: Fields) -> Iterator[Piece]:
    try:
        leaves = _leaves(metadata[2])[:_MOST_COLUMNS]
        groups: list[list[_Chunk]] = [
            [_Chunk(leaf, chunk[3]) for leaf, chunk in zip(leaves, group[1], strict=False)] for group in metadata[4]
        ]
    except _DAMAGE:
        raise Unreadable("corrupt", "the description of its columns is damaged") from None
    grid = Grid(document, budget, "", [leaf.name for leaf in leaves])
    broken: dict[str, str] = {}
    for group in groups:
        columns = [_guarded(chunk, budget, stream, broken) for chunk in group]
        for cells in zip_longest(*columns, fillvalue=""):
            yield from grid.add(cells)
    yield from grid.rest()
    if broken:
        kind = "corrupt" if "corrupt" in broken.values() else "missing_reader"
        detail = f"{len(broken)} of {len(leaves)} columns cannot be read to their end"
        yield Problem(address=document.address, kind=kind, detail=detail, size=document.size)


def _guarded(chunk: "_Chunk", budget: Budget, stream: IO[bytes], broken: dict[str, str]) -> Iterator[str]:
    try:
        yield from _column(chunk, budget, stream)
    except _Unknown:
        broken[chunk.leaf.name] = "missing_reader"
    except _DAMAGE:
        broken[chunk.leaf.name] = "corrupt"


# --- the description --------------------------------------------------------------------------------------------------


class _Thrift:
    """Reads structures in the compact form of Thrift."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self.at = 0

    def structure(self, depth: int = 0) -> Fields:
        """The fields of a structure; of a repeated one the last."""
        if depth > _DEEPEST:
            raise ValueError
        found: Fields = {}
        number = 0
        while True:
            byte = self._byte()
            if not byte & 15:
                return found
            number = number + (byte >> 4) if byte >> 4 else self._zigzag()
            found[number] = byte & 15 == 1 if byte & 15 < 3 else self._value(byte & 15, depth)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            self.at += 8
            return None
        if kind == 8:
            size = self._varint()
            self.at += size
            return self._data[self.at - size : self.at]
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.structure(depth + 1)
        raise ValueError

    def _list(self, depth: int) -> list[Any]:
        self._budget.tick()
        byte = self._byte()
        size = byte >> 4 if byte >> 4 < 15 else self._varint()
        if size > len(self._data):
            raise ValueError
        return [self._value(byte & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value, self.at = _varint(self._data, self.at)
        return value

    def _zigzag(self) -> int:
        value, self.at = _zigzag(self._data, self.at)
        return value


class _Leaf(NamedTuple):
    name: str
    type: int
    size: int
    logical: int
    scale: int
    defined: int
    """The highest definition level: how many of the elements above it may be missing."""
    repeated: int


class _Chunk(NamedTuple):
    leaf: _Leaf
    about: Fields


def _leaves(schema: Sequence[Fields]) -> list[_Leaf]:
    """The columns of a schema, which is a tree written from the root on."""
    found: list[_Leaf] = []
    above: list[tuple[int, str, int, int]] = [(schema[0].get(5, 0), "", 0, 0)]
    for element in schema[1:]:
        while above and above[-1][0] == 0:
            above.pop()
        left, path, defined, repeated = above.pop()
        above.append((left - 1, path, defined, repeated))
        how = element.get(3, 0)
        name = element[4].decode("utf-8", "replace")
        path = path if name in ("list", "element", "item", "key_value", "array", "bag") and path else name
        defined, repeated = defined + (how != 0), repeated + (how == 2)
        if element.get(5):
            above.append((element[5], path, defined, repeated))
        else:
            found.append(
                _Leaf(path, element[1], element.get(2, 0), element.get(6, -1), element.get(7, 0), defined, repeated)
            )
    return found


# --- columns ----------------------------------------------------------------------------------------------------------


def _column(chunk: _Chunk, budget: Budget, stream: IO[bytes]) -> Iterator[str]:
    """The values of a column, one text a row."""
    about, leaf = chunk.about, chunk.leaf
    at = min(about.get(11) or about[9], about[9])
    left, words = about[5], list[str]()
    row: list[str] | None = None
    while left > 0:
        budget.tick()
        header, data, at = _page(stream, at, about[4], budget)
        if header[1] == _DICTIONARY_PAGE:
            words = list(_plain(leaf, data, header[7][1]))
            continue
        count, encoding = (header[8][1], header[8][4]) if header[1] == _DATA_PAGE_2 else (header[5][1], header[5][2])
        if not 0 < count <= _MOST_VALUES:
            raise ValueError
        left -= count
        repeats, defines, body = _levels(leaf, header, data, count)
        values = _values(leaf, encoding, body, sum(level == leaf.defined for level in defines), words)
        for repeat, define in zip(repeats, defines, strict=True):
            value = next(values, "") if define == leaf.defined else ""
            if repeat and row is not None:
                row.append(value)
                continue
            if row is not None:
                yield " ".join(filter(None, row))
            row = [value]
    if row is not None:
        yield " ".join(filter(None, row))


def _page(stream: IO[bytes], at: int, codec: int, budget: Budget) -> tuple[Fields, bytes, int]:
    """A page's header, its content (of the second kind: the levels, then what was decompressed), where the next is."""
    stream.seek(at)
    thrift = _Thrift(stream.read(1 << 16), budget)
    header = thrift.structure()
    size, whole = header[3], header[2]
    if not 0 <= size <= _LARGEST_PAGE or not 0 <= whole <= _LARGEST_PAGE:
        raise ValueError
    stream.seek(at + thrift.at)
    data = stream.read(size)
    following = at + thrift.at + size
    levels = b""
    if header[1] == _DATA_PAGE_2:
        split = header[8][5] + header[8][6]
        levels, data = data[:split], data[split:]
        codec = codec if header[8].get(7, True) else 0
    if codec and data:
        data = _decompressed(codec, data, whole - len(levels), budget)
    budget.expand(len(data))
    return header, levels + data, following


def _decompressed(codec: int, data: bytes, size: int, budget: Budget) -> bytes:
    if codec == _SNAPPY:
        return snappy(data, size)
    if codec == _LZ4:
        return lz4(data, size)
    new = _STREAMS.get(codec)
    if new is None:
        raise _Unknown
    parts: list[bytes] = []
    try:
        for part in expand(iter((data,)), new, budget):
            parts.append(part)
            size -= len(part)
            if size < 0:
                raise ValueError
        return b"".join(parts)
    except Unreadable as failure:
        if failure.kind == "corrupt":
            raise ValueError from None
        raise


def _levels(leaf: _Leaf, header: Fields, data: bytes, count: int) -> tuple[Sequence[int], Sequence[int], bytes]:
    """How each value is repeated and defined, and what follows the levels."""
    if header[1] == _DATA_PAGE_2:
        first, second = header[8][6], header[8][5]
        repeats = _hybrid(data[:first], leaf.repeated.bit_length(), count) if leaf.repeated else [0] * count
        defines = _hybrid(data[first:], leaf.defined.bit_length(), count) if leaf.defined else [0] * count
        return repeats, defines, data[first + second :]
    found = []
    for highest in (leaf.repeated, leaf.defined):
        if highest:
            size = int.from_bytes(data[:4], "little")
            found.append(_hybrid(data[4 : 4 + size], highest.bit_length(), count))
            data = data[4 + size :]
        else:
            found.append([0] * count)
    return found[0], found[1], data


def _hybrid(data: bytes, width: int, count: int) -> list[int]:
    """Runs of one number and packed numbers of `width` bits, in turns; missing ones are zero."""
    out: list[int] = []
    size, mask, at = (width + 7) // 8, (1 << width) - 1, 0
    while len(out) < count and at < len(data):
        head, at = _varint(data, at)
        if head & 1:
            end = at + (head >> 1) * width
            out += _packed(data[at:end], width, min((head >> 1) * 8, count - len(out)))
            at = end
        else:
            out += [int.from_bytes(data[at : at + size], "little") & mask] * min(head >> 1, count - len(out))
            at += size
    return out + [0] * (count - len(out))


def _packed(data: bytes, width: int, count: int) -> list[int]:
    """Numbers of `width` bits, the lowest bit first, eight in `width` bytes."""
    out: list[int] = []
    mask = (1 << width) - 1
    for at in range(0, -(-count // 8) * width, width) if width else ():
        eight = int.from_bytes(data[at : at + width], "little")
        out += [eight >> shift & mask for shift in range(0, 8 * width, width)]
    return out[:count] if width else [0] * count


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at


def _values(leaf: _Leaf, encoding: int, data: bytes, count: int, words: list[str]) -> Iterator[str]:
    if leaf.type == _BOOLEAN:
        return iter(("",) * count)
    if encoding in (_PLAIN_DICTIONARY, _DICTIONARY):
        return (words[index] for index in _hybrid(data[1:], data[0], count)) if data else iter(())
    if encoding == _PLAIN:
        return _plain(leaf, data, count)
    if encoding == _DELTA and leaf.type in (_INT32, _INT64):
        show = _shown(leaf)
        return (show(value) for value in _deltas(data, count)[0])
    if encoding in (_DELTA_LENGTH, _DELTA_TEXT):
        return _delta_texts(leaf, data, count, shared=encoding == _DELTA_TEXT)
    raise _Unknown


# --- values -----------------------------------------------------------------------------------------------------------

_SIZES = {_INT32: 4, _INT64: 8, _INT96: 12, _FLOAT: 4, _DOUBLE: 8}
_DATE, _DECIMAL, _TIME_MS, _TIME_US = 6, 5, 9, 10
"""Converted types that change how a number is shown."""


def _plain(leaf: _Leaf, data: bytes, count: int) -> Iterator[str]:
    show = _shown(leaf)
    if leaf.type == _BYTES:
        at = 0
        for _ in range(count):
            size = int.from_bytes(data[at : at + 4], "little")
            if at + 4 + size > len(data):
                raise ValueError
            yield show(data[at + 4 : at + 4 + size])
            at += 4 + size
    else:
        size = _SIZES.get(leaf.type, leaf.size)
        if size <= 0 or size * count > len(data):
            raise ValueError
        code = {_INT32: "<i", _INT64: "<q", _FLOAT: "<f", _DOUBLE: "<d"}.get(leaf.type)
        for at in range(0, size * count, size):
            yield show(struct.unpack_from(code, data, at)[0] if code else data[at : at + size])


def _shown(leaf: _Leaf) -> Callable[[Any], str]:
    """How a value of a column is written."""
    if leaf.type in (_BYTES, _FIXED):
        return partial(_decimal, leaf.scale) if leaf.logical == _DECIMAL else _text
    if leaf.type == _INT96:
        return _old_time
    if leaf.type in (_FLOAT, _DOUBLE):
        return lambda value: f"{value:.15g}"
    if leaf.logical == _DATE:
        return lambda days: _moment(days * 86_400_000_000).partition(" ")[0]
    if leaf.logical in (_TIME_MS, _TIME_US):
        unit = 1000 if leaf.logical == _TIME_MS else 1
        return lambda value: _moment(value * unit)
    if leaf.logical == _DECIMAL:
        return lambda value: f"{value / 10**leaf.scale:.15g}" if 0 <= leaf.scale < 40 else str(value)
    return str


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return runs(value)


def _decimal(scale: int, value: bytes) -> str:
    number = int.from_bytes(value[:32], "big", signed=True)
    return f"{number / 10**scale:.15g}" if 0 < scale < 40 else str(number)


def _moment(microseconds: int) -> str:
    if not -62_000_000_000_000_000 < microseconds < 253_000_000_000_000_000:
        return ""
    return (datetime(1970, 1, 1) + timedelta(microseconds=microseconds)).isoformat(" ", "seconds")


def _old_time(value: bytes) -> str:
    """Nanoseconds and a Julian day."""
    nanoseconds, day = struct.unpack("<qi", value)
    return _moment((day - 2440588) * 86_400_000_000 + nanoseconds // 1000)


def _deltas(data: bytes, count: int) -> tuple[list[int], int]:
    """Numbers stored as differences in blocks, and where they end."""
    block, at = _varint(data, 0)
    minis, at = _varint(data, at)
    total, at = _varint(data, at)
    value, at = _zigzag(data, at)
    out = [value]
    if not 0 < minis <= 1024 or block % minis or block > 1 << 20:
        raise ValueError
    while len(out) < min(total, count):
        least, at = _zigzag(data, at)
        widths = data[at : at + minis]
        at += minis
        for width in widths:
            if len(out) >= total:
                break
            for delta in _packed(data[at : at + width * block // minis // 8], width, block // minis):
                value += least + delta
                out.append(value)
            at += width * (block // minis) // 8
    return out[: min(total, count)], at


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return value >> 1 ^ -(value & 1), at


def _delta_texts(leaf: _Leaf, data: bytes, count: int, *, shared: bool) -> Iterator[str]:
    """Texts behind the list of their lengths; `shared`: each begins with a part of the one before."""
    prefixes = [0] * count
    if shared:
        prefixes, at = _deltas(data, count)
        data = data[at:]
    lengths, at = _deltas(data, count)
    before = b""
    for prefix, length in zip(prefixes, lengths, strict=False):
        if prefix < 0 or length < 0 or at + length > len(data):
            raise ValueError
        before = before[:prefix] + data[at : at + length]
        at += length
        yield _text(before)
