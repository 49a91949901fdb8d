"""Volumes that come and go, noticed at once where the system tells, within a second or two where it must be asked.

Linux wakes whoever waits on the table of mounts; Windows is asked for its drive letters, macOS for /Volumes. What a
volume is, and by what it is known again, is for whoever hands in the list of volumes.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scanner.model import Volume

PULSE = 1.0
"""Seconds between two looks where nobody tells."""
SAFETY = 10.0 if sys.platform == "linux" else 60.0
"""Seconds after which is looked whether or not anything was told."""
_DRIVES = ("removable", "optical")
MOUNTS = "/proc/self/mountinfo"


class Arrived(NamedTuple):
    """A volume was mounted, plugged in or put in."""

    volume: Volume


class Gone(NamedTuple):
    """A volume was unmounted, pulled out or taken out."""

    volume: Volume


Event = Arrived | Gone


class Arrivals:
    """Tells of volumes that come and go after it has been started; `present` are those that are there."""

    def __init__(
        self,
        volumes: Callable[[], Sequence[Volume]],
        tell: Callable[[Event], None],
        *,
        pulse: float = PULSE,
        safety: float = SAFETY,
    ) -> None:
        self._volumes = volumes
        self._tell = tell
        self._pulse = pulse
        self._safety = safety
        self._looking = threading.Lock()
        self.present: Mapping[tuple[str, str], Volume] = {}
        """By identity and mount point."""
        self._stopping = threading.Event()
        self._wake_r, self._wake_w = os.pipe()
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)

    def start(self) -> None:
        """List what is there, which is no arrival, and begin."""
        self.present = self._listed()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        os.write(self._wake_w, b"!")
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def look(self) -> None:
        """Compare what is there now with what was there, and tell of the difference: first what has gone."""
        with self._looking:
            before, now = self.present, self._listed()
            self.present = now
            for key in before.keys() - now.keys():
                self._tell(Gone(before[key]))
            for key in now.keys() - before.keys():
                self._tell(Arrived(now[key]))

    def _listed(self) -> dict[tuple[str, str], Volume]:
        return {(volume.identity, volume.mount): volume for volume in self._volumes() if _is_in(volume)}

    def _run(self) -> None:
        if sys.platform == "linux":
            self._wait_for_mounts()
        else:
            self._ask()

    def _ask(self) -> None:
        """Ask again and again for what is cheap to ask for; list the volumes when it differs, and now and then."""
        before, since = _drives(), 0.0
        while not self._stopping.wait(self._pulse):
            now, since = _drives(), since + self._pulse
            if now != before or since >= self._safety:
                before, since = now, 0.0
                self.look()

    if sys.platform == "linux":

        def _wait_for_mounts(self) -> None:
            """The table of mounts is never readable in poll's sense of news: news come as an exceptional condition."""
            import select

            table = os.open(MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
            try:
                poll = select.poll()
                poll.register(table, select.POLLERR | select.POLLPRI)
                poll.register(self._wake_r, select.POLLIN)
                before = _read(table)
                # anything mounted between the first list and this moment
                self.look()
                while not self._stopping.is_set():
                    news = poll.poll(self._safety * 1000)
                    now = _read(table)
                    if (news or now != before) and not self._stopping.is_set():
                        before = now
                        self.look()
            finally:
                os.close(table)


if sys.platform == "linux":

    def _read(table: int) -> bytes:
        """The whole table; reading it is also what arms the next wake."""
        os.lseek(table, 0, os.SEEK_SET)
        parts = []
        while part := os.read(table, 1 << 16):
            parts.append(part)
        return b"".join(parts)


def _is_in(volume: Volume) -> bool:
    """Whether there is a medium in the drive: on Windows a letter may stay without one."""
    return sys.platform != "win32" or volume.volume_class not in _DRIVES or os.path.isdir(volume.mount)


if sys.platform == "win32":
    import ctypes

    _REMOVABLE = 2

    def _drives() -> object:
        """The drive letters in use, and of drives that keep theirs without a medium what is in them."""
        kernel = ctypes.windll.kernel32
        letters = [chr(65 + bit) + ":\\" for bit in range(26) if kernel.GetLogicalDrives() >> bit & 1]
        # a drive without a medium must not put up a dialogue
        kernel.SetErrorMode(1)
        return [(root, _serial(root)) for root in letters]

    def _serial(root: str) -> int:
        """The serial number of a removable volume, 0 where there is none; diskette drives are left alone."""
        kernel, serial = ctypes.windll.kernel32, ctypes.c_ulong()
        if root < "C" or kernel.GetDriveTypeW(root) != _REMOVABLE or not os.path.isdir(root):
            return 0
        done = kernel.GetVolumeInformationW(root, None, 0, ctypes.byref(serial), None, None, None, 0)
        return serial.value or 1 if done else 0

else:

    def _drives() -> object:
        """What is in /Volumes, where the system mounts media."""
        try:
            return sorted(os.listdir("/Volumes"))  # noqa: PTH208
        except OSError:
            return []
