"""An examiner with a clock in it, for ``scan --profile``: it does what the plain one does, measured at the seams.

It takes the place of the plain one, which knows of no clock and pays for none; the run is `scanner.profiling`.
"""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, cast

from scanner import formats
from scanner.detection.detector import Detector
from scanner.detection.measured import MeasuredDetector
from scanner.examine import Examiner, Settings, TakePart, Taker
from scanner.limits import Budget
from scanner.media.walk import Entry
from scanner.model import Document, DocumentResult, FileResult, Segment
from scanner.profile import Clock

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class MeasuredExaminer(Examiner):
    """Examines files and says of each batch where its time went."""

    def __init__(self, settings: Settings, alive: Callable[[], None] = lambda: None) -> None:
        self._clock = Clock()
        super().__init__(settings, alive)
        formats.formats()  # imported now, lest the first document be blamed for it
        self._clock.started()

    def examine(self, entries: Sequence[Entry], take: TakePart | None = None) -> FileResult:
        """As the plain one, with the profile of the batch in its last part."""
        self._clock.resume()
        result = super().examine(entries, take)
        return replace(result, profile=self._clock.take())

    def detector(self) -> Detector:
        """The rules, compiled and measured."""
        return MeasuredDetector(self._settings.rules, self._settings.ready, self._clock)

    def document(self, entry: Entry) -> Document:
        """A file as a document whose bytes are counted as they come from the disk."""
        plain = super().document(entry)
        return Document(
            address=plain.address,
            path=plain.path,
            name=plain.name,
            size=plain.size,
            opener=lambda: _opened(plain, self._clock),
            modified=plain.modified,
            beside=plain.beside,
        )

    def pick(self, document: Document) -> formats.Format:
        """The format that reads a document, measured."""
        with self._clock.at("decode", ""):
            form = super().pick(document)
        self._clock.format(form.NAME, document.size)
        return _MeasuredFormat(form, self._clock)

    def begin(self, document: Document) -> Taker:
        """Begin a document."""
        return _MeasuredTaker(super().begin(document), self._clock)


class _MeasuredFormat:
    """A format whose readers are measured: what they do with the bytes, not what is done with the pieces."""

    def __init__(self, form: formats.Format, clock: Clock) -> None:
        self.NAME, self.RANK, self.ENDINGS = form.NAME, form.RANK, form.ENDINGS
        self._form = form
        self._clock = clock

    def accepts(self, document: Document) -> bool:
        return self._form.accepts(document)

    def read(self, document: Document, budget: Budget) -> Iterator[formats.Piece]:
        self._clock.stage("decode", document.size)
        return self._clock.each(self._form.read(document, budget), "decode", self.NAME)


class _MeasuredTaker:
    """Takes segments to be judged, and then makes findings and persons of what was found."""

    def __init__(self, taker: Taker, clock: Clock) -> None:
        self._taker = taker
        self._clock = clock
        self._form = ""

    def take(self, segment: Segment, form: str) -> None:
        self._form = form
        utf8 = segment.utf8 if segment.utf8 is not None else segment.text.encode("utf-8", "replace")
        self._clock.stage("judge", len(utf8))
        with self._clock.at("judge", form):
            self._taker.take(segment, form)

    def result(self) -> DocumentResult | None:
        with self._clock.at("persons", self._form):
            return self._taker.result()


def _opened(document: Document, clock: Clock) -> IO[bytes]:
    with clock.at("read"):
        stream = cast(io.BufferedReader, document.open())
        return cast(IO[bytes], io.BufferedReader(_Measured(cast(io.FileIO, stream.detach()), clock)))


class _Measured(io.RawIOBase):
    """An open file that says how many bytes were read from it, and how long that took."""

    def __init__(self, inner: io.FileIO, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._inner.seekable()

    def fileno(self) -> int:
        return self._inner.fileno()

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        with self._clock.at("read"):
            count = self._inner.readinto(buffer)
        self._clock.stage("read", count or 0)
        return count

    def readall(self) -> bytes:
        with self._clock.at("read"):
            data = self._inner.readall()
        self._clock.stage("read", len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()
        super().close()
