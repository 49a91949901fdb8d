"""Names as whole values: what is somebody's name in a cell or behind a label, and what only stands there."""

import pytest

from scanner import names
from scanner.names import Strength, judged, kana_name, latin_name, name, name_alone, person_key
from scanner.text import fold


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("佐藤　花子", "佐藤花子"),
        ("佐藤花子", "佐藤花子"),
        ("髙﨑 邉太", "高崎辺太"),
        ("渡邉\U000e0100 綾", "渡辺綾"),
        ("\ue000田 一郎", "\ue000田一郎"),
        ("勅使河原 悠之介", "勅使河原悠之介"),
        ("五十嵐 ひかり", "五十嵐ひかり"),
        ("長谷川 マリア", "長谷川マリア"),
        ("林", "林"),
        ("山田次郎（ヤマダジロウ）", "山田次郎"),
        ("木下係長", "木下"),
        ("吉沢 環 様", "吉沢環"),
        ("阮文英", "阮文英"),
        ("グエン・ヴァン・アイン", "グエンヴァンアイン"),
        ("ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマダハナコ"),
        ("Nguyễn Văn Ánh", "NGUYEN VAN ANH"),
        ("DELA CRUZ MARIA", "DELA CRUZ MARIA"),
        ("Sato, Yui", "SATO YUI"),
        ("Aung Kyaw Min", "AUNG KYAW MIN"),
    ],
)
def test_a_name_is_known_in_every_script_and_spelling(written: str, canonical: str) -> None:
    assert name(fold(written)) == canonical


@pytest.mark.parametrize(
    "other",
    [
        "株式会社山田", "山田工務店", "営業部", "総務課長", "東京都", "大阪支店", "正社員", "未定", "合計", "本人",
        "氏名", "フリガナ", "2024年1月", "テスト 太郎", "サンプル花子", "記入例", "○○ ○○", "令和", "介護福祉士",
        "カスタマーサポート", "Acme Inc", "Sales Manager", "OK", "TEST USER", "Tokyo Office", "", "-", "090-1234-5678",
    ],
)  # fmt: skip
def test_what_only_stands_where_names_stand_is_no_name(other: str) -> None:
    assert name(fold(other)) is None


@pytest.mark.parametrize(
    ("written", "strength"),
    [
        ("佐藤花子", Strength.FULL),
        ("NGUYEN VAN ANH", Strength.FULL),
        ("佐藤", Strength.PART),
        ("鷺巣谷 玖乃慧", Strength.SHAPE),
    ],
)
def test_a_name_says_how_much_speaks_for_it(written: str, strength: Strength) -> None:
    found = judged(written)
    assert found is not None
    assert found[1] == strength


def test_only_a_full_known_name_stands_without_a_header() -> None:
    assert name_alone("佐藤 花子") == "佐藤花子"
    assert name_alone("佐藤") is None


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("グエン・ヴァン・アイン", "NGUYEN VAN ANH"),
        ("グェン バン アイン", "Nguyễn Văn Anh"),
        ("タパ バハドゥル", "THAPA BAHADUR"),
        ("さとう ゆうた", "SATOH YUTA"),
        ("シンドウ ジュンイチ", "Shindo Jun'ichi"),
        ("ツチヤ チヅル", "TUTIYA TIDURU"),
    ],
)
def test_the_kana_and_the_latin_form_of_a_person_meet_in_one_key(kana: str, latin: str) -> None:
    assert person_key(kana) == person_key(latin)


def test_different_people_have_different_keys() -> None:
    assert person_key("グエン・ヴァン・アイン") != person_key("NGUYEN THI LAN")


def test_a_reading_is_katakana_without_spaces() -> None:
    assert kana_name(fold("ﾔﾏﾀﾞ　ﾊﾅｺ")) == "ヤマダハナコ"
    assert kana_name("やまだ はなこ") == "ヤマダハナコ"
    assert kana_name("フリガナ") is None
    assert kana_name("山田") is None


def test_a_name_in_latin_letters_has_capital_letters_without_diacritics() -> None:
    assert latin_name("Trần Thị Hồng") == "TRAN THI HONG"
    assert latin_name("山田") is None


def test_a_hostile_value_ends_in_none() -> None:
    assert name("あ" * 100_000) is None
    assert name("( " * 30) is None


def test_the_list_of_readings_in_latin_letters_is_that_of_the_readings() -> None:
    known = names.gazetteer()
    listed = names._romaji()
    assert listed[0] == frozenset(filter(None, map(names.romaji, known.surname_readings)))
    assert listed[1] == frozenset(filter(None, map(names.romaji, known.given_readings)))
