"""What a user would notice about exceptions: what they accept, when they end, and that nobody accepts for himself."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.memory import Acceptance
from scanner.model import Violation
from scanner.policy import acceptance, journal
from scanner.policy.ownership import by_administrator, mode_is_safe, sddl_is_safe

TODAY = date(2026, 11, 22)
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="files have to belong to root")


def accepted(where: str = "/srv/a.zip", *types: str, **more: object) -> Acceptance:
    fields = {"id": "x1", "reason": "lawsuit", "approver": "Sato", "added": TODAY, "expires": date(2027, 3, 31)}
    return Acceptance(where=where, types=types, **{**fields, **more})


def violation(address: str = "/srv/a.zip!b.csv", *types: str, clause: str = "c") -> Violation:
    return Violation(clause=clause, severity="high", address=address, types=types, persons=5, message="m")


def exception_of(found: Violation, one: Acceptance, today: date = TODAY, never: tuple[str, ...] = ()) -> str:
    return acceptance.Matcher([one], today, never).mark(found).exception


# --- matching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "address", "fits"),
    [
        ("/srv/a.zip!b.csv", "/srv/a.zip!b.csv", True),
        ("/srv/a.zip", "/srv/a.zip!b.zip!c.csv", True),
        ("/srv/a.zip!b.zip", "/srv/a.zip!b.zip!c.csv", True),
        ("/srv/a.zip!b.csv", "/srv/a.zip!c.csv", False),
        ("/srv/a.zip", "/srv/a.zip.bak", False),
        ("/srv/**", "/srv/x/y/a.csv", True),
        ("/srv/*", "/srv/x/y/a.csv", False),
        ("/srv/*.csv", "/srv/a.csv", True),
        ("/srv/[秘] a.csv", "/srv/[秘] a.csv", True),
    ],
)
def test_an_exception_is_about_its_place_and_what_lies_in_it(where, address, fits):
    assert exception_of(violation(address, "address"), accepted(where)) == ("x1" if fits else "")


@pytest.mark.parametrize(
    ("accepted_types", "found_types", "fits"),
    [
        ((), ("my_number",), True),
        (("address",), ("address",), True),
        (("address", "gender"), ("address",), True),
        (("address",), ("address", "my_number"), False),
        (("address",), (), False),
        ((), (), True),
    ],
)
def test_all_types_of_a_violation_have_to_be_accepted(accepted_types, found_types, fits):
    one = accepted("/srv/**", *accepted_types)
    assert bool(exception_of(violation("/srv/a.csv", *found_types), one)) == fits


@pytest.mark.parametrize(
    ("today", "more", "fits"),
    [
        (TODAY, {}, True),
        (TODAY - timedelta(days=1), {}, False),
        (date(2027, 3, 31), {}, True),
        (date(2027, 4, 1), {}, False),
        (date(2027, 1, 1), {"revoked": date(2027, 1, 1)}, False),
        (date(2026, 12, 31), {"revoked": date(2027, 1, 1)}, True),
    ],
)
def test_an_exception_holds_from_its_first_to_its_last_day(today, more, fits):
    assert bool(exception_of(violation(), accepted(**more), today)) == fits


def test_nothing_is_taken_away_and_some_clauses_are_not_to_be_accepted():
    several = [violation("/srv/a.csv"), violation("/other.csv"), violation("/srv/b.csv", clause="hard")]
    marked = list(map(acceptance.Matcher([accepted("/srv/**")], TODAY, {"hard"}).mark, several))
    assert [one.exception for one in marked] == ["x1", "", ""]
    assert [one.address for one in marked] == [one.address for one in several]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("in_force", 129)),
        ({"expires": TODAY + timedelta(days=9)}, ("ending", 9)),
        ({"expires": TODAY - timedelta(days=2), "added": TODAY - timedelta(days=90)}, ("ended", 2)),
        ({"revoked": TODAY - timedelta(days=1)}, ("revoked", 1)),
        ({"added": TODAY + timedelta(days=3)}, ("later", 3)),
    ],
)
def test_how_an_exception_stands_is_said_in_days(more, expected):
    assert acceptance.state(accepted(**more), TODAY) == expected


def test_a_report_lists_what_holds_and_what_ended_of_late():
    several = [
        accepted(id="holds"),
        accepted(id="of-late", added=TODAY - timedelta(days=99), expires=TODAY - timedelta(days=30)),
        accepted(id="long-ago", added=TODAY - timedelta(days=99), expires=TODAY - timedelta(days=31)),
        accepted(id="revoked", revoked=TODAY - timedelta(days=40)),
    ]
    assert [one.id for one in acceptance.to_list(several, TODAY)] == ["of-late", "holds"]


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "etc" / "exceptions.jsonl"
    monkeypatch.setenv("NOKOSANAI_EXCEPTIONS", str(path))
    return path


@needs_root
def test_what_is_added_is_read_again_and_what_is_revoked_stays_with_its_date(file):
    acceptance.add(accepted("/srv/名簿.csv", "my_number", id="a1"))
    acceptance.add(accepted("/srv/**", id="b2"))
    acceptance.revoke("a1", TODAY + timedelta(days=4))
    found = acceptance.register()
    assert found.refused == ""
    assert [(one.id, one.revoked) for one in found.acceptances] == [("a1", TODAY + timedelta(days=4)), ("b2", None)]
    assert found.acceptances[0].where == "/srv/名簿.csv"
    assert len(file.read_bytes().splitlines()) == 3
    assert file.stat().st_mode & 0o777 == 0o644
    with pytest.raises(UsageError, match="was revoked on"):
        acceptance.revoke("a1", TODAY)
    with pytest.raises(UsageError, match="there is no exception"):
        acceptance.revoke("zz", TODAY)


def test_a_file_that_nobody_would_honour_is_not_left_behind(file, monkeypatch):
    monkeypatch.setattr(journal, "by_administrator", lambda stream: False)
    with pytest.raises(UsageError, match="not honoured"):
        acceptance.add(accepted())
    assert not file.exists()


def test_without_a_file_nothing_is_accepted_and_nothing_is_wrong(file):
    assert acceptance.register() == acceptance.Register()


@needs_root
@pytest.mark.parametrize(("mode", "owner"), [(0o666, 0), (0o664, 0), (0o622, 0), (0o644, 1000), (0o600, 1000)])
def test_a_file_that_the_clerk_could_write_is_not_honoured_and_this_is_said(file, mode, owner):
    acceptance.add(accepted())
    file.chmod(mode)
    os.chown(file, owner, -1)
    found = acceptance.register()
    assert found.acceptances == ()
    assert "not honoured" in found.refused
    assert str(file) in found.refused
    with pytest.raises(UsageError, match="not honoured"):
        acceptance.revoke("x1", TODAY)


LINE = json.dumps({
    "id": "x1", "where": "/srv/a", "types": [], "reason": "r", "approver": "a",
    "added": "2026-11-22", "expires": "2027-01-01",
})  # fmt: skip


@needs_root
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{", ""), ('"x1"', "5"), ('"2027-01-01"', '"2029-01-01"'), ('"2027-01-01"', '"2026-01-01"'), ('"r"', '" "'),
        ('"reason": "r", ', ""), ('"/srv/a"', '"**"'), ("[]", '["shoe_size"]'), ("[]", "{}x"), ('"a"', '"a\\u0007"'),
        (LINE, f"{LINE}\n{LINE}"), (LINE, '{"revoke": "zz", "on": "2026-11-22"}'), (LINE, "[]"), (LINE, "[" * 100_000),
        (LINE, "\x00"), ('"2026-11-22"', '"soon"'),
    ],
)  # fmt: skip
def test_one_line_that_does_not_hold_makes_the_whole_file_void_and_its_number_is_said(file, old, new):
    assert old in LINE
    file.parent.mkdir()
    file.write_text(f"\n{LINE.replace('x1', 'y1')}\n{LINE.replace(old, new, 1)}\n", encoding="utf-8")
    file.chmod(0o644)
    found = acceptance.register()
    assert found.acceptances == ()
    assert "line 3 does not hold" in found.refused or "line 4 does not hold" in found.refused


@needs_root
def test_a_line_that_was_cut_by_a_crash_does_not_swallow_the_next(file):
    acceptance.add(accepted(id="a1"))
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    acceptance.add(accepted(id="b2"))
    assert [one.id for one in acceptance.register().acceptances] == ["a1", "b2"]


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_exceptions_or_a_line_that_does_not_hold(raw):
    try:
        assert acceptance.EXCEPTIONS.parsed(raw) == {} or b"revoke" in raw
    except ValueError as error:
        assert "does not hold" in str(error)  # noqa: PT017


@pytest.mark.parametrize("where", ["**", "*", "/**", "?*", "**/*", "/*"])
def test_an_exception_for_everything_is_refused(where):
    with pytest.raises(UsageError, match="fits every file"):
        acceptance.check(accepted(where))


def test_a_year_is_the_longest():
    assert acceptance.a_year_after(date(2028, 2, 29)) == date(2029, 2, 28)
    acceptance.check(accepted(expires=date(2027, 11, 22)))
    with pytest.raises(UsageError, match="until 2027-11-22"):
        acceptance.check(accepted(expires=date(2027, 11, 23)))


# --- who could have written it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "mode", "safe"),
    [
        (0, 0o100644, True), (0, 0o100600, True), (0, 0o100666, False), (0, 0o100664, False), (1000, 0o100644, False),
        (0, 0o040755, False), (0, 0o010644, False),
    ],
)  # fmt: skip
def test_on_posix_owner_mode_and_kind_decide(owner, mode, safe):
    assert mode_is_safe(owner, mode) is safe


MADE_BY_ADMINISTRATOR = "O:BAG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"


@pytest.mark.parametrize(
    ("sddl", "safe"),
    [
        (MADE_BY_ADMINISTRATOR, True),
        ("O:BAG:BAD:P(A;;FA;;;BA)(A;;FA;;;SY)(A;;FR;;;WD)", True),
        ("O:SYG:SYD:(A;;FA;;;SY)(D;;FW;;;WD)(A;OICIIO;GA;;;CO)", True),
        ("O:S-1-5-32-544G:SYD:AI(A;ID;GRGX;;;S-1-5-21-1-2-3-1001)", True),
        (MADE_BY_ADMINISTRATOR + "S:AI(AU;SA;FA;;;WD)", True),
        ("O:S-1-5-21-1004336348-1177238915-682003330-1001G:BUD:AI(A;ID;FA;;;BA)", False),  # made by a user
        ("O:S-1-5-21-0-0-0-1000D:(A;;FA;;;SY)(A;;FA;;;S-1-5-21-0-0-0-1000)(A;;0x1200a9;;;WD)", False),
        ("O:BUG:BUD:(A;;FA;;;BA)", False),
        (MADE_BY_ADMINISTRATOR.replace("0x1200a9", "0x1301bf"), False),  # users may change it
        (MADE_BY_ADMINISTRATOR.replace("0x1200a9", "FA"), False),
        (MADE_BY_ADMINISTRATOR.replace("0x1200a9", "FRFW"), False),
        (MADE_BY_ADMINISTRATOR.replace("0x1200a9", "WD"), False),
        (MADE_BY_ADMINISTRATOR.replace("0x1200a9", "DC"), False),
        (MADE_BY_ADMINISTRATOR.replace("A;ID;0x1200a9", "XA;ID;FA"), False),
        ("O:BAG:SYD:NO_ACCESS_CONTROL", False),
        ("O:BAG:SY", False),
        ("O:BA", False),
        ("", False),
        ("O:BAG:SYD:AI(A;ID;FA;;;SY", False),
        ("O:BAG:SYD:AI(nonsense)", False),
    ],
)
def test_on_windows_owner_and_access_list_decide(sddl, safe):
    assert sddl_is_safe(sddl) is safe


def test_the_files_of_this_user_are_an_administrators_only_if_he_is_one(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"")
    path.chmod(0o644)
    with path.open("rb") as stream:
        answer = by_administrator(stream)
    if hasattr(os, "geteuid"):
        assert answer is (os.geteuid() == 0)
    else:
        assert answer in (True, False)


# --- the command ------------------------------------------------------------------------------------------------------


def exception(*arguments: str, file: Path, lang: str = "en") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "scanner", "exception", *arguments], capture_output=True, encoding="utf-8",
        env=os.environ | {"NOKOSANAI_EXCEPTIONS": str(file), "NOKOSANAI_LANG": lang}, timeout=60, check=False,
    )  # fmt: skip


def until(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


ASKED = ("--reason", "lawsuit", "--approver", "Sato")


@needs_root
def test_an_exception_is_added_listed_and_revoked(tmp_path, file):
    (tmp_path / "data").mkdir()
    done = exception("add", str(tmp_path / "data"), "--type", "address", "--until", until(9), *ASKED, file=file)
    assert (done.returncode, done.stderr) == (0, "")
    word = done.stdout.split("\t")[0]
    listed = exception("list", file=file).stdout
    assert "about to end, 9 days left" in listed
    assert f"{tmp_path / 'data'}{os.sep}**" in listed
    assert "lawsuit" in listed
    assert exception("revoke", word, file=file).returncode == 0
    assert "revoked 0 days ago" in exception("list", file=file).stdout
    assert exception("list", file=file, lang="ja").stdout.count("取消し") == 1
    assert exception("revoke", "nothing", file=file).returncode == 2


@needs_root
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("/srv/a", *ASKED), "--until"),
        (("/srv/a", "--until", until(9), "--reason", "x"), "--approver"),
        (("/srv/a", "--until", until(9), "--approver", "x"), "--reason"),
        (("/srv/a", "--until", until(-1), *ASKED), "in the past"),
        (("/srv/a", "--until", until(400), *ASKED), "a year at most"),
        (("/srv/a", "--until", "tomorrow", *ASKED), "not a date"),
        (("/srv/a", "--until", until(9), "--reason", " ", "--approver", "x"), "needs a reason"),
        (("**", "--until", until(9), *ASKED), "fits every file"),
        (("/srv/a", "--until", until(9), "--type", "adress", *ASKED), "no type of personal data"),
    ],
)
def test_an_exception_without_reason_approver_or_end_is_refused(file, arguments, said):
    done = exception("add", *arguments, file=file)
    assert done.returncode == 2
    assert said in done.stderr
    assert not file.exists()


@needs_root
def test_the_commands_say_loudly_that_the_file_is_not_honoured(file):
    acceptance.add(accepted())
    file.chmod(0o666)
    for arguments in (("list",), ("add", "/srv/b", "--until", until(9), *ASKED), ("revoke", "x1")):
        done = exception(*arguments, file=file)
        assert (done.returncode, "not honoured" in done.stderr) == (2, True)
