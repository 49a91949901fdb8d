"""Documents without anybody's data that look as if they had some: statistics, products, directories, blank forms, code.

What is somebody's telephone number or address here is an organisation's; it is marked as not required, so that finding
it is neither a hit nor a false alarm. Violations are counted all the same.
"""

# mypy: allow-untyped-calls

import io
import tomllib
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from openpyxl.workbook.workbook import Workbook

from bench.accuracy import homes
from bench.accuracy.labelled import Line, Made, Marked, Piece, placed, text_of, unplaced
from bench.accuracy.tables import encoded
from samples import numbers
from samples.numbers import digits

_FIRMS = [
    "田中工業",
    "佐藤商店",
    "山本建設",
    "高橋製作所",
    "みらい物流",
    "ひまわり介護センター",
    "中村歯科医院",
    "松本青果",
    "青葉学園",
    "北斗電機",
    "三浦水産",
    "小林印刷",
    "あおぞら保育園",
    "東亜システム",
    "大和設備",
]
_GOODS = [
    "六角ボルト",
    "軍手",
    "清酒",
    "大吟醸",
    "森の水",
    "桜もち",
    "花柄タオル",
    "北の恵み",
    "玄米茶",
    "ノート",
    "電源ケーブル",
    "消毒液",
    "杉板",
    "さつまいも",
    "真鍮ねじ",
]
_PREFECTURES = [
    "北海道",
    "青森県",
    "宮城県",
    "福島県",
    "山形県",
    "石川県",
    "福井県",
    "山口県",
    "宮崎県",
    "長野県",
    "岡山県",
    "香川県",
    "高知県",
    "千葉県",
]
Rows = Iterator[Line]


def _moment(rng: Random) -> datetime:
    return datetime(2023, 1, 1) + timedelta(seconds=rng.randrange(80_000_000))


def _statistics(rng: Random) -> Rows:
    kind = rng.choice(("国籍", "在留資格", "性別", "年齢階級", "都道府県", "疾病分類"))
    labels = {
        "国籍": "ベトナム 中国 フィリピン ネパール インドネシア ミャンマー ブラジル",
        "在留資格": "特定技能1号 技能実習2号 留学 家族滞在 永住者 技術・人文知識・国際業務",
        "性別": "男 女 総数", "年齢階級": "0～14歳 15～64歳 65歳以上", "都道府県": " ".join(_PREFECTURES),
        "疾病分類": "糖尿病 高血圧性疾患 脳血管疾患 悪性新生物 喘息 統合失調症",
    }  # fmt: skip
    yield (f"{kind},2022年,2023年,2024年,増減率",)
    for label in labels[kind].split():
        counts = (str(rng.randrange(1000, 900000)) for _ in range(3))
        yield (f"{label},{','.join(counts)},{rng.uniform(-9, 30):.1f}",)


def _codes(rng: Random) -> Rows:
    yield ("団体コード,名称,名称（カナ）,区分",)
    for number in range(rng.randrange(20, 150)):
        one = homes.home(rng)
        yield (
            f"{number + 11000:05}{rng.randrange(10)},{one.city},{rng.choice(('シ', 'ク', 'マチ'))},{rng.choice('123')}",
        )


def _products(rng: Random) -> Rows:
    yield ("JANコード,商品名,品番,価格,更新日時,ロット",)
    for _ in range(rng.randrange(20, 300)):
        part = rng.choice(
            (
                f"AB{digits(rng, 7)}",
                f"{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}",
                f"TK{digits(rng, 7)}",
                digits(rng, 8),
            )
        )
        sold = f"{rng.randrange(100, 90000)},{_moment(rng):%Y-%m-%d %H:%M},{digits(rng, 12)}"
        yield (f"{numbers.ean(rng)},{rng.choice(_GOODS)},{part},{sold}",)


def _orders(rng: Random) -> Rows:
    yield ("注文番号\t伝票番号\t処理ID\t受付日時\t金額\tハッシュ",)
    for _ in range(rng.randrange(20, 200)):
        token = uuid.UUID(int=rng.getrandbits(128))
        price, digest = rng.randrange(100, 99999), f"{rng.getrandbits(256):064x}"
        yield (f"{digits(rng, 11)}\t{digits(rng, 12)}\t{token}\t{_moment(rng):%Y%m%d%H%M%S}\t{price}\t{digest}",)


def _directory(rng: Random) -> Rows:
    yield ("会社名,法人番号,郵便番号,所在地,代表電話,FAX,URL",)
    for _ in range(rng.randrange(5, 60)):
        one = homes.home(rng)
        phone = Marked(
            "phone_number", f"0{rng.choice('3456')}-{rng.randrange(3000, 9999)}-{digits(rng, 4)}", required=False
        )
        yield (
            f"{rng.choice(('株式会社', '有限会社', '（株）'))}{rng.choice(_FIRMS)},",
            Marked("corporate_number", numbers.corporate_number(rng)),
            ",",
            Marked("postal_code", f"{one.postal[:3]}-{one.postal[3:]}", required=False),
            ",",
            Marked("address", homes.written(one, 0, rng), required=False),
            ",",
            phone,
            f",,https://www.{rng.choice('abcde')}{digits(rng, 3)}.co.jp/",
        )


def _blank(rng: Random) -> Rows:
    labels = [
        "氏名",
        "フリガナ",
        "生年月日",
        "性別（男・女）",
        "住所",
        "電話番号",
        "メールアドレス",
        "個人番号",
        "在留カード番号",
        "国籍・地域",
        "在留資格",
        "既往歴",
        "口座番号",
        "日本語能力（N1・N2・N3・N4・N5）",
    ]
    rng.shuffle(labels)
    yield (f"{rng.choice(('申込書', '履歴書', '入会届', '健康調査票'))}　　記入日　　　　年　　月　　日",)
    blank = rng.choice(("", "　　　　　　　　　　", "＿＿＿＿＿＿＿＿", "（　　　　　　　）", "□□□□□□□□", "―"))
    for label in labels[: rng.randrange(6, 15)]:
        yield (f"{label}：{blank}",)
    yield ("〒　　　－　　　　\n電話（　　　　）　　　－　　　　\n※太枠の中をご記入ください。　□男　□女　□同意する",)


_TEXTS: dict[str, str] = tomllib.loads(Path(__file__).with_name("negatives.toml").read_text(encoding="utf-8"))


def _words(rng: Random) -> Rows:
    for text in rng.sample(sorted(set(_TEXTS) - {"dummies"}), rng.choice((1, 1, 2))):
        yield (_TEXTS[text],)


def _server(rng: Random) -> Rows:
    for _ in range(rng.randrange(30, 300)):
        moment, number = _moment(rng), digits(rng, rng.choice((7, 11, 12)))
        client = ".".join(str(rng.randrange(256)) for _ in range(3))
        yield (
            f"10.{client} - - [{moment:%d/%b/%Y:%H:%M:%S} +0900] ",
            f'"GET /api/v2/items/{number}?t={int(moment.timestamp())}{digits(rng, 3)} HTTP/1.1" 200 ',
            f'{rng.randrange(99999)} "-" "curl/8.5.0" {rng.getrandbits(128):032x}',
        )


def _sensor(rng: Random) -> Rows:
    yield ("timestamp,device,temp,lat,lon,serial",)
    for _ in range(rng.randrange(50, 300)):
        place = f"{rng.uniform(30, 45):.6f},{rng.uniform(129, 145):.6f}"
        device = f"dev-{rng.randrange(99):02},{rng.uniform(-5, 38):.2f}"
        yield (f"{_moment(rng):%Y-%m-%d %H:%M:%S},{device},{place},{digits(rng, 10)}",)


_BOOKED = (
    "普通預金 振込手数料",
    "田中商店 仕入",
    "電話料金 6月分",
    "山本建設 修繕費",
    "交通費 品川－小田原",
    "消耗品",
    "福利厚生 健康診断",
)


def _journal(rng: Random) -> Rows:
    yield ("日付,伝票No,勘定科目,摘要,借方,貸方",)
    for _ in range(rng.randrange(20, 200)):
        kind, what = rng.choice(("現金", "普通預金", "買掛金", "通信費")), rng.choice(_BOOKED)
        yield (f"{_moment(rng):%Y/%m/%d},{digits(rng, 7)},{kind},{what},{rng.randrange(100, 9999999)},",)


def _dummies(rng: Random) -> Rows:
    """What forms print to show how they are filled in."""
    yield (_TEXTS["dummies"],)


def _ledger(rng: Random) -> Rows:
    yield ("支店コード\t支店名\t取引先コード\t取引先名\t残高\t更新",)
    for _ in range(rng.randrange(20, 120)):
        debtor = f"{digits(rng, 7)}\t{rng.choice(_FIRMS)}\t{rng.randrange(10**8)}"
        yield (f"{digits(rng, 3)}\t{rng.choice(_PREFECTURES)}支店\t{debtor}\t{_moment(rng):%Y%m%d}",)


_KINDS: tuple[tuple[int, str, Callable[[Random], Rows]], ...] = (
    (4, "statistics.csv", _statistics),
    (2, "codes.csv", _codes),
    (4, "products.csv", _products),
    (3, "orders.tsv", _orders),
    (3, "directory.csv", _directory),
    (4, "blank.txt", _blank),
    (12, "words.txt", _words),
    (3, "server.log", _server),
    (2, "sensor.csv", _sensor),
    (3, "journal.csv", _journal),
    (1, "dummies.txt", _dummies),
    (2, "ledger.tsv", _ledger),
)


def _workbook(lines: list[Line], delimiter: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for line in lines:
        sheet.append(
            [
                int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 16 else cell
                for cell in text_of(line).split(delimiter)
            ]
        )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def negative(rng: Random, name: str) -> Made:
    """One document without personal data."""
    _, kind, write = rng.choices(_KINDS, [entry[0] for entry in _KINDS])[0]
    lines = list(write(rng))
    suffix = kind.rpartition(".")[2]
    pieces: list[Piece] = [piece for line in lines for piece in (*line, "\n")]
    text, truths = placed(pieces)
    if suffix in ("csv", "tsv") and rng.random() < 0.35:
        content, truths, suffix = _workbook(lines, "," if suffix == "csv" else "\t"), unplaced(pieces), "xlsx"
    else:
        content, _ = encoded(text, rng, ("utf-8", "utf-8", "cp932"))
    return Made(
        name=f"{name}.{suffix}",
        kind="negative",
        layout=f"{kind} {suffix}",
        content=content,
        truths=truths,
        text=text,
        persons=0,
    )
