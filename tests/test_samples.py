import csv
import email
import email.policy
import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

from samples import numbers, workstation
from samples.people import Town
from samples.truth import Planted, Truth


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("sample") / "workstation"
    return folder, workstation.build(folder)


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def text_of(name: str, content: bytes) -> str:
    """What stands in a document, by the libraries that made it, with a tab or a line end between cells."""
    ending = name.rpartition(".")[2]
    if ending == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    if ending == "docx":
        paper = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])
    if ending == "pptx":
        return "\n".join(slide_text(content))
    if ending == "pdf":
        return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    if ending == "sqlite":
        base = sqlite3.connect(":memory:")
        base.deserialize(content)
        return "\n".join(str(cell) for row in base.execute("SELECT * FROM users") for cell in row)
    return "\n".join(plain_text(name, content))


def slide_text(content: bytes) -> Iterator[str]:
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)
        if slide.has_notes_slide:
            yield slide.notes_slide.notes_text_frame.text


def plain_text(name: str, content: bytes) -> Iterator[str]:
    encodings = {"緊急連絡網.txt": "euc_jp", "歓迎会.txt": "iso2022_jp", "Unicodeテキスト.txt": "utf-16"}
    encoding = encodings.get(name.rpartition("/")[2])
    if encoding is None:
        try:
            content.decode("utf-8")
            encoding = "utf-8-sig"
        except UnicodeDecodeError:
            encoding = "cp932"
    text = content.decode(encoding)
    yield text
    if name.endswith(".csv"):
        yield from (cell for row in csv.reader(io.StringIO(text)) for cell in row)


def content_of(folder: Path, address: str) -> tuple[str, bytes]:
    path, _, member = address.partition("!")
    content = (folder / path).read_bytes()
    if not member:
        if not path.endswith(".eml"):
            return path, content
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = message.get_body()
        assert body is not None
        return "body.txt", f"{message['From']}\n{message['To']}\n{body.get_content()}".encode()
    if path.endswith(".eml"):
        message = email.message_from_bytes(content, policy=email.policy.default)
        part = next(part for part in message.iter_attachments() if part.get_filename() == member)
        return member, part.get_payload(decode=True)
    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="cp932") as archive:
        return member, archive.read(member)


def planted(truth: Truth) -> list[Planted]:
    return [document for document in truth.planted if document.values]


def test_a_seed_makes_the_same_bytes_again(made: tuple[Path, Truth], tmp_path: Path) -> None:
    folder, truth = made
    again = workstation.build(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(folder)
    assert again == truth


def test_another_seed_makes_other_people(made: tuple[Path, Truth], tmp_path: Path) -> None:
    other = workstation.build(tmp_path / "other", seed=2)
    for kind in ("my_number", "residence_card_number", "password_hash"):
        values = [
            {value for document in truth.planted for value in document.values.get(kind, ())}
            for truth in (made[1], other)
        ]
        assert all(values)
        assert not values[0] & values[1]


def test_every_planted_value_stands_in_its_document(made: tuple[Path, Truth]) -> None:
    folder, truth = made
    assert len(planted(truth)) >= 25
    for document in planted(truth):
        text = text_of(*content_of(folder, document.address))
        missing = [value for values in document.values.values() for value in values if value not in text]
        assert not missing, document.address


def test_every_file_is_in_the_account(made: tuple[Path, Truth]) -> None:
    folder, truth = made
    assert {document.address.partition("!")[0] for document in truth.planted} == set(digests(folder))


def test_the_incidents_have_the_size_they_had(made: tuple[Path, Truth]) -> None:
    persons = {document.address: document.persons for document in made[1].planted}
    assert persons["Desktop/外国人材登録者一覧_2025年度.xlsx"] == 800
    assert persons["Downloads/registrants_export.csv"] == 800
    assert persons["Documents/メール/参加予定者の一覧.eml!参加予定者.xlsx"] == 120
    assert persons["Documents/住基/住民基本台帳抽出_20250401.xlsx"] == 600
    assert persons["Documents/住基/バックアップ_2022.zip!移行データ/世帯主一覧.csv"] == 30
    assert persons["Documents/研修/許可申請システム研修.pptx"] == 690
    assert persons["USB_E/給付金_全市民.csv"] == 2000


def test_the_canaries_stand_in_no_harmless_document(made: tuple[Path, Truth]) -> None:
    folder, truth = made
    harmless = [document.address for document in truth.planted if not document.values and document.readable]
    names = [address for address in harmless if address.endswith((".py", ".json", ".html", ".log", ".csv", ".md"))]
    assert len(names) >= 7
    text = "\n".join(
        (folder / name).read_bytes().decode("utf-16" if "統計" in name else "cp932" if "注文" in name else "utf-8")
        for name in names
    )
    assert not [value for value in truth.values() if value in text]


def test_archives_and_logs_open(made: tuple[Path, Truth]) -> None:
    folder, _ = made
    log = folder / "Projects/shinsei/logs"
    assert gzip.decompress((log / "app.log.1.gz").read_bytes()) == (log / "app.log").read_bytes()
    with tarfile.open(folder / "Projects/shinsei_backup.tar") as archive:
        assert archive.getnames() == ["src/form.py", "src/config.json"]
    assert json.loads((folder / "Projects/shinsei/config.json").read_text(encoding="utf-8"))["version"] == "2.4.1"


def test_the_old_archive_has_names_that_are_not_marked_as_unicode(made: tuple[Path, Truth]) -> None:
    content = (made[0] / "Documents/住基/バックアップ_2022.zip").read_bytes()
    assert "移行データ/世帯主一覧.csv".encode("cp932") in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(info.flag_bits & 0x800 for info in archive.infolist())


def test_the_locked_archive_asks_for_a_password(made: tuple[Path, Truth]) -> None:
    path = made[0] / "Documents/受領/名簿（パスワード付き）.zip"
    with zipfile.ZipFile(path) as archive, pytest.raises(RuntimeError, match="encrypted"):
        archive.read("meibo.xlsx")


def test_the_damaged_workbook_does_not_open(made: tuple[Path, Truth]) -> None:
    with pytest.raises(zipfile.BadZipFile):
        openpyxl.load_workbook(made[0] / "Documents/受領/壊れたファイル.xlsx")


def test_salary_records_are_120_bytes_long(made: tuple[Path, Truth]) -> None:
    records = (made[0] / "Documents/総務/給与振込_202508.dat").read_bytes().split(b"\r\n")
    assert len(records) == 28
    assert {len(record) for record in records} == {120}


@pytest.mark.parametrize(
    ("body", "digit"), [("353011133330000", "0"), ("3312001", "5"), ("0104001", "3"), ("0613123", "9")]
)
def test_the_luhn_digit_is_that_of_numbers_made_elsewhere(body: str, digit: str) -> None:
    assert numbers.luhn(body) == digit


def test_machine_readable_digits_are_those_of_the_specimen_passport() -> None:
    fields = {"L898902C3": "6", "740812": "2", "120415": "9", "ZE184226B<<<<<": "1"}
    assert {field: numbers.mrz_digit(field) for field in fields} == fields


def test_no_two_people_share_a_name_or_a_number() -> None:
    town = Town(Random(3))
    people = [*town.residents(1500), *town.foreigners(1500)]
    for field in ("name", "my_number", "phone", "email"):
        assert len({getattr(person, field) for person in people}) == 3000


def test_the_truth_is_refused_inside_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        workstation.main([str(tmp_path / "a"), "--truth", str(tmp_path / "a" / "truth.json")])
    assert stopped.value.code == 2
    assert "outside" in capsys.readouterr().err


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(SystemExit):
        workstation.main([str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_truth_file_counts_what_it_lists(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    assert workstation.main([str(tmp_path / "folder"), "--seed", "4", "--truth", str(truth)]) == 0
    documents = json.loads(truth.read_text(encoding="utf-8"))["documents"]
    for document in documents:
        assert document["types"] == {kind: len(values) for kind, values in document["values"].items()}
    assert sum(document["types"].get("my_number", 0) for document in documents) == 1230
