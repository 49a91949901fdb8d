"""The service under the service manager of Windows: pywin32's frame around the loop of the watcher.

The interpreter itself is the service's program (no pythonservice.exe): it is started with ``nokosanai service run`` and
hands its main thread to the service manager.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from scanner.service.unit import NAME


class Orders(NamedTuple):
    """What the service manager wants of the watcher, and what it wants to hear."""

    stop: threading.Event
    reload: threading.Event
    """Set for each change of the settings (``sc control nokosanai paramchange``); the watcher clears it."""
    ready: Callable[[], None]
    """To be called when it has begun to watch."""


Loop = Callable[[Orders], int]
"""The watcher: runs until it is to stop, returns its exit code."""


STOP_HINT, START_HINT = 10_000, 60_000
"""Milliseconds that the service manager waits for the next word."""
SERVICE_SPECIFIC = 1066
"""ERROR_SERVICE_SPECIFIC_ERROR: the exit code is the service's own."""

if sys.platform == "win32" or TYPE_CHECKING:
    import servicemanager
    import win32service
    import win32serviceutil

    class Service(win32serviceutil.ServiceFramework):
        """The watcher as the service manager sees it."""

        _svc_name_ = _svc_display_name_ = NAME
        loop: Loop

        def __init__(self, arguments: Iterable[str]) -> None:
            super().__init__(arguments)
            self._stop, self._reload = threading.Event(), threading.Event()

        def GetAcceptedControls(self) -> int:  # noqa: N802 - the names are pywin32's
            """Stop, shutdown, the notice before a shutdown, which leaves more time, and changed settings."""
            own = win32service.SERVICE_ACCEPT_PRESHUTDOWN | win32service.SERVICE_ACCEPT_PARAMCHANGE
            return win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_SHUTDOWN | own

        def SvcStop(self) -> None:  # noqa: N802
            """Called by the manager, in another thread than `SvcRun`."""
            self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, waitHint=STOP_HINT)
            self._stop.set()

        SvcShutdown = SvcStop

        def SvcOtherEx(self, control: int, event_type: int, data: object) -> None:  # noqa: N802
            """The controls that pywin32 has no names of their own for."""
            if control == win32service.SERVICE_CONTROL_PRESHUTDOWN:
                self.SvcStop()
            elif control == win32service.SERVICE_CONTROL_PARAMCHANGE:
                self._reload.set()

        def SvcRun(self) -> None:  # noqa: N802
            """The life of the service."""
            self.ReportServiceStatus(win32service.SERVICE_START_PENDING, waitHint=START_HINT)
            code = type(self).loop(Orders(self._stop, self._reload, self._ready))
            if code:
                # an end that was not asked for: with an exit code the manager starts it again
                self.ReportServiceStatus(win32service.SERVICE_STOPPED, 0, SERVICE_SPECIFIC, code)

        def _ready(self) -> None:
            self.ReportServiceStatus(win32service.SERVICE_RUNNING)

    def host(loop: Loop, name: str = NAME) -> None:
        """Serve the service manager until it says stop; returns when the service has ended."""
        names = {"_svc_name_": name, "_svc_display_name_": name, "loop": staticmethod(loop)}
        servicemanager.Initialize(name, sys.executable)
        servicemanager.PrepareToHostSingle(type("Watcher", (Service,), names))
        servicemanager.StartServiceCtrlDispatcher()  # type: ignore[no-untyped-call]
