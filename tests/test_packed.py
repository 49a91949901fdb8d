"""7z, RAR, LZH, cabinets, disc images and encrypted documents: what is read, and what is said where it is locked."""

import io
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

import scanner
from scanner.errors import Unreadable
from scanner.formats import (
    Format,
    cab,
    compressed,
    cpio,
    deb,
    disk,
    iso,
    lzh,
    office_encrypted,
    pdf,
    rar,
    rpm,
    sevenzip,
    zip,
)
from scanner.formats._coders import bcj2
from scanner.formats._lzhuf import METHODS, crc16
from scanner.formats._ole import pack
from scanner.formats._pdf_cipher import cipher
from scanner.formats._protection import WEAK, container, described
from scanner.formats._zipcrypto import _CRC
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document, Problem, Segment
from tests.lzh import member, squeezed
from tests.test_archives import TEXT, OneWay, content, document, pieces, zipped

GOLDEN = Path(__file__).parent / "data" / "formats"
FORMS: dict[str, Format] = {
    "sevenzip": sevenzip, "rar": rar, "lzh": lzh, "cab": cab, "iso": iso, "office_encrypted": office_encrypted,
    "deb": deb, "rpm": rpm, "cpio": cpio, "disk": disk,
}  # fmt: skip


def golden(case: str) -> bytes:
    (path,) = (GOLDEN / case).glob("input.*")
    return path.read_bytes()


def told(form: Format, data: bytes, *passwords: str, name: str = "a") -> list[tuple[str, str]]:
    """(address, detail) of each member that is encrypted, and of what ended the reading."""
    outer = document(name, data)
    found = []
    try:
        for piece in form.read(outer, Budget(Limits(passwords=passwords), outer.size)):
            if isinstance(piece, Problem) and piece.kind == "encrypted":
                found.append((piece.address, piece.detail))
    except Unreadable as failure:
        found.append((outer.address, failure.detail))
    return found


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["sevenzip/solid_lzma2", "rar/rar5_solid", "rar/rar4_solid", "cab/mszip", "iso/udf"])
@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
def test_a_member_may_be_opened_late_and_in_any_order(case: str, stream: Callable[[bytes], io.BytesIO]) -> None:
    outer = document("a", golden(case), stream)
    if case.startswith("iso"):
        outer.name = "a.iso"
    form = FORMS[case.partition("/")[0]]
    assert form.accepts(outer)
    members = [piece for piece in form.read(outer, Budget(Limits(), outer.size)) if isinstance(piece, Document)]
    first = [content(member) for member in members]
    assert any(isinstance(data, bytes) and "佐藤 春子".encode("cp932") in data for data in first)
    assert [content(member) for member in reversed(members)] == first[::-1]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_an_lzh_member_is_read_whatever_its_header_and_method(level: int, method: bytes) -> None:
    plain = bytes(range(256)) * 40
    repeats = ((min(1 << METHODS[method].window, len(plain)), 250), (1, 256), (3, 7), (100, 100))
    whole = bytearray(plain)
    for back, size in repeats:
        for _ in range(size):
            whole.append(whole[-back])
    data = member("資料/名簿.txt".encode("cp932"), bytes(whole), level, method, squeezed(plain, method, repeats))
    data += member("表.txt".encode("cp932"), TEXT, level) + b"\0"
    assert pieces(lzh, document("a.lzh", data)) == [("a.lzh!資料/名簿.txt", bytes(whole)), ("a.lzh!表.txt", TEXT)]


def test_an_lzh_member_with_a_wrong_checksum_is_corrupt_and_the_next_is_read() -> None:
    data = member(b"a.txt", TEXT, 0).replace(TEXT, TEXT[::-1]) + member(b"b.txt", TEXT, 0) + b"\0"
    assert pieces(lzh, document("a.lzh", data)) == [("a.lzh!a.txt", "corrupt"), ("a.lzh!b.txt", TEXT)]


def test_the_checksum_of_lzh_is_the_one_of_arc() -> None:
    assert crc16(b"123456789") == 0xBB3D


@pytest.mark.parametrize("case", ["sevenzip/solid_lzma2", "rar/rar5_solid", "lzh/level_1", "zip/mac_utf8"])
@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
def test_an_archive_behind_a_program_is_found_by_content(case: str, stream: Callable[[bytes], io.BytesIO]) -> None:
    program = bytearray(1024)
    program[:2] = b"MZ"
    struct.pack_into("<2H", program, 2, 0, 2)
    form = (FORMS | {"zip": zip})[case.partition("/")[0]]
    outer = document("見積.pdf", bytes(program) + b";settings;" + golden(case), stream)
    assert form.accepts(outer)
    assert [end for _, end in pieces(form, outer)] == [end for _, end in pieces(form, document("a", golden(case)))]
    assert not form.accepts(document("setup.exe", bytes(program) + b"other data" * 50))


def test_programs_are_put_together_again_from_the_branches_that_were_taken_out() -> None:
    (whole,) = [
        end for address, end in pieces(sevenzip, document("a", golden("sevenzip/branch_filter"))) if "prog" in address
    ]
    assert isinstance(whole, bytes)
    assert whole.startswith(b"\x7fELF")
    assert len(whole) == 30_000  # its checksum was right, or it would be "corrupt"


def test_a_jump_whose_address_was_kept_is_left_as_it_is() -> None:
    quiet = iter([bytes(5) + bytes(100)])
    data = b"\xe8abcd\x0f\x85efgh"
    assert b"".join(bcj2((iter([data]), iter([]), iter([]), quiet), len(data), Budget(Limits(), 1))) == data


@pytest.mark.parametrize("suffix", ["zst", "Z"])
def test_a_file_compressed_in_newer_or_older_ways_is_read(suffix: str) -> None:
    case = {"zst": "compressed/zstandard", "Z": "compressed/unix_compress"}[suffix]
    ((address, data),) = pieces(compressed, document(f"名簿.csv.{suffix}", golden(case)))
    assert address == f"名簿.csv.{suffix}!名簿.csv"
    assert isinstance(data, bytes)
    assert "高橋 次郎".encode("cp932") in data


def test_a_method_without_a_reader_is_said_by_its_name() -> None:
    (problem,) = sevenzip.read(document("a", golden("sevenzip/ppmd")), Budget(Limits(), 1))
    assert isinstance(problem, Problem)
    assert (problem.address, problem.kind, problem.detail) == ("a!r.csv", "missing_reader", "7z PPMd: no reader yet")


@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
@pytest.mark.parametrize("case", ["deb/by_dpkg", "cpio/newc", "cpio/odc", "cpio/binary", "disk/fat12"])
def test_packages_and_disks_give_their_members_in_any_order(case: str, stream: Callable[[bytes], io.BytesIO]) -> None:
    form, outer = FORMS[case.partition("/")[0]], document("a", golden(case), stream)
    assert form.accepts(outer)
    members = [piece for piece in form.read(outer, Budget(Limits(), outer.size)) if isinstance(piece, Document)]
    contents = [content(member) for member in members]
    assert all(isinstance(each, bytes) for each in contents)
    assert [content(member) for member in reversed(members)] == contents[::-1]


def test_a_file_system_that_is_not_read_is_said_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "stick.img").write_bytes(golden("disk/gpt"))
    report = scanner.scan(tmp_path)
    assert [(each.address.partition("!")[2], each.detail) for each in report.problems] == [
        ("partition2", "ext file system: no reader yet")
    ]
    assert {each.address.rpartition("!")[2] for each in report.documents} >= {"資料/名簿.csv", "PLAIN.CSV"}


def test_a_chain_of_clusters_that_never_ends_is_damage() -> None:
    image = bytearray(golden("disk/fat12"))
    table = int.from_bytes(image[14:16], "little") * 512
    image[table + 3 : table + 3 + 500] = b"\x03\x30\x00" * 166 + b"\0\0"  # clusters that follow themselves
    ends = [end for _, end in pieces(disk, document("a", bytes(image)), Limits(expanded=MIB))]
    assert ends
    assert {end for end in ends if isinstance(end, str)} <= {"corrupt", "too_large", "bomb"}


@pytest.mark.parametrize("mark", [b"-FVE-FS-", b"NTFS    ", b"EXFAT   "])
def test_a_volume_that_is_locked_or_of_another_kind_is_not_read_as_fat(mark: bytes) -> None:
    image = bytearray(golden("disk/fat12"))
    image[3:11] = mark
    assert not disk.accepts(document("a.img", bytes(image)))


# --- what is locked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "method"),
    [
        ("sevenzip/encrypted_members", "AES-256 (7z)"),
        ("sevenzip/encrypted_names", "AES-256 (7z), names encrypted as well"),
        ("rar/encrypted_members", "AES-256 (RAR 5)"),
        ("rar/encrypted_names", "AES-128 (RAR 3), names encrypted as well"),
        ("zip/aes", "AES-256 (WinZip AE-2)"),
        ("office_encrypted/agile", "Office agile AES-256/SHA-512"),
    ],
)
def test_what_is_locked_is_told_with_its_method_and_opened_by_a_password(case: str, method: str) -> None:
    form, data = (FORMS | {"zip": zip})[case.partition("/")[0]], golden(case)
    assert {detail for _, detail in told(form, data)} == {method}
    assert {detail for _, detail in told(form, data, "wrong")} == {method}
    assert told(form, data, "wrong", "secret") == []
    opened = [end for _, end in pieces(form, document("a", data), Limits(passwords=("wrong", "secret")))]
    assert all(isinstance(end, bytes) for end in opened)
    assert any(b"03-1234-5678" in end or end.startswith(b"PK") for end in opened if isinstance(end, bytes))


def _encrypted_zip(password: bytes, data: bytes) -> bytes:
    """An archive of one stored member under the old cipher (APPNOTE 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def turn(byte: int) -> None:
        keys[0] = _CRC[(keys[0] ^ byte) & 0xFF] ^ keys[0] >> 8
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _CRC[(keys[2] ^ keys[1] >> 24) & 0xFF] ^ keys[2] >> 8

    for byte in password:
        turn(byte)
    out = bytearray()
    for byte in bytes(11) + bytes((zlib.crc32(data) >> 24,)) + data:
        mixed = keys[2] | 2
        out.append(byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF))
        turn(byte)
    archive = zipped((b"a.txt", bytes(out)), flags=1, method=0)
    wrong, right = (struct.pack("<L", zlib.crc32(each)) for each in (bytes(out), data))
    return archive.replace(wrong, right)


def test_the_old_cipher_of_zip_is_told_as_weak_and_opened_by_a_password_in_either_encoding() -> None:
    data = _encrypted_zip("秘密".encode("cp932"), TEXT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("a.txt", "秘密".encode("cp932")) == TEXT  # the test writes what others can read
    assert told(zip, data, "wrong") == [("a!a.txt", f"ZipCrypto: {WEAK}")]
    assert pieces(zip, document("a", data), Limits(passwords=("wrong", "秘密"))) == [("a!a.txt", TEXT)]


def test_a_password_that_only_looks_right_to_the_old_cipher_is_not_taken() -> None:
    data = _encrypted_zip(b"right", TEXT)
    candidates = tuple(str(number) for number in range(2_000))  # about eight of them pass the one byte of the check
    assert told(zip, data, *candidates) == [("a!a.txt", f"ZipCrypto: {WEAK}")]
    assert pieces(zip, document("a", data), Limits(passwords=(*candidates, "right"))) == [("a!a.txt", TEXT)]


@pytest.mark.parametrize(("strength", "bits"), [(1, 128), (2, 192), (3, 256)])
def test_the_aes_of_zip_is_told_with_its_key_size(strength: int, bits: int) -> None:
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", strength, 8)
    data = zipped((b"a.txt", TEXT), flags=1, method=99, extra=extra)
    assert told(zip, data) == [("a!a.txt", f"AES-{bits} (WinZip AE-2)")]


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [(0x6801, f"RC4 (PKWARE strong encryption): {WEAK}"), (0x6610, "AES-256 (PKWARE strong encryption)")],
)
def test_the_strong_encryption_of_pkware_is_told_with_its_cipher(algorithm: int, name: str) -> None:
    extra = struct.pack("<HH4H", 0x0017, 8, 2, algorithm, 256, 1)
    assert told(zip, zipped((b"a.txt", TEXT), flags=0x41, extra=extra)) == [("a!a.txt", name)]


@pytest.mark.parametrize(
    ("version", "algorithm", "name"),
    [(3, 0x660E, "Office standard AES-128"), (2, 0x6801, f"Office standard RC4: {WEAK}")],
)
def test_the_standard_encryption_of_office_is_told_with_its_cipher(version: int, algorithm: int, name: str) -> None:
    info = struct.pack("<HHL8L", version, 2, 0x24, 32, 0, 0, algorithm, 0x8004, 128, 24, 0).ljust(200, b"\0")
    data = pack([(("EncryptionInfo",), info), (("EncryptedPackage",), bytes(5000))])
    assert office_encrypted.accepts(document("a.xlsx", data))
    assert told(office_encrypted, data, "secret") == [("a", name)]


@pytest.mark.parametrize("count", [b'spinCount="9000000"', b"spinCount = '9000000'"])
def test_a_key_that_takes_forever_is_not_made_whatever_stands_before_its_number(
    count: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = struct.pack("<HHL", 4, 4, 64) + b'<a spinCount="1"/><encryptedKey ' + count + b"/>"
    data = pack([(("EncryptionInfo",), info), (("EncryptedPackage",), bytes(5000))])
    tried: list[str] = []
    monkeypatch.setattr(office_encrypted, "_tried", lambda held, password: tried.append(password))
    assert told(office_encrypted, data, "secret")[0][1].startswith("Office agile")
    assert not tried


@pytest.mark.parametrize(
    ("dictionary", "method"),
    [
        (b"/V 1 /R 2", "PDF RC4 40 bit"),
        (b"/V 2 /Length 128", "PDF RC4 128 bit"),
        (b"/V 4 /CF<</StdCF<</CFM/AESV2/Length 16>>>>", "PDF AES-128"),
        (b"/V 5 /CF<</StdCF<</CFM/AESV3>>>>", "PDF AES-256"),
    ],
)
def test_the_encryption_of_a_pdf_is_told_with_its_cipher(dictionary: bytes, method: str) -> None:
    data = b"%PDF-1.7\n12 0 obj\n<</Filter/Standard " + dictionary + b">>\nendobj\ntrailer\n<</Encrypt 12 0 R>>"
    assert cipher(data) == cipher(io.BytesIO(data)) == method
    assert cipher(b"%PDF-1.7") == ""


def test_a_locked_pdf_is_opened_by_a_password_and_one_under_an_owner_password_without() -> None:
    for user, expected in (("secret", [("a", f"PDF RC4 40 bit: {WEAK}")]), ("", [])):
        out = io.BytesIO()
        page = canvas.Canvas(out, encrypt=StandardEncryption(user, ownerPassword="owner", strength=40))
        page.drawString(100, 700, "03-1234-5678")
        page.save()
        assert told(pdf, out.getvalue(), "wrong") == expected
        first = next(pdf.read(document("a", out.getvalue()), Budget(Limits(passwords=("wrong", "secret")), 1)))
        assert isinstance(first, Segment)
        assert first.text == "03-1234-5678"


@pytest.mark.parametrize(
    ("word", "head", "expected"),
    [
        (
            "LUKS volume",
            b"LUKS\xba\xbe\0\1" + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0"),
            "LUKS volume (aes-xts-plain64)",
        ),
        (
            "LUKS volume",
            b"LUKS\xba\xbe\0\2" + bytes(4096) + b'{"encryption":"aes-xts-plain64"',
            "LUKS volume (aes-xts-plain64)",
        ),
        ("LUKS volume", b"LUKS\xba\xbe\0\1" + b"\xff" * 64, "LUKS volume"),
        ("OpenPGP message", b"\x8c\x0d\x04\x09", "OpenPGP message (AES-256)"),
        ("OpenPGP message", b"\x8c\x0d\x04\x03", f"OpenPGP message (CAST5): {WEAK}"),
        ("age", b"age-encryption.org/v1", "age"),
    ],
)
def test_an_encrypted_container_is_told_with_its_cipher_where_the_head_says_it(
    word: str, head: bytes, expected: str
) -> None:
    assert described(container(word, head)) == expected


@pytest.mark.parametrize(
    ("case", "module", "end"),
    [
        ("rar/rar5_solid", "rars", "missing_reader"),
        ("sevenzip/encrypted_members", "cryptography.hazmat.primitives", "missing_reader"),
        ("office_encrypted/standing_password", "msoffcrypto.exceptions", "encrypted"),
    ],
)
def test_without_its_library_a_document_is_reported_and_nothing_breaks(
    case: str, module: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    found = pieces(FORMS[case.partition("/")[0]], document("a", golden(case)), Limits(passwords=("secret",)))
    assert {kind for _, kind in found} == {end}


# --- what would do harm -----------------------------------------------------------------------------------------------


def test_what_expands_too_far_ends_as_a_bomb_whatever_it_declares() -> None:
    plain = b"\0" * 256
    bomb = member(b"a", plain + b"\0" * 256 * 20_000, 0, b"-lh7-", squeezed(plain, b"-lh7-", ((1, 256),) * 20_000))
    assert pieces(lzh, document("a.lzh", bomb + b"\0"), Limits(ratio=20, ratio_floor=MIB)) == [("a.lzh!a", "bomb")]


def test_a_disc_whose_files_lie_over_one_another_counts_every_byte() -> None:
    found = pieces(iso, document("a.iso", golden("iso/joliet")), Limits(expanded=80))
    assert [end for _, end in found if isinstance(end, str)] == ["too_large"]


@pytest.mark.parametrize(
    "case",
    [
        *("sevenzip/solid_lzma2", "rar/rar5_solid", "lzh/level_0", "cab/mszip", "iso/joliet"),
        *("deb/by_dpkg", "disk/fat12", "disk/gpt"),
    ],
)
def test_members_and_depth_are_bounded(case: str) -> None:
    form, data = FORMS[case.partition("/")[0]], golden(case)
    assert pieces(form, document("a.iso", data), Limits(members=1))[-1] == ("a.iso", "bomb")
    assert pieces(form, document("a.iso", data, depth=8)) == [("a.iso", "too_deep")]


def test_a_dictionary_that_does_not_fit_into_memory_is_not_allocated() -> None:
    found = pieces(sevenzip, document("a", golden("sevenzip/solid_lzma2")), Limits(memory=4096))
    assert {end for _, end in found if isinstance(end, str)} == {"too_large"}


def damaged(data: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        near = min(len(out), chance.choice((64, 400, len(out))))
        place = chance.randrange(near)
        out[chance.choice((place, len(out) - 1 - place))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
    if seed % 8 == 0:
        del out[chance.randrange(len(out)) :]
    if out.startswith(b"7z\xbc\xaf") and len(out) > 32:
        # The checksums made right again, so that what is behind them is tried.
        start = 32 + int.from_bytes(out[12:20], "little")
        size = int.from_bytes(out[20:28], "little")
        struct.pack_into("<L", out, 28, zlib.crc32(out[start : start + size]))
        struct.pack_into("<L", out, 8, zlib.crc32(out[12:32]))
    return bytes(out)


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_document_ends_in_pieces_or_problems(name: str) -> None:
    cases = sorted((GOLDEN / name).glob("*/input.*"))
    limits = Limits(expanded=4 * MIB, memory=8 * MIB, passwords=("secret",))
    few = name in ("office_encrypted", "lzh")  # where each takes a while
    for seed in range(30 if few else 300):
        case = cases[seed % len(cases)]
        outer = document(case.name, damaged(case.read_bytes(), seed), OneWay if seed % 3 == 0 else io.BytesIO)
        if FORMS[name].accepts(outer):
            pieces(FORMS[name], outer, limits)


def test_every_member_of_nested_archives_is_found_and_ends_in_one_state(tmp_path: Path) -> None:
    inner = {
        "外.7z": golden("sevenzip/solid_lzma2"),
        "旧.lzh": golden("lzh/level_0"),
        "locked.7z": golden("sevenzip/encrypted_members"),
        "disc.iso": golden("iso/joliet"),
    }
    path = tmp_path / "outer.zip"
    path.write_bytes(zipped(*((name.encode("cp932"), data) for name, data in inner.items())))
    report = scanner.scan(tmp_path)
    found = {each.address.partition("outer.zip!")[2] for each in report.documents}
    assert {f"{name}!資料/名簿/名簿.csv" for name in ("外.7z", "旧.lzh", "disc.iso")} <= found
    problems = {each.address.partition("outer.zip!")[2]: (each.kind, each.detail) for each in report.problems}
    assert problems["locked.7z!資料/名簿/名簿.csv"] == ("encrypted", "AES-256 (7z)")
    entries = report.to_dict()["ledger"]["entries"]
    assert entries["total"] == sum(entries[state] for state in ("read", "unchanged", "not_read", "excluded"))
    assert entries["not_read"] == len(problems) == 2


# --- what is cut off or damaged is said, and what is there is read ----------------------------------------------------


def said(form: Format, data: bytes) -> tuple[int, list[str]]:
    """How many documents a reader hands out, and the kinds of what it says is wrong."""
    kinds, found = [], 0
    try:
        for piece in form.read(document("a", data), Budget(Limits(), len(data))):
            found += isinstance(piece, Document)
            kinds += [piece.kind] if isinstance(piece, Problem) else []
    except Unreadable as failure:
        kinds.append(failure.kind)
    return found, kinds


def test_a_disk_that_ends_before_its_partitions_says_so_and_those_before_are_read() -> None:
    whole = golden("disk/mbr_with_logical_partition")
    found, kinds = said(disk, whole)
    assert (found, kinds) == (found, [])
    assert found > 1
    assert said(disk, whole[: len(whole) - 4096]) == (found, ["corrupt"])
    fewer, kinds = said(disk, whole[: len(whole) // 4])
    assert fewer < found
    assert kinds == ["corrupt"]


def test_a_chain_of_partitions_that_is_broken_is_damage() -> None:
    whole = bytearray(golden("disk/mbr_with_logical_partition"))
    found, _ = said(disk, bytes(whole))
    table = next(at for at in range(0, 64, 16) if whole[446 + at + 4] in (0x05, 0x0F, 0x85))
    (begin,) = struct.unpack_from("<L", whole, 446 + table + 8)
    whole[begin * 512 + 510 : begin * 512 + 512] = bytes(2)
    fewer, kinds = said(disk, bytes(whole))
    assert fewer < found
    assert kinds == ["corrupt"]


def test_a_folder_whose_clusters_are_lost_is_damage_and_the_other_files_are_read() -> None:
    whole = bytearray(golden("disk/fat12"))
    found, kinds = said(disk, bytes(whole))
    assert found > 1
    assert not kinds
    (unit, _, reserved), (tables, entries), (size,) = (
        struct.unpack_from("<HBH", whole, 11), struct.unpack_from("<BH", whole, 16), struct.unpack_from("<H", whole, 22)
    )  # fmt: skip
    root = (reserved + tables * size) * unit
    folder = next(at for at in range(root, root + entries * 32, 32) if whole[at] and whole[at + 11] == 0x10)
    whole[folder + 26 : folder + 28] = b"\xf0\x0e"  # a cluster that the disk does not have
    fewer, kinds = said(disk, bytes(whole))
    assert 0 < fewer < found
    assert kinds == ["corrupt"]
    found, kinds = said(disk, bytes(whole[:root]))
    assert (found, kinds) == (0, ["corrupt"])


@pytest.mark.parametrize("case", ["cpio/newc", "cpio/odc", "cpio/binary", "rpm/gzip", "rpm/xz"])
def test_a_package_that_ends_too_early_is_never_called_whole(case: str) -> None:
    whole, form = golden(case), FORMS[case.partition("/")[0]]
    found, kinds = said(form, whole)
    assert (found, kinds) == (found, [])
    end = whole.rfind(b"TRAILER!!!") if form is cpio else len(whole)
    for cut in range(6, end - 1):
        if form is rpm and cut > 96 + 16 and said(form, whole[:cut])[0] == found:
            break  # the payload has begun; that it is cut off is for its own reader to say
        assert said(form, whole[:cut])[1] == ["corrupt"], cut
