"""The service under a real systemd, booted in a container (systemd-nspawn): needs root, and about 15 s."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
BASE = "/opt/python"
"""Where the interpreter lies in the container: at home it may lie where only root may go."""
BOOTED = """[Unit]
Requires=basic.target
[Service]
Type=oneshot
ExecStart={python} {driver} driver /result/seen.json
ExecStopPost=/bin/systemctl --no-block poweroff
TimeoutStartSec=90
StandardOutput=file:/result/log
StandardError=file:/result/log
"""


def _reason() -> str:
    if os.name == "nt" or os.geteuid() != 0:
        return "booting a systemd needs root"
    if shutil.which("systemd-nspawn") is None:
        return "no systemd-nspawn (Debian: systemd-container)"
    return ""


pytestmark = [pytest.mark.posix, pytest.mark.skipif(bool(_reason()), reason=_reason() or "-")]


def mounted(stack: ExitStack, place: Path, *arguments: str) -> None:
    done = subprocess.run(["mount", *arguments, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    stack.callback(subprocess.run, ["umount", "--lazy", str(place)], check=False)


def installed(place: Path) -> None:
    """An environment in which this checkout is installed, with the packages of the present one, for all users."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = place / "lib" / version / "site-packages"
    folder.mkdir(parents=True)
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(f"{BASE}/bin/{version}")
    (place / "pyvenv.cfg").write_text(f"home = {BASE}/bin\n")
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("-packages"))]
    (folder / "checkout.pth").write_text("\n".join(paths) + "\n")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the driver saw inside."""
    place = tmp_path_factory.mktemp("container")
    with ExitStack() as stack:
        mounted(stack, place, "-t", "tmpfs", "tmpfs")
        for name in ("upper", "work", "root", "result"):
            (place / name).mkdir()
        layers = f"lowerdir=/,upperdir={place / 'upper'},workdir={place / 'work'}"
        root = place / "root"
        mounted(stack, root, "-t", "overlay", "overlay", "-o", layers)
        unit = root / "etc/systemd/system/driver.service"
        unit.write_text(BOOTED.format(python="/opt/nokosanai/bin/python", driver=ROOT / "tests" / "nspawn_driver.py"))
        installed(root / "opt" / "nokosanai")
        binds = [f"--bind-ro={path}" for path in (str(ROOT), sys.prefix, f"{sys.base_prefix}:{BASE}")]
        command = [
            "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--machine=nokosanai",
            "--system-call-filter=fanotify_init fanotify_mark open_by_handle_at", "--console=pipe",
            f"--directory={root}", f"--bind={place / 'result'}:/result", *binds,
            "--boot", "--", "systemd.unit=driver.service",
        ]  # fmt: skip
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            errors="replace",
        )
        result = place / "result" / "seen.json"
        if not result.exists():
            log = place / "result" / "log"
            if log.exists():
                pytest.fail(log.read_text("utf-8", "replace")[-3000:])
            pytest.skip(f"no systemd boots in a container here: {(done.stdout + done.stderr).strip()[-300:]}")
        yield json.loads(result.read_text("utf-8"))


def test_one_command_installs_and_starts_it(seen: dict[str, Any]) -> None:
    assert seen["install"] == [0, "The watcher of nokosanai has been started\n"]
    assert seen["first"]["ActiveState"] == "active"
    assert seen["first"]["StatusText"] == "first life"


def test_a_watcher_that_hangs_is_started_again(seen: dict[str, Any]) -> None:
    assert "Watchdog timeout" in seen["journal"]
    assert seen["second"]["NRestarts"] == "1"
    assert (seen["second"]["ActiveState"], seen["second"]["StatusText"]) == ("active", "second life")


def test_status_says_that_it_runs_and_what_it_said_last(seen: dict[str, Any]) -> None:
    code, said = seen["status"]
    assert code == 0
    assert "running  since " in said
    assert "restarted 1 time" in said
    assert "second life" in said
    assert "journalctl --unit nokosanai" in said


def test_it_takes_up_changed_settings_without_an_end(seen: dict[str, Any]) -> None:
    assert seen["reload"] == ""
    assert seen["reloaded"]["StatusText"] == "reloaded"
    assert seen["reloaded"]["MainPID"] == seen["second"]["MainPID"]


def test_it_stops_cleanly_and_at_once(seen: dict[str, Any]) -> None:
    assert seen["stop"] == ""
    assert seen["seconds"] < 5
    assert (seen["stopped"]["ActiveState"], seen["stopped"]["Result"]) == ("inactive", "success")
    assert seen["lives"][-1] == {"stopped": True}
    assert seen["status_stopped"][0] == 1


def test_it_reads_everything_writes_nothing_and_has_no_network(seen: dict[str, Any]) -> None:
    for life in (seen["lives"][0], seen["lives"][2]):
        assert life["uid"] != 0
        assert life["shadow"]
        assert not life["usr"]
        assert not life["home"]
        assert not life["internet"]
        assert life["fanotify"] == 0
        assert (life["nice"], life["every"]) == (19, 1.0)


def test_a_scan_within_the_bounds_of_the_unit_finds_what_lies_in_another_ones_home(seen: dict[str, Any]) -> None:
    assert seen["lives"][1] == {"found": [2], "problems": [], "cached": True}


def test_a_medium_that_is_plugged_in_is_seen_and_one_that_is_ejected_is_let_go(seen: dict[str, Any]) -> None:
    assert seen["stick"] == [True, False]


def test_one_command_removes_it(seen: dict[str, Any]) -> None:
    assert seen["uninstall"][0] == 0
    assert not seen["left"]
    assert seen["status_gone"] == [1, "not installed\n"]
