"""The program and all it needs as wheels in a folder, so that real installers can be run without any network."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def fill(folder: Path) -> Path:
    """Builds the program's wheel into `folder` and packs what it depends on beside it; returns the program's."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("notifier-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        wanted = re.findall(r"^Requires-Dist: (.+)$", archive.read(name).decode(), re.MULTILINE)
    for distribution in _all_behind(wanted):
        _pack(distribution, folder)
    return wheel


def _all_behind(requirements: list[str]) -> Iterator[metadata.Distribution]:
    """Whatever of the requirements, and of theirs, is installed here; markers of other systems find nothing."""
    seen: set[str] = set()
    left = [r for r in requirements if "extra ==" not in r]
    while left:
        found = re.match(r"[\w.-]+", left.pop())
        name = re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield distribution
        left += [r for r in distribution.requires or [] if "extra ==" not in r]


def _pack(distribution: metadata.Distribution, folder: Path) -> None:
    """The installed files as the wheel they came from."""
    tag = re.search(r"^Tag: ((?:py3|cp).*)$", distribution.read_text("WHEEL") or "", re.MULTILINE)
    name = re.sub(r"[-_.]+", "_", distribution.metadata["Name"])
    path = folder / f"{name}-{distribution.version}-{tag.group(1) if tag else 'py3-none-any'}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in distribution.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts and Path(str(file.locate())).is_file():
                archive.write(str(file.locate()), str(file))
