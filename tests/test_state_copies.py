"""Copies: what stands on the disk twice is examined once, and told and remembered under each of its names."""

import gzip
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scanner import copies, keeping, line, recall
from scanner.batches import Batch
from scanner.examine import Examiner
from scanner.line import Options, Run
from scanner.media.alike import facts
from scanner.media.items import Entry
from scanner.media.opening import open_file
from scanner.media.volumes import VolumeTable
from scanner.model import FileResult, Volume
from scanner.report import Report
from scanner.workers import Workers
from tests.outside import Outside
from tests.test_state import NOTHING, OTHERS, PEOPLE, addresses, entries, notes, scan

ROWS = PEOPLE + "".join(f"住民 {number},東京都港区芝公園{number}番\n" for number in range(2_500))
"""Long enough for a copy of it to wait for it."""
assert len(ROWS.encode()) > copies.LEAST


@pytest.fixture(autouse=True)
def old_and_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as old from the moment they are written, and as slow to read however fast the machine is."""
    monkeypatch.setattr(keeping, "RACY", 0.0)
    monkeypatch.setattr(copies, "OPENED", -1e9)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that were examined and not only found equal to another."""
    log: list[str] = []
    real = Workers.results

    def noted(self: Workers, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        def handed_out() -> Iterator[Batch]:
            for batch in waiting:
                log.extend(os.path.basename(entry.path) for entry in batch)
                yield batch

        for result in real(self, handed_out()):
            for mark in result.marks:
                if mark.like:
                    log.remove(os.path.basename(mark.path))
            yield result

    monkeypatch.setattr(Workers, "results", noted)
    return log


def names(log: list[str]) -> list[str]:
    """Which files were examined since this was last asked."""
    known = sorted(log)
    log.clear()
    return known


def alone(report: Report) -> object:
    """All that is told of the documents but where they lie and how they fared."""
    return [(one.findings, one.persons, one.format, one.encoding) for one in report.documents]


def test_a_copy_is_told_like_its_original_and_examined_no_second_time(tmp_path: Path, examined: list[str]) -> None:
    for name in ("a.csv", "b.csv", "sub/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    report = scan(tmp_path)
    assert len(names(examined)) == 1
    assert entries(report) == {"total": 3, "read": 3}
    assert addresses(report) == {str(tmp_path / name) for name in ("a.csv", "b.csv", os.path.join("sub", "c.csv"))}
    assert len({repr(one) for one in alone(report)}) == 1  # type: ignore[attr-defined]
    alike = scan(tmp_path, state=False)
    assert len(names(examined)) == 3
    assert (report.documents, report.violations, report.persons) == (alike.documents, alike.violations, alike.persons)


def test_a_copy_is_remembered_like_any_file(tmp_path: Path, examined: list[str]) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    first = scan(tmp_path)
    names(examined)
    second = scan(tmp_path)
    assert entries(second) == {"total": 2, "unchanged": 2}
    assert second.documents == first.documents
    assert second.history is not None
    assert second.history.counts["same"] == 2
    (tmp_path / "a.csv").unlink()
    third = scan(tmp_path)
    assert entries(third) == {"total": 1, "unchanged": 1}
    assert addresses(third) == {str(tmp_path / "b.csv")}
    assert names(examined) == []


def test_people_of_copies_count_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    assert scan(tmp_path).persons.best == scan(tmp_path / "a.csv").persons.best


@pytest.mark.posix
def test_a_file_with_several_names_is_examined_once_however_small(tmp_path: Path, examined: list[str]) -> None:
    (tmp_path / "a.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "n.txt").write_text("nobody\n", encoding="utf-8")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    for name in ("a.csv", "n.txt", "x.png"):
        (tmp_path / f"other-{name}").hardlink_to(tmp_path / name)
    report = scan(tmp_path)
    assert len(names(examined)) == 3
    assert len(report.documents) == 2
    alike = scan(tmp_path, state=False)
    assert (report.documents, report.problems, entries(report)) == (alike.documents, alike.problems, entries(alike))
    names(examined)
    assert entries(scan(tmp_path))["unchanged"] == entries(report).get("read", 0)
    assert names(examined) == []


def test_a_file_of_equal_size_that_says_something_else_is_examined(tmp_path: Path, examined: list[str]) -> None:
    (tmp_path / "a.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "b.csv").write_text(ROWS[:-3] + "9番\n"[-3:], encoding="utf-8")
    (tmp_path / "c.csv").write_text(ROWS.replace("甲野太郎", "戊島太郎"), encoding="utf-8")
    (tmp_path / "d.csv").write_text("x" * len(ROWS.encode()), encoding="utf-8")
    report = scan(tmp_path)
    assert {"a.csv", "c.csv", "d.csv"} <= set(names(examined))
    assert str(tmp_path / "d.csv") not in addresses(report)
    assert report.documents == scan(tmp_path, state=False).documents


@pytest.mark.posix
def test_an_original_that_is_written_to_meanwhile_lends_its_result_to_nobody(
    tmp_path: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a copy is saved over both while the scan goes on: equal bytes, but not those that were examined."""
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for path in (first, second):
        path.write_text(ROWS, encoding="utf-8")
    later = ROWS.replace("0234-5678-9013", "1234-5678-9018").replace("9876-5432-1093", "1111-1111-1111")
    assert len(later) == len(ROWS)
    real = Examiner._read
    overtake = Outside(lambda: [path.write_text(later, encoding="utf-8") for path in (first, second)])

    def overtaken(self: Examiner, entry: Entry, account: object) -> None:
        real(self, entry, account)  # type: ignore[arg-type]
        overtake()

    monkeypatch.setattr(Examiner, "_read", overtaken)
    report = scan(tmp_path)
    assert len(names(examined)) == 2
    told = {Path(one.path).name: one.findings for one in report.documents}
    assert told["a.csv"] != told["b.csv"]


@pytest.mark.posix
def test_a_copy_that_cannot_be_opened_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examined: list[str]
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")

    def refused(path: str) -> object:
        if path.endswith("b.csv"):
            raise PermissionError(13, "refused")
        return open_file(path)

    monkeypatch.setattr("scanner.media.alike.open_file", refused)
    monkeypatch.setattr("scanner.media.neighbours.open_file", refused)
    report = scan(tmp_path)
    assert names(examined) == ["a.csv", "b.csv"]
    assert [(Path(one.address).name, one.kind) for one in report.problems] == [("b.csv", "denied")]
    assert entries(report) == {"total": 2, "read": 1, "not_read": 1}


def test_copies_of_archives_keep_their_members_and_problems(tmp_path: Path, examined: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.writestr("inner.csv", ROWS)
        archive.writestr("inner.txt", "nothing here\n")
        archive.writestr("inner.xyz", bytes(range(256)) * 4)
    shutil.copy(tmp_path / "one.zip", tmp_path / "one (1).zip")
    report = scan(tmp_path)
    assert len(names(examined)) == 1
    alike = scan(tmp_path, state=False)
    assert (report.documents, report.problems, entries(report)) == (alike.documents, alike.problems, entries(alike))
    assert report.ledger.not_read_by_kind == alike.ledger.not_read_by_kind
    again = scan(tmp_path)
    assert (again.documents, again.problems) == (report.documents, report.problems)


@pytest.mark.parametrize("other", ["b.csv.gz", "a.txt.gz"])
def test_what_goes_by_the_name_of_its_file_is_examined_under_each(
    tmp_path: Path, examined: list[str], other: str
) -> None:
    packed = gzip.compress(ROWS.encode() + os.urandom(copies.LEAST).hex().encode(), mtime=0)
    for name in ("a.csv.gz", other):
        (tmp_path / name).write_bytes(packed)
    report = scan(tmp_path)
    assert len(names(examined)) == 2
    assert report.documents == scan(tmp_path, state=False).documents


def test_files_that_are_read_as_fast_as_they_are_compared_are_read(
    tmp_path: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "OPENED", 1e9)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    assert len(scan(tmp_path).documents) == 2
    assert names(examined) == ["a.csv", "b.csv"]


def test_a_full_scan_takes_nothing_from_memory_but_reads_copies_once(tmp_path: Path, examined: list[str]) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    scan(tmp_path)
    names(examined)
    assert entries(scan(tmp_path, full=True)) == {"total": 2, "read": 2}
    assert len(names(examined)) == 1


def test_files_that_have_just_been_written_lend_their_result_to_nobody(
    tmp_path: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RACY", 1e6)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    assert len(scan(tmp_path).documents) == 2
    assert names(examined) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("coarse", ["a", "b", "ab"])
def test_of_copies_on_fat_one_may_be_taken_for_another_never_for_an_original(
    tmp_path: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch, coarse: str
) -> None:
    mounted = [Volume(identity="root", volume_class="fixed", mount=tmp_path.anchor, filesystem="ext4")]
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "list.csv").write_text(ROWS, encoding="utf-8")
        filesystem = "vfat" if name in coarse else "ext4"
        mount = str(tmp_path / name)
        mounted.append(Volume(identity=name, volume_class="fixed", mount=mount, filesystem=filesystem))
    monkeypatch.setattr(line, "VolumeTable", lambda: VolumeTable(mounted))
    report = scan(tmp_path)
    assert len(names(examined)) == (1 if coarse == "b" else 2)
    assert len(report.documents) == 2
    assert report.documents == scan(tmp_path, state=False).documents


def test_more_places_than_are_remembered_are_found_by_examining(tmp_path: Path, examined: list[str]) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    report = scan(tmp_path, places=None)
    assert names(examined) == ["a.csv", "b.csv"]
    assert report.documents == scan(tmp_path, places=None, state=False).documents


@pytest.mark.parametrize("when", ["at once", "later"])
def test_nothing_that_waits_is_lost_when_a_run_is_interrupted(tmp_path: Path, when: str) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    run = Run([tmp_path], Options(jobs=1))
    for result in run.results():
        if when == "at once" or result.documents:
            run.interrupt()
    report = run.report()
    assert report.ledger.entries["total"] == 3
    assert report.ledger.entries["not_read"] > 0
    assert entries(scan(tmp_path))["total"] == 3


@pytest.mark.parametrize("where", ["_original", "_copied"])
def test_nothing_that_waits_is_lost_when_the_memory_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(recall.Recall, where, full)
    report = scan(tmp_path)
    assert "OperationalError" in notes(report) or "SQLITE" in notes(report)
    assert report.ledger.entries["total"] == 3
    assert len(report.documents) + len(report.problems) == 3


@pytest.mark.posix
def test_a_file_whose_reader_dies_is_no_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    real = Examiner._read

    def fatal(self: Examiner, entry: Entry, account: object) -> None:
        if entry.path.endswith("a.csv"):
            os._exit(3)
        real(self, entry, account)  # type: ignore[arg-type]

    monkeypatch.setattr(Examiner, "_read", fatal)
    report = scan(tmp_path)
    assert entries(report) == {"total": 2, "read": 1, "not_read": 1}
    assert addresses(report) == {str(tmp_path / "b.csv")}


def test_many_files_of_one_size_are_all_examined(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text(OTHERS, encoding="utf-8")
    for number in range(12):
        (tmp_path / f"{number:02}.bin.txt").write_text(f"{number:02}" * copies.LEAST)
    (tmp_path / "same-size.csv").write_text(NOTHING, encoding="utf-8")
    report = scan(tmp_path)
    assert entries(report) == {"total": 14, "read": 14}
    assert addresses(report) == {str(tmp_path / "kept.csv")}
    assert entries(scan(tmp_path)) == {"total": 14, "unchanged": 14}


def test_the_facts_of_a_file_are_the_same_by_its_folder_and_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding="utf-8")
    with os.scandir(tmp_path) as listing, path.open("rb") as stream:
        assert facts(next(listing).stat(follow_symlinks=False)) == facts(os.fstat(stream.fileno()))
