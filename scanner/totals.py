"""The results of many files added up in bounded memory: the lists of a report, and the people of a whole run."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scanner.detection.sketch import Union
from scanner.model import DocumentResult, Persons, Problem, Violation, Volume
from scanner.policy.clauses import Policy
from scanner.report import Report, TypeTotal, worst_document, worst_violation

LISTED = 5_000
"""Documents, problems and violations that a report lists, the worst first; what is beyond is counted."""


@dataclass(slots=True)
class Lists:
    """The worst documents and violations, and the first problems."""

    documents: list[DocumentResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    documents_omitted: int = 0
    problems_omitted: int = 0
    violations_omitted: int = 0

    @property
    def violation_count(self) -> int:
        """Violations, those left off included."""
        return len(self.violations) + self.violations_omitted

    def add_document(self, document: DocumentResult, violation: Violation | None) -> None:
        """List a document with findings and the violation that it is, if any."""
        self.documents.append(replace(document, sketches={}))
        self._violation(violation)
        if len(self.documents) > 2 * LISTED:
            self.trim()

    def add_problem(self, problem: Problem, violation: Violation | None) -> None:
        """List something not read and the violation that it is, if any."""
        self.problems.append(problem)
        self._violation(violation)
        if len(self.problems) > 2 * LISTED:
            self.trim()

    def _violation(self, violation: Violation | None) -> None:
        if violation is not None:
            self.violations.append(violation)

    def trim(self) -> None:
        """Sort, worst first, and count what is beyond `LISTED`."""
        self.documents.sort(key=worst_document)
        self.violations.sort(key=worst_violation)
        self.problems.sort(key=lambda problem: problem.address)
        self.documents_omitted += len(self.documents[LISTED:])
        self.violations_omitted += len(self.violations[LISTED:])
        self.problems_omitted += len(self.problems[LISTED:])
        del self.documents[LISTED:], self.violations[LISTED:], self.problems[LISTED:]


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
        self._lang = lang
        self._people = People()
        self._lists = Lists()

    @property
    def violations(self) -> int:
        """Violations until now."""
        return self._lists.violation_count

    def document(self, document: DocumentResult) -> None:
        """Count and judge a document with findings."""
        self._people.add(document)
        violation = self.policy.judge(document, self._volume_of(document.path), self._lang)
        self._lists.add_document(document, violation)

    def problem(self, problem: Problem) -> None:
        """List and judge something that was not read."""
        volume = self._volume_of(problem.address.partition("!")[0])
        self._lists.add_problem(problem, self.policy.judge_problem(problem, volume, self._lang))

    def complete(self, report: Report) -> bool:
        """Whether everything that the policy wants examined was examined."""
        return not report.interrupted and not set(report.ledger.not_read_by_kind) & set(self.policy.required)

    def fill(self, report: Report) -> Report:
        """The report of a run with its documents, problems and violations."""
        lists = self._lists
        lists.trim()
        return replace(
            report,
            complete=self.complete(report),
            persons=self._people.persons(),
            by_type=self._people.by_type(),
            documents=tuple(lists.documents),
            problems=tuple(lists.problems),
            violations=tuple(lists.violations),
            volume_of={document.path: self._volume_of(document.path) for document in lists.documents},
            documents_omitted=lists.documents_omitted,
            problems_omitted=lists.problems_omitted,
            violations_omitted=lists.violations_omitted,
        )
