"""One part of an Office Open XML package as text: paragraphs, tables, asides and the attributes that people fill in.

One machine serves WordprocessingML, DrawingML, VML, charts, comments, properties and custom XML alike, because it goes
by local names; what it does not know it reads as lines of text. The grid of a worksheet is not its business.
"""

import bisect
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from scanner.formats._ooxml import Entry, Package, parser
from scanner.model import Segment
from scanner.origin import Cell, FixedOrigin, Origin, Place, Row, Table

BLOCK_CHARS = 1 << 16
"""A segment is closed when it has so many characters."""
_MAX_FRAMES = 64
_MAX_COLUMNS = 1 << 14
_MAX_NAMES = 4096
_SPACES = str.maketrans("\t\n\r", "   ")

_PLAIN, _DELETED, _FIELD, _LOOSE, _SKIPPED = range(5)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_POSITIONS = _words(
    """posOffset pctWidth pctHeight pctPosHOffset pctPosVOffset align col row colOff rowOff formatCode ptCount Anchor
    Row Column binData binaryData idx order axId crossAx uniqueId MoveWithCells SizeWithCells Visible AutoFill Locked
    LockText tableStyleId"""
)
"""Elements whose characters say where and how, not what."""
_MODES = {
    "t": _PLAIN,
    "delText": _DELETED,
    **dict.fromkeys(("instrText", "delInstrText"), _FIELD),
    **dict.fromkeys(_POSITIONS, _SKIPPED),
}
_ALWAYS = _words(
    """title descr alt author initials displayName displayText userName prompt promptTitle error errorTitle tooltip
    instr v value caption name connection command sourceFile href string totalsRowLabel comment description refersTo
    contact statusText text"""
)
_NEVER = _words("typeface ascii hAnsi eastAsia cs font-family script uri Type ContentType PartName panose")
_VALUED = _words(
    """alias tag docVar tblCaption tblDescription text default result statusText helpText filter customFilter sheetName
    attachedTemplate"""
)
_TELLING = dict.fromkeys(_VALUED, "val") | {"Relationship": "Target"}
"""Elements and the attribute that is text in them, though not everywhere."""
_NAMELESS = _words("lsdException font style cellStyle tableStyle fontScheme clrScheme theme x")
"""Elements whose plain names the office programs give (``x`` is an index into a pivot cache)."""
_CELL_WEIGHT = 64
"""What a cell costs beside its characters."""


@dataclass(frozen=True, slots=True)
class ParagraphOrigin:
    """A run of paragraphs: `starts[i]` is where paragraph `numbers[i]` of the part begins in the segment's text."""

    at: Place
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    def place(self, segment: Segment, start: int, end: int) -> Place:
        """The part and the paragraph, counted from 1."""
        index = max(bisect.bisect_right(self.starts, start) - 1, 0)
        return replace(self.at, paragraph=self.numbers[index])


@dataclass(slots=True)
class _Frame:
    """Text that must not run into what surrounds it: the body, a cell, a text box."""

    run: list[str] = field(default_factory=list)
    tracked: dict[int, int] = field(default_factory=dict)
    """Pieces of `run` that a tracked change removed (-1) or added (1)."""
    code: list[str] = field(default_factory=list)
    late: dict[str, None] = field(default_factory=dict)
    """Asides of the open paragraph: text boxes, field codes, readings. The two branches of an alternative are equal."""
    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    depth: int = 0
    """Paragraphs that are open."""
    cell: bool = False

    def close_paragraph(self, number: int) -> None:
        """Turn what has been said since the last paragraph into lines."""
        lines = ["".join(self.run)]
        if -1 in self.tracked.values():
            pieces = [(piece, self.tracked.get(index, 0)) for index, piece in enumerate(self.run)]
            lines = ["".join(piece for piece, sign in pieces if sign >= 0)]
            lines.append("".join(piece for piece, sign in pieces if sign <= 0))
        lines += ["".join(self.code), *self.late]
        for line in lines:
            if line and not line.isspace():
                self.lines.append(line)
                self.numbers.append(number)
        if self.run or self.code:
            self.run, self.tracked, self.code = [], {}, []
        if self.late:
            self.late = {}


@dataclass(slots=True)
class _Grid:
    """A table that is being read."""

    name: str
    rows: list[list[tuple[int, str]]] = field(default_factory=list)
    first: int = 1
    column: int = 0
    span: int = 1
    size: int = 0


class _Tag(NamedTuple):
    """What an element means here: its local name, the meaning of its characters, what to do at its ends."""

    local: str
    mode: int
    begin: "Callable[[Flow, dict[str, str]], None] | None"
    finish: "Callable[[Flow], None] | None"


class _Known(dict[str, _Tag]):
    """The tags that were seen; of a bounded number."""

    def __missing__(self, tag: str) -> _Tag:
        if len(self) > _MAX_NAMES:
            self.clear()
        local = tag.rpartition(":")[2]
        self[tag] = found = _Tag(local, _MODES.get(local, _LOOSE), _STARTS.get(local), _ENDS.get(local))
        return found


class _Verdicts(dict[str, bool | None]):
    """Whether an attribute is text: always, never, or (None) when it is not plain ASCII."""

    def __missing__(self, name: str) -> bool | None:
        if len(self) > _MAX_NAMES:
            self.clear()
        local = name.rpartition(":")[2]
        denied = local in _NEVER or name.startswith("xmlns")
        verdict = False if denied else True if local in _ALWAYS else None
        self[name] = verdict
        return verdict


_known = _Known()
_verdicts = _Verdicts()


class Flow:
    """Turns the events of an XML parser into segments, which gather in `ready`.

    `numbered` gives each paragraph its number; `generic` takes every attribute for text (custom XML has its own
    vocabulary).
    """

    def __init__(self, address: str, place: Place, *, numbered: bool = False, generic: bool = False) -> None:
        self.ready: deque[Segment] = deque()
        self.held = 0
        self._address = address
        self._name = ""
        self._place = place
        self._numbered = numbered
        self._generic = generic
        self._frames = [_Frame()]
        self._grids: list[_Grid] = []
        self._opened: list[_Frame | _Grid | None] = []
        self._tables = 0
        self._paragraph = 0
        self._mode = _LOOSE
        self._loose: list[str] = []
        self._removed = self._added = 0
        self._attributes: dict[str, None] = {}
        self._attributes_size = 0

    def feed(self, package: Package, entry: Entry) -> Iterator[Segment]:
        """The segments of one part."""
        return self.run(package, entry.name, package.chunks(entry))

    def run(self, package: Package, name: str, chunks: Iterator[bytes]) -> Iterator[Segment]:
        """The segments of what is left of a part."""
        self._name = name
        machine = parser()
        machine.StartElementHandler = self.start
        machine.EndElementHandler = self.end
        machine.CharacterDataHandler = self.text
        for _ in package.parse(machine, chunks):
            package.budget.hold(self.held)
            while self.ready:
                yield self.ready.popleft()
        self.close()
        yield from self.ready

    # --- events ---

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if self._loose:
            self._settle()
        local, mode, begin, _ = _known[tag]
        self._mode = _LOOSE if self._generic else mode
        if begin is not None:
            begin(self, attributes)
        if attributes:
            self._notice(local, attributes)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._loose:
            self._settle()
        self._mode = _LOOSE
        finish = _known[tag].finish
        if finish is not None:
            finish(self)

    def text(self, data: str) -> None:
        """Character data."""
        mode = self._mode
        if mode == _PLAIN:
            frame = self._frames[-1]
            if self._added or self._removed:
                frame.tracked[len(frame.run)] = -1 if self._removed else 1
            frame.run.append(data)
        elif mode == _LOOSE:
            if not self._loose and data.isspace():
                return
            self._loose.append(data)
        elif mode == _DELETED:
            frame = self._frames[-1]
            frame.tracked[len(frame.run)] = -1
            frame.run.append(data)
        elif mode == _FIELD:
            self._frames[-1].code.append(data)
        else:
            return
        self.held += len(data)

    def close(self) -> None:
        """The part is over, perhaps in the middle of an element: hand out what there is."""
        if self._loose:
            self._settle()
        while self._opened:
            innermost = self._opened[-1]
            if isinstance(innermost, _Grid):
                self._close_grid()
            elif innermost is not None and innermost.cell:
                self._close_cell()
            else:
                self._close_aside()
        self._frames[-1].close_paragraph(self._paragraph)
        self._emit_text()
        self._emit_attributes()

    # --- text ---

    def _settle(self) -> None:
        """Character data of an element that is not known: a line of its own."""
        line = "".join(self._loose).strip()
        self._loose = []
        if line:
            frame = self._frames[-1]
            if frame.depth:
                frame.late[line] = None
            else:
                frame.lines.append(line)
                frame.numbers.append(self._paragraph)
                self._check_size()

    def _say(self, char: str) -> None:
        self._frames[-1].run.append(char)

    def _open_paragraph(self, _: dict[str, str]) -> None:
        self._paragraph += 1
        frame = self._frames[-1]
        frame.depth += 1
        if frame.depth == 1 and frame.run:
            frame.close_paragraph(self._paragraph - 1)

    def _close_paragraph(self) -> None:
        frame = self._frames[-1]
        frame.depth = max(frame.depth - 1, 0)
        frame.close_paragraph(self._paragraph)
        self._check_size()

    def _break(self) -> None:
        frame = self._frames[-1]
        if not frame.depth:
            frame.close_paragraph(self._paragraph)
            self._check_size()

    def _check_size(self) -> None:
        if self.held > BLOCK_CHARS and len(self._frames) == 1:
            self._emit_text()

    def _tab(self, attributes: dict[str, str]) -> None:
        # The same name defines a tab stop, then with attributes.
        if not attributes:
            self._say("\t")

    def _track(self, removed: int, added: int) -> None:
        self._removed += removed
        self._added += added

    # --- frames ---

    def _open_aside(self, _: dict[str, str]) -> None:
        frame = _Frame() if len(self._frames) < _MAX_FRAMES else None
        self._opened.append(frame)
        if frame is not None:
            self._frames.append(frame)

    def _pop(self) -> str | None:
        """Close the innermost frame: its text, or None when there was no room for a frame of its own."""
        if self._opened.pop() is None:
            return None
        frame = self._frames.pop()
        frame.close_paragraph(self._paragraph)
        return "\n".join(frame.lines)

    def _close_aside(self, *, again: bool = False) -> None:
        """Hand the aside to what surrounds it; `again`: unless it repeats what came before."""
        text = self._pop()
        outer = self._frames[-1]
        if text and not (again and outer.lines and outer.lines[-1] == text):
            outer.late[text] = None
            if not outer.depth and not outer.run:
                outer.close_paragraph(self._paragraph)
                self._check_size()

    def _open_grid(self, _: dict[str, str]) -> None:
        if len(self._frames) == 1:
            self._frames[0].close_paragraph(self._paragraph)
            self._emit_text()
        self._tables += 1
        grid = _Grid(f"{self._name} table {self._tables}")
        self._grids.append(grid)
        self._opened.append(grid)
        self._weigh(grid, 8 * _CELL_WEIGHT)

    def _close_grid(self) -> None:
        self._opened.pop()
        self._emit_rows(self._grids.pop())

    def _open_row(self, _: dict[str, str]) -> None:
        if self._grids:
            grid = self._grids[-1]
            grid.rows.append([])
            grid.column = 0
            self._weigh(grid, _CELL_WEIGHT)

    def _close_row(self) -> None:
        if self._grids and self._grids[-1].size > 4 * BLOCK_CHARS:
            self._emit_rows(self._grids[-1])

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._open_aside(attributes)
        innermost = self._opened[-1]
        if isinstance(innermost, _Frame):
            innermost.cell = True
        if self._grids:
            self._grids[-1].span = 1

    def _close_cell(self) -> None:
        if not self._grids or not self._grids[-1].rows:
            self._close_aside()
            return
        text = (self._pop() or "").translate(_SPACES)
        grid = self._grids[-1]
        grid.rows[-1].append((grid.column, text))
        grid.column = min(grid.column + grid.span, _MAX_COLUMNS)
        self._weigh(grid, len(text) + _CELL_WEIGHT)
        self.held -= len(text)

    def _weigh(self, grid: _Grid, amount: int) -> None:
        grid.size += amount
        self.held += amount

    def _span(self, attributes: dict[str, str], *, before: bool = False) -> None:
        value = next((value for name, value in attributes.items() if name.endswith("val")), "")
        if self._grids and value.isascii() and value.isdecimal() and len(value) < 5:
            grid = self._grids[-1]
            if before:
                grid.column = min(int(value), _MAX_COLUMNS)
            else:
                grid.span = max(int(value), 1)

    # --- attributes ---

    def _notice(self, local: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            verdict = _verdicts[name]
            if verdict is None and value.isascii() and "@" not in value:
                verdict = self._generic or (local in _TELLING and name.endswith(_TELLING[local]))
            if verdict is False or (local in _NAMELESS and value.isascii()) or value in self._attributes:
                continue
            if local == "Relationship" and attributes.get("TargetMode") != "External":
                continue
            if value and not value.isspace():
                self._attributes[value] = None
                self._attributes_size += len(value)
                if self._attributes_size > BLOCK_CHARS:
                    self._emit_attributes()

    # --- segments ---

    def _emit(self, text: str, origin: Origin, label: str = "", table: Table | None = None) -> None:
        self.ready.append(Segment(text=text, address=self._address, origin=origin, label=label, table=table))

    def _emit_text(self) -> None:
        frame = self._frames[0]
        if frame.lines:
            origin: Origin = FixedOrigin(self._place)
            if self._numbered:
                starts, at = [], 0
                for line in frame.lines:
                    starts.append(at)
                    at += len(line) + 1
                origin = ParagraphOrigin(self._place, tuple(starts), tuple(frame.numbers))
            self._emit("\n".join(frame.lines), origin)
            frame.lines, frame.numbers = [], []
        if not self._grids:
            self.held = 0

    def _emit_attributes(self) -> None:
        if self._attributes:
            self._emit("\n".join(self._attributes), FixedOrigin(self._place), "attributes")
        self._attributes = {}
        self._attributes_size = 0

    def _emit_rows(self, grid: _Grid) -> None:
        rows, lines, at = [], [], 0
        for number, cells in enumerate(grid.rows, grid.first):
            spans = []
            for column, text in cells:
                spans.append(Cell(at, at + len(text), column))
                at += len(text) + 1
            if cells:
                rows.append(Row(number, tuple(spans)))
                lines.append("\t".join(text for _, text in cells))
        text = "\n".join(lines)
        if text and not text.isspace():
            self._emit(text, FixedOrigin(self._place), "", Table(name=grid.name, rows=tuple(rows)))
        grid.first += len(grid.rows)
        self.held = max(self.held - grid.size, 0)
        grid.rows, grid.size = [], 0


_ASIDES = ("txbxContent", "txBody", "Choice", "Fallback", "rt", "rPh")
_BREAKS = ("si", "is", "comment", "threadedComment", "cm", "author", "textbox", "div")
_STARTS: dict[str, Callable[[Flow, dict[str, str]], None]] = {
    "p": Flow._open_paragraph,
    "tab": Flow._tab,
    **dict.fromkeys(("br", "cr"), lambda flow, _: flow._say("\n")),
    "ptab": lambda flow, _: flow._say("\t"),
    "noBreakHyphen": lambda flow, _: flow._say("-"),
    **dict.fromkeys(_ASIDES, Flow._open_aside),
    **dict.fromkeys(("del", "moveFrom"), lambda flow, _: flow._track(1, 0)),
    **dict.fromkeys(("ins", "moveTo"), lambda flow, _: flow._track(0, 1)),
    "tbl": Flow._open_grid,
    "tr": Flow._open_row,
    "tc": Flow._open_cell,
    "gridSpan": Flow._span,
    "gridBefore": lambda flow, attributes: flow._span(attributes, before=True),
}
_ENDS: dict[str, Callable[[Flow], None]] = {
    "p": Flow._close_paragraph,
    **dict.fromkeys(_BREAKS, Flow._break),
    **dict.fromkeys(_ASIDES, Flow._close_aside),
    "Fallback": lambda flow: flow._close_aside(again=True),
    **dict.fromkeys(("del", "moveFrom"), lambda flow: flow._track(-1, 0)),
    **dict.fromkeys(("ins", "moveTo"), lambda flow: flow._track(0, -1)),
    "tbl": Flow._close_grid,
    "tr": Flow._close_row,
    "tc": Flow._close_cell,
}
