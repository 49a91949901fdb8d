"""The documents that lie on every PC and harm nobody, and those that cannot be read: what precision is measured by."""

import gzip
import struct
import textwrap
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

from samples import numbers, papers
from samples.desk import Desk, Sheet

_GOODS = (
    "ボールペン 黒",
    "コピー用紙 A4",
    "クリアファイル",
    "付箋 75mm",
    "トナー 黒",
    "養生テープ",
    "電池 単3",
    "軍手",
)
_FIRMS = ("ほしぞら商事", "やまなみ運輸", "みどり印刷", "つばさ設備", "はまかぜ倉庫", "さくら製菓")


def office(desk: Desk) -> None:
    """Minutes, forms, prices, orders, business partners."""
    minutes = [
        "第3回 情報セキュリティ委員会 議事録",
        "日時：2025年8月4日 10:00〜11:30　場所：第2会議室　出席：委員長、総務課長、情報係長ほか5名",
        "1. 個人情報の取扱いについて：個人番号を含む書類の保管場所を見直す。氏名や生年月日の記載欄は様式を改める。",
        "2. 在留カードの確認手順：写しは取らず、目視で確認して記録する。",
        "次回：9月8日（月）。内線 2345 まで議題を連絡のこと。",
    ]
    desk.put("Documents/会議/議事録_20250804.docx", papers.letter(minutes))
    blanks = [
        [label, ""] for label in ("氏名", "フリガナ", "生年月日", "住所", "電話番号", "個人番号", "在留カード番号")
    ]
    desk.put("Documents/様式/申請書_様式第1号.docx", papers.letter(["給付金申請書（記入用）"], blanks))
    desk.put("Documents/様式/記入欄.xlsx", papers.workbook({"様式": [[row[0] for row in blanks]]}))
    rng = desk.rng
    rows: list[list[str | int]] = [["JANコード", "品名", "単価", "在庫"]]
    rows += [[numbers.ean(rng), rng.choice(_GOODS), rng.randrange(80, 9000), rng.randrange(500)] for _ in range(300)]
    desk.put("Documents/購買/価格表.xlsx", papers.workbook({"価格表": rows}))
    orders: list[list[str | int]] = [["注文番号", "伝票番号", "注文日", "品名", "数量"]]
    orders += [
        [
            desk.digits(12),
            desk.digits(10),
            f"2025/08/{rng.randrange(1, 32):02d}",
            rng.choice(_GOODS),
            rng.randrange(1, 50),
        ]
        for _ in range(400)
    ]
    desk.put("Documents/購買/注文一覧.csv", papers.table(orders, "cp932"))
    firms: list[list[str | int]] = [["法人番号", "取引先", "登録番号", "締め日"]]
    for _ in range(60):
        number = numbers.corporate_number(rng)
        firms.append([number, f"株式会社{rng.choice(_FIRMS)}", f"T{number}", rng.choice(("15日", "20日", "末日"))])
    desk.put("Documents/購買/取引先一覧.csv", papers.table(firms, "utf-8"))
    statistics = [["地区", "世帯数", "人口", "65歳以上", "外国人住民"]]
    statistics += [
        [f"第{index}地区", str(rng.randrange(900, 4000)), *(str(rng.randrange(50, 9000)) for _ in range(3))]
        for index in range(1, 13)
    ]
    desk.put("Documents/統計/地区別人口.csv", papers.table(statistics, "utf-16", delimiter="\t"))


def developer(desk: Desk) -> None:
    """Source code, configuration, logs, a page, and a read-me with the address of a help desk."""
    sheet = Sheet()
    contact = sheet.note("email_address", "helpdesk@mihon-system.jp")
    readme = f"# 申請システム\n\nセットアップは `make install`。問い合わせは {contact} まで。\n"
    desk.put("Projects/shinsei/README.md", readme.encode(), sheet)
    code = """\
        \"\"\"Input checks of the application form.\"\"\"

        import re

        MY_NUMBER = re.compile(r"[0-9]{12}")
        EXAMPLE = "000000000000"


        def full_name(family: str, given: str) -> str:
            return f"{family} {given}"


        def check(name: str, birth_date: str) -> bool:
            return bool(name) and len(birth_date) == 10
        """
    desk.put("Projects/shinsei/form.py", textwrap.dedent(code).encode())
    config = '{"version": "2.4.1", "timeout": 30000, "listen": "127.0.0.1:8080", "id": "3f2b8c1e-90aa-4d17-b6e5"}'
    desk.put("Projects/shinsei/config.json", config.encode())
    page = (
        '<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>給付金のご案内</title></head><body>'
        "<h1>給付金のご案内</h1><p>申請には本人確認書類（運転免許証、在留カード、パスポート）が必要です。</p>"
        "<p>受付は平日9時から17時まで。</p></body></html>"
    )
    desk.put("Projects/shinsei/index.html", page.encode())
    log = _log(desk).encode()
    desk.put("Projects/shinsei/logs/app.log", log)
    desk.put("Projects/shinsei/logs/app.log.1.gz", gzip.compress(log, mtime=0))
    members = {"src/form.py": textwrap.dedent(code).encode(), "src/config.json": config.encode()}
    desk.put("Projects/shinsei_backup.tar", papers.tarball(members))


def _log(desk: Desk) -> str:
    moment, lines = datetime(2025, 8, 4, 8, 0, 0), []
    for _ in range(2000):
        moment += timedelta(milliseconds=desk.rng.randrange(20, 9000))
        request = f"{desk.rng.getrandbits(64):016x}"
        address = f"10.0.{desk.rng.randrange(256)}.{desk.rng.randrange(256)}"
        milliseconds = desk.rng.randrange(3, 900)
        lines.append(
            f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z INFO [{request}] {address} GET /{desk.digits(8)} 200 {milliseconds}ms"
            f" ts={moment:%Y%m%d%H%M}"
        )
    return "\n".join(lines) + "\n"


def unreadable(desk: Desk) -> None:
    """What no scanner can read: a locked archive, a workbook cut in half."""
    desk.put("Documents/受領/名簿（パスワード付き）.zip", papers.locked_archive("meibo.xlsx", desk.rng.randbytes(4096)))
    desk.planted.pop()
    desk.enter("Documents/受領/名簿（パスワード付き）.zip!meibo.xlsx", readable=False)
    book = papers.workbook({"Sheet1": [["品名", "数量"], *([desk.digits(8), desk.digits(3)] for _ in range(200))]})
    desk.put("Documents/受領/壊れたファイル.xlsx", book[: len(book) // 2], readable=False)


def textless(desk: Desk) -> None:
    """Sound, a picture and a program."""
    desk.put("Music/保留音.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + desk.rng.randbytes(6000))
    desk.put("Pictures/地図.png", _png(desk))
    program = (
        b"MZ\x90\x00"
        + bytes(56)
        + struct.pack("<I", 128)
        + bytes(64)
        + b"PE\x00\x00\x64\x86"
        + desk.rng.randbytes(8000)
    )
    desk.put("Downloads/setup.exe", program)
    desk.put("Downloads/空.txt", b"")


def _png(desk: Desk) -> bytes:
    rows = b"".join(b"\x00" + desk.rng.randbytes(32 * 3) for _ in range(32))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


SCENARIOS: tuple[Callable[[Desk], None], ...] = (office, developer, unreadable, textless)
