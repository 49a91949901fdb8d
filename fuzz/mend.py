"""Bytes that are broken, but not at the door: what most readers refuse at once is a sum that does not fit.

A change inside a packed member would only ever test the unpacker. Here a member is taken out, changed, and put back
unpacked with the right sum; a changed header gets its sum anew.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from fuzz.sums import summed

Change = Callable[[bytes, int], bytes]
"""Changes bytes at random; they become no longer than the number that is given."""
_RAW = 0.25
"""So often the bytes are changed as they are, whatever they are."""
_DAY = (1980, 1, 1, 0, 0, 0)
_MEMBERS, _MEMBER = 200, 1 << 20


def changed(data: bytes, most: int, dice: random.Random, change: Change) -> bytes:
    """The bytes after a change that their reader may well get past."""
    if dice.random() < _RAW:
        return change(data, most)
    if data.startswith(b"PK"):
        return _changed_zip(data, most, dice, change)
    return summed(change(data, most))


def parts(data: bytes) -> dict[str, bytes] | None:
    """The members of a zip by their names; None: it is none, or one that is better left as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MEMBERS or any(entry.file_size > _MEMBER or entry.flag_bits & 1 for entry in entries):
                return None
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, struct.error, NotImplementedError, EOFError):
        return None


def joined(members: dict[str, bytes]) -> bytes:
    """A zip of them, unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), content)
    return out.getvalue()


def _changed_zip(data: bytes, most: int, dice: random.Random, change: Change) -> bytes:
    members = parts(data)
    if not members:
        return change(data, most)
    name = dice.choice(list(members))
    members[name] = change(members[name], max(len(members[name]) * 2, 256))
    made = joined(members)
    return made if len(made) <= most else change(data, most)
