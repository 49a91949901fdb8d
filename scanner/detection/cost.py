"""What each rule costs: the rules at work over a text that is made here, the same each time, and timed one by one.

The text is what offices keep, with next to nothing in it, and among it the rules' own examples, over and over. Nothing
of it is about anybody.
"""

import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from scanner.detection.gate import Gate
from scanner.detection.kept import Ready, gate_patterns
from scanner.detection.measured import MeasuredDetector
from scanner.detection.proof import segment_of
from scanner.detection.rules import Rule
from scanner.errors import Unreadable
from scanner.model import Segment
from scanner.origin import TextOrigin
from scanner.profile import Clock, Spent

SEED = 20261122
MB = 1_000_000
SIZE = MB // 2
"""Bytes of the text: some seconds' work."""
PIECE = 64 * 1024
"""Characters of ordinary text in one segment, about."""
EXAMPLES = 20
"""Every so many lines of ordinary text an example of a rule stands among them."""
ROUNDS = 3
"""Of so many runs the quickest counts: other programs can only make one slower."""
TIMES = 10
"""A rule that costs more than so many times the median of all is slow."""

_LINES = (
    "本日の会議は{d}時から第{d}会議室で行います。資料は前日までに共有フォルダへ置いてください。",
    "見積書 No.{n} は先方の確認を待って、来週の月曜日に送付する予定です。金額は{n}円（税込）です。",
    "倉庫の棚卸しは部署ごとに分担し、結果を一覧表にまとめて総務課の担当者まで提出してください。",
    "サーバーの更新作業は{y}年{m}月{d}日の夜間に行い、翌朝に動作を確認します。手順書は第{d}版です。",
    "電話での問い合わせが増えています。回答の例を用意し、窓口での説明をそろえることにしました。",
    "住所の表記は様式に合わせ、氏名の欄には記入しないこと。提出先は別紙のとおりです。",
    "{y}-{m:02}-{d:02} 10:{m:02}:{d:02} INFO  job={n} step={d} finished in {n} ms, {d} warnings, queue={h}",
    "{y}/{m:02}/{d:02},{n},{k},コピー用紙 A4,{d},{n},倉庫{d},済",
    "The meeting notes were reviewed; {d} open points remain, see section {d}.{m} of the manual (page {n}).",
    "    if count > {n} and state[{d}] != 0x{h}: raise ValueError(f'unexpected {{state}} at {d}')",
    '<tr><td>{k}</td><td class="n">{n}</td><td>{y}.{m}.{d}</td><td>数量 {d}</td></tr>',
    "sha256:{h}{h}{h}{h}  build-{n}.tar.gz",
    "問い合わせ番号 {n}{n} の件、品番 {k} は{m}月中旬に入荷の見込みです。担当部署より改めて連絡します。",
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one rule costs for each megabyte of the text."""

    rule: str
    gate: float
    """Microseconds of the native engine with this rule's patterns alone; together they take less than their sum."""
    judge: float
    """Microseconds around what the gate let through: pattern, check, context, headers."""
    hits: float
    """Hits of the gate."""
    share: float
    """The same as a part of the hits of all rules."""
    candidates: float
    """Values that passed the rule's check."""
    times: float
    """Its cost by the median of all rules."""

    @property
    def total(self) -> float:
        """Microseconds in all."""
        return self.gate + self.judge

    @property
    def slow(self) -> bool:
        """Whether somebody should look at its pattern."""
        return self.times > TIMES


def costs(rules: Sequence[Rule], ready: Ready, size: int = SIZE, rounds: int = ROUNDS) -> list[Cost]:
    """The cost of each rule over about `size` bytes of text, the most expensive first.

    `ready`: what is compiled of these rules.
    """
    text = corpus(rules, size)
    searched = [one.text.encode() for one in text]
    megabytes = sum(map(len, searched)) / MB
    clock = Clock()
    detector = MeasuredDetector(rules, ready, clock)
    _ = detector.prose
    judged = [_judged(detector, text, clock) for _ in range(rounds)]
    gates = {rule.id: min(_searched(rule, searched) for _ in range(rounds)) for rule in rules}
    spent = {rule.id: min((one.get(rule.id, Spent()) for one in judged), key=lambda one: one.seconds) for rule in rules}
    median = statistics.median(gates[rule.id] + spent[rule.id].seconds for rule in rules) or 1e-9
    hits = sum(one.hits for one in spent.values()) or 1
    found = [
        Cost(
            rule=name,
            gate=gates[name] * 1e6 / megabytes,
            judge=one.seconds * 1e6 / megabytes,
            hits=one.hits / megabytes,
            share=one.hits / hits,
            candidates=one.number / megabytes,
            times=(gates[name] + one.seconds) / median,
        )
        for name, one in spent.items()
    ]
    return sorted(found, key=lambda cost: (-cost.total, cost.rule))


def corpus(rules: Sequence[Rule], size: int, seed: int = SEED) -> list[Segment]:
    """About `size` bytes of UTF-8: ordinary text with the examples of the rules in it, those that are tables apart."""
    rng = Random(seed)  # noqa: S311 - the same each time is what it is for
    examples = [example for rule in rules for example in rule.examples]
    prose = [example.text for example in examples if not example.csv]
    segments = [segment_of(example) for example in examples if example.csv]
    left = size - sum(len(one.text.encode()) for one in segments)
    while left > 0:
        text = "\n".join(_lines(rng, prose, min(PIECE, left // 2)))
        segments.append(Segment(text=text, address="corpus", origin=TextOrigin()))
        left -= len(text.encode())
    return segments


def _lines(rng: Random, examples: Sequence[str], length: int) -> Iterator[str]:
    while length >= 0:
        line = rng.choice(_LINES).format(
            n=rng.randrange(100, 99_999),
            d=rng.randrange(1, 29),
            m=rng.randrange(1, 13),
            y=rng.randrange(2015, 2027),
            h=f"{rng.randrange(1 << 64):016x}",
            k=f"{rng.choice('ABCDEFGH')}{rng.randrange(1000)}-{rng.choice('KLMN')}{rng.randrange(100)}",
        )
        if examples and not rng.randrange(EXAMPLES):
            line = f"\n{rng.choice(examples)}\n"
        yield line
        length -= len(line) + 1


def _judged(detector: MeasuredDetector, text: Sequence[Segment], clock: Clock) -> dict[str, Spent]:
    """What each rule took; a pattern that runs into its time limit ends the round, and has shown itself."""
    clock.take()
    with contextlib.suppress(Unreadable):
        for segment in text:
            for _ in detector.examination().find(segment):
                pass
    return dict(clock.take().rules)


def _searched(rule: Rule, text: Sequence[bytes]) -> float:
    """Seconds that the engine needs to look for one rule alone."""
    patterns = gate_patterns(rule) if rule.gate != "names" else ()
    if not patterns:
        return 0.0
    gate = Gate([patterns])
    gate.hits(b"")
    began = time.perf_counter()
    for one in text:
        gate.hits(one)
    return time.perf_counter() - began
