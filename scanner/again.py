"""The report of the last run once more, from memory alone: what is known to lie there, judged by the policy in force.

No disk is read but the memory's own. Later runs over a part of the same sources have their say in it.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from scanner.errors import UsageError
from scanner.ledger import Ledger
from scanner.life import Scope, Told, address, covered, history, status, trend
from scanner.media.volumes import VolumeTable
from scanner.memory import PastRun
from scanner.model import DocumentResult, Persons, Problem, Volume
from scanner.policy import clauses
from scanner.report import Report
from scanner.state import database, packing, place, schema
from scanner.state.findings import Findings, KeptRun
from scanner.state.place import Unusable
from scanner.totals import Totals
from scanner.wording import text

SHORTEST = 4
"""Characters of a run's id that tell it from others."""


class Wanted(NamedTuple):
    """Which of the memory is to be told; a run by its id or the beginning of it."""

    since: str = ""
    """A day or a run: only what has come or changed since then."""
    compare: str = ""
    """A run: everything, compared with it."""
    policy: Path | None = None
    lang: str = "en"


def report(folder: Path, wanted: Wanted) -> Report:
    """The latest state; raises UsageError where nothing is remembered, or not the run that is asked for."""
    with _opened(folder, wanted.lang) as findings:
        runs = findings.runs()
        if not runs:
            raise UsageError(text("m.none", wanted.lang))
        last = runs[-1]
        baseline = _baseline(wanted, [run for run in runs if run.number < last.number], last.scope)
        number = baseline.number if baseline else 0
        scope = covered(last.scope, findings.volumes())
        whole = _filled(findings, scope, last, wanted, number)
        told = Told(
            baseline=number,
            previous=baseline.past() if baseline else None,
            trend=trend(runs, last.scope, last.number + 1),
        )
        listed = {document.address: None for document in whole.documents}
        return replace(whole, history=history(findings, scope, told, listed, None))


class Remembered(NamedTuple):
    """What the last run left behind."""

    documents: Iterator[DocumentResult]
    problems: Sequence[Problem]
    volume_of: Callable[[str], Volume]


@contextlib.contextmanager
def remembered(folder: Path, lang: str) -> Iterator[Remembered]:
    """What is known to lie where the last run looked; raises UsageError where nothing is remembered."""
    with _opened(folder, lang) as findings:
        known = findings.runs()
        if not known:
            raise UsageError(text("m.none", lang))
        scope = covered(known[-1].scope, findings.volumes())
        volumes = VolumeTable(list(scope.mounts.values()))
        yield Remembered(_present(findings, scope), findings.problems(known[-1].number), volumes.of)


def _present(findings: Findings, scope: Scope) -> Iterator[DocumentResult]:
    for kept in findings.present():
        if scope.covers(kept.at):
            shown = address(scope.path(kept.at), kept)
            yield packing.document(shown.address, shown.path, *findings.content(kept.id))


def runs(folder: Path, lang: str) -> list[PastRun]:
    """Every remembered run, oldest first; raises UsageError where nothing is remembered."""
    with _opened(folder, lang) as findings:
        return [run.past() for run in findings.runs()]


@contextlib.contextmanager
def _opened(folder: Path, lang: str) -> Iterator[Findings]:
    try:
        connection = database.readable(folder / place.FINDINGS, schema.FINDINGS)
    except Unusable as unusable:
        raise UsageError(text(unusable.key, lang, **unusable.values)) from None
    with contextlib.closing(connection):
        yield Findings(connection)


def _baseline(wanted: Wanted, earlier: Sequence[KeptRun], scope: str) -> KeptRun | None:
    """The run to compare with: the one that is asked for, else the one before over the same sources."""
    same = [run for run in earlier if run.scope == scope]
    if not (wanted.since or wanted.compare):
        return same[-1] if same else None
    asked = wanted.compare or wanted.since
    if wanted.since and not wanted.compare:
        with contextlib.suppress(ValueError):
            day = datetime.fromisoformat(asked).astimezone()
            before = [run for run in same if run.started < day]
            return before[-1] if before else None
    found = [run for run in earlier if run.run.startswith(asked) and len(asked) >= SHORTEST]
    if len(found) != 1:
        raise UsageError(text("m.run", wanted.lang, run=asked))
    return found[0]


def _filled(findings: Findings, scope: Scope, last: KeptRun, wanted: Wanted, baseline: int) -> Report:
    policy = clauses.load(wanted.policy)
    totals = Totals(policy, VolumeTable(list(scope.mounts.values())).of, wanted.lang)
    for kept in findings.present():
        if scope.covers(kept.at) and not (wanted.since and status(kept, baseline) == "same"):
            shown = address(scope.path(kept.at), kept)
            totals.document(packing.document(shown.address, shown.path, *findings.content(kept.id)))
    for problem in findings.problems(last.number):
        totals.problem(problem)
    body = last.body
    begun = Report(
        version=body["version"],
        run_id=last.run,
        started=last.started,
        finished=last.finished or last.started,
        host=body["host"],
        sources=tuple(body["sources"]),
        rules_digest=body["rules_digest"],
        policy_name=policy.name,
        policy_digest=policy.digest,
        complete=body["complete"],
        interrupted=body["interrupted"],
        ledger=_ledger(body["ledger"]),
        persons=Persons(),
        by_type={},
        volume_of={},
    )
    whole = totals.fill(begun)
    return replace(whole, problems_omitted=whole.problems_omitted + body["problems_omitted"])


def _ledger(kept: dict[str, dict[str, int]]) -> Ledger:
    ledger = Ledger()
    for name in Ledger.__slots__:
        getattr(ledger, name).update(kept[name])
    return ledger
