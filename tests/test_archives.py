"""Zip, tar and single compressed files: what comes out of them, and what is said when something does not."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import IO
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import Unreadable
from scanner.formats import Format, compressed, tar, zip
from scanner.formats._names import LONGEST, Evidence
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document, Problem
from tests import hostile

TEXT = "山田 花子 03-1234-5678\n".encode()
ARCHIVES: tuple[Format, ...] = (zip, tar, compressed)


class OneWay(io.BytesIO):
    """A stream as a member of another archive gives it: no seeking."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")


def document(name: str, data: bytes, stream: Callable[[bytes], IO[bytes]] = io.BytesIO, depth: int = 0) -> Document:
    return Document(address=name, path=name, name=name, size=len(data), depth=depth, opener=lambda: stream(data))


def opened(path: Path) -> IO[bytes]:
    return path.open("rb", buffering=0)


def pieces(form: Format, outer: Document, limits: Limits | None = None) -> list[tuple[str, bytes | str]]:
    """(address, content or kind of the problem) of each piece; the archive's own problem has the archive's address."""
    out: list[tuple[str, bytes | str]] = []
    try:
        for piece in form.read(outer, Budget(limits or Limits(), outer.size)):
            if isinstance(piece, Problem):
                out.append((piece.address, piece.kind))
            elif isinstance(piece, Document):
                out.append((piece.address, content(piece)))
    except Unreadable as failure:
        out.append((outer.address, failure.kind))
    return out


def content(inner: Document) -> bytes | str:
    try:
        assert len(inner.head) <= 8192
        parts = []
        with inner.open() as stream:
            while part := stream.read(MIB):
                parts.append(part)
        return b"".join(parts)
    except Unreadable as failure:
        return failure.kind


def zipped(*members: tuple[bytes, bytes], flags: int = 0, method: int = 8, extra: bytes = b"") -> bytes:
    """An archive of members by their raw names; `extra` is the extra field of each."""
    out = directory = b""
    for name, data in members:
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = squeeze.compress(data) + squeeze.flush() if method == 8 else data
        sizes = (zlib.crc32(data), len(body), len(data))
        common = struct.pack("<5H3LH", 20, flags, method, 0, 33, *sizes, len(name))
        place = struct.pack("<4H2L", len(extra), 0, 0, 0, 0, len(out))
        directory += b"PK\x01\x02\x14\0" + common + place + name + extra
        out += b"PK\x03\x04" + common + b"\0\0" + name + body
    count = len(members)
    return out + directory + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(out), 0)


def tarred(
    *members: tuple[str, bytes], mode: str = "w", form: int = tarfile.GNU_FORMAT, encoding: str = "utf-8"
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form, encoding=encoding) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


# --- zip --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_is_read_whatever_the_usual_compression(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("folder/", b"")
        archive.writestr("folder/名簿.txt", TEXT * 10_000, method)
    assert pieces(zip, document("a.zip", out.getvalue())) == [("a.zip!folder/名簿.txt", TEXT * 10_000)]


@pytest.mark.parametrize("codec", ["cp932", "utf-8", "euc-jp"])
def test_japanese_names_without_a_flag_are_shown_right(codec: str) -> None:
    names = ["社員名簿.txt", "顧客リスト/東京支店.csv", "ｱﾄﾞﾚｽ帳.txt"]
    data = zipped(*((name.encode(codec), TEXT) for name in names))
    assert [address for address, _ in pieces(zip, document("a.zip", data))] == [f"a.zip!{name}" for name in names]


def test_a_name_that_is_no_utf8_speaks_for_the_whole_archive() -> None:
    # The EUC-JP of 「長」 is a letter with an accent in UTF-8.
    evidence = Evidence(name.encode("euc-jp") for name in ("長" * 60, "住所録"))
    assert evidence.decode("長".encode("euc-jp")) == "長"


def test_names_of_one_archive_are_decided_together() -> None:
    # Half-width katakana alone are valid EUC-JP as well: 「ﾃｽﾄﾞ」 would be two kanji.
    names = ["ﾃｽﾄﾞ.txt", "住民票の写し.txt"]
    data = zipped(*((name.encode("cp932"), TEXT) for name in names))
    assert [address for address, _ in pieces(zip, document("a.zip", data))] == [f"a.zip!{name}" for name in names]


def test_the_unicode_path_field_wins_over_the_raw_name() -> None:
    raw, name = b"????.txt", "履歴書.txt"
    field = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + name.encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    assert pieces(zip, document("a.zip", zipped((raw, TEXT), extra=extra))) == [(f"a.zip!{name}", TEXT)]


def test_a_bad_name_under_the_utf8_flag_does_not_cost_the_archive() -> None:
    found = pieces(zip, document("a.zip", zipped((b"\xff\xfe.txt", TEXT), flags=0x800)))
    assert found == [("a.zip!\ufffd\ufffd.txt", TEXT)]


@pytest.mark.parametrize(("method", "word"), [(0, "ZipCrypto"), (99, "AES")])
def test_an_encrypted_member_is_named_with_its_encryption_and_the_others_are_read(method: int, word: str) -> None:
    plain, secret = zipped((b"plain.txt", TEXT)), zipped((b"secret.txt", TEXT), flags=1, method=method)
    for data, expected in ((plain, None), (secret, word)):
        outer = document("a.zip", data)
        (piece,) = zip.read(outer, Budget(Limits(), len(data)))
        if expected is None:
            assert isinstance(piece, Document)
            continue
        assert isinstance(piece, Problem)
        assert (piece.address, piece.kind, piece.size) == ("a.zip!secret.txt", "encrypted", len(TEXT))
        assert expected in piece.detail


def test_an_unknown_compression_is_said_by_its_name() -> None:
    (piece,) = zip.read(document("a.zip", zipped((b"a.txt", TEXT), method=10)), Budget(Limits(), 1))
    assert isinstance(piece, Problem)
    assert (piece.kind, piece.detail) == ("missing_reader", "IBM TERSE: no reader yet")


def test_odd_names_become_printable_and_different_addresses() -> None:
    names = [b"../up.txt", b"a.csv", b"a.csv", b"a.csv#2", b"a.csv", b"x\ny\0z.txt", b"", b"n" * 60_000]
    shown = [address[6:] for address, _ in pieces(zip, document("a.zip", zipped(*((name, TEXT) for name in names))))]
    assert shown[:4] == ["../up.txt", "a.csv", "a.csv#2", "a.csv#2#2"]
    assert len(set(shown)) == len(names)
    assert all(name.isprintable() and len(name) <= LONGEST for name in shown)


def test_a_numbered_duplicate_keeps_the_ending_of_its_name() -> None:
    outer = document("a.zip", zipped((b"x/a.csv", TEXT), (b"x/a.csv", TEXT)))
    assert [piece.name for piece in zip.read(outer, Budget(Limits(), 1)) if isinstance(piece, Document)] == [
        "a.csv"
    ] * 2


def test_a_folder_entry_that_holds_bytes_is_read_as_a_member() -> None:
    assert pieces(zip, document("a.zip", zipped((b"hidden/", TEXT)))) == [("a.zip!hidden/", TEXT)]


def test_a_wrong_checksum_is_reported_after_the_bytes_before_it() -> None:
    data = zipped((b"a.txt", TEXT), (b"b.txt", TEXT), method=0).replace(TEXT, TEXT.upper().replace(b"0", b"9"), 1)
    assert pieces(zip, document("a.zip", data)) == [("a.zip!a.txt", "corrupt"), ("a.zip!b.txt", TEXT)]
    member = next(zip.read(document("a.zip", data), Budget(Limits(), 1)))
    assert isinstance(member, Document)
    with member.open() as stream:
        assert len(stream.read(8192)) == len(TEXT)
        with pytest.raises(Unreadable):
            stream.read(8192)
    with member.open() as stream, pytest.raises(Unreadable):
        stream.read()


def test_a_declared_size_is_not_believed() -> None:
    data = zipped((b"a.txt", TEXT * 1000)).replace(struct.pack("<L", len(TEXT) * 1000), struct.pack("<L", 3))
    assert pieces(zip, document("a.zip", data)) == [("a.zip!a.txt", TEXT * 1000)]


def test_members_that_lie_over_one_another_are_refused_as_a_bomb() -> None:
    assert pieces(zip, document("a.zip", hostile._overlapping())) == [("a.zip", "bomb")]


def test_too_many_members_are_refused_before_they_are_handed_out() -> None:
    data = zipped(*((b"%d" % number, b"") for number in range(300)))
    assert pieces(zip, document("a.zip", data), Limits(members=200)) == [("a.zip", "bomb")]


def test_what_expands_too_far_ends_as_a_bomb() -> None:
    data = zipped((b"a.txt", bytes(8 * MIB)))
    assert pieces(zip, document("a.zip", data), Limits(ratio_floor=MIB)) == [("a.zip!a.txt", "bomb")]


def test_an_archive_nested_too_deeply_is_refused() -> None:
    assert pieces(zip, document("a.zip", zipped((b"a", b"")), depth=8)) == [("a.zip", "too_deep")]


def test_a_self_extracting_archive_is_opened_on_disk_and_inside_another() -> None:
    data = b"MZ" + bytes(3000) + zipped((b"a.txt", TEXT))
    for stream in (io.BytesIO, OneWay):
        outer = document("setup.exe", data, stream)
        assert zip.accepts(outer)
        assert pieces(zip, outer) == [("setup.exe!a.txt", TEXT)]
    assert not zip.accepts(document("setup.exe", b"MZ" + bytes(3000)))


def test_a_nested_archive_beyond_the_memory_limit_is_said_to_be_too_large() -> None:
    data = zipped((b"a.bin", random.Random(1).randbytes(3 * MIB)))
    assert pieces(zip, document("a.zip", data, OneWay), Limits(memory=MIB)) == [("a.zip", "too_large")]


def test_a_cut_off_archive_gives_the_members_before_the_cut() -> None:
    data = zipped(("名簿.txt".encode("cp932"), TEXT * 50), (b"b.txt", TEXT * 50), method=0)
    first, second = ("a.zip!名簿.txt", TEXT * 50), ("a.zip!b.txt", TEXT * 50)
    for keep, expected in ((0.01, []), (0.2, [(first[0], "corrupt")]), (0.6, [first, (second[0], "corrupt")])):
        found = pieces(zip, document("a.zip", data[: int(len(data) * keep)]))
        assert found == [*expected, ("a.zip", "corrupt")]
    assert pieces(zip, document("a.zip", data[:-30])) == [first, second, ("a.zip", "corrupt")]


def test_the_first_part_of_a_split_archive_gives_the_members_in_it() -> None:
    data = b"PK\x07\x08" + zipped((b"a.txt", TEXT * 50), (b"b.txt", TEXT * 50), method=0)
    found = pieces(zip, document("a.z01", data[: len(data) * 3 // 4]))
    assert found == [("a.z01!a.txt", TEXT * 50), ("a.z01!b.txt", "corrupt"), ("a.z01", "corrupt")]


def test_a_part_of_a_split_archive_is_corrupt() -> None:
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 3, 0, 1, 9, 46, 0, 0)
    assert pieces(zip, document("a.zip", b"PK\x07\x08" + bytes(60) + end)) == [("a.zip", "corrupt")]


def test_a_directory_that_hides_members_is_corrupt_after_those_it_lists() -> None:
    data = zipped((b"a.txt", TEXT))
    data = data[:-14] + struct.pack("<2H", 2, 2) + data[-10:]
    assert pieces(zip, document("a.zip", data)) == [("a.zip!a.txt", TEXT), ("a.zip", "corrupt")]


def test_a_zip64_archive_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(TEXT)
    data = out.getvalue()
    end = data.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<H2L", data, end + 10)
    record = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1)
    tail = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert pieces(zip, document("a.zip", data[:end] + record + locator + tail)) == [("a.zip!a.txt", TEXT)]


def test_members_can_be_opened_after_the_archive_was_read_through() -> None:
    outer = document("a.zip", zipped((b"a.txt", TEXT), (b"b.txt", TEXT * 2)))
    members = [piece for piece in zip.read(outer, Budget(Limits(), 1)) if isinstance(piece, Document)]
    assert [content(member) for member in reversed(members)] == [TEXT * 2, TEXT]


# --- tar --------------------------------------------------------------------------------------------------------------


BIG = random.Random(2).randbytes(5 * MIB // 4)
"""More than a compressed tar's reader holds of a member."""


@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_read_whatever_its_kind(mode: str, form: int, stream: Callable[[bytes], IO[bytes]]) -> None:
    members = [("名簿/氏名.txt", TEXT), ("big.bin", BIG), ("x" * 90 + "/" + "y" * 90, TEXT), ("empty", b"")]
    name = f"a.tar.{mode[2:]}"
    outer = document(name, tarred(*members, mode=mode, form=form), stream)
    assert tar.accepts(outer)
    assert pieces(tar, outer) == [(f"{name}!{inner}", data) for inner, data in members]


@pytest.mark.parametrize("codec", ["cp932", "euc-jp", "utf-8"])
def test_a_tars_japanese_names_are_shown_right(codec: str) -> None:
    data = tarred(("住所録.txt", TEXT), ("長" * 60 + ".txt", TEXT), encoding=codec)
    shown = [address for address, _ in pieces(tar, document("a.tar", data))]
    assert shown == ["a.tar!住所録.txt", f"a.tar!{'長' * 60}.txt"]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_member_may_be_opened_often_out_of_order_and_late(mode: str) -> None:
    outer = document("a.tar", tarred(("a", BIG), ("b", BIG[::-1]), ("c", TEXT), mode=mode))
    members = [piece for piece in tar.read(outer, Budget(Limits(), outer.size)) if isinstance(piece, Document)]
    assert [content(member) for member in (*reversed(members), *members)] == [
        TEXT, BIG[::-1], BIG, BIG, BIG[::-1], TEXT
    ]  # fmt: skip
    for member in tar.read(outer, Budget(Limits(), outer.size)):
        assert isinstance(member, Document)
        with member.open() as first, member.open() as second:
            assert first.read(MIB + 10) == second.read(MIB + 10)
            assert first.read() == second.read()


def test_links_devices_and_folders_hold_nothing() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo(f"kind{kind.decode()}")
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
    found = pieces(tar, document("a.tar", out.getvalue()))
    assert found == [(f"a.tar!kind{kind}", b"") for kind in "2136"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_cut_off_tar_gives_the_members_before_the_cut(mode: str) -> None:
    data = tarred(("a", BIG), ("b", BIG[::-1]), mode=mode)
    found = pieces(tar, document("a.tar", data[: len(data) * 3 // 4]))
    assert found == [("a.tar!a", BIG), ("a.tar!b", "corrupt"), ("a.tar", "corrupt")]


def test_a_tar_without_its_end_mark_is_corrupt_after_its_last_member() -> None:
    data = tarred(("a", TEXT))
    assert pieces(tar, document("a.tar", data[:1024])) == [("a.tar!a", TEXT), ("a.tar", "corrupt")]


def test_what_stands_behind_a_tars_end_mark_is_read_too() -> None:
    data = tarred(("a", TEXT)) + tarred(("b", TEXT))
    assert pieces(tar, document("a.tar", data)) == [("a.tar!a", TEXT), ("a.tar!b", TEXT)]


def _pax_sparse(data: bytes, parts: bytes, full: int, **more: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("GNUSparseFile.0/x")
        info.pax_headers = {"GNU.sparse.name": "穴.txt", "GNU.sparse.realsize": str(full)} | {
            f"GNU.sparse.{key}": value for key, value in more.items()
        }
        info.size = len(parts) + len(data)
        archive.addfile(info, io.BytesIO(parts + data))
    return out.getvalue()


@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
def test_a_sparse_member_has_zeros_in_its_holes(stream: Callable[[bytes], IO[bytes]]) -> None:
    full = bytes(1000) + TEXT + bytes(100_000) + TEXT + bytes(500)
    second = 101_000 + len(TEXT)
    numbers = (1000, len(TEXT), second, len(TEXT))
    lines = "".join(f"{number}\n" for number in (2, *numbers)).encode().ljust(512, b"\0")
    modern = _pax_sparse(TEXT * 2, lines, len(full), major="1", minor="0")
    older = _pax_sparse(TEXT * 2, b"", len(full), map=",".join(map(str, numbers)))
    for data in (modern, older):
        assert pieces(tar, document("a.tar", data, stream)) == [("a.tar!穴.txt", full)]
    damaged = _pax_sparse(TEXT * 2, b"", len(full), map="1000,5,7,9")
    assert pieces(tar, document("a.tar", damaged, stream)) == [("a.tar", "corrupt")]


def test_a_header_of_unreasonable_length_is_not_read_into_memory() -> None:
    data = hostile._tar_header(b"x", 1 << 32, b"x") + bytes(4 * MIB)
    assert pieces(tar, document("a.tar", data)) == [("a.tar", "bomb")]


def test_a_text_is_no_tar() -> None:
    assert not tar.accepts(document("a.tar", TEXT * 100))
    assert not tar.accepts(document("a.tar.gz", gzip.compress(TEXT * 100)))
    assert not tar.accepts(document("a.tar", b""))


# --- single files -----------------------------------------------------------------------------------------------------


SQUEEZES: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("suffix", SQUEEZES)
@pytest.mark.parametrize("count", [1, 5_000, 300_000])
def test_a_compressed_file_holds_one_document(suffix: str, count: int) -> None:
    data = SQUEEZES[suffix](TEXT * count)
    name = f"a.txt.{suffix}"
    assert compressed.accepts(document(name, data))
    assert pieces(compressed, document(name, data)) == [(f"{name}!a.txt", TEXT * count)]


@pytest.mark.parametrize("suffix", SQUEEZES)
def test_members_strung_together_are_one_document(suffix: str) -> None:
    squeeze = SQUEEZES[suffix]
    data = squeeze(TEXT) + bytes(8) + squeeze(b"") + squeeze(TEXT * 100) + bytes(1000)
    assert pieces(compressed, document(f"a.{suffix}", data)) == [(f"a.{suffix}!a", TEXT * 101)]


@pytest.mark.parametrize("suffix", SQUEEZES)
def test_a_cut_off_or_continued_stream_is_corrupt(suffix: str) -> None:
    data = SQUEEZES[suffix](TEXT * 1000)
    for damaged in (data[:-5], data + b"something else"):
        assert pieces(compressed, document("a", damaged)) == [("a!a", "corrupt")]


def test_the_text_before_a_damage_can_be_read_but_not_taken_for_the_whole() -> None:
    data = gzip.compress(TEXT * 100_000, compresslevel=0)
    (member,) = compressed.read(document("a.txt.gz", data[:-100_000]), Budget(Limits(), len(data)))
    assert isinstance(member, Document)
    with member.open() as stream:
        assert len(stream.read(MIB)) == MIB
        assert stream.read(MIB)
        with pytest.raises(Unreadable):
            list(iter(lambda: stream.read(MIB), b""))
    with member.open() as stream, pytest.raises(Unreadable):
        stream.read(64 * MIB)


def test_the_name_in_a_gzip_header_is_used() -> None:
    for codec in ("cp932", "utf-8"):
        data = b"\x1f\x8b\x08\x08" + bytes(6) + "C:\\名簿.csv".encode(codec) + b"\0" + gzip.compress(TEXT)[10:]
        assert pieces(compressed, document("a.gz", data)) == [("a.gz!名簿.csv", TEXT)]


def test_an_old_lzma_file_is_known_by_its_name() -> None:
    data = lzma.compress(TEXT, lzma.FORMAT_ALONE)
    assert pieces(compressed, document("a.txt.lzma", data)) == [("a.txt.lzma!a.txt", TEXT)]
    assert not compressed.accepts(document("a.bin", data))


def test_a_dictionary_larger_than_the_memory_limit_is_not_allocated() -> None:
    data = lzma.compress(TEXT, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 64 * MIB}])
    assert pieces(compressed, document("a.xz", data), Limits(memory=16 * MIB)) == [("a.xz!a", "too_large")]


def test_a_stream_of_nothing_but_empty_members_ends_with_its_time() -> None:
    data = gzip.compress(b"") * 20_000
    assert pieces(compressed, document("a.gz", data), Limits(seconds=0, seconds_per_mib=0))[-1][1] == "timed_out"


def test_lines_can_be_read_from_a_member() -> None:
    (member,) = compressed.read(document("a.bz2", bz2.compress(TEXT * 5_000)), Budget(Limits(), 1))
    assert isinstance(member, Document)
    with member.open() as stream:
        assert list(stream) == [TEXT] * 5_000


# --- anything at all --------------------------------------------------------------------------------------------------


SOUND = (
    zipped((b"a.txt", TEXT * 20), ("名簿.txt".encode("cp932"), TEXT)),
    tarred(("a.txt", TEXT), ("長" * 60, TEXT), form=tarfile.PAX_FORMAT),
    tarred(("a.txt", TEXT * 20), mode="w:gz"),
    gzip.compress(TEXT * 20),
    bz2.compress(TEXT * 20),
    lzma.compress(TEXT * 20),
)


@settings(max_examples=300, deadline=None)
@given(
    sound=st.sampled_from(SOUND),
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=8),
    keep=st.floats(0, 1) | st.just(1.0),
)
def test_a_damaged_archive_ends_in_pieces_or_problems(
    sound: bytes, changes: list[tuple[int, int]], keep: float
) -> None:
    data = bytearray(sound)
    for position, byte in changes:
        data[position % len(data)] = byte
    for form in ARCHIVES:
        for stream in (io.BytesIO, OneWay):
            outer = document("a.tar.gz", bytes(data[: int(len(data) * keep)]), stream)
            if form.accepts(outer):
                pieces(form, outer, Limits(expanded=4 * MIB))


@given(names=st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_can_be_shown_as_a_name(names: list[bytes]) -> None:
    shown = [address for address, _ in pieces(zip, document("z", zipped(*((name, TEXT) for name in names))))]
    assert len(set(shown)) == len(names)
    assert not any(category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for name in shown for char in name)


WORDS = ("山田花子", "名簿", "東京都", "のリスト", "株式会社", "写し", "住所録")


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc-jp"])
def test_a_japanese_name_survives_each_encoding(codec: str) -> None:
    """Words as people join them, all pairs and triples; of random kanji three say nothing about their encoding."""
    for name in map("".join, (*product(WORDS, repeat=2), *product(WORDS, repeat=3))):
        assert Evidence((name.encode(codec),)).decode(name.encode(codec)) == name


def test_hostile_archives_end_in_pieces_or_problems(tmp_path: Path) -> None:
    made = hostile.build(tmp_path)
    limits = Limits(expanded=64 * MIB, ratio=20, ratio_floor=8 * MIB, memory=16 * MIB)
    ends: dict[str, list[tuple[str, bytes | str]]] = {}
    for name in made:
        path = tmp_path / name
        if not path.is_file() or path.is_symlink() or made[name] == "denied":
            continue
        size, opener = path.stat().st_size, partial(opened, path)
        outer = Document(address="a", path="a", name=path.name, size=size, opener=opener)
        form = next((form for form in ARCHIVES if form.accepts(outer)), None)
        if form is not None:
            ends[name] = pieces(form, outer, limits)
    hostile.clean(tmp_path)
    assert not tmp_path.exists()
    for name in ("zeros.gz", "zeros.txt.bz2", "zeros.xz", "zeros.tar.gz", "zeros.zip", "sparse.tar"):
        assert [end for _, end in ends[name] if isinstance(end, str)][:1] == ["bomb"], name
    for name in ("negative_size.tar", "huge_size.tar", "no_directory.zip", "end_lies.zip", "truncated.gz"):
        assert ends[name][-1][1] == "corrupt", name


def test_the_hostile_folder_holds_what_it_names(tmp_path: Path) -> None:
    made = hostile.build(tmp_path / "inside")
    assert len(made) >= 50
    assert {path.name for path in (tmp_path / "inside").iterdir()} == set(made)
    hostile.clean(tmp_path / "inside")


def test_deflate64_that_is_damaged_anywhere_is_damage_and_nothing_else() -> None:
    whole = (Path(__file__).parent / "data" / "formats" / "zip" / "deflate64" / "input.zip").read_bytes()
    ((_, text),) = pieces(zip, document("a.zip", whole))
    chance, came = random.Random(64), list[bytes | str]()
    for _ in range(300):
        data = bytearray(whole)
        data[chance.randrange(40, len(whole) - 120)] ^= 1 << chance.randrange(8)
        came += [what for _, what in pieces(zip, document("a.zip", bytes(data)))]
    assert set(came) <= {"corrupt", text}  # of some bits nothing depends
    assert came.count("corrupt") > 250
