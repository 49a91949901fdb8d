"""The settings of the watcher: what a file may say, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from scanner import places, settings
from scanner.errors import UsageError
from scanner.settings import FileReceiver, Settings, SyslogReceiver, WebhookReceiver, load, parse, template

HERE = str(Path.cwd())


def said(text: str) -> str:
    with pytest.raises(UsageError) as raised:
        parse(text.encode(), "watch.toml")
    return str(raised.value)


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOKOSANAI_SETTINGS", raising=False)
    monkeypatch.setattr(settings, "machine_settings", lambda: tmp_path / "machine" / "watch.toml")
    monkeypatch.setattr(settings, "user_settings", lambda: tmp_path / "user" / "watch.toml")


def written(tmp_path: Path, who: str, text: str) -> Path:
    path = tmp_path / who / "watch.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_defaults_hold_and_nothing_is_sent() -> None:
    found = load()
    assert found == Settings()
    assert (found.cpu_percent, found.memory_mb, found.walk_hours, found.battery) == (10, 250, 24, "pause")
    assert found.outbox == ()
    assert not found.networked


def test_the_administrators_file_comes_before_the_users(tmp_path: Path) -> None:
    mine = written(tmp_path, "user", "cpu_percent = 90\n")
    assert load() == Settings(cpu_percent=90, source=str(mine))
    theirs = written(tmp_path, "machine", "cpu_percent = 5\n")
    assert load() == Settings(cpu_percent=5, source=str(theirs))


def test_a_file_that_is_named_comes_before_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "machine", "cpu_percent = 5\n")
    named = written(tmp_path, "named", "cpu_percent = 7\n")
    assert load(named).cpu_percent == 7
    monkeypatch.setenv("NOKOSANAI_SETTINGS", str(named))
    assert load().cpu_percent == 7


def test_a_machines_file_that_others_can_write_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path, "machine", "cpu_percent = 5\n")
    with pytest.raises(UsageError, match="others than administrators"):
        load(trusted=lambda stream: False)
    assert load(trusted=lambda stream: True).cpu_percent == 5


def test_a_file_that_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("cpu_percnt = 5", "unknown key 'cpu_percnt'; is it 'cpu_percent' that is meant?"),
        ("outbocks = 5", "unknown key 'outbocks'; is it 'outbox' that is meant?"),
        ("cpu_percent = 0", "cpu_percent must be a whole number from 1 to 100"),
        ("cpu_percent = true", "cpu_percent must be a whole number"),
        ("cpu_percent = 5.5", "cpu_percent must be a whole number"),
        ("quiet_seconds = nan", "quiet_seconds must be a number from 0.1 to 3600"),
        ("notify = 1", "notify must be true or false"),
        ('battery = "pauze"', "battery must be one of 'pause', 'slow', 'ignore'; is it 'pause' that is meant?"),
        ('paths = ["Documents"]', "paths must be a list of whole paths"),
        ('exclude = "*.log"', "exclude must be a list of patterns"),
        ('exclude = ["[z-a]"]', "exclude: not a pattern of paths"),
        ('lang = "fr"', "lang must be one of 'ja', 'en'"),
        ("outbox = 1", "outbox must be written [[outbox]]"),
        ("outbox = [1]", "outbox 1: must be a table"),
        ("[[outbox]]", "outbox 1: kind must be one of 'file', 'syslog', 'otlp', 'webhook'"),
        ('[[outbox]]\nkind = "websock"', "is it 'webhook' that is meant?"),
        ('[[outbox]]\nkind = "file"', "outbox 1: path is missing: it must be a whole path"),
        ('[[outbox]]\nkind = "syslog"\nhost = "a"\nurl = "b"', "outbox 1: unknown key 'url'"),
        ('[[outbox]]\nkind = "syslog"\nhost = "a"\nport = 0', "port must be a whole number from 1 to 65535"),
        ('[[outbox]]\nkind = "syslog"\nhost = "a"\nclient_cert = "/a"', "client_cert and client_key belong together"),
        ('[[outbox]]\nkind = "syslog"\nhost = "a"\ntls = false\nca = "/a"', "tls = false, but certificates"),
        ('[[outbox]]\nkind = "webhook"\nurl = "http://a.example/"', "must be an https address"),
        ('[[outbox]]\nkind = "webhook"\nurl = "https://u:p@a.example/"', "without a password"),
        ('[[outbox]]\nkind = "webhook"\nurl = "https://a.example:x/"', "must be an https address"),
        ('[[outbox]]\nkind = "webhook"\nurl = "https://a"\nheaders = { A = "b\\r\\nC: d" }', "headers must be a table"),
        ('[[outbox]]\nkind = "webhook"\nurl = "https://a"\nproxy = "socks://a"', "proxy must be an address such as"),
        ('[[outbox]]\nkind = "syslog"\nhost = "a"\n' * 2, "outbox 2: name: another receiver is called 'syslog a' too"),
        ("a = [", "watch.toml: "),
        ("a = " + "[" * 5000, "nested too deeply"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_key_and_reason(text: str, complaint: str) -> None:
    heard = said(text)
    assert heard.startswith("watch.toml: ")
    assert complaint.replace("/a", HERE) in heard or complaint in heard


def test_receivers_have_defaults_and_a_name() -> None:
    text = f"""
[[outbox]]
kind = "file"
path = '{HERE}'
[[outbox]]
kind = "syslog"
host = "log.example.jp"
[[outbox]]
kind = "webhook"
name = "soc"
url = "http://127.0.0.1:1/x"
headers = {{ Authorization = "Bearer secret-word" }}
events = "all"
"""
    file, syslog, webhook = parse(text.encode(), "f").outbox
    assert file == FileReceiver(name=f"file {HERE}", path=HERE, rotate_mb=10, keep=5, events="violations", max_mb=100)
    assert syslog == SyslogReceiver(name="syslog log.example.jp", host="log.example.jp", port=6514, tls=True)
    assert isinstance(webhook, WebhookReceiver)
    assert (webhook.name, webhook.events) == ("soc", "all")
    assert "secret-word" not in repr(webhook)


def test_only_a_file_needs_no_network() -> None:
    assert not parse(f"[[outbox]]\nkind = 'file'\npath = '{HERE}'\n".encode(), "f").networked
    assert parse(b"[[outbox]]\nkind = 'syslog'\nhost = 'a'\n", "f").networked


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_template_with_all_comments_opened_is_a_valid_file(lang: str) -> None:
    lines = template(lang).splitlines()
    opened = "\n".join(line[2:] for line in lines if line.startswith("# [[") or " = " in line.partition("#")[2])
    if places.WINDOWS:
        opened = opened.replace('"/', '"C:/')
    names = iter(f'name = "{number}"' for number in range(9))
    opened = "\n".join(next(names) if line.startswith("name =") else line for line in opened.splitlines())
    found = parse(opened.encode(), "template")
    defaults = Settings()
    assert [one.kind for one in found.outbox] == ["file", "syslog", "otlp", "webhook"]
    for key in ("media", "nice", "cpu_percent", "memory_mb", "battery", "walk_hours", "quiet_seconds", "notify"):
        assert getattr(found, key) == getattr(defaults, key), key


def test_the_template_as_it_is_changes_nothing() -> None:
    assert parse(template("ja").encode(), "") == Settings()
