"""What stands on the page of a report, as plain data in one language: sentences, figures, charts and tables.

No markup and no layout: those are in ``assets/``.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from scanner import wording
from scanner.duty import CERTAINTIES, Gauge
from scanner.ledger import STATES
from scanner.memory import LIVES
from scanner.model import CONFIDENCES, Persons
from scanner.report import Report
from scanner.sinks import summary
from scanner.sinks.tables import Tables
from scanner.wording import shown

BARS = 12
"""Rows of a chart."""
FACTS = ("persons", "format", "size", "modified", "volume", "since", "before")
FINDING = ("type", "confidence", "count", "distinct", "masked", "place")

Json = dict[str, Any]


def of(report: Report, lang: str) -> Json:
    """The contents of the page."""
    tables = Tables(report, lang)
    words = {key: wording.name(wording.PAGE, key, lang) for key in wording.PAGE}
    return {
        "lang": lang,
        "words": words,
        "run": {"host": shown(report.host), "facts": _run(report, words)},
        "verdict": summary.verdict(report, lang)._asdict(),
        "figures": _figures(report, lang, words),
        "next": summary.actions(report, lang),
        "gauges": [_gauge(gauge, lang) for gauge in report.gauges[:1]],
        "since": _since(report, lang, words),
        "charts": [_volumes(report, lang, words), _kinds(report, lang, words), _folders(report, lang, words)],
        "trend": _trend(report),
        "tables": tables.all(),
        "labels": {
            "types": tables.types,
            "confidences": [wording.name(wording.CONFIDENCES, one, lang) for one in CONFIDENCES],
            "finding": [words[f"c.{key}"] for key in FINDING],
            "facts": [words[f"c.{key}"] for key in FACTS],
        },
        "notes": {
            "found": _omitted(report.documents_omitted, lang),
            "problems": _omitted(report.problems_omitted, lang),
        },
        "unread": _unread(report, lang),
        "excluded": [
            f"{wording.name(wording.REASONS, why, lang)} {wording.text('count', lang, n=count)}"
            for why, count in report.ledger.excluded_by_reason.most_common()
        ],
        "ledger": _ledger(report, lang, words),
        "foot": [_foot(report, lang), words["privacy"]],
    }


def _run(report: Report, words: Mapping[str, str]) -> list[list[str]]:
    when = report.started.astimezone().isoformat(" ", "minutes")
    return [
        [words["host"], shown(report.host)],
        [words["when"], when[:16]],
        [words["sources"], "  ".join(map(shown, report.sources))],
        [words["policy"], shown(report.policy_name)],
    ]


def _figures(report: Report, lang: str, words: Mapping[str, str]) -> list[Json]:
    unread, entries = summary.unread_count(report), report.ledger.entries["total"]
    persons = report.persons
    accepted = report.violation_count - report.open_violations
    between = f"{persons.low:,} - {persons.high:,}" if persons.high else ""
    violations = words["accepted"].format(n=accepted) if accepted else ""
    return [
        _figure(words["violations"], report.violation_count, violations, "bad" if report.open_violations else "good"),
        _figure(words["persons"], persons.best, between, "ink"),
        _figure(words["documents"], report.document_count, "", "ink"),
        _figure(words["notRead"], unread, words["ofEntries"].format(n=entries), "warn" if unread else "good"),
    ]


def _figure(name: str, number: int, note: str, tone: str) -> Json:
    return {"name": name, "value": f"{number:,}", "note": note, "tone": tone}


def _gauge(gauge: Gauge, lang: str) -> Json:
    persons = Persons(best=gauge.persons, low=gauge.persons_low, high=gauge.persons_high)
    return {
        "subject": wording.name(wording.SUBJECTS, gauge.subject, lang),
        "where": shown(gauge.where),
        "people": summary.people(persons, lang),
        "level": _level(gauge.certainty),
        "conditions": [
            {
                "law": wording.name(wording.LAWS, one.law, lang) if one.law else "",
                "title": wording.name(wording.CONDITIONS, one.id, lang),
                "article": one.article,
                "level": _level(one.certainty),
                "certainty": wording.name(wording.CERTAINTIES, one.certainty, lang),
                "people": wording.text("people", lang, best=one.persons) if one.persons else "",
                "types": summary.listed([wording.name(wording.TYPES, kind, lang) for kind in one.types], lang),
            }
            for one in gauge.conditions
        ],
        "dates": [
            [wording.name(wording.PAGE, f"due.{key}", lang), said]
            for key, said in (
                ("preliminary", _between(gauge.preliminary_from, gauge.preliminary)),
                ("final", _between(None, gauge.final)),
                ("malicious", _between(None, gauge.final_malicious)),
            )
            if said
        ],
        "mitigating": [wording.name(wording.MITIGATIONS, one, lang) for one in gauge.mitigating],
    }


def _between(first: date | None, last: date | None) -> str:
    if last is None:
        return ""
    return f"{first.isoformat()} - {last.isoformat()}" if first and first != last else last.isoformat()


def _level(certainty: str) -> int:
    """Steps of the meter: 0 for what was not seen, 3 for what is met."""
    return len(CERTAINTIES) - 1 - CERTAINTIES.index(certainty)


def _since(report: Report, lang: str, words: Mapping[str, str]) -> Json | None:
    history = report.history
    if history is None:
        return None
    before = history.previous
    day = before.started.astimezone().isoformat(" ", "minutes")[:16] if before else ""
    return {
        "previous": words["previous"].format(when=day) if before else words["first"],
        "notes": [shown(note) for note in history.notes],
        "counts": [
            {
                "status": status,
                "name": wording.name(wording.LIVES, status, lang),
                "n": history.counts.get(status, 0),
                "row": -1 if status == "gone" else number,
            }
            for number, status in enumerate(LIVES)
        ],
    }


def _volumes(report: Report, lang: str, words: Mapping[str, str]) -> Json:
    people: Counter[str] = Counter()
    files: Counter[str] = Counter()
    tones: dict[str, str] = {}
    for document in report.documents:
        volume = report.volume_of.get(document.path)
        kind = volume.volume_class if volume else "unknown"
        where = f" {volume.mount} {volume.label}".rstrip() if volume else ""
        name = shown(f"{wording.name(wording.VOLUME_CLASSES, kind, lang)}{where}")
        people[name] += document.persons.best
        files[name] += 1
        tones[name] = "high" if kind == "removable" else ""
    return _chart("volumes", people, files, tones, words)


def _kinds(report: Report, lang: str, words: Mapping[str, str]) -> Json:
    counts: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for kind, total in report.by_type.items():
        name = wording.name(wording.TYPES, kind, lang)
        counts[name], files[name] = total.distinct, total.documents
    return _chart("kinds", counts, files, {}, words)


def _folders(report: Report, lang: str, words: Mapping[str, str]) -> Json:
    people: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for document in report.documents:
        cut = max(document.path.rfind("/"), document.path.rfind("\\"))
        name = shown(document.path[:cut] or document.path[: cut + 1])
        people[name] += document.persons.best
        files[name] += 1
    return _chart("folders", people, files, {}, words)


def _chart(
    key: str, values: Counter[str], files: Counter[str], tones: Mapping[str, str], words: Mapping[str, str]
) -> Json:
    rows = [
        {
            "name": name,
            "value": value,
            "text": words[f"{key}.text"].format(n=value, files=files[name]),
            "tone": tones.get(name, ""),
        }
        for name, value in values.most_common(BARS)
        if value or not any(values.values())
    ]
    return {"title": words[key], "of": words[f"{key}.of"], "unit": words[f"{key}.unit"], "rows": rows}


def _trend(report: Report) -> list[Json]:
    runs = report.history.trend if report.history else ()
    return [
        {
            "day": run.started.astimezone().date().isoformat(),
            "persons": run.persons,
            "violations": run.violations,
            "complete": run.complete,
        }
        for run in runs
    ]


def _unread(report: Report, lang: str) -> list[Json]:
    """The kinds of what was not read, and those of which only a part was not."""
    whole = report.ledger.not_read_by_kind
    listed = Counter(problem.kind for problem in report.problems)
    kinds = sorted({*whole, *listed}, key=lambda kind: (-max(whole[kind], listed[kind]), kind))
    return [
        {
            "name": wording.name(wording.KINDS, kind, lang),
            "text": wording.text("count", lang, n=whole[kind])
            if whole[kind] >= listed[kind]
            else wording.text("and.partly" if whole[kind] else "partly", lang, **_parts(whole[kind], listed[kind])),
            "advice": wording.name(wording.ADVICE, kind, lang),
        }
        for kind in kinds
    ]


def _parts(whole: int, listed: int) -> dict[str, int]:
    return {"n": whole, "m": listed - whole} if whole else {"n": listed}


def _ledger(report: Report, lang: str, words: Mapping[str, str]) -> Json:
    ledger = report.ledger
    return {
        "columns": ["", words["c.entries"], words["c.bytes"]],
        "rows": [
            [state, wording.name(wording.STATES, state, lang), f"{ledger.entries[state]:,}", f"{ledger.bytes[state]:,}"]
            for state in (*STATES, "total")
        ],
    }


def _omitted(number: int, lang: str) -> str:
    return wording.text("more.counted", lang, n=number) if number else ""


def _foot(report: Report, lang: str) -> str:
    seconds = max(report.seconds, 0.001)
    return wording.text(
        "f.time",
        lang,
        seconds=wording.duration(report.seconds, lang),
        rate=wording.size(report.ledger.bytes["read"] / seconds),
        files=round(report.ledger.entries["total"] / seconds),
        rules=report.rules_digest[:12],
        policy=f"{shown(report.policy_name)} {report.policy_digest[:12]}",
        version=report.version,
    )
