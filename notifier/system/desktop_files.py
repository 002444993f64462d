"""What makes the program known to a Linux desktop: its application entry, its icon, its AppStream description.

The files are shipped in `desktop/`; a distribution's package puts them under /usr/share. Everybody else gets them in
the home folder, with the command of their own installation.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from notifier.system import desktop_entry

SHIPPED = Path(__file__).resolve().parent / "desktop"
ENTRY = "notifier.desktop"
METAINFO = "local.notifier.notifier.metainfo.xml"


def install(command: Sequence[str]) -> list[Path]:
    """Puts the files into the user's data folder, with `command` as what starts the program.

    Files that are right already are left alone; where the system has them, nothing is needed. Gives the files that
    were written. Raises OSError.
    """
    own, *system = desktop_entry.data_folders()
    if any((folder / "applications" / ENTRY).is_file() for folder in system):
        return []
    wanted = {
        own / "applications" / ENTRY: application_entry(command).encode("utf-8"),
        own / "metainfo" / METAINFO: (SHIPPED / METAINFO).read_bytes(),
        **_icons(own / "icons" / "hicolor"),
    }
    written = [path for path, content in wanted.items() if _put(path, content)]
    if any(path.is_relative_to(own / "icons") for path in written):
        os.utime(own / "icons" / "hicolor")  # desktops look again when the folder is newer than their cache
    return written


def remove() -> None:
    """Takes away what `install` put there. Raises OSError."""
    own = desktop_entry.data_folders()[0]
    for path in (own / "applications" / ENTRY, own / "metainfo" / METAINFO, *_icons(own / "icons" / "hicolor")):
        path.unlink(missing_ok=True)


def application_entry(command: Sequence[str]) -> str:
    """The shipped application entry with `command` in place of the bare name."""
    lines = (SHIPPED / ENTRY).read_text("utf-8").splitlines()
    return "".join(f"{_with_command(line, command)}\n" for line in lines)


def _with_command(line: str, command: Sequence[str]) -> str:
    key, _equals, text = line.partition("=")
    if key == "TryExec":
        return f"TryExec={desktop_entry.value(command[0])}"
    if key == "Exec":
        return f"Exec={desktop_entry.exec_line([*command, *text.split()[1:]])}"
    return line


def _icons(theme: Path) -> dict[Path, bytes]:
    from notifier.tray import artwork

    drawings = artwork.folder()
    found = {
        theme / size.name / "apps" / "notifier.png": (size / "apps" / "notifier.png").read_bytes()
        for size in (drawings / "hicolor").iterdir()
        if (size / "apps" / "notifier.png").is_file()
    }
    return {**found, theme / "scalable" / "apps" / "notifier.svg": artwork.app_icon().read_bytes()}


def _put(path: Path, content: bytes) -> bool:
    """Whether `path` had to be written. These files hold no secret: others may read them."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
    return True
