"""What only Windows shows; run here under Wine, which is no proof for real Windows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from samples import numbers

pytestmark = pytest.mark.windows

HIDDEN, SYSTEM, OFFLINE, NORMAL = 0x2, 0x4, 0x1000, 0x80
ODD_NAME = "名簿_髙橋_𠮷川_😀"
REMOVABLE = Path("E:\\")
NUMBERS = [numbers.my_number(Random(seed)) for seed in range(8)]
ROSTER = "\r\n".join(["氏名,個人番号", *(f"髙橋　{index}郎,{number}" for index, number in enumerate(NUMBERS))])


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    """`python ...`; the output is a pipe, as when a script of the user's reads it."""
    return subprocess.run(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **variables},
        timeout=120,
        check=False,
    )


def scan(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return run("-m", "scanner", "scan", "--no-state", "--jobs", "1", *arguments)


def report_of(*arguments: str) -> dict[str, Any]:
    done = scan("--format", "json", *arguments)
    assert done.returncode in (0, 1, 3), done.stderr.decode("cp932", "replace")
    return json.loads(done.stdout.decode("utf-8"))


def write(path: str, content: str = ROSTER) -> None:
    """A file of any name: with the prefix, Windows takes it as it is."""
    with open(f"\\\\?\\{path}", "wb") as file:
        file.write(content.encode("cp932"))


def set_attributes(path: Path, attributes: int) -> None:
    import ctypes

    assert ctypes.WinDLL("kernel32").SetFileAttributesW(str(path), attributes)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A file that another program has open and shares with nobody."""
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.CreateFileW(str(path), 0xC0000000, 0, None, 3, 0, None))
    try:
        yield
    finally:
        kernel.CloseHandle(handle)


def test_an_address_is_written_with_its_drive_letter_and_backslashes(tmp_path: Path) -> None:
    write(str(tmp_path / "roster.csv"))
    (document,) = report_of(str(tmp_path))["documents"]
    assert document["address"] == str(tmp_path / "roster.csv")
    assert document["address"][1:3] == ":\\"


def test_a_folder_is_walked_down_to_its_last_level(tmp_path: Path) -> None:
    (tmp_path / "年度" / "部署").mkdir(parents=True)
    write(str(tmp_path / "年度" / "部署" / "roster.csv"))
    ledger = report_of(str(tmp_path))["ledger"]
    assert (ledger["entries"]["total"], ledger["entries"]["read"]) == (1, 1)


def test_slashes_and_a_small_drive_letter_name_the_same_folder(tmp_path: Path) -> None:
    write(str(tmp_path / "roster.csv"))
    spelled = str(tmp_path).replace("\\", "/")
    report = report_of(spelled, spelled[0].lower() + spelled[1:], str(tmp_path))
    assert report["ledger"]["entries"]["total"] == 1


def test_a_pattern_leaves_out_files_in_capitals_too(tmp_path: Path) -> None:
    write(str(tmp_path / "ROSTER.CSV"))
    ledger = report_of("--exclude", "*.csv", str(tmp_path))["ledger"]
    assert ledger["excluded_by_reason"] == {"user_exclude": 1}


def test_names_that_the_code_page_lacks_do_not_stop_the_report_for_people(tmp_path: Path) -> None:
    write(str(tmp_path / f"{ODD_NAME}.csv"))
    done = scan("--lang", "ja", str(tmp_path))
    assert b"internal failure" not in done.stderr
    assert done.returncode == 1
    assert "名簿" in done.stdout.decode("cp932")


def test_the_json_report_is_utf8_whatever_the_code_page_is(tmp_path: Path) -> None:
    write(str(tmp_path / f"{ODD_NAME}.csv"))
    (document,) = report_of(str(tmp_path))["documents"]
    assert document["path"].endswith(f"{ODD_NAME}.csv")


def test_a_wrong_path_with_odd_characters_is_wrong_use_and_not_a_crash(tmp_path: Path) -> None:
    done = scan(str(tmp_path / ODD_NAME))
    assert done.returncode == 2
    assert "no such file" in done.stderr.decode("cp932")


def test_a_report_file_with_an_odd_name_is_written_whole(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(str(tmp_path / "in" / "roster.csv"))
    target = tmp_path / f"{ODD_NAME}.json"
    assert scan("--format", "json", "--output", str(target), str(tmp_path / "in")).returncode == 1
    assert json.loads(target.read_text(encoding="utf-8"))["totals"]["documents"] == 1


def test_the_console_commands_print_what_the_code_page_lacks_in_escapes() -> None:
    done = run("-m", "scanner", "rules", "try", "😀 𠮷川 090-8123-4567")
    assert done.returncode == 0, done.stderr.decode("cp932", "replace")


def test_a_path_longer_than_260_characters_is_read(tmp_path: Path) -> None:
    folder = str(tmp_path)
    while len(folder) < 400:
        folder = f"{folder}\\{'深い階層' * 8}"
    os.makedirs(f"\\\\?\\{folder}")
    write(f"{folder}\\roster.csv")
    report = report_of(str(tmp_path))
    assert [document["path"] for document in report["documents"]] == [f"{folder}\\roster.csv"]


@pytest.mark.parametrize("name", ["CON.txt", "nul", "aux.csv", "COM1.log", "trailing.", "trailing "])
def test_a_file_whose_name_windows_reserves_is_read(tmp_path: Path, name: str) -> None:
    write(f"{tmp_path}\\{name}")
    report = report_of(str(tmp_path))
    assert report["ledger"]["entries"]["read"] == 1
    assert [document["path"] for document in report["documents"]] == [f"{tmp_path}\\{name}"]


@pytest.mark.parametrize("attributes", [HIDDEN, SYSTEM, HIDDEN | SYSTEM])
def test_hidden_and_system_files_are_read(tmp_path: Path, attributes: int) -> None:
    path = tmp_path / "roster.csv"
    write(str(path))
    set_attributes(path, attributes)
    assert path.stat().st_file_attributes & attributes == attributes
    assert report_of(str(tmp_path))["totals"]["documents"] == 1


def test_a_hidden_folder_is_walked(tmp_path: Path) -> None:
    folder = tmp_path / "AppData"
    folder.mkdir()
    write(str(folder / "roster.csv"))
    set_attributes(folder, HIDDEN)
    assert report_of(str(tmp_path))["totals"]["documents"] == 1


def test_a_file_that_lies_in_a_cloud_only_is_reported_and_not_fetched(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    write(str(path))
    set_attributes(path, OFFLINE)
    if not path.stat().st_file_attributes & OFFLINE:
        pytest.skip("this system does not keep the attribute")
    report = report_of(str(tmp_path))
    assert report["ledger"]["not_read_by_kind"] == {"cloud_only": 1}
    assert report["documents"] == []


def test_an_alternate_stream_does_not_hide_the_file_it_hangs_on(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    write(str(path))
    Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n", encoding="ascii")
    if len(list(tmp_path.iterdir())) > 1:
        pytest.skip("this system makes a file of its own of a stream")
    ledger = report_of(str(tmp_path))["ledger"]
    assert (ledger["entries"]["total"], ledger["entries"]["read"]) == (1, 1)


def test_a_file_that_another_program_has_locked_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    write(str(tmp_path / "locked.csv"))
    write(str(tmp_path / "free.csv"))
    with locked(tmp_path / "locked.csv"):
        report = report_of(str(tmp_path))
    assert [(problem["kind"], problem["address"]) for problem in report["problems"]] == [
        ("denied", str(tmp_path / "locked.csv"))
    ]
    assert [document["path"] for document in report["documents"]] == [str(tmp_path / "free.csv")]


def test_files_are_left_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    write(str(path))
    before = path.stat()
    report_of(str(tmp_path))
    after = path.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    path.rename(tmp_path / "free.csv")  # nothing holds it open


def test_several_processes_read_every_file(tmp_path: Path) -> None:
    for number in range(120):
        write(str(tmp_path / f"{number:03d}.csv"))
    report = report_of("--jobs", "3", str(tmp_path))
    assert report["ledger"]["entries"]["read"] == 120
    assert report["totals"]["documents"] == 120


def test_a_script_with_a_main_guard_scans_in_processes(tmp_path: Path) -> None:
    write(str(tmp_path / "roster.csv"))
    script = tmp_path / "script.py"
    script.write_text(
        "import json, sys\n"
        "import scanner\n"
        "if __name__ == '__main__':\n"
        "    report = scanner.scan(sys.argv[1:], exclude=('*.py',)).to_dict()\n"
        "    print(json.dumps(report['totals']['by_type']))\n",
        encoding="utf-8",
    )
    done = run(str(script), str(tmp_path))
    assert done.returncode == 0, done.stderr.decode("cp932", "replace")
    assert json.loads(done.stdout)["my_number"]["distinct"] == len(NUMBERS)


def test_places_count_the_line_ends_of_windows_as_two_characters(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    write(str(path))
    (document,) = report_of(str(path))["documents"]
    places = next(finding["places"] for finding in document["findings"] if finding["type"] == "my_number")
    assert [ROSTER[place["start"] : place["end"]] for place in places] == NUMBERS


def test_a_plugged_in_stick_is_a_removable_volume() -> None:
    if not REMOVABLE.exists():
        pytest.skip("nothing is plugged in as E:")
    path = REMOVABLE / "roster.csv"
    write(str(path))
    try:
        report = report_of(str(REMOVABLE))
        listing = run("-m", "scanner", "volumes", "--lang", "en").stdout.decode("cp932")
    finally:
        path.unlink()
    (document,) = report["documents"]
    assert document["path"] == "E:\\roster.csv"
    assert document["volume_class"] == "removable"
    assert report["violations"]
    assert any(line.startswith("E:\\") and "removable" in line for line in listing.splitlines())


def test_the_system_drive_is_a_fixed_one(tmp_path: Path) -> None:
    write(str(tmp_path / "roster.csv"))
    (document,) = report_of(str(tmp_path))["documents"]
    assert document["volume_class"] == "fixed"


def test_the_sample_folder_is_read_on_windows_as_well(tmp_path: Path) -> None:
    from samples.workstation import build

    truth = build(tmp_path / "pc")
    done = scan("--format", "json", str(tmp_path / "pc"))
    report = json.loads(done.stdout.decode("utf-8"))
    assert report["ledger"]["entries"]["total"] >= len({item.address.partition("!")[0] for item in truth.planted})
    assert not report["ledger"]["not_read_by_kind"].get("bug")
    leaked = [value for value in truth.values() if len(value) > 5 and value in done.stdout.decode("utf-8")]
    assert not leaked


def test_a_reader_is_in_a_job_that_starts_nothing() -> None:
    done = run("-c", "from scanner.workers import confinement\nif __name__ == '__main__': print(confinement().job)")
    assert done.stdout.split() == [b"True"], done.stderr.decode("cp932", "replace")
