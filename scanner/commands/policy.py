"""``nokosanai policy``: the policy in force, the ones that come with the program, and what another would change."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, group, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands
    from scanner.policy.clauses import Policy


def add(commands: "Commands") -> None:
    """Declare the commands."""
    policy = group(commands, "policy", "the policy in force")
    for name, text, function in (
        ("check", "whether a policy file holds, and all of its clauses can be reached", _check),
        ("show", "the clauses in the order in which they are tried", _show),
    ):
        one = command(policy, name, text, function)
        one.add_argument("--policy", metavar="FILE", type=Path, help="a file, or the name of a ready policy")
        lang(one)
    change = command(policy, "diff", "what another policy would change here, from memory: no file is read", _diff)
    change.add_argument("new", metavar="NEW", type=Path, help="a file, or the name of a ready policy")
    change.add_argument("--policy", metavar="FILE", type=Path, help="compare with this one instead of the one in force")
    lang(change)
    lang(command(policy, "list", "the ready policies, for --policy NAME", _list))
    command(policy, "own", "a digest of one's own number, for the policy file; asks for the number", _own)


def _check(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import load
    from scanner.policy.reach import unreachable

    policy = load(options.policy)
    lost = unreachable(policy)
    for clause, above in lost:
        said = f"{clause.place}: clause {clause.id}: never comes into play, {above.id} above it takes everything"
        say(f"nokosanai: {said}; move it up, or narrow the other", sys.stderr)
    say(f"{policy.name}: {_amounts(policy)}, digest {policy.digest}")
    return 2 if lost else 0


def _amounts(policy: "Policy") -> str:
    return f"{len(policy.clauses)} clauses, {len(policy.purposes)} purpose{'s' * (len(policy.purposes) != 1)}"


def _show(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import describe, load
    from scanner.wording import language

    for line in describe(load(options.policy), language(options.lang)):
        say(line)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from datetime import date

    from scanner.again import remembered
    from scanner.places import state_folder
    from scanner.policy.clauses import load
    from scanner.policy.diff import diff, said
    from scanner.wording import language

    words = language(options.lang)
    old, new = load(options.policy), load(options.new)
    with remembered(state_folder(), words) as known:
        found = diff(old, new, known.documents, known.problems, known.volume_of, today=date.today(), lang=words)
    for line in said(found, words):
        say(line)
    return 0


def _list(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import load, ready
    from scanner.wording import ORGANISATIONS, language, name

    for word, path in ready().items():
        policy = load(path)
        say(f"{word}\t{name(ORGANISATIONS, policy.organisation, language(options.lang))}\t{_amounts(policy)}")
    return 0


def _own(options: argparse.Namespace) -> int:
    from getpass import getpass

    from scanner.errors import UsageError
    from scanner.own import digest

    value = getpass("own number (not shown): ", stream=sys.stderr) if sys.stdin.isatty() else sys.stdin.readline()
    try:
        say(f'numbers = ["{digest(value)}"]')
    except ValueError as error:
        raise UsageError(str(error)) from None
    return 0
