"""The detector with a clock in it: what the gate takes, and what each rule takes to judge what the gate let through.

It finds what the plain one finds. Patterns are compiled before the first document, so that none is blamed for that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from scanner.detection.candidates import Candidate
from scanner.detection.context import Vocabulary
from scanner.detection.detector import Detector
from scanner.detection.gate import Gate, Hit
from scanner.detection.kept import Ready
from scanner.detection.mentions import Mentions
from scanner.detection.population import Column, Population
from scanner.detection.prose_names import ProseNames
from scanner.detection.reader import Reader
from scanner.detection.rules import Rule
from scanner.model import Match, Segment
from scanner.profile import Clock

F = TypeVar("F", Candidate, Match)


class MeasuredDetector(Detector):
    """All rules, each with the clock."""

    def __init__(self, rules: Sequence[Rule], ready: Ready, clock: Clock) -> None:
        self._clock = clock
        super().__init__(rules, ready)
        self.gate = MeasuredGate(self.gate, [reader.rule.id for reader in self.readers], clock)

    def reader(self, rule: Rule, labels: Vocabulary) -> Reader:
        """One rule, compiled and measured."""
        return MeasuredReader(rule, labels, self._clock)

    def load_prose(self) -> ProseNames:
        """What finds names in running text: getting it ready is a matter of starting."""
        with self._clock.at("start", "", ""):
            return super().load_prose()

    def mentions(self) -> Mentions | None:
        """Begin to look for people in the text of a document."""
        plain = super().mentions()
        return plain and MeasuredMentions(plain.rule, plain.names, self._clock)


class MeasuredGate(Gate):
    """A gate that tells how many bytes it searched, and for which rules it hit."""

    __slots__ = ("_clock", "_ids")

    def __init__(self, gate: Gate, ids: Sequence[str], clock: Clock) -> None:
        """`ids[n]` is the id of rule n of the gate."""
        self.owners, self.databases = gate.owners, gate.databases
        self._ids, self._clock = ids, clock

    def hits(self, utf8: bytes) -> list[Hit] | None:
        """As the plain gate."""
        with self._clock.at("gate"):
            found = super().hits(utf8)
        self._clock.stage("gate", len(utf8))
        for number, count in Counter(number for number, _ in found or ()).items():
            for owner in self.owners[number]:
                self._clock.rule(self._ids[owner], hits=count)
        return found


class MeasuredReader(Reader):
    """One rule; what it is asked is charged to it."""

    def __init__(self, rule: Rule, labels: Vocabulary, clock: Clock) -> None:
        super().__init__(rule, labels)
        self._clock = clock
        self.compile()

    def near(self, folded: str, hits: Sequence[int], column: Column, population: Population) -> Iterator[Candidate]:
        """As the plain one."""
        with self._clock.at("judge", rule=self.rule.id):
            found = super().near(folded, hits, column, population)
        return _counted(found, self.rule.id, self._clock)

    def judged(
        self, folded: str, above: str | None, begin: int, column: Column, population: Population
    ) -> Iterator[Candidate]:
        """As the plain one."""
        with self._clock.at("judge", rule=self.rule.id):
            found = super().judged(folded, above, begin, column, population)
        return _counted(found, self.rule.id, self._clock)

    def under_header(self, folded: str) -> Iterator[Candidate]:
        """As the plain one."""
        return _counted(super().under_header(folded), self.rule.id, self._clock)

    def suspects(self, header: str, values: Iterable[str]) -> bool:
        """As the plain one."""
        with self._clock.at("judge", rule=self.rule.id):
            return super().suspects(header, values)

    def proves(self, folded: str) -> bool:
        """As the plain one."""
        with self._clock.at("judge", rule=self.rule.id):
            return super().proves(folded)

    def stands_in(self, header: str) -> bool:
        """As the plain one."""
        with self._clock.at("judge", rule=self.rule.id):
            return super().stands_in(header)


class MeasuredMentions(Mentions):
    """The people named in one document; finding them is charged to their rule."""

    __slots__ = ("_clock",)

    def __init__(self, rule: Rule, names: ProseNames, clock: Clock) -> None:
        super().__init__(rule, names)
        self._clock = clock

    def find(self, segment: Segment, taken: Sequence[tuple[int, int]]) -> Iterator[Match]:
        """As the plain one."""
        return _counted(super().find(segment, taken), self.rule.id, self._clock)


def _counted(found: Iterator[F], rule: str, clock: Clock) -> Iterator[F]:
    for one in clock.each(found, "judge", rule=rule):
        clock.rule(rule, candidates=1)
        yield one
