"""The desktop's own sound for new mail, where whoever shows the alert does not play it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from notifier.system.launch import run_bounded

log = logging.getLogger(__name__)

NAME = "message-new-email"  # freedesktop sound naming specification
LIMIT = 10.0  # seconds; a player without a sound server may wait for ever
_PLAYERS = (("pw-play",), ("paplay",), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"))


def play() -> bool:
    """Plays the sound, without waiting for its end. False: there is no way to, here. Never raises."""
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound("MailBeep", winsound.SND_ALIAS | winsound.SND_ASYNC)
        except RuntimeError as error:
            log.debug("no sound: %s", error)
            return False
        return True
    command = command_for(sys.platform)
    if not command:
        return False
    try:
        run_bounded(command, LIMIT)
    except OSError as error:
        log.debug("no sound: %s", error)
        return False
    return True


def command_for(platform: str) -> Sequence[str]:
    """What would be run; empty: nothing can."""
    if platform == "darwin":
        return ("afplay", "/System/Library/Sounds/Glass.aiff")
    import shutil

    if shutil.which("canberra-gtk-play"):  # knows the user's sound theme, and whether sounds are wanted at all
        return ("canberra-gtk-play", f"--id={NAME}", "--description=Notifier")
    recorded = _file()
    player = next((p for p in _PLAYERS if shutil.which(p[0])), None)
    return (*player, str(recorded)) if recorded and player else ()


def _file() -> Path | None:
    """The sound in the theme that all desktops fall back to.

    A name falls back to what stands before its last dash (Sound Naming Specification, “Guidelines”): the theme of
    most desktops has a "message" only.
    """
    folders = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    name = NAME
    while name:
        for folder in (home, *folders.split(":")):
            for ending in ("oga", "ogg", "wav"):
                found = Path(folder, "sounds", "freedesktop", "stereo", f"{name}.{ending}")
                if found.is_file():
                    return found
        name = name.rpartition("-")[0]
    return None
