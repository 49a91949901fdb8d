"""A run with a clock in it, for ``scan --profile``: it does what the plain run does and says where the time went.

What goes on in the workers is measured there (`scanner.measured`) and added up here.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from scanner.line import Options, Run
from scanner.media.glance import Scouts
from scanner.media.walk import Block, Entry, NotWalked
from scanner.memory import History
from scanner.model import FileResult
from scanner.profile import Clock, Profile, Spent
from scanner.remember import Asked, Memory
from scanner.report import Report


class MeasuredRun(Run):
    """One run; its report has a profile."""

    def __init__(self, paths: Sequence[str | os.PathLike[str]], options: Options) -> None:
        self._clock = Clock()
        self._profile = Profile()
        super().__init__(paths, options)
        self._settings = replace(self._settings, profile=True)
        self._parts = self._clock.each(self._parts, "walk")
        self._clock.started()

    def remember(self, asked: Asked) -> Memory:
        """The memory of this run, measured."""
        with self._clock.at("state"):
            return _MeasuredMemory(asked, self._clock)

    def results(self) -> Iterator[FileResult]:
        """As the plain run."""
        for result in super().results():
            if result.profile is not None:
                self._profile = self._profile.plus(result.profile)
            yield result

    def report(self) -> Report:
        """As the plain run, with the profile until now."""
        report = super().report()
        self._profile = self._profile.plus(self._clock.take())
        walked = Spent(size=self.ledger.bytes["total"])
        return replace(report, profile=self._profile.plus(Profile(stages={"walk": walked})))

    def _take(self, result: FileResult) -> None:
        with self._clock.at("report"):
            super()._take(result)

    def _report(self) -> Report:
        with self._clock.at("report"):
            return super()._report()


class _MeasuredMemory(Memory):
    """The memory of a run; all that it does is charged to the stage ``state``."""

    def __init__(self, asked: Asked, clock: Clock) -> None:
        self._clock = clock
        super().__init__(asked)

    def send(self, scouts: Scouts, count: int) -> None:
        with self._clock.at("state"):
            super().send(scouts, count)

    def entries(self, parts: Iterable[Block | NotWalked]) -> Iterator[Entry | NotWalked | FileResult]:
        return self._clock.each(super().entries(parts), "state")

    def held(self) -> Iterator[Entry]:
        return self._clock.each(super().held(), "state")

    def rest(self) -> FileResult:
        with self._clock.at("state"):
            return super().rest()

    def take(self, result: FileResult) -> Iterator[FileResult]:
        return self._clock.each(super().take(result), "state")

    def end(self, *, whole: bool) -> None:
        with self._clock.at("state"):
            super().end(whole=whole)

    def history(self, report: Report) -> History | None:
        with self._clock.at("state"):
            return super().history(report)
