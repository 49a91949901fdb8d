"""Words that say something about a person: sex, nationality, level of Japanese, field of work, state of health.

From the spellings that documents use to one spelling for each meaning, or None. None of these words is personal by
itself; the rules take them only in a column, or beside a label, of their own.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from scanner.digits import table

_GENDERS = {
    "male": "㊚ 男 男性 男子 おとこ オトコ 夫 m male man boy nam laki-laki pria đực 남 남자 पुरुष 男♂ ♂ 1 1男 1:男",
    "female": "㊛ 女 女性 女子 おんな オンナ f female woman girl nữ nu perempuan wanita 여 여자 महिला ♀ 2 2女 2:女",
    "other": "x その他 other 不明 unknown 答えない 回答しない non-binary nonbinary ノンバイナリー xジェンダー 9",
}
_BY_GENDER = {spelling: name for name, spellings in _GENDERS.items() for spelling in spellings.split()}
_GENDER_DROP = re.compile(r"[\s.,、。()\[\]{}☑☒✔✓✅■●◉◎レ♂♀]+")


def gender(raw: str) -> str | None:
    """性別: male, female or other, from Japanese, English, Vietnamese, Indonesian … and the codes 1, 2, 9."""
    return _BY_GENDER.get(_GENDER_DROP.sub("", raw.lower()))


def _joined(text: str) -> str:
    """The text with the voicing marks joined to their kana: half-width katakana fold to two characters each."""
    return unicodedata.normalize("NFC", text.replace("゛", "\u3099").replace("゜", "\u309a"))


def _listed(name: str) -> Iterator[tuple[str, str]]:
    """Spelling and canonical name of every entry of a table ``name | spellings; … | spellings; …``."""
    for line in table(name):
        first, *groups = (part.strip() for part in line.split("|"))
        for spelling in (first, *(one for group in groups for one in group.split(";"))):
            if spelling.strip():
                yield spelling.strip(), first


# --- nationality ----------------------------------------------------------------------------------------------------

_COUNTRY_DROP = re.compile(r"[\s・.,'’\-]+")
_COUNTRY_TAIL = re.compile(r"(?:国?籍|国民|人)$|^(?:citizen|national) ?of ", re.IGNORECASE)
_FORM_OF_STATE = re.compile(
    r"(?:連邦|社会主義|人民|民主|イスラム|連合)*(?:共和国|王国|首長国|公国|大公国|国)$|連邦$|"
    r"^(?:the )?(?:(?:socialist|people's|federal|democratic|islamic|united|federative) ){0,3}"
    r"(?:republic|kingdom|federation|state|union|commonwealth|sultanate) of (?:the )?|^the ",
    re.IGNORECASE,
)


@cache
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for spelling, codes in _listed("nationalities.txt"):
        alpha3, _, alpha2 = codes.partition(" ")
        for one in (alpha3, alpha2) if spelling == codes else (spelling,):
            known[_country_key(one)] = alpha3
    return known


def _country_key(name: str) -> str:
    return _COUNTRY_DROP.sub("", _joined(name)).lower()


def nationality(raw: str) -> str | None:
    """国籍・地域 as the three letters of ISO 3166-1: from short, long, English and kanji names, and both codes."""
    name = raw.strip()
    tries = (name, _COUNTRY_TAIL.sub("", name), _FORM_OF_STATE.sub("", name))
    found = (_countries().get(_country_key(one)) for one in tries)
    return next((code for code in found if code), None)


def nationality_named(raw: str) -> str | None:
    """国籍・地域 by a name, not by one letter or sign (中, 米) and not by a code that may be a word (IN, NO)."""
    name = raw.strip()
    return nationality(name) if len(name) > 1 and not (name.isascii() and len(name) < 3) else None


# --- Japanese -------------------------------------------------------------------------------------------------------

_LEVEL = re.compile(r"N ?([1-5])|([1-4]) ?級|([ABC][12])(?:\.[12])?|J([1-5]\+?)|([A-G])-?D?級|([0-9]{1,3}) ?点?")
_SPOKEN = re.compile(
    r"日常会話|ビジネス|ネイティブ|母語|挨拶|片言|簡単な会話|native|business|conversation|fluent|beginner"
)
_EXAMS = (
    ("NAT", re.compile(r"NAT|ナット", re.IGNORECASE)), ("JFT", re.compile(r"JFT|基礎テスト", re.IGNORECASE)),
    ("BJT", re.compile(r"BJT|ビジネス日本語", re.IGNORECASE)), ("JTEST", re.compile(r"J\.?TEST|実用日本語")),
    ("JPT", re.compile(r"JPT", re.IGNORECASE)), ("JLPT", re.compile(r"N ?[1-5]|JLPT|能力試験", re.IGNORECASE)),
)  # fmt: skip


def japanese_level(raw: str) -> str | None:
    """日本語能力: N1 … N5, or another test and its grade (``JFT A2``, ``BJT J2``, ``NAT 4``), or what one can say."""
    text = raw.strip()
    exam = next((name for name, shape in _EXAMS if shape.search(text)), "")
    grade = _LEVEL.search(re.sub(r"JFT|NAT|BJT|J\.?TEST|JPT|JLPT", " ", text.upper()))
    if grade and grade[1]:
        return f"NAT {grade[1]}" if exam == "NAT" else f"N{grade[1]}"
    if grade:
        return f"{exam} {next(part for part in grade.groups() if part)}".strip()
    spoken = _SPOKEN.search(text.lower())
    return exam if exam in ("JFT", "NAT") else spoken[0] if spoken else None


# --- fields of skilled work -----------------------------------------------------------------------------------------

_FIELD_DROP = re.compile(r"[\s・･/,、.()「」『』\-]+")
_FIELD_TAIL = re.compile(r"(?:産業)?分野$|職種$|業務$|の仕事$|\([^()]*\)$")


@cache
def _fields() -> dict[str, str]:
    return {_field_key(spelling): name for spelling, name in _listed("skill_fields.txt")}


def _field_key(raw: str) -> str:
    return _FIELD_DROP.sub("", _joined(raw)).lower()


_ADDED = re.compile(r"\(([^()]+)\)$")
_FIELD_EXAM = re.compile(
    r"(?:[12]号)?(.{2,20}?)(?:分野|業)?(?:特定技能)?(?:[12]号)?(?:技能)?(?:評価|測定|能力)?(?:試験|検定).*"
)


def skill_field(raw: str) -> str | None:
    """特定技能・育成就労 field or 技能実習 category of jobs by its name, from usual spellings and names of tests."""
    text = "".join(raw.split())
    exam, added = _FIELD_EXAM.fullmatch(text), _ADDED.search(text)
    tries = (text, _FIELD_TAIL.sub("", text), *((exam[1], f"{exam[1]}業") if exam else ()), added[1] if added else "")
    found = (_fields().get(_field_key(one)) for one in tries)
    return next((name for name in found if name), None)


# --- health ---------------------------------------------------------------------------------------------------------


@cache
def _medical() -> "re.Pattern[str]":
    words = (line.strip() for line in table("medical_terms.txt") if line.strip() and not line.startswith("#"))
    return re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)


_NOTHING = re.compile(
    r"[\s\-・.。/なし無有ありー×○〇✕✓レ※★?？]*|(?:特に|特記事項|該当|問題|異常|既往|病歴|記載|申告|服用|服薬|アレルギー|障害|持病)*"
    r"(?:は|が|の)?(?:なし|無し|無|ない|ありません|認めず|認めない|せず)|未記入|不明|健康|良好|none|n/?a|nil|no|yes|unknown",
    re.IGNORECASE,
)


_LABEL = re.compile(
    r"^[0-9]{4}年度?|番号|コード|氏名|名前|フリガナ|ふりがな|カナ|かな|住所|居所|電話|携帯|メール|郵便|年月日|日付|"
    r"性別|^男 *女|国籍|備考|年齢|職業|口座|資格|レベル|能力|名|欄|日|先|現在|会社|血液型"
)
_NOTE = re.compile(r" ?\([^()]*\)$")
_OF_MACHINES = re.compile(
    r"システム|通信|機器|回線|サーバ|ネットワーク|装置|設備|接続|ソフト|電源|電波|道路|ウイルス対策|ログイン"
)


def medical_term(raw: str) -> str | None:
    """A disease, injury, disability or treatment, by the parts of such words: 〜病, 〜症, 〜炎, がん, 骨折 …"""
    text = " ".join(raw.split())
    if _NOTHING.fullmatch(text) or _OF_MACHINES.search(text):
        return None
    return text if _medical().search(text) else None


def medical_entry(raw: str) -> str | None:
    """Whatever stands in a column for a state of health, unless it says that there is nothing to say.

    In Latin letters only what `medical_term` knows: headers in English stand in front of all sorts of text.
    """
    text = " ".join(raw.split())
    if text.isascii():
        return medical_term(text)
    if not any(char.isalpha() for char in text) or _NOTHING.fullmatch(text) or _OF_MACHINES.search(text):
        return None
    label = _NOTE.sub("", _joined(text))
    return None if any(found.end() == len(label) for found in _LABEL.finditer(label)) else text
