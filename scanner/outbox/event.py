"""An event on its way, what a sender does with it, and how a sender says no.

An event has an id that stays the same however often it is sent, so that a receiver can tell that it has it already.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

VIOLATION = "is_alert"
"""The field of an OCSF finding that says that it is one to act upon."""


class Event(NamedTuple):
    """One event: its id, and its content as one line of JSON in UTF-8."""

    id: str
    body: bytes

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Event":
        """The event of an OCSF record: under its ``metadata.uid``, which is made of the content where it has none."""
        metadata = content.get("metadata")
        metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
        if not isinstance(metadata.get("uid"), str) or not metadata["uid"]:
            metadata["uid"] = hashlib.blake2b(_line(content), digest_size=16).hexdigest()
        return cls(metadata["uid"], _line({**content, "metadata": metadata}))

    def content(self) -> dict[str, Any]:
        """The record."""
        known: dict[str, Any] = json.loads(self.body)
        return known


class Refused(Exception):
    """A receiver has not taken what it was sent.

    `retry`: it may take the same another time; otherwise it never will. `after`: seconds it asks to be left alone.
    `too_many`: fewer at once may do. `declined`: so many it will never take, the others it has, and nothing is to
    be sent again. `reason` is ours and quotes nothing that was sent.
    """

    def __init__(
        self, reason: str, *, retry: bool = True, after: float = 0.0, too_many: bool = False, declined: int = 0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.after = after
        self.too_many = too_many
        self.declined = declined


class Sender(Protocol):
    """Knows one receiver."""

    def send(self, events: Sequence[Event]) -> int:
        """Send them; the number, from the first on, that the receiver is known to have. Raises Refused."""


def _line(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace")
