"""What machines write: logs, measurements, dumps. None of it is anybody's, and much looks like numbers of people."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from bench import corpora
from bench.cases import Bench, Result, beside
from bench.measure import Pairs, Ran

BLOCK = 64_000_000
"""Bytes of a log after which it repeats."""
SHARE = 20
"""The long log is so many times the short one."""


def _access(rng: Random) -> Iterator[str]:
    agents = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
        "curl/8.4.0",
    )
    while True:
        address = ".".join(str(rng.randrange(256)) for _ in range(4))
        path = rng.choice(("/index.html", f"/items/{rng.randrange(10**6)}", f"/app.{rng.getrandbits(32):08x}.js"))
        yield f'{address} - - [{_day(rng)}/Nov/2026:{_time(rng)} +0900] "GET {path} HTTP/1.1" ' + (
            f'{rng.choice((200, 304, 404))} {rng.randrange(10**6)} "-" "{rng.choice(agents)}"'
        )


def _syslog(rng: Random) -> Iterator[str]:
    while True:
        address = f"192.168.{rng.randrange(256)}.{rng.randrange(256)} port {rng.randrange(65536)}"
        yield f"Nov {_day(rng)} {_time(rng)} host sshd[{rng.randrange(10**5)}]: Connection closed by {address}"


def _json(rng: Random) -> Iterator[str]:
    while True:
        event = {"ts": f"2026-11-{_day(rng)}T{_time(rng)}Z", "trace": f"{rng.getrandbits(128):032x}"}
        yield json.dumps(event | {"span": rng.randrange(10**12), "ms": rng.random() * 1000, "msg": "request done"})


def _csv(rng: Random) -> Iterator[str]:
    yield "time,device,temperature,humidity,volt,count"
    while True:
        values = f"{rng.random() * 40:.3f},{rng.random() * 100:.2f},{rng.random() * 5:.4f},{rng.randrange(10**9)}"
        yield f"2026-11-{_day(rng)} {_time(rng)},dev{rng.randrange(10**4):04},{values}"


def _sql(rng: Random) -> Iterator[str]:
    while True:
        what = rng.choice(("click", "view", "buy"))
        yield f"INSERT INTO `events` VALUES ({rng.randrange(10**9)},'{what}','2026-11-{_day(rng)} {_time(rng)}',NULL);"


def _numbers(rng: Random) -> Iterator[str]:
    while True:
        yield f"{rng.randrange(10**12)} {rng.randrange(10**16)} {rng.randrange(10**13)}"


def _base64(rng: Random) -> Iterator[str]:
    while True:
        yield base64.b64encode(rng.randbytes(57)).decode()


def _day(rng: Random) -> str:
    return f"{rng.randrange(1, 29):02}"


def _time(rng: Random) -> str:
    return f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"


KINDS: dict[str, Callable[[Random], Iterator[str]]] = {
    "access.log": _access,
    "syslog": _syslog,
    "events.json": _json,
    "sensors.csv": _csv,
    "dump.sql": _sql,
    "numbers.txt": _numbers,
    "base64.txt": _base64,
}


def write(path: Path, kind: str, size: int, seed: int = corpora.SEED) -> int:
    """A file of one kind, of about `size` bytes; returns how many it has."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        left = size
        for line in KINDS[kind](Random(f"{kind} {seed}")):
            left -= stream.write(f"{line}\n")
            if left <= 0:
                break
    return path.stat().st_size


def written(bench: Bench) -> list[Result]:
    """One file of each kind, beside ripgrep."""
    results = []
    for kind in KINDS:
        path = bench.folder / "written" / kind
        path.parent.mkdir(exist_ok=True)
        size = write(path, kind, bench.scale.written * 1_000_000)
        result = Result(f"written {kind}", "made by a generator", "rg -j1 -c", size, 1)
        report, _ = beside(bench, result, path, (0, 1), lambda path=path: bench.ripgrep(path))  # type: ignore[misc]
        result.expect("violations", len(report["violations"]), 0)
        result.expect("bytes read", report["ledger"]["bytes"]["read"], size)
        results.append(result)
        path.unlink()
    return results


def log(bench: Bench) -> list[Result]:
    """One very long log, beside a twentieth of it: time and memory."""
    folder = bench.folder / "log"
    folder.mkdir()
    block, short, long = folder / "block", folder / "short.log", folder / "long.log"
    size = write(block, "access.log", min(BLOCK, bench.scale.log * 1_000_000 // SHARE))
    times = max(bench.scale.log * 1_000_000 // SHARE // size, 1)
    sizes = [_repeat(path, block, count) for path, count in ((short, times), (long, times * SHARE))]
    runs = [_log(bench, path, size) for path, size in zip((short, long), sizes, strict=True)]
    shutil.rmtree(folder)
    runs[1][0].pairs = _both(runs[1][1], runs[0][1])
    runs[1][0].beside = f"1/{SHARE} of it"
    return [result for result, _ in runs]


def _repeat(path: Path, block: Path, times: int) -> int:
    """Without holding any of it: a process that is just beginning still counts with the memory of its parent."""
    with path.open("wb") as stream:
        for _ in range(times):
            with block.open("rb") as again:
                shutil.copyfileobj(again, stream)
    return path.stat().st_size


def _log(bench: Bench, path: Path, size: int) -> tuple[Result, Ran]:
    result = Result(f"log {size / 1e9:.1f} GB", "lines of a web server", "", size, 1)
    ran = bench.scan(path, memory=True)
    result.peak = ran.peak
    report = json.loads(ran.output)
    result.expect("bytes read", report["ledger"]["bytes"]["read"], size)
    result.expect("violations", len(report["violations"]), 0)
    return result, ran


def _both(ours: Ran, other: Ran) -> Pairs:
    ratio = other.seconds / ours.seconds
    cpu = other.cpu / ours.cpu
    return Pairs(ours.seconds, ours.cpu, other.seconds, other.cpu, ratio, ratio, ratio, cpu, 1)
