"""Numbers of registers, insurances and banks: 住民票コード, 基礎年金番号, 雇用保険, 健康保険, 口座番号.

Most of these have no published check digit, so the checks here judge shape and padding; the rules must ask for a word
that names the number. The other numbers given by the state are in `scanner.checks`.
"""

import re

from scanner.digits import cell_digits, digits_of


def _varied(digits: str) -> bool:
    """Whether a number is more than one digit repeated."""
    return len(set(digits)) > 1


def _lost(digits: str, length: int) -> bool:
    """Whether a number of so many digits may have lost its leading zero: one that begins with zeros has lost none."""
    return len(digits) == length and digits[0] != "0"


def resident_record_code_any(raw: str) -> str | None:
    """住民票コード by its shape: 11 digits (住民基本台帳法施行規則1条)."""
    digits = digits_of(raw)
    return digits if len(digits) == 11 and _varied(digits) else None


def resident_record_code(raw: str) -> str | None:
    """住民票コード with the check digit that is commonly assumed: that of 個人番号, on ten digits.

    The formula (平成14年総務省告示第436号) was not to be had in its own words: what fails it may still be a code.
    """
    digits = resident_record_code_any(raw)
    if digits is None:
        return None
    rest = sum(int(digit) * int(weight) for digit, weight in zip(digits, "5432765432", strict=False)) % 11
    return digits if int(digits[10]) == (0 if rest <= 1 else 11 - rest) else None


def resident_record_code_cell(raw: str) -> str | None:
    """住民票コード in a column of that name: a spreadsheet may have taken its leading zero."""
    digits = cell_digits(raw)
    return resident_record_code(digits.zfill(11)) if len(digits) == 11 or _lost(digits, 10) else None


def basic_pension_number(raw: str) -> str | None:
    """基礎年金番号: 4 digits of the office and 6; the 4 digits of a 年金コード that may follow are left out."""
    digits = digits_of(raw.replace("番号", ""))
    return digits[:10] if len(digits) in (10, 14) and _varied(digits[:10]) and digits[:4] != "0000" else None


def basic_pension_number_cell(raw: str) -> str | None:
    """基礎年金番号 in a column of that name: a spreadsheet may have taken its leading zero."""
    digits = cell_digits(raw)
    return basic_pension_number(digits.zfill(10)) if _lost(digits, 9) else basic_pension_number(digits)


def employment_insurance_number(raw: str) -> str | None:
    """雇用保険被保険者番号: 4, 6 and 1 digits. The last is a check digit whose formula is not public."""
    digits = digits_of(raw)
    return digits if len(digits) == 11 and _varied(digits[:10]) else None


def employment_insurance_number_cell(raw: str) -> str | None:
    """雇用保険被保険者番号 in a column of that name: a spreadsheet may have taken its leading zero."""
    digits = cell_digits(raw)
    return employment_insurance_number(digits.zfill(11)) if len(digits) == 11 or _lost(digits, 10) else None


_INSURERS = re.compile(r"0[1-7]|3[1-4]|39|6[37]|7[2-5]|1[0-8]|2[0-589]|30|38|5[1-4]|6[2689]|79|8[0-9]|9[0-9]")
"""法別番号: kinds of insurance, and of medical care at public expense."""


def insurer_number(raw: str) -> str | None:
    """保険者番号: 8 digits, of 国民健康保険 6; the last a check digit (厚生労働省 設定要領: Luhn)."""
    digits = digits_of(raw)
    if len(digits) not in (6, 8) or not _varied(digits) or (len(digits) == 8 and not _INSURERS.match(digits)):
        return None
    prefecture = int(digits[2:4] if len(digits) == 8 else digits[:2])
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return digits if 1 <= prefecture <= 47 and (doubled + sum(map(int, digits[::-2]))) % 10 == 0 else None


def insurer_number_cell(raw: str) -> str | None:
    """保険者番号 in a column of that name: 7 or 5 digits have lost their leading zero to a spreadsheet."""
    digits = cell_digits(raw)
    return insurer_number(f"0{digits}" if len(digits) in (5, 7) else digits)


_PARTED = re.compile(r"記号|番号|枝番|[^0-9A-Zァ-ヺぁ-ゖー一-鿿]+")


def insured_number(raw: str) -> str | None:
    """被保険者等記号・番号, with or without 枝番, its parts apart by a dash: free in form, only zeros are refused."""
    parts = [part for part in _PARTED.split(raw.upper()) if part]
    return "-".join(parts) if parts and any(set(part) & set("123456789") for part in parts) else None


def bank_account(raw: str) -> str | None:
    """口座番号: up to 7 digits, filled with zeros to 7. No check digit; refuses 1234567 and one digit repeated."""
    digits = cell_digits(raw)
    if not 5 <= len(digits) <= 7 or not _varied(digits.zfill(7)) or digits == "1234567":
        return None
    return digits.zfill(7)


_POST_BANK = re.compile(r"(?:記号)?([01][0-9]{3}0)(?:[^0-9]{1,3}[0-9])?[^0-9]{1,8}([0-9]{2,8})(?:番)?")


def post_bank_account(raw: str) -> str | None:
    """ゆうちょ銀行 記号・番号: 5 digits, the last 0, and up to 8 digits that end in 1 where the 記号 begins with 1."""
    shape = _POST_BANK.fullmatch("".join(raw.split()))
    if shape is None or not int(shape[2]) or (shape[1][0] == "1" and shape[2][-1] != "1"):
        return None
    return f"{shape[1]}-{shape[2]}"


def any_bank_account(raw: str) -> str | None:
    """A cell of a column for accounts: seven digits, or 記号 and 番号 of ゆうちょ銀行."""
    return bank_account(raw) or post_bank_account(raw)
