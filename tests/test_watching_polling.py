"""What a user would notice about polling: changes are found without any help of the system, and nothing is held."""

import os
import sys

import pytest

from scanner.watching import polling
from scanner.watching.polling import Polling
from scanner.watching.sources import interval
from tests.watched import Watched, until


@pytest.fixture
def watched(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "old.csv").write_text("old")
    with Watched(Polling, tmp_path, interval=0.1) as one:
        assert until(lambda: one.heard("folder", tmp_path))
        assert one.settle(one.nothing_missing)
        yield one


def test_a_new_a_changed_and_a_moved_file_are_looked_at(watched, tmp_path):
    (tmp_path / "sub" / "new.csv").write_text("new one")
    assert watched.settle(watched.nothing_missing)
    (tmp_path / "sub" / "old.csv").write_text("changed")
    assert watched.settle(watched.nothing_missing)
    (tmp_path / "sub" / "old.csv").rename(tmp_path / "moved.csv")
    assert watched.settle(watched.nothing_missing)


def test_new_folders_are_looked_at(watched, tmp_path):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c" / "deep.csv").write_text("deep")
    assert watched.settle(watched.nothing_missing)


def test_nothing_is_hinted_at_while_nothing_changes(watched):
    rounds = []
    watched.source._tell = rounds.append
    before = watched.source.coverage()
    real = watched.source._round
    watched.source._round = lambda root: (real(root), rounds.append("round"))
    assert until(lambda: len(rounds) >= 3)
    assert set(rounds) == {"round"}
    assert watched.source.coverage() == before


def test_a_folder_with_very_many_files_is_hinted_at_as_one(watched, tmp_path, monkeypatch):
    monkeypatch.setattr(polling, "SINGLY", 5)
    for number in range(20):
        (tmp_path / "sub" / f"{number}.csv").write_text("many")
    assert watched.settle(watched.nothing_missing)
    assert watched.heard("folder", tmp_path / "sub")


def test_a_deleted_folder_is_told(watched, tmp_path):
    (tmp_path / "sub" / "old.csv").unlink()
    (tmp_path / "sub").rmdir()
    assert until(lambda: watched.heard("folder", tmp_path / "sub"))


def test_a_root_that_goes_and_returns_is_walked_anew(tmp_path):
    root = tmp_path / "stick"
    root.mkdir()
    with Watched(Polling, root, interval=0.1) as watched:
        assert until(lambda: watched.source.coverage().folders == 1)
        root.rename(tmp_path / "pulled")
        assert until(lambda: watched.source.coverage().deaf == (str(root),))
        assert watched.heard("volume", root)
        (tmp_path / "pulled" / "a.csv").write_text("elsewhere")
        (tmp_path / "pulled").rename(root)
        assert watched.settle(watched.nothing_missing)
        assert watched.source.coverage().whole


def test_a_tree_too_large_to_remember_is_in_doubt_each_round(tmp_path):
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    with Watched(Polling, tmp_path, interval=0.1, folders=5) as watched:
        assert until(lambda: watched.source.coverage().limit_hits >= 2)
        assert watched.heard("overflow", tmp_path)
        assert watched.source.coverage().folders <= 6


def test_a_folder_that_is_left_out_is_not_polled(tmp_path):
    (tmp_path / "left").mkdir()
    with Watched(Polling, tmp_path, interval=0.1, skip=lambda path: path.endswith("left")) as watched:
        assert until(lambda: watched.source.coverage().folders == 1)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or not os.geteuid(), reason="root reads all")
def test_a_folder_that_may_not_be_listed_is_counted(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    with Watched(Polling, tmp_path, interval=0.1) as watched:
        assert until(lambda: watched.source.coverage().unreadable == 1)


def test_sticks_are_polled_where_watching_would_hold_them_and_shares_everywhere():
    assert interval("removable", "win32")
    assert interval("removable", "linux") is None
    assert interval("network", "linux")
    assert interval("fixed", "win32") is None
