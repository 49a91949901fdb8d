"""``python -m bench.accuracy.fit_names FOLDER [--manuals FOLDER] [--write]``: the weights of names in running text.

FOLDER holds labelled sentences (``*.jsonl``: text, persons as pairs of characters) that stay outside the project.
Without ``--write`` it only measures: on a fifth of the sentences, by document, that the fit has not seen, and on each
file after a fit on the others. With it, it fits on everything and writes ``rules/data/name_weights.txt``. Same input,
same output.
"""

import argparse
import gzip
import json
import math
import random
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from scanner.detection.name_features import HIRAGANA, HONORIFICS, KANJI, KATAKANA, Spelling, pieces, places
from scanner.detection.prose_names import ProseNames, Span
from scanner.names import VARIANTS, Gazetteer, gazetteer
from scanner.places import rules_folder

DATA = rules_folder() / "data"
WEIGHTS = DATA / "name_weights.txt"
THRESHOLD = 0.8
"""Added to every score: what is missed costs more than the fit thinks; chosen on sentences that are fitted on."""
HEAD = """# Weights in hundredths of what speaks for a name in running text; scanner/detection/name_features.py has
# the features, ~ are pieces of spelling. Fitted by bench/accuracy/fit_names.py on sentences from ner-wikipedia-dataset
# by Stockmark (CC BY-SA 3.0), WikipediaAnnotatedCorpus by Kyoto University and UD_Japanese-GSD by Megagon Labs
# (CC BY-SA 4.0).
"""

BUSINESS = Path(__file__).with_name("business_sentences.txt")


class Sentence(NamedTuple):
    """A text, where its names stand, and the document that it is from."""

    document: str
    text: str
    persons: frozenset[Span]


Instance = tuple[list[str], bool]


# --- sentences --------------------------------------------------------------------------------------------------------


def labelled(file: Path) -> list[Sentence]:
    """The sentences of one file."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Sentence(
            row["id"].rsplit("-", 2)[0] if row["id"].startswith("wiki") else row["id"],
            row["text"],
            frozenset((start, end) for start, end in row["persons"]),
        )
        for row in rows
    ]


def manuals(folder: Path, sections: str, step: int) -> list[Sentence]:
    """Lines of Japanese manual pages, which name nobody."""
    files = sorted(file for section in sections for file in folder.glob(f"man{section}/*.gz"))[::step]
    texts = (gzip.decompress(file.read_bytes()).decode("utf-8", "replace") for file in files)
    return [Sentence("", line, frozenset()) for text in texts for line in text.split("\n") if not line.isascii()]


def business(names: Gazetteer, times: int, seed: int) -> list[Sentence]:
    """Sentences of offices with names put in: {s} surname, {g} given, {f} both, {k} {o} {a} foreign, {t} title."""
    chance = random.Random(seed)
    common = [name for name, kind in names.surnames.items() for _ in range(int(kind[0]) * 6 + (len(name) > 1))]
    given = [name for name, kind in names.given.items() if kind == "a" and not HIRAGANA.fullmatch(name)]
    foreign = [name for name, kind in names.katakana.items() if kind == "n" and len(name) > 2]
    latin = [name.title() for name in names.latin if len(name) > 2]
    fill = {
        "s": lambda: chance.choice(common),
        "g": lambda: chance.choice(given),
        "f": lambda: chance.choice(common) + chance.choice(("", "", " ")) + chance.choice(given),
        "k": lambda: "・".join(chance.choice(foreign) for _ in range(chance.choice((2, 2, 3)))),
        "o": lambda: chance.choice(foreign),
        "a": lambda: " ".join(chance.choice(latin) for _ in range(2)),
    }
    found = []
    for line in BUSINESS.read_text(encoding="utf-8").splitlines() * times:
        text, persons = "", []
        for part in line.replace("}", "{").split("{"):
            part = chance.choice(HONORIFICS) if part == "t" else part
            name = fill[part]() if part in fill else ""
            persons += [(len(text), len(text) + len(name))] if name else []
            text += name or part
        found.append(Sentence("", text, frozenset(persons)))
    return found


# --- the fit ----------------------------------------------------------------------------------------------------------


def fit(instances: Sequence[Instance], rounds: int, rate: float, least: int) -> dict[str, float]:
    """Weights by logistic regression, AdaGrad, in a fixed order; features seen less than `least` times have none."""
    seen = Counter(feature for features, _ in instances for feature in dict.fromkeys(features))
    number = {feature: at for at, feature in enumerate(feature for feature, times in seen.items() if times >= least)}
    rows = [([number[feature] for feature in features if feature in number], label) for features, label in instances]
    weights, squares = [0.0] * len(number), [0.01] * len(number)
    order, chance = list(range(len(rows))), random.Random(1)
    for _ in range(rounds):
        chance.shuffle(order)
        for at in order:
            features, label = rows[at]
            score = sum([weights[feature] for feature in features])
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) - label
            if abs(error) < 0.002:
                continue
            for feature in features:
                slope = error + 0.003 * weights[feature]
                squares[feature] += slope * slope
                weights[feature] -= rate * slope / math.sqrt(squares[feature])
    return {feature: weights[at] for feature, at in number.items()}


def spelled(names: Gazetteer, sentences: Iterable[Sentence]) -> dict[str, float]:
    """Weights of pieces of spelling: the lists against known words and against kanji where nobody is named."""
    chance = random.Random(3)
    runs = {run for one in sentences if not one.persons for run in KANJI.findall(one.text.translate(VARIANTS))}
    others = sorted({run[at : at + size] for run in runs for size in (1, 2, 3) for at in range(len(run) - size + 1)})
    others = [word for word in others if word not in names.surnames and word not in names.given]
    weights: dict[str, float] = {}
    known = [word for word, kind in names.katakana.items() if kind[0] != "x"]
    tasks = [("", pieces, known, sorted(word for word in names.words if KATAKANA.fullmatch(word)), 4)]
    for mark, listed in (("S", names.surnames), ("G", [name for name, kind in names.given.items() if kind[0] == "a"])):
        tasks.append((mark, places, [word for word in listed if KANJI.fullmatch(word)], others, 3))
    for mark, parts, good, bad, rounds in tasks:
        rows = [([mark + part for part in parts(word)], True) for word in good]
        rows += [([mark + part for part in parts(word)], False) for word in bad]
        chance.shuffle(rows)
        weights |= fit(rows, rounds, 0.25, 4)
    return {part: weight for part, weight in weights.items() if abs(weight) >= 0.15}


def instances(finder: ProseNames, sentences: Iterable[Sentence]) -> list[Instance]:
    """Every candidate of the sentences with its features, and whether it is a name."""
    return [(traits, span in one.persons) for one in sentences for span, traits in finder.candidates(one.text)]


def fitted(compiled: Sequence[bytes], sentences: Sequence[Sentence], quiet: Sequence[Sentence]) -> ProseNames:
    """A finder with weights from these sentences."""
    names = gazetteer(DATA)
    finder = ProseNames(DATA, compiled)
    pieces_of = spelled(names, [*sentences, *quiet[::4]])
    finder.spelling = Spelling(pieces_of)
    rows = instances(finder, [*sentences, *quiet, *business(names, 12, 7)])
    finder.weights = {feature: weight for feature, weight in fit(rows, 6, 0.1, 3).items() if abs(weight) >= 0.05}
    finder.weights["b"] = finder.weights.get("b", 0.0) + THRESHOLD
    return finder


# --- measuring and writing --------------------------------------------------------------------------------------------


def measured(finder: ProseNames, sentences: Sequence[Sentence]) -> str:
    """Precision, recall and F1 of exact spans."""
    right = wrong = missed = 0
    for one in sentences:
        found = {(name.start, name.end) for name in finder.find(one.text)}
        right += len(found & one.persons)
        wrong += len(found - one.persons)
        missed += len(one.persons - found)
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    harmonic = 2 * right / max(1, 2 * right + wrong + missed)
    return f"precision {precision:.3f} recall {recall:.3f} F1 {harmonic:.3f} of {right + missed} names"


def is_test(one: Sentence) -> bool:
    """Whether a sentence belongs to the fifth that is never fitted on."""
    return zlib.crc32(one.document.encode()) % 5 == 0


def write(finder: ProseNames) -> None:
    """The weights as the scanner reads them."""
    lines = [(f"~{part}", weight) for part, weight in finder.spelling.weights.items()] + list(finder.weights.items())
    body = (f"{feature} {round(weight * 100)}\n" for feature, weight in sorted(lines))
    WEIGHTS.write_text(HEAD + "".join(body), encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.fit_names", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--manuals", type=Path, default=Path("/usr/share/man/ja"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    files = {file.stem: labelled(file) for file in sorted(options.folder.glob("*.jsonl"))}
    quiet, quiet_test = manuals(options.manuals, "134", 4), manuals(options.manuals, "578", 1)
    compiled = ProseNames(DATA).dump()
    everything = [one for sentences in files.values() for one in sentences]
    if options.write:
        write(fitted(compiled, everything, quiet))
        return 0
    finder = fitted(compiled, [one for one in everything if not is_test(one)], quiet)
    for name, sentences in files.items():
        print(f"unseen fifth of {name}: {measured(finder, [one for one in sentences if is_test(one)])}")
    print("in unseen manuals:", sum(1 for one in quiet_test for _ in finder.find(one.text)), "finds")
    for left in files:
        others = [one for name, sentences in files.items() for one in sentences if name != left]
        print(f"{left} after a fit on the others: {measured(fitted(compiled, others, quiet), files[left])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
