"""How this very installation is started again: from a venv, by pipx, from the system, or from a checkout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_HEAD = 512  # octets of a script in which its interpreter is named


def own_command(home: Path | None = None, *, platform: str = sys.platform) -> list[str]:
    """The program and arguments that start this installation, independent of the current folder and of PATH.

    `home` is the folder given by `--home`, None for the platform's own folders.
    """
    return [*_program(platform), *([] if home is None else ["--home", str(home.absolute())])]


def _program(platform: str) -> list[str]:
    if platform == "win32":
        # A console script would open a console window at each login.
        windowless = Path(sys.executable).with_name("pythonw.exe")
        python = str(windowless if windowless.exists() else sys.executable)
        return [python, str(PACKAGE / "__main__.py")]
    script = next((s for s in _scripts() if _belongs_to_us(s)), None)
    return [str(script)] if script else [sys.executable, str(PACKAGE / "__main__.py")]


def _scripts() -> Iterator[Path]:
    """Where the `notifier` command may be; the place on PATH first, for pipx keeps that one over its upgrades."""
    import shutil
    import sysconfig

    if found := shutil.which("notifier"):
        yield Path(os.path.abspath(found))  # noqa: PTH100 - a link stays a link
    for scheme in sysconfig.get_scheme_names():
        yield Path(sysconfig.get_path("scripts", scheme)) / "notifier"


def _belongs_to_us(script: Path) -> bool:
    """Whether `script` starts this installation: installers write the interpreter's path into its first lines."""
    try:
        with script.open("rb") as file:
            return os.fsencode(sys.executable) in file.read(_HEAD)
    except OSError:
        return False


def missing_part(command: Sequence[str]) -> str:
    """The file that `command` needs and that is not there (any more); empty when nothing is missing."""
    for word in command[:2]:
        if Path(word).is_absolute() and not word.startswith("-") and not Path(word).exists():
            return word
    interpreter = _interpreter(Path(command[0])) if command else ""
    return interpreter if interpreter.startswith("/") and not Path(interpreter).exists() else ""


def _interpreter(script: Path) -> str:
    """What runs `script` by its first lines; the form with `exec` is what pip writes for paths with spaces."""
    try:
        with script.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    if not head.startswith(b"#!"):
        return ""
    first, _newline, rest = head.partition(b"\n")
    if first == b"#!/bin/sh" and rest.startswith(b"'''exec' "):
        return os.fsdecode(rest[len(b"'''exec' ") :].split(b' "$0"')[0].strip(b'"'))
    return os.fsdecode(first[2:].strip().split(b" ")[0])
