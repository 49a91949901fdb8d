"""Whether a string of the right shape can be the real thing: check digits, numbering plans, calendars.

Every check takes the folded text of a match (ASCII digits and letters, dashes as ``-``) with its separators and returns
the value in one spelling, so that equal values compare equal, or None. A check knows nothing of what stands around the
value: the rules name one check for matches with support and may name a stricter one (``…_bare``) for matches without
and a laxer one (``…_cell``) for cells under a header that names the type.
"""

import re
from collections.abc import Iterable
from functools import cache

from scanner.addresses import address as address
from scanner.addresses import address_abroad as address_abroad
from scanner.addresses import address_bare as address_bare
from scanner.addresses import address_cell as address_cell
from scanner.addresses import address_romaji as address_romaji
from scanner.dates import birth_date as birth_date
from scanner.dates import birth_date_cell as birth_date_cell
from scanner.digits import cell_digits, compact, digits_of, table
from scanner.names import Strength, gazetteer, judged, kana_name, name
from scanner.particulars import gender as gender
from scanner.particulars import japanese_level as japanese_level
from scanner.particulars import medical_entry as medical_entry
from scanner.particulars import medical_term as medical_term
from scanner.particulars import nationality as nationality
from scanner.particulars import nationality_named as nationality_named
from scanner.particulars import skill_field as skill_field
from scanner.phones import phone as phone
from scanner.phones import phone_bare as phone_bare
from scanner.phones import phone_cell as phone_cell
from scanner.registers import any_bank_account as any_bank_account
from scanner.registers import bank_account as bank_account
from scanner.registers import basic_pension_number as basic_pension_number
from scanner.registers import basic_pension_number_cell as basic_pension_number_cell
from scanner.registers import employment_insurance_number as employment_insurance_number
from scanner.registers import employment_insurance_number_cell as employment_insurance_number_cell
from scanner.registers import insured_number as insured_number
from scanner.registers import insurer_number as insurer_number
from scanner.registers import insurer_number_cell as insurer_number_cell
from scanner.registers import post_bank_account as post_bank_account
from scanner.registers import resident_record_code as resident_record_code
from scanner.registers import resident_record_code_any as resident_record_code_any
from scanner.registers import resident_record_code_cell as resident_record_code_cell

_GAP = re.compile(r"[^0-9]+")


def _uniform(raw: str) -> bool:
    """Whether the groups of a number are divided by one and the same separator, spaces not counted."""
    return len({gap.strip() for gap in _GAP.findall(raw.strip())}) <= 1


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _weighted(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


# --- numbers given by the state -----------------------------------------------------------------------------

_MY_NUMBER_DUMMIES = frozenset({"000000000000", "111111111118", "123456789018"})
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_TIMESTAMP = re.compile(rf"(?:19|20)\d\d{_DAY}\d{{4}}|\d\d{_DAY}(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")
_THREE_YEARS = re.compile(r"(?:19|20)\d\d\D+(?:19|20)\d\d\D+(?:19|20)\d\d")


def my_number(raw: str) -> str | None:
    """個人番号: 12 digits, the last a check digit (平成26年総務省令第85号 第5条).

    11 - (Σ Pn·Qn mod 11), 0 where the remainder is 0 or 1; weights 6 5 4 3 2 7 6 5 4 3 2 from the left. Refuses the
    dummies that pass the formula, and separators that change within the number.
    """
    digits = digits_of(raw)
    if len(digits) != 12 or digits in _MY_NUMBER_DUMMIES or not _uniform(raw):
        return None
    rest = _weighted(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return digits if int(digits[11]) == (0 if rest <= 1 else 11 - rest) else None


def timestamp_like(digits: str) -> bool:
    """Whether 12 digits read as YYYYMMDD and four more (a time, a running number) or as YYMMDDhhmmss."""
    return _TIMESTAMP.fullmatch(digits) is not None


def my_number_bare(raw: str) -> str | None:
    """個人番号 without support: also refuses timestamps, three years in a row and separators other than - and space."""
    digits = my_number(raw)
    if digits is None or timestamp_like(digits) or not set(raw) <= set("0123456789- "):
        return None
    return None if _THREE_YEARS.fullmatch(raw) else digits


def my_number_cell(raw: str) -> str | None:
    """個人番号 in a column of that name: 10 or 11 digits have lost their leading zeros to a spreadsheet."""
    digits = cell_digits(raw)
    return my_number(digits.zfill(12)) if 10 <= len(digits) <= 12 else None


def corporate_number(raw: str) -> str | None:
    """法人番号: a check digit and 12 digits (平成26年財務省令第70号 第2条), also with the T of an invoice number.

    9 - (Σ Pn·Qn mod 9), weights 2 1 2 1 … from the left of the 12. After T another number is taken as well, and keeps
    its T: it is not published whether the numbers of sole traders follow the formula. Refuses a leading 0.
    """
    number = compact(raw)
    digits = number.removeprefix("T")
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        return None
    if int(digits[0]) == 9 - _weighted(digits[1:], (2, 1) * 6) % 9:
        return digits
    return f"T{digits}" if number[0] == "T" else None


def corporate_number_bare(raw: str) -> str | None:
    """法人番号 without support: only with the T of an invoice number; 13 digits are mostly a JAN code."""
    return corporate_number(raw) if raw[:1] in ("T", "t") else None


_LICENCE_AREAS = _words(
    "10 11 12 13 14 20 21 22 23 24 25 30 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 60 61 62 63 64 65 70 71 72 73 "
    "74 80 81 82 83 90 91 92 93 94 95 96 97"
)


def drivers_license(raw: str) -> str | None:
    """免許証番号 (道路交通法93条1項1号): 12 digits; 1-2 the issuing commission, 11 a check digit, 12 the re-issues.

    Last digit of 11 - (Σ mod 11), weights 5 4 3 2 7 6 5 4 3 2: no official text, but every source agrees. Refuses codes
    that no commission has and bodies of one repeated digit.
    """
    digits = digits_of(raw)
    if len(digits) != 12 or digits[:2] not in _LICENCE_AREAS or len(set(digits[:10])) == 1:
        return None
    rest = _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return digits if int(digits[10]) == (11 - rest) % 10 else None


_RESIDENCE_CARD = re.compile(r"[A-Z]{2}([0-9]{8})[A-Z]{2}")


def residence_card(raw: str) -> str | None:
    """在留カードの番号 (入管法施行規則19条の6第5項): four letters and eight digits, no public check digit.

    The letters stand two and two around the digits on every card. Refuses eight zeros.
    """
    shape = _RESIDENCE_CARD.fullmatch(compact(raw))
    return shape[0] if shape and shape[1] != "00000000" else None


def residence_card_bare(raw: str) -> str | None:
    """在留カードの番号 without support: also refuses small letters, separators and digits that are a date."""
    number = residence_card(raw)
    return number if number == raw and not timestamp_like(f"{number[2:10]}0000") else None


_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{7}|[A-Z][0-9]{6,8}[A-Z]?|[A-Z]{2}[0-9]{6,8}|[A-Z]{3}[0-9]{6}")
_PASSPORT_DIGITS = re.compile(r"[0-9]{8,9}")


def passport_jp(raw: str) -> str | None:
    """旅券番号 of an ordinary Japanese passport (旅券法6条1項1号): T or M, a letter, 7 digits, not all the same."""
    number = compact(raw)
    shape = re.fullmatch(r"[TM][A-Z]([0-9]{7})", number)
    return number if shape and len(set(shape[1])) > 1 and "-" not in raw else None


def passport(raw: str) -> str | None:
    """A passport number of any country that has letters in it. Refuses one repeated digit."""
    number = compact(raw)
    return number if _PASSPORT.fullmatch(number) and len(set(number.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) > 1 else None


def passport_cell(raw: str) -> str | None:
    """A passport number where a header or a label says so: also 8 or 9 digits (Nepal, USA) that are no date."""
    number = compact(raw)
    if not _PASSPORT_DIGITS.fullmatch(number):
        return passport(raw)
    return number if len(set(number)) > 1 and not timestamp_like(f"{number}0000") else None


_MRZ_FILLED = re.compile(r"[0-9A-Z<]*")


def _icao(field: str, digit: str) -> bool:
    """ICAO Doc 9303 part 3, 4.9: weights 7 3 1, A=10 … Z=35, <=0, modulo 10."""
    total = sum((0 if char == "<" else int(char, 36)) * (7, 3, 1)[index % 3] for index, char in enumerate(field))
    return digit == str(total % 10)


def _mrz_lines(raw: str) -> list[str]:
    """The lines of a zone; two lines of a card may have run together."""
    lines = ["".join(line.split()) for line in raw.upper().splitlines()]
    lines = [part for line in lines for part in ((line[:30], line[30:]) if len(line) == 60 else (line,))]
    return [line for line in lines if line and _MRZ_FILLED.fullmatch(line)]


def mrz_td3(raw: str) -> str | None:
    """The second line of a passport's machine readable zone (ICAO Doc 9303 part 4), or both lines: the document number.

    All five check digits must be right; that of an empty optional field may be ``<``.
    """
    lines = _mrz_lines(raw)
    if not lines or len(lines[-1]) != 44:
        return None
    line = lines[-1]
    optional = _icao(line[28:42], line[42]) or line[28:43] == "<" * 15
    fields = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
    composite = _icao(line[:10] + line[13:20] + line[21:43], line[43])
    if not (optional and composite and all(_icao(*field) for field in fields)):
        return None
    return line[:9].rstrip("<") or None


def mrz_td1(raw: str) -> str | None:
    """The first two lines of an identity card's machine readable zone (ICAO Doc 9303 part 5): the document number."""
    lines = _mrz_lines(raw)
    if len(lines) < 2 or len(lines[0]) != 30 or len(lines[1]) != 30:
        return None
    one, two = lines[:2]
    composite = one[5:30] + two[:7] + two[8:15] + two[18:29]
    fields = ((one[5:14], one[14]), (two[:6], two[6]), (two[8:14], two[14]), (composite, two[29]))
    return one[5:14].rstrip("<") or None if all(_icao(*field) for field in fields) else None


def mrz(raw: str) -> str | None:
    """A machine readable zone of either size."""
    return mrz_td3(raw) or mrz_td1(raw)


# --- payment cards ------------------------------------------------------------------------------------------

_NETWORKS = (
    ("Visa", 4, 4, (13, 16, 19)), ("Mastercard", 51, 55, (16,)), ("Mastercard", 2221, 2720, (16,)),
    ("Amex", 34, 34, (15,)), ("Amex", 37, 37, (15,)), ("JCB", 3528, 3589, range(16, 20)),
    ("Diners", 300, 305, range(14, 20)), ("Diners", 3095, 3095, range(14, 20)), ("Diners", 36, 36, range(14, 20)),
    ("Diners", 38, 39, range(14, 20)), ("Discover", 6011, 6011, range(16, 20)), ("Discover", 644, 649, range(16, 20)),
    ("Discover", 65, 65, range(16, 20)), ("UnionPay", 62, 62, range(16, 20)), ("UnionPay", 81, 81, range(16, 20)),
)  # fmt: skip
_TEST_CARDS = _words(
    "4111111111111111 4012888888881881 4222222222222 4242424242424242 4000056655665556 4917610000000000 "
    "5555555555554444 5105105105105100 5200828282828210 5454545454545454 2223003122003222 378282246310005 "
    "371449635398431 378734493671000 30569309025904 38520000023237 3056930009020004 36227206271667 6011111111111117 "
    "6011000990139424 6555900000604105 3530111333300000 3566002020360505 6200000000000005"
)


def credit_card(raw: str) -> str | None:
    """A payment card: a network's prefix and length and the Luhn check (ISO/IEC 7812-1).

    Refuses the card networks' published test numbers and runs of zeros. One in ten other numbers passes.
    """
    digits = digits_of(raw)
    if not (13 <= len(digits) <= 19 and _uniform(raw)) or digits in _TEST_CARDS or len(set(digits[1:-1])) == 1:
        return None
    fits = any(low <= int(digits[: len(str(low))]) <= high and len(digits) in ok for _, low, high, ok in _NETWORKS)
    tail = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return digits if fits and (tail + sum(map(int, digits[::-2]))) % 10 == 0 else None


def credit_card_bare(raw: str) -> str | None:
    """A payment card without support: only of the usual lengths, and 14 digits only in groups."""
    digits = credit_card(raw)
    return digits if digits and (len(digits) in (15, 16) or (len(digits) == 14 and raw != digits)) else None


# --- e-mail, post -------------------------------------------------------------------------------------------


_EMAIL = re.compile(r"(?!\.)[a-z0-9._%+-]{1,64}@(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+([a-z]{2,24}|xn--[a-z0-9-]{4,40})")
_NOT_A_DOMAIN = _words(
    "png jpg jpeg gif svg webp bmp ico tif tiff heic pdf css scss js mjs ts tsx jsx json html htm xml yml yaml toml "
    "txt md log php exe dll zip gz jar class map min woff example test invalid localhost"
)
_RESERVED = re.compile(r"@(?:.+\.)?example\.(?:com|org|net|edu|jp|(?:co|or|ne|ac|go|gr)\.jp)$")


def email_any(raw: str) -> str | None:
    """An e-mail address in small letters; dots in a row and before the @ are real (old mobile mail).

    Refuses names of files (``a@2x.png``), ``localhost``, the ``git@`` of repositories.
    """
    address = raw.strip().lower()
    shape = _EMAIL.fullmatch(address) if len(address) <= 254 else None
    if shape is None or shape[1] in _NOT_A_DOMAIN or address.startswith("git@"):
        return None
    return address


def email(raw: str) -> str | None:
    """An e-mail address that can be somebody's: also refuses the domains reserved for examples (RFC 2606, JPRS)."""
    address = email_any(raw)
    return address if address and not _RESERVED.search(address) else None


@cache
def _postal_prefixes() -> frozenset[str]:
    """The first five digits of every postal code; a line holds three digits and the pairs that follow them."""
    return frozenset(line[:3] + pair for line in table("postal_prefixes.txt") for pair in line[3:].split())


def postal_code(raw: str) -> str | None:
    """郵便番号 as 7 digits. Refuses codes that lie in no delivery area: of random numbers 93 %, and 123-4567."""
    digits = digits_of(raw.lstrip("〒 "))
    return digits if len(digits) == 7 and digits[:5] in _postal_prefixes() else None


def postal_code_cell(raw: str) -> str | None:
    """郵便番号 in a column of that name: 5 or 6 digits have lost their leading zeros to a spreadsheet."""
    digits = cell_digits(raw.lstrip("〒 "))
    return postal_code(digits.zfill(7)) if 5 <= len(digits) <= 7 else None


# --- status of residence ------------------------------------------------------------------------------------

_STATUS_DROP = re.compile(r"[\s・/,、.()「」『』【】第-]")
_STATUS_DIGITS = str.maketrans("一二三四五六ⅠⅡⅢ①②③ⅰⅱⅲ", "123456123123123")
_STATUS_NUMBER = re.compile(r"^(特定活動|特活|designatedactivities)(?:告示)?(?:第?[0-9]{1,2}号?|告示外)$")


@cache
def _statuses() -> dict[str, tuple[str, bool]]:
    """Spelling → name of the status and whether the spelling means nothing else."""
    known: dict[str, tuple[str, bool]] = {}
    for line in table("residence_status.txt"):
        name, strong, weak = (part.strip() for part in line.split("|"))
        spellings = [(spelling, True) for spelling in strong.split(";")] + [(word, False) for word in weak.split(";")]
        known.update((_status_key(spelling), (name, alone)) for spelling, alone in spellings if spelling.strip())
    return known


def _status_key(raw: str) -> str:
    key = _STATUS_DROP.sub("", raw).lower().translate(_STATUS_DIGITS)
    return _STATUS_NUMBER.sub(r"\1", key)


def residence_status(raw: str) -> str | None:
    """在留資格 by its name in 入管法 別表, or 特別永住者, 育成就労: from a usual spelling, short form or English."""
    found = _statuses().get(_status_key(raw))
    return found[0] if found else None


def residence_status_strong(raw: str) -> str | None:
    """在留資格 in a spelling that means nothing else: not 教育, 研究, 医療 …, not 特定技能 without its number."""
    found = _statuses().get(_status_key(raw))
    return found[0] if found and found[1] else None


_SPACED_OUT = re.compile(r"\S(?: {1,4}\S)+")
_PLACE_KANA = re.compile(
    r"(?:とうきょうと|おおさかふ|きょうとふ|ほっかいどう|トウキョウト|オオサカフ|キョウトフ|ホッカイドウ)|"
    r"[ぁ-ん]{2,5}けん[ぁ-ん]{2,12}(?:し|ぐん)|[ァ-ヺ゛゜]{2,7}ケン[ァ-ヺー゛゜]{2,14}(?:シ|グン|ク゛ン)"
)
"""How the reading of an address begins: forms ask for it under the same label as for that of a name."""


def person_name(raw: str) -> str | None:
    """A name by its shape and by what is known to be none; also one that is spaced out: 「中 原  勇 樹」."""
    return name(_closed(raw)) or name(raw)


def _closed(raw: str) -> str:
    """A name whose characters stand apart, its parts parted by the widest gap."""
    text = raw.strip()
    if text.isascii() or not _SPACED_OUT.fullmatch(text):
        return raw
    widest = max(map(len, re.findall(" +", text)))
    parts = text.split(" " * widest) if widest > 1 else [text]
    return " ".join("".join(part.split()) for part in parts)


def person_name_kana(raw: str) -> str | None:
    """The reading of a name. Refuses that of an address."""
    return None if _PLACE_KANA.match(raw.strip()) else kana_name(raw)


def person_name_known(raw: str) -> str | None:
    """A name of which at least one part is known."""
    found = judged(_closed(raw))
    return found[0] if found and found[1] >= Strength.PART else None


COMMON = frozenset("123")
"""First words of the lines of `surnames.txt` that hold surnames with so many bearers that they are known."""


def person_name_honored(raw: str) -> str | None:
    """A name before an honorific: both parts are known, or a common surname, or Latin words of which one is known."""
    found = judged(raw)
    if found is None or found[1] == Strength.SHAPE:
        return None
    name_, surnames = found[0], gazetteer().surnames
    common = any(surnames.get(name_[:cut], "0")[0] in COMMON for cut in (2, 3) if cut <= len(name_))
    return name_ if found[1] == Strength.FULL or common or " " in name_ else None
