"""What was found of what is there: matches are laid beside the truths of the documents, and counted.

A truth is found when a match of its type overlaps it, or, in formats without offsets, when their values are equal or
one holds the other once spaces and widths are gone. A match that touches no truth of its type is a false alarm.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import scanner
from bench.accuracy.labelled import Made, Truth
from scanner.model import CONFIDENCES
from scanner.report import Report

NOT_FOUND = -1
MEDIUM = CONFIDENCES.index("medium")
_DROP = re.compile(r"[\s・]+")


class Seen(NamedTuple):
    """A match: what is needed of it here."""

    type: str
    value: str
    confidence: int
    start: int | None
    end: int | None
    rule: str


class Hit(NamedTuple):
    """A truth and the most confident match that touches it."""

    truth: Truth
    confidence: int
    """`NOT_FOUND`, or the place in CONFIDENCES."""
    exact: bool
    """Whether a match has its very characters, spaces aside."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A document beside what was found in it."""

    made: Made
    hits: tuple[Hit, ...]
    """The required truths."""
    right: tuple[Seen, ...]
    wrong: tuple[Seen, ...]
    """Matches that touch no truth of their type."""


def squeezed(kind: str, value: str) -> str:
    """The value without spaces and widths; of a birth date only its numbers: a workbook's dates have no spelling."""
    text = _DROP.sub("", unicodedata.normalize("NFKC", value)).lower()
    if kind == "birth_date":
        return ".".join(part.lstrip("0") for part in re.findall(r"[0-9]+", text)[:3])
    return text


class _Truths:
    """The truths of one type in one document, to be asked what a match touches."""

    def __init__(self, kind: str, truths: Iterable[Truth]) -> None:
        self.kind = kind
        self.truths = list(truths)
        self._spans = sorted(
            (truth.start, truth.end, at)
            for at, truth in enumerate(self.truths)
            if truth.start is not None and truth.end is not None
        )
        self._starts = [span[0] for span in self._spans]
        self.values = [squeezed(kind, truth.mark.value) for truth in self.truths]
        self._by_value: dict[str, list[int]] = defaultdict(list)
        for at, value in enumerate(self.values):
            self._by_value[value].append(at)

    def touched(self, seen: Seen) -> list[int]:
        """The places of the truths that the match touches."""
        if seen.start is not None and seen.end is not None and self._spans:
            return list(self._overlapped(seen.start, seen.end))
        value = squeezed(self.kind, seen.value)
        if value in self._by_value:
            return self._by_value[value]
        return [
            at
            for at, known in enumerate(self.values)
            if len(value) > 1 and len(known) > 1 and (value in known or known in value)
        ]

    def _overlapped(self, start: int, end: int) -> Iterator[int]:
        first = max(bisect_right(self._starts, start) - 1, 0)
        for begin, finish, at in self._spans[first:]:
            if begin >= end:
                return
            if finish > start:
                yield at


def judge(made: Made, matches: Iterable[Seen]) -> Judged:
    """One document."""
    by_type: dict[str, list[Truth]] = defaultdict(list)
    for truth in made.truths:
        by_type[truth.mark.type].append(truth)
    known = {kind: _Truths(kind, truths) for kind, truths in by_type.items()}
    best = {kind: [NOT_FOUND] * len(truths.truths) for kind, truths in known.items()}
    exact = {kind: [False] * len(truths.truths) for kind, truths in known.items()}
    right, wrong = [], []
    for seen in matches:
        touched = known[seen.type].touched(seen) if seen.type in known else []
        for at in touched:
            best[seen.type][at] = max(best[seen.type][at], seen.confidence)
            exact[seen.type][at] |= known[seen.type].values[at] == squeezed(seen.type, seen.value)
        if not touched:
            wrong.append(seen)
        elif any(known[seen.type].truths[at].mark.required for at in touched):
            right.append(seen)
    hits = (
        Hit(truth, best[kind][at], exact[kind][at])
        for kind, truths in known.items()
        for at, truth in enumerate(truths.truths)
        if truth.mark.required
    )
    return Judged(made, tuple(hits), tuple(right), tuple(wrong))


def examine(folder: Path, made: Iterable[Made]) -> list[Judged]:
    """All documents of the folder, each read by `scanner.matches`."""
    found: dict[str, list[Seen]] = defaultdict(list)
    for match in scanner.matches(folder):
        name = Path(match.address.partition("!")[0]).name
        place = match.place
        found[name].append(
            Seen(match.type, match.value, CONFIDENCES.index(match.confidence), place.start, place.end, match.rule)
        )
    return [judge(one, found[one.name]) for one in made]


@dataclass(slots=True)
class Tally:
    """What was there and what was found, of one type or of all."""

    truths: int = 0
    found: int = 0
    """At medium confidence or higher."""
    at_all: int = 0
    exact: int = 0
    right: list[int] = field(default_factory=lambda: [0] * len(CONFIDENCES))
    """Matches of each confidence that touch a truth."""
    wrong: list[int] = field(default_factory=lambda: [0] * len(CONFIDENCES))

    def add(self, hit: Hit) -> None:
        """Count a truth."""
        self.truths += 1
        self.found += hit.confidence >= MEDIUM
        self.at_all += hit.confidence > NOT_FOUND
        self.exact += hit.exact and hit.confidence >= MEDIUM

    @property
    def recall(self) -> float | None:
        """The share of truths found at medium confidence or higher."""
        return ratio(self.found, self.truths)

    @property
    def precision(self) -> float | None:
        """The share of the matches of medium confidence or higher that touch a truth."""
        return ratio(sum(self.right[MEDIUM:]), sum(self.right[MEDIUM:]) + sum(self.wrong[MEDIUM:]))

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both."""
        if self.recall is None or self.precision is None:
            return None
        return (
            2 * self.recall * self.precision / (self.recall + self.precision) if self.recall + self.precision else 0.0
        )

    def to_dict(self) -> dict[str, object]:
        """For the results that are kept."""
        return {
            "truths": self.truths, "recall": self.recall, "recall_any": ratio(self.at_all, self.truths),
            "exact": ratio(self.exact, self.found), "precision": self.precision, "f1": self.f1,
            "precision_by_confidence": {
                name: ratio(right, right + wrong)
                for name, right, wrong in zip(CONFIDENCES, self.right, self.wrong, strict=True)
            },
        }  # fmt: skip


def ratio(part: float, whole: float) -> float | None:
    """The share, or None of nothing."""
    return part / whole if whole else None


def by_type(judged: Iterable[Judged]) -> dict[str, Tally]:
    """One tally for each type there is or was found."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for one in judged:
        for hit in one.hits:
            tallies[hit.truth.mark.type].add(hit)
        for seen in one.right:
            tallies[seen.type].right[seen.confidence] += 1
        for seen in one.wrong:
            tallies[seen.type].wrong[seen.confidence] += 1
    return dict(sorted(tallies.items()))


def by_note(judged: Iterable[Judged], kind: str) -> dict[str, Tally]:
    """The truths of one type by what sort of value they are."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for one in judged:
        for hit in one.hits:
            if hit.truth.mark.type == kind:
                tallies[hit.truth.mark.note or "-"].add(hit)
    return dict(sorted(tallies.items()))


class Files(NamedTuple):
    """What the report says of whole files."""

    people: int
    """Files with three people or more."""
    noticed: int
    """Of these with a violation, or a finding of medium confidence or higher."""
    violated: int
    """Of these with a violation."""
    negatives: int
    alarms: tuple[tuple[str, str], ...]
    """Negative files with a violation, and its message."""
    errors: tuple[float, ...]
    """The relative error of the number of persons of each file with people, in order."""

    def error(self, share: float) -> float | None:
        """The error that this share of the files does not exceed."""
        return self.errors[min(int(len(self.errors) * share), len(self.errors) - 1)] if self.errors else None


def of_files(made: Iterable[Made], report: Report) -> Files:
    """The report of a scan beside the documents."""
    violations: Mapping[str, str] = {
        Path(one.address.partition("!")[0]).name: f"{one.clause} {','.join(one.types)}" for one in report.violations
    }
    persons: dict[str, int] = defaultdict(int)
    noticed = set(violations)
    for document in report.documents:
        name = Path(document.path).name
        persons[name] = max(persons[name], document.persons.best)
        if any(CONFIDENCES.index(finding.confidence) >= MEDIUM for finding in document.findings):
            noticed.add(name)
    known = {one.name: one for one in made}
    people = [one.name for one in known.values() if one.persons >= 3]
    negatives = [one.name for one in known.values() if one.kind == "negative"]
    return Files(
        people=len(people),
        noticed=sum(name in noticed for name in people),
        violated=sum(name in violations for name in people),
        negatives=len(negatives),
        alarms=tuple((f"{name} ({known[name].layout})", violations[name]) for name in negatives if name in violations),
        errors=tuple(
            sorted(abs(persons[one.name] - one.persons) / one.persons for one in known.values() if one.persons)
        ),
    )
