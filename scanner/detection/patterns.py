"""The patterns of rules and vocabularies, compiled, or taken from what was compiled before, which is far quicker.

Like the table that `regex` itself keeps, this one is of the process.
"""

import copyreg
import io
import pickle
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import regex

Pattern = regex.Pattern[str]
LIBRARY = f"regex {regex.__version__}, Python {sys.version}"
"""What takes in only its own patterns."""
_REDUCE: Any = copyreg.dispatch_table[regex.Pattern]
_MAKE = _REDUCE(regex.compile("a"))[0]
"""What makes a pattern of its pickle."""

_ready: dict[str, bytes] = {}
"""What was compiled before, by its source."""
_compiled: dict[str, Pattern] = {}


class _Patterns(pickle.Unpickler):
    """Makes patterns and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The function that makes a pattern; raises UnpicklingError for anything else."""
        if (module, name) != (_MAKE.__module__, _MAKE.__name__):
            raise pickle.UnpicklingError("not a pattern")
        return _MAKE


def compiled(source: str) -> Pattern:
    """The pattern of a source. Raises regex.error."""
    known = _compiled.get(source)
    if known is None:
        known = _compiled[source] = _taken(source) or regex.compile(source)
    return known


def _taken(source: str) -> Pattern | None:
    ready = _ready.pop(source, None)
    return _Patterns(io.BytesIO(ready)).load() if ready is not None else None


def dump(sources: Sequence[str]) -> tuple[bytes, ...]:
    """The patterns of some sources, for another process on this machine: each source, and behind it its pattern."""
    return tuple(part for source in sources for part in (source.encode(), pickle.dumps(compiled(source))))


class Patterns(NamedTuple):
    """What `dump` gave."""

    parts: tuple[bytes, ...]

    def dump(self) -> tuple[bytes, ...]:
        """The same, as other compiled things give it."""
        return self.parts


def take(parts: Sequence[bytes]) -> None:
    """Have what `dump` gave at hand. Raises ValueError for anything else."""
    _ready.update(zip((source.decode() for source in parts[::2]), parts[1::2], strict=True))
