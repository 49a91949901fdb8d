"""The words: complete in both languages, fit for a Japanese console, and chosen by what the user's system says."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import wording
from scanner.ledger import STATES
from scanner.model import CONFIDENCES, PROBLEM_KINDS, SEVERITIES, VOLUME_CLASSES
from scanner.origin import Place
from scanner.profile import STAGES

TYPES = {
    "person_name", "my_number", "residence_card_number", "residence_status", "address", "postal_code", "phone_number",
    "email_address", "birth_date", "nationality", "gender", "passport_number", "drivers_license_number",
    "health_insurance_number", "basic_pension_number", "employment_insurance_number", "resident_record_code",
    "bank_account", "credit_card_number", "japanese_level", "skill_field", "medical_info", "password_hash",
    "corporate_number",
}  # fmt: skip
REASONS = {
    "program", "font", "audio_video", "image", "compiled_data", "system_folder", "package_cache", "version_control",
    "link", "special_file", "other_filesystem", "own_output", "user_exclude", "part_of_split",
    "loop",
}  # fmt: skip
TABLES = {
    name: table
    for name, table in vars(wording).items()
    if isinstance(table, dict) and name.isupper() and all(isinstance(p, wording.Phrase) for p in table.values())
}
EVERY = [(name, key, phrase) for name, table in TABLES.items() for key, phrase in table.items()]


def fields(phrase):
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name} - {"s", "persons"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("TYPES", TYPES),
        ("LEGAL", TYPES),
        ("KINDS", PROBLEM_KINDS),
        ("ADVICE", PROBLEM_KINDS),
        ("REASONS", REASONS),
        ("SEVERITIES", SEVERITIES),
        ("CONFIDENCES", CONFIDENCES),
        ("VOLUME_CLASSES", VOLUME_CLASSES),
        ("STATES", (*STATES, "total")),
        ("STAGES", STAGES),
    ],
)
def test_every_word_of_the_product_has_a_name(table, words):
    assert set(TABLES[table]) >= set(words)


@pytest.mark.parametrize(("table", "key", "phrase"), EVERY)
def test_a_phrase_is_there_in_both_languages_and_takes_the_same_values(table, key, phrase):
    assert phrase.ja.strip()
    assert phrase.en.strip()
    assert fields(phrase.ja) == fields(phrase.en)


@pytest.mark.parametrize(("table", "key", "phrase"), EVERY)
def test_a_japanese_windows_console_and_a_plain_english_one_can_print_it(table, key, phrase):
    phrase.ja.encode("cp932")
    phrase.en.encode("ascii")


@pytest.mark.parametrize("kind", PROBLEM_KINDS)
def test_advice_is_said_in_whole_sentences(kind):
    assert wording.ADVICE[kind].ja.endswith("。")
    assert wording.ADVICE[kind].en.endswith(".")


def test_no_two_types_share_a_name():
    for lang in wording.LANGUAGES:
        names = [wording.name(wording.TYPES, one, lang) for one in wording.TYPES]
        assert len(set(names)) == len(names)


def test_my_number_and_the_residence_card_are_named_as_the_law_names_them():
    assert "特定個人情報" in wording.name(wording.LEGAL, "my_number", "ja")
    assert "個人識別符号" in wording.name(wording.LEGAL, "residence_card_number", "ja")
    assert "施行規則4条4号" in wording.name(wording.LEGAL, "residence_card_number", "ja")
    assert "要配慮個人情報に当たり得ます" in wording.name(wording.LEGAL, "medical_info", "ja")
    assert "要配慮個人情報には当たりません" in wording.name(wording.LEGAL, "nationality", "ja")


def test_a_word_nobody_named_is_printed_as_it_is():
    assert wording.name(wording.TYPES, "shoe_size", "ja") == "shoe_size"
    assert wording.name(wording.KINDS, "haunted", "en") == "haunted"


def test_english_counts_one_person_and_two_people():
    assert wording.text("people", "en", best=1) == "about 1 person"
    assert wording.text("people", "en", best=2_000) == "about 2,000 people"
    assert wording.text("v.weak", "en", n=1).startswith("1 file with")
    assert wording.text("v.weak", "en", n=2).startswith("2 files with")
    assert wording.text("people", "ja", best=1) == "約1人分"


@pytest.mark.parametrize(
    ("at", "ja", "en"),
    [
        (Place(sheet="名簿", cell="B2"), "名簿!B2", "名簿!B2"),
        (Place(start=3, end=9, line=4, column=1), "4行目", "line 4"),
        (Place(start=3, end=9, line=4, column=1, row=3, header="氏名"), "表の3行目", "row 3"),
        (Place(page=2), "2ページ", "page 2"),
        (Place(page=2, row=5), "2ページ 表の5行目", "page 2 row 5"),
        (Place(slide=7), "スライド7", "slide 7"),
        (Place(part="text/plain", line=3), "text/plain 3行目", "text/plain line 3"),
        (Place(sheet="名簿"), "シート 名簿", "sheet 名簿"),
        (Place(), "", ""),
    ],
)
def test_a_place_is_said_as_a_person_would_look_for_it(at, ja, en):
    assert wording.place(at, "ja") == ja
    assert wording.place(at, "en") == en


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 KB"), (99_949, "99.9 KB"), (99_960, "100 KB"), (999_999, "1.0 MB"),
     (12_345_678, "12.3 MB"), (3.2e15, "3.2 PB"), (5e18, "5000 PB")],
)  # fmt: skip
def test_bytes_are_said_in_three_digits(count, said):
    assert wording.size(count) == said


def test_lengths_of_time():
    assert wording.duration(4.25, "en") == "4.2 s"
    assert wording.duration(125, "ja") == "2分05秒"
    assert wording.duration(125, "en") == "2 min 05 s"


@given(st.text(), st.sampled_from(["utf-8", "cp932", "ascii", "euc_jp"]))
def test_a_shown_name_is_one_harmless_line_the_stream_can_take(raw, encoding):
    shown = wording.shown(raw, encoding)
    shown.encode(encoding)
    assert all(c.isprintable() or c == "\u3000" for c in shown)
    assert wording.shown(shown, encoding) == shown


def test_ordinary_japanese_names_are_shown_as_they_are():
    name = "C:\\名簿\u3000（最新）\\髙橋・ﾔﾏﾀﾞ①.xlsx"
    assert wording.shown(name, "cp932") == name
    assert wording.shown("\u202e\x1b\ue000", "utf-8") == "\\u202e\\x1b\\ue000"


@pytest.fixture
def bare(monkeypatch):
    for name in ("NOKOSANAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(wording, "_windows_is_japanese", lambda: False)
    return monkeypatch


@pytest.mark.parametrize(
    ("option", "variables", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "ja_JP.UTF-8"}, "ja"),
        (None, {"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        (None, {"LANG": "C", "LC_MESSAGES": "ja_JP.eucJP"}, "ja"),
        (None, {"LANG": "ja_JP.UTF-8", "NOKOSANAI_LANG": "en"}, "en"),
        ("ja", {"NOKOSANAI_LANG": "en"}, "ja"),
        ("en", {"LANG": "ja_JP.UTF-8"}, "en"),
        (None, {"LANG": "vi_VN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LANG": "ja_JP"}, "ja"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_system_s(bare, option, variables, language):
    for name, value in variables.items():
        bare.setenv(name, value)
    assert wording.language(option) == language


def test_a_japanese_windows_without_variables_speaks_japanese(bare):
    bare.setattr(wording, "_windows_is_japanese", lambda: True)
    assert wording.language(None) == "ja"
    assert wording.language("en") == "en"
