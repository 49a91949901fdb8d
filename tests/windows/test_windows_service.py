"""The Windows service in a real service manager (that of Wine, where this is run): put in place, started, removed."""

import sys
import time
from collections.abc import Iterator
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


def test_after_the_removal_there_is_none() -> None:
    assert status(machine=True).state == "absent"


def test_whoever_shows_a_notification_gets_an_answer() -> None:
    from scanner.desktop.news import Message
    from scanner.desktop.windows import show

    assert show(Message("個人情報が見つかりました", "名簿.csv"), 0.1) in (True, False)
