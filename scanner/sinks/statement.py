"""The coverage statement for an auditor: what was examined, what was not and why, as a text around a JSON body, signed.

It lists no finding, only how many there are. That no personal data was found is stated only where nothing stands
against it. The signature covers every byte before it; the file is in UTF-8 with line feeds.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

from scanner import signing, wording
from scanner.errors import UsageError
from scanner.ledger import STATES
from scanner.report import Report
from scanner.sinks.rows import encodable, volumes
from scanner.sinks.summary import people, unread_count
from scanner.wording import shown

SCHEMA = "nokosanai.statement/1"
BODY, END = "-----BEGIN NOKOSANAI STATEMENT-----", "-----END NOKOSANAI STATEMENT-----"
SIGNATURE, SIGNED = "-----BEGIN NOKOSANAI SIGNATURE-----", "-----END NOKOSANAI SIGNATURE-----"
PURPOSE = b"nokosanai statement 1\n"
"""Signed with every statement, so that its signature fits nothing else that the key may sign."""
EXAMPLES = 20
"""Things not read that the text names; the body lists all that the report does."""
_SIGNED = re.compile(
    rf"{SIGNATURE}\nalgorithm: Ed25519\nkey: ([A-Za-z0-9+/=]+)\nfingerprint: \S+\n"
    rf"signature: ([A-Za-z0-9+/=]+)\n{SIGNED}\n".encode()
)

Json = dict[str, Any]


class Checked(NamedTuple):
    """What a look at a statement shows. Where it is not genuine, nothing that it says may be believed."""

    genuine: bool
    fingerprint: str
    """Of the key that it names."""
    host: str = ""
    signed: str = ""
    """When, in ISO 8601."""
    run: str = ""
    zero: bool = False
    """It states that no personal data was found."""

    @property
    def exit_code(self) -> int:
        """0 for a genuine statement, 1 for one that was altered."""
        return 0 if self.genuine else 1


def write(report: Report, stream: IO[bytes], lang: str, key: signing.Key, now: datetime | None = None) -> None:
    """Write the statement in the language, signed with the key at the time `now`."""
    report.ledger.check()
    body = _body(report, key, now or datetime.now(UTC))
    text = "\n".join(_lines(report, body, lang))
    dumped = json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1)
    covered = f"{text}\n{BODY}\n{dumped}\n{END}\n".encode()
    stream.write(covered + _signature(key.public, key.sign(PURPOSE + covered)))


def verify(raw: bytes) -> Checked:
    """Check a statement, byte by byte. Raises UsageError for what is none, or has lost the form of one."""
    covered, _, _ = raw.rpartition(SIGNATURE.encode())
    block = _SIGNED.fullmatch(raw[len(covered) :]) if covered else None
    if block is None:
        raise UsageError("this is no statement of nokosanai, or a part of it is missing")
    public, signature = _bytes(block[1], signing.SEED), _bytes(block[2], signing.SIGNATURE)
    print_ = signing.fingerprint(public)
    exact = _signature(public, signature) == raw[len(covered) :]  # one way to write it: nothing hides in the block
    if not exact or not signing.genuine(public, PURPOSE + covered, signature):
        return Checked(False, print_)
    named, told = _parsed(covered)
    return told._replace(fingerprint=print_) if named == print_ else Checked(False, print_)


def explain(checked: Checked, lang: str, own: str | None = None) -> str:
    """What the check shows, for people; `own` is the fingerprint of this machine's key."""
    if not checked.genuine:
        return f"{_say('bad', lang)}\n"
    lines = [
        _say("good", lang),
        _say("who", lang, host=shown(checked.host), when=shown(checked.signed), run=shown(checked.run)),
        _say("key", lang, fingerprint=checked.fingerprint),
        _say("own" if checked.fingerprint == own else "other", lang),
        _say("zero.told" if checked.zero else "zero.untold", lang),
        _say("means", lang),
    ]
    return "\n".join(lines) + "\n"


def against(report: Report) -> list[tuple[str, int]]:
    """What keeps the report from stating that no personal data was found, each with a number; empty: nothing does."""
    found = sum(any(_weighs(one.type, one.confidence) for one in each.findings) for each in report.documents)
    ledger = report.ledger
    reasons = {
        "interrupted": int(report.interrupted),
        "incomplete": 0 if report.complete or report.interrupted else max(unread_count(report), 1),
        "nothing": int(not ledger.entries["read"] + ledger.entries["unchanged"]),
        "found": found + report.documents_omitted,
        "violations": report.violation_count,
        "excluded": ledger.excluded_by_reason["user_exclude"],
        "weak": int(report.min_confidence == "high"),
    }
    return [(reason, number) for reason, number in reasons.items() if number]


def _weighs(kind: str, confidence: str) -> bool:
    return confidence != "low" and kind not in wording.NOT_PERSONAL


# --- the body ---------------------------------------------------------------------------------------------------------


def _body(report: Report, key: signing.Key, now: datetime) -> Json:
    record = report.to_dict()
    reasons = against(report)
    media = [
        {
            "identity": encodable(volume.identity),
            "class": volume.volume_class,
            "mount": encodable(volume.mount),
            "filesystem": encodable(volume.filesystem),
            "label": encodable(volume.label),
        }
        for volume in volumes(report)
    ]
    return {
        "schema": SCHEMA,
        "signed": now.astimezone(UTC).isoformat(timespec="seconds"),
        "key": {
            "algorithm": "Ed25519",
            "public": base64.b64encode(key.public).decode("ascii"),
            "fingerprint": key.fingerprint,
        },
        "run": record["run"],
        "volumes": media,
        "ledger": record["ledger"],
        "not_examined": record["problems"],
        "not_examined_omitted": report.problems_omitted,
        "totals": record["totals"],
        "open_violations": report.open_violations,
        "exceptions": record["exceptions"],
        "possession": {"zero": not reasons, "against": dict(reasons)},
    }


def _parsed(covered: bytes) -> tuple[str, Checked]:
    """The key that the body names and what it tells. Whoever has a key can sign anything: it may be no body of ours."""
    try:
        text = covered.decode("utf-8")
        body = json.loads(text[text.rindex(f"\n{BODY}\n") + len(BODY) + 2 : text.rindex(END)])
        run = body["run"]
        told = Checked(
            True, "", str(run["host"]), str(body["signed"]), str(run["id"]), body["possession"]["zero"] is True
        )
        return str(body["key"]["fingerprint"]), told
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError("what is signed here is no statement of this version of nokosanai") from None


def _signature(public: bytes, signature: bytes) -> bytes:
    lines = (
        SIGNATURE,
        "algorithm: Ed25519",
        f"key: {base64.b64encode(public).decode('ascii')}",
        f"fingerprint: {signing.fingerprint(public)}",
        f"signature: {base64.b64encode(signature).decode('ascii')}",
        SIGNED,
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _bytes(coded: bytes, size: int) -> bytes:
    try:
        plain = base64.b64decode(coded, validate=True)
    except ValueError:
        plain = b""
    if len(plain) != size:
        raise UsageError("the signature of this statement has lost its form")
    return plain


# --- the text ---------------------------------------------------------------------------------------------------------


def _lines(report: Report, body: Json, lang: str) -> Iterator[str]:
    title = _say("title", lang)
    yield title
    yield "=" * 72
    yield from _possession(report, body, lang)
    yield from _examined(report, body, lang)
    yield from _ledger(report, lang)
    yield from _not_examined(report, lang)
    yield from _found(report, lang)
    yield from _head("limits", lang)
    yield from (f"- {_say(key, lang)}" for key in ("limit.types", "limit.media", "means"))
    yield ""


def _head(key: str, lang: str) -> Iterator[str]:
    yield ""
    yield f"## {_say(key, lang)}"


def _possession(report: Report, body: Json, lang: str) -> Iterator[str]:
    yield ""
    reasons = body["possession"]["against"]
    if not reasons:
        yield _say("zero", lang)
        return
    yield _say("not.zero", lang)
    yield from (f"- {_say(f'against.{reason}', lang, n=number)}" for reason, number in reasons.items())


def _examined(report: Report, body: Json, lang: str) -> Iterator[str]:
    run = body["run"]
    yield from _head("examined", lang)
    facts = {
        "host": shown(report.host),
        "from": run["started"],
        "to": run["finished"],
        "signed": body["signed"],
        "run": report.run_id,
        "version": f"nokosanai {report.version}",
        "rules": report.rules_digest,
        "policy": f"{shown(report.policy_name)} {report.policy_digest}",
        "key.name": body["key"]["fingerprint"],
    }
    yield from (f"- {_say(key, lang)}: {value}" for key, value in facts.items())
    yield from (f"- {_say('source', lang)}: {shown(source)}" for source in report.sources)
    for volume in volumes(report):
        kind = wording.name(wording.VOLUME_CLASSES, volume.volume_class, lang)
        details = (volume.identity, volume.mount, volume.filesystem, volume.label)
        yield f"- {_say('volume', lang)}: {kind} {' '.join(shown(one) for one in details if one)}"


def _ledger(report: Report, lang: str) -> Iterator[str]:
    yield from _head("ledger", lang)
    for state in (*STATES, "total"):
        name = wording.name(wording.STATES, state, lang)
        count = wording.text("count", lang, n=report.ledger.entries[state])
        yield f"- {name}: {count}, {wording.text('bytes', lang, n=report.ledger.bytes[state])}"


def _not_examined(report: Report, lang: str) -> Iterator[str]:
    yield from _head("not.examined", lang)
    ledger = report.ledger
    for kind, number in ledger.not_read_by_kind.most_common():
        yield f"- {wording.name(wording.KINDS, kind, lang)}: {wording.text('count', lang, n=number)}"
    for problem in report.problems[:EXAMPLES]:
        yield f"  - {shown(problem.address)} ({wording.name(wording.KINDS, problem.kind, lang)})"
    rest = len(report.problems) + report.problems_omitted - EXAMPLES
    if rest > 0:
        yield f"  - {wording.text('more', lang, n=rest)}"
    for reason, number in ledger.excluded_by_reason.most_common():
        name = wording.name(wording.REASONS, reason, lang)
        yield f"- {_say('left.out', lang)}: {name} {wording.text('count', lang, n=number)}"


def _found(report: Report, lang: str) -> Iterator[str]:
    yield from _head("found", lang)
    yield f"- {_say('documents', lang, n=report.document_count)}"
    yield f"- {_say('violations', lang, n=report.violation_count, m=report.open_violations)}"
    if report.persons.high:
        yield f"- {people(report.persons, lang)}"
    for kind, total in sorted(report.by_type.items()):
        name = wording.name(wording.TYPES, kind, lang)
        yield f"- {name}: {_say('of.type', lang, n=total.count, m=total.distinct, k=total.documents)}"
    for one in report.acceptances:
        yield f"- {_say('exception', lang)} {one.id}: {shown(one.where)}, {shown(one.approver)}, - {one.expires}"


def _say(key: str, lang: str, **values: object) -> str:
    return wording.name(wording.STATEMENT, key, lang).format(**values)
