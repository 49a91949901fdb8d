"""What leaves this machine when somebody has asked for it: events of reports, kept in the state until taken."""

import threading
from collections.abc import Sequence

from scanner.errors import UsageError
from scanner.outbox.dispatcher import Outbox
from scanner.outbox.queues import SCHEMA, Queue, SqliteQueue
from scanner.places import state_folder
from scanner.report import Report
from scanner.settings import Receiver
from scanner.sinks import ocsf
from scanner.state import database, place
from scanner.state.place import Unusable


class Outgoing:
    """The receivers of the settings; none of them, and nothing is opened or made."""

    def __init__(self, receivers: Sequence[Receiver], lang: str) -> None:
        """Raises UsageError when what is to be sent cannot be kept, or a receiver's certificates are no use."""
        self._outbox: Outbox | None = None
        self._lang = lang
        if not receivers:
            return
        folder = state_folder()
        try:
            place.prepare(folder)
            connection = database.opened(folder / place.OUTBOX, (SCHEMA,), full=True, note=lambda *_: None)
        except Unusable as unusable:
            raise UsageError(f"what is to be sent cannot be kept in {folder} ({unusable.key})") from None
        lock = threading.RLock()

        def queue(name: str) -> Queue:
            return SqliteQueue(connection, name, lock)

        self._outbox = Outbox(receivers, queue)

    def start(self) -> None:
        """Begin to send what waits."""
        if self._outbox is not None:
            self._outbox.start()

    def put(self, report: Report) -> None:
        """Keep the events of a report for whoever wants them."""
        if self._outbox is not None:
            self._outbox.put(ocsf.events(report, self._lang))

    def stop(self) -> None:
        """End; what is left is sent next time."""
        if self._outbox is not None:
            self._outbox.stop()
