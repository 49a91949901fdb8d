"""Every example of every rule hits or misses as it is written, in every encoding and inside containers."""

import gzip
import io
import zipfile
from pathlib import Path
from unittest.mock import ANY

import pytest
import regex

import scanner
from scanner.detection.detector import Detector
from scanner.detection.proof import Fault, prove
from scanner.detection.rules import Example, Rule, load
from scanner.errors import UsageError
from scanner.model import Match, Segment
from scanner.places import rules_folder
from scanner.reveal import detector, in_segment

RULES = list(detector().rules)
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]
ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16")
PROSE = "これは業務で使うファイルです。取り扱いには十分に注意してください。よろしくお願いします。\n\n"
"""Evidence for the encoding, as real documents have it; a bare number says nothing about how it is encoded."""


def label(value: object) -> str:
    if isinstance(value, Rule):
        return value.id
    return "".join(value.text.split())[:30] if isinstance(value, Example) else ""


def test_the_rules_of_this_version_are_there() -> None:
    assert {rule.type for rule in RULES} >= {
        "my_number", "corporate_number", "residence_card_number", "credit_card_number", "phone_number",
        "email_address", "postal_code", "birth_date", "residence_status", "drivers_license_number", "passport_number",
    }  # fmt: skip


def test_the_users_proof_of_the_rules_finds_no_fault() -> None:
    assert list(prove(detector(), in_segment)) == []


def test_the_proof_notices_a_broken_rule(tmp_path: Path) -> None:
    source = (rules_folder() / "my_number.toml").read_text("utf-8")
    (tmp_path / "my_number.toml").write_text(source.replace('check = "my_number"', 'check = "credit_card"'), "utf-8")
    broken = Detector(load(tmp_path))

    def find(segment: Segment) -> list[Match]:
        return list(broken.examination().find(segment))

    assert Fault("my_number", ANY) in list(prove(broken, find))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=label)
def test_an_example_holds_in_every_encoding(rule: Rule, example: Example, tmp_path: Path) -> None:
    for encoding in ENCODINGS:
        text = example.text if example.csv else PROSE + example.text + "\n"
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        path = tmp_path / f"{encoding}{'.csv' if example.csv else '.txt'}"
        path.write_bytes(content)
        assert found(path, rule) == sorted(example.finds), encoding
        for match in scanner.matches(path):
            decoded = content.decode(encoding).removeprefix("\ufeff")
            assert decoded[match.start : match.end] == match.value


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=label)
def test_an_example_holds_inside_containers(rule: Rule, example: Example, tmp_path: Path) -> None:
    name = "名簿.csv" if example.csv else "名簿.txt"
    text = example.text if example.csv else PROSE + example.text + "\n"
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(name, text.encode("utf-8"))
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode("utf-8")))
    assert found(archive, rule) == sorted(example.finds)
    assert found(packed, rule) == sorted(example.finds)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=label)
def test_an_example_holds_in_a_workbook(rule: Rule, example: Example, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    if any("\n" in value for value in example.finds):
        pytest.skip("a value over two lines stands in two rows")
    book = openpyxl.Workbook()
    for line in example.text.split("\n"):
        book.active.append([field or None for field in (line.split(",") if example.csv else [line])])
    stream = io.BytesIO()
    book.save(stream)
    path = tmp_path / "a.xlsx"
    path.write_bytes(stream.getvalue())
    assert found(path, rule) == sorted(" ".join(value.split("\t")) for value in example.finds)
    for match in scanner.matches(path):
        assert match.place.cell is not None
        assert match.value in str(book.active[match.place.cell].value).replace("\t", " ")


def found(path: Path, rule: Rule) -> list[str]:
    return sorted(match.value for match in scanner.matches(path) if match.rule == rule.id)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('gate = "pattern"', 'gate = "never"'), "gate must be one of"),
        (('id = "my_number"', 'id = "other"'), "not the file's name"),
        (('check = "my_number"', 'check = "eval"'), "no check named"),
        (("[confidence]", "[confidence]\nsurely = 'high'"), "unknown evidence"),
        (("pattern = ", "patern = "), "unknown field 'patern'"),
    ],
)
def test_a_rule_that_does_not_hold_is_refused_with_its_name(
    change: tuple[str, str], sentence: str, tmp_path: Path
) -> None:
    source = (rules_folder() / "my_number.toml").read_text("utf-8")
    source = 'gate = "pattern"\n' + source.replace('gate = "pattern"\n', "")
    assert change[0] in source
    (tmp_path / "my_number.toml").write_text(source.replace(*change, 1), "utf-8")
    with pytest.raises(UsageError, match=f"my_number.toml: .*{sentence}"):
        load(tmp_path)


def test_rules_that_are_not_asked_about_ascii_find_nothing_there() -> None:
    texts = [text for _, example in EXAMPLES for text in (example.text, str(example.finds)) if text.isascii()]
    assert len(texts) > 100
    for rule in RULES:
        if not rule.ascii:
            assert not [text for text in texts if regex.search(rule.pattern, text)]
