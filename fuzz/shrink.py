"""What was found, made small: pieces are left out as long as the same thing goes wrong."""

import time
from collections.abc import Callable

from fuzz.mend import joined, parts

Still = Callable[[bytes], bool]


def shrunk(data: bytes, still: Still, seconds: float = 30.0) -> bytes:
    """The smallest bytes that were found within `seconds` and for which `still` holds."""
    until = time.monotonic() + seconds
    members = parts(data) if data.startswith(b"PK") else None
    if members and still(joined(members)):
        data = _fewer_members(members, still, until)
    return _fewer_bytes(data, still, until)


def _fewer_members(members: dict[str, bytes], still: Still, until: float) -> bytes:
    for name in list(members):
        without = {other: content for other, content in members.items() if other != name}
        if without and still(joined(without)):
            members = without
    for name in members:
        around = members

        def with_member(content: bytes, name: str = name, around: dict[str, bytes] = around) -> bool:
            return still(joined({**around, name: content}))

        members = {**members, name: _fewer_bytes(members[name], with_member, until)}
    return joined(members)


def _fewer_bytes(data: bytes, still: Still, until: float) -> bytes:
    step = max(len(data) // 2, 1)
    while step and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            without = data[:at] + data[at + step :]
            if still(without):
                data = without
            else:
                at += step
        step //= 2
    return data
