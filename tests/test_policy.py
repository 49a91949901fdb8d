"""What a user would notice about the policy: what is a violation, how heavy, and why a policy file is refused."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.model import (
    CONFIDENCES,
    PROBLEM_KINDS,
    SEVERITIES,
    VOLUME_CLASSES,
    DocumentResult,
    Finding,
    Persons,
    Problem,
    Violation,
    Volume,
)
from scanner.places import rules_folder
from scanner.policy.clauses import Policy, describe, load, personal_types
from scanner.wording import TYPES

DEFAULT = load(None)
PERSONAL = sorted(personal_types())
MEDIA = ("removable", "optical", "cloud")
LOCAL = ("fixed", "network", "virtual", "unknown")


def volume(volume_class: str) -> Volume:
    return Volume(identity="1234-5678", volume_class=volume_class, mount="/")


def document(
    persons: int, path: str = "/home/sato/名簿.xlsx", confidence: str = "high", **types: int
) -> DocumentResult:
    """A document with so many different values of each type."""
    findings = tuple(
        Finding(
            rule=word,
            type=word,
            confidence=confidence,
            count=distinct,
            distinct=distinct,
            masked=(),
            places=(),
            places_omitted=0,
        )
        for word, distinct in types.items()
    )
    return DocumentResult(
        address=f"{path}!inner.csv",
        path=path,
        format="csv",
        encoding=None,
        size=1,
        modified=None,
        persons=Persons(best=persons, low=persons, high=persons),
        findings=findings,
    )


def judged(volume_class: str, *args, policy: Policy = DEFAULT, **named) -> Violation | None:
    return policy.judge(document(*args, **named), volume(volume_class), "ja")


def severity(volume_class: str, *args, **named) -> str | None:
    violation = judged(volume_class, *args, **named)
    return violation.severity if violation else None


# --- the incidents ----------------------------------------------------------------------------------------------------

I1 = {
    "person_name": 800, "birth_date": 790, "address": 780, "phone_number": 800, "email_address": 800,
    "nationality": 9, "residence_status": 6, "japanese_level": 5, "skill_field": 7,
}  # fmt: skip


def test_a_list_of_foreign_workers_on_a_business_pc_is_critical_and_says_that_their_status_makes_it_so():
    violation = judged("fixed", 800, **I1)
    assert violation == Violation(
        clause="no-local-storage/standing-101",
        severity="critical",
        address="/home/sato/名簿.xlsx!inner.csv",
        types=(
            "residence_status", "nationality", "japanese_level", "skill_field", "birth_date", "person_name",
        ),
        persons=800,
        message=violation.message,
    )  # fmt: skip
    assert violation.message.startswith("ローカル保存禁止：在留・国籍・日本語能力などを含む800人分の名簿")
    assert "在留資格" in violation.message


def test_the_same_list_without_status_of_residence_weighs_less():
    plain = {word: number for word, number in I1.items() if word in ("person_name", "birth_date", "address")}
    assert severity("fixed", 800, **plain) == "high"


def test_all_residents_on_a_stick_are_critical_by_the_rule_against_media():
    violation = judged("removable", 465_177, person_name=460_000, address=200_000, birth_date=33_000, gender=2)
    assert (violation.clause, violation.severity, violation.persons) == (
        "no-external-media/register-101",
        "critical",
        465_177,
    )
    assert "465,177人分" in violation.message


def test_voters_at_home_are_critical_on_a_fixed_disk_too():
    assert severity("fixed", 680_000, person_name=600_000, address=300_000) == "critical"


def test_others_my_numbers_are_critical_and_a_single_one_may_be_ones_own():
    register = judged("fixed", 600, person_name=600, address=500, my_number=600)
    assert (register.clause, register.severity) == ("no-local-storage/my-numbers-of-others", "critical")
    own = judged("fixed", 1, my_number=1)
    assert own.severity == "medium"
    assert "本人のもの" in own.message
    assert judged("removable", 1, my_number=1).severity == "critical"
    assert judged("fixed", 3, my_number=1, person_name=3, passport_number=1).severity == "high"


def test_health_data_in_a_synced_folder_is_critical_from_one_person_on():
    assert severity("cloud", 9_683, medical_info=40, person_name=9_000) == "critical"
    assert severity("cloud", 1, medical_info=1, person_name=1) == "critical"
    assert severity("fixed", 1, medical_info=1, person_name=1) == "high"


def test_an_article_about_an_illness_is_no_violation():
    assert judged("removable", 0, medical_info=30) is None
    assert judged("fixed", 0, medical_info=30, email_address=1) is None


def test_a_help_desks_mail_addresses_and_sold_card_numbers_are_found_heavy():
    assert severity("fixed", 2_312, email_address=2_312) == "high"
    assert severity("removable", 81, credit_card_number=81) == "critical"
    assert severity("fixed", 1, credit_card_number=1) == "high"


def test_people_known_by_birth_date_and_address_only_are_a_register_as_well():
    assert severity("fixed", 150, birth_date=150, address=150) == "high"


# --- thresholds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persons", "local", "media"),
    [
        (1, None, "low"),
        (2, None, "low"),
        (3, "low", "medium"),
        (9, "low", "medium"),
        (10, "medium", "high"),
        (100, "medium", "high"),
        (101, "high", "critical"),
        (1_000, "high", "critical"),
        (1_001, "critical", "critical"),
    ],
)
def test_a_register_weighs_by_its_people_and_one_step_more_on_a_medium(persons, local, media):
    for classes, expected in ((LOCAL, local), (MEDIA, media)):
        for volume_class in classes:
            assert severity(volume_class, persons, person_name=persons, phone_number=persons) == expected


@pytest.mark.parametrize(
    ("number", "local", "media"),
    [(1, None, None), (2, None, None), (3, None, "low"), (9, None, "low"), (10, "low", "medium")],
)
def test_a_few_addresses_in_a_read_me_are_no_violation(number, local, media):
    assert severity("fixed", number, email_address=number) == local
    assert severity("removable", number, email_address=number) == media


@pytest.mark.parametrize(
    "types",
    [
        {"postal_code": 120_000},
        {"corporate_number": 5_000},
        {"gender": 2, "postal_code": 50},
        {"birth_date": 40},
        {"nationality": 30, "japanese_level": 5},
        {"password_hash": 3},
        {"bank_account": 1},
    ],
)
def test_tables_in_which_nobody_is_named_are_no_violation(types):
    for volume_class in VOLUME_CLASSES:
        assert judged(volume_class, 0, **types) is None


def test_corporate_numbers_change_nothing():
    assert severity("fixed", 9, person_name=9) == severity("fixed", 9, person_name=9, corporate_number=900) is None


def test_weak_findings_do_not_make_a_violation():
    assert judged("removable", 500, confidence="low", person_name=500, address=500, my_number=3) is None
    assert severity("removable", 500, confidence="medium", person_name=500, address=500) == "critical"


@pytest.mark.parametrize(
    "word",
    [
        "residence_card_number", "passport_number", "drivers_license_number", "health_insurance_number",
        "basic_pension_number", "employment_insurance_number", "resident_record_code",
    ],
)  # fmt: skip
def test_one_official_number_is_enough(word):
    assert [severity(volume_class, 1, **{word: 1}) for volume_class in ("fixed", "removable")] == ["high", "high"]


def test_all_types_but_corporate_numbers_are_personal():
    assert set(PERSONAL) == set(TYPES) - {"corporate_number"}


def test_every_type_of_personal_data_can_make_a_violation():
    beside = {"person_name": 2_000, "birth_date": 9}
    silent = {word for word in PERSONAL if judged("fixed", 2_000, **beside | {word: 2_000}) is None}
    assert silent == set()
    named = {
        word for clause in DEFAULT.clauses for group in (clause.what.types, *clause.what.all_types) for word in group
    }
    assert named == set(PERSONAL)


@pytest.mark.parametrize("volume_class", VOLUME_CLASSES)
def test_the_heaviest_clause_that_fits_is_the_one_that_decides(volume_class):
    order = [SEVERITIES.index(clause.severity) for clause in DEFAULT.clauses if volume_class in clause.where.volumes]
    assert order == sorted(order, reverse=True)
    assert len(order) > 10


@settings(max_examples=300)
@given(
    persons=st.integers(0, 3_000),
    types=st.dictionaries(st.sampled_from(PERSONAL), st.integers(1, 3_000), max_size=6),
    confidence=st.sampled_from(CONFIDENCES),
)
def test_on_a_medium_nothing_weighs_less_than_on_a_disk(persons, types, confidence):
    weights = {None: -1} | {word: number for number, word in enumerate(SEVERITIES)}
    local = severity("fixed", persons, confidence=confidence, **types)
    assert weights[severity("removable", persons, confidence=confidence, **types)] >= weights[local]


# --- problems ---------------------------------------------------------------------------------------------------------


def test_what_could_not_be_examined_makes_a_run_incomplete_but_is_no_violation():
    assert set(DEFAULT.required) == set(PROBLEM_KINDS) - {"unknown_format", "cloud_only", "vanished"}
    for kind in PROBLEM_KINDS:
        problem = Problem(address="E:\\a.zip!b", kind=kind, detail="", size=1)
        assert DEFAULT.judge_problem(problem, volume("removable"), "ja") is None


# --- own policies -----------------------------------------------------------------------------------------------------

OWN = """
name = "市の規程"
required = ["denied"]
[groups]
numbers = ["my_number"]
heavy = ["@numbers", "passport_number"]
[[clause]]
id = "allowed/payroll"
where = { volumes = ["network"], paths = ["/srv/payroll/**"], not_paths = ["*.tmp"] }
what = { types = ["my_number"] }
allow = true
[[clause]]
id = "numbers"
what = { types = ["@heavy"], min_count = 3, confidence = "high" }
severity = "high"
message = { ja = "{persons}人 {types} {count} {distinct}", en = "{persons} {types} {count} {distinct} {{x}}" }
[[clause]]
id = "locked"
where = { volumes = ["fixed"], not_paths = ["*.zip"] }
what = { problems = ["encrypted"] }
severity = "low"
message = { ja = "鍵", en = "locked" }
"""


def own(tmp_path: Path, text: str = OWN) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_bytes(text.encode("utf-8"))
    return load(path)


def test_a_place_can_be_allowed_and_only_that_place(tmp_path):
    policy = own(tmp_path)
    numbers = {"my_number": 5, "policy": policy}
    assert judged("network", 5, path="/srv/payroll/2025/a.csv", **numbers) is None
    assert severity("network", 5, path="/srv/payroll/2025/a.tmp", **numbers) == "high"
    assert severity("network", 5, path="/srv/other/a.csv", **numbers) == "high"
    assert severity("fixed", 5, path="/srv/payroll/2025/a.csv", **numbers) == "high"


def test_amounts_confidence_and_groups_of_an_own_policy_count(tmp_path):
    policy = own(tmp_path)
    assert judged("fixed", 1, my_number=2, policy=policy) is None
    assert judged("fixed", 1, my_number=3, confidence="medium", policy=policy) is None
    violation = judged("fixed", 1_234, my_number=2_000, passport_number=1, policy=policy)
    assert violation.types == ("my_number", "passport_number")
    assert violation.message == "1,234人 マイナンバー（個人番号）、旅券番号 2,001 2,000"


def test_a_message_comes_in_the_language_of_the_report(tmp_path):
    found = document(1_234, my_number=2_000)
    assert own(tmp_path).judge(found, volume("fixed"), "en").message == "1,234 My Number 2,000 2,000 {x}"
    assert own(tmp_path).judge(found, volume("fixed"), "vi").message.startswith("1,234 My Number")


def test_an_encrypted_file_can_be_made_a_violation(tmp_path):
    policy = own(tmp_path)
    problem = Problem(address="/home/sato/a.7z!b", kind="encrypted", detail="", size=1)
    violation = policy.judge_problem(problem, volume("fixed"), "en")
    assert (violation.clause, violation.address, violation.types, violation.message) == (
        "locked",
        "/home/sato/a.7z!b",
        (),
        "locked",
    )
    assert policy.judge_problem(problem, volume("removable"), "en") is None
    assert (
        policy.judge_problem(Problem(address="/a.zip!b", kind="encrypted", detail="", size=1), volume("fixed"), "en")
        is None
    )
    assert policy.judge_problem(Problem(address="/a", kind="denied", detail="", size=1), volume("fixed"), "en") is None


def test_a_combination_needs_another_type_for_each_of_its_parts(tmp_path):
    combined = OWN.replace(
        'what = { types = ["@heavy"], min_count = 3, confidence = "high" }',
        'what = { all_types = [["my_number", "person_name"], ["my_number", "address"]] }',
    )
    policy = own(tmp_path, combined)
    assert judged("fixed", 1, my_number=9, policy=policy) is None
    assert judged("fixed", 1, person_name=9, policy=policy) is None
    assert severity("fixed", 1, my_number=9, address=1, policy=policy) == "high"
    assert severity("fixed", 1, my_number=1, person_name=1, policy=policy) == "high"


def test_a_policy_is_known_by_the_bytes_of_its_file(tmp_path):
    assert own(tmp_path).digest == hashlib.sha256(OWN.encode()).hexdigest()
    assert DEFAULT.digest == hashlib.sha256((rules_folder() / "policies/default.toml").read_bytes()).hexdigest()


def test_a_policy_written_with_windows_notepad_is_read(tmp_path):
    assert own(tmp_path, "\ufeff" + OWN.replace("\n", "\r\n")).name == "市の規程"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "市の規程"', "", "name is missing"),
        ('name = "市の規程"', 'name = "a"\nnmae = "b"', "unknown key 'nmae': is it 'name'"),
        ('["denied"]', '["forbidden"]', "required: 'forbidden'"),
        ('numbers = ["my_number"]', 'numbers = ["mynumber"]', "groups: numbers: 'mynumber'"),
        ('numbers = ["my_number"]', 'numbers = ["@heavy"]', "neither a type of personal data nor a group"),
        ('volumes = ["network"]', 'volumes = ["netwrok"]', "payroll: where: volumes: 'netwrok': is it 'network'"),
        ('paths = ["/srv/payroll/**"]', "paths = []", "paths must be a list of texts, and not an empty one"),
        ('paths = ["/srv/payroll/**"]', 'path = ["/srv"]', "where: unknown key 'path'"),
        ("allow = true", 'allow = "yes"', "allow must be true or false"),
        ("allow = true", 'allow = true\nseverity = "low"', "a clause that allows has neither severity nor message"),
        ("allow = true", "", "clause allowed/payroll: severity is missing"),
        ('severity = "high"', 'severity = "hihg"', "clause numbers: severity = 'hihg': is it 'high'"),
        ("min_count = 3", "min_count = 0", "min_count must be a whole number from 1 on"),
        ("min_count = 3", "min_count = true", "min_count must be a whole number from 1 on"),
        ("min_count = 3", 'min_count = "3"', "min_count must be a whole number from 1 on"),
        ('"high" }', '"sure" }', "confidence = 'sure'"),
        ('types = ["@heavy"]', 'types = ["corporate_number"]', "'corporate_number' is not personal data"),
        ('types = ["@heavy"]', 'types = ["@havy"]', "'@havy' is neither"),
        ('types = ["@heavy"]', 'types = ["heavy"]', "'heavy' is neither"),
        ('types = ["@heavy"], ', "", "a clause is about types"),
        ('types = ["@heavy"]', 'all_types = ["my_number"]', "all_types must be a list of texts"),
        ('problems = ["encrypted"]', 'problems = ["encrypted"], types = ["address"]', "and not about both"),
        ('problems = ["encrypted"]', 'problems = ["encrypted"], min_count = 2', "problems have no amounts"),
        ('{ ja = "鍵", en = "locked" }', '{ ja = "鍵" }', "clause locked: message: en is missing"),
        ('{ ja = "鍵", en = "locked" }', '"locked"', "clause locked: message: must be a table"),
        ('en = "locked"', 'en = "{person} locked"', "{person} cannot be filled in"),
        ('en = "locked"', 'en = "{persons.__class__}"', "cannot be filled in"),
        ('en = "locked"', 'en = "{persons:>99999999}"', "cannot be filled in"),
        ('en = "locked"', 'en = "locked {"', "a brace without its fellow"),
        ('id = "locked"', 'id = "numbers"', "two clauses are called 'numbers'"),
        ('id = "locked"', 'id = ""', "clause 3: id must be a text"),
        ("[[clause]]", "[[clauses]]", "unknown key 'clauses'"),
        ("[groups]", "[groups", "line 4"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_policy_is_refused_with_file_clause_and_reason(tmp_path, old, new, complaint):
    assert old in OWN
    with pytest.raises(UsageError) as caught:
        own(tmp_path, OWN.replace(old, new))
    assert complaint in str(caught.value)
    assert str(tmp_path / "policy.toml") in str(caught.value)


def test_a_policy_that_forbids_nothing_cannot_be_read_or_is_no_text_is_refused(tmp_path):
    (tmp_path / "sjis.toml").write_bytes('name = "規程"'.encode("cp932"))
    with pytest.raises(UsageError, match="forbids nothing"):
        own(tmp_path, 'name = "a"')
    with pytest.raises(UsageError, match="not UTF-8"):
        load(tmp_path / "sjis.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "gone.toml")
    with pytest.raises(UsageError, match="too large"):
        own(tmp_path, "#" * (1 << 20) + OWN)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, len(OWN.encode())), st.integers(0, 40))
def test_a_damaged_policy_is_a_usage_error_and_nothing_else(tmp_path_factory, noise, at, gone):
    raw = OWN.encode()
    path = tmp_path_factory.getbasetemp() / "damaged.toml"
    path.write_bytes(raw[:at] + noise + raw[at + gone :])
    try:
        load(path)
    except UsageError as error:
        assert str(path) in str(error)  # noqa: PT017


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_policy_can_be_read_aloud(tmp_path, lang):
    lines = describe(own(tmp_path), lang)
    assert not [line for line in lines if "@" in line]
    text = "\n".join(lines)
    for word in ("allowed/payroll", "/srv/payroll/**", "*.tmp", "locked"):
        assert word in text
    assert ("マイナンバー" in text, "許可" in text) == (lang == "ja", lang == "ja")
    assert len(describe(DEFAULT, lang)) > len(DEFAULT.clauses) * 4
