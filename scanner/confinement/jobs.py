"""Windows: the job that a worker is put into, which bounds its memory, lets it start nothing, and ends with its parent.

On other systems there are none. Where the system refuses one (another job forbids it), the worker goes without.
"""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = _kernel.OpenProcess.restype = wintypes.HANDLE
    _EXTENDED_LIMITS = 9
    _ACTIVE_PROCESSES, _PROCESS_MEMORY, _END_WITH_THE_JOB, _NO_DIALOGUE = 0x8, 0x100, 0x2000, 0x400
    _TERMINATE, _SET_QUOTA = 0x1, 0x100

    class _Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = (
            ("user_time", ctypes.c_int64),
            ("job_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("least_set", ctypes.c_size_t),
            ("most_set", ctypes.c_size_t),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
            ("counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("process_peak", ctypes.c_size_t),
            ("job_peak", ctypes.c_size_t),
        )

    class Job:
        """The job of one process, by its id, with so many bytes of memory."""

        def __init__(self, process: int, memory: int) -> None:
            self._handle = _kernel.CreateJobObjectW(None, None)
            self.holds = bool(self._handle) and self._bound(memory) and self._take(process)

        def _bound(self, memory: int) -> bool:
            limits = _Limits(
                flags=_ACTIVE_PROCESSES | _PROCESS_MEMORY | _END_WITH_THE_JOB | _NO_DIALOGUE,
                processes=1,
                process_memory=memory,
            )
            return bool(
                _kernel.SetInformationJobObject(
                    wintypes.HANDLE(self._handle), _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
                )
            )

        def _take(self, process: int) -> bool:
            handle = _kernel.OpenProcess(_TERMINATE | _SET_QUOTA, False, wintypes.DWORD(process))
            if not handle:
                return False
            try:
                return bool(_kernel.AssignProcessToJobObject(wintypes.HANDLE(self._handle), wintypes.HANDLE(handle)))
            finally:
                _kernel.CloseHandle(wintypes.HANDLE(handle))

        def close(self) -> None:
            """Let go of the job, and end what is in it."""
            if self._handle:
                _kernel.CloseHandle(wintypes.HANDLE(self._handle))
                self._handle = None

else:

    class Job:
        """No job: this is not Windows."""

        def __init__(self, process: int, memory: int) -> None:
            self.holds = False

        def close(self) -> None:
            """Nothing."""
