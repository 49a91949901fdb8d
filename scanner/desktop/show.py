"""Showing a message with what the system has: notify-send, osascript on macOS, the notification area of Windows.

Titles and texts are arguments of those programs, never part of a script.
"""

import contextlib
import html
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scanner.desktop.news import Message

Show = Callable[[Message], bool]
"""Shows a message; whether the system took it."""
PATIENCE = 10
_SCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def run(command: Sequence[str]) -> bool:
    """Run a command; whether it succeeded."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - the commands are those of this file, no shell reads them
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        return done.returncode == 0
    return False


def shower(
    run: Callable[[Sequence[str]], bool] = run,
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
) -> Show | None:
    """The way to show messages here; None where nobody could see them."""
    if platform == "win32":
        from scanner.desktop.windows import has_desktop, show

        return show if has_desktop() else None
    if platform == "darwin":
        dock = ("pgrep", "-qx", "-U", environment.get("USER", "nobody"), "Dock")
        return (lambda message: run(osascript(message))) if run(dock) else None
    program = which("notify-send")
    if program is None or not _has_bus(environment):
        return None
    return lambda message: run(notify_send(program, message))


def notify_send(program: str, message: Message) -> tuple[str, ...]:
    """The command of the freedesktop notifications; their body is markup."""
    body = html.escape(message.body, quote=False)
    return (program, "--app-name=nokosanai", "--icon=dialog-warning", "--", message.title, body)


def osascript(message: Message) -> tuple[str, ...]:
    """The command of macOS."""
    return ("osascript", "-e", _SCRIPT, message.title, message.body)


def _has_bus(environment: Mapping[str, str]) -> bool:
    """Whether there is a session with a bus, and one that can show something."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    bus = environment.get("DBUS_SESSION_BUS_ADDRESS") or (runtime and Path(runtime, "bus").exists())
    return bool(bus) and bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
