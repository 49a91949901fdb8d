"""The duties to report a loss, as tables: their conditions, thresholds and deadlines, read from ``rules/law/``.

The tables say what the law says, with its date and source; nothing is judged here. How one is read is told in the first
of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from scanner.model import VOLUME_CLASSES
from scanner.places import rules_folder
from scanner.policy.reading import Section, content
from scanner.wording import TYPES

ORDINANCE = "@ordinance"
"""Stands in a table for the types that a policy names."""
_COUNTS = ("persons", "values")
_NEEDS = ("purpose", "system", "exposure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition of a duty to report, as the law has it."""

    id: str
    article: Mapping[str, str]
    types: tuple[str, ...]
    """What brings it about; empty, with no hints either: all personal data."""
    hints: tuple[str, ...]
    """What may bring it about."""
    counts: str
    """``persons`` or ``values``."""
    more_than: int
    needs: str
    """What the data alone cannot tell; empty: nothing."""
    volumes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One duty to report, as of a day."""

    id: str
    kinds: tuple[str, ...]
    title: Mapping[str, str]
    as_of: date
    source: tuple[str, ...]
    preliminary: tuple[int, int]
    """Days to the preliminary report, from and to; the day of learning is the first."""
    final: int
    final_malicious: int
    article: Mapping[str, str]
    """Of the deadlines."""
    terms: tuple[Term, ...]


def laws(kind: str) -> tuple[Law, ...]:
    """The duties of a kind of organisation; of ``unknown``, those of every kind."""
    return tuple(law for law in _all() if kind in (*law.kinds, "unknown"))


@cache
def _all() -> tuple[Law, ...]:
    files = sorted((rules_folder() / "law").glob("*.toml"))
    return tuple(_law(Section.of(content(path), str(path))) for path in files)


def _law(file: Section) -> Law:
    deadline = file.section("deadline")
    as_of = file.day("as_of")
    if as_of is None:
        raise file.wrong("as_of is missing")
    days = deadline.numbers("preliminary")
    law = Law(
        id=file.text("id"),
        kinds=file.words("kinds", ("private", "public")),
        title=file.said("title"),
        as_of=as_of,
        source=file.words("source"),
        preliminary=(min(days), max(days)),
        final=deadline.number("final", 0),
        final_malicious=deadline.number("final_malicious", 0),
        article=deadline.said("article"),
        terms=tuple(_term(section) for section in file.sections("condition")),
    )
    deadline.done()
    file.done()
    return law


def _term(section: Section) -> Term:
    types = (*TYPES, ORDINANCE)
    term = Term(
        id=section.text("id"),
        article=section.said("article"),
        types=section.words("types", types),
        hints=section.words("hints", types),
        counts=section.text("counts", _COUNTS),
        more_than=section.number("more_than", 0, least=0),
        needs=section.text("needs", _NEEDS) if section.has("needs") else "",
        volumes=section.words("volumes", VOLUME_CLASSES) or VOLUME_CLASSES,
    )
    section.done()
    return term
