"""From a policy file to the policy in force, or to a complaint that names file, line, clause and reason.

What a clause means is in `scanner.policy.judging`, how it reads in words in `scanner.policy.described`.
"""

import hashlib
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from scanner.errors import UsageError
from scanner.model import CONFIDENCES, PROBLEM_KINDS, SEVERITIES, VOLUME_CLASSES
from scanner.own import Own, is_digest
from scanner.places import PathPatterns, machine_policy, rules_folder
from scanner.policy.described import describe as describe
from scanner.policy.judging import DEFAULT_CONFIDENCE, ORGANISATIONS, Clause, Purpose, What, Where
from scanner.policy.judging import Policy as Policy
from scanner.policy.reading import Section, content, meant
from scanner.wording import TYPES

Groups = Mapping[str, tuple[str, ...]]

_PLACEHOLDERS = frozenset(("persons", "types", "count", "distinct"))
_BUILT_IN = "default"
_COUNTED_FROM = ("modified", "data")
_MOST_MONTHS = 1_200
_WARN_DAYS = 30


def load(path: Path | None) -> Policy:
    """Read a policy: a file, or by its name a ready one; for None the machine's or else the built-in one.

    Raises UsageError with file, line, clause and reason for any mistake.
    """
    return _load(_in_force() if path is None else ready().get(str(path), path))


def ready() -> Mapping[str, Path]:
    """The policies that come with the program, by name. A file of the same name is given with its folder: ``./x``."""
    return {path.stem: path for path in sorted((rules_folder() / "policies").glob("*.toml"))}


def _load(source: Path) -> Policy:
    raw = content(source)
    file = Section.of(raw, str(source))
    title = file.text("name")
    base = _load(ready()[file.text("extends", tuple(ready()))]) if file.has("extends") else None
    start = built_in_groups() if base or not file.has("groups") else {}
    groups = {**start, **_groups(file.section("groups"), start)}
    own_clauses = _each_once(file, [_clause(section, groups) for section in file.sections("clause")])
    purposes = [_purpose(section, groups) for section in file.sections("purpose")]
    organisation = file.section("organisation")
    policy = Policy(
        name=title,
        digest=hashlib.sha256(raw + (base.digest.encode() if base else b"")).hexdigest(),
        clauses=_merged(file, own_clauses, base),
        required=base.required if base and not file.has("required") else _required(file),
        purposes=_purposes(file, purposes, base),
        organisation=organisation.text("kind", ORGANISATIONS, base.organisation if base else ORGANISATIONS[0]),
        ordinance=_types(organisation, "ordinance", organisation.words("ordinance"), groups),
        own=_own(file.section("own")),
    )
    organisation.done()
    file.done()
    if not policy.clauses:
        raise file.wrong("a policy without a clause forbids nothing")
    return policy


def _built_in() -> Path:
    return rules_folder() / "policies" / f"{_BUILT_IN}.toml"


def _in_force() -> Path:
    own = machine_policy()
    return own if own.exists() else _built_in()


def _required(file: Section) -> tuple[str, ...]:
    return file.words("required", PROBLEM_KINDS, empty=True)


# --- groups of types --------------------------------------------------------------------------------------------------


@cache
def personal_types() -> frozenset[str]:
    """The types that say something about a person: those that the groups of the built-in policy name."""
    groups = Section.of(content(_built_in()), str(_built_in())).section("groups")
    named = {word for key in groups.keys() for word in groups.words(key)}  # noqa: SIM118
    return frozenset(named & TYPES.keys())


@cache
def built_in_groups() -> Groups:
    """The groups of types that a policy may name without defining groups of its own."""
    return _groups(Section.of(content(_built_in()), str(_built_in())).section("groups"), {})


def _groups(section: Section, start: Groups) -> dict[str, tuple[str, ...]]:
    groups = dict(start)
    for key in section.keys():  # noqa: SIM118
        groups[key] = _types(section, key, section.words(key), groups)
    return groups


def _types(section: Section, key: str, words: Sequence[str], groups: Groups) -> tuple[str, ...]:
    """The types that a list names, its groups resolved; a group may use those above it."""
    found: dict[str, None] = {}
    for word in words:
        if word in TYPES and word not in personal_types():
            raise section.wrong(f"{key}: {word!r} is not personal data", key)
        known = [*sorted(personal_types()), *(f"@{group}" for group in groups)]
        if word not in known:
            reason = f"{word!r} is neither a type of personal data nor a group defined above"
            raise section.wrong(f"{key}: {reason}: {meant(word, known)}", key)
        found.update(dict.fromkeys(groups[word[1:]] if word.startswith("@") else (word,)))
    return tuple(found)


# --- clauses ----------------------------------------------------------------------------------------------------------


def _each_once(file: Section, clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    twice = [word for word, times in Counter(clause.id for clause in clauses).items() if times > 1]
    if twice:
        raise file.wrong(f"two clauses are called {twice[0]!r}", "clause")
    return tuple(clauses)


def _merged(file: Section, own: tuple[Clause, ...], base: Policy | None) -> tuple[Clause, ...]:
    """The own clauses and those of the policy that is extended, but those that are left out or written anew.

    What allows, or is about particular paths, comes first; of the rest the heaviest, the own before the inherited.
    """
    if base is None:
        return own
    left_out = {*file.words("without", [clause.id for clause in base.clauses]), *(clause.id for clause in own)}
    every = (*own, *(clause for clause in base.clauses if clause.id not in left_out))
    return tuple(sorted(every, key=_heaviest_first))


def _heaviest_first(clause: Clause) -> int:
    if clause.allow or clause.where.paths.globs:
        return -len(SEVERITIES)
    return -SEVERITIES.index(clause.severity)


def _clause(section: Section, groups: Groups) -> Clause:
    title = section.text("id")
    section.where = f"clause {title}"
    where, what = _where(section.section("where")), _what(section.section("what"), groups)
    allow = section.flag("allow")
    if allow and any(section.has(key) for key in ("severity", "message", "acceptable")):
        raise section.wrong("a clause that allows has neither severity nor message, and nothing to accept")
    severity = "" if allow else section.text("severity", SEVERITIES)
    message = {} if allow else _message(section)
    acceptable = allow or section.flag("acceptable", default=True)
    section.done()
    return Clause(
        id=title, where=where, what=what, allow=allow, severity=severity, message=message, acceptable=acceptable,
        place=section.place,
    )  # fmt: skip


def _where(section: Section) -> Where:
    volumes = section.words("volumes", VOLUME_CLASSES) or VOLUME_CLASSES
    paths, not_paths = (_patterns(section, key) for key in ("paths", "not_paths"))
    section.done()
    return Where(volumes=volumes, paths=paths, not_paths=not_paths)


def _patterns(section: Section, key: str) -> PathPatterns:
    globs = section.words(key)
    for glob in globs:
        if not glob.strip(" ./\\"):
            raise section.wrong(f"{key}: {glob!r} fits no file; ** stands for all that lies below", key)
    try:
        return PathPatterns(globs)
    except UsageError as error:
        raise section.wrong(f"{key}: {error}", key) from None


def _what(section: Section, groups: Groups) -> What:
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
    message = section.said("message")
    for lang, text in message.items():
        try:
            fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
        except ValueError:
            raise section.wrong(
                f"message: {lang}: a brace without its fellow; write {{{{ if meant", "message"
            ) from None
        for _, placeholder, style, conversion in fields:
            if placeholder not in _PLACEHOLDERS or style or conversion:
                known = ", ".join(sorted(_PLACEHOLDERS))
                raise section.wrong(f"message: {lang}: {{{placeholder}}} cannot be filled in: {known} can", "message")
    return message


# --- purposes, and what is one's own ----------------------------------------------------------------------------------


def _purposes(file: Section, own: Sequence[Purpose], base: Policy | None) -> tuple[Purpose, ...]:
    purposes = (*own, *(base.purposes if base else ()))
    twice = [word for word, times in Counter(purpose.id for purpose in purposes).items() if times > 1]
    if twice:
        raise file.wrong(f"two purposes are called {twice[0]!r}", "purpose")
    return purposes


def _purpose(section: Section, groups: Groups) -> Purpose:
    title = section.text("id")
    section.where = f"purpose {title}"
    ends = section.day("ends")
    counted_from, months = _months(section)
    if (ends is None) == (months == 0):
        raise section.wrong("it ends on a day (ends = 2026-12-31) or some months after something (months_after)")
    what = section.section("what")
    purpose = Purpose(
        id=title,
        title=section.said("title"),
        where=_where(section.section("where")),
        what=_what(what, groups) if section.has("what") else What(types=tuple(sorted(personal_types())), min_persons=1),
        labels=section.words("label"),
        ends=ends,
        months=months,
        counted_from=counted_from,
        severity=section.text("severity", SEVERITIES, "high"),
        warn_days=section.number("warn_days", _WARN_DAYS),
        acceptable=section.flag("acceptable", default=True),
    )
    section.done()
    if purpose.what.problems:
        raise what.wrong("personal data is kept for a purpose, not problems")
    if not (purpose.labels or section.has("where")):
        raise section.wrong("where or label must say which data is meant")
    return purpose


def _months(section: Section) -> tuple[str, int]:
    if not section.has("months_after"):
        return "fixed", 0
    table = section.section("months_after")
    named = [(key, table.number(key, 0)) for key in _COUNTED_FROM]
    table.done()
    counted = [(key, months) for key, months in named if months]
    if len(counted) != 1 or counted[0][1] > _MOST_MONTHS:
        raise table.wrong(f"either modified or data, a number of months up to {_MOST_MONTHS:,}")
    return counted[0]


def _own(section: Section) -> Own:
    own = Own(names=section.words("names"), numbers=section.words("numbers"))
    section.done()
    if not all(is_digest(line) for line in own.numbers):
        # the value itself is not quoted: whoever wrote it here in clear shall not find it in a log as well
        raise section.wrong(
            "numbers: not a digest as `nokosanai policy own` prints it; never write a number here", "numbers"
        )
    return own
