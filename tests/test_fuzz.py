"""What the search found stays mended, and every golden document survives damage that gets past the door.

The documents go through the line as a worker takes it, in a few seconds; the search itself is ``python -m fuzz``.
"""

import random
from pathlib import Path

import pytest

from fuzz.line import FOUND, GOLDEN, fault, name_for, names
from fuzz.mend import changed, joined, parts
from fuzz.shrink import shrunk
from fuzz.sums import summed
from scanner.limits import Limits
from tests.test_formats import CASES, NAMES, source

SEEDS = [source(case) for case in CASES if case.parent.name != "split"]
"""A part of a split file is nothing without those beside it, and only files on disk have others beside them."""
ROUNDS = 8
SLOW = 1 << 17
"""Bytes of a document that is damaged less often."""
SMALL = 64 << 10


def damaged(data: bytes, most: int, dice: random.Random) -> bytes:
    """A few bytes changed, a number made extreme, a piece left out, doubled or moved, or the end cut off."""
    broken = bytearray(data)
    for _ in range(dice.randrange(1, 5)):
        at, length = dice.randrange(len(broken) + 1), dice.randrange(1, 64)
        match dice.randrange(6):
            case 0:
                broken[at : at + 1] = bytes((dice.randrange(256),))
            case 1:
                width = dice.choice((1, 2, 4, 8))
                broken[at : at + width] = dice.choice((b"\xff", b"\0", b"\x7f", b"\x80")) * width
            case 2:
                del broken[at : at + length]
            case 3:
                broken[at:at] = broken[at : at + length]
            case 4:
                broken[at:at] = broken[dice.randrange(len(broken) + 1) :][:length]
            case _:
                del broken[dice.randrange(len(broken) // 2, len(broken) + 1) :]
    return bytes(broken[:most])


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_stays_mended(path: Path) -> None:
    assert fault(path.read_bytes(), f"input{path.suffix}") is None


def test_what_was_found_is_small_and_lies_with_its_reader() -> None:
    for path in FOUND.glob("*/*"):
        assert path.parent.name in (*NAMES, "binary")
        assert path.stat().st_size <= SMALL, path


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_a_damaged_document_ends_in_the_ledger_and_in_nothing_else(path: Path) -> None:
    data, dice = path.read_bytes(), random.Random(path.parent.name)
    for _ in range(ROUNDS if len(data) < SLOW else 2):
        broken = changed(data, 2 * len(data) + 4096, dice, lambda content, most: damaged(content, most, dice))
        assert fault(broken, path.name) is None


def test_a_golden_document_is_what_its_reader_accepts_and_nothing_is_wrong_with_it() -> None:
    for form in NAMES:
        if form == "split":  # no file alone is a part of others
            continue
        accepted = [path for path in SEEDS if path.parent.parent.name == form]
        assert accepted
        assert names(form)
        for path in accepted:
            assert name_for(path.read_bytes(), form), path


def test_a_member_of_an_archive_is_changed_behind_its_sum() -> None:
    whole = joined({"a.txt": b"one", "b.txt": b"two"})
    seen = {bytes(changed(whole, 4096, random.Random(seed), lambda _content, _most: b"three")) for seed in range(40)}
    assert {tuple((parts(made) or {}).values()) for made in seen} >= {(b"three", b"two"), (b"one", b"three")}
    assert fault(joined({"a.txt": b"three"}), "a.zip") is None


def test_the_sums_of_a_sound_archive_are_right_already() -> None:
    archives = [path for form in ("sevenzip", "rar", "lzh", "tar", "iso") for path in GOLDEN.glob(f"{form}/*/input.*")]
    changed_by_it = [path.parent.name for path in archives if summed(path.read_bytes()) != path.read_bytes()]
    assert changed_by_it == ["encrypted_names"]  # its headers cannot be told apart
    broken = [path for path in archives if summed(with_a_wrong_sum(path.read_bytes())) == path.read_bytes()]
    assert {path.parent.parent.name for path in broken} == {"sevenzip", "rar", "lzh", "tar", "iso"}


def with_a_wrong_sum(data: bytes) -> bytes:
    """One sum of the kinds that are known, made wrong."""
    marks = {b"7z": 8, b"Rar!\x1a\x07\0": 7, b"Rar!\x1a\x07\x01": 8}
    at = next((place for mark, place in marks.items() if data.startswith(mark)), None)
    if at is None:
        at = 1 if data[2:4] == b"-l" else 148 if data[257:262] == b"ustar" else 256 * 2048 + 4
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :] if at < len(data) else data


def test_a_fault_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.formats import plain

    def read(document, budget):
        with document.open() as stream:
            if b"!" in stream.read():
                raise IndexError("the text of a document")
        return iter(())

    monkeypatch.setattr(plain, "read", read)
    data = b"quiet " * 50 + b"loud!" + b" quiet" * 50
    what = fault(data, "a.txt")
    assert what is not None
    assert what.startswith("IndexError in test_fuzz.py:")
    assert shrunk(data, lambda less: fault(less, "a.txt") == what) == b"!"
    packed = joined({"a.txt": data, "b.txt": b"quiet", "c/d.txt": b"quiet"})
    what = fault(packed, "a.zip")
    small = shrunk(packed, lambda less: fault(less, "a.zip") == what)
    assert fault(small, "a.zip") == what
    assert len(small) < len(joined({"a.txt": b"!"})) + 1


def test_a_document_beyond_its_time_or_memory_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.formats import plain

    clock = iter(range(0, 10**6, 100))
    monkeypatch.setattr("fuzz.line.time.process_time", lambda: float(next(clock)))
    assert fault(b"text", "a.txt", Limits(seconds=1.0, expanded=1)) == "longer than its time limit"
    monkeypatch.undo()

    def hungry(document, budget):
        raise MemoryError

    monkeypatch.setattr(plain, "read", hungry)
    assert fault(b"text", "a.txt") == "memory beyond the budget"
