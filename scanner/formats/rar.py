"""RAR archives of all versions, self-extracting ones included, by the library rars: each member becomes a document.

An archive and each of its members are held in memory, up to the limit. Volumes of version 5 that lie side by side are
read with the first one (`_volumes`), of older versions each as far as it goes. The library is native code (Rust,
without unsafe decoders): a worker process must stand outside.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from io import BytesIO
from typing import IO, Any

from scanner.errors import Unreadable
from scanner.formats import Library, Piece
from scanner.formats._names import Evidence, Shown
from scanner.formats._programs import inside
from scanner.formats._protection import described, locked, passwords
from scanner.formats._volumes import volumes, whole
from scanner.limits import MIB, Budget
from scanner.model import Document

NAME = "rar"
RANK = 331
ENDINGS = (".rar",)
NEEDS = (Library("rars", "rars"),)

_MARK = b"Rar!\x1a\x07"
_OLDEST = b"RE~^"
_HEADERS = 64 * MIB

BEGINS = (_OLDEST, _MARK, b"MZ")


def accepts(document: Document) -> bool:
    """The mark of a RAR archive, at the beginning or behind a program."""
    return document.head.startswith(_OLDEST) or inside(document, _MARK) >= 0


def read(document: Document, budget: Budget) -> Iterator[Piece]:
    """The members in their order; those that are encrypted, or continue in another volume, as Problems."""
    budget.enter(document.depth)
    archive = _Archive(_joined(document, budget) or _held(document, budget), budget)
    members = archive.members()
    names = _names(members)
    shown = Shown(document)
    for batch in archive.batches(members):
        inside_batch = [(index, archive.refusal(members[index])) for index in batch if not members[index].is_dir()]
        contents = archive.together([members[index] for index, refusal in inside_batch if refusal is None])
        for index, refusal in inside_batch:
            budget.tick()
            name, size = names[index], members[index].file_size
            if refusal:
                yield shown.problem(name, size, *refusal)
            else:
                yield shown.child(name, size, archive.opener(members[index], next(contents, None)))


def _joined(document: Document, budget: Budget) -> bytes | None:
    """All volumes as one archive, for the first of them."""
    number, parts = volumes(document)
    if number != 1 or not parts:
        return None
    budget.hold(sum(part.size for part in parts))
    for part in parts[1:]:
        budget.join(part.size)
    return whole([_held(part, budget) for part in parts], budget)


def _held(document: Document, budget: Budget) -> bytes:
    start = max(inside(document, _MARK), 0)
    parts: list[bytes] = []
    held = 0
    with document.open() as stream:
        while part := stream.read(MIB):
            held += len(part)
            budget.hold(held)
            budget.tick()
            parts.append(part)
    return b"".join(parts)[start:]


def _names(members: list[Any]) -> list[str]:
    """The names; old archives have them in the code page of the PC, or beside it in a Unicode form of their own."""
    raw = [bytes(member.orig_filename_bytes) for member in members]
    plain = [name for name in raw if b"\0" not in name]
    evidence = Evidence(plain)
    return [
        (member.filename if b"\0" in name else evidence.decode(name)).replace("\\", "/")
        for member, name in zip(members, raw, strict=True)
    ]


class _Archive:
    """An archive in memory with the one password, if any, that has opened something of it."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        try:
            import rars as library
        except ImportError:
            raise Unreadable("missing_reader", "RAR archive: its library cannot be loaded on this system") from None
        rars: Any = library
        self._library = rars
        self._budget = budget
        memory = budget.limits.memory
        self._options = rars.ReadOptions(
            max_member_output_bytes=memory,
            max_total_output_bytes=budget.limits.expanded,
            max_reader_workspace_bytes=2 * memory,
            rar50_dictionary_size_limit=memory,
            max_header_count=2 * budget.limits.members + 1024,
            max_header_bytes=_HEADERS,
        )
        self._failures = (rars.Error, MemoryError, ValueError, KeyError, OSError)
        self._password: str | None = None
        self._archive = self._opened(data)

    def _opened(self, data: bytes) -> Any:
        rars = self._library
        for password in (None, *passwords(self._budget)):
            try:
                opened = rars.RarFile.from_bytes(data, password, options=self._options)
            except (rars.PasswordRequired, rars.BadPassword):
                continue
            except rars.UnsupportedRarFeature:
                raise Unreadable("missing_reader", "a kind of RAR archive that has no reader yet") from None
            except self._failures:
                if password is None:
                    raise Unreadable("corrupt", "its headers are damaged") from None
                continue
            self._password = password
            return opened
        raise locked(f"{_cipher(data)}, names encrypted as well")

    def members(self) -> list[Any]:
        """What the library knows of each member."""
        try:
            members = list(self._archive.infolist())
        except self._failures:
            raise Unreadable("corrupt", "its headers are damaged") from None
        for _ in members:
            self._budget.member()
        return members

    def batches(self, members: list[Any]) -> Iterator[list[int]]:
        """Numbers of members that are unpacked together: of a solid archive as many as memory allows."""
        solid = any(member.is_solid for member in members)
        batch: list[int] = []
        size = 0
        for index, member in enumerate(members):
            if batch and (not solid or size + member.file_size > self._budget.limits.memory // 2):
                yield batch
                batch, size = [], 0
            batch.append(index)
            size += member.file_size
        if batch:
            yield batch

    def together(self, members: list[Any]) -> Iterator[bytes]:
        """The contents of more than one member; nothing where they must be tried one by one."""
        if len(members) < 2:
            return iter(())
        try:
            contents = self._archive.read_many(members, self._password, options=self._options)
        except self._failures:
            return iter(())
        self._budget.expand(sum(map(len, contents)))
        return iter(contents)

    def refusal(self, member: Any) -> tuple[str, str] | None:
        """Why a member is not read, if it is not."""
        if member.is_split_before or member.is_split_after:
            return "corrupt", "the member continues in another volume"
        if member.file_size > self._budget.limits.memory:
            return "too_large", f"more than {self._budget.limits.memory // MIB} MiB that must be held as a whole"
        if member.is_encrypted and not self._unlocked(member):
            return "encrypted", described(_member_cipher(member))
        return None

    def _unlocked(self, member: Any) -> bool:
        """Whether a password opens the member; the one that opened the last is tried first."""
        candidates = (self._password, *passwords(self._budget))
        for password in dict.fromkeys(candidate for candidate in candidates if candidate is not None):
            try:
                self._archive.read(member, password, options=self._options)
            except self._failures:
                continue
            self._password = password
            return True
        return False

    def opener(self, member: Any, content: bytes | None) -> Callable[[], IO[bytes]]:
        """What opens a member; it is unpacked once, when it is first asked for."""
        held = cache(partial(self.content, member) if content is None else lambda: content)
        return lambda: BytesIO(held())

    def content(self, member: Any) -> bytes:
        """The member's bytes."""
        rars = self._library
        try:
            data = bytes(self._archive.read(member, self._password, options=self._options))
        except MemoryError:
            raise Unreadable("too_large", "needs more memory to decompress than is allowed") from None
        except rars.UnsupportedRarFeature:
            raise Unreadable("missing_reader", "a RAR compression that has no reader yet") from None
        except self._failures:
            raise Unreadable("corrupt", "the compressed data is damaged") from None
        self._budget.expand(len(data))
        return data


def _cipher(data: bytes) -> str:
    """By the version of the archive; the header says no more."""
    return "AES-256 (RAR 5)" if data.startswith(_MARK + b"\x01") else "AES-128 (RAR 3)"


def _member_cipher(member: Any) -> str:
    """By the version of the unpacker: what came before version 29 had ciphers of its own."""
    version = str(member.detail.get("unpack_version", "50"))
    number = int(version) if version.isdigit() else 50
    if number < 20:
        return "RAR 1.5 cipher"
    if number < 29:
        return "RAR 2.0 cipher"
    return "AES-128 (RAR 3)" if number < 50 else "AES-256 (RAR 5)"
