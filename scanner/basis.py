"""What a remembered result rests on: the rules, each by itself, and everything else that reads and judges.

Of a rule there are two digests: of what decides where it can be in play at all, and of what it then says. When only the
latter changes, no other file need be read again than those in which it was in play.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from scanner.detection.rules import Rule
from scanner.places import rules_folder
from scanner.version import VERSION

ELSEWHERE = (
    "confinement", "sinks", "policy", "commands", "state", "media", "wording.py", "cli.py", "output.py", "report.py",
)  # fmt: skip
"""Parts of the package that have no say in what is found in a file."""
PACKAGES = (
    *("hyperscan", "regex"),
    *("pypdfium2", "olefile", "rars", "libpff-python", "cryptography", "msoffcrypto-tool"),
    *("backports.zstd", "stream-inflate"),
)
"""Those that find and those that read; what was a missing reader may be none under the next version."""
_SILENT = ("title", "examples", "references")


class Basis(NamedTuple):
    """Two results of one file under equal bases are equal."""

    readers: str
    rules: str


def basis(rules: Sequence[Rule], settings: str, key: bytes) -> Basis:
    """What the results of this run rest on; `settings`: all else that decides; `key` is that of the digests."""
    known = {rule.id: [_digest(*_where(rule)), _digest(*_what(rule))] for rule in rules}
    # the whole version of Python decides how stamps are made
    readers = _digest(settings, blake2b(b"basis", key=key).digest(), sys.version, program())
    return Basis(readers, json.dumps(known, sort_keys=True))


def touched(now: str, then: str) -> frozenset[str] | None:
    """The rules whose change matters only where they were in play; None: it may matter in every file."""
    present, past = json.loads(now), json.loads(then)
    if any(rule not in past or past[rule][0] != digests[0] for rule, digests in present.items()):
        return None
    return frozenset(rule for rule, digests in past.items() if present.get(rule) != digests)


def _where(rule: Rule) -> Iterator[object]:
    yield from (rule.id, rule.pattern, rule.gate, rule.gate_patterns, rule.reach, rule.context)
    yield from (rule.column.headers, rule.column.pattern, _plain(rule.aside))


def _what(rule: Rule) -> Iterator[object]:
    for record in (rule, rule.column):
        for name in record.__slots__:
            if name not in _SILENT:
                yield name
                yield _plain(getattr(record, name))


def _plain(value: Any) -> object:
    """A value in which a check stands by its name, not by its address in memory."""
    if callable(value):
        return value.__name__
    return None if hasattr(value, "sure") else value


@cache
def program() -> str:
    """A digest of all that reads and judges in this process: where it is equal, so are results."""
    return _digest(VERSION, *_versions(), *_sources())


def _versions() -> Iterator[str]:
    yield repr(sys.version_info[:2])
    for name in PACKAGES:
        try:
            yield metadata.version(name)
        except metadata.PackageNotFoundError:
            yield ""


def _sources() -> Iterator[bytes]:
    package = Path(__file__).parent
    code = (path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in ELSEWHERE)
    for path in sorted((*code, *(rules_folder() / "data").glob("*.*"))):
        yield path.name.encode()
        yield path.read_bytes()


def _digest(*parts: object) -> str:
    total = blake2b(digest_size=16)
    for part in parts:
        piece = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogatepass")
        total.update(len(piece).to_bytes(8) + piece)
    return total.hexdigest()
