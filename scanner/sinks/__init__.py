"""How a report is written. Each sink is imported when it is needed: the command line asks for their names only."""

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.report import Report

Write = Callable[["Report", IO[bytes], str], None]
"""Writes the report to a stream of bytes, in the language given."""


def _terminal(report: "Report", stream: IO[bytes], lang: str) -> None:
    from scanner.sinks import terminal

    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
    try:
        terminal.write(report, text, lang=lang, color=False)
    finally:
        text.detach()


def _later(name: str) -> Write:
    """The sink of the module `name`, imported when a report is written."""

    def write(report: "Report", stream: IO[bytes], lang: str) -> None:
        import_module(f"scanner.sinks.{name}").write(report, stream, lang)

    return write


def _statement(report: "Report", stream: IO[bytes], lang: str) -> None:
    from scanner import signing
    from scanner.places import state_folder
    from scanner.sinks import statement

    statement.write(report, stream, lang, signing.key(state_folder()))


SINKS: Mapping[str, Write] = {"terminal": _terminal} | {
    name: _later(name) for name in ("json", "jsonl", "csv", "html", "sarif", "ocsf")
}
"""The sinks by the name that ``--format`` gives them. To a console, `terminal.write` writes for itself."""
WRITERS: Mapping[str, Write] = {**SINKS, "statement": _statement}
"""The sinks, and the signed statement, which is no form of a scan's report: ``report --statement``."""
