"""DocuWorks as the public description has it: what is said, and what is never called read."""

import random
from pathlib import Path

import pytest

import scanner
from scanner.errors import Unreadable
from scanner.formats import docuworks
from scanner.limits import MIB, Budget, Limits
from scanner.model import Segment
from tests.docuworks import drawing, emf, file, note, picture, segment
from tests.test_archives import document

PAGE = drawing(emf("氏名 山田 太郎", "電話 070-1111-2222"), packed=True)


def text(data: bytes) -> str:
    found = []
    try:
        for piece in docuworks.read(document("a.xdw", data), Budget(Limits(memory=MIB), len(data))):
            if isinstance(piece, Segment):
                found.append(piece.text)
    except Unreadable as failure:
        found.append(f"!{failure.kind}")
    return "\n".join(found)


def test_pages_notes_and_names_are_read_and_what_earlier_saves_held() -> None:
    first = segment((PAGE,), note("連絡先は佐藤まで", "名簿.xdw"))
    second = segment((drawing(emf("後から"), packed=False),), note("直した", "名簿.xdw"))
    said = text(file(first, second)).split("\n")
    assert {"氏名 山田 太郎", "電話 070-1111-2222", "連絡先は佐藤まで", "名簿.xdw", "後から", "直した"} <= set(said)
    assert said.count("名簿.xdw") == 1


@pytest.mark.parametrize(
    ("entries", "kind"),
    [((), "missing_reader"), ((drawing(emf(), packed=True),), "missing_reader"), ((picture(),), "image_only")],
)
def test_pages_that_say_nothing_are_a_problem_whatever_the_properties_say(
    entries: tuple[bytes, ...], kind: str
) -> None:
    assert text(file(segment(entries, note("覚え書き", "名簿.xdw")))).endswith(f"!{kind}")


def test_pictures_and_what_was_attached_are_counted_beside_the_text(tmp_path: Path) -> None:
    data = file(segment((PAGE, picture(), bytes(range(200, 255)) * 3), note("直した", "名簿.xdw")))
    (tmp_path / "名簿.xdw").write_bytes(data)
    report = scanner.scan(tmp_path)
    assert [document.persons.best for document in report.documents] == [1]
    assert [(each.address.rpartition("!")[2], each.kind) for each in report.problems] == [("entry3", "missing_reader")]
    assert report.to_dict()["ledger"]["excluded_by_reason"] == {"image": 1}


def test_a_cut_or_changed_file_is_never_read_as_a_whole_one() -> None:
    data = file(segment((PAGE,), note("直した", "名簿.xdw")))
    for size in range(20, len(data) - 1, 7):
        assert "!" in text(data[:size])
    chance = random.Random(1)
    for _ in range(200):
        changed = bytearray(data)
        for _ in range(4):
            changed[chance.randrange(16, len(changed))] = chance.randrange(256)
        text(bytes(changed))


def test_a_file_that_only_has_the_name_is_said_by_it(tmp_path: Path) -> None:
    (tmp_path / "a.xdw").write_bytes(bytes(range(256)) * 8)
    (problem,) = scanner.scan(tmp_path).problems
    assert (problem.kind, problem.detail) == ("missing_reader", "DocuWorks document: no reader yet")
