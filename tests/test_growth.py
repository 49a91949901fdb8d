"""The benchmark of growth: every step reads what its corpus holds, and the page says what was measured."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.growth import QUICK, Grown, Step
from bench.growth_page import UNITS, page, table

ROOT = Path(__file__).parents[1]
KINDS = {
    "files": QUICK.files,
    "again": QUICK.files,
    "bytes": QUICK.megabytes,
    "findings": QUICK.people,
    "compile": QUICK.rules,
    "start": QUICK.rules,
    "rules": QUICK.rules,
    "workers": QUICK.workers,
}


@pytest.mark.posix  # where the system tells nobody the processor seconds of a child there is little to say
def test_a_quick_run_reads_everything_and_writes_a_page(tmp_path: Path) -> None:
    path = tmp_path / "growth.md"
    command = [sys.executable, "-m", "bench.growth", "--quick", "--output", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONUTF8": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all files were read" in done.stdout
    written = path.read_text("utf-8")
    assert "{" not in written
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", written, re.MULTILINE | re.DOTALL))
    assert len(sections) == len(KINDS) + 1
    for (kind, amounts), text in zip(KINDS.items(), sections.values(), strict=False):
        rows = re.findall(r"^\| ([\d,]+) \|", text, re.MULTILINE)
        assert rows == [f"{amount:,}" for amount in amounts], kind
        assert len(text.rstrip().split("\n\n")) >= 2, "a curve without a word on it"


def step(kind: str, amount: int, seconds: float = 1.0) -> Step:
    return Step(kind=kind, amount=amount, size=amount * 1000, seconds=seconds, cpu=seconds, peak=10**8)


def test_the_far_end_is_drawn_out_from_the_last_two_steps() -> None:
    grown = Grown(file_bytes=25.0, document_bytes=2000.0, walk_bytes={"folders": 3.0, "flat": 200.0})
    grown.machine = {
        "day": "2026-01-01",
        "commit": "0" * 40,
        "cpu": "x",
        "cores": 2,
        "load": 0.0,
        "load_after": 0.0,
        "seconds": 60.0,
    }
    grown.steps = [step(kind, amount, amount / 1000) for kind in UNITS for amount in (10_000, 20_000)]
    written = page(grown)
    assert "| first scan, processor | 1,000 µs a file | 27.8 h |" in written
    assert "| `files.db` | 25 bytes a file | 2.5 GB |" in written
    assert "| `findings.db`, where one file in a hundred holds a value | 2,000 bytes a document | 2.0 GB |" in written


def test_a_ratio_is_to_the_smallest_step() -> None:
    lines = table([step("files", 10, 0.5), step("files", 100, 2.0), step("files", 1_000, 20.0)], "files").split("\n")
    assert [line.split(" | ")[3] for line in lines[2:]] == ["1.0", "4.0", "40"]
