"""``nokosanai volumes``: the disks and media there are."""

import argparse
from typing import TYPE_CHECKING

from scanner.commands import command, lang, say

if TYPE_CHECKING:
    from scanner.commands import Commands


def add(commands: "Commands") -> None:
    """Declare the command."""
    lang(command(commands, "volumes", "the disks and media there are, and how each is classed", _volumes))


def _volumes(options: argparse.Namespace) -> int:
    from scanner.media.volumes import volumes
    from scanner.wording import VOLUME_CLASSES, language

    words = language(options.lang)
    for volume in volumes():
        name = VOLUME_CLASSES[volume.volume_class][words == "en"]
        say(f"{volume.mount}	{name}	{volume.identity}	{volume.filesystem}")
    return 0
