"""Posting to a receiver over HTTPS, and what its answer means for the events.

urllib3 has the protocol, with TLS, proxies and deadlines; redirections are not followed, since they could lead the
events to somebody whom nobody has named, and no variable of the environment names a proxy.
"""

import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import urllib3
from urllib3.util import Timeout

from scanner.outbox.event import Refused
from scanner.outbox.trust import context
from scanner.settings import HttpReceiver

CONNECTING, ANSWERING = 5.0, 15.0
"""Seconds for a connection, and for each answer."""
LONGEST = 1 << 16
"""Bytes of an answer that are looked at."""
_CONTENT_AT_FAULT = frozenset((400, 415, 422))
"""Answers that no other attempt with the same content would change. 401, 403, 404 and redirections are not among them:
there the settings are at fault, and the events can wait until somebody has put them right."""


class Answer(NamedTuple):
    """What came back after a success."""

    body: bytes


class Post:
    """A way to one address."""

    def __init__(self, receiver: HttpReceiver) -> None:
        tls = context(receiver.ca, receiver.client_cert, receiver.client_key)
        self._url = receiver.url
        self._headers = dict(receiver.headers)
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(receiver.proxy, ssl_context=tls) if receiver.proxy else _pool(tls)
        )

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body; raises Refused for everything but success (2xx)."""
        try:
            response = self._pool.request(
                "POST", self._url, body=body, headers={"Connection": "close", **headers, **self._headers},
                retries=False, redirect=False, preload_content=False,
                timeout=Timeout(connect=CONNECTING, read=ANSWERING),
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Refused(_why(error)) from None
        try:
            if 200 <= response.status < 300:
                return Answer(response.read(LONGEST))
        except (urllib3.exceptions.HTTPError, OSError):
            return Answer(b"")  # it has said that it has them
        finally:
            response.close()
        raise _refusal(response.status, response.headers)


def _pool(tls: ssl.SSLContext) -> urllib3.PoolManager:
    return urllib3.PoolManager(ssl_context=tls, maxsize=1)


def _refusal(status: int, headers: Mapping[str, str]) -> Refused:
    return Refused(
        f"it answered {status}",
        retry=status not in _CONTENT_AT_FAULT and status != 413,
        after=_seconds(headers.get("Retry-After", "")),
        too_many=status == 413,
    )


def _seconds(said: str) -> float:
    """Retry-After: seconds or a date (RFC 9110, 10.2.3); 0 for anything else."""
    if said.strip().isdecimal():
        return float(said.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _why(error: Exception) -> str:
    """What went wrong, by its kind: texts of exceptions quote addresses."""
    inner = error.__cause__ or error.__context__ or (error.args[-1] if error.args else None)
    for one in (error, inner):
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"its certificate does not hold ({one.verify_message})"
    kind = type(inner if isinstance(inner, OSError) else error).__name__
    return f"no answer from it ({kind})"
