"""What speaks for and against a span of text being a person's name, as named features for a linear model.

Known parts, shapes, how likely unknown parts are spelled like names, neighbouring characters, honorifics, roles, words
nearby. The weights lie in `rules/data/name_weights.txt`; this module sets none.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from scanner.names import Gazetteer, plain

KANJI_SET = "一-鿿々〆㐀-䶿豈-﫿ヶ\ue000-\uf8ff\U00020000-\U0002ffff"
REST = 12
"""Characters of the word beside a name that are looked at."""
JOINTS = "・＝=･·"
GAPS = " \u3000"
KANJI = re.compile(f"[{KANJI_SET}]+")
KATAKANA = re.compile("[ァ-ヺー]+")
HIRAGANA = re.compile("[ぁ-ゖー]+")
_TWO_KANJI = re.compile(f"[{KANJI_SET}]{{2}}")
_LINE = re.compile(r"[^\r\n]*")
_RUN_BEFORE, _KATAKANA_BEFORE = re.compile(f"[{KANJI_SET}]+$"), re.compile("[ァ-ヺー]+$")

HONORIFICS = (
    "さん", "様", "さま", "氏", "殿", "先生", "君", "くん", "ちゃん", "夫妻", "夫人", "選手", "監督", "社長",
    "部長", "課長", "係長", "主任", "教授", "准教授", "博士", "議員", "大臣", "首相", "大統領", "知事", "市長",
    "師", "嬢", "公", "卿", "王", "被告", "容疑者", "親方", "名誉教授", "専務", "常務", "会長", "理事", "店長",
    "園長", "校長", "院長", "医師", "看護師", "弁護士", "税理士", "巡査", "刑事", "曹長", "少佐", "大佐", "将軍",
    "中尉", "少尉", "大尉", "天皇", "皇后", "法師", "上人", "大師", "和尚", "翁", "総裁", "艦長", "大将", "中将",
    "少将", "中佐", "元帥", "男爵", "伯爵", "侯爵", "子爵", "公爵", "帝", "総統", "主席", "総書記", "書記長",
    "代表", "委員長", "頭取", "相談役", "顧問", "参議", "総理", "党首", "主将", "候補", "記者", "投手", "捕手",
    "内野手", "外野手", "騎手", "棋士", "九段", "八段", "七段", "六段", "五段", "四段", "名人", "力士", "関脇",
    "大関", "横綱", "社員", "職員", "店員", "主事", "主査", "補佐", "室長", "支店長", "所長", "次長", "取締役",
    "執行役員", "担当", "学長", "総長", "司教", "神父", "牧師", "住職", "画伯", "姫", "役", "班長",
    "工場長", "組長", "隊長", "機長", "船長", "リーダー", "マネージャー", "マネジャー", "支配人", "介護士", "保育士",
    "委員", "理事長", "幹事", "副部長", "副課長", "副社長", "参事", "主幹", "講師", "技師", "師長", "事務長", "施設長",
    "研究員", "助教",
)  # fmt: skip
ROLES = (
    "俳優", "女優", "歌手", "作家", "監督", "選手", "投手", "捕手", "作曲家", "作詞家", "画家", "漫画家", "小説家",
    "詩人", "学者", "議員", "首相", "大統領", "大臣", "社長", "会長", "教授", "司会", "主演", "作詞", "作曲",
    "脚本", "演出", "原作", "声", "妻", "夫", "長男", "次男", "長女", "次女", "父", "母", "弟", "兄", "姉", "妹",
    "娘", "息子", "本名", "芸人", "アナウンサー", "プロデューサー", "デザイナー", "担当", "担当者", "講師", "氏名",
    "名前", "実習生", "職員", "部長", "課長", "主任", "弁護士", "医師", "国王", "皇帝", "王子", "王女", "司令官",
    "将軍", "騎手", "棋士", "監修", "作", "画", "編", "著",
)  # fmt: skip
_PERSONS = frozenset(
    "長官士員者相帝公家手将佐尉師監卿爵侯王皇妃后宮氏様君殿人女男優生母父子兄弟姉妹妻夫娘僧尼翁婦帥臣主侍"
    "督客徒段敵友孫甥姪親童児匠"
)
_THINGS = frozenset(
    "社会店校院署局部課省庁党団軍隊線駅道橋川山島町村市県区郡城寺湖海港湾峠岳池谷坂駐路街丁国州藩府荘館園"
    "場所機器車船艦丸号型式法戦賞杯論説学派流史記書誌紙集典版期代時的性化力量用数点面図表作曲歌語文字目製"
    "品楽球台屋産業堂閣門塔碑墓宮"
)
_TITLES, _LONGEST_TITLE = frozenset(HONORIFICS), max(map(len, HONORIFICS))


class Spelling:
    """How much a part of a name that no list knows is spelled like one: the log of the odds, by its pieces."""

    __slots__ = ("weights", "foreign", "surname", "given", "latin")

    def __init__(self, weights: dict[str, float]) -> None:
        self.weights = weights
        self.foreign = lru_cache(4096)(lambda word: self._sum("", pieces(word)))
        self.latin = lru_cache(4096)(lambda word: self._sum("A", pieces(word)))
        self.surname = lru_cache(4096)(lambda word: self._sum("S", places(word)))
        self.given = lru_cache(4096)(lambda word: self._sum("G", places(word)))

    def _sum(self, mark: str, parts: list[str]) -> float:
        return sum(self.weights.get(mark + part, 0.0) for part in parts)


def pieces(word: str) -> list[str]:
    """Pairs and triples of characters of a word in katakana or letters, with its ends, and its length."""
    framed = f"<{word}>"
    grams = [framed[at : at + size] for size in (2, 3) for at in range(len(framed) - size + 1)]
    return [*grams, f"#{min(len(word), 8)}"]


def places(word: str) -> list[str]:
    """The kanji of a part of a name by their places in it."""
    size = min(len(word), 3)
    ends = [f"{size}", f"{size}<{word[:1]}", f"{size}>{word[-1:]}", f"<{word[:1]}", f">{word[-1:]}"]
    return ends + [f"{size}={char}" for char in word[1:-1]]


class Kind(NamedTuple):
    """What a span is taken for: `rough` for features of its surroundings, `side` rougher still, `fine` for few."""

    rough: str
    side: str
    fine: str


SIDE = 16
"""Characters on either side of a span that its features look at."""


def inside(names: Gazetteer, spelling: Spelling, word: str) -> tuple[list[str], Kind]:
    """The features of the characters of a span, in new forms of kanji only, and what they take it for."""
    kinds = "".join(map(script, word))
    shape = _REPEATS.sub(lambda run: run[1] + (str(min(len(run[0]), 6)) if run[1] in "KH" else ""), kinds)
    found = ["b", f"sh={shape}"]
    if kinds[0] in "KH":
        kind = _japanese(names, spelling, word, kinds, shape, found)
    elif kinds[0] == "T" or "." in kinds or kinds[-1] == "T":
        kind = _foreign(names, spelling, word, found)
    else:
        _latin(names, spelling, word, found)
        kind = Kind("A", "A", "A")
    found.append(f"c={kind.rough}")
    return found, kind


_REPEATS = re.compile(r"(.)\1*")


@lru_cache(1 << 14)
def script(char: str) -> str:
    """K kanji, T katakana, H hiragana, _ space, . a joint of names, D digit, L letter, P anything else."""
    if KANJI.match(char):
        return "K"
    if KATAKANA.match(char):
        return "T"
    if "ぁ" <= char <= "ゖ":
        return "H"
    if char in GAPS:
        return "_"
    if char in JOINTS:
        return "."
    return "D" if char.isdigit() else "L" if char.isalpha() else "P"


# --- what the span is -------------------------------------------------------------------------------------------------


class _Split(NamedTuple):
    """A surname and a given name, or only one; `code` has their flags in the lists, ``?`` and a length if unknown."""

    worth: int
    code: str
    cut: int


def _split(names: Gazetteer, word: str) -> _Split:
    parts = re.split("[ \u3000]", word, maxsplit=1)
    joined = "".join(parts)
    cuts = [len(parts[0])] if len(parts) == 2 else range(1, min(len(word), 5))
    best = _Split(-1, "-", 0)
    for cut in cuts:
        best = max(best, _cut(names, joined[:cut], joined[cut:]), key=lambda one: one.worth)
    if len(parts) == 1:
        surname, given = names.surnames.get(word), names.given.get(word)
        if surname and (best.worth < 6 or len(word) == 2 or surname[0] > "0"):
            best = _Split(5, f"s{surname}{'g' if given else ''}", len(word))
        elif given and best.worth < 6:
            best = _Split(5, f"g{given}", 0)
    return best


def _cut(names: Gazetteer, first: str, last: str) -> _Split:
    surname, given = names.surnames.get(first), names.given.get(last)
    if given is None and HIRAGANA.fullmatch(last) and last in names.given_readings:
        given = "r"
    if surname and given:
        worth = 6 + (len(first) == 2) + (surname[0] > "0") - 2 * (len(first + last) == 2)
    elif surname:
        worth = 3 if len(last) <= 3 else 1
    elif given and len(last) > 1:
        worth = 2 - (len(first) > 3)
    else:
        return _Split(-1, "-", 0)
    return _Split(worth, f"{surname or f'?{len(first)}'}+{given or f'?{len(last)}'}", len(first))


def _japanese(names: Gazetteer, spelling: Spelling, word: str, kinds: str, shape: str, found: list[str]) -> Kind:
    _, code, cut = _split(names, word)
    paired = "+" in code
    rough = ("half" if "?" in code else "full") if paired else code[0]
    fine = f"full{len(word)}" if rough == "full" else rough + (code[1:] if rough == "s" else code)
    if kinds[0] == "H":
        rough = f"H{rough}"
    if rough in ("half", "-", "g"):
        found += [f"l={word[-1]}", f"f={word[0]}"]
    if rough in ("s", "g") and ("w" in code or len(word) == 1):
        found.append(f"w={word}")
    found += [
        f"k={code}",
        f"k={code}{shape}",
        f"fine={fine}",
        *(f"{rough}.{flag}" for flag in code if flag in "0123wpa"),
    ]
    if word in names.words:
        found.append(f"word={rough}")
    if paired:
        joined = "".join(word.split())
        rough += _unknown(spelling, joined[:cut], joined[cut:], code, rough, found)
    elif rough == "-" and len(word) < 9:
        rough += _strange(spelling, word, found)
    side = "F" if rough == "full" and len(word) > 2 else "K" if kinds[0] == "K" else rough[:2]
    return Kind(rough, side, fine)


def _strange(spelling: Spelling, word: str, found: list[str]) -> str:
    """Features of how a span of which no list knows a part is spelled; what they add to the rough kind."""
    parts = re.split("[ \u3000]", word, maxsplit=1)
    joined = "".join(parts)
    cuts = [len(parts[0])] if len(parts) == 2 else range(1, min(len(word), 4))
    both = max((spelling.surname(joined[:cut]) + spelling.given(joined[cut:]) for cut in cuts), default=-9.0)
    one = spelling.surname(word) if len(parts) == 1 else both
    pair, alone = (max(-4, min(5, round(odds))) for odds in (both, one))
    found += [f"so={pair}{min(len(joined), 5)}", f"sa={alone}{min(len(joined), 5)}"]
    return ("+" if one > 1 else "0" if one > -1 else "-") if len(joined) < 3 else ("p" if both > 2 else "q")


def _unknown(spelling: Spelling, surname: str, given: str, code: str, rough: str, found: list[str]) -> str:
    """Features of how the parts are spelled; what they add to the rough kind."""
    odds = spelling.given(given)
    level = max(-5, min(5, round(odds)))
    digit = next((char for char in code if char in "0123"), "-")
    found += [f"sg={level}{rough}", f"sg={level}{rough}{min(len(given), 3)}{digit}"]
    if code[0] == "?":
        found.append(f"ss={max(-4, min(4, round(spelling.surname(surname))))}{rough}")
    if rough != "half":
        return ""
    found += [f"u={char}" for char in given] + [f"ul={given[-1:]}", f"uf={given[:1]}"]
    return "q+" if odds > 1 else "q-" if odds < -1 else "q0"


def _foreign(names: Gazetteer, spelling: Spelling, word: str, found: list[str]) -> Kind:
    parts = [part for part in re.split(f"[{JOINTS}_{GAPS}]", word) if part]
    hits = [names.katakana.get(part, "") for part in parts]
    known, words = sum(map(bool, hits)), sum(part in names.words for part in parts)
    rough = ("T1" if len(parts) == 1 else "T2") + ("h" if known else "w" if words else "u")
    odds = [spelling.foreign(part) for part in parts if KATAKANA.fullmatch(part)]
    level = max(-4, min(4, round(sum(odds) / max(1, len(odds)))))
    found += [f"t={len(parts)}/{known}/{words}", f"tn={rough}{min(len(word), 8)}", f"sp={rough}{level}"]
    found += [f"tl={parts[-1][-2:]}", f"tl1={parts[-1][-1:]}"]
    if len(parts) == 1:
        found.append(f"tk={hits[0] or '-'}")
    if any("w" in hit for hit in hits):
        found += [f"tw={part}" for part in parts]
    return Kind(rough, rough[:2], rough)


def _latin(names: Gazetteer, spelling: Spelling, word: str, found: list[str]) -> None:
    parts = re.split("[ \u3000]+", word)
    bare = ["".join(filter(str.isalpha, part)) for part in parts]
    letters = [plain(part) for part in bare]
    hits = sum(part in names.latin for part in letters)
    refused = sum(part in names.refused for part in letters)
    odds = [spelling.latin(part) for part in letters if len(part) > 1] or [0.0]
    low, mean = (max(-4, min(4, round(one))) for one in (min(odds), sum(odds) / len(odds)))
    cases = "".join(
        "1" if len(part) < 2 else "U" if part.isupper() else "T" if part[1:].islower() else "x" for part in bare
    )
    found += [f"a={len(parts)}/{hits}", f"ac={cases[:4]}", f"ah={cases[:2]}{min(hits, 2)}", f"ar={min(refused, 2)}"]
    found += [f"as={len(bare[0])}", f"ax={not word.isascii()}", f"al={low}", f"am={mean}{min(hits, 2)}"]


# --- what stands around it --------------------------------------------------------------------------------------------

_ENDS = "\r\n"
_DIGITS = str.maketrans("0123456789０１２３４５６７８９", "0" * 20)


def left_of(text: str, kind: Kind) -> list[str]:
    """The features of the `SIDE` characters before a span; a line begins after ``^``."""
    rough, side, _ = kind
    text = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :].translate(_DIGITS)
    last = text[-1:] or "^"
    found = [f"L1={last}{rough}", f"L1={last}{side}", f"lk={script(last)}{rough}"]
    found += [f"L2={text[-2:]}{side}", f"L2={text[-2:]}"]
    kind_of = script(last)
    if kind_of == "K":
        run = _RUN_BEFORE.search(text)
        rest = run[0] if run else ""
        found += [f"Lc={_sort(last)}{rough}", f"Lc={_sort(last)}", f"Lf={rest[:2]}{side}"]
        found.append(f"Ln={min(len(rest), 4)}{rough}")
    elif kind_of == "T" and (run := _KATAKANA_BEFORE.search(text)):
        found.append(f"Lw={side}{run[0]}")
    elif last in "の・、：:" and len(text) > 1:
        found += [f"Lxc={_sort(text[-2])}{rough}", f"Lx={side}{text[-3:]}"]
    if text.endswith(ROLES) or (last in "の・、:： 　" and text[:-1].endswith(ROLES)):
        found += ["role", f"role={rough}"]
    found += [f"C={other}" for other in dict.fromkeys(_TWO_KANJI.findall(text[-14:]))]
    return found


def right_of(text: str, kind: Kind) -> list[str]:
    """The features of the `SIDE` characters after a span; a line ends before ``$``."""
    rough, side, _ = kind
    text = _LINE.match(text)[0].translate(_DIGITS)  # type: ignore[index]
    first = text[:1] or "$"
    kind_of = script(first)
    found = [f"R1={first}{rough}", f"R1={first}{side}", f"rk={kind_of}{rough}"]
    found += [f"R2={text[:2]}{side}", f"R2={text[:2]}"]
    honorific = next((text[:size] for size in range(_LONGEST_TITLE, 0, -1) if text[:size] in _TITLES), "")
    if kind_of == "K" and (run := KANJI.match(text)):
        rest = run[0]
        found += [f"Rc={_sort(rest[-1])}{rough}", f"Re={rest[-1]}{side}", f"Re2={rest[-2:]}{side}"]
        found += [f"Rn={min(len(rest), 4)}{rough}"]
        if honorific == rest:
            found.append("honrun")
    elif kind_of == "T" and (run := KATAKANA.match(text)):
        found.append(f"Rw={side}{run[0]}")
    elif kind_of == "H" and (run := HIRAGANA.match(text)):
        after = text[run.end() : run.end() + 2]
        found += [f"Rh={run[0][:4]}{side}", f"Rps={run[0][:2]}{script(after[:1] or '$')}{side}"]
    if honorific:
        found += ["hon", f"hon={rough}", f"hon={honorific}"]
    found += [f"D={other}" for other in dict.fromkeys(_TWO_KANJI.findall(text[:14]))]
    return found


def between(before: str, after: str, kind: Kind) -> list[str]:
    """The features of both neighbours of a span together; they are empty at the ends of a line."""
    return [f"lr={script(before.strip(_ENDS) or '^')}{script(after.strip(_ENDS) or '$')}{kind.fine}"]


def _sort(char: str) -> str:
    """Whether a word that ends so names a person or a thing."""
    return "p" if char in _PERSONS else "t" if char in _THINGS else "-"


def load_weights(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Weights of features, and of pieces of spelling (marked ~ in the file), which is in hundredths."""
    features_of: dict[str, float] = {}
    spelling: dict[str, float] = {}
    numbers: dict[str, float] = {}  # some hundreds, each of them many times
    for line in path.read_text(encoding="utf-8").split("\n") if path.exists() else ():
        if line and not line.startswith("#"):
            feature, _, hundredths = line.rpartition(" ")
            table = spelling if feature.startswith("~") else features_of
            if hundredths not in numbers:
                numbers[hundredths] = int(hundredths) / 100
            table[feature.removeprefix("~")] = numbers[hundredths]
    return features_of, spelling
