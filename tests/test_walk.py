"""What a user would notice about the walk: which files are handed on, and that nothing goes missing without a word."""

import errno
import os
import random
import socket
import string
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import wording
from scanner.errors import Unreadable, UsageError
from scanner.media import exclusions, opening, walk
from scanner.media.walk import Entry, NotWalked, WalkSettings, open_file, openable, printable
from scanner.model import PROBLEM_KINDS
from scanner.places import PathPatterns, comparable, rules_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")
SETTINGS = WalkSettings()


def plant(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")


def walked(sources: Path | list[Path], **settings) -> list[Entry | NotWalked]:
    listed = sources if isinstance(sources, list) else [sources]
    return list(walk.walk(listed, replace(SETTINGS, **settings)))


def files(items: list[Entry | NotWalked], folder: Path) -> list[str]:
    return [os.path.relpath(item.path, folder).replace("\\", "/") for item in items if isinstance(item, Entry)]


def others(items: list[Entry | NotWalked], folder: Path) -> dict[str, tuple[str, str]]:
    return {
        os.path.relpath(item.path, folder).replace("\\", "/"): (item.state, item.why)
        for item in items
        if isinstance(item, NotWalked)
    }


# --- order and completeness -------------------------------------------------------------------------------------------


def test_files_come_by_name_and_before_the_folders_beside_them(tmp_path):
    plant(tmp_path, "b/2.txt", "b/a/1.txt", "c.txt", "a.txt", "名簿/住所.csv")
    assert files(walked(tmp_path), tmp_path) == ["a.txt", "c.txt", "b/2.txt", "b/a/1.txt", "名簿/住所.csv"]


def test_size_and_time_of_a_file_are_those_of_the_file(tmp_path):
    plant(tmp_path, "a.txt")
    os.utime(tmp_path / "a.txt", (1_000_000_000, 1_000_000_000))
    assert walked(tmp_path) == [Entry(str(tmp_path / "a.txt"), 5, 1_000_000_000.0)]


def test_an_empty_file_is_handed_on_and_an_empty_folder_says_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.txt").touch()
    assert walked(tmp_path) == [Entry(str(tmp_path / "nothing.txt"), 0, (tmp_path / "nothing.txt").stat().st_mtime)]


@pytest.mark.parametrize("listing", ["_by_descriptor", "_by_path"])
def test_every_file_of_a_random_tree_is_accounted_for_exactly_once(tmp_path, monkeypatch, listing):
    if listing == "_by_descriptor" and sys.platform == "win32":
        pytest.skip("Windows lists by path")
    monkeypatch.setattr(walk, "blocks", getattr(opening, listing))
    monkeypatch.setattr(opening, "BLOCK", 3)
    dice, folders, expected = random.Random(20), [tmp_path], set()
    for _ in range(400):
        folder = dice.choice(folders)
        name = "".join(dice.choices(string.ascii_lowercase + "あ", k=5))
        if (folder / name).exists():
            continue
        if dice.random() < 0.3:
            (folder / name).mkdir()
            folders.append(folder / name)
        else:
            plant(folder, name)
            expected.add(str(folder / name))
    items = walked(tmp_path)
    assert Counter(item.path for item in items) == Counter(dict.fromkeys(expected, 1))
    assert [item.path for item in walked(tmp_path)] == [item.path for item in items]


# --- sources ----------------------------------------------------------------------------------------------------------


def test_a_source_that_does_not_exist_is_refused_before_anything_is_walked(tmp_path):
    with pytest.raises(UsageError, match="no such file or folder"):
        walk.walk([tmp_path, tmp_path / "gone"], SETTINGS)


def test_a_single_file_can_be_named(tmp_path):
    plant(tmp_path, "a.txt", "b.txt")
    assert files(walked(tmp_path / "b.txt"), tmp_path) == ["b.txt"]


def test_repeated_and_nested_sources_are_visited_once(tmp_path):
    plant(tmp_path, "a/b/1.txt", "a/2.txt", "3.txt")
    items = walked([tmp_path / "a/2.txt", tmp_path, tmp_path / "a/b", tmp_path, tmp_path / "a" / ".." / "3.txt"])
    assert sorted(files(items, tmp_path)) == ["3.txt", "a/2.txt", "a/b/1.txt"]


def test_a_folder_whose_name_begins_like_a_source_is_not_taken_for_a_part_of_it(tmp_path):
    plant(tmp_path, "a/1.txt", "ab/2.txt")
    assert files(walked([tmp_path / "a", tmp_path / "ab"]), tmp_path) == ["a/1.txt", "ab/2.txt"]


@posix
def test_a_source_that_is_a_link_is_followed_and_not_visited_twice(tmp_path):
    plant(tmp_path, "data/x/1.txt")
    (tmp_path / "link").symlink_to(tmp_path / "data/x")
    assert files(walked(tmp_path / "link"), tmp_path) == ["data/x/1.txt"]
    assert files(walked([tmp_path / "data", tmp_path / "link"]), tmp_path) == ["data/x/1.txt"]


@posix
def test_a_source_that_is_a_broken_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="leads nowhere"):
        walked(tmp_path / "link")


@posix
def test_dots_after_a_link_mean_the_parent_of_what_it_leads_to(tmp_path):
    plant(tmp_path, "far/deep/1.txt", "far/2.txt", "near/3.txt")
    (tmp_path / "near/link").symlink_to(tmp_path / "far/deep")
    assert files(walked(tmp_path / "near/link/.."), tmp_path) == ["far/2.txt", "far/deep/1.txt"]


# --- what is left out -------------------------------------------------------------------------------------------------


@posix
def test_links_are_never_followed_but_counted(tmp_path):
    plant(tmp_path, "a/1.txt", "outside/2.txt")
    (tmp_path / "a/file").symlink_to(tmp_path / "outside/2.txt")
    (tmp_path / "a/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "a/broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a/itself").symlink_to(tmp_path / "a")
    items = walked(tmp_path / "a")
    assert files(items, tmp_path) == ["a/1.txt"]
    assert others(items, tmp_path / "a") == dict.fromkeys(("broken", "file", "folder", "itself"), ("excluded", "link"))


@posix
def test_pipes_sockets_and_devices_are_never_opened_but_counted(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
    assert others(walked(tmp_path), tmp_path) == dict.fromkeys(("pipe", "socket"), ("excluded", "special_file"))
    assert others(walked(tmp_path / "pipe"), tmp_path) == {"pipe": ("excluded", "special_file")}
    if Path("/dev/null").exists():
        assert [item.why for item in walked(Path("/dev/null"))] == ["special_file"]


def test_package_folders_and_version_control_are_left_out_with_their_reason(tmp_path):
    plant(tmp_path, "p/node_modules/x.js", "p/.git/config", "p/main.py", "home/.cargo/registry/x", "venv/pyvenv.cfg")
    plant(tmp_path, "registry/roll.csv", "env/roll.csv", ".cargo/x.toml")
    items = walked(tmp_path)
    assert files(items, tmp_path) == [".cargo/x.toml", "env/roll.csv", "p/main.py", "registry/roll.csv"]
    assert others(items, tmp_path) == {
        "p/node_modules": ("excluded", "package_cache"),
        "p/.git": ("excluded", "version_control"),
        "home/.cargo/registry": ("excluded", "package_cache"),
        "venv": ("excluded", "package_cache"),
    }


def test_a_folder_that_is_named_as_a_source_is_walked_whatever_it_is_called(tmp_path):
    plant(tmp_path, "p/node_modules/a/node_modules/b/x.js", "p/node_modules/a/.git/config", "p/main.py")
    inside = walked(tmp_path / "p/node_modules")
    assert files(inside, tmp_path) == ["p/node_modules/a/node_modules/b/x.js"]
    assert others(inside, tmp_path / "p") == {"node_modules/a/.git": ("excluded", "version_control")}
    below = walked(tmp_path / "p/node_modules/a/node_modules/b")
    assert files(below, tmp_path) == ["p/node_modules/a/node_modules/b/x.js"]


def test_a_source_inside_a_folder_left_out_is_still_walked_beside_the_outer_one(tmp_path):
    plant(tmp_path, "p/node_modules/a/x.js", "p/node_modules/b/y.js", "p/main.py")
    items = walked([tmp_path, tmp_path / "p/node_modules/a"])
    assert files(items, tmp_path) == ["p/main.py", "p/node_modules/a/x.js"]
    assert others(items, tmp_path) == {"p/node_modules": ("excluded", "package_cache")}


def test_what_the_user_excludes_is_counted_with_its_size(tmp_path):
    plant(tmp_path, "a/b/1.log", "a/2.txt", "c/3.txt", "d/c/4.txt")
    items = walked(tmp_path, exclude=("*.log", f"{tmp_path.as_posix()}/c"))
    assert files(items, tmp_path) == ["a/2.txt", "d/c/4.txt"]
    sizes = {Path(item.path).name: (item.size, item.why) for item in items if isinstance(item, NotWalked)}
    assert sizes == {"1.log": (5, "user_exclude"), "c": (0, "user_exclude")}


def test_our_own_output_is_not_scanned(tmp_path):
    plant(tmp_path, "report.html", "state/memory.db", "a.txt")
    items = walked(tmp_path, own_outputs=frozenset((str(tmp_path / "report.html"), str(tmp_path / "state"))))
    assert files(items, tmp_path) == ["a.txt"]
    assert set(others(items, tmp_path).values()) == {("excluded", "own_output")}


def fake_stat(monkeypatch, fake):
    """Let the walk see other facts about an entry, as a medium or a cloud would show them."""
    real = opening.blocks

    def blocks(folder):
        for block in real(folder):
            yield [(name, fake(name, info)) for name, info in block]

    monkeypatch.setattr(walk, "blocks", blocks)


def facts(info, **changed):
    names = ("st_mode", "st_size", "st_mtime", "st_dev", "st_ino", "st_blocks")
    return SimpleNamespace(**{name: getattr(info, name, 0) for name in names} | changed)


def test_another_file_system_below_a_source_is_left_out_unless_wanted(tmp_path, monkeypatch):
    plant(tmp_path, "mounted/1.txt", "2.txt")
    fake_stat(monkeypatch, lambda name, info: facts(info, st_dev=99, st_ino=7) if name == "mounted" else info)
    items = walked(tmp_path)
    assert files(items, tmp_path) == ["2.txt"]
    assert others(items, tmp_path) == {"mounted": ("excluded", "other_filesystem")}
    assert files(walked(tmp_path, cross_filesystems=True), tmp_path) == ["2.txt", "mounted/1.txt"]


@posix
def test_a_folder_that_contains_itself_by_a_mount_ends_the_walk_there(tmp_path, monkeypatch):
    plant(tmp_path, "a/b/1.txt", "a/c/2.txt")
    top = (tmp_path / "a").stat()
    fake_stat(monkeypatch, lambda name, info: facts(info, st_ino=top.st_ino) if name == "b" else info)
    items = walked(tmp_path)
    assert files(items, tmp_path) == ["a/c/2.txt"]
    assert others(items, tmp_path) == {"a/b": ("excluded", "loop")}


@posix
def test_a_loop_is_noticed_where_listings_carry_no_file_numbers(tmp_path, monkeypatch):
    plant(tmp_path, "a/b/c/d/1.txt", "a/2.txt")
    monkeypatch.setattr(walk, "TRUSTED_DEPTH", 1)
    fake_stat(monkeypatch, lambda name, info: facts(info, st_ino=0))
    assert files(walked(tmp_path), tmp_path) == ["a/2.txt", "a/b/c/d/1.txt"]
    real, above = os.lstat, (tmp_path / "a/b").stat()
    monkeypatch.setattr(os, "lstat", lambda path: above if str(path).endswith("d") else real(path))
    items = walked(tmp_path)
    assert files(items, tmp_path) == ["a/2.txt"]
    assert others(items, tmp_path) == {"a/b/c/d": ("excluded", "loop")}


@pytest.mark.parametrize(
    "mark", [{"st_file_attributes": bit} for bit in (0x400000, 0x40000, 0x1000)] + [{"st_flags": 0x40000000}]
)
def test_files_whose_content_lies_in_a_cloud_are_reported_and_never_fetched(tmp_path, monkeypatch, mark):
    plant(tmp_path, "remote.docx", "local.docx", "folder/x.docx")
    fake_stat(monkeypatch, lambda name, info: facts(info, **mark) if name in ("remote.docx", "folder") else info)
    opened, real = [], os.open
    monkeypatch.setattr(os, "open", lambda path, *rest, **named: opened.append(str(path)) or real(path, *rest, **named))
    items = walked(tmp_path)
    assert [path for path in opened if path.endswith(("remote.docx", "folder"))] == []
    assert files(items, tmp_path) == ["local.docx"]
    assert others(items, tmp_path) == dict.fromkeys(("remote.docx", "folder"), ("not_read", "cloud_only"))
    assert {Path(item.path).name: item.size for item in items} == {"local.docx": 5, "remote.docx": 5, "folder": 0}


def test_a_cloud_mounted_on_linux_is_read_only_where_the_file_has_been_fetched(tmp_path, monkeypatch):
    plant(tmp_path, "remote.docx", "local.docx")
    device = tmp_path.stat().st_dev
    monkeypatch.setattr(walk, "cloud_devices", lambda: frozenset((device,)))
    fake_stat(monkeypatch, lambda name, info: facts(info, st_blocks=0 if name == "remote.docx" else 8, st_dev=device))
    assert others(walked(tmp_path), tmp_path) == {"remote.docx": ("not_read", "cloud_only")}


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (0xA0000003, "link"),
        (0xA000000C, "link"),
        (0x8000001B, "link"),
        (0xA000001D, "link"),
        (0x80000024, "special_file"),
    ],
)
def test_windows_junctions_and_their_kin_are_not_followed(tmp_path, monkeypatch, tag, why):
    plant(tmp_path, "odd")
    fake_stat(monkeypatch, lambda name, info: facts(info, st_reparse_tag=tag))
    assert others(walked(tmp_path), tmp_path) == {"odd": ("excluded", why)}


def test_a_junction_to_a_folder_is_a_link_and_one_to_a_volume_another_file_system(tmp_path, monkeypatch):
    plant(tmp_path, "junction/1.txt", "volume/2.txt")
    fake_stat(monkeypatch, lambda name, info: info if name.endswith("txt") else facts(info, st_reparse_tag=0xA0000003))
    targets = {"junction": "\\\\?\\C:\\Users", "volume": "\\\\?\\Volume{01234567-89ab}\\"}
    monkeypatch.setattr(os, "readlink", lambda path: targets[Path(path).name])
    assert others(walked(tmp_path), tmp_path) == {
        "junction": ("excluded", "link"),
        "volume": ("excluded", "other_filesystem"),
    }
    assert files(walked(tmp_path, cross_filesystems=True), tmp_path) == ["volume/2.txt"]


# --- what fails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, "denied"),
        (errno.EPERM, "denied"),
        (errno.ENOENT, "vanished"),
        (errno.EIO, "corrupt"),
        (errno.ENAMETOOLONG, "too_deep"),
        (errno.EMFILE, "denied"),
    ],
)
def test_a_folder_that_cannot_be_listed_is_one_problem_and_the_rest_is_walked(tmp_path, monkeypatch, number, kind):
    plant(tmp_path, "bad/1.txt", "good/2.txt")
    real = opening.blocks

    def blocks(folder):
        if folder.endswith("bad"):
            raise OSError(number, "秘密.txt の説明", folder)
        yield from real(folder)

    monkeypatch.setattr(walk, "blocks", blocks)
    items = walked(tmp_path)
    assert files(items, tmp_path) == ["good/2.txt"]
    assert others(items, tmp_path) == {"bad": ("not_read", kind)}
    detail = next(item.detail for item in items if isinstance(item, NotWalked))
    assert errno.errorcode[number] in detail
    assert "秘密" not in detail


def test_a_file_that_vanishes_while_its_folder_is_listed_is_a_problem(tmp_path, monkeypatch):
    plant(tmp_path, "gone.txt", "there.txt")
    gone = FileNotFoundError(errno.ENOENT, "gone")
    fake_stat(monkeypatch, lambda name, info: gone if name == "gone.txt" else info)
    assert others(walked(tmp_path), tmp_path) == {"gone.txt": ("not_read", "vanished")}


@posix
def test_a_source_that_vanishes_after_it_was_named_is_a_problem(tmp_path):
    plant(tmp_path, "a/1.txt", "b/2.txt")
    stream = walk.walk([tmp_path / "a", tmp_path / "b"], SETTINGS)
    assert isinstance(next(stream), Entry)
    (tmp_path / "b/2.txt").unlink()
    (tmp_path / "b").rmdir()
    assert [(item.state, item.why) for item in stream if isinstance(item, NotWalked)] == [("not_read", "vanished")]


def test_windows_errors_are_told_apart():
    def kind(code):
        error = OSError(errno.EACCES, "x")
        error.winerror = code
        return walk.problem(error)

    assert kind(5)[0] == "denied"
    assert kind(23)[0] == kind(1117)[0] == "corrupt"
    assert kind(21)[0] == "vanished"
    assert kind(362) == ("cloud_only", "its content lies in a cloud only (Windows error 362)")


@posix
def test_nothing_is_held_open_between_two_files(tmp_path):
    plant(tmp_path, *(f"{folder}/{name}" for folder in "ab" for name in "12"))
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else None
    if before is None:
        pytest.skip("no /proc")
    for _ in walk.walk([tmp_path], SETTINGS):
        assert len(list(Path("/proc/self/fd").iterdir())) == before


# --- long, deep and odd -----------------------------------------------------------------------------------------------


def dig(folder: Path, name: str, levels: int) -> None:
    """A chain of folders with a file at its end, deeper than a path may be long."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        deeper = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = deeper
    bottom = os.open("名簿.txt", os.O_CREAT | os.O_WRONLY, dir_fd=at)
    os.write(bottom, b"12345")
    os.close(bottom)
    os.close(at)


def fill_in(folder: Path, name: str, levels: int) -> None:
    """Remove such a chain: pytest cannot."""
    trail = [os.open(folder, os.O_RDONLY)]
    for _ in range(levels):
        trail.append(os.open(name, os.O_RDONLY, dir_fd=trail[-1]))
    os.unlink("名簿.txt", dir_fd=trail[-1])
    while len(trail) > 1:
        os.close(trail.pop())
        os.rmdir(name, dir_fd=trail[-1])
    os.close(trail.pop())


@posix
def test_a_tree_deeper_than_the_longest_path_is_walked_and_its_files_can_be_read(tmp_path):
    dig(tmp_path, "あ" * 80, 40)
    try:
        (entry,) = walked(tmp_path)
        assert len(os.fsencode(entry.path)) > 9600
        with open_file(entry.path) as stream:
            assert stream.read() == b"12345"
    finally:
        fill_in(tmp_path, "あ" * 80, 40)


@posix
def test_a_tree_deeper_than_the_limit_is_reported_once(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "DEPTH", 5)
    plant(tmp_path, "1/2/3/4/x.txt", "1/2/3/4/5/y.txt", "1/2/z.txt")
    items = walked(tmp_path)
    assert sorted(files(items, tmp_path)) == ["1/2/3/4/x.txt", "1/2/z.txt"]
    assert others(items, tmp_path) == {"1/2/3/4/5": ("not_read", "too_deep")}


@posix
def test_names_that_are_no_unicode_are_walked_opened_and_shown_with_escapes(tmp_path):
    name = "名簿.txt".encode("cp932")
    (tmp_path / os.fsdecode(name)).write_bytes(b"12345")
    (tmp_path / "a\nb\x1b[31m.txt").write_bytes(b"")
    by_name = {os.fsencode(Path(item.path).name): item for item in walked(tmp_path)}
    with open_file(by_name[name].path) as stream:
        assert stream.read() == b"12345"
    assert Path(printable(by_name[name].path)).name == r"\x96\xbc\x95\xeb.txt"
    assert [Path(printable(item.path)).name for item in by_name.values() if item.size == 0] == [r"a\x0ab\x1b[31m.txt"]


@given(st.text(st.characters(), max_size=40))
def test_every_path_can_be_printed_on_one_line(path):
    shown = printable(path)
    shown.encode("utf-8")
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert printable(shown) == shown


def test_direction_marks_cannot_disguise_an_ending():
    assert printable("請求書\u202excod.exe") == r"請求書\u202excod.exe"
    assert printable("C:\\名簿\\𠮷田.xlsx") == "C:\\名簿\\𠮷田.xlsx"


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("C:\\名簿\\a.txt", "\\\\?\\C:\\名簿\\a.txt"),
        ("C:/a/CON", "\\\\?\\C:\\a\\CON"),
        ("\\\\server\\share\\NUL", "\\\\?\\UNC\\server\\share\\NUL"),
        ("\\\\?\\C:\\a", "\\\\?\\C:\\a"),
    ],
)
def test_windows_opens_long_paths_and_reserved_names_as_the_files_they_are(path, opened):
    assert openable(path, windows=True) == opened
    assert openable(path, windows=False) == path


@pytest.mark.skipif(sys.platform != "win32", reason="names that only Windows reserves")
@pytest.mark.parametrize("name", ["CON", "NUL.txt", "dot.", "space ", "/".join(["あ" * 60] * 9), "名簿/𠮷田.csv"])
def test_windows_walks_and_reads_reserved_odd_and_long_names(tmp_path, name):
    spelled = openable(f"{tmp_path}\\x\\{name}")
    os.makedirs(os.path.dirname(spelled))
    with open(spelled, "wb") as stream:
        stream.write(b"12345")
    (entry,) = walked(tmp_path)
    assert entry.path == spelled.removeprefix("\\\\?\\")
    with open_file(entry.path) as stream:
        assert stream.read() == b"12345"


@posix
def test_a_pipe_that_took_the_place_of_a_file_does_not_hang_the_reader(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable):
        open_file(str(tmp_path / "pipe"))
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(OSError) as caught:
        open_file(str(tmp_path / "link"))
    assert walk.problem(caught.value)[0] == "vanished"


# --- patterns and the built-in list -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "fits", "not_fits"),
    [
        ("*.log", ["/a/b.log", "b.log"], ["/a/b.log/c", "/a/b.logs"]),
        ("tmp", ["/a/tmp", "/tmp"], ["/a/tmpx", "/a/tmp/x"]),
        ("a/b", ["/x/a/b", "/a/b"], ["/xa/b", "/a/x/b"]),
        ("/a/*", ["/a/b"], ["/a/b/c", "/x/a/b"]),
        ("/a/**", ["/a/b", "/a/b/c"], ["/a", "/ab"]),
        ("/a/**/c", ["/a/c", "/a/b/b/c"], ["/a/bc", "/ac"]),
        ("**/x/", ["/x", "/a/x"], ["/a/xx"]),
        ("[ab]?.txt", ["/a1.txt", "b2.txt"], ["/c1.txt", "/a.txt"]),
        ("[!a]1", ["/b1"], ["/a1", "/x/a1"]),
        ("[]]1", ["/]1"], ["/x1"]),
        ("a[1", ["/a[1"], ["/a1"]),
        ("a+b(c).txt", ["/a+b(c).txt"], ["/aab(c).txt"]),
        ("名簿*", ["/x/名簿 2025.xlsx"], ["/x/旧名簿"]),
    ],
)
def test_patterns_mean_what_people_expect(glob, fits, not_fits):
    patterns = PathPatterns((glob,), windows=False)
    assert [path for path in fits if not patterns.match(path)] == []
    assert [path for path in not_fits if patterns.match(path)] == []


def test_on_windows_case_and_the_direction_of_slashes_do_not_count():
    patterns = PathPatterns(("C:\\Users\\*\\temp", "*.TMP"), windows=True)
    assert patterns.match("c:\\users\\sato\\TEMP")
    assert patterns.match("D:\\x\\y.tmp")
    assert not patterns.match("D:\\users\\sato\\temp")
    assert not PathPatterns(("*.TMP",), windows=False).match("/x/y.tmp")


@given(st.text(st.sampled_from("ab/*?[]!^-\\."), max_size=12))
def test_no_pattern_is_anything_but_a_pattern_or_a_usage_error(glob):
    try:
        patterns = PathPatterns((glob,), windows=False)
    except UsageError:
        return
    assert patterns.match("/a/b") in (True, False)


def test_a_pattern_that_says_nothing_is_refused():
    with pytest.raises(UsageError):
        PathPatterns(("",))


@pytest.mark.parametrize("platform", ["linux", "macos", "windows"])
def test_the_built_in_list_gives_each_folder_a_reason_the_report_can_name(platform):
    environment = {
        "SystemRoot": "C:\\Windows", "SystemDrive": "C:", "ProgramFiles": "C:\\Program Files",
    }  # fmt: skip
    table = exclusions.load(rules_folder() / "walk" / "exclusions.toml", platform, environment)
    reasons = {place.reason for index in (table.folders, table.files) for places in index.values() for place in places}
    assert reasons == {"system_folder", "package_cache", "version_control"}
    assert reasons <= wording.REASONS.keys()


def test_windows_leaves_out_the_system_but_neither_the_recycle_bin_nor_old_installations():
    environment = {"SystemRoot": "C:\\WINDOWS", "SystemDrive": "C:", "ProgramFiles": "C:\\Program Files"}
    table = exclusions.load(rules_folder() / "walk" / "exclusions.toml", "windows", environment)
    assert table.folder("C:\\Windows") == "system_folder"
    assert table.folder("D:\\System Volume Information") == "system_folder"
    assert table.folder("C:\\program files") == "system_folder"
    assert table.file("C:\\pagefile.sys") == "system_folder"
    walked_ones = ("C:\\$Recycle.Bin", "C:\\Windows.old", "C:\\ProgramData", "D:\\Windows", "C:\\Users\\sato\\Windows")
    assert [table.folder(path) for path in walked_ones] == [None] * 5


def test_linux_leaves_out_the_kernel_but_not_what_is_named_like_it():
    table = exclusions.load(rules_folder() / "walk" / "exclusions.toml", "linux", {})
    assert [table.folder(path) for path in ("/proc", "/sys", "/usr/share")] == ["system_folder"] * 3
    assert [table.folder(path) for path in ("/home/a/proc", "/usr/local", "/usr", "/var", "/tmp", "/home")] == [
        None
    ] * 6
    assert table.around("/usr/share/doc/x") == {"system_folder"}
    assert table.around("/home/a") == frozenset()


def test_every_reason_and_kind_of_the_walk_has_words_for_the_report():
    assert walk._REASONS.keys() <= wording.REASONS.keys()
    assert opening._KIND
    assert set(opening._KIND.values()) <= set(PROBLEM_KINDS)
    assert set(opening._WINDOWS_KIND.values()) <= set(PROBLEM_KINDS)


def test_comparable_paths_differ_only_where_the_platform_says_so():
    assert comparable("C:\\A\\b", windows=True) == comparable("c:/a/B", windows=True)
    assert comparable("/A\\b", windows=False) == "/A\\b"
