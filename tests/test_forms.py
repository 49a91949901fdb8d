"""Forms and tables as offices lay them out: labels of every make, ticked boxes, dates in three cells, counts."""

from pathlib import Path

import pytest

import scanner
from scanner.detection.choices import ticked
from scanner.detection.forms import entries, form
from scanner.detection.labels import Labels
from scanner.model import Segment
from scanner.origin import TextOrigin
from scanner.reveal import in_segment
from scanner.text import fold

LABELS = Labels(
    ["氏名", "性別", "国籍", "住所", "電話", "在留資格", "生年月日", "=性", "?名前", "nationality", "full name"]
)


def pairs(line: str) -> list[tuple[str, ...]]:
    folded = fold(line)
    found = entries(folded, LABELS)
    return [(folded[slice(*one.label)], *(folded[slice(*value)] for value in one.values)) for one in found]


def found(text: str) -> set[tuple[str, str]]:
    segment = Segment(text=text, address="text", origin=TextOrigin())
    return {(match.type, match.value) for match in in_segment(segment) if match.confidence != "low"}


def in_file(path: Path, text: str) -> list[tuple[str, str]]:
    path.write_text(text, "utf-8")
    return [(match.type, match.value) for match in scanner.matches(path, min_confidence="medium")]


# --- labels ---


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("性　　別　　男", [("性  別", "男")]),
        ("在 留 資 格　　特定技能1号", [("在 留 資 格", "特定技能1号")]),
        ("【氏名】佐藤春子 【国籍】日本", [("【氏名】", "佐藤春子"), ("【国籍】", "日本")]),
        ("＜性別＞女", [("<性別>", "女")]),
        ("(1) 氏名………佐藤春子", [("氏名………", "佐藤春子")]),
        ("■国籍　ベトナム", [("国籍", "ベトナム")]),
        ("国籍 Nationality　　Viet Nam", [("国籍 Nationality", "Viet Nam")]),
        ("現　住　所　東京都", [("現 住 所", "東京都")]),
        ("氏　名　佐藤　春子　　性別　女", [("氏 名", "佐藤 春子"), ("性別", "女")]),
        ("│性　　別│女　│", [("性  別", "女")]),
        ("┃氏名┆佐藤春子┆国籍┆日本┃", [("氏名", "佐藤春子"), ("国籍", "日本")]),
        ("氏　名　　林", [("氏 名", "林")]),
        ("性：女", [("性:", "女")]),
    ],
)
def test_a_line_is_divided_into_labels_and_values(line: str, expected: list[tuple[str, ...]]) -> None:
    assert pairs(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "氏名　　国籍　　性別",
        "氏名を記入してください",
        "氏名の例：佐藤春子",
        "2024-01-01 10:00 INFO 氏名: x",
        '"氏名": "佐藤春子",',
        "x" * 400,
    ],
)
def test_headers_sentences_examples_and_code_are_no_lines_of_a_form(line: str) -> None:
    assert pairs(line) == []


def test_a_word_that_only_ends_like_a_label_is_none() -> None:
    assert found("可能性：女\n個性：男\n弾性：M\n") == set()


def test_one_label_is_no_form() -> None:
    assert form("氏名：佐藤春子\n\n本文がここに続く。\n", 0, 100, LABELS)[0] is None


def test_labels_that_are_spaced_out_are_not_headers_of_columns() -> None:
    text = "性　　別　　男\n国　　籍　　ベトナム\n在 留 資 格　　特定技能1号\n日本語能力　　N3\n"
    assert found(text) == {
        ("gender", "男"),
        ("nationality", "ベトナム"),
        ("residence_status", "特定技能1号"),
        ("japanese_level", "N3"),
    }


def test_a_value_may_stand_below_its_label_with_a_blank_line_between() -> None:
    text = "氏　名\n\n佐藤 春子\n\n国籍\n\nベトナム\n\n性別\n\n女\n"
    assert {("person_name", "佐藤 春子"), ("nationality", "ベトナム"), ("gender", "女")} <= found(text)


def test_an_empty_field_does_not_take_the_next_line() -> None:
    text = "氏名\t佐藤春子\n電話\t090-2345-6781\nアレルギー\t\n\n受講者\t下窪 歩弥\n"
    assert not [match for match in found(text) if match[0] == "medical_info"]


def test_an_address_goes_on_in_the_next_line() -> None:
    text = "氏名：佐藤春子\n住所：東京都新宿区西新宿1-2-3\n　　　コーポ北沢203\n電話：03-3456-7891\n"
    assert ("address", "東京都新宿区西新宿1-2-3\n　　　コーポ北沢203") in found(text)


def test_a_blank_form_holds_nobody() -> None:
    text = "氏　名　　　　　　　印\n生年月日　　　年　　月　　日　　性別　男・女\n"
    text += "国　籍　　　　　在留資格\n住　所　〒　　－\n"
    assert found(text) == set()


# --- choices ---


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("☑男 □女", ["男"]),
        ("□留学 ■技能実習", ["技能実習"]),
        ("□男 □女", []),
        ("男・○女", ["女"]),
        ("○男 ○女", []),
        ("[x] male [ ] female", ["male"]),
        ("1.男 ②.女", ["女"]),
        ("■大阪 ■京都", None),
        ("東京都○○区", None),
        ("女", None),
    ],
)
def test_only_what_is_ticked_is_chosen(text: str, chosen: list[str] | None) -> None:
    spans = ticked(text)
    assert chosen == (None if spans is None else [text[start:end] for start, end in spans])


def test_of_choices_in_a_form_the_ticked_one_is_a_value() -> None:
    text = "氏名　佐藤春子\n性別　□男　☑女\n在留資格　□留学　■技能実習2号　□家族滞在\n国籍　□ベトナム　☑ネパール\n"
    assert found(text) == {
        ("person_name", "佐藤春子"),
        ("gender", "女"),
        ("residence_status", "技能実習2号"),
        ("nationality", "ネパール"),
    }
    assert ("gender", "㊛") in found("氏名：佐藤 春子\n性別：男・㊛\n")


# --- tables ---


def test_a_table_may_be_drawn_with_box_characters() -> None:
    for bar in "│┃║┆┊｜":
        rule = f"├──{bar}────{bar}────┤\n"
        head = f"{bar}氏名{bar}国籍{bar}性別{bar}\n"
        rows = f"{bar}RAI SANTOSH{bar}ネパール{bar}男{bar}\n{rule}{bar}佐藤春子{bar}日本{bar}女{bar}\n"
        assert found(f"{rule}{head}{rule}{rows}{rule}") == {
            ("person_name", "RAI SANTOSH"),
            ("nationality", "ネパール"),
            ("gender", "男"),
            ("person_name", "佐藤春子"),
            ("nationality", "日本"),
            ("gender", "女"),
        }, bar


def test_headers_one_blank_apart_name_fields_that_are_wide_apart() -> None:
    text = "コード　氏名　　　生年月日　　　入社日\n1027　　大貫　聡志　　S54.04.11　 H14.04.01\n"
    text += "1044　　早坂　真由　　S60.12.30　 H20.10.01\n"
    assert {value for kind, value in found(text) if kind == "birth_date"} == {"S54.04.11", "S60.12.30"}


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("氏名,生年月日,,,性別\n佐藤春子,1985,1,2,女\n鈴木次郎,1974,2,17,男\n", ["1985,1,2", "1974,2,17"]),
        ("氏名,生年月日,,,,性別\n,元号,年,月,日,\n佐藤春子,昭和,60,1,2,女\n", ["昭和,60,1,2"]),
        ("氏名,生年,生月,生日\n佐藤春子,1985,1,2\n", ["1985,1,2"]),
        ("氏名,生年月日,,,性別\n佐藤春子,1985,13,2,女\n", []),
    ],
)
def test_year_month_and_day_may_stand_in_columns_of_their_own(tmp_path: Path, text: str, dates: list[str]) -> None:
    assert [value for kind, value in in_file(tmp_path / "a.csv", text) if kind == "birth_date"] == dates


def test_a_cell_may_reach_over_columns_and_rows(tmp_path: Path) -> None:
    text = (
        "<table><tr><th rowspan=2>氏名</th><th colspan=3>生年月日</th><th rowspan=2>電話</th></tr>"
        "<tr><th>年</th><th>月</th><th>日</th></tr>"
        "<tr><td>佐藤 春子</td><td>昭和60</td><td>1</td><td>2</td><td>090-2345-6781</td></tr></table>"
    )
    assert in_file(tmp_path / "a.html", text) == [
        ("person_name", "佐藤 春子"),
        ("birth_date", "昭和60\t1\t2"),
        ("phone_number", "090-2345-6781"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "国籍,人数\nベトナム,120\n中国,80\n",
        "国籍・地域,男,女,計\nベトナム,60,60,120\n中国,30,50,80\n",
        "性別,20代,30代,40代\n男,12,15,9\n女,10,22,4\n",
        '在留資格,令和5年末,令和6年末,増減率\n留学,"340,883","402,134",18.0%\n特定技能1号,"208,462","284,466",36.5%\n',
        "国籍,2022年,2023年,増減率\nベトナム,512,620,21.1\nネパール,120,140,16.6\n",
    ],
)
def test_counts_of_people_are_no_people(tmp_path: Path, text: str) -> None:
    assert in_file(tmp_path / "a.csv", text) == []


def test_a_list_of_people_by_number_and_age_is_no_statistic(tmp_path: Path) -> None:
    text = "社員番号,性別,年齢\n1001,男,34\n1002,女,28\n"
    assert in_file(tmp_path / "a.csv", text) == [("gender", "男"), ("gender", "女")]


def test_labels_and_values_may_take_turns_in_a_row(tmp_path: Path) -> None:
    text = "申込書,,,\n氏名,三輪 智香子,国籍,日本\n性別,□男 ☑女,生年月日,S60.1.2\n"
    assert in_file(tmp_path / "a.csv", text) == [
        ("person_name", "三輪 智香子"),
        ("nationality", "日本"),
        ("gender", "女"),
        ("birth_date", "S60.1.2"),
    ]


def test_the_sign_before_a_postal_code_is_no_part_of_it(tmp_path: Path) -> None:
    text = "氏名,郵便番号\n佐藤春子,〒160-0023\n"
    assert ("postal_code", "160-0023") in in_file(tmp_path / "a.csv", text)


def test_json_may_give_a_date_and_an_address_in_parts(tmp_path: Path) -> None:
    text = (
        '[{"name": "佐藤 春子", "birth": {"year": 1985, "month": 1, "day": 2}, "address": {"street": "西新宿1-2-3"}}]'
    )
    kinds = dict(in_file(tmp_path / "a.json", text))
    assert kinds["address"] == "西新宿1-2-3"
    assert kinds["birth_date"].startswith("1985")
