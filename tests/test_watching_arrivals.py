"""What a user would notice about media: each that comes or goes is told once, and known again by its identity."""

import sys

import pytest

from scanner.model import Volume
from scanner.watching import arrivals as arrivals_module
from scanner.watching.arrivals import Arrivals, Arrived, Gone
from tests.watched import until


def volume(identity: str, mount: str) -> Volume:
    return Volume(identity=identity, volume_class="removable", mount=mount)


C, STICK, OTHER = volume("AAAA-0001", "C:\\"), volume("1234-ABCD", "E:\\"), volume("9999-FFFF", "E:\\")


@pytest.fixture(autouse=True)
def every_drive_has_its_medium(monkeypatch, request):
    if "without a medium" not in request.node.name.replace("_", " "):
        monkeypatch.setattr(arrivals_module, "_is_in", lambda _: True)


@pytest.fixture
def machine():
    return [C]


@pytest.fixture
def told():
    return []


@pytest.fixture
def arrivals(machine, told):
    one = Arrivals(lambda: list(machine), told.append, pulse=0.02, safety=0.1)
    one.start()
    yield one
    one.stop()


def test_what_is_there_from_the_start_is_no_arrival(arrivals, told):
    arrivals.look()
    assert told == []
    assert list(arrivals.present.values()) == [C]


def test_a_stick_that_comes_and_goes_is_told_once_each(arrivals, machine, told):
    machine.append(STICK)
    arrivals.look()
    arrivals.look()
    machine.remove(STICK)
    arrivals.look()
    arrivals.look()
    assert told == [Arrived(STICK), Gone(STICK)]


def test_another_stick_under_the_same_letter_is_another_stick(arrivals, machine, told):
    machine.append(STICK)
    arrivals.look()
    machine[1] = OTHER
    arrivals.look()
    assert told == [Arrived(STICK), Gone(STICK), Arrived(OTHER)]


def test_a_stick_under_another_letter_keeps_its_identity(arrivals, machine, told):
    machine.append(STICK)
    arrivals.look()
    machine[1] = volume(STICK.identity, "F:\\")
    arrivals.look()
    assert {one.volume.identity for one in told} == {STICK.identity}
    assert [type(one) for one in told] == [Arrived, Gone, Arrived]


@pytest.mark.skipif(sys.platform == "linux", reason="Linux tells of mounts")
def test_a_card_in_a_reader_that_keeps_its_letter_is_noticed_without_being_told(arrivals, machine, told):
    machine.append(STICK)
    assert until(lambda: told == [Arrived(STICK)])


@pytest.mark.windows
def test_a_drive_without_a_medium_is_no_volume(arrivals, machine, told):
    machine.append(volume("dev:Q:\\", "Q:\\"))
    arrivals.look()
    assert told == []
