"""Property sets ([MS-OLEPS]): title, author, comments and what users add, as lines. Shared by OLE files."""

import struct
from collections.abc import Iterator

from scanner.formats._ole import Compound
from scanner.limits import Budget
from scanner.model import Segment
from scanner.origin import FixedOrigin, Place

_SETS = ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
_MOST = 4096
"""Properties that are looked at in one section."""
_CODEPAGE, _LPSTR, _LPWSTR, _VECTOR, _VARIANT, _BLOB = 1, 30, 31, 0x1000, 12, 65
_PROGRAM = 18
"""The property that names the program; the rest of the house does not want it."""


def properties(address: str, compound: Compound, budget: Budget) -> Iterator[Segment]:
    """One segment for each property set of a compound file that says anything."""
    for name in _SETS:
        lines = dict.fromkeys(filter(None, _lines(compound.get(name), budget)))
        if lines:
            place = Place(part=name.lstrip("\x05"))
            yield Segment(text="\n".join(lines), address=address, origin=FixedOrigin(place), label="properties")


def _lines(data: bytes, budget: Budget) -> Iterator[str]:
    """The strings of all sections."""
    if len(data) < 48:
        return
    (sections,) = struct.unpack_from("<I", data, 24)
    for number in range(min(sections, 2, (len(data) - 28) // 20)):
        (start,) = struct.unpack_from("<I", data, 28 + 20 * number + 16)
        if start + 8 > len(data):
            continue
        (count,) = struct.unpack_from("<I", data, start + 4)
        room = (len(data) - start - 8) // 8
        pairs = [struct.unpack_from("<II", data, start + 8 + 8 * index) for index in range(min(count, room, _MOST))]
        codec = _codec(data, {key: start + offset for key, offset in pairs})
        for key, offset in pairs:
            budget.tick()
            if key not in (_CODEPAGE, _PROGRAM) or number:
                yield from _texts(data, start + offset, codec, dictionary=key == 0)


def _codec(data: bytes, places: dict[int, int]) -> str:
    at = places.get(_CODEPAGE, len(data))
    page = int.from_bytes(data[at + 4 : at + 6], "little")
    return {1200: "utf-16-le", 65001: "utf-8", 932: "cp932", 0: "cp932"}.get(page, f"cp{page}")


def _texts(data: bytes, at: int, codec: str, *, dictionary: bool) -> Iterator[str]:
    if at + 8 > len(data):
        return
    kind, count = struct.unpack_from("<II", data, at)
    if dictionary:
        yield from _strings(data, at + 4, kind, codec, keyed=True)
    elif kind == _LPSTR:
        yield _text(data, at + 4, codec)[0]
    elif kind == _LPWSTR:
        yield _text(data, at + 4, "utf-16-le", wide=True)[0]
    elif kind in (_VECTOR | _LPSTR, _VECTOR | _LPWSTR):
        wide = kind == _VECTOR | _LPWSTR
        yield from _strings(data, at + 8, count, "utf-16-le" if wide else codec, wide=wide)


def _strings(data: bytes, at: int, count: int, codec: str, *, keyed: bool = False, wide: bool = False) -> Iterator[str]:
    for _ in range(min(count, _MOST)):
        at += 4 * keyed
        if at >= len(data):
            return
        text, at = _text(data, at, codec, wide=wide or (keyed and codec == "utf-16-le"))
        yield text


def _text(data: bytes, at: int, codec: str, *, wide: bool = False) -> tuple[str, int]:
    size = int.from_bytes(data[at : at + 4], "little") * (1 + wide)
    raw = data[at + 4 : at + 4 + size]
    end = at + 4 + size + (-size % 4 if wide else 0)
    try:
        return raw.decode(codec, "replace").rstrip("\0").strip(), end
    except LookupError:
        return raw.decode("cp1252", "replace").rstrip("\0").strip(), end
