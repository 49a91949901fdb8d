"""The sender of a syslog server: RFC 5424 records with octet counting over TCP (RFC 6587) or TLS (RFC 5425).

Syslog over TCP has no acknowledgement. In its place each batch has a connection of its own, which we end first: a
server that has read it to its end ends it too, one that dies or stalls before does not. The message is JSON without a
byte-order mark (MSG-ANY), as what reads logs expects.
"""

import contextlib
import os
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scanner.outbox.event import Event, Refused
from scanner.outbox.trust import context
from scanner.settings import SyslogReceiver

CONNECTING, TALKING = 5.0, 15.0
"""Seconds for a connection, and for all that is said over it."""
FACILITY = 13
"""Log audit (RFC 5424, table 1)."""
_SEVERITIES = {1: 6, 2: 5, 3: 4, 4: 3, 5: 2}
"""From OCSF's severity to that of RFC 5424, table 2: informational, notice, warning, error, critical."""
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


def record(event: Event) -> bytes:
    """The event as an RFC 5424 record."""
    content = event.content()
    priority = FACILITY * 8 + _SEVERITIES.get(content.get("severity_id", 0), 6)
    at = datetime.fromtimestamp(_number(content.get("time")) / 1000, UTC).isoformat(timespec="milliseconds")
    host = _word(_inside(content, "device", "hostname") or socket.gethostname(), 255)
    kind = _word(f"ocsf-{content.get('class_uid', 0)}", 32)
    return f"<{priority}>1 {at} {host} nokosanai {os.getpid()} {kind} - ".encode("ascii") + event.body


class SyslogSender:
    """Sends to one server."""

    def __init__(self, receiver: SyslogReceiver) -> None:
        self._at = (receiver.host, receiver.port)
        self._tls = context(receiver.ca, receiver.client_cert, receiver.client_key) if receiver.tls else None

    def send(self, events: Sequence[Event]) -> int:
        """Send the events over a connection of their own; all of them, once the server has ended it."""
        records = map(record, events)
        said = b"".join(b"%d %s" % (len(one), one) for one in records)
        try:
            with socket.create_connection(self._at, CONNECTING) as connection:
                self._say(connection, said)
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"the server's certificate does not hold ({error.verify_message})") from None
        except OSError as error:
            raise Refused(f"no connection to the server ({error.strerror or type(error).__name__})") from None
        return len(events)

    def _say(self, connection: socket.socket, said: bytes) -> None:
        deadline = time.monotonic() + TALKING
        connection.settimeout(TALKING)
        if self._tls is None:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            _until_ended(connection, deadline)
            return
        with self._tls.wrap_socket(connection, server_hostname=self._at[0]) as wrapped:
            wrapped.sendall(said)
            # a server may end the connection without ending TLS first; a reset is another error, and is one here
            with contextlib.suppress(ssl.SSLEOFError):
                _until_ended(wrapped.unwrap(), deadline)


def _until_ended(connection: socket.socket, deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(4096):
            return
    raise TimeoutError


def _inside(content: Mapping[str, Any], outer: str, inner: str) -> str:
    found = content.get(outer)
    return str(found.get(inner) or "") if isinstance(found, Mapping) else ""


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and 0 <= value < 1e14 else time.time() * 1000


def _word(text: str, most: int) -> str:
    return _UNPRINTABLE.sub("?", text)[:most] or "-"
