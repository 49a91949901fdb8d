"""One finished run as a frozen record, and its complete form, the JSON report.

The other formats of a report are views of this one. It is filled by the line and judged by nobody here: the lists come
sorted and bounded, what was left off them is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.duty import Deadline, Gauge
from scanner.ledger import Ledger
from scanner.memory import Acceptance, History
from scanner.model import SEVERITIES, DocumentResult, Persons, Problem, Violation, Volume
from scanner.profile import Profile

SCHEMA = "nokosanai.report/1"
EXIT_COMPLETE, EXIT_VIOLATION, EXIT_INCOMPLETE, EXIT_INTERRUPTED = 0, 1, 3, 130


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """How often one type of personal data was found in the run."""

    count: int = 0
    distinct: int = 0
    documents: int = 0

    def to_dict(self) -> dict[str, int]:
        """The total of the JSON report."""
        return {"count": self.count, "distinct": self.distinct, "documents": self.documents}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run examined and found, and what it did not examine; `started` and `finished` carry a time zone."""

    version: str
    run_id: str
    started: datetime
    finished: datetime
    host: str
    sources: tuple[str, ...]
    rules_digest: str
    policy_name: str
    policy_digest: str
    complete: bool
    """Everything that the policy wants examined was examined."""
    ledger: Ledger
    persons: Persons
    by_type: Mapping[str, TypeTotal]
    interrupted: bool = False
    documents: tuple[DocumentResult, ...] = ()
    """Those with findings, worst first (`worst_document`)."""
    problems: tuple[Problem, ...] = ()
    violations: tuple[Violation, ...] = ()
    """Worst first (`worst_violation`)."""
    volume_of: Mapping[str, Volume]
    """The volume of each document, by its path on disk."""
    documents_omitted: int = 0
    problems_omitted: int = 0
    violations_omitted: int = 0
    history: History | None = None
    """What earlier runs add; None: nothing is remembered."""
    acceptances: tuple[Acceptance, ...] = ()
    """Every exception in force, or ended within the last weeks."""
    gauges: tuple[Gauge, ...] = ()
    """If this were lost today: the machine, its volumes, the worst folders and documents."""
    deadlines: tuple[Deadline, ...] = ()
    """What purposes of the policy cover, the longest overdue first."""
    accepted_omitted: int = 0
    """Of the violations left off the list those that somebody has accepted."""
    min_confidence: str = "low"
    """What is weaker was left out."""
    warnings: tuple[str, ...] = ()
    """Sentences that whoever reads the report must see: exceptions that are not honoured."""
    profile: Profile | None = None
    """Where the time went, where that was asked for."""

    @property
    def exit_code(self) -> int:
        """What the command returns for this report, before ``--no-fail``."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.open_violations:
            return EXIT_VIOLATION
        return EXIT_COMPLETE if self.complete else EXIT_INCOMPLETE

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return max((self.finished - self.started).total_seconds(), 0.0)

    @property
    def document_count(self) -> int:
        """Documents with findings, those left off the list included."""
        return len(self.documents) + self.documents_omitted

    @property
    def violation_count(self) -> int:
        """Violations, those left off the list included."""
        return len(self.violations) + self.violations_omitted

    @property
    def open_violations(self) -> int:
        """Violations that nobody has accepted, those left off the list included."""
        listed = sum(not violation.exception for violation in self.violations)
        return listed + self.violations_omitted - self.accepted_omitted

    def to_dict(self) -> dict[str, Any]:
        """The JSON report; every string in it can be encoded. Raises AssertionError if the ledger does not add up."""
        self.ledger.check()
        record = {
            "schema": SCHEMA,
            "run": self._run(),
            "ledger": self.ledger.to_dict(),
            "documents": [self._document(document) for document in self.documents],
            "documents_omitted": self.documents_omitted,
            "problems": [problem.to_dict() for problem in self.problems],
            "problems_omitted": self.problems_omitted,
            "violations": [violation.to_dict() for violation in self.violations],
            "violations_omitted": self.violations_omitted,
            "totals": self._totals(),
            "history": self.history.to_dict() if self.history else None,
            "exceptions": [one.to_dict() for one in self.acceptances],
            "gauges": [gauge.to_dict() for gauge in self.gauges],
            "retention": [deadline.to_dict() for deadline in self.deadlines],
            **({"profile": self.profile.to_dict()} if self.profile else {}),
        }
        return {key: _encodable(value) for key, value in record.items()}

    def _run(self) -> dict[str, Any]:
        return {
            "id": self.run_id,
            "version": self.version,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "host": self.host,
            "sources": list(self.sources),
            "rules_digest": self.rules_digest,
            "policy": {"name": self.policy_name, "digest": self.policy_digest},
            "complete": self.complete,
            "interrupted": self.interrupted,
            "min_confidence": self.min_confidence,
            "warnings": list(self.warnings),
        }

    def _document(self, document: DocumentResult) -> dict[str, Any]:
        volume = self.volume_of.get(document.path)
        life = self.history.lives.get(document.address) if self.history else None
        return {
            "address": document.address,
            "path": document.path,
            "volume": volume.identity if volume else None,
            "volume_class": volume.volume_class if volume else "unknown",
            "format": document.format,
            "encoding": document.encoding,
            "size": document.size,
            "modified": moment(document.modified),
            "persons": document.persons.to_dict(),
            **({"own": True} if document.own else {}),
            "life": life.to_dict() if life else None,
            "findings": [finding.to_dict() for finding in document.findings],
        }

    def _totals(self) -> dict[str, Any]:
        return {
            "documents": self.document_count,
            "violations": self.violation_count,
            "persons": self.persons.to_dict(),
            "by_type": {name: total.to_dict() for name, total in sorted(self.by_type.items())},
        }


def worst_violation(violation: Violation) -> tuple[int, int, str]:
    """The key that sorts violations worst first: severity, then persons, then the address."""
    return -SEVERITIES.index(violation.severity), -violation.persons, violation.address


def worst_document(document: DocumentResult) -> tuple[int, int, str]:
    """The key that sorts documents worst first: persons, then values found, then the address."""
    return -document.persons.best, -sum(finding.count for finding in document.findings), document.address


def moment(timestamp: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC; None for a time that no calendar holds."""
    if timestamp is None:
        return None
    try:
        return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=timestamp)).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return None


def _encodable(value: Any) -> Any:
    """The same value with the lone surrogates of odd file names written as ``\\udcXX``."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_encodable(inner) for inner in value]
    return value
