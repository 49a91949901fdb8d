"""A reader that crashes, hangs or eats memory costs one file; interruptions and full disks end in a clear word."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import scanner
from scanner.errors import Unreadable
from scanner.formats import plain
from scanner.limits import Budget, Limits, as_opened
from scanner.model import Document
from tests import hostile
from tests.outside import Outside

pytestmark = pytest.mark.posix

FOUND = "個人番号：0234 5678 9013\n"
COMMAND = [sys.executable, "-m", "scanner"]


def misbehave(monkeypatch: pytest.MonkeyPatch, how: Callable[[], object]) -> None:
    read = plain.read

    def readings(document: Document, budget: Budget) -> Iterator[object]:
        if "bad" in document.name:
            how()
        return read(document, budget)

    monkeypatch.setattr(plain, "read", readings)


def folder(path: Path) -> Path:
    for number in range(20):
        (path / f"good{number}.txt").write_text(FOUND, "utf-8")
    (path / "bad.txt").write_text(FOUND, "utf-8")
    return path


def workers(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The worker processes of a scan, as soon as they are there."""
    while process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
        if children:
            return children
        time.sleep(0.02)
    raise AssertionError("the scan ended before it had workers")


def eat() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(b"x") * (1 << 24))


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (lambda: os.abort(), "bug"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "bug"),
        (lambda: 1 // 0, "bug"),
        (lambda: sys.exit(3), "bug"),
        (lambda: eat(), "bomb"),
    ],
    ids=["abort", "segfault", "exception", "exit", "memory"],
)
def test_a_reader_that_fails_costs_one_file(
    how: Callable[[], object], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    misbehave(monkeypatch, how)
    report = scanner.scan(folder(tmp_path), jobs=2)
    assert [(problem.address, problem.kind) for problem in report.problems] == [(str(tmp_path / "bad.txt"), kind)]
    assert len(report.documents) == 20
    assert report.to_dict()["ledger"]["entries"] == {
        "total": 21, "read": 20, "unchanged": 0, "not_read": 1, "excluded": 0,
    }  # fmt: skip


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misbehave(monkeypatch, lambda: time.sleep(3600))
    monkeypatch.setattr("scanner.workers.GRACE", 1.0)
    report = scanner.scan(folder(tmp_path), jobs=2, limits=Limits(seconds=1.0, patience=1.0))
    assert [(problem.kind, Path(problem.address).name) for problem in report.problems] == [("timed_out", "bad.txt")]
    assert len(report.documents) == 20


def test_the_text_of_an_exception_never_reaches_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leak() -> None:
        raise ValueError("0234 5678 9013 is not a number")

    misbehave(monkeypatch, leak)
    report = scanner.scan(folder(tmp_path), jobs=1)
    assert "is not a number" not in json.dumps(report.to_dict())
    assert report.problems[0].detail.startswith("ValueError in ")


def test_a_folder_of_hostile_entries_ends_with_a_balanced_ledger(tmp_path: Path) -> None:
    place = tmp_path / "hostile"
    place.mkdir()
    entries = hostile.build(place)
    assert len(entries) >= 50
    done = subprocess.run([*COMMAND, "scan", place, "--format", "json"], capture_output=True, timeout=600)
    assert done.returncode in (1, 3), done.stderr
    report = json.loads(done.stdout)
    for book in (report["ledger"]["entries"], report["ledger"]["bytes"]):
        assert book["total"] == book["read"] + book["unchanged"] + book["not_read"] + book["excluded"]
    assert report["ledger"]["entries"]["total"] >= len(entries)
    assert not [problem for problem in report["problems"] if problem["kind"] == "bug"]
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_with_a_report_of_what_was_done(how: signal.Signals, tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number:05}.txt").write_text(FOUND * 400, "utf-8")
    process = subprocess.Popen(
        [*COMMAND, "scan", tmp_path, "--format", "json", "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    workers(process)
    time.sleep(0.5)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    report = json.loads(out)
    assert report["run"]["interrupted"] is True
    assert report["run"]["complete"] is False
    entries = report["ledger"]["entries"]
    assert entries["total"] == entries["read"] + entries["not_read"]
    assert report["ledger"]["not_read_by_kind"].get("interrupted", 0) == entries["not_read"] > 0
    assert b"Traceback" not in err


def test_no_process_stays_behind_when_the_scan_is_killed(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number:05}.txt").write_text(FOUND * 400, "utf-8")
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen([*COMMAND, "scan", tmp_path, "--quiet"], stdout=nowhere, stderr=nowhere)
    children = workers(process)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


def test_a_full_disk_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, "scan", tmp_path], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 4
    assert done.stderr.decode().strip() == "nokosanai: cannot write the report: No space left on device"


def test_a_closed_pipe_is_quiet_and_keeps_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND * 3, "utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "scan", tmp_path], stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_an_output_that_cannot_be_written_is_refused_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    for target in (tmp_path / "missing" / "report.json", tmp_path):
        done = subprocess.run([*COMMAND, "scan", tmp_path, "--output", target], capture_output=True, timeout=60)
        assert done.returncode == 2
        assert done.stdout == b""
        assert done.stderr.startswith(b"nokosanai: cannot write ")


def test_a_report_file_appears_whole_and_is_never_examined(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    target = tmp_path / "report.json"
    for _ in range(2):
        done = subprocess.run(
            [*COMMAND, "scan", tmp_path, "--format", "json", "--output", target], capture_output=True, timeout=60
        )
        assert (done.returncode, done.stdout) == (1, b"")
        report = json.loads(target.read_bytes())
        assert [document["path"] for document in report["documents"]] == [str(tmp_path / "a.txt")]
    assert report["ledger"]["excluded_by_reason"] == {"own_output": 2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "report.json"]


def test_a_pipe_or_a_device_is_written_as_it_is_and_a_link_keeps_leading_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen([*COMMAND, "scan", tmp_path / "a.txt", "--format", "json", "--output", pipe])
    assert json.loads(pipe.read_bytes())["schema"] == "nokosanai.report/1"
    assert process.wait(60) == 1
    assert pipe.is_fifo()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    subprocess.run([*COMMAND, "scan", tmp_path / "a.txt", "--format", "json", "--output", link], timeout=60)
    assert link.is_symlink()
    assert json.loads((tmp_path / "real.json").read_bytes())["violations"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_neither_hang_nor_change_the_exit_code(closed: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    target = tmp_path / "report.json"
    command = f'"{sys.executable}" -m scanner scan "{tmp_path}/a.txt" --format json --output "{target}" {closed}'
    assert subprocess.run(["/bin/sh", "-c", command], timeout=60).returncode == 1
    assert json.loads(target.read_bytes())["run"]["complete"] is True
    missing = f'"{sys.executable}" -m scanner scan "{tmp_path}/missing" {closed}'
    assert subprocess.run(["/bin/sh", "-c", missing], stderr=subprocess.PIPE, timeout=60).returncode == 2


def test_a_memory_limit_of_the_users_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    command = f'ulimit -v 2000000; "{sys.executable}" -m scanner scan "{tmp_path}"'
    assert subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.PIPE, timeout=60).returncode == 1


def test_a_file_that_grows_while_it_is_read_ends_where_it_ended_when_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.log"
    path.write_text(FOUND * 1000, "utf-8")
    read = plain.read

    def grow() -> None:
        with path.open("a", encoding="utf-8") as log:
            log.write(FOUND * 100_000)  # always more than one block

    grow_outside = Outside(grow)

    def readings(document: Document, budget: Budget) -> Iterator[object]:
        for piece in read(document, budget):
            grow_outside()
            yield piece

    monkeypatch.setattr(plain, "read", readings)
    report = scanner.scan(path, jobs=1)
    assert report.documents[0].findings[0].count == 1000
    assert report.ledger.entries == {"total": 1, "read": 1}


def test_a_file_without_a_size_is_read_and_an_endless_one_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_opened(Path("/proc/self/status").open("rb")) as stream:
        assert stream.read().startswith(b"Name:")
    monkeypatch.setattr("scanner.limits.UNSIZED", 1000)
    path = tmp_path / "new.log"
    path.touch()
    with as_opened(path.open("rb")) as stream:
        path.write_bytes(b"x" * 2000)
        assert len(stream.read(1000)) == 1000
        with pytest.raises(Unreadable):
            stream.read(1)


def test_a_member_gets_the_time_of_what_it_expands_to() -> None:
    budget = Budget(Limits(seconds=0.0, seconds_per_mib=3600.0), 0)
    with pytest.raises(Unreadable):
        budget.tick()
    budget = Budget(Limits(seconds=0.0, seconds_per_mib=3600.0), 0)
    budget.expand(1 << 20)
    budget.tick()


def test_waiting_for_other_programs_does_not_use_up_the_time_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.process_time", lambda: clock[0] / 8)
    budget = Budget(Limits(seconds=10.0), 0)
    clock[0] = 79.0
    budget.tick()
    clock[0] = 81.0
    with pytest.raises(Unreadable):
        budget.tick()


def test_a_reader_that_waits_for_ever_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.process_time", lambda: 0.0)
    budget = Budget(Limits(seconds=10.0), 0)
    clock[0] = 99.0
    budget.tick()
    clock[0] = 101.0
    with pytest.raises(Unreadable):
        budget.tick()


def interrupted(path: Path, how: signal.Signals, times: int, *more: object) -> "subprocess.CompletedProcess[bytes]":
    """A scan of many files that is ended from outside, soon after it has workers."""
    command = [*COMMAND, "scan", path, "--format", "json", "--jobs", "1", *map(str, more)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    workers(process)
    for _ in range(times):
        os.killpg(process.pid, how)
        time.sleep(0.03)
        if process.poll() is not None:
            break
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(("how", "times"), [("SIGHUP", 1), ("SIGINT", 8), ("SIGHUP", 8)])
def test_a_closed_window_and_a_nervous_finger_end_with_a_whole_report(how: str, times: int, tmp_path: Path) -> None:
    place = tmp_path / "files"
    place.mkdir()
    for number in range(2000):
        (place / f"{number:05}.txt").write_text(FOUND * 400, "utf-8")
    target = tmp_path / "report.json"
    done = interrupted(place, signal.Signals[how], times, "--output", target)
    assert (done.returncode, done.stderr) == (130, b"")
    report = json.loads(target.read_bytes())
    assert report["run"]["interrupted"] is True
    entries = report["ledger"]["entries"]
    assert entries["total"] == entries["read"] + entries["not_read"] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "report.json"]


def test_an_interruption_before_the_first_file_is_a_report_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    script = (
        "import os, signal, sys, scanner.line as line\n"
        "from scanner.cli import main\n"
        "class Run(line.Run):\n"
        "    def __init__(self, *given):\n"
        "        for _ in range(8):\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "        super().__init__(*given)\n"
        "line.Run = Run\n"
        "sys.exit(main(['scan', sys.argv[1], '--format', 'json']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")
    report = json.loads(done.stdout)
    assert (report["run"]["interrupted"], report["run"]["complete"]) == (True, False)
    assert report["ledger"]["entries"]["total"] == 0


def test_a_hangup_that_is_to_be_ignored_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    script = (
        "import os, signal, sys, scanner.line as line\n"
        "from scanner.cli import main\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "line.Run.results = lambda self, results=line.Run.results: (os.kill(0, signal.SIGHUP), results(self))[1]\n"
        "sys.exit(main(['scan', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.DEVNULL, timeout=60, start_new_session=True
    )
    assert done.returncode == 1


def test_an_interruption_on_a_terminal_gives_the_cursor_back(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number:05}.txt").write_text(FOUND * 400, "utf-8")
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, "scan", tmp_path, "--jobs", "1"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    workers(process)
    for _ in range(4):
        os.killpg(process.pid, signal.SIGINT)
    drawn = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal without processes with EIO
        while block := os.read(ours, 1 << 16):
            drawn += block
    os.close(ours)
    assert process.wait(60) == 130
    assert b"Traceback" not in drawn
    assert b"\x1b[?25l" in drawn
    assert drawn.rindex(b"\x1b[?25h") > drawn.rindex(b"\x1b[?25l")


def test_a_report_file_may_have_the_longest_name_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    target = tmp_path / ("r" * 250 + ".json")
    command = [*COMMAND, "scan", tmp_path, "--format", "json", "--output", target]
    assert subprocess.run(command, timeout=60).returncode == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.chmod(0o644)
    assert subprocess.run(command, timeout=60).returncode == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert len(list(tmp_path.iterdir())) == 2


def test_names_that_cannot_be_seen_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a\u200b\ufeff\u034f\U000e0041\u202e\u061c.txt").write_text(FOUND, "utf-8")
    (tmp_path / "葛\U000e0100城.txt").write_text(FOUND, "utf-8")
    names = {Path(document.path).name for document in scanner.scan(tmp_path, jobs=1).documents}
    assert names == {r"a\u200b\ufeff\u034f\U000e0041\u202e\u061c.txt", "葛\U000e0100城.txt"}
