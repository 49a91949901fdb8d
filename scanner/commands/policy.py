"""``nokosanai policy``: the policy in force."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, group, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands


def add(commands: "Commands") -> None:
    """Declare the commands."""
    policy = group(commands, "policy", "the policy in force")
    for name, text, function in (
        ("check", "whether a policy file holds", _check),
        ("show", "the clauses in the order in which they are tried", _show),
    ):
        one = command(policy, name, text, function)
        one.add_argument("--policy", metavar="FILE", type=Path)
        lang(one)


def _check(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import load

    policy = load(options.policy)
    say(f"{policy.name}: {len(policy.clauses)} clauses, digest {policy.digest}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from scanner.policy.clauses import describe, load
    from scanner.wording import language

    for line in describe(load(options.policy), language(options.lang)):
        say(line)
    return 0
