"""``nokosanai formats``: what is read, what is only recognised, and what would need a library that is not there."""

import argparse
import sys
from typing import TYPE_CHECKING

from scanner.commands import command, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.formats import Library
    from scanner.formats._catalogue import Reader
    from scanner.sinks.page import Page

SCHEMA = "nokosanai.formats/1"


def add(commands: "Commands") -> None:
    """Declare the command."""
    parser = command(commands, "formats", "what is read, what is only recognised, and what is missing here", _formats)
    parser.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")
    lang(parser)


def _formats(options: argparse.Namespace) -> int:
    from scanner.sinks.page import Page
    from scanner.wording import language

    words = language(options.lang)
    if options.format == "json":
        _json(words)
        return 0
    page = Page(sys.stdout, words, None, None)
    _read(page)
    _recognised(page)
    _libraries(page)
    return 0


def _used() -> "dict[Library, list[str]]":
    """The libraries, each with the formats that call it; none where all need it, for detection."""
    from scanner.formats import Library
    from scanner.formats._catalogue import readers

    used: dict[Library, list[str]] = {Library("hyperscan", "hyperscan"): [], Library("regex", "regex"): []}
    for reader in readers():
        for library in (*reader.needs, *reader.uses):
            used.setdefault(library, []).append(reader.name)
    return used


def _state(reader: "Reader") -> tuple[str, str]:
    """``read``, ``in_part`` or ``not_read`` on this system, and the packages that are missing for it."""
    from scanner.formats._catalogue import loads

    missing = [library.package for library in (*reader.needs, *reader.uses) if not loads(library)]
    whole = all(map(loads, reader.needs))
    return ("read" if not missing else "in_part" if whole else "not_read"), ", ".join(missing)


def _json(words: str) -> None:
    import json

    from scanner.formats._catalogue import loads, readers, recognised
    from scanner.wording import FORMATS, name

    whole = {
        "schema": SCHEMA,
        "read": [
            {
                "name": reader.name,
                "title": name(FORMATS, reader.name, words),
                "endings": list(reader.endings),
                "except": list(reader.unread),
                "needs": [library.package for library in reader.needs],
                "uses": [library.package for library in reader.uses],
                "here": _state(reader)[0],
            }
            for reader in readers()
        ],
        "recognised": [{"name": one.name, "kind": one.kind} for one in recognised()],
        "libraries": [
            {"package": library.package, "formats": forms or "all", "loads": loads(library)}
            for library, forms in _used().items()
        ],
    }
    say(json.dumps(whole, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=1))


def _read(page: "Page") -> None:
    from scanner.formats._catalogue import readers
    from scanner.wording import FORMATS, name

    known = readers()
    page.head("formats.readers", n=len(known))
    page.say(page.t("formats.how"))
    rows = []
    for reader in known:
        state, missing = _state(reader)
        here = page.t(f"formats.{state}", what=missing)
        but = page.t("formats.but", what=", ".join(reader.unread)) if reader.unread else ""
        rows.append((name(FORMATS, reader.name, page.lang), " ".join(reader.endings), here + but))
    page.columns([page.t(head) for head in ("formats.format", "formats.endings", "formats.here")], rows)


def _recognised(page: "Page") -> None:
    from scanner.formats._catalogue import recognised
    from scanner.wording import KINDS, REASONS, STATES, name

    known = recognised()
    page.head("formats.recognised", n=len(known))
    page.say(page.t("formats.counted"))
    rows = []
    for kind in dict.fromkeys(one.kind for one in known):
        told = name(STATES if kind == "excluded" else KINDS, kind, page.lang)
        rows.append((told, ", ".join(name(REASONS, one.name, page.lang) for one in known if one.kind == kind)))
    page.columns([page.t(head) for head in ("formats.told", "formats.name")], rows)


def _libraries(page: "Page") -> None:
    from scanner.formats._catalogue import loads
    from scanner.wording import FORMATS, name

    page.head("formats.libraries")
    rows = []
    for library, forms in _used().items():
        users = page.listed(name(FORMATS, form, page.lang) for form in forms) or page.t("formats.all")
        here = page.t("formats.loads" if loads(library) else "formats.fails")
        rows.append((library.package, users, here))
    page.columns([page.t(head) for head in ("formats.library", "formats.used", "formats.here")], rows)
