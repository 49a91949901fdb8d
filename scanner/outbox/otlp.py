"""The sender of an OpenTelemetry collector: OTLP/HTTP logs in protobuf, its default, by the official message classes.

The SDK is not used: its queue is in memory and drops what a collector does not take in time.
"""

import time
from collections.abc import Sequence
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from scanner.outbox.event import Event, Refused
from scanner.outbox.http import Post
from scanner.settings import OtlpReceiver
from scanner.version import VERSION

_SEVERITIES: dict[int, SeverityNumber.ValueType] = {
    1: SeverityNumber.SEVERITY_NUMBER_INFO,
    2: SeverityNumber.SEVERITY_NUMBER_INFO2,
    3: SeverityNumber.SEVERITY_NUMBER_WARN,
    4: SeverityNumber.SEVERITY_NUMBER_ERROR,
    5: SeverityNumber.SEVERITY_NUMBER_FATAL,
}
"""By OCSF's severity."""
_INT64 = 1 << 63


class OtlpSender:
    """Posts to one collector."""

    def __init__(self, receiver: OtlpReceiver) -> None:
        self._post = Post(receiver)

    def send(self, events: Sequence[Event]) -> int:
        """Post the events; all of them, once the collector has answered with success."""
        answer = self._post(request(events).SerializeToString(), {"Content-Type": "application/x-protobuf"})
        rejected = _rejected(answer.body)
        if rejected:
            # it does not say which, and forbids to send them once more (OTLP specification, "Partial Success")
            raise Refused(f"it rejected {rejected} of {len(events)}", retry=False, declined=min(rejected, len(events)))
        return len(events)


def request(events: Sequence[Event]) -> ExportLogsServiceRequest:
    """The events as one request: a resource for each host, a log record for each event, its content as the body."""
    by_host: dict[str, list[LogRecord]] = {}
    for event in events:
        content = event.content()
        device = content.get("device")
        host = str(device.get("hostname") or "") if isinstance(device, dict) else ""
        by_host.setdefault(host, []).append(_record(event.id, content))
    scope = InstrumentationScope(name="nokosanai", version=VERSION)
    return ExportLogsServiceRequest(
        resource_logs=[
            ResourceLogs(resource=_resource(host), scope_logs=[ScopeLogs(scope=scope, log_records=records)])
            for host, records in by_host.items()
        ]
    )


def _record(uid: str, content: dict[str, Any]) -> LogRecord:
    at = content.get("time")
    return LogRecord(
        time_unix_nano=int(at) * 1_000_000 if isinstance(at, int | float) and 0 <= at < 1e13 else 0,
        observed_time_unix_nano=time.time_ns(),
        severity_number=_SEVERITIES.get(content.get("severity_id", 0), SeverityNumber.SEVERITY_NUMBER_UNSPECIFIED),
        severity_text=str(content.get("severity", "")),
        body=_value(content),
        attributes=[_attribute("log.record.uid", uid)],
        event_name=f"ocsf.{content.get('class_uid', 0)}",
    )


def _resource(host: str) -> Resource:
    known = {"service.name": "nokosanai", "service.version": VERSION} | ({"host.name": host} if host else {})
    return Resource(attributes=[_attribute(name, text) for name, text in known.items()])


def _attribute(name: str, text: str) -> KeyValue:
    return KeyValue(key=name, value=AnyValue(string_value=text))


def _value(value: object) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int() if -_INT64 <= value < _INT64:
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case dict():
            return AnyValue(
                kvlist_value=KeyValueList(values=[KeyValue(key=k, value=_value(v)) for k, v in value.items()])
            )
        case list():
            return AnyValue(array_value=ArrayValue(values=map(_value, value)))
    return AnyValue(string_value=str(value))


def _rejected(body: bytes) -> int:
    """How many records the collector says it will not keep; none where it says nothing that can be understood."""
    try:
        return int(ExportLogsServiceResponse.FromString(body).partial_success.rejected_log_records)
    except DecodeError:
        return 0
