"""Records as they lie in the databases. What is packed here can be unpacked by every later version."""

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple

from scanner.ledger import STATES, Ledger
from scanner.model import DocumentResult, Finding, Persons, Problem
from scanner.origin import Place

PLACES = 20
"""Places that are remembered of a finding; more are counted."""


def raw(path: str) -> bytes:
    """A path or name as it is kept: in its order, and whatever it holds."""
    return path.encode("utf-8", "surrogatepass")


def text(path: bytes) -> str:
    """A path or name as it was."""
    return path.decode("utf-8", "surrogatepass")


def span(under: str, separator: str) -> tuple[bytes, bytes]:
    """The bounds between which all folders below one lie; "" is the mount point, which everything lies below."""
    if not under:
        return b"", b"\xff"
    low = raw(under.rstrip(separator) + separator)
    return low, low[:-1] + bytes((low[-1] + 1,))


# --- files ------------------------------------------------------------------------------------------------------------


class Record(NamedTuple):
    """One file: keyed digests of its name and of what its folder says of it, how it ended, which rules were in play."""

    name: int
    stamp: int
    outcome: int
    in_play: int


_RECORD = struct.Struct("<QQHH")


def records(packed: bytes) -> Iterator[Record]:
    """The files of a block."""
    return map(Record._make, _RECORD.iter_unpack(packed))


def packed(files: Iterable[Record]) -> bytes:
    """The files of a block in one piece."""
    return b"".join([_RECORD.pack(*one) for one in files])


def ledger_text(ledger: Ledger) -> str:
    """A ledger for the database."""
    if ledger.entries["total"] == ledger.entries["unchanged"]:
        return f"{ledger.entries['total']} {ledger.bytes['total']}"
    return json.dumps([ledger.entries, ledger.bytes, ledger.not_read_by_kind, ledger.excluded_by_reason])


def ledger(kept: str) -> Ledger:
    """A ledger from the database."""
    books = Ledger()
    add(books, kept)
    return books


def add(books: Ledger, kept: str) -> None:
    """Add a ledger from the database to another one."""
    if kept.startswith("["):
        for name, counts in zip(Ledger.__slots__, json.loads(kept), strict=True):
            getattr(books, name).update(counts)
        return
    for counts, amount in zip((books.entries, books.bytes), kept.split(" "), strict=True):
        counts["total"] += int(amount)
        counts["unchanged"] += int(amount)


def unchanged(books: Ledger) -> Ledger:
    """The ledger of what was read then and is now known to be as it was."""
    again = Ledger()
    again.merge(books)
    for counts in (again.entries, again.bytes):
        counts["unchanged"] += counts.pop("read", 0)
        assert counts["total"] == sum(counts[state] for state in STATES)
    return again


class Detail(NamedTuple):
    """A file that is more than one entry without findings; `problems` by the way inside it, "" for the file itself."""

    ledger: Ledger
    documents: int
    problems: tuple[Problem, ...]


def detail_text(detail: Detail) -> str:
    """The details of a file for the database."""
    problems = [[one.address, one.kind, one.detail, one.size] for one in detail.problems]
    return json.dumps([ledger_text(detail.ledger), detail.documents, problems])


def detail(kept: str) -> Detail:
    """The details of a file from the database."""
    books, documents, problems = json.loads(kept)
    listed = (Problem(address=where, kind=kind, detail=what, size=size) for where, kind, what, size in problems)
    return Detail(ledger(books), documents, tuple(listed))


# --- documents --------------------------------------------------------------------------------------------------------


def document_bytes(document: DocumentResult) -> bytes:
    """A document with findings for the database, without its address and its sketches."""
    latest = document.latest.isoformat() if document.latest else None
    body = {
        "format": document.format,
        "encoding": document.encoding,
        "size": document.size,
        "modified": document.modified,
        "latest": latest,
        "own": document.own,
        "persons": document.persons.to_dict(),
        "findings": [_finding(finding) for finding in document.findings],
    }
    return zlib.compress(json.dumps(body, ensure_ascii=True).encode("ascii"), 1)


def _finding(finding: Finding) -> dict[str, Any]:
    places = finding.places[:PLACES]
    omitted = finding.places_omitted + len(finding.places) - len(places)
    return finding.to_dict() | {"places": [place.to_dict() for place in places], "places_omitted": omitted}


def document(address: str, path: str, body: bytes, sketches: bytes) -> DocumentResult:
    """A document from the database, at the address where it lies now."""
    known = json.loads(zlib.decompress(body))
    return DocumentResult(
        address=address,
        path=path,
        format=known["format"],
        encoding=known["encoding"],
        size=known["size"],
        modified=known["modified"],
        own=known["own"],
        latest=date.fromisoformat(known["latest"]) if known["latest"] else None,
        persons=Persons(**known["persons"]),
        findings=tuple(_known_finding(one) for one in known["findings"]),
        sketches=dict(_known_sketches(sketches)),
    )


def _known_finding(one: dict[str, Any]) -> Finding:
    places = tuple(Place(**place) for place in one["places"])
    return Finding(**(one | {"masked": tuple(one["masked"]), "places": places}))


def sketch_bytes(sketches: Mapping[str, tuple[int, ...]]) -> bytes:
    """The keyed digests of a document's values for the database."""
    head = json.dumps([[kind, len(digests)] for kind, digests in sorted(sketches.items())])
    return head.encode("ascii") + b"\n" + b"".join(array("Q", sketches[kind]).tobytes() for kind in sorted(sketches))


def _known_sketches(kept: bytes) -> Iterator[tuple[str, tuple[int, ...]]]:
    head, _, rest = kept.partition(b"\n")
    at = 0
    for kind, count in json.loads(head):
        yield kind, tuple(array("Q", rest[at : at + 8 * count]))
        at += 8 * count


def likeness(document: DocumentResult, sketches: bytes) -> bytes:
    """Equal for two documents in which the same was found, wherever they lie."""
    found = sorted((one.rule, one.confidence, one.count, one.distinct) for one in document.findings)
    return blake2b(json.dumps(found).encode() + b"\0" + sketches, digest_size=16).digest()
