"""What people are to be told, collected until it is time: one notification for many files, a few in an hour.

A notification names one file or counts many; it never says whose data lie in them.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from scanner import wording

GATHERING = 10.0
"""Seconds that the first piece of news waits for others: copying a folder is one event to a person."""
HOUR = 3600.0


class Message(NamedTuple):
    """What is shown."""

    title: str
    body: str


class News(NamedTuple):
    """A file in which personal data has been found."""

    address: str
    name: str
    persons: int
    medium: str = ""
    """The identity of the removable volume that it lies on; empty for the machine's own disks."""


class Collector:
    """Keeps news until they may be told."""

    def __init__(self, per_hour: int, lang: str, clock: Callable[[], float] = time.monotonic) -> None:
        """At most `per_hour` messages within any hour; `clock` gives seconds."""
        self._per_hour = per_hour
        self._lang = lang
        self._clock = clock
        self._waiting: dict[str, News] = {}
        self._persons: dict[str, int] = {}
        self._first = 0.0
        self._told: deque[float] = deque(maxlen=per_hour)

    def add(self, news: News) -> None:
        """One more file; the same one again only takes the place of what was known of it."""
        if not self._waiting:
            self._first = self._clock()
        self._waiting[news.address] = news
        self._persons.pop(news.medium, None)

    def examined(self, medium: str, persons: int) -> None:
        """About how many people's data lie on a medium, now that all of it was examined; until more is found there."""
        self._persons[medium] = persons

    def wait(self) -> float | None:
        """Seconds until there is something to tell; None: nothing is waiting."""
        if not self._waiting:
            return None
        may = self._told[0] + HOUR if len(self._told) == self._per_hour else 0.0
        return max(0.0, max(self._first + GATHERING, may) - self._clock())

    def take(self) -> Message | None:
        """The message that is due now, if one is; it counts as told."""
        if self.wait() != 0.0:
            return None
        self._told.append(self._clock())
        news = list(self._waiting.values())
        self._waiting.clear()
        return _message(news, self._persons, self._lang)


def _message(news: list[News], persons: Mapping[str, int], lang: str) -> Message:
    own = [one for one in news if not one.medium]
    media = {one.medium for one in news if one.medium}
    if len(news) == 1:
        lines = [wording.text("desktop.file", lang, name=wording.shown(news[0].name), best=news[0].persons)]
    else:
        lines = [wording.text("desktop.files", lang, n=len(own))] if own else []
        if media:
            lines.append(wording.text("desktop.media", lang, n=len(media), files=len(news) - len(own)))
        known = persons.get(next(iter(media))) if len(media) == 1 else None  # one person may be on several of them
        if known is not None:
            lines.append(wording.text("desktop.people", lang, best=known))
    return Message(wording.text("desktop.title", lang), "\n".join([*lines, wording.text("desktop.todo", lang)]))
