"""Real receivers, well and ill: what the senders make of their answers, and that nothing is lost by them."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from scanner.outbox import http as http_module
from scanner.outbox import syslog as syslog_module
from scanner.outbox.dispatcher import Dispatcher
from scanner.outbox.event import Event, Refused, Sender
from scanner.outbox.otlp import OtlpSender
from scanner.outbox.queues import MemoryQueue
from scanner.outbox.syslog import SyslogSender, record
from scanner.outbox.webhook import WebhookSender
from scanner.settings import OtlpReceiver, SyslogReceiver, WebhookReceiver
from tests.receivers import Authority, Served, http, tcp, vanish


def finding(number: int) -> dict[str, Any]:
    return {
        "class_uid": 2006, "time": 1795300000123 + number, "severity_id": 4, "severity": "High", "is_alert": True,
        "device": {"hostname": "PC-0412"}, "file": {"name": f"名簿{number}.csv", "size": 2**40}, "ratio": 0.5,
        "types": ["a", "b"], "nothing": None,
    }  # fmt: skip


EVENTS = [Event.of(finding(number)) for number in range(3)]
IDS = [event.id for event in EVENTS]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "ANSWERING", 1.0)
    monkeypatch.setattr(syslog_module, "TALKING", 2.0)


def refused(sender: Sender) -> Refused:
    with pytest.raises(Refused) as raised:
        sender.send(EVENTS)
    return raised.value


def delivered(sender: Sender) -> MemoryQueue:
    """The queue after everything has been tried, with no time between attempts."""
    queue = MemoryQueue()
    one = Dispatcher("r", queue, sender, max_bytes=1 << 30)
    one.put(EVENTS)
    for _ in range(20):
        if one.step() is None:
            return queue
    raise AssertionError("there is no end to it")


# --- webhook ----------------------------------------------------------------------------------------------------------


def webhook(served: Served, **values: Any) -> WebhookSender:
    scheme = values.pop("scheme", "http")
    host = values.pop("host", "127.0.0.1")
    return WebhookSender(WebhookReceiver(name="w", url=f"{scheme}://{host}:{served.port}/in?a=b", **values))


def test_a_webhook_gets_a_list_of_events_with_its_headers() -> None:
    with http(Served()) as served:
        assert webhook(served, headers=(("Authorization", "Bearer x"),)).send(EVENTS) == 3
        webhook(served).send(EVENTS)
        webhook(served).send(EVENTS[:1])
    (path, headers, body), (_, again, _), (_, other, _) = served.requests
    assert path == "/in?a=b"
    assert [one["metadata"]["uid"] for one in json.loads(body)] == IDS
    assert json.loads(body)[0]["file"]["name"] == "名簿0.csv"
    assert (headers["Content-Type"], headers["Authorization"]) == ("application/json", "Bearer x")
    assert headers["Idempotency-Key"] == again["Idempotency-Key"] != other["Idempotency-Key"]


@pytest.mark.parametrize(
    ("status", "retry", "too_many"),
    [(429, True, False), (503, True, False), (500, True, False), (401, True, False), (404, True, False),
     (301, True, False), (400, False, False), (422, False, False), (413, False, True)],
)  # fmt: skip
def test_an_answer_says_whether_it_may_be_tried_again(status: int, retry: bool, too_many: bool) -> None:
    with http(Served((status, {}))) as served:
        said = refused(webhook(served))
    assert (said.retry, said.too_many, said.reason) == (retry, too_many, f"it answered {status}")


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), (" 7 ", 7), ("soon", 0), ("-5", 0), ("9" * 400, 999_999_999)]
)
def test_a_receiver_can_ask_for_a_pause(header: str, seconds: float) -> None:
    with http(Served((503, {"Retry-After": header}))) as served:
        assert refused(webhook(served)).after == seconds


@pytest.mark.parametrize(("later", "seconds"), [(3000, 3000), (-3000, 0)])
def test_a_receiver_can_name_the_time_when_it_is_back(later: float, seconds: float) -> None:
    with http(Served((503, {"Retry-After": formatdate(time.time() + later, usegmt=True)}))) as served:
        assert refused(webhook(served)).after == pytest.approx(seconds, abs=60)


def test_a_redirection_is_not_followed() -> None:
    with (
        http(Served()) as elsewhere,
        http(Served((307, {"Location": f"http://127.0.0.1:{elsewhere.port}/"}))) as served,
    ):
        assert refused(webhook(served)).reason == "it answered 307"
    assert elsewhere.requests == []


def test_no_variable_of_the_environment_leads_events_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with http(Served()) as elsewhere, http(Served()) as served:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
        webhook(served).send(EVENTS)
    assert len(served.requests) == 1
    assert elsewhere.requests == []


def stall(connection: socket.socket) -> None:
    time.sleep(3)


def half(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 2")
    vanish(connection)


def babble(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff" * 50_000)


@pytest.mark.parametrize("answer", [stall, vanish, half, babble])
def test_a_receiver_that_stalls_vanishes_or_babbles_gets_everything_another_time(
    answer: Callable[[socket.socket], None],
) -> None:
    with http(Served(answer)) as served:
        assert delivered(webhook(served)).sent == 3
    first, second = (body for _, _, body in served.requests)
    assert first == second


def test_a_receiver_that_is_not_there_is_no_failure_of_ours() -> None:
    with http(Served()) as served:
        pass
    said = refused(webhook(served))
    assert said.retry
    assert "127.0.0.1" not in said.reason


def test_a_certificate_of_ones_own_authority_holds(authority: Authority) -> None:
    with http(Served(), authority.server("localhost")) as served:
        assert webhook(served, scheme="https", host="localhost", ca=authority.ca).send(EVENTS) == 3


@pytest.mark.parametrize(("names", "known"), [(("localhost",), False), (("other.example",), True)])
def test_a_certificate_that_does_not_hold_gets_nothing(authority: Authority, names: tuple[str], known: bool) -> None:
    with http(Served(), authority.server(*names)) as served:
        said = refused(webhook(served, scheme="https", host="localhost", ca=authority.ca if known else ""))
    assert "its certificate does not hold" in said.reason
    assert said.retry
    assert served.requests == []


def test_a_receiver_can_want_to_know_who_we_are(authority: Authority) -> None:
    context = authority.server("localhost")
    context.load_verify_locations(authority.ca)
    context.verify_mode = __import__("ssl").CERT_REQUIRED
    cert, key = authority.files("pc-0412.example")
    with http(Served(), context) as served:
        known = webhook(served, scheme="https", host="localhost", ca=authority.ca, client_cert=cert, client_key=key)
        assert known.send(EVENTS) == 3
        assert refused(webhook(served, scheme="https", host="localhost", ca=authority.ca)).retry
    assert len(served.requests) == 1


# --- OTLP -------------------------------------------------------------------------------------------------------------


def otlp(served: Served) -> OtlpSender:
    return OtlpSender(OtlpReceiver(name="o", url=f"http://127.0.0.1:{served.port}/v1/logs"))


def plain(value: Any) -> Any:
    """An OTLP value as Python's."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    inner = getattr(value, kind)
    if kind == "kvlist_value":
        return {pair.key: plain(pair.value) for pair in inner.values}
    return [plain(one) for one in inner.values] if kind == "array_value" else inner


def test_a_collector_reads_every_field_of_every_event() -> None:
    with http(Served()) as served:
        assert otlp(served).send(EVENTS) == 3
    ((path, headers, body),) = served.requests
    assert (path, headers["Content-Type"]) == ("/v1/logs", "application/x-protobuf")
    (resource,) = ExportLogsServiceRequest.FromString(body).resource_logs
    told = {pair.key: plain(pair.value) for pair in resource.resource.attributes}
    assert (told["service.name"], told["host.name"]) == ("nokosanai", "PC-0412")
    records = resource.scope_logs[0].log_records
    assert [plain(one.body) for one in records] == [event.content() for event in EVENTS]
    assert [plain(one.attributes[0].value) for one in records] == IDS
    assert records[0].time_unix_nano == 1795300000123 * 1_000_000
    assert (records[0].severity_number, records[0].severity_text) == (17, "High")
    assert records[0].event_name == "ocsf.2006"


def test_hosts_are_resources_of_their_own() -> None:
    other = Event.of(finding(9) | {"device": {"hostname": "PC-0001"}})
    with http(Served()) as served:
        otlp(served).send([EVENTS[0], other, EVENTS[1]])
    found = ExportLogsServiceRequest.FromString(served.requests[0][2]).resource_logs
    assert [len(one.scope_logs[0].log_records) for one in found] == [2, 1]


def test_what_a_collector_rejects_is_not_sent_again_and_is_counted() -> None:
    partial = ExportLogsPartialSuccess(rejected_log_records=1, error_message="too old")
    answer = ExportLogsServiceResponse(partial_success=partial).SerializeToString()
    with http(Served(body=answer)) as served:
        said = refused(otlp(served))
    assert said.declined == 1
    assert "too old" not in said.reason


@pytest.mark.parametrize("body", [b"", b"ok", b"\xff" * 100])
def test_a_collector_may_answer_anything_to_what_it_takes(body: bytes) -> None:
    with http(Served(body=body)) as served:
        assert otlp(served).send(EVENTS) == 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_collector_that_is_busy_gets_everything_later(status: int) -> None:
    with http(Served((status, {}), (status, {}))) as served:
        assert delivered(otlp(served)).sent == 3
    assert len({body for _, _, body in [(a, b, names(c)) for a, b, c in served.requests]}) == 1


def names(body: bytes) -> str:
    (resource,) = ExportLogsServiceRequest.FromString(body).resource_logs
    return ",".join(plain(one.attributes[0].value) for one in resource.scope_logs[0].log_records)


# --- syslog -----------------------------------------------------------------------------------------------------------


def frames(said: bytes) -> list[bytes]:
    """The records of an octet-counted stream (RFC 6587, 3.4.1)."""
    found = []
    while said:
        length, _, rest = said.partition(b" ")
        found.append(rest[: int(length)])
        said = rest[int(length) :]
    return found


def reading(kept: list[bytes]) -> Callable[[socket.socket], None]:
    """A server that reads to the end, then ends the connection."""

    def serve(connection: socket.socket) -> None:
        said = b""
        while piece := connection.recv(65536):
            said += piece
        kept.append(said)

    return serve


def syslog(port: int, **values: Any) -> SyslogSender:
    return SyslogSender(SyslogReceiver(**{"name": "s", "host": "localhost", "port": port, "tls": False, **values}))


def test_a_record_has_the_parts_that_the_standard_wants() -> None:
    head, body = record(EVENTS[0])[: -len(EVENTS[0].body)], record(EVENTS[0])[-len(EVENTS[0].body) :]
    priority, at, host, app, process, kind, data, rest = head.decode("ascii").split(" ")
    assert (priority, at, host) == ("<107>1", "2026-11-21T22:26:40.123+00:00", "PC-0412")
    assert (app, kind, data, rest) == ("nokosanai", "ocsf-2006", "-", "")
    assert process.isdecimal()
    assert body == EVENTS[0].body


def test_a_host_name_cannot_break_a_record() -> None:
    odd = Event.of({"device": {"hostname": "a b\nc 日本"}, "time": "never", "severity_id": 99})
    assert record(odd).split(b" ")[2] == b"a?b?c?"


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_reads_what_was_sent(authority: Authority, tls: bool) -> None:
    kept: list[bytes] = []
    context = authority.server("localhost") if tls else None
    with tcp(reading(kept), context) as port:
        assert syslog(port, tls=tls, ca=authority.ca if tls else "").send(EVENTS) == 3
    assert [frame[frame.index(b"{") :] for frame in frames(kept[0])] == [event.body for event in EVENTS]


def test_a_server_that_goes_away_unread_has_nothing() -> None:
    with tcp(vanish) as port:
        assert refused(syslog(port)).retry


def test_a_server_that_stalls_has_nothing() -> None:
    with tcp(lambda connection: time.sleep(4)) as port:
        assert refused(syslog(port)).retry


def test_a_server_that_comes_back_gets_everything_under_the_same_ids() -> None:
    kept: list[bytes] = []
    serve = iter([vanish, vanish, reading(kept)])
    with tcp(lambda connection: next(serve)(connection)) as port:
        assert delivered(syslog(port)).sent == 3
    assert [json.loads(frame[frame.index(b"{") :])["metadata"]["uid"] for frame in frames(kept[0])] == IDS


def test_a_server_with_the_wrong_certificate_gets_nothing(authority: Authority) -> None:
    kept: list[bytes] = []
    with tcp(reading(kept), authority.server("other.example")) as port:
        said = refused(syslog(port, tls=True, ca=authority.ca))
    assert "the server's certificate does not hold" in said.reason
    assert kept == []


RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imtcp" {tls})
input(type="imtcp" port="0" listenPortFileName="{folder}/port" address="127.0.0.1")
template(name="raw" type="string" string="%hostname% %app-name% %msgid% %msg%\\n")
action(type="omfile" file="{folder}/out" template="raw" flushInterval="1" fileCreateMode="0600")
"""
TLS = """StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{ca}"
  DefaultNetstreamDriverCertFile="{cert}" DefaultNetstreamDriverKeyFile="{key}\""""


@pytest.fixture(params=["tcp", "tls"])
def rsyslog(request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> Iterator[tuple[int, bool, Path]]:
    """A real rsyslog: its port, whether it wants TLS, and the file that it writes."""
    program = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
    if program is None:
        pytest.skip("no rsyslogd (Debian: rsyslog, and rsyslog-gnutls for TLS)")
    tls = request.param == "tls"
    if tls and not list(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so")):
        pytest.skip("rsyslog without TLS (Debian: rsyslog-gnutls)")
    cert, key = authority.files("localhost") if tls else ("", "")
    (tmp_path / "conf").write_text(
        RSYSLOG.format(folder=tmp_path, tls=TLS.format(ca=authority.ca, cert=cert, key=key) if tls else "")
    )
    command = [program, "-n", "-f", str(tmp_path / "conf"), "-i", str(tmp_path / "pid")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(100):
            if (tmp_path / "port").exists() and (tmp_path / "port").read_text():
                break
            if process.poll() is not None:
                pytest.fail((process.stdout.read() if process.stdout else b"").decode())
            time.sleep(0.1)
        yield int((tmp_path / "port").read_text()), tls, tmp_path / "out"
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.posix
def test_a_real_rsyslog_has_every_event_whole(rsyslog: tuple[int, bool, Path], authority: Authority) -> None:
    port, tls, out = rsyslog
    many = [Event.of(finding(number) | {"desc": "髙橋" * 2000}) for number in range(300)]
    sender = syslog(port, tls=tls, ca=authority.ca if tls else "")
    for start in range(0, 300, 100):
        assert sender.send(many[start : start + 100]) == 100
    expected = {event.id for event in many}
    for _ in range(100):
        got = out.read_text("utf-8").splitlines() if out.exists() else []
        if len(got) >= 300:
            break
        threading.Event().wait(0.1)
    assert all(line.startswith("PC-0412 nokosanai ocsf-2006 ") for line in got)
    contents = [json.loads(line[line.index("{") :]) for line in got]
    assert {one["metadata"]["uid"] for one in contents} == expected
    assert len(contents) == 300
    assert contents[0]["desc"] == "髙橋" * 2000
