"""The built-in list of folders that a walk leaves out, from ``rules/walk/exclusions.toml``.

It names the reason for a path; it walks nothing, and what the user excludes by hand is no part of it.
"""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from scanner.places import comparable, rules_folder

PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


class Place(NamedTuple):
    """A folder or file to leave out, in comparable spelling; unless `whole`, `path` is only the end of its path."""

    path: str
    whole: bool
    reason: str
    holds: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """What to leave out and why, by the last part of the path."""

    folders: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    files: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    windows: bool = False

    def folder(self, path: str) -> str | None:
        """The reason to leave out the folder at this absolute path, or None."""
        return self._reason(self.folders, path)

    def file(self, path: str) -> str | None:
        """The reason to leave out the file at this absolute path, or None."""
        return self._reason(self.files, path) if self.files else None

    def around(self, path: str) -> frozenset[str]:
        """The reasons that fit the folder or one of those that it lies in: whoever names it wants them disregarded."""
        reasons = set()
        inner = ""
        while path != inner:
            reasons.add(self.folder(path))
            inner, path = path, os.path.dirname(path)
        return frozenset(reason for reason in reasons if reason)

    def _reason(self, places: Mapping[str, tuple[Place, ...]], path: str) -> str | None:
        spelled = comparable(path, windows=self.windows)
        for place in places.get(spelled.rpartition("/")[2], ()):
            fits = spelled == place.path if place.whole else f"/{spelled}".endswith(f"/{place.path}")
            if fits and (not place.holds or os.path.lexists(os.path.join(path, place.holds))):
                return place.reason
        return None


@cache
def built_in(platform: str = PLATFORM) -> Exclusions:
    """The list for one platform: ``linux``, ``macos`` or ``windows``."""
    return load(rules_folder() / "walk" / "exclusions.toml", platform, os.environ)


def load(path: Path, platform: str, environment: Mapping[str, str]) -> Exclusions:
    """Read a list; entries whose variable is not in the environment are dropped."""
    windows = platform == "windows"
    blocks = [
        block
        for block in tomllib.loads(path.read_text(encoding="utf-8"))["exclude"]
        if platform in block.get("on", (platform,))
    ]
    return Exclusions(
        folders=_indexed(_places(blocks, "folders", environment, windows)),
        files=_indexed(_places(blocks, "files", environment, windows)),
        windows=windows,
    )


def _places(blocks: list[dict[str, Any]], key: str, environment: Mapping[str, str], windows: bool) -> Iterator[Place]:
    for block in blocks:
        for entry in block.get(key, ()):
            path = _expanded(entry, environment)
            if path is not None:
                whole = entry.startswith(("/", "%"))
                yield Place(comparable(path, windows=windows), whole, block["reason"], block.get("holds", ""))


def _expanded(entry: str, environment: Mapping[str, str]) -> str | None:
    if not entry.startswith("%"):
        return entry
    name, _, rest = entry[1:].partition("%")
    value = environment.get(name, "").rstrip("\\/")
    return value + rest if value else None


def _indexed(places: Iterator[Place]) -> dict[str, tuple[Place, ...]]:
    index: dict[str, tuple[Place, ...]] = {}
    for place in places:
        name = place.path.rpartition("/")[2]
        index[name] = (*index.get(name, ()), place)
    return index
