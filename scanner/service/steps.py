"""Putting the service in place and taking it away, as lists of steps: files to write, commands to run, files to remove.

The lists can be read and tested without a service manager; `carry_out` is all that touches the system.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from scanner.errors import UsageError
from scanner.service.launchd import launchd
from scanner.service.programs import ran
from scanner.service.sc import registration
from scanner.service.systemd import SYSUSERS, systemd
from scanner.service.task import task
from scanner.service.unit import LABEL, NAME, Unit, log

PATIENCE = 120
"""Seconds for one command of a service manager."""


class Write(NamedTuple):
    """Have a file with this text."""

    path: Path
    text: str
    encoding: str = "utf-8"


class Folder(NamedTuple):
    """Have a folder."""

    path: Path


class Run(NamedTuple):
    """Run a command; unless `may_fail`, what follows needs its success."""

    command: tuple[str, ...]
    may_fail: bool = False


class Remove(NamedTuple):
    """Have no such file."""

    path: Path


Step = Write | Folder | Run | Remove


def unit_file(*, machine: bool, platform: str = sys.platform) -> Path:
    """The file by which the service manager knows the service; of Windows' task, the one it is read from."""
    home = Path(os.path.expanduser("~"))
    if platform == "win32":
        return home / "AppData" / "Local" / NAME / "task.xml"
    if platform == "darwin":
        agents = Path("/Library/LaunchDaemons") if machine else home / "Library" / "LaunchAgents"
        return agents / f"{LABEL}.plist"
    if machine:
        return Path(f"/etc/systemd/system/{NAME}.service")
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd" / "user" / f"{NAME}.service"


def sysusers_file() -> Path:
    """Where the user of the machine's unit is described."""
    return Path(f"/etc/sysusers.d/{NAME}.conf")


def domain(*, machine: bool) -> str:
    """The domain of launchd that the service lives in."""
    if machine or sys.platform == "win32":
        return "system"
    return f"gui/{os.getuid()}"


def launchd_log(*, machine: bool) -> Path:
    """The file that launchd lets the service write to."""
    return log(machine=machine, platform="darwin") or Path(os.devnull)


def install(unit: Unit, *, present: bool, platform: str = sys.platform) -> list[Step]:
    """The steps that put the service in place and start it, also where one is `present`."""
    file = unit_file(machine=unit.machine, platform=platform)
    if platform == "win32":
        return _service(unit, present) if unit.machine else _task(unit, file)
    if platform == "darwin":
        place = launchd_log(machine=unit.machine)
        where = domain(machine=unit.machine)
        return [
            Folder(place.parent),
            Write(file, launchd(unit, place)),
            Run(("launchctl", "bootout", f"{where}/{LABEL}"), may_fail=True),
            Run(("launchctl", "bootstrap", where, str(file))),
        ]
    control = _systemctl(unit.machine)
    user = (Write(sysusers_file(), SYSUSERS), Run(("systemd-sysusers", str(sysusers_file()))))
    return [
        *(user if unit.machine else ()),
        Write(file, systemd(unit)),
        *(Run((*control, *words)) for words in (("daemon-reload",), ("enable", NAME), ("restart", NAME))),
    ]


def uninstall(*, machine: bool, platform: str = sys.platform) -> list[Step]:
    """The steps that stop the service and take it away; settings and memory stay."""
    file = unit_file(machine=machine, platform=platform)
    if platform == "win32" and machine:
        return [Run(("net.exe", "stop", NAME), may_fail=True), Run(("sc.exe", "delete", NAME))]
    if platform == "win32":
        end, delete = (("schtasks.exe", word, "/tn", NAME) for word in ("/end", "/delete"))
        return [Run(end, may_fail=True), Run((*delete, "/f")), Remove(file)]
    if platform == "darwin":
        return [Run(("launchctl", "bootout", f"{domain(machine=machine)}/{LABEL}"), may_fail=True), Remove(file)]
    control = _systemctl(machine)
    return [
        Run((*control, "disable", "--now", NAME)),
        Remove(file),
        *((Remove(sysusers_file()),) if machine else ()),
        Run((*control, "daemon-reload")),
        Run((*control, "reset-failed", NAME), may_fail=True),
    ]


def carry_out(steps: Iterable[Step]) -> None:
    """Do it, step by step; raises UsageError with what the service manager says."""
    for step in steps:
        match step:
            case Write(path, text, encoding):
                _write(path, text, encoding)
            case Folder(path):
                path.mkdir(parents=True, exist_ok=True)
            case Remove(path):
                path.unlink(missing_ok=True)
            case Run(command, may_fail):
                _run(command, may_fail)


def _systemctl(machine: bool) -> tuple[str, ...]:
    return ("systemctl",) if machine else ("systemctl", "--user")


def _service(unit: Unit, present: bool) -> list[Step]:
    """What `sc` makes it can also change, with the same words."""
    create, *others = registration(unit)
    if present:
        create = (create[0], "config", *create[2:])
    place = log(machine=True, platform="win32")
    return [
        *((Folder(place.parent),) if place else ()),
        Run(create),
        *(Run(other, may_fail=True) for other in others),  # it runs without them, only less well kept alive
        Run(("net.exe", "stop", NAME), may_fail=True),
        Run(("net.exe", "start", NAME)),
    ]


def _task(unit: Unit, file: Path) -> list[Step]:
    return [
        Write(file, task(unit), "utf-16"),
        Run(("schtasks.exe", "/create", "/tn", NAME, "/xml", str(file), "/f")),
        Run(("schtasks.exe", "/run", "/tn", NAME)),
    ]


def _write(path: Path, text: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with contextlib.ExitStack() as undo:
        undo.callback(draft.unlink, missing_ok=True)
        draft.write_text(text, encoding)
        draft.chmod(0o644)
        draft.replace(path)


def _run(command: Sequence[str], may_fail: bool) -> None:
    try:
        done = ran(command, seconds=PATIENCE)
    except FileNotFoundError:
        raise UsageError(f"{command[0]} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{' '.join(command)}: no answer within {PATIENCE} seconds") from None
    if done.returncode and not may_fail:
        said = " ".join((done.stderr or done.stdout).split())[:500]
        raise UsageError(f"{' '.join(command)}: {said or f'exit code {done.returncode}'}")
