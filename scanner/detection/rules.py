"""Rule files → Rule records. One TOML file in ``rules/`` is one rule; its name is its id; nobody else knows it.

Nothing is compiled here and nothing is matched: see `scanner.detection.detector`. A rule file that does not hold is a
`UsageError` that names the file and the field.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from scanner import checks
from scanner.errors import UsageError
from scanner.model import CONFIDENCES

Check = Callable[[str], str | None]
"""From the folded text of a candidate to its canonical value, or None when it cannot be one."""

ROLES = ("identifier", "name", "contact", "birth", "attribute")
GATES = ("pattern", "context", "names")
EVIDENCE = ("alone", "near", "label", "column", "population", "organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and the values that the rule must find in it, as they stand there; none: the rule must miss."""

    text: str
    finds: tuple[str, ...]
    csv: bool = False
    """The text is to be read as a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How the rule reads a column of a table."""

    headers: tuple[str, ...] = ()
    """Words in a header that say: this column holds the rule's values."""
    counter: tuple[str, ...] = ()
    """Words in a header that say: this column holds something else."""
    pattern: str = ""
    """What a whole cell looks like under such a header; may be laxer than the rule's own pattern."""
    check: Check | None = None
    sure: Check | None = None
    """A stricter check that some of the values below a vague header must pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """How much of a value a report may show: letters and digits at either end, or all after a character."""

    first: int = 0
    last: int = 0
    keep_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of personal data, as its file in ``rules/`` describes it."""

    id: str
    type: str
    title: Mapping[str, str]
    pattern: str
    """`regex` syntax, on folded text."""
    personal: bool
    organisations: bool
    """Whether organisations have one too: in a table of them, which names no people, it is nobody's."""
    role: str
    """``identifier``: one value is one person; ``name``, ``contact``: mostly; ``birth``: tells people of one name
    apart; ``attribute``: says something about a person."""
    check: Check | None
    check_alone: Check | None
    """Takes the place of `check` where nothing but the pattern speaks for a candidate."""
    aside: Check | None
    """Says of what stands in brackets behind a name whether it is a value; None: it never is."""
    gate: str
    """``pattern``: every hit is a candidate; ``context``: only surroundings of a context word are looked at; ``names``:
    the rule is for names in running text, see `scanner.detection.mentions`."""
    gate_patterns: tuple[str, ...]
    """What the gate looks for instead of `pattern`, or of the context words: simpler, never narrower, shared with other
    rules where possible."""
    ascii: bool
    """Whether a value may consist of ASCII alone; where none does, such text need not be searched."""
    reach: int
    """Characters before the end of a hit of the gate within which the value begins."""
    beyond: int
    """Characters after the end of a hit within which the value ends, with what its pattern looks at behind it."""
    context: tuple[str, ...]
    counter: tuple[str, ...]
    column: Column
    confidence: Mapping[str, str]
    """From each sort of evidence to a confidence, or to ``none``."""
    chance: float
    """Share of random strings of the pattern's shape that pass the check."""
    mask: Mask
    examples: tuple[Example, ...]
    references: tuple[str, ...]


def load(folder: Path) -> tuple[Rule, ...]:
    """All rules of a folder, by id; raises UsageError when one does not hold."""
    rules = tuple(_rule(path) for path in _files(folder))
    if not rules:
        raise UsageError(f"no rules in {folder}")
    return rules


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the rules and their data: equal rules, equal digest."""
    total = hashlib.sha256()
    for path in [*_files(folder), *sorted((folder / "data").glob("*.txt"))]:
        total.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


_PART = re.compile(r"\{([a-z_]+)\}")
"""A part of a pattern that the rule has given a name: ``{month}``. Repetitions have digits: ``{1,2}``."""
_FIELDS = {
    "id", "type", "title", "personal", "role", "parts", "pattern", "check", "check_alone", "aside", "gate",
    "ascii", "gate_pattern", "organisations", "reach", "beyond", "context", "counter", "column", "confidence", "chance",
    "mask", "example", "references",
}  # fmt: skip


def _rule(path: Path) -> Rule:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        unknown = set(raw) - _FIELDS
        if unknown:
            raise UsageError(f"{path.name}: unknown field {min(unknown)!r}")
        if raw["id"] != path.stem:
            raise UsageError(f"{path.name}: the id is {raw['id']!r}, not the file's name")
        return _record(raw)
    except KeyError as missing:
        raise UsageError(f"{path.name}: the field {missing} is missing") from None
    except (tomllib.TOMLDecodeError, ValueError, TypeError) as error:
        raise UsageError(f"{path.name}: {error}") from None


def _record(raw: dict[str, Any]) -> Rule:
    column, parts = raw.get("column", {}), raw.get("parts", {})
    return Rule(
        id=raw["id"],
        type=raw["type"],
        title=raw["title"],
        pattern=_spelled(raw.get("pattern", "") if raw.get("gate") == "names" else raw["pattern"], parts),
        personal=raw.get("personal", True),
        organisations=raw.get("organisations", False),
        role=_one_of(raw.get("role", "attribute"), ROLES, "role"),
        check=_check(raw.get("check")),
        check_alone=_check(raw.get("check_alone")),
        aside=_check(raw.get("aside")),
        gate=_one_of(raw.get("gate", "pattern"), GATES, "gate"),
        gate_patterns=_gate_patterns(raw, parts),
        ascii=raw.get("ascii", True),
        reach=int(raw.get("reach", 120)),
        beyond=int(raw.get("beyond", 120)),
        context=tuple(raw.get("context", ())),
        counter=tuple(raw.get("counter", ())),
        column=Column(
            headers=tuple(column.get("headers", ())),
            counter=tuple(column.get("counter", ())),
            pattern=_spelled(column.get("pattern", raw.get("pattern", "")), parts),
            check=_check(column.get("check", raw.get("check"))),
            sure=_check(column.get("sure")),
        ),
        confidence=_confidence(raw["confidence"]),
        chance=float(raw.get("chance", 0.0)),
        mask=Mask(**raw.get("mask", {})),
        examples=tuple(
            Example(text=one["text"], finds=tuple(one["finds"]), csv=one.get("csv", False))
            for one in raw.get("example", ())
        ),
        references=tuple(raw.get("references", ())),
    )


def _gate_patterns(raw: Mapping[str, Any], parts: Mapping[str, str]) -> tuple[str, ...]:
    usual = [] if raw.get("gate") in ("context", "names") else raw["pattern"]
    return tuple(_spelled(one, parts) for one in _listed(raw.get("gate_pattern", usual)))


def _confidence(raw: dict[str, str]) -> dict[str, str]:
    usual = {"organisation": "low"}
    given = {
        evidence: _one_of(raw.get(evidence, usual.get(evidence, "none")), (*CONFIDENCES, "none"), "confidence")
        for evidence in EVIDENCE
    }
    unknown = set(raw) - set(EVIDENCE)
    if unknown:
        raise ValueError(f"confidence: unknown evidence {min(unknown)!r}")
    return given


def _spelled(pattern: str, parts: Mapping[str, str]) -> str:
    """The pattern with its named parts filled in; line breaks, and the indentation after them, are no part of it."""
    spelled = "".join(line.lstrip(" ") for line in pattern.split("\n"))
    return _PART.sub(lambda part: _spelled(parts[part[1]], parts), spelled)


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _one_of(value: str, allowed: tuple[str, ...], field: str) -> str:
    if value not in allowed:
        raise ValueError(f"{field} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _check(name: str | None) -> Check | None:
    if name is None:
        return None
    function = getattr(checks, name, None)
    if function is None or name.startswith("_") or not callable(function):
        raise ValueError(f"there is no check named {name!r}")
    return cast(Check, function)
