"""Links of the scheme `mailto:`: makes the quick-send window what the desktop opens for them, only when asked.

On Linux that is an application entry of its own and the desktop's default for the scheme; what stood there before
comes back when it is turned off. On Windows a program may only offer itself: the user chooses it in the settings.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from notifier.system import desktop_entry
from notifier.system.installed import own_command
from notifier.words import _

SCHEME = "x-scheme-handler/mailto"
ENTRY = "notifier-mailto.desktop"
BEFORE = "X-Notifier-Before"  # which entry was the default before ours
PATIENCE = 20  # seconds for the desktop's own tools
_PROGID, _CLIENT = r"Software\Classes\Notifier.mailto", r"Software\Clients\Mail\Notifier"
_REGISTERED = r"Software\RegisteredApplications"


@dataclass(frozen=True, slots=True)
class Status:
    """Whether such links open our window; `rest` is what is left for the user to do, or why it cannot be."""

    on: bool
    rest: str = ""


def status() -> Status:
    if sys.platform == "win32":
        return Status(False, _choose_on_windows() if _offered_on_windows() else "")
    if sys.platform == "darwin":
        return Status(False, _("macOS hands such links to applications only, and this program is none there."))
    return Status(_default() == ENTRY)


def turn_on(home: Path | None = None) -> Status:
    """Raises OSError when the desktop's settings cannot be written."""
    command = [*own_command(home), "compose"]
    if sys.platform == "win32":
        _offer_on_windows(command)
    elif sys.platform != "darwin":
        before = _default()
        if before != ENTRY:
            _write_entry(command, before)
        _xdg_mime("default", ENTRY, SCHEME)
    return status()


def turn_off() -> Status:
    """Raises OSError when the desktop's settings cannot be written."""
    if sys.platform == "win32":
        _withdraw_on_windows()
    elif sys.platform != "darwin":
        before = desktop_entry.read(_entry()).get(BEFORE, "") if _entry().exists() else ""
        if before and _default() == ENTRY:
            _xdg_mime("default", before, SCHEME)
        _entry().unlink(missing_ok=True)
    return status()


# --- Linux -------------------------------------------------------------------------------------------------------


def _entry() -> Path:
    return desktop_entry.data_folders()[0] / "applications" / ENTRY


def entry_text(command: Sequence[str], before: str) -> str:
    """The application entry. Behind `--` a link is a link, whatever it looks like."""
    return "\n".join(
        (
            "[Desktop Entry]",
            "Version=1.4",
            "Type=Application",
            "Name=Notifier: Write a Mail",
            "Name[de]=Notifier: E-Mail schreiben",
            f"Exec={desktop_entry.exec_line([*command, '--'])} %u",
            "Icon=notifier",
            "Terminal=false",
            "NoDisplay=true",
            "StartupNotify=false",
            f"MimeType={SCHEME};",
            f"{BEFORE}={desktop_entry.value(before)}",
            "",
        )
    )


def _write_entry(command: Sequence[str], before: str) -> None:
    path = _entry()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(entry_text(command, before), encoding="utf-8")
    beside.replace(path)
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):  # the cache only makes look-ups faster
        subprocess.run(
            ["update-desktop-database", str(path.parent)], capture_output=True, timeout=PATIENCE, check=False
        )


def _default() -> str:
    """The entry that opens such links now; empty where there is none, or no tool to ask."""
    try:
        return _xdg_mime("query", "default", SCHEME).strip()
    except OSError:
        return ""


def _xdg_mime(*words: str) -> str:
    """Raises OSError with a sentence where the tool is missing or fails."""
    try:
        # Without this the tool may ask a desktop's own helper that is not there.
        env = {**os.environ, "XDG_UTILS_DEBUG_LEVEL": "0"}
        done = subprocess.run(
            ["xdg-mime", *words], capture_output=True, text=True, timeout=PATIENCE, check=False, env=env
        )
    except FileNotFoundError:
        raise OSError(_("xdg-mime is missing; it is in the package xdg-utils.")) from None
    except subprocess.TimeoutExpired:
        raise OSError(_("xdg-mime did not end.")) from None
    if done.returncode:
        raise OSError(_("xdg-mime failed: {why}").format(why=done.stderr.strip()[:200]))
    return done.stdout


# --- Windows -----------------------------------------------------------------------------------------------------


def _choose_on_windows() -> str:
    return _("Windows lets nobody but you decide: choose Notifier for MAILTO under Settings, Apps, Default apps.")


def _offer_on_windows(command: Sequence[str]) -> None:
    line = subprocess.list2cmdline([*command, "--"]) + ' "%1"'
    _set(_PROGID, "", "URL:mailto")
    _set(_PROGID, "URL Protocol", "")
    _set(rf"{_PROGID}\shell\open\command", "", line)
    _set(rf"{_CLIENT}\Capabilities", "ApplicationName", "Notifier")
    _set(rf"{_CLIENT}\Capabilities", "ApplicationDescription", "Notifier")
    _set(rf"{_CLIENT}\Capabilities\URLAssociations", "mailto", "Notifier.mailto")
    _set(_REGISTERED, "Notifier", rf"{_CLIENT}\Capabilities")


def _set(path: str, name: str, value: str) -> None:
    if sys.platform != "win32":
        raise OSError("there is no registry here")
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, path) as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)


def _offered_on_windows() -> bool:
    if sys.platform != "win32":
        return False
    import winreg

    with contextlib.suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _PROGID):
        return True
    return False


def _withdraw_on_windows() -> None:
    if sys.platform != "win32":
        return
    import winreg

    with (
        contextlib.suppress(FileNotFoundError),
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, _REGISTERED, 0, winreg.KEY_SET_VALUE) as key,
    ):
        winreg.DeleteValue(key, "Notifier")
    for path in (
        rf"{_PROGID}\shell\open\command", rf"{_PROGID}\shell\open", rf"{_PROGID}\shell", _PROGID,
        rf"{_CLIENT}\Capabilities\URLAssociations", rf"{_CLIENT}\Capabilities", _CLIENT,
    ):  # fmt: skip
        with contextlib.suppress(FileNotFoundError):
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, path)
