"""Whether a text is an address, in Japan or abroad: the grammar of addresses, and the names of all municipalities.

A part of `scanner.checks`, under the same agreement: folded text in, one spelling or None out. Down to the number it
is an address (住居表示に関する法律2条, 不動産登記法35条); a town alone only in a cell whose header says so. It is no
geocoder: of a town only the first two characters are known, and whether block 2 has a house 3 is nobody's business.
"""

import re
from functools import cache
from typing import NamedTuple

from scanner.digits import table
from scanner.text import fold

# --- one spelling for many --------------------------------------------------------------------------------------------

_VARIANTS = str.maketrans(
    "ヶがガヵのの之っッつ澤邊邉龍淵嶋﨑檜籠藪條壽廣國櫻濱萬槙眞惠德瀨豐舘冨曾鹽關藏栁靑圓會寶當縣鐵彌區壷鶯頚祗蘆齋齊髙穗峯"
    "嶽巖觀應學澁禮號讚餠麴鷗莊埜杦榮瀧藝嚴繩臺邨釡靜驛黑龜藤",
    "ケケケケノノノツツツ沢辺辺竜渕島崎桧篭薮条寿広国桜浜万槇真恵徳瀬豊館富曽塩関蔵柳青円会宝当県鉄弥区壺鴬頸祇芦斎斉高穂峰"
    "岳巌観応学渋礼号讃餅麹鴎荘野杉栄滝芸厳縄台村釜静駅黒亀藤",
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KANJI_DIGITS = "〇一二三四五六七八九"
_PLACES = {"十": 10, "百": 100, "千": 1000}
_SOME = "[〇零一二三四五六七八九十百千]"
_COUNTED = re.compile(
    rf"{_SOME}+(?=丁(?:目|[0-9]|{_SOME})|番(?![町丁])|号|条(?=(?:通り?)?[東西南北]?(?:[0-9]|{_SOME}))|地割|線|ノ(?:{_SOME}|[0-9])|-)|(?<=[番目地号割-]){_SOME}+|(?<=[0-9番地]ノ){_SOME}+"
)
"""Numerals that count something: not 三田, not 四番町."""


def plain(text: str) -> str:
    """A name of a place in one spelling: without spaces and selectors, 澤 as 沢, ヶ and が as ケ, 北1条 as 北一条."""
    text = _SELECTORS.sub("", "".join(fold(text).split())).translate(_VARIANTS)
    return re.sub(r"[0-9]{1,2}", lambda digits: _in_kanji(int(digits[0])), text)


def _in_kanji(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _KANJI_DIGITS[tens]) + ("十" if tens else "") + (_KANJI_DIGITS[ones] if ones else "")


def _counted(numeral: str) -> str:
    """十二 → 12, 二〇三 → 203."""
    if not _PLACES.keys() & set(numeral):
        return "".join(str(max(_KANJI_DIGITS.find(char), 0)) for char in numeral)
    total, ones = 0, 0
    for char in numeral:
        if char in _PLACES:
            total, ones = total + (ones or 1) * _PLACES[char], 0
        else:
            ones = max(_KANJI_DIGITS.find(char), 0)
    return str(total + ones)


# --- the gazetteer ----------------------------------------------------------------------------------------------------


class _City(NamedTuple):
    """A municipality, and the beginnings of its towns in a row."""

    prefecture: str
    name: str
    towns: str


_WARD = re.compile(r"(.+?市)(.+区)")
_DISTRICT = re.compile(r"(.+?郡)(.+[町村])")


@cache
def _cities() -> dict[str, tuple[_City, ...]]:
    """The municipalities by what they are called: with and without district; a city without its ward."""
    known: dict[str, list[_City]] = {}
    for line in table("municipalities.txt"):
        if line[0] == "#":
            continue
        city = _City(*line.split(" "))
        names = {city.name}
        if divided := _DISTRICT.fullmatch(city.name):
            names.add(divided[2])
        if divided := _WARD.fullmatch(city.name):
            names |= {divided[1], divided[2]}
        for name in names:
            known.setdefault(name, []).append(city)
    return {name: tuple(cities) for name, cities in known.items()}


@cache
def _prefectures() -> frozenset[str]:
    return frozenset(city.prefecture for cities in _cities().values() for city in cities)


@cache
def _towns(city: _City) -> frozenset[str]:
    return frozenset(city.towns[at : at + 2] for at in range(0, len(city.towns), 2))


def _in_town(city: _City, rest: str) -> bool:
    """Whether what follows a municipality begins like one of its towns."""
    begin = plain(rest[:4])
    alone = re.match(f".(?:[0-9字]|{_SOME})", rest) is not None
    return begin[:2] in _towns(city) or (alone and f"{begin[0]}-" in _towns(city))


_PREFECTURE = re.compile(r"北海道|東京都|(?:京都|大阪)府|(?:神奈川|和歌山|鹿児島|..)県")
_CITY_END = re.compile("[市区町村]")
_SHAPED = re.compile(r"(?:[^0-9]{1,5}郡)?[^0-9市区町村]{1,6}[市区町村](?:[^0-9市区町村]{1,4}区(?!画))?")


def _city(prefecture: str, text: str) -> tuple[_City | None, str, str]:
    """The municipality at the beginning of a text, its name there, what is left; of several the one with the town."""
    for length in reversed([end.end() for end in _CITY_END.finditer(text, 1, 14)]):
        name, rest = text[:length], text[length:].removeprefix("大字").removeprefix("字")
        known = tuple(city for city in _cities().get(name, ()) if prefecture in ("", city.prefecture))
        if known:
            return next((city for city in known if _in_town(city, rest)), known[0]), name, rest
    return None, "", text


# --- an address and its parts -----------------------------------------------------------------------------------------


class _Address(NamedTuple):
    prefecture: str
    city: _City | None
    """None: a name of the right shape that is not known."""
    place: str
    """The municipality, as it is called here."""
    area: str
    """Town and street, up to the first number that counts something."""
    numbers: str
    """From there on, kanji numerals as digits."""
    in_town: bool

    @property
    def canonical(self) -> str:
        """The address in one spelling; the number of the room stays, the name of the building does not."""
        prefecture, name = self.prefecture, self.place
        if self.city and (len(_cities()[self.place]) == 1 or (self.in_town and not self.prefecture)):
            prefecture, name = self.city.prefecture, self.city.name
        return f"{prefecture}{name}{self.area}{'-'.join(_GROUPS.findall(self.numbers))}"


_GROUPS = re.compile(r"[0-9]+|[東西南北甲乙丙丁イロハニホヘト](?=[0-9])|無番|番外")
_STRONG = re.compile(
    r"丁目?[0-9]|[0-9]番(?:地|[0-9]|$)|無番地|番外地|番地(?:なし|無し)|地割[0-9]|条(?:通り?)?[東西南北]?[0-9]+丁目[0-9]|線[東西南北]?[0-9]+番"
)
"""Numbers that nothing but an address has."""
_NUMBERED = re.compile(rf"{_STRONG.pattern}|^[0-9]+[-ーノ~][0-9]|条[東西南北]?[0-9]")
"""Numbers that are those of an address where they follow a place."""
_LIKE_A_TOWN = re.compile(r"[町村丁字通条区]$|(?:大?字).|[上下][るル]|[東西]入|丘$|台$|(?:新田|団地)$")
_DATE = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|[01]?[0-9]-[0-3]?[0-9])$|(?:19|20)[0-9]{2}[-~](?:19|20)[0-9]{2}$")
_THEIRS = re.compile(
    r"株式会社|有限会社|合同会社|[(][株有][)]|㈱|㈲|法人|本社|支社|本店|支店|営業所|事業所|事務所|工場|庁舎|役場|役所|病院|医院|クリニック|"
    r"大学|学校|学院|高校|郵便局|銀行|図書館|公民館|会館|センター|協会|組合|機構|ホテル|美術館|博物館|神社|教会|[都道府県市区]庁"
)
_HOME = re.compile(r"寮|社宅|宿舎|住宅|マンション|アパート|ハイツ|コーポ|荘|号室")


def _read(raw: str) -> _Address | None:
    text = "".join(raw.split()).replace("−", "-")
    text = _SELECTORS.sub("", text).translate(_VARIANTS)
    found = _PREFECTURE.match(text)
    prefecture = found[0] if found and found[0] in _prefectures() else ""
    city, place, rest = _city(prefecture, text[len(prefecture) :])
    if city is None:
        shaped = _SHAPED.match(text, len(prefecture))
        if not shaped or not prefecture:
            return None
        place, rest = shaped[0], text[shaped.end() :]
    in_town = city is not None and _in_town(city, rest)
    rest = re.sub(r"[0-9]{1,2}(?=番[町丁])", lambda digits: _in_kanji(int(digits[0])), rest)
    rest = _COUNTED.sub(lambda numeral: _counted(numeral[0]), rest)
    area = re.match(r"[^0-9]*?(?=第?[0-9]|無番|番外|番地|$)", rest)
    begin = area.end() if area else 0
    return _Address(prefecture, city, place, rest[:begin].replace("大字", "").replace("字", ""), rest[begin:], in_town)


_SENTENCE = re.compile(
    r"[をへ]|[一-鿿]は[ぁ-ん]|[一-鿿](?:[はにでもとや]|から|まで|では|には|です|する|した)(?:[一-鿿0-9]|$)"
)
"""What stands between the words of a sentence, not within the name of a place."""


def _is_theirs(raw: str) -> bool:
    """Whether a text names an organisation, and no home."""
    return _THEIRS.search(raw) is not None and _HOME.search(raw) is None


_STREET = re.compile(
    rf"(?:[一-鿿々〆ァ-ヺぁ-んー]{{1,24}}?)?(?:[0-9]|{_SOME}){{1,5}}(?:丁目?|番地?|条|地割|[-ーのノ])(?:[0-9]|{_SOME}).{{0,60}}|"
    r"[一-鿿々〆ァ-ヺぁ-んー]{0,24}(?:[0-9]{1,5}(?:番地?|号)|無番地|番外地)(?![目線]).{0,40}"
)


def _street(raw: str) -> str:
    """A street, a building in one spelling."""
    return _COUNTED.sub(lambda numeral: _counted(numeral[0]), "".join(raw.split()).translate(_VARIANTS))


def address(raw: str) -> str | None:
    """An address down to its number, where something speaks for it: also one number after a known town, or a block.

    Refuses unknown municipalities without a prefecture, dates, sentences, and what goes on with an organisation.
    """
    one = _read(raw)
    if one is not None and _is_numbered(one):
        return one.canonical
    block = "".join(raw.split())
    if (one and one.prefecture) or not _BLOCK.fullmatch(block) or _SENTENCE.search(block) or _LAW.search(block):
        return None
    return None if _is_theirs(block) else _street(block)


def _is_numbered(one: _Address) -> bool:
    """Whether it is one down to its number, and no organisation's."""
    if _DATE.match(one.numbers) or _SENTENCE.search(one.area):
        return False
    if _is_theirs(one.numbers if one.in_town else one.area + one.numbers):
        return False
    if _NUMBERED.search(one.numbers):
        return one.in_town or bool(one.prefecture or _LIKE_A_TOWN.search(one.area))
    return one.in_town and re.match("[0-9]", one.numbers) is not None


def address_bare(raw: str) -> str | None:
    """An address without support: its town is known, or its numbers say what they are."""
    canonical = address(raw)
    one = _read(raw) if canonical else None
    if one is None:
        return None
    strong = _STRONG.search(one.numbers)
    if one.in_town:
        lot = re.match(r"[0-9]{2,5}(?![0-9])" if one.prefecture else r"(?!19|20)[0-9]{3,5}(?![0-9])", one.numbers)
        return canonical if lot or _NUMBERED.search(one.numbers) else None
    shaped = bool(_LIKE_A_TOWN.search(one.area)) or (not one.area and one.place[-1] in "町村")
    return canonical if (one.prefecture and (strong or shaped)) or (strong and shaped) else None


# --- cells under a header, addresses abroad ---------------------------------------------------------------------------

_BLOCK = re.compile(
    rf"(?![はがをにでもとのへや])[^0-9、。]{{0,16}}?(?:(?:[0-9]|{_SOME}){{1,5}}(?:丁目(?:[0-9]|{_SOME})|番地)|無番地|番外地).{{0,40}}"
)
"""A street that needs no municipality to be known as one."""
_LAW = re.compile(r"第[0-9一二三四五六七八九十百]+(?:条|項|号|回|章)|[0-9]{4}-[01][0-9]-[0-3][0-9]")
_DWELLING = re.compile(
    r".{0,24}(?:マンション|アパート|ハイツ|コーポ|メゾン|ハイム|レジデンス|パレス|ヴィラ|シャトー|ドミール|カーサ|団地|社宅|宿舎|寮|荘|"
    r"住宅|[一-鿿ァ-ヺー]館|号棟|棟).{0,20}|"
    r"(?=[^0-9]*[一-鿿ぁ-んァ-ヺ])[^0-9]{2,20}(?:[0-9]{1,4}号室?|[A-Z]?-?[0-9]{3,4})|"
    r"[^0-9]{0,20}[A-Za-z]{3}[^0-9]{0,8} [0-9]{3,4}"
)


def address_cell(raw: str) -> str | None:
    """An address or a part of one in a cell whose header says so: a town, a street, a building with its room.

    A prefecture alone is a place, not somebody's address.
    """
    whole = address(raw)
    if whole or _is_theirs(raw) or _LAW.search(raw):
        return whole
    one = _read(raw)
    if one is not None and (one.city or one.area) and not _SENTENCE.search(one.area):
        return one.canonical
    text = " ".join(raw.split())
    if _STREET.fullmatch(text.replace(" ", "")) or _DWELLING.fullmatch(text):
        return _street(text)
    return address_abroad(raw)


_WORD = re.compile(r"[^\W\d_]{2,}")
_STREET_WORD = re.compile(
    r"(?i)\b(?:street|st|road|rd|avenue|ave|lane|drive|blvd|jalan|jl|đường|phố|thôn|xã|phường|quận|huyện|ward|district|"
    r"village|barangay|brgy|purok|city|province|ku|shi|cho|gun|tole|rue|calle|rua)\b"
)
_NOT_A_PLACE = re.compile(
    r"@|://|www\.|[{}<>=;|\\_]|0x|\.(?:com|net|org|jp)\b|(?:[0-9]{1,3}\.){3}|[^\W\d_]\(|[a-z]\.[a-z]|\[|株式会社|(?i:\b(?:inc|ltd|corp|gmbh|office|headquarters)\b)"
)
_OF_A_SENTENCE = re.compile(
    r"`|^\.[A-Z]{1,2} |\(\d?\)|(?i:\b(?:the|is|are|was|for|with|this|that|which|when|if|be|should|may|can|not|from)\b)"
)
_CHINESE = re.compile(r"[一-鿿]{2,}(?:省|市|自治区|县|縣)[一-鿿]{1,}(?:市|区|區|县|縣|镇|鎮|乡|鄉|路|街|村|道|巷)")
_IN_KATAKANA = re.compile(
    r"[ァ-ヺー・]{2,}(?:[^ぁ-ん]{0,12}(?:市|州|省|区|郡|県|村|町|通り|街)[^ぁ-ん]*)[ァ-ヺー0-9一-鿿]"
)
_OTHER_LETTERS = re.compile(r"[\u0900-\u109f\uac00-\ud7a3]")


_ORGANISATION = re.compile(
    r"\b(?:Labs?|Laborator(?:y|ies)|Inc|Ltd|LLC|Corp|Corporation|GmbH|University|Institute|College|Hospital|Company|Co)\b"
)


def address_abroad(raw: str) -> str | None:
    """An address in Latin or other letters, or abroad, where a label says so: parts with commas, a number, names.

    Refuses what else is called an address: of mail, of a page, of a machine; and sentences.
    """
    text = " ".join(raw.split())
    if not 8 <= len(text) <= 200 or _NOT_A_PLACE.search(text) or _ORGANISATION.search(text):
        return None
    if _OF_A_SENTENCE.search(text):
        return None
    words = _WORD.findall(text)
    parts = text.count(",") + text.count("、") + text.count("،")
    numbered = any(char.isdigit() for char in text)
    if re.search("[ぁ-んァ-ヺ一-鿿]", text):
        fits = _read(text) is None and bool(_CHINESE.search(text) or _IN_KATAKANA.search(text))
    elif _OTHER_LETTERS.search(text):
        fits = len(words) > 1 and (parts > 0 or numbered)
    else:
        capital = sum(word[0].isupper() for word in words)
        structured = parts > 0 or _STREET_WORD.search(text) is not None
        fits = structured and 2 <= len(words) <= 4 * capital and (numbered or parts > 1)
    return text.casefold().replace(",", "") if fits else None


_ROMAJI = re.compile(r"(?i)[a-z]{2,}-(?:ku|shi|gun|machi|cho|mura|son)\b")


def address_romaji(raw: str) -> str | None:
    """An address in Japan in Latin letters: a number in groups, and a municipality as -ku, -shi, -cho …"""
    text = " ".join(raw.split())
    grouped = re.search(r"[0-9]+(?:-[0-9]+)+", text)
    return (
        text.casefold().replace(",", "") if grouped and _ROMAJI.search(text) and not _NOT_A_PLACE.search(text) else None
    )
