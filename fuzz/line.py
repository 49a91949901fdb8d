"""One document through the line, as a worker takes it, and what is wrong with how it went."""

import io
import time
from pathlib import Path

from scanner import formats
from scanner.examine import Account, read
from scanner.limits import MIB, Budget, Limits
from scanner.model import PROBLEM_KINDS, Document, DocumentResult, Segment

GOLDEN = Path(__file__).parents[1] / "tests" / "data" / "formats"
FOUND = Path(__file__).parent / "found"

LIMITS = Limits(
    members=2000,
    expanded=16 * MIB,
    ratio_floor=4 * MIB,
    memory=8 * MIB,
    seconds=2.0,
    seconds_per_mib=0.05,
)
"""Tight, so that bombs end soon; what they let through costs little."""
OVERDUE = 1.5
"""So many times its seconds may a document take: time is judged now and then only."""
MEMORY = 512 * MIB
"""By so much a process may grow; the limits above allow a small part of it."""
_OUT_OF_MEMORY = "needs more memory than its limit"
_SAMPLES = 12


def document_of(data: bytes, name: str) -> Document:
    """The document that a file on disk with these bytes would be."""
    return Document(address=name, path=name, name=name, size=len(data), opener=lambda: io.BytesIO(data))


def seeds(form: str) -> tuple[Path, ...]:
    """The golden documents of a format."""
    return tuple(sorted(GOLDEN.glob(f"{form}/*/input.*")))


def names(form: str) -> tuple[str, ...]:
    """The file names under which bytes are tried, each once."""
    return tuple(sorted({path.name for path in seeds(form)})) or ("input.bin",)


def name_for(data: bytes, form: str) -> str | None:
    """The name under which the reader named `form` accepts the bytes; None: it is for another one to read them."""
    for name in names(form):
        try:
            picked = formats.pick(document_of(data, name)).NAME
        except Exception:  # noqa: BLE001 - the line will say what it is
            return name
        if picked == form:
            return name
    return None


class Looker:
    """Looks at each segment as detection does: its text, its grid, and the way back from both."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def take(self, segment: Segment, form: str) -> None:
        """Ask for places all over the segment, and hold its grid against its text."""
        length = len(segment.text)
        if segment.utf8 is not None and segment.utf8 != segment.text.encode():
            self.faults.append(f"{form}: utf8 is another text")
        segment.place.to_dict()
        for at in range(0, length, max(1, length // _SAMPLES)):
            segment.origin.place(segment, at, min(at + 12, length))
        last = 0
        for row in segment.table.rows if segment.table else ():
            for cell in row.cells:
                if not last <= cell.start <= cell.end <= length:
                    self.faults.append(f"{form}: a cell outside its text")
                    return
                last = cell.end

    def result(self) -> DocumentResult | None:
        """Nothing is looked for."""
        return None


def fault(data: bytes, name: str, limits: Limits = LIMITS) -> str | None:
    """What is wrong with how a document went, in a few words that are the same for the same defect; None: nothing."""
    document, account, looker = document_of(data, name), Account(), Looker()
    began = time.process_time()
    read(document, Budget(limits, document.size), lambda _: looker, account)
    took = time.process_time() - began
    for problem in account.problems:
        if problem.kind == "bug":
            return problem.detail
        if problem.kind not in PROBLEM_KINDS:
            return f"a problem of no known kind: {problem.kind}"
        if problem.detail == _OUT_OF_MEMORY:
            return "memory beyond the budget"
    if looker.faults:
        return looker.faults[0]
    if took > OVERDUE * limits.deadline(document.size + limits.expanded):
        return "longer than its time limit"
    if sum(account.ledger.entries.values()) < 1:
        return "no entry in the ledger"
    return None
