"""The report as a stream of lines."""

import io
import json
from dataclasses import replace

import pytest

from scanner.sinks import SINKS
from tests.full_report import full, hostile
from tests.test_sinks import SITUATIONS


def lines(report):
    raw = io.BytesIO()
    SINKS["jsonl"](report, raw, "ja")
    return [json.loads(line) for line in raw.getvalue().decode("utf-8").splitlines()]


def of(report, kind):
    return [
        {key: value for key, value in line.items() if key != "kind"} for line in lines(report) if line["kind"] == kind
    ]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_lines_hold_the_whole_json_report(situation):
    one = SITUATIONS[situation]()
    record = one.to_dict()
    assert of(one, "run") == [{"schema": "nokosanai.report/1", **record["run"]}]
    assert of(one, "ledger") == [record["ledger"]]
    assert of(one, "document") == record["documents"]
    assert of(one, "violation") == record["violations"]
    assert [(item["problem"], item["address"]) for item in of(one, "problem")] == [
        (item["kind"], item["address"]) for item in record["problems"]
    ]


def test_memory_exceptions_gauges_and_deadlines_are_lines_as_well():
    record = full().to_dict()
    assert of(full(), "gone") == record["history"]["gone"]
    assert of(full(), "past_run") == record["history"]["trend"]
    assert of(full(), "history")[0]["counts"] == record["history"]["counts"]
    assert of(full(), "exception") == record["exceptions"]
    assert of(full(), "gauge") == record["gauges"]
    assert of(full(), "deadline") == record["retention"]


def test_each_line_says_first_what_it_is():
    raw = io.BytesIO()
    SINKS["jsonl"](hostile(), raw, "en")
    assert all(line.startswith(b'{"kind":"') for line in raw.getvalue().splitlines())


def test_a_name_with_an_odd_end_of_line_does_not_end_the_line():
    raw = io.BytesIO()
    SINKS["jsonl"](hostile(), raw, "en")
    assert len(raw.getvalue().decode("utf-8").splitlines()) == raw.getvalue().count(b"\n")


def test_a_stream_that_was_cut_off_shows():
    found = lines(full())
    assert [line["kind"] for line in found].count("end") == 1
    assert found[-1] == {"kind": "end", "lines": len(found) - 1, "exit_code": 1}


def test_what_was_left_off_is_counted():
    assert of(replace(full(), problems_omitted=9), "totals")[0]["omitted"]["problems"] == 9
