"""A scan that is killed at any moment: what had been finished is not lost, and the next run is right.

``NOKOSANAI_KILLS`` says how often; a moment is as good as any other, so a few are enough for every day.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scanner.state import database, place, schema
from scanner.state.place import Unusable

KILLS = int(os.environ.get("NOKOSANAI_KILLS", "4"))
FILES = 240
PERSON = "氏名,個人番号\n甲野太郎,0234-5678-9013\n"
PROGRAM = """
import sys
from scanner import keeping, remember
keeping.RACY, remember.BATCH = 0.0, 0.05
from scanner.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for number in range(FILES):
        inner = folder / f"f{number % 12:02}"
        inner.mkdir(parents=True, exist_ok=True)
        text = PERSON if number % 8 == 0 else f"note {number}\n"
        (inner / f"{number:03}.csv").write_text(text * 40, encoding="utf-8")
    return folder


def command(program: Path, *arguments: object) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, program, *map(str, arguments)], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8", start_new_session=True,
    )  # fmt: skip


def finished(program: Path, *arguments: object) -> dict[str, Any]:
    process = command(program, *arguments, "--format", "json")
    output, _ = process.communicate(timeout=300)
    report: dict[str, Any] = json.loads(output)
    return report


def acknowledged(state: Path) -> set[str]:
    """The documents that the memory holds for good."""
    path = state / place.FINDINGS
    if not path.exists() or not path.stat().st_size:
        return set()
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            return {name.decode() for (name,) in connection.execute("SELECT name FROM documents WHERE gone IS NULL")}
    except sqlite3.OperationalError:  # killed before the first table was made
        return set()


@pytest.mark.posix
def test_a_scan_killed_at_any_moment_loses_nothing_and_the_next_one_is_right(
    tree: Path, tmp_path: Path, state: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    began = time.monotonic()
    whole = finished(program, "scan", tree, "--no-state")
    usual = time.monotonic() - began
    moments = random.Random(20)
    known: set[str] = set()
    for _ in range(KILLS):
        which = ("scan", tree, "--jobs", 2) if known or moments.random() < 0.8 else ("report",)
        process = command(program, *which)
        time.sleep(moments.uniform(0.2, usual * 1.1))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        now = acknowledged(state)
        assert known <= now
        known = now
        wrong = [path.name for path in state.iterdir() if place.ASIDE in path.name] if state.exists() else []
        assert not wrong
    report = finished(program, "scan", tree)
    assert report["documents"] == [
        one | {"life": mine["life"]} for one, mine in zip(whole["documents"], report["documents"], strict=True)
    ]
    assert report["ledger"]["entries"]["total"] == FILES
    assert not report["history"]["notes"]
    assert report["totals"] == whole["totals"]
    last = finished(program, "scan", tree)
    assert last["ledger"]["entries"]["unchanged"] == FILES
    assert last["history"]["counts"] == {"new": 0, "changed": 0, "moved": 0, "same": FILES // 8, "gone": 0}


@pytest.mark.posix
def test_what_was_finished_before_a_kill_is_not_read_again(tree: Path, tmp_path: Path, state: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = command(program, "scan", tree, "--jobs", 1)
    deadline = time.monotonic() + 60
    while len(acknowledged(state)) < 4 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    report = finished(program, "scan", tree)
    entries = report["ledger"]["entries"]
    assert entries["unchanged"] > 0
    assert entries["unchanged"] + entries["read"] == FILES


# --- schemas ----------------------------------------------------------------------------------------------------------

STEPS = (
    ("CREATE TABLE one (a INTEGER)", "INSERT INTO one VALUES (7)"),
    ("ALTER TABLE one ADD COLUMN b INTEGER DEFAULT 8",),
    ("CREATE TABLE two AS SELECT a + b AS c FROM one",),
)


def quiet(name: str, aside: str) -> None:
    raise AssertionError(f"{name} was set aside as {aside}")


@pytest.mark.parametrize("earlier", range(len(STEPS) + 1))
def test_a_database_of_any_earlier_schema_is_brought_up_to_date(tmp_path: Path, earlier: int) -> None:
    path = tmp_path / "some.db"
    if earlier:
        with closing(database.opened(path, STEPS[:earlier], full=True, note=quiet)):
            pass
    with closing(database.opened(path, STEPS, full=True, note=quiet)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert connection.execute("SELECT c FROM two").fetchall() == [(15,)]


def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    broken = (STEPS[0], ("CREATE TABLE three (d)", "INSERT INTO nowhere VALUES (1)"))
    with closing(database.opened(path, STEPS[:1], full=True, note=quiet)) as connection:
        with pytest.raises(sqlite3.Error):
            database.migrate(connection, broken, "some.db")
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert tables == {"one"}


@pytest.mark.parametrize(("name", "steps"), [(place.FILES, schema.FILES), (place.FINDINGS, schema.FINDINGS)])
def test_the_databases_of_the_first_release_are_brought_up_to_date(
    tmp_path: Path, name: str, steps: database.Steps
) -> None:
    """`tests/data/state` holds the statements of every schema that was ever released."""
    recorded = Path(__file__).parent / "data" / "state"
    for file in sorted(recorded.glob(f"{name}.*.sql")):
        path = tmp_path / file.name
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(file.read_text("utf-8"))
        with closing(database.opened(path, steps, full=True, note=quiet)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (len(steps),)
            tables = shape(connection)
        with closing(database.opened(tmp_path / f"fresh-{file.name}", steps, full=True, note=quiet)) as connection:
            assert shape(connection) == tables
    assert list(recorded.glob(f"{name}.*.sql"))


def shape(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Tables and indexes with their columns and types."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
    return {name: [row[1:3] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(database.opened(path, STEPS, full=True, note=quiet)):
        pass
    before = path.read_bytes()
    with pytest.raises(Unusable) as refused:
        database.opened(path, STEPS[:1], full=True, note=quiet)
    assert refused.value.key == "m.newer"
    assert path.read_bytes() == before
