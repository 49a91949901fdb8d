"""Addresses: one spelling for one home, parts in their own columns, and what only looks like an address."""

import pytest

from scanner.addresses import address, address_abroad, address_bare, address_cell, address_romaji, plain
from scanner.digits import table
from scanner.model import Match, Segment
from scanner.origin import TextOrigin
from scanner.reveal import in_segment

HOMES = [
    ("東京都新宿区西新宿1-2-3", "新宿区西新宿一丁目二番三号", "新宿区西新宿1の2の3", "東京都 新宿区 西新宿 1ー2ー3"),
    ("東京都世田谷区北沢2-3-4-405", "世田谷区北沢2丁目3番4号 コーポみほん405号室"),
    ("横浜市神奈川区三ツ沢上町1-2", "神奈川県横浜市神奈川区三つ沢上町1番2号", "横浜市神奈川区三ッ沢上町一番二号"),
    ("千葉県鎌ケ谷市道野辺1-2", "鎌ヶ谷市道野辺1番地の2", "鎌が谷市道野辺一番地二"),
    ("札幌市中央区北1条西2丁目3-4", "北海道札幌市中央区北一条西二丁目三番四号"),
    ("千代田区三番町5-20", "東京都千代田区3番町5番20号"),
    ("倶知安町北1条東3-4", "北海道虻田郡倶知安町北一条東3-4"),
    ("長野県下伊那郡阿智村駒場123番地", "阿智村大字駒場123番地"),
]  # fmt: skip


def found(text: str) -> list[Match]:
    segment = Segment(text=text, address="memo.txt", origin=TextOrigin(), table=None)
    return [match for match in in_segment(segment) if match.type == "address"]


@pytest.mark.parametrize("spellings", HOMES, ids=lambda spellings: spellings[0])
def test_one_home_counts_once_however_it_is_written(spellings: tuple[str, ...]) -> None:
    assert len({address(spelling) for spelling in spellings}) == 1
    assert address(spellings[0]) is not None


def test_neighbours_in_one_house_are_two_homes() -> None:
    one, other = (address(f"東京都世田谷区北沢2-3-4 コーポみほん{room}号室") for room in (101, 102))
    assert one is not None
    assert one != other


def test_a_street_east_and_a_street_west_are_two_homes() -> None:
    assert address("札幌市中央区北1条西2丁目3") != address("札幌市中央区北1条東2丁目3")


def test_of_two_towns_with_one_name_the_one_with_the_quarter_is_meant() -> None:
    assert address("府中市宮西町1-2-3") == address("東京都府中市宮西町1-2-3")
    assert address("府中市鵜飼町1-2") == address("広島県府中市鵜飼町1-2")


@pytest.mark.parametrize(
    "text",
    ["新宿区2024-01-02", "新宿区条例第1条の2", "架空市見本1-2-3", "東京都新宿区西新宿1-2-3 東京都庁舎",
     "東京都新宿区の人口は1-2", "東京都新宿区西新宿", ""],
)  # fmt: skip
def test_no_address_is_made_of_dates_laws_and_offices(text: str) -> None:
    assert address(text) is None
    assert address_bare(text) is None


@pytest.mark.parametrize("text", ["新宿区見本1-2", "上田市真田町長9"])
def test_without_support_an_address_needs_more_than_a_number(text: str) -> None:
    assert address_bare(text) is None


@pytest.mark.parametrize(
    "cell",
    [
        "西新宿1-2-3", "1丁目2番3号", "12番地", "コーポみほん405", "みほん荘", "東京都新宿区西新宿", "字山田無番地",
        "三番地の二",
        "12 Main Street, Springfield", "中国辽宁省大连市中山区人民路12号", "काठमाडौं महानगरपालिका-10, नयाँ बानेश्वर",
    ],
)  # fmt: skip
def test_a_part_of_an_address_counts_under_its_header(cell: str) -> None:
    assert address_cell(cell) is not None


@pytest.mark.parametrize(
    "cell", ["東京都", "なし", "同上", "第1条第2項", "2026-04-01", "株式会社みほん", "192.168.10.12", "haruko@mihon.jp"]
)
def test_what_else_stands_under_such_a_header_does_not(cell: str) -> None:
    assert address_cell(cell) is None


def test_an_address_in_latin_letters_needs_a_municipality_to_stand_alone() -> None:
    assert address_romaji("1-2-3 Nishishinjuku, Shinjuku-ku, Tokyo") is not None
    assert address_romaji("1-2-3 Alpha, Beta, Gamma") is None
    assert address_abroad("the address of the first element, or 0") is None


def test_a_letter_with_a_postal_code_above_and_a_house_below_is_one_address() -> None:
    (match,) = found("〒160-0023\n東京都新宿区西新宿1-2-3\n　コーポみほん203\n佐藤春子様\n")
    assert match.value == "東京都新宿区西新宿1-2-3\n　コーポみほん203"


def test_the_name_and_the_telephone_after_an_address_are_not_part_of_it() -> None:
    (match,) = found("住所　大阪市北区梅田1丁目2番3号　佐藤春子　090-2345-9876")
    assert match.value == "大阪市北区梅田1丁目2番3号"


def test_the_address_under_a_company_in_a_signature_is_nobodys() -> None:
    assert found("佐藤春子\n株式会社みほん 営業部\n〒105-0011 東京都港区芝公園1-2-3\n") == []
    assert [match.value for match in found("佐藤春子\n自宅：〒105-0011 東京都港区芝公園1-2-3\n")] == [
        "東京都港区芝公園1-2-3"
    ]


def test_hostile_repetition_ends_in_findings_or_none() -> None:
    for text in ("東京都" + "一" * 5000 + "1-2", "新宿区" * 3000 + "1-2", "Address: " * 3000, "一丁目二番" * 3000):
        assert len(found(text)) <= 1


def test_the_table_of_places_says_where_it_comes_from_and_holds_every_prefecture() -> None:
    lines = table("municipalities.txt")
    assert any("Japan Post" in line for line in lines if line.startswith("#"))
    rows = [line.split(" ") for line in lines if not line.startswith("#")]
    assert len({row[0] for row in rows}) == 47
    assert all(len(row) == 3 and len(row[2]) % 2 == 0 for row in rows)
    assert all(plain(row[1]) == row[1] for row in rows)
