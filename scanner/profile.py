"""Where the time of a run goes: a clock that charges every moment to whatever is at work, and what it came to.

A run that nobody wants measured has no clock at all: what is measured are the variants of the gate, the rules, the
readers and the run in `scanner.detection.measured` and `scanner.profiling`, which take the place of the plain ones.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

STAGES = ("start", "walk", "read", "decode", "gate", "judge", "persons", "state", "report", "other")
"""What a run does, in the order in which a file meets it; `start` and `other` wait for others, so that only their
processor seconds mean something."""
UNTIMED = frozenset({"start", "other"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one stage, format or rule took, and how much there was of it."""

    seconds: float = 0.0
    """Of the processors."""
    clock: float = 0.0
    """On the clock, waiting included, added up over all processes."""
    size: int = 0
    """Bytes. Of a stage: what went into it; of a format: its documents; of a rule: nothing."""
    number: int = 0
    """Of a format: documents; of a rule: candidates that passed its check."""
    hits: int = 0
    """Of a rule: hits of the gate."""

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            self.seconds + other.seconds,
            self.clock + other.clock,
            self.size + other.size,
            self.number + other.number,
            self.hits + other.hits,
        )


Table = Mapping[str, Spent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What stages, formats and rules took, by their names. A moment counts once in each table that knows it."""

    stages: Table = field(default_factory=dict)
    formats: Table = field(default_factory=dict)
    rules: Table = field(default_factory=dict)

    def plus(self, other: "Profile") -> "Profile":
        """Both together."""
        return Profile(
            stages=_sum(self.stages, other.stages),
            formats=_sum(self.formats, other.formats),
            rules=_sum(self.rules, other.rules),
        )

    @property
    def seconds(self) -> float:
        """Processor seconds in all."""
        return sum(spent.seconds for spent in self.stages.values())

    def to_dict(self) -> dict[str, Any]:
        """The ``profile`` of the JSON report: stages in their order, formats and rules the slowest first."""
        stages = ((name, self.stages.get(name, Spent())) for name in STAGES)
        return {
            "seconds": round(self.seconds, 6),
            "stages": [
                {**_timed("stage", name, one), "clock": None if name in UNTIMED else round(one.clock, 6)}
                | {"bytes": one.size}
                for name, one in stages
            ],
            "formats": [
                {**_timed("format", name, one), "documents": one.number, "bytes": one.size}
                for name, one in slowest(self.formats)
            ],
            "rules": [
                {**_timed("rule", name, one), "hits": one.hits, "candidates": one.number}
                for name, one in slowest(self.rules)
            ],
        }


def slowest(table: Table) -> list[tuple[str, Spent]]:
    """The rows of a table, the slowest first."""
    return sorted(table.items(), key=lambda row: (-row[1].seconds, row[0]))


def _timed(what: str, name: str, spent: Spent) -> dict[str, Any]:
    return {what: name, "seconds": round(spent.seconds, 6)}


def _sum(one: Table, other: Table) -> Table:
    return {name: one.get(name, Spent()).plus(other.get(name, Spent())) for name in {**one, **other}}


class Clock:
    """Charges each moment of one thread to what is at work: a stage, and the format and the rule it is at work for.

    What begins inside something else takes over from it until it is left, so that no moment counts twice.
    """

    def __init__(self) -> None:
        self._now = ("other", "", "")
        self._below: list[tuple[str, str, str]] = []
        self._times: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._amounts: dict[tuple[str, str], Spent] = {}
        self.resume()

    def resume(self) -> None:
        """What has passed since the last moment that was charged is nobody's: there was nothing to do."""
        self._cpu, self._at = time.thread_time(), time.perf_counter()

    def started(self) -> None:
        """All that this process has used until now was its start."""
        self._amount("stages", "start", Spent(seconds=time.process_time()))
        self._times.clear()
        self.resume()

    def at(self, stage: str, form: str | None = None, rule: str | None = None) -> "Clock":
        """From now until the end of the ``with`` this is at work, for the same format and rule if none is given."""
        self._charge()
        self._below.append(self._now)
        self._now = stage, self._now[1] if form is None else form, self._now[2] if rule is None else rule
        return self

    def __enter__(self) -> "Clock":
        return self

    def __exit__(self, *failure: object) -> None:
        self._charge()
        self._now = self._below.pop()

    def each(self, items: Iterable[T], stage: str, form: str | None = None, rule: str | None = None) -> Iterator[T]:
        """The items; what it takes to make each of them is charged, what is done with them is not."""
        making = iter(items)
        while True:
            with self.at(stage, form, rule):
                try:
                    item = next(making)
                except StopIteration:
                    return
            yield item

    def stage(self, name: str, size: int) -> None:
        """So many bytes went into a stage."""
        self._amount("stages", name, Spent(size=size))

    def format(self, name: str, size: int) -> None:
        """A document of a format; what it took to find that out was for that format."""
        for stage, form, rule in [key for key in self._times if not key[1] and key[0] in ("read", "decode")]:
            self._add((stage, name, rule), self._times.pop((stage, form, rule)))
        self._amount("formats", name, Spent(size=size, number=1))

    def rule(self, name: str, *, hits: int = 0, candidates: int = 0) -> None:
        """The gate has hit for a rule, or a value has passed its check."""
        self._amount("rules", name, Spent(number=candidates, hits=hits))

    def take(self) -> Profile:
        """What has been charged and counted since the last time."""
        self._charge()
        tables: dict[str, dict[str, Spent]] = {"stages": {}, "formats": {}, "rules": {}}
        for key, (seconds, clock) in self._times.items():
            for table, name in zip(tables.values(), key, strict=True):
                if name:
                    table[name] = table.get(name, Spent()).plus(Spent(seconds, clock))
        for (kind, name), amount in self._amounts.items():
            tables[kind][name] = tables[kind].get(name, Spent()).plus(amount)
        self._times.clear()
        self._amounts.clear()
        return Profile(**tables)

    def _charge(self) -> None:
        cpu, at = self._cpu, self._at
        self.resume()
        self._add(self._now, (self._cpu - cpu, self._at - at))

    def _add(self, key: tuple[str, str, str], passed: tuple[float, float]) -> None:
        cpu, clock = self._times.get(key, (0.0, 0.0))
        self._times[key] = cpu + passed[0], clock + passed[1]

    def _amount(self, kind: str, name: str, amount: Spent) -> None:
        known = self._amounts.get((kind, name))
        self._amounts[kind, name] = amount if known is None else known.plus(amount)
