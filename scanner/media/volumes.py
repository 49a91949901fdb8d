"""The disks, media and shares of this machine, each with its class and an identity that survives remounting.

What a volume is decides which clauses of a policy apply to what lies on it. A synced cloud folder counts as a volume of
its own, since what lies in it leaves the machine. On macOS the class is taken from the mount point only.
"""

import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil

from scanner.media import windows
from scanner.model import Volume
from scanner.places import WINDOWS, comparable

_NETWORK = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "ceph", "glusterfs", "lustre", "afs",
    "ncpfs", "virtiofs", "fuse.sshfs", "fuse.glusterfs", "fuse.davfs2", "fuse.curlftpfs", "fuse.s3fs",
    "fuse.smbnetfs", "fuse.gvfsd-fuse", "fuse.cephfs",
))  # fmt: skip
_CLOUD = frozenset((
    "fuse.rclone", "fuse.onedriver", "fuse.onedrive", "fuse.google-drive-ocamlfuse", "fuse.gdfs", "fuse.gcsfuse",
    "fuse.pcloud", "fuse.dropbox", "fuse.insync",
))  # fmt: skip
_OPTICAL = frozenset(("iso9660", "udf", "cd9660"))
_VIRTUAL = frozenset((
    "tmpfs", "ramfs", "devtmpfs", "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "hugetlbfs", "debugfs",
    "tracefs", "securityfs", "pstore", "bpf", "configfs", "fusectl", "binfmt_misc", "autofs", "efivarfs",
    "rpc_pipefs", "nsfs", "selinuxfs", "squashfs", "erofs", "overlay", "aufs", "fuse.portal", "fuse.lxcfs",
    "fuse.snapfuse", "devfs", "synthfs", "nullfs",
))  # fmt: skip
_LOCAL = frozenset((
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "vfat", "exfat", "ntfs", "ntfs3",
    "fuseblk", "apfs", "hfs",
))  # fmt: skip

_CLOUD_FOLDER = (
    r"OneDrive(?: - [^/]+)?|Dropbox(?: \([^/]+\))?|Google ?Drive|My Drive|マイドライブ|iCloud ?Drive|Box(?: Sync)?|"
    r"MEGA|pCloudDrive|Nextcloud|ownCloud|Library/Mobile Documents|Library/CloudStorage/[^/]+"
)
_CACHED = 50_000
_ROOT = "NOKOSANAI_SYSTEM"
"""Names the folder below which /proc, /sys and /dev of Linux are looked for: for tests, whose disks are images."""


def volumes() -> list[Volume]:
    """What is mounted now, by mount point, and the synced cloud folders of the current user."""
    if sys.platform.startswith("linux"):
        mounted = list(linux_volumes(Path(os.environ.get(_ROOT, "/"))))
    elif sys.platform == "win32":
        mounted = list(windows.volumes(psutil.disk_partitions(all=True)))
    else:
        mounted = list(_bsd_volumes())
    table = VolumeTable(mounted)
    clouds = [table.of(folder) for folder in _synced_folders()]
    return sorted(mounted, key=lambda volume: volume.mount) + [
        cloud for cloud in clouds if cloud.volume_class == "cloud"
    ]


class VolumeTable:
    """Which volume a path lies on: a picture of the moment, made anew when a medium comes or goes."""

    def __init__(
        self, mounted: Sequence[Volume] | None = None, *, home: str | None = None, windows: bool = WINDOWS
    ) -> None:
        self._windows = windows
        self._mounts = {
            comparable(self._slashed(volume.mount), windows=windows): volume
            for volume in (volumes() if mounted is None else mounted)
        }
        self._cloud = _cloud_pattern(home or os.path.expanduser("~"), windows)
        self._known: dict[str, Volume] = {}
        self._synced: dict[str, Volume] = {}

    @property
    def all(self) -> Collection[Volume]:
        """What was mounted at that moment."""
        return self._mounts.values()

    def of(self, path: str) -> Volume:
        """The volume of an absolute path, which need not exist: the one mounted deepest above it."""
        slashed = self._slashed(path)
        base = self._base(comparable(slashed, windows=self._windows))
        cloud = self._cloud.match(slashed)
        if cloud is None or len(base.mount) > cloud.end():
            return base
        root = cloud.group()
        if root not in self._synced:
            mount = root.replace("/", "\\") if self._windows else root
            label = root.rpartition("/")[2]
            # what the disk does to protect it, the cloud need not do
            self._synced[root] = replace(
                base, identity=f"cloud:{root}", volume_class="cloud", mount=mount, label=label, encrypted=None
            )
        return self._synced[root]

    def _base(self, spelled: str) -> Volume:
        if spelled in self._mounts:
            return self._mounts[spelled]
        folder = spelled.rpartition("/")[0]
        if folder not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[folder] = self._mounted(folder) or _unlisted(spelled)
        return self._known[folder]

    def _mounted(self, above: str) -> Volume | None:
        while above and above not in self._mounts:
            above = above.rpartition("/")[0]
        return self._mounts.get(above)

    def _slashed(self, path: str) -> str:
        slashed = path.replace("\\", "/") if self._windows else path
        return slashed.removeprefix("//?/").rstrip("/")


def _unlisted(spelled: str) -> Volume:
    """A path under no mount point: a share by its full name, or nothing that is known."""
    if spelled.startswith("//"):
        share = "/".join(spelled.split("/")[:4])
        return Volume(identity=share, volume_class="network", mount=share.replace("/", "\\"))
    return Volume(identity="unknown", volume_class="unknown", mount="")


def cloud_devices() -> frozenset[int]:
    """Device numbers of mounted file systems that fetch a file's content from a cloud when it is read (Linux)."""
    if not sys.platform.startswith("linux"):
        return frozenset()
    return frozenset(os.makedev(*mount.device) for mount in _mounts(Path("/")) if mount.filesystem in _CLOUD)


# --- synced folders ---------------------------------------------------------------------------------------------------


def _cloud_pattern(home: str, windows: bool) -> "re.Pattern[str]":
    """Fits the beginning of a comparable path that is a synced folder, in this home folder or in one beside it."""
    here = comparable(home, windows=windows)
    beside = {here.rpartition("/")[0], "/home", "/Users", "C:/Users"} - {""}
    homes = [re.escape(here), *(f"{re.escape(comparable(folder, windows=windows))}/[^/]+" for folder in sorted(beside))]
    named = [os.environ.get(name, "") for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")]
    exact = "".join(f"|{re.escape(comparable(folder, windows=windows).rstrip('/'))}" for folder in named if folder)
    return re.compile(f"(?:(?:{'|'.join(homes)})/(?:{_CLOUD_FOLDER}){exact})(?=/|$)", re.IGNORECASE if windows else 0)


def _synced_folders() -> Iterator[str]:
    home = Path.home()
    for folder in (home, home / "Library/CloudStorage", home / "Library"):
        try:
            yield from sorted(str(entry) for entry in folder.iterdir() if re.fullmatch(r"[^.].*", entry.name))
        except OSError:
            continue


# --- Linux ------------------------------------------------------------------------------------------------------------


class _Mount(NamedTuple):
    """One line of /proc/self/mountinfo (proc(5)): device as (major, minor)."""

    device: tuple[int, int]
    point: str
    filesystem: str
    source: str


def linux_volumes(root: Path) -> Iterator[Volume]:
    """The volumes of a Linux whose /proc, /sys and /dev lie under `root`."""
    uuids, labels = _names_of_devices(root, "by-uuid"), _names_of_devices(root, "by-label")
    # of two file systems on one mount point the later one covers the earlier
    for mount in {mount.point: mount for mount in _mounts(root)}.values():
        device = _block_device(root, mount)
        name = device.name if device else ""
        yield Volume(
            identity=uuids.get(name) or _identity(mount),
            volume_class=_linux_class(mount, device),
            mount=mount.point,
            filesystem=mount.filesystem,
            label=labels.get(name, ""),
            encrypted=_is_encrypted(device) if device else None,
        )


def _mounts(root: Path) -> Iterator[_Mount]:
    try:
        lines = (root / "proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        before, _, after = os.fsdecode(line).partition(" - ")
        fields, types = before.split(" "), after.split(" ")
        if len(fields) >= 5 and len(types) >= 2:
            major, _, minor = fields[2].partition(":")
            yield _Mount((int(major), int(minor)), _unescaped(fields[4]), types[0], _unescaped(types[1]))


def _unescaped(text: str) -> str:
    """Undo the octal escapes of mountinfo; the bytes of one character are escaped together or not at all."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _identity(mount: _Mount) -> str:
    if mount.filesystem in _NETWORK | _CLOUD:
        return f"{mount.filesystem}:{mount.source}"
    return f"dev:{mount.device[0]}:{mount.device[1]}"


def _block_device(root: Path, mount: _Mount) -> Path | None:
    """The folder of the mounted block device in /sys, its links resolved; None for what has none."""
    numbered = root / "sys/dev/block" / f"{mount.device[0]}:{mount.device[1]}"
    # btrfs and FUSE show a made-up number, and the device as their source
    named = root / "sys/class/block" / (root / mount.source.lstrip("/")).resolve().name
    for link in (numbered, named) if mount.source.startswith("/dev/") else (numbered,):
        if link.exists():
            return link.resolve()
    return None


def _linux_class(mount: _Mount, device: Path | None) -> str:
    for name, types in (("network", _NETWORK), ("cloud", _CLOUD)):
        if mount.filesystem in types:
            return name
    if mount.filesystem in _OPTICAL or (device and re.match(r"sr\d", device.name)):
        return "removable" if device and not device.name.startswith("sr") and _is_removable(device) else "optical"
    if device and mount.filesystem not in _VIRTUAL:
        return "removable" if _is_removable(device) else "fixed"
    # the root of a container is an overlay, that of a live system a memory disk: it is this machine's own all the same
    if mount.point == "/" or mount.filesystem in _LOCAL:
        return "fixed"
    return "virtual" if mount.filesystem in _VIRTUAL else "unknown"


def _is_removable(device: Path) -> bool:
    """USB (whose disks say removable=0), a removable drive, an SD card; for LUKS and LVM what they lie on."""
    disk = device.parent if (device / "partition").exists() else device
    if re.search(r"/usb\d", str(device)) or _read(disk / "removable") == "1":
        return True
    if disk.name.startswith("mmcblk") and _read(disk / "device/type") != "MMC":  # MMC: soldered in
        return True
    return any(_is_removable(slave) for slave in _below(device))


def _is_encrypted(device: Path) -> bool:
    """dm-crypt (LUKS, BitLocker, VeraCrypt by cryptsetup), or LVM and RAID of which every part lies on it."""
    if _read(device / "dm/uuid").startswith("CRYPT-"):
        return True
    below = _below(device)
    return bool(below) and all(_is_encrypted(slave) for slave in below)


def _below(device: Path) -> list[Path]:
    """What a mapped device lies on."""
    try:
        return [slave.resolve() for slave in (device / "slaves").iterdir()]
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _names_of_devices(root: Path, folder: str) -> Mapping[str, str]:
    """From a device's name to its UUID or label, as udev links them."""
    try:
        links = sorted((root / "dev/disk" / folder).iterdir())
    except OSError:
        return {}
    return {link.readlink().name: _unhexed(link.name) for link in links}


def _unhexed(name: str) -> str:
    r"""Undo udev's ``\x20``."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), os.fsencode(name))
    return raw.decode("utf-8", "replace")


# --- macOS and the rest -----------------------------------------------------------------------------------------------


def _bsd_volumes() -> Iterator[Volume]:
    for part in psutil.disk_partitions(all=True):
        name = part.mountpoint.rpartition("/")[2]
        try:
            size = psutil.disk_usage(part.mountpoint).total
        except OSError:
            size = 0
        yield Volume(
            identity=f"{part.fstype}:{name or '/'}:{size}",
            volume_class=_bsd_class(part.fstype, part.mountpoint),
            mount=part.mountpoint,
            filesystem=part.fstype,
            label=name,
        )


def _bsd_class(filesystem: str, mount: str) -> str:
    for name, types in (("network", _NETWORK), ("optical", _OPTICAL), ("virtual", _VIRTUAL)):
        if filesystem in types:
            return name
    # disks and images that were attached appear there; the disk of the system itself does not
    return "removable" if mount.startswith("/Volumes/") else "fixed"
