"""The results as a person reads them, and as they are kept."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from bench.accuracy.evaluate import MEDIUM, NOT_FOUND, Files, Judged, Tally, ratio
from bench.accuracy.labelled import Made
from scanner.model import CONFIDENCES


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        yield row[0].ljust(widths[0]) + "".join(
            f"  {cell.rjust(width)}" for cell, width in zip(row[1:], widths[1:], strict=True)
        )


def _row(name: str, tally: Tally, documents: float | None) -> list[str]:
    levels = (ratio(right, right + wrong) for right, wrong in zip(tally.right, tally.wrong, strict=True))
    return [
        name,
        str(tally.truths),
        *map(_percent, (tally.recall, documents, ratio(tally.at_all, tally.truths), ratio(tally.exact, tally.found))),
        *map(_percent, (tally.precision, tally.f1, *levels)),
        str(sum(tally.wrong[MEDIUM:])),
    ]


_HEAD = (
    "type",
    "truths",
    "recall",
    "per doc",
    "any",
    "exact",
    "precision",
    "F1",
    *(f"P {name}" for name in CONFIDENCES),
    "false",
)
_NOTE = """recall, precision, F1: at medium confidence or higher; per doc: the recall of each document, averaged;
any: recall at any confidence; exact: of those found, the share with the very bounds; P: precision of each confidence;
false: alarms at medium or higher"""


def report(
    tallies: Mapping[str, Tally],
    kinds: Mapping[str, Mapping[str, Tally]],
    names: Mapping[str, Tally],
    files: Files,
    judged: Sequence[Judged],
) -> Iterator[str]:
    """All tables, line by line."""
    mean = _per_document(judged)
    yield from _table(_HEAD, [_row(kind, tally, mean.get(kind)) for kind, tally in tallies.items()])
    yield from (_NOTE, "", "recall / precision by layout")
    shown = [kind for kind in kinds if kinds[kind]]
    rows = [[name, *(_both(kinds[kind].get(name)) for kind in shown)] for name in tallies]
    yield from _table(("type", *shown), rows)
    yield from ("", "names by origin: truths, recall, any, exact")
    cells = [
        [
            note,
            str(one.truths),
            _percent(one.recall),
            _percent(ratio(one.at_all, one.truths)),
            _percent(ratio(one.exact, one.found)),
        ]
        for note, one in names.items()
    ]
    yield from _table(("origin", "truths", "recall", "any", "exact"), cells)
    yield ""
    noticed, violated = (_percent(ratio(count, files.people)) for count in (files.noticed, files.violated))
    yield f"files with three people or more: {files.people}, noticed {noticed}, violations in {violated}"
    alarms = ratio(100 * len(files.alarms), files.negatives)
    yield f"files without people: {files.negatives}, violations per 100 files {_number(alarms)}"
    yield from (f"    {name}: {violation}" for name, violation in files.alarms)
    yield f"persons: relative error, median {_percent(files.error(0.5))}, 90th percentile {_percent(files.error(0.9))}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _both(tally: Tally | None) -> str:
    if tally is None:
        return ""
    if not tally.truths:
        return f"{sum(tally.wrong[MEDIUM:])} false"
    return f"{_percent(tally.recall)} / {_percent(tally.precision)}"


def _per_document(judged: Sequence[Judged]) -> dict[str, float]:
    shares: dict[str, list[float]] = defaultdict(list)
    for one in judged:
        counts: dict[str, list[bool]] = defaultdict(list)
        for hit in one.hits:
            counts[hit.truth.mark.type].append(hit.confidence >= MEDIUM)
        for kind, found in counts.items():
            shares[kind].append(sum(found) / len(found))
    return {kind: sum(values) / len(values) for kind, values in shares.items()}


def record(tallies: Mapping[str, Tally], kinds: Mapping[str, Mapping[str, Tally]], files: Files) -> dict[str, object]:
    """The results as JSON."""
    return {
        "types": {kind: tally.to_dict() for kind, tally in tallies.items()},
        "layouts": {
            layout: {kind: tally.to_dict() for kind, tally in found.items()} for layout, found in kinds.items()
        },
        "files": {
            "three_or_more_people": files.people,
            "noticed": ratio(files.noticed, files.people),
            "violated": ratio(files.violated, files.people),
            "negatives": files.negatives,
            "violations_per_100_negatives": ratio(100 * len(files.alarms), files.negatives),
            "persons_error_median": files.error(0.5),
            "persons_error_90": files.error(0.9),
        },
    }


def _context(made: Made, start: int | None, value: str) -> str:
    at = made.text.find(value) if start is None else start
    if at < 0:
        return ""
    around = (
        made.text[max(0, at - 30) : at]
        + "⟦"
        + made.text[at : at + len(value)]
        + "⟧"
        + made.text[at + len(value) : at + len(value) + 25]
    )
    return around.replace("\n", "⏎").replace("\r", "").replace("\t", "⇥")


def misses(judged: Sequence[Judged], kind: str, limit: int) -> Iterator[str]:
    """Examples of what was missed and of false alarms, at most three of a document, the worst documents first."""
    yield f"missed: {kind} (low: found at low confidence only)"
    yield from islice(_missed(judged, kind), limit)
    yield f"false alarms: {kind}"
    yield from islice(_false(judged, kind), limit)


def _missed(judged: Sequence[Judged], kind: str) -> Iterator[str]:
    hits = [(one, [hit for hit in one.hits if hit.truth.mark.type == kind]) for one in judged]
    lost = [(one, len(all_), [hit for hit in all_ if hit.confidence < MEDIUM]) for one, all_ in hits]
    for one, total, missed in sorted(lost, key=lambda entry: -len(entry[2])):
        if missed:
            yield f"{one.made.name} [{one.made.layout}] {len(missed)} of {total} missed; head: {_head(one.made)}"
        for hit in missed[:3]:
            mark, low = hit.truth.mark, " low" if hit.confidence > NOT_FOUND else ""
            yield f"   {mark.value!r} ({mark.note}{low}) {_context(one.made, hit.truth.start, mark.value)}"


def _false(judged: Sequence[Judged], kind: str) -> Iterator[str]:
    for one in judged:
        wrong = [seen for seen in one.wrong if seen.type == kind and seen.confidence >= MEDIUM]
        for seen in wrong[:3]:
            found = f"{seen.rule} {CONFIDENCES[seen.confidence]} {seen.value!r} (of {len(wrong)})"
            yield f"   {one.made.name} [{one.made.layout}] {found} {_context(one.made, seen.start, seen.value)}"


def _head(made: Made) -> str:
    lines = [line for line in made.text.splitlines() if line.strip()]
    return lines[0][:120].replace("\t", "⇥") if made.kind == "table" and lines else ""
