"""What a worker says to its parent, and how that is taken in: as records of known kinds, and nothing else.

A worker reads what strangers wrote. If a document ever got hold of one, what it says must not get hold of the parent:
of a pickle, which could name any function to be called, only the classes of results are accepted.
"""

import io
import pickle
from collections import Counter
from datetime import date
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from scanner.confinement import Confinement
from scanner.ledger import Ledger
from scanner.limits import MIB
from scanner.memory import Mark
from scanner.model import DocumentResult, FileResult, Finding, Persons, Problem
from scanner.origin import Place
from scanner.profile import Profile, Spent

LONGEST = 1024 * MIB
"""Bytes that a worker may say in one go, which is a multiple of what its memory lets it."""


class Said(NamedTuple):
    """What a worker says of the batch that it is at; before the first one, that it is there and that it is ready."""

    result: FileResult | None = None
    """What came out since it last said something; None: no more than a sign of life."""
    files: int = 0
    """Files of the batch that are finished."""
    within: bool = False
    """The results hold a part of what lies in the file after those."""
    grown: bool = False
    """It has kept much memory, and another one should take its place."""
    confined: Confinement | None = None
    """What holds it; in its first word."""


_CLASSES: dict[tuple[str, str], Any] = {
    (kind.__module__, kind.__name__): kind
    for kind in (
        *(Said, Confinement, FileResult, Ledger, Counter, DocumentResult, Finding, Persons, Problem, Place, Mark),
        *(Profile, Spent, date),
    )
}


class _Records(pickle.Unpickler):
    """Takes in no other classes, and no functions."""

    def find_class(self, module: str, name: str) -> Any:
        """One of the classes; raises UnpicklingError for anything else."""
        try:
            return _CLASSES[module, name]
        except KeyError:
            raise pickle.UnpicklingError("not a record of a worker") from None


_BROKEN = (pickle.UnpicklingError, AttributeError, TypeError, ValueError, LookupError, OverflowError, RecursionError)


def heard(pipe: Connection) -> Said:
    """The next word of a worker; raises EOFError or OSError when it is dead, or says what no worker of ours would."""
    spoken = pipe.recv_bytes(LONGEST)
    try:
        said = _Records(io.BytesIO(spoken)).load()
    except _BROKEN:
        raise OSError("a worker does not make sense") from None
    if not isinstance(said, Said) or not isinstance(said.result, FileResult | None):
        raise OSError("a worker does not make sense")
    return said
