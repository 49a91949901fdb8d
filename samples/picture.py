"""Draws what a scan of a folder prints as an SVG, for the read-me.

python -m samples.picture FOLDER TARGET
"""

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

import scanner
from scanner.sinks import terminal

WIDTH, MOST = 100, 5
HOME = "/home/hanako"
"""What the picture shows in place of the folder: where a checkout lies is nobody's business."""


def draw(folder: str, target: Path) -> None:
    """Scan `folder` and draw the printed report, with few violations, into `target`."""
    printed = io.StringIO()
    terminal.write(scanner.scan(folder, lang="ja"), printed, lang="ja", width=WIDTH, color=True, most=MOST)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(printed.getvalue().replace(str(Path(folder).absolute()), HOME)))
    target.parent.mkdir(parents=True, exist_ok=True)
    # a fixed name for the style classes: the same report makes the same picture
    target.write_text(console.export_svg(title="nokosanai scan", unique_id="nokosanai"), encoding="utf-8")


if __name__ == "__main__":
    draw(sys.argv[1], Path(sys.argv[2]))
