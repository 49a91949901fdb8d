"""What the watcher costs and how soon it tells, from outside: ``python -m bench.watcher [idle] [copy] [soon] [week]``.

Processor time and memory of all its processes, its descriptors and its databases, by psutil. Idle and copy run it as
its user would, with rests; week lets it work without them, so that many changes fit into minutes; soon does both.
"""

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import psutil

from scanner.watching.meter import own_memory

MIB = 1 << 20


class Use(NamedTuple):
    """Processor seconds, bytes of memory, and open descriptors of all processes."""

    cpu: float
    memory: int
    descriptors: int


def use(process: psutil.Process) -> Use:
    """What the watcher has used until now; processes that have ended count with their parent."""
    family = [process, *process.children(recursive=True)]
    own = process.cpu_times()
    cpu = own.user + own.system + own.children_user + own.children_system
    cpu += sum(sum(one.cpu_times()[:2]) for one in family[1:])
    return Use(cpu, sum(map(own_memory, family)), getattr(process, "num_fds", lambda: 0)())


@contextmanager
def watcher(
    root: Path, state: Path, *more: str, hear: Callable[[str], None] = lambda _: None
) -> Iterator[psutil.Process]:
    """The watcher at work; `hear` is called with each line that it says."""
    command = [sys.executable, "-m", "scanner", "watch", str(root), "--no-media", "--service", "--lang", "en", *more]
    environment = {**os.environ, "NOKOSANAI_STATE": str(state), "PYTHONUTF8": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Watching ")
        drain = threading.Thread(target=_listen, args=(process.stdout, hear))
        drain.start()
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)
            drain.join(30)


def _listen(lines: IO[bytes], hear: Callable[[str], None]) -> None:
    for line in lines:
        hear(line.decode())


def text(number: int) -> str:
    """A file of a user's; one in a hundred is about somebody."""
    lines = [f"議事録 {number} {random.Random(number + line).random()} 次回までに確認する\n" for line in range(40)]
    return "".join(lines) + (f"氏名：佐藤 春子\n電話：090-1234-{number % 10000:04}\n" if number % 100 == 0 else "")


def databases(state: Path) -> int:
    """Bytes of all that the watcher keeps."""
    return sum(file.stat().st_size for file in state.rglob("*") if file.is_file())


def state_of(process: psutil.Process, state: Path) -> str:
    """How large it is now, in words."""
    now = use(process)
    return (
        f"{now.memory / MIB:.0f} MiB, {now.descriptors} descriptors, {len(process.children())} workers, "
        f"{databases(state) / MIB:.1f} MiB kept, {now.cpu:.0f} s of processors"
    )


def idle(folder: Path) -> None:
    """Nothing happens for a while."""
    root = folder / "idle"
    root.mkdir()
    with watcher(root, folder / "state-idle") as process:
        time.sleep(8)
        began, before = time.monotonic(), use(process)
        time.sleep(60)
        after = use(process)
        share = (after.cpu - before.cpu) / (time.monotonic() - began)
        print(f"idle: {100 * share:.2f} % of one core over 60 s, {after.memory / MIB:.0f} MiB")


def copy(folder: Path) -> None:
    """A large folder is copied in while somebody may be at work."""
    source, root = folder / "source", folder / "copy"
    root.mkdir()
    (root / "old.txt").write_text(text(100), "utf-8")
    for number in range(6_000):
        place = source / f"d{number // 100}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_text(text(number), "utf-8")
    with watcher(root, folder / "state-copy") as process:
        time.sleep(30)  # what the start has cost is past
        samples = [(time.monotonic(), use(process))]
        shutil.copytree(source, root / "new")
        most = 0.0
        while len(samples) < 120:
            time.sleep(0.5)
            samples.append((time.monotonic(), use(process)))
            window = [one for one in samples if one[0] >= samples[-1][0] - 12.2]
            if samples[-1][0] - samples[0][0] >= 12:
                (t0, u0), (t1, u1) = window[0], window[-1]
                most = max(most, (u1.cpu - u0.cpu) / (t1 - t0))
        (t0, u0), (t1, u1) = samples[0], samples[-1]
        memory = max(one.memory for _, one in samples)
        mean = (u1.cpu - u0.cpu) / (t1 - t0)
        print(
            f"copy: at most {100 * most:.1f} % over 12 s, {100 * mean:.1f} % over 60 s, at most {memory / MIB:.0f} MiB"
        )


PACES = (("one by one", 20, 1.5), ("50 a second", 500, 0.02), ("at once", 2_000, 0.0))
"""Files that are written, and seconds between two of them."""
PEOPLE = "氏名,個人番号\n乙山花子,9876-5432-1093\n佐藤春子,0234-5678-9013\n"


def soon(folder: Path) -> None:
    """Files with findings land, and it is noted when each is told."""
    for rests in ("with rests", "--nice 0"):
        root = folder / f"soon {rests}"
        root.mkdir()
        heard: dict[str, float] = {}

        def hear(line: str, heard: dict[str, float] = heard) -> None:
            for name in re.findall(r"f\d+\.csv", line):
                heard.setdefault(name, time.monotonic())

        more = ("--nice", "0") if rests == "--nice 0" else ()
        with watcher(root, folder / f"state-{root.name}", *more, hear=hear):
            time.sleep(2)
            for pace, count, apart in PACES:
                waited = sorted(_waits(root, count, apart, heard))
                told = f"{statistics.median(waited):.1f} s, {waited[int(0.99 * (len(waited) - 1))]:.1f} s"
                print(f"soon: {count} files {pace}, {rests}: {told} (median, 99th percentile)", flush=True)


def _waits(root: Path, count: int, apart: float, heard: dict[str, float]) -> Iterator[float]:
    """Seconds from writing each file until it is told."""
    written: dict[str, float] = {}
    for _ in range(count):
        file = root / f"f{count}{len(written):05}.csv"
        file.write_text(PEOPLE, "utf-8")
        written[file.name] = time.monotonic()
        time.sleep(apart)
    end = time.monotonic() + 120
    while written.keys() - heard.keys():
        if time.monotonic() > end:
            raise SystemExit(f"{len(written.keys() - heard.keys())} files were never told")
        time.sleep(0.05)
    yield from (heard[name] - at for name, at in written.items())


def week(folder: Path, changes: int) -> None:
    """Files are made, changed, moved and deleted, as many as in a week of one user, as fast as it goes."""
    root, state, chance = folder / "week", folder / "state-week", random.Random(7)
    root.mkdir()
    for number in range(50):
        (root / f"d{number}").mkdir()
    began = time.monotonic()
    with watcher(root, state, "--nice", "0") as process:
        for done in range(changes):
            file = root / f"d{chance.randrange(50)}" / f"{chance.randrange(60)}.txt"
            match chance.randrange(8):
                case 0:
                    file.unlink(missing_ok=True)
                case 1 if file.exists():
                    file.replace(root / f"d{chance.randrange(50)}" / file.name)
                case _:
                    file.write_text(text(chance.randrange(10**6)), "utf-8")
            if done % (changes // 10) == 0:
                time.sleep(2)
                print(
                    f"week: {done:,} changes, {time.monotonic() - began:.0f} s, {state_of(process, state)}", flush=True
                )
        time.sleep(15)
        print(f"week: {changes:,} changes, settled, {state_of(process, state)}")
    for file in sorted(state.rglob("*")):
        print(f"  {file.name}: {file.stat().st_size:,}")


def main() -> None:
    """Run what is asked for, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = ("idle", "copy", "soon", "week")
    parser.add_argument("what", nargs="*", choices=[*every, []])
    parser.add_argument("--changes", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for what in options.what or every:
            if what == "week":
                week(Path(name), options.changes)
            else:
                {"idle": idle, "copy": copy, "soon": soon}[what](Path(name))


if __name__ == "__main__":
    main()
