"""The OCSF events: each validates, and a finding keeps its name from run to run."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.memory import History, Life
from scanner.model import Volume
from scanner.sinks import SINKS
from tests import ocsf
from tests.full_report import full, hostile, many
from tests.test_sinks import SITUATIONS, START, document, finding, report, violation

EXAMPLE = json.loads((Path(__file__).parent / "data/schemas/ocsf_2006.json").read_text("utf-8"))
REPORTS = {**SITUATIONS, "full": full, "hostile": hostile, "many": lambda: many(300)}


def events(one, lang="en"):
    raw = io.BytesIO()
    SINKS["ocsf"](one, raw, lang)
    return [json.loads(line) for line in raw.getvalue().decode("utf-8").splitlines()]


def about(one, part):
    return [event for event in events(one) if part in event["unmapped"]["address"]]


def test_the_checker_accepts_the_example_of_the_class():
    assert ocsf.errors(EXAMPLE) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("class_uid", 2004),
        ("severity", "Dreadful"),
        ("time", "2026-11-22"),
        ("time", 1_795_300_000),
        ("metadata", {"version": "1.8.0"}),
        ("finding_info", {"title": "without a name"}),
        ("data_security", {"classifier_details": [{"name": "x", "type": "y"}]}),
        ("data_security", {"policy": {"name": "x"}, "discovery_details": [{"type": "x", "value": "1234"}]}),
        ("surprise", 1),
    ],
)
def test_the_checker_would_complain(path, wrong):
    assert ocsf.errors({**EXAMPLE, path: wrong}) != []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_event_validates(name, lang):
    for event in events(REPORTS[name](), lang):
        assert ocsf.errors(event) == []


def test_a_document_is_one_event_with_all_that_was_found():
    (event,) = about(full(), "支援対象者一覧")
    assert (event["severity"], event["status"], event["activity_name"]) == ("Critical", "New", "Update")
    details = {one["type"]: one["count"] for one in event["data_security"]["discovery_details"]}
    assert details["my_number"] == 12
    assert len(details) == 7
    assert event["file"]["name"] == "支援対象者一覧.xlsx"
    assert event["unmapped"]["persons"] == {"best": 812, "low": 801, "high": 820}
    assert event["finding_info"]["first_seen_time"] == round((START - timedelta(days=21)).timestamp() * 1000)


def test_new_known_accepted_and_weak_findings_are_told_apart():
    def said(part):
        event = next(e for e in about(full(), part) if e["activity_name"] != "Close")
        return event["activity_name"], event["status"], event["severity"], event["is_alert"]

    assert said("検診結果") == ("Create", "New", "Critical", True)
    assert said("申請者.csv") == ("Update", "Suppressed", "High", False)
    assert said("memo.txt") == ("Update", "New", "Informational", False)


def test_what_is_gone_closes_what_was_created():
    address = "C:\\Users\\taro\\Documents\\就労支援\\2024年度\\相談記録.docx"
    (closed,) = about(full(), "相談記録")
    assert (closed["activity_name"], closed["status"]) == ("Close", "Resolved")
    found = document(address, finding("person_name", 1))
    before = replace(full(), documents=(found,), history=History(lives={}), violations=())
    before = replace(before, volume_of={**full().volume_of, found.path: full().volume_of[full().documents[0].path]})
    (created,) = about(before, "相談記録")
    assert created["finding_info"]["uid"] == closed["finding_info"]["uid"]


def test_what_has_moved_is_closed_there_and_created_here():
    moved = about(full(), "連絡先.txt")
    assert [event["activity_name"] for event in moved] == ["Create", "Close"]
    assert moved[0]["finding_info"]["uid"] != moved[1]["finding_info"]["uid"]


def test_a_finding_keeps_its_name_in_the_next_run_and_on_another_drive_letter():
    def on(letter, run):
        stick = Volume(identity="9f02-11ee", volume_class="removable", mount=f"{letter}:\\")
        found = document(f"{letter}:\\名簿.csv", finding("address", run))
        life = Life(status="same", since=START, run="0")
        (event,) = events(
            report(
                run_id=f"{run:032x}",
                documents=(found,),
                volume_of={found.path: stick},
                history=History(lives={found.address: life}),
            )
        )
        return event["finding_info"]["uid"]

    assert on("E", 1) == on("G", 2)


def test_something_unread_that_the_policy_wants_is_an_event():
    one = full()
    wanted = violation(one.problems[0].address, "medium", clause="unread", types=())
    (event,) = about(replace(one, violations=(wanted,)), "給与.zip")
    assert (event["severity"], event["data_security"]["policy"]["name"]) == ("Medium", "unread")


def test_no_value_is_in_an_event_not_even_masked():
    text = json.dumps(events(full()), ensure_ascii=False)
    assert "1234****" not in text
    assert "山田" not in text
