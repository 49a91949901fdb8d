"""Events on their way to others: nothing is lost, nothing comes twice under two ids, nothing grows without bound."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scanner.outbox.dispatcher import LONGEST, LONGEST_ASKED, MOST, Dispatcher, Outbox
from scanner.outbox.event import Event, Refused
from scanner.outbox.lines import FileSender
from scanner.outbox.queues import SCHEMA, MemoryQueue, SqliteQueue
from scanner.settings import FileReceiver, Settings, WebhookReceiver

ROOT = Path(__file__).parents[1]
Queues = Callable[[str], Any]


def finding(number: int, *, alert: bool = True) -> dict[str, Any]:
    return {"class_uid": 2006, "time": 1795300000000 + number, "is_alert": alert, "file": {"name": f"名簿{number}.csv"}}


def events(*numbers: int) -> list[Event]:
    return [Event.of(finding(number)) for number in numbers]


def ids(found: Sequence[Event]) -> list[str]:
    return [event.id for event in found]


@pytest.fixture(params=["memory", "sqlite"])
def queues(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queues]:
    """Makes queues by name; those of SQLite share one database."""
    if request.param == "memory":
        yield lambda name: MemoryQueue()
        return
    with closing(sqlite3.connect(tmp_path / "o.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in SCHEMA:
            connection.execute(statement)
        lock = threading.RLock()
        yield lambda name: SqliteQueue(connection, name, lock)


class Receiver:
    """Plays what it is told to, answer by answer, then takes everything."""

    def __init__(self, *answers: Refused | int) -> None:
        self.answers = list(answers)
        self.calls: list[list[str]] = []
        self.has: list[str] = []

    def send(self, sent: Sequence[Event]) -> int:
        self.calls.append(ids(sent))
        answer = self.answers.pop(0) if self.answers else len(sent)
        if isinstance(answer, Refused):
            raise answer
        self.has += ids(sent[:answer])
        return answer


def dispatcher(queue: Any, receiver: Any, max_bytes: int = 1 << 30, chance: float = 0.0) -> Dispatcher:
    return Dispatcher("r", queue, receiver, max_bytes=max_bytes, chance=lambda: chance)


def drained(one: Dispatcher, most: int = 1000) -> list[float]:
    """Steps until nothing waits; the pauses that were asked for."""
    pauses = []
    for _ in range(most):
        pause = one.step()
        if pause is None:
            return pauses
        if pause:
            pauses.append(pause)
    raise AssertionError("there is no end to it")


# --- events -----------------------------------------------------------------------------------------------------------


def test_an_event_has_the_same_id_whenever_it_is_made_and_carries_it() -> None:
    (one,), (again,) = events(1), events(1)
    assert one == again
    assert one.id != events(2)[0].id
    assert one.content()["metadata"]["uid"] == one.id
    assert b"\n" not in one.body


def test_an_id_that_an_event_has_is_kept() -> None:
    assert Event.of({"metadata": {"uid": "abc", "version": "1"}}).id == "abc"


def test_a_file_name_that_is_no_unicode_does_no_harm() -> None:
    assert b"\\udc96" in Event.of({"file": {"name": "\udc96\udc96.csv"}}).body


# --- queues -----------------------------------------------------------------------------------------------------------


def test_a_queue_gives_the_oldest_first_and_keeps_them_until_they_are_done(queues: Queues) -> None:
    queue = queues("a")
    queue.put(events(1, 2, 3))
    assert ids(queue.peek(2)) == ids(events(1, 2)) == ids(queue.peek(2))
    queue.done(ids(events(1)))
    assert ids(queue.peek(9)) == ids(events(2, 3))
    assert queue.sent == 1


def test_an_event_that_waits_already_is_not_added_again(queues: Queues) -> None:
    queue = queues("a")
    queue.put(events(1, 2))
    queue.put(events(2, 1))
    assert ids(queue.peek(9)) == ids(events(1, 2))
    assert queue.size == sum(len(event.body) for event in events(1, 2))


def test_what_is_done_or_dropped_twice_is_counted_once(queues: Queues) -> None:
    queue = queues("a")
    queue.put(events(1, 2))
    for _ in range(2):
        queue.done(ids(events(1)))
        queue.drop(ids(events(2)))
    assert (queue.size, queue.sent, queue.dropped) == (0, 1, 1)


def test_the_oldest_give_way_and_are_counted(queues: Queues) -> None:
    queue = queues("a")
    queue.put(events(*range(10)))
    assert queue.drop_oldest(sum(len(event.body) for event in events(8, 9))) == 8
    assert ids(queue.peek(99)) == ids(events(8, 9))
    assert queue.dropped == 8


def test_receivers_share_a_database_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    lock = threading.RLock()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        for name in ("a", "b"):
            SqliteQueue(connection, name, lock).put(events(1, 2))
        SqliteQueue(connection, "a", lock).done(ids(events(1, 2)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert SqliteQueue(connection, "a", lock).size == 0
        assert SqliteQueue(connection, "a", lock).sent == 2
        assert ids(SqliteQueue(connection, "b", lock).peek(9)) == ids(events(1, 2))


# --- dispatching ------------------------------------------------------------------------------------------------------


def test_everything_arrives_once_and_in_order(queues: Queues) -> None:
    receiver, queue = Receiver(), queues("a")
    one = dispatcher(queue, receiver)
    one.put(events(*range(250)))
    assert drained(one) == []
    assert receiver.has == ids(events(*range(250)))
    assert max(map(len, receiver.calls)) == MOST
    assert queue.size == 0


def test_a_receiver_that_says_no_for_a_while_gets_everything_later_under_the_same_ids() -> None:
    receiver = Receiver(*(Refused("503") for _ in range(6)))
    one = dispatcher(MemoryQueue(), receiver)
    one.put(events(1, 2))
    assert drained(one) == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    assert receiver.calls == [ids(events(1, 2))] * 7
    assert one.standing.failures == 0
    assert one.standing.reason == ""


def test_pauses_have_an_end_and_differ_between_machines() -> None:
    def last(chance: float) -> float | None:
        one = dispatcher(MemoryQueue(), Receiver(*(Refused("503") for _ in range(30))), chance=chance)
        one.put(events(1))
        return [one.step() for _ in range(30)][-1]

    assert last(0.0) == LONGEST
    assert last(1.0) == LONGEST / 2


def test_a_receiver_that_asks_for_a_pause_gets_it_within_reason() -> None:
    one = dispatcher(MemoryQueue(), Receiver(Refused("429", after=60), Refused("429", after=1e9)))
    one.put(events(1))
    assert (one.step(), one.step(), one.step()) == (60, LONGEST_ASKED, 0)


def test_a_batch_that_is_too_large_is_sent_in_pieces() -> None:
    class Small(Receiver):
        def send(self, sent: Sequence[Event]) -> int:
            if len(sent) > 7:
                raise Refused("413", retry=False, too_many=True)
            return super().send(sent)

    receiver = Small()
    one = dispatcher(MemoryQueue(), receiver)
    one.put(events(*range(100)))
    assert drained(one) == []
    assert receiver.has == ids(events(*range(100)))


def test_large_events_travel_in_batches_of_less_than_a_megabyte() -> None:
    receiver = Receiver()
    one = dispatcher(MemoryQueue(), receiver)
    one.put([Event(str(number), b"x" * 400_000) for number in range(5)] + [Event("huge", b"x" * 3_000_000)])
    drained(one)
    assert receiver.calls == [["0", "1"], ["2", "3"], ["4"], ["huge"]]


def test_an_event_that_nobody_wants_holds_up_no_other_for_long() -> None:
    bad = events(5)[0].id

    class Picky(Receiver):
        def send(self, sent: Sequence[Event]) -> int:
            if bad in ids(sent):
                raise Refused("400", retry=False)
            return super().send(sent)

    queue, receiver = MemoryQueue(), Picky()
    one = dispatcher(queue, receiver)
    one.put(events(*range(20)))
    assert sum(drained(one)) < 60
    assert sorted(receiver.has) == sorted(set(ids(events(*range(20)))) - {bad})
    assert queue.dropped == one.standing.gave_way == 1


def test_a_receiver_that_refuses_everything_for_good_costs_few_events() -> None:
    queue = MemoryQueue()
    one = dispatcher(queue, Receiver(*(Refused("400", retry=False) for _ in range(999))))
    one.put(events(*range(100)))
    hours = 0.0
    while hours < 24:
        hours += (one.step() or 0.0) / 3600
    assert queue.dropped < 30
    assert len(queue.peek(999)) > 70


def test_what_a_receiver_has_declined_is_not_sent_again_and_is_counted() -> None:
    queue = MemoryQueue()
    one = dispatcher(queue, Receiver(Refused("rejected", retry=False, declined=2)))
    one.put(events(1, 2, 3))
    assert drained(one) == []
    assert queue.size == 0
    assert one.standing.gave_way == 2


def test_a_receiver_that_takes_a_part_gets_the_rest() -> None:
    receiver = Receiver(2)
    one = dispatcher(MemoryQueue(), receiver)
    one.put(events(1, 2, 3))
    drained(one)
    assert receiver.has == ids(events(1, 2, 3))


def test_a_dead_receiver_costs_only_so_much(queues: Queues) -> None:
    queue = queues("a")
    one = dispatcher(queue, Receiver(*(Refused("dead") for _ in range(99))), max_bytes=1000)
    for number in range(500):
        one.put(events(number))
    assert queue.size <= 1000
    assert ids(queue.peek(999))[-1] == events(499)[0].id
    assert one.standing.gave_way == queue.dropped == 500 - len(queue.peek(999))


def test_a_thread_sends_what_comes_and_ends_when_it_is_told() -> None:
    arrived = threading.Semaphore(0)

    class Ringing(Receiver):
        def send(self, sent: Sequence[Event]) -> int:
            for _ in sent:
                arrived.release()
            return super().send(sent)

    receiver = Ringing()
    one = dispatcher(MemoryQueue(), receiver)
    one.put(events(1))
    one.start()
    one.put(events(2, 3))
    for _ in range(3):
        assert arrived.acquire(timeout=30)
    assert one.standing.alive
    one.stop(30)
    assert not one.standing.alive
    assert receiver.has == ids(events(1, 2, 3))


def test_a_pause_is_over_at_once_when_the_program_ends() -> None:
    said = threading.Event()

    class Ill(Receiver):
        def send(self, sent: Sequence[Event]) -> int:
            said.set()
            raise Refused("ill", after=3000)

    one = dispatcher(MemoryQueue(), Ill())
    one.put(events(1))
    one.start()
    assert said.wait(30)
    one.stop(30)
    assert not one.standing.alive


def test_each_receiver_gets_what_it_wants(tmp_path: Path) -> None:
    kept: dict[str, MemoryQueue] = {}
    receivers = [
        FileReceiver(name="some", path=str(tmp_path / "some")),
        FileReceiver(name="all", path=str(tmp_path / "all"), events="all"),
    ]
    outbox = Outbox(receivers, lambda name: kept.setdefault(name, MemoryQueue()))
    outbox.put([finding(1), finding(2, alert=False)])
    assert [len(kept[name].peek(9)) for name in ("some", "all")] == [1, 2]
    assert [one.name for one in outbox.standings] == ["some", "all"]


def test_a_process_that_dies_after_sending_sends_once_more_under_the_same_ids(tmp_path: Path) -> None:
    class Dying(Receiver):
        def send(self, sent: Sequence[Event]) -> int:
            super().send(sent)
            raise KeyboardInterrupt

    def queue(connection: sqlite3.Connection) -> SqliteQueue:
        return SqliteQueue(connection, "a", threading.RLock())

    before, after = Dying(), Receiver()
    with closing(sqlite3.connect(tmp_path / "o.db", isolation_level=None)) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        one = dispatcher(queue(connection), before)
        one.put(events(1, 2, 3))
        with pytest.raises(KeyboardInterrupt):
            one.step()
    with closing(sqlite3.connect(tmp_path / "o.db", isolation_level=None)) as connection:
        drained(dispatcher(queue(connection), after))
    assert before.has == after.has == ids(events(1, 2, 3))


# --- the file ---------------------------------------------------------------------------------------------------------


def lines(path: Path) -> list[str]:
    return [json.loads(line)["metadata"]["uid"] for line in path.read_bytes().splitlines()]


def file_sender(path: Path, **values: int) -> FileSender:
    return FileSender(FileReceiver(name="f", path=str(path), **values))


def test_events_are_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    sender = file_sender(path)
    assert sender.send(events(1, 2)) == 2
    assert sender.send(events(3)) == 1
    assert lines(path) == ids(events(1, 2, 3))


@pytest.mark.posix
def test_the_file_is_for_its_owner_and_group(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    before = os.umask(0)
    try:
        file_sender(path).send(events(1))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_has_grown_is_followed_by_a_new_one_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    monkeypatch.setattr("scanner.outbox.lines.MB", 200)
    sender = file_sender(path, rotate_mb=1, keep=2)
    for number in range(9):
        sender.send(events(number))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["events.jsonl", "events.jsonl.1", "events.jsonl.2"]
    newest_last = [name for end in (".2", ".1", "") for name in lines(path.with_name(path.name + end))]
    assert newest_last == ids(events(*range(9)))[-len(newest_last) :]


def test_a_line_that_a_crash_has_torn_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sender = file_sender(path)
    sender.send(events(1))
    with path.open("ab") as stream:
        stream.write(events(2)[0].body[:20])
    sender.send(events(2))
    first, _, again = path.read_bytes().splitlines()
    assert [json.loads(line)["metadata"]["uid"] for line in (first, again)] == ids(events(1, 2))


@pytest.mark.posix
def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "events.jsonl").symlink_to(target)
    with pytest.raises(Refused) as refused:
        file_sender(tmp_path / "events.jsonl").send(events(1))
    assert refused.value.retry
    assert target.read_text() == "precious"


@pytest.mark.posix
def test_a_pipe_in_the_place_of_the_file_does_not_hang_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.jsonl")
    with pytest.raises(Refused):
        file_sender(tmp_path / "events.jsonl").send(events(1))


@pytest.mark.posix
def test_a_full_disk_loses_nothing_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    sender = file_sender(path)
    sender.send(events(1))
    real, calls = os.write, []

    def full(descriptor: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real(descriptor, bytes(data)[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(Refused, match="No space left"):
            sender.send(events(2))
    assert lines(path) == ids(events(1))
    sender.send(events(2))
    assert lines(path) == ids(events(1, 2))


def test_a_place_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused) as refused:
        file_sender(tmp_path / "file" / "events.jsonl").send(events(1))
    assert refused.value.retry


# --- no network -------------------------------------------------------------------------------------------------------

WATCHED = """
import sys
opened = []
sys.addaudithook(lambda name, arguments: opened.append(name) if name.startswith("socket.") else None)
from scanner.outbox.dispatcher import Outbox
from scanner.outbox.queues import MemoryQueue
from scanner.settings import Settings, load
from scanner.service.notify import Notifier
settings = load()
assert settings == Settings(), settings
outbox = Outbox(settings.outbox, lambda name: MemoryQueue())
outbox.put([{"is_alert": True}])
outbox.start()
line = Notifier()
line.ready("x"); line.alive(); line.stopping()
outbox.stop()
print(opened, outbox.standings, [one for one in ('urllib3', 'ssl', 'google') if one in sys.modules])
"""


def test_without_a_receiver_in_the_settings_no_socket_is_opened_and_nothing_that_could_is_loaded(
    tmp_path: Path,
) -> None:
    empty = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NOKOSANAI")} | empty
    if load_is_from_the_machine():
        pytest.skip("this machine has settings of its own")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert (done.stdout, done.stderr) == ("[] [] []\n", "")


def load_is_from_the_machine() -> bool:
    from scanner.settings import machine_settings

    return machine_settings().exists()


def test_the_settings_without_a_file_name_nobody() -> None:
    assert Settings().outbox == ()
    assert Outbox(Settings().outbox, lambda name: MemoryQueue()).standings == []


def test_a_certificate_that_is_none_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    from scanner.errors import UsageError

    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "absent.pem"):
        receiver = WebhookReceiver(name="w", url="https://a.example", ca=str(tmp_path / name))
        with pytest.raises(UsageError, match="certificates cannot be used"):
            Outbox([receiver], lambda name: MemoryQueue())
