"""The service as it is described to each service manager, the steps that put it in place, and how it stands."""

import os
import plistlib
import re
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.cli import main
from scanner.errors import UsageError
from scanner.service import fitness, steps
from scanner.service.launchd import launchd
from scanner.service.notify import Notifier
from scanner.service.sc import registration
from scanner.service.status import Status, status
from scanner.service.steps import Folder, Remove, Run, Step, Write, carry_out, install, uninstall, unit_file
from scanner.service.systemd import systemd
from scanner.service.task import task
from scanner.service.unit import Unit, log, unit
from scanner.settings import FileReceiver, Settings, SyslogReceiver

MACHINE = Unit(
    command=("/opt/nokosanai/bin/python", "-I", "-m", "scanner", "watch", "--service"),
    machine=True, memory_mb=250, network=False,
)  # fmt: skip
USER = replace(MACHINE, machine=False)
WINDOWS = replace(MACHINE, command=(r"C:\Program Files\nokosanai\python.exe", *MACHINE.command[1:]))


def keys(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found.setdefault(name, []).append(value)
    return found


# --- descriptions -----------------------------------------------------------------------------------------------------


def test_the_program_is_the_interpreter_that_runs_now_and_nothing_can_slip_in() -> None:
    one = unit(Settings(), machine=True)
    assert one.command == (sys.executable, "-I", "-m", "scanner", "watch", "--service")
    assert not one.network


def test_the_unit_says_when_it_is_ready_hung_and_wrongly_set() -> None:
    found = keys(systemd(MACHINE))
    assert found["Type"] == ["notify"]
    assert found["WatchdogSec"] == ["60"]
    assert found["Restart"] == ["on-failure"]
    assert found["RestartPreventExitStatus"] == ["2"]
    assert found["StartLimitIntervalSec"] == ["0"]
    assert found["ExecStart"] == ["/opt/nokosanai/bin/python -I -m scanner watch --service"]
    assert found["MountFlags"] == ["slave"]
    assert found["MemoryMax"] == ["500M"]


def test_the_network_is_shut_unless_the_settings_need_it() -> None:
    shut, opened = keys(systemd(MACHINE)), keys(systemd(replace(MACHINE, network=True)))
    assert shut["PrivateNetwork"] == ["yes"]
    assert shut["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert "PrivateNetwork" not in opened
    assert opened["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    settings = Settings(outbox=(SyslogReceiver(name="s", host="a"),))
    assert unit(settings, machine=True).network


def test_only_the_folder_of_a_file_for_events_is_opened_for_writing(tmp_path: Path) -> None:
    settings = Settings(outbox=(FileReceiver(name="f", path=str(tmp_path / "a b" / "events.jsonl")),))
    found = keys(systemd(unit(settings, machine=True)))
    assert found["ReadWritePaths"][0].strip('"').replace("\\\\", "\\") == f"-{tmp_path / 'a b'}"
    assert found["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in keys(systemd(MACHINE))


def test_odd_paths_survive_the_unit_file() -> None:
    odd = replace(MACHINE, command=('/opt/a b/100%/$x"/python', "watch"))
    assert keys(systemd(odd))["ExecStart"] == ['"/opt/a b/100%%/$$x\\"/python" watch']


def test_the_unit_of_a_user_has_no_rights_and_asks_for_no_other_user() -> None:
    found = keys(systemd(USER))
    assert "User" not in found
    assert "AmbientCapabilities" not in found
    assert found["WantedBy"] == ["default.target"]


@pytest.mark.posix
@pytest.mark.parametrize("network", [False, True])
def test_systemd_finds_little_to_fear_in_the_unit(tmp_path: Path, network: bool) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    path = tmp_path / "nokosanai.service"
    path.write_text(systemd(replace(MACHINE, network=network)))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if level is None:
        pytest.skip(f"this systemd-analyze judges no files: {done.stderr.strip()[:100]}")
    assert float(level[1]) <= 2.5


def test_the_property_list_is_one_and_gives_way_to_others() -> None:
    found = plistlib.loads(launchd(MACHINE, Path("/Library/Logs/x.log")).encode())
    assert found["Label"] == "jp.nokosanai.watch"
    assert found["ProgramArguments"] == list(MACHINE.command)
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert (found["ProcessType"], found["LowPriorityIO"], found["RunAtLoad"]) == ("Background", True, True)


def test_the_task_runs_at_logon_without_rights_a_window_or_an_end() -> None:
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    root = ET.fromstring(task(replace(WINDOWS, machine=False)).split("\n", 1)[1])
    said = {
        "Command": r"C:\Program Files\nokosanai\pythonw.exe",
        "Arguments": "-I -m scanner watch --service",
        "RunLevel": "LeastPrivilege",
        "ExecutionTimeLimit": "PT0S",
        "Priority": "7",
        "DisallowStartIfOnBatteries": "false",
    }
    assert {name: root.findtext(f".//t:{name}", "", space) for name in said} == said
    assert root.find("t:Triggers/t:LogonTrigger", space) is not None


def test_the_windows_service_is_started_again_later_each_time() -> None:
    create, _, failure, _ = registration(WINDOWS)
    assert create[4] == r'"C:\Program Files\nokosanai\python.exe" -I -m scanner service run'
    assert failure[-1] == "restart/15000/restart/60000/restart/600000"


@pytest.mark.parametrize("form", ["systemd", "systemd-user", "launchd", "windows-task", "windows-service", "settings"])
def test_every_description_is_printed(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "print", f"--{form}"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 3


# --- in place ---------------------------------------------------------------------------------------------------------


def told(found: Sequence[Step]) -> list[str]:
    return [
        " ".join(step.command) + (" ?" if step.may_fail else "") if isinstance(step, Run)
        else f"{type(step).__name__} {step[0].as_posix()}" for step in found
    ]  # fmt: skip


@pytest.fixture
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", "/home/taro"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in ("PROGRAMDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(steps, "domain", lambda *, machine: "system" if machine else "gui/501")


@pytest.mark.usefixtures("_home")
def test_linux_gets_a_user_a_unit_and_a_start() -> None:
    assert told(install(MACHINE, present=False, platform="linux")) == [
        "Write /etc/sysusers.d/nokosanai.conf",
        "systemd-sysusers " + str(steps.sysusers_file()),
        "Write /etc/systemd/system/nokosanai.service",
        "systemctl daemon-reload",
        "systemctl enable nokosanai",
        "systemctl restart nokosanai",
    ]
    assert told(uninstall(machine=True, platform="linux")) == [
        "systemctl disable --now nokosanai",
        "Remove /etc/systemd/system/nokosanai.service",
        "Remove /etc/sysusers.d/nokosanai.conf",
        "systemctl daemon-reload",
        "systemctl reset-failed nokosanai ?",
    ]


@pytest.mark.usefixtures("_home")
def test_a_linux_user_gets_a_unit_of_his_own() -> None:
    assert told(install(USER, present=False, platform="linux")) == [
        "Write /home/taro/.config/systemd/user/nokosanai.service",
        "systemctl --user daemon-reload",
        "systemctl --user enable nokosanai",
        "systemctl --user restart nokosanai",
    ]


@pytest.mark.usefixtures("_home")
def test_a_mac_gets_a_daemon_or_an_agent() -> None:
    assert told(install(MACHINE, present=True, platform="darwin")) == [
        "Folder /Library/Logs/nokosanai",
        "Write /Library/LaunchDaemons/jp.nokosanai.watch.plist",
        "launchctl bootout system/jp.nokosanai.watch ?",
        "launchctl bootstrap system " + str(unit_file(machine=True, platform="darwin")),
    ]
    assert told(uninstall(machine=False, platform="darwin")) == [
        "launchctl bootout gui/501/jp.nokosanai.watch ?",
        "Remove /home/taro/Library/LaunchAgents/jp.nokosanai.watch.plist",
    ]


@pytest.mark.usefixtures("_home")
def test_windows_gets_a_service_or_for_one_user_a_task() -> None:
    fresh, again = (told(install(WINDOWS, present=present, platform="win32")) for present in (False, True))
    assert [line.split()[:2] for line in fresh[1:]] == [
        ["sc.exe", "create"], ["sc.exe", "description"], ["sc.exe", "failure"], ["sc.exe", "failureflag"],
        ["net.exe", "stop"], ["net.exe", "start"],
    ]  # fmt: skip
    assert [line.split()[:2] for line in again[1:2]] == [["sc.exe", "config"]]
    assert told(uninstall(machine=True, platform="win32")) == ["net.exe stop nokosanai ?", "sc.exe delete nokosanai"]
    write, create, run = install(replace(WINDOWS, machine=False), present=False, platform="win32")
    assert isinstance(write, Write)
    assert write.encoding == "utf-16"
    assert told([create, run]) == [
        f"schtasks.exe /create /tn nokosanai /xml {write.path} /f", "schtasks.exe /run /tn nokosanai",
    ]  # fmt: skip


def test_steps_are_carried_out(tmp_path: Path) -> None:
    file = tmp_path / "a" / "unit"
    say = (sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    fail = (sys.executable, "-c", "raise SystemExit(3)")
    carry_out([Folder(tmp_path / "b"), Write(file, "見張り", "utf-16"), Run(fail, may_fail=True), Run(say)])
    assert file.read_text("utf-16") == "見張り"
    assert (tmp_path / "b").is_dir()
    assert (tmp_path / "ran").exists()
    carry_out([Remove(file), Remove(file)])
    assert list((tmp_path / "a").iterdir()) == []


def test_what_a_service_manager_refuses_is_said_in_its_words() -> None:
    with pytest.raises(UsageError, match="no such unit"):
        carry_out([Run((sys.executable, "-c", "import sys; sys.exit('no such unit')"))])
    with pytest.raises(UsageError, match="no-such-program is not on this machine"):
        carry_out([Run(("no-such-program",))])


# --- fitness ----------------------------------------------------------------------------------------------------------


def test_without_rights_the_way_without_them_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness, "is_administrator", lambda: False)
    with pytest.raises(UsageError, match="--user"):
        fitness.check(MACHINE)


@pytest.mark.posix
def test_a_program_that_others_can_change_does_not_get_the_rights_of_the_machine(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    program = tmp_path / "python"
    program.write_text("")
    program.chmod(0o755)
    fitness._only_roots(program, by_others=False)
    program.chmod(0o777)
    with pytest.raises(UsageError, match="others than root can write here"):
        fitness._only_roots(program, by_others=False)
    program.chmod(0o755)
    os.chown(program, 12345, 0)
    with pytest.raises(UsageError, match="others than root can write here"):
        fitness._only_roots(program, by_others=False)


@pytest.mark.posix
def test_a_program_that_only_root_can_reach_is_told_before_the_service_fails(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    program = tmp_path / "python"
    program.write_text("")
    program.chmod(0o700)
    with pytest.raises(UsageError, match="the user of the service may not go here"):
        fitness._only_roots(program, by_others=True)


def test_a_program_that_does_not_start_is_told_before_the_service_fails() -> None:
    broken = replace(USER, command=(sys.executable, "-I", "-m", "no_such_module", "watch"))
    with pytest.raises(UsageError, match="does not run"):
        fitness._starts(broken)


# --- how it stands ----------------------------------------------------------------------------------------------------


SHOWN = """LoadState=loaded
ActiveState=active
ActiveEnterTimestamp=Sun 2026-11-22 08:00:00 JST
StatusText=watching 3 folders
NRestarts=2
Result=success
"""


def test_status_on_linux_is_that_of_systemd() -> None:
    answers = {"systemctl": SHOWN, "journalctl": "one\ntwo\n"}
    found = status(machine=True, ask=lambda command: answers[command[0]], platform="linux")
    assert found == Status(
        state="running", since="Sun 2026-11-22 08:00:00 JST", detail="watching 3 folders", restarts=2,
        log="journalctl --unit nokosanai", words=("one", "two"),
    )  # fmt: skip


def test_a_service_that_failed_says_how() -> None:
    failed = SHOWN.replace("=active", "=failed").replace("=success", "=watchdog")
    found = status(machine=True, ask=lambda command: failed if command[0] == "systemctl" else None, platform="linux")
    assert (found.state, found.detail, found.since, found.words) == ("stopped", "watchdog", "", ())


@pytest.mark.parametrize("said", [None, "LoadState=not-found\nActiveState=inactive\n"])
def test_a_service_that_is_not_there_is_absent(said: str | None) -> None:
    assert status(machine=True, ask=lambda command: said, platform="linux").state == "absent"


LAUNCHCTL = """system/jp.nokosanai.watch = {
	active count = 1
	state = %s
	runs = 3
	pid = %d
	last exit code = 1
}
"""


def test_status_on_a_mac_is_that_of_launchd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plist = tmp_path / "x.plist"
    monkeypatch.setattr("scanner.service.status.unit_file", lambda **_: plist)
    assert status(machine=True, ask=lambda command: None, platform="darwin").state == "absent"
    plist.write_text("")
    running = status(machine=True, ask=lambda command: LAUNCHCTL % ("running", os.getpid()), platform="darwin")
    assert (running.state, running.restarts, running.detail) == ("running", 2, "")
    assert running.since
    ended = status(machine=True, ask=lambda command: LAUNCHCTL % ("not running", 1), platform="darwin")
    assert (ended.state, ended.detail, ended.since) == ("stopped", "exit code 1", "")
    assert status(machine=True, ask=lambda command: None, platform="darwin").state == "stopped"


def test_the_last_words_of_a_log_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "watch.log"
    kept.write_text("".join(f"行{number}\n" for number in range(5000)), "utf-8")
    (tmp_path / "x.plist").write_text("")
    monkeypatch.setattr("scanner.service.status.unit_file", lambda **_: tmp_path / "x.plist")
    monkeypatch.setattr("scanner.service.status.log", lambda **_: kept)
    found = status(machine=True, ask=lambda command: None, platform="darwin")
    assert found.words == ("行4995", "行4996", "行4997", "行4998", "行4999")
    assert found.log == str(kept)


def test_the_command_says_how_it_stands_and_its_exit_code_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {
        True: Status(state="absent"),
        False: Status(state="running", since="today", restarts=1, words=("\x1b[2J",)),
    }
    monkeypatch.setattr("scanner.service.status.status", lambda *, machine: known[machine])
    assert main(["service", "status", "--lang", "en"]) == 0
    assert capsys.readouterr().out == "running  since today  restarted 1 time\n  \\x1b[2J\n"
    known[False] = Status(state="absent")
    assert main(["service", "status", "--lang", "ja"]) == 1
    assert capsys.readouterr().out == "インストールされていません\n"
    assert main(["service", "uninstall", "--lang", "en"]) == 2


def test_the_log_has_a_place_on_every_system() -> None:
    assert log(machine=True, platform="linux") is None
    for platform in ("win32", "darwin"):
        for machine in (True, False):
            place = log(machine=machine, platform=platform)
            assert place is not None
            assert place.name == "watch.log"


# --- sd_notify --------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield line


@pytest.mark.posix
def test_the_service_manager_hears_how_it_goes(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    line = Notifier()
    assert line.every == 30
    line.ready("見張って\nいます")
    line.alive()
    line.status("3 files")
    line.reloading()
    line.stopping()
    heard = [manager.recv(4096).decode() for _ in range(5)]
    assert heard[0] == "READY=1\nSTATUS=見張って います"
    assert heard[1:3] == ["WATCHDOG=1", "STATUS=3 files"]
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", heard[3])
    assert heard[4] == "STOPPING=1"
    assert "NOTIFY_SOCKET" not in os.environ


@pytest.mark.posix
def test_a_name_in_the_abstract_space_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("abstract names are Linux'")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0nokosanai-{os.getpid()}")
        line.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@nokosanai-{os.getpid()}")
        Notifier().ready()
        assert line.recv(99) == b"READY=1"


@pytest.mark.posix
def test_a_watchdog_of_another_process_is_not_ours(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert Notifier().every is None


def test_without_a_service_manager_every_word_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)
    line = Notifier()
    line.ready()
    line.alive()
    assert line.every is None


@pytest.mark.posix
def test_a_service_manager_that_has_gone_is_no_failure(manager: socket.socket, tmp_path: Path) -> None:
    line = Notifier()
    manager.close()
    (tmp_path / "notify").unlink()
    line.alive()
