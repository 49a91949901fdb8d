"""Windows: which drives there are, what bus they hang on and what serial number their volume bears.

Asked of the system itself, without administrator's rights. On other platforms there are none.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol

from scanner.model import Volume

CLASSES = {"fixed": "fixed", "removable": "removable", "remote": "network", "cdrom": "optical", "ramdisk": "virtual"}
"""From the words of GetDriveTypeW, as psutil gives them, to our classes."""
_EXTERNAL_BUSES = frozenset((4, 7, 12))
"""STORAGE_BUS_TYPE: FireWire, USB, SD card. An external USB disk calls itself fixed."""


class Partition(Protocol):
    """What psutil tells of a drive."""

    @property
    def mountpoint(self) -> str:
        """Where it is mounted."""

    @property
    def fstype(self) -> str:
        """Its file system."""

    @property
    def opts(self) -> str:
        """Words, separated by commas, with its type among them."""


def volume_class(options: str, bus: int | None, label: str) -> str:
    """The class of a drive by psutil's words for it, its bus and its label."""
    if label.lower().startswith("google drive"):
        return "cloud"  # its client shows the cloud as a fixed drive
    named = next((CLASSES[word] for word in options.split(",") if word in CLASSES), "unknown")
    return "removable" if named == "fixed" and bus in _EXTERNAL_BUSES else named


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _QUERY_PROPERTY = 0x002D1400
    _INVALID = ctypes.c_void_p(-1).value

    def volumes(partitions: Iterable[Partition]) -> Iterator[Volume]:
        """The drives, and the volumes mounted in folders."""
        # a drive without a medium must not put up a dialogue
        _kernel.SetErrorMode(1)
        for part in partitions:
            serial, label, filesystem = _information(part.mountpoint)
            yield Volume(
                identity=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}" if serial else f"dev:{part.mountpoint}",
                volume_class=volume_class(part.opts, _bus(part.mountpoint), label),
                mount=part.mountpoint,
                filesystem=filesystem or part.fstype,
                label=label,
            )

    def _information(mount: str) -> tuple[int, str, str]:
        """Serial number, label and file system (GetVolumeInformationW); empty where there is no medium."""
        serial = wintypes.DWORD()
        label, filesystem = ctypes.create_unicode_buffer(261), ctypes.create_unicode_buffer(261)
        root = mount if mount.endswith("\\") else mount + "\\"
        done = _kernel.GetVolumeInformationW(root, label, 261, ctypes.byref(serial), None, None, filesystem, 261)
        return (serial.value, label.value, filesystem.value) if done else (0, "", "")

    def _bus(mount: str) -> int | None:
        """The STORAGE_BUS_TYPE of a drive letter (IOCTL_STORAGE_QUERY_PROPERTY), None where the system does not say."""
        if len(mount) > 3:
            return None
        # no access asked for: enough to query, and open to everybody
        handle = _kernel.CreateFileW(f"\\\\.\\{mount[:2]}", 0, 3, None, 3, 0, None)
        if handle in (None, _INVALID):
            return None
        query, answer, size = (ctypes.c_ulong * 3)(), (ctypes.c_ulong * 256)(), wintypes.DWORD()
        try:
            done = _kernel.DeviceIoControl(
                wintypes.HANDLE(handle), _QUERY_PROPERTY, query, ctypes.sizeof(query),
                answer, ctypes.sizeof(answer), ctypes.byref(size), None,
            )  # fmt: skip
        finally:
            _kernel.CloseHandle(wintypes.HANDLE(handle))
        return int(answer[7]) if done and size.value >= 32 else None

else:

    def volumes(partitions: Iterable[Partition]) -> Iterator[Volume]:
        """Nothing: this is not Windows."""
        return iter(())
