"""Whether the service can be put in place here: the rights, a service manager that runs, a program to be trusted."""

import os
import stat
import sys
from pathlib import Path

from scanner.errors import UsageError
from scanner.service.programs import ran
from scanner.service.unit import Unit

_BETTER = "install nokosanai for the machine (for instance into /opt/nokosanai), or use --user"


def check(unit: Unit) -> None:
    """Raises UsageError with what is missing, and what to do."""
    if unit.machine and not is_administrator():
        what = "as administrator" if sys.platform == "win32" else "as root (sudo)"
        raise UsageError(f"the service of the whole machine needs rights: run this {what}, or with --user")
    if sys.platform == "linux" and not Path("/run/systemd/system").is_dir():
        raise UsageError("no systemd runs here; nokosanai service print gives what another service manager needs")
    if unit.machine and sys.platform != "win32":
        _only_roots(Path(unit.command[0]), by_others=sys.platform == "linux")
        _only_roots(Path(__file__).parent, by_others=False)
    _starts(unit)


def is_administrator() -> bool:
    """Whether this process has the rights of an administrator."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def _only_roots(path: Path, *, by_others: bool) -> None:
    """What runs with the rights of the machine must not be changed by one user: every folder above it counts.

    `by_others`: a user without rights has to be able to start it.
    """
    for place in (path, path.resolve()):
        for one in (place, *place.parents):
            found = one.lstat()
            open_to_all = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
            if stat.S_ISLNK(found.st_mode):
                continue
            if by_others and not found.st_mode & stat.S_IXOTH:
                raise UsageError(f"{one}: the user of the service may not go here, where its program lies; {_BETTER}")
            if found.st_uid or open_to_all:
                raise UsageError(f"{one}: others than root can write here, where its program lies; {_BETTER}")


def _starts(unit: Unit) -> None:
    """The command has to work as the service manager will start it, without the folder we are in."""
    command = (*unit.command[: unit.command.index("watch")], "--version")
    done = ran(command, seconds=60, folder=os.path.abspath(os.sep))
    if done.returncode:
        raise UsageError(f"{' '.join(command)} does not run: install nokosanai (pip install) rather than a checkout")
