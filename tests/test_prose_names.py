"""Names in running text: found with their exact bounds, and not where nobody is named."""

from itertools import pairwise

import pytest

from scanner.detection.prose_names import ProseNames
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


@pytest.mark.parametrize(
    "text", ["田" * 20_000, "ァ・" * 20_000, "さん様" * 20_000, "あ　" * 20_000, "佐藤" * 20_000, "\ud800佐藤さん"]
)
def test_hostile_text_ends(finder: ProseNames, text: str) -> None:
    assert all(found.start < found.end for found in finder.find(text))
