"""Telling systemd how the watcher is: ready, alive, reloading, stopping (sd_notify(3)).

A datagram to the socket that systemd names; without one, every word goes nowhere.
"""

import contextlib
import os
import socket
import sys
import time


class Notifier:
    """The line to the service manager, if there is one."""

    def __init__(self) -> None:
        """Takes the socket's name out of the environment, so that no worker speaks for the watcher."""
        address = os.environ.pop("NOTIFY_SOCKET", "")
        own = os.environ.pop("WATCHDOG_PID", "") in ("", str(os.getpid()))
        microseconds = os.environ.pop("WATCHDOG_USEC", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.every = int(microseconds) / 2_000_000 if own and microseconds.isdecimal() and int(microseconds) else None
        """Seconds after which `alive` is to be said again; None: nobody waits for it."""

    def ready(self, status: str = "") -> None:
        """It has begun to watch, or has taken up changed settings."""
        self._say("READY=1", _status(status))

    def alive(self) -> None:
        """It still does its work: to be said by the part that does, not by a clock beside it."""
        self._say("WATCHDOG=1")

    def status(self, status: str) -> None:
        """What it is doing, in one line."""
        self._say(_status(status))

    def reloading(self) -> None:
        """It reads its settings anew; `ready` ends that."""
        # systemd wants the clock CLOCK_MONOTONIC, which this one is where there is a systemd
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It is about to end."""
        self._say("STOPPING=1")

    def _say(self, *words: str) -> None:
        if not self._address or sys.platform == "win32":
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(self._address)
            line.sendall("\n".join(filter(None, words)).encode("utf-8", "backslashreplace"))


def _status(status: str) -> str:
    return f"STATUS={' '.join(status.split())}" if status else ""
