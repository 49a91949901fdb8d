"""A policy in sentences, for `policy show`: what each clause is about, how much it takes, and what it then says.

Words only; the terminal decides how they look.
"""

from collections.abc import Iterator, Mapping

from scanner import model
from scanner.policy.judging import Clause, Policy, What
from scanner.wording import CONFIDENCES, KINDS, SEVERITIES, TYPES, VOLUME_CLASSES, Phrase, name

_SAID = {
    "policy": Phrase("ポリシー {name}（SHA-256 {digest}）", "policy {name} (SHA-256 {digest})"),
    "required": Phrase("次があると「調査未完了」: {kinds}", "a run is incomplete with: {kinds}"),
    "forbids": Phrase("{number}. {id} [{severity}]", "{number}. {id} [{severity}]"),
    "allows": Phrase("{number}. {id} [許可]", "{number}. {id} [allowed]"),
    "volumes": Phrase("場所: {volumes}", "where: {volumes}"),
    "anywhere": Phrase("場所: すべて", "where: anywhere"),
    "paths": Phrase("パス: {globs}", "paths: {globs}"),
    "not_paths": Phrase("次のパスを除く: {globs}", "but not: {globs}"),
    "types": Phrase("内容: {types} のいずれか", "what: any of {types}"),
    "all_types": Phrase("組み合わせ: {groups}", "what: together {groups}"),
    "group": Phrase("（{types} のいずれか）", "({types})"),
    "and": Phrase(" ＋ ", " and "),
    "or": Phrase("、", ", "),
    "problems": Phrase("調べられなかったもの: {kinds}", "what: could not be examined: {kinds}"),
    "min_persons": Phrase("{n:,}人以上", "{n:,} person(s) or more"),
    "min_distinct": Phrase("同じ種類の異なる値が{n:,}個以上", "{n:,} different values of one type or more"),
    "min_count": Phrase("のべ{n:,}件以上", "{n:,} value(s) or more"),
    "confidence": Phrase("{confidence}以上", "findings that are {confidence} or better"),
    "says": Phrase("表示: {message}", "says: {message}"),
}
_INDENT = "   "


def describe(policy: Policy, lang: str) -> list[str]:
    """The policy in lines of text, in Japanese or English."""
    lines = [
        _say("policy", lang, name=policy.name, digest=policy.digest),
        _say("required", lang, kinds=_listed(policy.required, KINDS, lang)),
    ]
    for number, clause in enumerate(policy.clauses, 1):
        grade = name(SEVERITIES, clause.severity, lang)
        lines.append(_say("allows" if clause.allow else "forbids", lang, number=number, id=clause.id, severity=grade))
        lines.extend(_INDENT + line for line in _clause(clause, lang))
    return lines


def _clause(clause: Clause, lang: str) -> Iterator[str]:
    where = clause.where
    everywhere = set(where.volumes) == set(model.VOLUME_CLASSES)
    volumes = _listed(where.volumes, VOLUME_CLASSES, lang)
    yield (_say("anywhere", lang) if everywhere else _say("volumes", lang, volumes=volumes))
    for key, patterns in (("paths", where.paths), ("not_paths", where.not_paths)):
        if patterns.globs:
            yield _say(key, lang, globs=_say("or", lang).join(patterns.globs))
    yield from _what(clause.what, lang)
    if not clause.allow:
        yield _say("says", lang, message=clause.message[lang if lang in clause.message else "en"])


def _what(what: What, lang: str) -> Iterator[str]:
    if what.problems:
        yield _say("problems", lang, kinds=_listed(what.problems, KINDS, lang))
        return
    if what.types:
        yield _say("types", lang, types=_listed(what.types, TYPES, lang))
    if what.all_types:
        groups = (_say("group", lang, types=_listed(group, TYPES, lang)) for group in what.all_types)
        yield _say("all_types", lang, groups=_say("and", lang).join(groups))
    amounts = [
        _say(key, lang, n=getattr(what, key))
        for key, least in (("min_persons", 0), ("min_distinct", 1), ("min_count", 1))
        if getattr(what, key) > least
    ]
    amounts.append(_say("confidence", lang, confidence=name(CONFIDENCES, what.confidence, lang)))
    yield _say("or", lang).join(amounts)


def _listed(words: tuple[str, ...], table: Mapping[str, Phrase], lang: str) -> str:
    return _say("or", lang).join(name(table, word, lang) for word in words)


def _say(key: str, lang: str, **values: object) -> str:
    phrase = _SAID[key]
    return (phrase.ja if lang == "ja" else phrase.en).format(**values)
