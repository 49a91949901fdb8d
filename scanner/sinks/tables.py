"""The tables of the page, as plain data: columns, and rows that are lists.

Names from the disk are made harmless and repeated as seldom as can be: folders, types and grades are numbers into lists
of words. The last thing in a row of a document is what is shown when somebody opens it.
"""

from collections.abc import Iterable
from typing import Any

from scanner import wording
from scanner.memory import LIVES
from scanner.model import CONFIDENCES, SEVERITIES, VOLUME_CLASSES, Finding
from scanner.report import Report, moment
from scanner.sinks.rows import Row, rows, weight, without_document
from scanner.sinks.summary import listed, people
from scanner.wording import shown

LISTED = 50_000
"""Rows of a table."""
MASKS = PLACES = 3
GRADES = ("", *SEVERITIES)

Json = dict[str, Any]


class Index:
    """Words by number, in the order in which they were first met."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = list(words)
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def __call__(self, word: str) -> int:
        """The number of the word."""
        number = self._numbers.setdefault(word, len(self.words))
        if number == len(self.words):
            self.words.append(word)
        return number


class Tables:
    """All tables of one report in one language."""

    def __init__(self, report: Report, lang: str) -> None:
        self._report = report
        self._lang = lang
        self._types = Index(wording.TYPES)
        self._today = report.finished.astimezone().date()

    def all(self) -> Json:
        """The tables by their ids."""
        return {
            "documents": self._documents(),
            "others": self._others(),
            "problems": self._problems(),
            "gauges": self._gauges(),
            "gone": self._gone(),
            "retention": self._retention(),
            "exceptions": self._exceptions(),
            "trend": self._trend(),
        }

    @property
    def types(self) -> list[str]:
        """The names of all types met, by their number."""
        return [wording.name(wording.TYPES, one, self._lang) for one in self._types.words]

    def _table(self, id: str, columns: list[Json], lines: list[list[Any]]) -> Json:  # noqa: A002
        return {"id": id, "caption": self._w(f"t.{id}"), "columns": columns, "rows": lines}

    def _column(self, key: str, kind: str, width: int, **more: Any) -> Json:
        return {"id": key, "label": self._w(f"c.{key}"), "kind": kind, "width": width, **more}

    # --- documents ----------------------------------------------------------------------------------------------------

    def _documents(self) -> Json:
        folders = Index()
        lines = [self._document(row, folders) for row in list(rows(self._report))[:LISTED]]
        lives = [wording.name(wording.LIVES, one, self._lang) for one in LIVES]
        classes = [wording.name(wording.VOLUME_CLASSES, one, self._lang) for one in VOLUME_CLASSES]
        columns = [
            self._column("file", "file", 27, folders=folders.words),
            self._grades("severity", filter=True),
            self._kinds(20, filter=True),
            self._column("persons", "number", 8),
            self._column("count", "number", 7),
            self._column("volume", "label", 11, labels=classes, filter=True),
            self._column("modified", "text", 9),
        ]
        if self._report.history is not None:
            columns.append(self._column("life", "label", 9, labels=lives, filter=True, tones=_LIFE_TONES))
        return self._table("documents", columns, lines)

    def _document(self, row: Row, folders: Index) -> list[Any]:
        document, life = row.document, row.life
        types = sorted({finding.type for finding in document.findings}, key=weight)
        modified = (moment(document.modified) or "")[:10]
        return [
            _split(document.address, document.path, folders),
            GRADES.index(row.severity),
            [self._types(one) for one in types],
            document.persons.best,
            sum(finding.count for finding in document.findings),
            VOLUME_CLASSES.index(row.volume_class),
            modified,
            LIVES.index(life.status) if life else -1,
            [
                self._facts(row),
                self._violations(row),
                [self._finding(one) for one in sorted(document.findings, key=_heaviest)],
            ],
        ]

    def _facts(self, row: Row) -> list[str]:
        document, volume, life = row.document, row.volume, row.life
        medium = wording.name(wording.VOLUME_CLASSES, row.volume_class, self._lang)
        return [
            people(document.persons, self._lang),
            shown(document.format),
            wording.size(document.size),
            moment(document.modified) or "",
            shown(f"{medium} {volume.identity}") if volume else medium,
            life.since.date().isoformat() if life else "",
            shown(life.before) if life else "",
        ]

    def _violations(self, row: Row) -> list[list[Any]]:
        said = []
        for one in row.violations:
            accepted = f" [{self._w('c.exception')} {one.exception}]" if one.exception else ""
            said.append([GRADES.index(one.severity), shown(f"{one.clause}: {one.message}{accepted}")])
        return said

    def _finding(self, finding: Finding) -> list[Any]:
        places = [wording.place(place, self._lang) for place in finding.places[:PLACES]]
        rest = finding.places_omitted + len(finding.places) - len(places)
        if rest:
            places.append(wording.text("more.places", self._lang, n=rest))
        return [
            self._types(finding.type),
            CONFIDENCES.index(finding.confidence),
            finding.count,
            finding.distinct,
            [shown(mask) for mask in finding.masked[:MASKS]],
            shown(listed([place for place in places if place], self._lang)),
        ]

    # --- what else is listed ------------------------------------------------------------------------------------------

    def _others(self) -> Json:
        """Violations without a document in the list."""
        folders = Index()
        lines = [
            [
                _split(one.address, one.address.partition("!")[0], folders),
                GRADES.index(one.severity),
                [self._types(kind) for kind in one.types],
                shown(one.message),
            ]
            for one in without_document(self._report)[:LISTED]
        ]
        columns = [
            self._column("file", "file", 40, folders=folders.words),
            self._grades("severity"),
            self._kinds(20),
            self._column("why", "text", 32),
        ]
        return self._table("others", columns, lines)

    def _problems(self) -> Json:
        folders, kinds = Index(), Index(wording.KINDS)
        lines = [
            [
                _split(one.address, one.address.partition("!")[0], folders),
                kinds(one.kind),
                shown(one.detail),
                one.size,
            ]
            for one in self._report.problems[:LISTED]
        ]
        names = [wording.name(wording.KINDS, one, self._lang) for one in kinds.words]
        columns = [
            self._column("file", "file", 46, folders=folders.words),
            self._column("why", "label", 18, labels=names, filter=True),
            self._column("detail", "text", 26),
            self._column("bytes", "number", 10),
        ]
        return self._table("problems", columns, lines)

    def _gauges(self) -> Json:
        """All gauges but the first, which has a card of its own."""
        certainties = [wording.name(wording.CERTAINTIES, one, self._lang) for one in _CERTAINTIES]
        subjects = Index(wording.SUBJECTS)
        lines = [
            [
                shown(one.where),
                subjects(one.subject),
                _CERTAINTIES.index(one.certainty),
                one.persons,
                one.preliminary.isoformat() if one.preliminary else "",
                one.final.isoformat() if one.final else "",
            ]
            for one in self._report.gauges[1:]
        ]
        names = [wording.name(wording.SUBJECTS, one, self._lang) for one in subjects.words]
        columns = [
            self._column("where", "text", 38),
            self._column("subject", "label", 13, labels=names),
            self._column("certainty", "label", 18, labels=certainties, tones=["none", "low", "high", "critical"]),
            self._column("persons", "number", 9),
            self._column("preliminary", "text", 11),
            self._column("final", "text", 11),
        ]
        return self._table("gauges", columns, lines)

    def _gone(self) -> Json:
        folders, why = Index(), Index(wording.GONE)
        history = self._report.history
        lines = [
            [
                _split(one.address, one.address.partition("!")[0], folders),
                [self._types(kind) for kind in one.types],
                one.persons,
                why(one.why),
                one.seen.date().isoformat(),
            ]
            for one in (history.gone if history else ())[:LISTED]
        ]
        columns = [
            self._column("file", "file", 40, folders=folders.words),
            self._kinds(20),
            self._column("persons", "number", 9),
            self._column("why", "label", 20, labels=[wording.name(wording.GONE, one, self._lang) for one in why.words]),
            self._column("seen", "text", 11),
        ]
        return self._table("gone", columns, lines)

    def _retention(self) -> Json:
        folders = Index()
        lines = [
            [
                _split(one.address, one.address.partition("!")[0], folders),
                shown(one.title),
                one.days_left(self._today),
                one.ends.isoformat(),
                wording.name(wording.BASES, one.basis, self._lang),
                one.persons,
            ]
            for one in self._report.deadlines[:LISTED]
        ]
        columns = [
            self._column("file", "file", 36, folders=folders.words),
            self._column("purpose", "text", 18),
            self._days(),
            self._column("ends", "text", 11),
            self._column("basis", "text", 14),
            self._column("persons", "number", 8),
        ]
        return self._table("retention", columns, lines)

    def _exceptions(self) -> Json:
        every = self._w("all")
        lines = [
            [
                shown(one.where),
                listed([wording.name(wording.TYPES, kind, self._lang) for kind in one.types], self._lang) or every,
                shown(one.reason),
                shown(one.approver),
                (one.expires - self._today).days if one.revoked is None else (one.revoked - self._today).days - 1,
                one.id,
            ]
            for one in self._report.acceptances
        ]
        columns = [
            self._column("where", "text", 34),
            self._column("type", "text", 16),
            self._column("reason", "text", 18),
            self._column("approver", "text", 12),
            self._days(),
            self._column("exception", "text", 8),
        ]
        return self._table("exceptions", columns, lines)

    def _trend(self) -> Json:
        history = self._report.history
        lines = [
            [
                run.started.astimezone().isoformat(" ", "minutes")[:16],
                run.persons,
                run.violations,
                run.documents,
                run.entries.get("total", 0),
                run.entries.get("not_read", 0),
                self._w("yes" if run.complete else "no"),
            ]
            for run in (history.trend if history else ())
        ]
        columns = [
            self._column("run", "text", 22),
            *(self._column(key, "number", 13) for key in ("persons", "violations", "documents", "entries", "not_read")),
            self._column("complete", "text", 13),
        ]
        return self._table("trend", columns, lines)

    # --- columns that several tables have -----------------------------------------------------------------------------

    def _grades(self, key: str, **more: Any) -> Json:
        names = [wording.name(wording.SEVERITIES, one, self._lang) for one in GRADES]
        return self._column(key, "label", 9, labels=names, tones=["", *SEVERITIES], **more)

    def _kinds(self, width: int, **more: Any) -> Json:
        separator = "、" if self._lang == "ja" else ", "
        return self._column("type", "labels", width, labels=self.types, separator=separator, **more)

    def _days(self) -> Json:
        return self._column("days", "days", 12, left=self._w("days.left"), over=self._w("days.over"))

    def _w(self, key: str) -> str:
        return wording.name(wording.PAGE, key, self._lang)


_CERTAINTIES = ("not_seen", "possible", "likely", "met")
_LIFE_TONES = ["new", "low", "low", "none", "none"]


def _heaviest(finding: Finding) -> tuple[tuple[int, str], int]:
    return weight(finding.type), -CONFIDENCES.index(finding.confidence)


def _split(address: str, path: str, folders: Index) -> list[Any]:
    """The number of the folder, and the name with the way inside the file on disk."""
    cut = max(path.rfind("/"), path.rfind("\\")) + 1
    if not address.startswith(path) or cut == len(address):
        cut = 0
    return [folders(shown(address[:cut])), shown(address[cut:])]
