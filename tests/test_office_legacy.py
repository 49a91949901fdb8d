"""Office files that are no Office Open XML: what is hidden in them is found at its place, whatever was done to them."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scanner import formats
from scanner.errors import Textless, Unreadable
from scanner.formats import Piece, _ole, binary, doc, jtd, metafile, odp, ods, odt, ole, ppt, rtf, xls, xlsb
from scanner.limits import MIB, Budget, Limits
from scanner.model import Document, Problem, Segment
from scanner.origin import Place

FORMATS = (xls, xlsb, ods, doc, rtf, odt, ppt, odp, jtd, ole, metafile)
GOLDEN = Path(__file__).parent / "data" / "formats"
WRITTEN = {form.NAME: next(GOLDEN.glob(f"{form.NAME}/written_by_*/input.*")) for form in FORMATS[:8]}


def document(data: bytes, name: str = "a.bin", depth: int = 0) -> Document:
    return Document(address=name, path=name, name=name, size=len(data), opener=lambda: io.BytesIO(data), depth=depth)


def pieces(data: bytes, limits: Limits | None = None) -> list[Piece]:
    whole = document(data)
    reader = next(form for form in FORMATS if form.accepts(whole))
    return list(reader.read(whole, Budget(limits or Limits(), len(data))))


def segments(data: bytes) -> list[Segment]:
    return [piece for piece in pieces(data) if isinstance(piece, Segment)]


def text_of(data: bytes, part: str = "") -> str:
    return "\n".join(segment.text for segment in segments(data) if not part or segment.place.part == part)


def place_of(text: str, data: bytes) -> Place:
    """Where `text` is found first."""
    for segment in segments(data):
        if (at := segment.text.find(text)) >= 0:
            return segment.origin.place(segment, at, at + len(text))
    raise AssertionError(f"{text} is not found")


def refusal(data: bytes, limits: Limits | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as failure:
        pieces(data, limits)
    return failure.value


def compound(streams: Mapping[str, bytes]) -> bytes:
    return _ole.pack([(tuple(path.split("/")), data) for path, data in streams.items()])


# --- what real programs wrote -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("xls", "高橋 みなと", Place(sheet="名簿", cell="A2")),
        ("xls", "123456789018", Place(sheet="名簿", cell="B2")),
        ("xls", "1988-02-29", Place(sheet="名簿", cell="C2")),
        ("xls", "060-0123", Place(sheet="名簿", cell="D2")),
        ("xls", "高橋 みなと様", Place(sheet="名簿", cell="A4")),
        ("xls", "式の中の三浦", Place(sheet="名簿", cell="B9")),
        ("xls", "隠し行の大西", Place(sheet="名簿", cell="E5")),
        ("xls", "隠し列の安藤", Place(sheet="名簿", cell="F6")),
        ("xls", "隠しシートの岩崎", Place(sheet="深く隠した頁", cell="C7")),
        ("xls", "メモの中の西村", Place(sheet="名簿", cell="A2", part="comments")),
        ("xls", "ヘッダーの本田", Place(sheet="名簿")),
        ("xls", "入力時の平野", Place(sheet="名簿")),
        ("xls", "候補の小池", Place(sheet="名簿")),
        ("xls", "グラフの松井", Place(sheet="名簿")),
        ("xls", "link.person@example.jp", Place(sheet="名簿")),
        ("xls", "名前定義の久保", Place(part="Workbook")),
        ("xls", "作成者の菅原", Place(part="SummaryInformation")),
        ("xlsb", "123456789018", Place(sheet="名簿", cell="B2")),
        ("xlsb", "060-0123", Place(sheet="名簿", cell="D2")),
        ("xlsb", "隠し行の大西", Place(sheet="名簿", cell="E5")),
        ("xlsb", "隠しシートの岩崎", Place(sheet="深く隠した頁", cell="B2")),
        ("xlsb", "メモの中の西村", Place(sheet="名簿", cell="A2", part="xl/comments1.bin")),
        ("xlsb", "作成者の菅原", Place(part="docProps/core.xml")),
        ("ods", "123456789018", Place(sheet="名簿", cell="B2")),
        ("ods", "060-0123", Place(sheet="名簿", cell="D2")),
        ("ods", "隠し行の大西", Place(sheet="名簿", cell="E5")),
        ("ods", "隠し列の安藤", Place(sheet="名簿", cell="F6")),
        ("ods", "隠しシートの岩崎", Place(sheet="深く隠した頁", cell="C7")),
        ("ods", "メモの中の西村", Place(sheet="名簿", cell="A2", part="comments")),
        ("ods", "式の中の三浦", Place(sheet="名簿", cell="B9")),
        ("ods", "ヘッダーの本田", Place(part="headers")),
        ("ods", "名前定義の久保", Place(part="content.xml")),
        ("ods", "グラフの松井", Place(part="drawings")),
        ("doc", "高橋 みなと", Place(part="body", row=2)),
        ("doc", "123456789018", Place(part="body", row=2)),
        ("doc", "09012345678", Place(part="body")),
        ("doc", "消した三浦", Place(part="body")),
        ("doc", "最後の段落 𠮷田", Place(part="body")),
        ("doc", "ヘッダーの本田", Place(part="headers")),
        ("doc", "コメントの西村", Place(part="comments")),
        ("doc", "浮いた枠の石井", Place(part="text boxes")),
        ("doc", "著者の佐伯", Place(part="comments")),
        ("doc", "改訂者の宮本", Place(part="revisions")),
        ("doc", "作成者の菅原", Place(part="SummaryInformation")),
        ("rtf", "123456789018", Place(part="body", row=2)),
        ("rtf", "消した三浦", Place(part="body")),
        ("rtf", "フッターの内田", Place(part="footers")),
        ("rtf", "コメントの西村", Place(part="comments")),
        ("rtf", "浮いた枠の石井", Place(part="text boxes")),
        ("rtf", "代わりの近藤", Place(part="drawings")),
        ("rtf", "改訂者の宮本", Place(part="names")),
        ("rtf", "𠮷田", Place(part="body")),
        ("odt", "123456789018", Place(part="content.xml", row=2)),
        ("odt", "消した三浦", Place(part="content.xml")),
        ("odt", "浮いた枠の石井", Place(part="text boxes")),
        ("odt", "コメントの西村", Place(part="comments")),
        ("odt", "フッターの内田", Place(part="footers")),
        ("odt", "作成者の菅原", Place(part="meta.xml")),
        ("ppt", "題名の松本", Place(slide=1)),
        ("ppt", "090-1234-5678", Place(slide=1)),
        ("ppt", "123456789018", Place(slide=2)),
        ("ppt", "ノートの清水", Place(slide=1, part="notes")),
        ("odp", "本文の井上", Place(slide=1)),
        ("odp", "123456789018", Place(slide=2, row=2)),
        ("odp", "ノートの清水", Place(slide=1, part="notes")),
    ],
)
def test_every_hiding_place_is_read(name: str, text: str, place: Place) -> None:
    found = place_of(text, WRITTEN[name].read_bytes())
    assert replace(found, paragraph=None) == place


def test_paragraphs_are_counted() -> None:
    assert place_of("09012345678", WRITTEN["doc"].read_bytes()) == Place(part="body", paragraph=5)
    assert place_of("本文の井上", WRITTEN["odp"].read_bytes()) == Place(slide=1, paragraph=2)


def test_a_number_over_two_runs_is_one() -> None:
    for name in ("doc", "rtf", "odt"):
        assert "09012345678" in text_of(WRITTEN[name].read_bytes())


def test_cells_of_a_table_stand_in_their_columns_even_when_one_is_empty() -> None:
    for name in ("doc", "rtf", "odt"):
        table = next(s.table for s in segments(WRITTEN[name].read_bytes()) if s.table)
        assert [[cell.column for cell in row.cells] for row in table.rows] == [[0, 1, 2]] * 3


# --- workbooks --------------------------------------------------------------------------------------------------------


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def workbook(*records: bytes, globals_: bytes = b"", version: int = 0x600) -> bytes:
    bof = struct.pack("<HHHHII", version, 5, 0, 0, 0, 0)
    sheet = record(0x809, struct.pack("<HHHHII", version, 16, 0, 0, 0, 0))
    name = "名簿".encode("utf-16-le") if version == 0x600 else "名簿".encode("cp932")
    tail = bytes((2, 1)) + name if version == 0x600 else bytes((len(name),)) + name
    bound = record(0x85, struct.pack("<IH", 16 + 4 + 4 + 6 + len(tail) + 4 + 4 + len(globals_) - 12 + 4, 0) + tail)
    head = record(0x809, bof) + record(0x42, struct.pack("<H", 932)) + globals_
    offset = len(head) + len(bound) + 4
    bound = record(0x85, struct.pack("<IH", offset, 0) + tail)
    return compound({"Workbook": head + bound + record(0x0A) + sheet + b"".join(records) + record(0x0A)})


def label(row: int, column: int, index: int) -> bytes:
    return record(0xFD, struct.pack("<HHHI", row, column, 0, index))


def shared(*strings: str) -> bytes:
    body = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in strings)
    return record(0xFC, struct.pack("<II", len(strings), len(strings)) + body)


def test_a_shared_string_that_is_cut_between_two_records_is_whole() -> None:
    text = "長い名簿の高橋"
    body = struct.pack("<II", 2, 2) + struct.pack("<HB", 7, 1) + text[:3].encode("utf-16-le")
    more = b"\1" + text[3:].encode("utf-16-le") + struct.pack("<HB", 3, 0) + b"abc"
    data = workbook(label(0, 0, 0), label(1, 0, 1), globals_=record(0xFC, body) + record(0x3C, more))
    assert place_of(text, data) == Place(sheet="名簿", cell="A1")
    assert place_of("abc", data).cell == "A2"


def test_a_string_that_was_deleted_from_the_cells_is_still_found() -> None:
    data = workbook(label(0, 0, 0), globals_=shared("残った人", "消した人"))
    assert place_of("消した人", data) == Place(part="shared strings")


def test_numbers_in_all_their_forms_are_whole() -> None:
    cells = record(0x203, struct.pack("<HHHd", 0, 0, 0, 123456789018.0))
    cells += record(0x27E, struct.pack("<HHHI", 1, 0, 0, 1234567 << 2 | 2))
    cells += record(0xBD, struct.pack("<HH", 2, 0) + struct.pack("<HIHI", 0, 500 << 2 | 3, 0, 7 << 2 | 2) + b"\1\0")
    assert text_of(workbook(cells)).split("\n")[1:] == ["123456789018", "1234567", "5\t7"]


def test_the_text_of_a_formula_that_gives_text_is_read() -> None:
    formula = struct.pack("<HHH", 4, 2, 0) + b"\0\0\0\0\0\0\xff\xff" + bytes(6) + b"\0\0"
    data = workbook(record(0x06, formula), record(0x207, struct.pack("<HB", 2, 1) + "山本".encode("utf-16-le")))
    assert place_of("山本", data) == Place(sheet="名簿", cell="C5")


def test_a_workbook_of_excel_5_is_read_in_its_code_page() -> None:
    text = "高橋 みなと".encode("cp932")
    data = workbook(record(0x204, struct.pack("<HHHH", 1, 3, 0, len(text)) + text), version=0x500)
    assert place_of("高橋 みなと", data) == Place(sheet="名簿", cell="D2")


def test_the_cache_of_a_pivot_table_is_read() -> None:
    streams = {"Workbook": record(0x809, bytes(16)) + record(0x0A)}
    streams["_SX_DB_CUR/0001"] = record(0xCD, struct.pack("<HB", 5, 1) + "集計の河野".encode("utf-16-le"))
    assert place_of("集計の河野", compound(streams)).part == "_SX_DB_CUR/0001"


def test_a_document_embedded_in_a_workbook_is_a_document() -> None:
    inner = WRITTEN["doc"].read_bytes()
    with _ole.opened(document(inner), Budget(Limits(), len(inner))) as opened:
        streams = {f"MBD0001/{'/'.join(path)}": opened.read(path) for path in opened.paths}
    data = compound({"Workbook": record(0x809, bytes(16)) + record(0x0A)} | streams)
    (child,) = [piece for piece in pieces(data) if isinstance(piece, Document)]
    assert child.address == "a.bin!MBD0001"
    assert formats.pick(child).NAME == "doc"
    assert "コメントの西村" in "".join(s.text for s in doc.read(child, Budget(Limits(), 1)) if isinstance(s, Segment))


@pytest.mark.parametrize(
    ("body", "method"),
    [
        (b"\0\0\1\0\2\0", "XOR obfuscation, 16 bit"),
        (b"\1\0\1\0\1\0" + bytes(48), "RC4, 40 bit"),
        (
            b"\1\0" + struct.pack("<HHII", 2, 2, 4, 40) + struct.pack("<IIIII", 4, 0, 0x6801, 0x8004, 128),
            "RC4, 128 bit",
        ),
    ],
)
def test_a_workbook_under_a_password_says_by_which_method(body: bytes, method: str) -> None:
    failure = refusal(workbook(globals_=record(0x2F, body)))
    assert (failure.kind, failure.detail) == ("encrypted", f"a workbook under a password ({method})")


def test_one_string_in_very_many_cells_is_a_bomb() -> None:
    cells = b"".join(label(row, column, 0) for row in range(600) for column in range(100))
    data = workbook(cells, globals_=shared("x" * 4000))
    assert refusal(data, Limits(ratio_floor=8 * MIB)).kind == "bomb"


def odf(kind: str, content: str, **parts: bytes) -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "draw", "presentation", "dc")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml", f"<office:document{spaces}><office:body>{content}</office:body></office:document>"
        )
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def table(rows: str) -> str:
    return f'<table:table table:name="名簿">{rows}</table:table>'


def test_repeated_rows_and_columns_move_what_follows_them() -> None:
    cell = '<table:table-cell office:value-type="float" office:value="{}"><text:p>{}</text:p></table:table-cell>'
    rows = '<table:table-row table:number-rows-repeated="7"><table:table-cell/></table:table-row><table:table-row>'
    rows += '<table:table-cell table:number-columns-repeated="3"/>' + cell.format("123456789018", "1.23457E+11")
    rows += cell.format("600123", "060-0123") + cell.format("0.5", "50 %") + "</table:table-row>"
    data = odf("spreadsheet", table(rows))
    assert place_of("123456789018", data) == Place(sheet="名簿", cell="D8")
    assert place_of("060-0123", data).cell == "E8"
    assert "0.5" in text_of(data)


def test_a_million_repeated_cells_cost_nothing() -> None:
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>山</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    assert len(text_of(odf("spreadsheet", table(row * 50)))) < 50 * 200


# --- texts ------------------------------------------------------------------------------------------------------------


def test_deleted_text_of_an_opendocument_stands_where_it_was() -> None:
    content = (
        '<office:text><text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info>'
        "<dc:creator>改訂者</dc:creator></office:change-info><text:p>三浦</text:p></text:deletion></text:changed-region>"
        '</text:tracked-changes><text:p>担当 <text:change text:change-id="c1"/>岡田</text:p></office:text>'
    )
    lines = text_of(odf("text", content), "content.xml").split("\n")
    assert lines == ["担当 岡田", "担当 三浦岡田"]


def test_spaces_tabs_and_notes_of_an_opendocument_are_kept_apart() -> None:
    content = '<office:text><text:p>090<text:s text:c="2"/>1234<text:tab/>x<text:note><text:note-body><text:p>脚注'
    content += "</text:p></text:note-body></text:note>y</text:p></office:text>"
    data = odf("text", content)
    assert text_of(data, "content.xml") == "090  1234\txy"
    assert place_of("脚注", data).part == "notes"


def test_an_opendocument_under_a_password_says_by_which_method() -> None:
    manifest = (
        b'<m:manifest xmlns:m="urn:m"><m:file-entry m:full-path="content.xml"><m:encryption-data>'
        b'<m:algorithm m:algorithm-name="Blowfish CFB"/></m:encryption-data></m:file-entry></m:manifest>'
    )
    failure = refusal(odf("text", "", **{"META-INF__manifest_dot_xml": manifest}))
    assert (failure.kind, failure.detail) == ("encrypted", "an OpenDocument file under a password (Blowfish CFB)")


def word(
    text: bytes, pieces_: bytes = b"", *, flags: int = 0x200, version: int = 0xC1, size: int | None = None
) -> bytes:
    clx = b"\2" + struct.pack("<I", len(pieces_)) + pieces_ if pieces_ else b""
    head = bytearray(0x400)
    struct.pack_into("<HH", head, 0, 0xA5EC, version)
    struct.pack_into("<H", head, 6, 0x411)
    struct.pack_into("<H", head, 0x0A, flags)
    struct.pack_into("<II", head, 0x18, 0x400, 0x400 + len(text))
    struct.pack_into("<I", head, 0x4C, len(text) // 2 if size is None else size)
    struct.pack_into("<II", head, 0x1A2, 0, len(clx))
    return compound({"WordDocument": bytes(head) + text, "1Table": clx or b"\0" * 16})


def test_text_between_the_pieces_of_a_quick_save_is_read() -> None:
    parts = [
        "今の本文の高橋\r".encode("utf-16-le"),
        "前に消した三浦さん\r".encode("utf-16-le"),
        "終わり\r".encode("utf-16-le"),
    ]
    ends = [0, len(parts[0]) // 2, (len(parts[0]) + len(parts[2])) // 2]
    table_ = struct.pack("<3I", *ends)
    table_ += struct.pack("<HIH", 0, 0x400, 0) + struct.pack("<HIH", 0, 0x400 + len(parts[0]) + len(parts[1]), 0)
    data = word(b"".join(parts), table_, size=ends[-1])
    assert text_of(data, "body") == "今の本文の高橋\n終わり\n前に消した三浦さん"


def test_a_document_of_word_6_is_read_in_the_code_page_of_its_language() -> None:
    text = "名簿\r高橋 みなと\t090-1234-5678\r".encode("cp932")
    assert text_of(word(text, flags=0, version=0x68)) == "名簿\n高橋 みなと\t090-1234-5678"


@pytest.mark.parametrize(("flags", "method"), [(0x8300, "XOR obfuscation, 16 bit"), (0x300, "RC4, 40 bit")])
def test_a_document_under_a_password_says_by_which_method(flags: int, method: str) -> None:
    table_ = b"\1\0\1\0" + bytes(48)
    head = bytearray(word(b"", flags=flags))
    data = compound({"WordDocument": bytes(head[512:1536]), "1Table": table_})
    with _ole.opened(document(word(b"", flags=flags)), Budget(Limits(), 1)) as whole:
        data = compound({"WordDocument": whole.get("WordDocument"), "1Table": table_})
    failure = refusal(data)
    assert (failure.kind, failure.detail) == ("encrypted", f"a document under a password ({method})")


def rich(body: str) -> bytes:
    fonts = r"{\fonttbl{\f0\fcharset128 x;}{\f1\fcharset0 y;}{\f2\fcharset204 z;}}"
    return rf"{{\rtf1\ansi\ansicpg1252{fonts}{body}}}".encode("latin-1")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\f0 \'8d\'82\'8b\'b4", "高橋"),
        (r"\f0 \'83A\'83C", "アイ"),
        (r"\f0 \'83\\\'95\\\'8e\'a6", "ソ表示"),
        (r"\f2 \'cf\'e5\'f2\'f0", "Петр"),
        (r"\u-10174?\u-8265?", "𠮷"),
        (r"\uc2\u39640ab\u27211\'8b\'b4.", "高橋."),
        (r"1234\b 5678\b0 9018", "123456789018"),
        (r"a\line b\tab c\~d\_e", "a\nb\tc\u00a0d-e"),
        (r"\v hidden\v0  text", "hidden text"),
        (r"{\*\unbekannt \'52ead me}", "Read me"),
    ],
)
def test_characters_of_rich_text_come_out_right(body: str, text: str) -> None:
    assert text in text_of(rich(body))


def test_half_a_surrogate_of_rich_text_is_no_exception() -> None:
    assert text_of(rich(r"x\u-10174?y")).startswith("x")


def test_deleted_rich_text_is_read_beside_what_is_left() -> None:
    assert text_of(rich(r"A{\deleted B}C\par")).split("\n") == ["AC", "ABC"]


def test_binary_data_in_rich_text_is_not_taken_for_text() -> None:
    found = pieces(rich(r"before{\pict\pngblip\bin7 " + "}{\\par}" + "}after"))
    assert "beforeafter" in "".join(piece.text for piece in found if isinstance(piece, Segment))
    assert [piece.size for piece in found if isinstance(piece, Document)] == [7]


def test_groups_without_end_and_a_hundred_thousand_levels_are_reported() -> None:
    found = pieces(b"{\\rtf1 x" + b"{" * 100_000 + b"deep")
    assert [piece.kind for piece in found if isinstance(piece, Problem)] == ["corrupt"]
    assert any("deep" in piece.text for piece in found if isinstance(piece, Segment))


# --- presentations, Ichitaro, objects, macros -------------------------------------------------------------------------


def atom(kind: int, body: bytes, instance: int = 0, *, container: bool = False) -> bytes:
    return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(body)) + body


def test_text_of_a_slide_that_only_an_older_save_knows_is_read() -> None:
    slide = atom(1006, atom(4000, "消した頁の小川".encode("utf-16-le")), container=True)
    data = compound({"PowerPoint Document": slide, "Current User": bytes(20)})
    assert place_of("消した頁の小川", data) == Place(part="earlier version")


def test_an_object_in_a_presentation_is_a_document() -> None:
    inner = WRITTEN["xls"].read_bytes()
    stored = atom(4113, struct.pack("<I", len(inner)) + zlib.compress(inner), 1)
    found = pieces(compound({"PowerPoint Document": stored, "Current User": bytes(20)}))
    (child,) = [piece for piece in found if isinstance(piece, Document)]
    assert formats.pick(child).NAME == "xls"


def test_an_object_that_expands_without_end_is_a_bomb() -> None:
    stored = atom(4113, bytes(4) + zlib.compress(bytes(64 * MIB), 9), 1)
    data = compound({"PowerPoint Document": stored, "Current User": bytes(20)})
    assert refusal(data, Limits(ratio_floor=MIB)).kind == "bomb"


def test_a_presentation_under_a_password_says_by_which_method() -> None:
    header = struct.pack("<HHII", 2, 2, 4, 40) + struct.pack("<IIIII", 4, 0, 0x6801, 0x8004, 128)
    crypt = atom(0x2F14, header, container=True)
    directory = atom(6002, struct.pack("<II", 1 << 20 | 1, 0))
    edit = atom(4085, bytes(8) + struct.pack("<IIII", 0, len(crypt), 1, 1) + struct.pack("<II", 0, 1))
    user = bytes(12) + struct.pack("<II", 0xF3D1C4DF, len(crypt) + len(directory))
    failure = refusal(compound({"PowerPoint Document": crypt + directory + edit, "Current User": user}))
    assert (failure.kind, failure.detail) == ("encrypted", "a presentation under a password (RC4, 128 bit)")


def test_records_that_are_nested_without_end_are_refused() -> None:
    inner = b""
    for _ in range(200):
        inner = atom(1006, inner, container=True)
    assert refusal(compound({"PowerPoint Document": inner, "Current User": bytes(20)})).kind == "too_deep"


def test_an_ichitaro_document_is_read_without_its_ruby_in_the_name() -> None:
    data = (GOLDEN / "jtd" / "by_hand" / "input.jtd").read_bytes()
    assert "氏名 高橋 みなと\n個人番号 123456789018" in text_of(data)
    assert "たかはし" in text_of(data)


def test_an_ichitaro_document_of_which_nothing_is_understood_is_not_clean() -> None:
    assert refusal(compound({"DocumentText": b"\x01" * 400})).kind == "missing_reader"


@pytest.mark.parametrize("name", ["契約.xdw", "綴り.xbd"])
def test_docuworks_is_named_as_not_readable(name: str) -> None:
    whole = document(b"\x60\x0e\x82\x01" + bytes(range(256)) * 8, name)
    assert formats.pick(whole).NAME == "binary"
    with pytest.raises(Unreadable) as failure:
        list(binary.read(whole, Budget(Limits(), whole.size)))
    assert failure.value.kind == "missing_reader"
    assert "DocuWorks" in failure.value.detail


def test_the_source_of_macros_is_read() -> None:
    data = (GOLDEN / "ole" / "macros" / "input.bin").read_bytes()
    assert place_of("090-1234-5678", data) == Place(part="VBA/Module1")


def test_repetitions_in_the_source_of_macros_are_expanded() -> None:
    chunk = b"\x08abc" + struct.pack("<H", (3 - 1) << 12 | 6 - 3)
    data = b"\1" + struct.pack("<H", 0xB000 | len(chunk) - 1) + chunk
    assert ole.expanded(data, 0, Budget(Limits(), 1)) == b"abcabcabc"


# --- compound files ---------------------------------------------------------------------------------------------------


def test_what_is_packed_is_read_back() -> None:
    rng = random.Random(4)
    streams = {f"a/{number}": rng.randbytes(rng.randrange(9000)) for number in range(300)} | {
        "b": rng.randbytes(8 * MIB)
    }
    data = compound(streams)
    with _ole.opened(document(data), Budget(Limits(), len(data))) as opened:
        assert {"/".join(path): opened.read(path) for path in opened.paths} == streams


@pytest.mark.parametrize("at", [44, 64, 72])
def test_tables_that_claim_to_be_larger_than_the_file_are_refused(at: int) -> None:
    data = bytearray(compound({"Workbook": bytes(60_000)}))
    data[at : at + 4] = struct.pack("<I", 1 << 24)
    with pytest.raises(Unreadable) as failure:
        _ole.Compound(io.BytesIO(bytes(data)), Budget(Limits(), len(data)))
    assert failure.value.kind == "corrupt"


def test_a_stream_that_claims_to_be_larger_than_the_file_is_read_as_far_as_it_goes() -> None:
    data = compound(
        {
            "Workbook": record(0x809, bytes(16))
            + record(0x5C, struct.pack("<HB", 6, 1) + "書いた人です".encode("utf-16-le"))
            + bytes(6000)
        }
    )
    at = data.index("Workbook".encode("utf-16-le")) + 120
    assert "書いた人です" in text_of(data[:at] + struct.pack("<I", 0x7FFFFFFF) + data[at + 4 :])


def test_chains_that_run_in_circles_end() -> None:
    data = bytearray(compound({"Workbook": bytes(60_000)}))
    table_ = data.rfind(struct.pack("<II", 1, 2))
    data[table_ + 40 : table_ + 44] = struct.pack("<I", 3)
    survives(bytes(data))


# --- hostile bytes ----------------------------------------------------------------------------------------------------


def survives(data: bytes) -> None:
    """Every piece is a record, whatever the bytes; what is raised is one of ours."""
    whole = document(data)
    try:
        for piece in formats.pick(whole).read(whole, Budget(Limits(seconds=20), len(data))):
            assert isinstance(piece, Segment | Document | Problem)
            if isinstance(piece, Segment):
                assert piece.place.to_dict() is not None
    except (Unreadable, Textless):
        return


INPUTS = sorted(path for form in FORMATS for path in GOLDEN.glob(f"{form.NAME}/*/input.*"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_truncated_and_mutated_files_end_in_pieces_or_problems(path: Path) -> None:
    data, rng = path.read_bytes(), random.Random(11)
    for sixteenth in range(16):
        survives(data[: len(data) * sixteenth // 16])
    for number in range(200):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 10)):
            at = rng.randrange(len(broken))
            if number % 2:
                broken[at] = rng.randrange(256)
            else:
                broken[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\1\0\0\0"))
        survives(bytes(broken))


@pytest.mark.parametrize("path", WRITTEN.values(), ids=lambda path: path.parent.parent.name)
def test_what_is_read_of_a_damaged_file_is_not_taken_for_all(path: Path) -> None:
    data = path.read_bytes()
    found: list[Piece] = []
    whole = document(data[: len(data) // 2], path.name)
    try:
        found = list(formats.pick(whole).read(whole, Budget(Limits(), whole.size)))
    except Unreadable:
        return
    assert [piece for piece in found if isinstance(piece, Problem)]
