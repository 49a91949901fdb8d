"""Dates of birth as Japanese documents and foreign ones write them: to ISO dates, or None.

Western and Japanese years, Arabic and kanji numerals, the months' English names, the numeric codes of eras in files of
tax and pension offices. It judges the value alone; whether a date is one of birth is for the rule's context to say.
"""

import re
from datetime import date
from typing import NamedTuple


class _Era(NamedTuple):
    letter: str
    signs: str
    codes: str
    """The digits that stand for it in files: of tax and labour offices, then of the pension service."""
    first: date
    last: date


_ERAS = (
    _Era("M", "明治 明 ㍾", "1 1", date(1868, 1, 25), date(1912, 7, 30)),
    _Era("T", "大正 大 ㍽", "2 3", date(1912, 7, 30), date(1926, 12, 25)),
    _Era("S", "昭和 昭 ㍼", "3 5", date(1926, 12, 25), date(1989, 1, 7)),
    _Era("H", "平成 平 ㍻", "4 7", date(1989, 1, 8), date(2019, 4, 30)),
    _Era("R", "令和 令 ㋿", "5 9", date(2019, 5, 1), date.max),
)
"""Eras by 改元詔書 and 元号を改める政令; the day of a change belongs to both eras up to 1926."""

_BY_SIGN = {sign: era for era in _ERAS for sign in (era.letter, *era.signs.split())}
_OLDEST = 120
_SIGN = "|".join(sorted(_BY_SIGN, key=len, reverse=True))
_KANJI = "〇一二三四五六七八九"
_DAY = r"([0-9]{1,2}|[〇一二三四五六七八九十]{1,3})"
_YEAR = r"([0-9]{1,2}|元|[〇一二三四五六七八九十]{1,3})"
_ERA_DATE = re.compile(rf"({_SIGN})-?{_YEAR}-{_DAY}-{_DAY}")
_ERA_CHOICE = re.compile(rf"((?:[□☐〇◯☑☒✔✓✅■●◉◎]?(?:{_SIGN})[-、,]?){{1,5}}){_YEAR}-{_DAY}-{_DAY}")
_ERA_BOX = re.compile(rf"([☑☒✔✓✅■●◉◎]?)({_SIGN})")
_ERA_DIGITS = re.compile(rf"({_SIGN})([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}}|[〇一二三四五六七八九]{{4}})-{_DAY}-{_DAY}")
_YEAR_FIRST_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH_FIRST = re.compile(r"([A-Z]{3,9})-?([0-9]{1,2})(?:ST|ND|RD|TH)?[,-]*([0-9]{4})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:ST|ND|RD|TH)?-?([A-Z]{3,9})[,-]*([0-9]{4})")
_MONTH_NAME = re.compile(
    r"JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|MAY|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|(NOV|DEC)(EMBER)?"
)
_VIETNAMESE = re.compile(r"(?:NGÀY)?([0-9]{1,2})THÁNG([0-9]{1,2})NĂM([0-9]{4})")
_BRACKETS = re.compile(r"\([^()]*\)")
_MIDNIGHT = re.compile(r"[T ]00?:00(?::00(?:\.0+)?)?Z?$")
_JOINTS = str.maketrans(
    {"年": "-", "月": "-", "/": "-", ".": "-", "・": "-", "ー": "-", "日": None, "零": "〇", "○": "〇"}
)
_CODED = re.compile(r"([1-579])-?([0-9]{2})-?([0-9]{2})-?([0-9]{2})")
_SHORT = re.compile(r"([0-9]{2})(?:-([0-9]{1,2})-([0-9]{1,2})|([0-9]{2})([0-9]{2}))")
_SHORT_LAST = re.compile(r"([0-9]{1,2})-([0-9]{1,2}|[A-Z]{3})-([0-9]{2})")


def birth_date(raw: str) -> str | None:
    """The ISO date of 1985-01-02, 19850102, 昭和60年1月2日, S60.1.2, 1985(S60)/1/2, 2 Jan 1985, 02/01/1985 …

    Day before month where both would do; of the eras that a form offers the ticked one, or one that has such a day.
    Refuses days that do not exist, days outside the era that is written, the
    future and ages over 120.
    """
    text = "".join(_BRACKETS.sub("", _MIDNIGHT.sub("", raw.strip())).upper().split()).translate(_JOINTS)
    return _iso(_western(text) or _named_month(text) or _japanese(text) or _chosen(text))


def birth_date_cell(raw: str) -> str | None:
    """A date of birth in a column of that name or right after it: also 74/02/17, 740217, 17-Feb-74, 1974 2 17.

    And an era's code with YYMMDD (3600102, 5-600102). A year of two digits is the latest that is not to come; it stands
    first where it can.
    """
    text = "".join(raw.strip(" '’").upper().split()).translate(_JOINTS)
    spaced = "-".join(raw.split()).translate(_JOINTS)
    return birth_date(raw) or birth_date(spaced) or _iso(_coded(text)) or _iso(_short(text))


_IN_TEXT = re.compile(
    rf"(?<![0-9])(?:(?:{_SIGN}) ?)?[0-9元]{{1,4}}"
    r"(?: ?年 ?[0-9]{1,2} ?月 ?[0-9]{1,2}(?= ?日)|([-/.])[0-9]{1,2}\1[0-9]{1,2}(?![0-9]))"
)


def latest(folded: str, today: date) -> date | None:
    """The latest date in a text that is not to come, of any meaning: with four digits of the year, or an era."""
    found = (found[0].replace(" ", "").translate(_JOINTS) for found in _IN_TEXT.finditer(folded))
    days = (_western(text) or _japanese(text) for text in found)
    return max((day for day in days if day is not None and day <= today), default=None)


def _iso(day: date | None) -> str | None:
    today = date.today()
    return day.isoformat() if day and day <= today and day.year >= today.year - _OLDEST else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _number(text: str) -> int:
    if text == "元":
        return 1
    if text.isascii():
        return int(text)
    if "十" not in text:
        return int("".join(str(_KANJI.index(char)) for char in text))
    tens, _, ones = text.partition("十")
    return 10 * (_number(tens) if tens else 1) + (_number(ones) if ones else 0)


def _in_era(era: _Era, year: int, month: int, day: int) -> date | None:
    found = _day(era.first.year + year - 1, month, day) if year else None
    return found if found and era.first <= found <= era.last else None


def _western(text: str) -> date | None:
    if shape := _YEAR_FIRST.fullmatch(text) or _YEAR_FIRST_DIGITS.fullmatch(text):
        year, month, day = (_number(part) for part in shape.groups())
        return _day(year, month, day)
    if shape := _YEAR_LAST.fullmatch(text) or _VIETNAMESE.fullmatch(text):
        first, second, year = map(int, shape.groups())
        return _day(year, second, first) or _day(year, first, second)
    return None


def _named_month(text: str) -> date | None:
    shape = _MONTH_FIRST.fullmatch(text)
    if shape:
        name, day, year = shape.groups()
    elif shape := _DAY_FIRST.fullmatch(text):
        day, name, year = shape.groups()
    else:
        return None
    return _day(int(year), _MONTHS.index(name[:3]) + 1, int(day)) if _MONTH_NAME.fullmatch(name) else None


def _japanese(text: str) -> date | None:
    shape = _ERA_DATE.fullmatch(text) or _ERA_DIGITS.fullmatch(text)
    if shape is None:
        return None
    year, month, day = (_number(part) for part in shape.groups()[1:])
    return _in_era(_BY_SIGN[shape[1]], year, month, day)


def _chosen(text: str) -> date | None:
    """The date after the eras that a form offers: 「☑昭和 □平成 49年…」, 「昭和・平成・令和 49年…」."""
    shape = _ERA_CHOICE.fullmatch(text)
    if shape is None:
        return None
    year, month, day = (_number(part) for part in shape.groups()[1:])
    offered = _ERA_BOX.findall(shape[1])
    eras = [_BY_SIGN[sign] for box, sign in offered if box] or [_BY_SIGN[sign] for _, sign in offered]
    days = (_in_era(era, year, month, day) for era in eras)
    return next((found for found in days if _iso(found)), None)


def _coded(text: str) -> date | None:
    shape = _CODED.fullmatch(text)
    if shape is None:
        return None
    year, month, day = map(int, shape.groups()[1:])
    days = [_in_era(era, year, month, day) for style in (0, 1) for era in _ERAS if era.codes.split()[style] == shape[1]]
    return next((found for found in days if _iso(found)), None)


def _short(text: str) -> date | None:
    if shape := _SHORT.fullmatch(text):
        year, month, day = (int(part) for part in shape.groups() if part)
        found = _recent(year, month, day)
        if found:
            return found
    shape = _SHORT_LAST.fullmatch(text)
    if shape is None:
        return None
    first, second, year = int(shape[1]), shape[2], int(shape[3])
    if second in _MONTHS:
        return _recent(year, _MONTHS.index(second) + 1, first)
    if not second.isdigit():
        return None
    return _recent(year, int(second), first) or _recent(year, first, int(second))


def _recent(year: int, month: int, day: int) -> date | None:
    """The latest day with such a year of its century that is not to come."""
    days = (_day(century + year, month, day) for century in (2000, 1900))
    return next((found for found in days if _iso(found)), None)
