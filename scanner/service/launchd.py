"""The service as a property list of launchd: a daemon for the machine or an agent for one user."""

import plistlib
from pathlib import Path

from scanner.service.unit import LABEL, RESTARTS, STOPPING, Unit


def launchd(unit: Unit, log: Path) -> str:
    """The text of the property list; what the service says goes to the file `log`."""
    first, _ = RESTARTS
    limits = {"NumberOfFiles": 4096}
    described = {
        "Label": LABEL,
        "ProgramArguments": list(unit.command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": first,
        "ExitTimeOut": STOPPING,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "LowPriorityBackgroundIO": True,
        "Nice": 19,
        "Umask": 0o077,
        "SoftResourceLimits": limits,
        "HardResourceLimits": limits,
        "StandardOutPath": str(log),
        "StandardErrorPath": str(log),
        "WorkingDirectory": "/",
    }
    return plistlib.dumps(described, sort_keys=False).decode("utf-8")
