"""A report in a few sentences: the verdict, why it weighs, how many people, what to do next.

The page and the statement begin with them, and the terminal, which folds them to its width.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from scanner import wording
from scanner.model import Persons
from scanner.report import Report
from scanner.sinks.rows import weight

REASONS, ACTIONS = 4, 5


class Verdict(NamedTuple):
    """How it stands."""

    tone: str
    """``bad``, ``warn`` or ``good``."""
    line: str
    lines: list[str]
    why: list[tuple[str, str]]
    """Types that weigh, and the reason in law."""


def verdict(report: Report, lang: str) -> Verdict:
    """The verdict on the run."""
    tone, line = headline(report, lang)
    return Verdict(tone, line, _lines(report, lang), reasons(report, lang, REASONS))


def headline(report: Report, lang: str) -> tuple[str, str]:
    """The tone of the verdict, as in `Verdict`, and its one line."""
    key, tone = "v.clean", "good"
    if report.interrupted:
        key, tone = "v.interrupted", "warn"
    elif report.open_violations:
        key, tone = "v.violations", "bad"
    elif not report.complete:
        key, tone = "v.incomplete", "warn"
    return tone, wording.text(key, lang, n=report.open_violations, grades=_grades(report, lang))


def actions(report: Report, lang: str, most: int = ACTIONS) -> list[str]:
    """What to do next, the most urgent first."""
    severities = {violation.severity for violation in report.violations if not violation.exception}
    unread, broken = unread_count(report), report.open_violations > 0
    paths = {document.path for document in report.documents}
    removable = any(one.volume_class == "removable" for path, one in report.volume_of.items() if path in paths)
    wanted = {
        "n.again": report.interrupted,
        "n.tell": "critical" in severities,
        "n.move": broken,
        "n.medium": broken and removable,
        "n.keep": broken,
        "n.unread": unread > 0,
    }
    return [wording.text(key, lang, n=unread) for key, apt in wanted.items() if apt][:most]


def people(persons: Persons, lang: str) -> str:
    """The estimate with its bounds."""
    if persons.high == 0:
        return wording.text("people.none", lang)
    key = "people" if persons.low == persons.best == persons.high else "people.range"
    return wording.text(key, lang, best=persons.best, low=persons.low, high=persons.high)


def unread_count(report: Report) -> int:
    """Entries that were not read, and those of which a part was not."""
    listed = Counter(problem.kind for problem in report.problems)
    whole = (report.ledger.not_read_by_kind | listed).total()
    return max(whole, len(report.problems) + report.problems_omitted)


def listed(words: Iterable[str], lang: str) -> str:
    """The words as an enumeration."""
    return ("、" if lang == "ja" else ", ").join(words)


def _grades(report: Report, lang: str) -> str:
    counts = Counter(violation.severity for violation in report.violations if not violation.exception)
    names = {one: wording.name(wording.SEVERITIES, one, lang) for one in wording.SEVERITIES if counts[one]}
    said = [wording.text("grade", lang, grade=name, n=counts[one]) for one, name in names.items()]
    return listed(said, lang)


def _lines(report: Report, lang: str) -> list[str]:
    lines = [*report.warnings, how_much(report, lang), *besides(report, lang)]
    unread = unread_count(report)
    if unread:
        lines.append(wording.text("v.unread", lang, n=unread))
    many = threshold(report)
    return [*lines, wording.text(many, lang)] if many else lines


def how_much(report: Report, lang: str) -> str:
    """How many documents, and about how many people."""
    if not report.document_count:
        return wording.text("v.nothing", lang)
    if not report.persons.high:
        return wording.text("v.weak", lang, n=report.document_count)
    return wording.text("v.people", lang, n=report.document_count, people=people(report.persons, lang))


def besides(report: Report, lang: str) -> list[str]:
    """What breaks no rule and is told all the same: what was accepted, and what is the user's own."""
    numbers = {
        "v.accepted": report.violation_count - report.open_violations,
        "v.own": sum(document.own for document in report.documents),
    }
    return [wording.text(key, lang, n=number) for key, number in numbers.items() if number]


def threshold(report: Report) -> str:
    """The phrase for the number of people from which on the law asks for a report by number alone; empty below."""
    if not report.violation_count or report.persons.best <= 100:
        return ""
    return "v.many" if report.persons.best > 1000 else "v.hundred"


def reasons(report: Report, lang: str, most: int) -> list[tuple[str, str]]:
    """The kinds that weigh most, those with one legal reason together, and the reason."""
    found: dict[str, list[str]] = {}
    for kind in sorted({one for violation in report.violations for one in violation.types}, key=weight):
        if kind in wording.LEGAL:
            name = wording.name(wording.TYPES, kind, lang)
            found.setdefault(wording.name(wording.LEGAL, kind, lang), []).append(name)
    return [(listed(types, lang), reason) for reason, types in list(found.items())[:most]]
