"""The desk at which the sample is written: it puts documents down and keeps the account of what is planted in them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from samples import numbers
from samples.people import Person, Town
from samples.truth import Planted

Column = tuple[str, Callable[[Person], str]]

COLUMNS: dict[str, Column] = {
    "氏名": ("person_name", lambda person: person.name),
    "フリガナ": ("person_name", lambda person: person.kana),
    "性別": ("gender", lambda person: person.sex),
    "生年月日": ("birth_date", lambda person: person.birth.strftime("%Y/%m/%d")),
    "生年月日（和暦）": ("birth_date", lambda person: person.era),
    "郵便番号": ("postal_code", lambda person: person.postal),
    "住所": ("address", lambda person: person.address),
    "電話番号": ("phone_number", lambda person: person.phone),
    "メールアドレス": ("email_address", lambda person: person.email),
    "個人番号": ("my_number", lambda person: person.my_number),
    "国籍": ("nationality", lambda person: person.nationality),
    "在留資格": ("residence_status", lambda person: person.status),
    "在留カード番号": ("residence_card_number", lambda person: person.residence_card),
    "旅券番号": ("passport_number", lambda person: person.passport),
    "日本語能力": ("japanese_level", lambda person: person.level),
    "特定技能分野": ("skill_field", lambda person: person.field),
    "就労候補先": ("", lambda person: person.employer),
    "病名": ("medical_info", lambda person: person.diagnosis),
}
_REPLACED = {
    "cp932": str.maketrans("𠮷", "吉"),
    "euc_jp": str.maketrans("𠮷髙﨑濵", "吉高崎浜"),
    "iso2022_jp": str.maketrans("𠮷髙﨑濵凜", "吉高崎浜凛"),
}


class Sheet:
    """The account of one document while it is written."""

    def __init__(self) -> None:
        self.values: defaultdict[str, list[str]] = defaultdict(list)
        self.names: set[str] = set()

    def note(self, kind: str, value: str) -> str:
        """Plant a value; it is given back to stand in the text."""
        if kind and value:
            self.values[kind].append(value)
        return value

    def person(self, person: Person, *columns: str) -> list[str]:
        """Plant these columns of a person."""
        self.names.add(person.name)
        return [self.note(COLUMNS[column][0], COLUMNS[column][1](person)) for column in columns]

    def lines(self, person: Person, *columns: str) -> list[str]:
        """Plant these columns as labelled lines."""
        values = self.person(person, *columns)
        return [f"{column}：{value}" for column, value in zip(columns, values, strict=True)]

    def roster(self, people: Iterable[Person], columns: Sequence[str], *, numbered: str = "") -> list[list[str]]:
        """Plant a table with a head row; `numbered` is the head of a first column that counts."""
        rows = [self.person(person, *columns) for person in people]
        if not numbered:
            return [list(columns), *rows]
        return [[numbered, *columns], *([str(index), *row] for index, row in enumerate(rows, 1))]


class Desk:
    """The folder, the source of people and what has been planted so far."""

    def __init__(self, dest: Path, rng: Random) -> None:
        self.dest = dest
        self.rng = rng
        self.town = Town(rng)
        self.planted: list[Planted] = []

    def put(self, path: str, content: bytes, *sheets: Sheet, readable: bool = True) -> None:
        """Write a document and enter the account of it."""
        target = self.dest / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.enter(path, *sheets, readable=readable)

    def enter(self, address: str, *sheets: Sheet, readable: bool = True) -> None:
        """Enter the account of a document that lies in another one."""
        values: defaultdict[str, list[str]] = defaultdict(list)
        for sheet in sheets:
            for kind, found in sheet.values.items():
                values[kind] += found
        names = set().union(*(sheet.names for sheet in sheets))
        self.planted.append(
            Planted(
                address=address,
                persons=len(names),
                values={kind: tuple(found) for kind, found in sorted(values.items())},
                readable=readable,
            )
        )

    def digits(self, count: int) -> str:
        """So many random digits."""
        return numbers.digits(self.rng, count)


def written_in(encoding: str, people: Iterable[Person]) -> list[Person]:
    """The same people with names that the encoding has: what old systems do to 𠮷 and 髙."""
    return [replace(person, name=person.name.translate(_REPLACED[encoding])) for person in people]
