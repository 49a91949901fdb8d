"""The documents of one evaluation: so many with people's data in them, and half as many without."""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from bench.accuracy.forms import form
from bench.accuracy.labelled import Made
from bench.accuracy.negatives import negative
from bench.accuracy.prose import log, prose
from bench.accuracy.tables import table

_MAKERS: dict[str, tuple[float, Callable[[Random, str], Made]]] = {
    "table": (0.42, table),
    "form": (0.22, form),
    "prose": (0.27, prose),
    "log": (0.09, log),
    "negative": (0.5, negative),
}
KINDS = tuple(_MAKERS)


def documents(seed: int, count: int, only: str | None = None) -> Iterator[Made]:
    """`count` documents with personal data and half as many without, or those of one kind; the same for equal seeds.

    Each document has a source of chance of its own: more documents leave the first ones as they are.
    """
    for kind, (share, make) in _MAKERS.items():
        if only in (None, kind):
            for number in range(max(1, round(count * share))):
                name = f"{kind}{number:04}"
                yield make(Random(zlib.crc32(f"{seed} {name}".encode())), name)


def lay_out(folder: Path, made: list[Made]) -> None:
    """Write the documents into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in made:
        (folder / one.name).write_bytes(one.content)
