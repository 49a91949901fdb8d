"""The pictures of the page in the documentation: ``python -m tests.screenshots FOLDER``. Needs Chromium."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from scanner.sinks import SINKS
from tests.browser import browser
from tests.full_report import full, many

LIST = "tables.get('documents').sort(1); document.getElementById('{}').scrollIntoView({{behavior: 'instant'}})"
PICTURES = {
    "report": (full, "ja", False, "", 1240),
    "report-dark": (lambda: many(50_000), "en", True, LIST.format("where"), 1400),
}
"""Name, report, language, dark, what is done first, height."""


def main(folder: Path) -> None:
    with browser() as one, tempfile.TemporaryDirectory() as scratch:
        for name, (report, lang, dark, first, height) in PICTURES.items():
            path = Path(scratch) / f"{name}.html"
            with path.open("wb") as stream:
                SINKS["html"](report(), stream, lang)
            one.open(path, dark=dark, width=1280, height=height)
            one.run(first or "0")
            one.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))")
            image = (
                Image.open(io.BytesIO(one.picture())).convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.NONE)
            )
            image.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
