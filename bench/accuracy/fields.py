"""What documents ask people for: the headers and labels of each field, and how its values are written.

A `Manner` is what one document keeps to: the form of its dates, the separators of its numbers, the language of its
headers. Headers are those of forms, offices and spreadsheets as they are met, not those of the rules.
"""

import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.accuracy import homes
from bench.accuracy.labelled import Line, Marked
from bench.accuracy.people import NATIONS, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one document writes."""

    rng: Random
    language: str
    """Of headers and labels: ja, en or vi."""
    date: int
    separator: int
    wide: bool
    """Digits in full width."""
    name: int
    script: str
    """Of foreign names: latin, kana or native."""
    address: int
    gaps: float
    """The share of cells left empty."""


def manner(rng: Random, language: str = "", gaps: float = 0.04) -> Manner:
    """The habits of the writer of one document."""
    language = language or rng.choices(("ja", "en", "vi"), (82, 13, 5))[0]
    return Manner(
        rng=rng,
        language=language,
        date=rng.randrange(8) if language == "ja" else rng.choice((0, 1, 5, 7, 8)),
        separator=rng.randrange(4),
        wide=rng.random() < 0.07,
        name=rng.randrange(4),
        script=rng.choices(("latin", "kana", "native"), (50, 35, 15))[0],
        address=rng.randrange(homes.STYLES),
        gaps=gaps,
    )


_HEADERS = tomllib.loads(Path(__file__).with_name("fields.toml").read_text(encoding="utf-8"))
_LANGUAGES = {"ja": "japanese", "en": "english", "vi": "vietnamese"}
Write = Callable[[Person, Manner], Line]


class Field(NamedTuple):
    """One thing that documents ask for; what they call it is in fields.toml."""

    key: str
    write: Write


def header(field: Field, manner: Manner) -> str:
    """One of the field's headers in the document's language."""
    spellings = _HEADERS[field.key]
    return str(manner.rng.choice(spellings[_LANGUAGES[manner.language]] or spellings["japanese"]))


# --- names ------------------------------------------------------------------------------------------------------------


def name(one: Person, how: Manner) -> Line:
    """The name as the document writes names."""
    return (named(one, how),)


def named(one: Person, how: Manner, required: bool = True) -> Marked:
    """The whole name."""
    naming = one.naming
    if not one.foreign:
        if how.language != "ja" and how.name % 2:
            value = naming.latin if how.name == 1 else f"{naming.given_latin.title()} {naming.family_latin.title()}"
            return Marked("person_name", value, "ja romaji", required)
        return Marked(
            "person_name", naming.family + ("", "　", " ", "")[how.name] + naming.given, naming.origin, required
        )
    if naming.native and how.script == "native":
        return Marked("person_name", naming.native, f"{naming.origin} native", required)
    if how.script == "kana":
        value = f"{naming.kana_family} {naming.kana_given}".strip().replace(" ", ("・", "　", " ", "・")[how.name])
        return Marked("person_name", value, f"{naming.origin} kana", required)
    value = naming.latin if how.name < 3 else naming.latin.title()
    return Marked("person_name", value, f"{naming.origin} latin", required)


_FULL = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォッャュョー"
)
_THIN = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｯｬｭｮｰ"
_HALF = dict(zip(_FULL, _THIN, strict=True)) | {
    unicodedata.normalize("NFC", full + mark): thin + sign
    for full, thin in zip(_FULL, _THIN, strict=True)
    for mark, sign in (("\u3099", "ﾞ"), ("\u309a", "ﾟ"))
}


def kana(one: Person, how: Manner) -> Line:
    """The reading."""
    naming = one.naming
    value = f"{naming.kana_family}{('　', ' ', ' ', '　')[how.name]}{naming.kana_given}".strip()
    if how.separator == 3:
        value = "".join(_HALF.get(char, char) for char in value).replace("　", " ")
    elif how.separator == 2 and not one.foreign:
        value = "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in value)
    return (Marked("person_name", value, "reading"),)


def _part(part: str) -> Write:
    def write(one: Person, how: Manner) -> Line:
        naming = one.naming
        value = getattr(naming, part)
        if one.foreign and how.script == "kana":
            value = getattr(naming, f"kana_{part}")
        elif one.foreign and naming.origin not in ("zh", "ko"):
            value = value.upper()
        return (Marked("person_name", value, f"{part} alone"),)

    return write


# --- dates, places, contacts ------------------------------------------------------------------------------------------

_ERAS = ((date(2019, 5, 1), "令和", "R"), (date(1989, 1, 8), "平成", "H"), (date(1926, 12, 25), "昭和", "S"))


def dated(day: date, style: int) -> str:
    """A date in one of nine forms."""
    start, era, letter = next(entry for entry in _ERAS if day >= entry[0])
    year = day.year - start.year + 1
    return (
        f"{day:%Y/%m/%d}",
        f"{day:%Y-%m-%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{era}{year}年{day.month}月{day.day}日",
        f"{letter}{year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{era}{year}年{day.month:02}月{day.day:02}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%d/%m/%Y}",
    )[style]


def birth(one: Person, how: Manner) -> Line:
    """The birth date."""
    return (Marked("birth_date", _digits(dated(one.birth, how.date), how), f"style {how.date}"),)


def _digits(text: str, how: Manner) -> str:
    return homes.wide(text) if how.wide else text


def postal(one: Person, how: Manner) -> Line:
    """The postal code; the sign for it is no part of it."""
    code = one.home.postal
    value = code if how.separator == 1 else f"{code[:3]}-{code[3:]}"
    return ("〒" if how.separator == 2 else "", Marked("postal_code", _digits(value, how)))


def address(one: Person, how: Manner) -> Line:
    """The whole address; Latin where the document is English."""
    if how.language != "ja" and how.address % 2:
        return (Marked("address", homes.romanised(one.home, how.rng), "latin"),)
    value = homes.written(one.home, how.address, how.rng)
    return (
        Marked(
            "address", value, f"style {how.address}{'' if value.startswith(one.home.prefecture) else ', no prefecture'}"
        ),
    )


def phone(one: Person, how: Manner) -> Line:
    """The telephone number."""
    area, middle, last = one.phone.split("-")
    value = (one.phone, one.phone, area + middle + last, f"{area}({middle}){last}")[how.separator]
    if how.language != "ja" and how.separator == 3:
        value = f"+81-{area[1:]}-{middle}-{last}"
    return (Marked("phone_number", _digits(value, how), f"style {how.separator}"),)


def email(one: Person, how: Manner) -> Line:
    """The e-mail address."""
    return (Marked("email_address", one.email),)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _grouped(kind: str, attribute: str, *groups: int) -> Write:
    """A number that some write in groups, with dashes or spaces, and some do not."""

    def write(one: Person, how: Manner) -> Line:
        number, parts, at = getattr(one, attribute), [], 0
        for size in groups:
            parts.append(number[at : at + size])
            at += size
        value = (number, "-".join(parts), " ".join(parts), number)[how.separator]
        return (Marked(kind, _digits(value, how), ("plain", "dashes", "spaces", "plain")[how.separator]),)

    return write


def insurance(one: Person, how: Manner) -> Line:
    """記号・番号 of a health insurance."""
    symbol, number, branch = one.insurance
    value = (f"{symbol}・{number}", f"{symbol}-{number}", f"{symbol}-{number}-{branch}", f"{symbol}　{number}")[
        how.separator
    ]
    return (Marked("health_insurance_number", value, f"style {how.separator}"),)


def account(one: Person, how: Manner) -> Line:
    """The account number alone."""
    return (Marked("bank_account", one.account, "cell"),)


def transfer(one: Person, how: Manner) -> Line:
    """Bank, branch and account in one."""
    if how.separator == 3:
        symbol, number = one.post_account
        return ("ゆうちょ銀行 記号", Marked("bank_account", f"{symbol} 番号{number}", "post"))
    kind = how.rng.choice(("普通", "普通預金", "（普）", "当座"))
    return (f"{one.bank} {one.branch} {kind} ", Marked("bank_account", one.account, "transfer"))


def _plain(kind: str, attribute: str) -> Write:
    def write(one: Person, how: Manner) -> Line:
        return (Marked(kind, getattr(one, attribute)),)

    return write


# --- particulars ------------------------------------------------------------------------------------------------------


def gender(one: Person, how: Manner) -> Line:
    """The sex."""
    male = (("男", "女"), ("男性", "女性"), ("男", "女"), ("M", "F"))[how.separator]
    if how.language == "en":
        male = ("Male", "Female") if how.separator else ("M", "F")
    elif how.language == "vi":
        male = ("Nam", "Nữ")
    return (Marked("gender", male[one.naming.female], "".join(male)),)


def nationality(one: Person, how: Manner) -> Line:
    """The nationality."""
    japanese, english = NATIONS[one.nation]
    value = english if how.language != "ja" else japanese
    if how.date == 1:
        value = one.nation
    elif how.date == 2 and how.language == "ja":
        value += "国籍" if one.nation == "JPN" else ""
    return (Marked("nationality", value, "code" if how.date == 1 else how.language),)


def _foreign_only(write: Write) -> Write:
    return lambda one, how: write(one, how) if one.foreign else ("",)


def medical(one: Person, how: Manner) -> Line:
    """An illness, or that there is none."""
    if how.rng.random() < 0.35:
        return (how.rng.choice(("なし", "特になし", "無", "")),)
    return (Marked("medical_info", one.medical),)


def number(one: Person, how: Manner) -> Line:
    """A running number of the organisation: nobody's data that a law names."""
    return (f"{how.rng.choice(('A', 'E', '', ''))}{how.rng.randrange(1000, 99999)}",)


def remark(one: Person, how: Manner) -> Line:
    """What stands in a column for remarks."""
    return (how.rng.choice(("", "", "", "済", "要確認", "4月より", "担当変更あり", "書類待ち", "〇")),)


def joined(one: Person, how: Manner) -> Line:
    """A date that is no birth date."""
    return (
        dated(date(2015 + how.rng.randrange(11), 1 + how.rng.randrange(12), 1 + how.rng.randrange(28)), how.date % 8),
    )


def office(one: Person, how: Manner) -> Line:
    """A department."""
    return (
        how.rng.choice(
            ("総務課", "営業部", "製造第二課", "介護課", "システム部", "北工場", "経理", "1年B組", "開発G", "第3ライン")
        ),
    )


_WRITERS: dict[str, Write] = {
    "name": name,
    "kana": kana,
    "family": _part("family"),
    "given": _part("given"),
    "birth": birth,
    "gender": gender,
    "postal": postal,
    "address": address,
    "phone": phone,
    "email": email,
    "my_number": _grouped("my_number", "my_number", 4, 4, 4),
    "record_code": _grouped("resident_record_code", "record_code", 4, 4, 3),
    "pension": _grouped("basic_pension_number", "pension", 4, 6),
    "employment": _grouped("employment_insurance_number", "employment", 4, 6, 1),
    "licence": _plain("drivers_license_number", "licence"),
    "passport": _plain("passport_number", "passport"),
    "insurance": insurance,
    "account": account,
    "card": _grouped("credit_card_number", "card", 4, 4, 4, 4),
    "password": _plain("password_hash", "password"),
    "medical": medical,
    "card_number": _foreign_only(_plain("residence_card_number", "card_number")),
    "status": _foreign_only(_plain("residence_status", "status")),
    "nationality": nationality,
    "level": _foreign_only(_plain("japanese_level", "level")),
    "skill": _foreign_only(_plain("skill_field", "field")),
    "number": number,
    "remark": remark,
    "joined": joined,
    "office": office,
    "transfer": transfer,
}
FIELDS = {key: Field(key, write) for key, write in _WRITERS.items()}


def cell(field: Field, one: Person, how: Manner) -> Line:
    """The field's value for a person, or nothing in the share of cells that the document leaves empty."""
    return (
        ("",) if field.key not in ("name", "family", "given") and how.rng.random() < how.gaps else field.write(one, how)
    )
