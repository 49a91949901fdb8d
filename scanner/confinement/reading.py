"""What a process that reads strangers' documents needs to read: what is to be examined, and the program itself."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scanner.places import cache_folder, rules_folder

_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/fonts", "/etc/alternatives"),
    *("/etc/passwd", "/etc/nsswitch.conf"),  # where the home is, for whoever runs without HOME
    *("/proc", "/sys/devices/system", "/dev/null", "/dev/zero", "/dev/urandom"),
)
"""Libraries, fonts and what they ask of the system. Of other processes /proc shows nothing that Landlock would hide."""


class Root(NamedTuple):
    """A folder beneath which may be read: this one, and not another that has its name later."""

    path: str
    device: int
    inode: int


def roots(paths: Iterable[str]) -> tuple[Root, ...]:
    """The folders of some paths: a folder itself, of a file the one that it lies in, with what belongs to it."""
    return tuple(sorted(set(_roots(paths))))


def _roots(paths: Iterable[str]) -> Iterator[Root]:
    for path in paths:
        real = os.path.realpath(path)
        folder = real if os.path.isdir(real) else os.path.dirname(real)
        try:
            info = os.stat(folder)
        except OSError:  # it is gone, and what is said to be in it will be found to be gone
            continue
        yield Root(folder, info.st_dev, info.st_ino)


def program() -> tuple[str, ...]:
    """The places of the program, of Python and of libraries."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    imported = (os.path.abspath(place) for place in sys.path if place)
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix)
    libraries = filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":"))
    ours = package, str(rules_folder()), str(cache_folder())
    return tuple(dict.fromkeys((*_SYSTEM, *prefixes, *imported, *libraries, *ours)))
