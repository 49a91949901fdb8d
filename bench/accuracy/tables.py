"""Lists of people as tables: text in many encodings, workbooks, Word, HTML, fixed width, JSON, lying on their side."""

# mypy: allow-untyped-calls

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from random import Random

import docx
from openpyxl.workbook.workbook import Workbook

from bench.accuracy import fields
from bench.accuracy.fields import FIELDS, Field, Manner
from bench.accuracy.labelled import Line, Made, Marked, Piece, placed, text_of, unplaced
from bench.accuracy.people import Person, crowd

THEMES = {
    "staff": (0.2, "number name kana birth gender postal address phone email office joined remark"),
    "foreign": (
        0.97,
        "number name nationality birth gender status card_number passport level skill address phone joined",
    ),
    "payroll": (0.15, "number name kana my_number pension employment account address joined"),
    "clinic": (0.08, "number name kana birth gender medical insurance phone address remark"),
    "customers": (0.08, "number name kana postal address phone email card joined"),
    "users": (0.3, "number name email password joined phone"),
    "contacts": (0.25, "name phone email office remark"),
    "roll": (0.15, "number name kana office remark"),
    "split": (0.2, "number family given birth gender phone email address"),
    "drivers": (0.1, "name birth licence address phone office"),
    "residents": (0.1, "name kana birth gender record_code postal address my_number"),
    "candidates": (0.97, "name birth nationality level skill passport medical phone email"),
}
Grid = list[list[Line]]
"""Rows of cells, the head row first."""


def sizes(rng: Random) -> int:
    """How many people a list holds: mostly a few dozen, seldom two thousand."""
    low, high = rng.choices(((1, 5), (6, 30), (31, 150), (151, 600), (1500, 2000)), (26, 45, 22, 5.5, 1.5))[0]
    return rng.randint(low, high)


def columns(rng: Random, theme: str) -> list[Field]:
    """The theme's columns: not all of them, and at times not in their order."""
    _, keys = THEMES[theme]
    identifying = {"name", "family", "given"}
    chosen = [key for key in keys.split() if key in identifying or rng.random() < 0.72]
    if len(chosen) < 2:
        chosen = keys.split()
    if rng.random() < 0.3:
        rng.shuffle(chosen)
    return [FIELDS[key] for key in chosen]


def grid(people: list[Person], chosen: list[Field], how: Manner) -> Grid:
    """The head row and one row for each person."""
    head: list[Line] = [(fields.header(field, how),) for field in chosen]
    return [head, *([fields.cell(field, one, how) for field in chosen] for one in people)]


# --- as text ----------------------------------------------------------------------------------------------------------


def _separated(rows: Grid, delimiter: str) -> Iterator[Piece]:
    for row in rows:
        for index, line in enumerate(row):
            if index:
                yield delimiter
            quoted = delimiter in text_of(line) or '"' in text_of(line)
            yield from ('"', *line, '"') if quoted else line
        yield "\r\n"


def _aside(rows: Grid) -> Grid:
    return [list(row) for row in zip(*rows, strict=True)]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _fixed(rows: Grid) -> Iterator[Piece]:
    widths = [max(_width(text_of(row[index])) for row in rows) + 2 for index in range(len(rows[0]))]
    for row in rows:
        for line, width in zip(row, widths, strict=True):
            yield from line
            yield " " * (width - _width(text_of(line)))
        yield "\n"


ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "cp932", "euc_jp", "utf-16")


def encoded(text: str, rng: Random, choices: tuple[str, ...] = ENCODINGS) -> tuple[bytes, str]:
    """The text in an encoding that has all of its characters, and which one."""
    encoding = rng.choice(choices)
    try:
        return text.encode(encoding), encoding
    except UnicodeEncodeError:
        return text.encode("utf-8-sig"), "utf-8-sig"


def _text(rng: Random, rows: Grid, layout: str) -> tuple[str, bytes, tuple[Piece, ...], str]:
    """A table as text: its ending, bytes, pieces and layout."""
    above: tuple[Piece, ...] = ()
    if layout == "side":
        rows = _aside(rows)
    if layout in ("csv", "tsv") and rng.random() < 0.15:
        above = (rng.choice(("従業員名簿", "受講者一覧 2025年度", "利用者台帳（社外秘）", "名簿")), "\r\n\r\n")
    if layout == "fixed":
        pieces, suffix = tuple(_fixed(rows)), "txt"
    else:
        suffix = "tsv" if layout == "tsv" else "csv"
        pieces = (*above, *_separated(rows, "\t" if suffix == "tsv" else ","))
    content, encoding = encoded(text_of(pieces), rng)
    return suffix, content, pieces, f"{layout} {encoding}"


def _json(rng: Random, rows: Grid) -> tuple[str, bytes, tuple[Piece, ...], str]:
    head = [text_of(line) for line in rows[0]]
    pieces: list[Piece] = ["[\n"]
    for number, row in enumerate(rows[1:]):
        pieces.append(",\n  {" if number else "  {")
        for index, (key, line) in enumerate(zip(head, row, strict=True)):
            pieces += [f'{", " if index else ""}"{key}": "', *line, '"']
        pieces.append("}")
    pieces.append("\n]\n")
    return "json", text_of(pieces).encode(), tuple(pieces), "json"


def _html(rng: Random, rows: Grid) -> tuple[str, bytes, tuple[Piece, ...], str]:
    pieces: list[Piece] = ['<!DOCTYPE html><html><head><meta charset="utf-8"><title>一覧</title></head><body><table>\n']
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        pieces.append("<tr>")
        for line in row:
            pieces += [f"<{tag}>", *line, f"</{tag}>"]
        pieces.append("</tr>\n")
    pieces.append("</table></body></html>\n")
    return "html", text_of(pieces).encode(), tuple(pieces), "html"


def _sql(rng: Random, rows: Grid) -> tuple[str, bytes, tuple[Piece, ...], str]:
    head = ", ".join(f"`{text_of(line)}`" for line in rows[0])
    pieces: list[Piece] = [f"INSERT INTO `members` ({head}) VALUES\n"]
    for number, row in enumerate(rows[1:]):
        pieces.append(",\n(" if number else "(")
        for index, line in enumerate(row):
            pieces += [", '" if index else "'", *line, "'"]
        pieces.append(")")
    pieces.append(";\n")
    return "sql", text_of(pieces).encode(), tuple(pieces), "sql"


# --- as Office files --------------------------------------------------------------------------------------------------


def _number(line: Line) -> Line:
    """A cell that a spreadsheet took for a number: without its leading zeros."""
    (piece,) = line
    if not isinstance(piece, Marked) or not re.fullmatch(r"[0-9]{5,15}", piece.value):
        return line
    return (piece._replace(value=str(int(piece.value)), note=f"{piece.note} numeric"),)


def _value(line: Line, numeric: bool) -> object:
    text = text_of(line)
    if numeric and text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    marked = next((piece for piece in line if isinstance(piece, Marked)), None)
    day = re.fullmatch(r"([0-9]{4})/([0-9]{2})/([0-9]{2})", text) if marked and marked.type == "birth_date" else None
    return date(int(day[1]), int(day[2]), int(day[3])) if day else text


def _read(rows: Grid) -> tuple[Piece, ...]:
    """The pieces as a person reads them: cells apart, rows below one another."""
    return tuple(piece for row in rows for line in (*row, ("\n",)) for piece in (*line, "\t"))


def _xlsx(rng: Random, rows: Grid) -> tuple[str, bytes, tuple[Piece, ...], str]:
    numeric = rng.random() < 0.25
    if numeric:
        rows = [rows[0], *([_number(line) if len(line) == 1 else line for line in row] for row in rows[1:])]
    if rng.random() < 0.1:
        rows = _aside(rows) if len(rows) < 60 else rows
    book = Workbook(write_only=True)
    sheet = book.create_sheet(rng.choice(("Sheet1", "名簿", "一覧", "2025")))
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        sheet.append(["", rng.choice(("", "社外秘", "2025年4月1日現在", "作成：総務課"))])
    margin = [""] * rng.choice((0, 0, 0, 1))
    for row in rows:
        sheet.append([*margin, *(_value(line, numeric) for line in row)])
    stream = io.BytesIO()
    book.save(stream)
    return "xlsx", stream.getvalue(), _read(rows), "xlsx"


def _docx(rng: Random, rows: Grid) -> tuple[str, bytes, tuple[Piece, ...], str]:
    paper = docx.Document()
    paper.add_paragraph(rng.choice(("別紙　対象者一覧", "参加者名簿", "以下のとおり報告します。")))
    table = paper.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for place, line in zip(table.add_row().cells, row, strict=True):
            place.text = text_of(line)
    stream = io.BytesIO()
    paper.save(stream)
    return "docx", stream.getvalue(), _read(rows), "docx"


Writer = Callable[[Random, Grid], tuple[str, bytes, tuple[Piece, ...], str]]
_LAYOUTS: tuple[tuple[int, Writer, int], ...] = (
    (30, lambda rng, rows: _text(rng, rows, "csv"), 2000),
    (8, lambda rng, rows: _text(rng, rows, "tsv"), 2000),
    (6, lambda rng, rows: _text(rng, rows, "side"), 25),
    (10, lambda rng, rows: _text(rng, rows, "fixed"), 400),
    (24, _xlsx, 2000),
    (8, _docx, 60),
    (7, _html, 400),
    (5, _json, 400),
    (4, _sql, 400),
)
_WITH_OFFSETS = frozenset({"csv", "tsv", "txt", "json", "sql", "html"})


def table(rng: Random, name: str) -> Made:
    """A list of people."""
    theme = rng.choice(tuple(THEMES))
    share, _ = THEMES[theme]
    how = fields.manner(rng, gaps=rng.choice((0.0, 0.03, 0.15)))
    _, write, most = rng.choices(_LAYOUTS, [entry[0] for entry in _LAYOUTS])[0]
    people = crowd(rng, min(sizes(rng), most), 0.95 if how.language == "vi" else share)
    suffix, content, pieces, described = write(rng, grid(people, columns(rng, theme), how))
    text, truths = placed(pieces)
    if suffix not in _WITH_OFFSETS:
        truths = unplaced(pieces)
    return Made(
        name=f"{name}.{suffix}", kind="table", layout=f"{described} {theme} {how.language}", content=content,
        truths=truths, text=text, persons=len(people),
    )  # fmt: skip
