"""Findings as OCSF events, one JSON object a line: class 2006, Data Security Finding, for a log store.

One event is one document. Its ``finding_info.uid`` depends on volume and address only: what was created in one run is
updated in the next and closed when it is gone. Values are never in it, not even masked: a log goes far.
"""

import ntpath
import posixpath
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from scanner import wording
from scanner.memory import Gone
from scanner.model import CONFIDENCES, Finding, Violation, Volume
from scanner.origin import Place
from scanner.report import Report
from scanner.sinks.rows import Row, encodable, fingerprint, json_line, lasting, rows, volumes, weight, without_document

VERSION = "1.8.0"
"""The version of the schema that the events follow."""
SEVERITIES = {
    "": (1, "Informational"),
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
CONFIDENCE = {"low": (1, "Low"), "medium": (2, "Medium"), "high": (3, "High")}
DRIVES = {"removable": (1, "Removable"), "fixed": (2, "Fixed"), "network": (3, "Remote"), "optical": (4, "CD-ROM")}
CREATE, UPDATE, CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
NEW, SUPPRESSED, RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")
MOST_PLACES = 10

Json = dict[str, Any]


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write the events; titles and messages are in the language."""
    report.ledger.check()
    for event in events(report, lang):
        stream.write(json_line(event))


def events(report: Report, lang: str) -> Iterator[Json]:
    """The events of a report, as records."""
    return map(_clean, _events(report, lang))


def _events(report: Report, lang: str) -> Iterator[Json]:
    frame = _Frame(report, lang)
    for row in rows(report):
        yield frame.found(row)
        if row.life and row.life.before:
            yield frame.closed(row.life.before, wording.name(wording.LIVES, "moved", lang), row.life.since)
    for violation in without_document(report):
        yield frame.unread(violation)
    for gone in report.history.gone if report.history else ():
        yield frame.closed(gone.address, wording.name(wording.GONE, gone.why, lang), gone.since, gone)


class _Frame:
    """What all events of a run share."""

    def __init__(self, report: Report, lang: str) -> None:
        self._report = report
        self._lang = lang
        self._volumes = volumes(report)
        self._time = _ms(report.finished)

    def found(self, row: Row) -> Json:
        """A document with findings."""
        known = row.life is not None and row.life.status != "new" and not row.life.before
        status = SUPPRESSED if row.exception else NEW
        strongest = max((finding.confidence for finding in row.document.findings), key=CONFIDENCES.index, default="low")
        event = self._event(UPDATE if known else CREATE, status, row.severity, self._said(row))
        event |= dict(zip(("confidence_id", "confidence"), CONFIDENCE[strongest], strict=True))
        event["is_alert"] = bool(row.severity) and not row.exception
        types = sorted({finding.type for finding in row.document.findings}, key=weight)
        since = row.life.since if row.life else self._report.finished
        event["finding_info"] = self._info(row.document.address, self._title(row.severity), types, since)
        event["data_security"] = self._data_security(row)
        event["file"] = _file(row)
        event["observables"] = [_observable(row.document.path)]
        event["unmapped"] |= _volume(row.volume) | {"address": row.document.address}
        event["unmapped"]["persons"] = row.document.persons.to_dict()
        return event

    def unread(self, violation: Violation) -> Json:
        """Something that the policy wants examined and that was not."""
        status = SUPPRESSED if violation.exception else NEW
        event = self._event(CREATE, status, violation.severity, violation.message)
        event["is_alert"] = not violation.exception
        title = wording.text("h.unread", self._lang)
        event["finding_info"] = self._info(violation.address, title, [], self._report.finished)
        event["data_security"] = self._frame_of_data(violation.clause)
        event["unmapped"]["address"] = violation.address
        return event

    def closed(self, address: str, why: str, since: datetime, gone: Gone | None = None) -> Json:
        """A finding of an earlier run that is no longer there."""
        event = self._event(CLOSE, RESOLVED, "", why)
        event["is_alert"] = False
        event["finding_info"] = self._info(address, why, list(gone.types) if gone else [], since)
        if gone:
            event["finding_info"]["last_seen_time"] = _ms(gone.seen)
        event["data_security"] = self._frame_of_data("")
        event["unmapped"]["address"] = address
        return event

    def _event(self, activity: tuple[int, str], status: tuple[int, str], severity: str, message: str) -> Json:
        report = self._report
        offset = report.finished.utcoffset()
        return {
            "activity_id": activity[0],
            "activity_name": activity[1],
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": 2006,
            "class_name": "Data Security Finding",
            "type_uid": 200600 + activity[0],
            "type_name": f"Data Security Finding: {activity[1]}",
            "time": self._time,
            "timezone_offset": round(offset.total_seconds() / 60) if offset else 0,
            "severity_id": SEVERITIES[severity][0],
            "severity": SEVERITIES[severity][1],
            "status_id": status[0],
            "status": status[1],
            "message": message,
            "metadata": self._metadata(),
            "device": {"hostname": report.host, "type_id": 0, "type": "Unknown"},
            "unmapped": {"run": {"complete": report.complete, "entries": report.ledger.to_dict()["entries"]}},
        }

    def _metadata(self) -> Json:
        report = self._report
        return {
            "version": VERSION,
            "correlation_uid": report.run_id,
            "log_name": "findings",
            "product": {"name": "nokosanai", "vendor_name": "nokosanai", "version": report.version},
            "profiles": ["host", "incident"],
        }

    def _info(self, address: str, title: str, types: list[str], since: datetime) -> Json:
        return {
            "uid": fingerprint(*lasting(address, self._volumes)),
            "title": title,
            "types": types,
            "analytic": {"name": "nokosanai rules", "uid": self._report.rules_digest, "type_id": 1, "type": "Rule"},
            "first_seen_time": _ms(since),
            "last_seen_time": self._time,
        }

    def _data_security(self, row: Row) -> Json:
        findings = sorted(row.document.findings, key=lambda one: weight(one.type))
        clause = row.violations[0].clause if row.violations else ""
        return self._frame_of_data(clause) | {
            "detection_pattern": ", ".join(dict.fromkeys(finding.rule for finding in findings)),
            "discovery_details": [_details(finding) for finding in findings],
        }

    def _frame_of_data(self, clause: str) -> Json:
        report = self._report
        name = clause or report.policy_name
        return {
            "category_id": 1,
            "category": "Personal",
            "data_lifecycle_state_id": 1,
            "data_lifecycle_state": "Data at-Rest",
            "detection_system_id": 4,
            "detection_system": "Data Discovery & Classification",
            "classifier_details": {"name": "nokosanai", "type": "rules", "uid": report.rules_digest},
            "policy": {"name": name, "uid": report.policy_digest, "is_applied": True},
        }

    def _title(self, severity: str) -> str:
        return wording.text("o.violation" if severity else "o.found", self._lang)

    def _said(self, row: Row) -> str:
        if row.violations:
            return row.violations[0].message
        types = sorted({finding.type for finding in row.document.findings}, key=weight)
        return ", ".join(wording.name(wording.TYPES, one, self._lang) for one in types)


def _details(finding: Finding) -> Json:
    places = [place for place in map(_occurrence, finding.places[:MOST_PLACES]) if place]
    return {"type": finding.type, "count": finding.count} | ({"occurrences": places} if places else {})


def _occurrence(place: Place) -> Json:
    fields = {
        "cell_name": place.cell,
        "column_name": place.header,
        "row_number": place.row,
        "page_number": place.page or place.slide,
        "start_line": place.line,
        "column_number": place.column,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _file(row: Row) -> Json:
    document = row.document
    paths = ntpath if "\\" in document.path else posixpath
    name = paths.basename(document.path) or document.path
    drive = DRIVES.get(row.volume_class, (0, "Unknown"))
    file: Json = {
        "name": name,
        "path": document.path,
        "parent_folder": paths.dirname(document.path),
        "ext": paths.splitext(name)[1].lstrip("."),
        "type_id": 1,
        "type": "Regular File",
        "drive_type_id": drive[0],
        "drive_type": drive[1],
    }
    if document.address == document.path:
        file["size"] = document.size
    if document.modified is not None and abs(document.modified) < 1e11:
        file["modified_time"] = round(document.modified * 1000)
    return {key: value for key, value in file.items() if value != ""}


def _volume(volume: Volume | None) -> Json:
    if volume is None:
        return {}
    known = {
        "uid": volume.identity,
        "class": volume.volume_class,
        "mount": volume.mount,
        "fstype": volume.filesystem,
        "label": volume.label,
    }
    return {"volume": {key: value for key, value in known.items() if value}}


def _observable(path: str) -> Json:
    return {"name": "file.path", "type_id": 45, "type": "File Path", "value": path}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value
