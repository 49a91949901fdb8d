"""``nokosanai formats`` says what the readers do: no more, no less."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner import basis, wording
from scanner.formats import _catalogue, binary, formats
from scanner.model import PROBLEM_KINDS
from tests.test_cli import run
from tests.test_formats import CASES, NAMES, document, source

BLOCKED = """
import json, sys
for module in sys.argv[1:]:
    sys.modules[module] = None
"""
"""The beginning of a program in which some modules cannot be imported."""


def listed() -> dict[str, Any]:
    done = run("formats", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


def without(modules: list[str], program: str) -> Any:
    command = [sys.executable, "-c", BLOCKED + program, *modules]
    environment = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_reader_is_listed_with_a_name_in_both_languages() -> None:
    whole = listed()
    assert whole["schema"] == "nokosanai.formats/1"
    assert sorted(one["name"] for one in whole["read"]) == sorted(NAMES)
    assert set(wording.FORMATS) == {*NAMES, "binary"}
    for lang in wording.LANGUAGES:
        titles = [wording.name(wording.FORMATS, name, lang) for name in NAMES]
        assert len(set(titles)) == len(titles)


def test_the_golden_documents_are_called_as_is_said() -> None:
    for one in listed()["read"]:
        assert all(ending.startswith(".") and ending == ending.lower() for ending in one["endings"])
        called = {"." + path.name.rpartition(".")[2].lower() for case in CASES for path in case.glob("input.*")
                  if case.parent.name == one["name"]}  # fmt: skip
        assert called & set(one["endings"]), one["name"]


def test_nothing_that_is_read_is_listed_as_only_recognised() -> None:
    recognised = {one["name"] for one in listed()["recognised"]}
    for case in CASES:
        head = document(source(case)).head
        signs = [sign for sign in binary.SIGNATURES if sign.kind == "missing_reader"]
        words = {sign.word for sign in signs if sign.magic.match(head, sign.offset)}
        assert not words & recognised, (case, words)


def test_everything_that_the_last_reader_knows_is_listed() -> None:
    whole = listed()
    kinds = {one["kind"] for one in whole["recognised"]}
    assert kinds <= {*PROBLEM_KINDS, "excluded"}
    recognised = {(one["name"], one["kind"]) for one in whole["recognised"]}
    known = {(word, "encrypted") for word, *_ in binary.ENCRYPTED}
    known |= {(word, "missing_reader") for word, *_ in binary.UNREAD}
    known |= {(word, "excluded") for word, *_ in binary.WITHOUT_TEXT}
    known |= {(word, "missing_reader") for word in binary.SUFFIXES.values()}
    assert known - recognised == {(word, kind) for word, kind in known if word in binary.REFUSED}


@pytest.mark.parametrize(
    ("name", "head", "word"),
    [
        ("a.x", b"Salted__" + bytes(range(200)), "OpenSSL"),
        ("a.x", b"\x60\xea\x2b\0" + bytes(range(200)), "ARJ archive"),
        ("a.dmg", bytes(range(256)), "Apple disk image"),
        ("a.hc", bytes((0x91, *range(255))) * 2, "VeraCrypt container, by its name"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "image"),
    ],
)
def test_what_is_recognised_is_reported_as_is_said(name: str, head: bytes, word: str, tmp_path: Path) -> None:
    (kind,) = {one["kind"] for one in listed()["recognised"] if one["name"] == word}
    (tmp_path / name).write_bytes(head)
    report = json.loads(run("scan", tmp_path, "--no-state", "--format", "json").stdout)
    if kind == "excluded":
        assert report["ledger"]["excluded_by_reason"] == {word: 1}
    else:
        assert [(one["kind"], one["detail"].startswith(word)) for one in report["problems"]] == [(kind, True)]


def test_what_a_missing_library_takes_away_is_what_is_said() -> None:
    readers = _catalogue.readers()
    modules = sorted({library.module for reader in readers for library in (*reader.needs, *reader.uses)})
    program = (
        "from tests.test_formats import CASES, extracted\n"
        "wanted = lambda case: (case / 'expected.txt').read_bytes().decode()\n"
        "made = [(case.parent.name, extracted(case), wanted(case)) for case in CASES]\n"
        "print(json.dumps([(name, seen, seen == wanted) for name, seen, wanted in made]))\n"
    )
    results = without(modules, program)
    changed = {name for name, _, same in results if not same} - {"access"}  # the one here holds a PDF
    needing, using = ({one.name for one in readers if getattr(one, what)} for what in ("needs", "uses"))
    assert needing <= changed <= needing | using
    assert not [seen for name, seen, _ in results if name in needing and "!missing_reader" not in seen]


def test_what_is_remembered_rests_on_each_library_that_is_named() -> None:
    assert {one["package"] for one in listed()["libraries"]} <= set(basis.PACKAGES)


def test_a_library_that_cannot_be_loaded_is_named_with_what_is_not_read() -> None:
    program = "from scanner.cli import main\nsys.exit(main(['formats', '--format', 'json']))\n"
    whole = without(["rars", "cryptography.hazmat.primitives.ciphers", "hyperscan"], program)
    here = {one["name"]: one["here"] for one in whole["read"]}
    lessened = {"rar": "not_read", "zip": "in_part", "sevenzip": "in_part", "office_encrypted": "in_part"}
    assert lessened.items() <= here.items()
    assert {here[name] for name in ("csv", "xlsx", "doc", "sqlite")} == {"read"}
    failing = {one["package"] for one in whole["libraries"] if not one["loads"]}
    assert {"rars", "cryptography", "hyperscan"} <= failing


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ja", ("読める形式", "一太郎文書", "この版では読めない形式")),
        ("en", ("Read (", "Ichitaro document", "known format without a reader")),
    ],
)
def test_the_tables_for_people_are_whole_in_both_languages(lang: str, words: tuple[str, ...]) -> None:
    done = run("formats", "--lang", lang)
    assert (done.returncode, done.stderr) == (0, "")
    for word in (*words, ".xlsm", "OpenSSL", "rars"):
        assert word in done.stdout
    for form in formats():
        if form.NAME in NAMES:
            assert wording.name(wording.FORMATS, form.NAME, lang).split("（")[0].split(" ")[0] in done.stdout


@pytest.mark.parametrize("encoding", ["cp932", "ascii"])
def test_a_console_that_knows_few_characters_shows_them_all_the_same(encoding: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "NOKOSANAI_LANG": "ja", "PYTHONUTF8": "0"}
    for more in ((), ("--format", "json")):
        done = subprocess.run([sys.executable, "-m", "scanner", "formats", *more], capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert b"VeraCrypt" in done.stdout
        done.stdout.decode(encoding)
