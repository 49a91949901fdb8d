"""Where the time goes: what ``scan --profile`` says, and that it changes nothing else."""

import json
import os
import subprocess
import sys
import zipfile
from collections import deque
from pathlib import Path

import pytest

import scanner
from scanner import keeping, profile
from scanner.line import Options
from scanner.places import rules_folder
from scanner.profile import STAGES, Clock, Profile, Spent
from scanner.profiling import MeasuredRun

ROSTER = "氏名,個人番号\n甲野太郎,0234-5678-9013\n乙川花子,9876-5432-1093\n"
NOTE = "本日の会議は十時からです。連絡は甲野太郎さん、電話 090-2345-6789 まで。\n"


def run(*arguments: object, lang: str = "en") -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "NOKOSANAI_LANG": lang}
    command = [sys.executable, "-m", "scanner", "scan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "files"
    place.mkdir()
    (place / "roster.csv").write_text(ROSTER, "utf-8")
    (place / "note.txt").write_text(NOTE * 40, "utf-8")
    with zipfile.ZipFile(place / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", ROSTER.encode("cp932"))
    return place


def rows(report: dict, kind: str) -> dict[str, dict]:
    return {row[kind.removesuffix("s")]: row for row in report["profile"][kind]}


def test_the_json_report_says_where_the_time_went_and_is_otherwise_the_same(folder: Path) -> None:
    plain = json.loads(run(folder, "--format", "json", "--no-state").stdout)
    told = json.loads(run(folder, "--format", "json", "--no-state", "--profile").stdout)
    assert "profile" not in plain
    assert set(told) - set(plain) == {"profile"}
    for key in ("ledger", "documents", "problems", "violations", "totals"):
        assert told[key] == plain[key], key
    assert [row["stage"] for row in told["profile"]["stages"]] == list(STAGES)
    assert told["profile"]["seconds"] == pytest.approx(
        sum(row["seconds"] for row in told["profile"]["stages"]), abs=1e-4
    )


def test_bytes_and_documents_are_those_of_the_ledger(folder: Path) -> None:
    report = json.loads(run(folder, "--format", "json", "--no-state", "--profile", "--jobs", "2").stdout)
    formats, stages = rows(report, "formats"), rows(report, "stages")
    assert {name: row["documents"] for name, row in formats.items()} == {"csv": 2, "text": 1, "zip": 1}
    on_disk = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert formats["zip"]["bytes"] == on_disk["old.zip"]
    assert formats["csv"]["bytes"] == on_disk["roster.csv"] + len(ROSTER.encode("cp932"))
    assert stages["walk"]["bytes"] == report["ledger"]["bytes"]["total"]
    assert stages["read"]["bytes"] >= sum(on_disk.values())
    assert stages["gate"]["bytes"] >= on_disk["note.txt"]


def test_rules_that_were_at_work_are_named_with_what_they_did(folder: Path) -> None:
    found = rows(json.loads(run(folder, "--format", "json", "--no-state", "--profile").stdout), "rules")
    assert set(found) <= {path.stem for path in rules_folder().glob("*.toml")}
    assert found["phone_number"]["hits"] >= 40
    assert found["phone_number"]["candidates"] >= 40
    assert found["my_number"]["candidates"] >= 4


@pytest.mark.parametrize(("lang", "title"), [("en", "Where the time went"), ("ja", "時間の内訳")])
def test_the_terminal_shows_it_at_the_end_and_only_when_asked(lang: str, title: str, folder: Path) -> None:
    plain, told = (run(folder, "--no-state", *more, lang=lang) for more in ((), ("--profile",)))
    assert title not in plain.stdout
    before, _, after = told.stdout.partition(title)
    assert "nokosanai-default" in before
    assert told.returncode == plain.returncode == 1
    for word in ("csv", "zip", "phone_number"):
        assert word in after
    assert "甲野" not in after
    assert "9013" not in after


def test_beside_a_form_that_has_no_place_for_it_it_stands_on_the_standard_error(folder: Path) -> None:
    told = run(folder, "--no-state", "--profile", "--format", "csv")
    assert "Where the time went" in told.stderr
    assert "Where the time went" not in told.stdout
    assert told.stdout.startswith(run(folder, "--no-state", "--format", "csv").stdout.splitlines()[0])


def test_lines_have_one_for_it(folder: Path) -> None:
    lines = [json.loads(line) for line in run(folder, "--profile", "--format", "jsonl").stdout.splitlines()]
    assert [line["kind"] for line in lines].count("profile") == 1
    assert lines[-1] == {"kind": "end", "lines": len(lines) - 1, "exit_code": 1}


def test_measuring_neither_forgets_what_is_remembered_nor_reads_it_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RACY", 0.0)
    scanner.scan(folder)
    told = MeasuredRun([folder], Options())
    deque(told.results(), maxlen=0)
    assert told.report().ledger.entries["unchanged"] == told.report().ledger.entries["total"] == 4
    assert told.report().profile.formats == {}
    assert scanner.scan(folder).ledger.entries["unchanged"] == 4


def test_a_file_in_parts_is_put_together_as_ever(tmp_path: Path) -> None:
    for number, part in enumerate((ROSTER[:20], ROSTER[20:]), 1):
        (tmp_path / f"roster.csv.{number:03}").write_bytes(part.encode())
    plain = json.loads(run(tmp_path, "--format", "json", "--no-state").stdout)
    told = json.loads(run(tmp_path, "--format", "json", "--no-state", "--profile").stdout)
    assert told["documents"] == plain["documents"] != []
    assert told["ledger"] == plain["ledger"]


def test_an_empty_folder_has_a_profile_too(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = run(tmp_path / "empty", "--profile", "--no-state")
    assert told.returncode == 0
    assert "No file was read" in told.stdout


def test_a_moment_is_charged_once_to_the_innermost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(profile.time, "thread_time", lambda: now[0])
    monkeypatch.setattr(profile.time, "perf_counter", lambda: 2 * now[0])

    def work(seconds: float) -> None:
        now[0] += seconds

    def pieces():
        for _ in range(3):
            work(1)
            yield "piece"

    clock = Clock()
    for _ in clock.each(pieces(), "decode", "csv"):
        with clock.at("judge", "csv"):
            work(10)
            with clock.at("judge", rule="some_rule"):
                work(100)
        work(1000)
    taken = clock.take()
    assert {name: one.seconds for name, one in taken.stages.items()} == {"decode": 3, "judge": 330, "other": 3000}
    assert {name: one.clock for name, one in taken.formats.items()} == {"csv": 666}
    assert taken.rules == {"some_rule": Spent(300, 600)}
    assert taken.plus(taken).seconds == 2 * taken.seconds
    assert clock.take().plus(Profile()).seconds == 0
