"""Writes small Access databases (Jet 3 and 4), as far as tests need them: a catalog, one table, long values."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

LONG, DOUBLE, DATE, TEXT, OLE, MEMO = 4, 7, 8, 10, 11, 12
SIZES = {LONG: 4, DOUBLE: 8, DATE: 8}


class Column(NamedTuple):
    name: str
    type: int


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


class Jet:
    def __init__(self, version: int = 4, *, key: int = 0, mark: bytes = b"Standard Jet DB\0") -> None:
        self.new = version == 4
        self.size = 4096 if self.new else 2048
        self.key = key
        self.mark = mark
        self.pages: list[bytes] = [b""] * 8

    def text(self, text: str) -> bytes:
        return text.encode("utf-16-le" if self.new else "cp932")

    def count(self, number: int) -> bytes:
        return struct.pack("<H" if self.new else "<B", number)

    def definition(self, columns: Sequence[Column], kind: bytes = b"N", used: int = 0) -> bytes:
        fixed, variable, described = 0, 0, b""
        for number, (_, type_) in enumerate(columns):
            size = SIZES.get(type_, 0)
            flags = 3 if size else 2
            length = size or (510 if type_ == TEXT else 0)
            where = fixed if size else 0
            if self.new:
                described += struct.pack(
                    "<BIHHHHHBBIHH", type_, 1625, number, variable, number, 1041, 0, flags, 0, 0, where, length
                )
            else:
                described += struct.pack(
                    "<BHHHHHHBHH", type_, number, variable, number, 1041, 932, 0, flags, where, length
                )
            fixed += size
            variable += not size
        names = b"".join(self.count(len(self.text(name))) + self.text(name) for name, _ in columns)
        counts = struct.pack("<HHHIIII", len(columns), variable, len(columns), 0, 0, 256 + used, 256 + used)
        head = struct.pack("<III", 0, 1625, 0) + bytes(20) if self.new else struct.pack("<III", 0, 0, 0)
        body = head.ljust(32 if self.new else 12, b"\0") + kind + counts + described + names + b"\xff\xff"
        page = b"\x02\x01VC" + bytes(4) + body
        return page.ljust(self.size, b"\0")

    def row(self, columns: Sequence[Column], values: Sequence[bytes | None]) -> bytes:
        fixed = b"".join(
            (value or b"").ljust(SIZES[type_], b"\0")
            for (_, type_), value in zip(columns, values, strict=True)
            if type_ in SIZES
        )
        out = self.count(len(columns)) + fixed
        offsets = []
        for (_, type_), value in zip(columns, values, strict=True):
            if type_ not in SIZES:
                offsets.append(len(out))
                out += value or b""
        offsets.append(len(out))
        mask = sum(1 << number for number, value in enumerate(values) if value is not None)
        if self.new:
            out += b"".join(struct.pack("<H", offset) for offset in reversed(offsets))
        else:
            out += bytes(offset % 256 for offset in reversed(offsets))
            total = len(out) + 1 + (len(columns) + 7) // 8
            jumps = (total - 1) // 256
            total += jumps
            table = [next((i for i, at in enumerate(offsets) if at >= 256 * (jump + 1)), 255) for jump in range(jumps)]
            out += bytes(reversed(table))
        out += self.count(len(offsets) - 1)
        return out + mask.to_bytes((len(columns) + 7) // 8, "little")

    def data(self, owner: bytes, rows: Sequence[bytes], flags: Sequence[int] = ()) -> bytes:
        head = b"\x01\x01" + struct.pack("<H", 0) + owner + (bytes(4) if self.new else b"")
        end, offsets, body = self.size, [], b""
        for number, row in enumerate(rows):
            end -= len(row)
            offsets.append(end | (flags[number] if number < len(flags) else 0))
            body = row + body
        head += struct.pack("<H", len(rows)) + b"".join(struct.pack("<H", offset) for offset in offsets)
        return head + bytes(self.size - len(head) - len(body)) + body

    def memo(self, text: str) -> bytes:
        raw = self.text(text)
        return struct.pack("<III", len(raw) | 0x80000000, 0, 0) + raw

    def long(self, raw: bytes, page: int) -> bytes:
        """A value that lies in pages of its own from `page` on; more than one page when it must."""
        room = self.size - 20
        if len(raw) <= room:
            self.pages[page:] = [self.data(b"LVAL", [raw])]
            return struct.pack("<III", len(raw) | 0x40000000, page << 8, 0)
        parts = [raw[at : at + room - 4] for at in range(0, len(raw), room - 4)]
        follows = [(page + number) << 8 for number in range(1, len(parts))] + [0]
        self.pages[page:] = [
            self.data(b"LVAL", [struct.pack("<I", at) + part]) for part, at in zip(parts, follows, strict=True)
        ]
        return struct.pack("<III", len(raw), page << 8, 0)

    def table(
        self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[bytes | None]], flags: Sequence[int] = ()
    ) -> bytes:
        """The whole database with one table."""
        catalog = [Column("Id", LONG), Column("Type", LONG), Column("Name", TEXT), Column("Flags", LONG)]
        number = struct.pack("<i", 4)
        objects = [(number, struct.pack("<i", 1), self.text(name), struct.pack("<i", 0))]
        self.pages[2] = self.definition(catalog, b"S")
        self.pages[3] = self.data(struct.pack("<I", 2), [self.row(catalog, values) for values in objects])
        self.pages[4] = self.definition(columns, used=1)
        self.pages[5] = self.data(struct.pack("<I", 4), [self.row(columns, values) for values in rows], flags)
        maps = [b"\0" + struct.pack("<I", 0) + (1 << page).to_bytes(64, "little") for page in (3, 5)]
        self.pages[1] = self.data(bytes(4), maps)
        header = bytearray(self.size)
        header[:0x18] = b"\0\1\0\0" + self.mark + struct.pack("<I", int(self.new))
        secret = bytearray(128 if self.new else 126)
        secret[0x3C - 0x18 : 0x42 - 0x18] = struct.pack("<HI", 932, self.key)
        header[0x18 : 0x18 + len(secret)] = rc4(b"\xc7\xda\x39\x6b", bytes(secret))
        pages = [page.ljust(self.size, b"\0") for page in self.pages[1:]]
        if self.key:
            pages = [rc4((self.key ^ at).to_bytes(4, "little"), page) for at, page in enumerate(pages, 1)]
        return bytes(header) + b"".join(pages)
