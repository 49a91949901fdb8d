"""How a report is written."""

import io
from collections.abc import Callable, Mapping
from typing import IO

from scanner.report import Report

Write = Callable[[Report, IO[bytes], str], None]
"""Writes the report to a stream of bytes, in the language given."""


def _terminal(report: Report, stream: IO[bytes], lang: str) -> None:
    from scanner.sinks import terminal

    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
    try:
        terminal.write(report, text, lang=lang, color=False)
    finally:
        text.detach()


def _json(report: Report, stream: IO[bytes], lang: str) -> None:
    from scanner.sinks import json

    json.write(report, stream, lang)


SINKS: Mapping[str, Write] = {"terminal": _terminal, "json": _json}
"""The sinks by the name that ``--format`` gives them. To a console, `terminal.write` writes for itself."""
