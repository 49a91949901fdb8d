"""From a policy file to the policy in force, or to a complaint that names file, clause and reason.

What a clause means is in `scanner.policy.judging`, how it reads in words in `scanner.policy.described`.
"""

import hashlib
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from scanner.model import CONFIDENCES, PROBLEM_KINDS, SEVERITIES, VOLUME_CLASSES
from scanner.places import PathPatterns, machine_policy, rules_folder
from scanner.policy.described import describe as describe
from scanner.policy.judging import DEFAULT_CONFIDENCE, Clause, What, Where
from scanner.policy.judging import Policy as Policy
from scanner.policy.reading import Section, content
from scanner.wording import LANGUAGES, TYPES

_PLACEHOLDERS = frozenset(("persons", "types", "count", "distinct"))


def load(path: Path | None) -> Policy:
    """Read a policy, for None the machine's or else the built-in one.

    Raises UsageError with file, clause and reason for any mistake.
    """
    source = path if path is not None else _in_force()
    raw = content(source)
    file = Section.of(raw, str(source))
    title = file.text("name")
    required = file.words("required", PROBLEM_KINDS, empty=True)
    groups = built_in_groups() if not file.has("groups") else _groups(file.section("groups"))
    clauses = tuple(_clause(table, number, groups, source) for number, table in enumerate(file.sections("clause"), 1))
    file.done()
    twice = [word for word, times in Counter(clause.id for clause in clauses).items() if times > 1]
    if twice:
        raise file.wrong(f"two clauses are called {twice[0]!r}")
    if not clauses:
        raise file.wrong("a policy without a clause forbids nothing")
    return Policy(name=title, digest=hashlib.sha256(raw).hexdigest(), clauses=clauses, required=required)


def _built_in() -> Path:
    return rules_folder() / "policy" / "default.toml"


def _in_force() -> Path:
    own = machine_policy()
    return own if own.exists() else _built_in()


@cache
def personal_types() -> frozenset[str]:
    """The types that say something about a person: those that the groups of the built-in policy name."""
    groups = Section.of(content(_built_in()), str(_built_in())).section("groups")
    named = {word for key in groups.keys() for word in groups.words(key)}  # noqa: SIM118
    return frozenset(named & TYPES.keys())


@cache
def built_in_groups() -> Mapping[str, tuple[str, ...]]:
    """The groups of types that a policy may name without defining groups of its own."""
    return _groups(Section.of(content(_built_in()), str(_built_in())).section("groups"))


def _groups(section: Section) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for key in section.keys():  # noqa: SIM118
        groups[key] = _types(section, key, section.words(key), groups)
    return groups


def _types(section: Section, key: str, words: Sequence[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The types that a list names, its groups resolved; a group may use those above it."""
    found: dict[str, None] = {}
    for word in words:
        if word in TYPES and word not in personal_types():
            raise section.wrong(f"{key}: {word!r} is not personal data")
        if word not in TYPES and word not in {f"@{group}" for group in groups}:
            raise section.wrong(f"{key}: {word!r} is neither a type of personal data nor a group defined above")
        found.update(dict.fromkeys(groups[word[1:]] if word.startswith("@") else (word,)))
    return tuple(found)


def _clause(table: object, number: int, groups: Mapping[str, tuple[str, ...]], source: Path) -> Clause:
    section = Section(table, f"{source}: clause {number}")
    title = section.text("id")
    section.where = f"{source}: clause {title}"
    where, what = _where(section.section("where")), _what(section.section("what"), groups)
    allow = section.flag("allow")
    if allow and (section.has("severity") or section.has("message")):
        raise section.wrong("a clause that allows has neither severity nor message")
    severity = "" if allow else section.text("severity", SEVERITIES)
    message = {} if allow else _message(section.section("message"))
    section.done()
    return Clause(id=title, where=where, what=what, allow=allow, severity=severity, message=message)


def _where(section: Section) -> Where:
    volumes = section.words("volumes", VOLUME_CLASSES) or VOLUME_CLASSES
    paths, not_paths = PathPatterns(section.words("paths")), PathPatterns(section.words("not_paths"))
    section.done()
    return Where(volumes=volumes, paths=paths, not_paths=not_paths)


def _what(section: Section, groups: Mapping[str, tuple[str, ...]]) -> What:
    what = What(
        types=_types(section, "types", section.words("types"), groups),
        all_types=tuple(_types(section, "all_types", words, groups) for words in section.lists("all_types")),
        min_count=section.number("min_count", 1),
        min_distinct=section.number("min_distinct", 1),
        min_persons=section.number("min_persons", 0),
        confidence=section.text("confidence", CONFIDENCES, DEFAULT_CONFIDENCE),
        problems=section.words("problems", PROBLEM_KINDS),
    )
    section.done()
    if bool(what.problems) == bool(what.types or what.all_types):
        raise section.wrong("a clause is about types (types, all_types) or about problems, and not about both")
    if what.problems and any(section.has(key) for key in ("min_count", "min_distinct", "min_persons", "confidence")):
        raise section.wrong("problems have no amounts and no confidence")
    return what


def _message(section: Section) -> dict[str, str]:
    message = {lang: section.text(lang) for lang in LANGUAGES}
    section.done()
    for text in message.values():
        try:
            fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
        except ValueError:
            raise section.wrong("a brace without its fellow; write {{ for one that is meant") from None
        for _, placeholder, style, conversion in fields:
            if placeholder not in _PLACEHOLDERS or style or conversion:
                raise section.wrong(f"{{{placeholder}}} cannot be filled in: {', '.join(sorted(_PLACEHOLDERS))} can")
    return message
