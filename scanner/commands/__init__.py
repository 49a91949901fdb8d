"""The commands, one file each: its flags beside what it does.

A module here says ``add(commands)`` and is imported whenever the program starts, so that what is heavy waits inside the
functions: ``--help`` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TextIO

from scanner.errors import UsageError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def command(
    commands: "Commands", name: str, text: str, function: Callable[[argparse.Namespace], int] | None
) -> argparse.ArgumentParser:
    """Add a command, or with no function a group of commands, described by `text`."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    if function is not None:
        parser.set_defaults(command=function)
    return parser


def group(commands: "Commands", name: str, text: str) -> "Commands":
    """Add a group of commands."""
    return command(commands, name, text, None).add_subparsers(metavar="WHAT", required=True)


def lang(parser: argparse.ArgumentParser) -> None:
    """Add the flag for the language of texts."""
    parser.add_argument("--lang", choices=("ja", "en"), help="language of texts (default: that of the system)")


def say(line: str, stream: TextIO | None = None) -> None:
    """Print a line on a console that may not know all of its characters (code page 932 has no 𠮷)."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    out.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def day(text: str) -> date:
    """A day of a command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-12-31") from None


def not_past(until: date) -> date:
    """Today; raises UsageError when `until` is over."""
    today = date.today()
    if until < today:
        raise UsageError(f"--until {until} is in the past")
    return today


def closed_pipe() -> None:
    """The reader of our output has gone: what is left in its buffer goes nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
