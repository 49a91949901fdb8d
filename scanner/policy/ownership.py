"""Whether a file was written by an administrator of this machine, and by nobody else.

The clerk who is being checked must not accept findings for himself. Asked of the open file, so that nobody swaps it
in between: on POSIX its owner and mode, on Windows its owner and access list in SDDL (Security Descriptor Definition
Language, MS-DTYP 2.5.1). Elsewhere, and in any doubt, the answer is no.
"""

import os
import re
import stat
import sys
from typing import IO

_ADMINISTRATORS = frozenset((
    "BA", "SY", "LA", "DA", "EA",
    "S-1-5-32-544", "S-1-5-18",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",  # TrustedInstaller
))  # fmt: skip
"""Administrators, the system, the built-in administrator, administrators of the domain and the forest."""
_ENTRY = re.compile(r"\(([^;()]*);([^;()]*);([^;()]*);[^;()]*;[^;()]*;([^;()]*)[^()]*\)")
_READING = {"FR": 0x120089, "FX": 0x1200A0, "GR": 0, "GX": 0, "RC": 0x20000, "CC": 1, "SW": 8, "LO": 0x80}
"""Rights that change nothing: file read and execute, their generic forms, reading of data, attributes, the list."""
_WRITES = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000 | 0x02000000
"""Write data, append, write attributes of both kinds, delete a child, delete, change the list, take ownership, generic
all and write, whatever is allowed at most (ACCESS_MASK, MS-DTYP 2.4.3)."""
_DENYING = ("D", "OD", "XD")


def by_administrator(stream: IO[bytes]) -> bool:
    """Whether only administrators could have written the open file."""
    if sys.platform == "win32":
        return sddl_is_safe(_sddl(stream))
    found = os.fstat(stream.fileno())
    return mode_is_safe(found.st_uid, found.st_mode)


def mode_is_safe(owner: int, mode: int) -> bool:
    """Whether a plain file belongs to root, and neither its group nor others may write it."""
    return stat.S_ISREG(mode) and owner == 0 and not mode & (stat.S_IWGRP | stat.S_IWOTH)


def sddl_is_safe(sddl: str) -> bool:
    """Whether owner and access list, in SDDL, leave the writing to administrators.

    A file without a list may be written by everybody; an entry of an unknown kind counts as one that lets write.
    """
    owner = re.match(r"O:(S-[0-9-]+?|[A-Z]{2})(?=[GDS]:|$)", sddl)
    found = re.search(r"D:([A-Z_]*)((?:\([^()]*\))*)(?=S:|$)", sddl)
    if owner is None or found is None or owner[1] not in _ADMINISTRATORS or found[1] == "NO_ACCESS_CONTROL":
        return False
    entries = re.findall(r"\([^()]*\)", found[2])
    return all(_entry_is_safe(entry) for entry in entries)


def _entry_is_safe(entry: str) -> bool:
    parts = _ENTRY.fullmatch(entry)
    if parts is None:
        return False
    kind, flags, rights, whom = parts.groups()
    return kind in _DENYING or "IO" in re.findall("..", flags) or whom in _ADMINISTRATORS or not _writes(rights)


def _writes(rights: str) -> bool:
    if re.fullmatch("0[xX][0-9a-fA-F]+|[0-9]+", rights):
        return bool(int(rights, 0) & _WRITES)
    return len(rights) % 2 == 1 or any(word not in _READING for word in re.findall("..", rights))


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _security = ctypes.WinDLL("advapi32")
    _kernel = ctypes.WinDLL("kernel32")
    _kernel.LocalFree.argtypes = [ctypes.c_void_p]
    _FILE_OBJECT, _OWNER_AND_LIST, _REVISION = 1, 1 | 4, 1

    def _sddl(stream: IO[bytes]) -> str:
        """Owner and access list of an open file (GetSecurityInfo); empty where the system does not say."""
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(stream.fileno()))
        descriptor, text = ctypes.c_void_p(), ctypes.c_wchar_p()
        failed = _security.GetSecurityInfo(
            handle, _FILE_OBJECT, _OWNER_AND_LIST, None, None, None, None, ctypes.byref(descriptor)
        )
        if failed:
            return ""
        try:
            said = _security.ConvertSecurityDescriptorToStringSecurityDescriptorW(
                descriptor, _REVISION, _OWNER_AND_LIST, ctypes.byref(text), None
            )
            return (text.value or "") if said else ""
        finally:
            _kernel.LocalFree(ctypes.cast(text, ctypes.c_void_p))
            _kernel.LocalFree(descriptor)

else:

    def _sddl(stream: IO[bytes]) -> str:
        """Nothing: this is not Windows."""
        return ""
