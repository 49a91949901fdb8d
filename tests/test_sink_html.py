"""The page, in a real browser: what it shows, how it sorts and searches, and that nothing in it does any harm."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from scanner.sinks import SINKS
from tests.browser import Browser, browser, executable
from tests.full_report import full, hostile, many
from tests.test_sinks import SITUATIONS, violated

NO_BROWSER = executable() is None
pytestmark = [pytest.mark.posix, pytest.mark.skipif(NO_BROWSER, reason="no Chromium on this machine")]

CONTRAST = """(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const c = channels(getComputedStyle(at).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const said = walker.currentNode.data.trim();
    if (!said || !node.checkVisibility() || node.closest('script, style, noscript, svg, .hidden')) continue;
    seen += 1;
    const style = getComputedStyle(node);
    const [a, b] = [light(channels(style.color)), light(behind(node))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) poor.add(`${said.slice(0, 20)}: ${style.color}`);
  }
  return [seen, [...poor]];
})()"""


def page(report, lang: str = "ja") -> bytes:
    raw = io.BytesIO()
    SINKS["html"](report, raw, lang)
    return raw.getvalue()


@pytest.fixture(scope="module")
def chromium():
    with browser() as one:
        yield one


@pytest.fixture
def show(chromium: Browser, tmp_path: Path):
    """Opens the page of a report; afterwards nothing was said on the console and nothing asked of the network."""
    pages = []

    def opened(report, lang: str = "ja", **how) -> Browser:
        path = tmp_path / "report.html"
        path.write_bytes(page(report, lang))
        chromium.open(path, **how)
        pages.append(path.as_uri())
        return chromium

    yield opened
    assert chromium.console == []
    assert set(chromium.requests) <= set(pages)


def text(chromium: Browser, selector: str) -> str:
    return str(chromium.run(f"document.querySelector({json.dumps(selector)}).innerText"))


def column(chromium: Browser, table: str, place: int) -> list[str]:
    """The visible cells of a column."""
    script = (
        f"[...document.querySelectorAll('#{table} tbody tr:not(.gap)')].map((row) => row.children[{place}].innerText)"
    )
    return list(chromium.run(script))


def click(chromium: Browser, selector: str) -> None:
    chromium.run(f"document.querySelector({json.dumps(selector)}).click()")


def search(chromium: Browser, query: str) -> None:
    chromium.run(
        "{ const box = document.querySelector('#documents input'); "
        f"box.value = {json.dumps(query)}; box.dispatchEvent(new Event('input')); }}"
    )
    chromium.wait(f"tables.get('documents').query === folded({json.dumps(query)}.trim())")


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_report_becomes_a_page_in_its_language(situation, lang, show):
    one = show(SITUATIONS[situation](), lang)
    assert one.run("document.documentElement.lang") == lang
    assert one.run("document.querySelectorAll('h1').length") == 1
    assert "undefined" not in text(one, "body")
    assert "null" not in text(one, "body")
    assert not re.search(r"\{\w+\}", text(one, "body"))


def test_the_verdict_comes_first_with_people_and_reasons(show):
    one = show(full())
    assert text(one, "main h1") == "違反 2件（重大 2件）"
    assert "約856人分（840～885人）" in text(one, ".verdict")
    assert "ほかに例外として承認済みの違反が1件" in text(one, ".verdict")
    assert "番号法29条の4" in text(one, ".verdict")
    assert one.run("document.querySelector('main').firstElementChild.className") == "verdict"


def test_the_gauge_names_conditions_certainty_deadlines_and_what_mitigates(show):
    said = text(show(full(), "en"), "#gauge")
    for part in (
        "special-care data",
        "met",
        "2026-11-24 - 2026-11-26",
        "2026-12-21",
        "2027-01-20",
        "PC-017",
        "APPI art. 26",
    ):
        assert part in said
    assert "the disk is encrypted" in said
    assert "no report" not in said.lower()
    assert column(show(full(), "en"), "gauges", 2) == ["likely", "possible"]


def test_what_changed_since_last_time_is_counted_and_what_is_gone_is_listed(show):
    one = show(full(), "en")
    assert [part for part in text(one, "#since .chips").split("\n") if part] == [
        "1 new", "1 changed", "1 moved", "2 still there", "1 gone",
    ]  # fmt: skip
    assert "相談記録.docx" in column(one, "gone", 0)[0]
    click(one, ".chip[data-life=new]")
    assert ["検診結果.pdf" in name for name in column(one, "documents", 0)] == [True]


def test_exceptions_about_to_end_and_retention_overdue_stand_out(show):
    one = show(full(), "en")
    assert column(one, "exceptions", 4) == ["9 days left", "2 days over"]
    assert column(one, "retention", 2) == ["51 days over", "20 days left"]


def test_what_was_not_examined_has_its_reason_and_the_ledger_adds_up(show):
    one = show(full(), "en")
    assert "encrypted or password-protected" in text(one, "#unread")
    rows = one.run("[...document.querySelectorAll('.ledger tbody tr')].map((row) => row.children[1].innerText)")
    *parts, total = [int(row.replace(",", "")) for row in rows]
    assert sum(parts) == total == full().ledger.entries["total"]


def test_what_the_lists_leave_out_is_said(show):
    one = show(replace(full(), documents_omitted=4_321, problems_omitted=77), "en")
    assert "4,321 more" in text(one, "#found")
    assert "77 more" in text(one, "#unread")


def test_a_violation_without_a_listed_document_is_on_the_page(show):
    one = show(replace(violated(), documents=()), "en")
    assert len(column(one, "others", 0)) == 3


def test_bars_are_as_long_as_their_numbers(show):
    widths = show(full()).run("[...document.querySelectorAll('.bars')][1].querySelectorAll('.fill').length")
    assert widths == 4
    lengths = show(full()).run("[...document.querySelectorAll('.bars')][0].querySelectorAll('.fill')[0].style.width")
    assert lengths == "100%"


def test_the_trend_is_drawn_and_can_be_read_as_a_table(show):
    one = show(full(), "en")
    assert one.run("document.querySelectorAll('#trend svg .dot').length") == 14
    assert one.run("document.querySelectorAll('#trend svg .open').length") == 2
    assert "1,140" in one.run("document.querySelector('#trend svg').getAttribute('aria-label')")
    assert one.run("document.querySelectorAll('#trend table tbody tr:not(.gap)').length") == 7


def test_a_document_opens_with_its_findings_and_closes_by_the_keyboard(show):
    one = show(full(), "en")
    one.run("document.querySelector('#documents button.name').focus()")
    one.key("Enter", 13)
    assert one.run("document.getElementById('detail').open") is True
    said = text(one, "#detail")
    for part in ("支援対象者一覧.xlsx", "My Number", "1234********", "名簿!M7", "no-local-storage", "801-820"):
        assert part in said
    one.key("Escape", 27)
    assert one.run("document.getElementById('detail').open") is False
    assert one.run("document.activeElement.className") == "name"


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_header_sorts_by_mouse_and_keyboard_and_says_how(show):
    one = show(full())
    one.run("document.querySelector('#documents thead th:nth-child(4) button').focus()")
    one.key("Enter", 13)
    state = "document.querySelector('#documents thead th:nth-child(4)').getAttribute('aria-sort')"
    assert one.run(state) == "descending"
    assert column(one, "documents", 3) == ["812", "41", "3", "2", "0"]
    one.key("Enter", 13)
    assert one.run(state) == "ascending"
    assert column(one, "documents", 3) == ["0", "2", "3", "41", "812"]
    click(one, "#documents thead th:nth-child(1) button")
    names = column(one, "documents", 0)
    assert [name.split("\n")[1] + name.split("\n")[0] for name in names] == sorted(d.address for d in full().documents)
    assert one.run(state) == "none"


def test_fifty_thousand_rows_open_sort_search_and_filter(show):
    one = show(many(50_000), "en")
    assert one.run("document.querySelector('#documents table').getAttribute('aria-rowcount')") == "50001"
    assert one.run("document.querySelectorAll('#documents tbody tr').length") < 100
    click(one, "#documents thead th:nth-child(4) button")
    most = max(document.persons.best for document in many(50_000).documents)
    assert set(column(one, "documents", 3)) == {str(most)}
    search(one, "部署08 2019年度")
    assert text(one, "#documents .count") == "416 of 50,000 rows"
    assert all("部署08\\2019年度" in name for name in column(one, "documents", 0))
    search(one, "")
    one.run(
        "{ const s = document.querySelector('#documents select'); s.value = '4'; "
        "s.dispatchEvent(new Event('change')); }"
    )
    assert set(column(one, "documents", 1)) == {"critical"}
    assert text(one, "#documents .count") == "8,333 of 50,000 rows"
    search(one, "no such name")
    assert column(one, "documents", 0) == ["Nothing fits"]


def test_scrolling_reaches_the_last_row(show):
    one = show(many(20_000), "en")
    one.run("document.querySelector('#documents .view').scrollTop = 1e9")
    one.wait("document.querySelector('#documents tr[aria-rowindex=\"20001\"]') !== null")
    one.run("document.querySelector('#documents .view').scrollTop = 0")
    one.wait("document.querySelector('#documents tr[aria-rowindex=\"2\"]') !== null")


def test_full_width_and_capitals_do_not_matter_in_a_search(show):
    one = show(many(100), "en")
    search(one, "Ｃ：＼共有＼部署０１")
    assert 0 < len(column(one, "documents", 0)) < 50


# --- harm -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_hostile_names_are_shown_and_do_nothing(lang, show):
    one = show(hostile(), lang)
    said = text(one, "main")
    assert '<img src=x onerror="document.title=1">' in said
    assert "\\u202egpj.exe" in said
    assert "\\udcff\\ud800" in said
    for node in ("img", "iframe", "object", "main script", "main style", "link", "base"):
        assert one.run(f"document.querySelectorAll({json.dumps(node)}).length") == 0
    assert one.run("document.title") != "1"
    for place in range(8):
        one.run(f"document.querySelectorAll('#documents button.name')[{place}].click()")
        assert text(one, "#detail h2")
        one.run("document.getElementById('detail').close()")


REFUSED = {
    "a script": "const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s)",
    "a script as text": "const s = document.createElement('script'); s.append('ran = 1'); document.body.append(s)",
    "an attribute": "document.body.setAttribute('onclick', 'window.ran = 1'); document.body.click()",
    "markup": "document.body.innerHTML = '<img src=x onerror=window.ran=1>'",
    "code": "eval('window.ran = 1')",
    "a link": "location.href = 'javascript:window.ran=1'",
    "a picture": "const i = document.createElement('img'); i.src = 'https://192.0.2.1/x.png'; document.body.append(i)",
    "a frame": "const f = document.createElement('iframe'); f.src = 'https://192.0.2.1/'; document.body.append(f)",
    "a request": "fetch('https://192.0.2.1/').catch(() => 0)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_run_or_load_is_refused_by_the_page_itself(what, show, chromium):
    one = show(full())
    one.run(f"(() => {{ try {{ {REFUSED[what]} }} catch (error) {{ console.log(String(error)) }} }})()")
    one.run("new Promise((done) => setTimeout(done, 50))")
    assert one.run("typeof window.ran") == "undefined"
    assert chromium.console != []
    assert not [url for url in chromium.requests if url.startswith("http")]
    one = show(full())  # begins anew with nothing said


def test_the_file_asks_for_nothing_and_allows_nothing_but_its_own_script():
    source = page(hostile()).decode("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', source)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert not re.search(r"""(?:src|href)\s*=\s*["']?https?:""", source)
    data = source.partition('id="report">')[2].partition("</script>")[0]
    assert "<" not in data
    assert json.loads(data)["lang"] == "ja"
    assert source.count("</script>") == 2


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_text_can_be_read_by_weak_eyes_in_light_and_dark(dark, lang, show):
    one = show(full(), lang, dark=dark)
    seen, poor = one.run(CONTRAST)
    assert seen > 100
    assert poor == []


def test_dark_is_dark(show):
    background = "getComputedStyle(document.documentElement).backgroundColor"
    assert show(full()).run(background) != show(full(), dark=True).run(background)


def test_it_has_landmarks_headings_and_named_tables(show):
    one = show(full())
    for landmark in ("header", "nav", "main", "footer"):
        assert one.run(f"document.querySelectorAll('body > {landmark}').length") == 1
    assert one.run("[...document.querySelectorAll('main section')].every((s) => s.hasAttribute('aria-labelledby'))")
    assert one.run(
        "[...document.querySelectorAll('table.data')].every((t) => t.caption.textContent && t.tHead.rows[0])"
    )
    assert one.run(
        "[...document.querySelectorAll('nav a')].every((a) => document.querySelector(a.getAttribute('href')))"
    )
    assert one.run("[...document.querySelectorAll('input, select')].every((field) => field.getAttribute('aria-label'))")


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_the_page_never_scrolls_sideways(width, show):
    one = show(full(), width=width)
    assert one.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_on_paper_it_is_a4_with_the_first_rows_of_every_table(show):
    one = show(many(1_000), "en")
    paper = pypdfium2.PdfDocument(one.pdf())
    assert [round(side) for side in paper[0].get_size()] == [595, 842]
    sheets = [re.sub(r"\s", "", sheet.get_textpage().get_text_range()) for sheet in paper]
    printed = "".join(sheets)
    assert "Onpaper:thefirst200of1,000rows." in printed
    assert len(re.findall(r"名簿_\d{5}\.xlsx", printed)) == 200
    with_rows = [sheet for sheet in sheets if len(re.findall("名簿_", sheet)) > 20]
    assert len(with_rows) > 2
    assert all("FileViolationTypesPeople" in sheet for sheet in with_rows)
    one.wait("document.querySelectorAll('#documents tbody tr').length < 100")
