"""The corpora of the benchmarks hold what they say, byte for byte the same each time."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from bench import corpora, machine
from bench.cases import QUICK, Bench, Result, gate_patterns


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@pytest.fixture
def manuals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [(f"Japanese manuals/man1/{n}.1", f"手引き{n}。作者 a{n}@mihon.jp\n".encode() * 2000) for n in range(30)]
    monkeypatch.setattr(corpora, "_manuals", lambda: texts)
    monkeypatch.setattr(corpora, "_library", list)


def test_rosters_hold_as_many_people_as_they_say_and_no_value_twice(tmp_path: Path) -> None:
    rosters = corpora.rosters(tmp_path, 0.05)
    text = "".join((tmp_path / name).read_text("utf-8") for name in rosters.people)
    people = sum(rosters.people.values())
    for pattern in (r"090-\d{4}-\d{4}", r"\w+@mail\.mihon-yama\.jp", r"(?<!\d)\d{12}(?!\d)"):
        found = re.findall(pattern, text)
        assert len(found) == len(set(found)) == people
    assert len(text.encode()) == rosters.size


def test_corpora_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        corpora.rosters(tmp_path / name / "rosters", 0.02)
        corpora.small_files(tmp_path / name / "small", 250)
        corpora.workbook(tmp_path / name / "stock.xlsx", 2_000)
        for kind in machine.KINDS:
            assert 20_000 <= machine.write(tmp_path / name / kind, kind, 20_000) < 20_500
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_small_files_hold_the_planted_my_numbers(tmp_path: Path) -> None:
    tree, planted = corpora.small_files(tmp_path, 401)
    texts = [path.read_text("utf-8") for path in tmp_path.rglob("*.txt")]
    assert (tree.files, len(texts)) == (401, 401)
    assert sum(bool(re.search(r"マイナンバー: \d{12}", text)) for text in texts) == planted == 3


def test_the_workbook_has_its_cells_and_addresses(tmp_path: Path) -> None:
    addresses = corpora.workbook(tmp_path / "stock.xlsx", 3_000)
    with zipfile.ZipFile(tmp_path / "stock.xlsx") as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<c ") == 3_000
        assert archive.read("xl/sharedStrings.xml").count(b"@") == addresses == 3


@pytest.mark.usefixtures("manuals")
def test_quiet_text_reaches_its_size_and_is_left_as_it_is(tmp_path: Path) -> None:
    tree = corpora.quiet(tmp_path, 3)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tree.files == len(files)
    assert tree.size == sum(path.stat().st_size for path in files) >= 3_000_000
    assert tree.sources == "Japanese manuals"
    assert all(path.read_bytes().startswith("手引き".encode()) for path in files)


@pytest.mark.usefixtures("manuals")
def test_the_cp932_tree_says_the_same(tmp_path: Path) -> None:
    corpora.quiet(tmp_path / "utf-8", 1)
    tree = corpora.in_cp932(tmp_path / "utf-8", tmp_path / "cp932")
    names = [path.relative_to(tmp_path / "cp932") for path in (tmp_path / "cp932").rglob("*") if path.is_file()]
    assert len(names) == tree.files
    for name in names:
        assert (tmp_path / "cp932" / name).read_bytes().decode("cp932") == (tmp_path / "utf-8" / name).read_text(
            "utf-8"
        )


def test_ripgrep_gets_the_patterns_of_the_gate_one_a_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUICK)
    assert bench.patterns.read_text("utf-8").splitlines() == gate_patterns()


def test_a_result_that_differs_is_named() -> None:
    result = Result("case", "corpus", "other")
    result.expect("violations", 0, 0)
    result.expect("files read", 2, 3)
    assert result.failures == ["files read: 2, not 3"]
