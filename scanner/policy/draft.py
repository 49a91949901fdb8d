"""A draft of the report that a loss would call for: its nine items, filled in as far as a scanner can know.

What only people know stays a blank that says so. It is a sheet to begin with and decides nothing.
"""

from collections.abc import Iterator

from scanner.duty import Condition, Gauge
from scanner.model import DocumentResult
from scanner.policy.duty import folder_of
from scanner.report import Report
from scanner.wording import CERTAINTIES, CONDITIONS, DRAFT, SUBJECTS, TYPES, name

_RISKS = (("sensitive", "5.sensitive"), ("property", "5.property"), ("specific", "5.specific"))
"""Words in the ids of conditions, and what they mean for the people concerned."""
_NOT_SEEN = "not_seen"


def draft(gauge: Gauge, report: Report, lang: str) -> list[str]:
    """The draft in lines of text, in Japanese or English, as of the day on which the report was finished."""
    lines = [_say("head", lang), _say("note", lang, where=gauge.where), _due(gauge, report, lang)]
    lines.extend(_condition(one, lang) for one in gauge.conditions if one.certainty != _NOT_SEEN)
    filled = {  # the other items only people can fill in
        "1": _outline(gauge, report, lang),
        "2": _items(gauge, report, lang),
        "3": _people(gauge, lang),
        "5": _damage(gauge, lang),
        "8": iter((_say("8.done", lang), _say("8.plan", lang))),
        "9": _other(gauge, lang),
    }
    for item in "123456789":
        lines += ["", _say(item, lang)]
        lines.extend(f"   {line}" for line in filled.get(item, iter((_say("blank", lang),))))
    return lines


def _due(gauge: Gauge, report: Report, lang: str) -> str:
    if not (gauge.preliminary and gauge.preliminary_from and gauge.final and gauge.final_malicious):
        return _say("due.none", lang)
    return _say(
        "due",
        lang,
        first=gauge.preliminary_from,
        preliminary=gauge.preliminary,
        final=gauge.final,
        malicious=gauge.final_malicious,
        today=report.finished.date(),
    )


def _condition(one: Condition, lang: str) -> str:
    certainty = name(CERTAINTIES, one.certainty, lang)
    return _say("condition", lang, title=name(CONDITIONS, one.id, lang), article=one.article, certainty=certainty)


def _outline(gauge: Gauge, report: Report, lang: str) -> Iterator[str]:
    yield _say("1.when", lang)
    yield _say("1.where", lang, subject=name(SUBJECTS, gauge.subject, lang), where=gauge.where, host=report.host)
    unread = report.ledger.entries["not_read"]
    yield _say("1.seen", lang, day=report.finished.date(), version=report.version, unread=unread)


def _items(gauge: Gauge, report: Report, lang: str) -> Iterator[str]:
    seen = {finding.type for one in report.documents if _belongs(one, gauge, report) for finding in one.findings}
    if gauge.subject == "machine":
        seen |= set(report.by_type)
    types = [name(TYPES, kind, lang) for kind in TYPES if kind in seen]
    yield ("、" if lang == "ja" else ", ").join(types) or _say("2.none", lang)
    yield _say("2.other", lang)


def _belongs(document: DocumentResult, gauge: Gauge, report: Report) -> bool:
    """Whether the document would be lost with what the gauge is about."""
    volume = report.volume_of.get(document.path)
    where = {
        "document": document.address,
        "folder": folder_of(document.path),
        "volume": (volume.mount or volume.identity) if volume else "",
    }
    return where.get(gauge.subject, gauge.where) == gauge.where


def _people(gauge: Gauge, lang: str) -> Iterator[str]:
    yield _say("3.count", lang, best=gauge.persons, low=gauge.persons_low, high=gauge.persons_high)
    specific = max((one.persons for one in gauge.conditions if one.id.startswith("specific")), default=0)
    if specific:
        yield _say("3.specific", lang, n=specific)


def _damage(gauge: Gauge, lang: str) -> Iterator[str]:
    seen = [one.id for one in gauge.conditions if one.persons and one.types]
    risks = [_say(key, lang) for word, key in _RISKS if any(word in condition for condition in seen)]
    if gauge.persons:
        risks.append(_say("5.contact", lang))
    if risks:
        yield _say("5.risk", lang, list=("、" if lang == "ja" else "; ").join(risks))
    yield _say("blank", lang)


def _other(gauge: Gauge, lang: str) -> Iterator[str]:
    yield _say("9.encrypted" if "encrypted_volume" in gauge.mitigating else "9.plain", lang)
    yield _say("9.contractor", lang)


def _say(key: str, lang: str, **values: object) -> str:
    phrase = DRAFT[key]
    return (phrase.ja if lang == "ja" else phrase.en).format(**values)
