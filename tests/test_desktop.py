"""Notifications: how often, what they say, and with which commands they are shown."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.desktop.news import Collector, Message, News
from scanner.desktop.show import Show, shower

BUS = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus", "DISPLAY": ":0"}
MESSAGE = Message("個人情報が見つかりました", "名簿 <b>&.csv")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def news(number: int, medium: str = "") -> News:
    return News(address=f"/d/{number}.csv", name=f"{number}.csv", persons=number, medium=medium)


def test_one_file_is_named_and_nothing_of_what_is_in_it(clock: Clock) -> None:
    one = Collector(4, "en", clock)
    one.add(News("/home/taro/名簿.csv", "名簿\x1b[2J.csv", 1234))
    clock.now += 60
    message = one.take()
    assert message is not None
    assert message.title == "Personal data was found"
    assert message.body.splitlines()[0] == "名簿\\x1b[2J.csv (about 1,234 people)"
    assert "/home" not in message.body


def test_a_folder_full_of_files_is_one_notification(clock: Clock) -> None:
    one = Collector(4, "en", clock)
    for number in range(40):
        one.add(news(number, f"USB-{number % 3}"))
        clock.now += 0.1
    assert one.take() is None
    clock.now += 10
    message = one.take()
    assert message is not None
    assert message.body.splitlines()[0] == "removable media: 3, files on them: 40"
    assert one.take() is None
    assert one.wait() is None


def test_files_of_the_machine_and_of_media_are_counted_apart(clock: Clock) -> None:
    one = Collector(4, "ja", clock)
    for number in range(3):
        one.add(news(number))
    one.add(news(3, "USB"))
    clock.now += 60
    message = one.take()
    assert message is not None
    assert message.body.splitlines()[:2] == ["ファイル3件", "媒体1個にファイル1件"]


def test_of_a_stick_it_says_how_many_people_are_on_it_once_all_of_it_is_known(clock: Clock) -> None:
    one = Collector(4, "en", clock)
    for number in range(3):
        one.add(news(number, "USB"))
    one.examined("USB", 1234)
    clock.now += 60
    message = one.take()
    assert message is not None
    assert message.body.splitlines()[:2] == ["removable media: 1, files on them: 3", "on it now: about 1,234 people"]
    for number in range(3, 5):
        one.add(news(number, "USB"))
    clock.now += 60
    later = one.take()
    assert later is not None
    assert "1,234" not in later.body


def test_the_same_file_again_is_one_file(clock: Clock) -> None:
    one = Collector(4, "en", clock)
    one.add(news(1))
    one.add(news(1))
    clock.now += 60
    message = one.take()
    assert message is not None
    assert message.body.startswith("1.csv (about 1 person)")


def test_no_more_than_a_few_in_any_hour_and_nothing_is_forgotten(clock: Clock) -> None:
    one = Collector(4, "en", clock)
    told: list[tuple[float, Message]] = []
    for second in range(0, 4 * 3600, 30):
        clock.now = 1000.0 + second
        if second < 3 * 3600:
            one.add(news(second))
        if (message := one.take()) is not None:
            told.append((clock.now, message))
    times = [at for at, _ in told]
    assert all(later - at >= 3600 for at, later in zip(times, times[4:], strict=False))
    counts = [int(text.split()[0]) if "files" in text else 1 for text in (m.body.splitlines()[0] for _, m in told)]
    assert sum(counts) == 360


def test_it_says_how_long_there_is_nothing_to_do(clock: Clock) -> None:
    one = Collector(1, "en", clock)
    assert one.wait() is None
    one.add(news(1))
    assert one.wait() == 10
    clock.now += 10
    assert one.take() is not None
    one.add(news(2))
    assert one.wait() == 3600


class Recorder:
    """Plays the system's programs."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.commands: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str]) -> bool:
        self.commands.append(command)
        return self.answers.pop(0) if self.answers else True


def linux(environment: dict[str, str], run: Recorder, program: str | None = "/usr/bin/notify-send") -> Show | None:
    return shower(run, "linux", environment, lambda name: program)


def test_linux_shows_it_with_notify_send() -> None:
    run = Recorder()
    show = linux(BUS, run)
    assert show is not None
    assert show(MESSAGE)
    ((program, *options, title, body),) = run.commands
    assert program == "/usr/bin/notify-send"
    assert options[-1] == "--"
    assert (title, body) == ("個人情報が見つかりました", "名簿 &lt;b&gt;&amp;.csv")


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":0"}, {"DBUS_SESSION_BUS_ADDRESS": "x"}])
def test_without_a_desktop_there_are_no_notifications(environment: dict[str, str]) -> None:
    assert linux(environment, Recorder()) is None


def test_without_the_program_there_are_no_notifications() -> None:
    assert linux(BUS, Recorder(), program=None) is None


@pytest.mark.posix
def test_a_bus_at_its_usual_place_is_enough(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()
    assert linux({"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-0"}, Recorder()) is not None


def test_a_mac_shows_it_with_arguments_and_no_script_of_file_names() -> None:
    run = Recorder()
    show = shower(run, "darwin", {"USER": "taro"})
    assert show is not None
    assert show(Message('a" & (do shell script "x")', "b"))
    assert run.commands[0][-1] == "Dock"
    *script, title, body = run.commands[1]
    assert (title, body) == ('a" & (do shell script "x")', "b")
    assert "do shell" not in "".join(script)
    assert shower(Recorder(False), "darwin", {"USER": "root"}) is None


def test_a_notification_that_cannot_be_shown_is_no_failure() -> None:
    show = shower(platform="linux", environment=BUS, which=lambda name: os.path.join(os.sep, "no", "such", "program"))
    assert show is not None
    assert show(MESSAGE) is False
