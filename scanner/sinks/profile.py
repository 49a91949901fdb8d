"""Where the time of a run went, for people: by stage, by format, by rule, the slowest first."""

from collections.abc import Callable, Sequence
from typing import TextIO

from scanner import wording
from scanner.profile import STAGES, UNTIMED, Profile, Spent, Table, slowest
from scanner.sinks.page import Page

MOST = 15
"""Formats and rules that are shown."""
LEAST = 0.005
"""Seconds below which a number says nothing."""


def tell(profile: Profile, stream: TextIO, lang: str) -> None:
    """Write the tables where there is no page of a report."""
    write(Page(stream, lang, None, None), profile)


def write(page: Page, profile: Profile) -> None:
    """Write the three tables."""
    page.title(_t(page, "title", seconds=profile.seconds))
    total = profile.seconds
    stages = [(_stage(page, name), name, profile.stages.get(name, Spent())) for name in STAGES]
    columns = ("seconds", "share", "clock", "bytes", "rate")
    page.table(
        [_t(page, head) for head in ("stage", *columns)],
        [[shown, *_cells(page, columns, one, total, timed=name not in UNTIMED)] for shown, name, one in stages],
    )
    if not profile.formats:
        page.say()
        page.say(_t(page, "nothing"), indent=2)
    _table(page, "format", profile.formats, ("seconds", "share", "documents", "bytes", "rate"))
    _table(page, "rule", _with_the_rest(page, profile), ("seconds", "share", "hits", "candidates"))
    page.say()
    page.say((_t(page, "note"), "dim"), indent=2)


def _table(page: Page, kind: str, table: Table, columns: Sequence[str]) -> None:
    rows = slowest(table)
    if not rows:
        return
    total = sum(one.seconds for _, one in rows)
    page.say()
    page.table(
        [_t(page, head) for head in (kind, *columns)],
        [[name, *_cells(page, columns, one, total)] for name, one in rows[:MOST]],
    )
    if len(rows) > MOST:
        page.say((_t(page, "more", n=len(rows) - MOST), "dim"), indent=2)


def _with_the_rest(page: Page, profile: Profile) -> Table:
    """The rules, and what judging took that no single one of them is to blame for: tables, columns, digests."""
    judged = profile.stages.get("judge", Spent()).seconds - sum(one.seconds for one in profile.rules.values())
    return {**profile.rules, _t(page, "joint"): Spent(seconds=max(judged, 0.0))} if profile.rules else {}


def _cells(page: Page, columns: Sequence[str], one: Spent, total: float, *, timed: bool = True) -> list[str]:
    return [_CELLS[column](one, total) if timed or column != "clock" else "" for column in columns]


def _seconds(seconds: float) -> str:
    return f"{seconds:,.2f}" if seconds >= LEAST else "<0.01" if seconds > 0 else ""


def _rate(one: Spent) -> str:
    return wording.size(one.size / one.seconds) if one.size and one.seconds >= LEAST else ""


_CELLS: dict[str, Callable[[Spent, float], str]] = {
    "seconds": lambda one, _: _seconds(one.seconds),
    "share": lambda one, total: f"{one.seconds / total:.0%}" if total else "",
    "clock": lambda one, _: _seconds(one.clock),
    "bytes": lambda one, _: wording.size(one.size) if one.size else "",
    "rate": lambda one, _: _rate(one),
    "documents": lambda one, _: f"{one.number:,}",
    "hits": lambda one, _: f"{one.hits:,}" if one.hits else "",
    "candidates": lambda one, _: f"{one.number:,}" if one.number else "",
}


def _stage(page: Page, name: str) -> str:
    return wording.name(wording.STAGES, name, page.lang)


def _t(page: Page, key: str, **values: object) -> str:
    return wording.name(wording.PROFILE, key, page.lang).format(**values)
