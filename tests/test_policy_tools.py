"""What a user would notice about tools for policies: complaints with a line, clauses in vain, ready ones, own data."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import own
from scanner.errors import UsageError
from scanner.model import SEVERITIES, VOLUME_CLASSES, Problem
from scanner.policy.clauses import built_in_groups, describe, load, ready
from scanner.policy.diff import SHOWN, diff, said
from scanner.policy.key_lines import key_lines
from scanner.policy.reach import unreachable
from tests.test_policy import document, volume

READY = sorted(ready())
DEFAULT = load(None)
TODAY = date(2026, 11, 22)

CLAUSE = """
[[clause]]
id = "{id}"
where = {where}
what = {what}
severity = "high"
message = {{ ja = "あり", en = "there" }}
"""


def clause(id: str, what: str, where: str = "{}") -> str:
    return CLAUSE.format(id=id, what=what, where=where)


def policy(tmp_path: Path, text: str, name: str = "policy.toml"):
    path = tmp_path / name
    path.write_text(text if "name =" in text else f'name = "x"\n{text}', encoding="utf-8")
    return load(path)


def nokosanai(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "scanner", *arguments],
        input=text, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


# --- lines ------------------------------------------------------------------------------------------------------------

WRITTEN = '''
name = "x"   # one
[groups]
heavy = [
  "my_number",
  "passport_numbr",
]
text = """
[not.a.header]
key = 1
"""
[[clause]]
id = 'a # b'
where.volumes = ["fixed"]
what = { types = ["@heavy"], all_types = [["a"],
   ["b"]] }
[[clause]]
"quoted key" = {x = 1}
[clause.message]
ja = "い"
'''


def test_every_key_is_found_on_its_line():
    lines = key_lines(WRITTEN)
    found = {".".join(map(str, path)): line for path, line in lines.items()}
    assert found["name"] == 2
    assert (found["groups"], found["groups.heavy"], found["groups.heavy.1"], found["groups.text"]) == (3, 4, 6, 8)
    assert (found["clause.0"], found["clause.0.id"], found["clause.0.where.volumes"]) == (12, 13, 14)
    assert (found["clause.0.what.types"], found["clause.0.what.all_types.1.0"]) == (15, 16)
    assert (found["clause.1.quoted key.x"], found["clause.1.message"], found["clause.1.message.ja"]) == (18, 19, 20)
    assert not [path for path in found if "not" in path]


@settings(max_examples=200)
@given(st.text(alphabet="ab=[]{}.,\"'#\n \\", max_size=60))
def test_lines_of_a_text_that_is_no_toml_are_found_or_not_but_it_ends(text):
    assert key_lines(text)[()] == 1


FIRST = 'name = "x"\n' + clause("a", '{ types = ["my_number"] }', '{ volumes = ["fixed"], paths = ["/srv/**"] }')


@pytest.mark.parametrize(
    ("old", "new", "line", "suggestion"),
    [
        ('severity = "high"', 'severty = "high"', 7, "severity is missing; is 'severty' meant for it?"),
        ('"my_number"', '"mynumber"', 6, "is it 'my_number' that is meant"),
        ('"my_number"', '"@specfic"', 6, "is it '@specific' that is meant"),
        ('"fixed"', '"fixd"', 5, "is it 'fixed' that is meant"),
        ('paths = ["/srv/**"]', 'path = ["/srv/**"]', 5, "is it 'paths' that is meant"),
        ('message = {', 'mesage = "x"\nmessage = {', 8, "is it 'message' that is meant"),
        ('"/srv/**"', '" "', 5, "' ' fits no file"),
        ('"/srv/**"', '"a", "/"', 5, "'/' fits no file"),
        ('"/srv/**"', '""', 5, "not an empty one"),
        ('"/srv/**"', '"[z-a]"', 5, "not a pattern of paths"),
        ('name = "x"', 'name = "x"\nextends = "munincipality"', 2, "is it 'municipality' that is meant"),
        ('name = "x"', 'name = "x"\n[organisation]\nkind = "city"', 3, "known are private, public, unknown"),
        ('name = "x"', 'name = "x"\n[own]\nnumbers = ["123456789018"]', 3, "never write a number here"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_line_and_what_was_meant(tmp_path, old, new, line, suggestion):
    assert old in FIRST
    with pytest.raises(UsageError) as caught:
        policy(tmp_path, FIRST.replace(old, new))
    assert f"policy.toml, line {line}: " in str(caught.value)
    assert suggestion in str(caught.value)
    assert "123456789018" not in str(caught.value)


# --- clauses in vain --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "below", "in_vain"),
    [
        (("{}", '{ types = ["my_number"] }'), ("{}", '{ types = ["my_number"], min_persons = 10 }'), True),
        (("{}", '{ types = ["my_number"], min_persons = 10 }'), ("{}", '{ types = ["my_number"] }'), False),
        (("{}", '{ types = ["my_number"] }'), ("{}", '{ types = ["my_number", "address"] }'), False),
        (("{}", '{ types = ["@who"] }'), ("{}", '{ all_types = [["my_number"], ["address"]] }'), True),
        (
            ("{}", '{ all_types = [["@who"], ["@facts"]] }'),
            ("{}", '{ all_types = [["address"], ["my_number"]] }'),
            True,
        ),
        (("{}", '{ all_types = [["@who"], ["@facts"]] }'), ("{}", '{ types = ["my_number"] }'), False),
        (("{}", '{ types = ["address"], confidence = "high" }'), ("{}", '{ types = ["address"] }'), False),
        (("{}", '{ types = ["address"] }'), ("{}", '{ types = ["address"], confidence = "high" }'), True),
        (("{}", '{ types = ["address"], min_count = 5 }'), ("{}", '{ types = ["address"], min_count = 9 }'), True),
        (
            ("{}", '{ types = ["address"], min_count = 5 }'),
            ("{}", '{ all_types = [["address"], ["gender"]], min_count = 9 }'),
            False,  # nine of which may be eight of the second type
        ),
        (('{ volumes = ["fixed"] }', '{ types = ["address"] }'), ("{}", '{ types = ["address"] }'), False),
        (("{}", '{ types = ["address"] }'), ('{ volumes = ["fixed"] }', '{ types = ["address"] }'), True),
        (('{ paths = ["/a/**"] }', '{ types = ["address"] }'), ("{}", '{ types = ["address"] }'), False),
        (
            ('{ paths = ["/a/**", "/b/**"] }', '{ types = ["address"] }'),
            ('{ paths = ["/a/**"] }', '{ types = ["address"] }'),
            True,
        ),
        (('{ not_paths = ["/a/**"] }', '{ types = ["address"] }'), ("{}", '{ types = ["address"] }'), False),
        (("{}", '{ problems = ["denied", "bomb"] }'), ("{}", '{ problems = ["bomb"] }'), True),
        (("{}", '{ problems = ["bomb"] }'), ("{}", '{ types = ["address"] }'), False),
    ],
)
def test_a_clause_that_can_never_come_into_play_is_told(tmp_path, above, below, in_vain):
    both = policy(tmp_path, clause("one", above[1], above[0]) + clause("two", below[1], below[0]))
    lost = unreachable(both)
    assert [(below.id, above.id) for below, above in lost] == ([("two", "one")] if in_vain else [])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_is_told_to_be_in_vain_never_fires(tmp_path_factory, data):
    """Random pairs of clauses and documents: where the second is called unreachable, the first takes its documents."""
    words = ["my_number", "address", "person_name", "gender"]
    some = st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)

    def what() -> str:
        keys = [f"types = {data.draw(some)}"] if data.draw(st.booleans()) else []
        if not keys or data.draw(st.booleans()):
            keys.append(f"all_types = {data.draw(st.lists(some, min_size=1, max_size=2))}")
        for key in ("min_persons", "min_count", "min_distinct"):
            keys += [f"{key} = {data.draw(st.integers(1, 3))}"] if data.draw(st.booleans()) else []
        return "{ " + ", ".join(keys).replace("'", '"') + " }"

    both = policy(tmp_path_factory.getbasetemp(), clause("one", what()) + clause("two", what()))
    found = document(
        data.draw(st.integers(0, 4)), **data.draw(st.dictionaries(st.sampled_from(words), st.integers(1, 4)))
    )
    violation = both.judge(found, volume("fixed"), "en")
    if unreachable(both):
        assert violation is None or violation.clause == "one"


def test_policy_check_tells_the_line_of_a_clause_in_vain_and_fails(tmp_path):
    path = tmp_path / "own.toml"
    text = clause("all", '{ types = ["@all"] }') + clause("numbers", '{ types = ["my_number"] }')
    path.write_text(f'name = "x"\n{text}', encoding="utf-8")
    done = nokosanai("policy", "check", "--policy", str(path))
    assert done.returncode == 2
    assert "own.toml, line 10: clause numbers: never comes into play, all above it" in done.stderr
    path.write_text(FIRST.replace('"fixed"', '"fixd"'), encoding="utf-8")
    done = nokosanai("policy", "check", "--policy", str(path))
    assert (done.returncode, "own.toml, line 5: clause a: where" in done.stderr) == (2, True)


# --- ready policies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", READY)
def test_a_ready_policy_holds_is_called_by_its_name_and_none_of_its_clauses_is_in_vain(word):
    found = load(Path(word))
    assert unreachable(found) == []
    assert found.required == DEFAULT.required
    for lang in ("ja", "en"):
        assert describe(found, lang)
    for volume_class in VOLUME_CLASSES:
        order = [SEVERITIES.index(one.severity) for one in found.clauses if volume_class in one.where.volumes]
        assert order == sorted(order, reverse=True)


def severity(word: str | None, volume_class: str, persons: int, **types: int) -> str | None:
    found = load(Path(word) if word else None).judge(document(persons, **types), volume(volume_class), "ja")
    return found.severity if found else None


@pytest.mark.parametrize(
    ("word", "place", "persons", "types", "expected", "by_default"),
    [
        ("municipality", "fixed", 150, {"person_name": 150, "phone_number": 150}, "critical", "high"),
        ("municipality", "fixed", 1, {"my_number": 1}, "critical", "medium"),
        ("municipality", "fixed", 1, {"medical_info": 1, "person_name": 1}, "critical", "high"),
        ("municipality", "removable", 1, {"person_name": 1, "address": 1}, "medium", "low"),
        ("municipality", "removable", 5, {"person_name": 5, "address": 5}, "high", "medium"),
        ("contractor", "removable", 2, {"person_name": 2, "address": 2}, "high", "low"),
        ("contractor", "removable", 12, {"person_name": 12, "address": 12}, "critical", "high"),
        ("contractor", "fixed", 1, {"my_number": 1}, "high", "medium"),
        ("foreign-worker-support", "fixed", 1, {"residence_status": 1, "person_name": 1}, "high", "low"),
        ("foreign-worker-support", "fixed", 12, {"skill_field": 3, "person_name": 12}, "critical", "high"),
        ("foreign-worker-support", "removable", 1, {"residence_card_number": 1}, "critical", "high"),
        ("foreign-worker-support", "fixed", 12, {"passport_number": 12}, "critical", "high"),
        ("medical", "fixed", 1, {"medical_info": 1, "person_name": 1}, "critical", "high"),
        ("medical", "fixed", 0, {"medical_info": 40, "birth_date": 300, "postal_code": 200}, "high", None),
        ("medical", "removable", 1, {"health_insurance_number": 1}, "critical", "high"),
        ("own-pc", "fixed", 12, {"person_name": 12, "address": 12}, "high", "medium"),
        ("own-pc", "fixed", 200, {"person_name": 200, "address": 200}, "critical", "high"),
        ("own-pc", "fixed", 3, {"person_name": 3, "address": 3}, "medium", "low"),
        ("own-pc", "fixed", 6, {"drivers_license_number": 6}, "critical", "high"),
        ("own-pc", "fixed", 1, {"my_number": 1}, None, "medium"),
        ("own-pc", "fixed", 0, {"email_address": 150}, None, "medium"),
        ("own-pc", "fixed", 2, {"my_number": 2}, "critical", "critical"),
    ],
)
def test_a_ready_policy_forbids_what_its_people_must_not_keep(word, place, persons, types, expected, by_default):
    assert severity(word, place, persons, **types) == expected
    assert severity(None, place, persons, **types) == by_default


def test_the_ready_policies_name_the_law_that_binds_their_people():
    kinds = {word: load(Path(word)).organisation for word in READY}
    assert kinds["municipality"] == "public"
    assert kinds["contractor"] == "unknown"
    assert {kinds[word] for word in ("default", "medical", "own-pc", "foreign-worker-support")} == {"private"}


def test_what_no_exception_accepts_is_said(tmp_path):
    assert "no-external-media/my-number" in load(Path("municipality")).unacceptable
    assert DEFAULT.unacceptable == frozenset()
    text = clause("a", '{ types = ["my_number"] }').replace("severity", "acceptable = false\nseverity")
    found = policy(tmp_path, text)
    assert found.unacceptable == {"a"}
    assert "no exception accepts it" in "\n".join(describe(found, "en"))


def test_a_file_named_like_a_ready_policy_does_not_take_its_place(tmp_path, monkeypatch):
    (tmp_path / "municipality").write_text('name = "mine"', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load(Path("municipality")).name == "nokosanai-municipality"
    with pytest.raises(UsageError, match="forbids nothing"):
        load(Path.cwd() / "municipality")


# --- extending --------------------------------------------------------------------------------------------------------


def test_a_policy_that_extends_another_says_only_what_is_different(tmp_path):
    text = 'name = "x"\nextends = "default"\nwithout = ["no-local-storage/contacts-10"]\n'
    text += clause("no-local-storage/my-number-single", '{ types = ["@specific"] }', '{ volumes = ["fixed"] }')
    text += clause("payroll", '{ types = ["@all"] }', '{ paths = ["/srv/pay/**"] }')
    found = policy(tmp_path, text.replace('severity = "high"', 'severity = "low"'))
    ids = [one.id for one in found.clauses]
    assert ids[0] == "payroll"
    assert "no-local-storage/contacts-10" not in ids
    assert ids.count("no-local-storage/my-number-single") == 1
    assert len(ids) == len(DEFAULT.clauses)
    assert found.judge(document(1, my_number=1), volume("fixed"), "en").severity == "low"
    assert found.judge(document(600, "/srv/pay/a.csv", my_number=600), volume("fixed"), "en").clause == "payroll"
    assert found.digest != policy(tmp_path, text, "other.toml").digest


def test_leaving_out_a_clause_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="is it 'no-local-storage/contacts-10' that is meant"):
        policy(tmp_path, 'name = "x"\nextends = "default"\nwithout = ["no-local-storage/contact-10"]')


def test_the_groups_of_the_built_in_policy_serve_where_a_policy_extends_it(tmp_path):
    text = 'name = "x"\nextends = "default"\n[groups]\nmine = ["@standing", "gender"]\n' + clause(
        "a", '{ types = ["@mine"] }'
    )
    mine = next(one for one in policy(tmp_path, text).clauses if one.id == "a")
    assert set(mine.what.types) == {*built_in_groups()["standing"], "gender"}


# --- what is one's own ------------------------------------------------------------------------------------------------


def test_an_own_number_is_known_by_its_digest_however_it_is_written(tmp_path):
    line = own.digest("1234 5678 9018")
    assert "1234" not in line
    assert own.digest("1234 5678 9018") != line
    text = f'name = "x"\n[own]\nnames = ["山田 太郎"]\nnumbers = ["{line}"]\n' + clause(
        "a", '{ types = ["my_number"] }'
    )
    mine = policy(tmp_path, text).own
    assert mine.is_number("１２３４-５６７８-９０１８")
    assert not mine.is_number("123456789026")
    assert mine.is_name("山田太郎")
    assert mine.is_name("山田\u3000太郎")
    assert not mine.is_name("山田太")
    assert not own.Own().is_number("123456789018")


@pytest.mark.parametrize("line", ["", "123456789018", "scrypt:15:a:b", "scrypt:1:a:b", "scrypt", "scrypt:15:ü:ä"])
def test_what_is_no_digest_is_none(line):
    assert not own.is_digest(line)
    assert not own.fits("123456789018", line)


def test_policy_own_prints_a_line_for_the_policy_and_not_the_number():
    done = nokosanai("policy", "own", text="123456789018\n")
    assert done.returncode == 0
    assert "123456789018" not in done.stdout + done.stderr
    assert own.fits("123456789018", done.stdout.split('"')[1])
    assert nokosanai("policy", "own", text="\n").returncode == 2


# --- what another policy would change ---------------------------------------------------------------------------------


def test_a_new_policy_is_compared_with_the_old_one_without_reading_anything():
    documents = [
        document(1, "/a.csv", my_number=1),
        document(0, "/b.csv", email_address=20),
        document(12, "/c.csv", person_name=12, address=12),
        document(2_000, "/d.csv", person_name=2_000, address=2_000),
        document(0, "/e.csv"),
    ]
    problem = Problem(address="/f.zip!x", kind="encrypted", detail="", size=1)
    found = diff(
        DEFAULT, load(Path("own-pc")), documents, [problem], lambda path: volume("fixed"), today=TODAY, lang="en"
    )
    assert [one.address for one in found.vanish] == ["/a.csv!inner.csv", "/b.csv!inner.csv"]
    assert [(before.severity, after.severity) for before, after in found.change] == [("medium", "high")]
    assert (found.appear, found.same, found.heavier) == ([], 1, 1)
    back = diff(load(Path("own-pc")), DEFAULT, documents, [problem], lambda path: volume("fixed"), today=TODAY)
    assert [one.address for one in back.appear] == [one.address for one in found.vanish]
    assert back.heavier == 0


def test_data_that_a_new_purpose_makes_overdue_appears(tmp_path):
    purpose = '[[purpose]]\nid = "old"\ntitle = { ja = "旧", en = "old" }\nlabel = ["c.csv"]\nends = 2026-11-01\n'
    new = policy(tmp_path, f'name = "x"\nextends = "default"\n{purpose}')
    documents = [document(12, "/c.csv", person_name=12, address=12)]
    found = diff(DEFAULT, new, documents, [], lambda path: volume("fixed"), today=TODAY)
    assert [one.clause for one in found.appear] == ["retention/old"]
    assert found.same == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_difference_is_printed_worst_first_and_not_without_end(lang):
    documents = [document(1, f"/{n}.csv", my_number=1) for n in range(SHOWN + 7)]
    documents.append(document(12, "/last.csv", person_name=12, address=12))
    found = diff(load(Path("own-pc")), DEFAULT, documents, [], lambda path: volume("fixed"), today=TODAY, lang=lang)
    lines = said(found, lang)
    assert len(lines) == SHOWN + 6
    assert ("ほか7件" in lines[SHOWN + 2]) == (lang == "ja")
    assert "->" in lines[-1]
    assert "/last.csv" in lines[-1]
