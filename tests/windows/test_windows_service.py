"""The Windows service in a real service manager (that of Wine, where this is run): put in place, started, removed."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.service.status import status
from scanner.service.steps import carry_out, install, uninstall
from scanner.service.unit import NAME, unit
from scanner.settings import Settings

pytestmark = pytest.mark.windows

STAND_IN = """
import pathlib, sys
sys.path.insert(0, {root!r})
from scanner.service.windows import Orders, host

def watch(orders: Orders) -> int:
    with open({log!r}, "a", buffering=1) as log:
        print(sys.argv[1:], file=log)
        orders.ready()
        while not orders.stop.wait(0.1):
            if orders.reload.is_set():
                orders.reload.clear()
                print("reloaded", file=log)
        print("stopped", file=log)
    return 0

host(watch)
"""


WATCHER = """
import os, sys
sys.path.insert(0, {root!r})
if __name__ == "__main__":
    os.environ.update({environment!r})
    from scanner.cli import main
    sys.exit(main(["service", "run"]))
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The service in place, with a stand-in for the watcher; what that has to say."""
    kept, program = tmp_path / "log", tmp_path / "stand in.py"
    root = Path(__file__).parents[2]
    program.write_text(STAND_IN.format(root=str(root), log=str(kept)), "utf-8")
    one = replace(unit(Settings(), machine=True), command=(sys.executable, "-I", str(program), "watch", "--service"))
    if status(machine=True).state != "absent":
        pytest.skip("there is a service of this name")
    carry_out(install(one, present=False))
    try:
        yield kept
    finally:
        carry_out(uninstall(machine=True))


def test_the_service_starts_takes_up_settings_stops_and_starts_again(log: Path) -> None:
    import win32service
    import win32serviceutil

    running = status(machine=True)
    assert running.state == "running"
    assert running.since
    win32serviceutil.ControlService(NAME, win32service.SERVICE_CONTROL_PARAMCHANGE)
    for _ in range(100):
        if "reloaded" in log.read_text():
            break
        time.sleep(0.1)
    win32serviceutil.StopService(NAME)
    win32serviceutil.WaitForServiceStatus(NAME, win32service.SERVICE_STOPPED, 20)
    assert log.read_text().splitlines() == ["['service', 'run']", "reloaded", "stopped"]
    assert status(machine=True).state == "stopped"
    win32serviceutil.StartService(NAME)
    win32serviceutil.WaitForServiceStatus(NAME, win32service.SERVICE_RUNNING, 20)


def test_the_service_examines_what_lands_in_its_folders(tmp_path: Path) -> None:
    told, folder, settings = tmp_path / "told.jsonl", tmp_path / "desk", tmp_path / "settings.toml"
    folder.mkdir()
    paths = f"paths = ['{folder}']\nmedia = false\nquiet_seconds = 0.3\n"
    settings.write_text(f"{paths}[[outbox]]\nkind = 'file'\npath = '{told}'\n", "utf-8")
    environment = {"NOKOSANAI_SETTINGS": str(settings), "NOKOSANAI_STATE": str(tmp_path / "state")}
    program = tmp_path / "watcher.py"
    program.write_text(WATCHER.format(root=str(Path(__file__).parents[2]), environment=environment), "utf-8")
    if status(machine=True).state != "absent":
        pytest.skip("there is a service of this name")
    command = (sys.executable, "-I", str(program), "watch", "--service")
    carry_out(install(replace(unit(Settings(), machine=True), command=command), present=False))
    try:
        wait(lambda: status(machine=True).state == "running")
        (folder / "list.csv").write_text("氏名,個人番号\n甲野太郎,0234-5678-9013\n乙山花子,9876-5432-1093\n", "utf-8")
        wait(lambda: told.exists() and "list.csv" in told.read_text("utf-8"))
        assert "my_number" in told.read_text("utf-8")
        assert "0234" not in told.read_text("utf-8")
    finally:
        carry_out(uninstall(machine=True))
        wait(lambda: status(machine=True).state == "absent")  # it stays until its process has ended


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end, "the service does not do it"
        time.sleep(0.2)


def test_after_the_removal_there_is_none() -> None:
    assert status(machine=True).state == "absent"


def test_whoever_shows_a_notification_gets_an_answer() -> None:
    from scanner.desktop.news import Message
    from scanner.desktop.windows import show

    assert show(Message("個人情報が見つかりました", "名簿.csv"), 0.1) in (True, False)
