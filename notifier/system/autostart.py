"""Start at login: an XDG autostart entry, a Windows Run key, or a macOS LaunchAgent; on, off, status, and mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from notifier.system import desktop_files
from notifier.system.installed import missing_part, own_command
from notifier.system.login_entries import LoginEntry, XdgAutostart, entry_for
from notifier.words import _


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the program starts at login. `stale`: what would be started is not there any more; `why` names it.

    `where` is the place of the entry, `command` what it starts (empty when off).
    """

    on: bool
    stale: bool
    where: str
    command: tuple[str, ...] = ()
    why: str = ""


def status(entry: LoginEntry | None = None) -> Status:
    """Raises OSError when the entry cannot be read."""
    entry = entry or entry_for()
    command = entry.read()
    if command is None:
        return Status(False, False, entry.where)
    missing = missing_part(command)
    why = _("{path} is not there any more.").format(path=missing) if missing else ""
    return Status(True, bool(missing), entry.where, command, why)


def turn_on(home: Path | None = None, entry: LoginEntry | None = None) -> Status:
    """From the next login on this installation is started; a Linux desktop also learns its name and icon.

    Raises OSError.
    """
    entry = entry or entry_for()
    _enter(entry, home)
    return status(entry)


def turn_off(entry: LoginEntry | None = None) -> Status:
    """Raises OSError."""
    entry = entry or entry_for()
    entry.remove()
    return status(entry)


def mend(home: Path | None = None, entry: LoginEntry | None = None) -> bool:
    """Puts this installation in place of one that is gone; an entry that still works is left alone.

    To be called when the program starts. True: it was mended. Raises OSError.
    """
    entry = entry or entry_for()
    if not status(entry).stale:
        return False
    _enter(entry, home)
    return True


def _enter(entry: LoginEntry, home: Path | None) -> None:
    command = own_command(home)
    entry.write(command)
    if isinstance(entry, XdgAutostart):
        desktop_files.install(command)
