"""The settings of the watcher: one TOML file, read into frozen records, each key with its default and its bounds.

The administrator's file comes before the user's; neither ever comes from a folder that is being examined. It says what
keys there are and what may stand in them, not what the watcher does with them.
"""

import difflib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import urlsplit

from scanner import wording
from scanner.errors import UsageError
from scanner.places import WINDOWS, PathPatterns, machine_policy

FILE = "watch.toml"
VARIABLE = "NOKOSANAI_SETTINGS"
LARGEST = 1 << 20
"""Bytes of a file of settings."""
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))

Record = TypeVar("Record")


class _Kind(NamedTuple):
    """What may stand in a key."""

    said: str
    fits: Callable[[Any], bool]
    kept: Callable[[Any], Any] = lambda value: value


def _flag() -> dict[str, _Kind]:
    return {"kind": _Kind("true or false", lambda value: isinstance(value, bool))}


def _number(least: float, most: float, sort: type = int) -> dict[str, _Kind]:
    sorts = (int, float) if sort is float else (int,)
    said = f"a {'' if sort is float else 'whole '}number from {least} to {most}"
    return {"kind": _Kind(said, lambda value: type(value) in sorts and least <= value <= most, sort)}


def _choice(*words: str) -> dict[str, Any]:
    said = f"one of {', '.join(repr(word) for word in words)}"
    return {"kind": _Kind(said, lambda value: value in words), "words": words}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _text() -> dict[str, _Kind]:
    return {"kind": _Kind("a text on one line", _is_text)}


def _path() -> dict[str, _Kind]:
    return {"kind": _Kind("a whole path, from the root or ~ on", _is_whole_path, os.path.expanduser)}


def _is_whole_path(value: object) -> bool:
    return _is_text(value) and os.path.isabs(os.path.expanduser(str(value)))


def _each(one: Callable[[object], bool], said: str, kept: Callable[[str], str] = str) -> dict[str, _Kind]:
    def fits(value: object) -> bool:
        return isinstance(value, list) and all(map(one, value))

    return {"kind": _Kind(f"a list of {said}", fits, lambda value: tuple(map(kept, value)))}


def _headers() -> dict[str, _Kind]:
    def fits(value: object) -> bool:
        return isinstance(value, dict) and all(_is_text(name) and _is_text(text) for name, text in value.items())

    return {
        "kind": _Kind('a table of texts, such as { Authorization = "Bearer ..." }', fits, lambda v: tuple(v.items()))
    }


def _is_url(value: object) -> bool:
    if not _is_text(value):
        return False
    try:
        parts = urlsplit(str(value))
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return safe and bool(parts.hostname) and parts.username is None


def _url() -> dict[str, _Kind]:
    return {"kind": _Kind("an https address without a password (http only for this machine itself)", _is_url)}


def _is_proxy(value: object) -> bool:
    return _is_text(value) and re.fullmatch(r"https?://[^/@?#]+/?", str(value)) is not None


def _proxy() -> dict[str, _Kind]:
    return {"kind": _Kind("an address such as http://proxy.example.jp:8080, without a password", _is_proxy)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody whom events are sent to; every sort has these."""

    kind: ClassVar[str] = ""
    name: str = field(default="", metadata=_text())
    """What its queue and its counts are kept under; by default made of what it is."""
    events: str = field(default="violations", metadata=_choice("violations", "all"))
    max_mb: int = field(default=100, metadata=_number(1, 100_000))
    """MB that may wait for it; then the oldest go, and are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceiver(Receiver):
    """A file of JSON lines, for an agent that reads it."""

    kind: ClassVar[str] = "file"
    path: str = field(metadata=_path())
    rotate_mb: int = field(default=10, metadata=_number(1, 10_000))
    keep: int = field(default=5, metadata=_number(1, 1000))
    """Files that are kept, the present one not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogReceiver(Receiver):
    """A syslog server (RFC 5424 over TCP, RFC 6587, or TLS, RFC 5425)."""

    kind: ClassVar[str] = "syslog"
    host: str = field(metadata=_text())
    port: int = field(default=6514, metadata=_number(1, 65535))
    tls: bool = field(default=True, metadata=_flag())
    ca: str = field(default="", metadata=_path())
    client_cert: str = field(default="", metadata=_path())
    client_key: str = field(default="", metadata=_path())


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReceiver(Receiver):
    """What is posted to by HTTPS."""

    url: str = field(metadata=_url())
    headers: tuple[tuple[str, str], ...] = field(default=(), metadata=_headers(), repr=False)
    ca: str = field(default="", metadata=_path())
    client_cert: str = field(default="", metadata=_path())
    client_key: str = field(default="", metadata=_path())
    proxy: str = field(default="", metadata=_proxy())


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpReceiver(HttpReceiver):
    """An OpenTelemetry collector, its whole address for logs (``https://host:4318/v1/logs``)."""

    kind: ClassVar[str] = "otlp"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReceiver(HttpReceiver):
    """Whatever takes a JSON list of events."""

    kind: ClassVar[str] = "webhook"


RECEIVERS: Mapping[str, type[Receiver]] = {
    one.kind: one for one in (FileReceiver, SyslogReceiver, OtlpReceiver, WebhookReceiver)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; made without arguments, the defaults."""

    paths: tuple[str, ...] = field(
        default=(), metadata=_each(_is_whole_path, "whole paths, from the root or ~ on", os.path.expanduser)
    )
    """What is watched; empty: the home folder, or for the machine's service all fixed volumes."""
    exclude: tuple[str, ...] = field(default=(), metadata=_each(_is_text, "patterns of paths"))
    media: bool = field(default=True, metadata=_flag())
    nice: bool = field(default=True, metadata=_flag())
    cpu_percent: int = field(default=10, metadata=_number(1, 100))
    memory_mb: int = field(default=250, metadata=_number(100, 65_536))
    battery: str = field(default="pause", metadata=_choice("pause", "slow", "ignore"))
    walk_hours: int = field(default=24, metadata=_number(1, 24 * 31))
    quiet_seconds: float = field(default=2.0, metadata=_number(0.1, 3600, float))
    notify: bool = field(default=True, metadata=_flag())
    notices_per_hour: int = field(default=4, metadata=_number(1, 60))
    lang: str = field(default="", metadata=_choice(*wording.LANGUAGES))
    """Empty: that of the system."""
    cluster_ca: str = field(default="", metadata=_path())
    """This and the next two: how ``scan --cluster`` proves who it is."""
    cluster_cert: str = field(default="", metadata=_path())
    cluster_key: str = field(default="", metadata=_path())
    outbox: tuple[Receiver, ...] = ()
    source: str = ""
    """The file they were read from; empty: there is none."""

    @property
    def networked(self) -> bool:
        """Whether anything is sent over a network."""
        return any(not isinstance(one, FileReceiver) for one in self.outbox)


# --- where they lie ---------------------------------------------------------------------------------------------------


def machine_settings() -> Path:
    """The administrator's file: beside the policy of the machine."""
    return machine_policy().with_name(FILE)


def user_settings() -> Path:
    """This user's own file, for where the administrator has none."""
    home = Path(os.path.expanduser("~"))
    if WINDOWS:
        folder = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "nokosanai" / FILE


def load(path: Path | None = None, *, trusted: Callable[[IO[bytes]], bool] | None = None) -> Settings:
    """The settings of a file; of NOKOSANAI_SETTINGS, the machine or the user for None, or the defaults.

    `trusted` is asked about the machine's file, open. Raises UsageError that names file and key.
    """
    given = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if given is not None:
        return parse(_content(given, None), str(given))
    for place, asked in ((machine_settings(), trusted), (user_settings(), None)):
        if place.exists():
            return parse(_content(place, asked), str(place))
    return Settings()


def _content(path: Path, trusted: Callable[[IO[bytes]], bool] | None) -> bytes:
    try:
        with path.open("rb") as stream:
            if trusted is not None and not trusted(stream):
                raise UsageError(f"{path}: others than administrators can write it, so it is not followed")
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: the settings cannot be read ({error.strerror})") from None
    if len(raw) > LARGEST:
        raise UsageError(f"{path}: too large for settings")
    return raw


def parse(raw: bytes, name: str) -> Settings:
    """The settings in a file's bytes; `name` is what complaints call it."""
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: {error}") from None
    except RecursionError:
        raise UsageError(f"{name}: nested too deeply") from None
    found = _outbox(table.pop("outbox", []), name)
    values = _values(Settings, table, name, ("outbox",))
    try:
        PathPatterns(values.get("exclude", ()))
    except UsageError as error:
        raise UsageError(f"{name}: exclude: {error}") from None
    return Settings(**values, outbox=found, source=name)


def _outbox(tables: object, name: str) -> tuple[Receiver, ...]:
    if not isinstance(tables, list):
        raise UsageError(f"{name}: outbox must be written [[outbox]]")
    found: dict[str, Receiver] = {}
    for number, table in enumerate(tables, 1):
        where = f"{name}: outbox {number}"
        one = _receiver(table, where)
        if one.name in found:
            raise UsageError(f"{where}: name: another receiver is called {one.name!r} too")
        found[one.name] = one
    return tuple(found.values())


def _receiver(table: object, where: str) -> Receiver:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: must be a table")
    kind = table.pop("kind", None)
    if not isinstance(kind, str) or kind not in RECEIVERS:
        raise UsageError(f"{where}: kind must be one of {', '.join(map(repr, RECEIVERS))}{_meant(kind, RECEIVERS)}")
    values = _values(RECEIVERS[kind], table, where, ("kind",))
    if bool(values.get("client_cert")) != bool(values.get("client_key")):
        raise UsageError(f"{where}: client_cert and client_key belong together")
    if values.get("tls") is False and (values.get("ca") or values.get("client_cert")):
        raise UsageError(f"{where}: tls = false, but certificates are given")
    if "name" not in values:
        place = values.get("path") or values.get("host") or urlsplit(values["url"]).hostname
        values["name"] = f"{kind} {place}"
    return RECEIVERS[kind](**values)


def _values(record: type, table: Mapping[str, object], where: str, also: Sequence[str]) -> dict[str, Any]:
    """The values of a table by the fields of a record; complains of what is missing, unknown or wrong."""
    known = {one.name: one for one in _keys(record)}
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{_meant(key, (*known, *also))}")
    for key, one in known.items():
        if key not in table and one.default is MISSING:
            raise UsageError(f"{where}: {key} is missing: it must be {one.metadata['kind'].said}")
    return {key: _value(known[key], value, where) for key, value in table.items()}


def _value(key: "Field[Any]", value: object, where: str) -> Any:
    kind: _Kind = key.metadata["kind"]
    if not kind.fits(value):
        raise UsageError(f"{where}: {key.name} must be {kind.said}{_meant(value, key.metadata.get('words', ()))}")
    return kind.kept(value)


def _keys(record: type) -> "Iterator[Field[Any]]":
    return (one for one in fields(record) if "kind" in one.metadata)


def _meant(word: object, known: Sequence[str] | Mapping[str, object]) -> str:
    near = difflib.get_close_matches(word, known, 1) if isinstance(word, str) else []
    return f"; is it {near[0]!r} that is meant?" if near else ""


# --- the template -----------------------------------------------------------------------------------------------------

_SAMPLES: Mapping[str, object] = {
    "paths": ["/home", "/srv/share"],
    "lang": "ja",
    "exclude": ["**/node_modules"],
    "path": "/var/log/nokosanai/events.jsonl",
    "host": "log.example.jp",
    "url": "https://log.example.jp/events",
    "headers": {"Authorization": "Bearer ..."},
    "ca": "/etc/nokosanai/ca.pem",
    "client_cert": "/etc/nokosanai/client.pem",
    "client_key": "/etc/nokosanai/client.key",
    "cluster_ca": "/etc/nokosanai/cluster-ca.pem",
    "cluster_cert": "/etc/nokosanai/cluster.pem",
    "cluster_key": "/etc/nokosanai/cluster.key",
    "proxy": "http://proxy.example.jp:8080",
}


def template(lang: str) -> str:
    """A file of settings in which every key stands with its default, as a comment, and is explained."""
    lines = [f"# {line}" for line in wording.text("settings", lang).splitlines()]
    for key in _keys(Settings):
        lines += ["", *_explained(key, lang)]
    lines += ["", f"# {wording.text('settings.outbox', lang)}"]
    told: set[str] = set()
    for kind, record in RECEIVERS.items():
        lines += ["", "# [[outbox]]", f'# kind = "{kind}"']
        for key in sorted(_keys(record), key=lambda one: one.default is not MISSING):
            lines += _explained(key, lang) if key.name not in told else [_line(key)]
            told.add(key.name)
    return "\n".join(lines) + "\n"


def _explained(key: "Field[Any]", lang: str) -> list[str]:
    return [f"# {wording.name(wording.SETTINGS, key.name, lang)}", _line(key)]


def _line(key: "Field[Any]") -> str:
    empty = key.default is MISSING or key.default in ("", ())
    return f"# {key.name} = {_toml(_SAMPLES.get(key.name, '...') if empty else key.default)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(text)}" for name, text in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
