"""The last reader: whatever nobody else reads, told apart by its first bytes so that the report can say what it is.

It never yields text. A known kind without text is `Textless`, everything else `Unreadable`: encrypted, of a format that
has no reader yet, or unknown. It reads the head of the document and, of OLE files, a bounded part of the directory.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from scanner.errors import Textless, Unreadable
from scanner.formats import Piece
from scanner.formats._protection import container, locked
from scanner.limits import Budget
from scanner.model import Document

NAME = "binary"
RANK = 999
ENDINGS = ()
DIRECTORY_SECTORS = 64
"""At most so many sectors of an OLE directory are looked at: 256 to 2,048 names."""


class Signature(NamedTuple):
    """What stands at `offset` (a pattern over bytes), and what that says: a kind and its word.

    Kind ``textless``: the word is the reason. Kinds of problems: the word is the name of the format.
    """

    offset: int
    magic: re.Pattern[bytes]
    kind: str
    word: str


WITHOUT_TEXT = (
    ("program", 0, rb"\x7fELF"),
    ("program", 0, rb"MZ"),
    ("program", 0, rb"\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe"),
    ("program", 0, rb"\0asm[\x01-\x0f]"),
    ("program", 0, rb"de[xy]\n0\d\d\0"),
    ("program", 0, rb"!<(?:arch|thin)>\n(?!debian-binary)"),
    ("program", 0, rb"BC\xc0\xde|JM\x01\0PK|\x1bLua|\x0b\x17\x0b\x17"),
    ("program", 0, rb".[\x0a-\x0f]\r\n(?:[\0-\x03]\0\0\0|.{3}[\x40-\x7f])"),
    ("program", 0, rb"(?:\x4c\x01|\x64\x86|\x64\xaa)[^\0]\0.{12}\0\0"),
    ("font", 0, rb"OTTO|ttcf|true\0|wOF[F2]|\x01fcp|\x80\x01..\0\0%!|\x72\xb5\x4a\x86|\x36\x04[\0-\x07]"),
    ("font", 0, rb"\0\x01\0\0\0[\x01-\x40]"),
    ("font", 34, rb"LP\0\0\0\0\0\0"),
    ("image", 0, rb"\x89PNG\r\n\x1a\n|\x8aMNG|\xff\xd8\xff|GIF8[79]a|II[\*\+]\0|MM\0\*|8BPS|\0\0[\x01\x02]\0[^\0]\0"),
    ("image", 0, rb"BM.{4}\0\0\0\0.{3}\0[\x0c\x28\x40\x6c\x7c]\0\0\0"),
    ("image", 0, rb"RIFF.{4}WEBP"),
    ("image", 4, rb"ftyp(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs]|crx )"),
    ("image", 0, rb"\0\0\0\x0c(?:jP  |JXL )|\xff\x4f\xff\x51|\xff\x0a|icns|DDS |FUJIFILMCCD|IIRO|IIU\0|CMMM"),
    ("image", 0, rb"\x0a[\0-\x05]\x01[\x01\x02\x04\x08]|P[4-6]\s+\d+\s"),
    ("audio_video", 0, rb"ID3[\x02-\x04]|\xff[\xfb\xfa\xf3\xf2\xf1\xf9]|OggS|fLaC|MThd|#!AMR|wvpk|MAC |\.snd\0|caff\0"),
    ("audio_video", 0, rb"RIFF.{4}(?:WAVE|AVI |RMID|CDXA)|RF64|FORM.{4}AIF|\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ("audio_video", 0, rb"\x1aE\xdf\xa3|FLV\x01|[FC]WS[\x03-\x2f]|\0\0\x01[\xba\xb3]|\.RMF"),
    ("audio_video", 4, rb"ftyp|moov|mdat|wide|skip|pnot"),
    ("audio_video", 0, rb"G.{187}G.{187}G"),
    ("audio_video", 4, rb"G.{191}G.{191}G"),
    ("compiled_data", 0, rb"\xde\x12\x04\x95|\x95\x04\x12\xde|\x1a\x01[^\0]\0|\x1e\x02[^\0]\0|TZif"),
    ("compiled_data", 0, rb"PACK\0\0\0[\x02\x03]|\xfftOc|DIRC\0\0\0[\x02-\x04]|MIDX\x01|CGPH\x01|RIDX\0"),
    ("compiled_data", 0, rb"\x13\x57\x9a[\xcd-\xcf]|[\xcd-\xcf]\x9a\x57\x13|\x04\xfc\x02\xfc|\xfe\xdc\x98"),
    ("compiled_data", 0, rb"KSLPHHRH|RHHHKSLP|glibc-ld\.so|ld\.so-|\x15\x11\x03\x20|\x09\x01\x02\xde"),
    ("compiled_data", 0, rb"\x18\xe2\x2d\0\0\0\0\0"),  # the index beside a log of SQLite
    ("compiled_data", 0, rb"MAM\x04|\x1bBIN|\0\0\0\x01Bud1|\x8a\x4a\xd6\x87"),
    ("compiled_data", 4, rb"SCCA"),
)
"""Why it holds no text for this product, where its mark stands, and the mark."""

ENCRYPTED = (
    ("OpenSSL", 0, rb"Salted__"),
    ("age", 0, rb"age-encryption\.org/|-----BEGIN AGE ENCRYPTED FILE-----"),
    ("OpenPGP message", 0, rb"-----BEGIN PGP MESSAGE-----"),
    ("OpenPGP message", 0, rb"[\x84\x85][\0-\x04].\x03|\x84.\x03|\x8c\x0d\x04[\x01-\x0d]"),
    ("OpenPGP message", 0, rb"\xc1[\x08-\xbf]\x03|\xc1[\xc0-\xdf].\x03|\xc3[\x04-\x1f][\x04\x05][\x01-\x0d]"),
    ("Ansible vault", 0, rb"\$ANSIBLE_VAULT;"),
    ("LUKS volume", 0, rb"(?:LUKS|SKUL)\xba\xbe"),
    ("BitLocker volume", 3, rb"-FVE-FS-|MSWIN4\.1.{413}-FVE-FS-"),
    ("AxCrypt", 0, rb"\xc0\xb9\x07\x2e\x4f\x93\xf1\x46"),
    ("AES Crypt", 0, rb"AES[\0-\x03][\0\x01]"),
    ("KeePass database", 0, rb"\x03\xd9\xa2\x9a"),
    ("encrypted disk image", 0, rb"encrcdsa|cdsaencr"),
    ("Password Safe database", 0, rb"PWS3"),
    ("git-crypt", 0, rb"\0GITCRYPT\0"),
)
"""The name of what was encrypted, and its mark."""

UNREAD = (
    ("LZH archive", 2, rb"-l[hz][0-9ds]-"),
    ("InstallShield archive", 0, rb"ISc\("),
    ("ARJ archive", 0, rb"\x60\xea.\0"),
    ("StuffIt archive", 0, rb"StuffIt|SIT!"),
    ("ZIP archive", 0, rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    ("gzip", 0, rb"\x1f\x8b\x08"),
    ("xz", 0, rb"\xfd7zXZ\0"),
    ("Zstandard before 1.0", 0, rb"[\x22-\x27]\xb5\x2f\xfd"),
    ("bzip2", 0, rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    ("lzip", 0, rb"LZIP\x01"),
    ("lzma", 0, rb"\x5d\0\0.{2}(?:\xff{8}|.{5}\0\0\0)"),
    ("LZ4", 0, rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),
    ("compress", 0, rb"\x1f\xa0"),
    ("Debian package", 0, rb"!<arch>\ndebian-binary"),
    ("RPM package", 0, rb"\xed\xab\xee\xdb"),
    ("cpio archive", 0, rb"\xc7\x71|\x71\xc7|07070[127]"),
    ("tar archive", 257, rb"ustar"),
    ("Windows image", 0, rb"MSWIM\0\0\0"),
    ("FileMaker database", 14, rb"\xc0HBAM|\0\x01HBAM"),
    ("ESE database", 4, rb"\xef\xcd\xab\x89"),
    ("GDBM database", 0, rb"GDBM"),
    ("Berkeley DB", 12, rb"\x61\x15\x06\0|\x62\x31\x05\0|\0\x06\x15\x61|\0\x05\x31\x62"),
    ("MySQL table", 0, rb"\xfe\xfe\x07|\xfe\x01[\x09\x0a\x0b\x0c]"),
    ("PostgreSQL dump", 0, rb"PGDMP"),
    ("SQL Server backup", 0, rb"TAPE\0\0"),
    ("ORC", 0, rb"ORC[\x08-\x1f]"),
    ("Avro", 0, rb"Obj\x01"),
    ("Arrow", 0, rb"ARROW1\0\0|FEA1"),
    ("HDF5", 0, rb"\x89HDF\r\n\x1a\n"),
    ("NumPy array", 0, rb"\x93NUMPY"),
    ("Python pickle", 0, rb"\x80[\x02-\x05](?:\x95.{8}|[\]\}\(c])"),
    ("SPSS table", 0, rb"\$FL[23]@\(#\)"),
    ("SAS table", 0, rb"\0{12}\xc2\xea\x81\x60"),
    ("Stata table", 0, rb"<stata_dta>|[\x71-\x73][\x01\x02]\x01\0"),
    ("Outlook Express mailbox", 0, rb"\xcf\xad\x12\xfe"),
    ("OneNote section", 0, rb"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d|\xa1\x2f\xff\x43\xd9\xef\x76\x4c"),
    ("WordPerfect document", 0, rb"\xffWPC"),
    ("Microsoft Write document", 0, rb"[\x31\x32]\xbe\0\0"),
    ("Lotus 1-2-3 sheet", 0, rb"\0\0\x02\0[\x04\x06]\x04|\0\0\x1a\0[\0-\x05]\x10\x04\0"),
    ("Excel sheet before OLE", 0, rb"\x09[\0\x02\x04\x08][\x04-\x08]\0"),
    ("PDF", 0, rb"%PDF-"),
    ("DjVu", 0, rb"AT&TFORM"),
    ("PostScript with preview", 0, rb"\xc5\xd0\xd3\xc6"),
    ("AutoCAD drawing", 0, rb"AC10[0-9][0-9]"),
    ("Windows Help", 0, rb"ITSF\x03|\x3f_\x03\0"),
    ("Windows shortcut", 0, rb"L\0\0\0\x01\x14\x02\0"),
    ("Windows registry", 0, rb"regf"),
    ("Windows event log", 0, rb"ElfFile\0|\x30\0\0\0LfLe"),
    ("systemd journal", 0, rb"LPKSHHRH"),
    ("network capture", 0, rb"[\xd4\x4d][\xc3\x3c]\xb2\xa1|\xa1\xb2[\xc3\x3c][\xd4\x4d]|\n\r\r\n.{4}[\x4d\x1a]"),
    ("OpenPGP keys", 0, rb"\x99[\0-\x04].\x04|\x98.\x04|\xc6[\x20-\xbf]\x04|\xc6[\xc0-\xdf].\x04"),
    ("Java serialisation", 0, rb"\xac\xed\0\x05"),
    ("Java key store", 0, rb"\xfe\xed\xfe\xed\0"),
    ("memory dump", 0, rb"MDMP\x93\xa7|PAGEDU(?:MP|64)"),
    ("virtual disk", 0, rb"KDMV|COWD|vhdxfile|conectix|QFI\xfb|.{64}\x7f\x10\xda\xbe"),
    ("file system", 0, rb"hsqs|sqsh|\x45\x3d\xcd\x28"),
    ("NTFS file system", 3, rb"NTFS    "),
    ("exFAT file system", 3, rb"EXFAT   "),
    ("file system", 3, rb"(?:MSDOS|MSWIN|mkfs\.).{43}FAT1[26]|(?:MSDOS|MSWIN|mkfs\.).{71}FAT32"),
    ("ext file system", 1080, rb"\x53\xef[\0-\x07]\0[\0-\x03]\0"),
    ("XFS file system", 0, rb"XFSB"),
    ("disk with partitions", 510, rb"\x55\xaaEFI PART|\x55\xaa"),
)
"""The name of the format, and its mark."""

SIGNATURES = tuple(
    Signature(offset, re.compile(magic, re.DOTALL), kind, word)
    for kind, rows in (("textless", WITHOUT_TEXT), ("encrypted", ENCRYPTED), ("missing_reader", UNREAD))
    for word, offset, magic in rows
)
"""All of them in the order in which they are asked."""

ZLIB = re.compile(rb"x[\x01\x5e\x9c\xda]")
GIT_OBJECT = re.compile(rb"(?:blob|tree|commit|tag) \d+\0")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = (
    ("EncryptedPackage", "encrypted", "password-protected Office document"),
    ("WordDocument", "corrupt", "a Word document whose compound file is damaged"),
    ("Workbook", "corrupt", "an Excel workbook whose compound file is damaged"),
    ("Book", "corrupt", "an Excel workbook whose compound file is damaged"),
    ("PowerPoint Document", "corrupt", "a PowerPoint presentation whose compound file is damaged"),
    ("DocumentText", "corrupt", "an Ichitaro document whose compound file is damaged"),
    ("VisioDocument", "missing_reader", "Visio drawing"),
    ("HwpSummaryInformation", "missing_reader", "Hangul document"),
    ("Quill", "missing_reader", "Publisher document"),
    ("MatOST", "missing_reader", "Works document"),
    ("Props", "missing_reader", "Project plan"),
    ("Catalog", "textless", "image"),
)
"""A stream of an OLE file, and what its presence says; the first that is there decides. What has a reader comes here
only when that could not open it."""

SUFFIXES = {
    ".iso": "ISO 9660 disc image",
    ".udf": "UDF disc image",
    ".mdf": "disc image",
    ".nrg": "disc image",
    ".img": "disk image",
    ".dmg": "Apple disk image",
    ".vhd": "virtual disk",
    ".vmdk": "virtual disk",
    ".xdw": "DocuWorks document",
    ".xbd": "DocuWorks binder",
    ".jaw": "Ichitaro document",
    ".jbw": "Ichitaro document",
    ".jfw": "Ichitaro document",
    ".jsw": "Ichitaro document",
    ".hlp": "Windows Help",
}
"""What has no mark in its head, by its name; a guess is as good as the name, and either way the file is not read."""

REFUSED = frozenset((
    "LZH archive", "ZIP archive", "gzip", "xz", "bzip2", "tar archive", "PDF", "ISO 9660 disc image", "UDF disc image",
    "password-protected Office document", "Debian package", "RPM package", "cpio archive", "disk with partitions",
))  # fmt: skip
"""What has a reader, and comes here only when that has refused it."""
_PART = re.compile(r"\.(?:[zr](\d{2,3})|(\d{3}))\Z", re.IGNORECASE)
"""How a part of a split file is called."""

CONTAINERS = {".hc": "VeraCrypt container, by its name", ".tc": "TrueCrypt container, by its name"}
"""What has no mark at all, since it looks like chance throughout."""


def accepts(document: Document) -> bool:
    """Every document."""
    return True


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """Raises Textless or Unreadable, always."""
    kind, word = _verdict(document)
    if kind == "textless":
        raise Textless(word)
    if kind == "missing_reader":
        raise Unreadable(kind, f"{word}: no reader yet")
    if kind == "encrypted":
        raise locked(container(word, document.head))
    raise Unreadable(kind, word)


def nameless(document: Document) -> bool:
    """Whether nothing says what the document is."""
    return _verdict(document)[0] in ("unknown_format", "corrupt") and not document.head.startswith(OLE)


def _verdict(document: Document) -> tuple[str, str]:
    head = document.head
    if head.startswith(OLE):
        return _ole_verdict(document)
    if ZLIB.match(head) and (begun := _inflated(head)):
        return ("textless", "compiled_data") if GIT_OBJECT.match(begun) else ("missing_reader", "zlib")
    for offset, magic, kind, word in SIGNATURES:
        if magic.match(head, offset):
            return kind, word
    if document.suffix in CONTAINERS and document.size % 512 == 0:
        return "encrypted", CONTAINERS[document.suffix]
    if document.suffix in SUFFIXES:
        return "missing_reader", SUFFIXES[document.suffix]
    part = _PART.search(document.name)
    if part:
        number = int(next(filter(None, part.groups())))
        return "corrupt", f"part {number} of a split file, of which not all parts before it lie beside it"
    return "unknown_format", "neither text nor a known format"


def _inflated(head: bytes) -> bytes:
    """The first bytes of a zlib stream, or nothing if it is none."""
    try:
        return zlib.decompressobj().decompress(head, 64)
    except zlib.error:
        return b""


def _ole_verdict(document: Document) -> tuple[str, str]:
    with document.open() as stream:
        names = set(_ole_names(document.head, stream))
    for name, kind, word in STREAMS:
        if name in names:
            return kind, word
    return "missing_reader", "OLE compound file"


def _ole_names(head: bytes, stream: IO[bytes]) -> Iterator[str]:
    """Names in the directory of a compound file ([MS-CFB] 2.6), as far as its chain of sectors can be followed."""
    if len(head) < 512:
        return
    (shift,) = struct.unpack_from("<H", head, 30)
    (sector,) = struct.unpack_from("<I", head, 48)
    if shift not in (9, 12):
        return
    tables = struct.unpack_from("<109I", head, 76)
    for _ in range(DIRECTORY_SECTORS):
        entries = _sector(stream, sector, shift)
        for start in range(0, len(entries) - 127, 128):
            (length,) = struct.unpack_from("<H", entries, start + 64)
            yield (
                entries[start : start + max(min(length, 64) - 2, 0)]
                .decode("utf-16-le", "ignore")
                .lstrip("\x05\x01\x03")
            )
        table, place = divmod(sector, 1 << (shift - 2))
        chain = _sector(stream, tables[table], shift) if table < len(tables) else b""
        if len(chain) < place * 4 + 4:
            return
        (sector,) = struct.unpack_from("<I", chain, place * 4)


def _sector(stream: IO[bytes], number: int, shift: int) -> bytes:
    if number >= 0xFFFFFFFA:
        return b""
    try:
        stream.seek((number + 1) << shift)
        return stream.read(1 << shift)
    except (OSError, ValueError):
        return b""
