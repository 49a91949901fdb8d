"""Accepted findings: kept in a file that only an administrator can write, and matched with violations.

One JSON object a line, added to and never rewritten: an exception, or the revocation of one above. An exception marks
a violation and takes nothing away. A file that anybody else could have written, or of which one line cannot be
understood, is not honoured at all, and the report has to say so.
"""

import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UsageError
from scanner.memory import Acceptance
from scanner.model import Violation
from scanner.places import PathPatterns, machine_policy
from scanner.policy.ownership import by_administrator
from scanner.wording import TYPES

LARGEST = 8 << 20
"""Bytes of the file."""
LISTED_DAYS = 30
"""How long after its end an exception is still listed, and how long before it a warning comes."""
_LONGEST_TEXT = 1_000
_FIELDS = frozenset(("id", "where", "types", "reason", "approver", "added", "expires"))
_ANYTHING = ("/q7/x w/e.k2v", "C:\\q7\\x w\\e.k2v", "/q7")
"""Places that nobody means: what fits them fits everything."""


@dataclass(frozen=True, slots=True)
class Register:
    """The exceptions of this machine, or why they are not honoured."""

    acceptances: tuple[Acceptance, ...] = ()
    refused: str = ""
    """A sentence for the report; empty: all is well."""


def exceptions_file() -> Path:
    """Where the exceptions lie: beside the policy of the machine, or as NOKOSANAI_EXCEPTIONS says."""
    named = os.environ.get("NOKOSANAI_EXCEPTIONS")
    return Path(named) if named else machine_policy().with_name("exceptions.jsonl")


def register(path: Path | None = None) -> Register:
    """The exceptions of this machine; none where there is no file."""
    source = path or exceptions_file()
    try:
        with source.open("rb") as stream:
            trusted = by_administrator(stream)
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        return Register()
    except OSError as error:
        return Register(refused=f"{source}: exceptions not honoured, the file cannot be read ({error.strerror})")
    if not trusted:
        return Register(refused=f"{source}: exceptions not honoured, others than an administrator can write the file")
    if len(raw) > LARGEST:
        return Register(refused=f"{source}: exceptions not honoured, the file is too large")
    try:
        return Register(tuple(parsed(raw).values()))
    except ValueError as error:
        return Register(refused=f"{source}: exceptions not honoured, {error}")


def parsed(raw: bytes) -> dict[str, Acceptance]:
    """The exceptions of a file by their ids. Raises ValueError with the number of a line that does not hold."""
    known: dict[str, Acceptance] = {}
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if line.strip():
            try:
                _take(json.loads(line), known)
            except (ValueError, TypeError, KeyError, RecursionError, UsageError):
                raise ValueError(f"line {number} does not hold") from None
    return known


def _take(record: Any, known: dict[str, Acceptance]) -> None:
    if set(record) == {"revoke", "on"}:
        one = known[record["revoke"]]
        day = date.fromisoformat(record["on"])
        known[one.id] = replace(one, revoked=min(day, one.revoked or day))
        return
    if set(record) != _FIELDS or record["id"] in known:
        raise ValueError
    one = Acceptance(
        id=text(record["id"]),
        where=text(record["where"]),
        types=tuple(record["types"]),
        reason=text(record["reason"]),
        approver=text(record["approver"]),
        added=date.fromisoformat(record["added"]),
        expires=date.fromisoformat(record["expires"]),
    )
    check(one)
    known[one.id] = one


def text(value: object) -> str:
    """The words of a field. Raises ValueError for what is none, empty, too long or not printable."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise ValueError
    return value


def check(one: Acceptance) -> None:
    """Raises UsageError for an exception that says too little or accepts too much."""
    for what, word in (("a place", one.where), ("a reason", one.reason), ("an approver", one.approver)):
        if not word.strip() or len(word) > _LONGEST_TEXT or not word.isprintable():
            raise UsageError(f"an exception needs {what}: printable text of at most {_LONGEST_TEXT} characters")
    unknown = [word for word in one.types if word not in TYPES]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no type of personal data")
    if one.expires < one.added:
        raise UsageError("an exception cannot end before it begins")
    if one.expires > a_year_after(one.added):
        raise UsageError(f"an exception holds for a year at most: until {a_year_after(one.added)}")
    pattern = PathPatterns((one.where,))
    if any(pattern.match(place) for place in _ANYTHING):
        raise UsageError(f"{one.where} fits every file: an exception is for a place")


def a_year_after(day: date) -> date:
    """The same day of the next year, or the last of February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


# --- matching ---------------------------------------------------------------------------------------------------------


def _places(address: str) -> list[str]:
    """The address, and what it lies in: of ``a.zip!b.zip!c`` also ``a.zip!b.zip`` and ``a.zip``."""
    parts = address.split("!")
    return ["!".join(parts[:length]) for length in range(len(parts), 0, -1)]


class Matcher:
    """Marks the violations that are accepted on a day with the id of their exception.

    An exception is about its place, whatever lies in it, and about a violation all of whose types it names. `never`
    names the clauses that nothing accepts (`Policy.unacceptable`).
    """

    def __init__(self, acceptances: Iterable[Acceptance], today: date, never: Collection[str] = ()) -> None:
        self._holding = [(one, PathPatterns((one.where,))) for one in acceptances if one.holds(today)]
        self._never = never

    def mark(self, violation: Violation) -> Violation:
        """The violation, as accepted if it is."""
        found = "" if violation.clause in self._never else self._exception(violation)
        return replace(violation, exception=found) if found else violation

    def _exception(self, violation: Violation) -> str:
        places = _places(violation.address)
        types = set(violation.types)
        for one, pattern in self._holding:
            of_these = not one.types or (types and types <= set(one.types))
            if of_these and any(place == one.where or pattern.match(place) for place in places):
                return one.id
        return ""


def to_list(acceptances: Iterable[Acceptance], today: date) -> list[Acceptance]:
    """Those a report lists: in force, to come, or ended within the last weeks; the first to end first."""
    shown = [one for one in acceptances if (today - min(one.expires, one.revoked or one.expires)).days <= LISTED_DAYS]
    return sorted(shown, key=lambda one: (one.expires, one.id))


def state(one: Acceptance, today: date) -> tuple[str, int]:
    """How an exception stands, a key of `scanner.wording.ACCEPTANCE_STATES`, and the days it has left or is past."""
    if one.revoked is not None and one.revoked <= today:
        return "revoked", (today - one.revoked).days
    if today > one.expires:
        return "ended", (today - one.expires).days
    if today < one.added:
        return "later", (one.added - today).days
    left = (one.expires - today).days
    return ("ending" if left <= LISTED_DAYS else "in_force"), left


# --- writing ----------------------------------------------------------------------------------------------------------


def new_id(known: Collection[str]) -> str:
    """A short id that is not taken."""
    while (word := secrets.token_hex(3)) in known:
        pass
    return word


def add(one: Acceptance, path: Path | None = None) -> None:
    """Write an exception down. Raises UsageError where it does not hold, or where it would not be honoured."""
    check(one)
    source = path or exceptions_file()
    is_new = not source.exists()
    record = {
        "id": one.id, "where": one.where, "types": list(one.types), "reason": one.reason, "approver": one.approver,
        "added": one.added.isoformat(), "expires": one.expires.isoformat(),
    }  # fmt: skip
    append(record, source)
    refused = register(source).refused
    if refused and is_new:
        source.unlink()  # made by somebody who is no administrator: it would only stand in the way of one
    if refused:
        raise UsageError(refused)


def revoke(word: str, day: date, path: Path | None = None) -> None:
    """Write down that an exception no longer holds from a day on. Raises UsageError for one that is not there."""
    source = path or exceptions_file()
    found = register(source)
    if found.refused:
        raise UsageError(found.refused)
    one = next((one for one in found.acceptances if one.id == word), None)
    if one is None:
        raise UsageError(f"there is no exception {word!r}")
    if one.revoked is not None:
        raise UsageError(f"the exception {word!r} was revoked on {one.revoked}")
    append({"revoke": word, "on": day.isoformat()}, source)


def append(record: Mapping[str, object], path: Path) -> None:
    """Add a line, readable by all, writable by whoever owns the file."""
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        with os.fdopen(handle, "r+b") as stream:
            before = stream.read(LARGEST)
            stream.write(line if before.endswith(b"\n") or not before else b"\n" + line)
            stream.flush()
            os.fsync(stream.fileno())
        if is_new:
            path.chmod(0o644)  # whatever the umask: the scans of all users read it
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); exceptions are for administrators") from None
