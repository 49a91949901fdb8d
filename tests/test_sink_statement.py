"""The statement for an auditor: what it says, when it may say that nothing was found, that no byte of it can change."""

import base64
import io
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner import signing
from scanner.errors import UsageError
from scanner.model import Persons
from scanner.sinks import statement
from tests.full_report import full, hostile
from tests.test_sinks import SITUATIONS, document, finding, ledger, report

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return signing.key(tmp_path_factory.mktemp("state"))


def written(one, key, lang="en"):
    raw = io.BytesIO()
    statement.write(one, raw, lang, key, NOW)
    return raw.getvalue()


def body(raw):
    text = raw.decode("utf-8")
    return json.loads(text.partition(statement.BODY)[2].partition(statement.END)[0])


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_report_becomes_a_statement_that_proves_genuine(situation, lang, key):
    raw = written(SITUATIONS[situation](), key, lang)
    assert statement.verify(raw).genuine


def test_it_says_what_was_examined_by_whom_with_what(key):
    text = written(full(), key).partition(statement.BODY.encode())[0].decode()
    one = full()
    for part in (
        "PC-017", one.run_id, "2026-11-21T09:00:00+00:00", one.rules_digest, "standard aa11bb22cc33", key.fingerprint,
        "C:\\Users\\taro", "removable medium 9f02-11ee E:\\", "- read: 12,000, 785,172,000 bytes", "total: 17,318",
        "encrypted or password-protected: 3", "給与.zip!一覧.xlsx", "programs 2,000", "violations: 3 (2 without",
        "about 856 people (840-885)", "exception x7k2", "not that the machine or whoever ran it was honest",
    ):  # fmt: skip
        assert part in text, part


def test_the_body_holds_the_same_for_programs(key):
    one, found = full(), body(written(full(), key))
    assert found["schema"] == "nokosanai.statement/1"
    assert found["ledger"] == one.ledger.to_dict()
    assert [item["address"] for item in found["not_examined"]] == [problem.address for problem in one.problems]
    assert {volume["identity"] for volume in found["volumes"]} == {"4a1b-77c0", "9f02-11ee"}
    assert found["totals"]["persons"] == {"best": 856, "low": 840, "high": 885}
    assert found["signed"] == "2026-11-21T09:30:00+00:00"
    assert found["key"]["fingerprint"] == key.fingerprint


def test_no_finding_is_in_it_not_even_masked(key):
    raw = written(full(), key, "ja").decode()
    assert "1234****" not in raw
    assert "支援対象者一覧" not in raw


def test_names_that_are_no_text_or_would_end_the_body_do_no_harm(key):
    one = hostile()
    traps = tuple(
        replace(one.problems[0], address=name) for name in (statement.END, statement.SIGNATURE, f"\n{statement.BODY}\n")
    )
    raw = written(replace(one, problems=(*one.problems, *traps), host=f"x\n{statement.SIGNATURE}\n"), key)
    checked = statement.verify(raw)
    assert checked.genuine
    assert checked.run == one.run_id
    assert "\x1b" not in raw.decode()


# --- that nothing was found -------------------------------------------------------------------------------------------


def weak(kind="postal_code", confidence="low"):
    return (document("/a.txt", finding(kind, 1, confidence=confidence), persons=Persons()),)


def test_that_nothing_was_found_is_stated_of_a_clean_and_complete_run(key):
    raw = written(SITUATIONS["clean"](), key)
    assert "no personal data of medium confidence or higher was found" in raw.decode()
    assert body(raw)["possession"] == {"zero": True, "against": {}}
    assert statement.verify(raw).zero


@pytest.mark.parametrize("documents", [weak(), weak("corporate_number", "high")])
def test_weak_signs_and_what_is_nobody_s_do_not_stand_against_it(documents, key):
    assert statement.verify(written(report(documents=documents), key)).zero


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"documents": weak("postal_code", "medium")}, "found"),
        ({"documents_omitted": 1}, "found"),
        ({"complete": False}, "incomplete"),
        ({"complete": False, "ledger": ledger(not_read=(("encrypted", 2),))}, "incomplete"),
        ({"complete": False, "interrupted": True}, "interrupted"),
        ({"ledger": ledger(read=0, unchanged=0)}, "nothing"),
        ({"ledger": ledger(excluded=(("user_exclude", 3),))}, "excluded"),
        ({"violations_omitted": 1}, "violations"),
    ],
)
def test_what_stands_against_it_is_named_and_nothing_is_stated(changes, reason, key):
    raw = written(report(**changes), key)
    assert reason in body(raw)["possession"]["against"]
    assert not statement.verify(raw).zero
    assert "does not say that there is no personal data" in raw.decode()
    assert "higher was found" not in raw.decode()


def test_something_unread_that_the_policy_does_not_ask_for_is_listed_and_does_not_stand_against_it(key):
    raw = written(report(ledger=ledger(not_read=(("missing_reader", 2),))), key)
    assert statement.verify(raw).zero
    assert "known format without a reader: 2" in raw.decode()


def test_an_accepted_finding_is_still_possession(key):
    one = full()
    accepted = tuple(replace(violation, exception="x7k2") for violation in one.violations)
    assert {"found", "violations"} <= body(written(replace(one, violations=accepted), key))["possession"][
        "against"
    ].keys()


# --- that it is genuine -----------------------------------------------------------------------------------------------


def looked_at(raw):
    try:
        return statement.verify(raw).exit_code
    except UsageError:
        return 2


def test_any_altered_byte_shows(key):
    raw = written(report(), key)
    assert looked_at(raw) == 0
    for place in range(len(raw)):
        for wrong in {raw[place] ^ 1, raw[place] ^ 0x20, 0x41} - {raw[place]}:
            assert looked_at(raw[:place] + bytes([wrong]) + raw[place + 1 :]) in (1, 2), place


def test_an_altered_number_is_a_bad_signature_and_a_torn_file_is_none_at_all(key):
    raw = written(full(), key)
    assert looked_at(raw.replace(b"856", b"056", 1)) == 1
    assert looked_at(raw.replace(b'"low": 840', b'"low": 040')) == 1
    for torn in (
        b"",
        b"hello",
        raw[:-1],
        raw[:-40],
        raw + b"\n",
        b" " + raw[:200],
        raw.replace(b"\n", b"\r\n"),
        b"\xff\xfe" + raw[:9],
    ):
        assert looked_at(torn) == 2
    assert looked_at(b"\xef\xbb\xbf" + raw) == 1
    assert looked_at(raw[1:]) == 1
    assert looked_at(raw + raw) == 1


def test_bits_that_base64_ignores_hide_nothing(key):
    raw = written(report(), key)
    line = next(line for line in raw.decode().splitlines() if line.startswith("signature: "))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = line[:-3] + letters[letters.index(line[-3]) ^ 1] + "=="
    assert base64.b64decode(twin[11:]) == base64.b64decode(line[11:])
    assert looked_at(raw.replace(line.encode(), twin.encode())) == 1


def test_a_body_that_names_another_key_is_not_genuine(key, tmp_path):
    other = signing.key(tmp_path)
    pretender = signing.Key(other.secret, key.public)
    assert looked_at(written(report(), pretender)) == 1


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "[" * 100_000, '{"run": 1}', '{"key": {"fingerprint": []}, "run": {}}']
)
def test_anything_else_that_somebody_signed_is_no_statement(body, key):
    covered = f"text\n{statement.BODY}\n{body}\n{statement.END}\n".encode()
    assert looked_at(covered + statement._signature(key.public, key.sign(statement.PURPOSE + covered))) == 2


def test_a_signature_by_another_key_is_genuine_and_told_apart(key, tmp_path):
    checked = statement.verify(written(full(), signing.key(tmp_path)))
    assert checked.genuine
    said = statement.explain(checked, "en", key.fingerprint)
    assert "Not the key of this machine" in said
    assert checked.fingerprint in said


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_check_tells_who_when_and_what_it_does_not_prove(lang, key):
    said = statement.explain(statement.verify(written(full(), key)), lang, key.fingerprint)
    for part in ("PC-017", "2026-11-21T09:30:00+00:00", key.fingerprint, full().run_id):
        assert part in said
    assert ("正直" if lang == "ja" else "honest") in said


def test_of_an_altered_statement_nothing_is_repeated(key):
    raw = written(full(), key).replace(b"PC-017", b"PC-666")
    said = statement.explain(statement.verify(raw), "en", key.fingerprint)
    assert "PC-666" not in said
    assert "ALTERED" in said.upper()


# --- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_kept(tmp_path):
    folder = tmp_path / "not" / "there"
    assert signing.known(folder) is None
    first = signing.key(folder)
    assert signing.key(folder).fingerprint == first.fingerprint == signing.known(folder)
    assert [path.name for path in folder.iterdir()] == [signing.FILE]


@pytest.mark.posix
def test_only_its_owner_can_read_the_key(tmp_path):
    signing.key(tmp_path)
    path = tmp_path / signing.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(UsageError, match="others"):
        signing.key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, base64.b64encode(b"x" * 31)])
def test_a_damaged_key_is_refused_and_left_as_it_is(content, tmp_path):
    path = tmp_path / signing.FILE
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged"):
        signing.key(tmp_path)
    assert path.read_bytes() == content


def test_two_that_make_the_key_at_once_end_with_the_same(tmp_path):
    signing._make(tmp_path / signing.FILE)
    before = (tmp_path / signing.FILE).read_bytes()
    signing._make(tmp_path / signing.FILE)
    assert (tmp_path / signing.FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [signing.FILE]


def test_the_secret_is_in_no_text_of_the_key(tmp_path):
    key = signing.key(tmp_path)
    seed = (tmp_path / signing.FILE).read_bytes().strip().decode()
    assert seed not in written(report(), key).decode()
    assert seed not in f"{key!r} {key}"


def test_the_signature_is_the_one_of_the_standard():
    # RFC 8032, section 7.1, test 2
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    made = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signing.genuine(public, b"\x72", made)
    assert not signing.genuine(public, b"\x73", made)
