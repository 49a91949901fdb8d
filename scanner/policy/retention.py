"""How long personal data may be kept: purposes of the policy, the day each document has to be gone, what is overdue.

What is overdue is a violation of its own, whatever the clauses say about the place. Nothing is deleted here.
"""

import calendar
import unicodedata
from datetime import UTC, date, datetime, timedelta

from scanner.duty import Deadline
from scanner.model import DocumentResult, Violation, Volume
from scanner.policy.judging import RETENTION, Policy, Purpose
from scanner.wording import RETENTION as WORDS
from scanner.wording import TYPES, name

LISTED = 1_000
"""Deadlines that are listed, the longest overdue first."""


def deadline(policy: Policy, document: DocumentResult, volume: Volume, today: date, lang: str) -> Deadline | None:
    """Until when the document may be kept, by the first purpose that fits it; None: no purpose covers it.

    A time of modification in the future says nothing and is taken for today.
    """
    for purpose in policy.purposes:
        weight = purpose.what.weigh(document) if _covers(purpose, document, volume) else None
        if weight is not None:
            ends, basis = _ends(purpose, document, today)
            return Deadline(
                address=document.address,
                purpose=purpose.id,
                title=purpose.title[lang if lang in purpose.title else "en"],
                ends=ends,
                basis=basis,
                persons=document.persons.best,
                types=weight.types,
            )
    return None


def overdue(policy: Policy, due: Deadline, today: date, lang: str) -> Violation | None:
    """The violation that a document is which has outlived its purpose; None until then. The last day still counts."""
    days = -due.days_left(today)
    purpose = next((one for one in policy.purposes if one.id == due.purpose), None)
    if days <= 0 or purpose is None:
        return None
    words, comma = (WORDS["overdue"].ja, "、") if lang == "ja" else (WORDS["overdue"].en, ", ")
    types = comma.join(name(TYPES, kind, lang) for kind in due.types)
    return Violation(
        clause=RETENTION + purpose.id,
        severity=purpose.severity,
        address=due.address,
        types=due.types,
        persons=due.persons,
        message=words.format(days=days, title=due.title, ends=due.ends, persons=due.persons, types=types),
    )


class Countdown:
    """Takes documents one by one, and keeps the deadlines that are over or near, the longest overdue first."""

    def __init__(self, policy: Policy, today: date, lang: str = "en") -> None:
        self._policy = policy
        self._today = today
        self._lang = lang
        self._warn = {purpose.id: purpose.warn_days for purpose in policy.purposes}
        self._found: list[Deadline] = []

    def add(self, document: DocumentResult, volume: Volume) -> Violation | None:
        """Take in a document with findings; returns the violation that it is by having outlived its purpose."""
        due = deadline(self._policy, document, volume, self._today, self._lang)
        if due is None or due.days_left(self._today) > self._warn[due.purpose]:
            return None
        self._found.append(due)
        if len(self._found) > 2 * LISTED:
            self._found = list(self.deadlines())
        return overdue(self._policy, due, self._today, self._lang)

    def deadlines(self) -> tuple[Deadline, ...]:
        """What is overdue, and what is counted down."""
        return tuple(sorted(self._found, key=lambda due: (due.ends, due.address))[:LISTED])


def _covers(purpose: Purpose, document: DocumentResult, volume: Volume) -> bool:
    if not purpose.where.fits(document.path, volume):
        return False
    text = _spelled(f"{document.address}\n{volume.label}")
    return not purpose.labels or any(_spelled(label) in text for label in purpose.labels)


def _spelled(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _ends(purpose: Purpose, document: DocumentResult, today: date) -> tuple[date, str]:
    if purpose.ends is not None:
        return purpose.ends, "fixed"
    if purpose.counted_from == "data" and document.latest is not None:
        return months_after(min(document.latest, today), purpose.months), "data"
    changed = _day(document.modified)
    if changed is None:
        return today, "unknown"
    return months_after(min(changed, today), purpose.months), "modified"


def _day(timestamp: float | None) -> date | None:
    """The day of a time in seconds since 1970, in the machine's time zone; None for one that no calendar holds."""
    if timestamp is None:
        return None
    try:
        return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=timestamp)).astimezone().date()
    except (OverflowError, ValueError, OSError):
        return None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month; the calendar's last day at most."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
