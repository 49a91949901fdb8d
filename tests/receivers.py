"""Receivers for tests: HTTP servers that answer as they are told, TCP servers, certificates."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Authority:
    """A certificate authority of its own, as files."""

    def __init__(self, folder: Path) -> None:
        trustme = pytest.importorskip("trustme", exc_type=ImportError)  # Wine lacks what its cryptography needs
        self._ca = trustme.CA()
        self._folder = folder
        self.ca = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.ca)

    def server(self, *names: str) -> ssl.SSLContext:
        """What a server of these names needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        return context

    def files(self, *names: str) -> tuple[str, str]:
        """Certificate and key of these names."""
        one = self._ca.issue_cert(*names)
        cert, key = (str(self._folder / f"{names[0]}.{end}") for end in ("pem", "key"))
        one.private_key_and_cert_chain_pem.write_to_path(cert)
        one.private_key_pem.write_to_path(key)
        return cert, key


class Served:
    """What an HTTP server has been asked, and what it is to answer: status and headers, then success for ever."""

    def __init__(
        self, *answers: tuple[int, dict[str, str]] | Callable[[socket.socket], None], body: bytes = b""
    ) -> None:
        self.answers = list(answers)
        self.body = body
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0


@contextmanager
def http(served: Served, context: ssl.SSLContext | None = None) -> Iterator[Served]:
    """A server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            served.requests.append((self.path, dict(self.headers.items()), body))
            answer = served.answers.pop(0) if served.answers else (200, {})
            if callable(answer):
                answer(self.connection)
                return
            status, headers = answer
            self.send_response(status)
            for name, text in {"Content-Length": str(len(served.body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(served.body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server.serve_forever, server.shutdown):
        served.port = server.server_address[1]
        yield served
    server.server_close()


@contextmanager
def tcp(serve: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that gives each connection to `serve`; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), connection:
                    serve(context.wrap_socket(connection, server_side=True) if context else connection)

        def end() -> None:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

        with running(run, end):
            yield listening.getsockname()[1]


@contextmanager
def running(run: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end()
        thread.join(10)


def vanish(connection: socket.socket) -> None:
    """End a connection as a machine does that loses its power."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
