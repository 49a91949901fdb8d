"""What the law would ask if something were lost, as records: conditions, deadlines, and what is kept for too long.

The judging is in `scanner.policy.duty` and `.retention`; the tables of the law are data in ``rules/law/``.
A local copy breaks the rules of the organisation and is no leak; only a loss would be. Nothing here ever says that
no report is needed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

CERTAINTIES = ("met", "likely", "possible", "not_seen")
"""How sure it is that a condition of the law would be met: by high-confidence findings and the lower bound of persons;
by medium ones and the best estimate; by weak ones or the upper bound; nothing of the kind was seen."""
SUBJECTS = ("machine", "volume", "folder", "document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a duty to report, and how it stands."""

    id: str
    """As in the table of the law, e.g. ``sensitive``; `scanner.wording.CONDITIONS` says it in words."""
    article: str
    """In the language of the run."""
    certainty: str
    """One of `CERTAINTIES`."""
    persons: int
    """How many people count for it, best estimate."""
    types: tuple[str, ...] = ()
    """Those seen that count for it; empty where all do."""
    law: str = ""
    """The table it stands in: ``appi``, ``appi_public``, ``my_number_act``."""

    def to_dict(self) -> dict[str, Any]:
        """The condition in the JSON report."""
        return {
            "id": self.id,
            "law": self.law,
            "article": self.article,
            "certainty": self.certainty,
            "persons": self.persons,
            "types": list(self.types),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """If this were lost today: the conditions, the deadlines counted from today, and what would mitigate."""

    subject: str
    """One of `SUBJECTS`."""
    where: str
    """Address, folder, mount point or host name."""
    persons: int
    persons_low: int
    persons_high: int
    conditions: tuple[Condition, ...]
    certainty: str
    """The best of its conditions."""
    preliminary: date | None = None
    """By when the preliminary report (速報) would be due, were it lost today; None: no condition is met or likely."""
    preliminary_from: date | None = None
    """The earlier end of what "promptly" is taken to mean."""
    final: date | None = None
    final_malicious: date | None = None
    """The same for what was taken with a wrongful purpose (theft, attack, carrying out)."""
    mitigating: tuple[str, ...] = ()
    """Keys of `scanner.wording`: ``encrypted_volume``."""

    def to_dict(self) -> dict[str, Any]:
        """The gauge in the JSON report."""
        return {
            "subject": self.subject,
            "where": self.where,
            "persons": {"best": self.persons, "low": self.persons_low, "high": self.persons_high},
            "certainty": self.certainty,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "preliminary_due": self.preliminary.isoformat() if self.preliminary else None,
            "preliminary_due_from": self.preliminary_from.isoformat() if self.preliminary_from else None,
            "final_due": self.final.isoformat() if self.final else None,
            "final_due_malicious": self.final_malicious.isoformat() if self.final_malicious else None,
            "mitigating": list(self.mitigating),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Personal data that a purpose of the policy covers, and until when it may be kept."""

    address: str
    purpose: str
    """The id of the purpose in the policy."""
    title: str
    ends: date
    basis: str
    """What the date was counted from: ``fixed``, ``modified``, ``data`` (the latest date inside the data), or
    ``unknown`` where nothing tells how old it is: then it is for a person to look at today. Where the policy asks for
    ``data`` and no date was seen, ``modified`` stands in, and is named."""
    persons: int
    types: tuple[str, ...]

    def days_left(self, today: date) -> int:
        """Days until it must be gone; negative when overdue."""
        return (self.ends - today).days

    def to_dict(self) -> dict[str, Any]:
        """The deadline in the JSON report."""
        return {
            "address": self.address,
            "purpose": self.purpose,
            "title": self.title,
            "ends": self.ends.isoformat(),
            "basis": self.basis,
            "persons": self.persons,
            "types": list(self.types),
        }
