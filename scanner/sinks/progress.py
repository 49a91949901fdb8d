"""How far a scan has come: one line on a terminal, redrawn a few times a second, and nothing at all elsewhere.

It counts nothing itself; whoever runs the scan says how far it is, or lets a thread of its own ask.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from scanner import wording

if TYPE_CHECKING:
    from rich.live import Live

    from scanner.sinks.page import Page

INTERVAL = 0.2
"""Seconds between two drawings."""
SETTLED = 1.0
"""Seconds before which a rate says nothing."""
LEAST_FOLDER = 12
"""Columns below which a folder is not worth showing."""


State = tuple[int, int, int | None, int | None, int]
"""What `Progress.update` is told: files and bytes done, files and bytes in all, violations."""


class Progress:
    """A context in which `update` draws; on a stream that is no terminal it does nothing."""

    def __init__(
        self,
        stream: TextIO,
        *,
        lang: str,
        state: Callable[[], State] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Where a `state` is given, it is asked for and drawn at once and then on the clock, in a thread."""
        self._state = state
        self._over = threading.Event()
        self._timer = threading.Thread(target=self._watch, daemon=True)
        self._stream = stream
        self._lang = lang
        self._clock = clock
        self._live: Live | None = None
        self._page: Page | None = None
        self._started = self._drawn = clock()

    def __enter__(self) -> Self:
        if self._stream.isatty():
            from rich.live import Live

            from scanner.sinks.page import Page

            self._page = Page(self._stream, self._lang, None, None)
            console = self._page.console
            self._live = Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False)
            self._live.start()
            if self._state is not None:
                self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        if self._timer.is_alive():
            self._timer.join()
        if self._live:
            with contextlib.suppress(OSError):  # the terminal may be gone, and the scan goes on
                self._live.stop()
            self._live = None

    def update(
        self,
        done_files: int,
        done_bytes: int,
        total_files: int | None,
        total_bytes: int | None,
        violations: int,
        *,
        folder: str = "",
    ) -> None:
        """Say how far the scan is; the totals are None as long as they are not known."""
        now = self._clock()
        if self._live is None or self._page is None or now - self._drawn < INTERVAL:
            return
        self._drawn = now
        seconds = max(now - self._started, 0.001)
        share = done_bytes / total_bytes if total_bytes else done_files / total_files if total_files else 0.0
        parts = [self._count(done_files, total_files, share), wording.size(done_bytes)]
        if seconds >= SETTLED:
            rate, files = wording.size(done_bytes / seconds), round(done_files / seconds)
            parts.append(self._page.t("p.rate", rate=rate, files=files))
        if seconds >= SETTLED and 0 < share <= 1:
            left = wording.duration(round(seconds / share - seconds), self._page.lang)
            parts.append(self._page.t("p.left", time=left))
        self._draw(parts, violations, folder)

    def _watch(self) -> None:
        assert self._state is not None
        self._drawn -= INTERVAL
        with contextlib.suppress(OSError):
            self.update(*self._state())
            while not self._over.wait(INTERVAL):
                self.update(*self._state())

    def _count(self, done: int, total: int | None, share: float) -> str:
        assert self._page is not None
        if not total:
            return self._page.t("p.files", n=done)
        return f"{min(share, 1):4.0%}  {self._page.t('p.files.of', n=done, total=total)}"

    def _draw(self, parts: list[str], violations: int, folder: str) -> None:
        assert self._page is not None
        assert self._live is not None
        from rich.text import Text

        from scanner.sinks.page import shorten

        page = self._page
        line = Text(no_wrap=True, overflow="crop")
        line.append(page.t("p.violations", n=violations), "bold red" if violations else "green")
        for part in parts:
            if page.cells(f"{line.plain}  {part}") < page.width:
                line.append(f"  {part}")
        room = page.width - page.cells(line.plain) - 3
        if folder and room >= LEAST_FOLDER:
            line.append("  " + shorten(page.clean(folder), room, page.symbol("…"), page.cells), "dim")
        self._live.update(line, refresh=True)
