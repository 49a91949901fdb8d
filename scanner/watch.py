"""The watcher: whatever hints name is examined by the same line as any scan, quietly, and told once.

Hints are written down before they count (`scanner.state.waiting`), files are examined when they are quiet, folders in
doubt are walked; a walk gives way to files that have just come, and goes on where it was, since what it has done is
remembered. Sources of hints are in `scanner.watching`; what a run finds goes to whoever is to be told.
"""

import contextlib
import os
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.errors import UsageError
from scanner.line import MEDIA, Options, Run, Tools
from scanner.media.exclusions import Exclusions, built_in
from scanner.media.volumes import VolumeTable, volumes
from scanner.model import Volume
from scanner.novelty import UNFINISHED, News, Novelty
from scanner.places import PathPatterns, cache_folder, state_folder
from scanner.report import Report
from scanner.settings import Settings
from scanner.state import database, place, schema
from scanner.state.place import Unusable
from scanner.state.waiting import Waiting, WaitingPaths
from scanner.visits import Visit, Visits
from scanner.watching.arrivals import Arrivals, Arrived, Event, Gone
from scanner.watching.gathering import Gatherer, Pending
from scanner.watching.hints import Hint, below
from scanner.watching.meter import Meter, Use
from scanner.watching.presence import Presence, presence
from scanner.watching.settling import Look, settled
from scanner.watching.sources import Sight, Sources, interval

MOST = 200
"""Files that are examined together: between two batches the machine gets its rest."""
LONGEST = 60.0
"""Seconds after which a file that never becomes quiet is examined as it is."""
PULSE = 0.1
CALM = 1.0
"""Seconds after which it looks up from waiting, whether or not there is a hint."""
STEP = 0.2
"""Seconds of a rest after which somebody may have something to say."""
SLICES = (5.0, 60.0)
"""Seconds that a walk goes on at least before it gives way: at first, and when it has given way again and again."""
ASKED = 15.0
"""Seconds for which what is known of the user's presence is believed."""
IDLE_SHARE = 0.5
"""Of one core, while nobody is at the machine."""
LOW_CHARGE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the watcher is doing at a moment."""

    doing: str
    """``watching``, ``examining``, ``walking``, ``resting``."""
    at: str
    """Where."""
    waiting: int
    examined: int
    violations: int
    sight: Sight
    media: tuple[Volume, ...]
    use: Use


class Watch:
    """Watches until it is stopped."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        told: Callable[[Report, Sequence[News]], None],
        visited: Callable[[Visit], None] = lambda _: None,
        *,
        impatient: bool,
    ) -> None:
        """`told` gets each report and what is new in it, `visited` what becomes of media; `impatient`: no rests.

        Raises UsageError when the policy or the state cannot be used, or another watcher is at work.
        """
        self.settings = settings
        self._options = options
        self._told = told
        self._impatient = impatient
        self._connection = _database(state_folder())
        self._paths = WaitingPaths(self._connection)
        self._exclusions: Exclusions = built_in()
        self._left_out = PathPatterns(options.exclude)
        self._own = [str(folder.resolve()) for folder in (state_folder(), cache_folder())]
        self._roots: list[str] = []
        self._tools = Tools(options, uuid.uuid4().hex, lambda: (*self._wanted(), *self._roots))
        self._table: VolumeTable | None = None  # they have to be looked at
        self._sources = Sources(self._hinted, self._skips, self._polled)
        self._gatherer = Gatherer(self._store, self._sources.root_of, quiet=settings.quiet_seconds)
        self._arrivals = Arrivals(volumes, self._volume)
        self._meter = Meter()
        self._looks: dict[str, Look] = {}
        self._novelty = Novelty()
        self._visits = Visits(visited)
        self._stopping, self._news = threading.Event(), threading.Event()
        self._run: Run | None = None
        self._walking = 0.0  # since when a walk goes on; 0: none does
        self._slice = SLICES[0]
        self._walked = time.monotonic()
        self._doing, self._at = "watching", ""
        self._examined = self._violations = 0
        self._presence, self._asked = Presence(None, None, None), -ASKED

    # --- from outside -------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End soon; for signal handlers and other threads."""
        self._stopping.set()
        self._news.set()
        if self._run is not None:
            self._run.interrupt()

    def status(self) -> Status:
        """What it is doing now."""
        return Status(
            doing=self._doing,
            at=self._at,
            waiting=len(self._paths) + self._gatherer.gathered().waiting,
            examined=self._examined,
            violations=self._violations,
            sight=self._sources.sight(),
            media=tuple(one for one in self._arrivals.present.values() if one.volume_class in MEDIA),
            use=self._meter.sample(),
        )

    def run(self, alive: Callable[[], None], begun: Callable[["Watch"], None]) -> None:
        """Watch until it is stopped; `alive` is called again and again while all is well, `begun` once."""
        try:
            self._begin()
            begun(self)
            for volume in self._arrivals.present.values():
                self._volume(Arrived(volume))
            while not self._stopping.is_set():
                alive()
                if not self._work(alive):
                    self._doing, self._at = "watching", ""
                    self._news.wait(PULSE if self._looks or len(self._paths) else CALM)
                    self._news.clear()
        finally:
            self._end()

    def _begin(self) -> None:
        """Have everything that gives hints at work; from then on no change is missed."""
        self._warm_up()
        self._sources.start()
        self._gatherer.start()
        for root in self._wanted():
            self._watch(root)
        self._arrivals.start()

    def _warm_up(self) -> None:
        """Start the workers before there are threads and watches that they would inherit."""
        deque(Run([], self._options, tools=self._tools).results(), maxlen=0)
        self._tools.begin()

    def _end(self) -> None:
        self._arrivals.stop()
        self._sources.stop()
        self._gatherer.stop()
        self._tools.close()
        self._connection.close()

    def _wanted(self) -> list[str]:
        return [os.path.realpath(path) for path in self.settings.paths or (str(Path.home()),)]

    def _watch(self, root: str) -> None:
        if root not in self._roots:
            self._roots.append(root)
            self._sources.add(root)

    # --- hints --------------------------------------------------------------------------------------------------------

    def _hinted(self, hint: Hint) -> None:
        self._gatherer.take(hint)

    def _skips(self, folder: str) -> bool:
        """Whether nothing in a folder is ever examined: what is left out, and what we write ourselves."""
        if any(below(folder, own) for own in self._own):
            return True
        on_media = self._volumes().of(folder).volume_class in MEDIA
        return self._left_out.match(folder) or (not on_media and self._exclusions.folder(folder) is not None)

    def _skipped(self, path: str) -> bool:
        """Whether a path lies in a folder that is left out, or is left out itself."""
        if self._left_out.match(path):
            return True
        root, folder = self._sources.root_of(path), os.path.dirname(path)
        while len(folder) > len(root):
            if self._skips(folder):
                return True
            folder = os.path.dirname(folder)
        return any(below(path, own) for own in self._own)

    def _volumes(self) -> VolumeTable:
        if self._table is None:
            self._table = VolumeTable()
        return self._table

    def _polled(self, root: str) -> float | None:
        return interval(self._volumes().of(root).volume_class)

    def _store(self, batch: Sequence[Pending]) -> None:
        try:
            self._paths.store(Waiting(one.path, one.kind, one.due, one.since) for one in batch)
        except sqlite3.Error as error:
            raise OSError(str(error)) from None
        urgent = any(one.kind == "file" for one in batch)
        run = self._run
        if urgent and run is not None and self._walking and time.monotonic() - self._walking > self._slice:
            run.give_way()
        self._news.set()

    def _volume(self, event: Event) -> None:
        """A volume has come or gone: what is being examined on one that has gone is given up at once."""
        self._table = None
        volume, welcome = event.volume, self.settings.media and event.volume.volume_class in MEDIA
        if isinstance(event, Gone):
            self._tools.renew()
            root, run = os.path.realpath(volume.mount), self._run
            busy = run is not None and any(below(source, root) for source in run.sources)
            if busy and run is not None:
                run.interrupt()
            if welcome and root in self._roots:
                self._roots.remove(root)
                self._sources.remove(root)
            self._paths.forget_below(root)
            self._visits.gone(volume, busy=busy)
        elif welcome:
            self._watch(self._visits.arrived(volume))
        self._sources.check()

    # --- work ---------------------------------------------------------------------------------------------------------

    def _work(self, alive: Callable[[], None]) -> bool:
        now = time.monotonic()
        due = self._paths.due(now, MOST, LONGEST)
        files = [one for one in due if one.kind == "file"]
        if files:
            self._files(files, alive)
        elif due and not self._spares_battery():
            self._folder(due[0], alive)
        elif now - self._walked > self.settings.walk_hours * 3600:
            self._walked = now
            self._paths.store(Waiting(root, "overflow", now, now) for root in self._roots)
        else:
            return False
        return True

    def _files(self, files: Sequence[Waiting], alive: Callable[[], None]) -> None:
        """Examine the files that are quiet."""
        ready: list[str] = []
        gone: list[str] = []
        finished: list[Waiting] = []
        for one in files:
            look = self._look(one)
            if look == "later":
                self._paths.postpone([one], time.monotonic() + self.settings.quiet_seconds)
                continue
            finished.append(one)
            self._looks.pop(one.path, None)
            if look == "folder":
                self._paths.store([one._replace(kind="folder", due=one.due + PULSE)])
            elif look in ("ready", "gone"):
                (ready if look == "ready" else gone).append(one.path)
        if ready or gone:
            self._doing, self._at = "examining", (ready or gone)[0]
            report = self._go(self._begun(ready, gone), alive)
            if report.interrupted:
                self._later(finished)
                return
        self._paths.done(finished)

    def _look(self, one: Waiting) -> str:
        if self._skipped(one.path):
            return "other"
        try:
            look = settled(one.path, self._looks.get(one.path), quiet=self.settings.quiet_seconds)
        except OSError:
            return "ready"  # the run says why it cannot be read
        if look.state == "later" and time.monotonic() - one.since < LONGEST:
            self._looks[one.path] = look
            return "later"
        return "ready" if look.state == "later" else look.state

    def _folder(self, one: Waiting, alive: Callable[[], None]) -> None:
        """Walk a folder that is in doubt; when it gives way to files that have just come, it waits on."""
        root = self._sources.root_of(one.path)
        skipped = root not in self._roots or (one.path != root and self._skips(one.path))
        if not skipped and os.path.lexists(one.path):
            self._doing, self._at = "walking", one.path
            self._walking = time.monotonic()
            report = self._go(self._begun([one.path], []), alive)
            self._walking = 0.0
            self._slice = min(2 * self._slice, SLICES[1]) if report.interrupted else SLICES[0]
            if report.interrupted or not self._visits.examined(one.path, report):
                self._later([one])
                return
        elif not skipped:
            self._go(self._begun([], [one.path]), alive)
        self._paths.done([one])

    def _later(self, interrupted: Sequence[Waiting]) -> None:
        """Have what was interrupted go on; a medium that does not answer is walked when it may have recovered."""
        silent = self._visits.waiting()
        for root, again in silent.items():
            self._paths.forget_below(root)
            self._paths.store([Waiting(root, "overflow", again, again)])
        self._paths.postpone(interrupted, time.monotonic() + PULSE)

    def _begun(self, paths: Sequence[str], gone: Sequence[str]) -> Run:
        """A run over paths, any of which may go away before it has begun."""
        for _ in range(MOST):
            with contextlib.suppress(UsageError):
                return Run(paths, self._options, tools=self._tools, gone=gone)
            gone = (*gone, *(path for path in paths if not os.path.exists(path)))
            paths = [path for path in paths if path not in gone]
        return Run([], self._options, tools=self._tools, gone=gone)

    def _go(self, run: Run, alive: Callable[[], None]) -> Report:
        """Carry out a run, with rests; one that was interrupted says so."""
        self._run = run
        self._visits.begin()
        for result in run.results():
            alive()
            if self._visits.silent(result, self._volumes().of):
                run.interrupt()
            self._rest(alive, run)
        self._run = None
        report = run.report()
        self._examined += report.ledger.entries["read"]
        news = self._novelty.of(report)
        self._violations += len(news)
        self._told(finished(report), news)
        return report

    # --- manners ------------------------------------------------------------------------------------------------------

    def _rest(self, alive: Callable[[], None], run: Run) -> None:
        if self._impatient:
            return
        seconds = self._meter.rest(self._allowed())
        doing, self._doing = self._doing, "resting" if seconds else self._doing
        while seconds > 0 and not run.interrupted and not self._stopping.wait(min(seconds, STEP)):
            seconds -= STEP
            alive()
        self._meter.sample()  # what workers did meanwhile is not of the next step
        self._doing = doing

    def _present(self) -> Presence:
        """What is known of whoever is at the machine, and of its battery; asking may take a tenth of a second."""
        if time.monotonic() - self._asked > ASKED:
            self._asked = time.monotonic()
            self._presence = presence()
        return self._presence

    def _allowed(self) -> float:
        """The share of a core that may be used now."""
        now, own = self._present(), self.settings.cpu_percent / 100
        if now.on_battery and self.settings.battery != "ignore":
            return own / 2
        return own if now.active else max(own, IDLE_SHARE)

    def _spares_battery(self) -> bool:
        """Whether walks wait until the machine is plugged in."""
        if self.settings.battery != "pause" or self._impatient:
            return False
        now = self._present()
        return bool(now.on_battery) and (now.charge or 0.0) < LOW_CHARGE


def finished(report: Report) -> Report:
    """A report of the watcher for others: what an interruption left undone goes on, and is no problem of any file."""
    if not report.interrupted:
        return report
    problems = tuple(one for one in report.problems if one.kind not in UNFINISHED)
    return replace(report, interrupted=False, problems=problems)


def _database(folder: Path) -> sqlite3.Connection:
    try:
        place.prepare(folder)
        return database.opened(folder / place.WAITING, schema.WAITING, full=False, note=lambda *_: None)
    except Unusable as unusable:
        said = f"the watcher cannot keep its hints in {folder} ({unusable.key})"
        raise UsageError(f"{said}; is another one at work?") from None
