"""What the watcher costs, seen from outside: ``python -m bench.watcher [idle] [copy] [week] [--changes N]``.

Processor time and memory of all its processes, its descriptors and its databases, by psutil. Idle and copy run it as
its user would, with rests; week lets it work without them, so that many changes fit into minutes.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

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
def watcher(root: Path, state: Path, *more: str) -> Iterator[psutil.Process]:
    """The watcher at work."""
    command = [sys.executable, "-m", "scanner", "watch", str(root), "--no-media", "--service", "--lang", "en", *more]
    environment = {**os.environ, "NOKOSANAI_STATE": str(state), "PYTHONUTF8": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Watching ")
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)
            drain.wait(30)


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
    parser.add_argument("what", nargs="*", choices=("idle", "copy", "week"), default=["idle", "copy", "week"])
    parser.add_argument("--changes", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for what in options.what:
            if what == "week":
                week(Path(name), options.changes)
            else:
                {"idle": idle, "copy": copy}[what](Path(name))


if __name__ == "__main__":
    main()
