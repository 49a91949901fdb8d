"""``nokosanai watch``: stay, examine what changes and what is plugged in, tell what is new."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, lang
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.novelty import News
    from scanner.report import Report
    from scanner.service.windows import Orders
    from scanner.settings import Settings
    from scanner.sinks.dashboard import Doing
    from scanner.visits import Visit
    from scanner.watch import Watch

FAILED = 4
"""Exit code for an end that nobody asked for: the service manager begins again."""
STUMBLES, STEADY = 5, 600.0
"""How often in a row it begins again by itself, and the seconds after which a life counts as a good one."""
PAUSES = (1.0, 30.0)
"""Seconds before it begins again: at first, and at most."""
ROUND = 3600.0
"""Seconds between two looks at what was lent."""


def add(commands: "Commands") -> None:
    """Declare the command."""
    watch = command(commands, "watch", "stay; examine what changes and what is plugged in", _watch)
    flag = watch.add_argument
    flag("paths", metavar="PATH", nargs="*", help="folders (default: those of the settings, else the home folder)")
    flag("--settings", metavar="FILE", type=Path, help="settings (default: the machine's, else the user's)")
    flag("--policy", metavar="FILE", type=Path, help="policy to judge by (default: as for scan)")
    flag("--exclude", metavar="GLOB", action="append", default=[], help="leave out; may be given several times")
    flag("--nice", metavar="N", type=int, choices=(0, 1), default=None, help="0: work without rests")
    flag("--no-media", action="store_true", help="do not examine media that are plugged in")
    flag("--service", action="store_true", help="run under a service manager: lines instead of a picture")
    lang(watch)


def _watch(options: argparse.Namespace) -> int:
    return _Watching(options, _settings(options)).run()


class _Watching:
    """One life of the watcher, with everybody who is told."""

    def __init__(self, options: argparse.Namespace, settings: "Settings") -> None:
        from scanner.desktop.news import Collector
        from scanner.desktop.show import shower
        from scanner.service.notify import Notifier
        from scanner.sinks.dashboard import Dashboard
        from scanner.telling import Outgoing
        from scanner.wording import language

        self._options = options
        self._settings = settings
        self._words = words = language(options.lang or settings.lang or None)
        self._notifier = Notifier()
        self._said = 0.0
        self._show = shower() if settings.notify else None
        self._news = Collector(settings.notices_per_hour, words)
        self._outgoing = Outgoing(settings.outbox, words)
        self._dashboard = Dashboard(sys.stdout, lang=words, state=self._state, plain=options.service)
        self._watch: Watch | None = None
        self._noted: set[str] = set()
        self._ended = threading.Event()
        self._failed = self._begun = False
        self._stumbles, self._round = 0, -ROUND
        self.ready: Callable[[], None] = lambda: None
        """Called whenever it has begun to watch."""

    def run(self) -> int:
        """Watch until a signal comes; settings are read anew when one asks for that."""
        self._listen()
        self._outgoing.start()
        try:
            with self._dashboard:
                while not self._ended.is_set():
                    self._live()
        finally:
            self._notifier.stopping()
            self._outgoing.stop()
        return FAILED if self._failed else 0

    def _live(self) -> None:
        """Watch from beginning to end; what the system refuses on the way is told, and it begins again after a while.

        Any other failure ends the program with a word and an exit code: the service manager begins again.
        """
        began = time.monotonic()
        try:
            self._watch = self._made()
            self._watch.run(self._alive, self._greet)
        except (OSError, sqlite3.Error) as error:
            self._stumbles = 1 if time.monotonic() - began > STEADY else self._stumbles + 1
            if not self._begun or self._stumbles > STUMBLES:
                raise
            pause = min(PAUSES[0] * 2 ** (self._stumbles - 1), PAUSES[1])
            self._tell("watch.stumbled", why=_where(error), seconds=pause)
            self._rest(pause)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._ended.wait(min(seconds, 1.0)):
            self._alive()

    def _died(self, death: "threading.ExceptHookArgs") -> None:
        """A thread has ended by a defect of ours: without it something would be missed in silence."""
        if death.exc_value is not None:
            self._tell("watch.died", why=_where(death.exc_value))
        self._failed = True
        self.stop()

    def _tell(self, key: str, **values: object) -> None:
        from scanner.wording import text

        self._dashboard.say(text(key, self._words, **values))

    def stop(self) -> None:
        """End for good."""
        self._ended.set()
        if self._watch is not None:
            self._watch.stop()

    def reload(self) -> None:
        """Begin again with the settings and the policy as they are now; go on as before where they do not hold."""
        from scanner.policy import clauses

        try:
            settings = _settings(self._options)
            clauses.load(self._options.policy)
        except UsageError as error:
            self._dashboard.say(f"nokosanai: {error}")
            self._tell("watch.kept")
            return
        self._notifier.reloading()
        self._settings = settings
        if self._watch is not None:
            self._watch.stop()

    def _made(self) -> "Watch":
        from scanner.line import Options
        from scanner.watch import Watch

        exclude = (*self._settings.exclude, *self._options.exclude)
        options = Options(policy=self._options.policy, jobs=1, exclude=exclude, lang=self._words)
        impatient = self._options.nice == 0 or not self._settings.nice
        return Watch(self._settings, options, self._told, self._visited, impatient=impatient)

    def _listen(self) -> None:
        threading.excepthook = self._died
        handlers: dict[str, Callable[[], None]] = dict.fromkeys(("SIGINT", "SIGTERM", "SIGBREAK"), self.stop)
        handlers["SIGHUP"] = self.reload
        for name, handler in handlers.items():
            if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
                signal.signal(getattr(signal, name), lambda *_, handler=handler: handler())

    def _greet(self, watch: "Watch") -> None:
        from scanner.wording import shown, text

        sight = watch.status().sight
        how = ", ".join(sorted(set(sight.by.values()))) or "-"
        self._dashboard.say(text("watch.begin", self._words, roots=", ".join(map(shown, sight.by)), how=how))
        if sight.unseen:
            self._dashboard.say(text("watch.unseen", self._words, n=len(sight.unseen)))
        self._notifier.ready(", ".join(sight.by))
        self._begun = True
        self.ready()

    def _alive(self) -> None:
        now = time.monotonic()
        if self._ended.is_set() and self._watch is not None:  # asked for before there was one
            self._watch.stop()
        if self._notifier.every and now - self._said > self._notifier.every / 2:
            self._notifier.alive()
            self._said = now
        if now - self._round > ROUND:
            self._round = now
            self._overdue()
        message = self._news.take() if self._show else None
        if message and self._show:
            self._show(message)

    def _overdue(self) -> None:
        from scanner.policy import lending

        self._note(lending.register().overdue(date.today(), self._words))

    def _note(self, sentences: "Sequence[str]") -> None:
        """Say what was not said before."""
        for sentence in sentences:
            if sentence not in self._noted:
                self._noted.add(sentence)
                self._dashboard.say(f"nokosanai: {sentence}")

    def _visited(self, visit: "Visit") -> None:
        """Say what becomes of a medium."""
        from scanner.wording import shown

        mount, best = shown(visit.volume.mount), visit.persons.best
        if visit.state == "gone":
            self._tell("watch.medium.gone" if visit.whole else "watch.medium.left", mount=mount)
            return
        if visit.state == "examined" and visit.volume.volume_class == "removable":
            self._news.examined(visit.volume.identity, best)
        state = visit.state if visit.documents or visit.state != "examined" else "empty"
        if state != "empty" or visit.whole:
            self._tell(f"watch.medium.{state}", mount=mount, n=visit.documents, best=best)
        if not visit.whole:
            self._tell("watch.medium.part", mount=mount)

    def _told(self, report: "Report", news: "Sequence[News]") -> None:
        from scanner.desktop.news import News as Notice

        self._note((*report.warnings, *(report.history.notes if report.history else ())))
        self._dashboard.tell([one.violation for one in news])
        self._outgoing.put(report)
        for one in news:
            volume = one.volume
            medium = volume.identity if volume and volume.volume_class == "removable" else ""
            name = Path(one.violation.address.partition("!")[0]).name
            self._news.add(Notice(one.violation.address, name, one.violation.persons, medium))

    def _state(self) -> "Doing | None":
        from scanner.sinks.dashboard import Doing
        from scanner.wording import size, text

        if self._watch is None:
            return None
        now = self._watch.status()
        how = ", ".join(sorted(set(now.sight.by.values())))
        unseen = f"  {text('watch.unseen', self._words, n=len(now.sight.unseen))}" if now.sight.unseen else ""
        return Doing(
            doing=now.doing,
            at=now.at,
            waiting=now.waiting,
            examined=now.examined,
            sight=text("watch.sight", self._words, roots=len(now.sight.by), how=how, unseen=unseen),
            media=now.media,
            use=text("watch.use", self._words, share=100 * now.use.share, memory=size(now.use.memory)),
        )


def _settings(options: argparse.Namespace) -> "Settings":
    """The settings, with what the command line says in their place. Raises UsageError."""
    from scanner.policy.ownership import by_administrator
    from scanner.settings import load

    settings = load(options.settings, trusted=by_administrator)
    missing = next((path for path in options.paths if not Path(path).is_dir()), None)
    if missing is not None:
        raise UsageError(f"no such folder: {missing}")
    paths = tuple(str(Path(path).absolute()) for path in options.paths) or settings.paths
    return replace(settings, paths=paths, media=settings.media and not options.no_media)


def _where(error: BaseException) -> str:
    """What failed and where, without a word of what it was about."""
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    at = f" in {os.path.basename(frame.filename)}:{frame.lineno}" if frame else ""
    return f"{getattr(error, 'sqlite_errorname', '') or type(error).__name__}{at}"


def serve(orders: "Orders") -> int:
    """Watch as the service manager of Windows wants it; a failure ends with its exit code."""
    from scanner.cli import guarded

    return guarded(lambda: _serve(orders))


def _serve(orders: "Orders") -> int:
    options = argparse.Namespace(
        paths=[], settings=None, policy=None, exclude=[], nice=None, no_media=False, service=True, lang=None
    )
    watching = _Watching(options, _settings(options))
    watching.ready = orders.ready
    threading.Thread(target=_obey, args=(orders, watching), daemon=True).start()
    return watching.run()


def _obey(orders: "Orders", watching: _Watching) -> None:
    while not orders.stop.wait(0.2):
        if orders.reload.is_set():
            orders.reload.clear()
            watching.reload()
    watching.stop()
