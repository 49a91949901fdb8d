"""How the service stands: whether it runs, since when, where its words are kept and what the last ones were."""

import contextlib
import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from scanner.service.programs import ran
from scanner.service.steps import domain, unit_file
from scanner.service.unit import LABEL, NAME, log

Ask = Callable[[Sequence[str]], str | None]
"""Runs a command and gives its output; None when it fails."""
WORDS, TAIL = 5, 8192
"""Last lines of a log, and the bytes of its end among which they are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the service stands."""

    state: str
    """``running``, ``stopped`` or ``absent``; `scanner.wording.SERVICE_STATES` says it."""
    since: str = ""
    detail: str = ""
    """What it says of itself, or how it ended."""
    restarts: int = 0
    log: str = ""
    words: tuple[str, ...] = ()
    """The last lines of its log."""


def ask(command: Sequence[str]) -> str | None:
    """The output of a command; None when it fails or is not there."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = ran(command, seconds=20)
        return None if done.returncode else done.stdout
    return None


def status(*, machine: bool, ask: Ask = ask, platform: str = sys.platform) -> Status:
    """How the service of the machine or of this user stands."""
    if platform == "win32":
        return _windows(machine, ask)
    if platform == "darwin":
        return _launchd(machine, ask)
    return _systemd(machine, ask)


def _systemd(machine: bool, ask: Ask) -> Status:
    user = () if machine else ("--user",)
    wanted = "LoadState,ActiveState,ActiveEnterTimestamp,StatusText,NRestarts,Result"
    said = ask(("systemctl", *user, "show", NAME, f"--property={wanted}"))
    facts = dict(line.partition("=")[::2] for line in (said or "").splitlines())
    if facts.get("LoadState") != "loaded":
        return Status(state="absent")
    running = facts.get("ActiveState") in ("active", "reloading")
    result = facts.get("Result", "")
    words = ask(("journalctl", *user, "--unit", NAME, "--lines", str(WORDS), "--output", "cat", "--quiet"))
    return Status(
        state="running" if running else "stopped",
        since=facts.get("ActiveEnterTimestamp", "") if running else "",
        detail=facts.get("StatusText", "") if running else "" if result == "success" else result,
        restarts=int(facts.get("NRestarts") or 0),
        log=f"journalctl {'' if machine else '--user '}--unit {NAME}",
        words=tuple((words or "").splitlines()),
    )


def _launchd(machine: bool, ask: Ask) -> Status:
    if not unit_file(machine=machine, platform="darwin").exists():
        return Status(state="absent")
    said = ask(("launchctl", "print", f"{domain(machine=machine)}/{LABEL}")) or ""
    facts = dict(re.findall(r"^\t(state|pid|last exit code|runs) = (.+)$", said, re.MULTILINE))
    running = facts.get("state") == "running"
    ended = facts.get("last exit code", "")
    return _kept(
        machine,
        state="running" if running else "stopped",
        since=_began(int(facts.get("pid", 0))) if running else "",
        detail="" if running or ended in ("0", "(never exited)") else f"exit code {ended}",
        restarts=max(0, int(facts.get("runs", 1)) - 1),
    )


def _windows(machine: bool, ask: Ask) -> Status:
    if machine:
        return _windows_service()
    said = ask(("schtasks.exe", "/query", "/tn", NAME, "/fo", "csv", "/nh"))
    if said is None:
        return Status(state="absent")
    # the words of the scheduler are in the language of Windows: whether it runs is asked of the processes
    row = next(csv.reader(io.StringIO(said.strip())), [])
    pid = _watcher()
    detail = row[-1] if row else ""
    return _kept(False, state="running" if pid else "stopped", since=_began(pid), detail=detail)


def _windows_service() -> Status:
    if sys.platform != "win32":
        return Status(state="absent")
    try:
        service = psutil.win_service_get(NAME)
        state, pid = service.status(), service.pid()
    except (psutil.Error, OSError):
        return Status(state="absent")
    running = state == psutil.STATUS_RUNNING
    return _kept(
        True,
        state="running" if running else "stopped",
        since=_began(pid or 0) if running else "",
        detail="" if state in (psutil.STATUS_RUNNING, psutil.STATUS_STOPPED) else state,
    )


def _kept(machine: bool, *, state: str, since: str, detail: str, restarts: int = 0) -> Status:
    """The status of a service that writes a log of its own."""
    place = log(machine=machine)
    words = _tail(place) if place else ()
    return Status(
        state=state, since=since, detail=detail, restarts=restarts, log=str(place) if place else "", words=words
    )


def _tail(path: Path) -> tuple[str, ...]:
    with contextlib.suppress(OSError), path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL), os.SEEK_SET)
        return tuple(stream.read(TAIL).decode("utf-8", "replace").splitlines()[-WORDS:])
    return ()


def _watcher() -> int:
    """The number of the process that watches for this user; 0: there is none."""
    for process in psutil.process_iter(["cmdline", "username"]):
        if (process.info["cmdline"] or [])[-2:] == ["watch", "--service"]:
            return int(process.pid)
    return 0


def _began(pid: int) -> str:
    with contextlib.suppress(psutil.Error):
        if pid:
            began = psutil.Process(pid).create_time()
            return datetime.fromtimestamp(began).astimezone().isoformat(" ", "seconds")
    return ""
