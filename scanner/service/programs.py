"""Running the programs of the system that know its services."""

import subprocess
from collections.abc import Sequence


def ran(command: Sequence[str], *, seconds: float, folder: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run one without input; raises FileNotFoundError and subprocess.TimeoutExpired."""
    return subprocess.run(  # noqa: S603 - the commands are ours, no shell reads them
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        errors="replace",
        timeout=seconds,
        cwd=folder,
        check=False,
    )
