"""The command as a user meets it: real processes, their output and their exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import scanner
from scanner.errors import UsageError
from scanner.version import VERSION

MY_NUMBERS = "氏名,個人番号\n甲,0234-5678-9013\n乙,9876-5432-1093\n"
README = "Questions? Write to help@nokosanai-sample.jp.\n"


def run(*arguments: object, text: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "NOKOSANAI_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        capture_output=True, encoding="utf-8", env=environment, input=text or "", timeout=120,
    )  # fmt: skip


def report_of(*arguments: object) -> dict[str, object]:
    done = run("scan", *arguments, "--format", "json")
    return dict(json.loads(done.stdout), code=done.returncode)


def test_version_and_help_answer() -> None:
    assert run("--version").stdout == f"nokosanai {VERSION}\n"
    done = run("--help")
    assert done.returncode == 0
    for code in ("0 complete", "1 violation", "2 wrong use", "3 no violation", "4 internal", "130 interrupted"):
        assert code in done.stdout


@pytest.mark.parametrize(
    "arguments", [(), ("scam",), ("scan", "--format", "yaml"), ("scan", "--jobs", "0"), ("rules",)]
)
def test_wrong_use_is_said_on_standard_error_with_code_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize("wrong", [{"jobs": -1}, {"jobs": 10**12}, {"min_confidence": "x"}, {"exclude": "*.txt"}])
def test_an_option_that_would_examine_nothing_is_refused(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        scanner.scan(tmp_path, **wrong)


def test_an_empty_path_is_code_2_and_not_the_folder_one_stands_in(tmp_path: Path) -> None:
    done = run("scan", tmp_path, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "empty path" in done.stderr


def test_too_many_processes_are_code_2(tmp_path: Path) -> None:
    assert run("scan", tmp_path, "--jobs", "1000000000000").returncode == 2


def test_a_path_that_is_not_there_is_code_2(tmp_path: Path) -> None:
    done = run("scan", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nokosanai: ")
    assert "missing" in done.stderr


def test_a_clean_folder_is_code_0(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text(README, "utf-8")
    done = run("scan", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No violation" in done.stdout.splitlines()[1]


@pytest.mark.parametrize("columns", ["0", "1", "1000000"])
def test_an_absurd_width_still_gives_a_report(columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    monkeypatch.setenv("COLUMNS", columns)
    done = run("scan", tmp_path)
    assert "1violation" in "".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 400


def test_a_violation_is_code_1_and_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    done = run("scan", tmp_path)
    assert done.returncode == 1
    assert "violation" in done.stdout.splitlines()[1]
    assert "list.csv" in done.stdout
    assert "9013" not in done.stdout
    assert run("scan", tmp_path, "--no-fail").returncode == 0


def test_something_unread_that_matters_is_code_3(tmp_path: Path) -> None:
    (tmp_path / "cut.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(200)))
    assert run("scan", tmp_path).returncode == 3
    assert run("scan", tmp_path, "--no-fail").returncode == 0
    report = report_of(tmp_path)
    assert report["run"]["complete"] is False
    assert [problem["kind"] for problem in report["problems"]] == ["corrupt"]


def test_the_json_report_has_the_shape_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(MY_NUMBERS.encode("cp932"))
    report = report_of(tmp_path)
    assert report["schema"] == "nokosanai.report/1"
    assert {"id", "version", "started", "finished", "host", "sources", "rules_digest", "policy", "complete"} <= set(
        report["run"]
    )
    assert report["ledger"]["entries"] == {"total": 1, "read": 1, "unchanged": 0, "not_read": 0, "excluded": 0}
    document = report["documents"][0]
    assert document["path"] == document["address"] == str(tmp_path / "list.csv")
    assert (document["format"], document["encoding"]) == ("csv", "cp932")
    assert document["persons"] == {"best": 2, "low": 2, "high": 2}
    finding = document["findings"][0]
    assert (finding["rule"], finding["type"], finding["confidence"]) == ("my_number", "my_number", "high")
    assert (finding["count"], finding["distinct"], finding["places_omitted"]) == (2, 2, 0)
    assert finding["places"][0] == {"start": 10, "end": 24, "line": 2, "column": 3, "row": 2, "header": "個人番号"}
    assert report["totals"]["by_type"]["my_number"] == {"count": 2, "distinct": 2, "documents": 1}
    assert report["violations"][0]["types"] == ["my_number"]


def test_places_lead_back_to_the_characters(tmp_path: Path) -> None:
    text = "﻿連絡先の一覧\r\n\r\n個人番号：０２３４ ５６７８ ９０１３\r\n電話 090-2345-6789\r\n".lstrip("﻿")
    for encoding in ("utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"):
        path = tmp_path / f"{encoding}.txt"
        path.write_bytes(text.encode(encoding))
        values = {(match.type, match.value) for match in scanner.matches(path)}
        assert values == {("my_number", "０２３４ ５６７８ ９０１３"), ("phone_number", "090-2345-6789")}
        for match in scanner.matches(path):
            assert text[match.start : match.end] == match.value
            assert text.split("\r\n")[match.place.line - 1][match.place.column - 1 :].startswith(match.value)


def test_a_file_twice_named_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    report = report_of(tmp_path, tmp_path / "list.csv", tmp_path)
    assert report["ledger"]["entries"]["total"] == 1


def test_the_same_people_in_two_copies_are_counted_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(MY_NUMBERS, "utf-8")
    report = report_of(tmp_path)
    assert report["totals"]["persons"]["best"] == 2
    assert report["totals"]["by_type"]["my_number"] == {"count": 4, "distinct": 2, "documents": 2}


def test_excluded_files_are_counted_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "packed").write_text(MY_NUMBERS, "utf-8")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    report = report_of(tmp_path, "--exclude", "*.csv")
    assert report["ledger"]["excluded_by_reason"] == {"image": 1, "user_exclude": 1, "version_control": 1}
    assert report["code"] == 0


def test_places_are_bounded_unless_all_are_wanted(tmp_path: Path) -> None:
    rows = "".join(f"{number},090-2345-{number:04}\n" for number in range(1000, 1100))
    (tmp_path / "list.csv").write_text("番号,電話番号\n" + rows, "utf-8")
    for wanted, listed in (("7", 7), ("all", 100), ("0", 0)):
        finding = report_of(tmp_path, "--places", wanted)["documents"][0]["findings"][0]
        assert (len(finding["places"]), finding["places_omitted"]) == (listed, 100 - listed)


def test_weak_findings_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text(README, "utf-8")
    assert report_of(tmp_path)["documents"]
    assert report_of(tmp_path, "--min-confidence", "medium")["documents"] == []


def test_a_policy_of_ones_own_decides(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "readme.txt").write_text(README, "utf-8")
    policy = tmp_path / "strict.toml"
    policy.write_text(
        """name = "strict"
required = []
[[clause]]
id = "no-addresses"
what = { types = ["email_address"], confidence = "low" }
severity = "low"
message.ja = "メールアドレスがあります。"
message.en = "There is an e-mail address."
""",
        "utf-8",
    )
    assert run("policy", "check", "--policy", policy).returncode == 0
    report = report_of(folder, "--policy", policy)
    assert [violation["message"] for violation in report["violations"]] == ["There is an e-mail address."]
    assert report["run"]["policy"]["name"] == "strict"
    policy.write_text("name = 1", "utf-8")
    done = run("scan", folder, "--policy", policy)
    assert (done.returncode, done.stdout) == (2, "")
    assert "strict.toml" in done.stderr


def test_a_policy_in_the_scanned_folder_is_only_a_file(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    for name in ("policy.toml", "nokosanai.toml", ".nokosanai.toml", ".nokosanaiignore", ".gitignore"):
        (tmp_path / name).write_text("name = 'mine'\nexclude = ['*']\n*\n", "utf-8")
    assert report_of(tmp_path)["code"] == 1


def test_extract_shows_what_was_read_and_what_was_not(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "euc_jp")
    (tmp_path / "cut.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(200)))
    done = run("extract", tmp_path)
    assert "0234-5678-9013" in done.stdout
    assert "euc-jp" in done.stdout
    assert "cut.xlsx: corrupt" in done.stderr


def test_rules_can_be_listed_shown_checked_and_tried() -> None:
    assert "my_number" in run("rules", "list").stdout
    assert "番号法" in run("rules", "show", "my_number").stdout
    assert run("rules", "show", "nothing").returncode == 2
    checked = run("rules", "check")
    assert checked.returncode == 0
    assert " 0 faults" in checked.stdout
    tried = run("rules", "try", "個人番号は０２３４５６７８９０１３です")
    assert tried.stdout == "5-17\tmy_number\thigh (label)\t０２３４５６７８９０１３\n"
    assert run("rules", "try", "-", text="在留カード番号 XY12345678AB").stdout.startswith("8-20\tresidence_card_number")


def test_the_policy_and_the_volumes_can_be_looked_at(tmp_path: Path) -> None:
    assert "no-external-media" in run("policy", "show").stdout
    assert run("volumes").stdout


def test_segments_and_matches_work_on_a_folder(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(MY_NUMBERS.encode())
    text = "".join(segment.text for segment in scanner.segments(tmp_path))
    assert text == MY_NUMBERS
    assert [match.value for match in scanner.matches(tmp_path, min_confidence="high")] == [
        "0234-5678-9013", "9876-5432-1093",
    ]  # fmt: skip


@pytest.mark.posix
def test_a_script_without_a_main_guard_can_scan(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MY_NUMBERS, "utf-8")
    script = tmp_path / "script.py"
    script.write_text("import scanner, sys\nprint(scanner.scan(sys.argv[1]).exit_code)\n", "utf-8")
    root = Path(scanner.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, script, tmp_path / "list.csv"], capture_output=True, text=True, timeout=60, cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout == "1\n", done.stderr


@pytest.mark.posix
def test_names_that_are_not_text_are_shown_and_read(tmp_path: Path) -> None:
    (Path(os.fsdecode(bytes(tmp_path) + b"/\x96\xbc\x95\xeb.csv"))).write_text(MY_NUMBERS, "utf-8")
    (tmp_path / "a\nb\x1b[31m.csv").write_text(MY_NUMBERS, "utf-8")
    done = run("scan", tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    report = report_of(tmp_path)
    assert len(report["documents"]) == 2
    entries = report["ledger"]["entries"]
    assert entries["read"] + entries["unchanged"] == 2
