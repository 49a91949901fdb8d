"""Databases and data: rows are found in their tables, deleted ones too; damage ends in problems, never in a crash."""

import base64
import contextlib
import io
import plistlib
import quopri
import random
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import formats
from scanner.errors import Textless, Unreadable
from scanner.examine import Account, read
from scanner.formats import Piece
from scanner.formats._lz import lz4, snappy
from scanner.limits import Budget, Limits
from scanner.model import Document, DocumentResult, Problem, Segment
from scanner.origin import Place
from tests.jet import DATE, LONG, MEMO, OLE, TEXT, Column, Jet

PEOPLE = [("佐藤 花子", "090-1234-5678"), ("田中 一郎", "03-1234-5678"), ("鈴木 次郎", "06-1234-5678")]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def document(data: bytes, name: str) -> Document:
    return Document(address=name, path=name, name=name, size=len(data), opener=lambda: io.BytesIO(data))


def pieces(data: bytes, name: str) -> list[Piece]:
    whole = document(data, name)
    return list(formats.pick(whole).read(whole, Budget(Limits(), len(data))))


def segments(data: bytes, name: str) -> list[Segment]:
    return [piece for piece in pieces(data, name) if isinstance(piece, Segment)]


def problems(data: bytes, name: str) -> list[str]:
    return [piece.kind for piece in pieces(data, name) if isinstance(piece, Problem)]


def place_of(text: str, data: bytes, name: str) -> tuple[Place, str]:
    """Where a value is found, and the header of its column."""
    for segment in segments(data, name):
        at = segment.text.find(text)
        if at >= 0:
            place = segment.origin.place(segment, at, at + len(text))
            found = segment.table.at(at) if segment.table else None
            header = ""
            if segment.table and found:
                heads = {cell.column: cell for cell in segment.table.rows[0].cells}
                over = heads.get(found[1].column)
                header = segment.text[over.start : over.end] if over else ""
            return place, header
    raise AssertionError(f"{text} is not found")


# --- SQLite -----------------------------------------------------------------------------------------------------------


def sqlite(folder: Path, *, journal: str = "delete", encoding: str = "UTF-8") -> Path:
    path = folder / "a.db"
    base = sqlite3.connect(path)
    base.execute("PRAGMA secure_delete=off")
    base.execute(f"PRAGMA encoding='{encoding}'")
    base.execute(f"PRAGMA journal_mode={journal}")
    base.execute("CREATE TABLE 顧客 (番号 INTEGER PRIMARY KEY, 氏名 TEXT, 電話 TEXT, 写真 BLOB)")
    base.execute("CREATE TABLE 設定 (値 TEXT, 鍵 TEXT, PRIMARY KEY (鍵)) WITHOUT ROWID")
    rows = [(1000 + n, f"{PEOPLE[n % 3][0]}{n}", PEOPLE[n % 3][1], None) for n in range(300)]
    base.executemany("INSERT INTO 顧客 VALUES (?,?,?,?)", rows)
    base.execute("INSERT INTO 顧客 VALUES (123456789012,'写真の人','',?)", (PNG,))
    base.execute("INSERT INTO 顧客 VALUES (7,'長い人',?,NULL)", ("長い話" * 5000,))
    base.execute("INSERT INTO 設定 VALUES ('値の高橋','owner')")
    base.commit()
    base.execute("DELETE FROM 顧客 WHERE 番号 BETWEEN 1050 AND 1250")
    base.commit()
    if journal == "wal":
        copy = folder / "copy.db-wal"
        copy.write_bytes((folder / "a.db-wal").read_bytes())
        base.close()
        return copy
    base.close()
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_a_row_of_a_database_lies_in_its_table_under_its_column(tmp_path: Path, encoding: str) -> None:
    data = sqlite(tmp_path, encoding=encoding).read_bytes()
    place, header = place_of("佐藤 花子0", data, "a.db")
    assert (place.part, header) == ("顧客", "氏名")
    assert place_of("値の高橋", data, "a.db")[1] == "値"
    assert place_of("長い話長い話", data, "a.db")[1] == "電話"
    assert problems(data, "a.db") == []


def test_the_number_of_a_row_is_the_value_of_its_key(tmp_path: Path) -> None:
    data = sqlite(tmp_path).read_bytes()
    assert place_of("123456789012", data, "a.db")[1] == "番号"


def test_deleted_rows_are_read_as_long_as_they_stand_in_the_file(tmp_path: Path) -> None:
    data = sqlite(tmp_path).read_bytes()
    texts = [segment.text for segment in segments(data, "a.db") if segment.place.part == "deleted"]
    deleted = [f"{PEOPLE[n % 3][0]}{n}" for n in range(50, 251)]
    there = [person for person in deleted if person.encode() in data]
    assert len(there) > 50
    assert [person for person in there if not any(person in text for text in texts)] == []


def test_a_picture_in_a_row_is_a_document_of_its_own(tmp_path: Path) -> None:
    data = sqlite(tmp_path).read_bytes()
    (child,) = [piece for piece in pieces(data, "a.db") if isinstance(piece, Document)]
    assert child.address == "a.db!顧客/123456789012/4"
    with child.open() as stream:
        assert stream.read() == PNG


def test_the_log_beside_a_database_is_read_with_its_columns(tmp_path: Path) -> None:
    data = sqlite(tmp_path, journal="wal").read_bytes()
    place, header = place_of("佐藤 花子0", data, "a.db-wal")
    assert (place.part, header) == ("顧客", "氏名")


def test_the_journal_beside_a_database_is_read(tmp_path: Path) -> None:
    base = sqlite3.connect(sqlite(tmp_path))
    base.execute("PRAGMA cache_size=1")
    base.execute("PRAGMA cache_spill=1")
    base.execute("UPDATE 顧客 SET 氏名='変えた人'")
    base.execute("INSERT INTO 設定 VALUES ('x','y')")
    base.execute("CREATE TABLE neu (a)")
    journal = (tmp_path / "a.db-journal").read_bytes()
    base.rollback()
    base.close()
    assert place_of("佐藤 花子3", journal, "a.db-journal")[0].part in {"顧客", "deleted"}


def test_the_index_beside_a_log_holds_no_text() -> None:
    with pytest.raises(Textless):
        pieces(b"\x18\xe2\x2d\0" + bytes(4) + bytes(range(256)) * 8, "a.db-shm")


def test_reading_a_database_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = sqlite(tmp_path)
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    segments(before[0], "a.db")
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


def test_a_database_whose_pages_are_missing_is_corrupt_and_keeps_its_rows(tmp_path: Path) -> None:
    data = sqlite(tmp_path).read_bytes()
    half = data[: len(data) // 2]
    assert problems(half, "a.db") == ["corrupt"]
    assert place_of("佐藤 花子0", half, "a.db")[1] == "氏名"


# --- dBASE ------------------------------------------------------------------------------------------------------------


def dbf(codec: str = "cp932", driver: int = 0) -> bytes:
    fields = (("氏名", b"C", 20), ("電話", b"C", 14), ("生年月日", b"D", 8), ("人数", b"I", 4))
    rows = b""
    for number, (name, phone) in enumerate(PEOPLE):
        rows += b"*" if number == 1 else b" "
        rows += name.encode(codec).ljust(20) + phone.encode().ljust(14) + b"19800102" + struct.pack("<i", number)
    described = b"".join(
        name.encode(codec)[:10].ljust(11, b"\0") + kind + bytes(4) + bytes([size]) + bytes(15)
        for name, kind, size in fields
    )
    head = struct.pack("<BBBBIHH", 0x30, 124, 1, 2, len(PEOPLE), 32 + len(described) + 1, 47) + bytes(17)
    return head + bytes([driver]) + bytes(2) + described + b"\r" + rows + b"\x1a"


@pytest.mark.parametrize(("codec", "driver"), [("cp932", 0), ("cp932", 0x7B), ("cp932", 0x03), ("utf-8", 0)])
def test_a_dbase_table_is_read_in_the_encoding_it_is_in(codec: str, driver: int) -> None:
    data = dbf(codec, driver)
    assert place_of("佐藤 花子", data, "a.dbf")[1] == "氏名"
    assert place_of("1980-01-02", data, "a.dbf")[0] == Place(row=1)
    assert place_of("田中 一郎", data, "a.dbf")[0] == Place(row=2)


def test_a_dbase_table_that_is_cut_off_says_so() -> None:
    assert problems(dbf()[:-60], "a.dbf") == ["corrupt"]


def test_memos_of_dbase_and_foxpro_are_read() -> None:
    text = "備考：鈴木 次郎 様".encode("cp932")
    dbt = struct.pack("<I", 2).ljust(512, b"\0") + text + b"\x1a\x1a" + bytes(300)
    fpt = struct.pack(">IHH", 9, 0, 64).ljust(512, b"\0") + struct.pack(">II", 1, len(text)) + text + bytes(40)
    assert place_of("鈴木 次郎", dbt, "a.dbt")[0] == Place(part="memo")
    assert place_of("鈴木 次郎", fpt, "a.fpt")[0] == Place(part="memo")


# --- Access -----------------------------------------------------------------------------------------------------------

COLUMNS = (
    Column("番号", LONG), Column("氏名", TEXT), Column("生年月日", DATE), Column("備考", MEMO), Column("長文", MEMO),
    Column("文書", OLE),
)  # fmt: skip


def jet(version: int = 4, key: int = 0, mark: bytes = b"Standard Jet DB\0") -> bytes:
    made = Jet(version, key=key, mark=mark)
    rows: list[tuple[bytes | None, ...]] = [
        (
            struct.pack("<i", number),
            made.text(name),
            struct.pack("<d", 29221 + number),
            made.memo(f"備考 {phone}"),
            None,
            None,
        )
        for number, (name, phone) in enumerate(PEOPLE)
    ]
    long = made.long(made.text("長い備考の高橋 三郎。" * 600), 8)
    inner = made.long(b"%PDF-1.4 " + bytes(90), len(made.pages))
    rows.append((struct.pack("<i", 9), None, None, None, long, inner))
    return made.table("顧客", COLUMNS, rows, (0, 0x8000))


@pytest.mark.parametrize(("version", "key"), [(3, 0), (4, 0), (4, 0x12345678)])
def test_a_row_of_an_access_database_lies_in_its_table_under_its_column(version: int, key: int) -> None:
    data = jet(version, key)
    place, header = place_of("佐藤 花子", data, "a.mdb")
    assert (place, header) == (Place(part="顧客", row=1), "氏名")
    assert place_of("1980-01-01", data, "a.mdb")[1] == "生年月日"
    assert place_of("備考 090-1234-5678", data, "a.mdb")[1] == "備考"
    assert place_of("長い備考の高橋 三郎。" * 600, data, "a.mdb")[1] == "長文"
    assert problems(data, "a.mdb") == []


def test_a_deleted_row_of_an_access_database_is_read() -> None:
    assert place_of("田中 一郎", jet(), "a.mdb")[0] == Place(part="顧客", row=2)


def test_an_object_in_an_access_database_is_a_document() -> None:
    (child,) = [piece for piece in pieces(jet(), "a.mdb") if isinstance(piece, Document)]
    assert child.address == "a.mdb!顧客/5.3/文書"


def test_an_access_database_with_a_password_is_encrypted() -> None:
    with pytest.raises(Unreadable) as failure:
        pieces(jet(key=7, mark=b"Standard ACE DB\0"), "a.accdb")
    assert failure.value.kind == "encrypted"


# --- property lists, registry, cards, directories ---------------------------------------------------------------------

SETTINGS = {
    "people": [{"氏名": name, "電話": phone} for name, phone in PEOPLE],
    "owner": "持主の高橋",
    "nested": {"deep": {"mail": "deep@example.jp"}},
}


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_a_list_of_dictionaries_is_a_table(form: plistlib.PlistFormat) -> None:
    data = plistlib.dumps(SETTINGS, fmt=form)
    assert place_of("佐藤 花子", data, "a.plist") == (Place(part="people", row=1), "氏名")
    assert "owner: 持主の高橋" in "\n".join(segment.text for segment in segments(data, "a.plist"))
    assert "mail: deep@example.jp" in "\n".join(segment.text for segment in segments(data, "a.plist"))


def test_a_property_list_that_refers_to_itself_many_times_is_written_once() -> None:
    level: list[object] = ["底の高橋"]
    for _ in range(40):
        level = [level, level]
    assert (
        sum(
            segment.text.count("底の高橋")
            for segment in segments(plistlib.dumps(level, fmt=plistlib.FMT_BINARY), "a.plist")
        )
        == 1
    )


def test_texts_in_hexadecimal_are_decoded_where_they_stand() -> None:
    coded = ",".join(f"{byte:02x}" for byte in "東京都千代田区丸の内1-1-1\0".encode("utf-16-le"))
    lines = (
        "Windows Registry Editor Version 5.00", "", "[HKEY_CURRENT_USER\\Software]", '"Owner"="佐藤 \\"花子\\""',
        f'"Address"=hex(2):{coded[:45]}\\', f"  {coded[45:]}", '"Next"="次の人"', "",
    )  # fmt: skip
    text = "\r\n".join(lines)
    data = b"\xff\xfe" + text.encode("utf-16-le")
    whole = "".join(segment.text for segment in segments(data, "a.reg"))
    assert '"Owner"="佐藤 "花子""' in whole
    assert '"Address"=東京都千代田区丸の内1-1-1\r\n' in whole
    place, _ = place_of("次の人", data, "a.reg")
    assert text[place.start : place.end] == "次の人"
    place, _ = place_of("千代田区", data, "a.reg")
    assert place.line == 5
    assert place.start is not None
    assert text.index("hex(2)") < place.start < text.index('"Next"')


def test_cards_of_old_phones_are_read() -> None:
    def quoted(text: str) -> str:
        return quopri.encodestring(text.encode("cp932")).decode().replace("=\n", "=\r\n")

    name, address = quoted("佐藤;花子"), quoted(";;丸の内1-1-1;千代田区;東京都;100-0005;日本")
    how = "CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE"
    data = f"BEGIN:VCARD\r\nN;{how}:{name}\r\nTEL;CELL:090-1234-5678\r\nADR;{how}:{address}\r\nEND:VCARD\r\n"
    assert place_of("佐藤 花子", data.encode(), "a.vcf") == (Place(row=1), "full name")
    assert place_of("100-0005 東京都 千代田区 丸の内1-1-1 日本", data.encode(), "a.vcf")[1] == "address"


def test_folded_lines_of_a_card_are_joined_and_pictures_are_documents() -> None:
    picture = base64.b64encode(PNG).decode()
    data = f"BEGIN:VCARD\nFN:田中 一\n 郎\nPHOTO;ENCODING=b;TYPE=PNG:{picture[:50]}\n {picture[50:]}\nEND:VCARD\n"
    assert place_of("田中 一郎", data.encode(), "a.vcf") == (Place(row=1), "name")
    (child,) = [piece for piece in pieces(data.encode(), "a.vcf") if isinstance(piece, Document)]
    with child.open() as stream:
        assert stream.read() == PNG


def test_entries_of_a_directory_are_rows() -> None:
    coded = base64.b64encode("佐藤 花子".encode()).decode()
    data = f"version: 1\n\ndn: cn=x\ncn:: {coded}\ntelephoneNumber: 03-1234\n -5678\n\ndn: cn=y\ncn: y\n"
    assert place_of("佐藤 花子", data.encode(), "a.ldif") == (Place(row=1), "name")
    assert place_of("03-1234-5678", data.encode(), "a.ldif")[1] == "phone"


# --- Parquet, written by pyarrow --------------------------------------------------------------------------------------

PARQUET = Path(__file__).parent / "data" / "formats" / "parquet"


@pytest.mark.parametrize("case", ["snappy_dictionary", "zstd_second_kind_of_page", "plain", "delta"])
def test_a_row_of_a_parquet_file_is_read_however_it_is_packed(case: str) -> None:
    data = (PARQUET / case / "input.parquet").read_bytes()
    assert place_of("佐藤 花子", data, "a.parquet") == (Place(row=1), "氏名")
    assert place_of("123456789014", data, "a.parquet") == (Place(row=3), "番号")
    assert place_of("1980-01-02", data, "a.parquet") == (Place(row=2), "生年月日")
    assert place_of("千代田区1", data, "a.parquet")[1] == "市"
    assert place_of("a1 b", data, "a.parquet")[1] == "札"
    assert problems(data, "a.parquet") == []


def test_a_text_that_begins_like_a_parquet_file_is_a_text() -> None:
    assert segments(b"PARENT_DIRECTORY\n\nThe folder above it.\n", "a.rst")[0].text[:6] == "PARENT"


def test_a_parquet_file_without_its_end_is_corrupt() -> None:
    with pytest.raises(Unreadable) as failure:
        pieces((PARQUET / "plain" / "input.parquet").read_bytes()[:-9], "a.parquet")
    assert failure.value.kind == "corrupt"


def test_a_parquet_file_in_a_compression_without_a_reader_is_named() -> None:
    data = bytearray((PARQUET / "delta" / "input.parquet").read_bytes())
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    old, brotli = b"\x15\x04", b"\x15\x08"
    for at in range(footer, len(data) - 8):
        if data[at : at + 2] == old and data[at + 2] == 0x16:
            data[at : at + 2] = brotli  # the codec of a column, before its count of values
    assert problems(bytes(data), "a.parquet") == ["missing_reader"]


@pytest.mark.parametrize(
    ("unpack", "packed", "text"),
    [
        (snappy, b"\x0c\x08abc\x15\x03", b"abcabcabcabc"),
        (snappy, b"\x08\x04ab\x0e\x02\x00", b"ababab"),
        (snappy, b"\x3d\xf0\x3c" + bytes(61), bytes(61)),
        (lz4, b"\x35abc\x03\x00", b"abcabcabcabc"),
        (lz4, b"\xf0\x02" + bytes(17), bytes(17)),
    ],
)
def test_simple_compressions_are_unpacked(unpack: Callable[[bytes, int], bytes], packed: bytes, text: bytes) -> None:
    assert unpack(packed, 64) == text
    with pytest.raises(ValueError):
        unpack(packed, len(text) - 1)


# --- damage -----------------------------------------------------------------------------------------------------------


class Silent:
    def take(self, segment: Segment, form: str) -> None:
        """Every place can be worked out."""
        assert segment.place is not None
        if segment.table:
            for row in segment.table.rows:
                assert all(0 <= cell.start <= cell.end <= len(segment.text) for cell in row.cells)

    def result(self) -> DocumentResult | None:
        return None


def survives(data: bytes, name: str) -> None:
    """Reading ends, nothing is a bug of ours, and the ledger has one entry for each document and problem."""
    account = Account()
    seen = []

    def begin(inner: Document) -> Silent:
        seen.append(inner)
        return Silent()

    with contextlib.suppress(Unreadable):
        read(document(data, name), Budget(Limits(), len(data)), begin, account)
    result = account.result()
    assert not [problem for problem in result.problems if problem.kind == "bug"]
    ledger = result.ledger.to_dict()["entries"]
    assert ledger["total"] == ledger["read"] + ledger["unchanged"] + ledger["not_read"] + ledger["excluded"]
    assert ledger["total"] >= len(seen)


SAMPLES: dict[str, Callable[[Path], bytes]] = {
    "a.db": lambda folder: sqlite(folder).read_bytes()[: 1 << 15],
    "a.db-wal": lambda folder: sqlite(folder, journal="wal").read_bytes()[: 1 << 15],
    "a.parquet": lambda folder: (PARQUET / "snappy_dictionary" / "input.parquet").read_bytes(),
    "b.parquet": lambda folder: (PARQUET / "delta" / "input.parquet").read_bytes(),
    "a.dbf": lambda folder: dbf(),
    "a.mdb": lambda folder: jet(),
    "b.mdb": lambda folder: jet(3),
    "a.plist": lambda folder: plistlib.dumps(SETTINGS, fmt=plistlib.FMT_BINARY),
    "b.plist": lambda folder: plistlib.dumps(SETTINGS),
    "a.reg": lambda folder: b'REGEDIT4\r\n\r\n[A]\r\n"B"=hex(2):93,8c,8b,9e,00\r\n"C"=hex:01,\\\r\n  02\r\n',
    "a.vcf": lambda folder: (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:=8D=B2;\r\nADR:;;a;b\r\nEND:VCARD\r\n"
    ),
    "a.ldif": lambda folder: b"dn: cn=x\ncn:: 5L2Q6Jek\nmail: a@example.jp\n b\n\ndn:: eA==\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_damage_to_data_ends_in_pieces_and_problems(name: str, tmp_path: Path) -> None:
    sound = SAMPLES[name](tmp_path)
    for sixteenth in range(16):
        survives(sound[: len(sound) * sixteenth // 16], name)
    chance = random.Random(name)
    for _ in range(200):
        data = bytearray(sound)
        reach = len(data) if chance.random() < 0.5 else min(len(data), 600)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(reach)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        survives(bytes(data), name)
