"""The documents that should not be there, one function for each scenario."""

import json
import sqlite3
import string
from collections.abc import Callable, Sequence

from samples import numbers, papers
from samples.desk import Desk, Sheet, written_in
from samples.people import Person

_ROSTER = [
    "氏名",
    "フリガナ",
    "国籍",
    "在留資格",
    "在留カード番号",
    "生年月日",
    "住所",
    "電話番号",
    "メールアドレス",
    "日本語能力",
    "特定技能分野",
    "就労候補先",
]
_INTERVIEW = [*_ROSTER[:1], *_ROSTER[2:6], "旅券番号", *_ROSTER[6:8], *_ROSTER[9:11]]
_REGISTER = ["氏名", "フリガナ", "性別", "生年月日（和暦）", "郵便番号", "住所", "個人番号"]
_EXPORT = ["氏名", "フリガナ", "性別", "生年月日", "郵便番号", "住所", "電話番号"]
_BANKS = ("みほん銀行", "あさひ信用金庫", "ゆたか銀行")


def support_programme(desk: Desk) -> None:
    """Foreign workers who look for work: the roster, its copies, a mail and the records of interviews."""
    people = desk.town.foreigners(800)
    sheet = Sheet()
    rows = sheet.roster(people, _ROSTER, numbered="No.")
    levels = [["日本語能力", "人数"], ["N3以上", "320"], ["N4", "310"], ["その他", "170"]]
    desk.put("Desktop/外国人材登録者一覧_2025年度.xlsx", papers.workbook({"登録者": rows, "集計": levels}), sheet)

    sheet = Sheet()
    rows = sheet.roster(people, _ROSTER, numbered="No.")
    desk.put("Downloads/registrants_export.csv", papers.table(rows, "cp932"), sheet)

    attached, body = Sheet(), Sheet()
    some = people[:120]
    list_ = papers.workbook({"Sheet1": attached.roster(some, _ROSTER[:5] + _ROSTER[7:9])})
    officer = desk.town.residents(1)[0]
    text = "\n".join(
        [
            "お世話になっております。",
            "10月の合同面接会の参加予定者をお送りします。取扱いにご注意ください。",
            "",
            *body.lines(officer, "氏名", "電話番号"),
        ]
    )
    message = papers.mail(
        "【至急】合同面接会 参加予定者の一覧",
        body.note("email_address", "jinzai@mihon-office.jp"),
        body.note("email_address", "uketsuke@mihon-city.jp"),
        text,
        ("参加予定者.xlsx", list_),
    )
    desk.put("Documents/メール/参加予定者の一覧.eml", message, body)
    desk.enter("Documents/メール/参加予定者の一覧.eml!参加予定者.xlsx", attached)
    for number, person in enumerate(people[3:6], 1):
        _interview(desk, number, person)


def _interview(desk: Desk, number: int, person: Person) -> None:
    sheet = Sheet()
    lines = [*sheet.lines(person, *_INTERVIEW), f"就労候補先：{person.employer}", "本人は早期の就労を希望している。"]
    zone = _machine_readable(person)
    desk.put(
        f"Documents/面談記録/面談記録_{number:02d}.docx",
        papers.letter(["面談記録", *lines, "旅券の写し（読取り）", *zone]),
        sheet,
    )


def _machine_readable(person: Person) -> list[str]:
    """The two lines at the foot of a passport (ICAO Doc 9303-4)."""
    family, _, given = person.name.partition(" ")
    first = f"P<{person.state}{family}<<{given.replace(' ', '<')}".ljust(44, "<")
    number, birth, expiry = person.passport.ljust(9, "<"), person.birth.strftime("%y%m%d"), "310115"
    number, birth, expiry = (field + numbers.mrz_digit(field) for field in (number, birth, expiry))
    rest = expiry + "<" * 14 + "0"
    sex = "M" if person.sex == "男" else "F"
    return [first, f"{number}{person.state}{birth}{sex}{rest}{numbers.mrz_digit(number + birth + rest)}"]


def resident_register(desk: Desk) -> None:
    """An extract of the resident register with individual numbers, once as a workbook and once packed years ago."""
    people = desk.town.residents(600)
    sheet = Sheet()
    book = papers.workbook({"抽出結果": sheet.roster(people, _REGISTER, numbered="宛名番号")})
    desk.put("Documents/住基/住民基本台帳抽出_20250401.xlsx", book, sheet)
    sheet = Sheet()
    desk.put("Documents/住基/抽出_作業用.csv", papers.table(sheet.roster(people, _REGISTER), "utf-8-sig"), sheet)

    old = written_in("cp932", people[:30])
    inner, guide = Sheet(), "このフォルダは移行作業が終わったら削除すること。".encode("cp932")
    rows = inner.roster(old, [*_REGISTER[:4], "個人番号"])
    members = {"移行データ/世帯主一覧.csv": papers.table(rows, "cp932"), "移行データ/お読みください.txt": guide}
    desk.put("Documents/住基/バックアップ_2022.zip", papers.archive(members, encoding="cp932"))
    desk.enter("Documents/住基/バックアップ_2022.zip!移行データ/世帯主一覧.csv", inner)
    desk.enter("Documents/住基/バックアップ_2022.zip!移行データ/お読みください.txt")


def training_slides(desk: Desk) -> None:
    """Old permit data used as sample material: in tables, in the notes, and under black ink."""
    people = desk.town.residents(690)
    sheet, pages = Sheet(), list[tuple[str, papers.Grid, str]]()
    for number in range(46):
        *some, other = people[number * 15 : number * 15 + 15]
        rows = sheet.roster(some, ["氏名", "住所", "電話番号"], numbered="許可番号")
        name, phone = sheet.person(other, "氏名", "電話番号")
        notes = f"旧データの例。申請者 {name} 様（{phone}）は再交付の扱い。"
        pages.append((f"許可申請の入力 その{number + 1}", rows, notes))
    pages.append(("まとめ", (), "質問の時間を10分取る。"))
    desk.put("Documents/研修/許可申請システム研修.pptx", papers.slides(pages), sheet)

    sheet = Sheet()
    rows = sheet.roster(people[:40], ["氏名", "住所", "電話番号"], numbered="No.")
    desk.put("Documents/研修/許可一覧（黒塗り済み）.xlsx", papers.workbook({"公開用": rows}, masked=(1, 2, 3)), sheet)


def benefit_applications(desk: Desk) -> None:
    """Applications for a benefit with names in kanji and kana, and the medical certificates that came with them."""
    people = desk.town.residents(240)
    columns = ["氏名", "フリガナ", "性別", "生年月日（和暦）", "住所", "電話番号", "病名"]
    sheet = Sheet()
    book = papers.workbook({"申請者": sheet.roster(people, columns, numbered="受付番号")})
    desk.put("Documents/給付金/一時ファイル/申請者一覧.xlsx", book, sheet)
    for number, person in enumerate(people[:3], 1):
        lines, sheet = _certificate(desk, person)
        desk.put(f"Documents/給付金/一時ファイル/診断書_{number:04d}.pdf", papers.pdf([lines]), sheet)
    lines, sheet = _certificate(desk, people[3])
    desk.put("Documents/給付金/一時ファイル/診断書_0004.docx", papers.letter(lines), sheet)
    lines, sheet = _certificate(desk, people[4])
    text = "\r\n".join(lines).translate(str.maketrans("𠮷", "吉"))
    desk.put("Documents/給付金/一時ファイル/主治医意見書_下書き.txt", text.encode("cp932"), sheet)


def _certificate(desk: Desk, person: Person) -> tuple[list[str], Sheet]:
    sheet = Sheet()
    if "𠮷" in person.name:
        person = written_in("cp932", [person])[0]
    name = person.name
    lines = ["診断書", "", *sheet.lines(person, "氏名", "性別", "生年月日（和暦）", "住所", "病名")]
    number = sheet.note("health_insurance_number", f"{desk.digits(4)}-{desk.digits(3)}")
    lines += [f"保険者番号：{numbers.insurer(desk.rng)}　被保険者証 記号・番号：{number}"]
    lines += [f"上記の者は、令和7年4月から通院中であり、{person.diagnosis}により就労が困難であると認める。"]
    lines += [f"{name} 様の次回受診は8月20日。", "令和7年7月31日　みほん中央病院 内科"]
    sheet.note("medical_info", person.diagnosis)
    sheet.note("person_name", name)
    return lines, sheet


def removable_export(desk: Desk) -> None:
    """All residents on a stick, and small exports of a call centre with payment cards."""
    people = desk.town.residents(2000)
    sheet = Sheet()
    rows = sheet.roster(people, _EXPORT)
    rows[0] += ["住民票コード"]
    for row in rows[1:]:
        row.append(sheet.note("resident_record_code", numbers.resident_record_code(desk.rng)))
    desk.put("USB_E/給付金_全市民.csv", papers.table(rows, "utf-8-sig"), sheet)
    for number in range(3):
        some = written_in("cp932", people[number * 27 : number * 27 + 27])
        sheet = Sheet()
        rows = sheet.roster(some, ["氏名", "住所", "電話番号"])
        rows[0] += ["カード番号", "有効期限"]
        for row in rows[1:]:
            card = numbers.card(desk.rng, desk.rng.choice(("4980", "3540", "5334")))
            card = sheet.note("credit_card_number", "-".join(card[at : at + 4] for at in range(0, 16, 4)))
            row += [card, f"{desk.rng.randrange(1, 13):02d}/{desk.rng.randrange(27, 32)}"]
        desk.put(f"USB_E/コールセンター/抽出_{number + 1}.csv", papers.table(rows, "cp932"), sheet)
    sheet = Sheet()
    rows = sheet.roster(people[100:125], ["氏名", "生年月日", "メールアドレス"])
    desk.put("USB_E/Unicodeテキスト.txt", papers.table(rows, "utf-16", delimiter="\t"), sheet)


def staff_files(desk: Desk) -> None:
    """The contractor's own staff: licences, pension, employment insurance, salaries, a telephone list."""
    people = written_in("cp932", desk.town.residents(25))
    sheet = Sheet()
    rows = sheet.roster(people, ["氏名", "生年月日（和暦）"])
    rows[0] += ["運転免許証番号", "基礎年金番号", "雇用保険被保険者番号", "振込先"]
    accounts = []
    for row in rows[1:]:
        account = desk.digits(7)
        accounts.append(account)
        row += [
            sheet.note("drivers_license_number", numbers.drivers_licence(desk.rng)),
            sheet.note("basic_pension_number", f"{desk.digits(4)}-{desk.digits(6)}"),
            sheet.note("employment_insurance_number", f"{desk.digits(4)}-{desk.digits(6)}-{desk.digits(1)}"),
            f"{desk.rng.choice(_BANKS)} 本店 普通 {sheet.note('bank_account', account)}",
        ]
    desk.put("Documents/総務/職員台帳.xlsx", papers.workbook({"職員": rows}), sheet)
    desk.put("Documents/総務/給与振込_202508.dat", *_salaries(people, accounts))
    old = written_in("euc_jp", people[:12])
    sheet = Sheet()
    text = "緊急連絡網（夜間・休日）\n" + "\n".join("  ".join(sheet.person(one, "氏名", "電話番号")) for one in old)
    desk.put("Documents/総務/緊急連絡網.txt", text.encode("euc_jp"), sheet)
    old = written_in("iso2022_jp", people[12:15])
    sheet = Sheet()
    text = "歓迎会の出欠\n" + "\n".join(f"{sheet.note('person_name', one.name)} 様 出席" for one in old)
    sheet.names.update(one.name for one in old)
    desk.put("Documents/総務/歓迎会.txt", text.encode("iso2022_jp"), sheet)


def _salaries(people: Sequence[Person], accounts: Sequence[str]) -> tuple[bytes, Sheet]:
    """A file of the banks' format for salaries: records of 120 bytes, names in half-width katakana."""
    sheet = Sheet()
    half = dict(zip(map(ord, _WIDE), _HALF, strict=True))
    records = ["1" + "11" + "0" + "0000012345" + "ﾐﾎﾝｻ-ﾋﾞｽ".ljust(40) + "0825" + "0001" + " " * 58]
    for person, account in zip(people, accounts, strict=True):
        name = person.kana.replace("　", " ").translate(half).ljust(30)[:30]
        sheet.names.add(person.name)
        sheet.note("person_name", name.strip())
        sheet.note("bank_account", account)
        head = "2" + "0001" + " " * 15 + "001" + " " * 15 + "0000" + "1" + account
        records.append((head + name + "0000250000" + "0").ljust(120))
    records += [("8" + f"{len(people):06d}").ljust(120), "9".ljust(120)]
    return "\r\n".join(record[:120] for record in records).encode("cp932"), sheet


_WIDE = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー"
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ"
)
_HALF = (
    *"ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ",
    *(char + "ﾞ" for char in "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ"),
    *(char + "ﾟ" for char in "ﾊﾋﾌﾍﾎ"),
)


def overseas_site(desk: Desk) -> None:
    """Accounts of an overseas subsidiary with password hashes: a database and the export made from it."""
    people = desk.town.foreigners(150)
    sheet, letters = Sheet(), string.ascii_letters + string.digits + "./"
    rows = []
    for number, person in enumerate(people, 1):
        secret = sheet.note("password_hash", "$2b$10$" + "".join(desk.rng.choices(letters, k=53)))
        sheet.names.add(person.name)
        name, email = sheet.note("person_name", person.name), sheet.note("email_address", person.email)
        rows.append((number, name, email, sheet.note("birth_date", person.birth.isoformat()), secret))
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name, email, birth_date, password)")
        base.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)", rows)
        base.commit()
        desk.put("Documents/海外拠点/users.sqlite", base.serialize(), sheet)
    keys = ("id", "name", "email", "birth_date", "password")
    text = json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1)
    desk.put("Downloads/users.json", text.encode(), sheet)


SCENARIOS: tuple[Callable[[Desk], None], ...] = (
    support_programme,
    resident_register,
    training_slides,
    benefit_applications,
    removable_export,
    staff_files,
    overseas_site,
)
