"""What a user would notice about watching on Linux: whatever lands on the disk is looked at, however much at once."""

import json
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from scanner.watching.hints import Hint, Unwatchable
from scanner.watching.sources import Sources
from tests.watched import FLAT, FULL, NEW_FOLDERS, Watched, until, write

if sys.platform != "linux":
    pytest.skip("inotify and fanotify are Linux", allow_module_level=True)

from scanner.watching.fanotify import Fanotify
from scanner.watching.inotify import Inotify

FOLDERS, FILES = (2000, 20_000) if FULL else (200, 2000)
MOVE = "import os, sys; os.rename(sys.argv[1], sys.argv[2])"
READ = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        open(os.path.join(folder, name), "rb").read()
"""
ODD = [
    "名簿.csv".encode("shift_jis"),
    b"two\nlines.csv",
    b"n" * 255,
    "が名簿.csv".encode(),
    b"\xff\xfe.csv",
]


def refusal() -> str:
    source = Fanotify(lambda _: None)
    try:
        source.start()
    except Unwatchable as error:
        return error.reason
    source.stop()
    return ""


REFUSAL = refusal()


@pytest.fixture(params=["inotify", "fanotify"])
def source(request):
    if request.param == "fanotify" and REFUSAL:
        pytest.skip(REFUSAL)
    return {"inotify": Inotify, "fanotify": Fanotify}[request.param]


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def done(*writers) -> None:
    assert [writer.wait() for writer in writers] == [0] * len(writers)


# --- bursts -----------------------------------------------------------------------------------------------------------


def test_files_in_many_new_folders_are_all_looked_at(source, tmp_path):
    with Watched(source, tmp_path) as watched:
        done(write(NEW_FOLDERS, tmp_path, FOLDERS, 10))
        assert watched.settle(watched.nothing_missing), len(watched.missing())
        assert len(watched.looked) == FOLDERS * 10


def test_files_of_two_writers_in_existing_folders_are_all_looked_at(source, tmp_path):
    for number in range(FOLDERS // 10):
        (tmp_path / f"d{number}").mkdir()
    with Watched(source, tmp_path) as watched:
        done(*[write(FLAT, tmp_path, FOLDERS // 10, FILES // 2, name) for name in "ab"])
        assert watched.settle(watched.nothing_missing), len(watched.missing())


def test_a_tree_that_is_moved_in_is_looked_at_and_watched(source, tmp_path):
    watched_folder, outside = tmp_path / "in", tmp_path / "out"
    watched_folder.mkdir()
    done(write(NEW_FOLDERS, outside, FOLDERS // 10, 10))
    with Watched(source, watched_folder) as watched:
        done(write(MOVE, outside, watched_folder / "moved"))
        assert watched.settle(lambda: len(watched.looked) == FOLDERS and watched.nothing_missing())
        done(write(FLAT, watched_folder / "moved" / "y1" / "m0", 0 + 1, 0, "x"))
        late = watched_folder / "moved" / "y1" / "m0" / "d1" / "late.csv"
        done(write("import sys; open(sys.argv[1], 'w').write('late')", late))
        assert watched.settle(lambda: watched.looked.get(str(late)) == 4)


def test_a_watcher_that_is_held_up_knows_that_it_lost_events_and_makes_up_for_it(tmp_path):
    for number in range(20):
        (tmp_path / f"d{number}").mkdir()
    go = threading.Event()

    def held(tell, **settings):
        def slow(hint: Hint) -> None:
            tell(hint)
            go.wait(60)

        return Inotify(slow, **settings)

    with Watched(held, tmp_path) as watched:
        done(*[write(FLAT, tmp_path, 20, max(FILES // 2, 4000), name) for name in "ab"])
        new = tmp_path / "made while nobody listened"
        new.mkdir()
        go.set()
        assert watched.settle(watched.nothing_missing), len(watched.missing())
        assert watched.source.coverage().overflows
        assert watched.heard("overflow", tmp_path)
        late = new / "late.csv"
        late.write_text("late")
        assert watched.settle(lambda: watched.looked.get(str(late)) == 4)


CHURN = """
import os, random, shutil, sys
root, choice = sys.argv[1], random.Random(int(sys.argv[2]))
for number in range(int(sys.argv[3])):
    one, other = [
        os.path.join(root, *[f"{choice.choice('abc')}{choice.randrange(3)}" for _ in range(choice.randrange(1, 5))])
        for _ in range(2)
    ]
    what = choice.random()
    try:
        if what < 0.5:
            os.makedirs(one, exist_ok=True)
            with open(os.path.join(one, f"f{number}"), "w") as file:
                file.write("x" * choice.randrange(50))
        elif what < 0.8:
            os.rename(one, other)
        elif what < 0.85:
            shutil.rmtree(one)
        else:
            with open(os.path.join(one, "g"), "a") as file:
                file.write("yy")
    except OSError:
        pass
"""


def test_folders_that_are_made_and_moved_into_one_another_and_deleted_at_once_confuse_nobody(source, tmp_path):
    with Watched(source, tmp_path) as watched:
        done(*[write(CHURN, tmp_path, seed, FILES * 5) for seed in range(2)])
        assert watched.settle(watched.nothing_missing), len(watched.missing())
        assert watched.source.coverage().whole
        if source is Inotify:
            assert until(lambda: watched.source.coverage().folders == sum(1 for _ in os.walk(tmp_path)))


# --- single events ----------------------------------------------------------------------------------------------------


def test_reading_causes_no_event(source, tmp_path):
    done(write(NEW_FOLDERS, tmp_path, 20, 10))
    with Watched(source, tmp_path) as watched:
        done(write(READ, tmp_path))
        (tmp_path / "mark").touch() if source is Inotify else done(
            write("open(__import__('sys').argv[1], 'w')", tmp_path / "mark")
        )
        assert until(lambda: watched.heard("file", tmp_path / "mark"))
        assert {one.path for one in watched.hints} == {str(tmp_path / "mark")}


def test_what_this_process_writes_itself_is_not_told(tmp_path):
    if REFUSAL:
        pytest.skip(REFUSAL)
    with Watched(Fanotify, tmp_path) as watched:
        (tmp_path / "ours").touch()
        done(write("open(__import__('sys').argv[1], 'w')", tmp_path / "theirs"))
        assert until(lambda: watched.heard("file", tmp_path / "theirs"))
        assert not watched.heard("file", tmp_path / "ours")


@pytest.mark.parametrize("name", ODD, ids=["shift_jis", "newline", "255 bytes", "kana", "no encoding"])
def test_a_file_with_an_odd_name_is_looked_at(source, tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), name)
    with Watched(source, tmp_path) as watched:
        done(write("import os, sys; open(os.fsencode(sys.argv[1]), 'w').write('odd')", os.fsdecode(path)))
        assert watched.settle(lambda: watched.looked.get(os.fsdecode(path)) == 3)


def test_a_folder_that_is_moved_within_is_heard_under_its_new_path(source, tmp_path):
    (tmp_path / "old" / "deep").mkdir(parents=True)
    with Watched(source, tmp_path) as watched:
        done(write(MOVE, tmp_path / "old", tmp_path / "new"))
        late = tmp_path / "new" / "deep" / "late.csv"
        assert until(lambda: watched.heard("folder", tmp_path / "new"))
        done(write("import sys; open(sys.argv[1], 'w').write('late')", late))
        assert watched.settle(lambda: watched.looked.get(str(late)) == 4)
        assert not watched.heard("file", tmp_path / "old" / "deep" / "late.csv")


def test_nothing_is_heard_of_a_folder_that_was_moved_away(source, tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    with Watched(source, tmp_path / "in") as watched:
        done(write(MOVE, tmp_path / "in" / "sub", tmp_path / "away"))
        assert until(lambda: watched.heard("folder", tmp_path / "in" / "sub"))
        heard = len(watched.hints)
        done(write("import sys; open(sys.argv[1], 'w')", tmp_path / "away" / "later.txt"))
        done(write("import sys; open(sys.argv[1], 'w')", tmp_path / "in" / "mark"))
        assert until(lambda: watched.heard("file", tmp_path / "in" / "mark"))
        assert {one.path for one in watched.hints[heard:]} == {str(tmp_path / "in" / "mark")}


def test_a_folder_that_is_left_out_is_not_watched(source, tmp_path):
    (tmp_path / "left" / "deep").mkdir(parents=True)
    with Watched(source, tmp_path, skip=lambda path: path.endswith("/left")) as watched:
        done(write("import sys; open(sys.argv[1], 'w')", tmp_path / "left" / "deep" / "a"))
        done(write("import sys; open(sys.argv[1], 'w')", tmp_path / "mark"))
        assert until(lambda: watched.heard("file", tmp_path / "mark"))
        assert not watched.heard("file", tmp_path / "left" / "deep" / "a")


def test_a_root_that_is_replaced_is_noticed_and_watched_again(source, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    with Watched(source, root) as watched:
        root.rmdir()
        if source is Inotify:
            assert until(lambda: watched.source.coverage().deaf == (str(root),))
        watched.source.check()
        assert watched.source.coverage().deaf == (str(root),)
        root.mkdir()
        watched.source.check()
        assert watched.source.coverage().whole
        assert watched.heard("overflow", root)
        done(write("import sys; open(sys.argv[1], 'w').write('new')", root / "new.csv"))
        assert watched.settle(lambda: watched.looked.get(str(root / "new.csv")) == 3)


def test_a_source_that_has_stopped_leaves_nothing_open(source, tmp_path):
    (tmp_path / "sub").mkdir()
    before = descriptors()
    threads = threading.active_count()
    with Watched(source, tmp_path):
        pass
    assert descriptors() == before
    assert threading.active_count() == threads


def test_watches_and_folders_are_counted_alike(tmp_path):
    with Watched(Inotify, tmp_path) as watched:
        done(write(NEW_FOLDERS, tmp_path, 50, 1))
        assert watched.settle(watched.nothing_missing)
        folders = sum(1 for _ in os.walk(tmp_path))
        assert watched.source.coverage().folders == folders
        done(write("import shutil, sys; shutil.rmtree(sys.argv[1])", tmp_path / "y1"))
        assert until(lambda: watched.source.coverage().folders == sum(1 for _ in os.walk(tmp_path)))


def test_a_root_inside_a_root_may_be_let_go_and_neither_becomes_deaf(source, tmp_path):
    inner = tmp_path / "in" / "ner"
    inner.mkdir(parents=True)
    with Watched(source, tmp_path) as watched:
        watched.source.add(str(inner))
        watched.source.remove(str(inner))
        done(write("import sys; open(sys.argv[1], 'w')", inner / "a"))
        assert until(lambda: watched.heard("file", inner / "a"))
        watched.source.add(str(inner))
        watched.source.remove(str(tmp_path))
        done(write("import sys; open(sys.argv[1], 'w')", inner / "b"))
        assert until(lambda: watched.heard("file", inner / "b"))
        watched.source.check()
        assert watched.source.coverage().whole


def test_a_source_that_has_died_is_deaf(source, tmp_path, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with Watched(source, tmp_path) as watched:
        monkeypatch.setattr(watched.source, "_handle", lambda *_: 1 / 0)
        done(write("import sys; open(sys.argv[1], 'w')", tmp_path / "a"))
        assert until(lambda: watched.source.coverage().deaf == (str(tmp_path),))


# --- limits -----------------------------------------------------------------------------------------------------------

LIMITED = """
import json, pathlib, sys
limit, root = int(sys.argv[1]), pathlib.Path(sys.argv[2])
pathlib.Path("/proc/sys/user/max_inotify_watches").write_text(str(limit))
from scanner.watching.sources import Sources
from tests.watched import FLAT, Watched, write
with Watched(Sources, root, whole=False) as watched:
    before = watched.source.sight()
    until_polled = watched.settle(lambda: watched.source.sight().sources[1].folders > 0, 60)
    write(FLAT, root, int(sys.argv[3]), 3 * int(sys.argv[3]), "late").wait()
    settled = watched.settle(watched.nothing_missing, 90)
    sight = watched.source.sight()
    print(json.dumps([len(watched.missing()), sight.sources[0].folders, sight.sources[0].limit_hits > 0,
                      len(sight.sources[0].unwatched), len(sight.unseen), len(watched.looked)]))
"""


def test_what_the_limit_on_watches_leaves_over_is_told_and_polled(tmp_path):
    folders, limit = (2000, 1000) if FULL else (60, 30)
    for number in range(folders):
        (tmp_path / f"d{number}").mkdir()
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", LIMITED, str(limit), str(tmp_path)]
    root = Path(__file__).parents[1]
    try:
        ran = subprocess.run([*command, str(folders)], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if "Operation not permitted" in ran.stderr or "Read-only" in ran.stderr:
        pytest.skip("this machine lets nobody make a user namespace")
    assert ran.returncode == 0, ran.stderr
    missing, watched, told, unwatched, unseen, looked = json.loads(ran.stdout)
    assert (missing, told, unseen) == (0, True, 0)
    assert watched == limit
    assert unwatched == folders + 1 - limit
    assert looked == 3 * folders


# --- the choice -------------------------------------------------------------------------------------------------------


def test_without_the_privilege_single_folders_are_watched_and_the_reason_is_told(tmp_path, monkeypatch):
    def refused(_: Fanotify) -> None:
        raise Unwatchable("no privilege")

    monkeypatch.setattr(Fanotify, "start", refused)
    with Watched(Sources, tmp_path) as watched:
        sight = watched.source.sight()
        assert (sight.by, sight.notes) == ({str(tmp_path): "inotify"}, {"fanotify": "no privilege"})


def test_what_came_while_nobody_watched_is_looked_at_at_the_start(tmp_path):
    done(write(NEW_FOLDERS, tmp_path, 20, 10))
    with Watched(Sources, tmp_path) as watched:
        assert watched.settle(watched.nothing_missing)
        assert len(watched.looked) == 200


def test_a_path_belongs_to_the_innermost_root(tmp_path):
    (tmp_path / "in" / "ner").mkdir(parents=True)
    with Watched(Sources, tmp_path) as watched:
        watched.source.add(str(tmp_path / "in"))
        assert watched.source.root_of(str(tmp_path / "in" / "ner" / "a")) == str(tmp_path / "in")
        assert watched.source.root_of(str(tmp_path / "inner")) == str(tmp_path)
        assert watched.source.root_of("/elsewhere/a") == "/elsewhere/a"
        watched.source.remove(str(tmp_path / "in"))
        assert watched.source.root_of(str(tmp_path / "in" / "a")) == str(tmp_path)


def test_paths_reach_neither_log_nor_warnings(tmp_path, caplog):
    (tmp_path / "secret").mkdir()
    with warnings.catch_warnings(record=True) as warned, Watched(Sources, tmp_path, whole=False) as watched:
        warnings.simplefilter("always")
        watched.source.check()
        watched.source.add(str(tmp_path / "secret"))
        (tmp_path / "secret" / "a").touch()
        assert watched.settle(watched.nothing_missing)
    assert "secret" not in caplog.text + "".join(str(one.message) for one in warned)
