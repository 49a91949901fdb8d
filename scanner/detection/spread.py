"""Dates whose year, month and day stand in cells of their own: under one header over all of them, or in a form's row.

It joins neighbouring cells; whether what they make is a date is for the rule's check to say.
"""

from collections.abc import Mapping, Sequence

import regex

from scanner.detection.candidates import Candidate
from scanner.detection.reader import Reader
from scanner.text import fold

MOST = 7
"""Cells of one date: 昭和 60 年 1 月 2 日."""
_PART = regex.compile(r"[年月日]|元号|和暦|西暦|年号")
_FURTHER = regex.compile(
    r"|[年月日]|元号|和暦|西暦|年号|[生産]?[年月日]|.{0,20}(?:[月日]|(?i:year|month|day|yy|mm|dd|[ _.][ymd]))"
)
"""What stands above the cells of a date after the first."""
_DATE = regex.compile(
    r"((?:明治|大正|昭和|平成|令和|[MTSHR明大昭平令])\.?)? ?([0-9]{4}|[0-9]{1,2}|元) ?年?\t"
    r"(?:年\t)?([0-9]{1,2}) ?(?:月?\t(?:月\t)?|月 ?)([0-9]{1,2}) ?日?(?:\t日)?"
)


def is_part(header: str) -> bool:
    """Whether a header below that of the whole date only names a part of it."""
    return _PART.fullmatch(header) is not None


def columns(headers: Mapping[int, str], readers: Mapping[int, Sequence[Reader]]) -> dict[int, Reader]:
    """The columns in which dates may begin whose parts stand in the columns after them."""
    found = {
        column: next((one for one in named if one.rule.role == "birth"), None) for column, named in readers.items()
    }
    return {
        column: reader
        for column, reader in found.items()
        if reader is not None and all(_FURTHER.fullmatch(headers.get(column + after, "")) for after in (1, 2))
    }


def date(cells: Sequence[str], reader: Reader) -> tuple[Candidate, int] | None:
    """The date that some cells make together, its span within the joined text, and how many cells it takes."""
    texts = [fold(cell).strip() for cell in cells[:MOST]]
    for count in range(3, len(texts) + 1):
        first, *others = texts[:count]
        era = first in ("明治", "大正", "昭和", "平成", "令和", *"MTSHR明大昭平令")
        shape = _DATE.fullmatch(first + ("" if era else "\t") + "\t".join(others))
        check = reader.rule.column.check
        if shape is None or check is None or not (shape[1] or len(shape[2]) == 4):
            continue
        canonical = check(f"{shape[1] or ''}{shape[2]}-{shape[3]}-{shape[4]}")
        further = texts[count] if count < len(texts) else ""
        if canonical is not None and further != "日":
            return Candidate(reader.rule, 0, 0, canonical, "column"), count
    return None
