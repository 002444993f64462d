"""The login entry and the application entry by the tools that desktops use: validated, and really started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.system import autostart, desktop_files
from notifier.system.login_entries import XdgAutostart
from tests.live.needs import missing, need
from tests.live.private_bus import private_bus, wait_until

pytestmark = pytest.mark.live

SPACED = "my tools & more (1)"
AWKWARD = "my tools 100% \"q\" $HOME `id` \\ 'x' ; & (1)"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def program(folders: Path) -> Path:
    return program_in(folders, AWKWARD)


def program_in(folders: Path, name: str) -> Path:
    """A program that writes down how it was called."""
    path = folders / name / "notifier"
    path.parent.mkdir()
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"out = {str(folders / 'called')!r}\n"
        "open(out + '.new', 'w').write(repr(sys.argv)); os.rename(out + '.new', out)\n"
    )
    path.chmod(0o755)
    return path


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_login_entry_is_valid(folders: Path, program: Path) -> None:
    XdgAutostart().write([str(program), "--home", str(folders / AWKWARD)])
    checked = run(need("desktop-file-validate", package="desktop-file-utils"), XdgAutostart().where)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.parametrize(("starter", "name"), [("gio", AWKWARD), ("gio", SPACED), ("dex", SPACED)])
def test_the_login_entry_starts_the_program_with_its_arguments(folders: Path, starter: str, name: str) -> None:
    """dex leaves out the escapes of the specification, so it is given a path that is only likely, not malicious."""
    need(starter, package={"gio": "libglib2.0-bin", "dex": "dex"}[starter])
    program, home = program_in(folders, name), str(folders / name)
    XdgAutostart().write([str(program), "--home", home])
    command = {"gio": ["gio", "launch", XdgAutostart().where], "dex": ["dex", XdgAutostart().where]}[starter]
    with private_bus(folders / "b") as address:
        env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address}
        started = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert started.returncode == 0, started.stderr
        wait_until((folders / "called").exists, f"{starter} starts it")
    assert (folders / "called").read_text() == repr([str(program), "--home", home])


@pytest.mark.parametrize("name", [SPACED, "100%"])
def test_systemd_understands_the_login_entry(folders: Path, name: str) -> None:
    """GNOME and KDE on systemd start login entries as units that this generator writes."""
    generator = Path("/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator")
    if not generator.exists():
        missing("systemd-xdg-autostart-generator is not installed (Debian package systemd)")
    program = program_in(folders, name)
    XdgAutostart().write([str(program), "--home", "x"])
    out = folders / "units"
    out.mkdir()
    generated = run(str(generator), str(out), str(out), str(out))
    assert generated.returncode == 0, generated.stderr
    (unit,) = out.glob("app-notifier@autostart.service")
    line = next(text for text in unit.read_text().splitlines() if text.startswith("ExecStart="))
    assert str(program).replace("%", "%%") in line and line.endswith("--home x")


def test_a_program_that_is_gone_is_not_started(folders: Path, program: Path) -> None:
    XdgAutostart().write([str(program)])
    program.unlink()
    assert autostart.status().stale
    assert run(need("gio", package="libglib2.0-bin"), "launch", XdgAutostart().where).returncode != 0


def test_the_shipped_files_are_valid() -> None:
    entry = run(
        need("desktop-file-validate", package="desktop-file-utils"),
        str(desktop_files.SHIPPED / desktop_files.ENTRY),
    )
    assert (entry.returncode, entry.stdout + entry.stderr) == (0, "")
    described = run(
        need("appstreamcli", package="appstream"),
        "validate",
        "--no-net",
        str(desktop_files.SHIPPED / desktop_files.METAINFO),
    )
    assert described.returncode == 0, described.stdout


def test_the_installed_files_are_valid_and_start_the_program(folders: Path, program: Path) -> None:
    written = desktop_files.install([str(program), "--home", AWKWARD])
    entry = folders / "data" / "applications" / "notifier.desktop"
    assert entry in written and desktop_files.install([str(program), "--home", AWKWARD]) == []
    checked = run(need("desktop-file-validate", package="desktop-file-utils"), str(entry))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert run(need("gio", package="libglib2.0-bin"), "launch", str(entry)).returncode == 0
    wait_until((folders / "called").exists, "it is started")
    assert (folders / "called").read_text() == repr([str(program), "--home", AWKWARD])
    icons = list((folders / "data" / "icons" / "hicolor").rglob("notifier.*"))
    assert {path.parent.parent.name for path in icons} >= {"16x16", "48x48", "256x256", "scalable"}
    desktop_files.remove()
    assert not [path for path in written if path.exists()]


def test_what_the_system_has_is_not_installed_twice(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = folders / "usr" / "applications" / "notifier.desktop"
    shared.parent.mkdir(parents=True)
    shared.write_text("[Desktop Entry]\n")
    monkeypatch.setenv("XDG_DATA_DIRS", str(folders / "usr"))
    assert desktop_files.install(["notifier"]) == []
