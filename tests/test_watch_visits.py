"""What a user would notice of media that do not answer: they are let alone, tried again, and at last read anyway."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scanner import visits
from scanner.examine import document_of
from scanner.ledger import Ledger
from scanner.media.spool import let_go
from scanner.media.walk import Entry
from scanner.model import FileResult, Problem, Volume
from scanner.visits import DELAYS, Visit, Visits
from tests.test_policy_ruling import empty_report

STICK = Volume(identity="1234-5678", volume_class="removable", mount=os.path.abspath("stick"))


def vanished(*names: str) -> FileResult:
    problems = tuple(
        Problem(address=os.path.join(STICK.mount, name), kind="vanished", detail="", size=1) for name in names
    )
    return FileResult(ledger=Ledger(), problems=problems)


@pytest.fixture
def told() -> list[Visit]:
    return []


@pytest.fixture
def guests(told: list[Visit]) -> Visits:
    one = Visits(told.append)
    one.arrived(STICK)
    told.clear()
    return one


def test_single_files_that_vanish_are_no_reason_to_stop(guests, told):
    for _ in range(5):
        guests.begin()
        assert not guests.silent(vanished("a", "b"), lambda _: STICK)
    assert told == []
    assert guests.waiting() == {}


def test_a_medium_on_which_everything_vanishes_is_let_alone_for_longer_each_time_and_at_last_read_as_it_is(
    guests, told, monkeypatch
):
    now = [100.0]
    monkeypatch.setattr(visits.time, "monotonic", lambda: now[0])
    for delay in DELAYS:
        guests.begin()
        assert guests.silent(vanished("a", "b", "c", "d"), lambda _: STICK)
        assert guests.waiting() == {STICK.mount: now[0] + delay}
    guests.begin()
    assert not guests.silent(vanished("a", "b", "c", "d"), lambda _: STICK)
    assert guests.waiting() == {}
    assert [one.state for one in told] == ["silent"] * len(DELAYS)


def test_what_vanishes_on_the_disk_of_the_machine_says_nothing_of_a_stick(guests):
    disk = replace(STICK, volume_class="fixed", mount=os.path.abspath("disk"))
    assert not guests.silent(vanished("a", "b", "c"), lambda _: disk)


def test_what_is_on_a_medium_is_told_again_only_when_it_is_something_else(guests, told):
    report = empty_report()
    assert guests.examined(STICK.mount, report)
    assert guests.examined(STICK.mount, report)
    assert guests.examined(STICK.mount, replace(report, complete=False))
    assert [(one.state, one.whole) for one in told] == [("examined", True), ("examined", False)]


def test_a_medium_that_cannot_even_be_listed_is_not_called_empty(guests, told):
    problem = Problem(address=STICK.mount, kind="corrupt", detail="", size=0)
    assert not guests.examined(STICK.mount, replace(empty_report(), problems=(problem,)))
    assert [one.state for one in told] == ["silent"]
    assert guests.waiting().keys() == {STICK.mount}


def test_a_file_on_a_stick_is_read_like_any_other(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100_000 + b"end")
    entry = Entry(str(path), 100_003, 0.0)
    for media in ((), (str(tmp_path),)):
        with document_of(entry, media).open() as stream:
            stream.seek(99_998)
            assert stream.read() == b"xxend"


@pytest.mark.skipif(sys.platform != "linux", reason="where processes are forked")
def test_a_worker_keeps_no_folder_open_that_was_being_listed_when_it_began(tmp_path: Path):
    folder = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        let_go()
        os.write(writer, b"open" if os.path.exists(f"/proc/self/fd/{folder}") else b"shut")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 4) == b"shut"
    for descriptor in (folder, reader, writer):
        os.close(descriptor)
