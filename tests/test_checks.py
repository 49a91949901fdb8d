"""The checks: what is a possible number, address, date; every value here is invented or a published specimen."""

import inspect
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import checks, dates, particulars, phones, registers

Check = Callable[[str], str | None]

EVERY = [
    function
    for name, function in inspect.getmembers(checks, inspect.isfunction)
    if not name.startswith("_")
    and function.__module__ in (one.__name__ for one in (checks, dates, particulars, phones, registers))
    and name != "timestamp_like"
]

VALID = [
    (checks.resident_record_code, "12345678903", "12345678903"),
    (checks.resident_record_code, "5550-0011-121", "55500011121"),
    (checks.resident_record_code_any, "12345678904", "12345678904"),
    (checks.resident_record_code_cell, "9876543211", "09876543211"),
    (checks.basic_pension_number, "2101-000123", "2101000123"),
    (checks.basic_pension_number, "2101 番号 000123", "2101000123"),
    (checks.basic_pension_number, "2101-000123-1150", "2101000123"),
    (checks.basic_pension_number_cell, "101234567.0", "0101234567"),
    (checks.employment_insurance_number, "1301-654321-0", "13016543210"),
    (checks.employment_insurance_number_cell, "1016543210", "01016543210"),
    (checks.insurer_number, "33120015", "33120015"),
    (checks.insurer_number, "138016", "138016"),
    (checks.insurer_number_cell, "1130012", "01130012"),
    (checks.insured_number, "記号 12345678 番号 123 枝番 00", "12345678-123-00"),
    (checks.insured_number, "東京12・345", "東京12-345"),
    (checks.bank_account, "234567", "0234567"),
    (checks.bank_account, "2345671.0", "2345671"),
    (checks.post_bank_account, "10530-12345671", "10530-12345671"),
    (checks.post_bank_account, "記号10530 番号12345671", "10530-12345671"),
    (checks.post_bank_account, "00120-1-12345", "00120-12345"),
    (checks.any_bank_account, "10530-12345671", "10530-12345671"),
    (checks.gender, "男性", "male"),
    (checks.gender, "F.", "female"),
    (checks.gender, "☑女", "female"),
    (checks.nationality, "ベトナム社会主義共和国", "VNM"),
    (checks.nationality, "越南", "VNM"),
    (checks.nationality, "VN", "VNM"),
    (checks.nationality, "Viet Nam", "VNM"),
    (checks.nationality, "ネパール連邦民主共和国", "NPL"),
    (checks.nationality, "中国（香港）".translate({0xFF08: "(", 0xFF09: ")"}), "HKG"),
    (checks.nationality, "Republic of the Philippines", "PHL"),
    (checks.nationality, "Republic of Korea", "KOR"),
    (checks.nationality, "Republic of China", "TWN"),
    (checks.nationality, "ドミニカ国", "DMA"),
    (checks.nationality, "フィリピン人", "PHL"),
    (checks.nationality, "中", "CHN"),
    (checks.nationality_named, "ヘ゛トナム", "VNM"),
    (checks.japanese_level, "N 3", "N3"),
    (checks.japanese_level, "JFT-Basic A2", "JFT A2"),
    (checks.japanese_level, "NAT-TEST 4級", "NAT 4"),
    (checks.japanese_level, "日常会話レベル", "日常会話"),
    (checks.skill_field, "農業(耕種)", "農業"),
    (checks.skill_field, "介護技能評価試験", "介護"),
    (checks.skill_field, "外食業特定技能1号技能測定試験", "外食業"),
    (checks.skill_field, "素形材・産業機械・電気電子情報関連製造業", "工業製品製造業"),
    (checks.skill_field, "自動車整備分野", "自動車整備"),
    (checks.medical_term, "2型糖尿病", "2型糖尿病"),
    (checks.medical_term, "右足関節捻挫", "右足関節捻挫"),
    (checks.medical_term, "F32.1", "F32.1"),
    (checks.medical_entry, "アムロジピン", "アムロジピン"),
    (checks.birth_date_cell, "74/2/7", "1974-02-07"),
    (checks.birth_date_cell, "17/02/74", "1974-02-17"),
    (checks.birth_date_cell, "02/17/74", "1974-02-17"),
    (checks.birth_date_cell, "17-Feb-74", "1974-02-17"),
    (checks.birth_date_cell, "1974 2 17", "1974-02-17"),
    (checks.my_number, "0234 5678 9013", "023456789013"),
    (checks.my_number, "9876-5432-1093", "987654321093"),
    (checks.my_number, "9 8 7 6 5 4 3 2 1 0 9 3", "987654321093"),
    (checks.my_number, "555000111220", "555000111220"),
    (checks.my_number, "621498320257", "621498320257"),
    (checks.my_number_cell, "23456789013", "023456789013"),
    (checks.my_number_cell, "987654321093.0", "987654321093"),
    (checks.corporate_number, "7000012050002", "7000012050002"),
    (checks.corporate_number, "8700110005901", "8700110005901"),
    (checks.corporate_number, "5835678256246", "5835678256246"),
    (checks.corporate_number, "T7-1234-5678-9012", "7123456789012"),
    (checks.corporate_number, "T1123456789012", "T1123456789012"),
    (checks.corporate_number_bare, "T7000012050002", "7000012050002"),
    (checks.drivers_license, "309012345620", "309012345620"),
    (checks.drivers_license, "62 05 654321 5 0", "620565432150"),
    (checks.drivers_license, "102400000110", "102400000110"),
    (checks.drivers_license, "451977777730", "451977777730"),
    (checks.residence_card, "ab-12345678-cd", "AB12345678CD"),
    (checks.residence_card, "XY00000001ZZ", "XY00000001ZZ"),
    (checks.residence_card_bare, "AB12345678CD", "AB12345678CD"),
    (checks.passport_jp, "TR1234567", "TR1234567"),
    (checks.passport_jp, "mu7654321", "MU7654321"),
    (checks.passport, "C12345678", "C12345678"),
    (checks.passport, "P1234567A", "P1234567A"),
    (checks.passport, "P 1234567A", "P1234567A"),
    (checks.passport, "TR-1234568", "TR1234568"),
    (checks.passport_cell, "12345678", "12345678"),
    (checks.mrz_td3, "TR12345672JPN0001018M2501017<<<<<<<<<<<<<<08", "TR1234567"),
    (checks.mrz_td3, "MU76543210JPN8512316F3011308<<<<<<<<<<<<<<06", "MU7654321"),
    (checks.mrz_td3, "C123456788VNM9807040F3206157<<<<<<<<<<<<<<<0", "C12345678"),
    (checks.mrz_td3, "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C3"),
    (checks.mrz_td1, "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6", "D23145890"),
    (checks.mrz, "I<PHLAB12345671<<<<<<<<<<<<<<<\r\n9001158F3101148PHL<<<<<<<<<<<6", "AB1234567"),
    (checks.mrz_td1, "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6", "D23145890"),
    (checks.credit_card, "4980 1234 5678 9011", "4980123456789011"),
    (checks.credit_card, "3540-1234-5678-9016", "3540123456789016"),
    (checks.credit_card, "3712 345678 90120", "371234567890120"),
    (checks.credit_card, "2223123456789012", "2223123456789012"),
    (checks.credit_card, "6212345678901234569", "6212345678901234569"),
    (checks.phone, "03-3456-7891", "0334567891"),
    (checks.phone, "(03)3456-7891", "0334567891"),
    (checks.phone, "045(212)3456", "0452123456"),
    (checks.phone, "060-1234-9876", "06012349876"),
    (checks.phone, "050-1234-9876", "05012349876"),
    (checks.phone, "04992-2-1234", "0499221234"),
    (checks.phone, "0790-12-3456", "0790123456"),
    (checks.phone, "+81 90 1234 9876", "09012349876"),
    (checks.phone, "+81 (0)3 3456 7891", "0334567891"),
    (checks.phone, "(+81)90-1234-9876", "09012349876"),
    (checks.phone, "〔03〕3456-7891", "0334567891"),
    (checks.phone, "+84 90 123 4567", "+84901234567"),
    (checks.phone_bare, "08012349876", "08012349876"),
    (checks.phone_cell, "9012349876", "09012349876"),
    (checks.phone_cell, "334567891.0", "0334567891"),
    (checks.email, "Haruko.Sato+1@Mihon-Shoji.co.jp", "haruko.sato+1@mihon-shoji.co.jp"),
    (checks.email, "taro..x.@docomo.ne.jp", "taro..x.@docomo.ne.jp"),
    (checks.email_any, "haruko@example.jp", "haruko@example.jp"),
    (checks.postal_code, "〒100-0001", "1000001"),
    (checks.postal_code, "060-0000", "0600000"),
    (checks.postal_code_cell, "600001", "0600001"),
    (checks.postal_code_cell, "1500001.0", "1500001"),
    (checks.residence_status, "技・人・国", "技術・人文知識・国際業務"),
    (checks.residence_status, "技術/人文知識/国際業務", "技術・人文知識・国際業務"),
    (checks.residence_status, "1号特定技能", "特定技能1号"),
    (checks.residence_status, "特定技能(二号)", "特定技能2号"),
    (checks.residence_status, "技能実習 2号ロ", "技能実習2号ロ"),
    (checks.residence_status, "SSW-1", "特定技能1号"),
    (checks.residence_status, "Specified Skilled Worker (ii)", "特定技能2号"),
    (checks.residence_status, "特定活動(告示46号)", "特定活動"),
    (checks.residence_status, "留学", "留学"),
    (checks.residence_status_strong, "永住者", "永住者"),
]

INVALID = [
    (checks.resident_record_code, "12345678904"),
    (checks.resident_record_code_any, "11111111111"),
    (checks.resident_record_code, "1234567890"),
    (checks.basic_pension_number, "123-4567890-1"),
    (checks.basic_pension_number, "0000-123456"),
    (checks.employment_insurance_number, "1234-567890"),
    (checks.insurer_number, "33120016"),
    (checks.insurer_number, "00000000"),
    (checks.insurer_number, "33480012"),
    (checks.insured_number, "000-00"),
    (checks.bank_account, "0000000"),
    (checks.bank_account, "1234567"),
    (checks.bank_account, "12345678"),
    (checks.post_bank_account, "10531-12345671"),
    (checks.post_bank_account, "10530-12345672"),
    (checks.post_bank_account, "1053-12345671"),
    (checks.gender, "男・女"),
    (checks.gender, "長男"),
    (checks.nationality, "東京"),
    (checks.nationality, "未記入"),
    (checks.nationality_named, "IN"),
    (checks.nationality_named, "中"),
    (checks.japanese_level, "英検"),
    (checks.skill_field, "事務職"),
    (checks.skill_field, "性能評価試験"),
    (checks.medical_term, "なし"),
    (checks.medical_term, "特になし"),
    (checks.medical_term, "通信障害"),
    (checks.medical_term, "病院名"),
    (checks.medical_entry, "既往なし"),
    (checks.medical_entry, "ﾌﾘｶﾞﾅ".translate({0xFF8C: "フ", 0xFF98: "リ", 0xFF76: "カ", 0xFF9E: "゛", 0xFF85: "ナ"})),
    (checks.medical_entry, "生年月日(西暦)"),
    (checks.medical_entry, "男  女"),
    (checks.medical_entry, "-"),
    (checks.birth_date_cell, "74/13/40"),
    (checks.birth_date_cell, "31-Foo-74"),
    (checks.my_number, "123456789019"),
    (checks.my_number, "234567890123"),
    (checks.my_number, "111111111111"),
    (checks.my_number, "987645321093"),
    (checks.my_number, "123456789018"),
    (checks.my_number, "111111111118"),
    (checks.my_number, "000000000000"),
    (checks.my_number, "9876-5432 1093"),
    (checks.my_number_cell, "123456789"),
    (checks.my_number_bare, "9876/5432/1093"),
    (checks.corporate_number, "1000012050002"),
    (checks.corporate_number, "7123456789013"),
    (checks.corporate_number, "0123456789012"),
    (checks.corporate_number, "T700001205000"),
    (checks.corporate_number_bare, "7000012050002"),
    (checks.drivers_license, "309012345630"),
    (checks.drivers_license, "159012345620"),
    (checks.drivers_license, "990012345670"),
    (checks.residence_card, "A12345678CD"),
    (checks.residence_card, "AB1234567CD"),
    (checks.residence_card, "AB12345678C1"),
    (checks.residence_card, "AB00000000CD"),
    (checks.residence_card_bare, "AB20260102CD"),
    (checks.residence_card_bare, "ab12345678cd"),
    (checks.passport_jp, "TR123456"),
    (checks.passport_jp, "XR1234567"),
    (checks.passport_jp, "TR1111111"),
    (checks.passport, "12345678"),
    (checks.mrz_td3, "TR12345673JPN0001018M2501017<<<<<<<<<<<<<<08"),
    (checks.mrz_td3, "MU76543210JPN8512316F3011308<<<<<<<<<<<<<<07"),
    (checks.mrz_td3, "C123456788VNM9807400F3206157<<<<<<<<<<<<<<<0"),
    (checks.mrz_td1, "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<7"),
    (checks.credit_card, "4980 1234 5678 9012"),
    (checks.credit_card, "9980123456789012"),
    (checks.credit_card, "4111111111111111"),
    (checks.credit_card, "378282246310005"),
    (checks.credit_card, "0000000000000000"),
    (checks.phone, "090-0123-4567"),
    (checks.phone, "050-0123-4567"),
    (checks.phone, "02-1234-5678"),
    (checks.phone, "03-123-4567"),
    (checks.phone, "031-234-5678"),
    (checks.phone, "0120-123-456"),
    (checks.phone, "0800-123-4567"),
    (checks.phone, "0570-012-345"),
    (checks.phone, "090-1111-1111"),
    (checks.phone, "07-07-2026"),
    (checks.phone_bare, "0334567891"),
    (checks.phone, "090-1234-5678"),
    (checks.phone, "+81 80 1234 5678"),
    (checks.phone, "03-1234-5678"),
    (checks.phone, "012-345-6789"),
    (checks.passport_jp, "TR-1234568"),
    (checks.passport_cell, "20270131"),
    (checks.email, "user@example.com"),
    (checks.email, "user@mail.example.co.jp"),
    (checks.email_any, ".taro@mihon.jp"),
    (checks.email_any, "logo@2x.png"),
    (checks.email_any, "taro@localhost"),
    (checks.email_any, "taro@mihon.j"),
    (checks.email_any, "git@mihon.jp"),
    (checks.postal_code, "123-4567"),
    (checks.postal_code, "000-0000"),
    (checks.postal_code, "999-9999"),
    (checks.postal_code, "600001"),
    (checks.residence_status, "部長"),
    (checks.residence_status_strong, "教育"),
    (checks.residence_status_strong, "特定技能"),
]

SECOND_OF_JANUARY = [
    "1985-01-02",
    "1985/1/2",
    "1985.01.02",
    "1985年1月2日",
    "1985 年 1 月 2 日",
    "19850102",
    "一九八五年一月二日",
    "昭和60年1月2日",
    "昭和 60 年 1 月 2 日",
    "S60.1.2",
    "s60/01/02",
    "昭60・1・2",
    "S.60.1.2",
    "☑昭和 □平成　60年1月2日",
    "□大正 ■昭和 □平成 60年1月2日",
    "昭和・平成・令和 60年1月2日",
    "S600102",
    "昭和六十年一月二日",
    "㍼60年1月2日",
    "1985(S60)年1月2日",
    "1985年(昭和60年)1月2日",
    "昭和60年(1985年)1月2日",
    "02/01/1985",
    "2 Jan 1985",
    "02-JAN-1985",
    "2nd January 1985",
    "Jan 2, 1985",
    "January 2 1985",
    "Jan. 2, 1985",
    "02 tháng 01 năm 1985",
    "1985-01-02 00:00:00",
    "1985-01-02T00:00:00Z",
]


@pytest.mark.parametrize(("check", "raw", "canonical"), VALID)
def test_a_possible_value_is_taken_and_spelled_in_one_way(check: Check, raw: str, canonical: str) -> None:
    assert check(raw) == canonical


@pytest.mark.parametrize(("check", "raw"), INVALID)
def test_an_impossible_value_is_refused(check: Check, raw: str) -> None:
    assert check(raw) is None


@pytest.mark.parametrize("raw", SECOND_OF_JANUARY)
def test_a_birth_date_is_understood_however_it_is_written(raw: str) -> None:
    assert checks.birth_date(raw) == "1985-01-02"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("□昭和 ☑平成 7年2月17日", "1995-02-17"),
        ("●昭和 ○平成 49年2月17日", "1974-02-17"),
        ("明・大・昭・平・令 31年4月30日", "1956-04-30"),
        ("□昭和 ☑平成 49年2月17日", None),
        ("昭和・平成 年 月 日", None),
    ],
)
def test_the_era_that_a_form_has_ticked_decides(raw: str, expected: str | None) -> None:
    assert checks.birth_date(raw) == expected


@pytest.mark.parametrize("raw", ["850102", "85/01/02", "3600102", "5-600102", "1985-01-02", "昭和60年1月2日"])
def test_a_column_of_birth_dates_may_hold_short_forms_and_era_codes(raw: str) -> None:
    assert checks.birth_date_cell(raw) == "1985-01-02"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("令和1年5月1日", "2019-05-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("平成31年4月30日", "2019-04-30"),
        ("平成31年5月1日", None),
        ("令和1年4月30日", None),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和64年1月8日", None),
        ("平成1年1月8日", "1989-01-08"),
        ("昭和1年12月25日", "1926-12-25"),
        ("大正15年12月25日", "1926-12-25"),
        ("昭和1年12月24日", None),
        ("昭和0年12月25日", None),
    ],
)
def test_a_date_counts_only_inside_the_era_it_is_written_in(raw: str, expected: str | None) -> None:
    assert checks.birth_date(raw) == expected


@pytest.mark.parametrize(
    "raw", ["1985-02-29", "1985-13-13", "19850230", "85-1-2", "S60.2.30", "Foo 2, 1985", "1850-01-01"]
)
def test_days_that_nobody_can_be_born_on_are_refused(raw: str) -> None:
    assert checks.birth_date(raw) is None


def test_nobody_is_born_tomorrow_or_older_than_120_years() -> None:
    today = date.today()
    assert checks.birth_date(today.isoformat()) == today.isoformat()
    assert checks.birth_date((today + timedelta(days=1)).isoformat()) is None
    assert checks.birth_date(f"{today.year - 121}-06-01") is None


@given(st.dates(min_value=date(1926, 12, 26), max_value=date(2019, 4, 30)))
def test_every_day_of_showa_and_heisei_is_the_same_day_in_both_calendars(day: date) -> None:
    era, first = ("昭和", 1926) if day <= date(1989, 1, 7) else ("平成", 1989)
    assert checks.birth_date(f"{era}{day.year - first + 1}年{day.month}月{day.day}日") == day.isoformat()


@pytest.mark.parametrize("digits", ["202601021530", "198501020001", "260102153059"])
def test_a_timestamp_without_a_label_is_no_my_number(digits: str) -> None:
    assert checks.timestamp_like(digits)
    base = digits[:11]
    passing = [f"{base}{last}" for last in "0123456789" if checks.my_number(f"{base}{last}")]
    assert passing
    assert all(checks.my_number_bare(number) is None for number in passing if checks.timestamp_like(number))


def test_years_in_a_row_without_a_label_are_no_my_number() -> None:
    rows = [f"{a} {a + 1} {b}" for a in range(1990, 2030) for b in range(1990, 2030)]
    passing = [row for row in rows if checks.my_number(row)]
    assert passing
    assert not any(map(checks.my_number_bare, passing))


def with_check_digit(check: Check, body: str, at: int) -> list[str]:
    numbers = [body[:at] + digit + body[at:] for digit in "0123456789"]
    return [number for number in numbers if check(number)]


digits_of = st.text("0123456789", min_size=1, max_size=1)


@given(st.text("0123456789", min_size=11, max_size=11), st.integers(0, 11), digits_of)
def test_one_wrong_digit_makes_a_my_number_invalid(body: str, at: int, wrong: str) -> None:
    for number in with_check_digit(checks.my_number, body, 11):
        changed = number[:at] + wrong + number[at + 1 :]
        weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
        rest = sum(int(digit) * weight for digit, weight in zip(changed, weights, strict=False)) % 11
        both_mean_zero = number[11] == "0" and rest <= 1
        assert changed == number or checks.my_number(changed) is None or both_mean_zero


@given(
    st.sampled_from(["30", "62", "10", "97"]),
    st.text("0123456789", min_size=8, max_size=8),
    st.integers(2, 10),
    digits_of,
)
def test_one_wrong_digit_makes_a_licence_number_invalid(area: str, body: str, at: int, wrong: str) -> None:
    for number in with_check_digit(checks.drivers_license, f"{area}{body}0", 10):
        changed = number[:at] + wrong + number[at + 1 :]
        both_mean_one = number[10] == "1"
        assert changed == number or checks.drivers_license(changed) is None or both_mean_one


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), digits_of)
def test_one_wrong_digit_makes_a_corporate_number_invalid(body: str, at: int, wrong: str) -> None:
    for number in with_check_digit(checks.corporate_number, body, 0):
        changed = number[:at] + wrong + number[at + 1 :]
        nine_for_nought = at > 0 and {wrong, number[at]} == {"0", "9"}
        assert changed == number or checks.corporate_number(changed) is None or nine_for_nought


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(1, 15), digits_of)
def test_one_wrong_digit_makes_a_card_number_invalid(body: str, at: int, wrong: str) -> None:
    for number in with_check_digit(checks.credit_card, f"4{body}", 15):
        changed = number[:at] + wrong + number[at + 1 :]
        assert changed == number or checks.credit_card(changed) is None


MRZ_LINE = "MU76543210JPN8512316F3011308<<<<<<<<<<<<<<06"


@pytest.mark.parametrize("at", [at for at, char in enumerate(MRZ_LINE) if char.isdigit()])
def test_one_wrong_digit_makes_a_machine_readable_line_invalid(at: int) -> None:
    for wrong in set("0123456789") - {MRZ_LINE[at]}:
        assert checks.mrz_td3(MRZ_LINE[:at] + wrong + MRZ_LINE[at + 1 :]) is None


JAPANESE = "0123456789 -./・ー\t()+〒@,年月日昭和令元十一二TSHMRAB<技能特定号名\n"


@given(
    st.one_of(
        st.text(), st.text(JAPANESE), st.from_regex(r"[0-9SHRT+(]?[0-9]{1,14}[-. /年][0-9]{1,8}[月-]?[0-9]{0,4}日?")
    )
)
@settings(deadline=None)
def test_no_string_makes_a_check_fail_and_a_canonical_value_stays_what_it_is(raw: str) -> None:
    for check in EVERY:
        canonical = check(raw)
        if canonical is not None and not check.__name__.startswith("mrz") and not check.__name__.endswith("_bare"):
            assert check(canonical) == canonical, check.__name__


ZONES_AND_BARE = ("mrz", "mrz_td1", "mrz_td3", "corporate_number_bare")
"""A zone is more than the number in it, and a bare corporate number needs its T."""


@pytest.mark.parametrize(
    ("check", "canonical"), [(c, value) for c, _, value in VALID if c.__name__ not in ZONES_AND_BARE]
)
def test_a_canonical_value_is_its_own_canonical_value(check: Check, canonical: str) -> None:
    assert check(canonical) == canonical


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.__name__)
def test_digits_of_other_scripts_are_not_taken_for_ascii_digits(check: Check) -> None:
    assert check("٠١٢٣٤٥٦٧٨٩٠١") is None
    assert check("¹²³⁴⁵⁶⁷⁸⁹⁰¹²") is None
