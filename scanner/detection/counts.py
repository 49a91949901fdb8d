"""Statistics: tables that count people by nationality, sex or status of residence and name none of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

import regex

from scanner.detection.reader import SAMPLE, Reader
from scanner.text import fold

_OF_COUNTS = regex.compile(
    r"[人員者件回口校社店室戸台].?数|人[口員]|数(?:量|値)?$|[総合小累]?計|[率比割](?:合|率)?$|構成|増減|前年|順位|シェア|平均|全体|"
    r"[0-9]{4}年?|(?:明治|大正|昭和|平成|令和|[HR])[0-9元]+|年度|[0-9]+[代月]|[0-9]+[歳才]?(?:~|-|以[上下]|未満)|"
    r"^[男女](?:性|子)?$|%|(?i:^(?:fe)?male$|count|total|number of|ratio|share|percent|rate|sum|avg|average|population)"
)
"""Headers of columns that hold numbers of people."""
_OF_SOMEBODY = regex.compile(
    r"氏名|名前|姓$|番号|コード|年[齢令]|生年|誕生|^歳$|担当|本人|(?i:\bid\b|\bno\b\.?|\bname|\bage\b|birth|code)"
)
"""Headers of tables whose rows are people, or things."""
_COUNT = regex.compile(
    r"[-+▲△]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.[0-9]+)? ?(?:[人名件社店%校]|世帯|ポイント|pt)?|[-‐…*x]"
)
_NAMING = ("name", "identifier", "contact", "birth")


def counting(
    headers: Mapping[int, str], readers: Mapping[int, Sequence[Reader]], below: Callable[[int], Iterable[str]]
) -> bool:
    """Whether the columns hold how many there are of each sort: `below` gives the values of a column."""
    if any(reader.rule.role in _NAMING for named in readers.values() for reader in named):
        return False
    if any(map(_OF_SOMEBODY.search, headers.values())):
        return False
    counted = [column for column, header in headers.items() if column not in readers and _OF_COUNTS.search(header)]
    samples = [[fold(value).strip() for value in islice(below(column), SAMPLE)] for column in counted]
    return any(sample and all(map(_COUNT.fullmatch, sample)) for sample in samples)
