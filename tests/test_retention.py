"""What a user would notice about retention: what has to be gone by when, what is overdue, and counted from what."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanner
from scanner.errors import UsageError
from scanner.model import DocumentResult, Volume
from scanner.policy.clauses import describe, load
from scanner.policy.judging import Policy
from scanner.policy.retention import LISTED, Countdown, deadline, months_after, overdue
from tests.test_detection import my_number
from tests.test_policy import document
from tests.test_policy_tools import clause

TODAY = date(2026, 11, 22)
DISK = Volume(identity="A", volume_class="fixed", mount="/", label="データ")

CONTRACT = """
[[purpose]]
id = "contract-17"
title = { ja = "就労支援委託", en = "job support" }
where = { volumes = ["fixed"], paths = ["/work/support/**"] }
ends = 2026-12-10
"""
RECRUITING = """
[[purpose]]
id = "recruiting"
title = { ja = "採用", en = "recruiting" }
label = ["採用", "Candidates"]
months_after = { modified = 6 }
severity = "medium"
warn_days = 10
"""


def policy(tmp_path: Path, purposes: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text('name = "x"\n' + clause("a", '{ types = ["my_number"] }') + purposes, encoding="utf-8")
    return load(path)


def kept(path: str, changed: date | None = None, latest: date | None = None, persons: int = 5) -> DocumentResult:
    moment = datetime(changed.year, changed.month, changed.day, 12, tzinfo=UTC).timestamp() if changed else None
    return replace(document(persons, path, person_name=persons), modified=moment, latest=latest)


def countdown(found: Policy, *documents: DocumentResult) -> Countdown:
    counting = Countdown(found, TODAY, "en")
    for one in documents:
        counting.add(one, DISK)
    return counting


@pytest.mark.parametrize(
    ("today", "left", "is_overdue"),
    [(date(2026, 11, 1), 39, False), (date(2026, 12, 10), 0, False), (date(2026, 12, 11), -1, True)],
)
def test_data_of_a_contract_may_stay_through_its_last_day(tmp_path, today, left, is_overdue):
    found = policy(tmp_path, CONTRACT)
    due = deadline(found, kept("/work/support/a.csv"), DISK, today, "ja")
    assert (due.days_left(today), due.basis, due.title, due.ends) == (left, "fixed", "就労支援委託", date(2026, 12, 10))
    violation = overdue(found, due, today, "ja")
    assert (violation is not None) == is_overdue
    if violation:
        assert (violation.clause, violation.severity, violation.persons) == ("retention/contract-17", "high", 5)
        assert "1日過ぎています" in violation.message
        assert "就労支援委託" in violation.message


def test_a_purpose_is_about_its_place_and_about_personal_data_only(tmp_path):
    found = policy(tmp_path, CONTRACT)
    assert deadline(found, kept("/work/other/a.csv"), DISK, TODAY, "en") is None
    stick = replace(DISK, volume_class="removable")
    assert deadline(found, kept("/work/support/a.csv"), stick, TODAY, "en") is None
    assert deadline(found, kept("/work/support/a.csv", persons=0), DISK, TODAY, "en") is None
    weak = document(5, "/work/support/a.csv", confidence="low", person_name=5)
    assert deadline(found, weak, DISK, TODAY, "en") is None


@pytest.mark.parametrize(
    ("path", "label", "covered"),
    [
        ("/home/採用2025/a.csv", "", True),
        ("/home/2025/CANDIDATES.xlsx", "", True),
        ("/home/2025/ｃａｎｄｉｄａｔｅｓ.xlsx", "", True),
        ("/media/a.csv", "採用", True),
        ("/home/2025/a.csv", "データ", False),
    ],
)
def test_a_label_is_looked_for_in_the_address_and_on_the_medium(tmp_path, path, label, covered):
    due = deadline(policy(tmp_path, RECRUITING), kept(path, TODAY), replace(DISK, label=label), TODAY, "en")
    assert (due is not None) == covered


@pytest.mark.parametrize(
    ("counted", "changed", "latest", "ends", "basis"),
    [
        ("modified", date(2026, 3, 31), date(2020, 1, 1), date(2026, 9, 30), "modified"),
        ("data", date(2026, 3, 31), date(2025, 8, 31), date(2026, 2, 28), "data"),
        ("data", date(2026, 3, 31), None, date(2026, 9, 30), "modified"),
        ("data", None, None, TODAY, "unknown"),
        ("modified", None, date(2020, 1, 1), TODAY, "unknown"),
        ("modified", date(2031, 1, 1), None, date(2027, 5, 22), "modified"),
        ("data", None, date(2031, 1, 1), date(2027, 5, 22), "data"),
    ],
)
def test_the_basis_says_what_the_months_were_counted_from(tmp_path, counted, changed, latest, ends, basis):
    found = policy(tmp_path, RECRUITING.replace("modified", counted))
    due = deadline(found, kept("/採用/a.csv", changed, latest), DISK, TODAY, "en")
    assert (due.ends, due.basis) == (ends, basis)


def test_what_nobody_knows_the_age_of_is_shown_and_is_no_violation(tmp_path):
    found = policy(tmp_path, RECRUITING)
    due = deadline(found, replace(kept("/採用/a.csv"), modified=9e30), DISK, TODAY, "en")
    assert (due.basis, due.days_left(TODAY)) == ("unknown", 0)
    assert overdue(found, due, TODAY, "en") is None
    assert countdown(found, replace(kept("/採用/a.csv"), modified=-9e30)).deadlines()


def test_the_countdown_lists_the_overdue_first_and_nothing_that_has_time(tmp_path):
    found = policy(tmp_path, CONTRACT + RECRUITING)
    documents = [
        kept("/採用/soon.csv", date(2026, 5, 28)),
        kept("/採用/later.csv", date(2026, 8, 1)),
        kept("/採用/overdue.csv", date(2025, 1, 1)),
        kept("/work/support/採用.csv", date(2020, 1, 1)),
        kept("/elsewhere.csv", date(2020, 1, 1)),
    ]
    shown = countdown(found, *documents).deadlines()
    assert [(one.address.partition("!")[0], one.days_left(TODAY)) for one in shown] == [
        ("/採用/overdue.csv", -509), ("/採用/soon.csv", 6), ("/work/support/採用.csv", 18),
    ]  # fmt: skip
    assert shown[2].purpose == "contract-17"


@given(st.dates(max_value=date(9900, 1, 1)), st.integers(1, 1_200))
def test_months_are_months_of_the_calendar(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert months_after(date.max, months) == date.max


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("ends = 2026-12-10", "", "it ends on a day"),
        ("ends = 2026-12-10", "ends = 2026-12-10\nmonths_after = { data = 3 }", "it ends on a day"),
        ("ends = 2026-12-10", 'ends = "2026-12-10"', "line 14: purpose contract-17: ends must be a date"),
        ("ends = 2026-12-10", "ends = 2026-12-10T00:00:00", "ends must be a date"),
        ("ends = 2026-12-10", "months_after = { birth = 3 }", "known are modified, data"),
        ("ends = 2026-12-10", "months_after = { data = 3, modified = 3 }", "either modified or data"),
        ("ends = 2026-12-10", "months_after = { data = 5000 }", "either modified or data"),
        ("ends = 2026-12-10", "end = 2026-12-10", "it ends on a day"),
        ('paths = ["/work/support/**"]', 'path = ["/work"]', "unknown key 'path'"),
        ('where = { volumes = ["fixed"], paths = ["/work/support/**"] }', "", "where or label must say"),
        ('id = "contract-17"', "", "purpose 1: id is missing"),
        ("ends = 2026-12-10", 'ends = 2026-12-10\nwhat = { problems = ["denied"] }', "not problems"),
        ("[[purpose]]", RECRUITING.replace("recruiting", "contract-17", 1) + "[[purpose]]", "two purposes are called"),
    ],
)
def test_a_mistake_in_a_purpose_is_refused_with_the_reason(tmp_path, old, new, complaint):
    assert old in CONTRACT
    with pytest.raises(UsageError) as caught:
        policy(tmp_path, CONTRACT.replace(old, new))
    assert complaint in str(caught.value)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_purposes_can_be_read_aloud(tmp_path, lang):
    text = "\n".join(describe(policy(tmp_path, CONTRACT + RECRUITING.replace("modified", "data")), lang))
    for word in ("contract-17", "2026-12-10", "/work/support/**", "採用", "6"):
        assert word in text


def test_very_many_deadlines_leave_the_longest_overdue(tmp_path):
    found = policy(tmp_path, RECRUITING)
    days = [date(2020, 1, 1), date(2026, 1, 1)]
    shown = countdown(found, *(kept(f"/採用/{n}.csv", days[n % 2]) for n in range(3 * LISTED))).deadlines()
    assert (len(shown), {one.ends for one in shown}) == (LISTED, {date(2020, 7, 1)})


def test_the_latest_date_inside_a_document_ends_a_purpose(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'extends = "default"\nname = "own"\n[[purpose]]\nid = "recruiting"\nmonths_after = { data = 6 }\n'
        'severity = "high"\ntitle = { ja = "採用", en = "recruiting" }\n'
        'where = { paths = ["**"] }\nwhat = { types = ["my_number"] }\n',
        "utf-8",
    )
    folder = tmp_path / "in"
    folder.mkdir()
    text = f"氏名：佐藤 春子\n個人番号：{my_number(26_015_908_331)}\n生年月日：1985年4月2日\n応募日 {{day}}\n"
    (folder / "old.txt").write_text(text.format(day="2021年3月1日"), "utf-8")
    (folder / "new.txt").write_text(text.format(day=date.today().strftime("%Y/%m/%d")), "utf-8")
    report = scanner.scan([folder], policy=policy, state=False)
    assert {Path(one.address).name: one.basis for one in report.deadlines}["old.txt"] == "data"
    overdue = [one.address for one in report.violations if one.clause.startswith("retention/")]
    assert [Path(one).name for one in overdue] == ["old.txt"]
