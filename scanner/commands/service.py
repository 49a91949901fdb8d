"""``nokosanai service``: the watcher as a service of the system, printed, installed, looked at, removed."""

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

from scanner.commands import command, group, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.service.status import Status
    from scanner.service.unit import Unit
    from scanner.service.windows import Loop
    from scanner.settings import Settings

_FORMS = {
    "systemd": "the unit of systemd for the machine",
    "systemd-user": "the unit of systemd for one user",
    "launchd": "the property list of launchd (with --user: the agent of one user)",
    "windows-task": "the task of the Windows Task Scheduler for one user",
    "windows-service": "the commands that register the Windows service",
    "settings": "a file of settings in which every key is explained",
}


def add(commands: "Commands") -> None:
    """Declare the commands."""
    service = group(commands, "service", "the watcher as a service of the system")
    shown = command(service, "print", "what a service manager would be given, without doing anything", _print)
    forms = shown.add_mutually_exclusive_group()
    for form, text in _FORMS.items():
        forms.add_argument(f"--{form}", dest="form", action="store_const", const=form, help=text)
    _user(shown)
    lang(shown)
    for name, text, function in (
        ("install", "put it in place and start it; once more after a change of the settings", _install),
        ("uninstall", "stop it and take it away; settings and memory stay", _uninstall),
        ("status", "whether it runs, since when, and its last words; exit code 1 when it does not run", _status),
    ):
        one = command(service, name, text, function)
        _user(one)
        lang(one)
    command(service, "run", "what the Windows service manager starts; nothing for the command line", _run)


def _user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", action="store_true", help="for this user alone, without rights of an administrator")


def _settings() -> "Settings":
    from scanner.policy.ownership import by_administrator
    from scanner.settings import load

    return load(trusted=by_administrator)


def _print(options: argparse.Namespace) -> int:
    from scanner.service.unit import unit
    from scanner.settings import template
    from scanner.wording import language

    form = options.form or {"win32": "windows-service", "darwin": "launchd"}.get(sys.platform, "systemd")
    if form == "settings":
        say(template(language(options.lang)).rstrip("\n"))
        return 0
    one = unit(_settings(), machine=not options.user and form not in ("systemd-user", "windows-task"))
    say(_described(form, one).rstrip("\n"))
    return 0


def _described(form: str, unit: "Unit") -> str:
    from scanner.service.launchd import launchd
    from scanner.service.sc import registration
    from scanner.service.steps import launchd_log
    from scanner.service.systemd import systemd
    from scanner.service.task import task

    if form == "launchd":
        return launchd(unit, launchd_log(machine=unit.machine))
    if form == "windows-task":
        return task(unit)
    if form == "windows-service":
        from subprocess import list2cmdline

        return "\n".join(map(list2cmdline, registration(unit)))
    return systemd(unit)


def _install(options: argparse.Namespace) -> int:
    from scanner.service import fitness
    from scanner.service.status import status
    from scanner.service.steps import carry_out, install
    from scanner.service.unit import unit
    from scanner.wording import language, text

    one = unit(_settings(), machine=not options.user)
    fitness.check(one)
    carry_out(install(one, present=status(machine=one.machine).state != "absent"))
    words = language(options.lang)
    say(text("service.done", words))
    if sys.platform == "darwin":
        say(text("service.full_disk", words, place=one.command[0]))
    return 0


def _uninstall(options: argparse.Namespace) -> int:
    from scanner.errors import UsageError
    from scanner.service.status import status
    from scanner.service.steps import carry_out, uninstall
    from scanner.wording import SERVICE_STATES, language, name, text

    words = language(options.lang)
    if status(machine=not options.user).state == "absent":
        raise UsageError(name(SERVICE_STATES, "absent", words))
    carry_out(uninstall(machine=not options.user))
    say(text("service.gone", words))
    return 0


def _status(options: argparse.Namespace) -> int:
    from scanner.service.status import status
    from scanner.wording import language

    found = status(machine=not options.user)
    if found.state == "absent" and not options.user:
        found = status(machine=False)
    for line in _lines(found, language(options.lang)):
        say(line)
    return 0 if found.state == "running" else 1


def _lines(found: "Status", words: str) -> list[str]:
    from scanner.wording import SERVICE_STATES, name, shown, text

    facts = [
        name(SERVICE_STATES, found.state, words),
        text("service.since", words, when=found.since) if found.since else "",
        text("service.restarts", words, n=found.restarts) if found.restarts else "",
        shown(found.detail),
    ]
    log = [text("service.log", words, place=found.log)] if found.log else []
    return ["  ".join(filter(None, facts)), *log, *(f"  {shown(line)}" for line in found.words)]


def _run(options: argparse.Namespace) -> int:
    from scanner.errors import UsageError

    if sys.platform != "win32":
        raise UsageError("this is for the service manager of Windows")
    from scanner.service.windows import host

    host(_loop())
    return 0


def _loop() -> "Loop":
    """The watcher of this version."""
    from scanner.errors import UsageError

    try:
        module = importlib.import_module("scanner.commands.watch")
    except ModuleNotFoundError:
        raise UsageError("this version has no watcher") from None
    loop: Loop = module.serve
    return loop
