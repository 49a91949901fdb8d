"""The proof of the rules: each is linted, and each of its examples must hit or miss as it is written.

What the user runs as ``nokosanai rules check`` is what the tests run. An example proves the rule alone, among all other
rules at work, at the lowest confidence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.detection.detector import Detector
from scanner.detection.rules import Example, Rule
from scanner.model import Match, Segment
from scanner.origin import Cell, Row, Table, TextOrigin

LEAST_EXAMPLES = 3
"""Examples that hit, and as many that miss, without which a rule is not proven."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a rule."""

    rule: str
    what: str


def prove(detector: Detector, find: Callable[[Segment], list[Match]]) -> Iterator[Fault]:
    """All faults of all rules; `find` returns the settled matches of a segment."""
    for rule in detector.rules:
        yield from _lint(rule)
        for example in rule.examples:
            found = [match.value for match in find(segment_of(example)) if match.rule == rule.id]
            if sorted(found) != sorted(example.finds):
                yield Fault(rule.id, f"in {example.text!r}: expected {list(example.finds)}, found {found}")


def segment_of(example: Example) -> Segment:
    """The example as a reader would hand it on."""
    table = _table(example.text) if example.csv else None
    return Segment(
        text=example.text, address=f"example{'.csv' if example.csv else ''}", origin=TextOrigin(), table=table
    )


def _table(text: str) -> Table:
    rows, offset = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        cells, start = [], offset
        for column, value in enumerate(line.split(",")):
            cells.append(Cell(start, start + len(value), column))
            start += len(value) + 1
        rows.append(Row(number, tuple(cells)))
        offset += len(line) + 1
    return Table(name="", rows=tuple(rows))


def _lint(rule: Rule) -> Iterator[Fault]:
    hits = sum(bool(example.finds) for example in rule.examples)
    if hits < LEAST_EXAMPLES or len(rule.examples) - hits < LEAST_EXAMPLES:
        yield Fault(rule.id, f"needs {LEAST_EXAMPLES} examples that hit and {LEAST_EXAMPLES} that miss")
    if not rule.references:
        yield Fault(rule.id, "names no law or standard")
    if set(rule.title) != {"ja", "en"}:
        yield Fault(rule.id, "needs a title in Japanese and in English")
    if rule.gate == "context" and not rule.context:
        yield Fault(rule.id, "is gated by context words and has none")
    if rule.check is not None and not rule.chance and rule.confidence["alone"] == "high":
        yield Fault(rule.id, "a check alone is never high")
