"""A filter on the system calls of a process (seccomp): what no reader of documents needs is refused with EPERM.

It holds where there is no Landlock, and it refuses what Landlock does not know: sockets of every family, new processes,
modes, owners, times. A list of what is refused, not of what is allowed: the readers' native libraries differ from one
system to another, and threads, memory and reading must go on working. A call younger than the list does not exist
(ENOSYS), for which the C library has another way.
"""

import ctypes
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

NEWEST = 450
"""The last call that the list knows."""
_EPERM, _ENOSYS = 1, 38


class Machine(NamedTuple):
    """An architecture: as the kernel names it to a filter, and where its numbers stand in the list."""

    audit: int
    column: int


MACHINES = {"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)}

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # sockets
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "recvmmsg": (299, 243),
    # programs and processes; threads are `clone`, which is looked at more closely
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "uselib": (134, None),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "setpgid": (109, 154), "setsid": (112, 157), "setpriority": (141, 140),
    "ioprio_set": (251, 30), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    # files and folders; `open` and `openat` are looked at more closely
    "creat": (85, None), "truncate": (76, 45), "fallocate": (285, 47), "flock": (73, 32),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "unlink": (87, None), "unlinkat": (263, 35), "rmdir": (84, None),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "mkdir": (83, None), "mkdirat": (258, 34), "mknod": (133, None), "mknodat": (259, 33),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    # the machine
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "unshare": (272, 97), "setns": (308, 268),
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "syslog": (103, 116), "vhangup": (153, 58),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "personality": (135, 92), "_sysctl": (156, None), "sysfs": (139, None),
    "lookup_dcookie": (212, 18), "nfsservctl": (180, 42), "memfd_secret": (447, 447),
    # other users' rights, and what the kernel keeps for several processes
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143), "setgroups": (116, 159),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "capset": (126, 91), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183), "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    # ways around all this, and what kernels were broken by
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_setup": (206, 0), "io_submit": (209, 2),
    "vmsplice": (278, 75),
}  # fmt: skip
"""Numbers on x86_64 and aarch64; None: there is no such call."""

_OPEN, _OPENAT, _CLONE, _KILL, _TGKILL, _PRLIMIT, _IOCTL = (
    (2, None), (257, 56), (56, 220), (62, 129), (234, 131), (302, 261), (16, 29)
)  # fmt: skip
_HIDDEN = (435, 437)
"""clone3 and openat2 hide what they are asked for from a filter; without them the C library takes the older calls."""
_WRITES = 0b11 | 0o100 | 0o1000
"""Not O_RDONLY, O_CREAT, O_TRUNC."""
_THREAD, _NAMESPACES = 0x10000, 0x7E020000
_KEYS_PRESSED = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into the terminal of whoever started us."""

# of a packet filter: load a word, and with a constant, jump if equal, if not less, if any bit is set, return
_LOAD, _AND, _EQUAL, _LEAST, _ANY, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000

Step = tuple[int, int, int, int]
"""One instruction: what it does, how far it jumps if that is true and if it is not, its constant."""
_DENY: Step = (_RETURN, 0, 0, _REFUSE | _EPERM)
_MISSING: Step = (_RETURN, 0, 0, _REFUSE | _ENOSYS)
_PASS: Step = (_RETURN, 0, 0, _ALLOW)


def program(machine: Machine, pid: int) -> list[Step]:
    """The filter for the process `pid` on a machine; both architectures here pass arguments with the low half first."""
    return list(_program(machine, pid))


def _program(machine: Machine, pid: int) -> Iterator[Step]:
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_EQUAL, 1, 0, machine.audit)
    yield _DENY  # a call by the numbers of another architecture
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_LEAST, 0, 1, NEWEST + 1)
    yield _MISSING
    for hidden in _HIDDEN:
        yield (_EQUAL, 0, 1, hidden)
        yield _MISSING
    for numbers, argument, steps in (
        (_OPEN, 1, ((_ANY, 0, 1, _WRITES), _DENY, _PASS)),
        (_OPENAT, 2, ((_ANY, 0, 1, _WRITES), _DENY, _PASS)),
        (_CLONE, 0, ((_AND, 0, 0, _THREAD | _NAMESPACES), (_EQUAL, 1, 0, _THREAD), _DENY, _PASS)),
        (_KILL, 0, ((_EQUAL, 1, 0, pid), _DENY, _PASS)),
        (_TGKILL, 0, ((_EQUAL, 1, 0, pid), _DENY, _PASS)),
        (_PRLIMIT, 0, ((_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, pid), _DENY, _PASS)),
        (_IOCTL, 1, ((_EQUAL, 1, 0, _KEYS_PRESSED[0]), (_EQUAL, 0, 1, _KEYS_PRESSED[1]), _DENY, _PASS)),
    ):
        number = numbers[machine.column]
        if number is not None:
            yield (_EQUAL, 0, len(steps) + 1, number)
            yield (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
            yield from steps
    for refused in REFUSED.values():
        number = refused[machine.column]
        if number is not None:
            yield (_EQUAL, 0, 1, number)
            yield _DENY
    yield _PASS


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


_SET_SECCOMP, _FILTER = 22, 2


def refuse(libc: ctypes.CDLL) -> bool:
    """Have the calls refused to this thread and those it will start; False: this kernel or machine has no such filter.

    The process must have renounced new privileges before.
    """
    machine = MACHINES.get(os.uname().machine)
    if machine is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    steps = program(machine, os.getpid())
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    given = ctypes.byref(_Program(len(steps), packed))
    return bool(libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), given) == 0)
