"""Writes documents of the kinds that lie on an office PC, the same bytes for the same content.

Every writer returns bytes. Office files are packed again with a fixed date, because the libraries put the time of day
into them.
"""

# mypy: allow-untyped-calls

import csv
import email.policy
import io
import re
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage

import docx
import pptx
from openpyxl.styles.fills import PatternFill
from openpyxl.styles.fonts import Font
from openpyxl.workbook.workbook import Workbook
from pptx.util import Inches
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

Grid = Sequence[Sequence[str | int]]
_DATE = (2025, 9, 1, 9, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FONT = "HeiseiKakuGo-W5"
_BLACK = PatternFill("solid", start_color="FF000000")


def workbook(sheets: Mapping[str, Grid], *, masked: Sequence[int] = ()) -> bytes:
    """An xlsx with a bold head row in each sheet; columns `masked` (from 0) are black on black, as if that hid them."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in masked:
            for cell in next(sheet.iter_cols(column + 1, column + 1, 2)):
                cell.fill, cell.font = _BLACK, Font(color="FF000000")
    stream = io.BytesIO()
    book.save(stream)
    return _steady(stream.getvalue())


def letter(paragraphs: Iterable[str], table: Grid = ()) -> bytes:
    """A docx: paragraphs, then a table."""
    paper = docx.Document()
    for paragraph in paragraphs:
        paper.add_paragraph(paragraph)
    if table:
        grid = paper.add_table(rows=len(table), cols=len(table[0]))
        for cells, row in zip(grid.rows, table, strict=True):
            for cell, value in zip(cells.cells, row, strict=True):
                cell.text = str(value)
    stream = io.BytesIO()
    paper.save(stream)
    return _steady(stream.getvalue())


def slides(pages: Iterable[tuple[str, Grid, str]]) -> bytes:
    """A pptx: on each slide a title, a table and the speaker's notes."""
    deck = pptx.Presentation()
    for title, table, notes in pages:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        if table:
            shape = slide.shapes.add_table(len(table), len(table[0]), Inches(0.3), Inches(1.5), Inches(9), Inches(4))
            for cells, row in zip(shape.table.rows, table, strict=True):
                for cell, value in zip(cells.cells, row, strict=True):
                    cell.text = str(value)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    stream = io.BytesIO()
    deck.save(stream)
    return _steady(stream.getvalue())


def pdf(pages: Iterable[Iterable[str]]) -> bytes:
    """A PDF with a text layer, one line under the other."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    for lines in pages:
        canvas.setFont(_FONT, 10)
        for number, line in enumerate(lines):
            canvas.drawString(50, 800 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def table(rows: Grid, encoding: str, *, delimiter: str = ",") -> bytes:
    """A CSV or TSV with CR LF."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode(encoding)


def mail(subject: str, sender: str, to: str, body: str, attachment: tuple[str, bytes] | None = None) -> bytes:
    """An eml with a Japanese subject and body and one attached file."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"], message["From"], message["To"] = subject, sender, to
    message["Date"] = "Mon, 01 Sep 2025 09:00:00 +0900"
    message["Message-ID"] = "<20250901090000.1@mihon-office.jp>"
    message.set_content(body, charset="utf-8", cte="base64")
    if attachment:
        name, content = attachment
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        message.set_boundary("=_mihon_0001")
    return message.as_bytes()


def archive(members: Mapping[str, bytes], *, encoding: str = "utf-8") -> bytes:
    """A zip; with cp932 its names are written as the Windows Explorer does, without a mark of their encoding."""
    stream = io.BytesIO()
    names: dict[bytes, bytes] = {}
    with zipfile.ZipFile(stream, "w") as file:
        for index, (name, content) in enumerate(members.items()):
            shown = name
            if encoding != "utf-8":
                raw = name.encode(encoding)
                shown = f"~{index:02d}".ljust(len(raw), "~")
                names[shown.encode()] = raw
            file.writestr(_entry(shown), content, zipfile.ZIP_DEFLATED)
    packed = stream.getvalue()
    for placeholder, raw in names.items():
        packed = packed.replace(placeholder, raw)
    return packed


def locked_archive(name: str, content: bytes) -> bytes:
    """A zip whose only member is marked as encrypted; `content` stands for the ciphertext."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(_entry(name), content)
    packed = bytearray(stream.getvalue())
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def tarball(members: Mapping[str, bytes]) -> bytes:
    """A tar of plain files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1_756_684_800
            file.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.create_system = 0  # the same on every system
    return entry


def _steady(packed: bytes) -> bytes:
    """The same office file with the time of day taken out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>2025-09-01T00:00:00Z", content)
            new.writestr(_entry(info.filename), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
