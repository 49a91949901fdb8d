"""Columns judged as a whole: what many values under a header have been, further ones of the same shape are too.

The first rows of a table are judged value by value, and teach. From then on an equal value need not be judged again,
and one whose shape (its characters by class, each digit, runs of letters as one) has proven itself in this column needs
only the rule's check, or not even that: where a plain rewriting of the text gave what the check gives, time after time,
it is done to all values at once. Whatever is new here goes the long way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.detection.rules import Rule
from scanner.names import VARIANTS

LEAST = 12
"""So many values of a shape must have been judged alike before the shape speaks for a value."""
LEAST_NOTHING = 40
"""The same, where nothing was found in them."""
SHARE = 0.98
"""So many of the values judged must have been so."""
REMEMBERED = 20_000
"""Values of a column whose verdict is remembered."""
LONGEST = 120
"""Characters of a value that has a shape."""


class Verdict(NamedTuple):
    """What a whole cell is; without a rule: nothing."""

    rule: Rule | None
    evidence: str = ""
    canonical: str = ""


NOTHING = Verdict(None)


# --- shapes -----------------------------------------------------------------------------------------------------------

_CONTINUATION = bytes(range(0x80, 0xC0))
_CLASSES = bytes(
    0x39 if 0x30 <= byte <= 0x39
    else 0x41 if 0x41 <= byte <= 0x5A
    else 0x61 if 0x61 <= byte <= 0x7A or 0xC3 <= byte <= 0xCF
    else 0x6B if byte == 0xE3
    else 0x4B if 0xE4 <= byte <= 0xE9
    else byte
    for byte in range(256)
)  # fmt: skip
_RUNS = tuple((letter * length, letter) for letter in (b"A", b"a", b"k", b"K") for length in (13, 5, 3, 2, 2))


def shapes(lines: str) -> list[bytes]:
    """The shape of each line: of 山田 太郎 it is ``K K``, of 090-1234-5678 ``999-9999-9999``."""
    text = lines.encode("utf-8", "replace").translate(_CLASSES, _CONTINUATION)
    for run, letter in _RUNS:
        text = text.replace(run, letter)
    return text.split(b"\n")


# --- rewritings of many lines at once ---------------------------------------------------------------------------------

_SEPARATORS = str.maketrans("", "", " -/.()_,")
_DATES = str.maketrans("/.年月", "----", "日 ")
_BLOCKS = (("丁目", "-"), ("番地", "-"), ("番", "-"), ("号", ""), (" ", ""), ("-\n", "\n"))


def _unspaced(lines: str) -> str:
    return lines.translate(VARIANTS).replace(" ", "")


def _blocks(lines: str) -> str:
    for old, new in _BLOCKS:
        lines = lines.replace(old, new)
    return lines


Rewriting = Callable[[str], str]
REWRITINGS: tuple[Rewriting, ...] = (
    lambda lines: lines,
    str.lower,
    lambda lines: lines.translate(_SEPARATORS),
    lambda lines: lines.translate(_SEPARATORS).upper(),
    lambda lines: lines.translate(_DATES),
    _unspaced,
    lambda lines: _unspaced(lines).upper(),
    _blocks,
)
"""What checks do to most values that pass them, for values in lines; none adds or takes a line."""


# --- a column ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shape:
    """What the values of one shape in one column have been."""

    rule: Rule | None
    evidence: str
    tried: int = 0
    passed: int = 0
    rewritten: list[int] = field(default_factory=lambda: [0] * len(REWRITINGS))
    """For each rewriting how often it gave the canonical value."""

    def learn(self, value: str, verdict: Verdict | None) -> None:
        self.tried += 1
        if verdict is None or verdict.rule is not self.rule or verdict.evidence != self.evidence:
            return
        self.passed += 1
        if self.rule is None:
            return
        for number, rewriting in enumerate(REWRITINGS):
            if self.rewritten[number] >= SHARE * (self.passed - 1):
                self.rewritten[number] += rewriting(value) == verdict.canonical

    @property
    def speaks(self) -> bool:
        if self.rule is None:
            return self.passed >= LEAST_NOTHING and self.passed == self.tried
        return self.passed >= LEAST

    @property
    def rewriting(self) -> Rewriting | None:
        """What stands for the check; nothing stands for arithmetic."""
        if self.rule is None or self.rule.chance or self.passed < SHARE * self.tried:
            return None
        best = max(range(len(REWRITINGS)), key=self.rewritten.__getitem__)
        return REWRITINGS[best] if self.rewritten[best] >= SHARE * self.passed else None


@dataclass(slots=True)
class Strip:
    """One column of a table, and what its values have been."""

    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _shapes: dict[bytes, _Shape] = field(default_factory=dict)

    def learn(self, value: str, verdict: Verdict | None) -> None:
        """A cell, folded, was judged by itself; without a verdict: it is nothing as a whole, whatever it holds."""
        if not value or len(value) > LONGEST or "\n" in value:
            return
        if verdict is not None and len(self._verdicts) < REMEMBERED:
            self._verdicts[value] = verdict
        shape = shapes(value)[0]
        known = self._shapes.get(shape)
        if known is None:
            first = verdict or NOTHING
            known = self._shapes[shape] = _Shape(first.rule, first.evidence)
        known.learn(value, verdict)

    def verdicts(self, values: Sequence[str]) -> list[Verdict | None]:
        """What each cell is, None where it must be judged by itself; empty cells are nothing."""
        known = self._verdicts
        unknown = [value for value in dict.fromkeys(values) if value not in known]
        short = [value for value in unknown if value and len(value) <= LONGEST and "\n" not in value]
        found = dict(self._by_shape(short)) if short and self._shapes else {}
        if len(known) < REMEMBERED:
            known |= found
        if not unknown:
            return [known[value] for value in values]
        found[""] = NOTHING
        return [known.get(value) or found.get(value) for value in values]

    def _by_shape(self, values: Sequence[str]) -> Iterator[tuple[str, Verdict]]:
        alike: dict[bytes, list[str]] = {}
        for value, shape in zip(values, shapes("\n".join(values)), strict=True):
            alike.setdefault(shape, []).append(value)
        for shape, group in alike.items():
            known = self._shapes.get(shape)
            if known is not None and known.speaks:
                yield from _judged(known, group)


def _judged(shape: _Shape, values: Sequence[str]) -> Iterator[tuple[str, Verdict]]:
    rule, rewriting = shape.rule, shape.rewriting
    if rule is None:
        yield from ((value, NOTHING) for value in values)
    elif rewriting is not None:
        rewritten = rewriting("\n".join(values)).split("\n")
        if len(rewritten) == len(values):
            yield from (
                (value, Verdict(rule, shape.evidence, one)) for value, one in zip(values, rewritten, strict=True)
            )
    else:
        for value in values:
            canonical = rule.column.check(value) if rule.column.check else value
            if canonical is not None:
                yield value, Verdict(rule, shape.evidence, canonical)
