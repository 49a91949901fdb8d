"""The compiled gate between runs: never needed, never trusted blindly, never in the way."""

import os
import pickle
from collections import deque
from pathlib import Path

import pytest

from scanner.detection import gate, kept, patterns, rules
from scanner.detection.detector import Detector
from scanner.detection.kept import gate_of
from scanner.detection.proof import segment_of
from scanner.places import rules_folder

RULES = rules.load(rules_folder())
TEXT = "電話 090-2345-9876、a.sato@mihon.co.jp".encode()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "nokosanai"
    kept.gate(RULES, folder)
    return folder


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiles(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(gate, "_compile", compiles)


def finds(place: Path) -> list[tuple[int, int]] | None:
    return kept.gate(RULES, place).hits(TEXT)


def test_the_second_run_does_not_compile(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_compiling(monkeypatch)
    assert finds(place)


def test_other_rules_are_compiled_anew(place: Path) -> None:
    fewer = RULES[:3]
    assert kept.gate(fewer, place).hits(TEXT) == gate_of(fewer).hits(TEXT)


@pytest.mark.parametrize("damage", [b"", b"x" * 200, None])
def test_a_damaged_file_is_replaced(place: Path, damage: bytes | None) -> None:
    path = place / "gate.compiled"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if damage is None else damage)
    assert finds(place) == gate_of(RULES).hits(TEXT)
    assert path.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_others_can_write_is_not_trusted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "gate.compiled").chmod(0o666)
    forbid_compiling(monkeypatch)
    with pytest.raises(AssertionError):
        finds(place)


def test_a_place_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert finds(file / "below")
    assert finds(Path("relative"))
    assert not Path("relative").exists()


def test_nothing_else_is_left_in_the_folder(place: Path) -> None:
    assert [path.name for path in place.iterdir()] == ["gate.compiled"]


# --- patterns of readers ---


def test_patterns_are_taken_instead_of_compiled(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.patterns(RULES, place)
    rule = next(rule for rule in RULES if rule.id == "my_number")
    monkeypatch.setattr(patterns, "_compiled", {})
    monkeypatch.setattr(patterns, "_ready", {})
    patterns.take(kept.patterns(RULES, place).parts)
    monkeypatch.setattr(patterns.regex, "compile", lambda *_: pytest.fail("compiled again"))
    assert patterns.compiled(rule.pattern).pattern == rule.pattern


def test_what_is_taken_makes_patterns_and_calls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_compiled", {})
    monkeypatch.setattr(patterns, "_ready", {"x": pickle.dumps(os.getcwd)})
    with pytest.raises(pickle.UnpicklingError):
        patterns.compiled("x")


def test_all_patterns_that_a_scan_compiles_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever adds a vocabulary to a rule must name it among the sources: otherwise each worker compiles it."""
    detector = Detector(RULES, kept.ready(RULES, tmp_path))
    asked: list[str] = []
    monkeypatch.setattr(patterns, "_compiled", {})
    monkeypatch.setattr(patterns, "_taken", asked.append)
    for rule in RULES:
        for example in rule.examples:
            deque(detector.examination().find(segment_of(example)), maxlen=0)
    assert set(asked) <= set(kept.sources(RULES)), "compiled, and not among those that are kept"
    assert asked
