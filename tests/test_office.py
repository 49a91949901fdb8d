"""Word, Excel and PowerPoint packages: what is hidden in them is found, at its place, whatever was done to them."""

import datetime
import io
import random
import zipfile
from collections.abc import Iterator, Mapping

import docx as python_docx
import openpyxl
import pptx as python_pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from pptx.util import Inches

from scanner.errors import Unreadable
from scanner.formats import Piece, docx, pptx, xlsx
from scanner.formats._numbers import general, shown
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document, Problem, Segment
from scanner.origin import Place

FORMATS = (xlsx, docx, pptx)
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def document(data: bytes, name: str = "a.bin", depth: int = 0) -> Document:
    return Document(address=name, path=name, name=name, size=len(data), opener=lambda: io.BytesIO(data), depth=depth)


def package(parts: Mapping[str, str | bytes], *, stored: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def pieces(data: bytes, limits: Limits | None = None) -> list[Piece]:
    whole = document(data)
    reader = next(form for form in FORMATS if form.accepts(whole))
    return list(reader.read(whole, Budget(limits or Limits(), len(data))))


def segments(data: bytes) -> list[Segment]:
    return [piece for piece in pieces(data) if isinstance(piece, Segment)]


def place_of(text: str, data: bytes) -> Place:
    """Where `text` is found; it must be found once."""
    found = [
        segment.origin.place(segment, at, at + len(text))
        for segment in segments(data)
        if (at := segment.text.find(text)) >= 0
    ]
    assert len(found) == 1, f"{text} is found {len(found)} times"
    return found[0]


def relationships(*targets: tuple[str, str, str], external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    lines = (f'<Relationship Id="{i}" Type="{LINKS}/{kind}" Target="{target}"{mode}/>' for i, kind, target in targets)
    return f"<Relationships>{''.join(lines)}</Relationships>"


def workbook(grid: str, **parts: str | bytes) -> bytes:
    """One sheet called 名簿 with `grid` as its rows; further parts by their path, with __ for / and _dot_ for a dot."""
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{LINKS}"><sheets><sheet name="名簿" sheetId="1" '
            f'r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("rId1", "worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{grid}</sheetData></worksheet>',
        }
        | {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    )


def cells(grid: str, **parts: str | bytes) -> dict[str, str]:
    """The cells of all sheets that are shown, by their place."""
    found = {}
    for segment in segments(workbook(grid, **parts)):
        if segment.table and not segment.label:
            for row in segment.table.rows:
                for cell in row.cells:
                    place = segment.origin.place(segment, cell.start, cell.end)
                    assert place.cell is not None
                    found[place.cell] = segment.text[cell.start : cell.end]
    return found


def word(body: str, namespace: str = WORD, **parts: str | bytes) -> bytes:
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{namespace}" xmlns:mc="{COMPATIBILITY}" xmlns:a="{DRAWING}">'
            f"<w:body>{body}</w:body></w:document>",
        }
        | {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    )


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def body_of(data: bytes) -> str:
    return "\n".join(s.text for s in segments(data) if s.place.part == "word/document.xml")


def saved(writer: object) -> bytes:
    out = io.BytesIO()
    writer.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


# --- workbooks --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名簿"
    sheet.append(["氏名", "番号", "生年月日", "郵便番号"])
    sheet.append(["高橋 みなと", 123456789018, datetime.date(1988, 2, 29), 600123])
    sheet["D2"].number_format = "000-0000"
    sheet["B9"] = '=IF(A2="","式の中の三浦","")'
    sheet["A2"].comment = Comment("メモの中の西村", "著者の佐伯")
    sheet["E3"] = "隠し行の大西"
    sheet.row_dimensions[3].hidden = True
    sheet.oddHeader.center.text = "ヘッダーの本田"
    sheet["A5"].hyperlink = "mailto:link.person@example.jp"
    validation = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"候補の小池,ほか"')
    validation.prompt = "入力時の平野"
    sheet.add_data_validation(validation)
    validation.add("F1")
    hidden = book.create_sheet("深く隠した頁")
    hidden.sheet_state = "veryHidden"
    hidden["C7"] = "隠しシートの岩崎"
    book.defined_names["x"] = openpyxl.workbook.defined_name.DefinedName("x", attr_text='"名前定義の久保"')
    chart = openpyxl.chart.BarChart()
    chart.title = "グラフの松井"
    sheet.add_chart(chart, "H1")
    book.properties.creator = "作成者の菅原"
    book.properties.keywords = "鍵語の千葉"
    return saved(book)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("高橋 みなと", Place(sheet="名簿", cell="A2")),
        ("123456789018", Place(sheet="名簿", cell="B2")),
        ("1988-02-29", Place(sheet="名簿", cell="C2")),
        ("060-0123", Place(sheet="名簿", cell="D2")),
        ("式の中の三浦", Place(sheet="名簿", cell="B9")),
        ("メモの中の西村", Place(sheet="名簿", cell="A2", part="xl/comments/comment1.xml")),
        ("著者の佐伯", Place(sheet="名簿", part="xl/comments/comment1.xml")),
        ("隠し行の大西", Place(sheet="名簿", cell="E3")),
        ("ヘッダーの本田", Place(sheet="名簿", part="xl/worksheets/sheet1.xml")),
        ("候補の小池", Place(sheet="名簿", part="xl/worksheets/sheet1.xml")),
        ("入力時の平野", Place(sheet="名簿", part="xl/worksheets/sheet1.xml")),
        ("隠しシートの岩崎", Place(sheet="深く隠した頁", cell="C7")),
        ("深く隠した頁", Place(part="xl/workbook.xml")),
        ("名前定義の久保", Place(part="xl/workbook.xml")),
        ("グラフの松井", Place(sheet="名簿", part="xl/charts/chart1.xml")),
        ("作成者の菅原", Place(part="docProps/core.xml")),
        ("鍵語の千葉", Place(part="docProps/core.xml")),
    ],
)
def test_every_hiding_place_of_a_workbook_is_read(book: bytes, text: str, place: Place) -> None:
    assert place_of(text, book) == place


def test_a_link_out_of_a_sheet_is_read(book: bytes) -> None:
    assert any("link.person@example.jp" in segment.text for segment in segments(book))


def test_numbers_dates_and_codes_are_shown_as_their_cells_show_them() -> None:
    formats = {
        "General": ("1.23456789018E11", "123456789018"),
        "0": ("123456789012", "123456789012"),
        "#,##0": ("9876543.5", "9876543.5"),
        "0000": ("7", "0007"),
        "000000000000": ("12345678901", "012345678901"),
        "0000-0000-0000": ("12345678901", "0123-4567-8901"),
        "[<=999]000;[<=9999]000-00;000-0000": ("1000001", "100-0001"),
        "[<=99999999]####-####;\\(00\\)\\ ####-####": ("312345678", "(03) 1234-5678"),
        '"〒"000-0000': ("600123", "〒060-0123"),
        'yyyy"年"m"月"d"日"': ("29221", "1980-01-01"),
        '[$-411]ggge"年"m"月"d"日";@': ("45413", "2024-05-01"),
        "h:mm": ("0.5", "12:00:00"),
        "[h]:mm": ("1.5", "36:00:00"),
        "m/d/yy h:mm": ("29221.75", "1980-01-01 18:00:00"),
        '0.00"day"': ("1.5", "1.5"),
        "[Red]0.00E+00": ("1E5", "100000"),
        "yyyy/m/d": ("99999999", "99999999"),
    }
    for code, (written, seen) in formats.items():
        assert shown(164, code)(written) == seen, code


def test_the_calendar_of_workbooks_keeps_its_29_february_1900() -> None:
    day = shown(14, None)
    assert [day(number) for number in ("1", "59", "60", "61")] == [
        "1900-01-01",
        "1900-02-28",
        "1900-02-29",
        "1900-03-01",
    ]
    assert shown(14, None, since_1904=True)("0") == "1904-01-01"
    assert shown(14, None, since_1904=True)("27759") == "1980-01-01"


@given(st.floats() | st.integers() | st.text())
def test_what_is_written_as_a_number_is_shown_without_an_exception(value: object) -> None:
    text = str(value)
    for code in ("General", "yyyy-mm-dd", "000-0000", "[h]:mm:ss", "[<=9]0;[>5]00;#"):
        assert isinstance(shown(164, code)(text), str)
    if isinstance(value, int) and 0 <= value < 10**15:
        assert general(text) == text


@given(st.text(max_size=40))
def test_any_number_format_shows_something(code: str) -> None:
    assert shown(164, code)("12345.5")


def test_each_type_of_cell_is_read() -> None:
    strings = f'<sst xmlns="{SHEET}"><si><t>共有 &amp; &#x9AD8;</t></si><si><r><t>高</t></r><r><t>橋</t></r></si></sst>'
    grid = (
        '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="b"><v>1</v></c>'
        '<c r="D3" t="e"><v>#N/A</v></c><c r="E3" t="str"><f>A1</f><v>式&#10;値</v></c>'
        '<c r="F3" t="inlineStr"><is><t>直</t></is></c><c r="G3" t="d"><v>2024-05-01</v></c><c r="H3"/></row>'
        '<row><c><v>1</v></c><c t="str"><v>_x0041_</v></c></row>'
    )
    assert cells(grid, xl__sharedStrings_dot_xml=strings) == {
        "A3": "共有 & 高",
        "B3": "高橋",
        "C3": "TRUE",
        "D3": "#N/A",
        "E3": "式 値",
        "F3": "直",
        "G3": "2024-05-01",
        "A4": "1",
        "B4": "A",
    }


def test_readings_do_not_run_into_the_name_but_are_read() -> None:
    strings = (
        f'<sst xmlns="{SHEET}"><si><t>高橋湊</t><rPh sb="0" eb="2"><t>タカハシ</t></rPh>'
        '<rPh sb="2" eb="3"><t>ミナト</t></rPh></si></sst>'
    )
    data = workbook('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', xl__sharedStrings_dot_xml=strings)
    assert [(s.text, s.label) for s in segments(data)][:2] == [("タカハシミナト", "phonetic"), ("高橋湊", "")]


def test_a_string_that_was_deleted_from_the_cells_is_still_found() -> None:
    strings = f'<sst xmlns="{SHEET}"><si><t>残った人</t></si><si><t>消した人</t></si></sst>'
    data = workbook('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', xl__sharedStrings_dot_xml=strings)
    assert place_of("消した人", data) == Place(part="xl/sharedStrings.xml")


def test_prefixes_comments_and_sections_of_xml_do_not_hide_a_cell() -> None:
    sheet = (
        f'<?xml version="1.0" encoding="UTF-8"?><x:worksheet xmlns:x="{SHEET}"><x:sheetData><!-- c --><x:row r="1">'
        '<x:c r="A1" t="str"><x:v><![CDATA[a<b]]></x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    for encoding in ("utf-8", "utf-16"):
        data = workbook("", xl__worksheets__sheet1_dot_xml=sheet.encode(encoding))
        assert place_of("a<b", data).cell == "A1"


def test_a_sheet_that_the_workbook_does_not_list_is_read() -> None:
    grid = '<row r="1"><c r="A1" t="str"><v>孤立</v></c></row>'
    orphan = f'<worksheet xmlns="{SHEET}"><sheetData>{grid}</sheetData></worksheet>'
    assert place_of("孤立", workbook("", xl__worksheets__sheet7_dot_xml=orphan)).cell == "A1"


def test_the_other_parts_of_a_workbook_are_read() -> None:
    data = workbook(
        "",
        xl__worksheets___rels__sheet1_dot_xml_dot_rels=relationships(
            ("r1", "drawing", "../drawings/drawing1.xml"), ("r2", "threadedComment", "../threadedComments/t1.xml")
        ),
        xl__drawings__drawing1_dot_xml=f'<xdr xmlns:a="{DRAWING}"><from><col>3</col></from><a:p><a:r><a:t>図形の</a:t>'
        "</a:r><a:r><a:t>村田</a:t></a:r></a:p></xdr>",
        xl__threadedComments__t1_dot_xml='<ThreadedComments><threadedComment ref="C4"><text>返信の今井</text>'
        "</threadedComment></ThreadedComments>",
        xl__pivotCache__pivotCacheRecords1_dot_xml='<r><s v="集計の河野"/><n v="1.23456789018E11"/><x v="5"/></r>',
        customXml__item1_dot_xml='<own attribute="属性の上野" tel="090-1234-5678"><name>独自の田村</name></own>',
    )
    assert place_of("図形の村田", data) == Place(sheet="名簿", part="xl/drawings/drawing1.xml")
    assert place_of("返信の今井", data).cell == "C4"
    assert place_of("集計の河野", data) == place_of("123456789018", data)
    for text in ("属性の上野", "090-1234-5678", "独自の田村"):
        assert place_of(text, data).part == "customXml/item1.xml"


def test_far_corners_and_a_million_empty_rows_cost_nothing() -> None:
    grid = '<row r="1"><c r="A1"><v>1</v></c></row>' + "<row/>" * 1_000_000
    grid += '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert cells(grid) == {"A1": "1", "XFD1048576": "2"}


def test_rows_come_in_blocks_of_one_table() -> None:
    grid = "".join(f'<row r="{n}"><c r="B{n}" t="str"><v>{"あ" * 50}{n}</v></c></row>' for n in range(1, 5001))
    found = [segment for segment in segments(workbook(grid)) if segment.table]
    assert len(found) > 2
    assert max(len(segment.text) for segment in found) < 70_000
    assert {segment.table.name for segment in found if segment.table} == {"名簿"}
    assert sum(len(segment.table.rows) for segment in found if segment.table) == 5000
    assert place_of("あ4321", workbook(grid)).cell == "B4321"


def test_one_string_in_very_many_cells_is_a_bomb() -> None:
    strings = f'<sst xmlns="{SHEET}"><si><t>{"x" * MIB}</t></si></sst>'
    grid = "<row>" + '<c t="s"><v>0</v></c>' * 100_000 + "</row>"
    with pytest.raises(Unreadable) as failure:
        pieces(workbook(grid, xl__sharedStrings_dot_xml=strings), Limits(ratio_floor=8 * MIB))
    assert failure.value.kind == "bomb"


# --- word documents ---------------------------------------------------------------------------------------------------


def test_a_number_that_is_split_over_runs_is_one() -> None:
    assert "123456789018" in body_of(word(f"<w:p>{run('1234')}{run('5678')}<w:bookmarkStart/>{run('9018')}</w:p>"))


def test_paragraphs_are_counted_and_tables_have_rows() -> None:
    writer = python_docx.Document()
    writer.add_paragraph("はじめに")
    writer.add_paragraph("二番目の段落")
    table = writer.add_table(2, 2)
    for at, text in enumerate(("氏名", "電話", "相川 澪", "03-1234-5678")):
        table.cell(at // 2, at % 2).text = text
    writer.add_paragraph("表のあと")
    data = saved(writer)
    assert place_of("二番目の段落", data) == Place(part="word/document.xml", paragraph=2)
    assert place_of("相川 澪", data) == Place(part="word/document.xml", row=2)
    (grid,) = [segment for segment in segments(data) if segment.table]
    assert grid.text == "氏名\t電話\n相川 澪\t03-1234-5678"
    texts = [segment.text for segment in segments(data)]
    assert [text for text in texts if "めに" in text or "相川" in text or "あと" in text] == texts[:3]


def test_tracked_changes_show_both_versions_whole() -> None:
    text = body_of(
        word(
            f"<w:p>{run('電話 090-1111-')}<w:del><w:r><w:delText>2222</w:delText></w:r></w:del>"
            f"<w:ins>{run('3333')}</w:ins>{run(' まで')}</w:p>"
        )
    )
    assert text.split("\n") == ["電話 090-1111-3333 まで", "電話 090-1111-2222 まで"]


def test_text_boxes_fields_and_readings_do_not_cut_their_paragraph() -> None:
    box = "<w:pict><w:txbxContent><w:p>" + run("枠の中") + "</w:p></w:txbxContent></w:pict>"
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
        "</w:r>"
    )
    field = (
        '<w:r><w:instrText>HYPERLINK "mailto:</w:instrText></w:r><w:r><w:instrText>a@example.jp"</w:instrText></w:r>'
    )
    ruby = f"<w:ruby><w:rt>{run('みなと')}</w:rt><w:rubyBase>{run('湊')}</w:rubyBase></w:ruby>"
    text = body_of(word(f"<w:p>{run('1234')}{both}{run('5678')}{field}{run('9018')}{ruby}</w:p>"))
    assert sorted(text.split("\n")) == sorted(["123456789018湊", 'HYPERLINK "mailto:a@example.jp"', "枠の中", "みなと"])


def test_tabs_breaks_and_hyphens_are_characters() -> None:
    body = (
        "<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>電話</w:t><w:tab/><w:t>090</w:t>"
        "<w:noBreakHyphen/><w:t>1234</w:t><w:br/><w:t>次</w:t></w:r></w:p>"
    )
    assert body_of(word(body)) == "電話\t090-1234\n次"


def test_nested_tables_and_wide_cells_keep_their_columns() -> None:
    def cell(inner: str, span: int = 1) -> str:
        return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>{inner}</w:tc>'

    def paragraph(text: str) -> str:
        return f"<w:p>{run(text)}</w:p>"

    inner = f"<w:tbl><w:tr>{cell(paragraph('内側'))}</w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr>{cell(paragraph('左'), 3)}{cell(inner + paragraph('右'))}</w:tr></w:tbl>"
    first, second = (segment for segment in segments(word(outer)) if segment.table)
    assert (first.text, second.text) == ("内側", "左\t右")
    assert second.table is not None
    assert [cell.column for cell in second.table.rows[0].cells] == [0, 3]


@pytest.mark.parametrize(
    "part",
    ["word/header1.xml", "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml", "word/glossary/document.xml"],
)
def test_every_part_of_a_word_document_is_read(part: str) -> None:
    content = f'<w:x xmlns:w="{WORD}"><w:p>{run("部品の")}{run("黒田")}</w:p></w:x>'
    data = word("", **{part.replace("/", "__").replace(".", "_dot_"): content})
    assert place_of("部品の黒田", data).part == part


def test_attributes_that_people_fill_in_are_read() -> None:
    data = word(
        '<w:p><w:ins w:author="変更者の桜井"/><w:sdtPr><w:alias w:val="Kuroda Aoi"/></w:sdtPr>'
        '<a:docPr descr="代替文の野口"/><w:rFonts w:eastAsia="ＭＳ 明朝"/></w:p>',
        word___rels__document_dot_xml_dot_rels=relationships(
            ("r1", "hyperlink", "mailto:far@example.jp"), external=True
        ),
    )
    for text in ("変更者の桜井", "Kuroda Aoi", "代替文の野口"):
        assert place_of(text, data).part == "word/document.xml"
    assert place_of("far@example.jp", data).part == "word/_rels/document.xml.rels"
    assert not any("明朝" in segment.text for segment in segments(data))


def test_strict_namespaces_odd_names_and_other_prefixes_are_read() -> None:
    assert "厳格" in body_of(word(f"<w:p>{run('厳格')}</w:p>", STRICT))
    odd = package(
        {
            "[Content_Types].xml": '<Types><Override PartName="/a/b.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.wordprocessingml.document.main+xml"/></Types>',
            "_rels/.rels": relationships(("r", "officeDocument", "a/b.xml")),
            "a/b.xml": f'<document xmlns="{WORD}"><p><r><t>変な名</t></r></p></document>',
        }
    )
    assert place_of("変な名", odd) == Place(part="a/b.xml", paragraph=1)


# --- presentations ----------------------------------------------------------------------------------------------------


def slides() -> bytes:
    writer = python_pptx.Presentation()
    for number in range(1, 4):
        slide = writer.slides.add_slide(writer.slide_layouts[5])
        slide.shapes.title.text = f"表題{number}番"
    slide.notes_slide.notes_text_frame.text = "ノートの木下"
    frame = slide.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1))
    for at, text in enumerate(("氏名", "番号", "早川 遥", "123456789018")):
        frame.table.cell(at // 2, at % 2).text = text
    slide._element.set("show", "0")
    writer.core_properties.author = "発表者の石田"
    # The last slide is shown first.
    order = writer.slides._sldIdLst
    order.insert(0, order[2])
    return saved(writer)


def test_slides_are_numbered_in_the_order_in_which_they_are_shown() -> None:
    data = slides()
    assert place_of("表題3番", data) == Place(slide=1)
    assert place_of("表題1番", data) == Place(slide=2)
    assert place_of("早川 遥", data) == Place(slide=1, row=2)
    assert place_of("ノートの木下", data) == Place(slide=1, part="notes")
    assert place_of("発表者の石田", data) == Place(part="docProps/core.xml")
    (grid,) = [segment for segment in segments(data) if segment.table]
    assert grid.text == "氏名\t番号\n早川 遥\t123456789018"


def test_comments_charts_and_layouts_of_a_presentation_are_read() -> None:
    def shape(text: str) -> str:
        body = f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody>"
        return f'<p:sp xmlns:p="{SLIDES}" xmlns:a="{DRAWING}">{body}</p:sp>'

    data = package(
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{LINKS}"><p:sldIdLst>'
            '<p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relationships(("rId1", "slide", "slides/slide9.xml")),
            "ppt/slides/slide9.xml": shape("本文"),
            "ppt/slides/_rels/slide9.xml.rels": relationships(
                ("r1", "comments", "../comments/comment1.xml"),
                ("r2", "chart", "/ppt/charts/chart1.xml"),
                ("r3", "slideLayout", "../slideLayouts/l.xml"),
            ),
            "ppt/comments/comment1.xml": "<p:cmLst><p:cm><p:text>コメントの秋山</p:text></p:cm></p:cmLst>",
            "ppt/charts/chart1.xml": "<c:chart><c:v>グラフの</c:v><c:v>横山</c:v></c:chart>",
            "ppt/slideLayouts/l.xml": shape("配置の宮本"),
            "ppt/slides/slide10.xml": shape("外された頁"),
        }
    )
    assert place_of("コメントの秋山", data) == Place(slide=1, part="comments")
    assert place_of("横山", data) == Place(slide=1, part="ppt/charts/chart1.xml")
    assert place_of("配置の宮本", data) == Place(part="ppt/slideLayouts/l.xml")
    assert place_of("外された頁", data) == Place(part="ppt/slides/slide10.xml")


# --- packages ---------------------------------------------------------------------------------------------------------


def test_embedded_documents_and_pictures_become_documents() -> None:
    inner = workbook('<row r="1"><c r="A1" t="str"><v>中の人</v></c></row>')
    data = word(
        "", word__embeddings__a_dot_xlsx=inner, word__media__p_dot_png=PNG, word__afchunk_dot_html=b"<p>x</p>",
        word__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0",
    )  # fmt: skip
    children = [piece for piece in pieces(data) if isinstance(piece, Document)]
    assert [child.address for child in children] == [
        "a.bin!word/embeddings/a.xlsx",
        "a.bin!word/media/p.png",
        "a.bin!word/afchunk.html",
        "a.bin!word/vbaProject.bin",
    ]
    with children[1].open() as stream:
        assert stream.read() == PNG
    assert xlsx.accepts(children[0])
    found = list(xlsx.read(children[0], Budget(Limits(), len(data))))
    assert any(isinstance(piece, Segment) and piece.text == "中の人" for piece in found)


def test_printer_settings_are_read_rather_than_reported() -> None:
    settings = "総務の山本のプリンタ".encode("utf-16-le").ljust(64, b"\0") + bytes(200)
    data = workbook("", xl__printerSettings__printerSettings1_dot_bin=settings)
    assert place_of("総務の山本のプリンタ", data).part == "xl/printerSettings/printerSettings1.bin"
    assert not [piece for piece in pieces(data) if isinstance(piece, Document)]


def test_the_name_of_the_file_does_not_matter_and_an_ordinary_zip_is_left_alone() -> None:
    made = {"xlsx": workbook(""), "docx": word(""), "pptx": slides()}
    for name, data in made.items():
        for depth in (0, 1):
            accepting = [form.NAME for form in FORMATS if form.accepts(document(data, "old.bak", depth))]
            assert accepting == [name]
    for parts in (
        {"a.txt": "x"},
        {"sub/word/document.xml": "<a/>"},
        {"[Content_Types].xml": "<Types/>", "x.nuspec": "<a/>"},
    ):
        assert not any(form.accepts(document(package(parts))) for form in FORMATS)
    assert not any(form.accepts(document(b"word/document.xml")) for form in FORMATS)


def test_a_part_that_declares_a_document_type_is_refused_and_the_others_are_read() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "中">]><sst><si><t>&b;</t></si></sst>'
    for data in (
        workbook('<row r="1"><c t="str"><v>外</v></c></row>', xl__sharedStrings_dot_xml=laughs),
        workbook('<row r="1"><c t="str"><v>外</v></c></row>', xl__styles_dot_xml=laughs),
        word(f"<w:p>{run('外')}</w:p>", word__footnotes_dot_xml=laughs),
    ):
        found = pieces(data)
        assert [piece.kind for piece in found if isinstance(piece, Problem)] == ["corrupt"]
        assert any(isinstance(piece, Segment) and piece.text == "外" for piece in found)
        assert not any(isinstance(piece, Segment) and "中" in piece.text for piece in found)


def test_what_comes_before_broken_xml_is_read_with_one_problem() -> None:
    found = pieces(word(f"<w:p>{run('前')}</w:p><w:tbl><w:tr><w:tc><w:p>{run('表')}</w:p></w:p></w:oops>"))
    assert [piece.text for piece in found if isinstance(piece, Segment)] == ["前", "表"]
    assert [piece.kind for piece in found if isinstance(piece, Problem)] == ["corrupt"]


def test_a_package_without_its_main_part_is_read_as_far_as_it_goes() -> None:
    data = package(
        {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook><", "xl/comments1.xml": "<t>残り</t>"}
    )
    assert "残り" in [segment.text for segment in segments(data)]
    assert [piece.kind for piece in pieces(data) if isinstance(piece, Problem)] == ["corrupt"]


def test_encrypted_parts_are_called_encrypted() -> None:
    data = bytearray(word(""))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(Unreadable) as failure:
        pieces(bytes(data))
    assert failure.value.kind == "encrypted"


def test_members_that_lie_over_one_another_are_a_bomb() -> None:
    data = bytearray(word("", word__a_dot_xml="<a/>"))
    first = data.index(b"PK\x01\x02")
    last = data.rindex(b"PK\x01\x02")
    data[last + 42 : last + 46] = data[first + 42 : first + 46]
    with pytest.raises(Unreadable) as failure:
        pieces(bytes(data))
    assert failure.value.kind == "bomb"


@pytest.mark.parametrize("part", ["word/document.xml", "word/a.xml", "word/media/a.png"])
def test_a_part_that_expands_to_very_much_is_a_bomb(part: str) -> None:
    content = b"<a>" + b" " * (16 * MIB) + b"</a>"
    data = package({"word/document.xml": "<a/>", part: content})
    with pytest.raises(Unreadable) as failure:
        exhaust(data, Limits(ratio_floor=MIB, ratio=50))
    assert failure.value.kind == "bomb"


def exhaust(data: bytes, limits: Limits) -> None:
    for piece in pieces(data, limits):
        if isinstance(piece, Document):
            document_bytes(piece)


def document_bytes(child: Document) -> bytes:
    with child.open() as stream:
        return stream.read()


@pytest.mark.parametrize("tag", ["a", "w:p", "w:tbl", "w:tc", "w:txbxContent", "mc:Fallback", "w:del"])
def test_deep_nesting_ends(tag: str) -> None:
    deep = f"<{tag}>" * 100_000
    assert [piece.kind for piece in pieces(word(deep + run("底"))) if isinstance(piece, Problem)] == ["corrupt"]
    closed = word(deep + f"<w:p>{run('底')}</w:p>" + f"</{tag}>" * 100_000)
    assert "底" in body_of(closed)


@pytest.mark.parametrize(
    "text",
    [
        "<c ",
        "<c>",
        "<row ",
        "<row>",
        "<rPh>",
        "<!--",
        "<![CDATA[",
        "<t>",
        "<v>",
        "<f>",
        '"',
        "&#",
        "&",
        "_x00",
        "<",
        ">",
    ],
)
def test_a_flood_of_repeated_beginnings_ends(text: str) -> None:
    flood = text * (400_000 // len(text))
    # Quadratic matching would not end while somebody waits.
    assert pieces(workbook(flood, xl__sharedStrings_dot_xml=f"<sst><si>{flood}</si></sst>")) is not None


def damaged(data: bytes) -> Iterator[bytes]:
    dice = random.Random(len(data))
    for _ in range(60):
        yield data[: dice.randrange(len(data))]
    for _ in range(150):
        changed = bytearray(data)
        for _ in range(dice.choice((1, 3, 30))):
            changed[dice.randrange(len(data))] = dice.randrange(256)
        yield bytes(changed)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("kind", ["xlsx", "docx", "pptx"])
def test_whatever_is_damaged_ends_in_pieces_and_at_most_one_problem(book: bytes, kind: str, stored: bool) -> None:
    whole = {
        "xlsx": book,
        "docx": word(f"<w:p>{run('前')}</w:p>" * 50, word__header1_dot_xml=f"<w:p>{run('頭')}</w:p>"),
        "pptx": slides(),
    }[kind]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        data = package({name: archive.read(name) for name in archive.namelist()}, stored=stored)
    for sample in damaged(data):
        survives(sample)


def survives(sample: bytes) -> None:
    whole = document(sample)
    reader = next((form for form in FORMATS if form.accepts(whole)), None)
    if reader is None:
        return
    problems = 0
    try:
        for piece in reader.read(whole, Budget(Limits(), len(sample))):
            problems += isinstance(piece, Problem)
            if isinstance(piece, Document):
                document_bytes(piece)
            elif isinstance(piece, Segment):
                piece.text.encode("utf-8")
                assert piece.origin.place(piece, 0, len(piece.text))
    except Unreadable:
        return
    assert problems <= 1


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]),
)
def test_any_bytes_in_a_part_of_a_workbook_end_in_pieces(content: bytes, part: str) -> None:
    survives(workbook("", **{part.replace("/", "__").replace(".", "_dot_"): content}))


MARKUP = ["<w:p>", "</w:p>", "<w:tbl>", "</w:tbl>", "<w:tr>", "</w:tr>", "<w:tc>", "</w:tc>", "<w:r>", "</w:r>",
          "<w:txbxContent>", "</w:txbxContent>", "<w:del>", "</w:del>", "<w:t>x</w:t>", "<w:delText>y</w:delText>",
          "<mc:Fallback>", "</mc:Fallback>",
          "<row r='2'>", "<c r='B2' t='s'>", "<v>0</v>", "</c>", "</row>", "loose"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(MARKUP), max_size=40))
def test_any_markup_ends_in_pieces(tags: list[str]) -> None:
    survives(word("".join(tags)))
    survives(workbook("".join(tags)))


def test_a_package_that_is_cut_off_gives_what_comes_before_the_cut() -> None:
    data = word("".join(f"<w:p>{run(f'段落{number}')}</w:p>" for number in range(20_000)))
    found = pieces(data[: len(data) // 2])
    assert any(isinstance(piece, Segment) and "段落100\n" in piece.text for piece in found)
    assert [piece.kind for piece in found if isinstance(piece, Problem)] == ["corrupt"]
