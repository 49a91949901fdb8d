"""What other machines cost and bring: ``python -m bench.cluster [quiet] [dense] [small] [chunk]``.

Scheduler and workers are processes of this machine, so that what is compared is the way there and back, not a network.
A scan by so many workers takes turns with a local one of as many processes; processor seconds are those of everybody.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.corpora import quiet, rosters, small_files
from bench.measure import run
from bench.watcher import use
from scanner.cluster import Access, Cluster
from scanner.examine import Settings
from scanner.remote import Order, Sealed
from tests.machines import Machines, machines

PAIRS = 3
CHUNKS = 200
MB = 10**6


class Cost(NamedTuple):
    """Seconds on the clock; processor seconds of the command, of the workers, and of the scheduler."""

    seconds: float
    own: float
    workers: float = 0.0
    scheduler: float = 0.0

    @property
    def cpu(self) -> float:
        return self.own + self.workers + self.scheduler


def scan(tree: Path, *more: str, cluster: Machines | None = None) -> Cost:
    """One scan without memory."""
    before = _used(cluster)
    command = [sys.executable, "-m", "scanner", "scan", str(tree), "--no-state", "--no-fail", "--format", "json"]
    ran = run([*command, *more, *(cluster.flags if cluster else ())])
    assert ran.code == 0, ran.code
    after = _used(cluster)
    return Cost(ran.seconds, ran.cpu, after[0] - before[0], after[1] - before[1])


def _used(cluster: Machines | None) -> tuple[float, float]:
    if cluster is None:
        return 0.0, 0.0
    workers = sum(use(psutil.Process(worker.pid)).cpu for worker in cluster.workers)
    return workers, use(psutil.Process(cluster.scheduler.pid)).cpu


def compare(name: str, tree: Path, size: int, folder: Path) -> None:
    """A tree by one and by two workers, beside as many local processes."""
    for count in (1, 2):
        place = Path(tempfile.mkdtemp(dir=folder))
        with machines(place, count) as cluster:
            scan(tree, cluster=cluster)  # everything has been begun and read once
            pairs = [(scan(tree, cluster=cluster), scan(tree, "--jobs", str(count))) for _ in range(PAIRS)]
        ours, local = ([pair[index] for pair in pairs] for index in (0, 1))
        clock, cpu = (
            statistics.median(theirs / mine for mine, theirs in zip(map(what, ours), map(what, local), strict=True))
            for what in (lambda cost: cost.seconds, lambda cost: cost.cpu)
        )
        one = sorted(ours, key=lambda cost: cost.cpu)[PAIRS // 2]
        print(
            f"{name}, {size / MB:.0f} MB, {count} worker(s): ratio {clock:.2f}, of processor seconds {cpu:.2f}; "
            f"{size / MB / one.workers:.1f} MB a processor second of the workers; command {one.own:.1f} s, "
            f"workers {one.workers:.1f} s, scheduler {one.scheduler:.2f} s",
            flush=True,
        )


def chunk(folder: Path) -> None:
    """An order without files, there and back, one after another."""
    with machines(folder, 1) as cluster:
        access = Access(address=cluster.address, ca=cluster.ca, cert=cluster.cert, key=cluster.key)
        pool = Cluster(access, [str(folder)])
        order = Sealed.of(Order(common=pool.common, settings=Settings(rules=(), key=b"k" * 32), entries=()))
        pool.executor.submit(pool.task, order).result()
        before, own, began = _used(cluster), time.process_time(), time.perf_counter()
        for _ in range(CHUNKS):
            pool.executor.submit(pool.task, order).result()
        seconds, mine, after = time.perf_counter() - began, time.process_time() - own, _used(cluster)
        pool.close()
    parts = (seconds, mine, after[0] - before[0], after[1] - before[1])
    clock, here, worker, scheduler = (1000 * part / CHUNKS for part in parts)
    print(f"a chunk: {clock:.1f} ms; processor: command {here:.1f}, worker {worker:.1f}, scheduler {scheduler:.1f} ms")


def _quiet(folder: Path) -> int:
    return quiet(folder, 200).size


def _dense(folder: Path) -> int:
    rosters(folder, 15)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _small(folder: Path) -> int:
    return small_files(folder, 20_000)[0].size


TREES: dict[str, Callable[[Path], int]] = {"quiet": _quiet, "dense": _dense, "small": _small}


def main() -> None:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description="What a cluster costs and brings.")
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(TREES)}, chunk (default: all)")
    cases = parser.parse_args().cases or [*TREES, "chunk"]
    with tempfile.TemporaryDirectory() as place:
        for name in cases:
            folder = Path(place) / name
            folder.mkdir()
            if name == "chunk":
                chunk(folder)
            else:
                tree = folder / "tree"
                tree.mkdir()
                compare(name, tree, TREES[name](tree), folder)


if __name__ == "__main__":
    main()
