"""Installed by venv and pip, by pipx and for one user: what starts at login is right, and is mended after a move."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.system import desktop_entry
from tests.live import wheelhouse
from tests.live.needs import missing, need
from tests.live.private_bus import running, wait_until

pytestmark = [pytest.mark.live, pytest.mark.skipif(sys.platform != "linux", reason="an XDG autostart entry")]
BASE = str(getattr(sys, "_base_executable", sys.executable))  # the interpreter outside of this environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheelhouse.fill(tmp_path_factory.mktemp("wheels"))


class Home:
    """A user's home in a folder with a space in its name."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder / "home of ann"
        self.folder.mkdir()
        self.wheel = wheel
        self.env = {
            **{k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}},
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "NOTIFIER_HOME": str(self.folder / "notifier"),
        }

    @property
    def offline(self) -> list[str]:
        # Compiling matplotlib and numpy takes longer than all the rest, and nothing here asks for them.
        return ["--no-compile", "--no-index", "--find-links", str(self.wheel.parent)]

    def run(self, *words: str, **more: str) -> str:
        done = subprocess.run(
            words, env=self.env | more, cwd="/", capture_output=True, text=True, timeout=150, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    @property
    def at_login(self) -> list[str]:
        """What a desktop would start."""
        path = Path(self.env["XDG_CONFIG_HOME"], "autostart", "notifier.desktop")
        return desktop_entry.command_of(desktop_entry.read(path)["Exec"])


Install = Callable[[Home, str], Path]


def in_an_environment(home: Home, name: str) -> Path:
    folder = home.folder / name
    home.run(BASE, "-m", "venv", str(folder))
    home.run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *home.offline, str(home.wheel))
    return folder / "bin" / "notifier"


def by_pipx(home: Home, name: str) -> Path:
    folder = home.folder / name
    home.env["PATH"] = f"{folder / 'bin'}:{home.env['PATH']}"  # as `pipx ensurepath` has it
    places = {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(folder / "bin")}
    # Its links to installers' options go by words, so a folder with a space is named by its address.
    options = f"--no-compile --no-index --find-links {home.wheel.parent.as_uri()}"
    pipx = need("pipx", package="pipx")
    home.run(pipx, "install", "--python", BASE, f"--pip-args={options}", str(home.wheel), **places)
    return folder / "bin" / "notifier"


def for_one_user(home: Home, name: str) -> Path:
    """As in the system's own folders: the interpreter is the system's, the command lies apart from it."""
    if subprocess.run([BASE, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        missing("pip of the system's Python is not installed (Debian package python3-pip)")
    folder = home.folder / name
    home.env["PYTHONUSERBASE"] = str(folder)
    command = [BASE, "-m", "pip", "install", "--user", "--break-system-packages", "--quiet", *home.offline]
    home.run(*command, "--no-warn-script-location", str(home.wheel))
    return folder / "bin" / "notifier"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("install", [in_an_environment, by_pipx, for_one_user])
def test_what_starts_at_login(install: Install, tmp_path: Path, wheel: Path) -> None:
    home = Home(tmp_path, wheel)
    command = install(home, "old place")
    home.run(str(command), "autostart", "on")
    assert home.at_login[0] == str(command), "the command itself, not what it is a link to"
    assert "starts at login" in home.run(str(command), "autostart", "status")
    assert "notifier 0" in home.run(home.at_login[0], "--version")
    entry = Path(home.env["XDG_DATA_HOME"], "applications", "notifier.desktop")
    assert desktop_entry.command_of(desktop_entry.read(entry)["Exec"])[0] == str(command)
    for path in (entry, Path(home.env["XDG_CONFIG_HOME"], "autostart", "notifier.desktop")):
        said = home.run(need("desktop-file-validate", package="desktop-file-utils"), str(path))
        assert "error" not in said, said

    shutil.rmtree(command.parent.parent)
    moved = install(home, "new place")
    assert "is not there any more" in home.run(str(moved), "autostart", "status")
    started = running([str(moved), "run", "--no-tray"], env=home.env, log=tmp_path / "log")
    with started as program:
        wait_until(lambda: home.at_login[0] == str(moved), "the start mends what starts at login")
        home.run(str(moved), "quit")
        assert program.wait(20) == 0
    assert desktop_entry.command_of(desktop_entry.read(entry)["Exec"])[0] == str(moved)
    assert "is not there" not in home.run(str(moved), "autostart", "status")


class System:
    """A computer with a /usr/local of its own: what root installs there is seen by the commands run here alone."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            missing("a namespace of the test's own needs root")
        self.local = folder / "usr local"
        self.local.mkdir()
        script = 'mount --bind "$0" /usr/local && exec "$@"'
        self.root = [need("unshare", package="util-linux"), "--mount", "sh", "-c", script, str(self.local)]
        user = [need("setpriv", package="util-linux"), "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        self.ann = [*self.root, *user]


@pytest.mark.timeout(200)
def test_installed_by_root_for_everybody(wheel: Path) -> None:
    """An ordinary user starts what root installed, and never writes beside it; removed, it is said to be gone."""
    python = "/usr/bin/python3"
    asking = "import sys, pip; print(sys.version_info[:2])"
    asked = subprocess.run([python, "-c", asking], capture_output=True, text=True, check=False)
    if asked.returncode:
        missing("the system's Python has no pip (Debian package python3-pip)")
    if asked.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip("the wheels gathered here are for another version than the system's Python")
    with tempfile.TemporaryDirectory(prefix="notifier-system-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        system, home = System(folder), Home(folder, wheel)
        for path in (home.folder, *home.folder.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")
        pip = [python, "-m", "pip", "--quiet"]
        home.run(*system.root, *pip, "install", "--break-system-packages", *home.offline, str(wheel))
        installed = set(system.local.rglob("*"))

        home.run(*system.ann, "/usr/local/bin/notifier", "autostart", "on")
        assert home.at_login[0] == "/usr/local/bin/notifier"
        assert "starts at login" in home.run(*system.ann, "/usr/local/bin/notifier", "autostart", "status")
        (home.folder / "notifier").mkdir(mode=0o700, exist_ok=True)
        shutil.chown(home.folder / "notifier", "nobody", "nogroup")
        with running([*system.ann, *home.at_login, "run", "--no-tray"], env=home.env, log=folder / "log") as program:
            wait_until((home.folder / "notifier" / "state.db").exists, "the program to run")
            home.run(*system.ann, "/usr/local/bin/notifier", "quit")
            assert program.wait(20) == 0
        assert set(system.local.rglob("*")) == installed, "an ordinary user writes nothing there"

        home.run(*system.root, *pip, "uninstall", "--yes", "--break-system-packages", "notifier")
        other = in_an_environment(home, "new place")
        assert "is not there any more" in home.run(str(other), "autostart", "status")
