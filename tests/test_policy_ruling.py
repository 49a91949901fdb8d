"""What a user would notice in a report: violations by place and by age, what accepts them, deadlines and gauges."""

from dataclasses import replace
from datetime import UTC, date, datetime

from scanner.ledger import Ledger
from scanner.model import Persons, Problem
from scanner.policy.acceptance import Register
from scanner.policy.ruling import Ruling
from scanner.report import Report
from tests.test_exceptions import accepted
from tests.test_policy import volume
from tests.test_policy_tools import clause
from tests.test_retention import CONTRACT, DISK, kept, policy

LATER = date(2026, 12, 20)


def empty_report() -> Report:
    moment = datetime(2026, 12, 20, tzinfo=UTC)
    return Report(
        version="1", run_id="r", started=moment, finished=moment, host="PC-1", sources=(), rules_digest="",
        policy_name="", policy_digest="", complete=True, ledger=Ledger(), persons=Persons(), by_type={}, volume_of={},
    )  # fmt: skip


def test_a_document_in_the_wrong_place_and_too_old_is_two_violations_and_an_exception_marks_them(tmp_path):
    found = policy(tmp_path, clause("names", '{ types = ["person_name"] }') + CONTRACT)
    register = Register((accepted("/work/support/**", expires=date(2027, 3, 1)),))
    ruling = Ruling(found, LATER, "en", register=register)
    violations = ruling.document(kept("/work/support/a.csv", persons=1_200), DISK)
    assert [(one.clause, one.exception) for one in violations] == [("names", "x1"), ("retention/contract-17", "x1")]
    assert ruling.document(kept("/other/a.csv"), DISK)[0].exception == ""
    report = ruling.fill(empty_report())
    assert [one.days_left(LATER) for one in report.deadlines] == [-10]
    assert report.acceptances[0].id == "x1"
    assert [one.subject for one in report.gauges] == ["machine", "volume", "folder", "document"]
    assert report.gauges[0].where == "PC-1"
    assert ruling.refused == ""


def test_what_could_not_be_read_is_judged_and_can_be_accepted(tmp_path):
    found = policy(tmp_path, clause("locked", '{ problems = ["encrypted"] }'))
    problem = Problem(address="/srv/a.zip!b", kind="encrypted", detail="", size=1)
    for register, exception in ((Register(), ""), (Register((accepted("/srv/a.zip"),)), "x1")):
        ruling = Ruling(found, LATER, "en", register=register)
        assert [one.exception for one in ruling.problem(problem, volume("fixed"))] == [exception]
        assert ruling.problem(replace(problem, kind="denied"), volume("fixed")) == []


def test_exceptions_that_are_not_honoured_accept_nothing_and_the_reason_is_at_hand(tmp_path):
    found = policy(tmp_path, clause("names", '{ types = ["person_name"] }'))
    ruling = Ruling(found, LATER, "en", register=Register(refused="not honoured"))
    assert ruling.document(kept("/srv/a.zip"), DISK)[0].exception == ""
    assert ruling.refused == "not honoured"
