"""Forms that somebody has filled in: labels to the left, above, in brackets, in boxes, in cells of Excel or Word."""

# mypy: allow-untyped-calls

import io
from collections.abc import Callable, Iterator
from random import Random

import docx
from openpyxl.workbook.workbook import Workbook

from bench.accuracy import fields
from bench.accuracy.fields import FIELDS, Field, Manner
from bench.accuracy.labelled import Line, Made, Marked, Piece, placed, text_of, unplaced
from bench.accuracy.people import Person, crowd
from bench.accuracy.tables import encoded

_SORTS = {
    "採用申込書": (0.15, "name kana birth gender postal address phone email licence"),
    "雇用保険資格取得届（控）": (0.2, "name kana birth gender my_number employment pension address"),
    "外国人材受入れ連絡票": (
        1.0,
        "name nationality birth gender status card_number passport level skill address phone",
    ),
    "問診票": (0.1, "name kana birth gender address phone medical insurance"),
    "口座振替依頼書": (0.1, "name kana postal address phone transfer"),
    "扶養控除等申告書": (0.1, "name kana my_number birth address"),
    "会員登録票": (0.1, "name kana birth postal address phone email card"),
    "住所変更届": (0.3, "name phone postal address"),
    "個人票": (0.4, "family given birth gender nationality phone record_code passport"),
}
Rows = list[tuple[str, Line]]


def _labels(rng: Random, sort: str, how: Manner) -> list[tuple[str, Field]]:
    """The form's fields and what they are called on it."""
    keys = (key for key in _SORTS[sort][1].split() if key in ("name", "family", "given") or rng.random() < 0.8)
    return [(fields.header(FIELDS[key], how), FIELDS[key]) for key in keys]


def _rows(labels: list[tuple[str, Field]], one: Person, how: Manner) -> Rows:
    return [(label, fields.cell(field, one, how)) for label, field in labels]


def _spread(label: str) -> str:
    """A label of two characters over the width of four: 氏　　名."""
    return f"{label[0]}　　{label[1]}" if len(label) == 2 and not label.isascii() else label


def _colons(rng: Random, rows: Rows) -> Iterator[Piece]:
    mark = rng.choice(("：", ": ", "　：　", ":"))
    for label, line in rows:
        yield f"{_spread(label) if mark == '　：　' else label}{mark}"
        yield from (*line, "\n")


def _spaces(rng: Random, rows: Rows) -> Iterator[Piece]:
    for label, line in rows:
        yield f"{_spread(label)}　　"
        yield from (*line, "\n")


def _above(rng: Random, rows: Rows) -> Iterator[Piece]:
    for label, line in rows:
        yield f"{label}\n"
        yield from (*line, "\n\n" if rng.random() < 0.5 else "\n")


def _brackets(rng: Random, rows: Rows) -> Iterator[Piece]:
    left, right = rng.choice(("【】", "［］", "（）", "「」", "■ "))
    for label, line in rows:
        yield f"{left}{label}{right}"
        yield from (*line, "\n")


def _boxes(rng: Random, rows: Rows) -> Iterator[Piece]:
    yield "┌────────┬────────────────────┐\n"
    for number, (label, line) in enumerate(rows):
        if number:
            yield "├────────┼────────────────────┤\n"
        yield f"│{_spread(label)}│"
        yield from (*line, "　│\n")
    yield "└────────┴────────────────────┘\n"


def _tabs(rng: Random, rows: Rows) -> Iterator[Piece]:
    for label, line in rows:
        yield f"{label}\t"
        yield from (*line, "\n")


def _inline(rng: Random, rows: Rows) -> Iterator[Piece]:
    gap = rng.choice(("　", "  ", " / ", "、"))
    for number, (label, line) in enumerate(rows):
        yield f"{label}：" if number % 3 == 0 else f"{gap}{label}："
        yield from (*line, "\n" if number % 3 == 2 else "")
    yield "\n"


_TEXTS: tuple[Callable[[Random, Rows], Iterator[Piece]], ...] = (
    _colons, _colons, _spaces, _above, _brackets, _boxes, _tabs, _inline,
)  # fmt: skip


def _text(rng: Random, title: str, all_rows: list[Rows]) -> tuple[str, bytes, tuple[Piece, ...], str]:
    layout, seed = rng.choice(_TEXTS), rng.random()
    pieces: list[Piece] = [f"{title}\n\n"]
    for rows in all_rows:
        pieces += [*layout(Random(seed), rows), "\n"]
    content, _ = encoded(text_of(pieces), rng, ("utf-8", "utf-8", "cp932"))
    return "txt", content, tuple(pieces), f"text{layout.__name__}"


def _xlsx(rng: Random, title: str, all_rows: list[Rows]) -> tuple[str, bytes, tuple[Piece, ...], str]:
    above, boxes = rng.random() < 0.3, rng.random() < 0.4
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append([])
    pieces: list[Piece] = []
    for rows in all_rows:
        if above:
            for start in range(0, len(rows), 3):
                sheet.append([_spread(label) for label, _ in rows[start : start + 3]])
                sheet.append([text_of(line) for _, line in rows[start : start + 3]])
        for label, line in rows:
            pieces += [f"{label}\t", *line, "\n"]
            if not above:
                value = text_of(line)
                split = boxes and any(isinstance(piece, Marked) and piece.type == "my_number" for piece in line)
                sheet.append([_spread(label), *(value.replace("-", "").replace(" ", "") if split else [value])])
        sheet.append([])
    stream = io.BytesIO()
    book.save(stream)
    return "xlsx", stream.getvalue(), tuple(pieces), f"xlsx{' above' if above else ''}"


def _docx(rng: Random, title: str, all_rows: list[Rows]) -> tuple[str, bytes, tuple[Piece, ...], str]:
    paper = docx.Document()
    paper.add_heading(title)
    pieces: list[Piece] = []
    for rows in all_rows:
        table = paper.add_table(rows=len(rows), cols=2)
        for cells, (label, line) in zip(table.rows, rows, strict=True):
            cells.cells[0].text, cells.cells[1].text = _spread(label), text_of(line)
            pieces += [f"{label}\t", *line, "\n"]
        paper.add_paragraph("")
    stream = io.BytesIO()
    paper.save(stream)
    return "docx", stream.getvalue(), tuple(pieces), "docx"


def form(rng: Random, name: str) -> Made:
    """One form, or a few of one sort in one file."""
    sort = rng.choice(tuple(_SORTS))
    how = fields.manner(rng, gaps=0.03)
    people = crowd(rng, rng.choice((1, 1, 1, 2, 3, 5, 8)), _SORTS[sort][0])
    labels = _labels(rng, sort, how)
    write = rng.choices((_text, _xlsx, _docx), (65, 20, 15))[0]
    suffix, content, pieces, layout = write(rng, sort, [_rows(labels, one, how) for one in people])
    text, truths = placed(pieces)
    return Made(
        name=f"{name}.{suffix}", kind="form", layout=f"{layout} {sort} {how.language}", content=content,
        truths=truths if suffix == "txt" else unplaced(pieces), text=text, persons=len(people),
    )  # fmt: skip
