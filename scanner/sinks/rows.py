"""What every list of a report starts from: each document with its violations, life and volume, and a lasting name.

It puts together what the report keeps apart, and formats nothing.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from scanner.memory import Acceptance, Life
from scanner.model import SEVERITIES, DocumentResult, Violation, Volume
from scanner.report import Report
from scanner.wording import TYPES

_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Ends of lines that JSON may hold as they are and that some readers of lines obey."""
_WEIGHTS = {name: place for place, name in enumerate(TYPES)}


class Row(NamedTuple):
    """A document with findings, and all that the report says of it."""

    document: DocumentResult
    violations: tuple[Violation, ...]
    """Worst first."""
    life: Life | None
    volume: Volume | None

    @property
    def severity(self) -> str:
        """The worst severity, accepted or not; empty where the policy has nothing against it."""
        return self.violations[0].severity if self.violations else ""

    @property
    def exception(self) -> str:
        """The id of the exception that accepts it; empty unless all its violations are accepted."""
        accepted = [violation.exception for violation in self.violations]
        return accepted[0] if accepted and all(accepted) else ""

    @property
    def volume_class(self) -> str:
        """The class of the volume, as in the JSON report."""
        return self.volume.volume_class if self.volume else "unknown"


def rows(report: Report) -> Iterator[Row]:
    """The documents of the report in its order."""
    violations = _by_address(report)
    lives = report.history.lives if report.history else {}
    for document in report.documents:
        found = violations.get(document.address, ())
        yield Row(document, tuple(found), lives.get(document.address), report.volume_of.get(document.path))


def without_document(report: Report) -> tuple[Violation, ...]:
    """Violations whose document is not listed: what should have been read and was not, or what was left off."""
    listed = {document.address for document in report.documents}
    return tuple(violation for violation in report.violations if violation.address not in listed)


def acceptances(report: Report) -> dict[str, Acceptance]:
    """The exceptions by their id."""
    return {one.id: one for one in report.acceptances}


def volumes(report: Report) -> tuple[Volume, ...]:
    """The volumes that the report knows, each once, by their mount point."""
    known = {volume.identity: volume for volume in report.volume_of.values()}
    return tuple(sorted(known.values(), key=lambda volume: (volume.mount, volume.identity)))


def lasting(address: str, known: tuple[Volume, ...]) -> tuple[str, str]:
    """A volume's identity and the address within it, so that a stick has the same names on another drive letter.

    Where the volume is not known, or has no identity of its own, the whole address stands.
    """
    inside = [volume for volume in known if address.startswith(volume.mount)]
    volume = max(inside, key=lambda one: len(one.mount), default=None)
    if volume is None or volume.identity.startswith("dev:"):
        return "", address
    return volume.identity, address[len(volume.mount) :].lstrip("\\/")


def fingerprint(*parts: str) -> str:
    """32 hexadecimal digits that stay the same from run to run for the same parts."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16, person=b"nokosanai").hexdigest()


def weight(kind: str) -> tuple[int, str]:
    """The key that sorts types as reports name them: heaviest first."""
    return _WEIGHTS.get(kind, len(_WEIGHTS)), kind


def encodable(text: str) -> str:
    """The text with lone surrogates, as odd file names have them, written as ``\\udcXX``."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_line(record: dict[str, Any]) -> bytes:
    """The record as one line of JSON in UTF-8, for every reader's idea of what ends a line."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text.translate(_ENDS) + "\n").encode("utf-8")


def _by_address(report: Report) -> dict[str, list[Violation]]:
    found: dict[str, list[Violation]] = {}
    for violation in report.violations:
        found.setdefault(violation.address, []).append(violation)
    for violations in found.values():
        violations.sort(key=lambda one: -SEVERITIES.index(one.severity))
    return found
