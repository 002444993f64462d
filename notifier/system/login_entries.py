"""Where each platform lists what is started at login, and our line in that list."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from notifier.private import write_private
from notifier.system import desktop_entry
from notifier.words import _

ENTRY = "notifier.desktop"
LABEL = "notifier"  # of the LaunchAgent
VALUE = "Notifier"  # under the Run key


class LoginEntry(Protocol):
    """One platform's list of what is started at login, with our line in it. All raise OSError."""

    @property
    def where(self) -> str: ...

    def read(self) -> tuple[str, ...] | None:
        """What is started; None when nothing is."""

    def write(self, command: Sequence[str]) -> None: ...

    def remove(self) -> None:
        """Nothing is started any more. Nothing there is no error."""


def entry_for(platform: str = sys.platform) -> LoginEntry:
    if platform == "win32":
        return RunKey()
    if platform == "darwin":
        return LaunchAgent(Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist")
    return XdgAutostart()


# --- Linux and BSD (freedesktop Desktop Application Autostart Specification) ------------------------------------


class XdgAutostart:
    """`notifier.desktop` in the user's autostart folder, which goes before those of the system."""

    @property
    def _path(self) -> Path:
        return desktop_entry.config_folders()[0] / "autostart" / ENTRY

    @property
    def where(self) -> str:
        return str(self._path)

    def read(self) -> tuple[str, ...] | None:
        path = next((p for p in (self._path, *self._of_the_system()) if p.is_file()), None)
        if path is None:
            return None
        keys = desktop_entry.read(path)
        if keys.get("Hidden") == "true" or keys.get("X-GNOME-Autostart-enabled") == "false":
            return None
        try:
            return tuple(desktop_entry.command_of(keys.get("Exec", ""))) or None
        except ValueError:
            return None

    def write(self, command: Sequence[str]) -> None:
        program = command[0]
        tried = f"TryExec={desktop_entry.value(program)}\n" if Path(program).is_absolute() else ""
        write_private(
            self._path,
            "[Desktop Entry]\n"
            "Type=Application\n"
            "Name=Notifier\n"
            f"Comment={_('Announces new mail and warns before the mailbox is full')}\n"
            "Icon=notifier\n"
            f"Exec={desktop_entry.exec_line(command)}\n"
            f"{tried}"
            "Terminal=false\n"
            "StartupNotify=false\n"
            "X-GNOME-Autostart-enabled=true\n"
            "X-KDE-autostart-after=panel\n",
        )

    def remove(self) -> None:
        if any(path.is_file() for path in self._of_the_system()):
            hidden = "[Desktop Entry]\nType=Application\nName=Notifier\nExec=notifier\nHidden=true\n"
            write_private(self._path, hidden)
        else:
            self._path.unlink(missing_ok=True)

    def _of_the_system(self) -> list[Path]:
        return [folder / "autostart" / ENTRY for folder in desktop_entry.config_folders()[1:]]


# --- Windows ----------------------------------------------------------------------------------------------------


class RunKey:
    """A value under the user's Run key. What the Task Manager switches off stands under another key."""

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
    _APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

    where = rf"HKEY_CURRENT_USER\{_RUN}\{VALUE}"

    def read(self) -> tuple[str, ...] | None:
        line = self._get(self._RUN)
        approved = self._get(self._APPROVED)
        if not line or (isinstance(approved, bytes) and approved and approved[0] & 1):
            return None
        return tuple(split_windows(str(line)))

    def write(self, command: Sequence[str]) -> None:
        if sys.platform != "win32":
            raise OSError("there is no registry here")
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._RUN) as key:
            winreg.SetValueEx(key, VALUE, 0, winreg.REG_SZ, subprocess.list2cmdline(command))
        self._delete(self._APPROVED)

    def remove(self) -> None:
        self._delete(self._RUN)

    def _get(self, path: str) -> Any:
        if sys.platform != "win32":
            raise OSError("there is no registry here")
        import winreg

        with contextlib.suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return winreg.QueryValueEx(key, VALUE)[0]
        return None

    def _delete(self, path: str) -> None:
        if sys.platform != "win32":
            raise OSError("there is no registry here")
        import winreg

        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, VALUE)


def split_windows(line: str) -> list[str]:
    """A Windows command line as arguments, by the rules of the Microsoft C runtime (what `list2cmdline` writes)."""
    words: list[str] = []
    word, quoted, begun = "", False, False
    for piece in _TOKENS.findall(line):
        if piece.endswith('"'):  # pairs of backslashes before a quote are one each; one left over escapes the quote
            pairs, escaped = divmod(len(piece) - 1, 2)
            word += "\\" * pairs + ('"' if escaped else "")
            quoted, begun = quoted != (not escaped), True
        elif piece in " \t" and not quoted:
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + piece, True
    return [*words, word] if begun else words


_TOKENS = re.compile(r'\\*"|\\+|[ \t]|[^\\" \t]+')


# --- macOS ------------------------------------------------------------------------------------------------------


class LaunchAgent:
    """A property list in the user's LaunchAgents folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def where(self) -> str:
        return str(self._path)

    def read(self) -> tuple[str, ...] | None:
        import plistlib

        try:
            content = plistlib.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, plistlib.InvalidFileException):  # not written by us, and nothing that would start
            return None
        words = content.get("ProgramArguments") if isinstance(content, dict) else None
        if not isinstance(words, list) or not words or content.get("Disabled"):
            return None
        return tuple(str(word) for word in words)

    def write(self, command: Sequence[str]) -> None:
        import plistlib

        content = {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",  # only where there is a screen to be seen on
            "ProcessType": "Interactive",
        }
        write_private(self._path, plistlib.dumps(content).decode("utf-8"))

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
