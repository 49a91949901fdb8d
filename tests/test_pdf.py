"""PDF: text, forms, notes, outline, properties and attachments are found; pictures, passwords and damage are named."""

import io
import random

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from scanner.errors import Unreadable
from scanner.formats import Piece, pdf
from scanner.limits import Budget, Limits
from scanner.model import Document, Problem, Segment
from scanner.origin import Place

FONT = "HeiseiKakuGo-W5"
ATTACHED = "氏名,電話\n内田 悠,03-1234-5678\n".encode()
pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def document(data: bytes, depth: int = 0) -> Document:
    return Document(
        address="a.pdf", path="a.pdf", name="a.pdf", size=len(data), opener=lambda: io.BytesIO(data), depth=depth
    )


def pieces(data: bytes, limits: Limits | None = None, depth: int = 0) -> list[Piece]:
    whole = document(data, depth)
    assert pdf.accepts(whole)
    return list(pdf.read(whole, Budget(limits or Limits(), len(data))))


def segments(data: bytes) -> list[Segment]:
    return [piece for piece in pieces(data) if isinstance(piece, Segment)]


def problems(data: bytes) -> list[tuple[str, str]]:
    return [(piece.kind, piece.detail) for piece in pieces(data) if isinstance(piece, Problem)]


def canvas() -> tuple[Canvas, io.BytesIO]:
    out = io.BytesIO()
    made = Canvas(out, invariant=True)
    made.setFont(FONT, 12)
    return made, out


def pages(*texts: str) -> bytes:
    made, out = canvas()
    for text in texts:
        made.setFont(FONT, 12)
        for number, line in enumerate(text.split("\n")):
            made.drawString(72, 720 - 20 * number, line)
        made.showPage()
    made.save()
    return out.getvalue()


def picture() -> ImageReader:
    # A binary PPM: two grey pixels.
    return ImageReader(io.BytesIO(b"P6 2 1 255\n" + bytes([200] * 6)))


@pytest.fixture(scope="module")
def rich() -> bytes:
    made, out = canvas()
    made.setTitle("表題の小川")
    made.setAuthor("著者の岡本")
    made.setSubject("件名の中川")
    made.setKeywords("鍵語の原田")
    made.drawString(72, 720, "一頁目の石井")
    made.drawString(72, 2000, "紙の外の遠藤")
    made.bookmarkPage("a")
    made.addOutlineEntry("目次の藤原", "a", 0)
    made.showPage()
    made.setFont(FONT, 12)
    made.drawString(72, 720, "二頁目の青木")
    made.textAnnotation("付箋の坂本", (100, 100, 200, 200), addtopage=1)
    made.linkURL("mailto:link.person@example.jp", (72, 700, 200, 720))
    made.acroForm.textfield(name="氏名", value="Kaneko Rin", x=72, y=600, tooltip="申請者")
    made.acroForm.choice(name="選択", value="A", options=["A", "Choice Person"], x=72, y=500)
    made.showPage()
    made.save()
    with_attachment = pypdfium2.PdfDocument(out.getvalue())
    with_attachment.new_attachment("名簿.csv").set_data(ATTACHED)
    again = io.BytesIO()
    with_attachment.save(again)
    return again.getvalue()


@pytest.mark.parametrize(
    ("text", "place", "label"),
    [
        ("一頁目の石井", Place(page=1), ""),
        ("紙の外の遠藤", Place(page=1), ""),
        ("二頁目の青木", Place(page=2), ""),
        ("付箋の坂本", Place(page=2), "annotation"),
        ("mailto:link.person@example.jp", Place(page=2), "annotation"),
        ("Kaneko Rin", Place(page=2), "氏名 申請者"),
        ("Choice Person", Place(page=2), "選択"),
        ("目次の藤原", Place(part="outline"), "outline"),
        ("表題の小川", Place(part="properties"), "title"),
        ("著者の岡本", Place(part="properties"), "author"),
        ("件名の中川", Place(part="properties"), "subject"),
        ("鍵語の原田", Place(part="properties"), "keywords"),
    ],
)
def test_every_hiding_place_of_a_pdf_is_read(rich: bytes, text: str, place: Place, label: str) -> None:
    assert [(s.place, s.label) for s in segments(rich) if text in s.text] == [(place, label)]


def test_an_attachment_becomes_a_document(rich: bytes) -> None:
    (child,) = [piece for piece in pieces(rich) if isinstance(piece, Document)]
    assert (child.address, child.depth, child.size) == ("a.pdf!名簿.csv", 1, len(ATTACHED))
    with child.open() as stream:
        assert stream.read() == ATTACHED


def test_lines_end_with_one_character() -> None:
    assert next(segment.text for segment in segments(pages("氏名 相川\n電話 03-1234-5678"))) == (
        "氏名 相川\n電話 03-1234-5678"
    )


def test_pages_that_hold_only_pictures_are_counted_and_the_others_read() -> None:
    made, out = canvas()
    for number in range(5):
        if number in {1, 3}:
            made.drawImage(picture(), 72, 500, 100, 100)
        elif number != 4:
            made.setFont(FONT, 12)
            made.drawString(72, 720, f"本文{number}")
        made.showPage()
    made.save()
    data = out.getvalue()
    assert problems(data) == [("image_only", "2 of 5 pages hold only images")]
    assert [segment.text for segment in segments(data) if segment.place.page] == ["本文0", "本文2"]


def test_a_pdf_whose_pages_have_text_has_no_problem(rich: bytes) -> None:
    assert problems(rich) == []


@pytest.mark.parametrize(("user", "readable"), [("secret", False), ("", True)])
def test_a_password_is_asked_for_only_when_there_is_one(user: str, readable: bool) -> None:
    out = io.BytesIO()
    made = Canvas(out, encrypt=StandardEncryption(user, ownerPassword="owner"))
    made.drawString(72, 720, "text of Kaneko")
    made.save()
    if readable:
        assert segments(out.getvalue())[0].text == "text of Kaneko"
    else:
        with pytest.raises(Unreadable) as failure:
            pieces(out.getvalue())
        assert failure.value.kind == "encrypted"


def test_a_pdf_behind_other_bytes_is_accepted_and_a_text_about_pdf_is_not() -> None:
    data = pages("本文")
    assert [segment.text for segment in segments(b"\x00header\n" * 20 + data)][:1] == ["本文"]
    assert not pdf.accepts(document(b"The mark of a PDF is %PDF-1.4 at its beginning."))
    assert not pdf.accepts(document(b""))


def test_a_pdf_inside_something_else_must_fit_into_memory() -> None:
    data = pages("本文")
    assert pieces(data, depth=1)
    with pytest.raises(Unreadable) as failure:
        pieces(data, Limits(memory=100), depth=1)
    assert failure.value.kind == "too_large"


def test_what_cannot_be_opened_is_corrupt() -> None:
    for data in (b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(5000)):
        with pytest.raises(Unreadable) as failure:
            pieces(data)
        assert failure.value.kind == "corrupt"


def test_a_pdf_that_has_lost_its_end_is_read_with_a_problem() -> None:
    data = pages("残った本文")
    cut = data[: data.rindex(b"xref\n0 ")]
    assert segments(cut)[0].text == "残った本文"
    assert problems(cut) == [("corrupt", "its end is missing")]


def test_a_broken_pdf_is_not_called_encrypted_because_another_one_was() -> None:
    out = io.BytesIO()
    made = Canvas(out, encrypt=StandardEncryption("secret", ownerPassword="owner"))
    made.save()
    kinds = []
    for data in (out.getvalue(), b"%PDF-1.4\n1 0 obj\n" + b"[" * 50_000):
        with pytest.raises(Unreadable) as failure:
            pieces(data)
        kinds.append(failure.value.kind)
    assert kinds == ["encrypted", "corrupt"]


def test_damage_ends_in_pieces_and_at_most_one_problem(rich: bytes) -> None:
    dice = random.Random(1)
    for _ in range(150):
        changed = bytearray(rich)
        for _ in range(dice.choice((1, 5, 50))):
            changed[dice.randrange(12, len(rich))] = dice.randrange(256)
        survives(bytes(changed))
    for _ in range(50):
        survives(rich[: dice.randrange(12, len(rich))])


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_the_mark_end_in_pieces(data: bytes) -> None:
    survives(b"%PDF-1.7\n" + data)


def survives(data: bytes) -> None:
    try:
        found = pieces(data)
    except Unreadable:
        return
    assert sum(isinstance(piece, Problem) for piece in found) <= 1
    for piece in found:
        if isinstance(piece, Segment):
            piece.text.encode("utf-8")


# --- fonts, stamps and forms ------------------------------------------------------------------------------------------


def handmade(encoding: str, text: bytes, ordering: str = "Japan1") -> bytes:
    """One page in a font that is not embedded and has no map to Unicode."""
    content = b"BT /F1 12 Tf 72 700 Td <%s> Tj ET" % text.hex().encode()
    font = "/Type/Font/BaseFont/Ryumin-Light"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        f"<<{font}/Subtype/Type0/Encoding/{encoding}/DescendantFonts[6 0 R]>>".encode(),
        f"<<{font}/Subtype/CIDFontType0/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 2>>"
        "/FontDescriptor 7 0 R/DW 1000>>".encode(),
        b"<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 4/FontBBox[0 -100 1000 900]/ItalicAngle 0/Ascent 900"
        b"/Descent -100/CapHeight 700/StemV 80>>",
    ]
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    out, starts = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, len(out))
    )


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("90ms-RKSJ-H", "cp932"), ("90ms-RKSJ-V", "cp932"), ("90msp-RKSJ-H", "cp932"), ("Ext-RKSJ-H", "cp932"),
        ("EUC-H", "euc_jp"), ("UniJIS-UCS2-H", "utf-16-be"), ("UniJIS-UTF16-V", "utf-16-be"),
    ],
)  # fmt: skip
def test_japanese_fonts_without_a_map_to_unicode_are_read(encoding: str, codec: str) -> None:
    text = "氏名 佐藤 花子 電話 090-1234-5678"
    assert [segment.text for segment in segments(handmade(encoding, text.encode(codec)))] == [text]


def test_a_page_whose_font_does_not_say_its_characters_is_named() -> None:
    glyphs = b"".join((1200 + 97 * number).to_bytes(2, "big") for number in range(40))
    assert problems(handmade("Identity-H", glyphs, "Identity")) == [
        ("image_only", "1 of 1 pages have fonts that do not say their characters")
    ]


@pytest.mark.parametrize("angle", [30, 90, 180, 270])
def test_turned_text_is_read(angle: int) -> None:
    made, out = canvas()
    made.translate(300, 400)
    made.rotate(angle)
    made.drawString(20, 0, "回した 田中 一郎 090-1234-5678")
    made.save()
    assert segments(out.getvalue())[0].text == "回した 田中 一郎 090-1234-5678"


def test_columns_that_were_written_one_after_the_other_are_read_so() -> None:
    made, out = canvas()
    for left, lines in ((72, ("左の段の一行目", "左の段の二行目")), (320, ("右の段の一行目", "右の段の二行目"))):
        for number, line in enumerate(lines):
            made.drawString(left, 700 - 14 * number, line)
    made.save()
    assert segments(out.getvalue())[0].text == "左の段の一行目\n左の段の二行目\n右の段の一行目\n右の段の二行目"


@pytest.mark.parametrize(("width", "expected"), [(595, [("image_only", "1 of 1 pages hold only images")]), (100, [])])
def test_a_stamp_on_a_scanned_page_does_not_make_it_text(width: int, expected: list[tuple[str, str]]) -> None:
    made, out = canvas()
    made.drawImage(picture(), 0, 0, width, 842)
    made.drawString(500, 20, "1/3")
    made.save()
    assert problems(out.getvalue()) == expected


def test_the_data_of_a_form_in_xml_is_a_document() -> None:
    data = '<xfa:datasets xmlns:xfa="x"><氏名>石井 悠</氏名></xfa:datasets>'.encode()
    whole = assembled([
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA[(template)4 0 R(datasets)4 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(data), data),
    ])  # fmt: skip
    (child,) = [piece for piece in pieces(whole) if isinstance(piece, Document)]
    assert child.address == "a.pdf!form.xml"
    with child.open() as stream:
        assert stream.read() == data
