"""``python -m bench.accuracy``: makes documents, has them scanned, prints how well; ``--mutate``: would it notice."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import scanner
from bench.accuracy import show
from bench.accuracy.documents import KINDS, documents, lay_out
from bench.accuracy.evaluate import by_note, by_type, examine, of_files
from bench.accuracy.mutation import mutate

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation; returns the exit code, 1 when a mutation went unnoticed."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    made = list(documents(options.seed, options.documents, options.only))
    with tempfile.TemporaryDirectory(prefix="nokosanai-accuracy-") as temporary:
        folder = options.keep or Path(temporary) / "documents"
        lay_out(folder, made)
        if options.mutate:
            return mutate(made, folder, options.mutate if options.mutate != "all" else None)
        judged = examine(folder, made)
        if options.misses:
            print("\n".join(show.misses(judged, options.misses, options.limit)))
            return 0
        files = of_files(made, scanner.scan(folder, jobs=1))
    tallies = by_type(judged)
    kinds = {kind: by_type(one for one in judged if one.made.kind == kind) for kind in KINDS}
    report = "\n".join(show.report(tallies, kinds, by_note(judged, "person_name"), files, judged))
    print(report)
    print(
        f"{len(made)} documents, {sum(one.persons for one in made)} people, seed {options.seed}, "
        f"{time.monotonic() - began:.0f} s"
    )
    if options.write:
        now = datetime.now(UTC)
        record = show.record(tallies, kinds, files) | {
            "finished": now.isoformat(timespec="seconds"),
            "commit": _commit(),
            "seed": options.seed,
            "documents": options.documents,
        }
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{now:%Y-%m-%d}-{options.seed}-{options.documents}.json"
        path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(show.PAGE.format(commit=record["commit"], report=report, **vars(options)), encoding="utf-8")
        print(f"kept in {path} and {PAGE}")
    return 0


def _commit() -> str:
    """The commit, with a plus sign when scanner or rules differ from it."""
    git = ("git", "-C", str(RESULTS.parent))
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = [*git, "status", "--porcelain", ":/scanner", ":/rules"]
        return head + ("+" if subprocess.run(changed, capture_output=True, text=True, check=True).stdout else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description="How well the scanner detects.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--documents", type=int, default=150, metavar="N", help="with people; half as many without come beside"
    )
    parser.add_argument("--only", choices=KINDS, help="documents of this kind only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the documents in this folder")
    parser.add_argument(
        "--misses", metavar="TYPE", help="print what was missed and what was wrongly found of this type"
    )
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="so many examples each")
    parser.add_argument(
        "--mutate", nargs="?", const="all", metavar="RULE", help="take a rule away: the recall of its type must fall"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the results in {RESULTS.name}/")
    return parser


if __name__ == "__main__":
    sys.exit(main())
