"""Names of persons: gazetteers of their parts, and whether a whole cell or labelled value can be somebody's name.

Japanese names in kanji, kana and romaji, names of foreigners in Latin letters, katakana and kanji; old forms of
characters are one with the new. It judges whole values; names inside running text are found by
`scanner.detection.prose_names`.
"""

import re
import unicodedata
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from scanner.places import rules_folder

VARIANTS = str.maketrans(
    "髙﨑埼嵜邊邉齋斎齊濵濱德瀨桒栁嶋嶌澤廣國囯眞惠榮壽學實龍櫻圓齒萬豐淺曾槇堺冨",
    "高崎崎崎辺辺斉斉斉浜浜徳瀬桑柳島島沢広国国真恵栄寿学実竜桜円歯万豊浅曽槙界富",
)
"""Old and variant forms in names, and the form under which they are looked up and compared."""
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors (IVS, SVS): they choose a glyph, not a character."""
KANJI = "一-鿿々〆㐀-䶿豈-﫿ヶケノ之\ue000-\uf8ff\U00020000-\U0002ffff"
"""What may stand in a name in kanji, as a set of a pattern; the private use area holds 外字, which fit any kanji."""


class Strength(IntEnum):
    """How much speaks for a value being a name."""

    SHAPE = 1
    """Nothing but its shape: enough under a header or a label that asks for a name."""
    PART = 2
    """A known surname or given name, and a rest that may be the other."""
    FULL = 3
    """Known surname and given name together."""


class Gazetteer(NamedTuple):
    """Known parts of names; values of `surnames`, `given`, `katakana` are the first words of their files' lines."""

    surnames: dict[str, str]
    given: dict[str, str]
    surname_readings: frozenset[str]
    given_readings: frozenset[str]
    katakana: dict[str, str]
    latin: dict[str, str]
    """Latin form in capital letters, and its katakana; an exclamation mark behind it: also an English word."""
    sounds: dict[str, str]
    """Katakana of a foreign part of a name, and the one spelling among several that stands for all."""
    words: frozenset[str]
    """Words and places that are no names."""
    refused: frozenset[str]
    """Values that stand where names stand and are none: ranks of kin, headers, words in Latin letters."""


def _words(folder: Path, file: str) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for line in (folder / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, words = line.partition(" ")
            kinds.setdefault(kind, []).extend(words.split(" "))
    return kinds


def _flags(kinds: dict[str, list[str]]) -> dict[str, str]:
    return {word: kind for kind, words in kinds.items() for word in words}


@cache
def gazetteer(folder: Path | None = None) -> Gazetteer:
    """The lists in `folder`, by default those beside the rules; read once, in some 50 ms."""
    folder = folder or rules_folder() / "data"
    readings = _words(folder, "name_readings.txt")
    katakana: dict[str, str] = {}
    latin: dict[str, str] = {}
    sounds: dict[str, str] = {}
    for kind, entries in _words(folder, "katakana_names.txt").items():
        for entry in entries:
            kana, _, letters = entry.partition(":")
            katakana[kana] = kind
            if letters:
                bare = letters.rstrip("!")
                latin.setdefault(bare, kana + letters[len(bare) :])
                sounds[kana] = latin[bare].rstrip("!")
    listed = [entry.split("=") for entries in _words(folder, "foreign_names.txt").values() for entry in entries]
    for letters, kana in listed:
        latin[letters] = kana.partition("/")[0]
        katakana.update((sound, "n") for sound in kana.split("/") if len(sound) > 1)
        sounds.update((sound, latin[letters]) for sound in kana.split("/"))
    sounds.update((kana.partition("/")[0],) * 2 for _, kana in listed)
    words = frozenset(word for words in _words(folder, "name_words.txt").values() for word in words)
    refused = frozenset(word for words in _words(folder, "name_refusals.txt").values() for word in words)
    surnames, given = _flags(_words(folder, "surnames.txt")), _flags(_words(folder, "given_names.txt"))
    sounding = frozenset(readings["s"]), frozenset(readings["g"])
    return Gazetteer(surnames, given, *sounding, katakana, latin, sounds, words, refused)


# --- cleaning ---------------------------------------------------------------------------------------------------------

_MARKS = str.maketrans(
    {"゛": "\u3099", "゜": "\u309a", "\u3000": " ", "\xa0": " ", "\t": " ", "·": "・", "•": "・", "，": ","}
)
_TITLE = re.compile(
    r"[ 　]?(?:様|さま|さん|殿|どの|氏|先生|君|くん|ちゃん|部長|課長|係長|主任|社長|専務|常務|店長|所長|室長|次長|医師|"
    r"本人|\((?:本人|代表|担当|主|正|副|印|男|女|M|F)\)|[((]印[))]|㊞)$"
)
_ASIDE = re.compile(
    r"^(?P<name>[^()\[\]]{2,}?) ?[(\[](?:旧姓|旧氏|通称|通名|読み?)?[:： ]?(?P<aside>[^()\[\]]{1,40})[)\]]$"
)
_FRAME = re.compile(r"^[「『\"'“【<*・#]+|[」』\"'”】>*、。:;,]+$")
_LATIN_TITLE = re.compile(r"^(?:MR|MRS|MS|MISS|DR|PROF)\.? +|,? +(?:SAMA|SAN)$|-(?:SAN|SAMA)$", re.IGNORECASE)


def unified(text: str) -> str:
    """The text with variants of characters made one, selectors dropped, half-width marks joined, spaces single."""
    text = SELECTORS.sub("", text).translate(_MARKS)
    if "\u3099" in text or "\u309a" in text or not text.isprintable():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.translate(VARIANTS).split())


def _core(raw: str) -> str:
    """A value without what people write around a name: 様, brackets, a reading in parentheses."""
    text = _FRAME.sub("", unified(raw)).strip()
    if (aside := _ASIDE.match(text)) and not _NO_NAME.search(aside["aside"]):
        text = aside["name"].strip()
    bare = _TITLE.sub("", text).strip()
    return _LATIN_TITLE.sub("", bare or text).strip()


# --- what is clearly something else -----------------------------------------------------------------------------------

_NO_NAME = re.compile(
    r"会社|法人|組合|協会|学校|学園|大学|病院|医院|クリニック|薬局|銀行|信用金庫|事務所|事業所|営業所|支店|本店|支社|本社|工場|店舗|"
    r"センター|ホーム|サービス|グループ|システム|ホテル|マンション|アパート|ビル$|製作所|製造所|研究所|保育園|幼稚園|委員会|事務局|"
    r"[都道府県市区町村]役所|役場|営業|総務|経理|人事|企画|開発部|技術部|管理部|本部|担当|責任者|管理者|取締役|監査役|代表|"
    r"氏名|名前|姓名|名称|フリガナ|ふりがな|カナ$|ローマ字|記入|入力|記載|該当|未定|不明|不在|空欄|なし$|同上|以下|合計|小計|総計|平均|"
    r"テスト|てすと|ダミー|サンプル|見本|記入例|例[)】:]|ほげ|ホゲ|[○〇●×△□■◯◎]|丁目|番地|[0-9]年度?$|[0-9一二三四五六七八九十]月$|曜日|時間|"
    r"\(株\)|\(有\)|㈱|㈲|御中|各位|一同|ご担当|社員|従業員|職員|実習生|留学|在留|国籍|性別|住所|電話|番号|生年月日|続柄|^東京都|^北海道|^京都府|^大阪府|^..県$|^...県$|看護師|調理師|薬剤師|保育士|福祉士|介護士|議事録|[一-鿿々]{2}的?[なの]$|^[a-z0-9-]+(?:\.[a-z0-9-]+)+$"
)
_ENDS = re.compile(
    r".(?:[部課係室局署庁省県府市区町村店社会校院屋堂館園荘寺組園駅線号所員者業費品料金額日的性用数量率表書票類]|[部課室局所店]長)$"
)
_OFFICE = re.compile(r"..[部課係室局署庁省店社会校院所線号業費品料]$")


def _is_other(text: str) -> bool:
    return bool(_NO_NAME.search(text)) or text in gazetteer().refused or text.replace(" ", "") in gazetteer().refused


# --- names in kanji ---------------------------------------------------------------------------------------------------

_KANJI_PART = re.compile(f"[{KANJI}]+[ぁ-ゖー]*|[ぁ-ゖー]{{2,}}|[ァ-ヺー]+")
_KANJI_NAME = re.compile(f"(?=.*[{KANJI}])[{KANJI}ぁ-ゖァ-ヺー・ =＝A-Za-z.]+")
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ"))}
_WILD = re.compile("[\ue000-\uf8ff]")


def hiragana(text: str) -> str:
    """Katakana as hiragana."""
    return text.translate(_HIRAGANA)


def _known(names: dict[str, str], part: str) -> bool:
    """Whether a part is in a list; a character of the private use area fits any."""
    if not _WILD.search(part):
        return part in names
    pattern = re.compile(_WILD.sub(".", re.escape(part)))
    return len(part) > 1 and any(pattern.fullmatch(name) for name in names if len(name) == len(part))


def _is_given(part: str) -> bool:
    known = gazetteer()
    return _known(known.given, part) or hiragana(part) in known.given_readings or part in known.katakana


def _pair(surname: str, given: str) -> Strength:
    known = _known(gazetteer().surnames, surname)
    if known and _is_given(given):
        return Strength.FULL
    return Strength.PART if known or (len(given) > 1 and _is_given(given)) else Strength.SHAPE


def _is_word(part: str) -> bool:
    known = gazetteer()
    return part in known.words or "w" in known.surnames.get(part, "") or "w" in known.given.get(part, "")


def _joined(text: str) -> Strength | None:
    """A name in kanji without a space: the best way to divide it."""
    known = gazetteer()
    if _known(known.surnames, text) or text in known.given:
        return Strength.PART
    cuts = range(1, min(len(text), 6))
    best = max((_pair(text[:cut], text[cut:]) for cut in cuts), default=None)
    if best == Strength.PART and any(_is_word(text[:cut]) and _is_word(text[cut:]) for cut in cuts if cut > 1):
        return None
    if text in known.words or (best != Strength.FULL and (_ENDS.search(text) or text[0] in "未要非既済第各全当該")):
        return None
    if best == Strength.PART and any(text[cut:] in known.words and len(text) - cut > 1 for cut in cuts):
        return None
    if (
        best == Strength.SHAPE
        and len(text) > 3
        and any(text[c:] in known.words or text[:c] in known.words for c in cuts)
    ):
        return None
    return best


def _kanji(text: str) -> Strength | None:
    parts = [part for part in re.split("[ ・=＝]", text) if part]
    if not _KANJI_NAME.fullmatch(text) or any(len(part) > 10 for part in parts) or len(parts) > 5:
        return None
    if len(parts) == 1:
        return _joined(text) if len(text) <= 8 else None
    if all(part in gazetteer().words and part not in gazetteer().given for part in parts):
        return None
    if any(_OFFICE.search(part) and not _known(gazetteer().surnames, part) and not _is_given(part) for part in parts):
        return None
    return max(_pair(parts[0], parts[-1]), _pair(parts[-1], parts[0]) if len(parts) > 2 else Strength.SHAPE)


# --- names in kana ----------------------------------------------------------------------------------------------------

_KANA = re.compile("[ァ-ヺぁ-ゖー]+(?:[ ・=＝.,-]+(?:[ァ-ヺぁ-ゖー]+|[A-Z]\\.?))*")


def _compound(word: str) -> bool:
    """Whether a word in katakana is one of the dictionary, or two of them together."""
    known = gazetteer()
    return word in known.words or any(
        word[:cut] in known.words and word[cut:] in known.words for cut in range(2, len(word) - 1)
    )


def _kana(text: str) -> Strength | None:
    if not _KANA.fullmatch(text) or not 2 <= len(text) <= 60:
        return None
    known = gazetteer()
    parts = [part for part in re.split("[ ・=＝.,-]+", text) if part]
    sounds = [hiragana(part) for part in parts]
    surnames, given = known.surname_readings, known.given_readings
    if len(parts) == 1:
        cuts = range(1, len(text))
        if any(sounds[0][:cut] in surnames and sounds[0][cut:] in given for cut in cuts):
            return None if text in known.words and len(text) < 6 else Strength.FULL
        if sounds[0] in surnames or sounds[0] in given or text in known.katakana:
            return Strength.PART
        return None if _compound(text) or len(text) > 16 else Strength.SHAPE
    unread = [part for part, sound in zip(parts, sounds, strict=True) if sound not in surnames and sound not in given]
    long_words = any(len(part) > 4 and part in known.words and part not in known.katakana for part in unread)
    strange = [part for part in unread if part in known.katakana or not _compound(part)]
    if len(parts) > 8 or long_words or (len(unread) == len(parts) and not strange):
        return None
    hits = sum(part in known.katakana for part in parts)
    pair = (sounds[0] in surnames) + (sounds[-1] in given)
    return Strength.FULL if pair == 2 or hits > 1 else Strength.PART if pair or hits else Strength.SHAPE


# --- names in Latin letters -------------------------------------------------------------------------------------------

_LATIN = re.compile(r"[^\W\d_]+(?:['’`.-]+[^\W\d_]+)*\.?(?:,? +[^\W\d_]+(?:['’`.-]+[^\W\d_]+)*\.?){0,9}")
_STROKES = str.maketrans(
    {"Đ": "D", "đ": "d", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "ß": "ss", "Æ": "AE", "æ": "ae", "ı": "i"}
)


def plain(text: str) -> str:
    """Latin letters without diacritics, in capital letters: đ is D, ễ is E."""
    parts = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return "".join(char for char in parts if not unicodedata.combining(char)).upper()


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"[ ,.'’`-]+", plain(text)) if token]


def _latin(text: str) -> Strength | None:
    tokens = _tokens(text)
    if not _LATIN.fullmatch(text) or not all(token.isascii() for token in tokens) or not 1 <= len(tokens) <= 10:
        return None
    if any(token in gazetteer().refused for token in tokens) or max(map(len, tokens)) < 2 or len(text) > 60:
        return None
    known = gazetteer()
    sounds = [shortened(token) for token in tokens]
    surname, given = ([sound in readings for sound in sounds] for readings in _romaji())
    foreign = sum(token in known.latin for token in tokens)
    both = len(tokens) > 1 and ((surname[0] and given[-1]) or (given[0] and surname[-1]))
    if (both and len(tokens) == 2) or (len(tokens) > 1 and foreign > 1):
        return Strength.FULL
    if foreign or (len(tokens) < 3 and (any(surname) or any(given))):
        return Strength.PART
    capital = all(part[:1].isupper() for part in re.split("[ -]", text) if len(part) > 3)
    return Strength.SHAPE if capital and (len(tokens) > 1 or len(text) > 2) else None


_KUNREI = (
    "SHI SI,CHI TI,TSU TU,SH SY,CH TY,JI ZI,JY ZY,J ZY,FU HU,DZU ZU,DU ZU,DI ZI,DY ZY,MB NB,MP NP,MM NM,OH O,OU O,"
    "OO O,UU U,L R,WO O"
)
_SPELLED = [tuple(pair.split()) for pair in _KUNREI.split(",")]
_ROWS = (
    "あいうえお かきくけこK さしすせそS たちつてとT なにぬねのN はひふへほH まみむめもM らりるれろR がぎぐげごG "
    "ざじずぜぞZ だぢづでどD ばびぶべぼB ぱぴぷぺぽP ぁぃぅぇぉ"
)
_SYLLABLES = {kana: row[5:] + vowel for row in _ROWS.split() for kana, vowel in zip(row, "AIUEO", strict=False)}
_SYLLABLES |= {"や": "YA", "ゆ": "YU", "よ": "YO", "わ": "WA", "ゐ": "I", "ゑ": "E", "を": "O", "ん": "N", "ゔ": "BU"}
_GLIDES = {"ゃ": "YA", "ゅ": "YU", "ょ": "YO"}


def shortened(letters: str) -> str:
    """Romaji in any system as one spelling without long vowels: SATOH, Satou, SATO are SATO; SHOUTA is SYOTA."""
    for old, new in _SPELLED:
        letters = letters.replace(old, new)
    return re.sub(r"([AIUEO])\1+", r"\1", letters)


def romaji(kana: str) -> str:
    """Japanese kana in the spelling of `shortened`."""
    letters, double = "", False
    for char in hiragana(kana):
        if char == "っ":
            double = True
            continue
        sound = _SYLLABLES.get(char, "")
        if char in _GLIDES:
            letters, sound = letters[:-1], _GLIDES[char]
        letters += (sound[:1] if double and sound else "") + sound
        double = False
    return shortened(letters)


@cache
def _romaji() -> tuple[frozenset[str], frozenset[str]]:
    known = _words(rules_folder() / "data", "name_romaji.txt")  # to spell all readings takes half a second
    return frozenset(known["s"]), frozenset(known["g"])


# --- what rules call --------------------------------------------------------------------------------------------------


def judged(raw: str) -> tuple[str, Strength] | None:
    """The canonical form of a value that can be somebody's name, and how much speaks for it; None for anything else.

    Canonical: Japanese without spaces, new forms of characters; Latin in capital letters without diacritics, one space.
    """
    if len(raw) > 80:
        return None
    text = _core(raw)
    if len(text) < 1 or _is_other(text):
        return None
    if (strength := _latin(text)) is not None:
        return " ".join(_tokens(text)), strength
    strength = _kana(text) or _kanji(text)
    return (re.sub("[ ・=＝]", "", text), strength) if strength else None


def name(raw: str) -> str | None:
    """A person's name as a whole value, in any script: its canonical form, or None."""
    found = judged(raw)
    return found[0] if found else None


def name_alone(raw: str) -> str | None:
    """A name that needs no header to be believed: surname and given name are known."""
    found = judged(raw)
    return found[0] if found and found[1] == Strength.FULL else None


def kana_name(raw: str) -> str | None:
    """A reading (フリガナ): any plausible kana, as katakana without spaces."""
    text = _core(raw)
    if not _KANA.fullmatch(text) or _is_other(text) or not 2 <= len(text) <= 60:
        return None
    known = gazetteer()
    katakana = "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in text)
    if text in known.words and hiragana(text) not in known.surname_readings | known.given_readings:
        return None
    return re.sub("[ ・=＝.,-]", "", katakana)


def latin_name(raw: str) -> str | None:
    """A name in Latin letters: capital letters without diacritics, one space between its parts."""
    text = _core(raw)
    return " ".join(_tokens(text)) if not _is_other(text) and _latin(text) is not None else None


def person_key(raw: str) -> str | None:
    """One key for the kana and the Latin form of a name: グエン・アイン and Nguyễn Anh, さとう and SATOH."""
    text = _core(raw)
    known = gazetteer()
    if _KANA.fullmatch(text):
        parts = [part for part in re.split("[ ・=＝.,-]+", text) if part]
        return "".join(romaji(known.sounds.get(part, part)) for part in parts)
    if _latin(text) is None:
        return None
    kana = ((token, known.latin.get(token, "").rstrip("!")) for token in _tokens(text))
    return "".join(romaji(sound) if sound else shortened(token) for token, sound in kana)
