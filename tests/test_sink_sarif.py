"""The SARIF report: it validates, and a viewer finds its way."""

import io
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Persons, Volume
from scanner.origin import Place
from scanner.sinks import SINKS
from scanner.sinks.sarif import uri
from tests.full_report import full, hostile, many
from tests.test_sinks import SITUATIONS, document, finding, report, violation

SCHEMA = json.loads((Path(__file__).parent / "data/schemas/sarif-2.1.0.json").read_text("utf-8"))
validate = fastjsonschema.compile(SCHEMA)
REPORTS = {**SITUATIONS, "full": full, "hostile": hostile, "many": lambda: many(500)}


def log(one, lang="en"):
    raw = io.BytesIO()
    SINKS["sarif"](one, raw, lang)
    return json.loads(raw.getvalue().decode("utf-8"))


def run(one, lang="en"):
    return log(one, lang)["runs"][0]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_validates_against_the_schema_of_the_standard(name, lang):
    validate(log(REPORTS[name](), lang))


def test_the_validator_would_complain():
    broken = log(full())
    broken["runs"][0]["results"][0]["level"] = "dreadful"
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate(broken)


@pytest.mark.parametrize("name", REPORTS)
def test_every_result_points_to_its_rule_and_its_file(name):
    one = run(REPORTS[name]())
    rules, artifacts = one["tool"]["driver"]["rules"], one["artifacts"]
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            at = location["physicalLocation"]["artifactLocation"]
            assert artifacts[at["index"]]["location"]["uri"] == at["uri"]
            assert at.get("uriBaseId", "") in {"", *one["originalUriBaseIds"]}


def test_each_finding_is_a_result_with_a_level_by_severity():
    one = run(full())
    by_rule = {(r["ruleId"], r["kind"], r["level"]) for r in one["results"]}
    assert ("jp.my_number", "fail", "error") in by_rule
    assert ("jp.postal_code", "informational", "none") in by_rule
    assert sum(len(d.findings) for d in full().documents) == len(one["results"])
    assert {rule["id"] for rule in one["tool"]["driver"]["rules"]} >= {"jp.my_number", "jp.medical_info"}
    assert all(rule["help"]["text"] for rule in one["tool"]["driver"]["rules"])


def test_an_accepted_finding_is_suppressed_with_reason_and_approver_and_still_there():
    accepted = [r for r in run(full())["results"] if "suppressions" in r]
    assert len(accepted) == 1
    assert accepted[0]["suppressions"][0]["justification"] == "訴訟のため保全 (総務課長, - 2026-11-30)"


def test_what_was_not_read_is_a_notification_and_what_had_to_be_is_a_result():
    one = full()
    wanted = violation(one.problems[0].address, "medium", clause="unread", types=())
    found = run(replace(one, violations=(*one.violations, wanted), problems_omitted=3))
    notes = found["invocations"][0]["toolExecutionNotifications"]
    assert [note.get("descriptor", {}).get("id") for note in notes] == ["encrypted", "denied", "corrupt", None]
    unread = [r for r in found["results"] if r["ruleId"] == "not_examined"]
    assert [(r["level"], r["kind"]) for r in unread] == [("warning", "fail")]


def test_the_invocation_says_how_the_run_ended():
    assert run(full())["invocations"][0]["exitCode"] == 1
    stopped = run(SITUATIONS["interrupted"]())["invocations"][0]
    assert (stopped["exitCode"], stopped["executionSuccessful"]) == (130, False)


def prints(one):
    return {r["partialFingerprints"]["nokosanaiFinding/v1"] for r in run(one)["results"]}


def test_fingerprints_are_the_same_in_the_next_run_and_differ_between_findings():
    later = replace(
        full(),
        run_id="f" * 32,
        documents=tuple(
            replace(d, size=9, persons=Persons(), findings=tuple(replace(f, count=f.count + 1) for f in d.findings))
            for d in full().documents
        ),
    )  # fmt: skip
    assert prints(full()) == prints(later)
    assert len(prints(full())) == sum(len(d.findings) for d in full().documents)


def test_a_stick_on_another_drive_letter_keeps_its_fingerprints():
    def on(letter):
        stick = Volume(identity="9f02-11ee", volume_class="removable", mount=f"{letter}:\\")
        found = document(f"{letter}:\\持出\\名簿.zip!a.csv", finding("address", 1))
        return report(documents=(found,), volume_of={found.path: stick})

    assert prints(on("E")) == prints(on("G"))
    assert run(on("E"))["originalUriBaseIds"]["REMOVABLE_9F02_11EE"]["uri"] == "file:///E:/"


def test_places_in_text_are_regions_and_places_inside_archives_are_not():
    place = Place(start=74, end=95, line=2, column=38, row=2)
    plain = document("/srv/a b.csv", finding("address", 1, places=[place]))
    packed = document("/srv/a.zip!b.csv", finding("address", 1, places=[place]))
    first, second = run(report(documents=(plain, packed)))["results"]
    region = {"startLine": 2, "startColumn": 38, "charOffset": 74, "charLength": 21}
    assert first["locations"][0]["physicalLocation"]["region"] == region
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///srv/a%20b.csv"
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert second["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "/srv/a.zip!b.csv"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\Users\\山田\\a b#1.csv", "file:///C:/Users/%E5%B1%B1%E7%94%B0/a%20b%231.csv"),
        ("\\\\server\\share\\100%.txt", "file://server/share/100%25.txt"),
        ("/home/a\\b?.txt", "file:///home/a%5Cb%3F.txt"),
        ("/mnt/\udcff.txt", "file:///mnt/%FF.txt"),
        ("relative/a:b", "relative/a%3Ab"),
    ],
)
def test_paths_of_every_system_become_uris(path, expected):
    assert uri(path) == expected


@given(st.text(min_size=1, max_size=60))
def test_any_path_becomes_a_uri_that_leads_back(name):
    path = f"/{name}"
    coded = uri(path)
    assert coded.isascii()
    assert coded.startswith("file:///")
    assert unquote(coded[7:]) == path
    assert urlsplit(coded).path == coded[7:]
