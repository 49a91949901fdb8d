"""Chance arithmetic: what a whole column says about values that nothing else speaks for.

Random digits pass a check digit at a known rate. Two of twenty that pass are order numbers; twenty of twenty are not.
"""

from dataclasses import dataclass, field

from scanner.detection.rules import Rule

Column = tuple[str, int]
"""A column of a document: the name of its table and its number."""

LEAST = 5
"""Fewer values say nothing about a population: five of five pass by chance at 1e-5 for a rate of 0.1."""
SHARE = 0.8
"""So many of a column's values must pass for the column to be what the check is for."""


@dataclass(slots=True)
class _Tally:
    tried: int = 0
    passed: int = 0


@dataclass(slots=True)
class Population:
    """For each rule and column of one document: how many values had the shape, and how many passed the check."""

    noted: int = 0
    """Values counted until now."""
    _tallies: dict[tuple[str, Column], _Tally] = field(default_factory=dict)

    def note(self, rule: str, column: Column, passed: bool) -> None:
        """Count one value of the pattern's shape that has no context."""
        self.noted += 1
        tally = self._tallies.setdefault((rule, column), _Tally())
        tally.tried += 1
        tally.passed += passed

    def evidence(self, rule: Rule, column: Column | None) -> str | None:
        """What the values of a column rest on: ``population``, ``alone``, or None when chance explains them."""
        tally = self._tallies.get((rule.id, column)) if column is not None and rule.chance else None
        if tally is None or tally.tried < LEAST:
            return "alone"
        if tally.passed >= LEAST and tally.passed >= SHARE * tally.tried:
            return "population"
        expected = rule.chance * tally.tried
        return None if tally.passed <= 2 * expected + 1 else "alone"
