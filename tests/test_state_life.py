"""The life of findings: new, changed, moved, the same, gone, and what is told of them."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner import again, keeping, recall
from scanner.errors import UsageError
from scanner.line import Options, Run
from scanner.memory import Gone, History, Life
from scanner.report import Report
from scanner.sinks import since, terminal
from tests.full_report import past
from tests.test_sinks import report as sample
from tests.test_state import OTHERS, PEOPLE, addresses, scan


@pytest.fixture(autouse=True)
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RACY", 0.0)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    (folder / "list.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "sub" / "other.csv").write_text(OTHERS, encoding="utf-8")
    return folder


def history(report: Report) -> History:
    assert report.history is not None
    return report.history


def counts(report: Report) -> dict[str, int]:
    return {how: count for how, count in history(report).counts.items() if count}


def life(report: Report, path: Path) -> Life:
    return history(report).lives[str(path)]


def gone(report: Report) -> list[tuple[str, str]]:
    return [(Path(one.address).name, one.why) for one in history(report).gone]


def test_a_finding_is_new_then_the_same_then_changed_then_gone(tree: Path) -> None:
    first = scan(tree)
    assert counts(first) == {"new": 2}
    assert history(first).previous is None
    second = scan(tree)
    assert counts(second) == {"same": 2}
    assert life(second, tree / "list.csv").run == first.run_id
    assert life(second, tree / "list.csv").since == first.started
    assert history(second).previous is not None
    assert history(second).previous.run_id == first.run_id
    (tree / "list.csv").write_text(PEOPLE + "丙川次郎,1234-5678-9018\n", encoding="utf-8")
    third = scan(tree)
    assert counts(third) == {"changed": 1, "same": 1}
    assert life(third, tree / "list.csv").since == first.started
    (tree / "list.csv").unlink()
    fourth = scan(tree)
    assert counts(fourth) == {"same": 1, "gone": 1}
    assert gone(fourth) == [("list.csv", "deleted")]
    assert history(fourth).gone[0].persons == third.documents[0].persons.best
    assert history(fourth).gone[0].since == first.started
    fifth = scan(tree)
    assert counts(fifth) == {"same": 1}
    assert [run.documents for run in history(fifth).trend] == [2, 2, 2, 1, 1]


def test_a_file_that_is_touched_but_says_the_same_has_not_changed(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").write_text(PEOPLE + "\n", encoding="utf-8")
    assert counts(scan(tree)) == {"same": 2}


def test_a_file_that_is_renamed_or_copied_and_deleted_has_moved(tree: Path) -> None:
    first = scan(tree)
    (tree / "list.csv").rename(tree / "sub" / "renamed.csv")
    second = scan(tree)
    assert counts(second) == {"moved": 1, "same": 1}
    moved = life(second, tree / "sub" / "renamed.csv")
    assert (moved.before, moved.since) == (str(tree / "list.csv"), first.started)
    (tree / "copy.csv").write_text(OTHERS, encoding="utf-8")
    (tree / "sub" / "other.csv").unlink()
    third = scan(tree)
    assert counts(third) == {"moved": 1, "same": 1}
    assert life(third, tree / "copy.csv").before == str(tree / "sub" / "other.csv")
    assert life(third, tree / "sub" / "renamed.csv").before == ""


def test_a_copy_is_new_and_its_original_the_same(tree: Path) -> None:
    scan(tree)
    (tree / "copy.csv").write_text(PEOPLE, encoding="utf-8")
    report = scan(tree)
    assert counts(report) == {"new": 1, "same": 2}
    assert life(report, tree / "copy.csv").status == "new"


def test_another_file_under_the_number_of_a_deleted_one_has_not_moved(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").unlink()
    (tree / "fresh.csv").write_text("氏名,個人番号\n丁田三郎,1111-1111-1118\n", encoding="utf-8")
    assert counts(scan(tree)) == {"new": 1, "same": 1, "gone": 1}


def test_a_renamed_folder_has_moved_with_all_it_holds(tree: Path) -> None:
    scan(tree)
    (tree / "sub").rename(tree / "archive")
    report = scan(tree)
    assert counts(report) == {"moved": 1, "same": 1}


def test_a_file_that_was_cleaned_is_gone_as_cleaned(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").write_text("氏名,個人番号\n", encoding="utf-8")
    assert gone(scan(tree)) == [("list.csv", "cleaned")]


def test_a_file_that_is_left_out_is_gone_as_excluded_and_comes_back_as_new(tree: Path) -> None:
    scan(tree)
    assert gone(scan(tree, exclude=("sub",))) == [("other.csv", "excluded")]
    assert counts(scan(tree)) == {"new": 1, "same": 1}


def test_a_scan_of_a_part_leaves_the_rest_alone(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").unlink()
    (tree / "sub" / "new.csv").write_text(PEOPLE.replace("甲野", "戊島"), encoding="utf-8")
    part = scan(tree / "sub")
    assert counts(part) == {"new": 1, "same": 1}
    assert addresses(part) == {str(tree / "sub" / "other.csv"), str(tree / "sub" / "new.csv")}
    whole = scan(tree)
    assert gone(whole) == [("list.csv", "deleted")]
    assert life(whole, tree / "sub" / "new.csv").status == "new"
    assert len(history(whole).trend) == 2


def test_what_cannot_be_read_this_time_is_not_gone(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tree)
    real = recall.Block.items

    def refused(block: recall.Block) -> object:
        if block.folder.endswith("sub"):
            raise PermissionError(13, "refused")
        return real(block)

    (tree / "sub" / "more.txt").write_text("so that the folder is looked at singly\n")
    with monkeypatch.context() as patch:
        patch.setattr(recall.Block, "items", refused)
        report = scan(tree)
        assert report.ledger.not_read_by_kind["denied"] == 1
        assert "gone" not in counts(report)
    assert counts(scan(tree)) == {"same": 2}


def test_a_list_that_is_encrypted_now_is_not_taken_for_cleaned(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").write_bytes(os.urandom(5_000))
    report = scan(tree)
    assert report.ledger.entries["not_read"] == 1
    assert "gone" not in counts(report)


def test_an_interrupted_run_has_nobody_gone(tree: Path) -> None:
    scan(tree)
    (tree / "sub" / "other.csv").unlink()
    run = Run([tree], Options(jobs=1))
    run.interrupt()
    for _ in run.results():
        pass
    assert "gone" not in counts(run.report())
    assert gone(scan(tree)) == [("other.csv", "deleted")]


def test_a_trend_ends_after_thirty_runs(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(PEOPLE, encoding="utf-8")
    for _ in range(32):
        report = scan(tmp_path)
    assert len(history(report).trend) == 30
    assert history(report).trend[-1].run_id == report.run_id


# --- the report again, from memory ------------------------------------------------------------------------------------


def test_the_report_again_is_the_report_of_the_scan(tree: Path, state: Path) -> None:
    first = scan(tree)
    (tree / "sub" / "more.csv").write_text(PEOPLE, encoding="utf-8")
    told = scan(tree)
    known = again.report(state, again.Wanted())
    for name in ("documents", "violations", "problems", "persons", "by_type", "run_id", "sources", "complete"):
        assert getattr(known, name) == getattr(told, name), name
    assert known.to_dict() == told.to_dict()
    assert known.exit_code == told.exit_code == 1
    assert first.run_id in {run.run_id for run in again.runs(state, "en")}


def test_the_report_again_needs_no_disk(tree: Path, state: Path) -> None:
    scan(tree)
    tree.rename(tree.with_name("away"))
    assert len(again.report(state, again.Wanted()).documents) == 2


def test_the_report_again_can_be_compared_with_an_earlier_run(tree: Path, state: Path) -> None:
    first = scan(tree)
    (tree / "second.csv").write_text(OTHERS.replace("丙川", "己原"), encoding="utf-8")
    scan(tree)
    (tree / "list.csv").unlink()
    scan(tree)
    known = again.report(state, again.Wanted(compare=first.run_id[:8]))
    assert counts(known) == {"new": 1, "same": 1, "gone": 1}
    assert len(known.documents) == 2
    since_run = again.report(state, again.Wanted(since=first.run_id))
    assert addresses(since_run) == {str(tree / "second.csv")}
    assert counts(since_run) == {"new": 1, "same": 1, "gone": 1}


def test_since_a_day_before_the_first_run_everything_is_new(tree: Path, state: Path) -> None:
    scan(tree)
    scan(tree)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert len(again.report(state, again.Wanted(since=yesterday)).documents) == 2
    assert again.report(state, again.Wanted(since=tomorrow)).documents == ()


@pytest.mark.parametrize("asked", ["ffffffff", "", "x"])
def test_a_run_that_is_not_remembered_is_said(tree: Path, state: Path, asked: str) -> None:
    with pytest.raises(UsageError):
        again.report(state, again.Wanted())
    scan(tree)
    if asked:
        with pytest.raises(UsageError):
            again.report(state, again.Wanted(compare=asked))


def test_the_policy_in_force_judges_what_is_remembered(tree: Path, state: Path, tmp_path: Path) -> None:
    assert scan(tree).violations
    lenient = tmp_path / "lenient.toml"
    lenient.write_text(
        'name = "lenient"\nrequired = []\n[[clause]]\nid = "all"\nallow = true\n[clause.where]\n[clause.what]\n'
        'types = ["my_number", "person_name"]\n',
        encoding="utf-8",
    )
    known = again.report(state, again.Wanted(policy=lenient))
    assert known.violations == ()
    assert known.exit_code == 0
    assert known.policy_name == "lenient"


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "NOKOSANAI_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        capture_output=True, encoding="utf-8", env=environment, timeout=120,
    )  # fmt: skip


def test_the_command_prints_lists_and_writes(tree: Path, tmp_path: Path) -> None:
    nothing = run("report")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "nokosanai scan" in nothing.stderr
    scanned = run("scan", tree, "--format", "json")
    target = tmp_path / "again.json"
    done = run("report", "--format", "json", "--output", target)
    assert done.returncode == scanned.returncode == 1
    assert target.read_text("utf-8") == scanned.stdout
    assert run("report", "--no-fail").returncode == 0
    listed = run("report", "--runs")
    assert str(tree) in listed.stdout
    assert "2 files" in listed.stdout
    assert run("report", "--compare", "nothing").returncode == 2


def test_a_note_about_the_memory_is_said_on_standard_error_too(tree: Path, state: Path) -> None:
    run("scan", tree)
    (state / "files.db").write_bytes(b"nonsense" * 1000)
    done = run("scan", tree, "--format", "json")
    assert done.returncode == 1
    assert "files.db" in done.stderr


# --- the section for people -------------------------------------------------------------------------------------------


def page(report: Report, lang: str = "en", encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    terminal.write(report, stream, lang=lang, width=100, color=False)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def test_what_is_new_comes_first_and_what_is_gone_last(tree: Path) -> None:
    scan(tree)
    (tree / "list.csv").rename(tree / "sub" / "renamed.csv")
    (tree / "zzz.csv").write_text(OTHERS.replace("丙川", "己原"), encoding="utf-8")
    (tree / "sub" / "other.csv").write_text("nobody\n", encoding="utf-8")
    text = page(scan(tree))
    where = [
        text.index(word) for word in ("Since last time", "new  ", "moved  ", "gone  ", "last 2 runs", "Violations\n")
    ]
    assert where == sorted(where)
    assert f"was:{tree / 'list.csv'}" in "".join(text.split())  # wherever the line is broken
    japanese = page(again.report(Path(os.environ["NOKOSANAI_STATE"]), again.Wanted(lang="ja")), "ja")
    assert "からの変化" in japanese
    assert "新規 1件" in japanese
    assert "なくなった" in japanese


def test_the_trend_is_drawn_in_what_the_console_can_show(tree: Path) -> None:
    runs = tuple(past(number, persons, number) for number, persons in ((3, 0), (2, 50), (1, 100)))
    known = History(previous=runs[-1], trend=runs, counts={"same": 1})
    told = replace(sample(), history=known)
    assert "▁▅█" in page(told)
    assert "_=#" in page(told, "ja", "cp932")


@pytest.mark.parametrize(("values", "drawn"), [([], ""), ([0, 0], "▁▁"), ([1, 1000], "▂█"), ([7], "█")])
def test_only_nothing_is_drawn_as_nothing(values: list[int], drawn: str) -> None:
    assert since.bars(values) == drawn


def test_a_name_that_steers_the_terminal_is_escaped_in_the_history() -> None:
    now = datetime.now(UTC)
    lost = Gone(address="/x/\x1b[2J.csv", types=("my_number",), persons=1, since=now, seen=now, why="deleted")
    runs = (past(2, 1, 1), past(1, 1, 1))
    known = History(previous=runs[0], trend=runs, counts={"gone": 1}, gone=(lost,))
    assert "\x1b" not in page(replace(sample(), history=known))
