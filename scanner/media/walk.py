"""From the places a user names to a stream of files, each one accounted for.

Whatever a folder holds ends as an `Entry` or as a `NotWalked` with its reason, except folders that were walked: what
lies in them is the account. Links are never followed, nothing is opened but folders, and no folder stays open while the
caller works, so that a medium can be unmounted in between. Not examined at all: alternate data streams of NTFS,
resource forks, and what a file system keeps outside its files.
"""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from scanner.errors import UsageError
from scanner.media.exclusions import Exclusions, built_in
from scanner.media.glance import Listed, Scouts, apart
from scanner.media.items import Block as Block
from scanner.media.items import Entry as Entry
from scanner.media.items import NotWalked as NotWalked
from scanner.media.items import joined
from scanner.media.opening import Found, blocks
from scanner.media.opening import open_file as open_file
from scanner.media.opening import openable as openable
from scanner.media.opening import problem as problem
from scanner.media.volumes import cloud_devices
from scanner.places import PathPatterns, comparable

DEPTH = 1024
"""Folders inside one another beyond which a tree is reported instead of walked."""
TRUSTED_DEPTH = 32
"""Where listings carry no file numbers (Windows), they are asked for singly only below this depth."""

# FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS, _RECALL_ON_OPEN, _OFFLINE; SF_DATALESS: reading the file would download it
_RECALL, _DATALESS = 0x400000 | 0x40000 | 0x1000, 0x40000000
_NAME_SURROGATE, _MOUNT_POINT, _APP_LINK = 0x20000000, 0xA0000003, 0x8000001B
_SPECIAL_TAGS = range(0x80000023, 0x80000027)
"""Sockets, pipes and devices that the Windows Subsystem for Linux writes."""

# controls, what nobody sees (fillers, joiners, tags) and what changes the direction; not the selectors of variants,
# which belong to how a Japanese name is written
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e00ff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSettings:
    """What to leave out of a walk."""

    exclude: tuple[str, ...] = ()
    """The user's globs (`scanner.places.PathPatterns`)."""
    exclusions: Exclusions = field(default_factory=built_in)
    own_outputs: frozenset[str] = frozenset()
    """Absolute paths that this run itself writes."""
    cross_filesystems: bool = False
    """Walk into other file systems that are mounted below a source."""


def walk(sources: Sequence[Path], settings: WalkSettings) -> Iterator[Entry | NotWalked]:
    """All that lies in the sources, each file once; in a folder by name, its files before its folders.

    Raises UsageError, before anything is listed, for a source that does not exist.
    """
    return (item for part in walk_blocks(sources, settings) for item in _flat(part))


def walk_blocks(
    sources: Sequence[Path], settings: WalkSettings, scouts: Scouts | None = None
) -> Iterator[Block | NotWalked]:
    """The same, the files of a folder in one piece; `scouts` look ahead."""
    roots = _roots(sources)
    patterns = PathPatterns(settings.exclude)
    together = _together(roots, settings.exclusions)
    return (part for named in together for part in _Walk(named, roots, settings, patterns, scouts).run())


def _flat(part: Block | NotWalked) -> Iterator[Entry | NotWalked]:
    if isinstance(part, NotWalked):
        yield part
    else:
        yield from (item for _, _, item in part.items())


def printable(path: str) -> str:
    r"""The path for reports: control characters, what cannot be seen and what is no Unicode as ``\xNN``, ``\uNNNN``."""
    return _UNPRINTABLE.sub(_escaped, path)


# --- sources ----------------------------------------------------------------------------------------------------------


class _Root(NamedTuple):
    """A source: its path as shown, and its real path in comparable spelling."""

    path: str
    real: str
    file: bool


def _roots(sources: Sequence[Path]) -> list[_Root]:
    """The sources without repetitions, in the order of the user."""
    roots: dict[str, _Root] = {}
    for source in sources:
        path = _absolute(source)
        try:
            info = os.lstat(openable(path))
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"no such file or folder: {printable(str(source))}") from None
        except OSError:
            info = None  # reported when it is walked
        if info is not None and is_link(info):
            path = os.path.realpath(path)
            if not os.path.lexists(openable(path)):
                raise UsageError(f"a link that leads nowhere: {printable(str(source))}")
        real = comparable(os.path.realpath(path))
        file = info is not None and not stat.S_ISDIR(info.st_mode) and not is_link(info)
        roots.setdefault(real, _Root(path, real, file))
    return list(roots.values())


def _together(roots: Sequence[_Root], exclusions: Exclusions) -> list[list[_Root]]:
    """The sources, those in one list that are files of one folder under the same exclusions."""
    together: dict[object, list[_Root]] = {}
    for root in roots:
        beside = (os.path.dirname(root.path), exclusions.around(root.path)) if root.file else root.real
        together.setdefault(beside, []).append(root)
    return list(together.values())


def _absolute(source: Path) -> str:
    # ".." after a link means the parent of the link's target: only the file system can tell
    return os.path.realpath(source) if ".." in source.parts else str(source.absolute())


def _below(inner: str, outer: str) -> str | None:
    """What follows `outer` in the comparable path `inner`, if it lies in there."""
    prefix = f"{outer.rstrip('/')}/"
    return inner[len(prefix) :] if inner.startswith(prefix) else None


# --- the walk ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Level:
    """A folder on the way down and its subfolders that are still to be walked, last first."""

    path: str
    identity: tuple[int, int] | None
    pending: list[tuple[str, tuple[int, int] | None]] = field(default_factory=list)


class _Walk:
    """The walk of one source, or of several that are files of one folder."""

    def __init__(
        self,
        named: Sequence[_Root],
        roots: list[_Root],
        settings: WalkSettings,
        patterns: PathPatterns,
        scouts: Scouts | None = None,
    ) -> None:
        self._named = [root.path for root in named]
        self._settings = settings
        self._patterns = patterns
        self._scouts = scouts
        self._own = {comparable(path) for path in settings.own_outputs}
        self._lifted = settings.exclusions.around(named[0].path)
        # a source inside this one is walked as itself: what is left out here by a rule was named there by the user
        inner = [_below(other.real, named[0].real) for other in roots]
        self._elsewhere = {f"{comparable(named[0].path).rstrip('/')}/{rest}" for rest in inner if rest}
        self._apart = {path.rpartition("/")[0] for path in (*self._own, *self._elsewhere)}
        """Folders in which something is treated otherwise by this run alone."""
        self._cloud_devices = cloud_devices()
        basis = (settings.exclude, sorted(self._lifted), sorted(self._cloud_devices), settings.exclusions)
        self._basis = blake2b(repr(basis).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self._device = 0
        self._levels: list[_Level] = []
        self._ancestors: set[tuple[int, int]] = set()

    def run(self) -> Iterator[Block | NotWalked]:
        """The sources themselves if they are files, else all that they hold."""
        files: list[tuple[str, os.stat_result]] = []
        for path in self._named:
            try:
                info = os.lstat(openable(path))
            except OSError as error:
                yield NotWalked(path, 0, "not_read", *problem(error))
                continue
            self._device = info.st_dev
            if not stat.S_ISDIR(info.st_mode):
                files.append((os.path.basename(path), info))
            elif is_recalled(info):
                yield _cloud_folder(path)
            else:
                yield from self._list(_Level(path, self._identity(path, info)))
                yield from self._descend()
        if files:
            block = self._block(os.path.dirname(self._named[0]), files)
            block.single = True
            yield block

    def _descend(self) -> Iterator[Block | NotWalked]:
        while self._levels:
            level = self._levels[-1]
            if level.pending:
                name, identity = level.pending.pop()
                yield from self._list(_Level(joined(level.path, name), identity))
            else:
                self._levels.pop()
                if level.identity:
                    self._ancestors.discard(level.identity)

    def _list(self, level: _Level) -> Iterator[Block | NotWalked]:
        """Hand on the files of a folder, and put the folder on the way down if it has subfolders to be walked."""
        if len(self._levels) >= DEPTH:
            yield NotWalked(level.path, 0, "not_read", "too_deep", f"more than {DEPTH} folders inside one another")
            return
        known = self._scouts.glance(level.path, self._upcoming()) if self._scouts and self._scouts.out else None
        self._levels.append(level)
        if level.identity:
            self._ancestors.add(level.identity)
        if known is not None:
            if known.first:
                yield self._block(level.path).glanced(known.first, known.digest)
            yield from self._folders(level, known.folders)
        else:
            try:
                for found in blocks(level.path):
                    yield from self._found(level, found)
            except OSError as error:
                yield NotWalked(level.path, 0, "not_read", *problem(error))
        level.pending.reverse()

    def _upcoming(self) -> Iterator[str]:
        """The folders still to be walked, the next one first."""
        for level in reversed(self._levels):
            for name, _ in reversed(level.pending):
                yield joined(level.path, name)

    def _found(self, level: _Level, found: Found) -> Iterator[Block | NotWalked]:
        files, folders, failed = apart(found)
        if files:
            block = self._block(level.path, files)
            block.whole = block.whole and not failed
            yield block
        for name, error in failed:
            if isinstance(error, OSError):
                yield NotWalked(joined(level.path, name), 0, "not_read", *problem(error))
        yield from self._folders(level, folders)

    def _block(self, folder: str, listed: Listed | None = None) -> Block:
        block = Block(folder, self._judged, self._basis, listed)
        block.whole = not self._apart or comparable(folder).rstrip("/") not in self._apart
        return block

    def _judged(self, path: str, info: os.stat_result) -> Entry | NotWalked | None:
        if self._elsewhere and comparable(path) in self._elsewhere:
            return None
        return self._left_out(path, info) or self._file(path, info)

    def _folders(self, level: _Level, folders: Listed) -> Iterator[NotWalked]:
        for name, info in folders:
            refused = self._folder(level, name, info)
            if refused is not None:
                yield refused

    def _folder(self, level: _Level, name: str, info: os.stat_result) -> NotWalked | None:
        path = joined(level.path, name)
        if self._elsewhere and comparable(path) in self._elsewhere:
            return None
        mounted = is_link(info) and _is_volume(path, info)
        if is_link(info) and not (mounted and self._settings.cross_filesystems):
            return _excluded(path, 0, "other_filesystem") if mounted else _excluded(path, 0, "link")
        identity = self._identity(path, info)
        refused = self._left_out(path, info) or self._refused(path, info, identity)
        if refused is None:
            level.pending.append((name, identity))
        return refused

    def _left_out(self, path: str, info: os.stat_result) -> NotWalked | None:
        """What the user or the built-in list wants left out."""
        folder = stat.S_ISDIR(info.st_mode)
        size = 0 if folder else info.st_size
        if self._own and comparable(path) in self._own:
            return _excluded(path, size, "own_output")
        if self._patterns.match(path):
            return _excluded(path, size, "user_exclude")
        exclusions = self._settings.exclusions
        reason = exclusions.folder(path) if folder else exclusions.file(path)
        return _excluded(path, size, reason) if reason and reason not in self._lifted else None

    def _refused(self, path: str, info: os.stat_result, identity: tuple[int, int] | None) -> NotWalked | None:
        """A folder that cannot or must not be listed."""
        # listings of Windows carry no device number; what is mounted there shows as a junction
        if info.st_dev and info.st_dev != self._device and not self._settings.cross_filesystems:
            return _excluded(path, 0, "other_filesystem")
        if identity in self._ancestors:
            return _excluded(path, 0, "loop")
        if is_recalled(info):
            return _cloud_folder(path)
        return None

    def _file(self, path: str, info: os.stat_result) -> Entry | NotWalked:
        if is_link(info):
            return _excluded(path, 0, "link")
        if not stat.S_ISREG(info.st_mode) or getattr(info, "st_reparse_tag", 0) in _SPECIAL_TAGS:
            return _excluded(path, 0, "special_file")
        if is_recalled(info) or (
            info.st_dev in self._cloud_devices and not getattr(info, "st_blocks", 1) and info.st_size
        ):
            return NotWalked(path, info.st_size, "not_read", "cloud_only", "reading the file would download it")
        return Entry(path, info.st_size, info.st_mtime)

    def _identity(self, path: str, info: os.stat_result) -> tuple[int, int] | None:
        if not info.st_ino and len(self._levels) > TRUSTED_DEPTH:
            try:
                info = os.lstat(openable(path))
            except OSError:
                return None  # listing it will say why
        return (info.st_dev, info.st_ino) if info.st_ino else None


_REASONS = {
    "own_output": "this run writes it",
    "user_exclude": "left out by a pattern of the user",
    "other_filesystem": "another file system is mounted there",
    "link": "links are not followed",
    "loop": "the folder lies inside itself",
    "special_file": "a pipe, socket or device",
}


def _excluded(path: str, size: int, reason: str) -> NotWalked:
    return NotWalked(
        path, size, "excluded", reason, _REASONS.get(reason, "on the built-in list of folders to leave out")
    )


def _cloud_folder(path: str) -> NotWalked:
    return NotWalked(path, 0, "not_read", "cloud_only", "listing the folder would download it")


def is_link(info: os.stat_result) -> bool:
    """Whether it leads elsewhere: a symbolic link, a junction, an alias of an app."""
    tag = getattr(info, "st_reparse_tag", 0)
    return stat.S_ISLNK(info.st_mode) or bool(tag & _NAME_SURROGATE) or tag == _APP_LINK


def _is_volume(path: str, info: os.stat_result) -> bool:
    """Whether the junction is a volume mounted in a folder rather than a link to another folder."""
    if getattr(info, "st_reparse_tag", 0) != _MOUNT_POINT:
        return False
    try:
        return "\\volume{" in os.readlink(openable(path)).lower()
    except OSError:
        return False


def is_recalled(info: os.stat_result) -> bool:
    """Whether reading it would download it."""
    return bool(getattr(info, "st_file_attributes", 0) & _RECALL or getattr(info, "st_flags", 0) & _DATALESS)


def _escaped(found: "re.Match[str]") -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
