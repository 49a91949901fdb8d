"""``python -m bench.run``: makes the corpora, runs the cases, prints a table, keeps the results of a whole run.

Exit code 1 when a scan did not find what its corpus is known to hold; a time alone is never a failure.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from bench.cases import CASES, QUICK, ROOT, Bench, Result, Scale, ripgrep
from bench.documents import documents
from bench.machine import log, written
from scanner.version import VERSION

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("hyperscan", "regex", "psutil", "openpyxl")


_CASES = {**CASES, "documents": documents, "written": written, "log": log}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Benchmarks that are tests as well.")
    parser.add_argument("--quick", action="store_true", help="small corpora, few pairs; nothing is kept")
    parser.add_argument("--only", action="append", choices=list(_CASES), help="this case; may be given several times")
    parser.add_argument("--files", action="append", type=int, help="of the trees that are scanned twice; repeatable")
    parser.add_argument("--log", type=int, metavar="MEGABYTES", help="of the long log (default: 2000)")
    options = parser.parse_args(arguments)
    began, load = time.monotonic(), psutil.getloadavg()[0]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="nokosanai-bench-") as folder:
        scale = QUICK if options.quick else Scale()
        scale = replace(scale, trees=tuple(options.files)) if options.files else scale
        bench = Bench(Path(folder), replace(scale, log=options.log) if options.log else scale)
        idle = bench.idle()
        for name in options.only or _CASES:
            print(f"... {name}", file=sys.stderr, flush=True)
            found = _CASES[name](bench)
            results += found if isinstance(found, list) else [found]
    print(_table(results, idle))
    print(f"{time.monotonic() - began:.0f} s, load at the beginning {load:.1f}, {_cpu()}")
    if not options.quick and not options.only:
        print(f"kept in {_keep(results, idle, load).relative_to(ROOT)}")
    failures = [f"{result.name}: {failure}" for result in results for failure in result.failures]
    print("\n".join(["", "NOT AS KNOWN:", *failures]) if failures else "all results as known")
    return 1 if failures else 0


# --- the table --------------------------------------------------------------------------------------------------------

_OURS, _THEIRS = ("case", "MB", "files", "s", "MB/s", "files/s"), ("beside", "s", "MB/s")
_HEAD = (*_OURS, *_THEIRS, "ratio", "from-to", "cpu", "net", "peak", "")
_NOTE = """ratio: the other's time by ours (1 = as fast, 0.5 = twice as long), median of pairs, range; cpu: the same of
processor seconds; net: cpu without what a scan of one small file takes; peak: MB of memory of all processes"""


def _table(results: list[Result], idle: float) -> str:
    rows = [_HEAD, *(_row(result, idle) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*lines, _NOTE])


def _row(result: Result, idle: float) -> list[str]:
    verdict = "FAILED" if result.failures else "ok"
    megabytes = result.size / 1e6
    first = [result.name, f"{megabytes:.1f}" if megabytes else "", str(result.files or "")]
    pairs = result.pairs
    if pairs is None:
        return [*first, *[""] * 10, f"{result.peak / 1e6:.0f}", verdict]
    net = pairs.cpu - idle
    return [
        *first,
        f"{pairs.seconds:.2f}",
        _speed(megabytes, pairs.seconds),
        _speed(result.files, pairs.seconds, 0),
        result.beside,
        f"{pairs.other_seconds:.2f}",
        _speed(megabytes, pairs.other_seconds),
        f"{pairs.ratio:.3f}",
        f"{pairs.low:.3f}-{pairs.high:.3f}",
        f"{pairs.cpu_ratio:.3f}" if pairs.cpu_ratio is not None else "",
        f"{pairs.other_cpu / net:.3f}" if pairs.cpu and net > 0.05 and megabytes else "",
        "",
        verdict,
    ]


def _speed(amount: float, seconds: float, digits: int = 1) -> str:
    return f"{amount / seconds:.{digits}f}" if amount else ""


# --- what is kept -----------------------------------------------------------------------------------------------------


def _keep(results: list[Result], idle: float, load: float) -> Path:
    now = datetime.now(UTC)
    name = re.sub(r"[^A-Za-z0-9]+", "-", platform.node()).strip("-") or "unknown"
    path = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    record = {
        "finished": now.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(load),
        "versions": _versions(),
        "idle_cpu_seconds": idle,
        "cases": [result.to_dict() for result in results],
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def machine(load: float) -> dict[str, Any]:
    """What the results were measured on; `load`: what others had it do at the beginning."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "system": platform.platform(),
        "load": load,
    }


def commit() -> str:
    """The commit, with a plus sign when the checkout differs from it."""
    try:
        head = _output("git", "-C", str(ROOT), "rev-parse", "HEAD")
        return head + ("+" if _output("git", "-C", str(ROOT), "status", "--porcelain", "scanner", "rules") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _cpu() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _versions() -> dict[str, Any]:
    found = {"nokosanai": VERSION, "python": platform.python_version()}
    found |= {name: metadata.version(name) for name in PACKAGES}
    return found | {"ripgrep": _output(ripgrep(), "--version").splitlines()[0]}


if __name__ == "__main__":
    sys.exit(main())
