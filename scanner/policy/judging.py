"""A policy in force: clauses in order, and the judging of documents and problems by them.

Judging is arithmetic over what was found; nothing is read here. The first clause that fits a document decides. A
violation is a breach of the organisation's rules, not yet a leak.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from scanner.model import CONFIDENCES, DocumentResult, Problem, Violation, Volume
from scanner.own import Own
from scanner.places import PathPatterns
from scanner.wording import TYPES, name

ORGANISATIONS = ("private", "public", "unknown")
"""Whose law applies: that of businesses, that of public bodies, or both because it is not said."""
RETENTION = "retention/"
"""What the clause of a violation begins with that is about a purpose, and not about a place."""
DEFAULT_CONFIDENCE = "medium"
"""What a finding needs to count for a clause that does not say."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What of a document counts for a clause: its types, all their values, the different values of the richest type."""

    types: tuple[str, ...] = ()
    count: int = 0
    distinct: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The places a clause is about."""

    volumes: tuple[str, ...]
    paths: PathPatterns
    not_paths: PathPatterns

    def fits(self, path: str, volume: Volume) -> bool:
        """Whether a path on a volume is such a place."""
        if volume.volume_class not in self.volumes or self.not_paths.match(path):
            return False
        return not self.paths.globs or self.paths.match(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """The content a clause is about: types with their amounts, or kinds of problems."""

    types: tuple[str, ...] = ()
    all_types: tuple[tuple[str, ...], ...] = ()
    min_count: int = 1
    min_distinct: int = 1
    min_persons: int = 0
    confidence: str = DEFAULT_CONFIDENCE
    problems: tuple[str, ...] = ()

    def weigh(self, document: DocumentResult) -> Weight | None:
        """What of the document counts, or None if it is not such content."""
        named = {*self.types, *(word for group in self.all_types for word in group)}
        floor = CONFIDENCES.index(self.confidence)
        findings = [
            finding
            for finding in document.findings
            if finding.type in named and CONFIDENCES.index(finding.confidence) >= floor
        ]
        distinct: Counter[str] = Counter()
        for finding in findings:
            distinct[finding.type] += finding.distinct
        count = sum(finding.count for finding in findings)
        richest = max(distinct.values(), default=0)
        if count < self.min_count or richest < self.min_distinct or document.persons.best < self.min_persons:
            return None
        if self.types and distinct.keys().isdisjoint(self.types):
            return None
        if self.all_types and not _each_by_another(self.all_types, distinct):
            return None
        return Weight(tuple(word for word in TYPES if word in distinct), count, richest)


def _each_by_another(groups: tuple[tuple[str, ...], ...], present: Mapping[str, int]) -> bool:
    """Whether every group has a type of its own among those present: a birth date is not both person and detail."""
    found = [[word for word in group if word in present] for group in groups]
    return any(len(set(choice)) == len(groups) for choice in product(*found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule of the organisation; one that allows has neither severity nor message."""

    id: str
    where: Where
    what: What
    allow: bool = False
    severity: str = ""
    message: Mapping[str, str]
    acceptable: bool = True
    """Whether an exception may accept what it forbids."""
    place: object = field(default="", compare=False, repr=False)
    """Its text is the file and line, for complaints."""

    def violation(self, address: str, persons: int, weight: Weight, lang: str) -> Violation | None:
        """What the clause says, or None if it allows."""
        if self.allow:
            return None
        language = lang if lang in self.message else "en"
        comma = "、" if language == "ja" else ", "
        text = self.message[language].format(
            persons=f"{persons:,}",
            types=comma.join(name(TYPES, word, language) for word in weight.types),
            count=f"{weight.count:,}",
            distinct=f"{weight.distinct:,}",
        )
        return Violation(
            clause=self.id,
            severity=self.severity,
            address=address,
            types=weight.types,
            persons=persons,
            message=text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What personal data is kept for, and until when."""

    id: str
    title: Mapping[str, str]
    where: Where
    what: What
    labels: tuple[str, ...] = ()
    """Words, one of which stands in the address or in the label of the volume; empty: any will do."""
    ends: date | None = None
    """The last day; None: it is counted from the document."""
    months: int = 0
    counted_from: str = "fixed"
    """``fixed``, ``modified`` or ``data``."""
    severity: str
    warn_days: int
    acceptable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The clauses in force, and the kinds of problems that make a run incomplete."""

    name: str
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal; of a policy that extends another, over both."""
    clauses: tuple[Clause, ...]
    required: tuple[str, ...]
    purposes: tuple[Purpose, ...] = ()
    organisation: str = "private"
    """One of `ORGANISATIONS`."""
    ordinance: tuple[str, ...] = ()
    """Types that the ordinances of a public body treat as special-care data (条例要配慮個人情報, APPI art. 60(5))."""
    own: Own = field(default_factory=Own)

    @property
    def unacceptable(self) -> frozenset[str]:
        """The clauses, as violations name them, that no exception accepts."""
        clauses = {clause.id for clause in self.clauses if not clause.acceptable}
        return frozenset(clauses | {RETENTION + purpose.id for purpose in self.purposes if not purpose.acceptable})

    def judge(self, document: DocumentResult, volume: Volume, lang: str) -> Violation | None:
        """The violation that a document on a volume is, if it is one; what is the user's own may lie there."""
        if document.own:
            return None
        for clause in self.clauses:
            if not clause.what.problems and clause.where.fits(document.path, volume):
                weight = clause.what.weigh(document)
                if weight is not None:
                    return clause.violation(document.address, document.persons.best, weight, lang)
        return None

    def judge_problem(self, problem: Problem, volume: Volume, lang: str) -> Violation | None:
        """The violation that something unread on a volume is, if it is one."""
        path = problem.address.partition("!")[0]
        for clause in self.clauses:
            if problem.kind in clause.what.problems and clause.where.fits(path, volume):
                return clause.violation(problem.address, 0, Weight(), lang)
        return None
