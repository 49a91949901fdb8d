"""What a user would notice about the gathering of hints: none is lost unsaid, however many come and whatever fails."""

import os
import threading
import time

import pytest

from scanner.watching.gathering import Gatherer, Pending
from scanner.watching.hints import Hint
from scanner.watching.settling import settled
from tests.watched import until

ROOT = os.path.join(os.sep, "data")


def path(*parts: str) -> str:
    return os.path.join(ROOT, *parts)


class Store:
    """What is written down, and a disk that can be full."""

    def __init__(self) -> None:
        self.batches: list[list[Pending]] = []
        self.full = False

    def __call__(self, batch) -> None:
        if self.full:
            raise OSError(28, "full")
        self.batches.append(list(batch))

    @property
    def entries(self) -> list[Pending]:
        return [entry for batch in self.batches for entry in batch]


@pytest.fixture
def store():
    return Store()


def gatherer(store, **settings) -> Gatherer:
    return Gatherer(store, lambda _: ROOT, **settings)


def test_a_path_that_is_hinted_at_often_is_stored_once_with_its_last_time(store):
    one = gatherer(store, quiet=0.3)
    for at in (1.0, 3.0, 2.0):
        one.take(Hint(path("a"), "file", at, "changed"))
    assert one.flush() == 1
    assert store.entries == [Pending(path("a"), "file", 3.3, 1.0, "changed")]


@pytest.mark.parametrize("kinds", [("file", "folder"), ("folder", "file")])
def test_of_two_kinds_of_hint_the_wider_one_is_stored(store, kinds):
    one = gatherer(store)
    for kind in kinds:
        one.take(Hint(path("a"), kind, 1.0, "created"))
    one.flush()
    assert [entry.kind for entry in store.entries] == ["folder"]


def test_a_folder_inside_one_that_is_to_be_walked_is_not_walked_twice(store):
    one = gatherer(store)
    for name in ("a", os.path.join("a", "b"), os.path.join("a", "b", "c"), "ab"):
        one.take(Hint(path(name), "folder", 1.0, "created"))
    one.take(Hint(path("a", "b", "file"), "file", 1.0, "created"))
    one.flush()
    assert {entry.path for entry in store.entries} == {path("a"), path("ab"), path("a", "b", "file")}


def test_when_too_much_waits_the_root_is_in_doubt_and_memory_stays_bounded(store):
    one = gatherer(store, most=100)
    for number in range(5000):
        one.take(Hint(path(str(number)), "file", float(number), "created"))
    facts = one.gathered()
    assert (facts.waiting, facts.dropped, facts.doubts) == (101, 4900, 1)
    one.flush()
    doubt = store.entries[0]
    assert (doubt.path, doubt.kind, doubt.due) == (ROOT, "overflow", pytest.approx(4999.3))
    one.take(Hint(path("later"), "file", 6000.0, "created"))
    one.flush()
    assert store.entries[-1].path == path("later")


def test_what_could_not_be_stored_is_stored_later(store):
    one = gatherer(store)
    store.full = True
    one.take(Hint(path("a"), "file", 1.0, "created"))
    assert one.flush() == 0
    one.take(Hint(path("a"), "file", 2.0, "changed"))
    store.full = False
    assert one.flush() == 1
    assert (one.gathered().failures, store.entries[0].since) == (1, 1.0)


def test_hints_go_on_being_taken_while_the_store_is_stuck(store):
    stuck, free = threading.Event(), threading.Event()

    def slow(batch) -> None:
        stuck.set()
        free.wait(30)
        store(batch)

    one = gatherer(slow, pulse=0.001)
    one.start()
    one.take(Hint(path("a"), "file", 1.0, "created"))
    assert stuck.wait(30)
    for number in range(1000):
        one.take(Hint(path(str(number)), "file", 1.0, "created"))
    assert one.gathered().waiting == 1000
    free.set()
    assert until(lambda: len(store.entries) == 1001)
    one.stop()


def test_hints_are_stored_without_being_asked_for_and_the_rest_at_the_end(store):
    one = gatherer(store)
    one.start()
    one.take(Hint(path("a"), "file", 1.0, "created"))
    assert until(lambda: len(store.entries) == 1)
    one.take(Hint(path("b"), "file", 1.0, "created"))
    one.stop()
    assert [entry.path for entry in store.entries] == [path("a"), path("b")]
    assert not one.gathered().alive


# --- is it ready? -----------------------------------------------------------------------------------------------------


def test_a_file_that_was_just_written_is_for_later_and_then_ready(tmp_path):
    file = tmp_path / "a"
    file.write_text("a")
    first = settled(str(file), quiet=1000)
    assert first.state == "later"
    again = settled(str(file), first._replace(at=first.at - 1000), quiet=1000)
    assert again.state == "ready"


def test_a_file_that_somebody_makes_longer_is_for_later_however_long_it_takes(tmp_path):
    file = tmp_path / "a"
    file.write_text("a")
    look = settled(str(file))
    for _ in range(3):
        with file.open("a") as stream:
            stream.write("more")
        look = settled(str(file), look._replace(at=look.at - 1000))
        assert look.state == "later"


def test_an_old_file_is_ready_at_once_and_so_is_one_from_the_future_that_stays_the_same(tmp_path):
    file = tmp_path / "a"
    file.write_text("a")
    os.utime(file, (1, 1))
    time.sleep(0.02)
    assert settled(str(file), quiet=0.01).state == "ready"
    os.utime(file, (time.time() + 10_000,) * 2)
    look = settled(str(file))
    assert look.state == "later"
    assert settled(str(file), look._replace(at=look.at - 10)).state == "ready"


def test_what_is_no_file_any_more_is_told_apart(tmp_path):
    assert settled(str(tmp_path / "none")).state == "gone"
    assert settled(str(tmp_path)).state == "folder"
