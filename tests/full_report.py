"""Reports with everything in them, built by hand: memory, exceptions, gauges, deadlines. The people are invented."""

from dataclasses import replace
from datetime import date, timedelta

from scanner.duty import Condition, Deadline, Gauge
from scanner.memory import Acceptance, Gone, History, Life, PastRun
from scanner.model import DocumentResult, Persons, Volume
from scanner.origin import Place
from scanner.report import Report, TypeTotal
from tests.test_sinks import DISK, HOME, START, STICK, finding, ledger, report, violated, violation

TODAY = date(2026, 11, 21)
HOSTILE = (
    '<img src=x onerror="document.title=1">',
    "</script><script>document.title=1</script>",
    "<!--<script>",
    "\u202egpj.exe",
    "\udcff\ud800",
    "=cmd|'/c calc'!A1",
    "-->",
    "${x}`'\"&amp;\x00\x1b[2J\r\n\u2028",
)
"""Names that a page, a script, a spreadsheet or a terminal could take for more than names."""


def past(number: int, persons: int, violations: int) -> PastRun:
    started = START - timedelta(days=7 * number)
    return PastRun(
        run_id=f"{number:032x}",
        started=started,
        finished=started + timedelta(minutes=4),
        sources=("C:\\Users\\taro", "E:\\"),
        complete=number != 3,
        documents=violations + 2,
        violations=violations,
        persons=persons,
        entries={"total": 17_000, "read": 12_000, "unchanged": 2_900, "not_read": 100, "excluded": 2_000},
    )


def gauge(subject: str, where: str, persons: int, certainty: str, **more: object) -> Gauge:
    rules, few = "個人情報保護法施行規則7条", min(persons, 12)
    grave = Condition(
        law="appi", id="sensitive", article=f"{rules}1号", certainty=certainty, persons=3, types=("medical_info",)
    )
    conditions = (
        grave,
        Condition(law="appi", id="property", article=f"{rules}2号", certainty="not_seen", persons=0),
        Condition(law="appi", id="many", article=f"{rules}4号", certainty="possible", persons=persons),
        Condition(law="my_number_act", id="specific_many", article="番号法29条の4", certainty="not_seen", persons=few),
    )
    fields = {
        "subject": subject,
        "where": where,
        "persons": persons,
        "persons_low": persons - persons // 20,
        "persons_high": persons + persons // 20,
        "conditions": conditions,
        "certainty": certainty,
    }
    return Gauge(**{**fields, **more})


def full() -> Report:
    """A run of an ordinary PC with a stick: the fourth, with one finding gone, one moved, one accepted."""
    one = violated()
    first, second, third, fourth, weak = one.documents
    lives = {
        first.address: Life(status="changed", since=START - timedelta(days=21), run=f"{3:032x}"),
        second.address: Life(status="same", since=START - timedelta(days=7), run=f"{1:032x}"),
        third.address: Life(status="new", since=START, run=one.run_id),
        fourth.address: Life(
            status="moved", since=START - timedelta(days=7), run=f"{1:032x}", before="C:\\Users\\taro\\連絡先.txt"
        ),
        weak.address: Life(status="same", since=START - timedelta(days=21), run=f"{3:032x}"),
    }
    trend = (*(past(n, 900 + 40 * n, 3 + n) for n in (6, 5, 4, 3, 2, 1)), past(0, 856, 3))
    gone = Gone(
        address=f"{HOME}\\2024年度\\相談記録.docx",
        types=("person_name", "medical_info"),
        persons=37,
        since=START - timedelta(days=35),
        seen=START - timedelta(days=7),
        why="deleted",
    )
    accepted = Acceptance(
        id="x7k2",
        where=f"{HOME}\\旧データ.zip!**",
        types=("person_name",),
        reason="訴訟のため保全",
        approver="総務課長",
        added=TODAY - timedelta(days=300),
        expires=TODAY + timedelta(days=9),
    )
    ended = replace(accepted, id="b3q9", where="E:\\旧名簿.csv", expires=TODAY - timedelta(days=2))
    return replace(
        one,
        violations=(*one.violations[:2], replace(one.violations[2], exception="x7k2")),
        by_type={
            "person_name": TypeTotal(count=853, distinct=850, documents=2),
            "residence_status": TypeTotal(count=790, distinct=9, documents=1),
            "my_number": TypeTotal(count=12, distinct=12, documents=1),
            "medical_info": TypeTotal(count=3, distinct=3, documents=1),
        },
        history=History(
            previous=trend[-2],
            lives=lives,
            counts={"new": 1, "changed": 1, "moved": 1, "same": 2, "gone": 1},
            gone=(gone,),
            trend=trend,
            notes=("the rules have changed since the last run",),
        ),
        acceptances=(accepted, ended),
        gauges=(
            gauge(
                "machine",
                "PC-017",
                853,
                "met",
                preliminary_from=TODAY + timedelta(days=3),
                preliminary=TODAY + timedelta(days=5),
                final=TODAY + timedelta(days=30),
                final_malicious=TODAY + timedelta(days=60),
                mitigating=("encrypted_volume",),
            ),
            gauge(
                "volume", "E:\\", 3, "likely", preliminary=TODAY + timedelta(days=3), final=TODAY + timedelta(days=30)
            ),
            gauge("folder", HOME, 850, "possible"),
        ),
        deadlines=(
            Deadline(
                address=first.address,
                purpose="support-2025",
                title="就労支援（2025年度契約）",
                ends=TODAY - timedelta(days=51),
                basis="fixed",
                persons=812,
                types=("my_number", "residence_status", "person_name"),
            ),
            Deadline(
                address=second.address,
                purpose="recruiting",
                title="採用選考",
                ends=TODAY + timedelta(days=20),
                basis="modified",
                persons=41,
                types=("person_name",),
            ),
        ),
    )


def hostile() -> Report:
    """Everything that comes from a disk or from a policy is a trap."""
    found = tuple(
        DocumentResult(
            address=f"/mnt/{name}",
            path=f"/mnt/{name}",
            format=name,
            encoding=name,
            size=1,
            modified=1e300,
            persons=Persons(best=1, low=1, high=1),
            findings=(finding("person_name", 1, masked=(name,), places=[Place(sheet=name, cell=name, header=name)]),),
        )
        for name in HOSTILE
    )
    one = full()
    volume = Volume(identity=HOSTILE[0], volume_class="fixed", mount="/mnt", label=HOSTILE[1], filesystem=HOSTILE[2])
    bad = HOSTILE[1]
    assert one.history is not None
    return replace(
        one,
        host=bad,
        sources=HOSTILE,
        policy_name=bad,
        documents=found,
        volume_of={document.path: volume for document in found},
        violations=tuple(replace(violation(d.address), message=d.format, clause=d.format) for d in found),
        problems=tuple(replace(one.problems[0], address=name, detail=name) for name in HOSTILE),
        acceptances=tuple(replace(one.acceptances[0], where=n, reason=n, approver=n) for n in HOSTILE),
        gauges=tuple(gauge("folder", name, 5, "met") for name in HOSTILE),
        deadlines=tuple(replace(one.deadlines[0], address=n, title=n, purpose=n) for n in HOSTILE),
        history=replace(
            one.history,
            gone=tuple(replace(one.history.gone[0], address=n) for n in HOSTILE),
            notes=HOSTILE,
            lives={
                d.address: Life(status="moved", since=START, run=d.format, before=d.address) for d in found
            },
        ),
    )  # fmt: skip


def many(number: int) -> Report:
    """A share with a great many documents."""
    kinds = ("person_name", "phone_number", "address", "my_number", "medical_info", "email_address")
    severities = ("low", "medium", "high", "critical")
    found = []
    for n in range(number):
        disk, best = n % 7, n % 500 // (1 + n % 40 // 4)
        folder = f"{'E' if disk == 0 else 'C'}:\\共有\\部署{n % 40:02d}\\{2015 + n % 12}年度"
        path = f"{folder}\\名簿_{n * 7919 % number:05d}.xlsx"
        places = [Place(sheet="一覧", cell=f"B{row}") for row in range(2, 2 + n % 4)]
        here = (
            finding(kinds[n % 6], n % 90 + 1, masked=("山田 ●●",), places=places),
            finding(kinds[(n + 1) % 6], n % 30 + 1, confidence="medium"),
        )
        found.append(
            DocumentResult(
                address=path,
                path=path,
                format="xlsx",
                encoding=None,
                size=10_000 + n,
                modified=1_700_000_000.0 + n,
                persons=Persons(best=best, low=best * 9 // 10, high=best + best // 8),
                findings=here,
            )
        )
    broken = [violation(d.address, severities[i % 4], persons=d.persons.best) for i, d in enumerate(found) if i % 3]
    return report(
        ledger=ledger(read=number + 10),
        documents=tuple(found),
        violations=tuple(broken),
        volume_of={d.path: STICK if d.path.startswith("E") else DISK for d in found},
        persons=Persons(best=number * 5, low=number, high=number * 9),
        by_type={
            kind: TypeTotal(count=number, distinct=number // (place + 1), documents=number // (place + 3))
            for place, kind in enumerate(kinds)
        },
    )
