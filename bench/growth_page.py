"""The page that `bench.growth` writes: the words are in `growth.template.md`, the numbers come from the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.growth import Grown, Step

MANY = 100_000_000
FOLDER = 100
"""Files in a folder of the corpus."""
UNITS = {
    "files": "files",
    "again": "files",
    "bytes": "MB asked for",
    "findings": "people",
    "compile": "more rules",
    "start": "more rules",
    "rules": "more rules",
    "workers": "workers",
}
"""The kinds of growth and what is counted of each."""


def page(grown: Grown) -> str:
    """The whole page."""
    first, second = _each(grown.of("files")), _each(grown.of("again"))
    flat = grown.walk_bytes["flat"]
    template = Path(__file__).with_name("growth.template.md").read_text("utf-8")
    return template.format(
        **{kind: table(grown.of(kind), unit) for kind, unit in UNITS.items()},
        **{key: grown.machine[key] for key in ("day", "cpu", "cores", "load", "load_after")},
        commit=grown.machine["commit"][:7] + "+" * grown.machine["commit"].endswith("+"),
        minutes=grown.machine["seconds"] / 60,
        largest=grown.of("files")[-1].amount,
        first=first * 1e6,
        first_hours=first * MANY / 3600,
        second=second * 1e6,
        second_minutes=second * MANY / 60,
        file=grown.file_bytes,
        file_gb=grown.file_bytes * MANY / 1e9,
        document=grown.document_bytes,
        document_gb=grown.document_bytes * MANY / 100 / 1e9,
        person_before=_each(grown.of("findings")[:2]) * 1e6,
        person_last=_each(grown.of("findings")) * 1e6,
        folders=grown.walk_bytes["folders"],
        flat=flat,
        flat_gb=flat * MANY / 1e9,
        flat_ten=flat * 1e7 / 1e9,
        seen_mb=MANY / FOLDER / 8 / 1e6,
    )


def table(steps: Sequence[Step], unit: str) -> str:
    """Steps of one kind as a table of Markdown, each with its ratio to the smallest."""
    least = steps[0]
    head = f"| {unit} | MB | s | ratio | processor s | ratio | peak MB | ratio |"
    rows = (
        f"| {step.amount:,} | {step.size / 1e6:,.1f}"
        f" | {step.seconds:,.1f} | {_ratio(step.seconds, least.seconds)}"
        f" | {step.cpu:,.1f} | {_ratio(step.cpu, least.cpu)}"
        f" | {step.peak / 1e6:,.0f} | {_ratio(step.peak, least.peak)} |"
        for step in steps
    )
    return "\n".join([head, "|--:" * 8 + "|", *rows])


def _ratio(now: float, least: float) -> str:
    ratio = now / least if least else 0.0
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _each(steps: Sequence[Step]) -> float:
    """Processor seconds that each file, or person, adds, by the two largest steps."""
    before, last = steps[-2:]
    return max((last.cpu - before.cpu) / (last.amount - before.amount), 0.0)
