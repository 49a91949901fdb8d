"""Chunks of files go out to an executor and come back; each file is accounted for, whatever becomes of its chunk."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scanner import chunks, remote
from scanner.batches import Batches
from scanner.chunks import Chunks
from scanner.cluster import Access
from scanner.errors import UsageError
from scanner.examine import Settings
from scanner.ledger import Ledger
from scanner.media.walk import Entry
from scanner.memory import Mark
from scanner.model import FileResult, Problem
from scanner.remote import Answer, Common, Order, Sealed, carry_out, common, differs

FOUND = "個人番号：0234 5678 9013\n"


def names(answer: Iterable[Entry]) -> FileResult:
    """What a machine says that finds nothing in any file."""
    ledger = Ledger()
    for entry in answer:
        ledger.add("read", entry.size)
    return FileResult(ledger=ledger, marks=tuple(Mark(entry.path, 9e9) for entry in answer))


def found(order: Sealed) -> Answer:
    asked: Order = order.open()
    return Answer(results=(Sealed.of(names(asked.entries)),), seconds=0.01)


@dataclass(slots=True)
class Crew:
    """Threads of this process in the place of machines."""

    task: Callable[[Sealed], Answer] = found
    common: Common = field(default_factory=lambda: common([]))
    executor: Executor = field(default_factory=lambda: ThreadPoolExecutor(2))
    width: int = 2
    lost: bool = False

    def close(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)


def entries(number: int) -> list[Entry]:
    return [Entry(f"/nowhere/{n:04}", 1000, 0.0) for n in range(number)]


def settings(**said: Any) -> Settings:
    return Settings(rules=(), key=b"k" * 32, **said)


def sent(crew: Crew, files: list[Entry]) -> tuple[Ledger, list[Problem], list[Mark]]:
    """What comes back in all."""
    hands = Chunks(crew, settings())
    ledger, problems, marks = Ledger(), [], []
    for result in hands.results(Batches(files)):
        ledger.merge(result.ledger)
        problems += result.problems
        marks += result.marks
    assert hands.unfinished == []
    hands.close()
    ledger.check()
    assert sorted(mark.path for mark in marks) == [entry.path for entry in files]
    return ledger, problems, marks


def paths(problems: list[Problem]) -> list[str]:
    return sorted(problem.address for problem in problems)


def test_every_file_comes_back_once() -> None:
    ledger, problems, _ = sent(Crew(), entries(3000))
    assert (ledger.entries["read"], problems) == (3000, [])


def test_a_file_whose_machines_die_is_found_and_no_other_is_lost() -> None:
    bad = {"/nowhere/0017", "/nowhere/0018", "/nowhere/0400"}

    def dies(order: Sealed) -> Answer:
        if bad & {entry.path for entry in order.open().entries}:
            raise ConnectionResetError
        return found(order)

    ledger, problems, _ = sent(Crew(dies), entries(500))
    assert paths(problems) == sorted(bad)
    assert {problem.kind for problem in problems} == {"bug"}
    assert ledger.entries["read"] == 497


def test_machines_that_all_die_end_in_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "FRUITLESS", 20)

    def dies(order: Sealed) -> Answer:
        raise ConnectionResetError

    ledger, problems, _ = sent(Crew(dies), entries(500))
    assert ledger.entries["not_read"] == len(problems) == 500


def test_what_one_machine_refuses_another_one_does() -> None:
    asked = iter(range(10**6))

    def refuses(order: Sealed) -> Answer:
        return Answer(refused="other: its rules are others") if next(asked) % 2 else found(order)

    ledger, problems, _ = sent(Crew(refuses), entries(300))
    assert (ledger.entries["read"], problems) == (300, [])


def test_what_every_machine_refuses_is_a_problem_that_says_why() -> None:
    _, problems, _ = sent(Crew(lambda order: Answer(refused="other: its rules are others")), entries(5))
    assert {(problem.kind, problem.detail) for problem in problems} == {("bug", "other: its rules are others")}


def test_what_comes_back_untouched_goes_out_again() -> None:
    asked = iter(range(10**6))

    def forgets(order: Sealed) -> Answer:
        return Answer(given_up=True) if next(asked) < 3 else found(order)

    assert sent(Crew(forgets), entries(300))[1] == []


def test_a_cluster_that_is_lost_ends_in_a_report() -> None:
    crew = Crew()

    def leaves(order: Sealed) -> Answer:
        crew.lost = True
        return found(order)

    crew.task = leaves
    ledger, problems, _ = sent(crew, entries(3000))
    assert ledger.entries["total"] == 3000
    assert {problem.kind for problem in problems} == {"interrupted"}


def test_only_a_few_chunks_are_out_at_a_time() -> None:
    """Whoever walks a large tree must not have it all in memory because examining takes longer than walking."""
    taken: list[Entry] = []
    go_on = threading.Event()

    def walk() -> Iterable[Entry]:
        for entry in entries(100_000):
            taken.append(entry)
            yield entry

    def waits(order: Sealed) -> Answer:
        assert go_on.wait(30)
        return found(order)

    hands = Chunks(Crew(waits), settings())
    turns = iter(range(3))
    hands.stopped = lambda: next(turns, None) is None
    assert list(hands.results(Batches(walk()))) == []
    go_on.set()
    assert 0 < len(taken) < 1000
    assert len(hands.unfinished) == len(taken) - len(taken) % 128
    hands.close()


def test_files_are_remembered_as_of_when_they_were_sent() -> None:
    """The clock of another machine may be ahead: that its file was old enough to be trusted proves nothing."""
    assert all(mark.began < 5e9 for mark in sent(Crew(), entries(5))[2])


@pytest.mark.posix
def test_orders_are_carried_out_in_processes_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "IDLE", 0.0)
    for number in range(40):
        (tmp_path / f"{number:03}.txt").write_text(FOUND, "utf-8")
    files = [Entry(str(path), path.stat().st_size, 0.0) for path in sorted(tmp_path.iterdir())]
    crew = Crew(carry_out, common([str(tmp_path)]))
    hands = Chunks(crew, settings())
    results = list(hands.results(Batches(files)))
    hands.close()
    assert sorted(one.path for result in results for one in result.documents) == [entry.path for entry in files]


@pytest.mark.posix
def test_a_file_with_more_results_than_an_answer_holds_is_examined_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "IDLE", 0.0)
    monkeypatch.setattr(remote, "MOST", 10)
    known, ready = remote._known()
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    (tmp_path / "b.txt").write_text(FOUND, "utf-8")
    files = [Entry(str(path), path.stat().st_size, 0.0) for path in sorted(tmp_path.iterdir())]
    hands = Chunks(Crew(carry_out, common([str(tmp_path)])), replace(settings(), rules=known, ready=ready))
    results = list(hands.results(Batches(files)))
    hands.close()
    assert sorted(one.path for result in results for one in result.documents) == [entry.path for entry in files]


def test_machines_must_have_the_same_version_rules_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOUND, "utf-8")
    known = common([str(tmp_path)])
    assert differs(known) == ""
    assert "version" in differs(replace(known, version="0.0.1"))
    assert "rules" in differs(replace(known, rules="another digest"))
    assert "libraries" in differs(replace(known, program="another digest"))
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert "something else" in differs(known)
    (tmp_path / "b.txt").unlink()
    tmp_path.rmdir()
    assert "it has no" in differs(known)


def test_what_travels_shows_nothing_of_itself() -> None:
    order = Sealed.of(Order(common=common([]), settings=settings(), entries=(Entry("/home/甲野太郎", 1, 0.0),)))
    assert "甲野" not in repr(order)
    assert "kkk" not in repr(order)
    assert order.open().entries[0].path == "/home/甲野太郎"


@pytest.mark.parametrize(
    "address", ["tcp://host:8786", "host:8786", "ws://host:1", "tls://", "tls://host:x", "tls:///"]
)
def test_only_tls_will_do(address: str, tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="--cluster takes tls://HOST:PORT"):
        Access(address=address, ca=str(file), cert=str(file), key=str(file))


@pytest.mark.parametrize("missing", ["ca", "cert", "key"])
def test_all_certificates_must_be_given(missing: str, tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_bytes(b"")
    known = dict.fromkeys(("ca", "cert", "key"), str(file))
    with pytest.raises(UsageError, match=f"cluster-{missing}"):
        Access(address="tls://host:8786", **{**known, missing: ""})
    with pytest.raises(UsageError, match="no such file"):
        Access(address="tls://host:8786", **{**known, missing: str(tmp_path / "gone.pem")})
