"""The table for spreadsheets, read as a spreadsheet reads it."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks import SINKS
from scanner.sinks.csv import COLUMNS, harmless
from tests.full_report import HOSTILE, full, hostile, many
from tests.test_sinks import SITUATIONS, violation

TRIGGERS = "=+-@＝＋－＠"


def written(report, lang="en"):
    raw = io.BytesIO()
    SINKS["csv"](report, raw, lang)
    return raw.getvalue()


def table(report, lang="en"):
    """The rows as dictionaries by the names of the columns in the code."""
    lines = list(csv.reader(io.StringIO(written(report, lang).decode("utf-8-sig"), newline="")))
    assert {len(line) for line in lines} == {len(COLUMNS)}
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]


def test_excel_finds_a_byte_order_mark_and_line_ends_of_its_own():
    raw = written(full(), "ja")
    assert raw.startswith('\ufeff"行の種類"'.encode())
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_finding_and_every_problem_is_a_row(situation, lang):
    one = SITUATIONS[situation]()
    lines = table(one, lang)
    assert len(lines) == sum(len(document.findings) for document in one.documents) + len(one.problems)


def test_a_finding_says_what_where_how_sure_and_what_it_breaks():
    line = next(line for line in table(full()) if line["type"] == "My Number")
    assert line["kind"] == "finding"
    assert (line["severity"], line["clause"]) == ("critical", "no-local-storage")
    assert (line["count"], line["distinct"], line["persons"]) == ("12", "12", "812")
    assert (line["persons_low"], line["persons_high"]) == ("801", "820")
    assert (line["confidence"], line["masked"], line["place"]) == ("sure", "1234********", "名簿!M7")
    assert (line["volume"], line["life"], line["since"]) == ("built-in disk", "changed", "2026-10-31")


def test_a_type_that_breaks_nothing_has_no_severity_beside_one_that_does():
    names = [line for line in table(full()) if line["type"] == "name" and "一覧" in line["address"]]
    assert [line["severity"] for line in names] == [""]


def test_an_accepted_finding_is_listed_with_its_exception_and_its_end():
    line = next(line for line in table(full()) if "申請者.csv" in line["address"] and line["kind"] == "finding")
    assert (line["exception"], line["until"], line["severity"]) == ("x7k2", "2026-11-30", "high")


def test_what_was_not_read_is_gone_accepted_or_due_has_rows_of_its_own():
    kinds = [line["kind"] for line in table(full())]
    assert [kinds.count(kind) for kind in ("not read", "gone", "exception", "retention")] == [3, 1, 2, 2]


def test_something_unread_that_breaks_the_policy_is_one_row_with_its_severity():
    one = full()
    broken = violation(one.problems[0].address, "medium", clause="unread", types=())
    lines = [line for line in table(replace(one, violations=(broken,))) if line["address"] == broken.address]
    assert [(line["kind"], line["severity"], line["clause"]) for line in lines] == [("not read", "medium", "unread")]
    assert "needs a password" in lines[0]["detail"]


def test_a_violation_whose_document_is_not_listed_is_a_row():
    lone = violation("D:\\x.csv", types=("my_number", "address"))
    line = next(line for line in table(replace(full(), violations=(lone,))) if line["address"] == "D:\\x.csv")
    assert (line["kind"], line["type"]) == ("violation without findings", "My Number / address")


def test_what_was_only_counted_is_said():
    lines = table(replace(full(), documents_omitted=7, problems_omitted=1_234))
    assert [(line["kind"], line["count"]) for line in lines[-2:]] == [("not listed", "7"), ("not listed", "1234")]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_cell_is_a_formula_and_every_cell_is_one_line(lang):
    for line in table(hostile(), lang):
        for cell in line.values():
            assert cell[:1] not in tuple(TRIGGERS) or not cell
            assert cell.isprintable() or "\u3000" in cell


@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_a_spreadsheet_that_separates_elsewhere_finds_no_formula_either(separator):
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        text = written(hostile()).decode("utf-8-sig")
        for line in csv.reader(text.splitlines(), delimiter=separator, quoting=quoting):
            for cell in line:
                assert not cell.lstrip(" \"'").startswith(tuple(TRIGGERS)) or cell.lstrip(' "').startswith("'"), cell


@given(st.text(max_size=40))
def test_no_text_becomes_a_formula(text):
    cell = harmless(text)
    assert not cell.startswith(tuple(TRIGGERS))
    assert "\r" not in cell
    assert "\n" not in cell
    cell.encode("utf-8")


def test_ordinary_names_stay_as_they_are():
    for name in ("C:\\名簿\u3000（最新）\\髙橋・ﾔﾏﾀﾞ①.xlsx", "a-b=c.csv", "山田 ●●", "090-****-**12"):
        assert harmless(name) == name
    assert harmless(-3) == "-3"


def test_names_that_are_no_text_do_not_break_the_file():
    assert "\\udcff\\ud800" in written(hostile()).decode("utf-8-sig")
    assert len(HOSTILE) == sum("/mnt/" in line["file"] for line in table(hostile()))


def test_a_great_share_is_a_long_table():
    assert len(table(many(3_000))) == 6_000


def test_the_stream_stays_open_for_whoever_opened_it():
    raw = io.BytesIO()
    SINKS["csv"](full(), raw, "ja")
    assert not raw.closed
