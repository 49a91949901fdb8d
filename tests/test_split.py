"""Files that belong together: parts that are read as a whole, and a log with the database beside it."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

import scanner
from scanner import keeping
from scanner.errors import Unreadable
from scanner.formats._volumes import MARK, whole
from scanner.limits import MIB, Budget, Limits
from scanner.report import Report
from tests.test_state import scan

GOLDEN = Path(__file__).parent / "data" / "formats"
SETS = {
    "split/seven_zip": "input.7z.001!input.7z!資料/名簿.csv",
    "split/plain": "input.csv.001!input.csv",
    "zip/split_by_zip": "input.zip!../資料/名簿.csv",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "media"
    target.mkdir()
    return target


def put(case: str, folder: Path) -> list[Path]:
    return [Path(shutil.copy(path, folder)) for path in sorted((GOLDEN / case).glob("input.*"))]


def told(report: Report, folder: Path) -> tuple[set[str], dict[str, str]]:
    """Addresses with findings, and problems by address; the ledger must add up."""
    ledger = report.to_dict()["ledger"]
    for books in (ledger["entries"], ledger["bytes"]):
        assert books["total"] == sum(books[state] for state in ("read", "unchanged", "not_read", "excluded"))
    start = len(str(folder)) + 1
    return (
        {document.address[start:] for document in report.documents},
        {problem.address[start:]: problem.kind for problem in report.problems},
    )


@pytest.mark.parametrize("case", SETS)
def test_parts_are_read_as_a_whole_and_the_others_are_counted_with_their_reason(case: str, folder: Path) -> None:
    parts = put(case, folder)
    report = scanner.scan(folder)
    documents, _ = told(report, folder)
    ledger = report.to_dict()["ledger"]
    assert documents == {SETS[case]}
    assert ledger["excluded_by_reason"] == {"part_of_split": len(parts) - 1}


@pytest.mark.parametrize("case", ["split/seven_zip", "zip/split_by_zip"])
@pytest.mark.parametrize("missing", ["first", "last"])
def test_where_a_part_is_missing_nothing_is_called_read_or_left_out(case: str, missing: str, folder: Path) -> None:
    parts = put(case, folder)
    parts.pop(0 if missing == "first" else -1).unlink()
    report = scanner.scan(folder)
    _, problems = told(report, folder)
    assert problems
    if missing == "first" or case.startswith("zip"):
        assert "corrupt" in problems.values()
        assert {path.name for path in parts} <= {address.partition("!")[0] for address in problems}


def test_a_part_without_those_before_it_is_a_problem_that_says_which_it_is(folder: Path) -> None:
    put("split/seven_zip", folder)[1].unlink()
    (problem,) = [one for one in scanner.scan(folder).problems if one.address.endswith("003")]
    assert "part 3 of a split file" in problem.detail


def test_what_is_remembered_of_a_part_does_not_outlast_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RACY", 0.0)
    parts = put("split/seven_zip", folder)
    kept = parts[1].read_bytes()
    for _ in range(2):
        parts[1].write_bytes(kept)
        assert told(scan(folder), folder)[0] == {SETS["split/seven_zip"]}
        assert told(scan(folder), folder)[0] == {SETS["split/seven_zip"]}
        parts[1].unlink()
        documents, problems = told(scan(folder), folder)
        assert not documents
        assert {"input.7z.001", "input.7z.003"} <= {address.partition("!")[0] for address in problems}


def test_numbered_files_that_are_no_parts_are_files_of_their_own(folder: Path) -> None:
    row = "氏名,電話\n山田 太郎,070-1111-222{}\n"
    for number in range(1, 4):
        (folder / f"log.{number:03d}").write_text(row.format(number) * number, "utf-8")
    shutil.copy(GOLDEN / "split/seven_zip/input.7z.001", folder / "other.001")
    whole = b"".join(path.read_bytes() for path in sorted((GOLDEN / "split/seven_zip").glob("input.*")))
    for number in (1, 2):
        (folder / f"backup.{number:03d}").write_bytes(whole)
    documents, problems = told(scanner.scan(folder), folder)
    assert documents == {
        *(f"log.{number:03d}" for number in range(1, 4)),
        *(f"backup.{number:03d}!資料/名簿.csv" for number in (1, 2)),
    }
    assert problems["other.001"] == "corrupt"


@pytest.mark.posix
def test_a_link_is_no_part(folder: Path, tmp_path: Path) -> None:
    parts = put("split/seven_zip", folder)
    elsewhere = parts[1].rename(tmp_path / "elsewhere")
    parts[1].symlink_to(elsewhere)
    documents, problems = told(scanner.scan(folder), folder)
    assert not documents
    assert "input.7z.001" in {address.partition("!")[0] for address in problems}


@pytest.mark.parametrize("case", ["rar/rar5_volumes", "rar/rar5_volumes_encrypted"])
def test_volumes_of_rar_are_read_with_the_first(case: str, folder: Path) -> None:
    pytest.importorskip("rars", exc_type=ImportError)
    parts = put(case, folder)
    report = scan(folder, limits=Limits(passwords=("wrong", "secret")))
    documents, problems = told(report, folder)
    assert documents == {f"input.part01.rar!{name}" for name in ("資料/名簿.csv", "資料/大.csv", "終.csv")}
    assert not problems
    assert report.to_dict()["ledger"]["excluded_by_reason"] == {"part_of_split": len(parts) - 1}


@pytest.mark.parametrize("missing", [0, 1, -1])
def test_a_member_of_rar_that_goes_on_in_a_missing_volume_is_a_problem(missing: int, folder: Path) -> None:
    pytest.importorskip("rars", exc_type=ImportError)
    parts = put("rar/rar5_volumes", folder)
    parts[missing].unlink()
    documents, problems = told(scanner.scan(folder), folder)
    assert not any("大" in address for address in documents)
    assert "corrupt" in problems.values()


def test_volumes_that_are_damaged_end_in_pieces_or_problems(folder: Path) -> None:
    pytest.importorskip("rars", exc_type=ImportError)
    first, second, *_ = (path.read_bytes() for path in put("rar/rar5_volumes", folder))
    budget = Budget(Limits(memory=MIB), 1)
    for at in range(8, len(second), 11):
        for parts in ((first[:at], second), (first, second[:at]), (first, second[:at] + b"\xff" + second[at + 1 :])):
            with contextlib.suppress(Unreadable):
                whole([part if part.startswith(MARK) else MARK + part for part in parts], budget)


def logged(folder: Path) -> Path:
    """A database of which the last rows stand in its log alone."""
    living = sqlite3.connect(folder / "living.db")
    living.executescript("PRAGMA page_size=512; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0")
    living.execute("CREATE TABLE staff(id INTEGER PRIMARY KEY, name TEXT, my_number TEXT)")
    living.executemany("INSERT INTO staff(name) VALUES (?)", [(f"nobody {number}",) for number in range(200)])
    living.commit()
    living.execute("PRAGMA wal_checkpoint(RESTART)")
    living.execute("UPDATE staff SET name = '佐藤 春子', my_number = '023456789013' WHERE id = 200")
    living.commit()
    for name in ("living.db", "living.db-wal"):
        shutil.copy(folder / name, folder / name.replace("living", "copy"))
    living.close()
    (folder / "living.db").unlink()
    return folder / "copy.db-wal"


def test_rows_that_stand_in_the_log_alone_are_read_under_the_tables_of_the_database(folder: Path) -> None:
    log = logged(folder)
    rows = [segment for segment in scanner.segments(log) if segment.table and segment.table.name == "staff"]
    assert rows
    assert "200\t佐藤 春子\t023456789013" in rows[0].text
    assert "nobody 10\n" not in rows[0].text  # that stands in the database itself
    report = scanner.scan(folder)
    assert {document.address: document.persons.best for document in report.documents} == {str(log): 1}


def test_a_log_is_read_without_its_database_and_beside_what_is_none(folder: Path) -> None:
    log = logged(folder)
    for content in (b"", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(500), b"x" * 5000):
        (folder / "copy.db").write_bytes(content)
        assert any("佐藤 春子" in segment.text for segment in scanner.segments(log)), content
    (folder / "copy.db").unlink()
    assert any("佐藤 春子" in segment.text for segment in scanner.segments(log))
