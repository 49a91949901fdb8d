"""The account of what was examined: every entry once, in one state, by number and by bytes."""

from collections import Counter

STATES = ("read", "unchanged", "not_read", "excluded")


class Ledger:
    """Counts every entry once, in one state, by number and by bytes.

    An entry is a file, a link, a device, a member of a container, and a folder that was not walked. Folders that were
    walked are not entries: what lies in them is.
    """

    __slots__ = ("entries", "bytes", "not_read_by_kind", "excluded_by_reason")

    def __init__(self) -> None:
        self.entries: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.not_read_by_kind: Counter[str] = Counter()
        self.excluded_by_reason: Counter[str] = Counter()

    def add(self, state: str, size: int, why: str = "") -> None:
        """Count one entry; `why` is the kind of a ``not_read`` and the reason of an ``excluded`` one."""
        for book, amount in ((self.entries, 1), (self.bytes, size)):
            book["total"] += amount
            book[state] += amount
        if state == "not_read":
            self.not_read_by_kind[why] += 1
        elif state == "excluded":
            self.excluded_by_reason[why] += 1

    def merge(self, other: "Ledger") -> None:
        """Add the counts of another ledger to this one."""
        for name in self.__slots__:
            getattr(self, name).update(getattr(other, name))

    def remove(self, other: "Ledger") -> None:
        """Take the counts of another ledger, which was merged into this one, out again."""
        for name in self.__slots__:
            getattr(self, name).subtract(getattr(other, name))

    def check(self) -> None:
        """Raise AssertionError unless ``total = read + unchanged + not_read + excluded`` for entries and bytes."""
        for book in (self.entries, self.bytes):
            if book["total"] != sum(book[state] for state in STATES):
                raise AssertionError(f"the ledger does not add up: {dict(book)}")
        if self.entries["not_read"] != self.not_read_by_kind.total():
            raise AssertionError("the ledger's kinds do not add up")
        if self.entries["excluded"] != self.excluded_by_reason.total():
            raise AssertionError("the ledger's reasons do not add up")

    def to_dict(self) -> dict[str, dict[str, int]]:
        """The ledger of the JSON report."""
        keys = ("total", *STATES)
        return {
            "entries": {key: self.entries[key] for key in keys},
            "bytes": {key: self.bytes[key] for key in keys},
            "not_read_by_kind": dict(sorted(self.not_read_by_kind.items())),
            "excluded_by_reason": dict(sorted(self.excluded_by_reason.items())),
        }
