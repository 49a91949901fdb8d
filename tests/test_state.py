"""What is remembered of files: the second scan reads what changed and nothing else, and the ledger always adds up."""

import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scanner import basis, keeping, line, places, remember
from scanner.batches import Batch
from scanner.line import Options, Run
from scanner.media.volumes import VolumeTable
from scanner.model import FileResult, Volume
from scanner.report import Report
from scanner.state import place
from scanner.state.findings import Findings
from scanner.workers import Workers

PEOPLE = "氏名,個人番号\n甲野太郎,0234-5678-9013\n乙山花子,9876-5432-1093\n"
OTHERS = "氏名,個人番号\n丙川次郎,1234-5678-9018\n"
NOTHING = "x" * len(OTHERS.encode())
"""As long as `OTHERS`."""
RAW = ("0234-5678-9013", "023456789013", "9876-5432-1093", "987654321093")


@pytest.fixture(autouse=True)
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of these tests count as old from the moment they are written, unless a test says otherwise."""
    monkeypatch.setattr(keeping, "RACY", 0.0)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    (folder / "list.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "note.txt").write_text("本日の会議は十時から。\n", encoding="utf-8")
    (folder / "sub" / "other.csv").write_text(OTHERS, encoding="utf-8")
    (folder / "sub" / "strange.xyz").write_bytes(bytes(range(256)) * 4)
    (folder / "sub" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("inner.csv", PEOPLE)
        archive.writestr("inner.txt", "nothing here\n")
        archive.writestr("inner.xyz", bytes(range(256)) * 4)
    return folder


def scan(*paths: Path, **options: object) -> Report:
    run = Run(paths, Options(jobs=1, **options))  # type: ignore[arg-type]
    for _ in run.results():
        pass
    report = run.report()
    report.to_dict()
    return report


def entries(report: Report) -> dict[str, int]:
    return {state: count for state, count in report.ledger.to_dict()["entries"].items() if count}


def addresses(report: Report) -> set[str]:
    return {document.address for document in report.documents}


def notes(report: Report) -> str:
    return "\n".join(report.history.notes) if report.history else ""


# --- unchanged --------------------------------------------------------------------------------------------------------


def test_an_unchanged_tree_is_not_read_again_and_the_report_is_the_same(tree: Path) -> None:
    first, second = scan(tree), scan(tree)
    assert first.ledger.entries["read"] > 0 == first.ledger.entries["unchanged"]
    assert second.ledger.entries["unchanged"] == first.ledger.entries["read"]
    assert second.ledger.entries["read"] == 0
    for name in ("not_read_by_kind", "excluded_by_reason"):
        assert getattr(second.ledger, name) == getattr(first.ledger, name)
    assert second.ledger.bytes["total"] == first.ledger.bytes["total"]
    assert (second.documents, second.problems, second.violations, second.persons, second.by_type) == (
        first.documents, first.problems, first.violations, first.persons, first.by_type,
    )  # fmt: skip


def test_members_of_an_unchanged_archive_count_as_unchanged(tree: Path) -> None:
    first, second = scan(tree / "two.zip"), scan(tree / "two.zip")
    assert entries(first)["read"] == 3
    assert second.ledger.entries["unchanged"] == 3
    assert second.ledger.entries["not_read"] == first.ledger.entries["not_read"] == 1
    assert addresses(second) == addresses(first)


@pytest.mark.parametrize("name", ["list.csv", "note.txt", "two.zip", "sub/other.csv", "sub/strange.xyz"])
def test_only_the_file_that_changed_is_read(tree: Path, name: str) -> None:
    first = scan(tree)
    (tree / name).write_text(PEOPLE + OTHERS, encoding="utf-8")
    second = scan(tree)
    assert second.ledger.entries["read"] == 1
    assert str(tree / name) in addresses(second)
    third = scan(tree)
    assert third.ledger.entries["read"] == 0
    assert third.documents == second.documents
    assert first.ledger.entries["total"] > 0


def test_a_change_that_keeps_size_and_time_is_seen_by_the_time_of_change(tree: Path) -> None:
    path = tree / "sub" / "other.csv"
    before = path.stat()
    scan(tree)
    path.write_text(NOTHING, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    if os.name != "nt":
        assert str(path) not in addresses(scan(tree))


def test_new_and_deleted_files_are_seen_beside_unchanged_ones(tree: Path) -> None:
    first = scan(tree)
    (tree / "aaa.csv").write_text(OTHERS, encoding="utf-8")
    (tree / "note.txt").unlink()
    (tree / "new").mkdir()
    (tree / "new" / "zzz.csv").write_text(PEOPLE, encoding="utf-8")
    second = scan(tree)
    assert second.ledger.entries["read"] == 2
    assert second.ledger.entries["unchanged"] == first.ledger.entries["read"] - 1
    assert scan(tree).ledger.entries["read"] == 0


def test_everything_is_read_with_full_and_nothing_is_kept_with_no_state(tree: Path, state: Path) -> None:
    assert scan(tree, state=False).history is None
    assert not state.exists()
    first = scan(tree)
    assert scan(tree, full=True).ledger.entries["read"] == first.ledger.entries["read"]
    assert scan(tree, state=False).ledger.entries["unchanged"] == 0
    assert scan(tree).ledger.entries["read"] == 0


def test_a_scan_of_a_part_uses_and_keeps_what_is_remembered_of_the_whole(tree: Path) -> None:
    whole = scan(tree)
    assert scan(tree / "sub").ledger.entries["read"] == 0
    assert scan(tree / "list.csv").ledger.entries["read"] == 0
    (tree / "list.csv").write_text(OTHERS, encoding="utf-8")
    assert entries(scan(tree / "list.csv")) == {"total": 1, "read": 1}
    again = scan(tree)
    assert again.ledger.entries["read"] == 0
    assert again.ledger.entries["total"] == whole.ledger.entries["total"]


def test_what_is_left_out_now_is_left_out_of_an_unchanged_folder_too(tree: Path) -> None:
    scan(tree)
    without = scan(tree, exclude=("*.csv",))
    assert without.ledger.excluded_by_reason["user_exclude"] == 2
    assert addresses(without) == {f"{tree / 'two.zip'}!inner.csv"}
    assert len(addresses(scan(tree))) == 3


def test_an_output_of_this_run_in_an_unchanged_folder_is_not_examined(tree: Path) -> None:
    scan(tree)
    report = scan(tree, outputs=(tree / "note.txt",))
    assert report.ledger.excluded_by_reason["own_output"] == 1
    assert scan(tree).ledger.excluded_by_reason["own_output"] == 0


def test_the_memory_is_not_examined(tree: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tree / "state"
    monkeypatch.setenv("NOKOSANAI_STATE", str(inside))
    scan(tree)
    report = scan(tree)
    assert not any(str(inside) in problem.address for problem in report.problems)
    assert report.ledger.excluded_by_reason["own_output"] >= 3


def test_a_folder_of_more_files_than_a_block_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.media.opening.BLOCK", 10)
    for number in range(35):
        (tmp_path / f"{number:02}.txt").write_text(f"note {number}\n")
    (tmp_path / "17.txt").write_text(PEOPLE, encoding="utf-8")
    scan(tmp_path)
    assert entries(scan(tmp_path)) == {"total": 35, "unchanged": 35}
    (tmp_path / "03a.txt").write_text("one more shifts every block behind it\n")
    assert entries(scan(tmp_path)) == {"total": 36, "unchanged": 35, "read": 1}
    (tmp_path / "00.txt").unlink()
    last = scan(tmp_path)
    assert entries(last) == {"total": 35, "unchanged": 35}
    assert addresses(last) == {str(tmp_path / "17.txt")}


def test_names_that_are_no_unicode_are_remembered(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("names are Unicode there")
    path = os.fsencode(tmp_path) + b"/\x96\xbc\x95\xeb.csv"
    with open(path, "wb") as stream:
        stream.write(PEOPLE.encode())
    first, second = scan(tmp_path), scan(tmp_path)
    assert entries(second) == {"total": 1, "unchanged": 1}
    assert second.documents == first.documents


# --- what is not trusted ----------------------------------------------------------------------------------------------


def test_a_file_changed_just_before_it_was_read_is_compared_by_its_content(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RACY", 60.0)
    path = tree / "sub" / "other.csv"
    first = scan(tree)
    info = path.stat()
    same = scan(tree)
    assert same.ledger.entries["unchanged"] == first.ledger.entries["read"]
    path.write_text(NOTHING, encoding="utf-8")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    forged = scan(tree)
    assert str(path) not in addresses(forged)
    assert forged.ledger.entries["read"] == 1


def test_a_large_file_changed_just_before_it_was_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.txt"
    path.write_text("nothing\n" * 40_000)
    monkeypatch.setattr(keeping, "RACY", 60.0)
    scan(tmp_path)
    assert entries(scan(tmp_path)) == {"total": 1, "read": 1}
    monkeypatch.setattr(keeping, "RACY", 0.0)
    scan(tmp_path)
    assert entries(scan(tmp_path)) == {"total": 1, "unchanged": 1}


def on(monkeypatch: pytest.MonkeyPatch, folder: Path, filesystem: str, mount: Path | None = None) -> None:
    """Have the folder be a medium of its own."""
    stick = Volume(identity="ABCD-1234", volume_class="fixed", mount=str(mount or folder), filesystem=filesystem)
    root = Volume(identity="root", volume_class="fixed", mount=folder.anchor, filesystem="ext4")
    monkeypatch.setattr(line, "VolumeTable", lambda: VolumeTable([root, stick]))


def test_on_fat_a_change_within_the_same_two_seconds_is_seen(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, tree, "vfat")
    path = tree / "sub" / "other.csv"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    first = scan(tree)
    assert scan(tree).ledger.entries["unchanged"] == first.ledger.entries["read"]
    path.write_text(NOTHING, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert str(path) not in addresses(scan(tree))


def test_on_fat_a_copy_of_the_medium_with_other_file_numbers_is_the_same(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tree, "exfat")
    first = scan(tree)
    other = tree.with_name("elsewhere")
    shutil.copytree(tree, other)
    on(monkeypatch, other, "exfat")
    second = scan(other)
    assert second.ledger.entries["unchanged"] == first.ledger.entries["read"]
    assert {a.removeprefix(str(other)) for a in addresses(second)} == {
        a.removeprefix(str(tree)) for a in addresses(first)
    }


def test_a_medium_is_the_same_one_at_another_mount_point(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, tree, "ext4")
    first = scan(tree)
    other = tree.with_name("elsewhere")
    tree.rename(other)
    on(monkeypatch, other, "ext4")
    second = scan(other)
    assert second.ledger.entries["read"] == 0
    assert second.history is not None
    assert second.history.counts["same"] == len(first.documents)
    assert {life.status for life in second.history.lives.values()} == {"same"}


def test_files_of_made_up_file_systems_are_always_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, tree, "sysfs")
    first = scan(tree)
    assert entries(scan(tree)) == entries(first)


@pytest.mark.posix
def test_what_was_refused_is_tried_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tree / "sub" / "other.csv"
    real = os.open

    def refusing(name: object, *rest: object, **named: object) -> int:
        if str(name).endswith("other.csv"):
            raise PermissionError(13, "refused")
        return real(name, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing)
        refused = scan(tree)
        assert refused.ledger.not_read_by_kind["denied"] == 1
        assert scan(tree).ledger.not_read_by_kind["denied"] == 1
    opened = scan(tree)
    assert opened.ledger.not_read_by_kind["denied"] == 0
    assert str(path) in addresses(opened)
    assert opened.ledger.entries["read"] == 1


# --- rules and readers ------------------------------------------------------------------------------------------------


def changed_rules(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, list[str]]], None]) -> None:
    """Have rules be others than they were."""
    real = basis.basis

    def other(*what: object) -> basis.Basis:
        known = real(*what)  # type: ignore[arg-type]
        rules = json.loads(known.rules)
        change(rules)
        return known._replace(rules=json.dumps(rules, sort_keys=True))

    monkeypatch.setattr(remember, "basis", other)


def test_a_rule_that_says_other_things_is_applied_where_it_was_in_play(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = {"list.csv": ("my_number",), "other.csv": ("my_number", "email"), "note.txt": ()}
    real = Workers.results

    def marked(self: Workers, waiting: Iterable[Batch]) -> Iterator[FileResult]:
        for result in real(self, waiting):
            named = ((mark, marks.get(os.path.basename(mark.path), ("url",))) for mark in result.marks)
            yield replace(result, marks=tuple(mark._replace(in_play=rules) for mark, rules in named))

    monkeypatch.setattr(Workers, "results", marked)
    first = scan(tree)
    monkeypatch.setattr(Workers, "results", real)
    changed_rules(monkeypatch, lambda rules: rules.update(my_number=[rules["my_number"][0], "changed"]))
    second = scan(tree)
    assert second.ledger.entries["read"] == 2
    assert "2 of 6" in notes(second)
    assert second.documents == first.documents
    third = scan(tree)
    assert third.ledger.entries["read"] == 0
    assert not notes(third)


def test_files_in_which_a_changed_rule_had_no_part_are_not_read_again(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scan(tree)
    changed_rules(monkeypatch, lambda rules: rules.update(my_number=[rules["my_number"][0], "changed"]))
    second = scan(tree)
    assert second.ledger.entries["read"] == 5  # two lists, and the archive with its two readable members
    assert second.ledger.entries["unchanged"] == first.ledger.entries["read"] - 5
    assert second.documents == first.documents


def test_a_rule_that_reads_what_stands_behind_a_name_is_in_play_where_names_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people.txt").write_text("担当の佐藤春子さん（女性）に連絡した。\n", encoding="utf-8")
    (tmp_path / "nobody.txt").write_text("nobody\n", encoding="utf-8")
    scan(tmp_path)
    changed_rules(monkeypatch, lambda rules: rules.update(gender=[rules["gender"][0], "changed"]))
    assert scan(tmp_path).ledger.entries["read"] == 1


@pytest.mark.parametrize("how", ["reach", "new rule"])
def test_a_rule_that_may_be_in_play_elsewhere_has_everything_read(
    tree: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first = scan(tree)
    if how == "reach":
        changed_rules(monkeypatch, lambda rules: rules.update(my_number=["changed", "changed"]))
    else:
        changed_rules(monkeypatch, lambda rules: rules.update(fresh_rule=["one", "two"]))
    second = scan(tree)
    assert second.ledger.entries["read"] == first.ledger.entries["read"]
    assert "6 of 6" in notes(second)


def test_other_limits_have_everything_read(tree: Path) -> None:
    first = scan(tree)
    limits = replace(Options().limits, depth=3)
    assert scan(tree, limits=limits).ledger.entries["read"] == first.ledger.entries["read"]


def test_what_a_run_shows_does_not_change_what_is_remembered(tree: Path) -> None:
    (tree / "many.csv").write_text("メール\n" + "".join(f"a{n}@nokosanai-sample.jp\n" for n in range(50)))
    whole = scan(tree, places=None)
    few = scan(tree, places=2, min_confidence="high")
    assert all(len(one.places) <= 2 for document in few.documents for one in document.findings)
    assert all(one.confidence == "high" for document in few.documents for one in document.findings)
    again = scan(tree, places=None)
    assert again.ledger.entries["unchanged"] > 0
    assert again.documents == whole.documents
    assert again.history is not None
    assert again.history.counts["changed"] == 0


# --- damage, strangers, crowds ----------------------------------------------------------------------------------------


@pytest.mark.posix
def test_only_the_owner_may_read_the_memory(tree: Path, state: Path) -> None:
    scan(tree)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    files = list(state.iterdir())
    assert {path.name for path in files} >= {"files.db", "findings.db", "key", "lock"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_no_value_that_was_found_is_in_the_memory(tree: Path, state: Path) -> None:
    scan(tree)
    scan(tree)
    for path in state.iterdir():
        content = path.read_bytes()
        for value in RAW:
            for encoding in ("utf-8", "utf-16-le", "cp932"):
                assert value.encode(encoding) not in content, path.name
        assert "甲野太郎".encode() not in content


@pytest.mark.parametrize("name", [place.FILES, place.FINDINGS])
@pytest.mark.parametrize("how", ["overwritten", "cut", "empty", "garbage within"])
def test_a_damaged_memory_is_set_aside_and_a_fresh_one_begun(tree: Path, state: Path, name: str, how: str) -> None:
    first = scan(tree)
    path = state / name
    content = path.read_bytes()
    damaged = {
        "overwritten": b"not a database at all" * 500,
        "cut": content[: len(content) // 2],
        "empty": b"",
        "garbage within": content[:100] + os.urandom(len(content) - 100),
    }[how]
    path.write_bytes(damaged)
    second = scan(tree)
    assert second.documents == first.documents
    assert second.ledger.entries["total"] == first.ledger.entries["total"]
    if how != "empty":
        assert name in notes(second)
        assert [one for one in state.iterdir() if one.name.startswith(f"{name}{place.ASIDE}")]
    third = scan(tree)
    assert third.ledger.entries["read"] == 0
    assert third.documents == first.documents
    assert not notes(third)


def test_a_lost_key_has_everything_read_and_is_made_anew(tree: Path, state: Path) -> None:
    first = scan(tree)
    (state / place.KEY).write_bytes(b"short")
    second = scan(tree)
    assert second.ledger.entries["read"] == first.ledger.entries["read"]
    assert len((state / place.KEY).read_bytes()) == place.KEY_BYTES
    assert scan(tree).ledger.entries["read"] == 0


def test_a_memory_of_a_newer_version_is_left_alone(tree: Path, state: Path) -> None:
    first = scan(tree)
    with closing(sqlite3.connect(state / place.FINDINGS)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (state / place.FINDINGS).read_bytes()
    second = scan(tree)
    assert "99" in notes(second)
    assert entries(second) == entries(first)
    assert (state / place.FINDINGS).read_bytes() == before


def test_a_second_scan_at_the_same_time_goes_on_without_memory_and_says_so(tree: Path) -> None:
    first = Run([tree], Options(jobs=1))
    results = first.results()
    next(results)
    second = scan(tree)
    assert "another scan" in notes(second).lower()
    assert second.ledger.entries["read"] > 0
    for _ in results:
        pass
    assert not notes(first.report())
    assert scan(tree).ledger.entries["read"] == 0


def test_a_run_that_nobody_waits_for_keeps_what_it_did_and_lets_the_next_one_write(tree: Path) -> None:
    abandoned = Run([tree], Options(jobs=1))
    results = abandoned.results()
    next(results)
    assert abandoned.report().history is None
    results.close()
    after = scan(tree)
    assert not notes(after)
    assert after.ledger.entries["unchanged"] > 0


def test_a_memory_that_cannot_be_written_costs_no_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOKOSANAI_STATE", str(tree / "note.txt" / "state"))
    report = scan(tree)
    assert report.history is not None
    assert len(report.history.notes) == 1
    assert report.documents
    assert report.exit_code == 1


@pytest.mark.parametrize("after", [1, 40, 80, 120, 160])
def test_a_disk_that_is_full_in_the_midst_costs_no_file(
    tree: Path, state: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    first = scan(tree, state=False)
    for number in range(120):
        (tree / "sub" / f"{number}.csv").write_text(PEOPLE, encoding="utf-8")
    real = remember.database.opened

    def small(*what: object, **named: object) -> object:
        connection = real(*what, **named)  # type: ignore[arg-type]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + after // 8}")
        return connection

    monkeypatch.setattr(remember.database, "opened", small)
    full = scan(tree)
    assert full.ledger.entries["total"] == first.ledger.entries["total"] + 120
    assert full.ledger.entries["read"] == first.ledger.entries["read"] + 120
    assert len(full.documents) == len(first.documents) + 120
    monkeypatch.setattr(remember.database, "opened", real)
    again = scan(tree)
    assert again.documents == full.documents
    assert scan(tree).ledger.entries["read"] == 0


def test_the_memory_failing_while_it_is_asked_costs_no_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tree / "sub" / f"{number}.csv").write_text(PEOPLE, encoding="utf-8")
    first = scan(tree)
    calls = []
    real = Findings.content

    def failing(self: Findings, number: int) -> tuple[bytes, bytes]:
        calls.append(number)
        if len(calls) > 12:
            raise sqlite3.OperationalError("disk I/O error")
        return real(self, number)

    monkeypatch.setattr(Findings, "content", failing)
    second = scan(tree)
    assert second.ledger.entries["total"] == first.ledger.entries["total"]
    assert addresses(second) == addresses(first)
    assert len(second.documents) == len(first.documents)
    assert notes(second)


def test_scouts_change_nothing_but_the_time(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        folder = tree / f"f{number % 7}" / f"g{number}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(OTHERS, encoding="utf-8")
    monkeypatch.setattr(remember, "WORTH", 1)
    first = scan(tree)
    (tree / "f3" / "g3" / "a.csv").write_text(PEOPLE, encoding="utf-8")
    shutil.rmtree(tree / "f4")
    second = scan(tree)
    assert second.ledger.entries["read"] == 1
    gone = len([a for a in addresses(first) if a.startswith(str(tree / "f4"))])
    assert second.history is not None
    assert second.history.counts["gone"] == gone > 0
    assert scan(tree).ledger.entries["read"] == 0


def test_times_beyond_every_calendar_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "future.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    try:
        os.utime(path, (2**33, 2**33))
    except (OSError, OverflowError):
        pytest.skip("no such time here")
    scan(tmp_path)
    assert entries(scan(tmp_path)) == {"total": 1, "unchanged": 1}


@pytest.mark.posix
def test_the_memory_is_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOKOSANAI_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(places.sys, "platform", "linux")
    monkeypatch.setattr(places.os, "geteuid", lambda: 1000)
    assert places.state_folder() == tmp_path / "nokosanai"
    monkeypatch.setattr(places.os, "geteuid", lambda: 0)
    assert places.state_folder() == Path("/var/lib/nokosanai")
    monkeypatch.setattr(places.sys, "platform", "darwin")
    assert places.state_folder() == Path.home() / "Library" / "Application Support" / "nokosanai"
