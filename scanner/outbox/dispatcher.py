"""Moves events from a queue to its receiver: in batches, at least once, patient with one that is ill, never in the way.

Each receiver has a thread of its own, which sleeps while there is nothing to send. Events leave the queue when the
receiver has them, when it refuses them for good again and again, or when the oldest have to give way.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from scanner.outbox.event import VIOLATION, Event, Refused, Sender
from scanner.outbox.queues import Queue
from scanner.settings import FileReceiver, OtlpReceiver, Receiver, SyslogReceiver, WebhookReceiver

MOST, MOST_BYTES, MORE = 100, 900_000, 5
"""Events and bytes of a batch (some receivers take 1 MB at most), and by how many it may grow again after a success."""
FIRST, LONGEST, LONGEST_ASKED = 1.0, 900.0, 3600.0
"""Seconds before the second attempt, between later ones at most, and at most where the receiver asks for a pause."""
STRIKES = 5
"""So often an event is refused for good, by itself, before it is given up."""
MB = 1_000_000


class Standing(NamedTuple):
    """How a receiver stands."""

    name: str
    waiting: int
    """Bytes that wait for it."""
    failures: int
    """Attempts that have failed since the last success."""
    reason: str
    """Why the last one did; empty after a success."""
    gave_way: int
    """Events that were dropped since the start, too old for what may wait or refused for good."""
    alive: bool


class Dispatcher:
    """Serves one receiver."""

    def __init__(
        self,
        name: str,
        queue: Queue,
        sender: Sender,
        *,
        max_bytes: int,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance` gives numbers from 0 to 1, which keep many machines from coming back at once."""
        self._name, self._queue, self._sender = name, queue, sender
        self._max_bytes = max_bytes
        self._chance = chance
        self._most = MOST
        self._failures = self._strikes = self._gave_way = 0
        self._reason = ""
        self._stop = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"outbox {name}", daemon=True)

    def put(self, events: Iterable[Event]) -> None:
        """Hand events over; they are kept when this returns."""
        self._queue.put(events)
        if self._queue.size > self._max_bytes:
            self._gave_way += self._queue.drop_oldest(self._max_bytes)
        with self._changed:
            self._changed.notify()

    def start(self) -> None:
        """Begin sending, what waits from earlier first."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End within so many seconds; what is under way may be sent once more by the next process."""
        with self._changed:
            self._stop = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        alive = self._thread.is_alive()
        return Standing(self._name, self._queue.size, self._failures, self._reason, self._gave_way, alive)

    def step(self) -> float | None:
        """Send one batch; seconds until the next one may go, None when nothing waits."""
        batch = self._batch()
        if not batch:
            return None
        try:
            taken = self._sender.send(batch)
        except Refused as refused:
            return self._refused(refused, batch)
        return self._taken(batch[:taken]) if taken else self._refused(Refused("it took nothing"), batch)

    def _taken(self, batch: Sequence[Event]) -> float:
        self._queue.done([event.id for event in batch])
        self._failures = self._strikes = 0
        self._reason = ""
        self._most = min(MOST, self._most + MORE)
        return 0.0

    def _batch(self) -> list[Event]:
        batch = self._queue.peek(self._most)
        size = 0
        for number, event in enumerate(batch):
            size += len(event.body)
            if size > MOST_BYTES and number:
                return batch[:number]
        return batch

    def _refused(self, refused: Refused, batch: Sequence[Event]) -> float:
        if refused.declined:
            self._gave_way += refused.declined
            return self._taken(batch)
        self._reason = refused.reason
        smaller = refused.too_many or not refused.retry
        if smaller and len(batch) > 1:
            self._most = len(batch) // 2
            return refused.after and self._pause(refused.after)
        if not refused.retry:
            self._strikes += 1
        if self._strikes >= STRIKES:
            self._queue.drop([batch[0].id])
            self._strikes = 0
            self._gave_way += 1
        self._failures += 1
        return self._pause(refused.after)

    def _pause(self, after: float) -> float:
        """Longer with each failure, by chance up to half less; never shorter than asked for."""
        own = min(LONGEST, FIRST * 2.0 ** min(max(self._failures - 1, 0), 20)) * (1 - self._chance() / 2)
        return max(own, min(after, LONGEST_ASKED) * (1 + self._chance() / 10))

    def _run(self) -> None:
        pause: float | None = 0.0
        while True:
            with self._changed:
                if not self._stop and (pause is None or pause > 0):
                    self._wait(pause)
                if self._stop:
                    return
            pause = self.step()

    def _wait(self, pause: float | None) -> None:
        """Until the pause is over, or for None until something comes; news do not shorten a pause."""
        if pause is None:
            self._changed.wait_for(lambda: self._stop or self._queue.size > 0)
        else:
            self._changed.wait_for(lambda: self._stop, pause)


class Outbox:
    """All receivers."""

    def __init__(self, receivers: Sequence[Receiver], queue: Callable[[str], Queue]) -> None:
        """`queue` gives the queue of a receiver by its name. Raises UsageError for certificates that are no use."""
        self._all = [
            (one.events == "all", Dispatcher(one.name, queue(one.name), _sender(one), max_bytes=one.max_mb * MB))
            for one in receivers
        ]

    def put(self, contents: Iterable[Mapping[str, Any]]) -> None:
        """Hand OCSF records over, to each receiver those that it wants."""
        if not self._all:
            return
        events = [(bool(content.get(VIOLATION)), Event.of(content)) for content in contents]
        for wants_all, dispatcher in self._all:
            dispatcher.put(event for violation, event in events if violation or wants_all)

    def start(self) -> None:
        """Begin sending."""
        for _, dispatcher in self._all:
            dispatcher.start()

    def stop(self, seconds: float = 2.0) -> None:
        """End within so many seconds, all together."""
        until = time.monotonic() + seconds
        for _, dispatcher in self._all:
            dispatcher.stop(0)
        for _, dispatcher in self._all:
            dispatcher.stop(max(0.0, until - time.monotonic()))

    @property
    def standings(self) -> list[Standing]:
        """How each receiver stands."""
        return [dispatcher.standing for _, dispatcher in self._all]


def _sender(receiver: Receiver) -> Sender:
    """The sender of a receiver; what only one of them needs is imported for it alone."""
    match receiver:
        case FileReceiver():
            from scanner.outbox.lines import FileSender

            return FileSender(receiver)
        case SyslogReceiver():
            from scanner.outbox.syslog import SyslogSender

            return SyslogSender(receiver)
        case OtlpReceiver():
            from scanner.outbox.otlp import OtlpSender

            return OtlpSender(receiver)
        case WebhookReceiver():
            from scanner.outbox.webhook import WebhookSender

            return WebhookSender(receiver)
    raise AssertionError(receiver)
