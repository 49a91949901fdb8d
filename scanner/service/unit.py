"""The service, once, for all service managers: what is run, for whom, with what rights and within what bounds."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from scanner.settings import FileReceiver, Settings

NAME = "nokosanai"
LABEL = "jp.nokosanai.watch"
"""The name where names are those of domains (launchd)."""
TITLE = "nokosanai: watches for personal data on local disks and media"
STOPPING = 10
"""Seconds to stop in before the service manager kills; the watcher needs 5 at most."""
WATCHDOG = 60
"""Seconds of silence after which it counts as hung."""
RESTARTS = (15, 600)
"""Seconds before the first restart, and before later ones at most."""
WRONG_USE = 2
"""The exit code of wrong settings: starting again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What every description of the service is made of."""

    command: tuple[str, ...]
    """The whole command line of the watcher."""
    machine: bool
    """For the whole machine; otherwise for the user who installs it."""
    memory_mb: int
    network: bool
    """Whether the settings name a receiver that is reached over a network."""
    writes: tuple[str, ...] = ()
    """Folders that it has to write into beside its own state."""

    @property
    def memory_most(self) -> int:
        """MB beyond which the system ends it: the watcher keeps to `memory_mb` by itself."""
        return 2 * self.memory_mb


def unit(settings: Settings, *, machine: bool) -> Unit:
    """The service under these settings, run by the interpreter that runs now.

    The interpreter is isolated (-I): neither the folder it is started in nor a variable says what is imported.
    """
    folders = {str(Path(one.path).parent) for one in settings.outbox if isinstance(one, FileReceiver)}
    return Unit(
        command=(sys.executable, "-I", "-m", "scanner", "watch", "--service"),
        machine=machine,
        memory_mb=settings.memory_mb,
        network=settings.networked,
        writes=tuple(sorted(folders)),
    )


def log(*, machine: bool, platform: str = sys.platform) -> Path | None:
    """The file to which the service writes what it has to say; None: the journal has it."""
    home = Path(os.path.expanduser("~"))
    if platform == "win32":
        machines = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData"))
        mine = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return (machines if machine else mine) / NAME / "watch.log"
    if platform == "darwin":
        return (Path("/") if machine else home) / "Library" / "Logs" / NAME / "watch.log"
    return None
