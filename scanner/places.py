"""Where things lie: the folder of the built-in rules, and patterns that paths are compared with.

It knows how paths are written on this platform. It opens nothing.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.errors import UsageError

WINDOWS = os.name == "nt"

_TOKEN = re.compile(
    r"(?P<any_folders>(?<![^/])\*\*/)|(?P<any>\*\*)|(?P<part>\*)|(?P<one>\?)|(?P<set>\[[!^]?\]?[^\]]*\])|.", re.DOTALL
)
_SPELLED = {"any_folders": "(?:.*/)?", "any": ".*", "part": "[^/]*", "one": "[^/]"}
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


def rules_folder() -> Path:
    """The folder of the built-in rules: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def machine_policy() -> Path:
    """Where the policy of this machine lies if somebody responsible for it has put one there."""
    if WINDOWS:
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "nokosanai" / "policy.toml"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/nokosanai/policy.toml")
    return Path("/etc/nokosanai/policy.toml")


def cache_folder() -> Path:
    """Where this user's programs keep what they can make again; relative where the user has no home."""
    home = Path(os.path.expanduser("~"))
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "nokosanai" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "nokosanai"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "nokosanai"


def state_folder() -> Path:
    """Where is remembered what earlier runs found, root's for the whole machine; relative where there is no home."""
    given = os.environ.get("NOKOSANAI_STATE")
    home = Path(os.path.expanduser("~"))
    if given:
        return Path(os.path.abspath(given))
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "nokosanai" / "state"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "nokosanai"
    if os.geteuid() == 0:
        return Path("/var/lib/nokosanai")
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "nokosanai"


def comparable(path: str, *, windows: bool = WINDOWS) -> str:
    """The path with ``/`` between its parts and, on Windows, in lower case: for comparing, never for showing."""
    return path.replace("\\", "/").lower() if windows else path


class PathPatterns:
    """Globs, compiled once: ``*`` and ``?`` stay inside one part of a path, ``**`` spans folders, ``[a-z]`` is a set.

    A glob that does not start at a root (``/``, ``C:/``) may begin at any folder, so ``*.log`` fits every log file and
    ``a/b`` every b inside an a. On Windows case does not count and ``\\`` is ``/``. Raises UsageError for a glob that
    says nothing.
    """

    __slots__ = ("globs", "_windows", "_pattern")

    def __init__(self, globs: Sequence[str], *, windows: bool = WINDOWS) -> None:
        self.globs = tuple(globs)
        self._windows = windows
        self._pattern = _compiled("|".join(_translated(glob, windows) for glob in globs), self.globs)

    def match(self, path: str) -> bool:
        """Whether one of the globs fits the whole path."""
        return bool(self.globs) and self._pattern.fullmatch(comparable(path, windows=self._windows)) is not None


def _compiled(expression: str, globs: tuple[str, ...]) -> "re.Pattern[str]":
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        raise UsageError(f"not a pattern of paths: {', '.join(globs)}") from None


def _translated(glob: str, windows: bool) -> str:
    spelled = comparable(glob, windows=windows)
    spelled = spelled if spelled.strip("/") == "" else spelled.rstrip("/")
    if not spelled:
        raise UsageError("an empty pattern of paths")
    anywhere = "" if _ABSOLUTE.match(spelled) else "(?:.*/)?"
    return f"(?:{anywhere}{''.join(_pieces(spelled))})"


def _pieces(glob: str) -> Iterator[str]:
    for token in _TOKEN.finditer(glob):
        kind, text = token.lastgroup, token.group()
        if kind == "set":
            body = text[1:-1].replace("\\", "\\\\").replace("[", "\\[")
            negated = body[:1] in ("!", "^")
            body = body[1:] if negated else body
            # "]" may only stand first, where the token lets it; a set never spans folders
            yield f"(?!/)[{'^' if negated else ''}{body.replace(']', chr(92) + ']')}]"
        else:
            yield _SPELLED[kind] if kind else re.escape(text)
