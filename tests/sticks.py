"""Sticks as Linux has them for tests: images of file systems that are plugged in and pulled out."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl")
PATIENCE = 60.0
KINDS = {"ext4": ["mkfs.ext4", "-q", "-F"], "fat": ["mkfs.vfat"]}


class Stick:
    """An image of a file system; whoever wants to mount it waits until it is there."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind, self.image, self.mount = kind, folder / f"{kind}.img", folder / "media" / kind
        self.mount.mkdir(parents=True)
        with self.image.open("wb") as image:
            image.truncate(48 << 20)
        said([*KINDS[kind], str(self.image)])

    def plug(self) -> None:
        if self.kind == "fat":
            said(["fusefat", "-o", "rw+", str(self.image), str(self.mount)])
        else:
            said(["mount", "-o", "loop", str(self.image), str(self.mount)])
        end = time.monotonic() + 10
        while not os.path.ismount(self.mount):
            assert time.monotonic() < end
            time.sleep(0.01)

    def pull(self) -> bool:
        """What a user does; False: the medium is in use."""
        return subprocess.run(["umount", self.mount], capture_output=True, check=False).returncode == 0

    def wanted(self) -> float:
        """What a user does who wants it back, until it works: the seconds."""
        began = time.monotonic()
        while not self.pull():
            assert time.monotonic() - began < PATIENCE, "the stick is never let go"
            time.sleep(0.05)
        return time.monotonic() - began


def said(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"this machine cannot {command[0]}: {ran.stderr.strip()[-120:]}")


@contextmanager
def sticks(folder: Path, *kinds: str) -> Iterator[list[Stick]]:
    """Sticks of a machine that no other test plugs one into meanwhile: every watcher sees all that is mounted."""
    if os.geteuid():
        pytest.skip("only root may mount")
    with open(Path(tempfile.gettempdir()) / "nokosanai-sticks.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = [Stick(folder, kind) for kind in kinds]
        try:
            yield made
        finally:
            for one in made:
                subprocess.run(["umount", "-l", one.mount], capture_output=True, check=False)
