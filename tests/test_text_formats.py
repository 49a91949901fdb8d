"""Tables, JSON, markup and mail as a user meets them, and as an attacker sends them."""

import base64
import io
import json
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.errors import Unreadable
from scanner.formats import Format, Piece, mail, markup, table
from scanner.formats import json as json_format
from scanner.limits import Budget, Limits
from scanner.model import Document, Problem, Segment
from scanner.origin import MappedOrigin, Table

READERS: tuple[Format, ...] = (table, json_format, markup, mail)  # type: ignore[assignment]


def document(content: bytes, name: str) -> Document:
    return Document(address=name, path=name, name=name, size=len(content), opener=lambda: io.BytesIO(content))


def pieces(form: Format, content: bytes, name: str = "x") -> list[Piece]:
    return list(form.read(document(content, name), Budget(Limits(), len(content))))


def segments(form: Format, content: bytes, name: str = "x") -> list[Segment]:
    return [piece for piece in pieces(form, content, name) if isinstance(piece, Segment)]


def cells(read: list[Segment]) -> list[tuple[int, list[str]]]:
    return [
        (row.number, [segment.text[cell.start : cell.end] for cell in row.cells])
        for segment in read
        for row in (segment.table or Table(name="", rows=())).rows
    ]


# --- tables -----------------------------------------------------------------------------------------------------------

PROSE = "この規程は,職員の,服務について定める。\nただし,臨時の,職員は除く。\n前項の,規定は,準用しない。\n"
TABLES_BY_CONTENT = {
    "tabs": "氏名\t電話\t住所\n山田\t090\t東京\n鈴木\t080\t大阪\n",
    "commas": "1,山田 太郎,090-1234-5678\n2,鈴木 花子,080-1111-2222\n3,佐藤 次郎,070-3333-4444\n",
    "quoted": '"1","山田, 太郎","a"\n"2","鈴木","b"\n"3","佐藤","c"\n',
    "bars": "a|b|c\n1|2|3\n4|5|6\n",
}
NO_TABLES = {
    "prose": PROSE,
    "english prose": "We met, talked, and left.\nShe came, saw, and won.\nIt was, in short, good.\n",
    "C code": "int f(int a, int b, int c) {\n  g(a, b, c);\n  h(a, b, c);\n  return k(a, b, c);\n}\n",
    "indented code": "\t\tx = 1\n\t\ty = 2\n\t\tz = 3\n\t\treturn x\n",
    "C array": "  { 1, 2, 3 },\n  { 4, 5, 6 },\n  { 7, 8, 9 },\n",
    "Python tuples": '    ("a", "b", "c"),\n    ("d", "e", "f"),\n    ("g", "h", "i"),\n',
    "INI": "[a]\nx = 1,2,3\ny = 4,5,6\nz = 7,8,9\n",
    "po": 'msgid "a, b, c"\nmsgstr "a, b, c"\n\nmsgid "d, e, f"\nmsgstr "d, e, f"\n',
    "JSON lines": '{"a": 1, "b": 2, "c": 3}\n{"a": 1, "b": 2, "c": 3}\n{"a": 1, "b": 2, "c": 3}\n',
    "log": "".join(f"2024-01-01 12:00:0{n},123 INFO a,b,c\n" for n in range(5)),
    "amounts": "合計 1,234,567 円\n小計 2,345,678 円\n消費税 3,456,789 円\n",
    "SQL": "INSERT INTO t VALUES (1,'a','b');\nINSERT INTO t VALUES (2,'c','d');\nINSERT INTO t VALUES (3,'e','f');\n",
    "two lines": "a,b,c\nd,e,f\n",
}


@pytest.mark.parametrize("text", TABLES_BY_CONTENT.values(), ids=TABLES_BY_CONTENT)
@pytest.mark.parametrize("name", ["export.txt", "export.dat", "export", "export.csv.bak"])
def test_a_table_is_known_by_its_lines_whatever_its_name(text: str, name: str) -> None:
    assert table.accepts(document(text.encode("cp932"), name))


@pytest.mark.parametrize("text", NO_TABLES.values(), ids=NO_TABLES)
def test_prose_and_code_are_no_tables(text: str) -> None:
    assert not table.accepts(document(text.encode(), "notes.txt"))


def test_one_line_is_a_table_where_the_name_says_so() -> None:
    assert table.accepts(document(b"a,b\n", "x.csv"))
    assert not table.accepts(document(b"no delimiter\n", "x.csv"))
    assert not table.accepts(document(b"\x00\x01\x02,\x00", "x.csv"))


def test_quotes_and_line_breaks_in_cells_count_as_one_record() -> None:
    text = 'a,b\r\n"x ""y""","1\r\n2"\r\n\r\n"c",d\r\n'
    assert cells(segments(table, text.encode(), "x.csv")) == [
        (1, ["a", "b"]),
        (2, ['x ""y""', "1\r\n2"]),
        (4, ["c", "d"]),
    ]


def test_a_quote_that_is_never_closed_costs_only_its_own_line() -> None:
    text = 'a,b\n"open,1\nc,d\n"e","f,g"\n'
    assert cells(segments(table, text.encode(), "x.csv")) == [
        (1, ["a", "b"]),
        (2, ['"open', "1"]),
        (3, ["c", "d"]),
        (4, ["e", "f,g"]),
    ]


def test_a_table_of_the_old_macintosh_has_rows() -> None:
    assert cells(segments(table, b"a,b\rc,d\r", "x.csv")) == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_a_match_in_a_table_has_row_and_offsets_of_the_file() -> None:
    (segment,) = segments(table, "\ufeff名,番号\r\n山田,090\r\n".encode(), "x.csv")
    start = segment.text.index("090")
    place = segment.origin.place(segment, start, start + 3)
    assert (place.start, place.end, place.line, place.column, place.row) == (9, 12, 2, 4, 2)


@st.composite
def records(draw: st.DrawFn) -> list[list[str]]:
    text = st.text(alphabet='ab山,"\n', max_size=6)
    return draw(st.lists(st.lists(text, min_size=2, max_size=4), min_size=1, max_size=30))


@given(records(), st.integers(100, 300))
def test_rows_do_not_depend_on_where_blocks_end(rows: list[list[str]], size: int) -> None:
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_BLOCK", 1 << 20)
        whole = segments(table, text.encode(), "x.csv")
        patch.setattr(table, "_BLOCK", size)
        parts = segments(table, text.encode(), "x.csv")
    assert cells(whole) == [(n, [c.replace('"', '""') for c in row]) for n, row in enumerate(rows, 1)]
    joined: dict[tuple[int, int], str] = {}
    for segment in parts:
        assert segment.table is not None
        for row in segment.table.rows:
            for cell in row.cells:
                key = (row.number, cell.column)
                joined[key] = joined.get(key, "") + segment.text[cell.start : cell.end]
    assert joined == {(n, i): c for n, row in cells(whole) for i, c in enumerate(row)}


def test_a_line_of_nothing_but_commas_has_a_bounded_number_of_cells() -> None:
    read = segments(table, b"," * 100_000, "x.csv")
    assert sum(len(row) for _, row in cells(read)) <= table.MAX_COLUMNS


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"a": 1}', ' [{"a"', "[[1]]", "{}", '["x"]'])
def test_json_is_known_by_its_beginning(text: str) -> None:
    assert json_format.accepts(document(text.encode(), "x.txt"))


@pytest.mark.parametrize("text", ["[section]\na=1", "{ return; }", "[2024-01-01] started", ""])
def test_other_brackets_are_not_json(text: str) -> None:
    assert not json_format.accepts(document(text.encode(), "x.txt"))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1), st.text(max_size=5))
def test_an_escaped_value_is_found_where_it_stands(value: str, before: str) -> None:
    assume("\\u" not in value + before)  # read as an escape that was escaped
    source = json.dumps({before: 1, "value": value})
    (segment,) = segments(json_format, source.encode(), "x.json")
    start = segment.text.rindex('"value": "') + len('"value": "')
    assert segment.text[start : start + len(value)] == value
    place = segment.origin.place(segment, start, start + len(value))
    assert json.loads('"' + source[place.start : place.end] + '"') == value


def test_json_without_escapes_stands_as_it_is() -> None:
    (segment,) = segments(json_format, '{"size": "山田"}'.encode(), "x.json")
    assert segment.text == '{"size": "山田"}'
    assert not isinstance(segment.origin, MappedOrigin)


def test_escapes_in_a_second_block_lead_to_the_right_line() -> None:
    source = b'{"a": "x"}\n' * 150_000 + b'{"b": "\\u5c71"}\n'
    last = segments(json_format, source, "x.jsonl")[-1]
    at = last.text.rindex("山")
    place = last.origin.place(last, at, at + 1)
    assert place.line == 150_001
    assert place.start is not None
    assert source[place.start : place.end] == b"\\u5c71"
    assert last.lead <= at


def test_json_in_json_is_read_too() -> None:
    (segment,) = segments(json_format, json.dumps({"log": json.dumps({"name": "山田"})}).encode(), "x.json")
    assert segment.text.endswith('{"log": "{"name": "山田"}"}')


def rows_of(text: str) -> list[list[tuple[str, str]]]:
    """The rows of a document, each value with the header above it."""
    headers: dict[int, str] = {}
    rows = []
    for segment in segments(json_format, text.encode(), "x.json"):
        for row in segment.table.rows if segment.table else ():
            found = [(cell.column, segment.text[cell.start : cell.end]) for cell in row.cells]
            if row.cells[-1].end <= segment.lead:
                headers.update(found)
            else:
                rows.append([(headers.get(column, ""), value) for column, value in found])
    return rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('[{"氏名": "山田", "tel": 1}, {"tel": 2}]', [[("氏名", "山田"), ("tel", "1")], [("tel", "2")]]),
        ('{"name": "a"}\n{"name": "b"}\n', [[("name", "a")], [("name", "b")]]),
        ('{"x": {"name": "a"}, "y": {"name": "b"}}', [[("name", "a")], [("name", "b")]]),
        ('[{"name": {"kanji": "a", "kana": "b"}}]', [[("name", "a"), ("name kana", "b")]]),
        ('[{"tel": ["1", "2"], "home": {"tel": "3"}}]', [[("tel", "1"), ("tel", "2"), ("tel", "3")]]),
        (
            '[{"name": "a", "pets": [{"name": "b"}], "tel": "1"}]',
            [[("name", "a")], [("name", "b")], [("tel", "1")]],
        ),
        (r'[{"\u6c0f\u540d": "\u5c71"}]', [[("氏名", "山")]]),
        ('{"name": "a", "03-1234-5678": "b"}', [[("name", "a"), ("", "03-1234-5678"), ("", "b")]]),
        ('{"name": "a" // b\n, "c', [[("name", "a"), ("name", "//"), ("name", "b"), ("name", "c")]]),
    ],
)
def test_objects_are_rows_under_the_names_of_their_members(text: str, rows: list[list[tuple[str, str]]]) -> None:
    assert rows_of(text) == rows


@given(st.text(alphabet='{}[]",:a0\\\n名 ', max_size=80), st.integers(8, 40))
def test_every_character_of_json_is_in_a_cell_or_a_name(text: str, size: int) -> None:
    text = '{"name": 1}\n' + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_format, "_BLOCK", size)
        read = segments(json_format, text.encode(), "x.json")
    assert "".join(one.text[one.lead :] for one in read).count("名") == text.count("名")
    for segment in read:
        cells = [cell for row in segment.table.rows for cell in row.cells] if segment.table else []
        assert all(0 <= cell.start <= cell.end <= len(segment.text) for cell in cells)
        assert all(one.end <= two.start for one, two in pairwise(cells))
        covered = "".join(segment.text[cell.start : cell.end] for cell in cells if cell.end > segment.lead)
        named = "".join(json_format.unescape(name).text for name in re.findall(r'"([^"\n]*)"\s*:', segment.text))
        assert (covered + named).count("名") >= segment.text[segment.lead :].count("名")


def test_half_a_character_does_not_break_what_follows() -> None:
    (segment,) = segments(json_format, b'{"a": "\\ud842", "b": "\\u5c71"}', "x.json")
    assert segment.text == '{"a": "\ufffd", "b": "山"}'


# --- markup -----------------------------------------------------------------------------------------------------------


def flat(content: str, name: str = "x.html") -> list[str]:
    return [segment.text for segment in segments(markup, content.encode(), name)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<!DOCTYPE html><p>a", "x.txt"),
        ("\n<!-- a - b --> <HTML>", "x"),
        ("<?xml version='1.0'?><a/>", "x"),
        ("text <b>bold</b>", "x.htm"),
        ("<svg>", "x.svg"),
    ],
)
def test_markup_is_known(text: str, name: str) -> None:
    assert markup.accepts(document(text.encode(), name))


@pytest.mark.parametrize("text", ["a < b and c > d", "<taro@example.jp>", "plain", "#include <stdio.h>"])
def test_a_lone_bracket_is_no_markup(text: str) -> None:
    assert not markup.accepts(document(text.encode(), "x.txt"))


def test_an_address_in_brackets_is_text() -> None:
    assert flat("<html>山田 <taro@example.jp> 様") == ["山田 <taro@example.jp> 様"]


def test_words_are_not_torn_by_inline_tags_and_lines_are_by_blocks() -> None:
    assert flat("<p>山<b>田</b>太郎<p>次<br>行") == ["山田太郎\n次\n行"]


def test_comments_scripts_and_form_values_are_read_and_styles_are_not() -> None:
    source = '<!--隠し--><style>p{}</style><script>a="\\u5c71"</script>'
    source += '<input value="1990" class="c"><a href="tel:090">b</a>'
    assert flat(source) == ['隠し\na="山"\n1990\ntel:090\nb']


def test_a_style_that_is_never_closed_is_read_rather_than_lost() -> None:
    assert flat("<html><style>山田") == ["山田"]


def test_a_table_has_rows_columns_and_a_name_of_its_own() -> None:
    source = "前<table><tr><th colspan=2>a<th>b<tr><td>1<td><td>3</table>後<table><td>x</table>"
    read = segments(markup, source.encode(), "x.html")
    assert [segment.text for segment in read] == ["前", "a\tb\n1\t3", "後", "x"]
    assert [segment.table and segment.table.name for segment in read] == [None, "1", None, "2"]
    assert read[1].table is not None
    assert [[cell.column for cell in row.cells] for row in read[1].table.rows] == [[0, 2], [0, 2]]
    assert cells(read) == [(1, ["a", "b"]), (2, ["1", "3"]), (1, ["x"])]


def test_a_table_in_a_table_leaves_the_outer_one_its_rows() -> None:
    source = "<table><tr><td>a<table><tr><td>in</table>b<td>c<tr><td>d</table>"
    assert cells(segments(markup, source.encode(), "x.html")) == [
        (1, ["a"]),
        (1, ["in"]),
        (1, ["b", "c"]),
        (2, ["d"]),
    ]


def test_elements_and_attributes_of_xml_become_labels() -> None:
    source = '<?xml version="1.0"?><p xmlns:h="u" id="7">\n <h:birthDate>1990-01-02</h:birthDate>'
    source += "<氏名>山<b>田</b></氏名></p>"
    assert flat(source, "x.xml") == ["id: 7\nbirthDate: 1990-01-02\n氏名: 山田"]


def xml(body: str) -> list[Segment]:
    return segments(markup, f'<?xml version="1.0"?><list>{body}</list>'.encode(), "x.xml")


def by_header(read: list[Segment]) -> dict[int, dict[str, str]]:
    """For each row the values under the names of their columns, as detection sees them."""
    names: dict[int, str] = {}
    rows: dict[int, dict[str, str]] = {}
    for segment in read:
        assert segment.table is not None
        for number, row in segment.table.rows:
            for start, end, column in row:
                text = segment.text[start:end]
                if segment.text[:start].count("\n") < segment.text.count("\n") and ": " not in _line(segment, start):
                    names[column] = text
                else:
                    rows.setdefault(number, {})[names.get(column, "")] = text
    return rows


def _line(segment: Segment, at: int) -> str:
    return segment.text[segment.text.rfind("\n", 0, at) + 1 :].partition("\n")[0]


def test_elements_that_repeat_are_rows_and_what_stands_around_them_is_not_one_of_them() -> None:
    body = "<作成者>総務課</作成者>"
    body += "".join(
        f'<社員 番号="{number}"><氏名>{name}</氏名><連絡先><電話>03-{number}</電話></連絡先></社員>'
        for number, name in enumerate(("山田", "鈴木", "佐藤"), 1)
    )
    assert by_header(xml(body)) == {
        1: {"作成者": "総務課"},
        2: {"社員 番号": "1", "氏名": "山田", "電話": "03-1"},
        3: {"社員 番号": "2", "氏名": "鈴木", "電話": "03-2"},
        4: {"社員 番号": "3", "氏名": "佐藤", "電話": "03-3"},
    }


def test_records_in_records_are_rows_of_their_own_and_the_outer_one_goes_on() -> None:
    child = "<child><name>{}</name><birth>{}</birth></child>"
    body = "".join(
        f"<person><name>{name}</name>{child.format(name + '1', 1)}{child.format(name + '2', 2)}<mail>{name}@x</mail>"
        "</person>"
        for name in "ab"
    )
    (segment,) = xml(body)
    assert segment.table is not None
    assert [row.number for row in segment.table.rows] == [1, 1, 2, 3, 1, 4, 5, 6, 4]
    assert cells([segment])[2] == (2, ["a1", "1"])
    assert cells([segment])[4] == (1, ["a@x"])


@pytest.mark.parametrize(
    "body",
    [
        '<row 氏名="山田" 生年月日="1980"/><row 氏名="鈴木" 生年月日="1990"/>',
        "<entry><of><氏名>山田</氏名><生年月日>1980</生年月日></of></entry>"
        "<entry><of><氏名>鈴木</氏名><生年月日>1990</生年月日></of></entry>",
        '<r><f name="氏名">山田</f><f name="生年月日">1980</f></r>'
        '<r><f name="氏名">鈴木</f><f name="生年月日">1990</f></r>',
        '<a:p><a:氏名 value="山田"/><生年月日>1980</生年月日></a:p>'
        "<a:p><a:氏名>鈴木</a:氏名><生年月日>1990</生年月日></a:p>",
    ],
)
def test_fields_may_be_attributes_or_be_named_by_them(body: str) -> None:
    found = {number: (row["氏名"], row["生年月日"]) for number, row in by_header(xml(body)).items()}
    assert found == {1: ("山田", "1980"), 2: ("鈴木", "1990")}


def test_cells_of_a_sheet_saved_as_xml_stand_in_their_columns() -> None:
    row = "<Row><Cell ss:StyleID='s1'><Data ss:Type='String'>{}</Data></Cell>"
    row += "<Cell ss:Index='3'><Data>{}</Data></Cell></Row>"
    read = xml(row.format("氏名", "生年月日") + row.format("山田", "1980"))
    assert read[0].table is not None
    laid = [(cell.column, read[0].text[cell.start : cell.end]) for each in read[0].table.rows for cell in each.cells]
    first = laid[0][0]
    assert laid == [(first, "氏名"), (first + 2, "生年月日"), (first, "山田"), (first + 2, "1980")]


def test_a_single_element_is_no_list() -> None:
    assert xml("<person><name>山田</name><birth>1980</birth></person>")[0].table is None


def test_records_of_a_long_document_are_rows_whatever_comes_before_them() -> None:
    body = f"<schema>{'x ' * 700_000}</schema>"
    body += "".join(f"<p><name>n{number}</name><tel>{number}</tel></p>\n" for number in range(40_000))
    read = xml(body)
    rows: dict[int, list[str]] = {}
    for number, row in cells(read):  # a record may go on in the next stretch
        rows.setdefault(number, []).extend(row)
    assert len(read) > 1
    assert [row for row in rows.values() if row[-1] == "39999"] == [["n39999", "39999"]]
    assert sum(len(row) == 2 and row[0] == f"n{row[1]}" for row in rows.values()) == 40_000


@pytest.mark.parametrize("part", ["<p><name>n{0}</name><tel>{0}</tel>", "<a{0}><name>n{0}</b{0}></a{0}></name>"])
def test_nothing_is_lost_where_elements_are_closed_at_random(part: str) -> None:
    text = "\n".join(segment.text for segment in xml("".join(part.format(number) for number in range(5000))))
    assert set(re.findall(r"n\d+", text)) == {f"n{number}" for number in range(5000)}


def test_a_match_in_a_row_of_xml_leads_back_to_the_file() -> None:
    source = (
        '<?xml version="1.0"?><l>' + "".join(f"<p><名>A&amp;{n}</名>\n<tel>{n}</tel></p>" for n in range(9)) + "</l>"
    )
    (segment,) = segments(markup, source.encode(), "x.xml")
    at = segment.text.index("A&7")
    place = segment.origin.place(segment, at, at + 3)
    assert source[place.start : place.end] == "A&amp;7"
    assert place.row == 8


def test_a_bare_table_under_another_name_is_still_a_table() -> None:
    content = b"<table><tr><td>a<td>b</table>"
    assert markup.accepts(document(content, "export.xls"))
    assert cells(segments(markup, content, "export.xls")) == [(1, ["a", "b"])]


def test_entities_that_a_document_declares_are_not_expanded() -> None:
    source = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;&lt;&#x5c71;</a>'
    assert flat(source, "x.xml")[0].endswith("&d;<山")


def test_a_match_in_markup_leads_back_to_the_file() -> None:
    source = "<html>\r\n<p>電話 &lt;090&#45;1234&gt; <b>x</b></p>"
    (segment,) = segments(markup, source.encode(), "x.html")
    for text, written in (("090-1234", "090&#45;1234"), (">", "&gt;"), ("<", "&lt;"), ("x", "x")):
        start = segment.text.index(text)
        place = segment.origin.place(segment, start, start + len(text))
        assert source[place.start : place.end] == written
        assert place.line == 2


@given(st.lists(st.sampled_from(["山田", "<b>", "</p>", "<td>", "&amp;", " ", "\n", "x", "<p>", "<!--", "-->", "<"])))
def test_every_character_of_a_page_stands_where_its_place_says(parts: list[str]) -> None:
    source = "<html>" + "".join(parts)
    for strip in markup.strips(source):
        segment = Segment(text=strip.text, address="", origin=strip.origin, table=strip.table)
        for index, char in enumerate(strip.text):
            place = strip.origin.place(segment, index, index + 1)
            written = source[place.start : place.end]
            assert char in " \t\n" or written == char or (char == "&" and written == "&amp;")


def test_a_page_in_one_long_line_is_read_whole_over_its_blocks() -> None:
    source = "<html>" + "".join(f"<p>番号{n:07d}</p>" for n in range(120_000))
    read = segments(markup, source.encode(), "x.html")
    assert len(read) > 1
    assert "\n".join(segment.text for segment in read).split("\n") == [f"番号{n:07d}" for n in range(120_000)]
    last = read[-1]
    place = last.origin.place(last, len(last.text) - 7, len(last.text))
    assert source[place.start : place.end] == "0119999"


def test_a_declared_encoding_is_used_where_the_bytes_do_not_speak() -> None:
    content = b'<html><meta charset="%s"><p>\xc4\xe3\xba\xc3\x81\x30\x84\x32</p>' + b"\x00" * 3 + b"\x01" * 400
    assert segments(markup, content % b"gb18030", "x.html")[0].text.startswith("你好")
    with pytest.raises(Unreadable, match="unknown_format"):
        segments(markup, content % b"punycode", "x.html")


# --- mail -------------------------------------------------------------------------------------------------------------

HEADER = b"From: a@example.jp\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def test_a_mail_is_known_by_its_header() -> None:
    assert mail.accepts(document(HEADER + b"\r\nx", "x"))
    assert mail.accepts(document(b"Subject: a\nTo: b\n\nx", "draft.eml"))
    assert not mail.accepts(document(b"Subject: a\nTo: b\n\nx", "memo.txt"))
    assert not mail.accepts(document(b"From: a\nMessage-ID: b\nthis is a sentence\n", "memo.txt"))
    assert not mail.accepts(document(b"Name: a\nVersion: 1\n\nx", "METADATA"))


def headers(content: bytes) -> str:
    return segments(mail, content, "x.eml")[0].text


@pytest.mark.parametrize("charset", ["iso-2022-jp", "utf-8", "cp932", "euc-jp"])
def test_encoded_words_are_read_also_where_they_tear_a_character(charset: str) -> None:
    raw = "採用候補者の名簿について".encode(charset)
    words = [raw[index : index + 7] for index in range(0, len(raw), 7)]
    if charset == "iso-2022-jp":
        words = [raw]
    encoded = b"\r\n ".join(b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(word)) for word in words)
    assert headers(b"Subject: " + encoded + b"\r\n\r\n") == "Subject: 採用候補者の名簿について"


def test_a_header_in_raw_bytes_is_read() -> None:
    assert headers("Subject: 応募者の名簿\r\n\r\n".encode("cp932")) == "Subject: 応募者の名簿"


@pytest.mark.parametrize("label", ["iso-2022-jp", "us-ascii", "no-such-charset", "utf-8", "iso-8859-1", "punycode"])
@pytest.mark.parametrize("charset", ["iso-2022-jp", "cp932", "utf-8"])
def test_a_body_with_a_wrong_label_is_read_by_what_it_is(label: str, charset: str) -> None:
    body = "山田太郎様の生年月日は一九九〇年です。電話番号もお知らせください。".encode(charset)
    content = HEADER + b"Content-Type: text/plain; charset=" + label.encode() + b"\r\n\r\n" + body
    assert segments(mail, content)[-1].text == "山田太郎様の生年月日は一九九〇年です。電話番号もお知らせください。"


def test_characters_of_windows_in_iso_2022_jp_are_read() -> None:
    content = HEADER + b"\r\n\x1b$B-j-!\x1b(I;D\x1b(B ok"
    assert segments(mail, content)[-1].text == "㈱①ｻﾄ ok"


@pytest.mark.parametrize(
    "field",
    [
        b'Content-Disposition: attachment; filename="meibo.csv"',
        b"Content-Disposition: attachment; filename*=utf-8''%6deibo.csv",
        b"Content-Disposition: attachment; filename*0*=utf-8'ja'mei; filename*1=bo.csv",
        b'Content-Type: text/csv; name="=?utf-8?B?bWVpYm8uY3N2?="',
        b'Content-Disposition: attachment; filename="..\\\\..\\\\meibo.csv"',
    ],
)
def test_an_attachment_is_a_document_with_its_name(field: bytes) -> None:
    content = HEADER + field + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"a,b\n")
    (attached,) = [piece for piece in pieces(mail, content) if isinstance(piece, Document)]
    assert (attached.address, attached.head) == ("x!meibo.csv", b"a,b\n")


def test_two_attachments_of_one_name_have_two_addresses() -> None:
    part = b"\r\n--b\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nx"
    content = HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n" + part * 2 + b"\r\n--b--"
    assert [piece.address for piece in pieces(mail, content) if isinstance(piece, Document)] == [
        "x!a.bin",
        "x!part-2-a.bin",
    ]


def problems(content: bytes) -> list[str]:
    return [piece.kind for piece in pieces(mail, content) if isinstance(piece, Problem)]


def test_what_is_cut_off_is_read_and_said_to_be() -> None:
    content = HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"abcdefghijkl")[:-1]
    assert problems(content) == ["corrupt"]
    assert segments(mail, content)[-1].text == "abcdefghijk"
    content = HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo"
    assert problems(content) == ["corrupt"]
    assert [segment.text for segment in segments(mail, content)[1:]] == ["one", "two"]


def test_base64_that_goes_on_after_its_padding_is_read_to_the_end() -> None:
    content = HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"first") + b"\r\n"
    content += base64.b64encode(b" second")
    assert segments(mail, content)[-1].text == "first second"


def test_encrypted_mail_is_said_to_be_encrypted() -> None:
    assert problems(HEADER + b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b--") == ["encrypted"]
    assert problems(HEADER + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx") == [
        "encrypted"
    ]


def test_parts_nested_without_end_are_given_up_once() -> None:
    nest = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
    assert problems(HEADER + nest).count("too_deep") == 1


def test_text_that_no_mail_program_shows_is_read() -> None:
    content = HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nbefore\r\n--b\r\n\r\nin\r\n--b--\r\nafter"
    read = segments(mail, content)[1:]
    assert [(segment.text, segment.place.part) for segment in read] == [
        ("before", "preamble"),
        ("in", "1"),
        ("after", "epilogue"),
    ]


# --- hostile ----------------------------------------------------------------------------------------------------------

NASTY = {
    "brackets": b"<" * 3_000_000,
    "open tags": b"<a " * 1_000_000,
    "open quotes in tags": b'<a "' * 700_000,
    "mixed quotes in tags": b"<a '\"<a \"'" * 300_000,
    "open comments": b"<!--" * 700_000,
    "open scripts": b"<script><style>" * 200_000,
    "tables": b"<html>" + b"<table><td>a" * 200_000,
    "one long name": b"<html><a " + b"a" * 3_000_000,
    "spaces": b"<html>" + b" " * 3_000_000 + b"<",
    "ampersands": b"&" * 3_000_000,
    "quotes": b'"' * 3_000_000,
    "quotes that open in every line": b'x","\n' * 400_000,
    "one open quote": b'"' + b"a,b\n" * 400_000,
    "backslashes": b"\\" * 3_000_000,
    "half characters": b"\\ud842" * 400_000,
    "boundary of dashes": HEADER + b'Content-Type: multipart/mixed; boundary="-"\n\n' + b"-" * 3_000_000,
    "padding": HEADER + b"Content-Transfer-Encoding: base64\n\n" + b"A=" * 1_000_000,
    "encoded words": HEADER + b"Subject: " + b"=?utf-8?q?a?= =?a?b?" * 50_000,
    "parameters": HEADER + b"Content-Type: text/plain" + b';a="\\"' * 400_000,
    "escape sequences": HEADER + b"\n" + b"\x1b$B" * 700_000,
}


PROBLEMS = {"unknown_format", "corrupt", "too_deep", "encrypted", "bomb"}


def exhaust(form: Format, content: bytes, name: str) -> Iterator[Piece]:
    """All pieces; what else may happen is Unreadable, of which the kind is given as a Problem."""
    try:
        yield from form.read(document(content, name), Budget(Limits(), len(content)))
    except Unreadable as failure:
        yield Problem(address=name, kind=failure.kind, detail=failure.detail, size=len(content))


@pytest.mark.parametrize("content", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("form", READERS, ids=lambda form: form.NAME)
def test_megabytes_of_malice_are_read_within_the_time_of_a_file(form: Format, content: bytes) -> None:
    kinds = {piece.kind for piece in exhaust(form, content, "x.xml") if isinstance(piece, Problem)}
    assert kinds <= PROBLEMS


WORDS = [
    *(
        b'"',
        b",",
        b"\n",
        b"\r\n",
        b"<",
        b">",
        b"<table>",
        b"<td>",
        b"</table>",
        b"<!--",
        b"<![CDATA[",
        b"]]>",
        b"&#x5c71;",
    ),
    *(
        b"<script>",
        b"</script>",
        b"a='",
        b"\\u5c71",
        b"\\",
        b"=?utf-8?b?",
        b"?=",
        b"--b",
        b"--b--",
        b"\x1b$B",
        b"\x1b(B",
    ),
    *(
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Transfer-Encoding: base64\n",
        b"\n\n",
        b"charset=idna;",
    ),
    *(
        b"Content-Type: text/html; charset=utf-16\n",
        b"filename*0*=x'",
        b"\x00",
        b"\xff\xfe",
        b"\x82\xa0",
        b"=",
        b"<?xml ",
    ),
]


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=4)), max_size=60).map(b"".join), st.booleans())
def test_any_bytes_end_in_pieces_or_in_unreadable(content: bytes, headed: bool) -> None:
    data = HEADER + content if headed else content
    for form in READERS:
        for name in ("x.csv", "x.xml", "x.html", "x"):
            form.accepts(document(data, name))
            for piece in exhaust(form, data, name):
                assert not isinstance(piece, Problem) or piece.kind in PROBLEMS
                if isinstance(piece, Segment):
                    assert piece.text
                    assert piece.place
                    piece.text.encode()
                    for row in piece.table.rows if piece.table else ():
                        assert row.cells
                        assert all(0 <= cell.start <= cell.end <= len(piece.text) for cell in row.cells)
