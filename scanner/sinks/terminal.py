"""The report for people: the verdict first, then what broke the policy, what was examined, what was not, what to do.

A page of short lines, never wider than the screen. Nothing that comes from the disk is trusted: names are escaped where
they would steer the terminal, and of values only their masked form is known here.
"""

from collections.abc import Iterable, Sequence
from typing import TextIO

from scanner import wording
from scanner.ledger import STATES
from scanner.model import CONFIDENCES, DocumentResult, Finding, Persons, Violation
from scanner.report import Report
from scanner.sinks import profile, since, summary
from scanner.sinks.outlook import outlook, warnings
from scanner.sinks.page import NARROW, Page

MOST = 20
"""Violations, and a like number of other things, that a report shows unless asked for all."""
SAMPLES, PLACES, DETAILED, EXAMPLES, REASONS, ACTIONS = 3, 3, 2, 3, 3, 4

LISTED = 5
"""Deadlines and exceptions that are shown."""

TONES = {"good": "bold white on green", "warn": "bold black on yellow", "bad": "bold white on red"}
MARKS = {"critical": "■", "high": "●", "medium": "▲", "low": "○"}
COLORS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


def write(
    report: Report,
    stream: TextIO,
    *,
    lang: str,
    width: int | None = None,
    color: bool | None = None,
    most: int | None = MOST,
) -> None:
    """Write the report for people; `most` bounds each list (None: all), `color` None means where the stream is one."""
    report.ledger.check()
    page = Page(stream, lang, width, color)
    limit = most if most is not None else len(report.violations) + len(report.documents) + len(report.problems)
    _verdict(page, report)
    warnings(page, report)
    since.write(page, report, limit)
    _violations(page, report, limit)
    _documents(page, report, limit)
    outlook(page, report, min(limit, LISTED))
    _ledger(page, report)
    _unread(page, report)
    _excluded(page, report)
    _next(page, report)
    _footer(page, report)
    if report.profile:
        profile.write(page, report.profile)


# --- the verdict ------------------------------------------------------------------------------------------------------


def _verdict(page: Page, report: Report) -> None:
    tone, line = summary.headline(report, page.lang)
    rule = "=" * page.width
    if page.color:
        page.say((f"  {line}" + " " * max(page.width - 2 - page.cells(line), 0), TONES[tone]))
    else:
        for part in (rule, line, rule):
            page.say(part)
    page.say(page.t("v.sources", what=", ".join(page.path(source, page.width - 12) for source in report.sources)))
    page.say((summary.how_much(report, page.lang), "bold" if report.open_violations else ""))
    for besides in summary.besides(report, page.lang):
        page.say((besides, "dim"))
    unread = summary.unread_count(report)
    if unread:
        page.say((page.t("v.unread", n=unread), "yellow"))
    for types, reason in summary.reasons(report, page.lang, REASONS):
        page.say((types, "bold"), f": {reason}", indent=2, mark=page.symbol("→") + " ")
    many = summary.threshold(report)
    if many:
        page.say(page.t(many), indent=2, mark=page.symbol("→") + " ")


# --- violations and documents -----------------------------------------------------------------------------------------


def _violations(page: Page, report: Report, limit: int) -> None:
    if not report.open_violations:
        return
    page.head("h.violations")
    documents = {document.address: document for document in report.documents}
    folders: dict[str, dict[str, list[Violation]]] = {}
    listed = [violation for violation in report.violations if not violation.exception]
    for violation in listed[:limit]:
        folder, _ = _split(violation.address, documents.get(violation.address))
        folders.setdefault(folder, {}).setdefault(violation.address, []).append(violation)
    for folder, addresses in folders.items():
        page.say()
        _folder(page, report, folder, [documents[a] for a in addresses if a in documents])
        for address, violations in addresses.items():
            _violation(page, documents.get(address), violations)
    _rest(page, len(listed) - limit, report.violations_omitted)


def _folder(page: Page, report: Report, folder: str, documents: Sequence[DocumentResult]) -> None:
    volume = report.volume_of.get(documents[0].path) if documents else None
    kind = wording.name(wording.VOLUME_CLASSES, volume.volume_class, page.lang) if volume else ""
    room = page.width - page.cells(kind) - 4
    page.say((page.path(folder, room), "bold"), f"  [{kind}]" if kind else "")


def _violation(page: Page, document: DocumentResult | None, violations: Sequence[Violation]) -> None:
    first = violations[0]
    _, name = _split(first.address, document)
    style = COLORS.get(first.severity, "")
    mark = page.symbol(MARKS.get(first.severity, "○"))
    severity = wording.name(wording.SEVERITIES, first.severity, page.lang)
    many = Persons(best=first.persons, low=first.persons, high=first.persons)
    people = page.people(document.persons if document else many)
    room = page.width - page.cells(f"{mark} {severity}  ") - 2
    page.say((f"{mark} {severity}  ", style), (page.path(name, room), "bold"), f"  {people}", indent=2, hang=2)
    for violation in violations:
        page.say((f"{violation.clause}: {violation.message}", style), indent=6)
    if document:
        _findings(page, document.findings)
    else:
        page.say(page.names(_by_weight(first.types)), indent=6)


def _findings(page: Page, findings: Iterable[Finding]) -> None:
    types: dict[str, list[Finding]] = {}
    for finding in findings:
        types.setdefault(finding.type, []).append(finding)
    order = _by_weight(types)
    for one in order[:DETAILED]:
        same = sorted(types[one], key=lambda finding: -CONFIDENCES.index(finding.confidence))
        confidence = wording.name(wording.CONFIDENCES, same[0].confidence, page.lang)
        count = sum(finding.count for finding in same)
        label = page.t("finding", type=page.names([one]), n=count, confidence=confidence)
        page.say(label, (_evidence(page, same), "dim"), indent=6, hang=2)
    also = [page.t("also.one", type=page.names([one]), n=sum(f.count for f in types[one])) for one in order[DETAILED:]]
    if also:
        page.say((page.t("also", list=page.listed(also)), "dim"), indent=6, hang=2)


def _evidence(page: Page, findings: Sequence[Finding]) -> str:
    masked = [sample for finding in findings for sample in finding.masked][:SAMPLES]
    places = [place for finding in findings for place in finding.places]
    known = [text for text in (wording.place(place, page.lang) for place in places[:PLACES]) if text]
    rest = len(places) + sum(finding.places_omitted for finding in findings) - min(len(places), PLACES)
    where = [*known, page.t("more.places", n=rest)] if known and rest else known
    return "".join(f"  {', '.join(part)}" for part in (masked, where) if part)


def _rest(page: Page, unshown: int, omitted: int) -> None:
    """How many more there are: in the report but not on the page, and not even in the report."""
    for key, number in (("more.json", unshown), ("more.counted", omitted)):
        if number > 0:
            page.say()
            page.say(page.t(key, n=number), indent=2)


def _documents(page: Page, report: Report, limit: int) -> None:
    """The documents without a violation; where not every violation was kept, nobody can say which those are."""
    if report.violations_omitted:
        return
    violated = {violation.address for violation in report.violations}
    others = [document for document in report.documents if document.address not in violated]
    strong = [one for one in others if any(finding.confidence != "low" for finding in one.findings)]
    if not others:
        return
    page.head("h.documents")
    for document in strong[:limit]:
        types = page.names(_by_weight({finding.type for finding in document.findings}))
        details = f"  {page.people(document.persons)}  {types}"
        page.say(page.path(document.address, page.width - 4), (details, "dim"), indent=2, hang=2)
    _rest(page, len(strong) - limit, report.documents_omitted)
    if len(others) > len(strong):
        page.say((page.t("weak", n=len(others) - len(strong)), "dim"), indent=2)


# --- what was examined, and what not ----------------------------------------------------------------------------------


def _ledger(page: Page, report: Report) -> None:
    page.head("h.ledger")
    states = (*STATES, "total")
    columns = [
        [wording.name(wording.STATES, state, page.lang) for state in states],
        [page.t("count", n=report.ledger.entries[state]) for state in states],
        [_octets(page, report.ledger.bytes[state]) for state in states],
    ]
    rooms = [max(map(page.cells, column)) for column in columns]
    for state, *row in zip(states, *columns, strict=True):
        blanks = [" " * (room - page.cells(cell)) for room, cell in zip(rooms, row, strict=True)]
        line = f"{row[0]}{blanks[0]}  {blanks[1]}{row[1]}  {blanks[2]}{row[2]}"
        style = {"total": "bold", "not_read": "yellow"}.get(state, "") if report.ledger.entries[state] else "dim"
        if state == "total":
            page.say("-" * (sum(rooms) + 4), indent=2)
        page.say((line, style), indent=2)


def _octets(page: Page, count: int) -> str:
    return page.t("bytes", n=count) if page.width >= NARROW else wording.size(count)


def _unread(page: Page, report: Report) -> None:
    counts = report.ledger.not_read_by_kind
    listed: dict[str, dict[str, None]] = {}
    for problem in report.problems:
        listed.setdefault(problem.kind, {})[problem.address] = None
    kinds = sorted({*counts, *listed}, key=lambda kind: (-counts[kind], kind))
    if not kinds:
        return
    page.head("h.unread")
    for kind in kinds:
        addresses = list(listed.get(kind, ()))
        title = wording.name(wording.KINDS, kind, page.lang)
        page.say((f"{title}  {_how_many(page, counts[kind], len(addresses))}", "yellow"), indent=2)
        if kind in wording.ADVICE:
            page.say(wording.name(wording.ADVICE, kind, page.lang), indent=4, mark=page.symbol("→") + " ")
        for address in addresses[:EXAMPLES]:
            page.say((page.path(address, page.width - 6), "dim"), indent=6)
        rest = max(counts[kind], len(addresses)) - min(len(addresses), EXAMPLES)
        if addresses and rest:
            page.say((page.t("more", n=rest), "dim"), indent=6)


def _how_many(page: Page, whole: int, listed: int) -> str:
    """The entries of a kind that were not read, and those of which only a part was not."""
    if not whole:
        return page.t("partly", n=listed)
    return page.t("and.partly", n=whole, m=listed - whole) if listed > whole else page.t("count", n=whole)


def _excluded(page: Page, report: Report) -> None:
    reasons = report.ledger.excluded_by_reason.most_common()
    if not reasons:
        return
    page.head("h.excluded")
    listed = [f"{wording.name(wording.REASONS, why, page.lang)} {page.t('count', n=count)}" for why, count in reasons]
    page.say(page.listed(listed), indent=2)


# --- what to do next --------------------------------------------------------------------------------------------------


def _next(page: Page, report: Report) -> None:
    actions = summary.actions(report, page.lang, ACTIONS)
    if not actions:
        return
    page.head("h.next")
    for number, action in enumerate(actions, start=1):
        page.say(action, indent=2, mark=f"{number}. ")


def _footer(page: Page, report: Report) -> None:
    seconds = max(report.seconds, 0.001)
    line = page.t(
        "f.time",
        seconds=wording.duration(report.seconds, page.lang),
        rate=wording.size(report.ledger.bytes["read"] / seconds),
        files=round(report.ledger.entries["total"] / seconds),
        rules=report.rules_digest[:12],
        policy=report.policy_name,
        version=report.version,
    )
    page.say()
    page.say((line, "dim"))


def _split(address: str, document: DocumentResult | None) -> tuple[str, str]:
    """Folder and name of an address; the name keeps the way inside the file on disk."""
    path = document.path if document else address.partition("!")[0]
    cut = max(path.rfind("/"), path.rfind("\\")) + 1
    if not cut or not address.startswith(path):
        return "", address
    return path[:cut], address[cut:]


def _by_weight(types: Iterable[str]) -> list[str]:
    order = list(wording.TYPES)
    return sorted(types, key=lambda one: (order.index(one) if one in wording.TYPES else len(order), one))
