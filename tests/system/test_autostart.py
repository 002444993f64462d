"""Start at login on each platform: on, off, what is started, and what is gone is noticed and mended."""

from __future__ import annotations

import plistlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.system import autostart, installed
from notifier.system.autostart import Status
from notifier.system.desktop_entry import exec_line
from notifier.system.login_entries import LaunchAgent, LoginEntry, XdgAutostart, split_windows


class Remembered:
    """A list of what is started at login, in memory; what the Windows registry is in its own test under Wine."""

    where = "memory"

    def __init__(self) -> None:
        self.command: tuple[str, ...] | None = None

    def read(self) -> tuple[str, ...] | None:
        return self.command

    def write(self, command: list[str]) -> None:
        self.command = tuple(command)

    def remove(self) -> None:
        self.command = None


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "usr"))


@pytest.fixture(params=["xdg", "launch agent", "memory"])
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> LoginEntry:
    kinds = {
        "xdg": XdgAutostart,
        "launch agent": lambda: LaunchAgent(tmp_path / "LaunchAgents" / "notifier.plist"),
        "memory": Remembered,
    }
    return kinds[request.param]()


def test_on_and_off(entry: LoginEntry) -> None:
    assert autostart.status(entry) == Status(False, False, entry.where)
    now = autostart.turn_on(None, entry)
    assert now.on and not now.stale and list(now.command) == installed.own_command()
    assert autostart.turn_on(None, entry) == now
    assert autostart.turn_off(entry) == Status(False, False, entry.where)
    assert autostart.turn_off(entry) == Status(False, False, entry.where)


def test_the_folder_that_was_chosen_is_kept(entry: LoginEntry, tmp_path: Path) -> None:
    home = tmp_path / "with space 100% \"quoted\" $HOME `id` \\ 'x'"
    command = autostart.turn_on(home, entry).command
    assert command[-2:] == ("--home", str(home))


def program_at(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n")
    path.chmod(0o755)
    return path


def test_a_moved_installation_is_noticed_and_mended(entry: LoginEntry, tmp_path: Path) -> None:
    old = program_at(tmp_path / "old place" / "notifier")
    entry.write([str(old), "--home", "/somewhere"])
    assert not autostart.status(entry).stale and not autostart.mend(None, entry)
    old.unlink()
    gone = autostart.status(entry)
    assert gone.on and gone.stale and str(old) in gone.why
    assert autostart.mend(None, entry)
    assert autostart.status(entry).command == tuple(installed.own_command())


def test_another_installation_that_still_works_is_left_alone(entry: LoginEntry, tmp_path: Path) -> None:
    other = program_at(tmp_path / "other" / "notifier")
    entry.write([str(other)])
    assert not autostart.mend(None, entry) and autostart.status(entry).command == (str(other),)


def test_what_is_off_is_not_mended_on(entry: LoginEntry) -> None:
    assert not autostart.mend(None, entry) and not autostart.status(entry).on


# --- XDG ---


def written(tmp_path: Path) -> Path:
    return tmp_path / "config" / "autostart" / "notifier.desktop"


def test_the_entry_is_the_users_own(tmp_path: Path) -> None:
    autostart.turn_on(None, XdgAutostart())
    assert stat.S_IMODE(written(tmp_path).stat().st_mode) == 0o600


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_switched_off_by_the_desktops_own_settings(tmp_path: Path, line: str) -> None:
    autostart.turn_on(None, XdgAutostart())
    text = written(tmp_path).read_text().replace("X-GNOME-Autostart-enabled=true", "")
    written(tmp_path).write_text(text + line + "\n")
    assert not autostart.status(XdgAutostart()).on
    assert autostart.turn_on(None, XdgAutostart()).on


def test_an_entry_of_the_system_can_be_switched_off_and_on(tmp_path: Path) -> None:
    shared = tmp_path / "etc" / "autostart" / "notifier.desktop"
    program = program_at(tmp_path / "usr" / "bin" / "notifier")
    shared.parent.mkdir(parents=True)
    shared.write_text(f"[Desktop Entry]\nType=Application\nName=N\nExec={exec_line([str(program)])}\n")
    assert autostart.status(XdgAutostart()).command == (str(program),)
    assert not autostart.turn_off(XdgAutostart()).on
    assert shared.exists()
    assert autostart.turn_on(None, XdgAutostart()).on


def test_garbage_is_off(tmp_path: Path) -> None:
    written(tmp_path).parent.mkdir(parents=True)
    for text in ("", "[Desktop Entry]\n", '[Desktop Entry]\nExec="open\n', "\0\xff"):
        written(tmp_path).write_text(text)
        assert not autostart.status(XdgAutostart()).on


def test_turning_on_makes_the_program_known_to_the_desktop(tmp_path: Path) -> None:
    autostart.turn_on(None, XdgAutostart())
    assert (tmp_path / "data" / "applications" / "notifier.desktop").is_file()
    assert (tmp_path / "data" / "icons" / "hicolor" / "48x48" / "apps" / "notifier.png").is_file()


# --- macOS ---


def test_the_launch_agent(tmp_path: Path) -> None:
    path = tmp_path / "notifier.plist"
    autostart.turn_on(tmp_path / "a & b <c>", LaunchAgent(path))
    content = plistlib.loads(path.read_bytes())
    assert content["RunAtLoad"] is True and content["Label"] == "notifier"
    assert content["ProgramArguments"][-1] == str(tmp_path / "a & b <c>")


@pytest.mark.parametrize("content", [b"", b"garbage", b"<plist><string>x</string></plist>", plistlib.dumps({"a": 1})])
def test_another_launch_agent_is_off(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notifier.plist"
    path.write_bytes(content)
    assert not autostart.status(LaunchAgent(path)).on


# --- Windows ---


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            r'"C:\Program Files\N\pythonw.exe" C:\N\__main__.py',
            [r"C:\Program Files\N\pythonw.exe", r"C:\N\__main__.py"],
        ),
        (r'a "b \"c\"" ""  d\\', ["a", 'b "c"', "", "d\\\\"]),
        ("", []),
    ],
)
def test_windows_words(line: str, words: list[str]) -> None:
    assert split_windows(line) == words


@given(st.lists(st.text(st.sampled_from('ab \t"\\é')), min_size=1))
def test_windows_words_are_those_that_python_writes(words: list[str]) -> None:
    assert split_windows(subprocess.list2cmdline(words)) == words
