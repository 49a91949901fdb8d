"""SQL dumps: the rows of ``INSERT … VALUES`` and ``COPY … FROM stdin`` as tables, all other statements as plain text.

The segments are stretches of the decoded file as it stands, so offsets are those of the file; quotes are outside the
cells, escapes inside them stay. Statements that name no columns have those of the ``CREATE TABLE`` before them. It
reads what MySQL, PostgreSQL, SQLite, SQL Server and Oracle have in common and is no parser: what it does not understand
is text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, cast

from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.limits import Budget
from scanner.model import Document, Segment
from scanner.origin import Cell, MappedOrigin, Origin, Row, Table, TextOrigin
from scanner.text import LEAD, Block, blocks, preview

NAME = "sql"
RANK = 690
ENDINGS = (".sql", ".ddl", ".dml")

MAX_ROW = 1 << 16
"""Characters of a row, a list of columns, or the definitions of a table. A longer one holds an image, or is none."""

_BLOCK = 1 << 18  # bounds the cells held at once
_MOST_TABLES = 10_000
_LONGEST_HEAD = 1 << 14
"""Characters of a statement before its rows."""
_UNSURE = 64
"""Characters at the end of a block in which a word may have begun that goes on in the next one."""

_NAMED = r"(?:`[^`\n]{1,200}+`|\"[^\"\n]{1,200}+\"|\[[^\]\n]{1,200}+\]|[^\W\d][\w$#@]{0,200}+)"
_TABLE = rf"{_NAMED}(?:\s{{0,9}}\.\s{{0,9}}{_NAMED}){{0,3}}+"
_COLUMNS = rf"\(\s{{0,99}}+{_NAMED}\s{{0,99}}+(?:,\s{{0,99}}+{_NAMED}\s{{0,99}}+)*+\)"
_HOW = "INTO|IGNORE|DELAYED|LOW_PRIORITY|HIGH_PRIORITY|OR[ ](?:REPLACE|IGNORE|ABORT|FAIL|ROLLBACK)"
_INSERT = re.compile(
    rf"(?:(?:INSERT|REPLACE)\s{{1,99}}+(?:(?:{_HOW})\s{{1,99}}+){{0,4}}+|INTO\s{{1,99}}+)"
    rf"(?P<table>{_TABLE})\s{{0,99}}+(?P<columns>{_COLUMNS})?+\s{{0,99}}+"
    r"(?:OVERRIDING\s{1,9}+\w{1,9}+\s{1,9}+VALUE\s{1,99}+)?+VALUES?+\s{0,99}+(?=\()",
    re.IGNORECASE,
)
_COPY = re.compile(
    rf"COPY\s{{1,99}}+(?P<table>{_TABLE})\s{{0,99}}+(?P<columns>{_COLUMNS})?+\s{{0,99}}+FROM\s{{1,9}}+STDIN\s{{0,9}}+;"
    r"[ \t\r]{0,9}+\n",
    re.IGNORECASE,
)
_CREATE = re.compile(
    rf"CREATE\s{{1,99}}+(?:\w{{1,20}}+\s{{1,99}}+){{0,3}}?TABLE\s{{1,99}}+(?:IF\s{{1,9}}+NOT\s{{1,9}}+EXISTS\s{{1,99}}+)?+"
    rf"(?P<table>{_TABLE})\s{{0,99}}+\(",
    re.IGNORECASE,
)
_KEYWORD = re.compile(r"[IiRrCc](?i:NSERT|NTO|EPLACE|REATE|OPY)\s")
_SCRIPT = re.compile(
    r"[\s;]*+(?:--|/\*|(?i:SET|BEGIN|START|PRAGMA|USE|DROP|CREATE|ALTER|LOCK|DELETE|TRUNCATE|INSERT|REPLACE|COPY)\b)"
)
"""How a dump begins."""
_ESCAPING = re.compile(r"`|\bENGINE\s*=|\b(?:MySQL|MariaDB)\b")
"""Where a backslash takes away the meaning of what follows it, as nowhere else."""
_ITEM = (
    r"\s*+(?:(?:[NnEeBbXx]|_\w{{1,20}}\s?)?+'((?:[^'\\]++|''|{0})*+)'"
    r'|"((?:[^"\\]++|""|\\.)*+)"'
    r"|([^\s'\"(),/-][^'\"(),/]*+|-?[\d.]++))\s*+([,)])"
)
"""A constant or a bare word, and what ends it."""
_ITEMS = {
    True: re.compile(_ITEM.format(r"\\."), re.DOTALL),
    False: re.compile(_ITEM.format(r"\\'(?!\s*+[,)])|\\"), re.DOTALL),
}
"""By whether a backslash surely escapes; where that is not sure, it does unless the row goes on after the quote."""
_TOKEN = re.compile(
    r"'(?:[^'\\]++|''|\\.)*+'|\"(?:[^\"\\]++|\"\"|\\.)*+\"|--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
    r"|[(),]|[^'\"(),/-]++|.",
    re.DOTALL,
)
_WRAPPED = re.compile(
    r"\s*+(?:[A-Za-z_]\w{0,40}+\(\s{0,9}+)?+[NnEe]?+'((?:[^'\\]++|''|\\.)*+)'(?=[\s:),])[^\d@]*+\Z", re.DOTALL
)
"""One constant in a cast or a function: ``'…'::text``, ``TO_DATE('…','YYYY-MM-DD')``."""
_BEFORE_A_ROW = re.compile(r"[\s,]*+(?=\()")
_BETWEEN_ROWS = re.compile(r"[\s,]*+")
_COMMENT = re.compile(r"[\s,]*+(?:--[^\n]{0,999}+\n|/\*(?:[^*]|\*(?!/)){0,999}+\*/)")
_ROW_AGAIN = re.compile(r"\)\s*+,\s*+\(")
_END_OF_STATEMENT = re.compile(r"\s*+;\s*+")
_END_OF_COPY = re.compile(r"^\\\.\r?$", re.MULTILINE)
_ANYTHING = re.compile(r"\w")
_COLUMN = re.compile(
    r"(?:\s++|--[^\n]*+)*+"
    r"(?!(?i:PRIMARY|KEY|UNIQUE|CONSTRAINT|INDEX|FOREIGN|CHECK|FULLTEXT|SPATIAL|EXCLUDE|LIKE|PERIOD)\b)"
    rf"({_NAMED})"
)
_NOTE = re.compile(r"[ \t]*+--[^\n]*+")
"""A comment behind the comma speaks of the column before it."""
_LABEL = re.compile(
    r"(?:\bCOMMENT\s{1,9}+'|--[ \t]{0,9}+)([^'\\\d:=：＝。、,\n]{1,16})(?:'|\r?$)", re.IGNORECASE | re.MULTILINE
)
"""A comment of few characters is what people call the column."""
_NAME = re.compile(_NAMED)
_LINE = re.compile(r"[^\n]+")
_QUOTES = '`"[]'
_UNCLOSED = "'\""

_cell = cast("Callable[[tuple[int, int, int]], Cell]", partial(tuple.__new__, Cell))  # twice as fast as Cell(...)


def accepts(document: Document) -> bool:
    """Whether the document is called a script, or begins like one and inserts rows."""
    seen = preview(document.head)
    if seen is None:
        return False
    if document.suffix in ENDINGS:
        return True
    return _SCRIPT.match(seen[1]) is not None and _inserts(seen[1])


def _inserts(text: str) -> bool:
    return any(_INSERT.match(text, at) or _COPY.match(text, at) for at in _keywords(text, 0, len(text)))


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """Stretches of rows under a table of their name, and the text between them; rows are counted through the file."""
    seen = preview(document.head)
    script = _Script(escaping=seen is not None and _ESCAPING.search(seen[1]) is not None)
    failure = name = None
    with document.open() as stream:
        try:
            for encoding, block in blocks(stream, size=_BLOCK):
                budget.tick()
                name = encoding.name
                script.add(block)
                for stretch in script.stretches(last=False):
                    yield _segment(document, name, script, stretch)
        except Unreadable as raised:
            failure = raised
    for stretch in script.stretches(last=True):
        yield _segment(document, name, script, stretch)
    if failure:
        raise failure


class _Stretch(NamedTuple):
    """``text[start:end]`` of the script: plain text, or rows whose offsets begin at `start`."""

    start: int
    end: int
    line: int
    lead: int = 0
    cut: bool = False
    table: str = ""
    rows: tuple[Row, ...] = ()
    names: tuple[str, ...] = ()
    """The columns of the table where no statement of the stretch names them."""


def _segment(document: Document, encoding: str | None, script: "_Script", stretch: _Stretch) -> Segment:
    text, char, rows = script.text[stretch.start : stretch.end], script.char + stretch.start, stretch.rows
    origin: Origin = TextOrigin(char=char, line=stretch.line)
    lead, above = stretch.lead, "".join(f"{name}\n" for name in stretch.names)
    if above:
        lead = len(above)
        origin = MappedOrigin(text, (0, lead), (0, 0), char, stretch.line)
        heads = [Cell(found.start(), found.end(), at) for at, found in enumerate(_LINE.finditer(above))]
        rows = (Row(rows[0].number, tuple(heads)), *(Row(row.number, _moved(row.cells, lead)) for row in rows))
    return Segment(
        text=above + text,
        address=document.address,
        origin=origin,
        table=Table(name=stretch.table, rows=rows) if stretch.table else None,
        encoding=encoding,
        lead=lead,
        cut=stretch.cut,
    )


class _Script:
    """The text that is being read: what was given back, as far as it is context, and what is still to be understood.

    Every character is looked at a bounded number of times: what cannot be understood is text as far as it was tried.
    """

    def __init__(self, *, escaping: bool) -> None:
        self.text = ""
        self.char = 0
        """Where in the file the text begins."""
        self._item = _ITEMS[escaping]
        self._done = 0
        """So far the text was given back."""
        self._line = 1
        """The line of the character there."""
        self._plain_from = 0
        """Where the plain text begins that goes on after what was given back."""
        self._table = ""
        """The table whose rows may follow; empty between statements."""
        self._copying = False
        self._columns = ""
        """The list of columns that was given last."""
        self._lost = False
        """Something among the rows of the table was not understood; another row may be."""
        self._tried = 0
        """Up to here no statement is looked for."""
        self._number = 0
        self._defined: dict[str, tuple[str, ...]] = {}
        """The columns of tables that have no rows yet."""

    def add(self, block: Block) -> None:
        """Take the next block; what is not needed any more is forgotten."""
        kept = max(self._done - LEAD, 0)
        self.text = self.text[kept:] + block.text[block.lead :]
        self.char += kept
        self._done -= kept
        self._tried = max(self._tried - kept, 0)
        self._plain_from = max(self._plain_from - kept, 0)

    def stretches(self, *, last: bool) -> Iterator[_Stretch]:
        """What can be understood of the text; all of it when nothing comes after it."""
        before = None
        while self._done < len(self.text) and before != (before := (self._done, self._tried, self._table, self._lost)):
            if not self._table or self._lost:
                yield from self._other(last)
            elif self._copying:
                yield from self._copied(last)
            else:
                yield from self._inserted(last)

    # --- giving back ---

    def _plain(self, end: int, *, cut: bool = False) -> Iterator[_Stretch]:
        """The text up to `end`, unless nothing is in it."""
        start, line = self._done, self._pass(end)
        if _ANYTHING.search(self.text, start, end):
            first = max(start - LEAD, self._plain_from)
            yield _Stretch(first, end, line - self.text.count("\n", first, start), start - first, cut)

    def _grid(self, end: int, rows: list[Row]) -> Iterator[_Stretch]:
        """The text up to `end` with rows over it."""
        start, line = self._done, self._pass(end)
        self._plain_from = end
        names = self._defined.pop(self._table, ())
        named = bool(self._columns) or not rows
        yield _Stretch(start, end, line, table=self._table, rows=tuple(rows), names=() if named else names)

    def _pass(self, end: int) -> int:
        line, self._line = self._line, self._line + self.text.count("\n", self._done, end)
        self._done = end
        return line

    # --- between the rows ---

    def _other(self, last: bool) -> Iterator[_Stretch]:
        """Text up to the next statement that gives rows or columns, to the next row, or to the end."""
        text = self.text
        again = _ROW_AGAIN.search(text, max(self._done, self._tried)) if self._lost else None
        for at in _keywords(text, max(self._done, self._tried), again.start() if again else len(text)):
            found = _INSERT.match(text, at) or _COPY.match(text, at)
            made = None if found else _CREATE.match(text, at)
            if made:
                yield from self._created(made, last)
                return
            if found or (not last and len(text) - at < _LONGEST_HEAD):
                yield from self._plain(at)
                if found:
                    self._table, self._lost, self._columns = _bare(found["table"]), False, ""
                    self._copying = found.re is _COPY
                return
        if again:
            self._lost = False
            yield from self._plain(again.start() + 1)
            return
        end = len(text) if last else text.rfind("\n", self._done) + 1 or max(len(text) - _UNSURE, self._done)
        yield from self._plain(end, cut=not last and text[end - 1 : end] != "\n")

    def _created(self, made: "re.Match[str]", last: bool) -> Iterator[_Stretch]:
        """A table's definition is text; the columns are kept for its rows."""
        limit = made.end() + MAX_ROW
        names, end = definitions(self.text, made.end(), limit)
        if end < 0 and limit > len(self.text) and not last:
            yield from self._plain(made.start())
            return
        self._tried, self._lost = min(limit, len(self.text)) if end < 0 else end, False
        if len(self._defined) < _MOST_TABLES:
            self._defined[_bare(made["table"])] = names

    # --- rows ---

    def _inserted(self, last: bool) -> Iterator[_Stretch]:
        """The rows that follow, of as many statements as fill the same table."""
        rows: list[Row] = []
        at = end = self._done
        while True:
            head = _INSERT.match(self.text, at)
            if head and _bare(head["table"]) == self._table:
                at = head.end()
            begins = _BEFORE_A_ROW.match(self.text, at)
            row = self._row(begins.end()) if begins else None
            if row is None:
                break
            if head:
                rows.extend(self._heading(head))
            self._number += 1
            rows.append(Row(self._number, row[0]))
            end = row[1]
            stop = _END_OF_STATEMENT.match(self.text, end)
            at = stop.end() if stop else end
        if rows:
            yield from self._grid(end, rows)
        if begins:
            yield from self._not_a_row(begins.end(), last)
        else:
            yield from self._after(last)

    def _heading(self, head: "re.Match[str]") -> Iterator[Row]:
        """The columns that a statement names, unless they were those of the one before."""
        if head["columns"] and head["columns"] != self._columns:
            self._columns = head["columns"]
            names = _NAME.finditer(self.text, *head.span("columns"))
            cells = [_named(name, column) for column, name in enumerate(names)]
            yield Row(max(self._number, 1), _moved(cells, -self._done))

    def _not_a_row(self, start: int, last: bool) -> Iterator[_Stretch]:
        """What begins like a row: the rest may be to come, or it is text."""
        limit = start + MAX_ROW
        if limit <= len(self.text) or last:
            self._lost = True
            yield from self._plain(min(limit, len(self.text)), cut=limit < len(self.text))

    def _after(self, last: bool) -> Iterator[_Stretch]:
        """What comes after rows: a comment between them, or the end of the statement."""
        rest = _BETWEEN_ROWS.match(self.text, self._done)
        if rest and rest.end() == len(self.text):
            if last:
                yield from self._plain(rest.end())
            return
        comment = _COMMENT.match(self.text, self._done)
        if comment:
            yield from self._plain(comment.end())
        elif _END_OF_STATEMENT.match(self.text, self._done):
            self._table = ""
        else:
            self._lost = True

    def _row(self, start: int) -> tuple[tuple[Cell, ...], int] | None:
        """The cells between the brackets that open at `start`, and where these close; None when they do not."""
        text, position, limit, base = self.text, start + 1, start + MAX_ROW, self._done
        match = self._item.match
        cells: list[Cell] = []
        while True:
            found = match(text, position, limit)
            if found:
                position, ends = found.end(), found[4]
                first, last = found.span(1)
                if first < 0:
                    first, last = found.span(2) if found.start(2) >= 0 else _stripped(text, *found.span(3))
            else:
                first, last, position = _expression(text, position, limit)
                if position < 0:
                    return None
                ends = text[position - 1]
            cells.append(_cell((first - base, last - base, len(cells))))
            if ends == ")":
                return tuple(cells), position

    def _copied(self, last: bool) -> Iterator[_Stretch]:
        """Lines of cells between tabs, up to the line that ends them."""
        rows: list[Row] = []
        start = self._done
        head = _COPY.match(self.text, start)
        if head:
            rows.extend(self._heading(head))
            start = head.end()
        stop = _END_OF_COPY.search(self.text, start)
        end = stop.start() if stop else len(self.text)
        if not stop and not last:
            end = self.text.rfind("\n", start) + 1 or (end if end - start > MAX_ROW else start)
        rows.extend(self._lines(start, end))
        if rows or head:
            yield from self._grid(max(start, end), rows)
        if stop:
            yield from self._plain(stop.end())
        if stop or last:
            self._table = ""

    def _lines(self, start: int, end: int) -> Iterator[Row]:
        start -= (base := self._done)
        for line in self.text[base + start : end].split("\n"):
            if line:
                self._number += 1
                cells: list[Cell] = []
                at = start
                for column, part in enumerate(line.removesuffix("\r").split("\t")):
                    cells.append(_cell((at, at + len(part), column)))
                    at += len(part) + 1
                yield Row(self._number, tuple(cells))
            start += len(line) + 1


# --- statements -------------------------------------------------------------------------------------------------------


def _keywords(text: str, start: int, end: int) -> Iterator[int]:
    """Where statements may begin."""
    for found in _KEYWORD.finditer(text, start, end):
        at = found.start()
        if not at or not (text[at - 1].isalnum() or text[at - 1] in "_$"):
            yield at


def _bare(name: str) -> str:
    """A table's name without its schema and quotes; databases do not tell its cases apart."""
    return str(_NAME.findall(name)[-1]).strip(_QUOTES).lower()


def _named(name: "re.Match[str]", column: int) -> Cell:
    """The cell over a column's name, without its quotes."""
    first, last = name.span()
    quoted = name.string[first] in _QUOTES
    return Cell(first + quoted, last - quoted, column)


def _moved(cells: Iterable[Cell], by: int) -> tuple[Cell, ...]:
    return tuple(Cell(cell.start + by, cell.end + by, cell.column) for cell in cells)


def _stripped(text: str, first: int, last: int) -> tuple[int, int]:
    return first, first + len(text[first:last].rstrip())


def _separators(text: str, start: int, limit: int) -> Iterator[int]:
    """Where in a list commas stand, and the bracket that closes it; they end early where a quote is not closed."""
    depth = 0
    for token in _TOKEN.finditer(text, start, limit):
        kind = token[0]
        if kind in _UNCLOSED:
            return
        if kind in ",)" and not depth:
            yield token.start()
        depth += (kind == "(") - (kind == ")")
        if depth < 0:
            return


def _expression(text: str, start: int, limit: int) -> tuple[int, int, int]:
    """What is no plain constant: its span, or that of the one constant in it, and where it ends; -1: nowhere."""
    end = next(_separators(text, start, limit), -1)
    if end < 0:
        return start, start, -1
    wrapped = _WRAPPED.match(text, start, end)
    if wrapped:
        return *wrapped.span(1), end + 1
    first = end - len(text[start:end].lstrip())
    return *_stripped(text, first, end), end + 1


def definitions(text: str, start: int, limit: int) -> tuple[tuple[str, ...], int]:
    """The columns that a table is created with, and where their list ends; -1: nowhere before `limit`."""
    names: list[str] = []
    for at in _separators(text, start, limit):
        note = _NOTE.match(text, at + 1)
        end = note.end() if note else at + 1
        name = _COLUMN.match(text, start, at)
        if name:
            label = _LABEL.search(text, name.end(), end)
            names.append(label[1] if label else name[1].strip(_QUOTES))
        if text[at] == ")":
            return tuple(names), at + 1
        start = end
    return (), -1
