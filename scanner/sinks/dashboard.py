"""What the watcher is doing, live on a terminal; elsewhere one line for each thing that is new.

Drawn a few times a second from what the watcher says of itself. Nothing that comes from the disk is trusted: names are
escaped as in every report.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, TextIO

from scanner import wording
from scanner.model import Violation, Volume

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

INTERVAL = 0.5
LAST = 8
"""Findings that stay on the screen."""


class Doing(NamedTuple):
    """What is drawn of a watcher."""

    doing: str
    """A key of `scanner.wording.WATCHING`."""
    at: str
    waiting: int
    examined: int
    sight: str
    media: Sequence[Volume]
    use: str


class Dashboard:
    """A context in which `tell` prints what is new, and a terminal shows what goes on."""

    def __init__(self, stream: TextIO, *, lang: str, state: Callable[[], Doing | None], plain: bool = False) -> None:
        """`state` says what the watcher does; None: it has not begun. `plain`: lines, even on a terminal."""
        self._plain = plain
        self._stream = stream
        self._lang = lang
        self._state = state
        self._last: deque[tuple[str, Violation]] = deque(maxlen=LAST)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty() and not self._plain:
            from rich.console import Console
            from rich.live import Live

            console = Console(file=self._stream)
            self._live = Live(get_renderable=self._drawn, console=console, refresh_per_second=1 / INTERVAL)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, violations: Sequence[Violation]) -> None:
        """Show what is new."""
        now = time.strftime("%H:%M:%S")
        for violation in violations:
            self._last.append((now, violation))
            if self._live is None:
                grade = wording.name(wording.SEVERITIES, violation.severity, self._lang)
                self.say(f"{now} [{grade}] {wording.shown(violation.address)}: {violation.message}")

    def say(self, line: str) -> None:
        """Print a line, above the picture where there is one."""
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False)
            return
        encoding = self._stream.encoding or "utf-8"
        with contextlib.suppress(OSError):
            self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self._stream.flush()

    def _drawn(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        lang, doing = self._lang, self._state()
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="ellipsis", no_wrap=True)
        for key, value in _rows(doing, lang) if doing else ():
            if value:
                table.add_row(wording.text(f"watch.{key}.label", lang), Text(value))
        for at, violation in self._last:
            grade = wording.name(wording.SEVERITIES, violation.severity, lang)
            line = f"[{grade}] {wording.shown(violation.address)}: {violation.message}"
            table.add_row(Text(at), Text(line, style="red"))
        return table


def _rows(doing: Doing, lang: str) -> Iterator[tuple[str, str]]:
    now = wording.name(wording.WATCHING, doing.doing, lang)
    yield "now", f"{now}  {wording.shown(doing.at)}" if doing.at else now
    yield "queue", wording.text("watch.queue", lang, n=doing.waiting, examined=doing.examined)
    yield "sight", doing.sight
    yield "media", ", ".join(f"{wording.shown(one.mount)} {wording.shown(one.label)}".strip() for one in doing.media)
    yield "use", doing.use
