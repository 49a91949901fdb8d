"""What a user would notice about lent media: what a slip permits and until when, and that they come back empty."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.model import Problem
from scanner.policy import clauses, journal, lending
from scanner.policy.acceptance import Register
from scanner.policy.judging import Policy
from scanner.policy.lending import Slip, Slips
from scanner.policy.ruling import Ruling
from scanner.sinks import statement
from tests.test_exceptions import needs_root
from tests.test_policy import document, volume
from tests.test_policy_ruling import empty_report
from tests.test_watch import person

TODAY = date(2026, 11, 22)
SLIP = Slip("s1", "1234-5678", "鈴木", "出張講習", TODAY, date(2026, 12, 31))


def marked(
    slip: Slip = SLIP, today: date = TODAY, volume_class: str = "removable", policy: Policy | None = None
) -> str:
    found = policy or clauses.load(None)
    ruling = Ruling(found, today, "en", Register(), Slips((slip,)))
    [violation] = ruling.document(document(5, my_number=5), volume(volume_class))
    return violation.exception


# --- what a slip permits ----------------------------------------------------------------------------------------------


def test_what_lies_on_a_lent_medium_is_permitted_until_its_day():
    assert marked() == "s1"
    assert marked(today=SLIP.until) == "s1"
    assert marked(today=SLIP.until + timedelta(1)) == ""
    assert marked(today=SLIP.lent - timedelta(1)) == ""
    assert marked(replace(SLIP, returned=TODAY)) == ""


def test_a_slip_is_about_its_own_medium_and_about_media_alone():
    assert marked(replace(SLIP, serial="1234-5679")) == ""
    assert marked(replace(SLIP, serial="1234-5678".lower())) == "s1"
    assert marked(volume_class="fixed") == ""


def test_what_the_policy_calls_unacceptable_no_slip_permits():
    found = clauses.load(None)
    strict = replace(found, clauses=tuple(replace(one, acceptable=False) for one in found.clauses))
    assert marked(policy=strict) == ""


def test_a_report_lists_slips_beside_exceptions_and_says_who_is_late():
    late = replace(SLIP, id="s2", serial="ABCD-0001", until=TODAY)
    ruling = Ruling(clauses.load(None), TODAY + timedelta(3), "en", Register(), Slips((SLIP, late)))
    listed = ruling.fill(empty_report()).acceptances
    assert [(one.id, one.where, one.approver, one.reason) for one in listed] == [
        ("s2", "ABCD-0001", "鈴木", "出張講習"),
        ("s1", "1234-5678", "鈴木", "出張講習"),
    ]
    assert ruling.warnings == (f"The medium ABCD-0001, lent to 鈴木, was due back on {TODAY}.",)


def test_something_unread_on_a_lent_medium_is_no_reason_to_mark_what_is_no_violation():
    ruling = Ruling(clauses.load(None), TODAY, "en", Register(), Slips((SLIP,)))
    assert ruling.problem(Problem(address="/a.zip", kind="encrypted", detail="", size=1), volume("removable")) == []


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lending.jsonl"
    monkeypatch.setenv("NOKOSANAI_LENDING", str(path))
    return path


@needs_root
def test_a_slip_that_was_written_down_is_read_again_and_ends_with_its_return(file):
    lending.lend(SLIP)
    assert lending.register().slips == (SLIP,)
    lending.take_back(SLIP, TODAY, {"entries": 3, "bytes": 99})
    assert lending.register().slips == (replace(SLIP, returned=TODAY),)
    lending.lend(replace(SLIP, id="s2"))  # and may be lent again
    assert [one.id for one in lending.register().slips if one.returned is None] == ["s2"]
    assert len(file.read_text("utf-8").splitlines()) == 3


@needs_root
def test_a_medium_is_not_lent_twice_at_a_time(file):
    lending.lend(SLIP)
    with pytest.raises(UsageError, match="out already"):
        lending.lend(replace(SLIP, id="s2", serial=SLIP.serial.lower()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"person": " "}, "a person"),
        ({"purpose": "a\nb"}, "a purpose"),
        ({"until": TODAY - timedelta(1)}, "end before"),
        ({"until": TODAY + timedelta(400)}, "a year at most"),
    ],
)
def test_a_slip_that_says_too_little_or_permits_too_long_is_refused(file, change, said):
    with pytest.raises(UsageError, match=said):
        lending.lend(replace(SLIP, **change))
    assert not file.exists()


def test_slips_that_somebody_else_could_have_written_permit_nothing_and_are_told(file, monkeypatch):
    monkeypatch.setattr(journal, "by_administrator", lambda stream: False)
    with pytest.raises(UsageError, match="others than an administrator"):
        lending.lend(SLIP)
    assert not file.exists()
    file.write_text("", "utf-8")
    found = lending.register()
    assert found.of(SLIP.serial) is None
    assert Ruling(clauses.load(None), TODAY, "en", Register(), found).warnings == (found.refused,)


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"return": "s9", "on": "2026-11-22", "entries": 1, "bytes": 1}', '{"id": "s1"}', '"' * 3]
)
def test_a_file_with_a_line_that_does_not_hold_is_not_honoured_at_all(file, monkeypatch, line):
    monkeypatch.setattr(journal, "by_administrator", lambda stream: True)
    lending.lend(SLIP)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    found = lending.register()
    assert "line 2 does not hold" in found.refused
    assert found.slips == ()


# --- the commands -----------------------------------------------------------------------------------------------------


class Desk:
    """A machine in which a folder is plugged in as a stick, and the one who lends it."""

    def __init__(self, tmp_path: Path) -> None:
        self.stick, machine = tmp_path / "stick", tmp_path / "machine"
        for folder in (self.stick, machine / "proc/self", machine / "sys/dev/block", machine / "sys/devices/sdb"):
            folder.mkdir(parents=True)
        line = "%d 1 8:%d / %s rw - %s /dev/sd%s rw\n"
        table = line % (2, 1, "/", "ext4", "a1") + line % (3, 17, self.stick, "vfat", "b1")
        (machine / "proc/self/mountinfo").write_text(table, "utf-8")
        (machine / "sys/devices/sdb/removable").write_text("1\n", "ascii")
        (machine / "sys/dev/block/8:17").symlink_to("../../devices/sdb")
        self.environment = {
            **os.environ, "NOKOSANAI_SYSTEM": str(machine), "NOKOSANAI_LENDING": str(tmp_path / "lending.jsonl"),
            "NOKOSANAI_LANG": "en", "NOKOSANAI_STATE": str(tmp_path / "state"),
        }  # fmt: skip

    def __call__(self, *arguments: object) -> tuple[int, str]:
        command = [sys.executable, "-m", "scanner", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    if sys.platform != "linux":
        pytest.skip("a machine made of folders")
    return Desk(tmp_path)


@needs_root
def test_a_stick_goes_out_with_data_and_is_taken_back_when_it_is_empty(desk, tmp_path):
    (desk.stick / "名簿.txt").write_text(person(1), "utf-8")
    assert desk("scan", desk.stick)[0] == 1
    until = date.today() + timedelta(20)
    lent = ("--person", "鈴木", "--purpose", "出張講習", "--until", until)
    assert desk("volumes", "lend", desk.stick, *lent)[0] == 0
    assert desk("volumes", "lend", "dev:8:17", *lent)[0] == 2
    code, said = desk("scan", desk.stick, "--format", "json")
    report = json.loads(said)
    assert (code, [bool(one["exception"]) for one in report["violations"]]) == (0, [True])

    code, said = desk("volumes", "return", "dev:8:17")
    assert code == 1
    assert "still holds 1 documents" in said
    assert "名簿.txt" in said
    assert "春子" not in said
    code, said = desk("volumes", "slips")
    assert (code, said.split("\t")[1:5]) == (0, ["out", str(until), "dev:8:17", "鈴木"])

    (desk.stick / "名簿.txt").write_text("なし\n", "utf-8")
    paper = tmp_path / "statement.txt"
    code, said = desk("volumes", "return", "dev:8:17", "--statement", paper)
    assert (code, "1 entries" in said) == (0, True)
    assert statement.verify(paper.read_bytes()).zero
    assert "back, empty" in desk("volumes", "slips")[1]
    assert desk("volumes", "return", "dev:8:17")[0] == 2


@needs_root
def test_a_stick_with_something_unread_is_not_proven_empty(desk):
    desk("volumes", "lend", desk.stick, "--person", "鈴木", "--purpose", "出張", "--until", date.today())
    (desk.stick / "a.docx").write_bytes(b"PK\x03\x04 torn")
    code, said = desk("volumes", "return", desk.stick)
    assert code == 3
    assert "cannot be stated" in said
    assert "\tout\t" in desk("volumes", "slips")[1]


@needs_root
def test_a_loan_that_is_over_is_a_violation_again_and_said_in_every_report(desk, tmp_path):
    (desk.stick / "a.txt").write_text(person(1), "utf-8")
    record = {"id": "s1", "serial": "dev:8:17", "person": "鈴木", "purpose": "出張", "lent": "2026-01-05",
              "until": "2026-02-01"}  # fmt: skip
    (tmp_path / "lending.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    code, said = desk("volumes", "slips")
    assert (code, "overdue" in said) == (1, True)
    code, said = desk("scan", desk.stick)
    assert (code, "was due back on 2026-02-01" in said) == (1, True)


def test_a_disk_of_the_machine_itself_is_not_lent(desk):
    code, said = desk("volumes", "lend", "/", "--person", "A", "--purpose", "B", "--until", date.today())
    assert (code, "no medium to be lent" in said) == (2, True)


def test_what_is_not_plugged_in_cannot_be_taken_back(desk):
    code, said = desk("volumes", "return", "dev:9:9")
    assert (code, "is not lent" in said) == (2, True)


def test_the_list_of_volumes_is_still_there_without_any_word(desk):
    code, said = desk("volumes")
    assert code == 0
    assert f"{desk.stick}\tremovable medium\tdev:8:17\tvfat" in said
