"""What the packed streams of a 7z archive go through on their way out: one generator of bytes for each method.

Decompressing is left to the standard library, also the branch filters of programs, which liblzma has. It does not know
how an archive is laid out. Sources: the 7zFormat.txt and Methods.txt of the LZMA SDK (public domain).
"""

import hashlib
import lzma
import re
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanner.errors import Unreadable
from scanner.formats._engines import Engine, Inflate64
from scanner.formats._protection import aes_cbc
from scanner.formats._stream import bzip2, deflate, expand
from scanner.limits import Budget

Blocks = Iterator[bytes]
Stage = Callable[[Blocks, bytes, int, Budget], Blocks]
"""From packed bytes, the method's properties and the size that comes out, to unpacked bytes."""

AES = b"\x06\xf1\x07\x01"
BCJ2 = b"\x03\x03\x01\x1b"
_PLAIN_CHUNK = 1 << 16
_ROUNDS = 24
"""2 to this power, no more, hashes are made of a password: 7-Zip makes 2 to the 19."""

_NAMED = {
    b"\x03\x04\x01": "PPMd", b"\x04\xf7\x11\x01": "Zstandard",
    b"\x04\xf7\x11\x02": "Brotli", b"\x04\xf7\x11\x04": "LZ4", b"\x21\x01": "LZMA2",
}  # fmt: skip
UNREAD_METHODS = tuple(name for method, name in _NAMED.items() if name != "LZMA2")
"""Methods that are known by name and not unpacked; LZMA2 is, under the number that 7-Zip gives it."""


def stage(method: bytes) -> Stage:
    """The generator for a method with one packed stream; raises Unreadable when there is none."""
    if method not in _STAGES:
        raise Unreadable("missing_reader", f"7z {_NAMED.get(method, 'method ' + method.hex())}: no reader yet")
    return _STAGES[method]


def _copy(blocks: Blocks, properties: bytes, size: int, budget: Budget) -> Blocks:
    for block in blocks:
        budget.expand(len(block))
        yield block


def _lzma(blocks: Blocks, properties: bytes, size: int, budget: Budget) -> Blocks:
    """Through the header of the .lzma format, which tells liblzma where the data end."""
    if len(properties) != 5:
        raise Unreadable("corrupt", "the settings of a method are damaged")
    budget.hold(int.from_bytes(properties[1:], "little"))
    header = properties + struct.pack("<Q", size)
    return expand(_led(header, blocks), _alone, budget)


def _alone(budget: Budget) -> Engine:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=2 * budget.limits.memory)


def _led(header: bytes, blocks: Blocks) -> Blocks:
    yield header
    yield from blocks


def _lzma2(blocks: Blocks, properties: bytes, size: int, budget: Budget) -> Blocks:
    if len(properties) != 1 or properties[0] > 40:
        raise Unreadable("corrupt", "the settings of a method are damaged")
    exponent = properties[0]
    dictionary = (2 | exponent & 1) << exponent // 2 + 11 if exponent < 40 else 0xFFFFFFFF
    budget.hold(dictionary)
    return expand(blocks, _raw({"id": lzma.FILTER_LZMA2, "dict_size": max(dictionary, 4096)}), budget)


def _raw(*filters: dict[str, int]) -> Callable[[Budget], Engine]:
    return lambda budget: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _filter(kind: int) -> Stage:
    """A filter of liblzma, which works only before a decompressor: it is given LZMA2 chunks that are not compressed."""

    def filtered(blocks: Blocks, properties: bytes, size: int, budget: Budget) -> Blocks:
        settings = {"id": kind}
        if kind == lzma.FILTER_DELTA:
            settings["dist"] = properties[0] + 1 if properties else 1
        engine = _raw(settings, {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16})
        return expand(_as_chunks(blocks), engine, budget)

    return filtered


def _as_chunks(blocks: Blocks) -> Blocks:
    control = 1
    for block in blocks:
        for at in range(0, len(block), _PLAIN_CHUNK):
            part = block[at : at + _PLAIN_CHUNK]
            yield struct.pack(">BH", control, len(part) - 1) + part
            control = 2
    yield b"\0"


_STAGES: dict[bytes, Stage] = {
    b"\x00": _copy,
    b"\x03\x01\x01": _lzma,
    b"\x21": _lzma2,
    b"\x04\x01\x08": lambda blocks, properties, size, budget: expand(blocks, deflate, budget),
    b"\x04\x01\x09": lambda blocks, properties, size, budget: expand(blocks, Inflate64, budget),
    b"\x04\x02\x02": lambda blocks, properties, size, budget: expand(blocks, bzip2, budget),
    bytes((3,)): _filter(lzma.FILTER_DELTA),
    **dict.fromkeys((b"\x04", b"\x03\x03\x01\x03"), _filter(lzma.FILTER_X86)),
    **dict.fromkeys((b"\x05", b"\x03\x03\x02\x05"), _filter(lzma.FILTER_POWERPC)),
    **dict.fromkeys((b"\x06", b"\x03\x03\x04\x01"), _filter(lzma.FILTER_IA64)),
    **dict.fromkeys((b"\x07", b"\x03\x03\x05\x01"), _filter(lzma.FILTER_ARM)),
    **dict.fromkeys((b"\x08", b"\x03\x03\x07\x01"), _filter(lzma.FILTER_ARMTHUMB)),
    **dict.fromkeys((b"\x09", b"\x03\x03\x08\x05"), _filter(lzma.FILTER_SPARC)),
}


# --- BCJ2: the addresses of jumps and calls in programs, in streams of their own --------------------------------------


_JUMP = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]", re.DOTALL)
_TOP, _MODEL, _MOVE = 1 << 24, 1 << 11, 5


class _Bits:
    """The range decoder that says of each jump whether its address was taken out."""

    __slots__ = ("_source", "_range", "_code", "_odds")

    def __init__(self, source: "Bytes") -> None:
        self._source = source
        self._range = 0xFFFFFFFF
        self._code = int.from_bytes(source.take(5)[1:], "big")
        self._odds = [_MODEL >> 1] * 258

    def one(self, model: int) -> bool:
        """The next decision in its model."""
        if self._range < _TOP:
            self._range <<= 8
            self._code = (self._code << 8 | self._source.take(1)[0]) & 0xFFFFFFFF
        odds = self._odds[model]
        bound = (self._range >> 11) * odds
        if self._code < bound:
            self._range = bound
            self._odds[model] = odds + ((_MODEL - odds) >> _MOVE)
            return False
        self._range -= bound
        self._code -= bound
        self._odds[model] = odds - (odds >> _MOVE)
        return True


class Bytes:
    """A generator of blocks as bytes that can be asked for by number."""

    __slots__ = ("_blocks", "_rest")

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._rest = b""

    def take(self, count: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._rest) < count:
            block = next(self._blocks, b"")
            if not block:
                raise Unreadable("corrupt", "the compressed data ends too early")
            self._rest += block
        data, self._rest = self._rest[:count], self._rest[count:]
        return data


def bcj2(streams: tuple[Blocks, Blocks, Blocks, Blocks], size: int, budget: Budget) -> Blocks:
    """The program whose main stream, calls, jumps and decisions these are."""
    calls, jumps, bits = Bytes(streams[1]), Bytes(streams[2]), _Bits(Bytes(streams[3]))
    before, made = 0, 0
    for block in streams[0]:
        out = bytearray()
        at = 0
        while end := _jump_after(block, at, before):
            previous = block[end - 2] if end - 2 >= at else before
            out += block[at:end]
            at, before = end, block[end - 1]
            model = previous + 2 if before == 0xE8 else 1 if before == 0xE9 else 0
            if made + len(out) < size and bits.one(model):
                target = int.from_bytes((calls if before == 0xE8 else jumps).take(4), "big") - (made + len(out) + 4)
                out += struct.pack("<L", target & 0xFFFFFFFF)
                before = out[-1]
        out += block[at:]
        before = block[-1] if at < len(block) else before
        made += len(out)
        budget.expand(len(out))
        yield bytes(out)


def _jump_after(block: bytes, at: int, before: int) -> int:
    """Where the next jump's opcode ends, `before` being the byte that came out last; 0 when there is none."""
    if before == 0x0F and at < len(block) and block[at] & 0xF0 == 0x80:
        return at + 1
    found = _JUMP.search(block, at)
    return found.end() if found else 0


# --- AES --------------------------------------------------------------------------------------------------------------


def decrypted(blocks: Blocks, properties: bytes, password: str) -> Blocks:
    """The bytes under AES-256 in CBC mode, with what fills the last block."""
    cycles, salt, start = _settings(properties)
    cipher = aes_cbc(_key(cycles, salt, password), start)
    rest = b""
    for block in blocks:
        rest += block
        whole = len(rest) & ~15
        yield cipher.update(rest[:whole])
        rest = rest[whole:]
    if rest:
        raise Unreadable("corrupt", "the encrypted data is cut off")


def _settings(properties: bytes) -> tuple[int, bytes, bytes]:
    if len(properties) < 2:
        raise Unreadable("corrupt", "the settings of the encryption are damaged")
    first, second = properties[:2]
    salt_size, start_size = (first >> 7 & 1) + (second >> 4), (first >> 6 & 1) + (second & 15)
    salt, start = properties[2 : 2 + salt_size], properties[2 + salt_size : 2 + salt_size + start_size]
    cycles = first & 0x3F
    if cycles > _ROUNDS and cycles != 0x3F:
        raise Unreadable("corrupt", "the settings of the encryption are damaged")
    return cycles, salt, start.ljust(16, b"\0")[:16]


@lru_cache(maxsize=8)
def _key(cycles: int, salt: bytes, password: str) -> bytes:
    seed = salt + password.encode("utf-16-le")
    if cycles == 0x3F:
        return seed.ljust(32, b"\0")[:32]
    digest = hashlib.sha256()
    for first in range(0, 1 << cycles, 1024):
        rounds = range(first, min(first + 1024, 1 << cycles))
        digest.update(b"".join(seed + number.to_bytes(8, "little") for number in rounds))
    return digest.digest()
