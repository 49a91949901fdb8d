"""The report as JSON lines in UTF-8: one object a line, its ``kind`` first, for tools that read a stream.

The records are those of the JSON report. A problem's own kind is called ``problem`` here. The last line has the kind
``end`` and counts the lines before it: a stream without it was cut off.
"""

from collections.abc import Iterator
from typing import IO, Any

from scanner.report import Report
from scanner.sinks.rows import json_line

LISTS = {
    "documents": "document",
    "problems": "problem",
    "violations": "violation",
    "exceptions": "exception",
    "gauges": "gauge",
    "retention": "deadline",
}


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write the lines; the words are the same in every language."""
    lines = 0
    for lines, record in enumerate(_records(report), start=1):  # noqa: B007
        stream.write(json_line(record))
    stream.write(json_line({"kind": "end", "lines": lines, "exit_code": report.exit_code}))


def _records(report: Report) -> Iterator[dict[str, Any]]:
    record = report.to_dict()
    omitted = {key: record[f"{key}_omitted"] for key in ("documents", "problems", "violations")}
    yield {"kind": "run", "schema": record["schema"], **record["run"]}
    yield {"kind": "ledger", **record["ledger"]}
    yield {"kind": "totals", **record["totals"], "omitted": omitted}
    for key, kind in LISTS.items():
        yield from ({"kind": kind, **_renamed(item)} for item in record[key])
    yield from _history(record["history"] or {})
    if "profile" in record:
        yield {"kind": "profile", **record["profile"]}


def _history(history: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not history:
        return
    yield {"kind": "history", "previous": history["previous"], "counts": history["counts"], "notes": history["notes"]}
    yield from ({"kind": "gone", **item} for item in history["gone"])
    yield from ({"kind": "past_run", **item} for item in history["trend"])


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    return {"problem" if key == "kind" else key: value for key, value in item.items()}
