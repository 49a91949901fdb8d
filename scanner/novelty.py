"""What of a report was never told: each violation is news once, however many runs find it again."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.model import DocumentResult, Violation, Volume
from scanner.report import Report

TOLD = 10_000
"""Documents of which it is remembered that they were told."""
UNFINISHED = frozenset(("interrupted", "vanished"))
"""Kinds of problems that say nothing of a file as long as its run goes on later."""


@dataclass(frozen=True, slots=True)
class News:
    """A document that somebody should know of, with what the policy says of it, and its volume."""

    document: DocumentResult | None
    violation: Violation
    volume: Volume | None


class Novelty:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[object, ...]] = OrderedDict()

    def of(self, report: Report) -> list[News]:
        """What is new in a report; what somebody accepts is none until that ends."""
        return list(self._news(report))

    def _news(self, report: Report) -> Iterator[News]:
        documents = {document.address: document for document in report.documents}
        passing = {one.address for one in report.problems if one.kind in UNFINISHED} if report.interrupted else set()
        for violation in report.violations:
            document = documents.get(violation.address)
            if document is None and violation.address in passing:
                continue
            if self._is_new(report, violation, document) and not violation.exception:
                yield News(document, violation, report.volume_of.get(document.path) if document else None)

    def _is_new(self, report: Report, violation: Violation, document: DocumentResult | None) -> bool:
        """Whether this was never told: neither now nor by an earlier run."""
        what = (violation.clause, document.persons.best if document else 0, violation.types, violation.exception)
        before = self._known.get(violation.address)
        self._known[violation.address] = what
        self._known.move_to_end(violation.address)
        if len(self._known) > TOLD:
            self._known.popitem(last=False)
        if before is not None:
            return before != what
        life = report.history.lives.get(violation.address) if report.history else None
        return life is None or life.status != "same"
