"""Where in a text a person's name may stand: one native pass over UTF-8 for known parts of names and their contexts.

It says too often that there may be one: the candidates around its hits are judged by `scanner.detection.prose_names`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import hyperscan

from scanner.detection.name_features import HIRAGANA, HONORIFICS, JOINTS, KANJI, ROLES, Spelling
from scanner.detection.name_features import KANJI_SET as K
from scanner.names import VARIANTS, Gazetteer

NEAR = 40
"""Bytes on either side of a name in Latin letters among which there are kana or kanji."""
UNLIKE = 0.0
"""Odds of spelling under which an unknown word in katakana is not looked at."""
HOT = 1.5
"""Odds of spelling above which a run of kanji is looked at."""
_GAP = re.compile(f"[{K}][ \u3000](?=[{K}ぁ-ゖ])")
_LAST, _FIRST = re.compile(f"[{K}]+$"), re.compile(f"(?:[{K}]{{1,3}}|[ぁ-ゖ]{{2,4}})(?![{K}])")
_JAPANESE = re.compile(rb"[\xe3-\xe9]")
"""The first byte of kana and kanji."""
_CAPITALS = re.compile(rb"[A-Z]{2,}")
_RUN = re.compile(f"[{K}]{{3,}}")
_CHINESE_TOO = "習文卓祝齢邱丘龔尤管甘石包房池卞太魯周呉唐許曹彭曾董余葉丁鍾范賈顧邵銭武莫洪権安申柳裴林閔薄習温"
CHINESE = "王李張劉陳楊黄趙朴崔鄭姜徐馬郭梁宋韓馮蕭袁潘蔡杜魏呂沈姚盧傅譚廖汪戴薛尹閻陶鄧孫胡蒋金"


class _Trigger(NamedTuple):
    """A pattern of the native pass: `kind` decides which candidates are tried; flags of 0 mean a plain word."""

    kind: str
    pattern: str
    size: int
    """Of its word, in bytes."""
    flags: int

    @property
    def expression(self) -> bytes:
        """As the native engine takes it."""
        return (self.pattern if self.flags else re.escape(self.pattern)).encode()


_OLD = {new: [chr(old) for old, to in VARIANTS.items() if chr(to) == new] for new in map(chr, VARIANTS.values())}


def _spellings(word: str) -> Iterator[str]:
    """The word, and with each of its characters in an old form."""
    yield word
    for at, char in enumerate(word):
        yield from (word[:at] + old + word[at + 1 :] for old in _OLD.get(char, ()))


def _triggers(names: Gazetteer) -> Iterator[_Trigger]:
    surnames = (word for word in names.surnames if len(word) > 1)
    given = (
        word for word, kind in names.given.items() if len(word) > 1 and (kind == "a" or (kind == "h" and len(word) < 4))
    )
    latin = (word.title() for word, kana in names.latin.items() if len(word) > 3 and kana[-1] != "!")
    for kind, words in (("surname", surnames), ("given", given), ("latin", latin)):
        spelled = chain.from_iterable(map(_spellings, words))
        yield from (_Trigger(kind, word, len(word.encode()), 0) for word in spelled if not HIRAGANA.fullmatch(word))
    utf8 = hyperscan.HS_FLAG_UTF8
    for word in HONORIFICS:
        before = {"様": "[^仕同多模一異有各無\\x00-@]", "公": "[ァ-ヺー]"}.get(word, f"[{K}ァ-ヺーA-Za-zぁ-ん]")
        yield _Trigger("honorific", before + word, len(word.encode()), utf8)
    yield from (_Trigger("foreign", f"{word}[の・、:： 　]?[ァ-ヺ]", 0, utf8) for word in ROLES)
    yield _Trigger("joint", f"[ァ-ヺー][{JOINTS}][ァ-ヺー]", 0, utf8)
    yield _Trigger("foreign", "[0-9０-９一二三四五]世", 0, utf8)
    yield _Trigger("spaced", "[ぁ-ん]　[ぁ-ん]|[（(「][ぁ-ん]{1,6} [ぁ-ん]", 0, utf8)
    yield _Trigger("reading", "(?:^|[（(「、])[ぁ-ゖー]{4,13}(?:[、）)」]|$)", 0, utf8)
    yield _Trigger("capitals", "[A-Z]{2,} [A-Z]{2,}[^A-Z]", 0, utf8)
    yield _Trigger("two", f"(?:^|[^{K}])[{CHINESE}][{K}][^{K}]", 0, utf8)
    yield _Trigger("three", f"(?:^|[^{K}])[{_CHINESE_TOO}][{K}][{K}][^{K}]", 0, utf8)
    yield _Trigger("three", f"(?:^|[^{K}])[{CHINESE}][{K}][{K}]", 0, utf8)
    yield _Trigger("katakana", "[ァ-ヺー]{2,}[^ァ-ヺー]", 0, utf8 | hyperscan.HS_FLAG_SOM_LEFTMOST)


_PASSES = (
    frozenset({"surname", "given", "latin"}),
    frozenset({"honorific", "foreign", "joint", "spaced", "reading", "capitals"}),
    frozenset({"two", "three"}),
    frozenset({"katakana"}),
)
"""What is searched together: words without classes keep near the speed of memory, and lose it in company."""


_KINDS = sorted(frozenset[str]().union(*_PASSES))


class Triggers:
    """The triggers, compiled; `hits` says where they stand in UTF-8."""

    __slots__ = ("kinds", "sizes", "_checks", "_databases", "_names", "_cold", "_spelling", "_hot")

    def __init__(self, names: Gazetteer, spelling: Spelling, compiled: Sequence[bytes]) -> None:
        kinds, sizes, *databases = compiled or _compiled(names)
        self.kinds = [_KINDS[number] for number in kinds]
        self.sizes = list(sizes)
        self._databases = [_load(one) for one in databases]
        self._names, self._spelling = names, spelling
        self._hot = lru_cache(1 << 15)(self._is_spelled)
        self._cold: set[bytes] = set()
        ways = {"latin": self._capital, "capitals": self._capitals, "three": self._chinese}
        self._checks = [ways.get(kind) for kind in self.kinds]

    def dump(self) -> tuple[bytes, ...]:
        """What another process on this machine loads instead of compiling."""
        databases = (bytes(hyperscan.dumpb(database)) for database in self._databases)
        return (bytes(map(_KINDS.index, self.kinds)), bytes(self.sizes), *databases)

    def spell(self, spelling: Spelling) -> None:
        """Take other weights of spelling: for a fit."""
        self._spelling = spelling
        self._cold.clear()
        self._hot.cache_clear()

    def hits(self, utf8: bytes) -> list[tuple[int, int]]:
        """The byte at which each trigger ends, and its number."""
        found: list[tuple[int, int]] = []
        checks, sizes, cold = self._checks, self.sizes, self._cold

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            check = checks[number]
            if check is None or check(utf8, end, sizes[number]):
                found.append((end, number))

        def note_katakana(number: int, start: int, end: int, flags: int, context: object) -> None:
            run = utf8[start : start + (end - start - 1) // 3 * 3]
            if run not in cold and self._is_hot(run):
                found.append((start + len(run), number))

        *others, katakana = self._databases
        utf8 += b"\n"  # what ends with the text ends before something
        for database in others:
            database.scan(utf8, match_event_handler=note)
        katakana.scan(utf8, match_event_handler=note_katakana)
        found.sort()
        return found

    def runs(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Runs of kanji that are spelled like a name though no list has their parts."""
        hot = self._hot
        for run in _RUN.finditer(text):
            if hot(run[0]):
                yield "run", run.start(), run.end()
        for gap in _GAP.finditer(text):
            start, end = gap.start() + 1, gap.end()
            before, after = _LAST.search(text, max(0, start - 4), start), _FIRST.match(text, end)
            if before and after and len(before[0]) < 4 and self._are_parts(before[0], after[0]):
                yield "run", end, after.end()

    def _are_parts(self, surname: str, given: str) -> bool:
        surname, given = surname.translate(VARIANTS), given.translate(VARIANTS)
        return self._spelling.surname(surname) + self._spelling.given(given) > HOT

    def _is_hot(self, run: bytes) -> bool:
        if _may_be_foreign(self._names, self._spelling, run.decode("utf-8", "replace")):
            return True
        if len(self._cold) > 50_000:
            self._cold.clear()
        self._cold.add(run)
        return False

    def _is_spelled(self, run: str) -> bool:
        word = run.translate(VARIANTS)
        if word in self._names.words or len(word) > 6:
            return False
        spelling = self._spelling
        return any(
            spelling.surname(word[:cut]) + spelling.given(word[cut:]) > HOT
            for cut in range(1, min(len(word), 4))
            if len(word) - cut < 4
        )

    def _capital(self, utf8: bytes, end: int, size: int) -> bool:
        begin = end - size
        if utf8[end : end + 1].isalpha() or utf8[begin - 1 : begin].isalpha():
            return False
        after = utf8[end : end + 1] == b" " and utf8[end + 1 : end + 2].isupper()
        before = utf8[begin - 1 : begin] == b" " and utf8[max(0, begin - 2) : begin - 1].isalpha()
        if not _JAPANESE.search(utf8, max(0, begin - NEAR), end + NEAR):
            return False
        wide = b"\xe3\x80\x80" in (utf8[end : end + 3], utf8[max(0, begin - 3) : begin])
        return after or before or wide

    def _capitals(self, utf8: bytes, end: int, size: int) -> bool:
        if not _JAPANESE.search(utf8, max(0, end - NEAR), end + NEAR):
            return False
        words = [word.decode() for word in _CAPITALS.findall(utf8[max(0, end - NEAR) : end])[-3:]]
        known = self._names
        return any(word in known.latin for word in words) and not any(word in known.refused for word in words)

    def _chinese(self, utf8: bytes, end: int, size: int) -> bool:
        run = KANJI.findall(utf8[max(0, end - 13) : end].decode("utf-8", "ignore"))
        return bool(run) and run[-1][-3:].translate(VARIANTS) not in self._names.words


def _may_be_foreign(names: Gazetteer, spelling: Spelling, word: str) -> bool:
    """Whether a run of katakana is a known name, or spelled like one and neither a known word nor made of such."""
    if word in names.katakana:
        return names.katakana[word][0] == "n"
    if word in names.words or len(word) > 14 or spelling.foreign(word) < UNLIKE:
        return False
    made = [True] + [False] * len(word)
    for end in range(3, len(word) + 1):
        pieces = ((start, word[start:end]) for start in range(max(0, end - 9), end - 2) if made[start])
        made[end] = any(piece in names.words or names.katakana.get(piece) == "xw" for _, piece in pieces)
    return not made[-1]


def _compiled(names: Gazetteer) -> tuple[bytes, ...]:
    """Of all triggers the kinds and the sizes, a byte each, then the databases."""
    triggers = list(_triggers(names))
    kinds = bytes(_KINDS.index(trigger.kind) for trigger in triggers)
    databases = []
    for together in _PASSES:
        group = [number for number, trigger in enumerate(triggers) if trigger.kind in together]
        database = hyperscan.Database()
        expressions, flags = [triggers[n].expression for n in group], [triggers[n].flags for n in group]
        database.compile(expressions=expressions, ids=group, flags=flags)
        databases.append(bytes(hyperscan.dumpb(database)))
    return (kinds, bytes(trigger.size for trigger in triggers), *databases)


def _load(compiled: bytes) -> hyperscan.Database:
    database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database
