"""What a user would notice about the events of Windows and macOS: each is understood, lost ones are told."""

import os
import struct
import sys

import pytest

from scanner.watching import changes, fsevents
from scanner.watching.changes import Change
from tests.watched import FLAT, FULL, NEW_FOLDERS, Watched, until, write


def record(action: int, name: str, *, extended: bool, folder: bool = False, last: bool = True) -> bytes:
    raw = name.encode("utf-16-le", "surrogatepass")
    if extended:
        head = struct.pack("<I6qIIqqI", action, *[0] * 6, 0x10 if folder else 0x20, 0, 0, 0, len(raw))
    else:
        head = struct.pack("<II", action, len(raw))
    size = 4 + len(head) + len(raw)
    padding = -size % 8
    return struct.pack("<I", 0 if last else size + padding) + head + raw + b"\0" * padding


# --- Windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extended", [True, False])
def test_records_of_windows_are_understood(extended):
    names = ["名簿.csv", "a\\b.txt", "lone \ud83d.txt", "n" * 255]
    buffer = b"".join(
        record(number + 1, name, extended=extended, folder=name == "a\\b.txt", last=name == names[-1])
        for number, name in enumerate(names)
    )
    found = list(changes.changes(buffer, extended))
    assert [change.name for change in found] == names
    assert [change.action for change in found] == [1, 2, 3, 4]
    assert [change.folder for change in found] == ([False, True, False, False] if extended else [None] * 4)


def test_a_torn_record_ends_the_buffer():
    assert list(changes.changes(record(1, "a", extended=False)[:6], False)) == []
    assert list(changes.changes(b"", True)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change(changes.ADDED, "a.csv", False), ["file"]),
        (Change(changes.ADDED, "sub", True), ["folder"]),
        (Change(changes.RENAMED_NEW, "sub", True), ["folder"]),
        (Change(changes.REMOVED, "sub", True), ["folder"]),
        (Change(changes.RENAMED_OLD, "a.csv", None), ["file"]),
        (Change(changes.MODIFIED, "sub", True), []),
        (Change(changes.MODIFIED, "a.csv", False), ["file"]),
        (Change(changes.ROOT_GONE, ".", None), []),
        (Change(99, "a", None), []),
    ],
)
def test_changes_of_windows_become_hints(change, expected, tmp_path):
    assert [kind for _, kind, _ in changes.hints_of(change, str(tmp_path))] == expected


@pytest.mark.parametrize("action", [changes.ADDED, changes.RENAMED_NEW])
def test_where_windows_does_not_say_a_folder_is_recognised(action, tmp_path):
    (tmp_path / "sub").mkdir()
    found = list(changes.hints_of(Change(action, "sub", None), str(tmp_path)))
    assert [(path, kind) for path, kind, _ in found] == [(str(tmp_path / "sub"), "folder")]


if sys.platform == "win32":
    from scanner.watching.changes import DirectoryChanges
    from scanner.watching.sources import Sources

    FOLDERS, FILES = (2000, 20_000) if FULL else (100, 1000)

    def test_a_burst_in_new_folders_is_looked_at_on_windows(tmp_path):
        with Watched(DirectoryChanges, tmp_path) as watched:
            assert write(NEW_FOLDERS, tmp_path, FOLDERS, 10).wait() == 0
            assert watched.settle(watched.nothing_missing), (len(watched.missing()), watched.source.coverage())
            assert len(watched.looked) == FOLDERS * 10

    def test_a_burst_of_two_writers_is_looked_at_on_windows(tmp_path):
        with Watched(DirectoryChanges, tmp_path) as watched:
            # Wine 8 hears nothing of folders that were there before
            for number in range(20):
                (tmp_path / f"d{number}").mkdir()
            writers = [write(FLAT, tmp_path, 20, FILES // 2, name) for name in "ab"]
            assert [writer.wait() for writer in writers] == [0, 0]
            assert watched.settle(watched.nothing_missing), (len(watched.missing()), watched.source.coverage())

    def test_the_empty_answer_of_windows_is_an_overflow(tmp_path):
        with Watched(DirectoryChanges, tmp_path) as watched:
            root = watched.source._roots[watched.root]
            root._buffers.put((b"", True))
            assert until(lambda: watched.heard("overflow", watched.root))
            assert watched.source.coverage().overflows == 1

    def test_reading_causes_no_event_on_windows(tmp_path):
        (tmp_path / "a.csv").write_text("a")
        with Watched(DirectoryChanges, tmp_path) as watched:
            for _ in range(20):
                (tmp_path / "a.csv").read_text()
                os.listdir(tmp_path)  # noqa: PTH208
            (tmp_path / "mark").touch()
            assert until(lambda: watched.heard("file", os.path.join(watched.root, "mark")))
            assert {os.path.basename(one.path) for one in watched.hints} == {"mark"}

    @pytest.mark.parametrize("name", ["名簿.csv", "が.csv", "lone \ud83d.csv", "n" * 250])
    def test_odd_names_are_heard_on_windows(tmp_path, name):
        with Watched(DirectoryChanges, tmp_path) as watched:
            path = os.path.join(watched.root, name)
            try:
                open(path, "w").close()
            except OSError:
                pytest.skip("this file system does not take the name")
            assert until(lambda: watched.heard("file", path))

    def test_a_root_that_goes_and_returns_is_watched_again_on_windows(tmp_path):
        root = tmp_path / "root"
        root.mkdir()
        with Watched(DirectoryChanges, root) as watched:
            root.rename(tmp_path / "away")
            watched.source.check()
            assert watched.source.coverage().deaf == (watched.root,)
            (tmp_path / "away").rename(root)
            watched.source.check()
            (root / "a.csv").write_text("a")
            assert watched.settle(lambda: watched.looked.get(os.path.join(watched.root, "a.csv")) == 1)

    def test_a_stick_is_polled_and_nothing_of_it_is_held(tmp_path):
        with Watched(Sources, tmp_path, polled=lambda _: 0.2) as watched:
            assert watched.source.sight().by == {watched.root: "polling"}
            (tmp_path / "a.csv").write_text("a")
            assert watched.settle(watched.nothing_missing)


# --- macOS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (fsevents.CREATED | 0x10000, ("file", "created")),
        (fsevents.CREATED | fsevents.IS_DIR, ("folder", "created")),
        (fsevents.RENAMED | fsevents.IS_DIR, ("folder", "moved")),
        (0x1000 | 0x10000, ("file", "changed")),
        (fsevents.MUST_SCAN | fsevents.KERNEL_DROPPED, ("overflow", "queue full")),
        (fsevents.MUST_SCAN | fsevents.USER_DROPPED | fsevents.IS_DIR, ("overflow", "queue full")),
        (fsevents.UNMOUNT, ("volume", "gone")),
        (fsevents.MOUNT, ("volume", "mounted")),
        (fsevents.ROOT_CHANGED, ("volume", "gone")),
    ],
)
def test_the_flags_of_macos_are_heeded(flags, expected):
    assert list(fsevents.hints_of("/data/x", flags)) == [("/data/x", *expected)]


def test_a_folder_of_macos_that_merely_changed_says_nothing_of_its_own():
    assert list(fsevents.hints_of("/data/x", 0x400 | fsevents.IS_DIR)) == []
