"""What is remembered of earlier runs, as records: how a finding has fared, what was accepted, what each run came to.

Nothing here reads or writes; `scanner.state` keeps these records, the report carries them. None holds a raw value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from scanner.ledger import Ledger

LIVES = ("new", "changed", "moved", "same", "gone")
"""How a document with findings stands to the run before: never seen, seen with other findings, seen with the same ones
elsewhere or in its place, no longer there."""


class Mark(NamedTuple):
    """What a worker says of one file that it has finished, so that it need not be read again."""

    path: str
    """As the walk gave it."""
    began: float = 0.0
    """When its reading began."""
    state: str = ""
    """How it ended, if it is a single entry."""
    why: str = ""
    ledger: Ledger | None = None
    """Its entries, if it is several; neither this nor `state`: how it ended is not to be remembered."""
    documents: int = 0
    """So many of the documents that come with this mark lie in it."""
    problems: int = 0
    in_play: tuple[str, ...] | None = None
    """Rules for which something in it spoke; None: it may have been any."""
    seal: int = 0
    """A keyed digest of its ends, where that was asked for."""
    same: bool = False
    """It was not read, since its seal is the one that was known."""
    like: str = ""
    """It was not examined, since it is a copy of the file at this path."""
    took: float = 0.0
    """Seconds of the processor that examining it took."""
    lasting: bool = True
    """How it ended rests on the file alone; else it is not remembered."""
    deadly: bool = False
    """It ended the process that examined it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long a document with findings has been known."""

    status: str
    """One of `LIVES`."""
    since: datetime
    """When a run first found personal data in it."""
    run: str
    """The run that did."""
    before: str = ""
    """Where it lay until then, if it has moved."""

    def to_dict(self) -> dict[str, Any]:
        """The life of a document in the JSON report."""
        moved = {"before": self.before} if self.before else {}
        return {"status": self.status, "since": self.since.isoformat(timespec="seconds"), "run": self.run, **moved}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A document of an earlier run whose findings are no longer there."""

    address: str
    types: tuple[str, ...]
    persons: int
    since: datetime
    seen: datetime
    """When a run found them last."""
    why: str
    """``deleted``: the file is no longer there; ``cleaned``: it is, without them; ``excluded``: it is no longer
    examined."""

    def to_dict(self) -> dict[str, Any]:
        """The vanished document in the JSON report."""
        return {
            "address": self.address,
            "types": list(self.types),
            "persons": self.persons,
            "since": self.since.isoformat(timespec="seconds"),
            "seen": self.seen.isoformat(timespec="seconds"),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """What a run came to: one point of a trend."""

    run_id: str
    started: datetime
    finished: datetime
    sources: tuple[str, ...]
    complete: bool
    documents: int
    """Documents with findings."""
    violations: int
    persons: int
    """Best estimate."""
    entries: Mapping[str, int]
    """Entries by state, with their total, as in the ledger."""
    rules_digest: str = ""
    policy_digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The run in the JSON report."""
        return {
            "id": self.run_id,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "sources": list(self.sources),
            "complete": self.complete,
            "documents": self.documents,
            "violations": self.violations,
            "persons": self.persons,
            "entries": dict(self.entries),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """An accepted finding, the record behind ``exception add``: for a while, by somebody, for a reason."""

    id: str
    """Short, made at random: what ``exception revoke`` takes."""
    where: str
    """An address, or a glob over addresses."""
    types: tuple[str, ...]
    """Types that are accepted there; empty: all."""
    reason: str
    approver: str
    added: date
    expires: date
    """The last day on which it holds; at most a year after `added`."""
    revoked: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.added <= day <= self.expires and (self.revoked is None or day < self.revoked)

    def to_dict(self) -> dict[str, Any]:
        """The acceptance in the JSON report."""
        return {
            "id": self.id,
            "where": self.where,
            "types": list(self.types),
            "reason": self.reason,
            "approver": self.approver,
            "added": self.added.isoformat(),
            "expires": self.expires.isoformat(),
            "revoked": self.revoked.isoformat() if self.revoked else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What memory adds to the report of a run."""

    previous: PastRun | None = None
    """The last run over the same sources."""
    lives: Mapping[str, Life] = field(default_factory=dict)
    """By the address of each document with findings."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Documents with findings by `LIVES`, those left off the lists included."""
    gone: tuple[Gone, ...] = ()
    trend: tuple[PastRun, ...] = ()
    """Runs over the same sources, oldest first, this one last."""
    notes: tuple[str, ...] = ()
    """What happened to the memory itself and must be known: a damaged file set aside, rules that changed."""

    def to_dict(self) -> dict[str, Any]:
        """The ``history`` of the JSON report; lives stand with their documents."""
        return {
            "previous": self.previous.to_dict() if self.previous else None,
            "counts": {status: self.counts.get(status, 0) for status in LIVES},
            "gone": [one.to_dict() for one in self.gone],
            "trend": [run.to_dict() for run in self.trend],
            "notes": list(self.notes),
        }
