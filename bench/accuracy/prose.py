"""Running text that speaks of people: letters, minutes, memos, mails, reports of incidents, care records, contracts."""

# mypy: allow-untyped-calls

import email.policy
import io
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import docx

from bench.accuracy import fields
from bench.accuracy.fields import FIELDS, Manner
from bench.accuracy.labelled import Line, Made, Marked, Piece, fill, placed, text_of, unplaced
from bench.accuracy.people import NATIONS, Person, crowd
from bench.accuracy.tables import encoded


class Sort(NamedTuple):
    """A sort of document: its parts, with ``{name}`` and the like for what is said of a person."""

    title: str
    foreign: float
    """The share of people from abroad."""
    most: int
    """People."""
    opening: list[str]
    persons: list[str]
    """One or two of them for each person."""
    closing: list[str]


_TEXTS = tomllib.loads(Path(__file__).with_name("prose.toml").read_text(encoding="utf-8"))
_SORTS = tuple(Sort(**sort) for sort in _TEXTS["sort"])


def _alone(one: Person, how: Manner) -> Line:
    """The word that one is called by: the surname of a Japanese, the whole name of others."""
    return fields.name(one, how) if one.foreign else (Marked("person_name", one.naming.family, "family alone"),)


def _optional(line: Line) -> Line:
    return tuple(piece._replace(required=False) if isinstance(piece, Marked) else piece for piece in line)


def _country(one: Person) -> Line:
    return (NATIONS[one.nation][0],)


def values(one: Person, other: Person, japanese: Person, how: Manner) -> Mapping[str, Line]:
    """What the templates may say of a person; `other` is a relative or colleague."""
    english = replace(how, language="en", address=1, date=how.date if how.date in (0, 1, 5, 7, 8) else 1)
    found = {key: field.write(one, how) for key, field in FIELDS.items()}
    return found | {
        "family": _alone(one, how),
        "family_ja": (Marked("person_name", japanese.naming.family, "family alone"),),
        "doctor": (Marked("person_name", japanese.naming.family, "family alone"),),
        "relative": fields.name(other, how),
        "country": _country(one),
        "country_en": (
            Marked(
                "nationality",
                NATIONS[one.nation][1],
                "prose",
                required=False,
            ),
        ),
        "nationality": (Marked("nationality", NATIONS[one.nation][0], "prose"),),
        "sex": (Marked("gender", ("男性", "女性")[one.naming.female], "prose", required=False),),
        "age": (str(2025 - one.birth.year),),
        "injury": (
            Marked(
                "medical_info", how.rng.choice(("右足関節捻挫", "左橈骨遠位端骨折", "腰部打撲", "頭部裂創")), "prose"
            ),
        ),
        "medical": (Marked("medical_info", one.medical, "prose"),),
        "skill": _optional((Marked("skill_field", one.field, "prose"),)),
        "level": (Marked("japanese_level", how.rng.choice(("N2", "N3", "N4")), "prose"),),
        "status": (Marked("residence_status", one.status, "prose"),),
        "bank": (one.bank,),
        "branch": (one.branch,),
        "account": (Marked("bank_account", one.account, "transfer"),),
        "birth_en": fields.birth(one, english),
        "address_en": fields.address(one, english),
    }


def _written(rng: Random, sort: Sort) -> tuple[tuple[Piece, ...], int]:
    language = "en" if sort.title == "english" else "ja"
    how = replace(fields.manner(rng, language, gaps=0), wide=rng.random() < 0.04)
    people = crowd(rng, rng.randint(1, sort.most), sort.foreign)
    others = crowd(rng, 3, 0)
    pieces: list[Piece] = [*fill(rng.choice(sort.opening), values(people[0], others[0], others[1], how))]
    for number, one in enumerate(people):
        for template in rng.sample(sort.persons, 2 if len(people) == 1 else 1):
            pieces += fill(template, values(one, others[number % 3], others[2], how))
    closing = rng.choice(sort.closing)
    signs = others[1] if sort.title not in ("letter", "dispatch") else people[0]
    pieces += ["\n", *fill(closing, values(signs, others[0], others[1], how))]
    return tuple(pieces), _people(pieces)


def _people(pieces: list[Piece]) -> int:
    """Different people named: a surname alone is the person whose name begins with it."""
    marks = {
        piece
        for piece in pieces
        if isinstance(piece, Marked) and piece.type == "person_name" and piece.note != "reading"
    }
    whole = {mark.value for mark in marks if mark.note != "family alone"}
    alone = {mark.value for mark in marks if mark.note == "family alone"}
    return len(whole) + len({name for name in alone if not any(one.startswith(name) for one in whole)})


def _mail(rng: Random, sort: Sort) -> Made:
    """A thread: the text, and below it the mail that it answers, with quotation marks."""
    sender, to = crowd(rng, 2, 0.2)
    how = fields.manner(rng, "ja")
    text, count = _written(rng, sort)
    quoted, more = _written(rng, rng.choice(_SORTS[:3]))
    lines = text_of(quoted).splitlines()
    names = fields.name(sender, how), fields.name(to, how)
    pieces: list[Piece] = [
        "Subject: Re: ご確認のお願い\nFrom: ",
        *names[0],
        " <",
        Marked("email_address", sender.email),
        ">\nTo: ",
    ]
    pieces += [
        *names[1],
        " <",
        Marked("email_address", to.email),
        ">\n\n",
        *text,
        "\n-----Original Message-----\n",
        *quoted,
    ]
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "Re: ご確認のお願い"
    message["From"] = f"{text_of(names[0]).replace('　', ' ')} <{sender.email}>"
    message["To"] = f"{text_of(names[1]).replace('　', ' ')} <{to.email}>"
    message["Date"] = "Mon, 01 Sep 2025 09:00:00 +0900"
    message["Message-ID"] = f"<{rng.randrange(10**12)}.1@mihon-office.jp>"
    body = f"{text_of(text)}\n-----Original Message-----\n" + "\n".join(f"> {line}" for line in lines)
    message.set_content(body, charset="utf-8", cte=rng.choice(("base64", "quoted-printable", "8bit")))
    return Made(name="eml", kind="prose", layout=f"mail {sort.title}", content=message.as_bytes(),
                truths=unplaced(pieces), text=text_of(pieces), persons=count + more + 2)  # fmt: skip


def prose(rng: Random, name: str) -> Made:
    """One document of running text."""
    sort = rng.choice(_SORTS)
    medium = rng.choices(("txt", "docx", "eml"), (60, 20, 20))[0]
    if medium == "eml":
        made = _mail(rng, sort)
        return replace(made, name=f"{name}.eml")
    pieces, count = _written(rng, sort)
    text, truths = placed(pieces)
    if medium == "txt":
        content, _ = encoded(text, rng, ("utf-8", "utf-8", "cp932"))
    else:
        paper = docx.Document()
        for line in text.split("\n"):
            paper.add_paragraph(line)
        stream = io.BytesIO()
        paper.save(stream)
        content, truths = stream.getvalue(), unplaced(pieces)
    return Made(name=f"{name}.{medium}", kind="prose", layout=f"{medium} {sort.title}", content=content,
                truths=truths, text=text, persons=count)  # fmt: skip


# --- logs and chats ---------------------------------------------------------------------------------------------------

_LOGS: dict[str, dict[str, Any]] = _TEXTS["log"]


_SUFFIXES = {"calls": "csv", "line": "txt", "slack": "txt"}


def _event(rng: Random, sort: str, number: int) -> str:
    """The template of one line with its clock set."""
    template = _LOGS[sort]["head"] + rng.choice(_LOGS[sort]["events"])
    clock = {"day": f"{1 + number % 28:02}", "minute": f"{rng.randrange(60):02}", "ms": f"{rng.randrange(1000):03}"}
    for key, value in (clock | {"n": str(rng.randrange(1, 20))}).items():
        template = template.replace(f"<{key}>", value)
    return str(template)


def log(rng: Random, name: str) -> Made:
    """Lines of a program's log, or of a chat, that speak of people."""
    sort = rng.choice(tuple(_LOGS))
    how = replace(fields.manner(rng, "ja"), wide=False)
    people = crowd(rng, rng.choice((2, 4, 10, 40)), 0.25)
    pieces: list[Piece] = ["[LINE] グループのトーク履歴\n2025/06/18(水)\n"] if sort == "line" else []
    seen: set[int] = set()
    for number in range(len(people) * 3):
        who = rng.randrange(len(people))
        one, other = people[who], people[who - 1]
        template = _event(rng, sort, number)
        said = dict(values(one, other, other, how)) | {"family": _alone(other, how)}
        line = fill(template, said)
        pieces += [piece.replace("«", "{").replace("»", "}") if isinstance(piece, str) else piece for piece in line]
        pieces.append("\n")
        seen.add(who)
        if "{family}" in template:
            seen.add((who - 1) % len(people))
    text, truths = placed(pieces)
    return Made(name=f"{name}.{_SUFFIXES.get(sort, 'log')}", kind="log",
                layout=f"log {sort}", content=text.encode(), truths=truths, text=text, persons=len(seen))  # fmt: skip
