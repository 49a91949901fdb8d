"""What a worker cannot do any more, done for it by the process of the test."""

import os
import threading
from collections.abc import Callable


class Outside:
    """Called in a worker, it has a deed done in the process that made it, and waits until it is done."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self._deed = deed
        self._asked, self._done = os.pipe(), os.pipe()  # pipes are all that a worker inherits
        threading.Thread(target=self._serve, daemon=True).start()

    def __call__(self) -> None:
        os.write(self._asked[1], b".")
        os.read(self._done[0], 1)

    def _serve(self) -> None:
        while os.read(self._asked[0], 1):
            self._deed()
            os.write(self._done[1], b".")
