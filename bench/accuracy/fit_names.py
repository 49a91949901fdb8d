"""``python -m bench.accuracy.fit_names FOLDER [--manuals FOLDER] [--write]``: the weights of names in running text.

FOLDER holds labelled sentences (``*.jsonl``: text, persons as pairs of characters) that stay outside the project.
Without ``--write`` it only measures: on each fifth of the sentences, by document, after a fit on the others. With it,
it fits on everything and writes ``rules/data/name_weights.txt``. Same input, same output.
"""

import argparse
import gzip
import json
import math
import random
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scanner.detection.name_features import HIRAGANA, HONORIFICS, KANJI, KATAKANA, Spelling, pieces, places
from scanner.detection.name_spans import Span
from scanner.detection.name_triggers import CHINESE
from scanner.detection.prose_names import ProseNames, clusters, shares
from scanner.names import VARIANTS, Gazetteer, gazetteer
from scanner.places import rules_folder

DATA = rules_folder() / "data"
WEIGHTS = DATA / "name_weights.txt"
FOLDS = 5
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


def _composer(known: Sequence[str], chance: random.Random) -> Callable[[], str]:
    """A part of a name: seven in ten of the list, the others put together of two of its names."""
    pairs = [name for name in known if len(name) == 2 and KANJI.fullmatch(name)]
    return lambda: chance.choice(known) if chance.random() < 0.7 else chance.choice(pairs)[0] + chance.choice(pairs)[1]


def _fillers(names: Gazetteer, chance: random.Random) -> dict[str, Callable[[], str]]:
    """What is put for the letters of a template; those of `NOBODY` are no person's name."""
    common = [name for name, kind in names.surnames.items() for _ in range(int(kind[0]) * 6 + (len(name) > 1))]
    given = [name for name, kind in names.given.items() if kind == "a" and not HIRAGANA.fullmatch(name)]
    katakana = [name for name, kind in names.katakana.items() if kind == "n" and len(name) > 2]
    listed = [kana for kana in (kana.rstrip("!") for kana in names.latin.values()) if len(kana) > 1]
    latin = [name for name in names.latin if len(name) > 2]
    strange = sorted(word for word in names.refused if word.isascii() and len(word) > 3)
    words = sorted(word for word in names.words if KATAKANA.fullmatch(word) and 2 < len(word) < 9)
    places = sorted(set(re.findall("[一-鿿]+[都道府県市区町村]", (DATA / "municipalities.txt").read_text("utf-8"))))
    sounds = [sorted(filter(_LONG, known)) for known in (names.surname_readings, names.given_readings)]
    one, some = chance.choice, chance.choices
    surname, first = _composer(common, chance), _composer(given, chance)

    def kana(katakana: bool) -> str:
        word = one((" ", "　")).join(map(one, sounds))
        return word.translate(_KATAKANA) if katakana else word

    def digits(*sizes: int) -> str:
        return "-".join(str(chance.randrange(10 ** (size - 1), 10**size)) for size in sizes)

    return {
        "s": surname,
        "g": first,
        "f": lambda: surname() + one(("", "", " ", "　")) + first(),
        "k": lambda: one("・・・ 　").join(one(one((katakana, listed))) for _ in range(one((2, 2, 3)))),
        "o": lambda: one(one((katakana, listed))),
        "a": lambda: " ".join(some(latin, k=one((2, 2, 3)))).title(),
        "A": lambda: " ".join(some(latin, k=one((2, 2, 3)))),
        "c": lambda: one(CHINESE) + "".join(some("".join(given), k=one((1, 2)))),
        "h": lambda: kana(katakana=False),
        "r": lambda: kana(katakana=True),
        "t": lambda: one(HONORIFICS),
        "L": lambda: one((str.upper, str.title))(" ".join(some(strange, k=one((2, 2, 3))))),
        "S": surname,
        "P": lambda: one(places),
        "W": lambda: one(words),
        "n": lambda: digits(one((2, 2, 3, 5))),
        "T": lambda: "0" + digits(2, 4, 4),
        "D": lambda: f"20{digits(2)}{one('-/年')}{chance.randrange(1, 13)}{one('-/月')}{chance.randrange(1, 29)}",
        "E": lambda: f"{one(latin).lower()}{digits(2)}@example.jp",
    }


NOBODY = frozenset("tLSPWnTDE")
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_LONG = re.compile("..").match


def business(names: Gazetteer, times: int, seed: int) -> list[Sentence]:
    """Sentences of offices, chats and logs with names put in; « and » stand for braces of the text itself."""
    fill = _fillers(names, random.Random(seed))
    found = []
    for line in BUSINESS.read_text(encoding="utf-8").splitlines() * times:
        text, persons = "", []
        for part in line.replace("\\t", "\t").replace("\\n", "\n").replace("}", "{").split("{"):
            value = fill[part]() if part in fill else part.translate(_BRACES)
            persons += [(len(text), len(text) + len(value))] if part in fill and part not in NOBODY else []
            text += value
        found.append(Sentence("", text, frozenset(persons)))
    return found


_BRACES = str.maketrans("«»", "{}")


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
            if abs(error) >= 0.002:
                _step(weights, squares, features, error, rate)
    return {feature: weights[at] for feature, at in number.items()}


class Step(NamedTuple):
    """Candidates that overlap one another, their features, and which of them are names."""

    spans: list[Span]
    traits: list[list[str]]
    names: list[bool]


def steps(finder: ProseNames, sentences: Iterable[Sentence]) -> Iterator[Step]:
    """The candidates of the sentences."""
    for one in sentences:
        for view, offset, found in finder.candidates(one.text):
            for group in clusters([(span, 0.0) for span in found]):
                spans = [span for span, _ in group]
                names = [(start + offset, end + offset) in one.persons for start, end in spans]
                yield Step(spans, [finder.traits(view, *span) for span in spans], names)


def fit_chain(rows: Sequence[Step], rounds: int, rate: float, least: int) -> dict[str, float]:
    """Weights under which the right choice among overlapping candidates is likeliest: AdaGrad, in a fixed order."""
    seen = Counter(trait for row in rows for traits in row.traits for trait in dict.fromkeys(traits))
    number = {trait: at for at, trait in enumerate(trait for trait, times in seen.items() if times >= least)}
    coded = [[[number[trait] for trait in traits if trait in number] for traits in row.traits] for row in rows]
    weights, squares = [0.0] * len(number), [0.01] * len(number)
    order, chance = list(range(len(rows))), random.Random(1)
    for _ in range(rounds):
        chance.shuffle(order)
        for at in order:
            scored = [
                (span, sum([weights[feature] for feature in features]))
                for span, features in zip(rows[at].spans, coded[at], strict=True)
            ]
            for features, share, label in zip(coded[at], shares(scored), rows[at].names, strict=True):
                if abs(share - label) >= 0.002:
                    _step(weights, squares, features, share - label, rate)
    return {feature: weights[at] for feature, at in number.items()}


def _step(weights: list[float], squares: list[float], features: list[int], error: float, rate: float) -> None:
    for feature in features:
        slope = error + 0.003 * weights[feature]
        squares[feature] += slope * slope
        weights[feature] -= rate * slope / math.sqrt(squares[feature])


_ENGLISH = re.compile("(?<![A-Za-z.@_/-])[a-z]{3,12}(?![A-Za-z.@_/-])")


def spelled(names: Gazetteer, sentences: Sequence[Sentence]) -> dict[str, float]:
    """Weights of pieces of spelling: the lists against known words and against kanji where nobody is named."""
    chance = random.Random(3)
    runs = {run for one in sentences if not one.persons for run in KANJI.findall(one.text.translate(VARIANTS))}
    others = sorted({run[at : at + size] for run in runs for size in (1, 2, 3) for at in range(len(run) - size + 1)})
    others = [word for word in others if word not in names.surnames and word not in names.given]
    weights: dict[str, float] = {}
    known = [word for word, kind in names.katakana.items() if kind[0] != "x"]
    tasks = [("", pieces, known, sorted(word for word in names.words if KATAKANA.fullmatch(word)), 4)]
    english = {word.upper() for one in sentences for word in _ENGLISH.findall(one.text)}
    tasks.append(("A", pieces, sorted(names.latin), sorted(english - names.latin.keys()), 4))
    for mark, listed in (("S", names.surnames), ("G", [name for name, kind in names.given.items() if kind[0] == "a"])):
        tasks.append((mark, places, [word for word in listed if KANJI.fullmatch(word)], others, 3))
    for mark, parts, good, bad, rounds in tasks:
        rows = [([mark + part for part in parts(word)], True) for word in good]
        rows += [([mark + part for part in parts(word)], False) for word in bad]
        chance.shuffle(rows)
        weights |= fit(rows, rounds, 0.25, 4)
    return {part: weight for part, weight in weights.items() if abs(weight) >= 0.15}


def fitted(compiled: Sequence[bytes], sentences: Sequence[Sentence], quiet: Sequence[Sentence]) -> ProseNames:
    """A finder with weights from these sentences."""
    names = gazetteer(DATA)
    finder = ProseNames(DATA, compiled)
    finder.spell(Spelling(spelled(names, [*sentences, *quiet[::4]])))
    rows = list(steps(finder, [*sentences, *quiet, *business(names, 12, 7)]))
    finder.weigh({feature: weight for feature, weight in fit_chain(rows, 6, 0.1, 2).items() if abs(weight) >= 0.05})
    return finder


# --- measuring and writing --------------------------------------------------------------------------------------------


class Score(NamedTuple):
    """Exact spans that are right, wrong and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def harmonic(self) -> float:
        """F1."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.right + self.wrong), self.right / max(1, self.right + self.missed)
        return (
            f"precision {precision:.3f} recall {recall:.3f} F1 {self.harmonic:.3f} of {self.right + self.missed} names"
        )


def measured(finder: ProseNames, sentences: Iterable[Sentence]) -> Score:
    """How a finder does on some sentences."""
    right = wrong = missed = 0
    for one in sentences:
        found = {(name.start, name.end) for name in finder.find(one.text)}
        right += len(found & one.persons)
        wrong += len(found - one.persons)
        missed += len(one.persons - found)
    return Score(right, wrong, missed)


def fold(one: Sentence) -> int:
    """The fifth of the sentences, by document, that a sentence belongs to."""
    return zlib.crc32(one.document.encode()) % FOLDS


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
    scores: dict[str, list[Score]] = {}
    for number in range(FOLDS):
        finder = fitted(compiled, [one for one in everything if fold(one) != number], quiet)
        unseen = {name: [one for one in sentences if fold(one) == number] for name, sentences in files.items()}
        unseen["all"] = [one for one in everything if fold(one) == number]
        for name, sentences in unseen.items():
            scores.setdefault(name, []).append(measured(finder, sentences))
        finds = sum(1 for one in quiet_test for _ in finder.find(one.text))
        print(f"fold {number}: {scores['all'][-1]}, in unseen manuals {finds} finds")
    for name, each in scores.items():
        whole = Score(*map(sum, zip(*each, strict=True)))
        print(f"{name}: {whole}; mean F1 of the folds {sum(one.harmonic for one in each) / FOLDS:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
