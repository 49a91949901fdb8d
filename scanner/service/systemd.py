"""The service as a unit of systemd, for the machine or for one user, without anything that it does not need.

The machine's unit runs as a user of its own that may read every file and write none but its state. The network is
closed to it by the kernel unless the settings name a receiver there.
"""

import re
from collections.abc import Iterable

from scanner.service.unit import NAME, RESTARTS, STOPPING, TITLE, WATCHDOG, WRONG_USE, Unit

Entries = Iterable[tuple[str, object]]

SYSUSERS = f'u {NAME} - "{NAME} watcher"\n'
"""The user of the machine's unit (sysusers.d)."""

_RIGHTS = "CAP_DAC_READ_SEARCH CAP_SYS_ADMIN"
"""Read every file; watch whole file systems (fanotify)."""
_SEALED: tuple[tuple[str, object], ...] = (
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallErrorNumber", "EPERM"),
)
_LANDLOCK = ("SystemCallFilter", "landlock_create_ruleset landlock_restrict_self")
"""What workers confine themselves by; up to systemd 252 no set holds these calls."""
_MACHINE: tuple[tuple[str, object], ...] = (
    ("User", NAME),
    ("Group", NAME),
    ("StateDirectory", NAME),
    ("StateDirectoryMode", "0700"),
    ("LogsDirectory", NAME),
    ("LogsDirectoryMode", "0750"),
    ("CacheDirectory", NAME),
    ("CacheDirectoryMode", "0700"),
    ("Environment", f"NOKOSANAI_STATE=%S/{NAME} XDG_CACHE_HOME=%C"),
    ("CapabilityBoundingSet", _RIGHTS),
    ("AmbientCapabilities", _RIGHTS),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "read-only"),
    ("PrivateTmp", "no"),  # what lies in /tmp is to be found
    ("PrivateDevices", "no"),  # media are known by what lies in /dev/disk; DevicePolicy keeps the devices shut
    ("ProtectKernelTunables", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectProc", "invisible"),
    ("PrivateMounts", "yes"),
    ("RemoveIPC", "yes"),
    ("DevicePolicy", "closed"),
    ("MountFlags", "slave"),  # a medium that is ejected must not stay mounted in here
    ("OOMScoreAdjust", 500),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallFilter", "fanotify_init fanotify_mark open_by_handle_at name_to_handle_at"),
    _LANDLOCK,
    ("SystemCallFilter", "~@obsolete @mount @swap @reboot @module @raw-io @debug @cpu-emulation @clock"),
)


def systemd(unit: Unit) -> str:
    """The text of the unit file."""
    place = _MACHINE if unit.machine else (("SystemCallFilter", "@system-service"), _LANDLOCK)
    sections = {
        "Unit": (
            ("Description", TITLE),
            ("After", "local-fs.target" if unit.machine else "graphical-session.target"),
            ("StartLimitIntervalSec", 0),  # it never gives up: whoever watches must not fall silent
        ),
        "Service": (*_running(unit), *_manners(unit), *_SEALED, *place, *_network(unit), *_writes(unit)),
        "Install": (("WantedBy", "multi-user.target" if unit.machine else "default.target"),),
    }
    return "\n".join(f"[{name}]\n{_lines(entries)}" for name, entries in sections.items())


def _running(unit: Unit) -> Entries:
    first, longest = RESTARTS
    return (
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("ExecStart", " ".join(map(_quoted, unit.command))),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("WatchdogSec", WATCHDOG),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", WRONG_USE),
        ("RestartSec", first),
        ("RestartSteps", 6),  # systemd 254; older ones pass over these two
        ("RestartMaxDelaySec", longest),
        ("TimeoutStartSec", 120),
        ("TimeoutStopSec", STOPPING),
        ("KillMode", "mixed"),
        ("UMask", "0077"),
    )


def _manners(unit: Unit) -> Entries:
    return (
        ("CPUWeight", "idle"),
        ("IOWeight", 10),
        ("Nice", 19),
        ("IOSchedulingClass", "idle"),
        ("MemoryHigh", f"{unit.memory_mb * 6 // 5}M"),
        ("MemoryMax", f"{unit.memory_most}M"),
        ("TasksMax", 128),
        ("LimitNOFILE", 4096),
    )


def _network(unit: Unit) -> Entries:
    if unit.network:
        return (("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"),)
    return (
        ("RestrictAddressFamilies", "AF_UNIX"),
        *((("PrivateNetwork", "yes"), ("IPAddressDeny", "any")) if unit.machine else ()),
    )


def _writes(unit: Unit) -> Entries:
    return (("ReadWritePaths", _quoted(f"-{folder}")) for folder in unit.writes if unit.machine)


def _lines(entries: Entries) -> str:
    return "".join(f"{name}={value}\n" for name, value in entries)


def _quoted(word: str) -> str:
    """A word as unit files quote it (systemd.syntax(7)): `%` and `$` mean something there."""
    word = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$-]+", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
