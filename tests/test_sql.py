"""SQL dumps as databases write them, and as an attacker sends them."""

import io
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.formats import pick, sql
from scanner.limits import Budget, Limits
from scanner.model import Document, Segment
from scanner.reveal import in_segment

MEMBERS = "INSERT INTO members (id, name) VALUES (1, '佐藤 春子'), (2, '山田 太郎');\n"


def document(content: bytes, name: str) -> Document:
    return Document(address=name, path=name, name=name, size=len(content), opener=lambda: io.BytesIO(content))


def read(text: str) -> list[Segment]:
    content = text.encode()
    pieces = sql.read(document(content, "x.sql"), Budget(Limits(), len(content)))
    return [piece for piece in pieces if isinstance(piece, Segment)]


def grids(text: str) -> dict[str, list[list[str]]]:
    """The rows of each table."""
    found: dict[str, list[list[str]]] = {}
    for segment in read(text):
        for row in segment.table.rows if segment.table else ():
            cells = [segment.text[cell.start : cell.end] for cell in row.cells]
            found.setdefault(segment.table.name if segment.table else "", []).append(cells)
    return found


def plain(text: str) -> str:
    return "".join(segment.text[segment.lead :] for segment in read(text) if segment.table is None)


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        ("(1, 'a', NULL)", ["1", "a", "NULL"]),
        ("(-1.5,'',x'ff')", ["-1.5", "", "ff"]),
        ("('it''s','b')", ["it''s", "b"]),
        ("(N'氏', E'a\\nb', _utf8mb4'c')", ["氏", "a\\nb", "c"]),
        ('("double ""q""", 2)', ['double ""q""', "2"]),
        ("('a (b), c', ';')", ["a (b), c", ";"]),
        ("('1990-01-02'::date, TO_DATE('1990-01-02', 'YYYY-MM-DD'))", ["1990-01-02", "1990-01-02"]),
        ("(now(), concat('1a', f(2, 3)))", ["now()", "concat('1a', f(2, 3))"]),
        ("( 'a'\n,\n'b' )", ["a", "b"]),
        ("(1 /* ), ' */, 2 -- it's\n, 3)", ["1 /* ), ' */", "2 -- it's", "3"]),
    ],
)
def test_each_value_is_a_cell_without_its_quotes(values: str, cells: list[str]) -> None:
    assert grids(f"INSERT INTO t VALUES {values};") == {"t": [cells]}


def test_the_columns_of_a_statement_head_its_rows() -> None:
    assert grids(MEMBERS) == {"members": [["id", "name"], ["1", "佐藤 春子"], ["2", "山田 太郎"]]}


@pytest.mark.parametrize("name", ["members", "`members`", '"members"', "[dbo].[Members]", "public . MEMBERS"])
def test_a_table_is_known_by_its_name_however_it_is_written(name: str) -> None:
    assert list(grids(MEMBERS + MEMBERS.replace("members", name))) == ["members"]


def test_a_dump_with_a_statement_for_each_row_is_one_table() -> None:
    one = "INSERT INTO t (a, b) VALUES (1, 2);\n"
    (segment,) = read(one * 50)
    assert segment.table
    assert len(segment.table.rows) == 51


def test_statements_that_name_no_columns_have_those_of_the_definition() -> None:
    dump = (
        "CREATE TABLE IF NOT EXISTS x.members (\n  id int, -- 番号\n  sn varchar(20) NOT NULL COMMENT '氏名',\n"
        "  rate decimal(3,1) DEFAULT '1,5',\n  PRIMARY KEY (id)\n);\nINSERT INTO members VALUES (1, '佐藤 春子', 0);\n"
    )
    assert grids(dump)["members"] == [["番号", "氏名", "rate"], ["1", "佐藤 春子", "0"]]
    assert "COMMENT '氏名'" in plain(dump)


def test_rows_of_a_copy_end_at_its_dot() -> None:
    dump = "COPY public.t (id, name) FROM stdin;\n1\t佐藤 春子\n2\t\\N\n\\.\n連絡先 090-1111-2222\n"
    assert grids(dump) == {"t": [["id", "name"], ["1", "佐藤 春子"], ["2", "\\N"]]}
    assert plain(dump).strip() == "連絡先 090-1111-2222"


def test_a_backslash_escapes_a_quote_only_where_the_row_does_not_go_on_after_it() -> None:
    assert grids(r"INSERT INTO t VALUES ('C:\', 'it\'s');") == {"t": [["C:\\", "it\\'s"]]}
    assert grids(r"INSERT INTO `t` VALUES ('it\', not', 'b');") == {"t": [["it\\', not", "b"]]}


def test_a_name_in_a_dump_is_found_by_its_column_and_at_its_place() -> None:
    dump = "-- 名簿\nINSERT INTO m (id, `氏名`, `生年月日`) VALUES (1, '高橋 一郎', NULL);\n"
    (match,) = [match for segment in read(dump) for match in in_segment(segment)]
    assert (match.value, match.header, match.place.line) == ("高橋 一郎", "氏名", 2)
    assert dump[match.start : match.end] == "高橋 一郎"


def test_columns_of_a_definition_name_values_but_are_no_findings_themselves() -> None:
    dump = "CREATE TABLE m (no int, name text, mail text);\nINSERT INTO m VALUES (1, '高橋 一郎', 'i@example.jp');\n"
    matches = [match for segment in read(dump) for match in in_segment(segment)]
    assert [dump[match.start : match.end] for match in matches if match.header == "name"] == ["高橋 一郎"]


# --- what is no row ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE t SET tel = '090-1111-2222';",
        "INSERT INTO t SELECT '090-1111-2222';",
        "INSERT INTO t VALUES ('090-1111-2222",
        "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE tel = '090-1111-2222';",
        "INSERT INTO t VALUES (1), -- 090-1111-2222\n(2);",
        "INSERT INTO t VALUES (1) /* 090-1111-2222 */;",
        "CREATE TABLE t (a text DEFAULT '090-1111-2222');",
        "CREATE TABLE t (a text DEFAULT '090-1111-2222",
    ],
)
def test_everything_else_stays_text(text: str) -> None:
    assert "090-1111-2222" in plain(text)


def test_rows_after_one_that_was_not_understood_are_rows_again() -> None:
    dump = "INSERT INTO t VALUES (1, 'a'), (2, '" + "x" * sql.MAX_ROW + "'), (3, 'c');\n"
    assert grids(dump) == {"t": [["1", "a"], ["3", "c"]]}
    assert plain(dump).count("x") == sql.MAX_ROW


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.sql", "select 1", "sql"),
        ("a.txt", f"-- dump\n{MEMBERS}", "sql"),
        ("a.txt", f"やること\n{MEMBERS}", "text"),
        ("a.py", f'# x\nq = """{MEMBERS}"""\n', "text"),
        ("a.html", f"<html><body><pre>{MEMBERS}</pre></body></html>", "html"),
    ],
)
def test_a_dump_is_told_by_its_name_or_its_beginning(name: str, text: str, form: str) -> None:
    assert form == pick(document(text.encode(), name)).NAME


# --- seams and hostile input ------------------------------------------------------------------------------------------

FRAGMENTS = (
    "INSERT INTO t (a, `b`) VALUES ", "(1, 'x')", "('y', 2)", ", ", ";\n", "INSERT INTO u VALUES ", "-- it's\n",
    "/* a */", "CREATE TABLE t (a int, b text);\n", "COPY t (a) FROM stdin;\n", "1\t2\n", "\\.\n", "'", '"', "(", ")",
    "\\", "word ", "INTO ", "CREATE TABLE v (", "/*", "  \n", "x" * 70,
)  # fmt: skip


def words(segments: Sequence[Segment]) -> str:
    """All that can be searched: text, cells, and in tables what is neither."""
    return "".join(re.findall(r"\w", "".join(segment.text[segment.lead :] for segment in segments)))


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40), st.integers(20, 200))
def test_nothing_is_skipped_or_given_twice_wherever_blocks_end(fragments: list[str], size: int) -> None:
    text = "".join(fragments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "_BLOCK", size)
        patch.setattr(sql, "MAX_ROW", 100)
        segments = read(text)
    assert words(segments) == "".join(re.findall(r"\w", text))
    for segment in segments:
        place = segment.origin.place(segment, segment.lead, len(segment.text))
        assert text[place.start : place.end] == segment.text[segment.lead :]
        assert place.line == text.count("\n", 0, place.start) + 1
        cells = [cell for row in segment.table.rows for cell in row.cells] if segment.table else []
        assert all(0 <= cell.start <= cell.end <= len(segment.text) for cell in cells)
        assert all(one.end <= two.start for one, two in pairwise(cells))


@given(st.integers(20, 400))
def test_rows_are_the_same_wherever_blocks_end(size: int) -> None:
    dump = (
        "CREATE TABLE t (a int, b text);\n" + "INSERT INTO t VALUES " + ", ".join(f"({n}, 'v{n}')" for n in range(60))
    )
    whole = grids(dump + ";\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "_BLOCK", size)
        assert grids(dump + ";\n") == whole


@pytest.mark.parametrize(
    "unit",
    [
        "INSERT INTO t VALUES ('", "INSERT INTO t VALUES (", "INSERT INTO t (a,", "INTO a(`INTO b(`,",
        "CREATE TABLE a(", "CREATE TABLE a(b int);", "/*", "INSERT INTO t VALUES (1),/*", "),(", "('",
        "INSERT INTO a VALUES(1);INTO b VALUES(1);", "INTO ", "INSERT INTO IGNORE ", "COPY t FROM stdin;\n", "a,",
        "\\'", "(1,(", "INSERT INTO t VALUES (a    ",
    ],
)  # fmt: skip
def test_a_hostile_script_is_read_to_its_end(unit: str) -> None:
    text = "INSERT INTO t VALUES " + unit * (300_000 // len(unit))
    assert words(read(text)) == "".join(re.findall(r"\w", text))
