"""The service as commands of ``sc.exe``, by which the service manager of Windows comes to know it."""

import subprocess

from scanner.service.unit import NAME, RESTARTS, TITLE, Unit


def host_command(unit: Unit) -> tuple[str, ...]:
    """What the service manager starts, in the place of the watcher's own command."""
    return (*unit.command[: unit.command.index("watch")], "service", "run")


def registration(unit: Unit) -> tuple[tuple[str, ...], ...]:
    """The commands that make the service known, and start it again after a failure, later each time."""
    first, longest = (seconds * 1000 for seconds in RESTARTS)
    actions = "/".join(f"restart/{pause}" for pause in (first, 4 * first, longest))
    return (
        (
            "sc.exe", "create", NAME, "binPath=", subprocess.list2cmdline(host_command(unit)),
            "start=", "auto", "obj=", "LocalSystem", "DisplayName=", NAME,
        ),
        ("sc.exe", "description", NAME, TITLE),
        ("sc.exe", "failure", NAME, "reset=", "86400", "actions=", actions),
        ("sc.exe", "failureflag", NAME, "1"),
    )  # fmt: skip
