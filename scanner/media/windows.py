"""Windows: which drives there are, what bus they hang on and what serial number their volume bears.

Asked of the system itself, without administrator's rights. On other platforms there are none.
"""

import sys
import uuid
from collections.abc import Iterable, Iterator
from typing import Protocol

from scanner.model import Volume

CLASSES = {"fixed": "fixed", "removable": "removable", "remote": "network", "cdrom": "optical", "ramdisk": "virtual"}
"""From the words of GetDriveTypeW, as psutil gives them, to our classes."""
_EXTERNAL_BUSES = frozenset((4, 7, 12))
"""STORAGE_BUS_TYPE: FireWire, USB, SD card. An external USB disk calls itself fixed."""


_PROTECTION = {1: True, 2: False, 3: False, 4: False, 5: False, 6: True}
"""System.Volume.BitLockerProtection: on, off, being encrypted, being decrypted, suspended, on and locked."""


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


def encrypted(protection: int | None) -> bool | None:
    """Whether BitLocker keeps a drive from whoever finds it; not while it is suspended, when the key lies beside it."""
    return None if protection is None else _PROTECTION.get(protection)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _QUERY_PROPERTY = 0x002D1400
    _INVALID = ctypes.c_void_p(-1).value
    _SHELL_ITEM = uuid.UUID("7e9fb0d3-919f-4307-ab2e-9b1860310c93").bytes_le
    """IShellItem2; its methods are numbered from those of IUnknown on."""
    _RELEASE, _GET_INT32 = 2, 15

    def volumes(partitions: Iterable[Partition]) -> Iterator[Volume]:
        """The drives, and the volumes mounted in folders."""
        # a drive without a medium must not put up a dialogue
        _kernel.SetErrorMode(1)
        for part in partitions:
            serial, label, filesystem = _information(part.mountpoint)
            named = volume_class(part.opts, _bus(part.mountpoint), label)
            # a share that does not answer must not be asked more than once
            protection = _protection(part.mountpoint) if serial and named in ("fixed", "removable") else None
            yield Volume(
                identity=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}" if serial else f"dev:{part.mountpoint}",
                volume_class=named,
                mount=part.mountpoint,
                filesystem=filesystem or part.fstype,
                label=label,
                encrypted=encrypted(protection),
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

    def _protection(mount: str) -> int | None:
        """What the shell shows of BitLocker, which takes no administrator's rights; None where it shows nothing."""
        if len(mount) > 3:
            return None
        ole, shell, properties = ctypes.WinDLL("ole32"), ctypes.WinDLL("shell32"), ctypes.WinDLL("propsys")
        key, item, value = (ctypes.c_byte * 20)(), ctypes.c_void_p(), ctypes.c_int(0)
        begun = ole.CoInitializeEx(None, 2)
        try:
            if properties.PSGetPropertyKeyFromName("System.Volume.BitLockerProtection", ctypes.byref(key)):
                return None
            interface = (ctypes.c_byte * 16).from_buffer_copy(_SHELL_ITEM)
            if shell.SHCreateItemFromParsingName(mount, None, ctypes.byref(interface), ctypes.byref(item)) or not item:
                return None
            methods = ctypes.cast(item, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
            get = ctypes.WINFUNCTYPE(ctypes.c_long, *[ctypes.c_void_p] * 3)(methods[_GET_INT32] or 0)
            release = ctypes.WINFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)(methods[_RELEASE] or 0)
            answered = get(item, ctypes.addressof(key), ctypes.addressof(value))
            release(item)
            return value.value if answered == 0 else None
        finally:
            if begun in (0, 1):
                ole.CoUninitialize()

else:

    def volumes(partitions: Iterable[Partition]) -> Iterator[Volume]:
        """Nothing: this is not Windows."""
        return iter(())
