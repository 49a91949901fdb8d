"""The search itself, in a process of its own: ``python -m fuzz.explore FORMAT SECONDS FOLDER``.

What the line calls a bug is written to FOLDER/kept and the search goes on; what ends the process (a crash of a native
library, a hang, memory) leaves libFuzzer's own file in FOLDER, and `fuzz.__main__` begins again.
"""

import hashlib
import random
import re
import sys
from pathlib import Path

import atheris

from fuzz.line import MEMORY, fault, name_for, seeds
from fuzz.mend import changed, joined, parts
from scanner import formats
from scanner.limits import MIB

HANGS = 60
"""Seconds on the clock after which a document hangs."""
_ROOM = 1.25
_BULKY = 40_000
"""Bytes of a member that takes long to read and says little: styles, themes."""


def explore(form: str, seconds: int, folder: Path) -> None:
    """Search for `seconds`; does not return."""
    with atheris.instrument_imports(include=["scanner"]):
        formats.formats()
    corpus, kept = folder / "corpus", folder / "kept"
    for made in (corpus, kept):
        made.mkdir(parents=True, exist_ok=True)
    longest = _sow(form, corpus)
    arguments = [
        "fuzz",
        f"-max_total_time={seconds}",
        f"-max_len={int(longest * _ROOM) + 512}",
        f"-timeout={HANGS}",
        f"-rss_limit_mb={2 * MEMORY // MIB}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(arguments, _Keeper(form, kept), custom_mutator=_mutated)
    _bound_memory()
    atheris.Fuzz()


class _Keeper:
    """Puts documents through the line and keeps the shortest for each thing that is wrong."""

    def __init__(self, form: str, kept: Path) -> None:
        self._form, self._kept = form, kept
        self._shortest: dict[str, int] = {}

    def __call__(self, data: bytes) -> None:
        name = name_for(data, self._form)
        what = None if name is None else fault(data, name)
        if name is None or what is None or len(data) >= self._shortest.get(what, len(data) + 1):
            return
        self._shortest[what] = len(data)
        (self._kept / f"{label(what)}{name.removeprefix('input')}").write_bytes(data)


def label(what: str) -> str:
    """A fault as the name of a file: where in the code it was does not last, a digest tells two of one kind apart."""
    kind = re.sub(r"[^a-z0-9]+", "-", what.lower().partition(".py:")[0]).strip("-")
    return f"{kind}-{hashlib.sha256(what.encode()).hexdigest()[:6]}"


def _mutated(data: bytes, most: int, seed: int) -> bytes:
    return changed(data, most, random.Random(seed), atheris.Mutate)


def _sow(form: str, corpus: Path) -> int:
    """The golden documents, those that are zips unpacked and without what is bulky; returns the size of the largest."""
    longest = 4096
    for number, path in enumerate(seeds(form)):
        data = path.read_bytes()
        members = parts(data) if data.startswith(b"PK") else None
        lean = {part: content for part, content in (members or {}).items() if len(content) < _BULKY}
        sown = [data] if lean == (members or {}) else []
        sown += [joined(lean)] if lean else []
        for kind, content in enumerate(sown):
            (corpus / f"seed-{number}-{kind}").write_bytes(content)
            longest = max(longest, len(content))
    return longest


def _bound_memory() -> None:
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    explore(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
