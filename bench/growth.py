"""``python -m bench.growth``: how time and memory grow with files, bytes, findings, rules and workers.

Each step is one scan of its own corpus by the real command, beside the smallest step of its kind. A whole run writes
`docs/growth.md`: the tables as measured, what each curve means, and what they come to with 100 million files.
Exit code 1 when a scan did not read what its corpus holds; a time alone is never a failure.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench import corpora, growth_page
from bench.measure import Ran, run
from bench.run import RESULTS, commit, machine
from scanner.media.walk import WalkSettings, walk_blocks
from scanner.places import rules_folder

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "growth.md"
YOUNG = 4.5
"""Seconds after which what was written counts as old enough to be remembered by its times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The steps of each kind, the smallest first."""

    files: tuple[int, ...] = (1_000, 10_000, 100_000)
    megabytes: tuple[int, ...] = (10, 100, 1_000)
    people: tuple[int, ...] = (1_000, 10_000, 100_000)
    """Each of them has eight values."""
    rules: tuple[int, ...] = (0, 10, 100, 1_000)
    """Rules beside the built-in ones."""
    workers: tuple[int, ...] = (1, 2)
    text: int = 30
    """Megabytes that are read with more rules."""
    share: int = 100
    """Megabytes that are read by one and by two workers."""


QUICK = Scale(
    files=(100, 300), megabytes=(1, 2), people=(50, 150), rules=(0, 5), workers=(1, 2), text=1, share=1
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One scan: what of, how long on the clock and of the processors, and the memory of all processes at its peak."""

    kind: str
    amount: int
    size: int
    """Bytes that were read, or that lie there."""
    seconds: float
    cpu: float
    peak: int


@dataclass(slots=True)
class Grown:
    """What a run of this benchmark came to."""

    steps: list[Step] = field(default_factory=list)
    file_bytes: float = 0.0
    """Of the memory between runs, for each file, with the most files."""
    document_bytes: float = 0.0
    """The same for each document with findings."""
    walk_bytes: dict[str, float] = field(default_factory=dict)
    """Of the walk's own memory at its peak, for each file: in folders of a hundred, in one folder."""
    machine: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Step]:
        """The steps of a kind, the smallest first."""
        return [step for step in self.steps if step.kind == kind]


class Growth:
    """A folder for the corpora and the memory of the scans."""

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder = folder
        self.scale = scale
        self.grown = Grown()
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # nobody else's compiled patterns, and ours to nobody

    def measure(self) -> Iterator[str]:
        """Take the steps one after another, and say which kind is begun."""
        note = self.folder / "note"
        note.mkdir()
        (note / "note.txt").write_text("本日の会議は十時からです。\n", encoding="utf-8")
        self.scan("warm", 1, note, "--no-state")  # compiles the patterns, which is no matter of files
        self.grown.steps.clear()
        for kind, steps in _KINDS.items():
            yield kind
            steps(self)

    def scan(self, kind: str, amount: int, path: Path, *flags: str, rules: Path | None = None) -> Ran:
        """Scan a corpus and note what that took."""
        program = ("-m", "scanner") if rules is None else ("-c", _WITH_RULES, str(rules))
        policy = ("--policy", str(rules_folder() / "policies" / "default.toml"))
        command = (sys.executable, *program, "scan", str(path), "--format", "json", "--quiet", "--places", "0")
        ran = run((*command, *policy, *flags), cwd=ROOT, memory=True)
        entries = json.loads(ran.output)["ledger"] if ran.output else None
        known = sum(1 for one in path.rglob("*") if one.is_file())
        if entries is None or entries["entries"]["total"] != known or entries["entries"]["not_read"]:
            self.grown.failures.append(f"{kind} {amount}: not all of {known} files were read")
        size = entries["bytes"]["total"] if entries else 0
        step = Step(kind=kind, amount=amount, size=size, seconds=ran.seconds, cpu=ran.cpu, peak=ran.peak)
        self.grown.steps.append(step)
        return ran

    def state(self, name: str) -> Path:
        """Have the next scans remember in a folder of their own."""
        place = self.folder / "state" / name
        os.environ["NOKOSANAI_STATE"] = str(place)
        return place


_WITH_RULES = """import sys
from pathlib import Path
from scanner import places
folder = Path(sys.argv[1])
places.rules_folder = lambda: folder
from scanner.cli import main
sys.exit(main(sys.argv[2:]))"""


# --- the kinds of growth ----------------------------------------------------------------------------------------------


def _files(growth: Growth) -> None:
    for count in growth.scale.files:
        path = growth.folder / f"files-{count}"
        corpora.small_files(path, count)
        state = growth.state(f"files-{count}")
        time.sleep(YOUNG)
        first = growth.scan("files", count, path)
        growth.scan("again", count, path)
        found = len(json.loads(first.output)["documents"]) if first.output else 0
        growth.grown.file_bytes = _size(state / "files.db") / count
        growth.grown.document_bytes = _size(state / "findings.db") / max(found, 1)
        if count == growth.scale.files[-1]:
            growth.grown.walk_bytes["folders"] = _walked(path) / count
            growth.grown.walk_bytes["flat"] = _flat(growth.folder / "flat", count) / count
        shutil.rmtree(path)


def _size(database: Path) -> int:
    return sum(one.stat().st_size for one in database.parent.glob(f"{database.name}*"))


def _walked(path: Path) -> int:
    """Bytes that a walk over everything below holds at its peak."""
    tracemalloc.start()
    for _ in walk_blocks([path], WalkSettings()):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _flat(path: Path, count: int) -> int:
    """The same for so many files in one folder."""
    path.mkdir()
    for number in range(count):
        (path / f"note-{number:09}.txt").touch()
    peak = _walked(path)
    shutil.rmtree(path)
    return peak


def _bytes(growth: Growth) -> None:
    for megabytes in growth.scale.megabytes:
        path = growth.folder / f"bytes-{megabytes}"
        corpora.quiet(path, megabytes)
        growth.scan("bytes", megabytes, path, "--no-state")
        shutil.rmtree(path)


def _findings(growth: Growth) -> None:
    for people in growth.scale.people:
        path = growth.folder / f"people-{people}"
        corpora.rosters(path, (people + 0.5) * corpora.PERSON / corpora.MB)
        growth.scan("findings", people, path, "--no-state")
        shutil.rmtree(path)


def _rules(growth: Growth) -> None:
    path, note = growth.folder / "text", growth.folder / "note"
    corpora.quiet(path, growth.scale.text)
    for count in growth.scale.rules:
        rules = growth.folder / f"rules-{count}"
        shutil.copytree(rules_folder(), rules)
        for number in range(count):
            (rules / f"grown_{number:04}.toml").write_text(_RULE.format(number=number), encoding="utf-8")
        for kept in growth.folder.glob("cache/*/gate.*"):
            kept.unlink()
        growth.scan("compile", count, note, "--no-state", rules=rules)
        growth.scan("start", count, note, "--no-state", rules=rules)
        growth.scan("rules", count, path, "--no-state", rules=rules)
    shutil.rmtree(path)


_RULE = """id = "grown_{number:04}"
type = "corporate_number"
title = {{ ja = "増えた規則", en = "One more rule" }}
personal = false
pattern = '''(?<![0-9A-Za-z])K[A-Z]{number:04}-[0-9]{{6}}(?![0-9A-Za-z])'''
[confidence]
alone = "low"
"""


def _workers(growth: Growth) -> None:
    path = growth.folder / "shared"
    corpora.quiet(path, growth.scale.share)
    for count in growth.scale.workers:
        growth.scan("workers", count, path, "--no-state", "--jobs", str(count))
    shutil.rmtree(path)


_KINDS: dict[str, Callable[[Growth], None]] = {
    "files": _files,
    "bytes": _bytes,
    "findings": _findings,
    "rules": _rules,
    "workers": _workers,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all steps; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="How time and memory grow.")
    parser.add_argument("--quick", action="store_true", help="small steps; nothing is kept without --output")
    parser.add_argument("--output", type=Path, metavar="FILE", help="the page (default: docs/growth.md)")
    parser.add_argument("--kept", type=Path, metavar="FILE", help="measure nothing, write the page of kept results")
    options = parser.parse_args(arguments)
    page = options.output or (None if options.quick else PAGE)
    grown = _known(options.kept) if options.kept else _measured(QUICK if options.quick else Scale())
    if not options.quick and not options.kept:
        print(f"kept in {_keep(grown).relative_to(ROOT)}")
    for kind, unit in growth_page.UNITS.items():
        print(f"\n{kind}\n{growth_page.table(grown.of(kind), unit)}")
    if page is not None:
        page.write_text(growth_page.page(grown), encoding="utf-8")
    print("\n".join(["NOT AS KNOWN:", *grown.failures]) if grown.failures else "all files were read")
    return 1 if grown.failures else 0


def _measured(scale: Scale) -> Grown:
    began, load = time.monotonic(), psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="nokosanai-growth-") as folder:
        growth = Growth(Path(folder), scale)
        for kind in growth.measure():
            print(f"... {kind}", file=sys.stderr, flush=True)
    took, after = time.monotonic() - began, psutil.getloadavg()[0]
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    growth.grown.machine = machine(load) | {"load_after": after, "seconds": took, "day": day, "commit": commit()}
    return growth.grown


def _keep(grown: Grown) -> Path:
    path = RESULTS / f"growth-{grown.machine['day']}.json"
    path.write_text(json.dumps(asdict(grown), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _known(path: Path) -> Grown:
    kept = json.loads(path.read_text("utf-8"))
    return Grown(**kept | {"steps": [Step(**step) for step in kept["steps"]]})


if __name__ == "__main__":
    sys.exit(main())
