"""The life of one finding, from the first scan that sees it to the first that does not, as every report tells it."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.test_state import PEOPLE

needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="files have to belong to root")


class Told(NamedTuple):
    """What the four forms of one report say of a scan."""

    code: int
    terminal: str
    json: dict[str, Any]
    csv: list[dict[str, str]]
    html: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """Documents by how they fared, as JSON and HTML say alike."""
        shown = {one["status"]: one["n"] for one in self.html["since"]["counts"]}
        assert shown == self.json["history"]["counts"]
        return {status: number for status, number in shown.items() if number}

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Of the spreadsheet: kind, how it fared and exception of each row about the list of people."""
        return [(row["kind of row"], row["since last time"], row["exception"]) for row in self.csv]


@pytest.fixture
def register(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of exceptions."""
    path = tmp_path_factory.mktemp("machine") / "exceptions.jsonl"
    monkeypatch.setenv("NOKOSANAI_EXCEPTIONS", str(path))
    return path


def command(*arguments: object) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "NOKOSANAI_LANG": "en", "COLUMNS": "400"}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False,
    )  # fmt: skip


def scan(tree: Path) -> Told:
    """A scan as the terminal shows it, and the same report in its other forms."""
    shown = command("scan", tree)
    known, sheet, page = (command("report", "--format", form) for form in ("json", "csv", "html"))
    assert {one.returncode for one in (known, sheet, page)} == {shown.returncode}
    embedded = re.search(r'<script type="application/json" id="report">(.*?)</script>', page.stdout, re.DOTALL)
    assert embedded is not None
    rows = list(csv.DictReader(io.StringIO(sheet.stdout.removeprefix("\ufeff"))))
    return Told(shown.returncode, shown.stdout, json.loads(known.stdout), rows, json.loads(embedded[1]))


def days_from_now(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def test_new_then_still_there_then_moved_then_gone(tmp_path: Path, register: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    here, there = tree / "list.csv", tree / "sub" / "renamed.csv"
    here.write_text(PEOPLE, encoding="utf-8")

    new = scan(tree)
    since = new.json["documents"][0]["life"]["since"]
    assert new.code == 1
    assert new.counts == {"new": 1}
    assert new.json["documents"][0]["life"]["status"] == "new"
    assert new.json["history"]["previous"] is None
    assert new.html["verdict"]["tone"] == "bad"
    assert set(new.rows) == {("finding", "new", "")}
    assert "1 violation" in new.terminal

    still = scan(tree)
    assert still.code == 1
    assert still.counts == {"same": 1}
    assert still.json["documents"][0]["life"] == new.json["documents"][0]["life"] | {"status": "same"}
    assert set(still.rows) == {("finding", "still there", "")}
    assert "nothing has changed, 1 still there" in still.terminal

    here.rename(there)
    moved = scan(tree)
    life = moved.json["documents"][0]["life"]
    assert moved.code == 1
    assert moved.counts == {"moved": 1}
    assert (life["status"], life["before"], life["since"]) == ("moved", str(here), since)
    assert moved.json["history"]["gone"] == []
    assert {(row["since last time"], row["address"], row["earlier address"]) for row in moved.csv} == {
        ("moved", str(there), str(here))
    }
    assert f"was: {here}" in moved.terminal

    there.unlink()
    gone = scan(tree)
    assert gone.code == 0
    assert gone.counts == {"gone": 1}
    assert gone.json["documents"] == gone.json["violations"] == []
    assert [(one["address"], one["why"], one["since"]) for one in gone.json["history"]["gone"]] == [
        (str(there), "deleted", since)
    ]
    assert gone.rows == [("gone", "gone", "")]
    assert gone.html["verdict"]["tone"] == "good"
    assert "the file is no longer there" in gone.terminal

    nothing = scan(tree)
    assert nothing.counts == {}
    assert nothing.csv == []
    assert [run["violations"] for run in nothing.html["trend"]] == [1, 1, 1, 0, 0]
    assert str(there) not in nothing.terminal


@needs_root
def test_accepted_then_expired_then_gone(tmp_path: Path, register: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    here = tree / "list.csv"
    here.write_text(PEOPLE, encoding="utf-8")
    assert scan(tree).code == 1

    until = days_from_now(200)
    added = command("exception", "add", here, "--reason", "audit", "--approver", "Sato", "--until", until)
    word = added.stdout.split("\t")[0]
    accepted = scan(tree)
    assert accepted.code == 0
    assert accepted.counts == {"same": 1}
    assert [one["exception"] for one in accepted.json["violations"]] == [word]
    assert [(one["id"], one["expires"]) for one in accepted.json["exceptions"]] == [(word, until)]
    assert accepted.json["totals"]["violations"] == len(accepted.json["documents"]) == 1
    assert ("finding", "still there", word) in accepted.rows
    assert ("exception", "", word) in accepted.rows
    assert accepted.html["verdict"]["tone"] == "good"
    for text in (accepted.terminal, "\n".join((accepted.html["verdict"]["line"], *accepted.html["verdict"]["lines"]))):
        assert "No violation" in text
        assert "Accepted by an exception: 1" in text
    assert "200 days left" in accepted.terminal
    assert "person responsible" not in "\n".join(accepted.html["next"]) + accepted.terminal

    past = json.loads(register.read_text("utf-8")) | {
        "id": "ended", "added": days_from_now(-100), "expires": days_from_now(-1),
    }  # fmt: skip
    with register.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"revoke": word, "on": days_from_now(0)}) + "\n" + json.dumps(past) + "\n")
    expired = scan(tree)
    assert expired.code == 1
    assert expired.counts == {"same": 1}
    assert [one["exception"] for one in expired.json["violations"]] == [None]
    assert {one["id"] for one in expired.json["exceptions"]} == {word, "ended"}
    assert ("finding", "still there", "") in expired.rows
    assert expired.html["verdict"]["tone"] == "bad"
    assert "1 violation of the policy" in expired.terminal
    assert "ended yesterday" in expired.terminal or "ended 1 day" in expired.terminal

    here.unlink()
    gone = scan(tree)
    assert gone.code == 0
    assert gone.counts == {"gone": 1}
    assert gone.html["verdict"]["tone"] == "good"
    assert [row["kind of row"] for row in gone.csv if row["address"] == str(here)].count("gone") == 1
