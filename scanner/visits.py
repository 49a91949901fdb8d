"""The media that are there while the watcher is at work: what became of each, and which of them does not answer.

A medium is a guest: it may leave at any moment, and what was begun on it goes on when it is back. It counts and says;
what is examined and when is the watcher's business.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from scanner.line import MEDIA
from scanner.media.walk import printable
from scanner.model import FileResult, Persons, Volume
from scanner.report import Report

STORM = 3
"""Files of a medium that vanish in one run, after which the others are not asked for any more."""
DELAYS = (5.0, 15.0, 45.0)
"""Seconds after which a medium that does not answer is tried again; after the last it is damaged, and read as it is."""


class Visit(NamedTuple):
    """News of a medium."""

    volume: Volume
    state: str
    """``here``, ``examined``, ``silent`` (it does not answer, and is tried again) or ``gone``."""
    persons: Persons = Persons()
    documents: int = 0
    """Documents with personal data that are on it now."""
    whole: bool = True
    """``examined``: all that the policy wants examined was; ``gone``: nothing was being examined on it."""


@dataclass(slots=True)
class _Guest:
    """A medium that is there."""

    volume: Volume
    found: tuple[int, int, bool] | None = None
    """People, documents and completeness as they were told last."""
    vanished: int = 0
    """Files, in the run at work."""
    attempts: int = 0
    again: float = 0.0
    """When it is to be tried again; 0: it answers."""


class Visits:
    """The media that are there, by the folder that each is mounted on."""

    def __init__(self, tell: Callable[[Visit], None]) -> None:
        self._tell = tell
        self._guests: dict[str, _Guest] = {}

    def arrived(self, volume: Volume) -> str:
        """A medium is there; returns the folder to watch."""
        root = os.path.realpath(volume.mount)
        self._guests[root] = _Guest(volume)
        self._tell(Visit(volume, "here"))
        return root

    def gone(self, volume: Volume, *, busy: bool) -> None:
        """A medium has gone; `busy`: while it was examined."""
        root = next((root for root, guest in self._guests.items() if guest.volume.mount == volume.mount), "")
        if self._guests.pop(root, None) is not None:
            self._tell(Visit(volume, "gone", whole=not busy))

    def begin(self) -> None:
        """A run begins."""
        for guest in list(self._guests.values()):
            guest.vanished, guest.again = 0, 0.0

    def silent(self, result: FileResult, of: Callable[[str], Volume]) -> bool:
        """Whether so much vanishes that the medium does not answer any more; it is told once for each attempt."""
        for problem in result.problems:
            volume = of(problem.address.partition("!")[0]) if problem.kind == "vanished" else None
            guest = self._guests.get(os.path.realpath(volume.mount)) if volume else None
            if guest is None or volume is None or volume.volume_class not in MEDIA:
                continue
            guest.vanished += 1
            if guest.vanished >= STORM and (guest.again or self._put_off(guest)):
                return True
        return False

    def _put_off(self, guest: _Guest) -> bool:
        """Whether a medium is to be tried again later; at last it is read for what can be read."""
        if guest.attempts == len(DELAYS):
            return False
        guest.again = time.monotonic() + DELAYS[guest.attempts]
        guest.attempts += 1
        self._tell(Visit(guest.volume, "silent"))
        return True

    def waiting(self) -> dict[str, float]:
        """The media that did not answer, and when each is to be tried again."""
        return {root: guest.again for root, guest in list(self._guests.items()) if guest.again}

    def examined(self, root: str, report: Report) -> bool:
        """A medium was walked to its end: what is on it is told when it is not what was told before.

        False: it cannot even be listed, and is to be tried again later.
        """
        guest = self._guests.get(root)
        if guest is None:
            return True
        if any(one.address == printable(root) for one in report.problems) and self._put_off(guest):
            return False
        guest.attempts = guest.attempts if guest.vanished else 0
        found = (report.persons.best, report.document_count, report.complete)
        if guest.found != found:
            guest.found = found
            self._tell(Visit(guest.volume, "examined", report.persons, report.document_count, report.complete))
        return True
