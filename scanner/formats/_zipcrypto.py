"""The two ways in which zip members are encrypted with a password: the old cipher of PKZIP, and AES as WinZip has it.

It opens what a password at hand opens and guesses none. Sources: PKWARE APPNOTE 6.3.10, sections 6.1 and 7.2; WinZip,
"AES Encryption Information: Encryption Specification AE-1 and AE-2".
"""

import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from scanner.errors import Unreadable
from scanner.formats._protection import aes_ecb
from scanner.limits import Budget

Blocks = Iterator[bytes]
Decrypt = Callable[[Blocks], Blocks]

_ROUNDS = 1000
_AUTHENTICATION = 10
_STRONG = {
    0x6601: "DES", 0x6602: "RC2", 0x6603: "Triple DES", 0x6609: "Triple DES", 0x660E: "AES-128", 0x660F: "AES-192",
    0x6610: "AES-256", 0x6702: "RC2", 0x6720: "Blowfish", 0x6721: "Twofish", 0x6801: "RC4",
}  # fmt: skip


class Aes(NamedTuple):
    """The extra field 0x9901: version of the specification, key size in bytes, compression beneath."""

    version: int
    key: int
    method: int

    @classmethod
    def of(cls, field: bytes) -> "Aes | None":
        """None for a field that is damaged."""
        if len(field) < 7 or field[4] not in (1, 2, 3):
            return None
        return cls(int.from_bytes(field[:2], "little"), 8 + 8 * field[4], int.from_bytes(field[5:7], "little"))

    @property
    def name(self) -> str:
        """Such as ``AES-256 (WinZip AE-2)``."""
        return f"AES-{8 * self.key} (WinZip AE-{self.version})"


def strong_name(field: bytes) -> str:
    """The method of PKWARE's strong encryption, by the extra field 0x0017."""
    cipher = _STRONG.get(int.from_bytes(field[2:4], "little"), "") if len(field) >= 4 else ""
    return f"{cipher} (PKWARE strong encryption)" if cipher else "PKWARE strong encryption"


def zip_crypto(password: bytes, first: bytes, check: int) -> Decrypt | None:
    """Decrypts a member whose first twelve bytes are `first`; None when the password is plainly wrong."""
    keys = [0x12345678, 0x23456789, 0x34567890]
    for byte in password:
        _turn(keys, byte)
    if len(first) < 12 or _decrypt(keys, first)[-1] != check:
        return None
    return lambda blocks: (_decrypt(keys, block) for block in _behind(blocks, 12))


def _turn(keys: list[int], byte: int) -> None:
    one = _CRC[(keys[0] ^ byte) & 0xFF] ^ keys[0] >> 8
    two = ((keys[1] + (one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    keys[:] = one, two, _CRC[(keys[2] ^ two >> 24) & 0xFF] ^ keys[2] >> 8


def _decrypt(keys: list[int], data: bytes) -> bytes:
    one, two, three = keys
    out = bytearray()
    table = _CRC
    for byte in data:
        mixed = three | 2
        byte ^= (mixed * (mixed ^ 1)) >> 8 & 0xFF
        out.append(byte)
        one = table[(one ^ byte) & 0xFF] ^ one >> 8
        two = ((two + (one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        three = table[(three ^ two >> 24) & 0xFF] ^ three >> 8
    keys[:] = one, two, three
    return bytes(out)


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
    return byte


_CRC = tuple(map(_crc_of, range(256)))


def winzip_aes(password: bytes, first: bytes, aes: Aes) -> Decrypt | None:
    """Decrypts a member that begins with `first`; None when the password is plainly wrong."""
    salt = aes.key // 2
    keys = hashlib.pbkdf2_hmac("sha1", password, first[:salt], _ROUNDS, 2 * aes.key + 2)
    if len(first) < salt + 2 or keys[-2:] != first[salt : salt + 2]:
        return None
    return lambda blocks: _aes(_behind(blocks, salt + 2), keys[: aes.key], keys[aes.key : 2 * aes.key])


def _aes(blocks: Blocks, key: bytes, authentic: bytes) -> Blocks:
    """AES in counter mode, the counter little-endian from 1, with ten bytes of an HMAC-SHA-1 behind the data."""
    cipher, seal = aes_ecb(key), hmac.new(authentic, digestmod="sha1")
    count, rest = 1, b""
    for block in blocks:
        rest += block
        whole = max(len(rest) - _AUTHENTICATION, 0) & ~15
        data, rest = rest[:whole], rest[whole:]
        seal.update(data)
        yield _xored(cipher.update(_counters(count, whole // 16)), data)
        count += whole // 16
    data, mark = rest[:-_AUTHENTICATION], rest[-_AUTHENTICATION:]
    seal.update(data)
    yield _xored(cipher.update(_counters(count, (len(data) + 15) // 16)), data)
    if seal.digest()[:_AUTHENTICATION] != mark:
        raise Unreadable("corrupt", "the member's checksum does not match its bytes")


def _counters(first: int, count: int) -> bytes:
    return b"".join(struct.pack("<QQ", number, 0) for number in range(first, first + count))


def _xored(key: bytes, data: bytes) -> bytes:
    size = len(data)
    return (int.from_bytes(key[:size], "big") ^ int.from_bytes(data, "big")).to_bytes(size, "big")


def _behind(blocks: Blocks, count: int) -> Blocks:
    """The blocks without their first bytes."""
    for block in blocks:
        if count < len(block):
            yield block[count:]
        count = max(count - len(block), 0)


def encodings(password: str) -> Iterator[bytes]:
    """The password as archivers encode it: UTF-8 the new ones, the code page of Windows the old ones."""
    first = password.encode("utf-8")
    yield first
    second = password.encode("cp932", "replace")
    if second != first:
        yield second


def whole_crc(chunks: Blocks, budget: Budget) -> int:
    """The CRC-32 of all chunks."""
    crc = 0
    for chunk in chunks:
        budget.tick()
        crc = zlib.crc32(chunk, crc)
    return crc
