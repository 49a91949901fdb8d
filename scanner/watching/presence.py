"""Whether somebody is at this machine, and whether it runs on its battery: facts for whoever decides how hard to work.

Nothing is recorded of what anybody does, only how long ago the last sign of life was. Where a system does not say, the
fact is None. A display without a session manager (a kiosk) is not seen on Linux.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import psutil

IDLE = 300.0
"""Seconds without a sign of life after which nobody is taken to be there."""


class Presence(NamedTuple):
    """Facts of one moment; None: not known."""

    idle: float | None
    """Seconds since somebody last did something."""
    on_battery: bool | None
    charge: float | None
    """Percent."""

    @property
    def active(self) -> bool:
        """Whether somebody must be taken to be at work: also when it is not known."""
        return self.idle is None or self.idle < IDLE


def presence() -> Presence:
    """What can be known now; costs a few milliseconds, on Linux up to a hundred: ask once in a quarter of a minute."""
    power = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    plugged = None if power is None else power.power_plugged
    return Presence(
        idle=idle_seconds(),
        on_battery=None if plugged is None else not plugged,
        charge=None if power is None else float(power.percent),
    )


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _LastInput(ctypes.Structure):
        _fields_ = (("size", wintypes.UINT), ("ticks", wintypes.DWORD))

    def idle_seconds() -> float | None:
        """Since the last key or movement of this session (GetLastInputInfo); a service, in session 0, sees none."""
        session, kernel = wintypes.DWORD(), ctypes.windll.kernel32
        if not kernel.ProcessIdToSessionId(os.getpid(), ctypes.byref(session)) or not session.value:
            return None
        last = _LastInput(ctypes.sizeof(_LastInput), 0)
        if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        # both count milliseconds in 32 bits and wrap together
        now = int(kernel.GetTickCount())
        return ((now - int(last.ticks)) & 0xFFFFFFFF) / 1000

elif sys.platform == "darwin":

    def idle_seconds() -> float | None:
        """Since the last key or movement, as the input system counts it."""
        found = re.search(r'"HIDIdleTime" = (\d+)', _said("/usr/sbin/ioreg", "-c", "IOHIDSystem", "-d", "4"))
        return int(found[1]) / 1e9 if found else None

else:

    def idle_seconds() -> float | None:
        """Since the last sign of life: what the session manager says of all sessions, and what terminals show."""
        return min(_signs(), default=None)

    def _signs() -> Iterator[float]:
        said = _said("loginctl", "show-session", "-p", "IdleHint", "-p", "IdleSinceHint")
        facts = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        if facts.get("IdleHint") == "no":
            yield 0.0
        elif facts.get("IdleHint") == "yes" and facts.get("IdleSinceHint", "0").strip("0").isdigit():
            yield max(time.time() - int(facts["IdleSinceHint"]) / 1e6, 0.0)
        for folder in ("/dev/pts", "/dev"):
            yield from _terminals(folder)


def _terminals(folder: str) -> Iterator[float]:
    """Terminals with a user: the system stamps them when something is typed."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return
    for name in names:
        if re.fullmatch(r"\d+|tty\d+", name):
            try:
                info = os.stat(os.path.join(folder, name))
            except OSError:
                continue
            if info.st_uid or folder == "/dev/pts":
                yield max(time.time() - info.st_atime, 0.0)


def _said(*command: str) -> str:
    """What a program of the system says; empty when it cannot."""
    try:
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2, check=False, text=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
