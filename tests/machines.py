"""A cluster for tests: a scheduler and workers of dask as processes of this machine, over TLS."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.receivers import Authority

PATIENCE = 60.0


def until(true: Callable[[], object], what: str) -> None:
    """Wait for something that must happen."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.05)


class Machines:
    """The processes of a cluster; each worker is what a machine is to it."""

    KNOWN = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0")
    """How docs/cluster.md starts a worker."""
    CLOSED = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {**os.environ, **environment}
        self._authority = Authority(folder)
        self.cert, self.key = self._authority.files("127.0.0.1")
        self.ca = self._authority.ca
        self._all: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self.log = folder / "log.txt"
        listening = ("--host", "127.0.0.1", "--protocol", "tls", "--port", "0", "--scheduler-file", str(self._file))
        self.scheduler = self._begin("scheduler", *listening, *self.CLOSED)
        self.workers: list[subprocess.Popen[bytes]] = []
        until(self._file.exists, "the scheduler listens")

    @property
    def address(self) -> str:
        until(lambda: self._file.read_text("utf-8").endswith("}"), "the scheduler's file is whole")
        address: str = json.loads(self._file.read_text("utf-8"))["address"]
        return address

    @property
    def flags(self) -> list[str]:
        """What `scan` must be told."""
        return ["--cluster", self.address, *self.proof(self.ca, self.cert, self.key)]

    @staticmethod
    def proof(ca: str, cert: str, key: str) -> list[str]:
        return ["--cluster-ca", ca, "--cluster-cert", cert, "--cluster-key", key]

    def hire(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """One more worker."""
        known = (*(options or self.KNOWN), *self.CLOSED, "--local-directory", str(self.folder))
        self.workers.append(self._begin("worker", self.address, *known, **environment))
        return self.workers[-1]

    def _begin(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        tls = ["--tls-ca-file", self.ca, "--tls-cert", self.cert, "--tls-key", self.key]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, *tls],
                stdout=log,
                stderr=log,
                env={**self._environment, **environment},
            )
        self._all.append(process)
        return process

    def end(self) -> None:
        """End what still lives, with all that it has begun."""
        for process in self._all:
            with suppress(psutil.Error):
                for one in (*psutil.Process(process.pid).children(recursive=True), process):
                    with suppress(psutil.Error):
                        one.kill()
        for process in self._all:
            process.wait()


@contextmanager
def machines(folder: Path, workers: int, **environment: str) -> Iterator[Machines]:
    """A cluster with so many workers, that ends with the test."""
    cluster = Machines(folder, environment)
    try:
        for _ in range(workers):
            cluster.hire()
        yield cluster
    finally:
        cluster.end()
