"""The gate: one pass of a native multi-pattern engine over UTF-8 bytes, which says where a rule might fire.

It may say so too often, never too seldom: Hyperscan's prefilter mode drops what it cannot express (look-arounds), and
`widen` lets a pattern written for folded text accept every character that folding would have changed. What it lets
through is judged in Python; what it does not never leaves the native code.
"""

import platform
import re
import sys
from collections.abc import Sequence

import hyperscan

from scanner.text import ALTERNATIVES

FLAGS = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_DOTALL
MOST = 200_000
"""Hits in one segment beyond which it is looked at everywhere: cheaper, and flat in memory on hostile text."""

_DIGITS = frozenset(b"0123456789")
Hit = tuple[int, int]
"""Number of the pattern and the offset at which a possible match ends."""


APART = re.compile(r"\[(?:0-9)?A-Za")
"""Patterns that begin with any letter keep the engine from skipping ahead: each is faster in a pass of its own."""


class Gate:
    """Patterns of several rules compiled together; `hits` names those that may match, and where."""

    __slots__ = ("owners", "databases")

    def __init__(self, patterns: Sequence[Sequence[str]], compiled: Sequence[bytes] = ()) -> None:
        """`patterns[n]` are those of rule n, in the syntax of `regex`, for folded text; a pattern may serve many rules.

        `compiled` is what `dump` of a gate for the same patterns gave, on this machine: loading is far quicker than
        compiling. Raises ValueError when a pattern cannot be compiled, or `compiled` not be loaded.
        """
        owners: dict[str, list[int]] = {}
        for number, group in enumerate(patterns):
            for pattern in group:
                owners.setdefault(pattern, []).append(number)
        self.owners = tuple(tuple(numbers) for numbers in owners.values())
        """For each pattern the numbers of the rules that it stands for."""
        self.databases = [_load(one) for one in compiled] or [_compile(group) for group in _passes(list(owners))]

    def dump(self) -> tuple[bytes, ...]:
        """The compiled patterns, for another process on this machine."""
        return tuple(bytes(hyperscan.dumpb(database)) for database in self.databases)

    def hits(self, utf8: bytes) -> list[Hit] | None:
        """Possible matches, by their end; None when there are more than `MOST`: then look everywhere."""
        found: list[Hit] = []
        before = [-1] * len(self.owners)

        def note(number: int, start: int, end: int, flags: int, context: object) -> bool | None:
            if before[number] == end - 1 and utf8[end - 1] in _DIGITS:  # the same number, one digit longer
                before[number] = end
                return None
            before[number] = end
            found.append((number, end))
            return True if len(found) > MOST else None

        try:
            for database in self.databases:
                database.scan(utf8, match_event_handler=note)
        except hyperscan.ScanTerminated:
            return None
        return found if len(found) <= MOST else None


class Literals:
    """Says whether one of many words stands in a text, in a microsecond or two."""

    __slots__ = ("_database",)

    def __init__(self, words: Sequence[str]) -> None:
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[re.escape(word).encode() for word in words],
            ids=list(range(len(words))),
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(words),
        )

    def which(self, text: str) -> set[int]:
        """The numbers of the words that stand in a text."""
        found: set[int] = set()
        self._database.scan(text.encode("utf-8", "replace"), match_event_handler=lambda number, *_: found.add(number))
        return found

    def within(self, text: str) -> bool:
        """Whether the text holds one of the words."""
        try:
            self._database.scan(text.encode("utf-8", "replace"), match_event_handler=_stop)
        except hyperscan.ScanTerminated:
            return True
        return False


def _stop(number: int, start: int, end: int, flags: int, context: object) -> bool:
    return True


def _passes(patterns: list[str]) -> list[list[tuple[int, str]]]:
    """The patterns with their numbers, in the groups that are searched together."""
    numbered = list(enumerate(patterns))
    together = [one for one in numbered if not APART.match(one[1])]
    return [group for group in (together, *([one] for one in numbered if APART.match(one[1]))) if group]


def _compile(patterns: list[tuple[int, str]]) -> hyperscan.Database:
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[widen(pattern).encode() for _, pattern in patterns],
            ids=[number for number, _ in patterns],
            flags=[FLAGS] * len(patterns),
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a pattern does not compile for the gate: {error}") from None
    return database


def _load(compiled: bytes) -> hyperscan.Database:
    try:
        database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        database.scan(b"0", match_event_handler=_stop)
    except hyperscan.ScanTerminated:
        pass
    except hyperscan.HyperscanError:
        raise ValueError("the compiled gate does not load") from None
    return database


def engine() -> str:
    """The engine and the machine for which a gate is compiled."""
    return f"{getattr(hyperscan, '__version__', '')} {platform.machine()} {sys.platform}"


_TOKEN = re.compile(
    r"""
      (?P<keep> \\[pP]\{[^}]*\} | \\[bBAZzGdDwWsSnrtfv] | \{[0-9]*,?[0-9]*\} | \(\?P<\w+> | \(\?<?[=!]
              | \(\?[a-zA-Z-]*[:)] | [()|*+?.^$] )
    | (?P<set> \[\^?\]?(?:\\.|[^\]\\])*\] )
    | \\(?P<escaped>.)
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LOOKAROUND = re.compile(r"\(\?<?[=!]")
_CONTROL = re.compile(r"\\[nrtfv]")
_SPECIAL_IN_SET = re.compile(r"[\]\[\\^-]")
_SET_ITEM = re.compile(r"\\[pP]\{[^}]*\}|\\[dDwWsSnrtfv]|(\\.|[^\\])-(\\.|[^\]\\])|\\.|.", re.DOTALL)
_CLASSES = {r"\d": "[0-9０-９]", r"\s": "[\\s\u3000\u00a0]"}


def widen(pattern: str) -> str:
    """The pattern for folded text as a pattern for the text before folding: never narrower, often wider."""
    return "".join(_widen_token(token) for token in _TOKEN.finditer(_without_lookarounds(pattern)))


def _without_lookarounds(pattern: str) -> str:
    """The prefilter would ignore them, but only after they have made the pattern too long."""
    kept, depth, inside = [], 0, 0
    for token in _TOKEN.finditer(pattern):
        opens, closes = token[0].startswith("(") and token[0] != "(?i)", token[0] == ")"
        depth += opens
        if opens and not inside and _LOOKAROUND.match(token[0]):
            inside = depth
        if not inside:
            kept.append(token[0])
        if closes and inside == depth:
            inside = 0
        depth -= closes
    return "".join(kept)


def _widen_token(token: re.Match[str]) -> str:
    if token["keep"]:
        return _CLASSES.get(token["keep"], token["keep"])
    if token["set"]:
        return _widen_set(token["set"])
    char = token["escaped"] or token["plain"]
    others = ALTERNATIVES.get(char, "")
    if not others:
        return token[0]
    return _set_of(char + others)


def _widen_set(source: str) -> str:
    if source.startswith("[^"):
        return source
    items, others = [], []
    for item in _SET_ITEM.finditer(source[1:-1]):
        items.append(_CLASSES.get(item[0], f"[{item[0]}]")[1:-1] if item[0] != "-" else "\\-")
        low, high = (end.lstrip("\\") if end else "" for end in item.groups())
        if low and high:
            others += [ALTERNATIVES.get(chr(code), "") for code in range(ord(low), min(ord(high), 0x7F) + 1)]
        elif item[0] not in _CLASSES and not _CONTROL.fullmatch(item[0]):
            others.append(ALTERNATIVES.get(item[0].lstrip("\\"), ""))
    return "[" + "".join(items) + _set_of("".join(others))[1:]


def _set_of(chars: str) -> str:
    return "[" + _SPECIAL_IN_SET.sub(r"\\\g<0>", "".join(dict.fromkeys(chars))) + "]"
