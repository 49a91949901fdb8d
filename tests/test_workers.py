"""Worker processes die at any moment: the run ends all the same, and every file is accounted for."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import scanner
from scanner import batches, worker, workers
from scanner.detection.rules import load
from scanner.examine import PART, Examiner, Settings
from scanner.formats import plain
from scanner.limits import Limits
from scanner.media.walk import Entry
from scanner.model import Document, FileResult
from scanner.places import rules_folder
from scanner.report import Report
from tests.outside import Outside

pytestmark = pytest.mark.posix

FOUND = "個人番号：0234 5678 9013\n"


def folder(path: Path, files: int, lines: int = 1) -> Path:
    for number in range(files):
        (path / f"{number:05}.txt").write_text(FOUND * lines, "utf-8")
    return path


def balanced(report: Report, files: int) -> None:
    entries = report.ledger.entries
    assert entries["total"] == entries["read"] + entries["not_read"] == files
    assert report.ledger.not_read_by_kind.total() == len(report.problems)
    assert len(report.documents) == entries["read"]


class Killer:
    """Kills children of this process until it is told to stop."""

    def __init__(self, pause: Callable[[], float]) -> None:
        self._pause = pause
        self._over = threading.Event()
        self.kills = 0
        self._thread = threading.Thread(target=self._kill)

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._over.wait(self._pause()):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):
                    child.kill()
                    self.kills += 1


@pytest.mark.parametrize("seed", range(3))
def test_workers_killed_at_random_moments_cost_no_run_and_no_entry(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    with Killer(lambda: chance.uniform(0.0, 0.6)) as killer:
        report = scanner.scan(folder(tmp_path, 200, 50), jobs=2)
    assert killer.kills
    balanced(report, 200)
    assert set(report.ledger.not_read_by_kind) <= {"bug"}


@pytest.mark.parametrize("moment", ["_silence", "_watch", "Examiner"])
def test_workers_that_die_before_they_begin_end_in_a_report_with_code_3(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, moment, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    report = scanner.scan(folder(tmp_path, 40), jobs=2)
    balanced(report, 40)
    assert report.ledger.not_read_by_kind == {"bug": 40}
    assert {problem.detail for problem in report.problems} == {"no worker process stays alive to examine it"}
    assert (report.complete, report.exit_code) == (False, 3)


def test_a_worker_killed_while_it_hands_over_a_result_costs_one_more_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = tmp_path / "died"
    remember = Outside(died.touch)
    say = worker.Voice.say

    def torn(self: worker.Voice, result: FileResult | None, files: int, within: bool, **more: bool) -> None:
        if result is not None and not died.exists():
            remember()
            os.write(self._pipe.fileno(), b"\x00\x01\x00\x00half of a message")
            os.kill(os.getpid(), signal.SIGKILL)
        say(self, result, files, within, **more)

    monkeypatch.setattr(worker.Voice, "say", torn)
    place = tmp_path / "files"
    place.mkdir()
    report = scanner.scan(folder(place, 30), jobs=2)
    assert died.exists()
    assert (report.ledger.entries["read"], report.problems) == (30, ())


def test_files_that_all_kill_their_worker_end_in_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def readings(document: Document, budget: object) -> Iterator[object]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield

    monkeypatch.setattr(plain, "read", readings)
    monkeypatch.setattr(workers, "FRUITLESS", 5)
    report = scanner.scan(folder(tmp_path, 300), jobs=2)
    balanced(report, 300)
    assert report.ledger.not_read_by_kind == {"bug": 300}


def test_a_stopped_worker_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = tmp_path / "stopped"
    remember = Outside(stopped.touch)
    read = plain.read

    def readings(document: Document, budget: object) -> Iterator[object]:
        if not stopped.exists():
            remember()
            os.kill(os.getpid(), signal.SIGSTOP)
        return read(document, budget)  # type: ignore[arg-type]

    monkeypatch.setattr(plain, "read", readings)
    monkeypatch.setattr(workers, "GRACE", 2.0)
    place = tmp_path / "files"
    place.mkdir()
    report = scanner.scan(folder(place, 10), jobs=1, limits=Limits(seconds=0.5, patience=1.0))
    balanced(report, 10)
    assert stopped.exists()
    assert report.ledger.entries["read"] == 10


def archive(path: Path, members: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(members):
            packed.writestr(f"{number:06}.txt", f"個人番号：0234 5678 9013\n電話 090-2345-{number % 10000:04}\n")
    return path


def test_an_archive_full_of_findings_is_handed_over_in_parts_and_counted_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.totals.LISTED", 100)
    report = scanner.scan(archive(tmp_path / "many.zip", 3_000), jobs=1)
    assert report.ledger.entries == {"total": 3_001, "read": 3_001}
    assert (len(report.documents), report.documents_omitted) == (100, 2_900)
    numbers = report.by_type["my_number"]
    assert (numbers.count, numbers.distinct, numbers.documents) == (3_000, 1, 3_000)


def test_files_full_of_findings_at_the_end_of_a_batch_cost_none_of_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is a part by itself then, the last one of a batch as well."""
    monkeypatch.setattr("scanner.examine.PART", 1)
    monkeypatch.setattr(batches, "BATCH_FILES", 4)
    for state in (False, True):
        report = scanner.scan(folder(tmp_path, 10), jobs=1, state=state)
        balanced(report, 10)
        assert report.ledger.entries["read"] == 10


def test_what_a_worker_holds_of_one_archive_is_bounded(tmp_path: Path) -> None:
    path = archive(tmp_path / "many.zip", 4_000)
    parts: list[tuple[FileResult, int, bool]] = []
    settings = Settings(rules=load(rules_folder()), key=b"k" * 32)
    last = Examiner(settings).examine(
        [Entry(str(path), path.stat().st_size, 0.0)],
        lambda result, files, within: parts.append((result, files, within)),
    )
    assert len(parts) > 3
    assert max(len(result.documents) for result, _, _ in parts) <= PART // 100
    assert {(files, within) for _, files, within in parts} == {(0, True)}
    assert sum(len(result.documents) for result, _, _ in parts) + len(last.documents) == 4_000
    assert last.ledger.entries["total"] > 0


def test_what_was_found_before_a_worker_died_inside_an_archive_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = plain.read

    def readings(document: Document, budget: object) -> Iterator[object]:
        if document.name == "002500.txt":
            os.kill(os.getpid(), signal.SIGKILL)
        return read(document, budget)  # type: ignore[arg-type]

    monkeypatch.setattr(plain, "read", readings)
    archive(tmp_path / "many.zip", 3_000)
    folder(tmp_path, 3)
    report = scanner.scan(tmp_path, jobs=1)
    entries = report.ledger.entries
    assert [(problem.address, problem.kind) for problem in report.problems] == [(str(tmp_path / "many.zip"), "bug")]
    assert entries["not_read"] == 1
    assert 1_000 < len(report.documents) == entries["read"] <= 2_503
    assert {str(tmp_path / f"{number:05}.txt") for number in range(3)} <= {one.path for one in report.documents}


def test_no_worker_stays_behind(tmp_path: Path) -> None:
    others = psutil.Process().children()  # of tests that go on in this process
    scanner.scan(folder(tmp_path, 5), jobs=2)
    assert set(psutil.Process().children()) <= set(others)


def test_a_small_scan_starts_no_more_workers_than_it_has_work_for(tmp_path: Path) -> None:
    folder(tmp_path, 3)
    script = (
        "import scanner, sys, multiprocessing.process as p\n"
        "start, begun = p.BaseProcess.start, []\n"
        "p.BaseProcess.start = lambda self: (begun.append(1), start(self))[1]\n"
        "scanner.scan(sys.argv[1], jobs=8)\n"
        "print(len(begun))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=120)
    assert done.stdout == "1\n"


def test_an_interruption_of_a_program_ends_with_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = tmp_path / "begun"
    interrupt = Outside(lambda: (begun.touch(), os.kill(os.getpid(), signal.SIGINT)))

    def readings(document: Document, budget: object) -> Iterator[object]:
        if not begun.exists():
            interrupt()
        time.sleep(3600)
        yield

    monkeypatch.setattr(plain, "read", readings)
    place = tmp_path / "files"
    place.mkdir()
    report = scanner.scan(folder(place, 10), jobs=1)
    assert (report.interrupted, report.exit_code) == (True, 130)
    assert report.ledger.not_read_by_kind == {"interrupted": 10}
