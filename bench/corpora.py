"""The corpora: real public text, and invented people in known numbers. The same seed makes the same bytes.

Each function fills a folder and returns what is in it, so that a scan of it can be checked. Nothing is downloaded.
"""

import gzip
import os
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

from samples import numbers

SEED = 20261121
MB = 1_000_000
MANUALS = Path("/usr/share/man/ja")
"""Where Debian's manpages-ja, manpages-ja-dev and other packages put Japanese manuals."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of files without findings that matter."""

    files: int
    size: int
    sources: str
    """What the text is, for the result."""


@dataclass(frozen=True, slots=True)
class Rosters:
    """Documents of invented people: each person has one My Number, one telephone number and one e-mail address."""

    people: dict[str, int]
    """From the name of each document to the number of people in it."""
    size: int


# --- quiet text -------------------------------------------------------------------------------------------------------


def quiet(folder: Path, megabytes: int) -> Tree:
    """Japanese manuals and Python's own library as single files, then as books of a whole section, up to a size.

    Nothing in it is changed. It names about a thousand e-mail addresses of its authors, which are found and, with
    nothing beside them, are no violation.
    """
    texts = sorted([*_manuals(), *_library()])
    if not texts:
        raise SystemExit("no public text on this machine: neither Japanese manuals nor Python's library")
    wanted, total = megabytes * MB, sum(len(text) for _, text in texts)
    texts = texts[:: max(total // wanted, 1)]
    files = size = 0
    for name, text in texts:
        size += _write(folder / "single" / name, text)
        files += 1
    for number, (name, text) in enumerate(cycle(_books(texts))):
        if size >= wanted:
            break
        size += _write(folder / "books" / f"{number:03}-{name}", text)
        files += 1
    sources = {name.split("/")[0] for name, _ in texts}
    return Tree(files, size, " + ".join(sorted(sources)))


def _manuals() -> Iterator[tuple[str, bytes]]:
    for path in sorted(MANUALS.rglob("*.gz")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(MANUALS).with_suffix("").as_posix()
            yield f"Japanese manuals/{name}", gzip.decompress(path.read_bytes())


def _library() -> Iterator[tuple[str, bytes]]:
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if "site-packages" not in path.parts:
            yield f"Python library/{path.relative_to(root).as_posix()}", path.read_bytes()


def _books(texts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    sections: dict[str, list[bytes]] = {}
    for name, text in texts:
        if b"\0" not in text and _is_utf8(text):
            sections.setdefault("-".join(name.split("/")[:-1][:2]), []).append(text)
    return [(f"{name.replace(' ', '-')}.txt", b"\n".join(parts)) for name, parts in sorted(sections.items())]


def _is_utf8(text: bytes) -> bool:
    try:
        return bool(text.decode())
    except UnicodeDecodeError:
        return False


def in_cp932(source: Path, folder: Path) -> Tree:
    """The same tree in the code page of Japanese Windows; what it lacks becomes a question mark."""
    files = size = 0
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", "replace").encode("cp932", "replace")
        size += _write(folder / path.relative_to(source), text)
        files += 1
    return Tree(files, size, "the same text in cp932")


def one_file(source: Path, path: Path, megabytes: int) -> int:
    """The text of a tree, over and over, as one file of a size; returns its bytes."""
    size = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for part in cycle(sorted(part for part in source.rglob("*") if part.is_file())):
            size += stream.write(part.read_bytes() + b"\n")
            if size >= megabytes * MB:
                return size
    return size


# --- invented people --------------------------------------------------------------------------------------------------

_HEADER = "氏名,フリガナ,生年月日,郵便番号,住所,電話番号,メールアドレス,個人番号"
_FAMILY = (
    "佐藤サトウ",
    "鈴木スズキ",
    "高橋タカハシ",
    "田中タナカ",
    "渡辺ワタナベ",
    "山本ヤマモト",
    "小林コバヤシ",
    "加藤カトウ",
)
_GIVEN = ("陽菜ヒナ", "蓮レン", "結衣ユイ", "大翔ヒロト", "葵アオイ", "湊ミナト", "凛リン", "健太ケンタ")
_TOWNS = (
    ("530-0001", "大阪府大阪市北区梅田"),
    ("060-0042", "北海道札幌市中央区大通西"),
    ("812-0011", "福岡県福岡市博多区博多駅前"),
    ("460-0008", "愛知県名古屋市中区栄"),
)
PERSON = 165
"""Bytes that a person takes, about."""
_SHARES = (("csv", 0.27), *(("csv", 0.07),) * 3, ("txt", 0.26), *(("txt", 0.065),) * 4)
"""Kinds of the rosters and their shares of all people: one large document and several small ones of each kind."""


def rosters(folder: Path, megabytes: float, seed: int = SEED) -> Rosters:
    """Tables and running text, every line of which holds something."""
    rng = Random(seed)
    rows = int(megabytes * MB / PERSON)
    phones = iter(rng.sample(range(10_000_000, 100_000_000), rows + len(_SHARES)))
    people: dict[str, int] = {}
    taken: set[str] = set()
    size = 0
    for number, (kind, share) in enumerate(_SHARES):
        count, name = round(rows * share), f"roster-{number}.{kind}"
        lines = [_line(kind, rng, next(phones), _new_number(rng, taken)) for _ in range(count)]
        text = "\n".join([_HEADER, *lines] if kind == "csv" else lines) + "\n"
        size += _write(folder / name, text.encode())
        people[name] = count
    return Rosters(people, size)


def _new_number(rng: Random, taken: set[str]) -> str:
    while (number := numbers.my_number(rng)) in taken:
        pass
    taken.add(number)
    return number


def _line(kind: str, rng: Random, phone: int, number: str) -> str:
    (family, family_kana), (given, given_kana) = (_split(rng.choice(part)) for part in (_FAMILY, _GIVEN))
    postal, town = rng.choice(_TOWNS)
    birth = f"{rng.randrange(1940, 2010)}/{rng.randrange(1, 13)}/{rng.randrange(1, 29)}"
    address = f"{town}{rng.randrange(1, 9)}-{rng.randrange(1, 30)}-{rng.randrange(1, 20)}"
    tel = f"090-{phone // 10_000:04}-{phone % 10_000:04}"
    mail = f"u{phone}@mail.mihon-yama.jp"
    if kind == "csv":
        return f"{family} {given},{family_kana} {given_kana},{birth},{postal},{address},{tel},{mail},{number}"
    return f"{family} {given}（{birth}生） 〒{postal} {address}\n電話 {tel} メール {mail} 個人番号 {number}\n"


def _split(word: str) -> tuple[str, str]:
    cut = next(index for index, char in enumerate(word) if "ァ" <= char <= "ヶ")
    return word[:cut], word[cut:]


# --- a workbook -------------------------------------------------------------------------------------------------------

_COLUMNS = ("品番", "品名", "数量", "単価", "金額", "棚", "仕入先", "入荷日", "備考", "担当メール")
_GOODS = ("封筒", "付箋", "複写用紙", "蛍光ペン", "ホチキス針", "クリアファイル", "電卓", "掲示用画鋲")
MAIL_EVERY = 100
"""Every so many rows of the workbook name an e-mail address."""


def workbook(path: Path, cells: int, seed: int = SEED) -> int:
    """A stock list of `cells` cells; returns how many different e-mail addresses it names."""
    rng = Random(seed)
    strings: dict[str, int] = {}
    rows = [_xlsx_row(1, _COLUMNS, strings)]
    addresses = 0
    for row in range(2, cells // len(_COLUMNS) + 1):
        count, price = rng.randrange(1, 400), rng.randrange(20, 9000)
        mail = f"buyer{row}@mihon-yama.jp" if row % MAIL_EVERY == 0 else ""
        addresses += bool(mail)
        name, shelf = rng.choice(_GOODS), f"{rng.choice('ABCDEF')}棚{rng.randrange(1, 60)}段"
        day = f"{rng.randrange(2020, 2026)}年{rng.randrange(1, 13)}月入荷"
        note = f"{name}は{shelf}へ、{rng.randrange(1, 900)}箱まで"
        parts = (f"K{row:05}", name, count, price, count * price, shelf, f"{name}商会", day, note, mail or "なし")
        rows.append(_xlsx_row(row, parts, strings))
    _write_xlsx(path, rows, strings)
    return addresses


def _xlsx_row(number: int, values: tuple[str | int, ...], strings: dict[str, int]) -> str:
    cells = (
        f'<c r="{chr(65 + column)}{number}"><v>{value}</v></c>'
        if isinstance(value, int)
        else f'<c r="{chr(65 + column)}{number}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
        for column, value in enumerate(values)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _write_xlsx(path: Path, rows: list[str], strings: dict[str, int]) -> None:
    shared = "".join(f"<si><t>{value}</t></si>" for value in strings)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_SHEET_TYPE}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="在庫" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f'<sst {_MAIN} uniqueCount="{len(strings)}">{shared}</sst>',
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), declared, zipfile.ZIP_DEFLATED)


# --- many small files -------------------------------------------------------------------------------------------------

SENTENCES = (
    "本日の会議は予定どおり十時から第二会議室で行います。",
    "見積書は先方の確認を待って来週の月曜日に送付する予定です。",
    "倉庫の棚卸しは部署ごとに分担し、結果を共有フォルダに置いてください。",
    "The meeting notes were reviewed and no open points remain.",
    "サーバーの更新作業は夜間に行い、翌朝に動作を確認します。",
)
PLANTED_EVERY = 200
"""Every so many small files hold one My Number."""


def small_files(folder: Path, count: int, seed: int = SEED) -> tuple[Tree, int]:
    """Notes of some hundred bytes, a hundred in a folder; and how many of them hold a My Number."""
    rng = Random(seed)
    size = planted = 0
    for number in range(count):
        lines = rng.choices(SENTENCES, k=rng.randrange(3, 20))
        if number % PLANTED_EVERY == 0:
            lines.append(f"マイナンバー: {numbers.my_number(rng)}")
            planted += 1
        size += _write(folder / f"{number // 100:03}" / f"note-{number:05}.txt", "\n".join(lines).encode())
    return Tree(count, size, "invented notes"), planted


def _write(path: Path, data: bytes) -> int:
    os.makedirs(path.parent, exist_ok=True)
    return path.write_bytes(data)
