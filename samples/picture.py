"""Draws what a scan of a folder prints as an SVG, for the read-me.

python -m samples.picture FOLDER TARGET
"""

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100


def draw(folder: str, target: Path) -> None:
    """Scan `folder` and write the printed report to `target`."""
    colours = {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "scan", "--lang", "ja", "--no-state", folder],
        capture_output=True,
        env=os.environ | colours,
        check=False,
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(done.stdout.decode("utf-8")))
    target.parent.mkdir(parents=True, exist_ok=True)
    # a fixed name for the style classes: the same report makes the same picture
    target.write_text(console.export_svg(title="nokosanai scan", unique_id="nokosanai"), encoding="utf-8")


if __name__ == "__main__":
    draw(sys.argv[1], Path(sys.argv[2]))
