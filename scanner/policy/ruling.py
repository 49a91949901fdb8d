"""Everything a policy makes of what was found, in one pass: violations, what accepts them, deadlines, the gauge.

It holds no list of documents and grows with none. The line hands it one thing after the other and puts what it says
into the report.
"""

from dataclasses import replace
from datetime import date

from scanner.model import DocumentResult, Problem, Violation, Volume
from scanner.policy import acceptance, lending
from scanner.policy.acceptance import Matcher, Register
from scanner.policy.duty import Meter
from scanner.policy.judging import Policy
from scanner.policy.lending import Slips
from scanner.policy.retention import Countdown
from scanner.report import Report


class Ruling:
    """One policy on one day, with the exceptions and the borrow slips of this machine unless others are given."""

    def __init__(
        self, policy: Policy, today: date, lang: str, register: Register | None = None, slips: Slips | None = None
    ) -> None:
        self.policy = policy
        self._today = today
        self._lang = lang
        self._register = acceptance.register() if register is None else register
        self._slips = lending.register() if slips is None else slips
        self._matcher = Matcher(self._register.acceptances, today, policy.unacceptable)
        self._meter = Meter(policy, today, lang)
        self._countdown = Countdown(policy, today, lang)

    @property
    def refused(self) -> str:
        """Why the exceptions are not honoured, a sentence that the report has to carry; empty: they are."""
        return self._register.refused

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that the report has to carry: what is not honoured, and what was lent and has not come back."""
        refused = filter(None, (self._register.refused, self._slips.refused))
        return (*refused, *self._slips.overdue(self._today, self._lang))

    def document(self, document: DocumentResult, volume: Volume) -> list[Violation]:
        """Take in a document with findings; returns the violations that it is: by its place, by its age, or none."""
        self._meter.add(document, volume)
        found = (self.policy.judge(document, volume, self._lang), self._countdown.add(document, volume))
        return [self._marked(violation, volume) for violation in found if violation is not None]

    def problem(self, problem: Problem, volume: Volume) -> list[Violation]:
        """The violation that something unread is, or none."""
        violation = self.policy.judge_problem(problem, volume, self._lang)
        return [self._marked(violation, volume)] if violation else []

    def _marked(self, violation: Violation, volume: Volume) -> Violation:
        """The violation, as accepted if an exception or a borrow slip does."""
        marked = self._matcher.mark(violation)
        if marked.exception or violation.clause in self.policy.unacceptable:
            return marked
        return self._slips.mark(marked, volume, self._today)

    def fill(self, report: Report) -> Report:
        """The report, which has its people and values by now, with its exceptions, gauges and deadlines."""
        accepted = (*self._register.acceptances, *(one.acceptance() for one in self._slips.slips))
        return replace(
            report,
            acceptances=tuple(acceptance.to_list(accepted, self._today)),
            gauges=self._meter.gauges(report.host, report.persons, report.by_type),
            deadlines=self._countdown.deadlines(),
        )
