"""A message in the notification area of Windows, through pywin32: Windows 10 and later show it as a toast.

Each message has a hidden window and an icon for as long as it may be seen, in a thread that ends with them.
"""

import contextlib
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from scanner.desktop.news import Message

SHOWN = 20.0
"""Seconds after which the icon is taken away; the message stays in the notification centre."""
PATIENCE = 5.0
"""Seconds to wait for the system."""
TITLE, BODY = 63, 255
"""Characters that the system takes (NOTIFYICONDATAW)."""

if sys.platform == "win32" or TYPE_CHECKING:
    import pywintypes
    import win32con
    import win32gui

    def has_desktop() -> bool:
        """Whether this process has a desktop: services live in session 0, which has none that anybody sees."""
        if sys.platform != "win32":
            return False
        import ctypes
        import os

        session = ctypes.c_ulong()
        known = ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
        return bool(known) and session.value != 0

    def show(message: Message, seconds: float = SHOWN) -> bool:
        """Show a message for some seconds; whether the system took it."""
        answer = queue.SimpleQueue[bool]()
        threading.Thread(target=_show, args=(message, seconds, answer), name="notification", daemon=True).start()
        with contextlib.suppress(queue.Empty):
            return answer.get(timeout=PATIENCE)
        return False

    def _show(message: Message, seconds: float, answer: "queue.SimpleQueue[bool]") -> None:
        """The life of a message; windows belong to the thread that made them."""
        try:
            # a window for messages only: the system does not wait for it when it tells something to all windows
            window = win32gui.CreateWindow("STATIC", "nokosanai", 0, 0, 0, 0, 0, win32con.HWND_MESSAGE, 0, 0, None)
        except pywintypes.error:
            answer.put(False)
            return
        try:
            win32gui.Shell_NotifyIcon(win32gui.NIM_ADD, _icon(window, message))
            answer.put(True)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                win32gui.PumpWaitingMessages()
                time.sleep(0.2)
            win32gui.Shell_NotifyIcon(win32gui.NIM_DELETE, _icon(window, message))
        except pywintypes.error:
            answer.put(False)
        finally:
            win32gui.DestroyWindow(window)

    def _icon(window: int, message: Message) -> Any:
        """NOTIFYICONDATA as pywin32 takes it."""
        flags = win32gui.NIF_ICON | win32gui.NIF_TIP | win32gui.NIF_INFO
        icon = win32gui.LoadIcon(0, win32con.IDI_WARNING)
        body, title = message.body[:BODY], message.title[:TITLE]
        return (window, 0, flags, 0, icon, "nokosanai", body, int(SHOWN * 1000), title, win32gui.NIIF_WARNING)
