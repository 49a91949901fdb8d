"""How fast the page of a report opens, sorts and searches in Chromium: ``python -m bench.page [ROWS ...]``.

Opening is measured from the navigation to the end of the page's own script, sorting and searching from the click to the
next frame. The best of three openings is given: the first one warms the browser's caches.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from scanner.sinks import SINKS
from tests.browser import Browser, browser
from tests.full_report import many

ROWS = (1_000, 10_000, 50_000)
ACTIONS = """(async () => {
  const documents = tables.get('documents');
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const timed = async (action) => {
    const start = performance.now();
    action();
    documents.view.offsetHeight;
    await frame();
    return Math.round(performance.now() - start);
  };
  const sorts = [];
  for (let column = 0; column < documents.spec.columns.length; column += 1) {
    for (const time of [1, 2]) sorts.push(await timed(() => documents.head.children[column].firstChild.click()));
  }
  const first = await timed(() => documents.find('部署07'));
  return JSON.stringify({ sort: Math.max(...sorts), first, search: await timed(() => documents.find('2019')) });
})()"""


def measure(one: Browser, rows: int, folder: Path) -> dict[str, float]:
    """Milliseconds for everything, megabytes for the file."""
    path = folder / f"{rows}.html"
    start = time.perf_counter()
    with path.open("wb") as stream:
        SINKS["html"](many(rows), stream, "ja")
    written = time.perf_counter() - start
    opened = []
    for _ in range(3):
        one.open(path)
        entry = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        opened.append(float(one.run(entry)))
    actions: dict[str, float] = json.loads(one.run(ACTIONS))
    return {"MB": path.stat().st_size / 1e6, "write": written * 1000, "open": min(opened), **actions}


def main() -> None:
    """Print a table."""
    print(f"{'rows':>8} {'MB':>7} {'write ms':>9} {'open ms':>8} {'sort ms':>8} {'1st search':>11} {'search ms':>10}")
    with browser() as one, tempfile.TemporaryDirectory() as folder:
        for rows in map(int, sys.argv[1:] or ROWS):
            found = measure(one, rows, Path(folder))
            print(
                f"{rows:>8,} {found['MB']:>7.1f} {found['write']:>9.0f} {found['open']:>8.0f} {found['sort']:>8.0f}"
                f" {found['first']:>11.0f} {found['search']:>10.0f}"
            )


if __name__ == "__main__":
    main()
