"""What would change on a machine if another policy were in force, judged again from what is remembered.

Nothing is read from a disk. Documents are taken one by one; only what changes is kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from scanner import model
from scanner.model import DocumentResult, Problem, Violation, Volume
from scanner.policy.judging import Policy
from scanner.policy.retention import deadline, overdue
from scanner.report import worst_violation
from scanner.wording import DIFFERENCE, SEVERITIES, name, shown

SHOWN = 50
"""Lines of a list that are printed."""


@dataclass(slots=True)
class PolicyDiff:
    """The violations that would come, go, or weigh otherwise, each list worst first, and how many stay as they are."""

    appear: list[Violation] = field(default_factory=list)
    vanish: list[Violation] = field(default_factory=list)
    change: list[tuple[Violation, Violation]] = field(default_factory=list)
    """Before and after, where the severity differs."""
    same: int = 0

    @property
    def heavier(self) -> int:
        """How many would weigh more."""
        return sum(
            model.SEVERITIES.index(after.severity) > model.SEVERITIES.index(before.severity)
            for before, after in self.change
        )

    def add(self, before: Violation | None, after: Violation | None) -> None:
        """Take in what one document is under both policies."""
        if before is None and after is None:
            return
        if before is None and after is not None:
            self.appear.append(after)
        elif after is None and before is not None:
            self.vanish.append(before)
        elif before is not None and after is not None and before.severity != after.severity:
            self.change.append((before, after))
        else:
            self.same += 1

    def sort(self) -> None:
        """Put the worst first."""
        self.appear.sort(key=worst_violation)
        self.vanish.sort(key=worst_violation)
        self.change.sort(key=lambda pair: worst_violation(pair[1]))


def diff(
    old: Policy,
    new: Policy,
    documents: Iterable[DocumentResult],
    problems: Iterable[Problem],
    volume_of: Callable[[str], Volume],
    *,
    today: date,
    lang: str = "en",
) -> PolicyDiff:
    """Judge the documents and problems by both policies, purposes included, and keep what differs."""
    found = PolicyDiff()
    for document in documents:
        volume = volume_of(document.path)
        found.add(old.judge(document, volume, lang), new.judge(document, volume, lang))
        found.add(*(_overdue(policy, document, volume, today, lang) for policy in (old, new)))
    for problem in problems:
        volume = volume_of(problem.address.partition("!")[0])
        found.add(old.judge_problem(problem, volume, lang), new.judge_problem(problem, volume, lang))
    found.sort()
    return found


def said(found: PolicyDiff, lang: str) -> list[str]:
    """The difference in lines of text, each list headed by its number, and cut after `SHOWN`."""
    lines = [_say("same", lang, n=found.same)]
    for key, violations in (("appear", found.appear), ("vanish", found.vanish)):
        lines += _listed(key, [_line(one, lang) for one in violations], lang)
    changed = [f"{name(SEVERITIES, old.severity, lang)} -> {_line(new, lang)}" for old, new in found.change]
    return lines + _listed("change", changed, lang)


def _listed(key: str, lines: list[str], lang: str) -> list[str]:
    more = [f"   {_say('more', lang, n=len(lines) - SHOWN)}"] if len(lines) > SHOWN else []
    return [_say(key, lang, n=len(lines)), *(f"   {line}" for line in lines[:SHOWN]), *more]


def _line(one: Violation, lang: str) -> str:
    return f"{name(SEVERITIES, one.severity, lang)}  {one.clause}  {shown(one.address)}"


def _say(key: str, lang: str, n: int) -> str:
    phrase = DIFFERENCE[key]
    return (phrase.ja if lang == "ja" else phrase.en).format(n=n)


def _overdue(policy: Policy, document: DocumentResult, volume: Volume, today: date, lang: str) -> Violation | None:
    due = deadline(policy, document, volume, today, lang)
    return overdue(policy, due, today, lang) if due else None
