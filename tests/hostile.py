"""Builds a folder of what a scanner must survive: bombs, damage, odd names, and things that are no files.

Standard library only, a few seconds, a few tens of MB on disk; what a system cannot hold is left out there. Other tests
import `build`; ``python -m tests.hostile FOLDER`` builds one to look at.
"""

import base64
import binascii
import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import shutil
import socket
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

WINDOWS = sys.platform == "win32"
PERSON = "氏名,電話番号\n山田 花子,03-1234-5678\n"
"""An invented person, for documents that ought to be readable up to their damage."""


def build(folder: Path) -> dict[str, str]:
    """Fill `folder`, made if need be; the names in it, and for each one word or two on what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, str] = {}
    for name, what, content in _contents():
        (folder / name).write_bytes(content)
        made[name] = what
    for name, what, make in _makers():
        if make(folder, name):
            made[name] = what
    if not WINDOWS:
        made |= _odd_names(folder)
    return made


def clean(folder: Path) -> None:
    """Remove what `build` made: plain deletion fails at unreadable folders and paths beyond the system's limit."""
    for name in ("denied.txt", "denied_folder"):
        if (folder / name).exists() and not (folder / name).is_symlink():
            (folder / name).chmod(0o700)
    _remove_deep(folder / "deep")
    shutil.rmtree(folder)


# --- files ------------------------------------------------------------------------------------------------------------


def _contents() -> Iterator[tuple[str, str, bytes]]:
    yield from _bombs()
    yield from _truncated()
    yield from _archives()
    yield from _markup()
    yield from _texts()
    yield from _disguised()
    yield from _noise()


def _bombs() -> Iterator[tuple[str, str, bytes]]:
    zeros = gzip.compress(bytes(16 << 20), mtime=0)
    yield "zeros.gz", "bomb", zeros * 64
    yield "zeros.txt.bz2", "bomb", bz2.compress(bytes(4 << 20)) * 256
    yield "zeros.xz", "bomb", lzma.compress(bytes(16 << 20), preset=1) * 64
    yield "empty_members.gz", "bomb", gzip.compress(b"", mtime=0) * 50_000
    yield "zeros.tar.gz", "bomb", gzip.compress(_tar_header(b"zeros.txt", 1 << 30), mtime=0) + zeros * 64
    yield "zeros.zip", "bomb", _zip({"zeros.txt": bytes(300 << 20)})
    yield "overlapping.zip", "bomb", _overlapping()
    yield "42.zip", "bomb", _fanned(4, 8)
    yield "nested.zip", "too_deep", _nested(20)
    yield "nested.gz", "too_deep", _nested_gzip(20)
    yield "itself_again.tar", "too_deep", _nested_tar(20)
    yield "many_members.zip", "bomb", _many(20_000)
    yield "pax_header.tar.gz", "bomb", gzip.compress(_tar_header(b"x", 1 << 32, b"x"), mtime=0) + zeros * 8
    yield "sparse.tar", "bomb", _sparse_tar()


def _truncated() -> Iterator[tuple[str, str, bytes]]:
    text = PERSON.encode() * 200
    whole = {
        "zip": _zip({"a.txt": text, "b.txt": text}),
        "xlsx": _xlsx(),
        "docx": _docx(),
        "pdf": _pdf(),
        "gz": gzip.compress(text, mtime=0),
        "bz2": bz2.compress(text),
        "xz": lzma.compress(text),
        "tar": _tar({"a.txt": text, "b.txt": text}),
        "eml": _eml(),
        "tgz": gzip.compress(_tar({"a.txt": text, "b.txt": text}), mtime=0),
        "html": f"<html><body><table><tr><td>{PERSON}".encode() * 20,
        "rtf": rb"{\rtf1\ansi\ansicpg932 {\*\objdata 0105{{{{" + rb"\'8e\'52" * 40,
        "doc": _compound()[:700],
        "sqlite": b"SQLite format 3\0" + b"\x10\x00\x01\x01\x00\x40\x20\x20" + bytes(300),
    }
    for suffix, data in whole.items():
        yield f"truncated.{suffix}", "corrupt", data[: len(data) * 2 // 3]


def _archives() -> Iterator[tuple[str, str, bytes]]:
    yield "zipcrypto.zip", "encrypted", _patched(_zip({"secret.txt": PERSON.encode()}), flags=1)
    yield "aes.zip", "encrypted", _patched(_zip({"secret.txt": PERSON.encode()}), flags=1, method=99)
    yield "deflate64.zip", "missing_reader", _patched(_zip({"a.txt": PERSON.encode()}), method=9)
    yield (
        "wrong_checksum.zip",
        "corrupt",
        _zip({"a.txt": b"some text\n"}, stored=True).replace(b"some text", b"same text"),
    )
    yield "odd_names.zip", "names", _odd_zip()
    yield "wrong_sizes.zip", "lying", _patched(_zip({"a.txt": PERSON.encode()}), size=0xFFFFFFF0)
    yield "no_directory.zip", "corrupt", b"PK\x03\x04" + bytes(26) + b"nothing more"
    yield "only_end.zip", "empty", b"PK\x05\x06" + bytes(18)
    yield "end_lies.zip", "corrupt", b"PK\x05\x06" + b"\xff" * 18
    yield "split.zip", "corrupt", b"PK\x05\x06" + struct.pack("<4H2LH", 3, 0, 1, 9, 46, 0, 0)
    yield "tar_in_name_only.tar", "disguised", random.Random(1).randbytes(2048)
    yield "negative_size.tar", "corrupt", _tar_header(b"a.txt", 0, size_field=b"\xff" * 12) + bytes(1024)
    yield "huge_size.tar", "corrupt", _tar_header(b"a.txt", 0, size_field=b"\x80" + b"\xff" * 11) + bytes(1024)
    yield "damaged.tar.gz", "corrupt", _flip(gzip.compress(_tar({"a.txt": PERSON.encode() * 500}), mtime=0))
    yield "password.pdf", "encrypted", _password_pdf()
    yield "password.xlsx", "encrypted", _compound("EncryptedPackage", "EncryptionInfo")


def _markup() -> Iterator[tuple[str, str, bytes]]:
    laughs = _laughs()
    yield "laughs.xml", "bomb", laughs
    yield "laughs.xlsx", "bomb", _xlsx(shared=laughs)
    yield "laughs.docx", "bomb", _docx(laughs)
    outside = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    yield "outside_entity.xml", "entity", outside
    yield "outside_entity.docx", "entity", _docx(outside)
    yield "deep.xml", "deep", b"<a>" * 100_000 + PERSON.encode()
    yield "deep.html", "deep", b"<div>" * 100_000 + PERSON.encode()
    yield "unclosed.html", "damaged", b"<html><body><!-- " + PERSON.encode() * 2000 + b"<a href='" + b"x" * 100_000
    yield "many_brackets.html", "slow", b"<" * 1_000_000
    yield "far_cell.xlsx", "bomb", _xlsx(cells=b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield "deep.json", "deep", b"[" * 200_000
    yield "one_line.json", "long", b'{"rows":[' + b'{"tel":"03-1234-5678","n":"abc"},' * 160_000 + b"{}]}"
    yield "loop.pdf", "loop", _pdf(b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>")
    yield "deep.pdf", "deep", _pdf(b"[" * 50_000)
    yield "mail_in_mail.eml", "deep", _deep_mail(60)
    yield "base64.eml", "damaged", _eml().replace(b"8bit", b"base64")
    yield "deep.rtf", "deep", rb"{\rtf1" + b"{" * 100_000


def _texts() -> Iterator[tuple[str, str, bytes]]:
    yield "unclosed_quote.csv", "damaged", ('氏名,電話番号\n"山田 花子,' + "03-1234-5678\n" * 20_000).encode()
    yield "wide.csv", "slow", b"1," * 1_000_000
    yield "mixed_quotes.csv", "damaged", b'a,"b""c",d"e\n"' * 20_000
    yield "invalid_utf16.txt", "damaged", b"\xff\xfe" + b"\x00\xd8" * 5_000 + "山田".encode("utf-16-le") + b"\x00"
    yield "invalid_utf8.txt", "damaged", PERSON.encode() + b"\xe3\x81\xff\xfe" * 500 + PERSON.encode()
    yield "mixed_encodings.txt", "damaged", PERSON.encode("cp932") * 20 + PERSON.encode() * 20
    yield "escapes.txt", "damaged", b"\x1b$B" * 5_000 + b"\x1b[2J\x1b]0;title\x07"
    yield "nul_bytes.txt", "damaged", PERSON.encode() + b"\0" * 1000 + PERSON.encode()
    yield "digits.txt", "slow", b"1-" * 500_000 + b"0" * 1_000_000 + b"@" * 1_000_000
    yield "addresses.txt", "slow", b"a." * 500_000 + b"@" + b"a-" * 250_000
    yield "spaces.txt", "slow", b" " * 1_000_000 + b"\t" * 500_000 + b"\n" * 500_000
    yield "one_line.txt", "long", "山田花子".encode() * 400_000
    yield "combining.txt", "slow", ("か" + "\u3099" * 300_000).encode()
    yield "direction.txt", "names", "\u202e0987-4321-30\u202c \ufeff\u200b".encode() * 500
    yield "bom_only.txt", "empty", b"\xef\xbb\xbf"
    yield "one_byte.txt", "tiny", b"\x81"


def _disguised() -> Iterator[tuple[str, str, bytes]]:
    yield "zip_called.txt", "disguised", _zip({"a.txt": PERSON.encode()})
    yield "text_called.zip", "disguised", PERSON.encode()
    yield "text_called.pdf", "disguised", PERSON.encode()
    yield "text_called.xlsx", "disguised", PERSON.encode()
    yield "pdf_called.jpg", "disguised", _pdf()
    yield "gzip_called.docx", "disguised", gzip.compress(PERSON.encode(), mtime=0)
    yield "zip_behind_program.exe", "disguised", b"MZ" + bytes(2000) + _zip({"a.txt": PERSON.encode()})
    for suffix in ("txt", "zip", "xlsx", "pdf", "gz", "tar", "eml", "json", "sqlite", "msg"):
        yield f"empty.{suffix}", "empty", b""


def _noise() -> Iterator[tuple[str, str, bytes]]:
    magics = {
        "bin": b"", "zip": b"PK\x03\x04", "gz": b"\x1f\x8b\x08\x00", "bz2": b"BZh91AY&SY", "xz": b"\xfd7zXZ\x00",
        "pdf": b"%PDF-1.7\n", "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sqlite": b"SQLite format 3\0",
        "7z": b"7z\xbc\xaf\x27\x1c", "rar": b"Rar!\x1a\x07\x01\x00", "png": b"\x89PNG\r\n\x1a\n", "rtf": b"{\\rtf1",
        "pst": b"!BDN", "mdb": b"\0\x01\0\0Standard Jet DB\0", "txt": b"\xff\xfe",
    }  # fmt: skip
    for number, (suffix, magic) in enumerate(magics.items()):
        yield f"noise.{suffix}", "corrupt", magic + random.Random(number).randbytes(50_000)


# --- what is no ordinary file -----------------------------------------------------------------------------------------


Maker = Callable[[Path, str], bool]


def _makers() -> Iterator[tuple[str, str, Maker]]:
    yield "sparse_50_gb.txt", "too_large", _sparse_file
    yield "dangling", "link", lambda folder, name: _link(folder, name, "nowhere")
    yield "loop_a", "link", lambda folder, name: _link(folder, name, "loop_b")
    yield "loop_b", "link", lambda folder, name: _link(folder, name, "loop_a")
    yield "to_itself", "link", lambda folder, name: _link(folder, name, ".", directory=True)
    yield "out_of_tree", "link", lambda folder, name: _link(folder, name, os.pardir, directory=True)
    if not WINDOWS:
        yield "fifo", "special", _fifo
        yield "socket", "special", _socket
        yield "denied.txt", "denied", _denied
        yield "denied_folder", "denied", _denied_folder
        yield "deep", "deep", _deep


def _sparse_file(folder: Path, name: str) -> bool:
    path = folder / name
    path.touch()
    if WINDOWS:
        # Without being marked sparse, the file would be written out in full.
        path.unlink()
        return False
    try:
        os.truncate(path, 50 << 30)
    except OSError:
        path.unlink()
        return False
    return True


def _link(folder: Path, name: str, target: str, *, directory: bool = False) -> bool:
    try:
        (folder / name).symlink_to(target, target_is_directory=directory)
    except OSError:
        return False
    # Wine says yes and makes nothing.
    return (folder / name).is_symlink()


def _fifo(folder: Path, name: str) -> bool:
    if sys.platform == "win32":
        return False
    os.mkfifo(folder / name)
    return True


def _socket(folder: Path, name: str) -> bool:
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.bind(str(folder / name))
        except OSError:
            return False
    return True


def _is_root() -> bool:
    return sys.platform == "win32" or os.geteuid() == 0


def _denied(folder: Path, name: str) -> bool:
    if _is_root():
        return False
    (folder / name).write_text(PERSON, encoding="utf-8")
    (folder / name).chmod(0)
    return True


def _denied_folder(folder: Path, name: str) -> bool:
    if _is_root():
        return False
    (folder / name).mkdir()
    (folder / name / "inside.txt").write_text(PERSON, encoding="utf-8")
    (folder / name).chmod(0)
    return True


_LEVELS = 200
_LEVEL = "folder-of-a-name-of-some-length"


def _deep(folder: Path, name: str) -> bool:
    """A file whose path is longer than the system takes at once (4,096 bytes on Linux): made level by level."""
    if sys.platform == "win32":
        return False
    (folder / name).mkdir()
    here = os.open(folder / name, os.O_RDONLY)
    for _ in range(_LEVELS):
        os.mkdir(_LEVEL, dir_fd=here)
        below = os.open(_LEVEL, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    handle = os.open("deepest.txt", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=here)
    os.write(handle, PERSON.encode())
    os.close(handle)
    os.close(here)
    return True


def _remove_deep(top: Path) -> None:
    if sys.platform == "win32" or not top.is_dir():
        return
    handles = [os.open(top, os.O_RDONLY)]
    while _LEVEL in os.listdir(handles[-1]):  # noqa: PTH208 - a Path takes no descriptor
        handles.append(os.open(_LEVEL, os.O_RDONLY, dir_fd=handles[-1]))
    for handle in reversed(handles):
        for name in os.listdir(handle):  # noqa: PTH208
            (os.rmdir if name == _LEVEL else os.unlink)(name, dir_fd=handle)
        os.close(handle)


def _odd_names(folder: Path) -> dict[str, str]:
    """Files whose names are hard to show; those that the file system refuses are left out."""
    names = [
        b"line\nbreak.txt", b"bell\x07escape\x1b[31m.txt", b"quote'\"`.txt", b"$(echo).txt", b"%s%n{0}.txt", b"-rf",
        b" .txt", b"comma,semi;.csv", b"back\\slash.txt", b"bang!inner.txt", b"a" * 251 + b".txt", b"=cmd|x!A1.csv",
        "社員名簿\u202etxt.exe".encode(), "名簿.txt".encode("cp932"), "名簿.txt".encode("euc-jp"), b"\xff\xfe\x80.txt",
        "か\u3099.txt".encode(), b"con.txt", b"trailing. ",
    ]  # fmt: skip
    made: dict[str, str] = {}
    root = os.fsencode(folder)
    for raw in names:
        try:
            with open(os.path.join(root, raw), "wb") as file:
                file.write(PERSON.encode())
        except OSError:
            continue
        made[os.fsdecode(raw)] = "names"
    return made


# --- how they are made ------------------------------------------------------------------------------------------------


def _zip(members: dict[str, bytes], *, stored: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, archive.compression)
    return out.getvalue()


def _patched(data: bytes, *, flags: int = 0, method: int | None = None, size: int | None = None) -> bytes:
    """The archive with other values in the headers of its members, both those before the data and in the directory."""
    out = bytearray(data)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = out.find(magic)
        while position >= 0:
            old_flags, old_method = struct.unpack_from("<HH", out, position + at)
            new_method = old_method if method is None else method
            struct.pack_into("<HH", out, position + at, old_flags | flags, new_method)
            if size is not None:
                struct.pack_into("<L", out, position + at + 16, size)
            position = out.find(magic, position + 4)
    return bytes(out)


def _overlapping(count: int = 500, kernel: int = 1 << 20) -> bytes:
    """All members of the directory share one stretch of compressed zeros (D. Fifield, 2019)."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(bytes(kernel)) + squeeze.flush()
    header = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, zlib.crc32(bytes(kernel)), len(body), kernel, 4, 0)
    local = b"PK\x03\x04" + header + b"0000" + body
    lines = [
        b"PK\x01\x02\x14\0" + header + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"%04d" % number for number in range(count)
    ]
    directory = b"".join(lines)
    return local + directory + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(local), 0)


def _fanned(levels: int, width: int) -> bytes:
    """Archives in archives, `width` in each, with 4 MiB of zeros in each of the innermost ones."""
    data = _zip({"zeros.txt": bytes(4 << 20)})
    for _ in range(levels):
        data = _zip({f"{number}.zip": data for number in range(width)})
    return data


def _nested(levels: int) -> bytes:
    data = _zip({"innermost.txt": PERSON.encode()})
    for _ in range(levels):
        data = _zip({"inner.zip": data})
    return data


def _nested_gzip(levels: int) -> bytes:
    data = PERSON.encode()
    for _ in range(levels):
        data = gzip.compress(data, mtime=0)
    return data


def _nested_tar(levels: int) -> bytes:
    data = _tar({"innermost.txt": PERSON.encode()})
    for _ in range(levels):
        data = gzip.compress(_tar({"inner.tar.gz": data}), mtime=0)
    return data


def _many(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(f"{number}.txt"), b"")
    return out.getvalue()


def _odd_zip() -> bytes:
    names = (
        "../../up.txt",
        "/root.txt",
        "C:\\x.txt",
        "line\nbreak.txt",
        "n" * 30_000,
        "\u202etxt.exe",
        "a",
        "a",
        "a#2",
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, PERSON)
    return out.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _tar_header(name: bytes, size: int, kind: bytes = b"0", *, size_field: bytes = b"") -> bytes:
    field = size_field or b"%011o\0" % size
    block = name.ljust(100, b"\0") + b"0000644\0" * 3 + field + b"00000000000\0" + b" " * 8 + kind
    block = (block.ljust(257, b"\0") + b"ustar\00000").ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _sparse_tar() -> bytes:
    """An old GNU sparse member of one byte at the end of 32 GB of nothing."""
    full = 32 << 30
    block = bytearray(_tar_header(b"hole.txt", 1, b"S"))
    block[257:265] = b"ustar  \0"
    block[345:512] = bytes(167)
    block[386:410] = b"%011o\0%011o\0" % ((8 << 30) - 1, 1)
    block[483:495] = b"\x80" + full.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + b"x".ljust(512, b"\0") + bytes(1024)


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0xFF for byte in data[middle : middle + 8]) + data[middle + 8 :]


def _laughs() -> bytes:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10))
    return b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + levels + b"]><x>&l9;</x>"


_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def _xlsx(shared: bytes = b"", cells: bytes = b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>') -> bytes:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = b'<sst xmlns="' + main + b'"><si><t>' + PERSON.encode() + b"</t></si></sst>"
    return _zip(
        {
            "[Content_Types].xml": _TYPES,
            "xl/workbook.xml": b'<workbook xmlns="'
            + main
            + b'"><sheets><sheet name="A" sheetId="1"/></sheets></workbook>',
            "xl/sharedStrings.xml": shared or text,
            "xl/worksheets/sheet1.xml": b'<worksheet xmlns="'
            + main
            + b'"><sheetData>'
            + cells
            + b"</sheetData></worksheet>",
        }
    )


def _docx(document: bytes = b"") -> bytes:
    main = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = b"<w:body><w:p><w:r><w:t>" + PERSON.encode() + b"</w:t></w:r></w:p></w:body>"
    text = b'<w:document xmlns:w="' + main + b'">' + body + b"</w:document>"
    return _zip({"[Content_Types].xml": _TYPES, "word/document.xml": document or text})


def _pdf(
    pages: bytes = b"<</Type/Pages/Kids[3 0 R]/Count 1>>", trailer: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    stream = b"BT /F1 12 Tf 72 720 Td (tel 03-1234-5678) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        pages,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *more,
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % count + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (count, trailer, len(out))
    return out + table + end


_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _password_pdf() -> bytes:
    """A PDF under a user password (standard security handler, revision 2, 40 bits); no key can open its empty one."""
    user = hashlib.sha256(b"an unknown password").digest()
    handler = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (binascii.hexlify(_PADDING), binascii.hexlify(user))
    return _pdf(trailer=b"/Encrypt 6 0 R/ID[<00><00>]", more=(handler,))


def _eml() -> bytes:
    return (
        "From: hanako@example.jp\r\nTo: taro@example.jp\r\nSubject: =?ISO-2022-JP?B?GyRC\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{PERSON}\r\n--b\r\nContent-Type: application/zip\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(_zip({"a.txt": PERSON.encode()}))


def _deep_mail(levels: int) -> bytes:
    data = b"Subject: innermost\r\n\r\n" + PERSON.encode()
    for level in range(levels):
        data = b"Subject: level %d\r\nContent-Type: message/rfc822\r\n\r\n" % level + data
    return data


def _compound(*names: str) -> bytes:
    """An OLE compound file (MS-CFB) with an allocation table, a directory of these names, and nothing in them."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<2L", header, 44, 1, 1)
    struct.pack_into("<2L", header, 56, 4096, 0xFFFFFFFE)
    struct.pack_into("<3L", header, 64, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109L", header, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128L", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = [_compound_entry("Root Entry", 5, 1 if names else 0xFFFFFFFF, 0xFFFFFFFF)]
    for number, name in enumerate(names, 1):
        entries.append(_compound_entry(name, 2, 0xFFFFFFFF, number + 1 if number < len(names) else 0xFFFFFFFF))
    return bytes(header) + table + b"".join(entries).ljust(512, b"\0")


def _compound_entry(name: str, kind: int, child: int, right: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    fields = struct.pack("<HBB3L", len(raw), kind, 1, 0xFFFFFFFF, right, child)
    return (raw.ljust(64, b"\0") + fields + bytes(36) + struct.pack("<LQ", 0xFFFFFFFE, 0)).ljust(128, b"\0")


if __name__ == "__main__":
    for entry, what in build(Path(sys.argv[1])).items():
        sys.stdout.write(f"{what}\t{entry!r}\n")
