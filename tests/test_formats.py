"""Golden folders: for every format what it makes of real documents, line by line.

``tests/data/formats/NAME/CASE/`` holds ``input.*`` and ``expected.txt`` with one line a piece. Of several inputs that
belong together the first part is read, or what comes last by name: ``input.zip`` after ``input.z01``.

    address <tab> place as compact sorted JSON <tab> label <tab> repr(text)     a segment
    address <tab> + <tab> <tab>                                                a child document; its pieces follow
    address <tab> !kind <tab> <tab>                                            a problem, or the end of a document
    address <tab> -reason <tab> <tab>                                          a document that holds no text

``python -m tests.test_formats --write [NAME ...]`` writes the expected files anew, for all formats or those named.
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import formats
from scanner.errors import Textless, Unreadable
from scanner.limits import Budget, Limits
from scanner.model import Document, Segment

GOLDEN = Path(__file__).parent / "data" / "formats"
NAMES = [form.NAME for form in formats.formats() if form.NAME != "binary"]
CASES = sorted({path.parent for path in GOLDEN.glob("*/*/input.*")})


def document(path: Path) -> Document:
    def beside(name: str) -> Document | None:
        other = path.with_name(name)
        return document(other) if other.exists() else None

    return Document(
        address=path.name,
        path=path.name,
        name=path.name,
        size=path.stat().st_size,
        opener=lambda: path.open("rb"),
        beside=beside,
    )


def source(case: Path) -> Path:
    found = sorted(case.glob("input.*"))
    return found[0] if found[0].suffix == ".001" or ".part" in found[0].name else found[-1]


def lines(outer: Document, budget: Budget) -> Iterator[str]:
    try:
        for piece in formats.pick(outer).read(outer, budget):
            if isinstance(piece, Segment):
                place = json.dumps(piece.place.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                yield f"{piece.address}\t{place}\t{piece.label}\t{piece.text!r}"
            elif isinstance(piece, Document):
                yield f"{piece.address}\t+\t\t"
                yield from lines(piece, budget)
            else:
                yield f"{piece.address}\t!{piece.kind}\t\t"
    except Unreadable as failure:
        yield f"{outer.address}\t!{failure.kind}\t\t"
    except Textless as known:
        yield f"{outer.address}\t-{known.reason}\t\t"


def extracted(case: Path) -> str:
    whole = document(source(case))
    return "".join(f"{line}\n" for line in lines(whole, Budget(Limits(), whole.size)))


NATIVE = {"rar": ("rars",), "office_encrypted": ("cryptography.hazmat.primitives.ciphers",), "pst": ("pypff",)}
"""Native libraries without which a format is not read."""


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_a_golden_folder(name: str) -> None:
    assert [case for case in CASES if case.parent.name == name], f"tests/data/formats/{name}/CASE/input.* is missing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_document_is_read_as_recorded(case: Path) -> None:
    for library in NATIVE.get(case.parent.name, ()):
        # Wine lacks what some native libraries load; without them the file is reported, as other tests show
        pytest.importorskip(library, exc_type=ImportError)
    expected = (case / "expected.txt").read_bytes().decode("utf-8")
    assert extracted(case) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_document_is_read_by_the_format_whose_folder_it_lies_in(case: Path) -> None:
    assert case.parent.name == formats.pick(document(source(case))).NAME


def write(names: list[str]) -> None:
    for case in CASES:
        if not names or case.parent.name in names:
            (case / "expected.txt").write_bytes(extracted(case).encode("utf-8"))


@pytest.mark.parametrize(
    "form", [form for form in formats.formats() if hasattr(form, "BEGINS")], ids=lambda form: form.NAME
)
@given(st.data())
def test_a_format_accepts_nothing_that_begins_otherwise_than_it_says(form: formats.Format, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    whole = source(case).read_bytes()
    head = (
        data.draw(st.one_of(st.just(b""), st.just(whole[:1]), st.binary(max_size=9)))
        + whole[data.draw(st.integers(0, 9)) :]
    )
    begun = Document(address="a", path="a", name=source(case).name, size=len(head), opener=lambda: io.BytesIO(head))
    assert not form.accepts(begun) or head.startswith(form.BEGINS)  # type: ignore[attr-defined]


if __name__ == "__main__":
    if sys.argv[1:2] != ["--write"]:
        sys.exit("usage: python -m tests.test_formats --write [NAME ...]")
    write(sys.argv[2:])
