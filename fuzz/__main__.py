"""``python -m fuzz FORMAT [...] --seconds N``: search the readers, keep small what was found, say how it went."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from fuzz.line import FOUND, fault
from fuzz.shrink import shrunk
from scanner import formats

_RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_SLOWEST = re.compile(r"stat::slowest_unit_time_sec:\s*(\d+)")
_COVERED = re.compile(r"\bcov: (\d+)")
_ENDED = ("crash-", "timeout-", "oom-")
"""How libFuzzer names the bytes at which its process ended."""


class Went(NamedTuple):
    """How the search of one reader went."""

    form: str
    seconds: int
    runs: int
    covered: int
    """Places in the code of the readers that were reached."""
    slowest: int
    """Seconds on the clock of the document that took longest."""
    found: list[str]


def searched(form: str, seconds: int, folder: Path) -> Went:
    """Search one reader; what ends a process is kept, and the search goes on in another."""
    began, runs, covered, slowest = time.monotonic(), 0, 0, 0
    while (left := int(seconds - (time.monotonic() - began))) > 0 or not runs:
        command = [sys.executable, "-m", "fuzz.explore", form, str(max(left, 1)), str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        said = done.stderr.decode(errors="replace")
        count = sum(map(int, _RUNS.findall(said)))
        runs, covered = runs + count, max(covered, *map(int, _COVERED.findall(said)), 0)
        slowest = max(slowest, *map(int, _SLOWEST.findall(said)), 0)
        if done.returncode and not count:
            raise SystemExit(f"the search of {form} did not begin:\n{said[-2000:]}")
    return Went(form, round(time.monotonic() - began), runs, covered, slowest, _kept(form, folder))


def _kept(form: str, folder: Path) -> list[str]:
    """Move what was found to where it is replayed from, as small as it gets; returns its names."""
    kept = sorted((folder / "kept").iterdir())
    names = [_keep(form, path.name, _small(path.read_bytes(), f"input{path.suffix}")) for path in kept]
    for path in sorted(folder.iterdir()):
        if path.name.startswith(_ENDED):
            data = path.read_bytes()
            # the choice of the reader may be what ends the process: it is asked in a replay, not here
            names.append(_keep(form, f"{path.name[:16]}.bin", data))
    return names


def _small(data: bytes, name: str) -> bytes:
    what = fault(data, name)
    return data if what is None else shrunk(data, lambda less: fault(less, name) == what)


def _keep(form: str, name: str, data: bytes) -> str:
    (FOUND / form).mkdir(parents=True, exist_ok=True)
    (FOUND / form / name).write_bytes(data)
    return name


def main() -> int:
    """Search the readers that are named, or all; exit code 1 when something was found."""
    known = [form.NAME for form in formats.formats()]
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Coverage-guided fuzzing of the readers.")
    parser.add_argument("formats", metavar="FORMAT", nargs="*", choices=[*known, []], help="default: all of them")
    parser.add_argument("--seconds", type=int, default=120, help="for each reader (default: 120)")
    options = parser.parse_args()
    os.nice(19)
    found = False
    for form in options.formats or known:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            went = searched(form, options.seconds, Path(folder))
        found = found or bool(went.found)
        row = (went.form, went.seconds, went.runs, went.covered, went.slowest, ", ".join(went.found) or "-")
        print(" | ".join(map(str, row)), flush=True)
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
