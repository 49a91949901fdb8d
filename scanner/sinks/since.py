"""What is new since last time: the section of the report for people that comes right after the verdict."""

from collections.abc import Sequence

from scanner import wording
from scanner.memory import LIVES, Gone, History, PastRun
from scanner.model import DocumentResult
from scanner.report import Report
from scanner.sinks.page import Page

FIRST = ("new", "changed", "moved")
"""What is listed, in this order."""
STYLES = {"new": "bold red", "changed": "yellow", "moved": "cyan", "gone": "green"}
BARS, PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.-~=+*#"
POINTS = 30


def write(page: Page, report: Report, limit: int) -> None:
    """Write the section, for a report with a memory; `limit` bounds each list."""
    history = report.history
    if history is None:
        return
    if history.previous is not None:
        when = history.previous.started.astimezone().isoformat(" ", "minutes")[:16]
        page.say()
        page.say((page.t("h.since", when=when), "bold cyan"))
        if not page.color:
            page.say("-" * page.cells(page.t("h.since", when=when)))
        _counts(page, history)
        _changes(page, report, history, limit)
        _gone(page, history, limit)
        _trend(page, history.trend)
    if history.notes:
        page.head("h.memory")
        for note in history.notes:
            page.say((note, "yellow"), indent=2)


def _counts(page: Page, history: History) -> None:
    present = [how for how in LIVES if history.counts.get(how)]
    counts = [
        page.t("s.counts", life=wording.name(wording.LIVES, how, page.lang), n=history.counts[how]) for how in present
    ]
    if not set(present) - {"same"}:
        counts.insert(0, page.t("s.nothing"))
    page.say((page.listed(counts), "bold"), indent=2)


def _changes(page: Page, report: Report, history: History, limit: int) -> None:
    for how in FIRST:
        documents = [one for one in report.documents if (life := history.lives.get(one.address)) and life.status == how]
        for document in documents[:limit]:
            _document(page, document, how, history.lives[document.address].before)
        rest = history.counts.get(how, 0) - min(len(documents), limit)
        if rest > 0:
            page.say((page.t("more", n=rest), "dim"), indent=4)


def _document(page: Page, document: DocumentResult, how: str, before: str) -> None:
    label = f"{wording.name(wording.LIVES, how, page.lang)}  "
    order = list(wording.TYPES)
    found = {finding.type for finding in document.findings}
    types = sorted(found, key=lambda one: (order.index(one) if one in order else len(order), one))
    room = page.width - page.cells(label) - 4
    details = f"  {page.people(document.persons)}  {page.names(types)}"
    page.say((label, STYLES[how]), page.path(document.address, room), (details, "dim"), indent=2, hang=2)
    if before:
        page.say((page.t("s.before", path=page.path(before, page.width - 12)), "dim"), indent=6)


def _gone(page: Page, history: History, limit: int) -> None:
    for one in history.gone[:limit]:
        _vanished(page, one)
    rest = history.counts.get("gone", 0) - min(len(history.gone), limit)
    if rest > 0:
        page.say((page.t("more", n=rest), "dim"), indent=4)


def _vanished(page: Page, one: Gone) -> None:
    label = f"{wording.name(wording.LIVES, 'gone', page.lang)}  "
    why = page.t("s.gone", why=wording.name(wording.GONE, one.why, page.lang), best=one.persons)
    room = page.width - page.cells(label) - 4
    page.say((label, STYLES["gone"]), page.path(one.address, room), (f"  {why}", "dim"), indent=2, hang=2)


def _trend(page: Page, runs: Sequence[PastRun]) -> None:
    """People and violations over the last runs, a bar for each run."""
    if len(runs) < 2:
        return
    runs = runs[-POINTS:]
    rows = (("s.persons", [run.persons for run in runs]), ("s.violations", [run.violations for run in runs]))
    labels = max(page.cells(page.t(key)) for key, _ in rows)
    for key, values in rows:
        label = page.t(key)
        blank = " " * (labels - page.cells(label))
        line = f"{label}{blank}  {bars(values, _alphabet(page))}  {values[0]:,} {page.symbol('→')} {values[-1]:,}"
        page.say((line, "dim"), indent=2)
    page.say((page.t("s.trend", n=len(runs)), "dim"), indent=2)


def _alphabet(page: Page) -> str:
    return BARS if page.clean(BARS) == BARS else PLAIN_BARS


def bars(values: Sequence[int], alphabet: str = BARS) -> str:
    """One character for each value, by its share of the highest; only nothing is the lowest bar."""
    most = max(values, default=0)
    steps = len(alphabet) - 1
    return "".join(alphabet[-(-value * steps // most) if most else 0] for value in values)
