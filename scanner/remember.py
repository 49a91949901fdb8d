"""The memory of a run: opened before its first file, written as it goes, closed with its report.

Whatever is wrong with the memory is told as a note and costs no file: the scan goes on without it.
"""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner import wording
from scanner.basis import basis
from scanner.detection.rules import Rule
from scanner.ledger import Ledger
from scanner.life import TREND, Documents, Sources, Told, history, trend
from scanner.media.glance import Scouts
from scanner.media.volumes import VolumeTable
from scanner.media.walk import Block, Entry, NotWalked, problem
from scanner.memory import History
from scanner.model import FileResult
from scanner.recall import Facts, Recall
from scanner.report import Report
from scanner.state import database, place, schema
from scanner.state.files import Files
from scanner.state.findings import Findings, KeptRun
from scanner.state.place import Unusable

BATCH = 2.0
"""Seconds after which what was done is written."""
TOLD = 256
"""Folders after which is told what they came to."""
WORTH = 2_000
"""Entries of the run before from which on it pays to look ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run wants of its memory."""

    folder: Path | None
    """None: nothing is remembered."""
    run: str
    watching: bool
    """Many small runs follow one another, which go by one name and are no points of a trend."""
    started: datetime
    sources: tuple[str, ...]
    volumes: VolumeTable
    rules: tuple[Rule, ...]
    settings: str
    """What else decides what is found in a file, in words."""
    full: bool
    places: int | None
    lang: str


class Memory:
    """The memory of one run; without a folder, or when something is wrong with it, it lets everything pass."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._notes: list[str] = []
        self._lock: place.Lock | None = None
        self._connections: list[sqlite3.Connection] = []
        self._recall: Recall | None = None
        self._failed: Recall | None = None
        self._documents: Documents | None = None
        self._previous: KeptRun | None = None
        self._history: History | None = None
        self._whole = False
        self._written = time.monotonic()
        self.key = secrets.token_bytes(place.KEY_BYTES)
        if asked.folder is not None:
            try:
                self._open(asked.folder)
            except Unusable as unusable:
                self._give_up(self._said(unusable.key, **unusable.values))
            except sqlite3.Error as error:
                self._fail(error)

    @property
    def on(self) -> bool:
        """Whether anything is remembered."""
        return self._recall is not None

    @property
    def expected(self) -> tuple[int, int] | None:
        """Entries and bytes of the last run over the same sources."""
        if self._previous is None:
            return None
        ledger = self._previous.body["ledger"]
        return ledger["entries"]["total"], ledger["bytes"]["total"]

    # --- during the run -----------------------------------------------------------------------------------------------

    def send(self, scouts: Scouts, count: int) -> None:
        """Have processes look ahead, where there is something to compare with what they see."""
        if self.on and not self._asked.full and self.expected and self.expected[0] >= WORTH:
            scouts.begin(min(count, os.cpu_count() or 1), self.key)

    def entries(self, parts: Iterable[Block | NotWalked]) -> Iterator[Entry | NotWalked | FileResult]:
        """From what a walk hands on to what must be read, what is left out, and what is known already."""
        for number, part in enumerate(parts, 1):
            if not number % TOLD:
                yield self.rest()
            yield from self._recall.ready() if self._recall else ()
            if isinstance(part, NotWalked):
                if self._documents is not None and part.state == "not_read":
                    self._documents.unwalked.append(part.path)
                yield part
            elif self._recall is None:
                yield from _flat(part)
            else:
                yield from self._recalled(part, self._recall)

    def held(self) -> Iterator[Entry]:
        """Files that waited for others like them: those are finished, or nobody will finish them."""
        if self._recall is not None:
            yield from self._recall.ready(every=True)
        elif self._failed is not None:  # what is known of the others cannot be told any more
            yield from (entry._replace(like=()) for entry in self._failed.ready(every=True))

    def rest(self) -> FileResult:
        """What is known and was not told of yet."""
        recall = self._recall or self._failed
        return recall.rest() if recall else FileResult(ledger=Ledger())

    def _recalled(self, block: Block, recall: Recall) -> Iterator[Entry | NotWalked | FileResult]:
        done = False
        try:
            yield from recall.entries(block)
            done = True
            self._write_in_time()
        except sqlite3.Error as error:
            self._fail(error)
        if not done:
            yield from (item for item in _flat(block) if item.path not in recall.handed)

    def take(self, result: FileResult) -> Iterator[FileResult]:
        """Note what the workers said; yields what is known of the files that they found as they were."""
        if self._recall is not None:
            try:
                yield from self._recall.take(result)
                self._write_in_time()
            except sqlite3.Error as error:
                self._fail(error)
        if self._recall is None and self._failed is not None:
            yield self._failed.lost(result.marks)

    def _write_in_time(self) -> None:
        if time.monotonic() - self._written > BATCH:
            self._write()

    def _write(self) -> None:
        """Findings first: what is said to have been read must not be without what was found in it."""
        if self._recall is None:
            return
        self._recall.keeping.write()
        for connection in self._connections:
            database.keep(connection)
        self._written = time.monotonic()

    # --- at its end ---------------------------------------------------------------------------------------------------

    def end(self, *, whole: bool) -> None:
        """All results have come in; `whole`: nothing was left out by an interruption."""
        self._whole = whole
        self._guarded(self._end)

    def abandon(self) -> None:
        """Nobody wants the rest of the results: what was done until now is kept."""
        self._guarded(self._write)
        self._recall = self._documents = None
        self._let_go()

    def _end(self) -> None:
        if self._recall is None or self._documents is None:
            return
        self._write()
        if self._whole:
            self._documents.close(self._previous.started.timestamp() if self._previous else 0.0)
            self._recall.close(self._documents.scope.roots)
        self._write()
        if self._recall.matched and self._recall.anew:
            self._note("m.rules", n=self._recall.anew, m=self._recall.matched)

    def history(self, report: Report) -> History | None:
        """What memory adds to the report, which it notes; closes the memory."""
        self._guarded(lambda: self._tell(report))
        self._let_go()
        if self._history is None and self._notes:
            self._history = History(notes=tuple(self._notes))
        return self._history

    def _tell(self, report: Report) -> None:
        if self._documents is None:
            return
        documents = self._documents
        findings, scope = documents.findings, documents.scope
        if not self._asked.watching:
            findings.end(documents.run, report.finished, body_of(report), report.problems)
        runs = findings.runs()
        past = trend(runs, scope.key, documents.run + 1)[-TREND:]
        told = Told(
            baseline=self._previous.number if self._previous else documents.run - 1,
            previous=self._previous.past() if self._previous else None,
            trend=past,
            notes=tuple(self._notes),
        )
        wanted = {document.address: None for document in report.documents}
        self._history = history(findings, scope, told, wanted, documents.seen)
        self._write()

    # --- opening, failing, closing ------------------------------------------------------------------------------------

    def _open(self, folder: Path) -> None:
        asked = self._asked
        place.prepare(folder)
        self._lock = place.Lock(folder)
        self.key = place.key(folder)
        for name, steps, full in ((place.FINDINGS, schema.FINDINGS, True), (place.FILES, schema.FILES, False)):
            self._connections.append(database.opened(folder / name, steps, full=full, note=self._set_aside))
        findings, files = Findings(self._connections[0]), Files(self._connections[1])
        files.belongs_to(findings.twin())
        scope = Sources(findings, asked.volumes, asked.sources)
        known = [run for run in findings.runs() if run.scope == scope.key]
        self._previous = known[-1] if known else None
        if asked.watching:
            number = findings.go_on(asked.run, asked.started)
        else:
            number = findings.begin(asked.run, scope.key, asked.started)
        self._documents = Documents(findings, scope, number)
        facts = Facts(self.key, basis(asked.rules, asked.settings, self.key), asked.full, asked.places)
        self._recall = Recall(files, self._documents, facts)
        self._write()

    def _set_aside(self, name: str, aside: str) -> None:
        self._note("m.aside", file=name, aside=aside)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: sqlite3.Error) -> None:
        """The database cannot be read or written any more: what was written until now stays."""
        if database.is_damage(error) and self._asked.folder is not None:
            for connection in self._connections:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            for name in (place.FINDINGS, place.FILES):
                with contextlib.suppress(OSError):
                    if database.is_broken(self._asked.folder / name):
                        self._set_aside(name, database.set_aside(self._asked.folder / name).name)
        why = getattr(error, "sqlite_errorname", "") or type(error).__name__
        self._give_up(self._said("m.failed", why=why))

    def _give_up(self, note: str) -> None:
        self._notes.append(note)
        self._failed, self._recall = self._recall, None
        self._documents = self._previous = None
        self._let_go()

    def _let_go(self) -> None:
        for connection in self._connections:
            with contextlib.suppress(sqlite3.Error):
                database.keep(connection)
                connection.close()
        self._connections.clear()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _note(self, key: str, **values: object) -> None:
        self._notes.append(self._said(key, **values))

    def _said(self, key: str, **values: object) -> str:
        return wording.text(key, self._asked.lang, **values)


def _flat(block: Block) -> Iterator[Entry | NotWalked]:
    try:
        yield from (item for _, _, item in block.items())
    except OSError as error:
        yield NotWalked(block.folder, 0, "not_read", *problem(error))


def body_of(report: Report) -> dict[str, Any]:
    """What a run came to, as it is remembered."""
    return {
        "version": report.version,
        "host": report.host,
        "sources": list(report.sources),
        "complete": report.complete,
        "interrupted": report.interrupted,
        "documents": report.document_count,
        "violations": report.violation_count,
        "persons": report.persons.to_dict(),
        "ledger": report.ledger.to_dict(),
        "rules_digest": report.rules_digest,
        "policy_name": report.policy_name,
        "policy_digest": report.policy_digest,
        "problems_omitted": report.problems_omitted,
    }
