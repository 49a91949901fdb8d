"""What speaks for a value and what against it: labels, headers, populations; and a gate that never misses."""

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scanner
from scanner.detection.gate import Gate
from scanner.detection.persons import Roll
from scanner.detection.redact import mask
from scanner.detection.rules import Mask
from scanner.detection.sketch import KEPT, Distinct, Union
from scanner.model import Segment
from scanner.origin import TextOrigin
from scanner.reveal import detector, in_segment
from scanner.text import fold

NUMBERS = [  # twelve digits that pass the check digit of 個人番号, of nobody
    "023456789013", "987654321093", "555000111220", "260181590833", "123412341230"[:11] + "2", "314159265354",
]  # fmt: skip


def found(text: str) -> list[tuple[str, str, str]]:
    segment = Segment(text=text, address="text", origin=TextOrigin())
    return [(match.type, match.value, match.confidence) for match in in_segment(segment)]


def in_file(path: Path, text: str) -> list[tuple[str, str, str]]:
    path.write_text(text, "utf-8")
    return [(match.type, match.value, match.confidence) for match in scanner.matches(path)]


def my_number(body: int) -> str:
    digits = f"{body:011}"
    rest = sum(int(d) * w for d, w in zip(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return digits + str(0 if rest <= 1 else 11 - rest)


# --- running text ---


def test_a_check_digit_alone_is_never_high() -> None:
    for rule in detector().rules:
        if rule.role == "identifier" and rule.chance > 0.001:
            assert rule.confidence["alone"] in ("none", "low", "medium"), rule.id
    assert found("260181590833") == [("my_number", "260181590833", "low")]


def test_the_nearest_label_decides() -> None:
    assert found("個人番号：260181590833") == [("my_number", "260181590833", "high")]
    assert found("伝票番号：260181590833") == []
    assert found("個人番号を添えて。伝票番号 260181590833") == []
    assert found("伝票番号の次に個人番号 260181590833") == [("my_number", "260181590833", "high")]


def test_a_label_stands_on_the_line_above() -> None:
    assert found("個人番号\n260181590833\n") == [("my_number", "260181590833", "high")]
    assert found("個　人　番　号\n　260181590833\n") == [("my_number", "260181590833", "high")]


def test_numbers_glued_to_japanese_text_are_found() -> None:
    assert found("番号は260181590833です、個人番号") == [("my_number", "260181590833", "medium")]
    assert found("連絡先は090-2345-6789まで") == [("phone_number", "090-2345-6789", "high")]


def test_a_date_is_a_birth_date_only_by_a_word_for_birth() -> None:
    assert found("作成日 1985年1月2日") == []
    assert found("生年月日 1985年1月2日") == [("birth_date", "1985年1月2日", "high")]
    assert found("昭和60年1月2日生") == [("birth_date", "昭和60年1月2日", "high")]
    assert found("平成31年5月1日生まれ") == []


def test_twelve_digits_in_twenty_lines_are_judged_together(tmp_path: Path) -> None:
    passing = "".join(f"{my_number(body)}\n" for body in range(26018159083, 26018159103))
    chance = "".join(f"{number}\n" for number in range(260181590830, 260181590850))
    assert {c for _, _, c in in_file(tmp_path / "all.txt", passing)} == {"medium"}
    assert in_file(tmp_path / "few.txt", chance) == []


# --- tables ---


def test_a_column_of_passing_numbers_needs_no_header(tmp_path: Path) -> None:
    rows = "".join(f"{name},{my_number(26018159083 + name)},x\n" for name in range(20))
    matches = in_file(tmp_path / "list.csv", rows)
    assert len(matches) == 20
    assert {c for _, _, c in matches} == {"medium"}


def test_a_column_of_order_numbers_is_chance(tmp_path: Path) -> None:
    rows = "注文番号,品名\n" + "".join(f"{number},x\n" for number in range(202511220001, 202511220201))
    assert in_file(tmp_path / "orders.csv", rows) == []


def test_a_header_names_its_column_and_no_other(tmp_path: Path) -> None:
    text = "職員番号,個人番号（12桁）,備考\n260181590833,987654321093,260181590833\n"
    assert [m for m in in_file(tmp_path / "list.csv", text) if m[2] == "high"] == [
        ("my_number", "987654321093", "high")
    ]


def test_a_lost_leading_zero_is_put_back_only_under_a_header(tmp_path: Path) -> None:
    assert in_file(tmp_path / "a.csv", "氏名,個人番号\n甲,23456789013\n") == [("my_number", "23456789013", "high")]
    assert in_file(tmp_path / "b.csv", "氏名,番号\n甲,23456789013\n") == []


def test_what_stands_in_brackets_may_name_a_column_more_closely(tmp_path: Path) -> None:
    assert in_file(tmp_path / "a.csv", "氏名,連絡先（メール）\n甲,p1@mihon.ne.jp\n") == [
        ("email_address", "p1@mihon.ne.jp", "high")
    ]


def test_an_example_in_brackets_does_not_deny_the_value_after_it() -> None:
    text = "生年月日（記入例：1990年1月1日）1985年1月2日"
    assert ("birth_date", "1985年1月2日", "high") in found(text)


def test_a_header_below_a_title_and_a_second_table_are_understood(tmp_path: Path) -> None:
    text = "職員名簿,,\n2025年度,,\n氏名,電話番号,生年月日\n甲,090-2345-6789,1985/1/2\n"
    text += ",,\n会社,法人番号,\nA,7000012050002,\n"
    assert in_file(tmp_path / "list.csv", text) == [
        ("phone_number", "090-2345-6789", "high"),
        ("birth_date", "1985/1/2", "high"),
        ("corporate_number", "7000012050002", "high"),
    ]


def test_a_form_with_labels_to_the_left_is_understood(tmp_path: Path) -> None:
    text = "氏名,甲\n個人番号,2601 8159 0833\n生年月日,昭和60年1月2日\n"
    assert in_file(tmp_path / "form.csv", text) == [
        ("my_number", "2601 8159 0833", "high"),
        ("birth_date", "昭和60年1月2日", "high"),
    ]


def test_persons_are_counted_not_hits(tmp_path: Path) -> None:
    rows = "".join(f"{n},090-2345-{n:04},p{n}@mihon.ne.jp,1985/1/2\n" for n in range(1000, 1050))
    path = tmp_path / "list.csv"
    path.write_text("番号,電話番号,メール,生年月日\n" + rows, "utf-8")
    persons = scanner.scan(path).documents[0].persons
    assert persons.best == 50
    assert persons.low <= 50 <= persons.high


def test_one_person_in_many_rows_is_one_person(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("月,個人番号\n" + "".join(f"{month},260181590833\n" for month in range(1, 13)), "utf-8")
    assert scanner.scan(path).documents[0].persons.best == 1


# --- the gate ---

PIECES = st.sampled_from(
    [
        "個人番号", "ﾏｲﾅﾝﾊﾞｰ", "生年月日", "電話", "在留資格", "2601 8159 0833", "２６０１８１５９０８３３",
        "090-2345-6789", "０９０－２３４５－６７８９", "(03)3456-7890", "+81 90-2345-6789", "XY12345678AB",
        "ＸＹ１２３４５６７８ＡＢ", "昭和60.1.2生", "3530 1113 3330 0000", "1985年1月2日", "Ｓ６０年１月２日",
        "taro@mihon.ne.jp", "〒１００－０００１", "100-0001", "特定技能1号", "技術・人文知識・国際業務",
        "TR1234567", "ＴＲ１２３４５６７", "309012345620", "7000012050002", "Ｔ７０００ ０１２０", "\n", " ", "　",
        "は", "：", "、", "abc", "12345", "-", "のとおり",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_the_gate_hides_nothing_that_looking_everywhere_would_find(text: str) -> None:
    with patch("scanner.detection.detector.regions", return_value=()):  # where all is looked at there are no forms
        gated = found(text)
        with patch.object(Gate, "hits", return_value=None):
            everywhere = found(text)
    assert gated == everywhere


@given(st.text(max_size=300))
def test_any_text_is_survived_and_every_value_stands_where_it_is_said_to(text: str) -> None:
    for match in in_segment(Segment(text=text, address="text", origin=TextOrigin())):
        assert match.start is not None
        assert text[match.start : match.end] == match.value


@pytest.mark.parametrize(
    "text",
    [
        "1-" * 200_000,
        "0" * 400_000,
        "@a" * 200_000,
        "a@" * 200_000,
        "<" * 300_000,
        "個人番号" * 50_000,
        "生 " * 200_000,
    ],
)
def test_hostile_text_ends(text: str) -> None:
    assert len(found(text)) < 1000


@pytest.mark.posix  # a worker that is spawned does not inherit the changed limit
def test_a_pattern_that_takes_too_long_is_a_problem_and_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.detection.reader.SECONDS", 0.0)
    (tmp_path / "a.txt").write_text("090-2345-6789 " * 2000, "utf-8")
    report = scanner.scan(tmp_path, jobs=1)
    assert [problem.kind for problem in report.problems] == ["timed_out"]
    assert report.exit_code == 3


# --- what is kept ---


def test_masks_show_what_a_person_needs_and_no_more() -> None:
    assert mask("2601-8159-0833", Mask(last=2)) == "****-****-**33"
    assert mask("taro@mihon.jp", Mask(first=1, keep_after="@")) == "t***@mihon.jp"
    assert mask("33", Mask(last=2)) == "**"
    assert "\n" not in mask("AB\n\x1b[31m12", Mask(first=2))


@given(st.text(min_size=1, max_size=80), st.integers(0, 4), st.integers(0, 4))
def test_a_mask_never_shows_all_of_a_value(value: str, first: int, last: int) -> None:
    letters = [char for char in value if char.isalnum()]
    shown = [char for char in mask(value, Mask(first=first, last=last)) if char.isalnum()]
    assert len(shown) < len(letters) or not letters


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=300))
def test_different_values_are_counted_exactly_below_the_bound(digests: list[int]) -> None:
    distinct = Distinct()
    for digest in digests + digests:
        distinct.add(digest)
    assert len(distinct) == len(set(digests))


def test_many_different_values_are_estimated() -> None:
    distinct, union = Distinct(), Union()
    step = (1 << 64) // (10 * KEPT)
    for number in range(10 * KEPT):
        distinct.add(number * step + number % 7)
    assert abs(len(distinct) / (10 * KEPT) - 1) < 0.02
    for _ in range(2):
        union.add(distinct.smallest(), len(distinct))
    assert abs(len(union) / (10 * KEPT) - 1) < 0.02
    assert abs(union.share - 0.5) < 0.02


def test_no_data_is_nobody() -> None:
    assert Roll().persons(()).best == 0


@given(st.text(max_size=60))
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_names_in_a_text_are_not_added_to_rows_that_name_nobody(tmp_path: Path) -> None:
    """A register in running text: who it is stands on a line without labels, the number on the next one."""
    names = [
        f"{family} {given}"
        for family in ("佐藤", "鈴木", "高橋", "田中")
        for given in ("春子", "健太", "陽菜", "蓮", "湊")
    ]
    text = "\n".join(
        f"{name}（19{50 + at}/{at % 12 + 1}/8生） 〒530-0001 大阪府大阪市北区梅田5-12-{at + 1}\n"
        f"電話 090-5433-92{at:02} メール u{at}@mail.mihon-yama.jp 個人番号 {my_number(10**10 + at)}\n"
        for at, name in enumerate(names)
    )
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (document,) = scanner.scan(tmp_path, jobs=1, state=False).documents
    assert (document.persons.low, document.persons.best, document.persons.high) == (20, 20, 20)
