"""The folder of the state: what lies in it, the key of the digests, and the lock that lets one scan at a time write."""

import contextlib
import os
import secrets
import sys
from pathlib import Path

FILES, FINDINGS, KEY, LOCK = "files.db", "findings.db", "key", "lock"
WAITING, OUTBOX, SIGNING = "waiting.db", "outbox.db", "signing.key"
KEY_BYTES = 32
_BESIDE = ("", "-wal", "-shm", "-journal")
ASIDE = ".damaged-"
"""What the name of a damaged file that was set aside goes on with, before the date."""


class Unusable(Exception):
    """The memory cannot be used; `key` is the phrase in `scanner.wording` that says why, and names no document."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def files(folder: Path) -> tuple[Path, ...]:
    """All that the state may consist of, and what was set aside: not to be examined."""
    fixed = [folder / f"{name}{end}" for name in (FILES, FINDINGS, WAITING, OUTBOX) for end in _BESIDE]
    aside: list[Path] = []
    with contextlib.suppress(OSError):
        aside = [path for path in folder.iterdir() if ASIDE in path.name]
    return (*fixed, folder / SIGNING, folder / KEY, folder / LOCK, *aside)


def prepare(folder: Path) -> None:
    """Make the folder, for its owner alone; raises Unusable when that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name != "nt" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise Unusable("m.folder", why=error.strerror) from None
    if not folder.is_absolute():
        raise Unusable("m.home")


def private(path: Path) -> None:
    """Have the file exist, for its owner alone."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if os.name != "nt" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def key(folder: Path) -> bytes:
    """The key of the digests, made when there is none; one of another length is none."""
    path = folder / KEY
    with contextlib.suppress(OSError):
        known = path.read_bytes()
        if len(known) == KEY_BYTES:
            private(path)
            return known
    fresh = secrets.token_bytes(KEY_BYTES)
    draft = path.with_name(f"{KEY}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(fresh)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        raise Unusable("m.folder", why=error.strerror) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return fresh


class Lock:
    """Held by the one scan that writes; the system lets go of it when the process ends, however it ends."""

    _held: set[Path] = set()

    def __init__(self, folder: Path) -> None:
        """Raises Unusable when another scan holds it."""
        self._folder = folder
        busy = Unusable("m.busy")
        if folder in self._held:
            raise busy
        try:
            private(folder / LOCK)
            self._descriptor = os.open(folder / LOCK, os.O_RDWR)
        except OSError as error:
            raise Unusable("m.folder", why=error.strerror) from None
        try:
            _take(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise busy from None
        self._held.add(folder)

    def release(self) -> None:
        """Let the next scan write."""
        if self._descriptor >= 0:
            self._held.discard(self._folder)
            os.close(self._descriptor)
            self._descriptor = -1  # the number is another file's from now on


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        # not flock: that one would pass to the workers, and outlive a scan that was killed
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
