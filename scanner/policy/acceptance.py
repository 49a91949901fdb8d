"""Accepted findings: kept in a file that only an administrator can write, and matched with violations.

One line of the file (`scanner.policy.journal`) is an exception, or the revocation of one above. An exception marks a
violation and takes nothing away.
"""

import os
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UsageError
from scanner.memory import Acceptance
from scanner.model import Violation
from scanner.places import PathPatterns, machine_policy
from scanner.policy.journal import LONGEST, Journal, text
from scanner.wording import TYPES

LISTED_DAYS = 30
"""How long after its end an exception is still listed, and how long before it a warning comes."""
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
    return Register(*EXCEPTIONS.read(path or exceptions_file()))


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


EXCEPTIONS = Journal("exceptions", _take)


def check(one: Acceptance) -> None:
    """Raises UsageError for an exception that says too little or accepts too much."""
    for what, word in (("a place", one.where), ("a reason", one.reason), ("an approver", one.approver)):
        if not word.strip() or len(word) > LONGEST or not word.isprintable():
            raise UsageError(f"an exception needs {what}: printable text of at most {LONGEST} characters")
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
    record = {
        "id": one.id, "where": one.where, "types": list(one.types), "reason": one.reason, "approver": one.approver,
        "added": one.added.isoformat(), "expires": one.expires.isoformat(),
    }  # fmt: skip
    EXCEPTIONS.add(record, source)


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
    EXCEPTIONS.append({"revoke": word, "on": day.isoformat()}, source)
