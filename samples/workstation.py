"""Fills a folder with what may lie on the PC of a contractor of a local government, by a seed.

The scenarios follow incidents that were in the news: the roster of a support programme for foreign workers, an extract
of a resident register with individual numbers, old permit data in training slides, benefit applications with medical
certificates, an export on a USB stick. Around them lies what is on every PC and harms nobody. All people are invented.

    python -m samples.workstation FOLDER [--seed N] [--truth FILE]
"""

import argparse
import json
import sys
from pathlib import Path
from random import Random

from samples import harmless, incidents
from samples.desk import Desk
from samples.truth import Truth


def build(dest: Path, seed: int = 1) -> Truth:
    """Write the sample into `dest`, a new or empty folder, and return what was planted."""
    dest.mkdir(parents=True, exist_ok=True)
    if next(dest.iterdir(), None):
        raise FileExistsError(f"{dest} is not empty")
    desk = Desk(dest, Random(seed))
    for scenario in (*incidents.SCENARIOS, *harmless.SCENARIOS):
        scenario(desk)
    return Truth(seed=seed, planted=tuple(desk.planted))


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="samples.workstation", description="Make a sample folder of invented people.")
    parser.add_argument("dest", type=Path, help="a new or empty folder")
    parser.add_argument("--seed", type=int, default=1, help="another number makes other people")
    parser.add_argument("--truth", type=Path, help="write what was planted to this file, outside of the folder")
    options = parser.parse_args(argv)
    if options.truth and options.truth.resolve().is_relative_to(options.dest.resolve()):
        parser.error("the truth file must lie outside of the folder")
    try:
        truth = build(options.dest, options.seed)
    except FileExistsError as error:
        parser.error(str(error))
    if options.truth:
        options.truth.write_text(json.dumps(truth.to_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(truth.planted)} documents in {options.dest}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
