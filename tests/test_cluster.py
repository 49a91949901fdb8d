"""A scan on several machines: the same report as a scan on one, whatever becomes of them on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.machines import Machines, machines, until
from tests.receivers import Authority

pytestmark = pytest.mark.posix

FOUND = "個人番号：0234 5678 9013\n"

PATCH = """
import os, time
tell = os.open(os.environ["TEST_BEGUN"], os.O_RDWR | os.O_NONBLOCK)
import scanner.version
scanner.version.VERSION = os.environ.get("TEST_VERSION", scanner.version.VERSION)
from scanner.formats import plain

def read(document, budget, read=plain.read):
    os.write(tell, f"{os.getppid()} {document.name}\\n".encode())
    if document.name.startswith("poison"):
        os._exit(9)
    if document.name.startswith("slow"):
        time.sleep(0.1)
    return read(document, budget)

plain.read = read
"""
"""What the processes of the cluster do beside what they always do: on some files a reader dies, on some it is slow.

Into TEST_BEGUN, a pipe, which alone a confined process can write to, each file that is begun says which process gave it
out."""
BEGUN: dict[str, int] = {}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Three workers; what they write is in `log`."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "sitecustomize.py").write_text(PATCH, "utf-8")
    os.mkfifo(folder / "begun")
    listening = threading.Thread(target=_listen, args=(folder / "begun",), daemon=True)
    listening.start()
    with machines(folder, 3, PYTHONPATH=str(folder), TEST_BEGUN=str(folder / "begun")) as found:
        yield found
    (folder / "begun").write_text("0 \n", "utf-8")  # nobody has begun anything: the end
    listening.join()


def _listen(pipe: Path) -> None:
    with open(os.open(pipe, os.O_RDWR), encoding="utf-8") as stream:
        for line in stream:
            process, _, name = line.rstrip("\n").partition(" ")
            if not name:
                return
            BEGUN[name] = int(process)


def begun(*arguments: str) -> "subprocess.Popen[bytes]":
    """The command as a user begins it."""
    command = [sys.executable, "-m", "scanner", "scan", "--format", "json", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, dict[str, Any], str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, json.loads(out) if out else {}, err.decode()


def scan(*arguments: str) -> tuple[int, dict[str, Any], str]:
    return ended(begun(*arguments))


def told(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says of the files, and not of the run."""
    return {key: value for key, value in report.items() if key not in {"run", "history", "dashboard"}}


def folder(path: Path) -> Path:
    """A tree with people, nested files, files that cannot be read and files that hold no text."""
    rows = [f"甲野太郎{n},0234 5678 9013,090-2345-{n:04},kouno{n}@example.jp\n" for n in range(24)]
    for number in range(20):
        below = path / f"{number % 3}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:03}.csv").write_text("氏名,個人番号,電話,メール\n" + "".join(rows[number:]), "utf-8")
    with zipfile.ZipFile(path / "archive.zip", "w") as packed:
        packed.writestr("inner.txt", FOUND)
        packed.writestr("名簿.csv", "氏名,電話\n乙川花子,090-8765-4321\n")
    (path / "torn.zip").write_bytes((path / "archive.zip").read_bytes()[:150])
    (path / "empty.txt").write_bytes(b"")
    (path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (path / "unknown.bin").write_bytes(bytes(range(256)) * 8)
    return path


def at_work(name: str) -> int:
    """The process of the cluster that has given out a file, once it has been begun."""
    until(lambda: name in BEGUN, f"{name} is begun")
    return BEGUN[name]


def examining(worker: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The processes that a worker has begun to examine in."""
    try:
        children = psutil.Process(worker.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def test_a_scan_on_three_machines_says_what_a_scan_on_one_says(cluster: Machines, tmp_path: Path) -> None:
    place = folder(tmp_path / "files")
    code, report, errors = scan(str(place), "--no-state", *cluster.flags)
    assert (code, errors) == (1, "")
    alone = scan(str(place), "--no-state")
    assert told(report) == told(alone[1])
    assert code == alone[0]
    assert report["ledger"]["entries"]["read"] > 20
    assert {problem["kind"] for problem in report["problems"]} >= {"corrupt"}
    written = cluster.log.read_text("utf-8", "replace")
    assert "distributed.worker" in written
    for secret in (str(place), "0234", "090-2345", "甲野"):
        assert secret not in written


def test_what_machines_have_examined_is_remembered(
    cluster: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "files"
    place.mkdir()
    for number in range(20):
        (place / f"{number:03}.txt").write_text(FOUND, "utf-8")
    time.sleep(4.1)  # the time at which a file was put there proves nothing until then
    settings = tmp_path / "watch.toml"
    proof = zip(("ca", "cert", "key"), (cluster.ca, cluster.cert, cluster.key), strict=True)
    settings.write_text("".join(f'cluster_{name} = "{file}"\n' for name, file in proof), "utf-8")
    monkeypatch.setenv("NOKOSANAI_SETTINGS", str(settings))
    _, first, _ = scan(str(place), "--cluster", cluster.address)
    _, second, _ = scan(str(place), "--cluster", cluster.address)
    assert second["ledger"]["entries"]["unchanged"] == first["ledger"]["entries"]["read"]
    assert second["totals"] == first["totals"]


def test_a_machine_that_dies_costs_nothing_but_time(cluster: Machines, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"slow_a{number:03}.txt").write_text(FOUND, "utf-8")
    process = begun(str(tmp_path), "--no-state", *cluster.flags)
    busy = next(worker for worker in cluster.workers if worker.pid == at_work("slow_a003.txt"))
    busy.kill()
    cluster.workers.remove(busy)
    cluster.hire()
    code, report, _ = ended(process)
    assert busy.wait() == -signal.SIGKILL
    assert (code, report["problems"]) == (1, [])
    assert report["ledger"]["entries"]["read"] == len(report["documents"]) == 40


def test_a_file_that_kills_its_reader_costs_itself_alone(cluster: Machines, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:03}.txt").write_text(FOUND, "utf-8")
    poison = tmp_path / "poison.txt"
    poison.write_text(FOUND, "utf-8")
    code, report, _ = scan(str(tmp_path), "--no-state", *cluster.flags)
    assert code == 1
    assert [(one["address"], one["kind"]) for one in report["problems"]] == [(str(poison), "bug")]
    assert report["ledger"]["entries"]["read"] == len(report["documents"]) == 40


def test_an_interrupted_scan_ends_in_a_report_and_the_machines_rest(cluster: Machines, tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"slow_b{number:03}.txt").write_text(FOUND, "utf-8")
    process = begun(str(tmp_path), "--no-state", *cluster.flags)
    at_work("slow_b003.txt")
    process.send_signal(signal.SIGINT)
    code, report, errors = ended(process)
    assert (code, errors) == (130, "")
    assert report["run"]["interrupted"]
    entries = report["ledger"]["entries"]
    assert entries["total"] == entries["read"] + entries["not_read"]
    assert report["ledger"]["not_read_by_kind"] == {"interrupted": entries["not_read"]}
    until(lambda: not any(map(examining, cluster.workers)), "the machines give up what nobody wants any more")


def test_a_machine_with_another_version_is_refused(cluster: Machines, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    other = cluster.hire(*Machines.KNOWN, TEST_VERSION="0.0.1")
    written = cluster.log.stat().st_size
    until(lambda: b"Registered to" in cluster.log.read_bytes()[written:], "it has joined")
    code, report, errors = scan(str(tmp_path), "--no-state", *cluster.flags)
    other.kill()
    cluster.workers.remove(other)
    assert (code, report) == (2, {})
    assert "not fit for this run: it has version 0.0.1 of nokosanai" in errors


def test_who_is_not_of_the_authority_is_refused_on_both_sides(cluster: Machines, tmp_path: Path) -> None:
    other = Authority(tmp_path)
    cert, key = other.files("127.0.0.1")
    where = ["--cluster", cluster.address]
    code, report, errors = scan(str(tmp_path), *where, *Machines.proof(cluster.ca, cert, key))
    assert (code, report) == (2, {})
    assert "does not accept our certificate" in errors
    code, report, errors = scan(str(tmp_path), *where, *Machines.proof(other.ca, cluster.cert, cluster.key))
    assert (code, report) == (2, {})
    assert "not made by the authority of --cluster-ca" in errors
