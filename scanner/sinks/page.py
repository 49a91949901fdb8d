"""A page of lines for a terminal or a pipe: folded to the width, coloured where that is wanted, harmless in any case.

It knows columns and characters, not reports. Japanese is folded where Japanese may be folded; every text that comes in
is escaped where it would steer the terminal or where the stream's encoding has no such character.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scanner import wording
from scanner.model import Persons
from scanner.sinks import summary

WIDEST = 400
PIPE_WIDTH = 100
"""Columns where there is no terminal to ask."""
LEAST_WIDTH = 20
NARROW = 60
"""Below so many columns paths are shortened in the middle; from there on they stay whole, to be copied."""
PLAIN = {"■": "!", "●": "*", "▲": "+", "○": "o", "→": ">", "…": "..."}
"""What stands for a symbol that the stream's encoding does not have."""

_NO_START = "、。，．）」』］・：ーァィゥェォッャュョぁぃぅぇぉっゃゅょ\u0300-\u036f\u3099\u309a"
_WORD = r"[!-.0-\[\]-~]"
_COUNT = r"約?[0-9][0-9,.]*[人件分秒条号項種か]+(?:の[0-9]+)?"
_UNIT = re.compile(rf"[（「『［(]*(?:{_COUNT}|{_WORD}*[\\/]|{_WORD}+|\s|.)[{_NO_START}]* *", re.DOTALL)
"""What a line break does not divide: a word, a path's component, a character with those that must not begin a line."""

_RULED = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""A line under the heads and nothing else, of a character that is one column wide on every terminal."""

Part = str | tuple[str, str]
"""A piece of a line: text, or text with a style."""


class Page:
    """The stream with its width, language and colours; writes lines, folded and made harmless."""

    def __init__(self, stream: TextIO, lang: str, width: int | None, color: bool | None) -> None:
        self.encoding = stream.encoding or "utf-8"
        self.lang = lang if self._has("違反") else "en"
        tty = stream.isatty()
        self.color = color if color is not None else tty and not os.environ.get("NO_COLOR")
        self.console = Console(
            file=stream,
            color_system="auto" if self.color else None,
            force_terminal=self.color,
            legacy_windows=None if self.color else False,
        )
        self.width = max(width or (self.console.width if tty else _columns()), LEAST_WIDTH)
        self.console.width = self.width

    def t(self, key: str, **values: object) -> str:
        """The phrase in the page's language."""
        return wording.text(key, self.lang, **values)

    def symbol(self, symbol: str) -> str:
        """The symbol, or what stands for it where the encoding lacks it."""
        return symbol if self._has(symbol) else PLAIN[symbol]

    def cells(self, text: str) -> int:
        """Columns the text takes; symbols that Japanese terminals may draw wide count as wide."""
        wide = 0 if text.isascii() or self.lang != "ja" else sum(map(_ambiguous, text))
        return cell_len(text) + wide

    def say(self, *parts: Part, indent: int = 0, mark: str = "", hang: int = 0) -> None:
        """Write one line, folded to the width; `mark` stands before it, further lines go `hang` deeper."""
        text = Text.assemble(*((self.clean(p), "") if isinstance(p, str) else (self.clean(p[0]), p[1]) for p in parts))
        margin = indent + self.cells(mark)
        room = max(self.width - margin - hang, 8)
        before = Text(" " * indent).append(mark, style=text.style)
        for line in text.divide(self._breaks(text.plain, room)):
            line.rstrip()
            self.console.print(before + line, soft_wrap=True, markup=False, highlight=False, emoji=False)
            before = Text(" " * (margin + hang))

    def head(self, key: str, **values: object) -> None:
        """A blank line and the heading of a section, underlined where bold is not to be had."""
        self.title(self.t(key, **values))

    def title(self, text: str) -> None:
        """The same of a heading in words."""
        self.say()
        self.say((text, "bold cyan"))
        if not self.color:
            self.say("-" * self.cells(text))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
        """Rows below their heads: the first column begins at the left, the others end at the right.

        Columns at the right for which the page is too narrow are left out.
        """
        rooms = [max(map(self.cells, column)) for column in zip(head, *rows, strict=True)]
        while len(rooms) > 1 and indent + sum(rooms) + 2 * len(rooms) - 2 > self.width:
            rooms.pop()
        for style, row in (("dim", head), *(("", row) for row in rows)):
            blanks = [" " * (room - self.cells(cell)) for room, cell in zip(rooms, row, strict=False)]
            others = (f"  {blank}{cell}" for blank, cell in zip(blanks[1:], row[1:], strict=False))
            self.say((row[0] + blanks[0] + "".join(others), style), indent=indent)

    def columns(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write columns under their heads, none wider than it must be, folded to the width."""
        table = Table(box=_RULED, pad_edge=False, header_style="")
        for number, head in enumerate(heads):
            table.add_column(self.clean(head), overflow="fold", no_wrap=number == 0)  # what a row is about stays whole
        for row in rows:
            table.add_row(*(Text(self.clean(cell)) for cell in row))
        with self.console.capture() as drawn:
            self.console.print(table, markup=False, highlight=False, emoji=False)
        for line in drawn.get().splitlines():
            if line.strip():
                self.console.print(Text(line.rstrip()), soft_wrap=True)

    def clean(self, text: str) -> str:
        """The text with everything escaped that could steer a terminal or cannot be encoded."""
        return wording.shown(text, self.encoding)

    def path(self, path: str, room: int) -> str:
        """The path, whole on a wide page, shortened in the middle on a narrow one."""
        path = self.clean(path)
        return shorten(path, room, self.symbol("…"), self.cells) if self.width < NARROW else path

    def names(self, types: Iterable[str]) -> str:
        """The types by their names, heaviest first."""
        return self.listed(wording.name(wording.TYPES, one, self.lang) for one in types)

    def listed(self, words: Iterable[str]) -> str:
        """The words as an enumeration."""
        return summary.listed(words, self.lang)

    def people(self, persons: Persons) -> str:
        """The estimate with its bounds."""
        return summary.people(persons, self.lang)

    def _has(self, text: str) -> bool:
        return wording.shown(text, self.encoding) == text

    def _breaks(self, text: str, room: int) -> list[int]:
        offsets: list[int] = []
        used = 0
        for unit in _UNIT.finditer(text):
            pieces: Iterable[str] = (unit.group(),)
            if self.cells(unit.group().rstrip()) > room:
                pieces = unit.group()
            at = unit.start()
            for piece in pieces:
                if used and used + self.cells(piece.rstrip()) > room:
                    offsets.append(at)
                    used = 0
                used += self.cells(piece)
                at += len(piece)
        return offsets


def shorten(path: str, room: int, gap: str, cells: Callable[[str], int] = cell_len) -> str:
    """The path in at most `room` columns: a third from its beginning, the rest from its end."""
    if cells(path) <= room:
        return path
    left = max(room - cells(gap), 2)
    head = _fitting(path, left // 3, cells)
    return head + gap + _fitting(path[::-1], left - cells(head), cells)[::-1]


def _fitting(text: str, room: int, cells: Callable[[str], int]) -> str:
    """The longest beginning of the text that takes at most `room` columns."""
    for index, character in enumerate(text):
        room -= cells(character)
        if room < 0:
            return text[:index]
    return text


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    wanted = int(columns) if columns.isascii() and columns.isdigit() else 0
    return min(wanted, WIDEST) or PIPE_WIDTH


def _ambiguous(character: str) -> bool:
    return unicodedata.east_asian_width(character) == "A"
