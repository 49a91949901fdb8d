"""What a user would notice about sticks on Linux: they are noticed, watched, and can be taken out at any time."""

import sys
from collections.abc import Iterator

import pytest

from scanner.errors import Unreadable
from scanner.media.spool import spooled
from scanner.media.volumes import volumes
from scanner.watching.arrivals import Arrivals, Arrived, Gone
from scanner.watching.sources import Sources
from tests.sticks import Stick, sticks
from tests.watched import Watched, until, write

if sys.platform != "linux":
    pytest.skip("mounts as Linux has them", allow_module_level=True)

WRITE = "import sys; open(sys.argv[1], 'w').write('x' * int(sys.argv[2]))"


@pytest.fixture(params=["ext4", "fat"])
def stick(request, tmp_path) -> Iterator[Stick]:
    with sticks(tmp_path, request.param) as (one,):
        one.plug()
        yield one


@pytest.fixture(params=["fanotify", "inotify"])
def whole(request) -> bool:
    return request.param == "fanotify"


def put(stick: Stick, name: str, size: int = 3) -> str:
    path = str(stick.mount / name)
    assert write(WRITE, path, size).wait() == 0
    return path


def test_a_stick_can_be_pulled_out_while_it_is_watched_and_is_watched_again(stick, whole):
    with Watched(Sources, stick.mount, whole=whole) as watched:
        path = put(stick, "a.csv")
        assert watched.settle(lambda: watched.looked.get(path) == 3)
        assert stick.pull()
        watched.source.check()
        assert until(lambda: watched.heard("volume", stick.mount))
        stick.plug()
        watched.source.check()
        assert watched.source.sight().unseen == ()
        path = put(stick, "b.csv", 5)
        assert watched.settle(lambda: watched.looked.get(path) == 5)


def test_a_file_system_that_refuses_the_better_source_gets_the_other_and_the_reason_is_told(stick):
    with Watched(Sources, stick.mount) as watched:
        sight = watched.source.sight()
        if sight.by[watched.root] == "fanotify":
            assert stick.kind == "ext4"
            assert sight.notes == {}
        else:
            assert stick.kind == "fat" or "fanotify" in sight.notes
            assert all("FUSE" in reason or "privilege" in reason for reason in sight.notes.values())


def test_another_stick_in_the_same_place_gets_the_source_that_can_watch_it(tmp_path):
    with sticks(tmp_path, "ext4", "fat") as (first, second):
        second.mount = first.mount
        first.plug()
        with Watched(Sources, first.mount) as watched:
            assert first.pull()
            watched.source.check()
            second.plug()
            watched.source.check()
            sight = watched.source.sight()
            assert (sight.unseen, sight.by) == ((), {watched.root: "inotify"})
            path = put(second, "a.csv")
            assert watched.settle(lambda: watched.looked.get(path) == 3)


def test_a_stick_is_noticed_when_it_comes_and_goes_and_known_again(stick):
    told: list[Arrived | Gone] = []
    assert stick.pull()
    arrivals = Arrivals(volumes, told.append, safety=60)
    arrivals.start()
    try:
        for _ in range(2):
            told.clear()
            stick.plug()
            assert until(lambda: any(isinstance(one, Arrived) for one in told))
            assert stick.pull()
            assert until(lambda: any(isinstance(one, Gone) for one in told))
            here = [one for one in told if one.volume.mount == str(stick.mount)]
            assert [type(one) for one in here] == [Arrived, Gone]
            assert here[0].volume.identity == here[1].volume.identity
    finally:
        arrivals.stop()


def test_a_stick_can_be_pulled_out_while_a_file_of_it_is_being_read(stick):
    path = put(stick, "large.csv", 5 << 20)
    with spooled(path, limit=1 << 20) as stream:
        assert stream.read(10) == b"x" * 10
        assert stick.pull()
        with pytest.raises(Unreadable) as failure:
            stream.read()
        assert failure.value.kind == "vanished"
        stick.plug()
        stream.seek(4 << 20)
        assert len(stream.read()) == 1 << 20


def test_a_stick_that_breaks_off_in_the_middle_is_a_medium_that_vanished(stick):
    if stick.kind != "ext4":
        pytest.skip("the driver of FAT in user space holds the image in memory")
    path = put(stick, "large.csv", 16 << 20)
    assert stick.pull()
    stick.plug()
    with stick.image.open("r+b") as image:
        image.truncate(1 << 20)
    with pytest.raises(Unreadable) as failure, spooled(path) as stream:
        stream.read()
    assert failure.value.kind == "vanished"
    assert str(stick.mount) not in str(failure.value)
