"""Whoever gets hold of a worker holds a process that can read and reckon: it writes, starts and calls nothing.

Each deed is tried from inside a real worker, which is examining a file at that moment.
"""

import ctypes
import errno
import json
import os
import pickle
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest

import scanner
from scanner import batches, checkup, said, worker, workers
from scanner.confinement import Confinement, calls, landlock
from scanner.errors import Unreadable
from scanner.formats import plain
from scanner.line import Options, Run, Tools
from scanner.model import Document
from tests.outside import Outside
from tests.test_state import on

fcntl = pytest.importorskip("fcntl")
pytestmark = [pytest.mark.posix, pytest.mark.skipif(sys.platform != "linux", reason="Linux confines")]

FOUND = "個人番号：0234 5678 9013\n"
LIBC = ctypes.CDLL(None, use_errno=True)


def system(done: int) -> None:
    if done < 0:
        raise OSError(ctypes.get_errno(), "refused")


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def connect() -> None:
    with socket.create_connection(("127.0.0.1", 9), 1):
        pass


def deeds(place: Path) -> dict[str, Callable[[], object]]:
    """What a document might want of its reader, by its name; `place` holds the files a, b and an empty folder."""
    a, b = place / "a", place / "b"
    return {
        "create": lambda: (place / "new").write_bytes(b"x"),
        "overwrite": lambda: a.open("r+b"),
        "append": lambda: a.open("ab"),
        "empty": lambda: os.open(a, os.O_RDONLY | os.O_TRUNC),
        "truncate": lambda: os.truncate(a, 0),
        "delete": a.unlink,
        "rename": lambda: a.rename(b),
        "folder": lambda: (place / "folder").mkdir(),
        "no folder": lambda: (place / "void").rmdir(),
        "link": lambda: (place / "link").hardlink_to(a),
        "symbolic link": lambda: (place / "symlink").symlink_to(a),
        "pipe": lambda: os.mkfifo(place / "pipe"),
        "mode": lambda: a.chmod(0o777),
        "owner": lambda: os.chown(a, os.getuid(), os.getgid()),
        "times": lambda: os.utime(a, (0, 0)),
        "attribute": lambda: os.setxattr(a, "user.x", b"x"),
        "run": lambda: subprocess.run(["/bin/true"], check=True),
        "run in its place": lambda: os.execv("/bin/true", ["true"]),
        "spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        "fork": fork,
        "connect": connect,
        "socket": lambda: socket.socket(socket.AF_UNIX),
        "pair of sockets": socket.socketpair,
        "end the parent": lambda: os.kill(os.getppid(), 0),
        "end everybody": lambda: os.kill(-1, 0),
        "trace": lambda: system(LIBC.ptrace(16, os.getppid(), None, None)),
        "read elsewhere": lambda: (place.parent / "elsewhere" / "secret.txt").read_bytes(),
        "list elsewhere": lambda: sorted((place.parent / "elsewhere").iterdir()),
        "look at the environment of the parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "look through the parent": lambda: Path(f"/proc/{os.getppid()}/root/etc/hosts").read_bytes(),
        "look into the parent": lambda: Path(f"/proc/{os.getppid()}/mem").open("rb"),
        "mount": lambda: system(LIBC.mount(b"none", os.fsencode(place), b"tmpfs", 0, None)),
        "namespace": lambda: system(LIBC.unshare(0x10000000)),
        "key": lambda: system(LIBC.syscall({"x86_64": 250, "aarch64": 219}[os.uname().machine], 0, 0, 0, 0, 0)),
        "ring": lambda: system(LIBC.syscall(425, 1, None)),
        "type": lambda: fcntl.ioctl(0, 0x5412, b"x"),
        "limits of the parent": lambda: system(LIBC.prlimit(os.getppid(), 7, None, ctypes.create_string_buffer(16))),
    }


HARMLESS: dict[str, Callable[[Path], object]] = {
    "read": lambda place: (place / "a").read_bytes(),
    "list": lambda place: sorted(place.iterdir()),
    "thread": lambda place: threading.Thread(target=lambda: None).start(),
    "limits": lambda place: os.sysconf("SC_OPEN_MAX"),
}


def tried(place: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> dict[str, int | None]:
    """What came of deeds, done by a worker: the number of the error, None where there was none."""
    (place / "void").mkdir(parents=True)
    (place.parent / "elsewhere").mkdir(exist_ok=True)
    (place.parent / "elsewhere" / "secret.txt").write_text("nothing of yours\n")
    for name in ("a", "b", "bait.txt"):
        (place / name).write_text("nothing\n")
    possible = deeds(place) | {name: lambda deed=deed: deed(place) for name, deed in HARMLESS.items()}
    told, telling = os.pipe()

    def readings(document: Document, budget: object) -> Iterator[object]:
        for name in names or possible:
            try:
                possible[name]()
                came = None
            except OSError as error:
                came = error.errno
            os.write(telling, json.dumps([name, came]).encode() + b"\n")
        return iter(())

    monkeypatch.setattr(plain, "read", readings)
    scanner.scan(place / "bait.txt", jobs=1, state=False)
    os.close(telling)
    with open(told, encoding="utf-8") as lines:
        return dict(json.loads(line) for line in lines)


def test_a_worker_can_read_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "place"
    came = tried(place, monkeypatch)
    assert set(came) == {*deeds(place), *HARMLESS}
    assert {name: came[name] for name in HARMLESS} == dict.fromkeys(HARMLESS)
    refused = {errno.EPERM, errno.EACCES}
    assert {name: code for name, code in came.items() if name not in HARMLESS and code not in refused} == {}
    assert sorted(path.name for path in place.iterdir()) == ["a", "b", "bait.txt", "void"]
    assert (place / "a").read_text() == "nothing\n"


BY_LANDLOCK = (
    "read elsewhere",
    "list elsewhere",
    "create",
    "overwrite",
    "append",
    "delete",
    "rename",
    "folder",
    "symbolic link",
    "run in its place",
)


def test_each_of_the_two_ways_holds_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {errno.EPERM, errno.EACCES}
    with monkeypatch.context() as only:
        only.setattr(calls, "refuse", lambda _: False)
        assert set(tried(tmp_path / "landlock", only, *BY_LANDLOCK).values()) <= refused
    with monkeypatch.context() as only:
        only.setattr(landlock, "restrict", lambda _: 0)
        place = tmp_path / "calls"
        everything = [name for name in deeds(place) if "look" not in name and "elsewhere" not in name]
        assert set(tried(place, only, *everything).values()) <= refused


def test_where_a_kernel_has_neither_everything_works_and_doctor_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    assert not [one for one in checkup.checkup([str(tmp_path)], "en") if "not wholly confined" in one.said]
    monkeypatch.setattr(calls, "refuse", lambda _: False)
    monkeypatch.setattr(landlock, "restrict", lambda _: 0)
    assert len(scanner.scan(tmp_path, jobs=1).documents) == 1
    said_so = [one for one in checkup.checkup([str(tmp_path)], "en") if "not wholly confined" in one.said]
    assert [(one.state, "limits of resources" in one.said, bool(one.advice)) for one in said_so] == [
        ("warning", True, True)
    ]


def test_a_real_kernel_without_them_is_one_on_which_nothing_fails() -> None:
    class Old:
        """A C library over a kernel that knows none of the calls."""

        def syscall(self, *_: object) -> int:
            return -1

        def prctl(self, *_: object) -> int:
            return -1

    assert landlock.restrict(Old()) == 0  # type: ignore[arg-type]
    assert calls.refuse(Old()) is False  # type: ignore[arg-type]


def test_a_worker_inherits_nothing_that_is_open_but_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bait.txt").write_text("nothing\n")
    told, telling = os.pipe()

    def readings(document: Document, budget: object) -> Iterator[object]:
        for opened in Path("/proc/self/fd").iterdir():
            os.write(telling, bytes(opened.readlink()) + b"\n" if opened.is_symlink() else b"")
        return iter(())

    monkeypatch.setattr(plain, "read", readings)
    database = sqlite3.connect(tmp_path / "secret.db")
    with database, socket.socket() as connection, (tmp_path / "secret.txt").open("w") as file:
        database.execute("CREATE TABLE t (x)")
        scanner.scan(tmp_path / "bait.txt", jobs=1)
        assert (connection.fileno(), file.fileno()) != (-1, -1)
    os.close(telling)
    with open(told, encoding="utf-8") as lines:
        opened = {line.strip().split(":")[0] for line in lines}
    assert {name for name in opened if not name.startswith("/proc/")} <= {
        "/dev/null", "pipe", str(tmp_path / "bait.txt"),
    }  # fmt: skip


# --- the filter on machines that are not at hand ----------------------------------------------------------------------

ALLOWED = 0x7FFF0000


def judged(machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """What the filter for a machine says of a call, worked out as a kernel would; 0: allowed, else the error."""
    known = calls.MACHINES[machine]
    seen = struct.pack("<IIQ6Q", number, audit or known.audit, 0, *arguments, *[0] * (6 - len(arguments)))
    at = value = 0
    steps = calls.program(known, 77)
    while True:
        what, true, false, constant = steps[at]
        at += 1
        match what:
            case 0x20:
                (value,) = struct.unpack_from("<I", seen, constant)
            case 0x54:
                value &= constant
            case 0x06:
                return 0 if constant == ALLOWED else constant & 0xFFFF
            case _:
                held = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[what]
                at += true if held else false


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_the_filter_refuses_by_name_and_looks_at_what_is_asked_for(machine: str, column: int) -> None:
    assert len(calls.program(calls.MACHINES[machine], 77)) < 4096
    for name, numbers in calls.REFUSED.items():
        if numbers[column] is not None:
            assert judged(machine, numbers[column]) == errno.EPERM, name
    openat, clone, kill, prlimit, ioctl, read, futex = (
        (257, 56, 62, 302, 16, 0, 202) if machine == "x86_64" else (56, 220, 129, 261, 29, 63, 98)
    )
    at_folder = 0xFFFFFFFFFFFFFF9C
    assert judged(machine, openat, at_folder, 0, 0o2000000) == 0
    for flags in (1, 2, 0o100, 0o1000, 0o2001):
        assert judged(machine, openat, at_folder, 0, flags) == errno.EPERM
    assert judged(machine, clone, 0x3D0F00) == 0  # a thread, as the C library asks for it
    for flags in (17, 0x01200011, 0x4111, 0x10000 | 0x20000000):
        assert judged(machine, clone, flags) == errno.EPERM
    assert (judged(machine, kill, 77, 9), judged(machine, kill, 1, 9)) == (0, errno.EPERM)
    assert [judged(machine, prlimit, pid) for pid in (0, 77, 1)] == [0, 0, errno.EPERM]
    assert (judged(machine, ioctl, 0, 0x5401), judged(machine, ioctl, 0, 0x5412)) == (0, errno.EPERM)
    assert [judged(machine, number) for number in (read, futex, 435, 437, 462, 0x40000000)] == [
        0, 0, errno.ENOSYS, errno.ENOSYS, errno.ENOSYS, errno.ENOSYS,
    ]  # fmt: skip
    assert judged(machine, read, audit=0x40000003) == errno.EPERM


# --- what a worker says -----------------------------------------------------------------------------------------------


class Order:
    """A pickle that has a function called by whoever takes it in."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def test_a_worker_that_was_got_hold_of_cannot_have_its_parent_call_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bad.txt", "good.txt", "last.txt"):
        (tmp_path / name).write_text(FOUND, "utf-8")
    say = worker.Voice.say

    def possessed(self: worker.Voice, *spoken: object, **more: object) -> None:
        result = spoken[0]
        if result is not None and any("bad" in document.path for document in result.documents):  # type: ignore[attr-defined]
            self._pipe.send(said.Said(Order(tmp_path / "called")))  # type: ignore[arg-type]
        say(self, *spoken, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(worker.Voice, "say", possessed)
    report = scanner.scan(tmp_path, jobs=1, state=False)
    assert not (tmp_path / "called").exists()
    assert [(Path(problem.address).name, problem.kind) for problem in report.problems] == [("bad.txt", "bug")]
    assert len(report.documents) == 2


@pytest.mark.parametrize(
    "spoken",
    [b"", b"\x80\x04.", b"garbage", pickle.dumps(said.Said), pickle.dumps(("x",)), pickle.dumps(said.Said(3))],  # type: ignore[arg-type]
)
def test_whatever_else_a_worker_says_is_its_end(spoken: bytes) -> None:
    hearing, speaking = Pipe(duplex=False)
    speaking.send_bytes(spoken)
    with pytest.raises((OSError, EOFError)):
        said.heard(hearing)


# --- workers that grow ------------------------------------------------------------------------------------------------


def test_a_worker_that_has_grown_is_replaced_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        (tmp_path / f"{number:02}.txt").write_text(FOUND, "utf-8")
    begun: list[int] = []

    class Counted(workers._Worker):
        def __init__(self, *given: object) -> None:
            begun.append(1)
            super().__init__(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "_Worker", Counted)
    monkeypatch.setattr(batches, "BATCH_FILES", 3)
    for grown, least, most in ((worker.GROWN, 1, 2), (-(1 << 60), 4, 9)):
        monkeypatch.setattr(worker, "GROWN", grown)
        begun.clear()
        report = scanner.scan(tmp_path, jobs=2, state=False)
        assert (report.ledger.entries["read"], len(report.documents), report.problems) == (24, 24, ())
        assert least <= len(begun) <= most


# --- files that end their reader, from run to run ---------------------------------------------------------------------


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stall() -> None:
    raise Unreadable("timed_out", "took longer than its time limit")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two files that have been there for long."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("bad.txt", "good.txt"):
        (folder / name).write_text(FOUND, "utf-8")
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    return folder


def spoiling(monkeypatch: pytest.MonkeyPatch, how: Callable[[], None]) -> list[int]:
    """Have the file bad.txt end its reader; gets longer whenever it is begun."""
    tries: list[int] = []
    count, read = Outside(lambda: tries.append(1)), plain.read

    def readings(document: Document, budget: object) -> Iterator[object]:
        if document.name == "bad.txt":
            count()
            how()
        return read(document, budget)  # type: ignore[arg-type]

    monkeypatch.setattr(plain, "read", readings)
    return tries


@pytest.mark.parametrize(
    ("how", "kind", "system"), [(kill, "bug", "ext4"), (kill, "bug", "vfat"), (stall, "timed_out", "ext4")]
)
def test_a_file_that_ends_its_reader_is_tried_in_two_runs_and_then_when_it_has_changed(
    how: Callable[[], None], kind: str, system: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = spoiling(monkeypatch, how)
    on(monkeypatch, place, system)

    def run(**options: bool) -> bool:
        """Whether the file was begun; each run says of it that it was not read."""
        tries.clear()
        report = scanner.scan(place, jobs=1, **options)  # type: ignore[arg-type]
        assert [(Path(one.address).name, one.kind) for one in report.problems] == [("bad.txt", kind)]
        assert report.ledger.not_read_by_kind == {kind: 1}
        assert [Path(document.path).name for document in report.documents] == ["good.txt"]
        final = report.problems[0].detail.endswith("not tried again until the file, the rules or this program change")
        assert final == (not tries)
        return bool(tries)

    assert [run() for _ in range(4)] == [True, True, False, False]
    assert [run(full=True), run(), run()] == [True, True, False]
    (place / "bad.txt").write_text(FOUND * 2, "utf-8")
    assert run()
    (place / "good.txt").write_text(FOUND * 3, "utf-8")
    assert [run(), run()] == [True, False]


def test_walks_and_events_of_a_watcher_do_not_read_such_a_file_again_and_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = spoiling(monkeypatch, kill)
    options = Options(jobs=1)
    tools = Tools(options, session="watcher")

    def run(path: Path) -> bool:
        tries.clear()
        for _ in (begun := Run([path], options, tools=tools)).results():
            pass
        assert [one.kind for one in begun.report().problems] == ["bug"]
        return bool(tries)

    try:
        assert [run(place / "bad.txt"), run(place)] == [True, True]
        assert [run(place), run(place / "bad.txt"), run(place)] == [False, False, False]
    finally:
        tools.close()


def test_confinement_is_told_of_by_a_worker_itself() -> None:
    held = workers.confinement()
    assert isinstance(held, Confinement)
    assert held.limits
    assert not held.job
