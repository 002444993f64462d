"""Opening the mail program: the user's command, else the one that the desktop opens `mailto:` links with."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from notifier.errors import NotifierError
from notifier.system import desktop_entry
from notifier.system.launch import launch
from notifier.words import _

MAILTO = "x-scheme-handler/mailto"
OURS = "notifier"  # our own desktop entries may handle mailto: links too; they open no mailbox
_TERMINALS = (("xdg-terminal-exec",), ("x-terminal-emulator", "-e"))


class NoMailProgram(NotifierError):
    """There is no mail program to open; the text says what would help."""


def open_mail(command: str = "", *, token: str = "") -> None:
    """Opens the mail program and returns at once. `command` is the user's own (empty: the desktop's).

    `token` (XDG activation) lets its window come to the front. Raises NoMailProgram.
    """
    words = own_command(command) if command.strip() else command_for(sys.platform)
    more = {"XDG_ACTIVATION_TOKEN": token, "DESKTOP_STARTUP_ID": token} if token else {}
    if sys.platform == "win32" and not words:
        os.startfile("mailto:")  # noqa: S606 - a fixed address; opens whatever the user chose for mail
        return
    try:
        launch(words, more)
    except OSError as error:
        why = _("The mail program “{name}” cannot be started: {reason}.")
        raise NoMailProgram(why.format(name=words[0], reason=error.strerror or error)) from error


def own_command(command: str, *, windows: bool = sys.platform == "win32") -> list[str]:
    """A user's command as program and arguments, quoted as in a shell; no shell ever sees it. Raises NoMailProgram."""
    import shlex

    try:
        words = shlex.split(command, posix=not windows)
    except ValueError as error:
        raise NoMailProgram(_("The setting mail_program is not a command: {reason}.").format(reason=error)) from error
    if windows:  # there a backslash separates folders
        words = [word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word for word in words]
    if not words:
        raise NoMailProgram(_("The setting mail_program is empty."))
    return [str(Path(words[0]).expanduser()) if words[0].startswith("~") else words[0], *words[1:]]


def command_for(platform: str) -> list[str]:
    """How the desktop's own mail program is opened; empty on Windows where only a link can do it.

    Raises NoMailProgram.
    """
    if platform == "win32":
        return _on_windows(_registry)
    if platform == "darwin":
        services = "Library/Preferences/com.apple.LaunchServices/com.apple.launchservices.secure.plist"
        return _on_macos(Path.home() / services)
    for entry in _handlers():
        words = _start_of(entry)
        if words:
            return words
    raise NoMailProgram(
        _("No mail program is set up on this desktop. Choose one in its settings, or set mail_program in config.toml.")
    )


# --- Linux and BSD ----------------------------------------------------------------------------------------------


def _handlers() -> Iterator[str]:
    """Desktop file ids for mailto: links, best first (freedesktop MIME Applications Associations specification)."""
    lists = _association_lists()
    for group in ("Default Applications", "Added Associations"):
        for path in lists:
            yield from _entries(path, group)
    for folder in desktop_entry.data_folders():
        yield from _entries(folder / "applications" / "mimeinfo.cache", "MIME Cache")


def _association_lists() -> list[Path]:
    desktops = [d.lower() for d in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":") if d]
    names = [*(f"{desktop}-mimeapps.list" for desktop in desktops), "mimeapps.list"]
    folders = desktop_entry.config_folders() + [f / "applications" for f in desktop_entry.data_folders()]
    return [folder / name for folder in folders for name in names]


def _entries(path: Path, group: str) -> list[str]:
    return [entry for entry in desktop_entry.read(path, group).get(MAILTO, "").split(";") if entry]


def _start_of(entry: str) -> list[str]:
    """How the application behind a desktop file id is started; empty when it cannot be, or is our own."""
    path = desktop_entry.find_application(entry)
    if path is None or entry.removesuffix(".desktop").split("-")[0] == OURS:
        return []
    keys = desktop_entry.read(path)
    try:
        words = desktop_entry.command_of(keys.get("Exec", ""))
    except ValueError:
        return []
    if not words or keys.get("Hidden") == "true" or shutil.which(words[0]) is None:
        return []
    return words if keys.get("Terminal") != "true" else _in_terminal(words)


def _in_terminal(words: Sequence[str]) -> list[str]:
    terminal = next((t for t in _TERMINALS if shutil.which(t[0])), None)
    return [*terminal, *words] if terminal else []


# --- Windows ----------------------------------------------------------------------------------------------------


def _on_windows(registered: Callable[[str], str]) -> list[str]:
    """The program under `Clients\\Mail`; `registered` gives the default value of a key, "" where there is none."""
    name = registered(r"Software\Clients\Mail")
    line = registered(rf"Software\Clients\Mail\{name}\shell\open\command") if name else ""
    return own_command(os.path.expandvars(line), windows=True) if line.strip() else []


def _registry(key: str) -> str:
    """Asks the user's part of the registry first, then the computer's."""
    if sys.platform != "win32":
        return ""
    import winreg

    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        try:
            found = winreg.QueryValue(root, key)
        except OSError:
            continue
        if found:
            return found
    return ""


# --- macOS ------------------------------------------------------------------------------------------------------


def _on_macos(services: Path) -> list[str]:
    """The application chosen for mailto: links, else Apple's Mail."""
    import plistlib

    try:
        handlers = plistlib.loads(services.read_bytes()).get("LSHandlers", [])
        chosen = [h["LSHandlerRoleAll"] for h in handlers if h.get("LSHandlerURLScheme") == "mailto"]
    except (OSError, ValueError, KeyError, AttributeError, plistlib.InvalidFileException):
        chosen = []
    return ["open", "-b", chosen[0]] if chosen and isinstance(chosen[0], str) else ["open", "-a", "Mail"]
