"""The shape of the house: who may import whom, and how large a room may grow."""

import ast
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scanner import basis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scanner"
FILES = sorted(PACKAGE.rglob("*.py"))

GROUND = {
    "model", "origin", "ledger", "errors", "limits", "text", "encoding", "checks", "dates", "digits", "phones",
    "addresses", "names", "particulars", "registers", "wording", "report", "places", "version", "memory", "duty", "own",
    "signing", "settings", "profile",
}  # fmt: skip
ROOMS = {
    "media", "formats", "detection", "policy", "sinks", "state", "outbox", "service", "desktop", "watching",
    "confinement",
}  # fmt: skip
LINE = {
    "examine", "in_play", "worker", "workers", "said", "batches", "remote", "chunks", "cluster", "totals", "line",
    "reveal", "basis", "recall", "keeping", "copies", "life", "remember", "again", "watch", "visits", "novelty",
    "telling", "checkup", "measured", "profiling",
}  # fmt: skip
DOORS = {"__init__", "__main__", "cli", "output", "commands"}

OUTSIDE = {
    "psutil": {
        *("media/volumes.py", "worker.py", "workers.py", "service/status.py"),
        *("watching/meter.py", "watching/presence.py"),
    },
    "watchdog": {"watching/inotify.py", "watching/changes.py", "watching/fsevents.py"},
    "hyperscan": {"detection/gate.py", "detection/name_triggers.py"},
    "regex": {
        f"detection/{name}.py"
        for name in (
            "aligned",
            "asides",
            "choices",
            "context",
            "counts",
            "forms",
            "labels",
            "mentions",
            "patterns",
            "reader",
            "spread",
            "tables",
        )
    },
    "rich": {"sinks/terminal.py", "sinks/page.py", "sinks/progress.py", "sinks/dashboard.py"},
    "pypdfium2": {"formats/pdf.py"},
    "olefile": {"formats/_ole.py"},
    "rars": {"formats/rar.py"},
    "msoffcrypto": {"formats/office_encrypted.py"},
    "stream_inflate": {"formats/_engines.py"},
    "cryptography": {"formats/_protection.py", "formats/office_encrypted.py"},
    "backports": {"formats/_engines.py"},
    "nacl": {"signing.py"},
    "pypff": {"formats/pst.py"},
    "urllib3": {"outbox/http.py"},
    "opentelemetry": {"outbox/otlp.py"},
    "google": {"outbox/otlp.py"},
    "servicemanager": {"service/windows.py"},
    "win32serviceutil": {"service/windows.py"},
    "win32service": {"service/windows.py"},
    "win32gui": {"desktop/windows.py"},
    "win32con": {"desktop/windows.py"},
    "distributed": {"cluster.py"},
    "pywintypes": {"desktop/windows.py"},
}
"""Each outside package and the only files that may know it."""

LENGTH, LENGTH_OF_A_FORMAT, FUNCTION, PARAMETERS = 400, 600, 40, 7


def name(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def floor(module: str) -> int:
    """1 ground, 2 rooms, 3 the line, 4 doors; of ``scanner.a.b`` the part a decides."""
    part = module.split(".")[1] if "." in module else "__init__"
    for number, parts in enumerate((GROUND, ROOMS, LINE, DOORS), 1):
        if part in parts:
            return number
    raise AssertionError(f"{module} stands on no floor: name it in this test")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            if node.module == "scanner":
                yield from (f"scanner.{alias.name}" for alias in node.names)


def test_there_is_something_to_test() -> None:
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_imports_from_a_higher_floor_or_from_another_room(path: Path) -> None:
    here = module_of(path)
    for other in imports(path):
        if not other.startswith("scanner.") or other.split(".")[1] == here.split(".")[1]:
            continue
        assert floor(other) <= floor(here), f"{here} imports {other} from a floor above"
        if floor(here) == floor(other) == 2:
            raise AssertionError(f"{here} imports {other}: rooms do not know each other")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_outside_packages_are_known_only_where_they_are_needed(path: Path) -> None:
    for other in imports(path):
        allowed = OUTSIDE.get(other.split(".")[0])
        assert allowed is None or name(path) in allowed, f"{name(path)} imports {other}"


@pytest.mark.parametrize("path", FILES + sorted((ROOT / "fuzz").glob("*.py")), ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text("utf-8")
    tables_only = name(path) == "wording.py"
    most = LENGTH_OF_A_FORMAT if name(path).startswith("formats/") else LENGTH
    assert tables_only or source.count("\n") <= most
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION + (2 if node.decorator_list else 0), node.name
            assert len(node.args.posonlyargs + node.args.args) <= PARAMETERS, node.name


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_the_line_and_the_last_door_catch_everything(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            broad = {"Exception", "BaseException", "everything"} & set(caught.strip("()").split(", "))
            assert not broad or name(path) in {"examine.py", "cli.py"}, f"{name(path)}:{node.lineno}"


def test_what_is_remembered_rests_on_every_package_that_reads_or_finds() -> None:
    deciding = {
        other for other, where in OUTSIDE.items() if any(f.startswith(("formats/", "detection/")) for f in where)
    }
    names = packages_distributions()
    assert {names.get(other, [other])[0].lower() for other in deciding} == {one.lower() for one in basis.PACKAGES}


def test_no_code_names_a_rule() -> None:
    rules = {path.stem for path in (ROOT / "rules").glob("*.toml")}
    types = {"passport_number", "my_number", "corporate_number", "residence_status"}
    rules.discard("address")  # where a document lies
    for path in FILES:
        if name(path) in {"checks.py", "wording.py"}:
            continue
        strings = {n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant)}
        assert not (rules | types) & {s for s in strings if isinstance(s, str)}, name(path)
