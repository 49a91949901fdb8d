"""Names in running text: found with their exact bounds, and not where nobody is named."""

from itertools import pairwise
from pathlib import Path

import pytest

import scanner
from scanner.detection.prose_names import ProseNames, chosen, shares
from scanner.places import rules_folder

FOLDER = rules_folder() / "data"


@pytest.fixture(scope="module")
def finder() -> ProseNames:
    return ProseNames(FOLDER)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("いつもお世話になっております。株式会社北海の森田です。", ["森田"]),
        ("先週、野村 健一さんから退職の申し出があった。", ["野村健一"]),
        ("通報者は近所に住む小泉真理子さんで、西尾課長が対応した。", ["小泉真理子", "西尾"]),
        ("髙橋社長は海外出張中です。", ["高橋"]),
        ("昨日、ファム・ティ・ホアさんが試験に合格しました。", ["ファムティホア"]),
        ("保護者の林さんへ電話した。", ["林"]),
        ("出席者は、向塚　恵加委員と久井係長であった。", ["向塚恵加", "久井"]),
        ("担当の吉川ひなのがご案内します。", ["吉川ひなの"]),
        ("候補者はRODRIGUEZ DARLENEさんです。", ["RODRIGUEZDARLENE"]),
        ("[2025-06-01 10:23] 三田村　蒼介: 今日は在宅です", ["三田村蒼介"]),
    ],
)
def test_people_in_a_sentence_are_found(finder: ProseNames, text: str, names: list[str]) -> None:
    assert [found.canonical.replace("・", "") for found in finder.find(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "大阪市中央区の本社で会議を行う。",
        "上記の手順でインストールしてください。",
        "来週の水曜日に石川県へ出張する。",
        "サーバーのメンテナンスを実施します。",
        "引数で指定されたディレクトリを作成する。",
        "ご担当者様",
        "GNU GENERAL PUBLIC LICENSE に従って配布する。",
        "トンネルのグラフを表示する。",
        "This text is in English, and names John Smith.",
    ],
)
def test_nobody_is_found_where_nobody_is_named(finder: ProseNames, text: str) -> None:
    assert list(finder.find(text)) == []


def test_a_find_lies_where_it_says(finder: ProseNames) -> None:
    text = "あ" * 300 + "。🏢担当は営業部の野村健一です。"
    (found,) = finder.find(text)
    assert text[found.start : found.end] == "野村健一"
    assert 0.5 <= found.confidence <= 1


def test_the_native_pass_can_be_compiled_once_and_loaded(finder: ProseNames) -> None:
    text = "先週、野村健一さんと黒川さんが来た。"
    loaded = ProseNames(FOLDER, finder.dump())
    assert list(loaded.find(text)) == list(finder.find(text))


def test_finds_do_not_overlap_and_are_in_order(finder: ProseNames) -> None:
    finds = list(finder.find("佐藤花子さん、鈴木一郎さん、高橋さん、グエン・ヴァン・アインさん。" * 50))
    assert len(finds) == 200
    assert all(one.end <= other.start for one, other in pairwise(finds))


def test_of_two_ways_to_bound_a_name_one_is_taken_and_both_share_its_confidence() -> None:
    one, other, apart = (0, 2), (0, 4), (6, 8)
    group = [(one, 1.0), (other, 2.0)]
    assert sum(shares(group)) < 1
    assert [span for span, _ in chosen([*group, (apart, 3.0)])] == [other, apart]


def test_a_column_of_names_without_a_header_is_found(tmp_path: Path) -> None:
    rows = [("メモ", "野村 健一"), ("あり", "西尾 真理子"), ("なし", "小泉 徹"), ("あり", "向塚 恵加")]
    lines = [f"2025/06/0{day},10:1{day},着信{note},{name},00:00:1{day}" for day, (note, name) in enumerate(rows)]
    (tmp_path / "calls.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = [match.value for match in scanner.matches(tmp_path) if match.type == "person_name"]
    assert sorted(found) == sorted(name for _, name in rows)


def test_a_column_of_places_is_no_column_of_names(tmp_path: Path) -> None:
    places = ["福島 中央", "千葉 港", "松本 駅前", "山形 南", "長野 本町"]
    lines = [f"{number},あり,{place},在庫あり" for number, place in enumerate(places)]
    (tmp_path / "shops.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert not [
        match for match in scanner.matches(tmp_path) if match.type == "person_name" and match.confidence != "low"
    ]


def test_what_is_hardly_a_name_is_not_chosen() -> None:
    assert list(chosen([((0, 2), -3.0), ((5, 7), -1.0)])) == []


@pytest.mark.parametrize(
    "text", ["田" * 20_000, "ァ・" * 20_000, "さん様" * 20_000, "あ　" * 20_000, "佐藤" * 20_000, "\ud800佐藤さん"]
)
def test_hostile_text_ends(finder: ProseNames, text: str) -> None:
    assert all(found.start < found.end for found in finder.find(text))
