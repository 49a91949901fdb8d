"""Matches → findings: the last place where a raw value exists.

Values are counted, distinguished by a digest under a key that lives as long as the run, shown as masks, and forgotten.
Memory does not grow with the number of matches: samples and places are bounded, and so is the count of distinct values
(`scanner.detection.sketch`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b

from scanner.checks import person_name_known
from scanner.detection.persons import Roll, Values
from scanner.detection.population import Population
from scanner.detection.rules import Mask, Rule
from scanner.detection.sketch import Distinct
from scanner.model import CONFIDENCES, Finding, Match, Persons, Sweep
from scanner.origin import Place
from scanner.own import Own
from scanner.text import fold

MASKS = 5
"""Masked samples kept of a finding."""
LONGEST = 60
"""Characters of a masked value."""
_LETTER = re.compile(r"[^\W_]")
OWN_NUMBERS = 3
"""Numbers that may all be one person's."""
TRIED = 8
"""Values after which no further sample is looked for: masks repeat."""


@dataclass(slots=True)
class _Group:
    """The matches of one rule, confidence and evidence in one column."""

    count: int = 0
    distinct: Distinct = field(default_factory=Distinct)
    masked: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def merge(self, other: "_Group", places: int | None) -> None:
        self.count += other.count
        self.distinct.merge(other.distinct)
        self.masked = list(dict.fromkeys(self.masked + other.masked))[:MASKS]
        self.places = (self.places + other.places)[:places]


class Collector:
    """Takes the matches of one document and says what may be kept of them."""

    def __init__(self, rules: Mapping[str, Rule], key: bytes, places: int | None, own: Own | None = None) -> None:
        """`key`: secret of the run; `places`: how many places a finding keeps."""
        self._own = own if own and (own.names or own.numbers) else None
        self._rules = rules
        self._key = key
        self._places = places
        self._theirs = False
        """Somebody is named who is not the user of this PC, or there is a number more than a person has."""
        self._numbers: set[tuple[str, str]] = set()
        self._named = False
        self._groups: dict[tuple[str, str, tuple[str, int] | None], _Group] = {}
        self.roll = Roll()

    def add(self, match: Match) -> None:
        """Count a match and forget its value."""
        rule = self._rules[match.rule]
        column = match.column if match.evidence == "alone" else None
        group = self._groups.setdefault((match.rule, match.evidence, column), _Group())
        group.count += 1
        digest = digest_of(match.type, match.canonical, self._key)
        if group.distinct.add(digest) and len(group.masked) < MASKS and group.count <= TRIED:
            masked = mask(match.value, rule.mask)
            if masked not in group.masked:
                group.masked.append(masked)
        if self._places is None or len(group.places) < self._places:
            group.places.append(_presentable(match.place))
        if rule.personal:
            certain = match.confidence not in ("low", "none")
            if certain:
                self._note_owner(rule.role, match.type, match.canonical)
            self.roll.note(rule.role, digest, match.column, match.row, certain=certain)

    def add_rows(self, sweeps: Sequence[Sweep]) -> None:
        """Count the values of whole rows, column by column, and forget them."""
        self._theirs = True  # a long table is a register
        columns: list[tuple[str, Mapping[int, int]]] = []
        for sweep in sweeps:
            rule = self._rules[sweep.rule]
            group = self._groups.setdefault((sweep.rule, sweep.evidence, None), _Group())
            digests = {one: digest_of(sweep.type, one, self._key) for one in set(sweep.canonicals)}
            group.count += len(sweep)
            group.distinct.update(digests.values())
            self._sample(group, sweep, rule.mask)
            if rule.personal and sweep.confidence not in ("low", "none"):
                by_row = dict(zip(sweep.rows, map(digests.__getitem__, sweep.canonicals), strict=True))
                columns.append((rule.role, by_row))
        if columns:
            self.roll.note_rows(sweeps[0].column[0], columns)

    def _sample(self, group: _Group, sweep: Sweep, how: Mask) -> None:
        wanted = len(sweep) if self._places is None else min(self._places - len(group.places), len(sweep))
        group.places.extend(_presentable(sweep.match(index).place) for index in range(wanted))
        if len(group.masked) < MASKS and group.count == len(sweep):
            masked = [mask(sweep.value(index), how) for index in range(min(TRIED, len(sweep)))]
            group.masked = list(dict.fromkeys(group.masked + masked))[:MASKS]

    def is_own(self, persons: Persons) -> bool:
        """Whether the document speaks of nobody but the user of this PC."""
        if self._own is None or self._theirs or persons.best > 1 or not (self._named or self._numbers):
            return False
        return all(self._own.is_number(value) for _, value in sorted(self._numbers))

    def _note_owner(self, role: str, kind: str, canonical: str) -> None:
        """Remember whether a value may be the user's: names at once, of numbers as many as one person has."""
        if self._own is None or self._theirs:
            return
        if role == "name":
            self._named = self._own.is_name(canonical)
            self._theirs = not self._named
        elif role == "identifier":
            self._numbers.add((kind, canonical))
            self._theirs = len(self._numbers) > OWN_NUMBERS

    def findings(self, population: Population) -> tuple[tuple[Finding, ...], Persons, dict[str, tuple[int, ...]]]:
        """The findings, the estimate of persons, and for each personal type a sketch of its values."""
        settled: dict[tuple[str, str], _Group] = {}
        for (name, evidence, column), group in self._groups.items():
            final = population.evidence(self._rules[name], column) if evidence == "alone" else evidence
            confidence = self._rules[name].confidence[final] if final else "none"
            if confidence != "none":
                settled.setdefault((name, confidence), _Group()).merge(group, self._places)
        kept = sorted(settled.items(), key=lambda item: (-CONFIDENCES.index(item[0][1]), item[0][0]))
        findings = tuple(self._finding(name, confidence, group) for (name, confidence), group in kept)
        return findings, *self._people(settled)

    def _finding(self, name: str, confidence: str, group: _Group) -> Finding:
        return Finding(
            rule=name,
            type=self._rules[name].type,
            confidence=confidence,
            count=group.count,
            distinct=min(len(group.distinct), group.count),
            masked=tuple(group.masked),
            places=tuple(group.places),
            places_omitted=group.count - len(group.places),
        )

    def _people(self, settled: Mapping[tuple[str, str], _Group]) -> tuple[Persons, dict[str, tuple[int, ...]]]:
        sketches: dict[str, Distinct] = {}
        people: dict[tuple[str, str], Values] = {}
        for (name, confidence), group in settled.items():
            rule = self._rules[name]
            sketches.setdefault(rule.type, Distinct()).merge(group.distinct)
            if rule.personal and confidence != "low":
                people.setdefault((rule.type, rule.role), Values(rule.role)).add(group.count, group.distinct)
        return self.roll.persons(tuple(people.values())), {name: one.smallest() for name, one in sketches.items()}


def digest_of(kind: str, canonical: str, key: bytes) -> int:
    """A 64-bit keyed digest: without the key twelve digits are quickly tried out."""
    return int.from_bytes(blake2b(f"{kind}\0{canonical}".encode("utf-8", "replace"), digest_size=8, key=key).digest())


def mask(value: str, how: Mask) -> str:
    """The value as a report may show it: separators stay, letters and digits become ``*`` but for the ends."""
    cut = value.rfind(how.keep_after) if how.keep_after else -1
    hidden, shown = (value[:cut], value[cut:]) if cut >= 0 else (value, "")
    marks = [found.start() for found in _LETTER.finditer(hidden)]
    if how.first + how.last < len(marks):
        marks = marks[how.first : len(marks) - how.last]
    characters = list(hidden)
    for index in marks:
        characters[index] = "*"
    text = "".join(characters) + shown
    text = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _presentable(place: Place) -> Place:
    """A place whose header and sheet show nobody: the first row may be data, and each person may have a sheet."""
    if place.header is None and place.sheet is None:
        return place
    header, sheet = (name and _without_people(name) for name in (place.header, place.sheet))
    return replace(place, header=header, sheet=sheet)


@lru_cache(maxsize=256)
def _without_people(name: str) -> str:
    telling = "@" in name or sum(char.isdigit() for char in name) >= 5 or person_name_known(fold(name)) is not None
    return mask(name, Mask()) if telling else name
