"""Names of people who do not exist, Japanese and foreign, drawn together from parts.

The material is kept apart from what the rules' gazetteers were made of: names of gimei and Faker (PyPI), and names that
are composed here by rule, which is what dictionaries do not list. Not a model of how frequent a name is.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.accuracy.kana import from_devanagari, in_katakana


class Naming(NamedTuple):
    """The forms of one person's name; what somebody does not have is empty."""

    family: str
    given: str
    """Both in the script of the main form."""
    kana_family: str
    kana_given: str
    latin: str
    """The order of a passport, in capitals."""
    native: str
    """As written at home: hanzi, Vietnamese with its accents."""
    origin: str
    female: bool

    @property
    def family_latin(self) -> str:
        """The first word of the Latin form."""
        return self.latin.partition(" ")[0]

    @property
    def given_latin(self) -> str:
        """The Latin form without its first word."""
        return self.latin.partition(" ")[2]


Draw = Callable[[Random, bool], Naming]

_WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
_ROMAJI = dict(part.split("=") for part in _WORDS["romaji"].split())
_PAIR = re.compile(r"- \['([^']+)', '[^']+', '([^']+)'\]")


@cache
def _gimei() -> dict[str, list[tuple[str, str]]]:
    """Surnames and given names with their readings in katakana."""
    text = (resources.files("gimei") / "data" / "names.yml").read_text(encoding="utf-8")
    given, _, family = text.partition("last_name:")
    male, _, female = given.partition("female:")
    return {key: _PAIR.findall(part) for key, part in (("male", male), ("female", female), ("family", family))}


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in re.finditer(r"(\S+?)([ァ-ヺー]+)(?:\s|$)", text.strip())]


def _composed(rng: Random, first: str, second: str) -> tuple[str, str]:
    one, two = rng.choice(_pairs(_WORDS[first])), rng.choice(_pairs(_WORDS[second]))
    return one[0] + two[0], one[1] + two[1]


def japanese(rng: Random) -> Naming:
    """A Japanese name: six in ten of gimei's, the rest composed of parts that rarely stand together."""
    female = rng.random() < 0.5
    known = _gimei()
    family, given = rng.choice(known["family"]), rng.choice(known["female" if female else "male"])
    if rng.random() < 0.5:
        # the 300 that the list begins with are borne by most people
        family = rng.choice(known["family"][:300])
    rare = ""
    if rng.random() < 0.2:
        family, rare = _composed(rng, "first", "second"), "family "
    if rng.random() < 0.25:
        given, rare = (
            _composed(rng, *(("female_first", "female_second") if female else ("male_first", "male_second"))),
            rare + "given ",
        )
    elif female and rng.random() < 0.08:
        word = _word(rng, "kana_given")
        given = word, "".join(chr(ord(char) + 0x60) for char in word)
    origin = f"ja composed {rare}".strip() if rare else "ja listed"
    return Naming(family[0], given[0], family[1], given[1], romaji(family[1], given[1]), "", origin, female)


def romaji(*words: str) -> str:
    """Hepburn as in a Japanese passport: long vowels are not shown."""
    return " ".join(_hepburn(word) for word in words)


def _hepburn(kana: str) -> str:
    out = ""
    for char in kana:
        small = {"ャ": "A", "ュ": "U", "ョ": "O"}.get(char)
        if small and out:
            out = out[:-1] + ("" if out[-3:-1] in ("SH", "CH") or out[-2:-1] == "J" else "Y") + small
        else:
            out += _ROMAJI.get(char, "")
    return re.sub(r"OU|OO", "O", out).replace("UU", "U")


# --- from abroad ------------------------------------------------------------------------------------------------------


def _word(rng: Random, key: str) -> str:
    return rng.choice(_WORDS[key].split())


def _triples(key: str) -> list[list[str]]:
    """The entries of a list: a Latin form and what it is in other scripts."""
    return [part.split("=") for part in re.split(r"\s+", _WORDS[key].strip())]


@cache
def _provided(locale: str, name: str) -> list[str]:
    """A list of names of Faker's, in the order of the file."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    found = getattr(provider, name, None) or provider.first_names
    return sorted(dict.fromkeys(word for word in found if " " not in word))


def plain_latin(text: str) -> str:
    """Without accents, in capitals: the characters of a passport."""
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(char for char in bare if char.isascii()).upper()


def _of_parts(origin: str, female: bool, family: str, given: str) -> Naming:
    """A name of Latin words, whose kana is worked out from their letters."""
    latin = plain_latin(f"{family} {given}".strip())
    return Naming(family, given, in_katakana(family), in_katakana(given), latin, "", origin, female)


def _vietnamese(rng: Random, female: bool) -> Naming:
    family, middle, given = (rng.choice(_triples(f"vietnamese{part}")) for part in ("", "_middle", "_given"))
    if female and rng.random() < 0.6:
        middle = ["Thị", "ティ"]
    native = f"{family[0]} {middle[0]} {given[0]}"
    parts = f"{middle[0]} {given[0]}", f"{middle[1]} {given[1]}"
    return Naming(family[0], parts[0], family[1], parts[1], plain_latin(native), native, "vi", female)


def _nepali(rng: Random, female: bool) -> Naming:
    given = rng.choice(_provided("ne_NP", "first_names_female" if female else "first_names_male"))
    family = rng.choice(_provided("ne_NP", "last_names"))
    middle = rng.choice(("", "", " Bahadur", " Kumar")) if not female else rng.choice(("", "", " Kumari", " Maya"))
    return _of_parts("ne", female, from_devanagari(family), from_devanagari(given) + middle)


def _indonesian(rng: Random, female: bool) -> Naming:
    sex = "female" if female else "male"
    given = rng.choice(_provided("id_ID", f"first_names_{sex}"))
    family = rng.choice(_provided("id_ID", f"last_names_{sex}"))
    if rng.random() < 0.2:
        given = f"{given} {rng.choice(_provided('id_ID', f'first_names_{sex}'))}"
    return _of_parts("id", female, given, family)


def _burmese(rng: Random, female: bool) -> Naming:
    words = rng.sample(_WORDS["burmese"].split(), rng.choice((2, 3, 3, 4)))
    return _of_parts("my", female, words[0], " ".join(words[1:]))


def _filipino(rng: Random, female: bool) -> Naming:
    given = rng.choice(_provided("en_US", "first_names_female" if female else "first_names_male"))
    family, mother = rng.choice(_provided("es_MX", "last_names")), rng.choice(_provided("es_MX", "last_names"))
    return _of_parts("ph", female, family, f"{given} {mother}" if rng.random() < 0.5 else given)


def _hanzi(rng: Random, female: bool, origin: str, key: str) -> Naming:
    family = rng.choice(_triples(key))
    given = rng.sample(_triples(f"{key}_given"), rng.choice((1, 2, 2)) if origin == "zh" else 2)
    latin = plain_latin(family[0] + " " + "".join(part[0] for part in given))
    kanji = "".join(part[1] for part in given)
    kana = "".join(part[2] for part in given)
    return Naming(family[1], kanji, family[2], kana, latin, family[1] + kanji, origin, female)


def _drawn(origin: str, locale: str, order: str = "given first") -> Draw:
    def draw(rng: Random, female: bool) -> Naming:
        given = rng.choice(_provided(locale, "first_names_female" if female else "first_names_male"))
        family = rng.choice(_provided(locale, "last_names"))
        return _of_parts(origin, female, *((given, family) if order == "given first" else (family, given)))

    return draw


def _listed(origin: str, key: str) -> Draw:
    return lambda rng, female: _of_parts(origin, female, _word(rng, f"{key}_family"), _word(rng, f"{key}_given"))


def _sri_lankan(rng: Random, female: bool) -> Naming:
    family = _word(rng, "sri_lankan") + _word(rng, "sri_lankan_end")
    return _of_parts("lk", female, family, _word(rng, "sri_lankan_given"))


def _mongolian(rng: Random, female: bool) -> Naming:
    words = rng.sample(_WORDS["mongolian"].split(), 4)
    return _of_parts("mn", female, words[0] + words[1].lower(), words[2] + words[3].lower())


_ABROAD: tuple[tuple[int, str, Draw], ...] = (
    (28, "VNM", _vietnamese),
    (14, "NPL", _nepali),
    (12, "IDN", _indonesian),
    (12, "MMR", _burmese),
    (10, "PHL", _filipino),
    (10, "CHN", lambda rng, female: _hanzi(rng, female, "zh", "chinese")),
    (4, "KOR", lambda rng, female: _hanzi(rng, female, "ko", "korean")),
    (5, "IND", _drawn("in", "en_IN")),
    (4, "LKA", _sri_lankan),
    (4, "BGD", _drawn("bd", "en_PK")),
    (4, "KHM", _listed("kh", "khmer")),
    (3, "THA", _listed("th", "thai")),
    (3, "MNG", _mongolian),
    (5, "BRA", _drawn("br", "pt_BR")),
    (2, "PER", _drawn("pe", "es_MX")),
    (2, "USA", _drawn("us", "en_US")),
    (1, "FRA", _drawn("fr", "fr_FR")),
    (1, "DEU", _drawn("de", "de_DE")),
    (1, "ROU", _drawn("ro", "ro_RO")),
)


def foreign(rng: Random) -> tuple[str, Naming]:
    """The nationality as three letters of ISO 3166-1, and a name from there."""
    _, nation, draw = rng.choices(_ABROAD, [share for share, _, _ in _ABROAD])[0]
    return nation, draw(rng, rng.random() < 0.5)
