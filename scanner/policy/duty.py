"""If this were lost today: which conditions of a duty to report would be met, how surely, and what would be due when.

Arithmetic over what was found and the tables of the law. A local copy is no leak, and nothing here says that no report
is needed: what was not seen may still be there, and how it was lost decides as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from scanner.duty import CERTAINTIES, Condition, Gauge
from scanner.model import CONFIDENCES, DocumentResult, Persons, Volume
from scanner.policy.judging import Policy
from scanner.policy.law import ORDINANCE, Term, laws
from scanner.report import TypeTotal
from scanner.wording import TYPES

MOST_FOLDERS, MOST_DOCUMENTS = 10, 20
"""Folders and documents that are gauged one by one, the worst first."""
_FOLDERS, _LISTS = 4_096, 256
"""Folders that are added up at a time, the lighter ones forgotten beyond; lists that each knows again."""
_DATED = ("met", "likely")
_HIGH, _MEDIUM = CONFIDENCES.index("high"), CONFIDENCES.index("medium")

Bounds = tuple[int, int, int]
"""People or values: at least, best estimate, at most."""
_NOBODY: Bounds = (0, 0, 0)
_NOT_SEEN = len(CERTAINTIES) - 1


class _Look(NamedTuple):
    """What of one document counts."""

    address: str
    volume: Volume
    persons: Bounds
    distinct: Mapping[str, int]
    shares: Mapping[int, tuple[Bounds, frozenset[str]]]
    """By the number of each condition that is about types of data: who counts for it, and by which types."""
    copy: int
    """Equal for documents with the very same values; 0 where nothing tells."""
    rank: int
    """How sure the surest condition is that what was found can meet; 0: there is none."""


class _Group:
    """Documents that would be lost together, added up.

    A list that holds the very same values as another is counted once. Who else stands in several documents is counted
    several times, but never above what the whole machine holds.
    """

    def __init__(self) -> None:
        self.persons = _NOBODY
        self.volumes: set[Volume] = set()
        self.shares: dict[int, tuple[Bounds, frozenset[str]]] = {}
        self.distinct: dict[str, int] = defaultdict(int)
        self.rank = 0
        self._copies: set[int] = set()

    def add(self, look: _Look) -> None:
        self.volumes.add(look.volume)
        self.rank = max(self.rank, look.rank)
        for number, (bounds, types) in look.shares.items():
            before, seen = self.shares.get(number, (_NOBODY, frozenset()))
            self.shares[number] = _together(before, bounds), seen | types
        if look.copy in self._copies:
            return
        if look.copy and len(self._copies) < _LISTS:
            self._copies.add(look.copy)
        self.persons = _together(self.persons, look.persons)
        for kind, number in look.distinct.items():
            self.distinct[kind] += number


def _group(looks: Iterable[_Look]) -> _Group:
    group = _Group()
    for look in looks:
        group.add(look)
    return group


class Meter:
    """Takes documents one by one and gauges what would be lost with them, in memory that does not grow with them."""

    def __init__(self, policy: Policy, today: date, lang: str = "en") -> None:
        self._judge = _Judge(policy, today, lang)
        self._machine = _Group()
        self._volumes: dict[str, _Group] = defaultdict(_Group)
        self._folders: dict[str, _Group] = defaultdict(_Group)
        self._documents: list[_Look] = []

    def add(self, document: DocumentResult, volume: Volume) -> None:
        """Take in a document with findings and the volume it lies on."""
        look = self._judge.look(document, volume)
        for group in (self._machine, self._volumes[volume.mount or volume.identity]):
            group.add(look)
        if look.rank:
            self._documents.append(look)
            self._folders[folder_of(document.path)].add(look)
        if len(self._folders) > _FOLDERS:
            kept = self._worst_folders(_FOLDERS // 4)
            self._folders = defaultdict(_Group, {name: self._folders[name] for name in kept})
        if len(self._documents) > 4 * MOST_DOCUMENTS:
            self._documents = self._worst_documents()

    def gauges(self, host: str, persons: Persons, by_type: Mapping[str, TypeTotal]) -> tuple[Gauge, ...]:
        """The gauges of the machine, of each volume with findings, and of the worst folders and documents.

        `persons` and `by_type` are those of the whole run, where who stands in several documents is counted once.
        """
        gauge, most = self._judge.gauge, _Most((persons.low, persons.best, persons.high), by_type)
        self._machine.persons = most.persons
        return (
            gauge("machine", host, self._machine, most),
            *(gauge("volume", mount, group, most) for mount, group in sorted(self._volumes.items())),
            *(gauge("folder", name, self._folders[name], most) for name in self._worst_folders(MOST_FOLDERS)),
            *(gauge("document", look.address, _group([look]), most) for look in self._worst_documents()),
        )

    def _worst_folders(self, most: int) -> list[str]:
        groups = self._folders
        return sorted(groups, key=lambda name: (-groups[name].rank, -groups[name].persons[1], name))[:most]

    def _worst_documents(self) -> list[_Look]:
        return sorted(self._documents, key=lambda look: (-look.rank, -look.persons[1], look.address))[:MOST_DOCUMENTS]


def folder_of(path: str) -> str:
    """The folder a file lies in; a folder that is the root of a drive keeps its separator."""
    at = max(path.rfind("/"), path.rfind("\\"))
    folder = path[: max(at, 0)]
    return path[: at + 1] if not folder or folder.endswith(":") else folder


class _Most(NamedTuple):
    """What the whole machine holds, and no part of it exceeds."""

    persons: Bounds
    by_type: Mapping[str, TypeTotal]


class _Judge:
    """The conditions that bind an organisation, on a day."""

    def __init__(self, policy: Policy, today: date, lang: str) -> None:
        self._laws = laws(policy.organisation)
        self._today = today
        self._lang = lang
        self._terms = [
            (law, one) for law in self._laws for term in law.terms for one in _with_ordinance(term, policy.ordinance)
        ]
        self._by_type: dict[str, list[int]] = defaultdict(list)
        for number, (_, term) in enumerate(self._terms):
            for kind in (*term.types, *term.hints):
                self._by_type[kind].append(number)

    def look(self, document: DocumentResult, volume: Volume) -> _Look:
        """What of a document counts for which condition: sure findings at least, all of them at most."""
        persons = (document.persons.low, document.persons.best, document.persons.high)
        distinct: dict[str, int] = defaultdict(int)
        amounts: dict[int, list[int]] = {}
        types: dict[int, frozenset[str]] = {}
        for finding in document.findings:
            distinct[finding.type] += finding.distinct
            for number in self._by_type.get(finding.type, ()):
                term = self._terms[number][1]
                grade = -1 if finding.type in term.hints else CONFIDENCES.index(finding.confidence)
                amount = finding.distinct if term.counts == "values" else finding.count
                counted = amounts.setdefault(number, [0, 0, 0])
                counted[0] += amount * (grade >= _HIGH)
                counted[1] += amount * (grade >= _MEDIUM)
                counted[2] += amount
                types[number] = types.get(number, frozenset()) | {finding.type}
        shares = {
            number: (_within(self._terms[number][1], (low, best, high), persons), types[number])
            for number, (low, best, high) in amounts.items()
            if volume.volume_class in self._terms[number][1].volumes
        }
        copy = hash(tuple(sorted(document.sketches.items()))) if document.sketches else 0
        rank = self._rank(volume, persons, shares)
        return _Look(document.address, volume, persons, distinct, shares, copy, rank)

    def _rank(self, volume: Volume, persons: Bounds, shares: Mapping[int, tuple[Bounds, frozenset[str]]]) -> int:
        best = _NOT_SEEN
        for number, (_, term) in enumerate(self._terms):
            if not term.needs and volume.volume_class in term.volumes:
                counted = shares.get(number, (_NOBODY, None))[0] if _is_about_types(term) else persons
                best = min(best, _certainty(counted, term.more_than))
        return _NOT_SEEN - best

    def gauge(self, subject: str, where: str, group: _Group, most: _Most) -> Gauge:
        low, best, high = (min(pair) for pair in zip(group.persons, most.persons, strict=True))
        conditions = tuple(
            self._condition(number, group, (low, best, high), most) for number in range(len(self._terms))
        )
        certainty = min((one.certainty for one in conditions), key=CERTAINTIES.index, default=CERTAINTIES[-1])
        dated = {one.law for one in conditions if one.certainty in _DATED}
        due = [law for law in self._laws if law.id in dated]
        encrypted = bool(group.volumes) and all(volume.encrypted for volume in group.volumes)
        return Gauge(
            subject=subject,
            where=where,
            persons=best,
            persons_low=low,
            persons_high=high,
            conditions=conditions,
            certainty=certainty,
            preliminary=self._day([law.preliminary[1] for law in due]),
            preliminary_from=self._day([law.preliminary[0] for law in due]),
            final=self._day([law.final for law in due]),
            final_malicious=self._day([law.final_malicious for law in due]),
            mitigating=("encrypted_volume",) if encrypted else (),
        )

    def _condition(self, number: int, group: _Group, persons: Bounds, most: _Most) -> Condition:
        law, term = self._terms[number]
        counted, types = persons, frozenset[str]()
        if _is_about_types(term):
            counted, types = group.shares.get(number, (_NOBODY, types))
            counted = _within_all(term, counted, persons, group.distinct, most)
        elif not any(volume.volume_class in term.volumes for volume in group.volumes):
            counted = _NOBODY
        certainty = CERTAINTIES[_certainty(counted, term.more_than)]
        return Condition(
            id=term.id,
            law=law.id,
            article=term.article[self._lang if self._lang in term.article else "en"],
            certainty="possible" if term.needs and certainty in _DATED else certainty,
            persons=counted[1],
            types=tuple(kind for kind in TYPES if kind in types),
        )

    def _day(self, days: Sequence[int]) -> date | None:
        return self._today + timedelta(days=min(days) - 1) if days else None


def _with_ordinance(term: Term, ordinance: tuple[str, ...]) -> Iterator[Term]:
    """The term with the types that the policy names; none where it names none."""
    if term.types != (ORDINANCE,):
        yield term
    elif ordinance:
        yield replace(term, types=ordinance)


def _is_about_types(term: Term) -> bool:
    return bool(term.types or term.hints)


def _together(one: Bounds, other: Bounds) -> Bounds:
    """Two amounts that may be about the same people: at least the larger, at most both."""
    return max(one[0], other[0]), one[1] + other[1], one[2] + other[2]


def _within(term: Term, amounts: Bounds, persons: Bounds) -> Bounds:
    """Amounts of values as people: each different value is one, or no more than the document has."""
    if term.counts == "values":
        return amounts
    return min(amounts[0], persons[0]), min(amounts[1], persons[1]), min(amounts[2], persons[2])


def _within_all(term: Term, amounts: Bounds, persons: Bounds, distinct: Mapping[str, int], most: _Most) -> Bounds:
    """Amounts of many documents, and no more than there are people, or different values, in all."""
    limit = persons[1:]
    if term.counts == "values":
        kinds = (*term.types, *term.hints)
        here = sum(distinct.get(kind, 0) for kind in kinds)
        all_over = sum(most.by_type[kind].distinct for kind in kinds if kind in most.by_type)
        limit = (min(here, all_over),) * 2
    low, best, high = amounts[0], min(amounts[1], limit[0]), min(amounts[2], limit[1])
    return low, max(low, best), max(low, best, high)


def _certainty(counted: Bounds, more_than: int) -> int:
    """The place in `CERTAINTIES` of how sure it is that more than so many count."""
    return next((place for place, bound in enumerate(counted) if bound > more_than), _NOT_SEEN)
