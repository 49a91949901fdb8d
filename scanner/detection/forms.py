"""Forms in running text: lines of labels and their values, laid out as rows of which the first cell is the label.

One known label is a line of running text, two that lie near one another are a form. Every label and value has a column
of its own, so that nothing in one line is taken for the header of another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import regex

from scanner.detection.labels import BARS, Label, Labels
from scanner.origin import Cell, Row
from scanner.text import fold

LONGEST_LINE = 300
LINES = 4_000
"""Lines of one form, or of several that follow one another."""
TABLE = "form\n"
"""How the names of their tables begin: no reader's table is called so."""
APART = 3
"""So many lines without a label may follow one another."""
LEAST = 2
"""A form has no fewer known labels with values."""
_RULER = regex.compile(rf"[\s\u2500-\u257f{BARS}:=+*_.~-]*")
_BAR = regex.compile(f"[{BARS}]")
_CODE = regex.compile(r"[\"{}\\\x00]|;$|//|</|->|=>|\(\)")
"""What a line of code or markup has."""
_BULLET = regex.compile(
    r"\s*(?:(?:[■●◆◇▼▲▪★☆□○◎・※*>-]{1,3}|\([0-9]{1,2}\)|[0-9]{1,2}[.)](?![0-9])|[①-⑳]|[QA][0-9]{0,2}[.:])[ ]?)?[ \t]*"
)
_IN_BRACKETS = regex.compile(r"\s*\( {1,12}([^()\s](?:[^()]{0,80}[^()\s])?) *\)")
"""Room that a form leaves for a value."""
_APART = regex.compile(r"(?<=\S)(?: {6,}| +(?=※))(?=\S)")
_CHOICE = regex.compile("[☑☒✔✓■●◉◎□☐○◯〇]")
_ANSWER = regex.compile(r"(?:\s*(?:A[0-9]{0,2}[.:]|答[.:]))?")
_START = regex.compile(r"(?<=[ \t、,;/])[^\s\d、,;/:]|(?<!^)[【\[<]")
"""Where another label of the line may begin."""
_TAIL = " \t\r、,/;・【[<(■●◆◇"
"""What stands between a value and the label after it."""
Span = tuple[int, int]
NOWHERE = (-1, -1)


class Entry(NamedTuple):
    """A label and its values, as spans; of a known label a rule may make something."""

    label: Span
    values: tuple[Span, ...]
    known: bool


class Form(NamedTuple):
    """The part of a text that a form covers, and its rows."""

    start: int
    end: int
    rows: tuple[Row, ...]


def entries(line: str, labels: Labels) -> list[Entry]:
    """The entries of a folded line that begins with a label; none where it does not, or is a row of headers."""
    if len(line) > LONGEST_LINE or not (labels.may_begin(line) or _BAR.search(line)) or _CODE.search(line):
        return []
    cells = _cells(line)
    if len(cells) > 1:
        return _barred(line, cells, labels)
    begin, end = cells[0] if cells else (0, 0)
    found = _labels(line[:end], _BULLET.match(line, begin, end).end(), labels)  # type: ignore[union-attr]
    if not found or (len(found) > 1 and not any(one.strong for one in found) and found[0].value == found[1].start):
        return []  # headers
    ends = [*(one.start for one in found[1:]), end]
    return [
        Entry((one.start, one.end), tuple(_values(line, one.value, last)), one.known)
        for one, last in zip(found, ends, strict=True)
    ]


def _labels(line: str, begin: int, labels: Labels) -> list[Label]:
    first = labels.at(line, begin, first=True)
    if first is None:
        return []
    found = [first]
    for start in (one.start() for one in _START.finditer(line, first.end)):
        if start < found[-1].value or line[start] == "〒":  # it stands before an address, and belongs to it
            continue
        label = labels.at(line, start, first=False)
        if label and (label.strong or _set_off(line, start) or labels.span(line[start : label.end])[0] >= 0):
            found.append(label)
    return found


def _set_off(line: str, start: int) -> bool:
    """Whether a wide gap stands before a character."""
    return line[max(start - 2, 0) : start].isspace() or line[start - 1 : start] == "\t"


def _cells(line: str) -> list[Span]:
    """What stands between the bars of a line."""
    spans: list[Span] = []
    start = 0
    for bar in _BAR.finditer(line):
        spans += _trimmed(line, start, bar.start())
        start = bar.end()
    spans += _trimmed(line, start, len(line))
    return spans


def _barred(line: str, cells: Sequence[Span], labels: Labels) -> list[Entry]:
    """Labels and values between bars: each label with the cells up to the next one."""
    known = [labels.end(line, _past_bullet(line, cell), 8, cell[1]) == cell[1] for cell in cells]
    if len(cells) == 2 and not any(known):
        return [Entry(cells[0], (cells[1],), False)]
    if not known[0] or all(known):
        return []
    starts = [at for at, label in enumerate(known) if label]
    return [
        Entry((_past_bullet(line, cells[at]), cells[at][1]), tuple(cells[at + 1 : until]), True)
        for at, until in zip(starts, [*starts[1:], len(cells)], strict=True)
    ]


def _past_bullet(line: str, cell: Span) -> int:
    return min(_BULLET.match(line, *cell).end(), cell[1] - 1)  # type: ignore[union-attr]


def _values(line: str, start: int, end: int) -> Iterator[Span]:
    """The values behind a label: what stands far apart is another one."""
    apart = [] if _CHOICE.search(line, start, end) else list(_APART.finditer(line, start, end))
    for first, last in zip([start, *(gap.end() for gap in apart)], [*(gap.start() for gap in apart), end], strict=True):
        yield from _trimmed(line, first, last)


def _trimmed(line: str, start: int, end: int) -> Iterator[Span]:
    value = line[start:end]
    bracketed = _IN_BRACKETS.match(value)
    if bracketed:
        yield start + bracketed.start(1), start + bracketed.end(1)
        yield from _trimmed(line, start + bracketed.end(), end)
        return
    first, last = start + len(value) - len(value.lstrip()), start + len(value.rstrip(_TAIL))
    if first < last:
        yield first, last


@dataclass(slots=True)
class _Draft:
    """A form that is being read, line by line."""

    text: str
    entries: list[Entry] = field(default_factory=list)
    lines: int = 0
    """Lines that begin with a label."""
    inline: bool = False
    """A value stands on the line of its label: one that is missing there stands no further than on the next line."""
    quiet: int = 0
    """Lines without a label since the last one."""
    start: int = -1
    end: int = -1

    def add(self, start: int, found: Sequence[Entry]) -> None:
        """Add the entries of the line that begins at a character."""
        for one in found:
            self.entries.append(
                Entry(
                    (one.label[0] + start, one.label[1] + start),
                    tuple((first + start, last + start) for first, last in one.values),
                    one.known,
                )
            )
        self.quiet = 0
        self.lines += 1
        self.inline |= any(one.values for one in found)
        self.start = self.start if self.start >= 0 else start

    def go_on(self, start: int, line: str) -> bool:
        """Add a line without a label: the value of a label above, or the rest of a value; returns whether it fits."""
        self.quiet += 1
        if not line.strip() or _RULER.fullmatch(line):
            return self.quiet <= APART
        span = next(_trimmed(line, _ANSWER.match(line).end(), len(line)), (0, 0))  # type: ignore[union-attr]
        if self.entries and not self.entries[-1].values and not (self.inline and self.quiet > 1):
            self.entries[-1] = self.entries[-1]._replace(values=((span[0] + start, span[1] + start),))
            self.quiet = 0
        elif (
            self.entries
            and self.entries[-1].values
            and self.quiet == 1
            and line[:2].isspace()
            and not any(bar in line for bar in BARS)
        ):
            last = self.entries[-1]
            self.entries[-1] = last._replace(values=(*last.values[:-1], (last.values[-1][0], span[1] + start)))
        elif self.entries and self.quiet == 2 and self.entries[-1].label == NOWHERE and not self.inline:
            # where one label stands above its value, others may
            self.entries[-1] = Entry(self.entries[-1].values[0], ((span[0] + start, span[1] + start),), False)
        else:
            self.entries.append(Entry(NOWHERE, ((span[0] + start, span[1] + start),), False))
        return self.quiet <= APART

    def form(self) -> Form | None:
        """The form, when enough is known of it."""
        while self.entries and (not self.entries[-1].values or self.entries[-1].label == NOWHERE):
            self.entries.pop()
        filled = sum(one.known and bool(one.values) for one in self.entries)
        if min(filled, self.lines) < LEAST or 3 * filled < len(self.entries):
            return None
        columns = count()
        rows = (
            Row(number, tuple(Cell(*span, next(columns)) for span in (one.label, *one.values) if span != NOWHERE))
            for number, one in enumerate(self.entries, 1)
        )
        end = max(self.entries[-1].values[-1][1], self.entries[-1].label[1])
        return Form(self.start, end, tuple(rows))


def form(text: str, start: int, at: int, labels: Labels) -> tuple[Form | None, int]:
    """The first form that begins between two characters of a text, and up to where the text has been read."""
    draft = _Draft(text)
    for _ in range(LINES):
        end = text.find("\n", start)
        end = end if end >= 0 else len(text)
        line = fold(text[start:end]) if end - start <= LONGEST_LINE else ""
        found = entries(line, labels) if line else []
        if found:
            draft.add(start, found)
        elif draft.start >= 0 and (end - start > LONGEST_LINE or not draft.go_on(start, line)):
            made = draft.form()
            if made or start > at:
                return made, start
            draft = _Draft(text)
        start = end + 1
        if start >= len(text) or (draft.start < 0 and start > at):
            break
    return draft.form(), start
