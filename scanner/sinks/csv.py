"""The report as a table for spreadsheets: one row a finding, and rows of their own for what was not read or is gone.

UTF-8 with a byte-order mark and CR LF, as Excel reads it without questions. Everything that comes from a disk is made
one harmless line, and no cell begins with what a spreadsheet would calculate. It is a view for people: programs read
the JSON.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import IO

from scanner import wording
from scanner.model import Finding, Problem, Violation
from scanner.report import Report, moment
from scanner.sinks.rows import Row, acceptances, rows, without_document

COLUMNS = tuple(wording.CSV_COLUMNS)
MASKS = 5
"""Masked values shown in a cell."""
_CALCULATED = re.compile(r"""(^|[,;|\t])([\s"']*)(?=[=+\-@＝＋－＠﹣−])""")
"""Where a cell begins, also for a spreadsheet that separates at another character, and goes on like a formula."""

Cells = dict[str, object]


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write the table, the headers and words in the language."""
    report.ledger.check()
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        table.writerow([_word(wording.CSV_COLUMNS, column, lang) for column in COLUMNS])
        for cells in _lines(report, lang):
            table.writerow([harmless(cells.get(column, "")) for column in COLUMNS])
        text.flush()
    finally:
        text.detach()


def harmless(value: object) -> str:
    """What stands in a cell: numbers as they are, text on one line and never as a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return _CALCULATED.sub(r"\1\2'", wording.shown(value))


def _lines(report: Report, lang: str) -> Iterator[Cells]:
    until = {key: one.expires.isoformat() for key, one in acceptances(report).items()}
    for row in rows(report):
        for finding in row.document.findings:
            yield _document(row, lang) | _finding(finding, lang) | _judged(row, finding, until, lang)
    lone = {violation.address: violation for violation in without_document(report)}
    for problem in report.problems:
        broken = lone.pop(problem.address, None)
        yield (_violation(broken, until, lang) if broken else {}) | _problem(problem, lang)
    for violation in lone.values():
        yield _violation(violation, until, lang)
    yield from _gone(report, lang)
    yield from _deadlines(report, lang)
    yield from _exceptions(report, lang)
    yield from _omitted(report, lang)
    for warning in report.warnings:
        yield {"kind": _word(wording.CSV_KINDS, "warning", lang), "detail": warning}


def _document(row: Row, lang: str) -> Cells:
    document, life = row.document, row.life
    return {
        "kind": _word(wording.CSV_KINDS, "finding", lang),
        "address": document.address,
        "file": document.path,
        "volume": _word(wording.VOLUME_CLASSES, row.volume_class, lang),
        "volume_id": row.volume.identity if row.volume else "",
        "persons": document.persons.best,
        "persons_low": document.persons.low,
        "persons_high": document.persons.high,
        "life": _word(wording.LIVES, life.status, lang) if life else "",
        "since": life.since.date().isoformat() if life else "",
        "before": life.before if life else "",
        "size": document.size,
        "modified": moment(document.modified),
    }


def _finding(finding: Finding, lang: str) -> Cells:
    return {
        "type": _word(wording.TYPES, finding.type, lang),
        "rule": finding.rule,
        "confidence": _word(wording.CONFIDENCES, finding.confidence, lang),
        "count": finding.count,
        "distinct": finding.distinct,
        "masked": " / ".join(finding.masked[:MASKS]),
        "place": wording.place(finding.places[0], lang) if finding.places else "",
    }


def _judged(row: Row, finding: Finding, until: dict[str, str], lang: str) -> Cells:
    """The worst violation that names the finding's type, with the exception that accepts it."""
    fitting = [one for one in row.violations if finding.type in one.types]
    if not fitting:
        return {}
    violation = fitting[0]
    return {
        "severity": _word(wording.SEVERITIES, violation.severity, lang),
        "clause": violation.clause,
        "exception": violation.exception,
        "until": until.get(violation.exception, ""),
        "detail": violation.message,
    }


def _violation(violation: Violation, until: dict[str, str], lang: str) -> Cells:
    return {
        "kind": _word(wording.CSV_KINDS, "violation", lang),
        "address": violation.address,
        "type": _types(violation.types, lang),
        "persons": violation.persons or "",
        "severity": _word(wording.SEVERITIES, violation.severity, lang),
        "clause": violation.clause,
        "exception": violation.exception,
        "until": until.get(violation.exception, ""),
        "detail": violation.message,
    }


def _problem(problem: Problem, lang: str) -> Cells:
    kind = _word(wording.KINDS, problem.kind, lang)
    return {
        "kind": _word(wording.CSV_KINDS, "problem", lang),
        "address": problem.address,
        "file": problem.address.partition("!")[0],
        "size": problem.size,
        "detail": f"{kind}: {problem.detail}" if problem.detail else kind,
    }


def _gone(report: Report, lang: str) -> Iterator[Cells]:
    for one in report.history.gone if report.history else ():
        yield {
            "kind": _word(wording.CSV_KINDS, "gone", lang),
            "address": one.address,
            "type": _types(one.types, lang),
            "persons": one.persons,
            "life": _word(wording.LIVES, "gone", lang),
            "since": one.since.date().isoformat(),
            "detail": _word(wording.GONE, one.why, lang),
        }


def _deadlines(report: Report, lang: str) -> Iterator[Cells]:
    for one in report.deadlines:
        yield {
            "kind": _word(wording.CSV_KINDS, "deadline", lang),
            "address": one.address,
            "type": _types(one.types, lang),
            "persons": one.persons,
            "clause": one.purpose,
            "until": one.ends.isoformat(),
            "detail": f"{one.title} ({_word(wording.BASES, one.basis, lang)})",
        }


def _exceptions(report: Report, lang: str) -> Iterator[Cells]:
    for one in report.acceptances:
        yield {
            "kind": _word(wording.CSV_KINDS, "exception", lang),
            "address": one.where,
            "type": _types(one.types, lang),
            "since": one.added.isoformat(),
            "exception": one.id,
            "until": one.expires.isoformat(),
            "detail": f"{one.reason} ({one.approver})",
        }


def _omitted(report: Report, lang: str) -> Iterator[Cells]:
    """What the report counted without listing it must not look as if it were not there."""
    for kind, number in (
        ("finding", report.documents_omitted),
        ("violation", report.violations_omitted),
        ("problem", report.problems_omitted),
    ):
        if number:
            said = _word(wording.CSV_KINDS, kind, lang)
            detail = wording.text("more.counted", lang, n=number)
            yield {"kind": _word(wording.CSV_KINDS, "omitted", lang), "count": number, "detail": f"{said}: {detail}"}


def _types(types: Iterable[str], lang: str) -> str:
    return " / ".join(_word(wording.TYPES, one, lang) for one in types)


def _word(table: dict[str, wording.Phrase], word: str, lang: str) -> str:
    return wording.name(table, word, lang)
