"""How a spreadsheet cell shows a number: dates, leading zeros, and whole numbers without exponent.

Number formats are those of ECMA-376 part 1, 18.8.30 and 18.8.31, as far as they change which digits are seen: colours,
thousands separators, decimals and currencies are not applied, so that a value has one spelling. Shared by the workbook
formats.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

Shown = Callable[[str], str]
"""From a number as it is written in the file to the text of its cell."""

_DATES = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((*range(18, 22), 32, 33, 45, 47), "hh:mm:ss"),
    22: "yyyy-mm-dd hh:mm",
    **dict.fromkeys((34, 35, 55, 56), "yyyy-mm-dd"),
    46: "[h]:mm:ss",
}
_UNSEEN = re.compile(r'"[^"]*"|\\.|_.|\*.|General|Standard|G/標準|[Ee][+-]', re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d{1,15}(?:\.\d{1,15})?)\]")
_SECTION = re.compile(r'((?:"[^"]*"|\\.|[^;])*)(?:;|$)')
_DIGIT_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]|([0#]+)|([-()/ +:〒年月日])|(.)')
_LIMIT = 2958466
"""The day after 9999-12-31 in the 1900 system."""


def general(text: str) -> str:
    """A number without exponent and without ``.0``; what is not a number stays as it is."""
    if text.isdecimal() and len(text) < 16:
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value or value in (float("inf"), float("-inf")):
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def shown(format_id: int, code: str | None, *, since_1904: bool = False) -> Shown:
    """How numbers look under a number format: a built-in one by its id, or a custom one by its `code`."""
    return _shown(_DATES.get(format_id, "") if code is None else code, since_1904)


@lru_cache(maxsize=4096)
def _shown(code: str, since_1904: bool) -> Shown:
    if not code or len(code) > 255:
        return general
    first = _SECTION.match(code)
    tokens = _BRACKETS.sub("", _UNSEEN.sub("", first[1] if first else "")).lower()
    if _ELAPSED.search(code):
        return _elapsed
    if any(token in tokens for token in "ymdhsge"):
        timed = not any(token in tokens for token in "ydge")
        return lambda text: _moment(text, since_1904, timed)
    sections = [_section(match[1]) for match in _SECTION.finditer(code) if match[1]]
    if not any(section.pieces for section in sections):
        return general
    return lambda text: _padded(text, sections)


# --- dates ------------------------------------------------------------------------------------------------------------


def _moment(text: str, since_1904: bool, timed: bool) -> str:
    """A serial number as ISO 8601 date, date and time, or time of day."""
    try:
        serial = float(text)
    except ValueError:
        return text
    if not 0 <= serial < _LIMIT - 1462 * since_1904:
        return general(text)
    days, seconds = divmod(round(serial * 86400), 86400)
    clock = str(datetime.min + timedelta(seconds=seconds))[11:]
    if timed and days == 0:
        return clock
    day = _day(days, since_1904)
    return f"{day} {clock}" if seconds else day


def _day(days: int, since_1904: bool) -> str:
    if since_1904:
        return str(date(1904, 1, 1) + timedelta(days))
    # Lotus 1-2-3 took 1900 for a leap year, and the 1900 system keeps its 29 February as day 60.
    return "1900-02-29" if days == 60 else str(date(1899, 12, 31 if days < 60 else 30) + timedelta(days))


def _elapsed(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    if not abs(value) < _LIMIT:
        return general(text)
    minutes, seconds = divmod(round(abs(value) * 86400), 60)
    return f"{'-' if value < 0 else ''}{minutes // 60}:{minutes % 60:02}:{seconds:02}"


# --- leading zeros ----------------------------------------------------------------------------------------------------


class _Section(NamedTuple):
    """One section of a format: its condition, and its literals and digit places, or no pieces when it has others."""

    operator: str
    bound: float
    pieces: tuple[tuple[bool, str], ...]
    places: str


def _section(code: str) -> _Section:
    condition = _CONDITION.search(code)
    operator, bound = (condition[1], float(condition[2])) if condition else ("", 0.0)
    pieces: list[tuple[bool, str]] = []
    for match in _DIGIT_TOKEN.finditer(code):
        quoted, escaped, places, literal, other = match.groups()
        if other:
            return _Section(operator, bound, (), "")
        if places:
            pieces.append((True, places))
        elif quoted or escaped or literal:
            pieces.append((False, quoted or escaped or literal))
    places = "".join(text for is_place, text in pieces if is_place)
    if not places or places == "#" or (places == "0" and len(pieces) == 1):
        return _Section(operator, bound, (), "")
    return _Section(operator, bound, tuple(pieces), places)


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "<>": lambda value, bound: value != bound,
    "<": lambda value, bound: value < bound,
    ">": lambda value, bound: value > bound,
    "=": lambda value, bound: value == bound,
    "": lambda value, bound: True,
}


def _padded(text: str, sections: list[_Section]) -> str:
    """The digits of a whole number in the places of the section that holds for it."""
    plain = general(text)
    if not (plain.isascii() and plain.isdecimal()):
        return plain
    value = float(plain)
    section = next((each for each in sections if _COMPARE[each.operator](value, each.bound)), sections[-1])
    if not section.pieces:
        return plain
    digits = plain.lstrip("0").rjust(len(section.places), " ")
    extra = len(digits) - len(section.places)
    taken, out = 0, []
    for is_place, piece in section.pieces:
        if not is_place:
            out.append(piece)
            continue
        if not taken:
            out.append(digits[:extra])
        # A place that the number does not reach shows nothing under # and a zero under 0.
        run = digits[extra + taken : extra + taken + len(piece)]
        out += [digit if digit != " " else place.replace("#", "") for digit, place in zip(run, piece, strict=True)]
        taken += len(piece)
    return "".join(out)
