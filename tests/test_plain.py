"""What is read as plain text, and how everything that nobody reads is told apart."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import Textless, Unreadable
from scanner.formats import binary, plain
from scanner.limits import Budget, Limits
from scanner.model import Document, Segment


def document(content: bytes, name: str = "a.dat") -> Document:
    return Document(address=name, path=name, name=name, size=len(content), opener=lambda: io.BytesIO(content))


def budget(content: bytes = b"") -> Budget:
    return Budget(Limits(), len(content))


def segments(content: bytes) -> list[Segment]:
    return list(plain.read(document(content), budget(content)))


def verdict(content: bytes, name: str = "a.dat") -> tuple[str, str]:
    try:
        binary.read(document(content, name), budget())
    except Textless as known:
        return "textless", known.reason
    except Unreadable as problem:
        return problem.kind, problem.detail
    raise AssertionError("binary.read did not raise")


# --- plain text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["ascii", "utf-8", "cp932", "euc_jp", "utf-16", "iso2022_jp"])
def test_a_note_is_read_with_its_encoding_and_leads_back_to_its_place(codec: str) -> None:
    text = "memo\n" * 3 if codec == "ascii" else "担当：山田太郎\n電話は後日お知らせします\n"
    content = text.encode(codec)
    assert plain.accepts(document(content))
    (segment,) = segments(content)
    assert segment.text == text
    assert segment.encoding is not None
    start = text.index("\n") + 1
    place = segment.origin.place(segment, start, start + 2)
    assert (place.start, place.end, place.line, place.column) == (start, start + 2, 2, 1)


def test_an_empty_document_is_text_with_nothing_in_it() -> None:
    assert plain.accepts(document(b""))
    assert segments(b"") == []


def test_a_large_text_comes_in_segments_that_overlap() -> None:
    text = "氏名：山田太郎　住所：東京都千代田区\n" * 40_000
    first, second, *_ = segments(text.encode())
    assert second.lead > 0
    assert first.text.endswith(second.text[: second.lead])
    place = second.origin.place(second, second.lead, second.lead + 2)
    assert place.start == len(first.text)
    assert place.line == first.text.count("\n") + 1
    assert second.utf8 == second.text.encode()


def test_a_sparse_file_of_zeros_is_refused_by_its_head(tmp_path: Path) -> None:
    path = tmp_path / "sparse.log"
    with path.open("wb") as stream:
        stream.truncate(50 << 30)
    sparse = Document(address="s", path="s", name="sparse.log", size=50 << 30, opener=lambda: path.open("rb"))
    assert not plain.accepts(sparse)
    with pytest.raises(Unreadable, match="unknown_format"):
        binary.read(sparse, budget())


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n-----END PGP MESSAGE-----\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n",
        b"age-encryption.org/v1\n-> X25519 abc\n",
        b"$ANSIBLE_VAULT;1.1;AES256\n6238\n",
    ],
)
def test_encrypted_text_is_not_passed_off_as_read(content: bytes) -> None:
    assert not plain.accepts(document(content))
    assert verdict(content)[0] == "encrypted"


def test_a_hanging_text_ends_with_its_time() -> None:
    content = "山田\n".encode() * 100
    spent = Budget(Limits(seconds=-1.0, seconds_per_mib=0.0), len(content))
    with pytest.raises(Unreadable, match="timed_out"):
        list(plain.read(document(content), spent))


# --- everything else --------------------------------------------------------------------------------------------------

TEXTLESS = {
    "program": [b"\x7fELF\x02", b"MZ\x90\0", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\x37", b"\0asm\x01",
                b"dex\n035\0", b"!<arch>\nfoo.o/", b"\xa7\x0d\r\n\0\0\0\0"],
    "font": [b"OTTO", b"\0\x01\0\0\0\x0f\0", b"wOF2", b"ttcf"],
    "image": [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0", b"RIFF\x10\0\0\0WEBP", b"8BPS",
              b"\0\0\0\x18ftypheic", b"\0\0\x01\0\x01\0", b"BM" + b"\x36\0\x0c\0" + bytes(4) + b"\x36\0\0\0\x28\0\0\0"],
    "audio_video": [b"ID3\x03", b"\xff\xfb\x90", b"OggS", b"fLaC", b"RIFF\x10\0\0\0WAVE", b"RIFF\x10\0\0\0AVI ",
                    b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3"],
    "compiled_data": [b"\xde\x12\x04\x95", b"TZif2", b"\x1a\x01\x30\0", b"PACK\0\0\0\x02", b"DIRC\0\0\0\x02",
                      zlib.compress(b"blob 12\0" + b"hello world\n", 1)],
}  # fmt: skip


@pytest.mark.parametrize(("reason", "head"), [(reason, head) for reason, heads in TEXTLESS.items() for head in heads])
def test_what_holds_no_text_is_left_out_by_name(reason: str, head: bytes) -> None:
    assert verdict(head + bytes(200)) == ("textless", reason)


UNREAD = [
    (b"\x24\x91-lh5-\x10\0", "LZH archive"),
    (b"\xfd7zXZ\0\0\4", "xz"),
    (b"BZh91AY&SY", "bzip2"),
    (b"\xed\xab\xee\xdb\3\0", "RPM package"),
    (b"!<arch>\ndebian-binary   ", "Debian package"),
]


@pytest.mark.parametrize(("head", "name"), UNREAD)
def test_a_format_without_a_reader_is_reported_by_name(head: bytes, name: str) -> None:
    assert verdict(head + bytes(200)) == ("missing_reader", f"{name}: no reader yet")


@pytest.mark.parametrize(
    "head", [b"Salted__12345678", b"LUKS\xba\xbe\0\1", b"\xeb\x58\x90-FVE-FS-", b"\x85\x01\x0c\x03\xaa"]
)
def test_encrypted_data_is_reported_as_encrypted(head: bytes) -> None:
    assert verdict(head + bytes(200))[0] == "encrypted"


@pytest.mark.parametrize(("name", "word"), [("plan.XDW", "DocuWorks document"), ("a.iso", "ISO 9660 disc image")])
def test_a_format_without_a_mark_at_its_start_is_reported_by_its_name(name: str, word: str) -> None:
    assert verdict(b"\x60\x0e\xff" + bytes(300), name) == ("missing_reader", f"{word}: no reader yet")


def test_unknown_bytes_are_reported_as_unknown() -> None:
    assert verdict(b"\x07\x06\x05\x04" * 50)[0] == "unknown_format"


# --- OLE --------------------------------------------------------------------------------------------------------------

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def entry(name: str) -> bytes:
    coded = name.encode("utf-16-le")
    return coded.ljust(64, b"\0") + struct.pack("<H", len(coded) + 2) + bytes(62)


def compound(names: list[str], *, chain: dict[int, int] | None = None) -> bytes:
    """A compound file whose directory lies in every second sector from 1 on, its table in sector 0."""
    pages = [names[start : start + 4] for start in range(0, len(names), 4)]
    sectors = [1 + 2 * number for number in range(len(pages))]
    table = [FREE] * 128
    for number, sector in enumerate(sectors):
        table[sector] = sectors[number + 1] if number + 1 < len(sectors) else END
    for sector, following in (chain or {}).items():
        table[sector] = following
    header = binary.OLE + bytes(22) + struct.pack("<H", 9) + bytes(16) + struct.pack("<I", 1) + bytes(24)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    body = [struct.pack("<128I", *table)] + [bytes(512)] * (2 * len(pages))
    for sector, page in zip(sectors, pages, strict=True):
        body[sector] = b"".join(map(entry, page)).ljust(512, b"\0")
    return header + b"".join(body)


@pytest.mark.parametrize(
    ("stream", "kind", "word"),
    [
        ("EncryptedPackage", "encrypted", "Office"),
        ("WordDocument", "corrupt", "Word"),
        ("Workbook", "corrupt", "Excel"),
        ("PowerPoint Document", "corrupt", "PowerPoint"),
        ("DocumentText", "corrupt", "Ichitaro"),
        ("SomethingElse", "missing_reader", "OLE"),
    ],
)
def test_old_office_files_are_told_apart_by_their_streams(stream: str, kind: str, word: str) -> None:
    others = ["Root Entry", "\x05SummaryInformation", "1Table", "Data", "ObjectPool"]
    got = verdict(compound([*others, stream]), "a.doc")
    assert got[0] == kind
    assert word in got[1]


def test_an_encrypted_package_far_down_in_the_directory_is_seen() -> None:
    assert verdict(compound(["Root Entry", *[f"stream {n}" for n in range(80)], "EncryptedPackage"]))[0] == "encrypted"


def test_a_directory_that_runs_in_a_circle_ends() -> None:
    assert verdict(compound(["Root Entry", "a", "b", "c", "d"], chain={3: 1})) == (
        "missing_reader",
        "OLE compound file: no reader yet",
    )


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=700), st.binary(max_size=600).map(lambda rest: binary.OLE + rest)))
def test_no_bytes_end_in_anything_but_a_verdict(content: bytes) -> None:
    assert binary.accepts(document(content))
    assert verdict(content)[0] in {"textless", "encrypted", "missing_reader", "unknown_format"}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1500), st.integers(0, 255))
def test_a_damaged_compound_file_ends_in_a_verdict(place: int, value: int) -> None:
    content = bytearray(compound(["Root Entry", "WordDocument", "a", "b", "c"]))
    content[place] = value
    assert verdict(bytes(content))[0] in {"corrupt", "encrypted", "missing_reader", "textless", "unknown_format"}
