"""A policy in sentences, for `policy show`: what each clause is about, how much it takes, and what it then says.

Words only; the terminal decides how they look.
"""

from collections.abc import Iterator, Mapping

from scanner import model
from scanner.policy.judging import Clause, Policy, Purpose, What, Where
from scanner.wording import CONFIDENCES, KINDS, ORGANISATIONS, SEVERITIES, TYPES, VOLUME_CLASSES, Phrase, name

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
    "unacceptable": Phrase("例外は認めない", "no exception accepts it"),
    "organisation": Phrase("組織の種類: {kind}", "organisation: {kind}"),
    "ordinance": Phrase("条例要配慮個人情報: {types}", "special-care data by ordinance: {types}"),
    "own": Phrase("本人のもの: 氏名{names}件・番号{numbers}件", "own data: {names} name(s), {numbers} number(s)"),
    "purpose": Phrase("利用目的 {id} [{severity}] {title}", "purpose {id} [{severity}] {title}"),
    "labels": Phrase("所在に次の語を含む: {words}", "with one of these words in the address: {words}"),
    "ends": Phrase("期限: {day}（{warn}日前から予告）", "until {day} (counted down for {warn} days)"),
    "modified": Phrase(
        "期限: 最後の更新から{n}か月（{warn}日前から予告）",
        "until {n} month(s) after the last change (counted down for {warn} days)",
    ),
    "data": Phrase(
        "期限: 中の最新の日付から{n}か月（{warn}日前から予告）",
        "until {n} month(s) after the latest date inside (counted down for {warn} days)",
    ),
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
    for purpose in policy.purposes:
        grade = name(SEVERITIES, purpose.severity, lang)
        title = purpose.title[lang if lang in purpose.title else "en"]
        lines.append(_say("purpose", lang, id=purpose.id, severity=grade, title=title))
        lines.extend(_INDENT + line for line in _purpose(purpose, lang))
    return [*lines, *_whose(policy, lang)]


def _whose(policy: Policy, lang: str) -> Iterator[str]:
    yield _say("organisation", lang, kind=name(ORGANISATIONS, policy.organisation, lang))
    if policy.ordinance:
        yield _say("ordinance", lang, types=_listed(policy.ordinance, TYPES, lang))
    if policy.own.names or policy.own.numbers:
        yield _say("own", lang, names=len(policy.own.names), numbers=len(policy.own.numbers))


def _clause(clause: Clause, lang: str) -> Iterator[str]:
    yield from _where(clause.where, lang)
    yield from _what(clause.what, lang)
    if not clause.allow:
        yield _say("says", lang, message=clause.message[lang if lang in clause.message else "en"])
    if not clause.acceptable:
        yield _say("unacceptable", lang)


def _purpose(purpose: Purpose, lang: str) -> Iterator[str]:
    yield from _where(purpose.where, lang)
    if purpose.labels:
        yield _say("labels", lang, words=_say("or", lang).join(purpose.labels))
    key = "ends" if purpose.ends else purpose.counted_from
    yield _say(key, lang, day=purpose.ends, n=purpose.months, warn=purpose.warn_days)
    if not purpose.acceptable:
        yield _say("unacceptable", lang)


def _where(where: Where, lang: str) -> Iterator[str]:
    everywhere = set(where.volumes) == set(model.VOLUME_CLASSES)
    volumes = _listed(where.volumes, VOLUME_CLASSES, lang)
    yield (_say("anywhere", lang) if everywhere else _say("volumes", lang, volumes=volumes))
    for key, patterns in (("paths", where.paths), ("not_paths", where.not_paths)):
        if patterns.globs:
            yield _say(key, lang, globs=_say("or", lang).join(patterns.globs))


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
