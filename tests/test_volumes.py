"""What a user would notice about volumes: a stick is a stick, a share a share, and both are known again."""

import os
import sys
from pathlib import Path

import pytest

from scanner.media import volumes as media
from scanner.media.volumes import VolumeTable, linux_volumes, volumes
from scanner.media.windows import volume_class
from scanner.model import VOLUME_CLASSES, Volume

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links as Linux has them")


class Machine:
    """A Linux in a folder: /proc, /sys and /dev as far as volumes are told from them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[str] = []
        (root / "proc/self").mkdir(parents=True)

    def disk(self, number: str, below: str, *, removable: str = "0", kind: str = "", partition: bool = True) -> str:
        """A disk at a place in the device tree; returns the number of what is mounted of it."""
        device = self.root / "sys/devices" / below
        mounted = device / f"{device.name}1" if partition else device
        mounted.mkdir(parents=True)
        (device / "removable").write_text(f"{removable}\n")
        if partition:
            (mounted / "partition").write_text("1\n")
        if kind:
            (device / "device").mkdir()
            (device / "device/type").write_text(f"{kind}\n")
        self._link("sys/dev/block", number, mounted)
        self._link("sys/class/block", mounted.name, mounted)
        return number

    def on(self, number: str, name: str, below: str) -> str:
        """A mapped device (LUKS, LVM) that lies on another."""
        device = self.root / "sys/devices/virtual/block" / name
        (device / "slaves").mkdir(parents=True)
        (device / "slaves" / below).symlink_to((self.root / "sys/class/block" / below).resolve())
        self._link("sys/dev/block", number, device)
        return number

    def named(self, folder: str, name: str, device: str) -> None:
        (self.root / "dev").mkdir(exist_ok=True)
        (self.root / "dev" / device).touch()
        self._link(f"dev/disk/{folder}", name, self.root / "dev" / device)

    def mount(self, number: str, point: str, filesystem: str, source: str = "none") -> None:
        self.lines.append(f"36 35 {number} / {point} rw,noatime master:1 - {filesystem} {source} rw,errors=continue")

    def volumes(self) -> dict[str, Volume]:
        (self.root / "proc/self/mountinfo").write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return {volume.mount: volume for volume in linux_volumes(self.root)}

    def _link(self, folder: str, name: str, target: Path) -> None:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / folder / name).symlink_to(os.path.relpath(target, self.root / folder))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


USB = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block"


# --- Linux ------------------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("below", "facts", "expected"),
    [
        ("pci0000:00/0000:00:1f.2/ata1/block/sda", {}, "fixed"),
        (f"{USB}/sdb", {"removable": "1"}, "removable"),
        (f"{USB}/sdc", {"removable": "0"}, "removable"),
        ("pci0000:00/0000:00:1f.2/ata2/block/sdd", {"removable": "1"}, "removable"),
        ("platform/mmc0/mmc0:0001/block/mmcblk0", {"kind": "SD"}, "removable"),
        ("platform/mmc1/mmc1:0001/block/mmcblk1", {"kind": "MMC"}, "fixed"),
        ("pci0000:00/nvme/nvme0/nvme0n1", {}, "fixed"),
    ],
)
def test_sticks_cards_and_usb_disks_are_removable_and_built_in_disks_are_not(machine, below, facts, expected):
    machine.mount(machine.disk("8:17", below, **facts), "/mnt", "ext4", "/dev/x1")
    assert machine.volumes()["/mnt"].volume_class == expected


@posix
def test_an_encrypted_stick_is_still_a_stick(machine):
    machine.disk("8:17", f"{USB}/sdb", removable="0")
    machine.mount(machine.on("253:0", "dm-0", "sdb1"), "/media/secret", "ext4", "/dev/mapper/luks")
    machine.disk("8:1", "pci0000:00/ata1/block/sda")
    machine.mount(machine.on("253:1", "dm-1", "sda1"), "/", "ext4", "/dev/mapper/root")
    found = machine.volumes()
    assert found["/media/secret"].volume_class == "removable"
    assert found["/"].volume_class == "fixed"


@posix
@pytest.mark.parametrize("filesystem", ["fuseblk", "btrfs", "fuse"])
def test_a_stick_under_a_file_system_with_made_up_device_numbers_is_found_by_its_source(machine, filesystem):
    machine.disk("8:17", f"{USB}/sdb", removable="1")
    machine.mount("0:77", "/media/stick", filesystem, "/dev/sdb1")
    assert machine.volumes()["/media/stick"].volume_class == "removable"


@posix
@pytest.mark.parametrize(
    ("point", "filesystem", "source", "expected"),
    [
        ("/mnt/share", "cifs", "//server/share", "network"),
        ("/home", "nfs4", "server:/home", "network"),
        ("/mnt/ssh", "fuse.sshfs", "sato@server:", "network"),
        ("/mnt/drive", "fuse.rclone", "gdrive:", "cloud"),
        ("/dev/shm", "tmpfs", "tmpfs", "virtual"),
        ("/proc", "proc", "proc", "virtual"),
        ("/", "overlay", "overlay", "fixed"),
        ("/", "btrfs", "/dev/gone", "fixed"),
        ("/", "tmpfs", "tmpfs", "fixed"),
        ("/var/lib/docker/x", "overlay", "overlay", "virtual"),
        ("/tank", "zfs", "tank", "fixed"),
        ("/mnt/odd", "fuse.something", "something", "unknown"),
        ("/mnt/cd", "iso9660", "/dev/loop3", "optical"),
    ],
)
def test_file_systems_without_a_disk_are_classed_by_their_type(machine, point, filesystem, source, expected):
    machine.mount("0:42", point, filesystem, source)
    assert machine.volumes()[point].volume_class == expected


@posix
def test_a_disc_in_a_usb_drive_is_optical_and_a_stick_written_like_a_disc_is_removable(machine):
    machine.mount(machine.disk("11:0", f"{USB}/sr0", removable="1", partition=False), "/media/cd", "udf", "/dev/sr0")
    machine.mount(
        machine.disk("8:16", f"{USB}/sdb", removable="1", partition=False), "/media/iso", "iso9660", "/dev/sdb"
    )
    found = machine.volumes()
    assert found["/media/cd"].volume_class == "optical"
    assert found["/media/iso"].volume_class == "removable"


@posix
def test_a_medium_is_known_again_under_another_mount_point_and_device_name(machine, tmp_path_factory):
    def stick(at: Machine, number: str, name: str, point: str) -> Volume:
        at.named("by-uuid", "4A21-0B1C", f"{name}1")
        at.named("by-label", r"\xe5\x90\x8d\xe7\xb0\xbf\x20A", f"{name}1")
        at.mount(at.disk(number, f"{USB}/{name}", removable="1"), point, "vfat", f"/dev/{name}1")
        return at.volumes()[point]

    first = stick(machine, "8:17", "sdb", "/media/a")
    again = stick(Machine(tmp_path_factory.mktemp("later")), "8:33", "sdc", "/media/b")
    assert first.identity == again.identity == "4A21-0B1C"
    assert first.label == "名簿 A"


@posix
def test_a_share_is_known_by_its_server_and_what_has_no_name_by_its_device_number(machine):
    machine.mount("0:51", "/mnt/share", "cifs", "//server/share")
    machine.mount("0:52", "/tmp", "tmpfs", "tmpfs")
    found = machine.volumes()
    assert found["/mnt/share"].identity == "cifs://server/share"
    assert found["/tmp"].identity == "dev:0:52"


@posix
def test_mount_points_with_spaces_and_japanese_names_are_understood(machine):
    machine.mount("0:51", r"/media/佐藤\040USB", "tmpfs")
    assert "/media/佐藤 USB" in machine.volumes()


@posix
def test_the_later_of_two_mounts_on_one_point_counts(machine):
    machine.mount("0:51", "/mnt", "tmpfs")
    machine.mount("0:52", "/mnt", "nfs", "server:/x")
    assert machine.volumes()["/mnt"].volume_class == "network"


@posix
def test_a_system_without_proc_or_with_odd_lines_is_no_failure(machine):
    machine.lines = ["", "nonsense", "36 35 0:1 / /ok rw - tmpfs tmpfs rw"]
    assert list(machine.volumes()) == ["/ok"]
    assert list(linux_volumes(machine.root / "nowhere")) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux")
def test_a_cloud_mounted_on_linux_is_recognised_by_its_device_number(monkeypatch):
    mounts = [media._Mount((0, 51), "/a", "fuse.rclone", "gdrive:"), media._Mount((0, 52), "/b", "tmpfs", "tmpfs")]
    monkeypatch.setattr(media, "_mounts", lambda root: iter(mounts))
    assert media.cloud_devices() == {os.makedev(0, 51)}


# --- paths ------------------------------------------------------------------------------------------------------------


def volume(mount: str, volume_class: str = "fixed", identity: str = "") -> Volume:
    return Volume(identity=identity or mount, volume_class=volume_class, mount=mount)


LINUX = VolumeTable(
    [volume("/"), volume("/mnt/usb", "removable"), volume("/mnt/usb/deeper", "network"), volume("/home", "fixed")],
    home="/home/sato",
    windows=False,
)
DRIVES = VolumeTable(
    [volume("C:\\"), volume("E:\\", "removable"), volume("C:\\mnt\\share\\", "network")],
    home="C:\\Users\\sato",
    windows=True,
)


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("/etc/passwd", "/"),
        ("/", "/"),
        ("/mnt/usb", "/mnt/usb"),
        ("/mnt/usb/名簿.xlsx", "/mnt/usb"),
        ("/mnt/usbstick/a", "/"),
        ("/mnt/usb/deeper/a/b/c", "/mnt/usb/deeper"),
        ("/mnt/usb/deep", "/mnt/usb"),
    ],
)
def test_the_deepest_mount_point_decides(path, mount):
    assert [LINUX.of(path).mount for _ in range(2)] == [mount, mount]


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("C:\\x\\y.txt", "C:\\"),
        ("c:\\X", "C:\\"),
        ("E:\\", "E:\\"),
        ("e:/名簿.csv", "E:\\"),
        ("\\\\?\\E:\\x", "E:\\"),
        ("C:\\MNT\\Share\\x", "C:\\mnt\\share\\"),
    ],
)
def test_drives_are_found_whatever_the_case(path, mount):
    assert DRIVES.of(path).mount == mount


def test_a_share_without_a_drive_letter_is_network_and_an_unknown_drive_unknown():
    share = DRIVES.of("\\\\Server\\Share\\x\\y.txt")
    assert (share.volume_class, share.identity) == ("network", "//server/share")
    assert DRIVES.of("\\\\server\\share\\z").identity == share.identity
    assert DRIVES.of("Q:\\x").volume_class == "unknown"


@pytest.mark.parametrize(
    ("table", "path", "root"),
    [
        (LINUX, "/home/sato/Dropbox/a/b.txt", "/home/sato/Dropbox"),
        (LINUX, "/home/sato/Dropbox", "/home/sato/Dropbox"),
        (LINUX, "/home/suzuki/OneDrive - 市役所/x", "/home/suzuki/OneDrive - 市役所"),
        (LINUX, "/Users/sato/Library/CloudStorage/Box-Box/x", "/Users/sato/Library/CloudStorage/Box-Box"),
        (LINUX, "/Users/sato/Library/Mobile Documents/x", "/Users/sato/Library/Mobile Documents"),
        (DRIVES, "C:\\Users\\sato\\OneDrive\\名簿.xlsx", "C:\\Users\\sato\\OneDrive"),
        (DRIVES, "c:\\users\\SATO\\onedrive - 市役所\\a\\b", "c:\\users\\SATO\\onedrive - 市役所"),
        (DRIVES, "C:\\Users\\other\\Google Drive\\x", "C:\\Users\\other\\Google Drive"),
    ],
)
def test_synced_folders_are_a_cloud_of_their_own(table, path, root):
    found = table.of(path)
    assert (found.volume_class, found.mount, found.identity.partition(":")[0]) == ("cloud", root, "cloud")


@pytest.mark.parametrize(
    "path",
    ["/home/sato/Dropbox.txt", "/home/sato/x/Dropbox/a", "/home/sato/Boxes/a", "/srv/OneDrive/a", "/home/Dropbox"],
)
def test_what_is_only_named_like_a_synced_folder_is_not_one(path):
    assert LINUX.of(path).volume_class == "fixed"


def test_a_medium_mounted_inside_a_synced_folder_is_still_a_medium():
    table = VolumeTable([volume("/"), volume("/home/a/Box/usb", "removable")], home="/home/a", windows=False)
    assert table.of("/home/a/Box/usb/x").volume_class == "removable"
    assert table.of("/home/a/Box/x").volume_class == "cloud"


def test_the_place_onedrive_itself_names_is_a_cloud(monkeypatch):
    monkeypatch.setenv("OneDriveCommercial", "D:\\共有\\OneDrive - 市")
    table = VolumeTable([volume("D:\\")], home="C:\\Users\\sato", windows=True)
    assert table.of("d:\\共有\\onedrive - 市\\x").volume_class == "cloud"
    assert table.of("D:\\共有\\x").volume_class == "fixed"


def test_a_table_that_has_seen_very_many_folders_still_answers(monkeypatch):
    monkeypatch.setattr(media, "_CACHED", 10)
    table = VolumeTable([volume("/"), volume("/mnt", "removable")], home="/home/a", windows=False)
    assert {table.of(f"/mnt/{number}/x").mount for number in range(50)} == {"/mnt"}
    assert table.of("/x/y").mount == "/"


# --- Windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "bus", "label", "expected"),
    [
        ("rw,fixed", 11, "", "fixed"),
        ("rw,fixed", None, "", "fixed"),
        ("rw,fixed", 7, "BACKUP", "removable"),
        ("rw,removable", 7, "", "removable"),
        ("rw,removable", None, "", "removable"),
        ("rw,remote", None, "", "network"),
        ("cdrom", None, "", "optical"),
        ("ro,cdrom", 7, "", "optical"),
        ("rw,ramdisk", None, "", "virtual"),
        ("unmounted,unknown", None, "", "unknown"),
        ("", None, "", "unknown"),
        ("rw,fixed", None, "Google Drive", "cloud"),
    ],
)
def test_a_windows_drive_is_classed_by_type_bus_and_label(options, bus, label, expected):
    assert volume_class(options, bus, label) == expected


def test_this_machine_has_a_volume_for_the_folder_it_runs_in(tmp_path):
    found = VolumeTable().of(str(tmp_path))
    assert found.identity
    assert found.volume_class in VOLUME_CLASSES


def test_volumes_of_this_machine_are_listed_once_with_class_and_identity():
    found = volumes()
    assert found
    assert len({one.mount for one in found}) == len(found)
    assert all(one.identity and one.volume_class in VOLUME_CLASSES for one in found)


@pytest.mark.parametrize(
    ("filesystem", "mount", "expected"),
    [
        ("apfs", "/", "fixed"),
        ("apfs", "/System/Volumes/Data", "fixed"),
        ("exfat", "/Volumes/USB", "removable"),
        ("smbfs", "/Volumes/share", "network"),
        ("cd9660", "/Volumes/CD", "optical"),
        ("devfs", "/dev", "virtual"),
    ],
)
def test_a_macos_volume_is_classed_by_type_and_mount_point(filesystem, mount, expected):
    assert media._bsd_class(filesystem, mount) == expected
