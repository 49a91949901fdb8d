"""``nokosanai watch``: stay, examine what changes and what is plugged in, tell what is new."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, lang
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.report import Report
    from scanner.service.windows import Orders
    from scanner.settings import Settings
    from scanner.sinks.dashboard import Doing
    from scanner.watch import News, Watch


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
    return _Watching(options, _settings(options), _words(options)).run()


def _words(options: argparse.Namespace) -> str:
    from scanner.wording import language

    return language(options.lang or _settings(options).lang or None)


class _Watching:
    """One life of the watcher, with everybody who is told."""

    def __init__(self, options: argparse.Namespace, settings: "Settings", words: str) -> None:
        from scanner.desktop.news import Collector
        from scanner.desktop.show import shower
        from scanner.service.notify import Notifier
        from scanner.sinks.dashboard import Dashboard
        from scanner.telling import Outgoing

        self._options = options
        self._settings = settings
        self._words = words
        self._notifier = Notifier()
        self._said = 0.0
        self._show = shower() if settings.notify else None
        self._news = Collector(settings.notices_per_hour, words)
        self._outgoing = Outgoing(settings.outbox, words)
        self._dashboard = Dashboard(sys.stdout, lang=words, state=self._state, plain=options.service)
        self._watch: Watch | None = None
        self._noted: set[str] = set()
        self._ended = False
        self.ready: Callable[[], None] = lambda: None
        """Called whenever it has begun to watch."""

    def run(self) -> int:
        """Watch until a signal comes; settings are read anew when one asks for that."""
        self._listen()
        self._outgoing.start()
        try:
            with self._dashboard:
                while not self._ended:
                    watch = self._watch = self._made()
                    watch.begin()
                    self._greet(watch)
                    watch.run(self._alive)
        finally:
            self._notifier.stopping()
            self._outgoing.stop()
        return 0

    def stop(self) -> None:
        """End for good."""
        self._ended = True
        if self._watch is not None:
            self._watch.stop()

    def reload(self) -> None:
        """Begin again with the settings and the policy as they are now."""
        self._notifier.reloading()
        self._settings = self._read_again()
        if self._watch is not None:
            self._watch.stop()

    def _read_again(self) -> "Settings":
        """The settings of today; those of yesterday where today's do not hold."""
        try:
            return _settings(self._options)
        except UsageError as error:
            self._dashboard.say(f"nokosanai: {error}")
            return self._settings

    def _made(self) -> "Watch":
        from scanner.line import Options
        from scanner.watch import Watch

        options = Options(policy=self._options.policy, jobs=1, exclude=_excluded(self._options, self._settings),
                          lang=self._words)  # fmt: skip
        impatient = self._options.nice == 0 or not self._settings.nice
        return Watch(self._settings, options, self._told, impatient=impatient)

    def _listen(self) -> None:
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
        self.ready()

    def _alive(self) -> None:
        now = time.monotonic()
        if self._notifier.every and now - self._said > self._notifier.every / 2:
            self._notifier.alive()
            self._said = now
        message = self._news.take() if self._show else None
        if message and self._show:
            self._show(message)

    def _told(self, report: "Report", news: "Sequence[News]") -> None:
        from scanner.desktop.news import News as Notice

        for note in report.history.notes if report.history else ():
            if note not in self._noted:
                self._noted.add(note)
                self._dashboard.say(f"nokosanai: {note}")
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


def _excluded(options: argparse.Namespace, settings: "Settings") -> tuple[str, ...]:
    return (*settings.exclude, *options.exclude)


def serve(orders: "Orders") -> int:
    """Watch as the service manager of Windows wants it."""
    options = argparse.Namespace(
        paths=[], settings=None, policy=None, exclude=[], nice=None, no_media=False, service=True, lang=None
    )
    watching = _Watching(options, _settings(options), _words(options))
    watching.ready = orders.ready
    threading.Thread(target=_obey, args=(orders, watching), daemon=True).start()
    return watching.run()


def _obey(orders: "Orders", watching: _Watching) -> None:
    while not orders.stop.wait(0.2):
        if orders.reload.is_set():
            orders.reload.clear()
            watching.reload()
    watching.stop()
