"""Long tables are judged by columns: with the same result as row by row, and none of the odd rows overlooked."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

import scanner
from scanner.detection import tables
from scanner.detection.columns import shapes
from tests.test_detection import my_number

FAMILY = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "渡辺",
    "伊藤",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
]
GIVEN = [
    "陽葵",
    "蓮",
    "湊",
    "葵",
    "翔太",
    "美咲",
    "大輔",
    "健一",
    "由美子",
    "さくら",
    "海斗",
    "結衣",
    "拓也",
    "直樹",
    "千尋",
]
TOWNS = ("東京都千代田区霞が関", "大阪府大阪市北区梅田", "北海道札幌市中央区大通西", "福岡県福岡市博多区店屋町")
HEADERS = "社員番号,氏名,生年月日,電話番号,個人番号,メール,住所,国籍,備考"


def rows(count: int, seed: int = 7) -> list[list[str]]:
    rng = Random(seed)
    return [
        [
            f"A{number:05}",
            f"{rng.choice(FAMILY)} {rng.choice(GIVEN)}",
            f"{rng.randint(1950, 2005)}/{rng.randint(1, 12)}/{rng.randint(1, 28)}",
            f"0{rng.choice('789')}0-{rng.randint(1000, 9999)}-{rng.randint(0, 9999):04}",
            my_number(rng.randrange(10**11)),
            f"user{number}@{rng.choice(('mail.example', 'post.example'))}.jp",
            f"{rng.choice(TOWNS)}{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 30)}",
            rng.choice(("ベトナム", "ネパール", "日本", "中国")),
            "",
        ]
        for number in range(count)
    ]


def found(path: Path) -> Counter[tuple[str, str, str, str, int | None]]:
    return Counter((m.type, m.value, m.canonical, m.confidence, m.row) for m in scanner.matches(path))


def written(path: Path, lines: list[list[str]], headers: str = HEADERS) -> Path:
    path.write_text("\n".join([headers, *(",".join(line) for line in lines)]) + "\n", "utf-8")
    return path


def one_by_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str, str, str, int | None]]:
    with monkeypatch.context() as patch:
        patch.setattr(tables, "LONG", 10**9)
        return found(path)


def test_a_long_roster_is_judged_as_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "roster.csv", rows(1500))
    whole = found(path)
    assert whole == one_by_one(path, monkeypatch)
    assert Counter(kind for kind, *_ in whole.elements())["my_number"] == 1500


def test_odd_rows_of_a_long_roster_are_judged_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = rows(1200)
    lines[700][8] = "緊急連絡先 090-3812-4477 佐藤"
    lines[800][1] = "退職"
    lines[801][4] = "123456789012"  # the check digit is wrong
    lines[802][3] = "090-9999-0000 / 03-3581-0001"
    lines[900] = lines[900][:4]
    lines[901] = ["", *lines[901]]
    path = written(tmp_path / "roster.csv", lines)
    whole = found(path)
    assert whole == one_by_one(path, monkeypatch)
    assert any(value == "090-3812-4477" and row == 702 for _, value, _, _, row in whole)
    assert any(value == "03-3581-0001" for _, value, _, _, _ in whole)
    assert not any(value in ("123456789012", "退職") for _, value, _, _, _ in whole)


def test_a_second_row_of_headers_changes_what_the_columns_below_mean(tmp_path: Path) -> None:
    first, second = rows(600), [[line[0], line[3], line[1]] for line in rows(600, seed=8)]
    lines = [*first, ["番号", "電話番号", "氏名"], *second]
    path = written(tmp_path / "two.csv", lines)
    below = [match for match in scanner.matches(path) if match.row is not None and match.row > 603]
    assert {match.type for match in below if match.column == ("", 1)} == {"phone_number"}
    assert sum(match.type == "person_name" for match in below) >= 590


def test_persons_of_a_long_roster_are_its_rows(tmp_path: Path) -> None:
    written(tmp_path / "roster.csv", rows(3000))
    report = scanner.scan([tmp_path])
    assert report.documents[0].persons.best == 3000
    counts = {finding.type: finding.count for finding in report.documents[0].findings}
    assert counts["phone_number"] == counts["birth_date"] == 3000


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("山田 太郎", b"K K"),
        ("090-1234-5678", b"999-9999-9999"),
        ("グエン・ヴァン", b"k"),
        ("Nguyen Van A", b"Aa Aa A"),
        ("東京都港区1-2", b"K9-9"),
    ],
)
def test_the_shape_of_a_value_keeps_its_digits_and_joins_its_letters(value: str, shape: bytes) -> None:
    assert shapes(f"{value}\n{value}") == [shape, shape]


@pytest.mark.parametrize("headers", ["日時,装置,温度,湿度,電圧,回数,備考", "2026-01-02,dev0001,20.1,55,3.3,1,"])
def test_what_stands_deep_in_a_table_of_measurements_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headers: str
) -> None:
    rng = Random(11)
    lines = [
        ["2026-01-02", f"dev{at:04}", f"{rng.random() * 40:.2f}", str(rng.randrange(100)), "3.3", str(at), ""]
        for at in range(900)
    ]
    lines[300] = ["氏名", "佐藤春子", "", "", "", "", ""]
    lines[420] = ["2026-01-02", "dev0420", "1.5", "9", "3.3", "1", f"本人の個人番号は{my_number(23456789012)}"]
    lines[560] = ["個人番号", *"987654"]
    lines[600] = ["〒", *"160002", "3"]
    lines[700:702] = [
        ["氏名", "生年月日", "電話番号", "", "", "", ""],
        ["山田 太郎", "1985/1/2", "090-2345-9876", *[""] * 4],
    ]
    path = written(tmp_path / "log.csv", lines, headers)
    whole = found(path)
    assert whole == one_by_one(path, monkeypatch)
    assert {kind for kind, *_ in whole} >= {"person_name", "my_number", "birth_date", "phone_number"}
    assert {value for _, value, *_ in whole} >= {"佐藤春子", "090-2345-9876"}
