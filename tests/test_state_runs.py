"""Runs that follow one another, the watcher's among them: who may write, who works, what is told in between."""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner import keeping
from scanner.line import Options, Run, Tools
from scanner.media import opening
from scanner.model import FileResult
from scanner.report import Report
from scanner.state import database, place, schema
from scanner.state.findings import Findings
from scanner.state.place import Unusable
from tests.test_state import OTHERS, PEOPLE, addresses, notes, scan
from tests.test_state_life import counts, gone, history, life

OPTIONS = Options(jobs=1)


@pytest.fixture(autouse=True)
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RACY", 0.0)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "list.csv").write_text(PEOPLE, encoding="utf-8")
    return folder


@pytest.fixture
def watched() -> Iterator[Callable[..., Report]]:
    """A run as a watcher makes them, over files and over what has gone."""
    tools = Tools(OPTIONS, session="a" * 32)

    def examined(*paths: Path, gone: tuple[Path, ...] = ()) -> Report:
        run = Run(paths, OPTIONS, tools=tools, gone=[str(path) for path in gone])
        for _ in run.results():
            pass
        return run.report()

    yield examined
    tools.close()


# --- who may write ----------------------------------------------------------------------------------------------------


def test_a_run_that_nobody_asks_for_its_report_lets_the_next_one_write(tree: Path) -> None:
    run = Run([tree], OPTIONS)
    for _ in run.results():
        pass
    report = scan(tree)
    assert not notes(report)
    assert counts(report) == {"same": 1}
    assert run.report().history is not None


@pytest.mark.parametrize("how", ["left", "failed"])
def test_a_run_that_breaks_off_lets_the_next_one_write(tree: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    run = Run([tree], OPTIONS)
    results = run.results()
    if how == "left":
        next(results)
        assert isinstance(results, Generator)
        results.close()
    else:

        def broken(self: Run, result: FileResult) -> None:
            raise ArithmeticError

        with monkeypatch.context() as patch:
            patch.setattr(Run, "_take", broken)
            with pytest.raises(ArithmeticError):
                list(results)
    assert not notes(scan(tree))


def test_whoever_lets_go_twice_takes_nothing_from_the_next_one(state: Path) -> None:
    place.prepare(state)
    first = place.Lock(state)
    first.release()
    second = place.Lock(state)
    first.release()
    with pytest.raises(Unusable):
        place.Lock(state)
    second.release()
    place.Lock(state).release()


# --- who works --------------------------------------------------------------------------------------------------------


def test_workers_stay_for_the_next_run_unless_its_settings_are_others(tree: Path, state: Path) -> None:
    tools = Tools(OPTIONS, session="b" * 32)
    kept = []
    for _ in range(3):
        run = Run([tree], OPTIONS, tools=tools)
        list(run.results())
        kept.append(tools._workers)
        if len(kept) == 2:
            (state / place.KEY).unlink()  # digests under another key are no use to the same run
    tools.close()
    assert kept[0] is kept[1]
    assert kept[2] is not kept[1]


@pytest.mark.posix
def test_a_worker_that_died_between_two_runs_is_not_blamed_on_a_file(tree: Path) -> None:
    tools = Tools(OPTIONS, session="c" * 32)
    list(Run([tree], OPTIONS, tools=tools).results())
    assert tools._workers is not None
    (waiting,) = tools._workers._workers
    os.kill(waiting._process.pid, signal.SIGKILL)
    waiting._process.join()
    (tree / "more.csv").write_text(OTHERS, encoding="utf-8")
    run = Run([tree / "more.csv"], OPTIONS, tools=tools)
    list(run.results())
    tools.close()
    assert run.report().problems == ()
    assert addresses(run.report()) == {str(tree / "more.csv")}


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_scan_tells_as_new_what_a_watcher_has_found_since_the_last_one(
    tree: Path, watched: Callable[..., Report]
) -> None:
    first = scan(tree)
    (tree / "more.csv").write_text(OTHERS, encoding="utf-8")
    seen = watched(tree / "more.csv")
    assert counts(seen) == {"new": 1}
    second = scan(tree)
    assert counts(second) == {"new": 1, "same": 1}
    assert life(second, tree / "more.csv").since == seen.started
    assert [run.run_id for run in history(second).trend] == [first.run_id, second.run_id]
    previous = history(second).previous
    assert previous is not None
    assert previous.run_id == first.run_id
    assert counts(scan(tree)) == {"same": 2}


def test_a_watcher_tells_when_what_has_gone_was_seen_last(tree: Path, watched: Callable[..., Report]) -> None:
    first = scan(tree)
    (tree / "list.csv").unlink()
    report = watched(gone=(tree / "list.csv",))
    assert gone(report) == [("list.csv", "deleted")]
    assert history(report).gone[0].seen <= first.finished
    assert gone(scan(tree)) == [("list.csv", "deleted")]


def test_what_is_there_again_when_the_watcher_looks_has_not_gone(tree: Path, watched: Callable[..., Report]) -> None:
    scan(tree)
    assert counts(watched(gone=(tree / "list.csv",))) == {}
    assert counts(scan(tree)) == {"same": 1}


def test_a_watcher_sees_a_file_move_when_both_names_come_together(tree: Path, watched: Callable[..., Report]) -> None:
    first = scan(tree)
    (tree / "list.csv").rename(tree / "renamed.csv")
    report = watched(tree / "renamed.csv", gone=(tree / "list.csv",))
    assert counts(report) == {"moved": 1}
    second = scan(tree)
    assert counts(second) == {"moved": 1}
    assert life(second, tree / "renamed.csv").since == first.started


def test_what_a_watcher_finds_after_weeks_is_not_told_to_have_been_there_all_the_time(state: Path) -> None:
    place.prepare(state)
    began = datetime(2026, 4, 1, 9, tzinfo=UTC)
    with closing(database.opened(state / place.FINDINGS, schema.FINDINGS, full=True, note=print)) as connection:
        findings = Findings(connection)
        first = findings.go_on("session", began)
        assert findings.go_on("session", began + timedelta(minutes=40)) == first
        later = findings.go_on("session", began + timedelta(days=20))
        assert findings.moments()[later][1] == began + timedelta(days=20)
        scanned = findings.begin("scan", "", began + timedelta(days=20, minutes=1))
        assert findings.go_on("session", began + timedelta(days=20, minutes=2)) > scanned > later > first


def test_files_named_one_by_one_leave_what_is_remembered_of_those_beside_them(
    tree: Path, watched: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BLOCK", 8)
    for number in range(30):
        (tree / f"{number:02}.csv").write_text(f"{PEOPLE}{number}\n", encoding="utf-8")
    scan(tree)
    changed = [tree / name for name in ("00.csv", "07.csv", "19.csv", "29.csv", "between.csv", "zz.csv", "00a.csv")]
    for path in changed:
        path.write_text(OTHERS, encoding="utf-8")
    (tree / "12.csv").unlink()
    report = watched(*changed, gone=(tree / "12.csv",))
    assert report.ledger.entries["read"] == len(changed)
    assert addresses(report) == {str(path) for path in changed}
    assert gone(report) == [("12.csv", "deleted")]
    assert watched(*changed).ledger.entries["unchanged"] == len(changed)
    again = scan(tree)
    assert again.ledger.entries["read"] == 0
    assert len(again.documents) == 31 + 3 - 1
    assert counts(again) == {"new": 3, "changed": 4, "same": 26, "gone": 1}
