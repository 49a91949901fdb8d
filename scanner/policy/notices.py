"""Notices to the person at the PC, in the languages such people read: why, what to do, by when. No data is shown.

The texts are files in ``rules/notices/``; one that no native speaker has read says so. They are no legal documents.
"""

import datetime
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from scanner.errors import UsageError
from scanner.places import rules_folder
from scanner.policy.reading import Section, content, meant

ORDER = ("ja-easy", "vi", "ne", "id", "my", "fil", "zh", "pt", "en")
"""The languages, in the order in which they are printed together."""
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "found": frozenset(("count", "where")),
    "until": frozenset(("until",)),
    "date": frozenset(("year", "month", "day")),
}
"""What each text is filled in with; the others take nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice in one language."""

    lang: str
    name: str
    """The language in its own words."""
    reviewed_by: str
    """The native speaker who has read it; empty: nobody yet."""
    date: str
    title: str
    why: tuple[str, ...]
    found: str
    todo: tuple[str, ...]
    until: str
    ask: str
    unreviewed: str

    def lines(self, *, count: int | None, where: str, until: datetime.date) -> list[str]:
        """The notice as lines of text: `count` files (None: not known) at a place, to be gone by a day."""
        day = self.date.format(year=until.year, month=until.month, day=until.day)
        return [
            self.title,
            "",
            *self.why,
            "",
            *(() if count is None else (self.found.format(count=count, where=where), "")),
            *(f"{number}. {step}" for number, step in enumerate(self.todo, 1)),
            "",
            self.until.format(until=day),
            self.ask,
            *(() if self.reviewed_by else (f"({self.unreviewed})",)),
        ]


def notice(lang: str) -> Notice:
    """The notice in a language; raises UsageError for one that there is none in."""
    known = notices()
    if lang not in known:
        raise UsageError(f"no notice in {lang!r}: {meant(lang, tuple(known))}")
    return known[lang]


@cache
def notices() -> Mapping[str, Notice]:
    """All notices, by language, in the order of `ORDER`."""
    files = {path.stem: path for path in (rules_folder() / "notices").glob("*.toml")}
    return {lang: _notice(Section.of(content(files[lang]), str(files[lang]))) for lang in ORDER if lang in files}


def _notice(file: Section) -> Notice:
    reviewed = file.flag("reviewed")
    by = file.text("reviewed_by") if reviewed else ""
    file.has("reviewed_by")
    one = Notice(
        lang=file.text("lang"),
        name=file.text("name"),
        reviewed_by=by,
        date=_filled(file, "date"),
        title=_filled(file, "title"),
        why=file.words("why"),
        found=_filled(file, "found"),
        todo=file.words("todo"),
        until=_filled(file, "until"),
        ask=_filled(file, "ask"),
        unreviewed=_filled(file, "unreviewed"),
    )
    file.done()
    return one


def _filled(file: Section, key: str) -> str:
    """A text with exactly the placeholders it has to have."""
    text = file.text(key)
    fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if fields != PLACEHOLDERS.get(key, frozenset()):
        raise file.wrong(
            f"{key} has to be filled in with {', '.join(sorted(PLACEHOLDERS.get(key, ()))) or 'nothing'}", key
        )
    return text
