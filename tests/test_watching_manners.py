"""What a user would notice about manners: little of the machine is used, and it is known when somebody works."""

import os
import subprocess
import sys
import time

import pytest

from scanner.watching import presence as facts
from scanner.watching.meter import Meter
from scanner.watching.presence import Presence, presence


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_somebody_is_taken_to_be_there_when_it_is_not_known():
    assert Presence(None, None, None).active
    assert Presence(10.0, None, None).active
    assert not Presence(3600.0, None, None).active


def test_the_facts_of_this_machine_are_plausible():
    now = presence()
    assert now.idle is None or now.idle >= 0
    assert now.charge is None or 0 <= now.charge <= 100
    assert now.on_battery in (None, True, False)


@pytest.mark.posix
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("IdleHint=no\nIdleSinceHint=0\n", 0.0),
        ("IdleHint=yes\nIdleSinceHint=1000000000000000\n", pytest.approx(time.time() - 1_000_000_000, abs=3600)),
        ("IdleHint=yes\nIdleSinceHint=0\n", None),
        ("", None),
    ],
)
def test_the_session_manager_is_believed(monkeypatch, said, expected):
    monkeypatch.setattr(facts, "_said", lambda *_: said)
    monkeypatch.setattr(facts, "_terminals", lambda _: iter(()))
    assert facts.idle_seconds() == expected


class Spent:
    """A process whose use of the processor is what the test says."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.meter = Meter(pids=tuple, clock=clock)
        self.sample = self.meter.sample
        self.meter.sample = self._sampled  # type: ignore[method-assign]
        self.spent = 0.0
        self.steps: list[tuple[float, float]] = []
        self.meter.sample()

    def _sampled(self) -> None:
        self.meter._total = self.spent
        self.meter._samples.append((self.clock.now, self.spent))
        while len(self.meter._samples) > 2 and self.meter._samples[1][0] <= self.clock.now - 12:
            self.meter._samples.popleft()

    def work(self, seconds: float) -> None:
        self.clock.now += seconds
        self.spent += seconds
        self.steps.append((self.clock.now, seconds))

    def rest(self, share: float) -> float:
        seconds = self.meter.rest(share)
        self.clock.now += seconds
        self._sampled()
        return seconds


@pytest.mark.parametrize("step", [0.05, 0.3, 0.55])
def test_no_twelve_seconds_come_to_more_than_the_share_and_most_of_it_is_used(step):
    spent = Spent(Clock())
    began = spent.clock.now
    for _ in range(200):
        spent.work(step)
        spent.rest(0.10)
    for now, _ in spent.steps:
        assert sum(seconds for at, seconds in spent.steps if now - 12 < at <= now) <= 1.2 + 1e-9
    assert spent.spent / (spent.clock.now - began) > 0.06


def test_a_step_that_costs_more_than_a_window_allows_is_made_up_for_within_bounds():
    spent = Spent(Clock())
    spent.work(3.0)
    assert spent.rest(0.10) == pytest.approx(30.0)
    spent.work(40.0)
    assert spent.rest(0.10) == 60.0


def test_who_used_little_need_not_rest():
    clock = Clock()
    meter = Meter(pids=tuple, clock=clock)
    meter.sample()
    clock.now += 12.0
    assert meter.rest(0.50) == 0.0


def test_what_was_used_long_ago_no_longer_counts():
    clock = Clock()
    meter = Meter(pids=tuple, clock=clock)
    meter.sample()
    burn(0.3)
    for _ in range(40):
        clock.now += 1.0
        use = meter.sample()
    assert use.share < 0.01


def test_processes_below_this_one_count_too():
    clock = Clock()
    meter = Meter(clock=clock)
    alone = meter.sample()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        clock.now += 10.0
        both = meter.sample()
        assert both.processes > alone.processes
        assert both.memory > alone.memory
    finally:
        child.communicate(b"end")
    clock.now += 10.0
    assert meter.sample().processes == alone.processes


def test_the_memory_of_this_process_is_measured():
    use = Meter(pids=lambda: [os.getpid()]).sample()
    assert 1 << 20 < use.memory < 4 << 30
