"""Numbers that look like those of real registers, with valid check digits, drawn at random.

Written apart from `scanner.checks` on purpose: a sample that used the scanner's arithmetic would agree with its
mistakes. Nothing here was issued to anybody, as far as chance allows.
"""

from random import Random

_LICENCE_OFFICES = ("10", "22", "30", "40", "43", "44", "45", "46", "51", "54", "62", "63", "73", "81", "90", "97")


def digits(rng: Random, count: int) -> str:
    """So many random digits."""
    return "".join(rng.choices("0123456789", k=count))


def luhn(body: str) -> str:
    """The digit that makes `body` pass ISO/IEC 7812-1 (cards) and the insurers' numbers of the ministry."""
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def _eleven(body: str, weights: str) -> int:
    return sum(int(digit) * int(weight) for digit, weight in zip(body, weights, strict=True)) % 11


def my_number(rng: Random) -> str:
    """個人番号, 12 digits: check digit of article 5 of the ordinance 平成26年総務省令第85号."""
    body = rng.choice("123456789") + digits(rng, 10)
    rest = _eleven(body, "65432765432")
    return body + str(0 if rest <= 1 else 11 - rest)


def resident_record_code(rng: Random) -> str:
    """住民票コード, 11 digits; the last by the rule that is commonly assumed."""
    body = rng.choice("123456789") + digits(rng, 9)
    rest = _eleven(body, "5432765432")
    return body + str(0 if rest <= 1 else 11 - rest)


def drivers_licence(rng: Random) -> str:
    """運転免許証番号, 12 digits: office, year, serial, check digit, number of re-issues."""
    body = rng.choice(_LICENCE_OFFICES) + rng.choice(("88", "95", "99", "03", "08", "14", "19")) + digits(rng, 6)
    rest = _eleven(body, "5432765432")
    return body + str((11 - rest) % 10) + rng.choice("00001")


def corporate_number(rng: Random) -> str:
    """法人番号, 13 digits, the check digit first: article 2 of 平成26年財務省令第70号."""
    body = f"{rng.randrange(1, 6)}{digits(rng, 11)}"
    total = sum(int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(body)))
    return str(9 - total % 9) + body


def card(rng: Random, prefix: str) -> str:
    """A payment card of 16 digits that passes Luhn."""
    body = prefix + digits(rng, 15 - len(prefix))
    return body + luhn(body)


def insurer(rng: Random) -> str:
    """保険者番号 of a health insurance society, 8 digits."""
    body = f"06{rng.randrange(1, 48):02d}{digits(rng, 3)}"
    return body + luhn(body)


def residence_card(rng: Random) -> str:
    """在留カード番号: two letters, eight digits, two letters; there is no check digit."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(rng.choices(letters, k=2)) + digits(rng, 8) + "".join(rng.choices(letters, k=2))


def ean(rng: Random) -> str:
    """A JAN / EAN-13 article code of a Japanese maker."""
    body = rng.choice(("45", "49")) + digits(rng, 10)
    total = sum(int(digit) * (1 + 2 * (index % 2)) for index, digit in enumerate(body))
    return body + str(-total % 10)


def mrz_digit(field: str) -> str:
    """The check digit of a field of a machine-readable zone (ICAO Doc 9303-3, 4.9)."""
    values = (0 if char == "<" else int(char, 36) for char in field)
    return str(sum(value * (7, 3, 1)[index % 3] for index, value in enumerate(values)) % 10)
