"""What a user would notice about notices: a language that can be read, what to do, by when, and no data."""

import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.places import rules_folder
from scanner.policy.notices import ORDER, notice, notices

UNTIL = date(2026, 12, 5)
SCRIPTS = {
    "ja-easy": "HIRAGANA", "vi": "LATIN", "ne": "DEVANAGARI", "id": "LATIN", "my": "MYANMAR", "fil": "LATIN",
    "zh": "CJK", "pt": "LATIN", "en": "LATIN",
}  # fmt: skip


def test_there_is_a_notice_in_each_of_the_nine_languages():
    assert tuple(notices()) == ORDER
    assert {path.stem for path in (rules_folder() / "notices").glob("*.toml")} == set(ORDER) == set(SCRIPTS)
    assert len({one.name for one in notices().values()}) == len(ORDER)


@pytest.mark.parametrize("lang", ORDER)
def test_a_notice_says_why_what_to_do_and_by_when_in_its_own_script(lang):
    one = notice(lang)
    lines = one.lines(count=12, where="E:", until=UNTIL)
    text = "\n".join(lines)
    assert "{" not in text
    assert "12" in one.found.format(count=12, where="E:")
    assert "E:" in text
    assert all(
        part in one.lines(count=1, where="", until=UNTIL)[-3 if not one.reviewed_by else -2]
        for part in ("2026", "12", "5")
    )
    assert (len(one.why), len(one.todo)) == (3, 4)
    letters = [unicodedata.name(c, "?") for c in text if c.isalpha()]
    own = sum(name.startswith(SCRIPTS[lang]) for name in letters)
    assert own > len(letters) * (0.4 if lang == "ja-easy" else 0.7)


@pytest.mark.parametrize("lang", ORDER)
def test_a_notice_that_no_native_speaker_has_read_says_so(lang):
    one = notice(lang)
    last = one.lines(count=1, where="E:", until=UNTIL)[-1]
    assert (one.unreviewed in last) == (not one.reviewed_by)


@pytest.mark.parametrize("lang", ORDER)
def test_without_a_number_of_files_none_is_made_up(lang):
    lines = notice(lang).lines(count=None, where="E:", until=UNTIL)
    assert not [line for line in lines if "E:" in line]
    assert len(lines) == len(notice(lang).lines(count=3, where="E:", until=UNTIL)) - 2


@pytest.mark.parametrize("lang", ORDER)
def test_a_notice_takes_nothing_but_a_number_a_place_and_a_day(lang):
    text = "\n".join(notice(lang).lines(count=7, where="{until}", until=UNTIL))
    assert "{until}" in text


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="known are ja-easy, vi"):
        notice("xx")


def nokosanai(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "scanner", "notice", *arguments],
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_the_command_prints_the_languages_asked_for(tmp_path: Path):
    done = nokosanai("--lang", "vi", "--lang", "my", "--count", "3", "--where", "E:\\", "--until", "2026-12-05")
    assert done.returncode == 0
    assert notice("vi").title in done.stdout
    assert notice("my").title in done.stdout
    assert notice("en").title not in done.stdout
    assert "05/12/2026" in done.stdout
    every = nokosanai("--all").stdout
    assert all(one.title in every for one in notices().values())
    plain = nokosanai().stdout
    assert notice("ja-easy").title in plain
    assert nokosanai("--lang", "klingon").returncode == 2
    out = tmp_path / "notice.txt"
    assert nokosanai("--lang", "ne", "--output", str(out)).stdout == ""
    assert out.read_text("utf-8-sig").startswith(notice("ne").title)
    assert nokosanai("--output", str(tmp_path / "no" / "x")).returncode == 4
