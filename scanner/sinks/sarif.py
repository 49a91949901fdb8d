"""The report as SARIF 2.1.0 (OASIS Standard), for viewers and for audits of a share.

One result is one finding of a document. Its partial fingerprint depends on volume, address, rule and confidence only,
so that it stays the same from run to run. What was not read is a notification of the invocation and, where the policy
wants it examined, a result as well. SARIF knows no persons: they stand in the property bags.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple
from urllib.parse import quote

from scanner import wording
from scanner.model import Finding, Problem, Violation, Volume
from scanner.origin import Place
from scanner.report import Report, moment
from scanner.sinks.rows import Row, acceptances, encodable, fingerprint, lasting, rows, volumes, without_document

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PRINT = "nokosanaiFinding/v1"
UNREAD = "not_examined"
"""The rule of results that are no findings: the policy wants something examined that was not."""
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
MOST_PLACES = 10
"""Locations of one result; the rest is counted in its properties."""
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")

Json = dict[str, Any]


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write one run; texts are in the language, everything else is not."""
    report.ledger.check()
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_Log(report, lang).run()]}
    stream.write(json.dumps(log, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace") + b"\n")


def uri(path: str) -> str:
    """The path as an absolute file URI, or a relative reference where it has no root; odd bytes in percent codes."""
    windows = _DRIVE.match(path) is not None or path.startswith("\\\\")
    spelled = path.replace("\\", "/") if windows else path
    coded = quote(_raw(spelled), safe="/:" if windows else "/")
    if path.startswith("\\\\"):
        return f"file:{coded}"  # \\server\share is file://server/share
    if windows:
        return f"file:///{coded}"
    return f"file://{coded}" if path.startswith("/") else coded.replace(":", "%3A")


class _Base(NamedTuple):
    """A volume as the base of relative URIs."""

    name: str
    mount: str
    volume: Volume


class _Log:
    """One run of the log; remembers the files and rules that results point to."""

    def __init__(self, report: Report, lang: str) -> None:
        self._report = report
        self._lang = lang
        self._accepted = acceptances(report)
        self._volumes = volumes(report)
        self._bases = [_base(volume) for volume in self._volumes if volume.mount]
        self._artifacts: dict[str, Json] = {}
        self._rules: dict[str, Json] = {}

    def run(self) -> Json:
        """The run object."""
        report = self._report
        results = [*self._findings(), *self._unread()]
        return {
            "tool": {"driver": self._driver()},
            "automationDetails": {"id": f"nokosanai/{report.host}/{report.run_id}"},
            "columnKind": "unicodeCodePoints",
            "defaultEncoding": "utf-8",
            "language": self._lang,
            "invocations": [self._invocation()],
            "originalUriBaseIds": {base.name: _described(base, self._lang) for base in self._bases},
            "artifacts": list(self._artifacts.values()),
            "results": results,
            "properties": {
                "ledger": report.ledger.to_dict(),
                "persons": report.persons.to_dict(),
                "policy": {"name": report.policy_name, "digest": report.policy_digest},
                "rulesDigest": report.rules_digest,
                "complete": report.complete,
            },
        }

    def _driver(self) -> Json:
        return {
            "name": "nokosanai",
            "version": self._report.version,
            "rules": list(self._rules.values()),
        }

    # --- results ------------------------------------------------------------------------------------------------------

    def _findings(self) -> Iterator[Json]:
        for row in rows(self._report):
            for finding in row.document.findings:
                yield self._finding(row, finding)

    def _finding(self, row: Row, finding: Finding) -> Json:
        document, name = row.document, wording.name(wording.TYPES, finding.type, self._lang)
        violation = next((one for one in row.violations if finding.type in one.types), None)
        inside = document.address == document.path
        places = finding.places[:MOST_PLACES] or (Place(),)
        result = {
            "ruleId": finding.rule,
            "ruleIndex": self._rule(finding.rule, finding.type),
            "message": {"text": encodable(self._message(row, finding, name, violation))},
            "locations": [self._location(document.path, document.address, place, inside) for place in places],
            "partialFingerprints": {
                PRINT: fingerprint(*lasting(document.address, self._volumes), finding.rule, finding.confidence)
            },
            "occurrenceCount": finding.count,
            "properties": _properties(row, finding, len(places)),
        }
        self._describe(row)
        return result | self._standing(violation)

    def _message(self, row: Row, finding: Finding, name: str, violation: Violation | None) -> str:
        confidence = wording.name(wording.CONFIDENCES, finding.confidence, self._lang)
        said = wording.text("finding", self._lang, type=name, n=finding.count, confidence=confidence)
        best = row.document.persons.best
        people = f" {wording.text('people', self._lang, best=best)}" if best else ""
        return f"{said}{people} {violation.message}" if violation else f"{said}{people}"

    def _unread(self) -> Iterator[Json]:
        for violation in without_document(self._report):
            outer = violation.address.partition("!")[0]
            place = Place()
            yield {
                "ruleId": UNREAD,
                "ruleIndex": self._rule(UNREAD, ""),
                "message": {"text": encodable(violation.message)},
                "locations": [self._location(outer, violation.address, place, False)],
                "partialFingerprints": {PRINT: fingerprint(*lasting(violation.address, self._volumes), UNREAD)},
                "properties": {"clause": violation.clause, "severity": violation.severity},
            } | self._standing(violation)

    def _standing(self, violation: Violation | None) -> Json:
        """Kind and level, and the exception that accepts it."""
        if violation is None:
            return {"kind": "informational", "level": "none"}
        standing: Json = {"kind": "fail", "level": LEVELS[violation.severity]}
        if violation.exception:
            one = self._accepted.get(violation.exception)
            said = f"{one.reason} ({one.approver}, - {one.expires.isoformat()})" if one else violation.exception
            suppression = {"kind": "external", "status": "accepted", "justification": encodable(said)}
            standing["suppressions"] = [suppression]
        return standing

    # --- where --------------------------------------------------------------------------------------------------------

    def _location(self, path: str, address: str, place: Place, region: bool) -> Json:
        physical: Json = {"artifactLocation": self._artifact(path)}
        if region and (found := _region(place)):
            physical["region"] = found
        location: Json = {"physicalLocation": physical}
        if address != path:
            inner = {"fullyQualifiedName": encodable(address), "kind": "member"}
            location["logicalLocations"] = [inner]
        said = wording.place(place, self._lang)
        return location | ({"message": {"text": encodable(said)}} if said else {})

    def _artifact(self, path: str) -> Json:
        """The location of a file, by its place in the list of artifacts."""
        if path not in self._artifacts:
            base = max((b for b in self._bases if path.startswith(b.mount)), key=lambda b: len(b.mount), default=None)
            location: Json = {"uri": uri(path)}
            if base is not None and path != base.mount:
                inside = path[len(base.mount) :].lstrip("\\/")
                slashed = inside.replace("\\", "/") if _DRIVE.match(path) or path.startswith("\\\\") else inside
                location = {"uri": quote(_raw(slashed), safe="/"), "uriBaseId": base.name}
            self._artifacts[path] = {"location": location | {"index": len(self._artifacts)}}
        location = self._artifacts[path]["location"]
        return dict(location)

    def _describe(self, row: Row) -> None:
        """What is known of the file; what lies inside it has other sizes and times."""
        document = row.document
        if document.address != document.path:
            return
        artifact = self._artifacts[document.path]
        artifact["length"] = document.size
        modified = moment(document.modified)
        if modified:
            artifact["lastModifiedTimeUtc"] = modified.replace("+00:00", "Z")
        if document.encoding:
            artifact["encoding"] = document.encoding

    def _rule(self, rule: str, kind: str) -> int:
        """The index of the rule, described when it is first met."""
        if rule not in self._rules:
            self._rules[rule] = _rule(rule, kind, self._lang) if kind else _unread_rule(self._lang)
        return list(self._rules).index(rule)

    # --- the run ------------------------------------------------------------------------------------------------------

    def _invocation(self) -> Json:
        report = self._report
        notes = [self._notification(problem) for problem in report.problems]
        notes += [{"message": {"text": encodable(warning)}, "level": "warning"} for warning in report.warnings]
        for key in ("documents", "problems", "violations"):
            number = getattr(report, f"{key}_omitted")
            if number:
                said = wording.text("more.counted", self._lang, n=number)
                notes.append({"message": {"text": f"{key}: {said}"}, "level": "warning"})
        return {
            "executionSuccessful": not report.interrupted,
            "exitCode": report.exit_code,
            "startTimeUtc": _time(report.started),
            "endTimeUtc": _time(report.finished),
            "machine": encodable(report.host),
            "arguments": ["scan", *map(encodable, report.sources)],
            "toolExecutionNotifications": notes,
        }

    def _notification(self, problem: Problem) -> Json:
        kind = wording.name(wording.KINDS, problem.kind, self._lang)
        return {
            "descriptor": {"id": problem.kind},
            "level": "warning",
            "message": {"text": encodable(f"{kind}: {problem.detail}")},
            "locations": [self._location(problem.address.partition("!")[0], problem.address, Place(), False)],
        }


def _properties(row: Row, finding: Finding, shown: int) -> Json:
    properties: Json = {
        "type": finding.type,
        "confidence": finding.confidence,
        "distinct": finding.distinct,
        "masked": list(map(encodable, finding.masked)),
        "placesOmitted": finding.places_omitted + max(len(finding.places) - shown, 0),
        "persons": row.document.persons.to_dict(),
        "volumeClass": row.volume_class,
    }
    if row.life:
        properties["life"] = row.life.status
    if row.violations:
        properties |= {"clause": row.violations[0].clause, "severity": row.violations[0].severity}
    return properties


def _region(place: Place) -> Json:
    """Lines and characters, where the format has them: SARIF counts columns from 1 and characters from 0."""
    region: Json = {}
    if place.line is not None:
        region["startLine"] = place.line
        if place.column is not None:
            region["startColumn"] = place.column
    if place.start is not None and place.end is not None:
        region |= {"charOffset": place.start, "charLength": max(place.end - place.start, 0)}
    return region


def _rule(rule: str, kind: str, lang: str) -> Json:
    name = wording.name(wording.TYPES, kind, lang)
    legal = wording.name(wording.LEGAL, kind, lang) if kind in wording.LEGAL else name
    return {
        "id": rule,
        "name": "".join(part.capitalize() for part in re.split("[^A-Za-z0-9]+", rule)),
        "shortDescription": {"text": name},
        "fullDescription": {"text": legal},
        "help": {"text": f"{legal} {wording.text('n.move', lang)}"},
        "properties": {"type": kind, "tags": ["privacy", "personal-data"]},
    }


def _unread_rule(lang: str) -> Json:
    return {
        "id": UNREAD,
        "name": "NotExamined",
        "shortDescription": {"text": wording.text("h.unread", lang)},
        "help": {"text": wording.text("v.incomplete", lang)},
        "properties": {"tags": ["coverage"]},
    }


def _base(volume: Volume) -> _Base:
    name = re.sub(r"[^A-Za-z0-9]+", "_", f"{volume.volume_class}_{volume.identity}").strip("_").upper()
    return _Base(name, volume.mount, volume)


def _described(base: _Base, lang: str) -> Json:
    whole = uri(base.mount)
    said = [
        wording.name(wording.VOLUME_CLASSES, base.volume.volume_class, lang),
        base.volume.label,
        base.volume.identity,
    ]
    return {
        "uri": whole if whole.endswith("/") else f"{whole}/",
        "description": {"text": encodable(", ".join(part for part in said if part))},
    }


def _raw(path: str) -> bytes:
    """The bytes of a path: a lone surrogate of a POSIX name is the byte it stands for."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
