"""Documents that an office keeps: what is scanned, beside the library that reads them and throws the text away.

All hold ordinary sentences and one e-mail address in so many, which are counted.
"""

import base64
import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from bench import corpora
from bench.cases import Bench, Result, beside
from bench.measure import run

EVERY = 100
"""Every so many paragraphs, lines or mails one e-mail address."""


def paragraphs(count: int, seed: int) -> list[str]:
    """So many paragraphs, and how many of them name an address."""
    rng = Random(seed)
    made = ["".join(rng.choices(corpora.SENTENCES, k=rng.randrange(2, 9))) for _ in range(count)]
    return [f"{text}窓口 desk{at}@mihon-yama.jp" if at % EVERY == 0 else text for at, text in enumerate(made)]


# --- the documents ----------------------------------------------------------------------------------------------------

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = "http://schemas.openxmlformats.org/package/2006"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def word(path: Path, texts: Sequence[str]) -> None:
    """A document of Word, a paragraph in three runs."""
    body = "".join(
        '<w:p><w:pPr><w:jc w:val="both"/></w:pPr>'
        + "".join(
            f"<w:r><w:rPr><w:sz w:val='21'/></w:rPr><w:t xml:space='preserve'>{part}</w:t></w:r>"
            for part in (text[:9], text[9:30], text[30:])
        )
        + "</w:p>"
        for text in texts
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
        f'ContentType="{_DOCUMENT}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_TYPES}/relationships"><Relationship Id="r1" Type="{_RELATION}" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), declared, zipfile.ZIP_DEFLATED)


def pdf(path: Path, pages: int, seed: int) -> int:
    """Pages of forty English lines in a standard font; returns how many addresses they name."""
    rng, words = Random(seed), _ENGLISH.split()
    addresses = 0
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for page in range(pages):
        lines = [" ".join(rng.choices(words, k=11)) for _ in range(40)]
        if page % 5 == 0:
            lines[7] = f"Questions go to desk{page}@mihon-yama.jp"
            addresses += 1
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects[1] = f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"
    chunks, offsets = [b"%PDF-1.7\n"], list[int]()
    at = len(chunks[0])
    for number, body in enumerate(objects, 1):
        offsets.append(at)
        chunks.append(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))
        at += len(chunks[-1])
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    chunks.append(
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
        f"startxref\n{at}\n%%EOF\n".encode("ascii")
    )
    path.write_bytes(b"".join(chunks))
    return addresses


_ENGLISH = (
    "the delivery of goods was moved to another week because stock in our northern store had to be counted again "
    "before shelves could be filled and invoices sent"
)


def mails(path: Path, texts: Sequence[str]) -> None:
    """A folder of mails as one file: plain text in UTF-8, as base64."""
    with path.open("wb") as stream:
        for number, text in enumerate(texts):
            coded = base64.encodebytes((text * 6 + "\n").encode())
            stream.write(
                b"From - Mon Nov 16 09:00:00 2026\nSubject: =?utf-8?b?6YCx5aCx?=\nMIME-Version: 1.0\n"
                b"Date: Mon, 16 Nov 2026 09:00:00 +0900\nMessage-ID: <%d@mihon-yama.jp>\n"
                b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" % number
            )
            stream.write(coded + b"\n")


def archive(path: Path, texts: Sequence[str]) -> None:
    """A zip of text files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, text in enumerate(texts):
            name = zipfile.ZipInfo(f"notes/{number:05}.txt", (2026, 1, 1, 0, 0, 0))
            packed.writestr(name, (text * 8 + "\n").encode(), zipfile.ZIP_DEFLATED)


# --- who reads them besides -------------------------------------------------------------------------------------------

_READ_WORD = """import sys, zipfile
from xml.etree.ElementTree import iterparse
with zipfile.ZipFile(sys.argv[1]) as packed, packed.open("word/document.xml") as part:
    print(sum(len(one.text or "") for _, one in iterparse(part) if one.tag.endswith("}t")))"""
_READ_PDF = """import sys, pypdfium2
print(sum(len(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(sys.argv[1])))"""
_READ_MAILS = """import sys, mailbox, email, email.policy
make = lambda stream: email.message_from_binary_file(stream, policy=email.policy.default)
print(sum(len(mail.get_content()) for mail in mailbox.mbox(sys.argv[1], make)))"""
_READ_ZIP = """import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as packed:
    print(sum(len(packed.read(name).decode()) for name in packed.namelist()))"""


def _one(bench: Bench, name: str, ending: str, make: Callable[[Path], int], other: str, script: str) -> Result:
    """A case of one file: `make` writes it and returns how many addresses it names."""
    path = bench.folder / name / f"{name}{ending}"
    path.parent.mkdir()
    addresses = make(path)
    result = Result(name, f"{addresses} e-mail addresses", other, path.stat().st_size, 1)
    reader = (sys.executable, "-c", script, str(path))
    report, read = beside(bench, result, path, (0, 1), lambda: run(reader))
    result.expect("the other program's exit code", read.code, 0)
    found = sum(_count(document) for document in report["documents"])
    result.expect("e-mail addresses", found, addresses)
    shutil.rmtree(path.parent)
    return result


def _count(document: dict[str, object]) -> int:
    findings = document["findings"]
    assert isinstance(findings, list)
    return sum(finding["count"] for finding in findings if finding["type"] == "email_address")


def documents(bench: Bench) -> list[Result]:
    """Word, PDF, a store of mails and an archive."""
    count = bench.scale.paragraphs

    def kept(write: Callable[[Path, Sequence[str]], None], share: int, times: int) -> Callable[[Path], int]:
        def make(path: Path) -> int:
            texts = paragraphs(count // share, corpora.SEED)
            write(path, texts)
            return times * sum("@" in text for text in texts)

        return make

    return [
        _one(bench, "word", ".docx", kept(word, 1, 1), "zipfile and iterparse", _READ_WORD),
        _one(bench, "pdf", ".pdf", lambda path: pdf(path, count // 40, corpora.SEED), "pypdfium2", _READ_PDF),
        _one(bench, "mail", ".mbox", kept(mails, 8, 6), "mailbox and email", _READ_MAILS),
        _one(bench, "archive", ".zip", kept(archive, 8, 8), "zipfile", _READ_ZIP),
    ]
