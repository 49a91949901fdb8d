"""Mail as Outlook and Thunderbird keep it: messages, contacts, attachments are found; damage never ends in a crash."""

import io
import random
import struct
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from scanner import formats
from scanner.errors import Unreadable
from scanner.formats import Piece
from scanner.formats._ole import pack
from scanner.limits import Budget, Limits
from scanner.model import Document, Problem, Segment
from tests.test_databases import survives

ATTACHED = "氏名,電話\n内田 悠,03-1234-5678\n".encode()
TEXT, TEXT8, BINARY, OBJECT, LONG, TIME = 0x1F, 0x1E, 0x102, 0x0D, 0x03, 0x40
Properties = dict[int, tuple[int, bytes]]
NEW_YEAR = struct.pack("<Q", 133_485_408_000_000_000)


def document(data: bytes, name: str) -> Document:
    return Document(address=name, path=name, name=name, size=len(data), opener=lambda: io.BytesIO(data))


def pieces(data: bytes, name: str) -> list[Piece]:
    whole = document(data, name)
    return list(formats.pick(whole).read(whole, Budget(Limits(), len(data))))


def texts(data: bytes, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in pieces(data, name):
        if isinstance(piece, Segment):
            part = piece.place.part or ""
            found[part] = found.get(part, "") + piece.text
    return found


def children(data: bytes, name: str) -> dict[str, bytes]:
    found = {}
    for piece in pieces(data, name):
        if isinstance(piece, Document):
            with piece.open() as stream:
                found[piece.address.partition("!")[2]] = stream.read()
    return found


def wide(text: str) -> tuple[int, bytes]:
    return TEXT, text.encode("utf-16-le")


MAIL: Properties = {
    0x0037: wide("\1\1件名の中川"),
    0x0C1A: wide("差出人の小川"),
    0x5D01: wide("sender@example.jp"),
    0x0E04: wide("宛名の岡本"),
    0x0039: (TIME, NEW_YEAR),
    0x1000: wide("本文の青木です。\r\n"),
    0x1013: (BINARY, "<html><table><tr><td>氏名</td><td>石井</td></tr></table></html>".encode("cp932")),
    0x3FDE: (LONG, struct.pack("<I", 932)),
    0x8005: wide("余白の遠藤"),
}
RECIPIENT: Properties = {0x3001: wide("受取人の坂本"), 0x39FE: wide("to@example.jp")}
CONTACT: Properties = {
    0x001A: wide("IPM.Contact"),
    0x3001: wide("藤原 さくら"),
    0x3A1C: wide("090-1234-5678"),
    0x3A15: wide("東京都千代田区丸の内1-1-1"),
    0x3A42: (TIME, NEW_YEAR),
}


# --- .msg -------------------------------------------------------------------------------------------------------------


def streams(properties: Properties, above: tuple[str, ...], header: int) -> list[tuple[tuple[str, ...], bytes]]:
    out, fixed = [], bytes(header)
    for number, (kind, raw) in properties.items():
        value = raw.ljust(8, b"\0") if kind in (LONG, TIME) else struct.pack("<II", len(raw), 0)
        fixed += struct.pack("<HHI", kind, number, 6) + value
        if kind not in (LONG, TIME):
            out.append(((*above, f"__substg1.0_{number:04X}{kind:04X}"), raw))
    return [*out, ((*above, "__properties_version1.0"), fixed)]


def msg(properties: Properties = MAIL) -> bytes:
    parts = streams(properties, (), 32)
    parts += streams(RECIPIENT, ("__recip_version1.0_#00000000",), 8)
    first, second = "__attach_version1.0_#00000000", "__attach_version1.0_#00000001"
    parts += streams({0x3707: wide("名簿.csv"), 0x3701: (BINARY, ATTACHED)}, (first,), 8)
    parts += streams({0x3001: wide("転送")}, (second,), 8)
    parts += streams({0x0037: wide("中の件名"), 0x1000: wide("中の本文の原田")}, (second, "__substg1.0_3701000D"), 24)
    return pack(parts)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Subject: 件名の中川", "headers"),
        ("From: 差出人の小川 <sender@example.jp>", "headers"),
        ("To: 受取人の坂本 <to@example.jp>", "headers"),
        ("Date: 2024-01-01", "headers"),
        ("本文の青木です。", "body"),
        ("石井", "html"),
        ("余白の遠藤", "properties"),
    ],
)
def test_every_place_of_an_outlook_message_is_read(text: str, part: str) -> None:
    assert text in texts(msg(), "a.msg")[part]


def test_what_is_attached_to_an_outlook_message_is_a_document() -> None:
    found = children(msg(), "a.msg")
    assert found["名簿.csv"] == ATTACHED
    assert "中の本文の原田" in texts(found["転送.msg"], "b.msg")["body"]


def test_an_outlook_contact_is_read_with_labels() -> None:
    contact = texts(msg(CONTACT), "a.msg")["contact"]
    assert contact.split("\n") == [
        "Name: 藤原 さくら",
        "Mobile phone: 090-1234-5678",
        "Address: 東京都千代田区丸の内1-1-1",
        "Birthday: 2024-01-01 00:00:00",
    ]


def packed_rtf(text: bytes) -> bytes:
    """Rich text compressed so that only its beginning refers back."""
    out = b""
    units = [struct.pack(">H", (0 << 4) | 4), *(text[at : at + 1] for at in range(6, len(text)))]
    for at in range(0, len(units), 8):
        group = units[at : at + 8]
        out += bytes([sum(1 << bit for bit, unit in enumerate(group) if len(unit) == 2)]) + b"".join(group)
    return struct.pack("<II", len(out) + 12, len(text)) + b"LZFu" + bytes(4) + out


def test_compressed_rich_text_is_unpacked_where_there_is_no_other_body() -> None:
    rich = b"{\\rtf1\\ansi hello world}"
    properties = {0x0037: wide("x"), 0x1009: (BINARY, packed_rtf(rich))}
    assert children(msg(properties), "a.msg")["body.rtf"] == rich


# --- winmail.dat ------------------------------------------------------------------------------------------------------


def listed(properties: Properties) -> bytes:
    out = struct.pack("<I", len(properties))
    for number, (kind, raw) in properties.items():
        out += struct.pack("<HH", kind, number)
        if number >= 0x8000:
            out += bytes(16) + struct.pack("<II", 0, number)
        if kind not in (LONG, TIME):
            out += struct.pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)
        else:
            out += raw
    return out


def attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, number, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef() -> bytes:
    out = b"\x78\x9f\x3e\x22\1\0" + attribute(1, 0x9007, struct.pack("<II", 932, 0))
    out += attribute(1, 0x9003, listed(MAIL))
    out += attribute(2, 0x9002, bytes(14)) + attribute(2, 0x8010, "名簿.csv\0".encode("cp932"))
    out += attribute(2, 0x800F, ATTACHED)
    out += attribute(2, 0x9002, bytes(14)) + attribute(2, 0x9005, listed({0x3707: wide("長い名.txt")}))
    return out + attribute(2, 0x800F, b"plain")


def test_a_winmail_dat_is_read_like_the_message_it_packs() -> None:
    found = texts(tnef(), "winmail.dat")
    assert "Subject: 件名の中川" in found["headers"]
    assert "本文の青木です。" in found["body"]
    assert "余白の遠藤" in found["properties"]
    assert children(tnef(), "winmail.dat") == {"名簿.csv": ATTACHED, "長い名.txt": b"plain"}


def test_a_winmail_dat_that_ends_early_keeps_what_was_read() -> None:
    whole = document(tnef()[:-20], "winmail.dat")
    seen = []
    with pytest.raises(Unreadable) as failure:
        seen.extend(formats.pick(whole).read(whole, Budget(Limits(), whole.size)))
    assert failure.value.kind == "corrupt"


# --- mailboxes --------------------------------------------------------------------------------------------------------


def mbox() -> bytes:
    mail = "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: {0}\r\n\r\n{0}の本文\r\nFrom here on\r\n"
    mails = [mail.format(name) for name in ("佐藤", "田中", "鈴木")]
    return "\r\n".join(f"From - Mon Jan  1 0{n}:00:00 2024\r\n{text}" for n, text in enumerate(mails)).encode()


def test_each_mail_of_a_mailbox_is_a_document() -> None:
    found = children(mbox(), "Inbox")
    assert list(found) == ["mail-1.eml", "mail-2.eml", "mail-3.eml"]
    assert "田中の本文\r\nFrom here on" in found["mail-2.eml"].decode()
    assert "鈴木" not in found["mail-2.eml"].decode()


def test_a_mail_at_the_seam_of_two_blocks_is_found() -> None:
    one = b"From a@example.jp Mon Jan  1 00:00:00 2024\nFrom: a@example.jp\nTo: b@example.jp\n\n" + b"x" * 700 + b"\n\n"
    for extra in range(0, 900, 90):
        data = one[:-2] + b"y" * extra + b"\n\n" + one * 3000
        assert len(children(data, "Inbox")) == 3001


# --- .pst, with a library made of paper -------------------------------------------------------------------------------


class Paper:
    """An object of the library that answers what it was made with."""

    def __init__(self, **answers: Any) -> None:
        for name, answer in answers.items():
            setattr(self, name, answer)


def items(kind: str, things: list[Any]) -> dict[str, Any]:
    return {f"get_number_of_{kind}s": lambda: len(things), f"get_{kind}": lambda index: things[index]}


def record_set(properties: Properties) -> Paper:
    entries = [
        Paper(entry_type=number, value_type=kind, get_data=lambda raw=raw: raw)
        for number, (kind, raw) in properties.items()
    ]
    return Paper(get_number_of_entries=lambda: len(entries), get_entry=lambda index: entries[index])


def message(properties: Properties, attachments: list[Any]) -> Paper:
    recipients = Paper(**items("record_set", [record_set(RECIPIENT)]))
    sets = items("record_set", [record_set(properties)])
    return Paper(recipients=recipients, **sets, **items("attachment", attachments))


def folder(name: str, messages: list[Any], folders: list[Any]) -> Paper:
    return Paper(get_name=lambda: name, **items("sub_message", messages), **items("sub_folder", folders))


def damaged() -> int:
    raise OSError("damaged")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, list[Any]], bytes]:
    def made(root: Any, orphans: list[Any]) -> bytes:
        opened = Paper(
            open_file_object=lambda stream: None,
            close=lambda: None,
            get_root_folder=lambda: root,
            **items("orphan_item", orphans),
        )
        library = types.ModuleType("pypff")
        library.file = lambda: opened  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pypff", library)
        return b"!BDN" + bytes(600)

    return made


def test_messages_of_an_outlook_file_are_parts_named_by_their_folder(store: Callable[..., bytes]) -> None:
    name = record_set({0x3707: wide("名簿.csv")})
    attachment = Paper(
        get_size=lambda: len(ATTACHED), read_buffer=lambda size: ATTACHED[:size], **items("record_set", [name])
    )
    data = store(
        folder("", [], [folder("受信トレイ", [message(MAIL, [attachment])], [])]),
        [message({0x1000: wide("消した人")}, [])],
    )
    found = texts(data, "a.pst")
    assert "件名の中川" in found["受信トレイ/1/headers"]
    assert "本文の青木です。" in found["受信トレイ/1/body"]
    assert "消した人" in found["deleted/2/body"]
    assert children(data, "a.pst") == {"受信トレイ/1/名簿.csv": ATTACHED}


def test_what_the_library_cannot_read_is_one_problem(store: Callable[..., bytes]) -> None:
    broken = folder("壊", [], [])
    broken.get_number_of_sub_messages = damaged
    data = store(folder("", [message(MAIL, [])], [broken]), [])
    assert [piece.kind for piece in pieces(data, "a.pst") if isinstance(piece, Problem)] == ["corrupt"]
    assert "本文の青木です。" in texts(data, "a.pst")["1/body"]


def test_an_outlook_file_is_named_where_the_library_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypff", None)
    with pytest.raises(Unreadable) as failure:
        pieces(b"!BDN" + bytes(600), "a.pst")
    assert failure.value.kind == "missing_reader"


def test_any_bytes_behind_the_mark_of_an_outlook_file_are_corrupt() -> None:
    with pytest.raises(Unreadable) as failure:
        pieces(b"!BDN" + bytes(range(256)) * 4, "a.pst")
    assert failure.value.kind == "corrupt"


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "name"), [(msg, "a.msg"), (tnef, "winmail.dat"), (mbox, "Inbox")])
def test_damage_to_mail_ends_in_pieces_and_problems(make: Callable[[], bytes], name: str) -> None:
    sound = make()
    for sixteenth in range(16):
        survives(sound[: len(sound) * sixteenth // 16], name)
    chance = random.Random(name)
    for _ in range(200):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        survives(bytes(data), name)
