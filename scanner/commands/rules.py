"""``nokosanai rules``: the detection rules, their proof, one rule on a text."""

import argparse
import sys
from typing import TYPE_CHECKING

from scanner.commands import command, group, lang, say
from scanner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.commands import Commands
    from scanner.detection.rules import Rule


def add(commands: "Commands") -> None:
    """Declare the commands."""
    rules = group(commands, "rules", "the detection rules")
    lang(command(rules, "list", "one line for each rule", _list))
    show = command(rules, "show", "one rule: what it looks for, on what ground", _show)
    show.add_argument("rule", metavar="RULE")
    lang(show)
    check = command(rules, "check", "prove every rule by its own examples", _check)
    check.add_argument("--cost", action="store_true", help="say too what each rule costs, the slowest first")
    lang(check)
    attempt = command(rules, "try", "what the rules find in a text (shown in clear)", _try)
    attempt.add_argument("text", metavar="TEXT", help="the text; - reads the standard input")


def _list(options: argparse.Namespace) -> int:
    from scanner.reveal import detector
    from scanner.wording import language

    words = language(options.lang)
    for rule in detector().rules:
        say(f"{rule.id:26} {rule.title[words]}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from scanner.reveal import detector
    from scanner.wording import language

    words = language(options.lang)
    rule = next((rule for rule in detector().rules if rule.id == options.rule), None)
    if rule is None:
        raise UsageError(f"there is no rule {options.rule!r}; see nokosanai rules list")
    say(f"{rule.id}: {rule.title[words]}")
    lines = {
        "type": rule.type + ("" if rule.personal else " (never personal by itself)"),
        "pattern": rule.pattern,
        "context": ", ".join(rule.context),
        "counter": ", ".join(rule.counter),
        "headers": ", ".join(rule.column.headers),
        "confidence": ", ".join(f"{evidence} {value}" for evidence, value in rule.confidence.items()),
        "references": "; ".join(rule.references),
        "hits": " | ".join(example.text for example in rule.examples if example.finds),
        "misses": " | ".join(example.text for example in rule.examples if not example.finds),
    }
    for name, value in lines.items():
        if value:
            say(f"  {name:11} {value}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from scanner.detection.proof import prove
    from scanner.reveal import detector, in_segment
    from scanner.wording import language

    faults = list(prove(detector(), in_segment))
    for fault in faults:
        say(f"{fault.rule}: {fault.what}")
    rules = detector().rules
    examples = sum(len(rule.examples) for rule in rules)
    say(f"{len(rules)} rules, {examples} examples, {len(faults)} faults")
    if options.cost:
        _cost(rules, language(options.lang))
    return 1 if faults else 0


def _cost(rules: "Sequence[Rule]", words: str) -> None:
    from scanner.detection import kept
    from scanner.detection.cost import TIMES, costs
    from scanner.places import cache_folder
    from scanner.sinks.page import Page
    from scanner.wording import COST, name

    page = Page(sys.stdout, words, None, None)

    def t(key: str) -> str:
        return name(COST, key, page.lang)

    rows = [
        [
            one.rule,
            t("slow") if one.slow else "",
            f"{one.total:,.0f}",
            f"{one.times:.1f}",
            f"{one.share:.1%}",
            *(f"{number:,.0f}" for number in (one.hits, one.candidates, one.gate, one.judge)),
        ]
        for one in costs(rules, kept.ready(rules, cache_folder()))
    ]
    page.title(t("title"))
    columns = ("total", "times", "share", "hits", "candidates", "gate", "judge")
    page.table([t("rule"), "", *map(t, columns)], rows)
    page.say()
    page.say((t("note").format(n=TIMES), "dim"), indent=2)


def _try(options: argparse.Namespace) -> int:
    from scanner.model import Segment
    from scanner.origin import TextOrigin
    from scanner.reveal import in_segment

    text = sys.stdin.read() if options.text == "-" else options.text
    for match in in_segment(Segment(text=text, address="text", origin=TextOrigin())):
        say(f"{match.start}-{match.end}\t{match.type}\t{match.confidence} ({match.evidence})\t{match.value}")
    return 0
