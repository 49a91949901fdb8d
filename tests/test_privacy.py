"""Planted values are looked for in everything the product writes: none may be there."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import hyperscan
import pytest

import scanner
from samples import workstation
from scanner import signing
from scanner.report import Report
from scanner.sinks import SINKS, statement


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("workstation")
    truth = workstation.build(folder, seed=7)
    names = {part for path in folder.rglob("*") for part in path.relative_to(folder).parts}
    values = sorted({value for value in truth.values() if len(value) >= 4 and not any(value in name for name in names)})
    assert len(values) > 500
    return folder, values


def leaks(written: bytes, values: list[str]) -> list[str]:
    """The values that stand in what was written, in one pass over it."""
    database = hyperscan.Database()
    database.compile(
        expressions=["".join(f"\\x{byte:02x}" for byte in value.encode()).encode() for value in values],
        ids=list(range(len(values))),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(values),
    )
    found: set[int] = set()
    database.scan(written, match_event_handler=lambda number, *_: found.add(number))
    return [values[number] for number in sorted(found)]


@pytest.fixture(scope="module")
def reports(planted: tuple[Path, list[str]]) -> dict[str, Report]:
    return {lang: scanner.scan(planted[0], places=None, lang=lang) for lang in ("ja", "en")}


@pytest.mark.parametrize("form", [*SINKS, "statement"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_form_of_the_report_holds_a_raw_value(
    form: str, lang: str, planted: tuple[Path, list[str]], reports: dict[str, Report], tmp_path: Path
) -> None:
    raw = io.BytesIO()
    if form == "statement":
        statement.write(reports[lang], raw, lang, signing.key(tmp_path))
    else:
        SINKS[form](reports[lang], raw, lang)
    assert len(raw.getvalue()) > 1_000
    assert leaks(raw.getvalue(), planted[1]) == []


@pytest.mark.parametrize("arguments", [["--lang", "ja"], ["--lang", "en", "--format", "json", "--output"]])
def test_nothing_that_the_command_writes_holds_a_raw_value(
    arguments: list[str], planted: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, values = planted
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "TEMP": str(temporary), "PYTHONUTF8": "1"}
    target = tmp_path / "report"
    command = [sys.executable, "-m", "scanner", "scan", folder, "--places", "all", *arguments]
    command += [target] if "--output" in arguments else []
    done = subprocess.run(command, capture_output=True, env=environment, timeout=300)
    assert done.returncode == 1, done.stderr
    written = target.read_bytes() if target.exists() else done.stdout
    assert len(written) > 1_000
    assert leaks(written + done.stdout + done.stderr, values) == []
    assert list(temporary.iterdir()) == []


def test_the_canary_would_sing(planted: tuple[Path, list[str]]) -> None:
    folder, values = planted
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "extract", folder], capture_output=True, env=os.environ | {"PYTHONUTF8": "1"}
    )
    assert len(leaks(done.stdout, values)) > len(values) / 2


def test_a_first_row_of_data_is_not_printed_as_headers(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    first = "個人番号,0234-5678-9013,090-1234-5679,taro@example.ac.jp\n"
    path.write_text(first + "x,987654321093,080-2345-6781,y\n" * 9, "utf-8")
    done = subprocess.run([sys.executable, "-m", "scanner", "scan", path, "--format", "json"], capture_output=True)
    text = json.dumps(json.loads(done.stdout), ensure_ascii=False)
    for value in ("0234-5678-9013", "090-1234-5679", "taro@", "987654321093"):
        assert value not in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "佐藤花子,山田太郎\n田中一郎,090-2345-6789\n鈴木次郎,080-2345-6781\n"),
        (
            "mail.txt",
            "担当 山田太郎  電話  メール\n佐藤花子  090-2345-6789  p1@mihon.ne.jp\n鈴木  080-2345-6781  p2@mihon.jp\n",
        ),
    ],
)
def test_names_in_a_first_row_or_in_a_line_of_headers_are_not_printed(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    for form in ("json", "terminal"):
        done = subprocess.run(
            [sys.executable, "-m", "scanner", "scan", tmp_path, "--format", form, "--places", "all"],
            capture_output=True, env=os.environ | {"PYTHONUTF8": "1"}, timeout=60,
        )  # fmt: skip
        assert name.encode() in done.stdout
        assert leaks(done.stdout, ["山田太郎", "佐藤花子", "090-2345-6789", "p1@"]) == []


def test_what_stands_beside_the_word_of_a_header_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("氏名：三田村 蒼介,電話\n五十嵐 徹,090-2345-9876\n", "utf-8")
    (tmp_path / "b.csv").write_text("三田村蒼介の住所,電話\n東京都新宿区西新宿2-8-1,090-2345-9876\n", "utf-8")
    book = pytest.importorskip("openpyxl").Workbook()
    book.active.append(["三田村 蒼介の氏名", "電話"])
    book.active.append(["五十嵐 徹", "090-2345-9876"])
    book.save(tmp_path / "c.xlsx")
    report = json.dumps(scanner.scan(tmp_path).to_dict(), ensure_ascii=False)
    assert "090-2345-9876" not in report
    assert "三田村" not in report
    assert report.count('"header": "氏名"') >= 3
