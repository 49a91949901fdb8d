"""``nokosanai watch`` and media on Linux: they are examined when they come, and let go whenever their user wants."""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sticks import PATIENCE, Stick, sticks
from tests.test_detection import my_number
from tests.test_watch import known

if sys.platform != "linux":
    pytest.skip("mounts as Linux has them", allow_module_level=True)

LATE = 1.0
"""Seconds for which a user who wants a stick back may have to wait."""


class Machine:
    """Folders that pass for /proc, /sys and /dev of a machine whose loop devices and FUSE mounts are sticks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sys/dev/block").mkdir(parents=True)
        (root / "dev/disk/by-uuid").mkdir(parents=True)
        (root / "proc").symlink_to("/proc")
        taken = {line.split()[2] for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines()}
        for kind, numbers in (("ext4", (f"7:{n}" for n in range(64))), ("fat", (f"0:{n}" for n in range(400)))):
            device = root / "sys/devices" / kind
            device.mkdir(parents=True)
            (device / "removable").write_text("1\n", "ascii")
            (root / "dev/disk/by-uuid" / f"UUID-{kind}").symlink_to(f"../../{kind}")
            for number in numbers:
                if number not in taken:
                    (root / "sys/dev/block" / number).symlink_to(device)


class Watcher:
    """The real command, and what it has said."""

    def __init__(self, root: Path, state: Path, machine: Path) -> None:
        settings = machine / "watch.toml"
        settings.write_text("quiet_seconds = 0.3\n", "utf-8")
        environment = {
            **os.environ, "NOKOSANAI_STATE": str(state), "NOKOSANAI_SYSTEM": str(machine),
            "NOKOSANAI_SETTINGS": str(settings),
        }  # fmt: skip
        command = [sys.executable, "-m", "scanner", "watch", str(root), "--nice", "0", "--lang", "en", "--service"]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))

    def hears(self, fits: Callable[[str], bool], since: int = 0) -> str:
        """Wait for a line; the first that fits from the line `since` on."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = next((line for line in self.lines[since:] if fits(line)), None)
            if found is not None:
                return found
            try:
                self.lines.append(self._queue.get(timeout=1))
            except queue.Empty:
                assert self.process.poll() is None, self.lines
        raise AssertionError(self.lines)


@pytest.fixture(params=["ext4", "fat"])
def stick(request, tmp_path) -> Iterator[Stick]:
    with sticks(tmp_path, request.param) as (one,):
        yield one


@pytest.fixture
def watcher(tmp_path, stick) -> Iterator[Watcher]:
    root = tmp_path / "root"
    root.mkdir()
    machine = Machine(tmp_path / "machine")
    one = Watcher(root, tmp_path / "state", machine.root)
    try:
        one.hears(lambda line: line.startswith("Watching "))
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def person(number: int) -> str:
    """Somebody else for each number."""
    name = (
        f"{'佐藤鈴木高橋田中伊藤'[2 * (number % 5) :][:2]} {'春夏秋冬雪'[number // 5 % 5]}{'子美江'[number // 25 % 3]}"
    )
    return f"氏名：{name}\n個人番号：{my_number(10**10 + number)}\n生年月日：1985年4月2日\n"


def fill(stick: Stick, files: int, people: int = 1) -> None:
    """Write files with people in each, as a user would have done it elsewhere."""
    stick.plug()
    for number in range(files):
        folder = stick.mount / f"D{number // 100}"
        folder.mkdir(exist_ok=True)
        (folder / f"P{number}.TXT").write_text("".join(map(person, range(number, number + people))), "utf-8")
    stick.wanted()


def test_what_is_on_a_stick_is_told_when_it_is_plugged_in_and_it_is_known_again(tmp_path, stick, watcher):
    fill(stick, 3)
    stick.plug()
    mount = str(stick.mount)
    line = watcher.hears(lambda line: "now holds" in line)
    assert line.startswith(f"{mount} now holds 3 documents with personal data, of about 3 people")
    told = [line for line in watcher.lines if "P1.TXT" in line]
    assert len(told) == 1
    assert "media" in told[0]
    assert my_number(10**10 + 1) not in "\n".join(watcher.lines)
    assert stick.wanted() < LATE
    watcher.hears(lambda line: line == f"{mount} was taken out.")
    since = len(watcher.lines)
    stick.plug()
    watcher.hears(lambda line: "now holds 3 documents" in line, since)
    assert not any("P1.TXT" in line for line in watcher.lines[since:]), "a known stick is no news"
    assert {name for name in known(tmp_path / "state") if "P" in name} == {"D0/P0.TXT", "D0/P1.TXT", "D0/P2.TXT"}


def test_a_stick_can_be_taken_out_while_it_is_examined_and_the_rest_is_examined_when_it_is_back(stick, watcher):
    fill(stick, 300, people=20)
    for attempt in range(3):
        since = len(watcher.lines)
        stick.plug()
        watcher.hears(lambda line: "is plugged in" in line, since)
        time.sleep(1.0 + 0.4 * attempt)
        assert stick.wanted() < LATE
        watcher.hears(lambda line: "was taken out" in line, since)
    assert any("while it was examined" in line for line in watcher.lines)
    since = len(watcher.lines)
    stick.plug()
    watcher.hears(lambda line: "now holds 300 documents" in line, since)
    told = [line for line in watcher.lines if ".TXT: " in line]
    assert len(told) == len({line.split(".TXT: ")[0][-8:] for line in told}) == 300
    assert not any("no longer" in line or "internal" in line for line in watcher.lines)


def test_what_is_written_to_a_stick_is_told_and_it_can_be_taken_out_again(stick, watcher):
    fill(stick, 1)
    stick.plug()
    watcher.hears(lambda line: "now holds 1 documents" in line)
    (stick.mount / "NEW.TXT").write_text(person(99), "utf-8")
    watcher.hears(lambda line: "NEW.TXT: " in line)
    assert stick.wanted() < LATE


def test_a_stick_that_breaks_off_is_told_once_and_not_asked_for_every_file(stick, watcher):
    if stick.kind != "ext4":
        pytest.skip("the driver of FAT in user space holds the image in memory")
    stick.plug()
    for number in range(300):
        (stick.mount / f"P{number}.TXT").write_text(person(number) + "x" * 40_000, "utf-8")
    stick.wanted()
    stick.plug()
    with stick.image.open("r+b") as image:
        image.truncate(8 << 20)
    watcher.hears(lambda line: "does not answer" in line)
    assert sum("does not answer" in line for line in watcher.lines) == 1
    assert stick.wanted() < LATE
    watcher.hears(lambda line: "was taken out" in line)
    assert watcher.process.poll() is None
