"""What runs inside the container of `test_systemd.py`: the commands of the service against a real systemd.

``driver OUT`` does what an administrator would and writes what was seen; ``stand-in`` is run by the unit in the place
of the watcher: the first time it falls silent, later it serves until it is stopped.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from scanner.service.notify import Notifier

NAME = "nokosanai"
LIST = Path("/root/list.csv")
DROP_IN = f"""[Service]
ExecStart=
ExecStart={sys.executable} -I {__file__} stand-in
WatchdogSec=2
RestartSec=100ms
"""


def stand_in() -> None:
    """Ready, then silent for ever in the first life; in the second one alive until the end."""
    seen = Path(os.environ["NOKOSANAI_STATE"], "seen.jsonl")
    first = not seen.exists()
    line = Notifier()
    end, reload = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    note(seen, {
        "uid": os.getuid(), "nice": os.nice(0), "every": line.every, "shadow": can_read("/etc/shadow"),
        "usr": can_write("/usr/x"), "home": can_write("/root/x"), "internet": can_open_sockets(),
        "fanotify": fanotify("/tmp"),
    })  # fmt: skip
    if first:
        note(seen, examined())
    line.ready("first life" if first else "second life")
    if first:
        time.sleep(3600)
    while not end.wait(0.2):
        line.alive()
        if reload.is_set():
            reload.clear()
            line.reloading()
            line.ready("reloaded")
    line.stopping()
    note(seen, {"stopped": True})


def examined() -> dict[str, object]:
    """What a scan of a file that belongs to somebody else comes to, within the bounds of the unit."""
    import scanner

    report = scanner.scan([str(LIST)])
    cached = any(Path("/var/cache", NAME).iterdir())
    problems = [(one.address, one.kind, one.detail) for one in report.problems]
    return {"found": [one.persons.best for one in report.documents], "problems": problems, "cached": cached}


def fanotify(place: str) -> int:
    """Mark a whole file system; 0 or the number of the error."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.fanotify_init(0x1 | 0x10 | 0x400 | 0x800, os.O_RDONLY)  # unlimited, with folders and names
    if descriptor < 0 or library.fanotify_mark(descriptor, 0x101, ctypes.c_uint64(0x8), -100, place.encode()):
        return ctypes.get_errno()
    return 0


def note(path: Path, seen: dict[str, object]) -> None:
    with path.open("a") as stream:
        stream.write(json.dumps(seen) + "\n")


def can_read(path: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(Path(path).read_bytes())
    return False


def can_write(path: str) -> bool:
    with contextlib.suppress(OSError):
        Path(path).write_bytes(b"")
        return True
    return False


def can_open_sockets() -> bool:
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET).close()
        return True
    return False


def driver(out: Path) -> None:
    """Install, wait for the watchdog, reload, look, remove."""
    drop_in = Path(f"/etc/systemd/system/{NAME}.service.d/test.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(DROP_IN)
    LIST.write_text("氏名,個人番号\n山田花子,0234-5678-9013\n鈴木一郎,9876-5432-1093\n", "utf-8")
    LIST.chmod(0o600)
    seen: dict[str, object] = {"install": nokosanai("install"), "first": shown()}
    deadline = time.monotonic() + 30
    while (shown().get("NRestarts"), shown().get("StatusText")) != ("1", "second life") and time.monotonic() < deadline:
        time.sleep(0.2)
    seen |= {"second": shown(), "journal": output("journalctl", "-u", NAME, "-o", "cat", "-q")}
    seen |= {"status": nokosanai("status"), "reload": output("systemctl", "reload", NAME)}
    time.sleep(0.5)
    seen["reloaded"] = shown()
    seen["stick"] = stick(shown()["MainPID"])
    began = time.monotonic()
    seen["stop"] = output("systemctl", "stop", NAME)
    seen |= {"seconds": time.monotonic() - began, "stopped": shown(), "status_stopped": nokosanai("status")}
    lives = Path(f"/var/lib/{NAME}/seen.jsonl")
    seen["lives"] = [json.loads(one) for one in lives.read_text().splitlines()] if lives.exists() else []
    seen["uninstall"] = nokosanai("uninstall")
    seen |= {"status_gone": nokosanai("status"), "left": Path(f"/etc/systemd/system/{NAME}.service").exists()}
    out.write_text(json.dumps(seen))


def stick(pid: str) -> list[bool]:
    """Whether the service has a volume that is mounted beside it, and whether it still has it afterwards."""
    mounts, place = Path("/proc", pid, "mountinfo"), Path("/srv/stick")
    place.mkdir()
    output("mount", "-t", "tmpfs", "tmpfs", str(place))
    plugged = str(place) in mounts.read_text()
    output("umount", str(place))
    return [plugged, str(place) in mounts.read_text()]


def nokosanai(word: str) -> tuple[int, str]:
    """`nokosanai service WORD` as root."""
    command = [sys.executable, "-I", "-m", "scanner", "service", word, "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    return done.returncode, done.stdout + done.stderr


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr


def shown() -> dict[str, str]:
    said = output("systemctl", "show", NAME, "-p", "ActiveState,NRestarts,StatusText,Result,MainPID")
    return dict(line.partition("=")[::2] for line in said.splitlines())  # type: ignore[misc]


if __name__ == "__main__":
    if sys.argv[1] == "stand-in":
        stand_in()
    else:
        driver(Path(sys.argv[2]))
