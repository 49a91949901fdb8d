"""``nokosanai extract``: the text the scanner sees in a document, with its places."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, say

if TYPE_CHECKING:
    from scanner.commands import Commands


def add(commands: "Commands") -> None:
    """Declare the command."""
    extract = command(commands, "extract", "the text that the scanner sees in a document (in clear)", _extract)
    extract.add_argument("path", metavar="PATH", type=Path)


def _extract(options: argparse.Namespace) -> int:
    import json

    from scanner.model import Segment
    from scanner.reveal import pieces

    for piece in pieces(options.path):
        if not isinstance(piece, Segment):
            say(f"--- {piece.address}: {piece.kind}: {piece.detail}", sys.stderr)
            continue
        place = json.dumps(piece.place.to_dict(), ensure_ascii=False)
        notes = ", ".join(note for note in (piece.encoding, piece.label) if note)
        say(f"--- {piece.address} {place}{f' ({notes})' if notes else ''}")
        say(piece.text[piece.lead :].rstrip("\n"))
    return 0
