"""On which line of a TOML file each key stands, which the parser of the standard library does not say.

A scan over a text that has been parsed already, made only when there is a complaint to place. It knows no values.
"""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and numbers of array elements, from the top: ``("clause", 0, "what", "types")``."""

_WORD = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|' r"'''(?:[^']|'(?!''))*'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'|#[^\n]*|\n|[\[\]{}=.,]|[^\s\[\]{}=.,#\"']+",
    re.DOTALL,
)  # fmt: skip


def key_lines(text: str) -> Mapping[Path, int]:
    """The line of every key, table and array element, from 1 on; the top itself is line 1."""
    return _Scan(text).run()


class _Scan:
    def __init__(self, text: str) -> None:
        self._words: list[tuple[str, int]] = []
        line, at = 1, 0
        for found in _WORD.finditer(text):
            line, at = line + text.count("\n", at, found.start()), found.start()
            if not found[0].startswith("#"):
                self._words.append((found[0], line))
        self._next = 0
        self._found: dict[Path, int] = {(): 1}
        self._elements: dict[Path, int] = {}

    def run(self) -> Mapping[Path, int]:
        table: Path = ()
        while self._next < len(self._words):
            if self._word == "\n":
                self._next += 1
            elif self._word == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._found

    @property
    def _word(self) -> str:
        return self._words[self._next][0] if self._next < len(self._words) else ""

    @property
    def _line(self) -> int:
        return self._words[min(self._next, len(self._words) - 1)][1]

    def _take(self) -> str:
        word = self._word
        self._next += 1
        return word

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._found.setdefault(path[:length], line)

    def _key(self, ends: str) -> list[str]:
        """The parts of a dotted key, and on behind what ends it."""
        parts: list[str] = []
        while self._word not in (ends, "\n", ""):
            part = self._take()
            if part != ".":
                parts.append(part[1:-1] if part[0] in "\"'" else part)
        self._next += self._word == ends
        return parts

    def _header(self) -> Path:
        line = self._line
        self._next += 1
        array = self._word == "["
        self._next += array
        parts = self._key("]")
        self._next += array
        path: Path = ()
        for number, part in enumerate(parts, 1):
            path += (part,)
            if array and number == len(parts):
                self._elements[path] = self._elements.get(path, -1) + 1
            if path in self._elements:
                path += (self._elements[path],)
        self._note(path, line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line
        path = (*table, *self._key("="))
        self._note(path, line)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._word == "{":
            self._next += 1
            while self._word not in ("}", ""):
                if self._word in (",", "\n"):
                    self._next += 1
                else:
                    self._pair(path)
            self._next += 1
        elif self._word == "[":
            self._array(path)
        else:
            self._next += 1
            while self._word not in (",", "\n", "]", "}", ""):
                self._next += 1

    def _array(self, path: Path) -> None:
        self._next += 1
        number = 0
        while self._word not in ("]", ""):
            if self._word in (",", "\n"):
                self._next += 1
            else:
                self._found.setdefault((*path, number), self._line)
                self._value((*path, number))
                number += 1
        self._next += 1
