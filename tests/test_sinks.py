"""What people and programs see of a report. Reports are built by hand; the people in them are invented."""

import io
import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from scanner.ledger import Ledger
from scanner.model import DocumentResult, Finding, Persons, Problem, Violation, Volume
from scanner.origin import Place
from scanner.report import Report, TypeTotal, moment, worst_document, worst_violation
from scanner.sinks import SINKS, terminal
from scanner.sinks import json as json_sink
from scanner.sinks.page import shorten
from scanner.sinks.progress import Progress

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DISK = Volume(identity="4a1b-77c0", volume_class="fixed", mount="C:\\")
STICK = Volume(identity="9f02-11ee", volume_class="removable", mount="E:\\")
HOME = "C:\\Users\\taro\\Documents\\就労支援"


def finding(kind, count, *, confidence="high", masked=(), places=(), omitted=0):
    return Finding(
        rule=f"jp.{kind}",
        type=kind,
        confidence=confidence,
        count=count,
        distinct=count,
        masked=tuple(masked),
        places=tuple(places),
        places_omitted=omitted,
    )


def document(address, *findings, path=None, persons=None, modified=1_763_000_000.0):
    return DocumentResult(
        address=address,
        path=path or address.partition("!")[0],
        format="xlsx",
        encoding=None,
        size=48_128,
        modified=modified,
        persons=persons or Persons(best=41, low=38, high=60),
        findings=findings,
    )


def violation(address, severity="high", *, clause="no-local-storage", types=("person_name",), persons=41):
    message = "個人データをこのパソコンに保存しないでください。"
    return Violation(
        clause=clause, severity=severity, address=address, types=tuple(types), persons=persons, message=message
    )


def ledger(*, read=12_000, unchanged=3_000, not_read=(), excluded=(("program", 2_000),)):
    book = Ledger()
    for state, number in (("read", read), ("unchanged", unchanged)):
        for _ in range(number):
            book.add(state, 65_431)
    for kind, number in not_read:
        for _ in range(number):
            book.add("not_read", 1_000_003, kind)
    for reason, number in excluded:
        for _ in range(number):
            book.add("excluded", 2_048, reason)
    return book


def report(**changes):
    fields = {
        "version": "0.1.0",
        "run_id": "0123456789abcdef0123456789abcdef",
        "started": START,
        "finished": START + timedelta(seconds=42.5),
        "host": "PC-017",
        "sources": ("C:\\Users\\taro", "E:\\"),
        "rules_digest": "5f0c2d9e8b7a6f5e",
        "policy_name": "standard",
        "policy_digest": "aa11bb22cc33",
        "complete": True,
        "ledger": ledger(),
        "persons": Persons(),
        "by_type": {},
        "volume_of": {},
    }
    return Report(**{**fields, **changes})


def roster():
    """The list of a job-support programme: what a violation looks like in ordinary work."""
    address = f"{HOME}\\支援対象者一覧.xlsx"
    places = [Place(sheet="名簿", cell=f"C{row}") for row in range(2, 12)]
    return document(
        address,
        finding("person_name", 812, masked=("山田 ●●", "NGUYEN ●●●"), places=places, omitted=802),
        finding("residence_status", 790, places=[Place(sheet="名簿", cell="G2")], omitted=789),
        finding("nationality", 805),
        finding("japanese_level", 640, confidence="medium"),
        finding("my_number", 12, masked=("1234********",), places=[Place(sheet="名簿", cell="M7")], omitted=11),
        finding("phone_number", 801, masked=("090-****-**12",)),
        finding("email_address", 777),
        persons=Persons(best=812, low=801, high=820),
    )


def violated():
    first = roster()
    second = document(
        f"{HOME}\\旧データ.zip!2024/申請者.csv", finding("person_name", 41, places=[Place(line=3, row=3)])
    )
    third = document(
        "E:\\持出\\検診結果.pdf",
        finding("medical_info", 3, places=[Place(page=2)]),
        persons=Persons(best=3, low=3, high=3),
    )
    fourth = document(
        "C:\\Users\\taro\\Desktop\\連絡先.txt",
        finding("phone_number", 2, confidence="medium"),
        persons=Persons(best=2, low=1, high=2),
    )
    weak = document(
        "C:\\Users\\taro\\Desktop\\memo.txt", finding("postal_code", 1, confidence="low"), persons=Persons()
    )
    return report(
        complete=False,
        ledger=ledger(
            not_read=(("encrypted", 3), ("denied", 1)),
            excluded=(("program", 2_000), ("image", 310), ("link", 4)),
        ),
        documents=(first, second, third, fourth, weak),
        persons=Persons(best=856, low=840, high=885),
        by_type={"person_name": TypeTotal(count=853, distinct=850, documents=2)},
        volume_of={**{one.path: DISK for one in (first, second, fourth, weak)}, third.path: STICK},
        violations=(
            violation(
                first.address,
                "critical",
                types=("my_number", "residence_status", "nationality", "japanese_level"),
                persons=812,
            ),
            violation(third.address, "critical", clause="no-external-media", types=("medical_info",), persons=3),
            violation(second.address, "high"),
        ),
        problems=(
            Problem(address=f"{HOME}\\給与.zip!一覧.xlsx", kind="encrypted", detail="needs a password", size=1),
            Problem(address="C:\\Users\\hanako", kind="denied", detail="access denied", size=0),
            Problem(address=f"{HOME}\\申請書.pdf", kind="corrupt", detail="page 3 is damaged", size=9),
        ),
    )  # fmt: skip


class Console(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self):
        return True


def render(one, **options):
    stream = io.StringIO()
    terminal.write(one, stream, **{"lang": "ja", "width": 100, **options})
    return stream.getvalue()


SITUATIONS = {
    "clean": lambda: report(),
    "violations": violated,
    "incomplete": lambda: report(
        complete=False,
        ledger=ledger(not_read=(("encrypted", 2),)),
        problems=(Problem(address=f"{HOME}\\a.zip", kind="encrypted", detail="needs a password", size=3),),
    ),
    "interrupted": lambda: report(complete=False, interrupted=True),
    "empty": lambda: report(ledger=Ledger(), finished=START),
}
EVERY = pytest.mark.parametrize("situation", SITUATIONS)
NASTY = "[red]x[/red]\x1b[2J\r\n\t\u202egpj.exe\u200d\x00\x9b[31m\udcff 𠮷田.xlsx"


# --- the report for people --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "ja", "en"),
    [
        ("clean", "違反はありません", "No violation"),
        ("violations", "違反 3件（重大 2件、高 1件）", "3 violations of the policy (2 critical, 1 high)"),
        ("incomplete", "調べ残しがあります", "Incomplete"),
        ("interrupted", "途中で止めました", "Interrupted"),
    ],
)
def test_the_verdict_stands_in_the_first_lines(situation, ja, en):
    one = SITUATIONS[situation]()
    assert ja in "".join(render(one).splitlines()[:2])
    assert en in "".join(render(one, lang="en").splitlines()[:2])


def test_the_verdict_says_how_many_people_and_why_the_kinds_weigh():
    head = render(violated()).partition("\n\n")[0]
    assert "約856人分（840～885人）" in head
    assert "番号法29条の4" in head
    assert "要配慮個人情報" in head
    assert "在留資格、国籍・地域、日本語能力: " in head
    assert head.index("マイナンバー") < head.index("健康・医療") < head.index("在留資格")


def test_more_than_a_thousand_people_are_pointed_out_with_the_article():
    one = violated()
    assert "1,000人を超えて" not in render(one)
    many = replace(one, persons=Persons(best=1_001, low=900, high=1_100))
    assert "1,000人を超えています。" in render(many, width=200)
    assert "施行規則7条4号" in render(many, width=200)
    assert "1,000人" not in render(report(documents=(roster(),), persons=Persons(best=5_000, low=1, high=9_000)))


def test_what_could_not_be_read_is_in_the_verdict_even_beside_violations():
    assert "5件は、全部または一部を読めていません" in render(violated()).partition("\n\n")[0]


@EVERY
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sum_of_the_ledger_is_printed_and_adds_up(situation, lang):
    one = SITUATIONS[situation]()
    page = render(one, lang=lang)
    rows = re.findall(r"^  (\S.*?) +([\d,]+)件? +([\d,]+) (?:bytes|バイト)$", page, re.MULTILINE)
    assert len(rows) == 5
    for column in (1, 2):
        *parts, total = [int(row[column].replace(",", "")) for row in rows]
        assert sum(parts) == total
    assert int(rows[-1][1].replace(",", "")) == one.ledger.entries["total"]


def test_a_ledger_that_does_not_add_up_is_never_printed():
    book = ledger()
    book.entries["read"] += 1
    with pytest.raises(AssertionError):
        render(report(ledger=book))
    with pytest.raises(AssertionError):
        report(ledger=book).to_dict()


@EVERY
@pytest.mark.parametrize("width", [20, 40, 80, 100, 200])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_line_is_wider_than_the_page(situation, width, lang):
    lines = render(SITUATIONS[situation](), width=width, lang=lang).splitlines()
    assert max(map(cell_len, lines)) <= width


@given(st.text(max_size=200), st.integers(20, 120), st.sampled_from(["ja", "en"]))
def test_no_name_makes_a_line_too_wide_or_reaches_the_terminal_raw(name, width, lang):
    found = document(f"/home/taro/{name}", finding("my_number", 1), path=f"/home/taro/{name}")
    one = report(documents=(found,), violations=(violation(found.address),), volume_of={found.path: DISK})
    page = render(one, lang=lang, width=width)
    assert max(map(cell_len, page.split("\n"))) <= width
    assert all(c.isprintable() or c in "\n\u3000" for c in page)


def test_hostile_names_are_shown_escaped_and_not_obeyed():
    found = document(f"/mnt/{NASTY}", finding("my_number", 1), path=f"/mnt/{NASTY}")
    unread = Problem(address=f"/mnt/{NASTY}.zip", kind="corrupt", detail="damaged", size=1)
    one = violated()
    one = replace(
        one,
        sources=(NASTY,),
        documents=(found,),
        violations=(replace(violation(found.address), message=NASTY),),
        problems=(unread,),
    )
    for color in (False, True):
        page = render(one, color=color, width=200)
        assert "[red]x[/red]\\x1b[2J\\x0d\\x0a\\x09\\u202egpj.exe\\u200d\\x00\\x9b[31m\\udcff" in page
        assert not set("\x00\x07\r\t\x9b\u202e\u200d\udcff") & set(page)
        assert "\x1b[2J" not in page
    page.encode("utf-8")


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "cp1252", "euc_jp", "utf-8"])
@pytest.mark.parametrize("color", [False, True])
def test_a_console_that_lacks_characters_still_gets_the_whole_report(encoding, color):
    found = document("E:\\髙橋𠮷男😀.xlsx", finding("my_number", 1, masked=("１２●…",)))
    one = replace(violated(), documents=(found,), violations=(violation(found.address),))
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    terminal.write(one, stream, lang="ja", color=color, width=100)
    stream.flush()
    page = raw.getvalue().decode(encoding)
    japanese = encoding in {"cp932", "euc_jp", "utf-8"}
    assert ("違反 3件" in page or "違反 1件" in page) if japanese else "1 violation" in page
    assert ("\\U00020bb7" in page) == (encoding != "utf-8")


def test_a_pipe_gets_no_colours_and_a_hundred_columns(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    stream = io.StringIO()
    terminal.write(violated(), stream, lang="ja")
    assert "\x1b" not in stream.getvalue()
    assert max(map(cell_len, stream.getvalue().splitlines())) == 100


@pytest.mark.parametrize(("columns", "width"), [("72", 72), ("nonsense", 100), ("", 100)])
def test_a_pipe_is_as_wide_as_columns_says(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    stream = io.StringIO()
    terminal.write(violated(), stream, lang="en")
    assert cell_len(stream.getvalue().splitlines()[0]) == width


def test_a_terminal_gets_colours_unless_no_color_is_set(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Console()
    terminal.write(violated(), stream, lang="ja")
    assert "\x1b[" in stream.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Console()
    terminal.write(violated(), stream, lang="ja")
    assert "\x1b" not in stream.getvalue()


def test_violations_come_worst_first_under_their_folder_with_the_medium():
    page = render(violated())
    assert page.index(f"{HOME}\\  [内蔵ディスク]") < page.index("E:\\持出\\  [USBメモリなどの外部媒体]")
    assert page.count(f"{HOME}\\  [") == 1
    assert page.index("支援対象者一覧.xlsx") < page.index("旧データ.zip!2024/申請者.csv") < page.index("検診結果.pdf")
    assert "マイナンバー（個人番号） 12件（確度高）  1234********  名簿!M7, ほか11か所" in page


def test_a_document_that_breaks_two_clauses_is_described_once():
    found = roster()
    both = (violation(found.address, "critical"), violation(found.address, "low", clause="retention"))
    page = render(report(documents=(found,), violations=both))
    assert page.count("支援対象者一覧.xlsx") == 1
    assert "no-local-storage: " in page
    assert "retention: " in page


def test_a_violation_without_a_kept_document_still_names_folder_file_and_types():
    lone = violation("/srv/share/台帳.zip!a.csv", types=("my_number",), persons=7)
    page = render(report(violations=(lone,)))
    assert "\n/srv/share/\n" in page
    assert "台帳.zip!a.csv  約7人分" in page
    assert "      マイナンバー（個人番号）\n" in page


def test_findings_that_break_no_rule_are_one_line_each_and_weak_ones_a_number():
    page = render(violated())
    assert "C:\\Users\\taro\\Desktop\\連絡先.txt  約2人分（1～2人）  電話番号\n" in page
    assert "memo.txt" not in page
    assert "確度の低い手がかりだけのファイルが1件" in page


def test_no_document_is_called_innocent_when_violations_were_left_off_the_list():
    one = replace(violated(), violations_omitted=1)
    assert "違反ではないが" in render(violated())
    assert "違反ではないが" not in render(one)


def test_ten_thousand_violations_make_a_short_report_that_says_so():
    found = tuple(document(f"D:\\a\\{n}.csv", finding("person_name", 5)) for n in range(10_000))
    one = report(documents=found, violations=tuple(violation(d.address) for d in found), violations_omitted=55)
    page = render(one)
    assert "違反 10,055件" in page
    assert len(page.splitlines()) < 120
    assert "ほか9,980件は --format json で確認できます" in page
    assert "さらに55件あります" in page
    assert page.count(".csv  ") == 20
    assert render(one, most=None).count(".csv  ") == 10_000


def test_what_was_not_read_has_its_reason_examples_and_something_to_do():
    page = render(violated())
    assert "暗号化・パスワード付き  3件\n    → 開ける担当者に" in page
    assert "給与.zip!一覧.xlsx\n      ほか2件" in page
    assert "壊れている  1件（一部だけ）" in page
    assert "画像（文字認識なし） 310件" in page


def test_what_to_do_is_at_most_four_things_and_fits_what_was_found():
    numbers = re.findall(r"^  (\d)\. ", render(violated()), re.MULTILINE)
    assert numbers == ["1", "2", "3", "4"]
    assert "外部媒体は" in render(violated())
    assert "次にすること" not in render(report())
    assert "service install" not in render(SITUATIONS["interrupted"]())
    assert "もう一度実行" in render(SITUATIONS["interrupted"]())


@EVERY
def test_the_words_for_a_violation_never_call_it_a_leak(situation):
    page = render(SITUATIONS[situation]()).replace("漏えい等の報告", "") + render(SITUATIONS[situation](), lang="en")
    assert "漏" not in page
    assert "leak" not in page.lower()


def test_paths_stay_whole_on_a_wide_page_and_keep_both_ends_on_a_narrow_one():
    found = document(
        "C:\\Users\\taro\\Documents\\とても長いフォルダの名前がここにある\\さらに深い場所\\一覧.xlsx",
        finding("address", 1),
    )
    one = report(documents=(found,))
    assert found.address in render(one, width=200)
    assert re.search(r"C:\\U.*….*一覧\.xlsx", render(one, width=40))


@given(st.text(max_size=60), st.integers(4, 60))
def test_a_shortened_path_fits_and_a_short_one_is_left_alone(path, room):
    short = shorten(path, room, "…")
    assert short == path or sum(map(cell_len, short)) <= room
    if sum(map(cell_len, path)) <= room:
        assert cell_len(short) <= room


# --- the JSON report --------------------------------------------------------------------------------------------------


def test_the_json_report_has_the_shape_other_programs_rely_on():
    raw = io.BytesIO()
    json_sink.write(violated(), raw)
    record = json.loads(raw.getvalue().decode("utf-8"))
    assert record["schema"] == "nokosanai.report/1"
    run = {
        "id",
        "version",
        "started",
        "finished",
        "host",
        "sources",
        "rules_digest",
        "policy",
        "complete",
        "interrupted",
    }
    assert run <= record["run"].keys()
    assert record["run"]["policy"] == {"name": "standard", "digest": "aa11bb22cc33"}
    states = {"total", "read", "unchanged", "not_read", "excluded"}
    assert record["ledger"]["entries"].keys() == states
    assert record["ledger"]["bytes"].keys() == states
    assert record["ledger"]["not_read_by_kind"] == {"denied": 1, "encrypted": 3}
    assert record["ledger"]["excluded_by_reason"] == {"image": 310, "link": 4, "program": 2000}
    first = record["documents"][0]
    keys = {
        "address",
        "path",
        "volume",
        "volume_class",
        "format",
        "encoding",
        "size",
        "modified",
        "persons",
        "findings",
    }
    assert keys <= first.keys()
    assert (first["volume"], first["volume_class"]) == ("4a1b-77c0", "fixed")
    assert first["persons"] == {"best": 812, "low": 801, "high": 820}
    keys = {"rule", "type", "confidence", "count", "distinct", "masked", "places", "places_omitted"}
    assert keys <= first["findings"][0].keys()
    assert first["findings"][0]["places"][0] == {"sheet": "名簿", "cell": "C2"}
    assert {"address", "kind", "detail", "size"} <= record["problems"][0].keys()
    assert {"clause", "severity", "address", "types", "persons", "message"} <= record["violations"][0].keys()
    assert record["totals"]["documents"] == 5
    assert record["totals"]["violations"] == 3
    assert record["totals"]["persons"] == {"best": 856, "low": 840, "high": 885}
    assert record["totals"]["by_type"] == {"person_name": {"count": 853, "distinct": 850, "documents": 2}}


@EVERY
def test_the_json_on_paper_is_the_record(situation):
    one = SITUATIONS[situation]()
    raw = io.BytesIO()
    SINKS["json"](one, raw, "ja")
    assert json.loads(raw.getvalue()) == one.to_dict()


def test_a_line_of_the_json_is_one_document_problem_or_violation():
    raw = io.BytesIO()
    json_sink.write(violated(), raw)
    assert sum(line.startswith('{"address"') for line in raw.getvalue().decode().splitlines()) == 5 + 3


def test_a_file_name_that_is_no_text_does_not_break_the_json():
    bad = f"/mnt/{NASTY}"
    one = report(sources=(bad,), documents=(document(bad, finding("address", 1), path=bad),))
    raw = io.BytesIO()
    json_sink.write(one, raw)
    record = json.loads(raw.getvalue().decode("utf-8"))
    assert record["documents"][0]["path"] == bad.replace("\udcff", "\\udcff")


def test_what_was_left_off_is_counted_in_the_totals():
    totals = replace(violated(), documents_omitted=7, violations_omitted=9).to_dict()
    assert totals["totals"]["documents"] == 12
    assert totals["totals"]["violations"] == 12
    assert (totals["documents_omitted"], totals["violations_omitted"], totals["problems_omitted"]) == (7, 9, 0)


def test_a_document_of_an_unknown_volume_says_so():
    one = report(documents=(roster(),)).to_dict()["documents"][0]
    assert (one["volume"], one["volume_class"]) == (None, "unknown")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1e18, 1e18, None])
def test_a_time_no_calendar_holds_is_left_out(odd):
    assert moment(odd) is None


def test_times_before_1970_and_after_2038_are_written_in_utc():
    assert moment(-86_400.0) == "1969-12-31T00:00:00+00:00"
    assert moment(4_102_444_800.0) == "2100-01-01T00:00:00+00:00"


# --- the record -------------------------------------------------------------------------------------------------------


def test_the_exit_code_says_what_happened():
    assert report().exit_code == 0
    assert violated().exit_code == 1
    assert SITUATIONS["incomplete"]().exit_code == 3
    assert SITUATIONS["interrupted"]().exit_code == 130
    assert replace(violated(), interrupted=True).exit_code == 130
    assert report(violations_omitted=1).exit_code == 1


def test_worst_first_is_severity_before_persons_and_persons_before_counts():
    many, grave, few = (
        violation("a", "low", persons=900),
        violation("b", "critical", persons=1),
        violation("c", "low", persons=2),
    )
    assert sorted((few, many, grave), key=worst_violation) == [grave, many, few]
    crowd = document("a", finding("address", 1), persons=Persons(best=9))
    heap = document("b", finding("address", 99), persons=Persons(best=1))
    bit = document("c", finding("address", 2), persons=Persons(best=1))
    assert sorted((bit, heap, crowd), key=worst_document) == [crowd, heap, bit]


def test_the_terminal_report_goes_into_a_file_in_utf_8_without_colours():
    raw = io.BytesIO()
    SINKS["terminal"](violated(), raw, "ja")
    assert "違反 3件" in raw.getvalue().decode("utf-8")
    assert b"\x1b" not in raw.getvalue()
    assert b"\r" not in raw.getvalue()
    assert not raw.closed


# --- progress ---------------------------------------------------------------------------------------------------------


def draw(stream, *calls, lang="ja", step=10.0):
    times = iter(range(1_000))
    with Progress(stream, lang=lang, clock=lambda: next(times) * step) as progress:
        for call in calls:
            progress.update(*call, folder="C:\\Users\\taro\\Documents\\就労支援\\2026年度\x1b[2J")
    return stream.getvalue()


def test_progress_says_nothing_where_nobody_watches():
    assert draw(io.StringIO(), (1, 1, None, None, 0)) == ""


def test_progress_says_how_far_how_fast_how_long_and_what_was_found(monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    drawn = draw(Console(), (500, 50_000_000, 1_000, 200_000_000, 2))
    for part in ("違反 2件", "25%", "500/1,000件", "50.0 MB", "5.0 MB/秒", "50件/秒", "残り 30.0秒", "就労支援"):
        assert part in drawn
    assert "\x1b[2J" not in drawn
    english = draw(Console(), (500, 50_000_000, None, None, 1), lang="en")
    assert "1 violation\x1b" in english
    assert "500 files" in english
    assert "left" not in english


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_progress_line_never_wraps(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    drawn = draw(Console(), (500_000, 50_000_000_000, 1_000_000, 200_000_000_000, 1_234))
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn).replace("\r", "\n").split("\n")
    assert max(map(cell_len, lines)) <= columns
    assert any("違反 1,234件" in line for line in lines)


def test_progress_is_drawn_at_once_and_goes_on_while_no_result_comes():
    stream, asked, enough = Console(), [], threading.Event()

    def state():
        asked.append(len(asked))
        if len(asked) > 3:
            enough.set()
        return len(asked), 0, None, None, 7

    with Progress(stream, lang="en", state=state):
        assert enough.wait(60)
    assert "7 violations" in stream.getvalue()
    assert "1 file" in stream.getvalue()
    assert "3 files" in stream.getvalue()


def test_progress_is_not_redrawn_for_every_file():
    drawn = draw(Console(), *((n, n, None, None, 0) for n in range(500)), step=0.001)
    assert drawn.count("0件") < 5


@pytest.mark.parametrize("form", ["terminal", "html", "csv", "json", "jsonl", "sarif"])
def test_what_must_not_be_overlooked_stands_in_every_form_of_the_report(form: str) -> None:
    sentence = "exceptions.jsonl: exceptions not honoured"
    stream = io.BytesIO()
    SINKS[form](report(warnings=(sentence,)), stream, "en")
    assert sentence in stream.getvalue().decode("utf-8-sig")
