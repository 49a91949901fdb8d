"""The results of many files added up in bounded memory: the lists of a report, and the people of a whole run."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from scanner.detection.sketch import Union
from scanner.model import DocumentResult, Finding, Persons, Problem, Violation, Volume
from scanner.policy.judging import Policy
from scanner.policy.ruling import Ruling
from scanner.report import Report, TypeTotal, worst_document, worst_violation

LISTED = 50_000
"""Documents, problems and violations that a report lists, the worst first; what is beyond is counted."""
DETAILED, FEW = 5_000, 3
"""Documents whose places are all listed; of those beyond only a few, since memory is bounded."""


@dataclass(slots=True)
class Lists:
    """The worst documents and violations, and the first problems."""

    documents: list[DocumentResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    documents_omitted: int = 0
    problems_omitted: int = 0
    violations_omitted: int = 0
    accepted_omitted: int = 0

    @property
    def violation_count(self) -> int:
        """Violations, those left off included."""
        return len(self.violations) + self.violations_omitted

    def add_document(self, document: DocumentResult, violations: Sequence[Violation]) -> None:
        """List a document with findings and the violations that it is."""
        self.documents.append(replace(document, sketches={}))
        self.violations += violations
        if len(self.documents) > 2 * LISTED:
            self.trim()

    def add_problem(self, problem: Problem, violations: Sequence[Violation]) -> None:
        """List something not read and the violations that it is."""
        self.problems.append(problem)
        self.violations += violations
        if len(self.problems) > 2 * LISTED:
            self.trim()

    def trim(self) -> None:
        """Sort, worst first, and count what is beyond `LISTED`."""
        self.documents.sort(key=worst_document)
        self.violations.sort(key=worst_violation)
        self.problems.sort(key=lambda problem: problem.address)
        self.documents_omitted += len(self.documents[LISTED:])
        self.violations_omitted += len(self.violations[LISTED:])
        self.accepted_omitted += sum(bool(violation.exception) for violation in self.violations[LISTED:])
        self.problems_omitted += len(self.problems[LISTED:])
        del self.documents[LISTED:], self.violations[LISTED:], self.problems[LISTED:]
        self.documents[DETAILED:] = [with_places(document, FEW) for document in self.documents[DETAILED:]]


@dataclass(slots=True)
class People:
    """The people of a run: those of its documents, less those who stand in several of them."""

    _unions: dict[str, Union] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _documents: Counter[str] = field(default_factory=Counter)
    _best: Counter[str] = field(default_factory=Counter)
    """Best estimates added up, by the type whose values tell most about who is the same."""
    _low: int = 0
    _high: int = 0

    def add(self, document: DocumentResult) -> None:
        """Count the people and the values of a document."""
        distinct: Counter[str] = Counter()
        for finding in document.findings:
            distinct[finding.type] += finding.distinct
            self._counts[finding.type] += finding.count
        for kind in distinct:
            self._documents[kind] += 1
            self._unions.setdefault(kind, Union()).add(document.sketches.get(kind, ()), distinct[kind])
        telling = max(document.sketches, key=lambda kind: (len(document.sketches[kind]), kind), default="")
        self._best[telling] += document.persons.best
        self._low = max(self._low, document.persons.low)
        self._high += document.persons.high

    def persons(self) -> Persons:
        """The estimate for the run."""
        best = round(sum(count * self._unions[kind].share for kind, count in self._best.items() if kind))
        best = max(best, self._low)
        return Persons(best=best, low=self._low, high=max(self._high, best))

    def by_type(self) -> dict[str, TypeTotal]:
        """For each type how many values, how many different ones, and in how many documents."""
        return {
            kind: TypeTotal(self._counts[kind], min(len(self._unions[kind]), self._counts[kind]), number)
            for kind, number in self._documents.items()
        }


class Totals:
    """What documents and problems come to under a policy."""

    def __init__(self, policy: Policy, volume_of: Callable[[str], Volume], lang: str) -> None:
        self.policy = policy
        self._volume_of = volume_of
        self._ruling = Ruling(policy, date.today(), lang)
        self._people = People()
        self._lists = Lists()

    @property
    def violations(self) -> int:
        """Violations until now."""
        return self._lists.violation_count

    def document(self, document: DocumentResult) -> None:
        """Count and judge a document with findings."""
        self._people.add(document)
        self._lists.add_document(document, self._ruling.document(document, self._volume_of(document.path)))

    def problem(self, problem: Problem) -> None:
        """List and judge something that was not read."""
        volume = self._volume_of(problem.address.partition("!")[0])
        self._lists.add_problem(problem, self._ruling.problem(problem, volume))

    def complete(self, report: Report) -> bool:
        """Whether everything that the policy wants examined was examined."""
        return not report.interrupted and not set(report.ledger.not_read_by_kind) & set(self.policy.required)

    def fill(self, report: Report) -> Report:
        """The report of a run with its documents, problems and violations."""
        lists = self._lists
        lists.trim()
        volumes = {path: self._volume_of(path) for path in (*report.sources, *(one.path for one in lists.documents))}
        filled = replace(
            report,
            complete=self.complete(report),
            persons=self._people.persons(),
            by_type=self._people.by_type(),
            documents=tuple(lists.documents),
            problems=tuple(lists.problems),
            violations=tuple(lists.violations),
            volume_of=volumes,
            documents_omitted=lists.documents_omitted,
            problems_omitted=lists.problems_omitted,
            violations_omitted=lists.violations_omitted,
            accepted_omitted=lists.accepted_omitted,
            warnings=self._ruling.warnings,
        )
        return self._ruling.fill(filled)


def with_places(document: DocumentResult, most: int | None) -> DocumentResult:
    """The document with so many places of each finding; the others are counted."""
    return replace(document, findings=tuple(shortened(finding, most) for finding in document.findings))


def shortened(finding: Finding, places: int | None) -> Finding:
    """The finding with so many places; the others are counted."""
    if places is None or len(finding.places) <= places:
        return finding
    omitted = finding.places_omitted + len(finding.places) - places
    return replace(finding, places=finding.places[:places], places_omitted=omitted)
