"""What the read-me says is what the program does."""

import argparse
import re
from pathlib import Path

from scanner.cli import _parser
from scanner.places import rules_folder

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def test_every_command_is_in_the_read_me() -> None:
    commands = subcommands(_parser())
    assert set(commands) == {
        "scan", "watch", "report", "service", "rules", "policy", "exception", "notice", "extract", "volumes", "doctor",
        "formats",
    }  # fmt: skip
    for name, parser in commands.items():
        row = re.search(rf"^\| `nokosanai {name}\b[^|]*\|", README, re.MULTILINE)
        assert row is not None, name
        for below in subcommands(parser):
            assert below in row[0], f"{name} {below}"


def test_every_option_of_scan_is_in_the_read_me_and_nothing_else() -> None:
    listed = re.search(r"<!-- scan-options -->(.*?)<!-- /scan-options -->", README, re.DOTALL)
    assert listed is not None
    options = {
        option
        for action in subcommands(_parser())["scan"]._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert set(re.findall(r"`(--[a-z-]+)`", listed[1])) == options


def test_every_exit_code_is_in_the_read_me() -> None:
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]


def test_every_link_of_the_read_me_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_changelog_names_every_rule() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    for path in rules_folder().glob("*.toml"):
        assert f"`{path.stem}`" in changes, path.stem


def test_the_papers_speak_of_the_project_alone() -> None:
    for path in ROOT.glob("*.md"):
        assert not re.search(r"/work/|/tmp/|helper|session", path.read_text("utf-8")), path.name
