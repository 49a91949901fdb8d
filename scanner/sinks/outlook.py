"""What follows from what was found, on the terminal: if this were lost today, what is kept too long, what is accepted.

A part of `scanner.sinks.terminal`, folded to its width.
"""

from datetime import date

from scanner import wording
from scanner.duty import Gauge
from scanner.report import Report
from scanner.sinks.page import Page

STYLES = {"met": "bold red", "likely": "red", "possible": "yellow"}
SOON = 30
"""Days before the end of an exception from which on it is about to end."""


def warnings(page: Page, report: Report) -> None:
    """What nobody must overlook."""
    for warning in report.warnings:
        page.say((warning, "bold yellow"), mark=page.symbol("▲") + " ")


def outlook(page: Page, report: Report, limit: int) -> None:
    """The sections after the documents."""
    gauge = next((one for one in report.gauges if one.subject == "machine"), None)
    if gauge is not None and gauge.certainty != "not_seen":
        _gauge(page, gauge)
    if report.deadlines:
        _deadlines(page, report, limit)
    if report.acceptances:
        _acceptances(page, report, limit)


def _gauge(page: Page, gauge: Gauge) -> None:
    page.head("h.gauge")
    page.say((page.t("g.note"), "dim"), indent=2)
    for one in gauge.conditions:
        if one.certainty not in STYLES:
            continue
        certainty = wording.name(wording.CERTAINTIES, one.certainty, page.lang)
        title = wording.name(wording.CONDITIONS, one.id, page.lang)
        details = f"  {one.article}  {page.t('g.people', n=one.persons)}"
        page.say((f"{certainty}: ", STYLES[one.certainty]), title, (details, "dim"), indent=2, hang=2)
    if gauge.preliminary and gauge.final:
        page.say(page.t("g.due", preliminary=gauge.preliminary, final=gauge.final), indent=2)
    for key in gauge.mitigating:
        page.say((page.t("g.mitigating", what=wording.name(wording.MITIGATIONS, key, page.lang)), "dim"), indent=2)


def _deadlines(page: Page, report: Report, limit: int) -> None:
    page.head("h.retention")
    today = report.finished.astimezone().date()
    for one in report.deadlines[:limit]:
        left = one.days_left(today)
        key, style = ("r.over", "red") if left < 0 else ("r.left", "yellow")
        when = page.t(key, n=abs(left), ends=one.ends.isoformat())
        details = f"  {one.title}  {page.t('g.people', n=one.persons)}"
        room = page.width - page.cells(when) - 6
        page.say((f"{when}  ", style), page.path(one.address, room), (details, "dim"), indent=2, hang=2)
    if len(report.deadlines) > limit:
        page.say((page.t("more", n=len(report.deadlines) - limit), "dim"), indent=4)


def _acceptances(page: Page, report: Report, limit: int) -> None:
    page.head("h.exceptions")
    today = report.finished.astimezone().date()
    counts: dict[str, int] = {}
    for violation in report.violations:
        counts[violation.exception] = counts.get(violation.exception, 0) + 1
    for one in report.acceptances[:limit]:
        state = _state(page, one.expires, today, revoked=one.revoked is not None)
        what = page.names(one.types) if one.types else page.t("e.all")
        title = f"{one.id}  {page.path(one.where, page.width - 24)}"
        page.say(title, (f"  {state}", "yellow" if (one.expires - today).days <= SOON else "dim"), indent=2, hang=2)
        accepted = page.t("e.accepted", n=counts.get(one.id, 0), what=what)
        page.say((f"{accepted}  {page.t('e.why', reason=one.reason, approver=one.approver)}", "dim"), indent=4, hang=2)


def _state(page: Page, expires: date, today: date, *, revoked: bool) -> str:
    days = (expires - today).days
    if revoked:
        return page.t("e.revoked")
    return page.t("e.ended", n=-days) if days < 0 else page.t("e.left", n=days)
