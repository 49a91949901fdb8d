"""The complete report as one JSON object in UTF-8: the form that other programs read.

One document, problem and violation a line, so that a person can look through it and a line tool can filter it.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from scanner.report import Report


def write(report: Report, stream: IO[bytes], lang: str = "en") -> None:
    """Write the report; the words of the contract are the same in every language."""
    for piece in _pieces(report.to_dict()):
        stream.write(piece.encode("utf-8"))


def _pieces(record: dict[str, Any]) -> Iterator[str]:
    before = "{\n"
    for key, value in record.items():
        yield f"{before}{_dump(key)}: "
        if isinstance(value, list) and value:
            yield "[\n"
            yield from (f"{_dump(item)},\n" for item in value[:-1])
            yield f"{_dump(value[-1])}\n]"
        else:
            yield _dump(value)
        before = ",\n"
    yield "\n}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
