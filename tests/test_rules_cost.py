"""What a rule costs: ``rules check --cost``, and the text that it measures on."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from scanner.detection import kept
from scanner.detection.cost import TIMES, corpus, costs
from scanner.detection.rules import load
from scanner.places import rules_folder
from scanner.wording import COST

RULES = load(rules_folder())


def check(*arguments: str, lang: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONUTF8": "1", "NOKOSANAI_LANG": lang, "COLUMNS": "200"}
    command = [sys.executable, "-m", "scanner", "rules", "check", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=300)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_rule_is_listed_once_the_slowest_first(lang: str) -> None:
    done = check("--cost", lang=lang)
    assert done.returncode == 0, done.stderr
    proof, _, table = done.stdout.partition(getattr(COST["title"], lang))
    assert "0 faults" in proof
    cells = re.findall(
        r"^  (\w+) +(slow|遅い)? *([\d,]+) +([\d.]+) +([\d.]+)% +([\d,]+) +([\d,]+) +", table, re.MULTILINE
    )
    assert sorted(row[0] for row in cells) == sorted(rule.id for rule in RULES)
    totals = [int(row[2].replace(",", "")) for row in cells]
    assert totals == sorted(totals, reverse=True)
    assert sum(float(row[4]) for row in cells) == pytest.approx(100, abs=3)
    for row in cells:
        assert bool(row[1]) == (float(row[3]) > TIMES) or float(row[3]) == TIMES


def test_without_being_asked_nobody_measures() -> None:
    assert check(lang="en").stdout.count("\n") == 1


def test_the_text_is_the_same_each_time_and_has_every_example() -> None:
    one, two = (corpus(RULES, 100_000) for _ in range(2))
    assert [segment.text for segment in one] == [segment.text for segment in two]
    assert sum(len(segment.text.encode()) for segment in one) >= 100_000
    whole = "\n".join(segment.text for segment in corpus(RULES, 1_000_000))
    seen = sum(example.text in whole for rule in RULES for example in rule.examples)
    assert seen > sum(len(rule.examples) for rule in RULES) / 2


@pytest.mark.parametrize("times", [1, 4], ids=["slow", "cut off by its time limit"])
def test_a_rule_that_tries_everything_is_marked_slow(times: int) -> None:
    known = {rule.id: rule for rule in RULES}
    cheap = [known[name] for name in ("email_address", "password_hash", "passport_mrz", "postal_code")]
    pattern = r"(?:[^x]{0,12}?[^y]{0,12}?){TIMES}\b[0-9]{30}".replace("TIMES", str(times))
    greedy = replace(
        known["my_number"], id="greedy", gate_patterns=("の",), reach=120, beyond=120, pattern=pattern, examples=()
    )
    rules = (*cheap, greedy)
    found = costs(rules, kept.Ready(), size=240_000, rounds=1)
    assert (found[0].rule, found[0].slow) == ("greedy", True)
    assert found[0].candidates == 0
