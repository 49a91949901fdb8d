"""Files that lie in parts beside one another: read as a whole, and what is missing is said."""

import shutil
from pathlib import Path

import pytest

import scanner
from scanner import keeping
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
