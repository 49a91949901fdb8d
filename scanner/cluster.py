"""Other machines, reached by dask.distributed over TLS with certificates on both sides; imported only when asked for.

It joins a cluster, finds out whether its machines are fit for the run, and says how many there are. What is examined
where is the business of `scanner.chunks`; dask holds sealed orders and answers and knows nothing of what is in them.
"""

import contextlib
import logging
import multiprocessing
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner.errors import UsageError
from scanner.remote import Answer, Common, Sealed, carry_out, common, differs, refusal

PORT = 8786
"""Where a scheduler of dask listens unless it is told otherwise."""
PATIENCE = 10.0
"""Seconds for a connection, and for the first machine to join."""
HEARTBEAT = 2.0
"""Seconds after which the machines are counted again."""
BEREFT = 60.0
"""Seconds without any machine after which none is waited for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a cluster is, and what proves who we are; paths of PEM files."""

    address: str
    ca: str
    cert: str
    key: str

    def __post_init__(self) -> None:
        """Raises UsageError for what could not be proven."""
        try:
            parts = urlsplit(self.address)
            whole = bool(parts.hostname) and (parts.port or PORT) and parts.path in ("", "/")
        except ValueError:
            whole = False
        if not whole or parts.scheme != "tls":
            why = "; without TLS the key of the run and what is found would travel in the clear" if self._clear else ""
            raise UsageError(f"--cluster takes tls://HOST:PORT, not {self.address!r}{why}")
        for flag, file in (("ca", self.ca), ("cert", self.cert), ("key", self.key)):
            if not file:
                raise UsageError(f"--cluster needs --cluster-{flag} FILE, or cluster_{flag} in the settings")
            if not Path(file).is_file():
                raise UsageError(f"--cluster-{flag}: no such file: {file}")

    @property
    def _clear(self) -> bool:
        return self.address.startswith(("tcp:", "ws:", "ucx:", "inproc:"))

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.address)
        return parts.hostname or "", parts.port or PORT


class Cluster:
    """A cluster that was joined; the pool of `scanner.chunks`."""

    def __init__(self, access: Access, sources: Sequence[str]) -> None:
        """Raises UsageError when it cannot be joined or one of its machines is not fit for the run."""
        self._client = _joined(access)
        self._width = 0
        self._counted = time.monotonic()
        self._closed = threading.Event()
        with contextlib.ExitStack() as unless_it_fits:
            unless_it_fits.callback(self.close)
            self.common = common(sources)
            self._inspect()
            unless_it_fits.pop_all()
        self.executor: Executor = _Executor(self._client)
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def task(self) -> Callable[[Sealed], Answer]:
        """What a machine does with an order."""
        return examine

    @property
    def width(self) -> int:
        """Places at which a chunk is examined at this moment."""
        return self._width

    @property
    def lost(self) -> bool:
        """The scheduler is gone, or there has been no machine for a while."""
        return self._client.status == "closed" or time.monotonic() - self._counted > BEREFT

    def close(self) -> None:
        """Drop what is under way and leave; the cluster stays."""
        self._closed.set()
        self._client.close(timeout=HEARTBEAT)

    def _count(self) -> None:
        while not self._closed.wait(HEARTBEAT):
            self._width = self._threads()
            if self._width:
                self._counted = time.monotonic()

    def _threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except (OSError, RuntimeError, ValueError, TimeoutError):  # no connection, at this moment or any more
            return 0

    def _inspect(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._width:
            self._width = self._threads()
            if not self._width and time.monotonic() > deadline:
                raise UsageError("the cluster has no machine that examines; start `dask worker` on at least one")
            time.sleep(0 if self._width else 0.1)
        asked = Sealed.of(self.common)
        try:
            heard = self._client.run(fitness, asked, on_error="return")
        except (OSError, TimeoutError):
            raise UsageError("the cluster has gone away") from None
        for address, said in heard.items():
            if isinstance(said, BaseException):
                said = f"it has no nokosanai of this version ({type(said).__name__})"
            if said:
                raise UsageError(f"{urlsplit(address).hostname} is not fit for this run: {said}")


class _Executor(Executor):
    """Dask's own, which raises what others raise when its connection is gone."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self._client.status != "running":
            raise RuntimeError("no connection to the cluster")
        future: Future[Any] = self._executor.submit(fn, *args, **kwargs)
        return future


def _greet(access: Access) -> None:
    """Find out at once, and why, when the other side is not there or one does not believe the other."""
    where = f"{access.address}: "
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=access.ca)
        context.check_hostname = False  # as dask does it: the authority is the cluster's own
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.load_cert_chain(access.cert, access.key)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise UsageError("--cluster-ca, --cluster-cert, --cluster-key: not a certificate and its key (PEM)") from None
    try:
        with (
            socket.create_connection(access.place, PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=access.place[0]) as secured,
        ):
            secured.settimeout(PATIENCE)
            if not secured.recv(1):  # only now is it known whether the other side believes our certificate
                raise UsageError(f"{where}it is no scheduler of dask")
    except ssl.SSLCertVerificationError:
        raise UsageError(f"{where}its certificate was not made by the authority of --cluster-ca") from None
    except TimeoutError:
        raise UsageError(f"{where}it does not answer") from None
    except ssl.SSLError as error:
        raise UsageError(
            f"{where}no connection by TLS, perhaps it does not accept our certificate ({error.reason})"
        ) from None
    except OSError as error:
        raise UsageError(f"{where}cannot be reached ({error.strerror or type(error).__name__})") from None


def _joined(access: Access) -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageError("--cluster needs dask.distributed: pip install 'nokosanai[cluster]'") from None
    _greet(access)
    for logger in ("distributed", "distributed.client"):  # what concerns the user stands in the report
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    security = distributed.Security(
        tls_ca_file=access.ca, tls_client_cert=access.cert, tls_client_key=access.key, require_encryption=True
    )
    try:
        return distributed.Client(
            access.address, security=security, timeout=PATIENCE, set_as_default=False, name="nokosanai"
        )
    except (OSError, TimeoutError) as error:
        raise UsageError(f"{access.address}: cannot be joined ({type(error).__name__})") from None


# --- on the machines of the cluster -----------------------------------------------------------------------------------


def fitness(asked: Sealed, dask_worker: Any = None) -> str:
    """Why this machine cannot take part in a run, in a sentence; empty: it can. Dask hands in its worker."""
    expected: Common = asked.open()
    return _unfit(dask_worker) or differs(expected)


def _unfit(worker: Any) -> str:
    if multiprocessing.current_process().daemon:
        return "its worker may not begin processes; start `dask worker` with --no-nanny"
    if not isinstance(worker.data, dict):
        return (
            "it would write what is found to its disk when memory is short; start `dask worker` with --memory-limit 0"
        )
    return ""


def examine(order: Sealed) -> Answer:
    """The task: examine a chunk for as long as somebody wants it."""
    import distributed

    worker = distributed.get_worker()
    key = worker.get_current_task()

    def given_up() -> bool:
        known = worker.state.tasks.get(key)
        return known is None or known.state == "cancelled"

    return refusal(_unfit(worker)) or carry_out(order, given_up)
