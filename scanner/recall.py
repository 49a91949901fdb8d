"""Which files need not be read again.

Between the walk and the workers: folders come in, and what comes out is either a file to read or what is known of it.
What is known rests on the same volume, file number, size and times under the same rules and readers (`scanner.basis`);
times that are younger than `keeping.RACY` when a file is read prove nothing, nor do those of FAT: there the ends of the
file are compared as well, by a keyed digest.
"""

import os
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from scanner import copies, keeping
from scanner.basis import Basis, touched
from scanner.copies import Copies, Original
from scanner.keeping import ONCE, SEALED, Keeping, Open, Pending, enter
from scanner.ledger import Ledger
from scanner.life import Documents
from scanner.media.alike import facts
from scanner.media.items import Like
from scanner.media.opening import problem as os_problem
from scanner.media.walk import Block, Entry, NotWalked, printable
from scanner.memory import Mark
from scanner.model import FileResult, Problem
from scanner.state import packing
from scanner.state.files import Block as Row
from scanner.state.files import Files, Place
from scanner.state.findings import At
from scanner.state.packing import Detail, Record

_COARSE = ("vfat", "msdos", "exfat", "fat", "fat12", "fat16", "fat32", "fuse", "fuseblk")
_MADE_UP = frozenset((
    "proc", "sysfs", "debugfs", "tracefs", "securityfs", "configfs", "cgroup", "cgroup2", "pstore", "efivarfs", "bpf",
    "fusectl", "devpts", "mqueue", "hugetlbfs", "binfmt_misc", "rpc_pipefs", "nsfs", "selinuxfs", "devfs",
))  # fmt: skip
"""File systems whose files change without a sign."""


_PRIME, _WORD = (1 << 61) - 1, (1 << 64) - 1


class Facts(NamedTuple):
    """What a run remembers under."""

    key: bytes
    basis: Basis
    full: bool
    """Nothing is taken from memory."""
    places: int | None
    """Places that the report is to list."""


class Recall:
    """The files of one run, beside those that are remembered."""

    def __init__(self, files: Files, documents: Documents, facts: Facts) -> None:
        self._files = files
        self._documents = documents
        self._facts = facts
        self._factor = int.from_bytes(facts.key) % _PRIME or 1
        self._generation = files.generation(*facts.basis)
        self._touched: dict[int, frozenset[str] | None] = {self._generation: frozenset()}
        for number, known in files.generations().items():
            if known[0] == facts.basis.readers:
                self._touched[number] = touched(facts.basis.rules, known[1])
        self.keeping = Keeping(files, self._generation)
        self._pending: dict[str, Pending] = {}
        self._copies = Copies()
        self._told = Ledger()
        self.handed: set[str] = set()
        """Files of the block at work that are accounted for."""
        self.anew = self.matched = 0
        """Files that are read again because a rule changed, of those that are as they were."""

    # --- from the walk to what must be read ---------------------------------------------------------------------------

    def entries(self, block: Block) -> Iterator[Entry | NotWalked | FileResult]:
        """The files of a block: those to be read, those left out, and what is known of the others."""
        volume, folder = self._documents.scope.place(block.folder)
        filesystem = self._documents.scope.mounts[volume].filesystem.lower()
        if filesystem in _MADE_UP:
            yield from (item for _, _, item in block.items())
            return
        place = Place(volume, folder)
        coarse = filesystem.startswith(_COARSE)
        try:
            self.handed.clear()
            row = self._fitting(place, block) if block.whole and not block.single and not coarse else None
            details = list(self._details(place, row)) if row else []
            if row and all(self._there(place, name, one) for name, one in details):
                self.keeping.seen.add(row.id)
                yield from self._whole(place, block, row, details)
            else:
                for part in self._stretches(place, block) if block.single else (block,):
                    yield from self._singly(place, part, coarse)
        except OSError as error:
            self._documents.unwalked.append(block.folder)
            yield NotWalked(block.folder, 0, "not_read", *os_problem(error))

    def _whole(
        self, place: Place, block: Block, row: Row, details: Sequence[tuple[str, Detail]]
    ) -> Iterator[FileResult]:
        if not details:
            packing.add(self._told, row.ledger)
            return
        rest = packing.ledger(row.ledger)
        for name, one in details:
            yield from self._known(place, name, os.path.join(block.folder, name), one)
            rest.remove(one.ledger)
        yield FileResult(ledger=rest)

    def rest(self) -> FileResult:
        """The entries of unchanged folders that were not told of yet."""
        told, self._told = self._told, Ledger()
        return FileResult(ledger=told)

    def _stretches(self, place: Place, block: Block) -> Iterator[Block]:
        """Files that were named by themselves, by the rows in which the memory has what lies around them."""
        listed = sorted(block.listed, key=lambda one: packing.raw(one[0]))
        rows = self._files.blocks(place, listed[0][0], listed[-1][0]) if len(listed) > 1 else []
        firsts = sorted(packing.raw(row.first) for row in rows)
        for _, part in groupby(listed, key=lambda one: bisect_right(firsts, packing.raw(one[0]))):
            yield block.part(list(part))

    def _fitting(self, place: Place, block: Block) -> Row | None:
        """What is remembered of the block, if nothing in it has changed."""
        row = None if self._facts.full else self._files.block(place, block.first)
        if row is None or row.fingerprint is None or row.generation != self._generation:
            return None
        return row if row.fingerprint == block.fingerprint(self._facts.key) else None

    def _details(self, place: Place, row: Row) -> Iterator[tuple[str, Detail]]:
        if row.special:
            special = {record.name for record in packing.records(row.records) if not record.outcome & ~SEALED}
            for name, one in self._files.details(place, row.first):
                if self._digest(name) in special:
                    yield name, one

    def _there(self, place: Place, name: str, one: Detail) -> bool:
        """Whether the documents of a file are still known, with as many places as the report is to list."""
        if not one.documents:
            return True
        return self._enough and len(self._documents.findings.of_file(At(*place, name))) == one.documents

    @property
    def _enough(self) -> bool:
        """Whether as many places are remembered as the report is to list."""
        return self._facts.places is not None and self._facts.places <= packing.PLACES

    def _known(self, place: Place, name: str, path: str, one: Detail) -> Iterator[FileResult]:
        """What is known of a file with details."""
        shown, at = printable(path), At(*place, name)
        documents = tuple(self._documents.again(at, path)) if one.documents else ()
        problems = (replace(problem, address=shown + problem.address) for problem in one.problems)
        if one.problems:
            self._documents.settle(at, sound=False)
        self.handed.add(path)
        yield FileResult(ledger=one.ledger, documents=documents, problems=tuple(problems))

    def _singly(self, place: Place, block: Block, coarse: bool) -> Iterator[Entry | NotWalked | FileResult]:
        fingerprint = block.fingerprint(self._facts.key) if block.whole and not block.single and not coarse else None
        opened = Open(place, block.folder, block.first, fingerprint, coarse)
        known = self._remembered(place, block, opened)
        details = {}
        if any(not record.outcome & ~SEALED for record, _ in known.values()):
            details = dict(self._files.details(place, block.first, block.listed[-1][0]))
        self.keeping.begin(opened)
        same = Ledger()
        for name, info, item in block.items():
            if isinstance(item, NotWalked):
                self._left_out(opened, name, item)
                self.handed.add(item.path)
                yield item
                continue
            record = self._record(name, info, coarse)
            before = self._usable(known.get(record.name), record, name, place, details)
            if before is not None and not before.outcome & (SEALED | ONCE):
                yield from self._same(opened, name, before, item, details.get(name), same)
            else:
                self.handed.add(item.path)
                yield from self._wait(opened, name, record, info, item, before)
        yield FileResult(ledger=same)
        opened.listed = True
        self.keeping.settle(opened)

    def _remembered(self, place: Place, block: Block, opened: Open) -> dict[int, tuple[Record, int]]:
        """The files that are remembered in the stretch of a block, by the digest of their names."""
        rows = self._files.blocks(place, block.first, block.listed[-1][0])
        known = {}
        for row in rows:
            self.keeping.seen.add(row.id)
            known.update({record.name: (record, row.generation) for record in packing.records(row.records)})
        if block.single and rows:  # what is known of the files beside them stays
            opened.first = rows[0].first
            named = {self._digest(name) for name, _ in block.listed}
            current = all(row.generation == self._generation for row in rows)
            opened.records += [record for record, _ in known.values() if record.name not in named and current]
            opened.special = any(row.special for row in rows)
        return {} if self._facts.full else known

    def _usable(
        self, known: tuple[Record, int] | None, now: Record, name: str, place: Place, details: dict[str, Detail]
    ) -> Record | None:
        """What is remembered of a file, if it is as it was and no rule that was in play has changed."""
        if known is None:
            return None
        record, generation = known
        sealed = record.outcome & SEALED
        if not sealed and record.stamp != now.stamp:
            return None
        if not record.outcome & ~SEALED and not (name in details and self._there(place, name, details[name])):
            return None
        if generation == self._generation:
            return record
        self.matched += 1
        changed, in_play = self._touched.get(generation), self._files.in_play(record.in_play)
        if changed is None or in_play is None or changed & in_play:
            self.anew += 1
            return None
        return record

    def _same(
        self, opened: Open, name: str, record: Record, entry: Entry, one: Detail | None, same: Ledger
    ) -> Iterator[FileResult]:
        opened.records.append(record)
        state, why = self._files.outcome(record.outcome & ~SEALED)
        if state:
            enter(opened.ledger, state, entry.size, why)
            enter(same, state, entry.size, why)
        elif one is not None:
            opened.special = True
            opened.ledger.merge(one.ledger)
            yield from self._known(opened.place, name, entry.path, one)

    def _left_out(self, opened: Open, name: str, item: NotWalked) -> None:
        opened.ledger.add(item.state, item.size, item.why)
        if item.state == "not_read":
            opened.fingerprint = None
            self._documents.settle(At(*opened.place, name), sound=False)

    def _wait(
        self, opened: Open, name: str, record: Record, info: os.stat_result, entry: Entry, before: Record | None
    ) -> Iterator[Entry]:
        """Hand a file to the workers, with its seal if its times prove nothing; unless it waits for one like it."""
        tried = before is not None and before.outcome == ONCE
        before = None if tried else before
        changed = info.st_mtime if opened.coarse or os.name == "nt" else info.st_ctime
        if opened.coarse or time.time() - changed < keeping.RACY or before is not None:
            entry = entry._replace(seal=before.stamp ^ record.stamp if before is not None else 0)
        file = "" if opened.coarse or not info.st_ino else str(info.st_ino)
        opened.waiting += 1
        common = copies.keys(name, info)
        pending = Pending(opened, name, record, entry, changed, file, before, common, facts(info), tried)
        self._pending[entry.path] = pending
        pending.originals = self._copies.originals(name, common)
        if pending.originals or not self._copies.waits(entry, common):
            yield _with_originals(pending)

    def ready(self, *, every: bool = False) -> Iterator[Entry]:
        """Files that waited for one like them, which is finished; or all that wait, whatever for."""
        for entry in self._copies.rest() if every else self._copies.ready():
            pending = self._pending[entry.path]
            pending.originals = self._copies.originals(pending.name, pending.common)
            yield _with_originals(pending)

    def _record(self, name: str, info: os.stat_result, coarse: bool) -> Record:
        number = 0 if os.name == "nt" else info.st_ino  # Windows lists folders without; a file named by itself has one
        facts = (info.st_size, info.st_mtime_ns, *(() if coarse else (info.st_ctime_ns, number)))
        return Record(self._digest(name), hash(facts) & _WORD, 0, 0)

    def _digest(self, name: str) -> int:
        """Tells the names of one folder apart, under the key; cheap, since every file on the disk comes by here."""
        return int.from_bytes(packing.raw(name)) * self._factor % _PRIME

    # --- from what was read to what is remembered ---------------------------------------------------------------------

    def take(self, result: FileResult) -> Iterator[FileResult]:
        """Note what the workers said; yields what is known of the files that turned out to be as they were."""
        documents, problems = 0, 0
        for mark in result.marks:
            pending = self._pending.get(mark.path)
            last, end = documents + mark.documents, problems + mark.problems
            if pending is not None:
                self._add(pending, result, slice(documents, last), slice(problems, end))
                yield from self._finish(pending, mark)
                del self._pending[mark.path]
            documents, problems = last, end
        if result.within in self._pending:
            rest = self._pending[result.within]
            self._add(rest, result, slice(documents, None), slice(problems, None))

    def _add(self, pending: Pending, result: FileResult, documents: slice, problems: slice) -> None:
        for document in result.documents[documents]:
            pending.documents += 1
            self._documents.put(document, pending.at, pending.file)
        known = keeping.MOST_PROBLEMS + 1 - len(pending.problems)
        pending.problems += result.problems[problems][:known]

    def _finish(self, pending: Pending, mark: Mark) -> Iterator[FileResult]:
        opened = pending.block
        opened.waiting -= 1
        original = told = None
        if mark.same:
            yield from self._unsealed(pending, mark)
        else:
            if mark.like:
                told, mark = self._copied(pending, mark)
            sound = bool(mark.state or mark.ledger) and not pending.problems
            self._documents.settle(pending.at, sound=sound)
            lasting = self.keeping.remember(pending, mark) and not opened.coarse
            if lasting and (len(pending.common) > 1 or copies.pays(mark, pending.entry.size)):
                original = self._original(pending, mark)
        self._copies.finished(pending.common, original)
        self.keeping.settle(opened)
        if told is not None:  # last, so that a memory that fails on the way has not told of it
            yield told

    def _original(self, pending: Pending, mark: Mark) -> Original | None:
        """The file for those that may be copies of it, if all that was found in it is remembered."""
        if pending.documents and not self._enough:
            return None
        insides = [kept.inside for kept in self._documents.findings.of_file(pending.at)] if pending.documents else []
        shown = len(printable(pending.entry.path))
        insides += [problem.address[shown:] for problem in pending.problems]
        stem = printable(copies.stem(pending.name))
        like = Like(pending.entry.path, pending.entry.size, pending.facts)
        return Original(pending.at, like, pending.entry.modified, mark, any(stem in inside for inside in insides))

    def _copied(self, pending: Pending, mark: Mark) -> tuple[FileResult, Mark]:
        """What is known of its original, for a copy, with the mark of the one in the place of the other's."""
        original = next(one for one in pending.originals if one.like.path == mark.like)
        path, size = pending.entry.path, pending.entry.size
        shown = printable(path)
        books = Ledger()
        if original.mark.ledger:
            books.merge(original.mark.ledger)
        else:
            books.add(original.mark.state, size, original.mark.why)
        documents = tuple(
            replace(one, modified=pending.entry.modified) if one.modified == original.modified else one
            for one in self._documents.again(original.at, path)
        )
        place, name = Place(original.at.volume, original.at.folder), original.at.name
        known = dict(self._files.details(place, name, name)).get(name)
        problems = [replace(one, address=shown + one.address) for one in known.problems] if known else []
        result = FileResult(ledger=books, documents=documents, problems=tuple(problems))
        self._add(pending, result, slice(None), slice(None))
        return result, original.mark._replace(path=path, began=mark.began, seal=mark.seal)

    def _unsealed(self, pending: Pending, mark: Mark) -> Iterator[FileResult]:
        """A file that was not read, since its ends are as they were."""
        opened, same = pending.block, Ledger()
        record = pending.before or pending.record
        details = dict(self._files.details(opened.place, pending.name, pending.name))
        trusted = self.keeping.stamped(pending, mark, record)
        if trusted is None:
            opened.fingerprint = None
        yield from self._same(opened, pending.name, trusted or record, pending.entry, details.get(pending.name), same)
        yield FileResult(ledger=same)

    def lost(self, marks: Iterable[Mark]) -> FileResult:
        """The memory has failed: the files that were not read, since they are as it said, count as not reached."""
        ledger, problems = Ledger(), []
        for mark in marks:
            pending = self._pending.pop(mark.path, None) if mark.same or mark.like else None
            if pending is not None:
                size, why = pending.entry.size, "what is known of it cannot be read"
                ledger.add("not_read", size, "interrupted")
                problems.append(Problem(address=printable(mark.path), kind="interrupted", detail=why, size=size))
        return FileResult(ledger=ledger, problems=tuple(problems))

    def close(self, roots: Sequence[tuple[int, str]]) -> None:
        """The run has seen everything below these folders: forget what was not there any more."""
        for volume, below in roots:
            rows = self._files.remembered(volume, below, os.sep)
            gone = [(number, folder) for number, folder in rows if number not in self.keeping.seen]
            self._files.forget(volume, gone)


def _with_originals(pending: Pending) -> Entry:
    entry = pending.entry
    return entry._replace(like=tuple(one.like for one in pending.originals)) if pending.originals else entry
