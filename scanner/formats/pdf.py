"""PDF documents, by PDFium: the text of each page, annotations, form fields, outline, properties, attachments.

Lines are those that PDFium sees: the columns of a page may run into one another, and tables come without their grid.
Text that is drawn as a picture is not recognised; pages that hold little else are reported, and so are pages in fonts
that do not say which characters they draw. Not read: XMP metadata, scripts, structure trees, earlier versions.
Standard: ISO 32000-1. PDFium is native code: a worker process must stand outside.
"""

import ctypes
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

from scanner.errors import Unreadable
from scanner.formats import Library, Piece
from scanner.formats._names import Shown
from scanner.formats._pdf_cipher import cipher
from scanner.formats._protection import locked, passwords
from scanner.limits import MIB, Budget
from scanner.model import Document, Problem, Segment
from scanner.origin import FixedOrigin, Place

NAME = "pdf"
RANK = 200
ENDINGS = (".pdf",)
NEEDS = (Library("pypdfium2", "pypdfium2"),)

_STREAMED = 32 * MIB
"""A file on disk that is larger is read where it lies; everything else is held."""
_MARK = re.compile(rb"[\s\x00\xef\xbb\xbf]*%PDF-|(?=.{0,1018}%PDF-\d.{0,1018}\d\s+obj\b)", re.DOTALL)
_CATALOG = re.compile(rb"\b(\d{1,9})\s{1,8}(\d{1,5})\s{1,8}obj\b[^>]{0,400}?/Type\s{0,8}/Catalog\b")
_PROPERTIES = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer")
_NOTES = (b"T", b"Subj", b"Contents", b"RC")
"""Keys of an annotation that hold text (ISO 32000-1, tables 164 and 170): who, about what, what."""
_LONGEST_TEXT = 1 << 26
_STRANGE = re.compile("[\0-\x08\x0e-\x1f\u0500-\u1fff\u3400-\u4dbf\ua000-\uabff\ue000-\uf8ff\ufffd]")
"""What comes out where a font does not say its characters: numbers of glyphs, scattered over all scripts."""
_FEW = 40
"""Characters of a page that may be a stamp on a picture: a number, the line of a fax."""
_MOST_OF_IT = 0.7
"""The part of a page that a picture of a page covers."""
_UNMAPPED = dict.fromkeys((0, 0xFFFD), None) | {0xFFFE: "-", 2: "-", 0xA0: " "}
"""PDFium writes a hyphen at the end of a line as U+FFFE or U+0002."""


def accepts(document: Document) -> bool:
    """Whether the mark of a PDF stands at the beginning, or within the first kilobyte before an object."""
    return b"%PDF-" in document.head[:1024] and _MARK.match(document.head) is not None


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The pages, then what belongs to the whole document, then its attachments."""
    try:
        import pypdfium2
    except (ImportError, OSError):
        raise Unreadable("missing_reader", "PDF: its library cannot be loaded on this system") from None
    source = _source(document, budget)
    try:
        pdf, mended = _opened(pypdfium2, source, budget)
        try:
            yield from _Reader(document, budget, pdf, pypdfium2, mended=mended).pieces()
        finally:
            pdf.close()
    finally:
        if not isinstance(source, bytes):
            source.close()


def _source(document: Document, budget: Budget) -> bytes | IO[bytes]:
    stream = document.open()
    if document.depth == 0 and document.size > _STREAMED:
        return stream
    parts: list[bytes] = []
    held = 0
    with stream:
        while part := stream.read(MIB):
            held += len(part)
            budget.hold(held)
            budget.tick()
            parts.append(part)
    return b"".join(parts)


def _opened(library: Any, source: bytes | IO[bytes], budget: Budget) -> tuple[Any, bool]:
    """The document, and whether its end had to be mended for that."""
    attempts = (source, _mended(source)) if isinstance(source, bytes) else (source,)
    for attempt in attempts:
        try:
            return library.PdfDocument(attempt), attempt is not source
        except library.PdfiumError as failure:
            # The library may still report the failure of an earlier document.
            refused = failure.err_code in {library.raw.FPDF_ERR_PASSWORD, library.raw.FPDF_ERR_SECURITY}
        if refused and (method := cipher(source)):
            for password in passwords(budget):
                try:
                    return library.PdfDocument(attempt, password=password), attempt is not source
                except library.PdfiumError:
                    continue
            raise locked(method)
    raise Unreadable("corrupt", "not a PDF document that can be opened")


def _mended(data: bytes) -> bytes:
    """A document that has lost its end, with a trailer that leads to its last catalog (ISO 32000-1, 7.5.5)."""
    catalogs = _CATALOG.findall(data)
    return data + b"\ntrailer\n<</Root %s %s R>>\nstartxref\n0\n%%%%EOF\n" % catalogs[-1] if catalogs else data


class _Reader:
    """Reads one open document; `library` is pypdfium2, which is loaded only when there is a PDF."""

    def __init__(self, document: Document, budget: Budget, pdf: Any, library: Any, *, mended: bool) -> None:
        self._document = document
        self._budget = budget
        self._pdf = pdf
        self._raw = library.raw
        self._library = library
        self._failures = (library.PdfiumError, AssertionError, ValueError)
        """What the library raises where the document is broken: its own error, its assertions, undecodable names."""
        self._mended = mended
        self._broken = 0
        self._pictures = 0
        self._strange = 0
        self._shown = Shown(document)

    def pieces(self) -> Iterator[Piece]:
        """Everything in the document, and at most one problem."""
        if self._raw.FPDF_GetFormType(self._pdf) != self._raw.FORMTYPE_NONE:
            self._attempt(self._pdf.init_forms)
        pages = len(self._pdf)
        for number in range(1, pages + 1):
            self._budget.tick()
            yield from self._page(number)
        yield from self._properties()
        yield from self._outline()
        yield from self._packets()
        for index in range(self._pdf.count_attachments()):
            yield from self._attachment(self._attempt(partial(self._pdf.get_attachment, index)))
        yield from self._problem(pages)

    def _attempt(self, call: Callable[[], Any]) -> Any:
        """What `call` returns, or None where the document is broken."""
        try:
            return call()
        except self._failures:
            self._broken += 1
            return None

    def _segment(self, text: str | None, place: Place, label: str = "") -> Iterator[Segment]:
        text = (text or "").translate(_UNMAPPED).replace("\r\n", "\n").replace("\r", "\n")
        if text and not text.isspace():
            self._budget.expand(len(text))
            yield Segment(text=text, address=self._document.address, origin=FixedOrigin(place), label=label)

    # --- pages ---

    def _page(self, number: int) -> Iterator[Piece]:
        page = self._attempt(partial(self._pdf.get_page, number - 1))
        if page is None:
            return
        try:
            segments = list(self._segment(self._attempt(lambda: self._text(page)), Place(page=number)))
            self._judge(page, segments[0].text if segments else "")
            yield from segments
            for index in range(max(self._raw.FPDFPage_GetAnnotCount(page), 0)):
                self._budget.tick()
                annotation = self._raw.FPDFPage_GetAnnot(page, index)
                if annotation:
                    try:
                        yield from self._annotation(annotation, Place(page=number))
                    finally:
                        self._raw.FPDFPage_CloseAnnot(annotation)
        finally:
            page.close()

    def _text(self, page: Any) -> str:
        textpage = page.get_textpage()
        try:
            return str(textpage.get_text_range(errors="replace"))
        finally:
            textpage.close()

    def _judge(self, page: Any, text: str) -> None:
        """Count the page where its text is not all that can be seen on it."""
        strange = len(_STRANGE.findall(text))
        length = len(text) - text.count(" ") - text.count("\n")
        if strange > 4 and 3 * strange > length:
            self._strange += 1
        elif length < _FEW and self._attempt(lambda: self._is_picture(page, bool(length))):
            self._pictures += 1

    def _is_picture(self, page: Any, stamped: bool) -> bool:
        """Whether a page shows a picture, or, without text, text in a font that does not say its characters."""
        if not stamped:
            kinds = [self._raw.FPDF_PAGEOBJ_IMAGE, self._raw.FPDF_PAGEOBJ_TEXT]
            return next(iter(page.get_objects(filter=kinds, max_depth=4)), None) is not None
        covered = 0.0
        for picture in page.get_objects(filter=[self._raw.FPDF_PAGEOBJ_IMAGE], max_depth=1):
            self._budget.tick()
            left, bottom, right, top = picture.get_bounds()
            covered += max(right - left, 0) * max(top - bottom, 0)
        return bool(covered >= _MOST_OF_IT * page.get_width() * page.get_height() > 0)

    def _annotation(self, annotation: Any, place: Place) -> Iterator[Piece]:
        raw = self._raw
        notes = [self._wide(raw.FPDFAnnot_GetStringValue, annotation, key) for key in _NOTES]
        link = raw.FPDFAnnot_GetLink(annotation)
        if link:
            notes.append(self._uri(raw.FPDFLink_GetAction(link)))
        yield from self._segment("\n".join(note for note in notes if note), place, "annotation")
        subtype = raw.FPDFAnnot_GetSubtype(annotation)
        if subtype == raw.FPDF_ANNOT_FILEATTACHMENT:
            attachment = raw.FPDFAnnot_GetFileAttachment(annotation)
            yield from self._attachment(self._library.PdfAttachment(attachment, self._pdf) if attachment else None)
        elif subtype == raw.FPDF_ANNOT_WIDGET and self._pdf.formenv:
            yield from self._field(self._pdf.formenv, annotation, place)

    def _field(self, form: Any, annotation: Any, place: Place) -> Iterator[Segment]:
        raw = self._raw
        names = [
            self._wide(call, form, annotation)
            for call in (raw.FPDFAnnot_GetFormFieldName, raw.FPDFAnnot_GetFormFieldAlternateName)
        ]
        values = [self._wide(raw.FPDFAnnot_GetFormFieldValue, form, annotation)]
        options = range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), 4096))
        values += [self._wide(raw.FPDFAnnot_GetOptionLabel, form, annotation, index) for index in options]
        label = " ".join(name for name in names if name)
        yield from self._segment("\n".join(value for value in values if value), place, label or "field")

    # --- the whole document ---

    def _properties(self) -> Iterator[Segment]:
        for key in _PROPERTIES:
            value = self._wide(self._raw.FPDF_GetMetaText, self._pdf, key.encode())
            yield from self._segment(value, Place(part="properties"), key.lower())

    def _outline(self) -> Iterator[Segment]:
        titles: list[str] = []
        try:
            for bookmark in self._pdf.get_toc(max_depth=64):
                self._budget.tick()
                titles.append(self._wide(self._raw.FPDFBookmark_GetTitle, bookmark))
        except self._failures:
            self._broken += 1
        yield from self._segment("\n".join(titles), Place(part="outline"), "outline")

    def _packets(self) -> Iterator[Document]:
        """The data of a form in XML (XFA), its other parts left aside; an array of packets holds it by name."""
        for index in range(min(max(self._raw.FPDF_GetXFAPacketCount(self._pdf), 0), 64)):
            if self._packet_name(index) in (b"datasets", b""):
                content = self._packet(index)
                self._budget.member()
                self._budget.expand(len(content))
                yield self._shown.child("form.xml", len(content), partial(io.BytesIO, content))

    def _packet_name(self, index: int) -> bytes:
        size = self._raw.FPDF_GetXFAPacketName(self._pdf, index, None, 0)
        buffer = ctypes.create_string_buffer(min(max(size, 1), 1024))
        self._raw.FPDF_GetXFAPacketName(self._pdf, index, buffer, len(buffer))
        return buffer.value

    def _packet(self, index: int) -> bytes:
        size = ctypes.c_ulong()
        self._raw.FPDF_GetXFAPacketContent(self._pdf, index, None, 0, size)
        if not 0 < size.value <= _LONGEST_TEXT:
            return b""
        buffer = ctypes.create_string_buffer(size.value)
        self._raw.FPDF_GetXFAPacketContent(self._pdf, index, buffer, size.value, size)
        return buffer.raw

    def _attachment(self, attachment: Any) -> Iterator[Piece]:
        if attachment is None:
            return
        self._budget.enter(self._document.depth)
        self._budget.member()
        name = self._wide(self._raw.FPDFAttachment_GetName, attachment) or "attachment"
        size = ctypes.c_ulong()
        self._raw.FPDFAttachment_GetFile(attachment, None, 0, size)
        if size.value > self._budget.limits.memory:
            yield self._shown.problem(name, size.value, "too_large", "an attachment that must be held as a whole")
            return
        content = self._attempt(lambda: bytes(attachment.get_data())) if size.value else b""
        if content is None:
            yield self._shown.problem(name, size.value, "corrupt", "an attachment that cannot be unpacked")
            return
        self._budget.expand(len(content))
        yield self._shown.child(name, len(content), lambda: io.BytesIO(content))

    def _problem(self, pages: int) -> Iterator[Problem]:
        counts = (self._pictures, "hold only images"), (self._strange, "have fonts that do not say their characters")
        detail = ", ".join(f"{count} of {pages} pages {words}" for count, words in counts if count)
        kind = "image_only"
        if self._mended:
            kind, detail = "corrupt", "its end is missing"
        elif self._broken or not pages:
            kind, detail = "corrupt", f"{self._broken} parts of the document cannot be read"
        elif not detail:
            return
        yield Problem(address=self._document.address, kind=kind, detail=detail, size=self._document.size)

    # --- strings ---

    def _wide(self, call: Callable[..., int], *arguments: Any) -> str:
        """The string that a function of PDFium writes into a buffer as UTF-16 with a zero at its end."""
        size = call(*arguments, None, 0)
        if not 2 < size <= _LONGEST_TEXT:
            return ""
        buffer = (ctypes.c_ushort * (size // 2))()
        call(*arguments, buffer, size)
        return bytes(buffer).decode("utf-16-le", "replace").split("\0", 1)[0]

    def _uri(self, action: Any) -> str:
        """The address that a link leads to, when it leads out of the document."""
        if not action:
            return ""
        size = self._raw.FPDFAction_GetURIPath(self._pdf, action, None, 0)
        if not 1 < size <= _LONGEST_TEXT:
            return ""
        buffer = ctypes.create_string_buffer(size)
        self._raw.FPDFAction_GetURIPath(self._pdf, action, buffer, size)
        return buffer.value.decode("utf-8", "replace")
