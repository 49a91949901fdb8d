"""What was planted where: the answer sheet to a sample folder, kept outside of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_IDENTIFYING = frozenset(
    {
        "person_name",
        "my_number",
        "residence_card_number",
        "address",
        "phone_number",
        "email_address",
        "birth_date",
        "passport_number",
        "drivers_license_number",
        "health_insurance_number",
        "basic_pension_number",
        "employment_insurance_number",
        "resident_record_code",
        "bank_account",
        "credit_card_number",
        "password_hash",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """The personal data in one document."""

    address: str
    """The path from the folder on with forward slashes; members of containers behind `!`."""
    persons: int
    values: Mapping[str, tuple[str, ...]]
    """Every value as it stands in the document, by type; equal values as often as they stand there."""
    readable: bool = True
    """False where the document is damaged or encrypted on purpose."""

    def to_dict(self) -> dict[str, Any]:
        """The record of the truth file."""
        return {
            "address": self.address,
            "persons": self.persons,
            "readable": self.readable,
            "types": {kind: len(values) for kind, values in self.values.items()},
            "values": {kind: list(values) for kind, values in self.values.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """All documents of a sample folder, those without personal data as well."""

    seed: int
    planted: tuple[Planted, ...]

    def values(self) -> frozenset[str]:
        """Values that lead to a person and must not turn up in any report, log or memory."""
        return frozenset(
            value
            for document in self.planted
            for kind, values in document.values.items()
            if kind in _IDENTIFYING
            for value in values
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of the truth file."""
        return {"seed": self.seed, "documents": [document.to_dict() for document in self.planted]}
