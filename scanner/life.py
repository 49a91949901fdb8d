"""What becomes of documents with findings from run to run: new, changed, moved, the same, gone.

The line's word on what a run saw of them; where they are kept is the business of `scanner.state`.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from scanner.media.volumes import VolumeTable
from scanner.media.walk import openable, printable
from scanner.memory import LIVES, Gone, History, Life, PastRun
from scanner.model import DocumentResult, Volume
from scanner.state import packing
from scanner.state.findings import At, Findings, Kept, KeptRun

TREND = 30
GONE_LISTED = 1_000


class Seen:
    """Numbers of rows, in a bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Note a row."""
        byte = number >> 3
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1024 - len(self._bits)))
        self._bits[byte] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        byte = number >> 3
        return byte < len(self._bits) and bool(self._bits[byte] & 1 << (number & 7))


class Scope:
    """What sources cover, by volume and path."""

    def __init__(self, mounts: dict[int, Volume], sources: Iterable[str]) -> None:
        self.mounts = mounts
        self.sources = tuple(sources)
        self._all = {source.rstrip(os.sep) for source in self.sources}

    def path(self, at: At) -> str:
        """Where a remembered file lies."""
        return joined(self.mounts[at.volume].mount, at.folder, at.name)

    def covers(self, at: At) -> bool:
        """Whether a remembered file lies in the sources."""
        if at.volume not in self.mounts:
            return False
        path = self.path(at)
        while path not in self._all:
            path, separator, _ = path.rpartition(os.sep)
            if not separator:
                return False
        return True

    def present(self, findings: Findings) -> Iterable[Kept]:
        """The documents in the sources that are still there, as far as is known."""
        return (kept for kept in findings.present() if self.covers(kept.at))


class Sources(Scope):
    """The sources of a run that goes on; its volumes become known as it comes to them."""

    def __init__(self, findings: Findings, volumes: VolumeTable, sources: Iterable[str]) -> None:
        super().__init__({}, sources)
        self._findings = findings
        self._volumes = volumes
        self.roots = [self.place(source) for source in self.sources]

    def present(self, findings: Findings) -> Iterable[Kept]:
        """The same, without a look at what lies elsewhere: the watcher's runs are over single files."""
        return findings.below(self.roots, os.sep)

    @property
    def key(self) -> str:
        """Equal for runs over the same sources, wherever their volumes are mounted."""
        return json.dumps(sorted([self.mounts[number].identity, below] for number, below in self.roots))

    def place(self, path: str) -> tuple[int, str]:
        """The volume of a path, and the path from its mount point on."""
        volume = self._volumes.of(path)
        number = self._findings.volume_id(volume)
        self.mounts[number] = volume
        return number, path[len(volume.mount) :].lstrip("/\\" if os.name == "nt" else "/")


def covered(key: str, volumes: Mapping[int, Volume]) -> Scope:
    """What an earlier run covered, by the key of its sources; on volumes as they were mounted last."""
    mounts = {volume.identity: volume for volume in volumes.values()}
    return Scope(dict(volumes), [joined(mounts[identity].mount, below) for identity, below in json.loads(key)])


def joined(*parts: str) -> str:
    """A path from a mount point and what lies below."""
    whole = ""
    for part in filter(None, parts):
        whole = part if not whole else whole + ("" if whole.endswith(("/", os.sep)) else os.sep) + part
    return whole


class Address(NamedTuple):
    """Where a document is shown to lie: the file's path, and the whole address."""

    path: str
    address: str


def address(path: str, kept: Kept) -> Address:
    """The address of a remembered document whose file lies at `path`."""
    shown = printable(path)
    return Address(shown, shown + kept.inside)


class Documents:
    """The documents of one run, beside those that are remembered."""

    def __init__(self, findings: Findings, scope: Sources, run: int) -> None:
        self.findings = findings
        self.scope = scope
        self.run = run
        self.seen = Seen()
        self.unwalked: list[str] = []
        """Folders that could not be listed: of what lies there nothing is known."""
        self._some = not findings.none()

    def put(self, document: DocumentResult, at: At, file: str) -> None:
        """Note what was found in a document."""
        self._some = True
        self.seen.add(self.findings.put(document, at, file, self.run, time.time()))

    def settle(self, at: At, *, sound: bool) -> None:
        """A file is finished: what was in it and was not seen this time is gone, if all of it was read."""
        if not self._some:
            return
        for kept in self.findings.of_file(at):
            if kept.id in self.seen:
                continue
            if sound:
                self.findings.mark_gone(kept.id, self.run, "cleaned", kept.seen)
            else:
                self.seen.add(kept.id)

    def again(self, at: At, path: str) -> Iterator[DocumentResult]:
        """The documents of a file that is as it was."""
        for kept in self.findings.of_file(at):
            self.seen.add(kept.id)
            shown = address(path, kept)
            yield packing.document(shown.address, shown.path, *self.findings.content(kept.id))

    def close(self, last: float) -> None:
        """The run has seen everything: whatever it has not seen has gone, or moved. `last`: the run before."""
        present = list(self.scope.present(self.findings))
        gone = [(kept, why) for kept in present if (why := self._why(kept))]
        new = [kept for kept in present if kept.since == self.run] if gone else []
        like: dict[bytes, list[Kept]] = {}
        for kept in new:
            like.setdefault(kept.likeness, []).append(kept)
        for kept, why in gone:
            # the number of a file that was deleted is soon another one's: alone it proves nothing
            alike = like.get(kept.likeness, [])
            if why != "deleted" or not alike:
                self.findings.mark_gone(kept.id, self.run, why, last)
                continue
            other = min(alike, key=lambda one: (one.file != kept.file, one.inside != kept.inside))
            alike.remove(other)
            before = address(self.scope.path(kept.at), kept).address
            self.findings.mark_moved(kept, other, self.run, before)

    def _why(self, kept: Kept) -> str:
        """Why a document was not seen; empty: it was, or nobody knows."""
        if kept.id in self.seen or not self.scope.covers(kept.at):
            return ""
        path = self.scope.path(kept.at)
        if any(path == folder or path.startswith(folder + os.sep) for folder in self.unwalked):
            return ""
        try:
            os.lstat(openable(path))
        except (FileNotFoundError, NotADirectoryError):
            return "deleted"
        except OSError:
            return ""
        return "excluded"


# --- what is told of it -----------------------------------------------------------------------------------------------


def status(kept: Kept, baseline: int) -> str:
    """How a document that is there stands to a run."""
    if kept.since > baseline:
        return "new"
    if kept.changed > baseline:
        return "changed"
    return "moved" if kept.moved > baseline else "same"


class Told(NamedTuple):
    """What is asked of the memory: since which run, of which documents, with which runs as the trend."""

    baseline: int
    previous: PastRun | None
    trend: tuple[PastRun, ...]
    notes: tuple[str, ...] = ()


def history(findings: Findings, scope: Scope, told: Told, wanted: Mapping[str, object], seen: Seen | None) -> History:
    """What memory adds to a report that lists the documents at the addresses `wanted`; of those `seen`, if given."""
    moments = findings.moments()
    lives: dict[str, Life] = {}
    counts: Counter[str] = Counter()
    for kept in scope.present(findings):
        if seen is not None and kept.id not in seen:
            continue
        how = status(kept, told.baseline)
        counts[how] += 1
        where = address(scope.path(kept.at), kept).address
        if where in wanted:
            run, since = moments[kept.since]
            lives[where] = Life(status=how, since=since, run=run, before=kept.before if how == "moved" else "")
    gone = [kept for kept in findings.vanished(told.baseline) if scope.covers(kept.at)]
    counts["gone"] = len(gone)
    gone.sort(key=lambda kept: -kept.persons)
    return History(
        previous=told.previous,
        lives=lives,
        counts={how: counts[how] for how in LIVES},
        gone=tuple(_gone(kept, scope, moments) for kept in gone[:GONE_LISTED]),
        trend=told.trend,
        notes=told.notes,
    )


def _gone(kept: Kept, scope: Scope, moments: Mapping[int, tuple[str, datetime]]) -> Gone:
    return Gone(
        address=address(scope.path(kept.at), kept).address,
        types=tuple(kept.types.split()),
        persons=kept.persons,
        since=moments[kept.since][1],
        seen=datetime.fromtimestamp(kept.seen, moments[kept.since][1].tzinfo),
        why=kept.why,
    )


def trend(runs: Iterable[KeptRun], scope: str, before: int) -> tuple[PastRun, ...]:
    """The last runs over the same sources before a run, oldest first."""
    return tuple(run.past() for run in runs if run.scope == scope and run.number < before)[-TREND:]
