"""``nokosanai watch`` as a process: what lands in a folder is judged, nothing is lost, and it ends when it is told."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from scanner.line import Options, Tools
from scanner.watch import Watch
from tests.test_detection import my_number

FULL = bool(os.environ.get("NOKOSANAI_FULL_BURSTS"))
FOLDERS, EACH = (2_000, 10) if FULL else (60, 5)
PATIENCE = 1_200.0 if FULL else 120.0
posix = pytest.mark.posix


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@contextmanager
def watching(root: Path, state: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "NOKOSANAI_STATE": str(state), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "scanner", "watch", str(root), "--nice", "0", "--lang", "en", "--service", *more]
    flags = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if sys.platform == "win32" else {}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", **flags
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first.startswith("Watching "), first
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def ended(process: "subprocess.Popen[str]") -> tuple[int | None, str]:
    """The exit code of a watcher that was told to end, and what it has said; no code where nobody can tell it."""
    assert process.stdout is not None
    try:
        process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGTERM)
    except (OSError, SystemError):  # Wine without a console
        process.kill()
        return None, process.stdout.read()
    said = process.stdout.read()
    return process.wait(30), said


def known(state: Path) -> set[str]:
    """The names of the documents that the memory says are there."""
    with sqlite3.connect(f"file:{(state / 'findings.db').as_posix()}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT folder, name FROM documents WHERE gone IS NULL").fetchall()
    connection.close()
    return {os.path.basename(folder.decode() or "/") + "/" + name.decode() for folder, name in rows}


def until(fits: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if fits():
                return
        except sqlite3.Error:
            pass
        time.sleep(0.2)
    raise AssertionError(what)


def person(number: int) -> str:
    return f"氏名：佐藤 春子\n個人番号：{my_number(10**10 + number)}\n生年月日：1985年4月2日\n"


def burst(root: Path, first: int = 0) -> set[str]:
    """Many files in new folders; what the memory must know of them."""
    names = set()
    for folder in range(FOLDERS):
        inside = root / f"f{first}-{folder}"
        inside.mkdir()
        for number in range(EACH):
            (inside / f"{number}.txt").write_text(person(first + folder * EACH + number), "utf-8")
            names.add(f"{inside.name}/{number}.txt")
    return names


def test_what_lands_in_a_folder_is_told_once_and_without_the_values(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with watching(root, state) as process:
        (root / "card.txt").write_text(person(1), "utf-8")
        until(lambda: len(known(state)) == 1, "the file was not examined")
        (root / "notes.txt").write_text("nothing\n", "utf-8")
        (root / "card.txt").touch()
        time.sleep(2)
        code, said = ended(process)
    assert code in ((0,) if sys.platform != "win32" else (0, None))
    assert said.count("card.txt") == 1
    assert my_number(10**10 + 1) not in said
    assert "春子" not in said


def test_no_file_of_a_burst_into_new_folders_is_missed(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with watching(root, state):
        wanted = burst(root)
        until(lambda: known(state) >= wanted, "files were missed")


@posix
def test_nothing_is_lost_when_it_is_killed_in_the_middle_and_begun_again(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with watching(root, state) as process:
        wanted = burst(root)
        process.kill()
    wanted |= burst(root, first=10**6)
    with watching(root, state):
        until(lambda: known(state) >= wanted, "files were missed")


@posix
def test_a_stall_of_the_watcher_loses_nothing(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with watching(root, state) as process:
        process.send_signal(signal.SIGSTOP)
        wanted = burst(root)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        until(lambda: known(state) >= wanted, "files were missed")


def test_a_tree_that_is_moved_in_and_away_is_followed(tmp_path: Path, state: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "deep").mkdir()
    (outside / "deep" / "a.txt").write_text(person(1), "utf-8")
    with watching(root, state):
        outside.rename(root / "inside")
        until(lambda: known(state) == {"deep/a.txt"}, "the moved tree was not examined")
        (root / "inside").rename(root / "elsewhere")
        until(lambda: known(state) == {"deep/a.txt"}, "the moved tree was lost")
        (root / "elsewhere" / "deep" / "a.txt").unlink()
        until(lambda: not known(state), "the deleted file is still known")


@posix
def test_odd_names_are_examined(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    names = ["名簿.csv".encode("cp932"), b"two\nlines.txt", b"x" * 251 + b".txt"]
    with watching(root, state):
        for number, name in enumerate(names):
            Path(os.fsdecode(os.path.join(os.fsencode(root), name))).write_text(person(number), "utf-8")
        count = "SELECT count(*) FROM documents WHERE gone IS NULL"

        def all_there() -> bool:
            with sqlite3.connect(f"file:{(state / 'findings.db').as_posix()}?mode=ro", uri=True) as connection:
                return bool(connection.execute(count).fetchone()[0] == len(names))

        until(all_there, "a name was not examined")


def test_its_own_writing_gives_it_nothing_to_do(tmp_path: Path) -> None:
    root = tmp_path / "root"
    state = root / "state"  # the worst place for it
    root.mkdir()
    with watching(root, state) as process:
        (root / "card.txt").write_text(person(1), "utf-8")
        until(lambda: len(known(state)) == 1, "the file was not examined")
        time.sleep(2)
        before = (state / "findings.db").stat().st_mtime_ns, (state / "files.db").stat().st_mtime_ns
        time.sleep(2)
        after = (state / "findings.db").stat().st_mtime_ns, (state / "files.db").stat().st_mtime_ns
        assert process.poll() is None
    assert before == after


def test_a_second_watcher_is_refused_with_a_sentence(tmp_path: Path, state: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with watching(root, state):
        environment = {**os.environ, "NOKOSANAI_STATE": str(state)}
        command = [sys.executable, "-m", "scanner", "watch", str(root), "--service"]
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 2
    assert "another one at work" in second.stderr


def test_a_file_that_is_gone_before_it_can_be_read_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("nothing\n", "utf-8")
    options = Options(state=False)
    gone = str(tmp_path / "gone.txt")
    run = Watch._begun(
        SimpleNamespace(_options=options, _tools=Tools(options)),  # type: ignore[arg-type]
        [gone, str(tmp_path / "here.txt")],
        [],
    )
    assert run.sources == (str(tmp_path / "here.txt"),)
    assert run._gone == (gone,)


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scanner", "watch", str(tmp_path / "missing")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "no such folder" in done.stderr
