"""Encodings by evidence, text in blocks, and the search form."""

import io
import random
import unicodedata
from collections import deque
from contextlib import suppress

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.errors import Unreadable
from scanner.text import ALTERNATIVES, Block, blocks, decode, detect, fold, preview, spellings

TEXTS = {
    "names": "山田太郎\n佐藤花子\n",
    "one name": "渡辺 美咲",
    "line": "住所：東京都千代田区霞が関三丁目1番1号　山田ビル",
    "half-width names": "ﾔﾏﾀﾞ ﾀﾛｳ,ｻﾄｳ ﾊﾅｺ,ｽｽﾞｷ ｲﾁﾛｳ\n",
    "csv": "氏名,カナ,電話\r\n鈴木 一郎,スズキ イチロウ,090-0000-0000\r\n髙橋 恵,タカハシ メグミ,03-0000-0000\r\n",
    "prose": "お世話になっております。先日お送りした書類の件ですが、添付のとおり訂正しましたのでご確認ください。\n"
    * 40,
    "mostly ascii": "id=42 status=ok path=/home/work user=山田\n" + "GET /index.html 200\n" * 200,
    "kanji only": "東京都新宿区西新宿二丁目八番一号",
    "marks": "①申込書②同意書㈱山田商店〜★\n",
    "kana": "さとう はなこ\nたなか いちろう\n",
}
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-bom",
    "cp932": "cp932",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_jp_ext": "iso-2022-jp",
    "utf-16": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-16-le": "utf-16-le",
    "utf-32": "utf-32-le",
}


def encodable(text: str, codec: str) -> bool:
    try:
        return text.encode(codec).decode(codec) == text
    except UnicodeEncodeError:
        return False


CASES = [(what, codec) for what, text in TEXTS.items() for codec in ENCODINGS if encodable(text, codec)]


@pytest.mark.parametrize(("what", "codec"), CASES)
def test_a_japanese_text_is_read_in_the_encoding_it_was_written_in(what: str, codec: str) -> None:
    encoding, text = decode(TEXTS[what].encode(codec))
    assert (encoding.name, text) == (ENCODINGS[codec], TEXTS[what])


def test_the_cases_cover_every_encoding_with_at_least_five_texts() -> None:
    assert all(sum(codec == other for _, other in CASES) >= 5 for codec in ENCODINGS)


FREQUENT = (
    "日本大学中山田川東京都市区町村県太郎花子佐藤鈴木高橋渡辺伊林加吉松井木村小野新道人年月方法会社員電話番号住所氏名"
)
WORDS = st.one_of(
    st.text(
        "あいうえおかきくけこさしすせそたちつてとなにぬのはひふへほまみむめもやゆよらりるれろをんがでど", min_size=3
    ),
    st.text(FREQUENT, min_size=3, max_size=6),
    st.text("アイウエオカキクケコサシスセソタチツテトナニハヒフヘホマミムメモヤユヨラリルレロワンーガ", min_size=3),
    st.text("0123456789-abcxyz ,.", min_size=1, max_size=12),
    st.sampled_from(["\n", "、", "。", "\r\n", "　"]),
)
JAPANESE = st.lists(WORDS, min_size=6).map("".join)


@settings(max_examples=300, deadline=None)
@given(JAPANESE, st.sampled_from(["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"]))
def test_whatever_japanese_text_is_written_is_read_back(text: str, codec: str) -> None:
    assume(sum(char > "\x7f" for char in text) >= 8)
    assert decode(text.encode(codec))[1] == text


@settings(max_examples=200, deadline=None)
@given(JAPANESE, st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf_16_needs_no_mark(text: str, codec: str) -> None:
    assume(sum(char > "\x7f" for char in text) >= 8)
    text += "\n山田\n"
    assert decode(text.encode(codec))[1] == text


@pytest.mark.parametrize(
    ("language", "codec"),
    [
        ("Die Straße führt über die Brücke; Größe und Maß genügen für heute.\n", "latin-1"),
        ("Le café à l’été, naïve façade: élève, forêt, où ça?\n", "cp1252"),
        ("Сегодня хорошая погода, номер телефона записан в таблице.\n", "koi8_r"),
        ("我们的电话号码已经写在表格里面，请您检查以后再寄给我们。\n", "gb18030"),
        ("오늘 회의에서 결정된 사항을 정리하여 보내 드립니다. 확인 부탁드립니다.\n", "euc_kr"),
        ("我們的電話號碼已經寫在表格裡面，請您檢查以後再寄給我們。\n", "big5"),
    ],
)
def test_digits_survive_in_8_bit_texts_of_other_languages(language: str, codec: str) -> None:
    encoding, text = decode((language * 8 + "tel 03-1234-5678\n").encode(codec))
    assert encoding.name == "latin-1"
    assert "03-1234-5678" in text


@pytest.mark.parametrize("count", [2, 40])
def test_a_list_of_half_width_names_is_read_as_such(count: int) -> None:
    text = "0001 ﾀﾅｶ ﾅｵｷ,ﾔﾏﾓﾄ ｹﾝｼﾞ,ﾖｼﾀﾞ ﾐｻｷ\n" * count
    assert decode(text.encode("cp932")) == (detect(text.encode("cp932")), text)


@pytest.mark.parametrize(
    "log",
    [
        b"\x1b[31merror\x1b[0m disk full\n" * 20,
        b"plain \x1b(B\x1b[m terminal reset\n" * 5,
        b"page one\n\x0cpage two\n",
        b"saved by an old editor\r\n\x1a",
        b"line before the crash\n\0line after the crash, and then some more\n",
    ],
)
def test_control_characters_of_logs_leave_them_text(log: bytes) -> None:
    assert decode(log) == (detect(log), log.decode())
    assert decode(log)[0].name == "ascii"


@pytest.mark.parametrize(
    "data",
    [bytes(100_000), bytes(1), bytes(range(256)) * 4, random.Random(4).randbytes(5000), b"\x7fELF\2\1\1" + bytes(57)],
    ids=["zeros", "one zero", "every byte", "noise", "a program"],
)
def test_binary_data_is_not_text(data: bytes) -> None:
    assert detect(data) is None
    assert preview(data[:8192]) is None
    with pytest.raises(Unreadable, match="unknown_format"):
        decode(data)
    with pytest.raises(Unreadable, match="unknown_format"):
        list(blocks(io.BytesIO(data)))


def test_compressed_data_without_a_known_mark_is_rarely_taken_for_text() -> None:
    noise = random.Random(7)
    taken = sum(detect(noise.randbytes(200), whole=True) is not None for _ in range(500))
    assert taken <= 5


@pytest.mark.parametrize(("codec", "bad"), [("utf-8", b"\xff"), ("cp932", b"\xff\x81\n"), ("euc_jp", b"\xff")])
def test_a_few_bad_bytes_do_not_lose_the_document(codec: str, bad: bytes) -> None:
    before, after = TEXTS["prose"].encode(codec), TEXTS["csv"].replace("髙", "高").encode(codec)
    encoding, text = decode(before + b"A" + bad + b"\n" + after)
    assert encoding.name == ENCODINGS[codec]
    assert text.startswith(TEXTS["prose"])
    assert text.endswith(TEXTS["csv"].replace("髙", "高"))
    assert "\ufffd" in text or codec == "cp932"


def test_each_bad_byte_becomes_one_mark_so_that_places_stay_countable() -> None:
    assert (
        decode("山田太郎".encode() + b"\xe5\xb1 \xff\xfe " + "佐藤花子".encode())[1]
        == "山田太郎\ufffd\ufffd \ufffd\ufffd 佐藤花子"
    )


@pytest.mark.parametrize(("first", "second"), [("utf-8", "cp932"), ("cp932", "utf-8"), ("utf-8", "euc_jp")])
def test_a_log_that_changes_its_encoding_midway_is_read_to_the_end(first: str, second: str) -> None:
    lines = [f"2026-01-{day:02} 担当者：山田太郎 連絡先を更新しました\n" for day in range(1, 29)]
    data = "".join(lines[:14]).encode(first) + "".join(lines[14:]).encode(second)
    assert decode(data)[1] == "".join(lines)
    mixed = b"".join(line.encode(first if number % 2 else second) for number, line in enumerate(lines))
    assert decode(mixed)[1] == "".join(lines)


def test_ascii_for_a_megabyte_and_then_cp932_is_read() -> None:
    data = b"GET /index.html 200\n" * 60_000 + "山田太郎が更新しました\n".encode("cp932")
    got = list(blocks(io.BytesIO(data), size=1 << 18))
    assert got[0][0].name == "ascii"
    assert got[-1][0].name == "cp932"
    assert got[-1][1].text.endswith("山田太郎が更新しました\n")


def test_a_script_with_binary_data_behind_it_is_read_and_then_reported() -> None:
    script = "#!/bin/sh\necho 山田太郎\n" * 500
    stream = blocks(io.BytesIO(script.encode() + random.Random(1).randbytes(100_000)), size=1 << 16)
    assert next(stream)[1].text.startswith(script[:1000])
    with pytest.raises(Unreadable, match="binary data"):
        list(stream)


def test_windows_characters_are_read_in_euc_jp_and_iso_2022_jp() -> None:
    # Row 13 and rows 89 to 92 are no part of the standard: 髙 as Windows programs write it.
    pairs = b"\xad\xa1" + "様 ".encode("euc_jp") + b"\xfc\xe2" + "橋さん、お世話になっております".encode("euc_jp")
    assert decode(pairs)[1] == "①様 髙橋さん、お世話になっております"
    shifted = b"\x1b$B" + bytes(byte & 0x7F for byte in pairs.replace(b" ", b"\xa1\xa1")) + b"\x1b(B"
    assert decode(shifted)[1] == "①様\u3000髙橋さん、お世話になっております"


def test_half_width_katakana_of_iso_2022_jp_is_read() -> None:
    encoding, text = decode(b"\x1b(I" + bytes((0x54, 0x4F, 0x40, 0x5E)) + b"\x1b(B 1\n")
    assert (encoding.name, text) == ("iso-2022-jp", "ﾔﾏﾀﾞ 1\n")


def test_a_head_cut_inside_a_character_is_no_damage() -> None:
    for codec in ("utf-8", "cp932", "euc_jp"):
        data = ("a" + TEXTS["prose"] * 9).encode(codec)
        for end in (8191, 8192):
            assert "\ufffd" not in (preview(data[:end]) or ("", "\ufffd"))[1][:-3]
        assert detect(data[:8192]).name == ENCODINGS[codec]  # type: ignore[union-attr]


# --- blocks -----------------------------------------------------------------------------------------------------------


def reassembled(found: list[Block]) -> str:
    return "".join(block.text[block.lead :] for block in found)


LINES = st.lists(
    st.one_of(st.text("山田太郎はさくら市0123456789 ab", max_size=60), st.text("あいう", min_size=300, max_size=700)),
    max_size=12,
)


@settings(max_examples=250, deadline=None)
@given(
    LINES,
    st.sampled_from(["\n", "\r\n"]),
    st.integers(16, 700),
    st.sampled_from(["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-32", "iso2022_jp"]),
)
def test_blocks_lead_back_to_the_decoded_file(lines: list[str], newline: str, size: int, codec: str) -> None:
    # The first line settles the encoding whatever the size of the block.
    text = newline.join(["お世話になります", *lines])
    found = [block for _, block in blocks(io.BytesIO(text.encode(codec)), size=size)]
    assert reassembled(found) == text
    for before, block in zip([None, *found], found, strict=False):
        assert text[block.char : block.char + len(block.text)] == block.text
        assert block.line == text.count("\n", 0, block.char) + 1
        assert block.utf8 is None or block.utf8.decode() == block.text
        assert block.lead <= 400
        if before is not None:
            assert before.text.endswith(block.text[: block.lead])
            assert block.lead > 0
            assert before.cut is not before.text.endswith("\n")
    assert not found[-1].cut


def test_utf_8_is_handed_on_as_it_was_read() -> None:
    data = TEXTS["prose"].encode()
    found = [block for _, block in blocks(io.BytesIO(data), size=1000)]
    assert len(found) > 2
    assert all(block.utf8 == block.text.encode() for block in found)
    assert all(block.utf8 is None for _, block in blocks(io.BytesIO(TEXTS["prose"].encode("cp932")), size=1000))


def test_the_end_of_a_block_is_repeated_from_the_start_of_a_line() -> None:
    text = "".join(f"{number:04} 氏名 山田太郎\n" for number in range(300))
    found = [block for _, block in blocks(io.BytesIO(text.encode()), size=3000)]
    for block in found[1:]:
        assert 300 < block.lead <= 400
        assert text[block.char - 1] == "\n"


def test_a_line_longer_than_a_block_is_cut_between_characters() -> None:
    for codec in ("utf-8", "cp932", "euc_jp"):
        text = "始めます。" + "山田太郎" * 2000 + "\n終わり"
        found = [block for _, block in blocks(io.BytesIO(text.encode(codec)), size=1001)]
        assert reassembled(found) == text
        assert sum(block.cut for block in found) > 3


def test_an_empty_document_has_no_blocks() -> None:
    assert list(blocks(io.BytesIO(b""))) == []
    assert decode(b"")[1] == ""


class Failing(io.BytesIO):
    """A compressed stream that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise Unreadable("corrupt", "breaks off")
        return data


@pytest.mark.parametrize("size", [1000, 100_000])
def test_what_was_read_before_a_stream_broke_off_is_not_lost(size: int) -> None:
    got: list[Block] = []
    stream = blocks(Failing(TEXTS["prose"].encode("cp932")), size=size)
    with pytest.raises(Unreadable, match="breaks off"):
        deque(map(got.append, (block for _, block in stream)))
    assert reassembled(got) == TEXTS["prose"]


BYTES = st.one_of(
    st.binary(max_size=600),
    st.lists(st.sampled_from([*TEXTS.values()]).flatmap(lambda text: st.sampled_from(
        [text.encode(codec, "replace") for codec in ENCODINGS] + [b"\xff", b"\x1b$B", b"\0", b"\x82", b"\n"]
    )), max_size=5).map(b"".join),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(BYTES, st.integers(1, 300))
def test_no_bytes_raise_anything_but_unreadable(data: bytes, size: int) -> None:
    detect(data)
    preview(data)
    with suppress(Unreadable):
        decode(data)
    with suppress(Unreadable):
        list(blocks(io.BytesIO(data), size=size))


@settings(max_examples=200, deadline=None)
@given(BYTES, st.integers(1, 300))
def test_blocks_are_one_text_without_gaps_whatever_the_bytes(data: bytes, size: int) -> None:
    end, line, before = 0, 1, ""
    try:
        for _, block in blocks(io.BytesIO(data), size=size):
            body = block.text[block.lead :]
            assert body
            assert block.char + block.lead == end
            assert block.line + block.text.count("\n", 0, block.lead) == line
            assert before.endswith(block.text[: block.lead])
            end, line, before = end + len(body), line + body.count("\n"), block.text
    except Unreadable:
        pass


# --- the search form --------------------------------------------------------------------------------------------------

ANY = st.text(
    st.one_of(st.characters(codec=None), st.sampled_from([char for chars in ALTERNATIVES.values() for char in chars]))
)


@settings(max_examples=500)
@given(ANY)
def test_folding_keeps_every_offset_and_needs_to_be_done_only_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert [fold(char) for char in text] == list(folded)


def test_folding_makes_equal_what_people_type_differently() -> None:
    assert fold("０９０－１２３４−５６７８（Ａ）") == "090-1234-5678(A)"
    assert fold("ﾔﾏﾀﾞ\u3000ﾀﾛｰ") == "ヤマタ゛ タロー"
    assert fold("ラーメン") == "ラーメン"
    assert fold("1‐2–3―4") == "1-2-3-4"
    assert fold("⼭⽥⻑⼀") == "山田長一"
    assert fold("〒100\u00a00001") == "〒100 0001"


def test_a_dense_and_a_sparse_text_fold_alike() -> None:
    for filling in ("", "あ" * 500):
        assert fold(f"Ａ{filling}－{filling}ｶﾞ") == f"A{filling}-{filling}カ゛"


def test_the_alternatives_are_exactly_what_folds_to_a_character() -> None:
    everything = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    changed = [char for char in everything if fold(char) != char]
    assert {char for folded, chars in ALTERNATIVES.items() for char in chars if char != folded} == set(changed)
    assert all(fold(char) == folded for folded, chars in ALTERNATIVES.items() for char in chars)
    assert "－" in ALTERNATIVES["-"]
    assert "ー" not in ALTERNATIVES["-"]


@pytest.mark.parametrize("word", ["マイナンバー", "パスポート", "ヴィザ", "ガス", "住所", "E-mail", "ポケット"])
def test_a_keyword_is_found_however_its_katakana_was_typed(word: str) -> None:
    half = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}
    marks = {"\u3099": "ﾞ", "\u309a": "ﾟ"}
    typed = "".join(half.get(char, marks.get(char, char)) for char in unicodedata.normalize("NFD", word))
    assert fold(word) in spellings(word)
    assert fold(typed) in spellings(word)


def test_a_word_without_voiced_katakana_has_one_spelling() -> None:
    assert spellings("氏名") == ("氏名",)
    assert spellings("マイナンバー") == ("マイナンバー", "マイナンハ゛ー")
    assert spellings("ポ") == ("ポ", "ホ゜")
