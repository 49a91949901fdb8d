"""Two simple compressions that come in blocks with a known size: Snappy (format_description.txt) and LZ4 blocks.

Own code because they are a loop each, while the packages that offer them bring many others and do not load on every
system. Whatever is wrong with the bytes is a ValueError; not more than `size` bytes ever come out.
"""


def snappy(data: bytes, size: int) -> bytes:
    """The content of a Snappy block without frames."""
    out = bytearray()
    at, end = _after_length(data), len(data)
    while at < end:
        tag = data[at]
        at += 1
        kind, length = tag & 3, tag >> 2
        if kind == 0:
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at : at + extra], "little")
                at += extra
            length += 1
            _room(out, length, size)
            out += data[at : at + length]
            at += length
            continue
        if kind == 1:
            length, back = (length & 7) + 4, (tag >> 5) << 8 | int.from_bytes(data[at : at + 1], "little")
            at += 1
        else:
            width = 2 * kind - 2
            length, back = length + 1, int.from_bytes(data[at : at + width], "little")
            at += width
        _again(out, back, length, size)
    return bytes(out)


def lz4(data: bytes, size: int) -> bytes:
    """The content of an LZ4 block without frames."""
    out = bytearray()
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        length, at = _extended(data, at + 1, tag >> 4)
        _room(out, length, size)
        out += data[at : at + length]
        at += length
        if at >= end:
            break
        back = int.from_bytes(data[at : at + 2], "little")
        length, at = _extended(data, at + 2, tag & 15)
        _again(out, back, length + 4, size)
    return bytes(out)


def _after_length(data: bytes) -> int:
    for at, byte in enumerate(data[:5]):
        if byte < 128:
            return at + 1
    raise ValueError("no length")


def _extended(data: bytes, at: int, length: int) -> tuple[int, int]:
    if length == 15:
        while at < len(data):
            byte = data[at]
            at += 1
            length += byte
            if byte < 255:
                break
    return length, at


def _room(out: bytearray, length: int, size: int) -> None:
    if len(out) + length > size:
        raise ValueError("more than its size")


def _again(out: bytearray, back: int, length: int, size: int) -> None:
    """Repeat what stands `back` bytes before the end; it may reach into what it writes."""
    start = len(out) - back
    if not 0 < back <= len(out):
        raise ValueError("before its beginning")
    _room(out, length, size)
    if back >= length:
        out += out[start : start + length]
    else:
        piece = bytes(out[start:])
        out += (piece * (length // back + 1))[:length]
