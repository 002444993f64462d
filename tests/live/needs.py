"""What live tests need from the machine: a missing program skips the test, or fails it where nothing may be missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ARTEFACTS = Path(__file__).resolve().parent.parent / "artefacts"


def need(program: str, *, package: str) -> str:
    """The path of `program`; skips the test naming the Debian `package`, or fails it under CI=true."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin:/usr/libexec")
    if found is None:
        missing(f"{program} is not installed (Debian package {package})")
    return str(found)


def missing(what: str) -> None:
    """Skips the test for the missing part, or fails it under CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def artefact(name: str) -> Path:
    """Where a test leaves a picture or a log for a person to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS / name
