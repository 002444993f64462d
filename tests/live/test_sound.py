"""The sound of new mail, heard at a real sound server: by each player, and from the whole program for one account."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.alerts import sound
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from tests.live.desktop import Desk, desk_in, wait_for
from tests.live.needs import artefact, missing, need
from tests.live.sound_server import HEARD, Ear, SoundServer, sound_server

pytestmark = pytest.mark.live
THEME = Path("/usr/share/sounds/freedesktop/stereo/message.oga")  # what "message-new-email" falls back to
PLAYERS = {"paplay": "pulseaudio-utils", "canberra-gtk-play": "gnome-session-canberra"}
NOTIFIER = (sys.executable, "-m", "notifier")

ACCOUNT = """
[[account]]
name = "{name}"
{more}
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "{name}"
password_command = "echo good"
"""


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SoundServer, Ear]]:
    if not THEME.exists():
        missing(f"{THEME} is not there (Debian package sound-theme-freedesktop)")
    with sound_server(tmp_path / "sound") as (server, ear):
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        yield server, ear


@pytest.fixture
def ear(heard: tuple[SoundServer, Ear]) -> Ear:
    return heard[1]


@pytest.fixture
def desk(tmp_path: Path, heard: tuple[SoundServer, Ear]) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        desk.start_bus()
        desk.start_display()
        desk.env |= heard[0].env
        yield desk


@pytest.mark.parametrize("player", PLAYERS)
def test_the_themes_sound_is_heard(
    desk: Desk, ear: Ear, player: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each player alone on PATH; the sound theme's player wants a display and a bus, as every GTK program does."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / player).symlink_to(need(player, package=PLAYERS[player]))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, desk.env[name])
    monkeypatch.delenv("XDG_DATA_DIRS", raising=False)
    assert sound.command_for("linux")[0] == player
    assert ear.loudest == 0, "silence before"
    assert sound.play()
    wait_for("the sound", lambda: ear.loudest > HEARD)
    wait_for("more of it", lambda: ear.seconds_of_sound > 0.03)


@pytest.mark.timeout(180)
def test_one_account_sounds_and_another_does_not(desk: Desk, ear: Ear, tmp_path: Path) -> None:
    """The whole program with dunst, which plays no sounds itself: `sound`, `command` and `muted` are each account's."""
    boxes = {name: Mailbox() for name in ("Loud", "Still", "Muted")}
    told = tmp_path / "told"
    script = f'open({str(told)!r}, "a").write(os.environ["NOTIFIER_ACCOUNT"] + os.environ["NOTIFIER_NEW"] + chr(10))'
    more = {
        "Loud": "sound = true",
        "Still": "command = " + json.dumps([sys.executable, "-c", f"import os; {script}"]),
        "Muted": "sound = true\nmuted = true",
    }
    pop3 = Pop3Server(boxes, dict.fromkeys(boxes, "good"))
    pop3.start()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(
        "".join(ACCOUNT.format(name=name, more=more[name], port=pop3.port) for name in boxes)
    )
    desk.env["NOTIFIER_HOME"] = str(home)
    desk.start(need("dunst", package="dunst"))
    wait_for("dunst", lambda: "dunst" in notifier(desk, "doctor").stdout)  # before the bus starts another one
    program = desk.start(*NOTIFIER, "run", log="program")
    try:
        wait_for("the running program", lambda: '"messages": 0' in notifier(desk, "status", "--json").stdout)
        assert check(desk).returncode == 1
        boxes["Muted"].add(900)
        assert check(desk, "Muted").returncode == 0
        boxes["Still"].add(900)
        assert check(desk, "Still").returncode == 0
        wait_for("the command of that account", lambda: told.exists() and told.read_text())
        assert told.read_text() == "Still1\n"
        assert ear.loudest == 0, "neither of the two makes a sound"
        boxes["Loud"].add(900)
        assert check(desk, "Loud").returncode == 0
        wait_for("the sound", lambda: ear.seconds_of_sound > 0.03)
        artefact("sound.txt").write_text(f"loudest {ear.loudest} of 32767, {ear.seconds_of_sound:.2f} s of sound\n")
    finally:
        desk.end(program)
        pop3.stop()
    assert "Traceback" not in (desk.folder / "program.log").read_text()


def check(desk: Desk, *names: str) -> subprocess.CompletedProcess[str]:
    return notifier(desk, "check", *names)


def notifier(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NOTIFIER, *words], env=desk.env, capture_output=True, text=True, timeout=60, check=False)
