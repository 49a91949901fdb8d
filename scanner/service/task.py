"""The service as a task of the Windows Task Scheduler: for one user, at logon, without rights beyond that user's.

It is the way without administrator rights, and the one that can show notifications: a Windows service has no desktop.
"""

import subprocess
import xml.etree.ElementTree as ET
from pathlib import PureWindowsPath

from scanner.service.unit import TITLE, Unit

_SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_SETTINGS = (
    ("MultipleInstancesPolicy", "IgnoreNew"),
    ("DisallowStartIfOnBatteries", "false"),  # what happens on battery is the watcher's own affair
    ("StopIfGoingOnBatteries", "false"),
    ("AllowHardTerminate", "true"),
    ("StartWhenAvailable", "true"),
    ("RunOnlyIfNetworkAvailable", "false"),
    ("AllowStartOnDemand", "true"),
    ("Enabled", "true"),
    ("Hidden", "false"),
    ("RunOnlyIfIdle", "false"),
    ("ExecutionTimeLimit", "PT0S"),
    ("Priority", "7"),
)
"""Elements of settingsType; the schema (MS-TSCH 2.5) wants no order among them."""


def task(unit: Unit) -> str:
    """The text of the task's XML, for ``schtasks /create /xml`` in UTF-16."""
    root = ET.Element("Task", {"version": "1.2", "xmlns": _SPACE})
    _text(ET.SubElement(root, "RegistrationInfo"), ("Description", TITLE))
    logon = ET.SubElement(ET.SubElement(root, "Triggers"), "LogonTrigger")
    _text(logon, ("Enabled", "true"))
    principal = ET.SubElement(ET.SubElement(root, "Principals"), "Principal", {"id": "Author"})
    _text(principal, ("LogonType", "InteractiveToken"), ("RunLevel", "LeastPrivilege"))
    settings = ET.SubElement(root, "Settings")
    _text(settings, *_SETTINGS)
    _text(ET.SubElement(settings, "RestartOnFailure"), ("Interval", "PT1M"), ("Count", "255"))
    program, *arguments = unit.command
    action = ET.SubElement(ET.SubElement(root, "Actions", {"Context": "Author"}), "Exec")
    _text(action, ("Command", without_console(program)), ("Arguments", subprocess.list2cmdline(arguments)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{ET.tostring(root, "unicode")}\n'


def without_console(program: str) -> str:
    """The interpreter that opens no window, beside the one that does."""
    path = PureWindowsPath(program)
    return str(path.with_name("pythonw.exe")) if path.name.lower() == "python.exe" else program


def _text(parent: ET.Element, *children: tuple[str, str]) -> None:
    for name, text in children:
        ET.SubElement(parent, name).text = text
