"""What the user of a PC keeps of nobody else is told apart, and breaks no rule."""

from pathlib import Path

import pytest

import scanner
from scanner.own import digest
from scanner.report import Report
from tests.test_detection import my_number

MINE, OTHERS = my_number(26_015_908_331), my_number(73_904_126_588)
POLICY = """
extends = "default"
name = "own"
[own]
names = ["佐藤 春子"]
numbers = ["{digest}"]
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(POLICY.format(digest=digest(MINE)), "utf-8")
    return path


def scanned(folder: Path, text: str, policy: Path) -> Report:
    folder.mkdir()
    (folder / "card.txt").write_text(text, "utf-8")
    return scanner.scan([folder], policy=policy, state=False)


def test_a_document_about_the_user_alone_breaks_no_rule(tmp_path: Path, policy: Path) -> None:
    report = scanned(tmp_path / "in", f"氏名：佐藤春子\n個人番号：{MINE}\n", policy)
    assert [document.own for document in report.documents] == [True]
    assert not report.violations
    assert report.documents[0].persons.best == 0
    assert report.to_dict()["documents"][0]["own"] is True


@pytest.mark.parametrize(
    "text",
    [
        f"氏名：佐藤春子\n個人番号：{OTHERS}\n",
        f"氏名：高橋健一\n個人番号：{MINE}\n",
        f"氏名：佐藤春子\n個人番号：{MINE}\n\n氏名：高橋健一\n個人番号：{OTHERS}\n",
    ],
    ids=["another number", "another name", "somebody beside"],
)
def test_a_document_that_speaks_of_somebody_else_does(tmp_path: Path, policy: Path, text: str) -> None:
    report = scanned(tmp_path / "in", text, policy)
    assert [document.own for document in report.documents] == [False]
    assert report.violations
