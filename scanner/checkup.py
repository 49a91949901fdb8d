"""What on this machine would keep a scan or a watch from being complete: everything that could stand in the way.

It looks and reports; it changes nothing. Each answer is a sentence and, where something can be done, what to do.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scanner.detection import kept, rules
from scanner.errors import UsageError
from scanner.media.volumes import VolumeTable
from scanner.places import cache_folder, rules_folder, state_folder
from scanner.policy import clauses
from scanner.policy.acceptance import register
from scanner.settings import load
from scanner.state import database, place, schema
from scanner.state.place import Unusable
from scanner.watching.hints import Hint
from scanner.watching.sources import Sources, interval
from scanner.wording import VOLUME_CLASSES, name, text
from scanner.workers import confinement


class Finding(NamedTuple):
    """One answer."""

    state: str
    """``good``, ``warning`` (incomplete in places) or ``bad`` (it would not work, or miss much)."""
    said: str
    advice: str = ""


def checkup(paths: Sequence[str], lang: str) -> Iterator[Finding]:
    """All answers, one after another."""
    roots = [os.path.realpath(path) for path in paths or [str(Path.home())]]
    yield from _rules(lang)
    yield from _policy(lang)
    yield from _rights(roots, lang)
    yield from _state(lang)
    yield from _workers(lang)
    yield from _watch(roots, lang)


def _rules(lang: str) -> Iterator[Finding]:
    known = rules.load(rules_folder())
    kept.ready(known, cache_folder())
    yield Finding("good", text("doctor.rules", lang, n=len(known)))


def _policy(lang: str) -> Iterator[Finding]:
    try:
        policy = clauses.load(None)
    except UsageError as error:
        yield Finding("bad", str(error))
        return
    yield Finding("good", text("doctor.policy", lang, policy=policy.name))
    refused = register().refused
    if refused:
        yield Finding("bad", refused)


def _rights(roots: Sequence[str], lang: str) -> Iterator[Finding]:
    table = VolumeTable()
    for root in roots:
        volume = table.of(root)
        kind = name(VOLUME_CLASSES, volume.volume_class, lang)
        refused = sum(1 for folder in _nearby(root) if not os.access(folder, os.R_OK | os.X_OK))
        if not os.path.isdir(root):
            yield Finding("bad", text("doctor.missing", lang, root=root))
        elif refused:
            said = text("doctor.refused", lang, root=root, kind=kind, n=refused)
            yield Finding("bad", said, text(f"doctor.rights.{_system()}", lang))
        else:
            yield Finding("good", text("doctor.readable", lang, root=root, kind=kind))


def _nearby(root: str) -> Iterator[str]:
    """The folder and those directly in it: where rights are missing, they are missing there."""
    yield root
    try:
        with os.scandir(root) as entries:
            yield from (entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return


def _system() -> str:
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def _state(lang: str) -> Iterator[Finding]:
    folder = state_folder()
    try:
        place.prepare(folder)
        if (folder / place.FINDINGS).exists():
            database.readable(folder / place.FINDINGS, schema.FINDINGS).close()
    except Unusable as unusable:
        yield Finding("bad", text(unusable.key, lang, **unusable.values))
    else:
        yield Finding("good", text("doctor.state", lang, folder=folder))


def _workers(lang: str) -> Iterator[Finding]:
    """Asked of a worker, which is begun as for a scan."""
    try:
        held = confinement()
    except (EOFError, OSError):
        yield Finding("bad", text("doctor.unborn", lang))
        return
    by = [text(f"confined.{what}", lang, version=amount) for what, amount in held._asdict().items() if amount]
    listed = ("、" if lang == "ja" else ", ").join(by or [text("confined.nothing", lang)])
    if held.reads_only:
        yield Finding("good", text("doctor.confined", lang, by=listed))
    else:
        advice = text("doctor.confine.linux", lang) if _system() == "linux" else ""
        yield Finding("warning", text("doctor.unconfined", lang, by=listed), advice)


def _watch(roots: Sequence[str], lang: str) -> Iterator[Finding]:
    try:
        settings = load(None)
    except UsageError as error:
        yield Finding("bad", str(error))
        return
    if settings.source:
        yield Finding("good", text("doctor.settings", lang, file=settings.source))
    table = VolumeTable()
    sources = Sources(_nothing, polled=lambda root: interval(table.of(root).volume_class))
    sources.start()
    try:
        for root in filter(os.path.isdir, roots):
            sources.add(root)
        sight = sources.sight()
    finally:
        sources.stop()
    for root, source in sight.by.items():
        yield Finding("good", text("doctor.watch", lang, root=root, source=source))
    for which, why in sight.notes.items():
        yield Finding("warning", text("doctor.note", lang, which=which, why=why))
    if sight.unseen:
        yield Finding("bad", text("doctor.unseen", lang, n=len(sight.unseen)), text("doctor.limit", lang))


def _nothing(_: Hint) -> None:
    return None
