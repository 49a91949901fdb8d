"""People who do not exist: names drawn together from common parts, addresses in real towns, numbers drawn at random."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from samples import numbers

_NAMES = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
_FAMILY, _MALE, _FEMALE = (_NAMES[key].split() for key in ("family", "male", "female"))
_PLACES = [line.split() for line in _NAMES["places"].splitlines()]
_FOREIGN = _NAMES["foreign"]
_SHARES = [origin["share"] for origin in _FOREIGN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody invented, with everything that one of the documents may want to know."""

    name: str
    kana: str
    sex: str
    birth: date
    nationality: str
    state: str
    """Nationality as three letters of ICAO Doc 9303-3."""
    postal: str
    address: str
    phone: str
    email: str
    my_number: str
    passport: str = ""
    residence_card: str = ""
    status: str = ""
    level: str = ""
    field: str = ""
    employer: str = ""
    diagnosis: str = ""

    @property
    def era(self) -> str:
        """The birth date in the Japanese calendar: 昭和60年1月2日."""
        for start, name in ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"), (date(1926, 12, 25), "昭和")):
            if self.birth >= start:
                year = self.birth.year - start.year + 1
                return f"{name}{year if year > 1 else '元'}年{self.birth.month}月{self.birth.day}日"
        raise ValueError("nobody here was born before 昭和")


class Town:
    """A source of people; no two of them share a name, a number or an e-mail address."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._seen: set[str] = set()

    def residents(self, count: int) -> list[Person]:
        """Japanese residents."""
        return [self._resident() for _ in range(count)]

    def foreigners(self, count: int) -> list[Person]:
        """People from abroad who look for work."""
        return [self._foreigner() for _ in range(count)]

    def _resident(self) -> Person:
        rng = self.rng
        sex = rng.choice("男女")
        while True:
            family, family_kana = _split(rng.choice(_FAMILY))
            given, given_kana = _split(rng.choice(_MALE if sex == "男" else _FEMALE))
            if self._new(name := f"{family}　{given}"):
                break
        home = self._home()
        return Person(
            name=name,
            kana=f"{family_kana}　{given_kana}",
            sex=sex,
            birth=self._birth(1932, 2018),
            nationality="日本",
            state="JPN",
            postal=home[0],
            address=home[1],
            phone=self._phone(home[2]),
            email=self._email(),
            my_number=self._unique(numbers.my_number),
            diagnosis=rng.choice(_NAMES["diagnoses"]),
        )

    def _foreigner(self) -> Person:
        rng = self.rng
        origin = rng.choices(_FOREIGN, _SHARES)[0]
        letters, count = origin["passport"]
        while True:
            words = [_split(rng.choice(part.split())) for part in origin["parts"]]
            if self._new(name := " ".join(word for word, _ in words)):
                break
        home = self._home()
        return Person(
            name=name,
            kana="・".join(kana for _, kana in words),
            sex=rng.choice("男女"),
            birth=self._birth(1980, 2006),
            nationality=origin["nationality"],
            state=origin["state"],
            postal=home[0],
            address=home[1],
            phone=self._phone(""),
            email=self._email(),
            my_number=self._unique(numbers.my_number),
            passport=letters + numbers.digits(rng, count),
            residence_card=self._unique(numbers.residence_card),
            status=rng.choices(_NAMES["statuses"], (50, 20, 12, 10, 5, 3))[0],
            level=rng.choices(_NAMES["levels"], (2, 10, 28, 40, 8, 12))[0],
            field=rng.choice(_NAMES["fields"]),
            employer=rng.choice(("株式会社", "有限会社", "社会福祉法人")) + rng.choice(_NAMES["employers"]),
        )

    def _home(self) -> tuple[str, str, str]:
        rng = self.rng
        postal, prefecture, city, town, area = rng.choice(_PLACES)
        block = f"{rng.randrange(1, 6)}-{rng.randrange(1, 30)}-{rng.randrange(1, 25)}"
        if rng.random() < 0.4:
            block = f"{rng.randrange(1, 6)}丁目{rng.randrange(1, 30)}番{rng.randrange(1, 25)}号"
        building = rng.choice(_NAMES["buildings"]) if rng.random() < 0.6 else ""
        room = f" {building}{rng.randrange(1, 6)}0{rng.randrange(1, 9)}号室" if building else ""
        return postal, f"{prefecture}{city}{town}{block}{room}", area

    def _phone(self, area: str) -> str:
        rng = self.rng
        while True:
            if area and rng.random() < 0.3:
                phone = f"{area}{numbers.digits(rng, 7 - len(area))}-{numbers.digits(rng, 4)}"
            else:
                phone = f"{rng.choice(('070', '080', '090'))}-{rng.randrange(1000, 10000)}-{numbers.digits(rng, 4)}"
            if self._new(phone):
                return phone

    def _email(self) -> str:
        stem = "".join(self.rng.choices("abdehikmnorstuy", k=6))
        host = self.rng.choice(("mail.mihon-yama.jp", "post.mihon-kawa.ne.jp", "mihon-hoshi.jp"))
        return self._unique(lambda rng: f"{stem}.{numbers.digits(rng, 4)}@{host}")

    def _birth(self, first: int, last: int) -> date:
        start = date(first, 1, 1)
        return start + timedelta(days=self.rng.randrange((date(last, 12, 31) - start).days))

    def _unique(self, draw: Callable[[Random], str]) -> str:
        return next(value for value in _forever(draw, self.rng) if self._new(value))

    def _new(self, value: str) -> bool:
        if value in self._seen:
            return False
        self._seen.add(value)
        return True


def _forever(draw: Callable[[Random], str], rng: Random) -> Iterator[str]:
    while True:
        yield draw(rng)


def _split(word: str) -> tuple[str, str]:
    """A part of a name and its reading in katakana."""
    cut = next(index for index, char in enumerate(word) if "ァ" <= char <= "ヶ")
    return word[:cut], word[cut:]
