"""Borrow slips: media that leave the house with permission, to somebody, for a purpose, until a day.

One line of the file (`scanner.policy.journal`) is a slip, or the return of one above. A slip accepts what lies on its
medium, and nothing that the policy calls unacceptable; a return is written down only for a medium that was found empty.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UsageError
from scanner.memory import Acceptance
from scanner.model import Violation, Volume
from scanner.places import machine_policy
from scanner.policy import acceptance
from scanner.policy.acceptance import a_year_after
from scanner.policy.journal import LONGEST, Journal, text
from scanner.wording import text as said

FAMILY = "no-external-media"
"""The clauses of the policy that a slip is about."""
LENT = ("removable", "optical")
_SLIP = frozenset(("id", "serial", "person", "purpose", "lent", "until"))
_RETURN = frozenset(("return", "on", "entries", "bytes"))


@dataclass(frozen=True, slots=True)
class Slip:
    """A medium that was lent."""

    id: str
    serial: str
    """The identity of the volume, as ``nokosanai volumes`` prints it."""
    person: str
    purpose: str
    lent: date
    until: date
    """The last day; at most a year after `lent`."""
    returned: date | None = None
    """When it came back empty."""

    def holds(self, day: date) -> bool:
        """Whether it permits what lies on the medium on a day."""
        return self.returned is None and self.lent <= day <= self.until

    def overdue(self, day: date) -> bool:
        """Whether the medium should have come back."""
        return self.returned is None and day > self.until

    def acceptance(self) -> Acceptance:
        """The slip as reports list what is accepted."""
        return Acceptance(
            id=self.id,
            where=self.serial,
            types=(),
            reason=self.purpose,
            approver=self.person,
            added=self.lent,
            expires=self.until,
            revoked=self.returned,
        )


@dataclass(frozen=True, slots=True)
class Slips:
    """The slips of this machine, or why they are not honoured."""

    slips: tuple[Slip, ...] = ()
    refused: str = ""
    """A sentence for the report; empty: all is well."""

    def of(self, serial: str) -> Slip | None:
        """The slip on which a medium is out."""
        wanted = serial.casefold()
        return next((one for one in self.slips if one.returned is None and one.serial.casefold() == wanted), None)

    def mark(self, violation: Violation, volume: Volume, today: date) -> Violation:
        """The violation, as permitted if its medium is lent on that day."""
        about = volume.volume_class in LENT and violation.clause.partition("/")[0] == FAMILY
        slip = self.of(volume.identity) if about else None
        return replace(violation, exception=slip.id) if slip is not None and slip.holds(today) else violation

    def overdue(self, today: date, lang: str) -> tuple[str, ...]:
        """A sentence for each medium that should have come back."""
        late = (one for one in self.slips if one.overdue(today))
        return tuple(said("lent.overdue", lang, serial=one.serial, person=one.person, until=one.until) for one in late)


def slips_file() -> Path:
    """Where the slips lie: beside the policy of the machine, or as NOKOSANAI_LENDING says."""
    named = os.environ.get("NOKOSANAI_LENDING")
    return Path(named) if named else machine_policy().with_name("lending.jsonl")


def register(path: Path | None = None) -> Slips:
    """The slips of this machine; none where there is no file."""
    return Slips(*SLIPS.read(path or slips_file()))


def _take(record: Any, known: dict[str, Slip]) -> None:
    if set(record) == _RETURN:
        slip = known[record["return"]]
        if slip.returned is not None:
            raise ValueError
        known[slip.id] = replace(slip, returned=date.fromisoformat(record["on"]))
        return
    if set(record) != _SLIP or record["id"] in known:
        raise ValueError
    slip = Slip(
        id=text(record["id"]),
        serial=text(record["serial"]),
        person=text(record["person"]),
        purpose=text(record["purpose"]),
        lent=date.fromisoformat(record["lent"]),
        until=date.fromisoformat(record["until"]),
    )
    _check(slip)
    known[slip.id] = slip


SLIPS = Journal("borrow slips", _take)


def _check(slip: Slip) -> None:
    """Raises UsageError for a slip that says too little or permits too long."""
    for what, word in (("a serial", slip.serial), ("a person", slip.person), ("a purpose", slip.purpose)):
        try:
            text(word)
        except ValueError:
            raise UsageError(f"a borrow slip needs {what}: printable text of at most {LONGEST} characters") from None
    if slip.until < slip.lent:
        raise UsageError("a loan cannot end before it begins")
    if slip.until > a_year_after(slip.lent):
        raise UsageError(f"a medium is lent for a year at most: until {a_year_after(slip.lent)}")


def lend(slip: Slip, path: Path | None = None) -> None:
    """Write a slip down. Raises UsageError where it does not hold, is doubled, or would not be honoured."""
    _check(slip)
    source = path or slips_file()
    before = honoured(source)
    out = before.of(slip.serial)
    if out is not None:
        raise UsageError(f"{slip.serial} is out already, until {out.until} (slip {out.id})")
    record = {
        "id": slip.id, "serial": slip.serial, "person": slip.person, "purpose": slip.purpose,
        "lent": slip.lent.isoformat(), "until": slip.until.isoformat(),
    }  # fmt: skip
    SLIPS.add(record, source)


def take_back(slip: Slip, day: date, ledger: Mapping[str, int], path: Path | None = None) -> None:
    """Write down that a medium has come back empty; `ledger`: the entries and bytes that were examined for it."""
    SLIPS.append({"return": slip.id, "on": day.isoformat(), **ledger}, path or slips_file())


def honoured(path: Path | None = None) -> Slips:
    """The slips there are; raises UsageError where a scan would not honour them."""
    found = register(path)
    if found.refused:
        raise UsageError(found.refused)
    return found


def new_id(slips: Slips) -> str:
    """A short id that neither a slip nor an exception has."""
    taken = {one.id for one in slips.slips} | {one.id for one in acceptance.register().acceptances}
    return acceptance.new_id(taken)
