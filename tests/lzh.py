"""Writes LZH archives for the tests: every header level, and the methods with codes of fixed length."""

import struct

from scanner.formats._lzhuf import METHODS, crc16


class Bits:
    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, count: int) -> None:
        self.text += format(value, f"0{count}b") if count else ""

    def bytes(self) -> bytes:
        padded = self.text + "0" * (-len(self.text) % 8)
        return int("1" + padded, 2).to_bytes(len(padded) // 8 + 1, "big")[1:] if padded else b""


def squeezed(data: bytes, method: bytes, repeats: tuple[tuple[int, int], ...] = ()) -> bytes:
    """One block; at the end of `data` come `repeats`: (how far back, how many bytes)."""
    _, count, width = METHODS[method]
    bits = Bits()
    bits.put(len(data) + len(repeats), 16)
    # The codes for lengths: 10 and 11 alone, of one bit each; so all 510 symbols get 8 or 9 bits.
    bits.put(12, 5)
    for length in (0, 0, 0):
        bits.put(length, 3)
    bits.put(3, 2)  # three more zeros, which may be left out only here
    for length in (0, 0, 0, 0, 1, 1):
        bits.put(length, 3)
    bits.put(510, 9)
    for symbol in range(510):
        bits.put(0 if symbol < 2 else 1, 1)
    codes = {symbol: (symbol, 8) if symbol < 2 else (symbol + 2, 9) for symbol in range(510)}
    lengths = {14: [4] * 12 + [3] * 2, 16: [4] * 16, 17: [4] * 15 + [5] * 2}[count]
    bits.put(count, width)
    for length in lengths:
        bits.put(length, 3)
    ways = distance_codes(lengths)
    for byte in data:
        bits.put(*codes[byte])
    for back, size in repeats:
        bits.put(*codes[size + 253])
        bits.put(*ways[(back - 1).bit_length()])
        if back - 1 > 1:
            extra = (back - 1).bit_length() - 1
            bits.put(back - 1 - (1 << extra), extra)
    return bits.bytes()


def distance_codes(lengths: list[int]) -> dict[int, tuple[int, int]]:
    code, last, made = 0, 0, {}
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - last if last else 0
        made[symbol] = (code, length)
        code, last = code + 1, length
    return made


def member(name: bytes, data: bytes, level: int, method: bytes = b"-lh0-", packed: bytes | None = None) -> bytes:
    """One member with its header."""
    packed = data if packed is None else packed
    crc = struct.pack("<H", crc16(data))
    if level < 2:
        tail = crc if level == 0 else crc + b"M" + struct.pack("<H", 0)
        rest = (
            method + struct.pack("<3L", len(packed), len(data), 0) + b"\x20" + bytes((level, len(name))) + name + tail
        )
        return bytes((len(rest), sum(rest) & 0xFF)) + rest + packed
    folder, _, base = name.rpartition(b"/")
    width = 2 if level == 2 else 4
    form = "<H" if level == 2 else "<L"
    fields = [b"\x01" + base] + ([b"\x02" + folder.replace(b"/", b"\xff") + b"\xff"] if folder else [])
    extensions = b""
    for field in fields:
        extensions += struct.pack(form, len(field) + width) + field
    extensions += struct.pack(form, 0)
    common = method + struct.pack("<3L", len(packed), len(data), 0) + b"\x20" + bytes((level,)) + crc + b"M"
    if level == 2:
        header = struct.pack("<H", 2 + len(common) + len(extensions)) + common + extensions
    else:
        header = b"\x04\x00" + common + struct.pack("<L", 2 + len(common) + 4 + len(extensions)) + extensions
    return header + packed
