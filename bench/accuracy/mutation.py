"""Whether the evaluation would notice a rule that does nothing: rules are taken away one by one; recall must fall."""

import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from bench.accuracy.evaluate import by_type, examine
from bench.accuracy.labelled import Made
from scanner import reveal
from scanner.places import rules_folder


@contextmanager
def without(rule: str) -> Iterator[None]:
    """Have `scanner.matches` go without the rule as long as the context lasts; the rules on disk stay as they are."""
    with tempfile.TemporaryDirectory(prefix="nokosanai-rules-") as temporary:
        copy = Path(temporary) / "rules"
        shutil.copytree(rules_folder(), copy)
        (copy / f"{rule}.toml").unlink()
        reveal.detector.cache_clear()
        with mock.patch.object(reveal, "rules_folder", return_value=copy):
            try:
                yield
            finally:
                reveal.detector.cache_clear()


def mutate(made: Sequence[Made], folder: Path, only: str | None = None) -> int:
    """Take away each rule that found something (or only this one); returns 1 if that went unnoticed for one of them."""
    judged = examine(folder, made)
    before = {kind: tally.at_all for kind, tally in by_type(judged).items()}
    used = {seen.rule for one in judged for seen in one.right}
    unnoticed = []
    for rule in [only] if only else sorted(used):
        kind = tomllib.loads((rules_folder() / f"{rule}.toml").read_text(encoding="utf-8"))["type"]
        concerned = [one.made for one in judged if any(seen.rule == rule for seen in one.right)]
        with tempfile.TemporaryDirectory(prefix="nokosanai-mutation-") as temporary, without(rule):
            for one in concerned:
                shutil.copy2(folder / one.name, temporary)
            after = by_type(examine(Path(temporary), concerned)).get(kind)
        there = by_type(one for one in judged if one.made in concerned).get(kind)
        lost = (there.at_all if there else 0) - (after.at_all if after else 0)
        verdict = "" if lost > 0 else "  UNNOTICED"
        print(f"without {rule}: of {before.get(kind, 0)} values of {kind} {lost} are lost{verdict}")
        unnoticed += [rule] if lost <= 0 else []
    return 1 if unnoticed else 0
