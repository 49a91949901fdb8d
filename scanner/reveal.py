"""The line in clear, within this process: the text that was read and the values that were found.

For the person at the keyboard (`extract`, `rules try`) and for programs that ask for raw values by name. Nothing here
writes a file, a log or a report.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from scanner.detection import kept, rules
from scanner.detection.detector import Detector, Examination
from scanner.examine import Account, document_of, read
from scanner.limits import Budget, Limits
from scanner.media.walk import Entry, WalkSettings, walk
from scanner.model import CONFIDENCES, Document, DocumentResult, Match, Problem, Segment
from scanner.places import cache_folder, rules_folder


@cache
def detector() -> Detector:
    """The built-in rules, compiled once for this process."""
    known = rules.load(rules_folder())
    return Detector(known, kept.ready(known, cache_folder()))


@dataclass(slots=True)
class _Seen:
    """Keeps the segments of a document."""

    segments: list[Segment]

    def take(self, segment: Segment, form: str) -> None:
        self.segments.append(segment)

    def result(self) -> DocumentResult | None:
        return None


def pieces(path: str | os.PathLike[str]) -> Iterator[Segment | Problem]:
    """The pieces of text in a file or folder, document by document, and the problems met on the way."""
    for document, budget in _documents(path):
        seen: list[Segment] = []
        account = Account()
        read(document, budget, lambda _, seen=seen: _Seen(seen), account)  # type: ignore[misc]
        yield from seen
        yield from account.problems


def segments(path: str | os.PathLike[str]) -> Iterator[Segment]:
    """The pieces of text in a file or folder."""
    return (piece for piece in pieces(path) if isinstance(piece, Segment))


def matches(path: str | os.PathLike[str], min_confidence: str = "low") -> Iterator[Match]:
    """The values found in a file or folder at or above a confidence, document by document."""
    for document, budget in _documents(path):
        found: list[Match] = []
        read(document, budget, lambda _, found=found: _Values(found), Account())  # type: ignore[misc]
        yield from (match for match in found if _at_least(match.confidence, min_confidence))


def in_segment(segment: Segment) -> list[Match]:
    """The values found in a single piece of text."""
    values = _Values([])
    values.take(segment, "")
    values.result()
    return values.found


@dataclass(slots=True)
class _Values:
    """Keeps the matches of a document until the populations of its columns are known."""

    found: list[Match]
    examination: Examination = field(default_factory=lambda: detector().examination())
    _own: list[Match] = field(default_factory=list)

    def take(self, segment: Segment, form: str) -> None:
        found: list[Match] = []
        for match in self.examination.find(segment):
            if isinstance(match, tuple):
                found += [sweep.match(index) for sweep in match for index in range(len(sweep))]
            else:
                found.append(match)
        self._own += sorted(found, key=lambda match: match.offset)

    def result(self) -> DocumentResult | None:
        by_id = {rule.id: rule for rule in self.examination.detector.rules}
        for match in self._own:
            if match.evidence == "alone":
                settled = self.examination.population.evidence(by_id[match.rule], match.column)
                match.confidence = by_id[match.rule].confidence[settled] if settled else "none"
                match.evidence = settled or "alone"
            if match.confidence != "none":
                self.found.append(match)
        return None


def _at_least(confidence: str, least: str) -> bool:
    return CONFIDENCES.index(confidence) >= CONFIDENCES.index(least)


def _documents(path: str | os.PathLike[str]) -> Iterator[tuple[Document, Budget]]:
    limits = Limits()
    for entry in walk([Path(path)], WalkSettings()):
        if isinstance(entry, Entry):
            document = document_of(entry)
            yield document, Budget(limits, document.size)
