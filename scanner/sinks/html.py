"""The report as one page for people who decide: a file that needs nothing else and asks for no network.

Everything that comes from a disk or a policy goes into the page as JSON, with no ``<`` in it, and becomes text there.
The page may run its own script and style, known by their digests, and may load, send and make nothing.
"""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import IO, Any

from scanner import wording
from scanner.report import Report
from scanner.sinks import contents

SCRIPTS = ("table.js", "report.js")
STYLE = "report.css"
PAGE = "report.html"


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write the page in the language."""
    report.ledger.check()
    before, after = _frame(lang)
    stream.write(before)
    stream.write(_embedded(contents.of(report, lang)))
    stream.write(after)


@cache
def _frame(lang: str) -> tuple[bytes, bytes]:
    """What stands before and after the data."""
    script = "".join(map(_asset, SCRIPTS))
    style = _asset(STYLE)
    page = _asset(PAGE)
    for mark, value in {
        "@LANG@": lang,
        "@NOSCRIPT@": wording.name(wording.PAGE, "noscript", lang),
        "@SCRIPT_HASH@": _digest(script),
        "@STYLE_HASH@": _digest(style),
        "@STYLE@": style,
        "@SCRIPT@": script,
    }.items():
        page = page.replace(mark, value)
    before, _, after = page.partition("@DATA@")
    return before.encode("utf-8"), after.encode("utf-8")


def _asset(name: str) -> str:
    return resources.files("scanner.sinks").joinpath("assets", name).read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _embedded(data: dict[str, Any]) -> bytes:
    """JSON that no reader of HTML can take for the end of the block it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "backslashreplace")
