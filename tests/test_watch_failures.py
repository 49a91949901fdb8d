"""What a user would notice when something goes wrong inside the watcher: it says so, and goes on or ends."""

import argparse
import io
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.commands import watch
from scanner.commands.watch import FAILED, STUMBLES, _Watching
from scanner.settings import Settings


class Life:
    """A watch whose life is a function."""

    def __init__(self, live: Callable[[], None]) -> None:
        self.live = live
        self.stopped = False

    def run(self, alive: Callable[[], None], begun: Callable[["Life"], None]) -> None:
        begun(self)
        alive()
        self.live()

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def watching(tmp_path, monkeypatch) -> _Watching:
    monkeypatch.setattr(watch, "PAUSES", (0.0, 0.0))
    options = argparse.Namespace(
        paths=[str(tmp_path)], settings=None, policy=None, exclude=[], nice=0, no_media=True, service=True, lang="en"
    )
    one = _Watching(options, Settings(notify=False))
    one._dashboard._stream = io.StringIO()
    monkeypatch.setattr(one, "_greet", lambda _: setattr(one, "_begun", True))
    monkeypatch.setattr(one, "_listen", lambda: None)
    return one


def lives(one: _Watching, *after: Callable[[], None]) -> list[Life]:
    """Have these lives follow one another."""
    rest, begun = list(after), []

    def made() -> Life:
        begun.append(Life(rest.pop(0)))
        return begun[-1]

    one._made = made  # type: ignore[method-assign, assignment]
    return begun


def said_by(one: _Watching) -> str:
    stream = one._dashboard._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def failing(error: Exception) -> Callable[[], None]:
    def live() -> None:
        raise error

    return live


def test_what_the_system_refuses_is_told_and_it_begins_again(watching):
    full = sqlite3.OperationalError("database or disk is full: /home/sato/secret")
    begun = lives(watching, failing(full), failing(OSError(5, "secret")), watching.stop)
    assert watching.run() == 0
    assert len(begun) == 3
    said = said_by(watching)
    assert said.count("Watching was broken off") == 2
    assert "secret" not in said


def test_it_does_not_begin_again_for_ever(watching):
    begun = lives(watching, *[failing(OSError(28, "full"))] * 20)
    with pytest.raises(OSError, match="full"):
        watching.run()
    assert len(begun) == STUMBLES + 1


def test_what_fails_before_it_has_begun_is_not_tried_again(watching):
    watching._made = failing(PermissionError(13, "denied"))  # type: ignore[method-assign, assignment]
    with pytest.raises(PermissionError):
        watching.run()


def test_a_thread_that_dies_ends_it_with_a_word_and_an_exit_code_for_the_service_manager(watching):
    def live() -> None:
        threading.excepthook = watching._died
        thread = threading.Thread(target=lambda: [][1])
        thread.start()
        thread.join()

    before = threading.excepthook
    begun = lives(watching, live)
    try:
        assert watching.run() == FAILED
    finally:
        threading.excepthook = before
    assert begun[0].stopped
    assert "IndexError in test_watch_failures.py" in said_by(watching)


def test_who_asks_for_the_end_before_it_has_begun_is_heard(watching):
    begun = lives(watching, lambda: None)
    watching._made, made = (lambda: (watching.stop(), made())[1]), watching._made  # type: ignore[method-assign]
    assert watching.run() == 0
    assert begun[0].stopped


def test_new_settings_that_do_not_hold_change_nothing(watching, tmp_path):
    bad = tmp_path / "policy.toml"
    bad.write_text("no policy", "utf-8")
    watching._options.policy = Path(bad)
    life = lives(watching, watching.stop)
    watching.run()
    life[0].stopped = False
    watching.reload()
    assert not life[0].stopped
    assert "those until now stay" in said_by(watching)
    watching._options.policy = None
    watching.reload()
    assert life[0].stopped
