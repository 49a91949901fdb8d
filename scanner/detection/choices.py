"""What is ticked in a cell that offers choices: 「☑男 □女」, 「□留学 ■技能実習」, 「男・○女」, ``[x] male [ ] female``.

Where a form's boxes are all empty nothing is chosen, however many values stand beside them. It knows no types.
"""

import regex

_TICKED, _EMPTY, _CIRCLE = "☑☒✔✓✅■●◉◎", "□☐", "○◯〇"
_MARK = regex.compile(
    rf"(?<![^\s・、,/()]|[{_CIRCLE}])(?:(?P<on>[{_TICKED}]|[\[(] ?[xX✓✔レ○●■] ?[\])])|"
    rf"(?P<off>[{_EMPTY}]|[\[(] {{0,3}}[\])])|"
    rf"(?P<ring>[{_CIRCLE}](?![{_CIRCLE}])))[ \t]*"
)
_NUMBERED = regex.compile(r"(?<![^\s・、,/])(?:(?P<on>[①-⑨])|(?P<off>[1-9]))[.:)]?[ \t]*(?=[^\d\s])")
"""Choices with numbers, of which the chosen one has a circle: 「1.男　②.女」."""
_PARTS = regex.compile(r"[^\s・、,/]+")
_BETWEEN = " \t\n・、,/"
Span = tuple[int, int]


def begins(folded: str) -> int:
    """Where the choices begin that a text offers, or its length."""
    marks = _marks(folded)
    return marks[0].start() if marks else len(folded)


def _marks(folded: str) -> "list[regex.Match[str]]":
    marks = list(_MARK.finditer(folded))
    if marks:
        return marks
    numbers = list(_NUMBERED.finditer(folded))
    return numbers if len(numbers) > 1 and sum(one.lastgroup == "on" for one in numbers) == 1 else []


def ticked(folded: str) -> list[Span] | None:
    """The spans of the choices that are ticked; None where the text offers none."""
    marks = _marks(folded)
    if not marks:
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(folded)]
    kinds = {mark.lastgroup for mark in marks}
    if kinds == {"on"} and len(marks) > 1:
        return None  # bullets
    if kinds == {"ring"} and len(marks) == 1:
        part = _PARTS.match(folded, marks[0].end())
        return [part.span()] if part else None
    chosen = "on" if "on" in kinds else "ring" if "off" in kinds else ""
    options = zip(marks, ends, strict=True)
    return [_trimmed(folded, mark.end(), end) for mark, end in options if mark.lastgroup == chosen]


def _trimmed(text: str, start: int, end: int) -> Span:
    option = text[start:end]
    return start, start + len(option.rstrip(_BETWEEN))
