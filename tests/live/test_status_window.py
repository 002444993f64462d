"""The window for desktops without any tray: opened by a second start, live, and with every button at work."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from tests.live.desktop import Desk, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need
from tests.live.test_demo import picture

pytestmark = pytest.mark.live
NOTIFIER = (sys.executable, "-m", "notifier")

SETTINGS = """
[[account]]
name = "Work"
address = "ann@example.org"
mailbox_limit = "500 MB"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "ann"
password_command = "echo good"

[[account]]
name = "Club"
mailbox_limit = "20 MB"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "club"
password_command = "echo good"

[[account]]
name = "Old address"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "ann"
password_command = "echo wrong"
"""


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def desk(tmp_path: Path, mailbox: Mailbox) -> Iterator[Desk]:
    """A display with a window manager and nothing else, and the program running on it."""
    club = Mailbox()
    for number in range(41):
        mailbox.add(3_000_000 + number)
    club.add(19_300_000)
    server = Pop3Server({"ann": mailbox, "club": club}, {"ann": "good", "club": "good"})
    server.start()
    home = tmp_path / "home of ann"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(SETTINGS.format(port=server.port))
    (tmp_path / "desk").mkdir()
    try:
        with desk_in(tmp_path / "desk") as desk:
            desk.env["NOTIFIER_HOME"] = str(home)
            desk.start_bus()
            desk.start_display("1000x800")
            desk.start(need("openbox", package="openbox"))
            yield desk
    finally:
        server.stop()


def status(desk: Desk) -> dict[str, Any]:
    command = [*NOTIFIER, "status", "--json"]
    done = subprocess.run(command, env=desk.env, capture_output=True, text=True, timeout=30, check=False)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def start_program(desk: Desk) -> subprocess.Popen[str]:
    program = desk.start(*NOTIFIER, "run", log="program")
    wait_for("all accounts looked at", lambda: _all_looked_at(status(desk)))
    return program


def _all_looked_at(facts: dict[str, Any]) -> bool:
    return facts["running"] and all(a["messages"] is not None or a["error"] for a in facts["accounts"])


def see(desk: Desk, phrase: str) -> tuple[int, int]:
    """Where `phrase` is on the screen, once it is."""
    try:
        word = wait_for(f"“{phrase}” on the screen", lambda: phrase_on(picture(desk), phrase))
    finally:
        picture(desk).save(artefact("status-window-last.png"))
    return word.x, word.y


def click(desk: Desk, phrase: str) -> None:
    x, y = see(desk, phrase)
    desk.run("xdotool", "mousemove", str(x), str(y), "click", "1")
    desk.run("xdotool", "mousemove", "5", "5")


def windows(desk: Desk) -> str:
    """The titles of all windows; one that goes away meanwhile is an error to wmctrl, not to us."""
    wmctrl = need("wmctrl", package="wmctrl")
    done = subprocess.run([wmctrl, "-l"], env=desk.env, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout


def in_front(desk: Desk, title: str) -> bool:
    xdotool = [need("xdotool", package="xdotool"), "getactivewindow", "getwindowname"]
    done = subprocess.run(xdotool, env=desk.env, capture_output=True, text=True, timeout=20, check=False)
    return title in done.stdout


def opens(desk: Desk, key: str, title: str) -> None:
    """The button's own key opens the window of that title, which is closed again."""
    wait_for(
        "the status window in front",
        lambda: in_front(desk, "No unseen mail"),
    )
    desk.run("xdotool", "key", key)
    wait_for(f"the window {title}", lambda: title in windows(desk))
    wait_for(f"{title} in front", lambda: in_front(desk, title))
    desk.run("xdotool", "key", "Escape")
    wait_for(f"the window {title} closed", lambda: title not in windows(desk))


@pytest.mark.timeout(240)
def test_a_second_start_opens_the_window_where_there_is_no_tray(desk: Desk, mailbox: Mailbox) -> None:
    program = start_program(desk)
    assert status(desk)["icon_seen"] is False
    desk.env["NOTIFIER_LOOK"] = "light"
    second = desk.start(*NOTIFIER, log="second")
    see(desk, "41 messages")
    see(desk, "of 500 MB")
    see(desk, "at least 96")
    see(desk, "did not accept")
    picture(desk).save(artefact("status-window-light.png"))

    mailbox.add(5000)
    click(desk, "Check now")
    see(desk, "42 messages")
    see(desk, "1 unseen message")
    click(desk, "Mark seen")
    see(desk, "No unseen mail")
    assert status(desk)["accounts"][0]["unseen"] == 0

    _pause_and_resume(desk)
    click(desk, "Write")
    wait_for("the window to write in", lambda: "New mail" in windows(desk))
    desk.run("wmctrl", "-a", "New mail")
    wait_for("it is in front", lambda: in_front(desk, "New mail"))
    desk.run("xdotool", "key", "Escape")
    wait_for("that window closed", lambda: "New mail" not in windows(desk))
    opens(desk, "alt+a", "Notifier: accounts")
    opens(desk, "alt+h", "mailbox history")

    click(desk, "Quit")
    assert second.wait(20) == 0
    assert program.wait(20) == 0
    assert "Traceback" not in (desk.folder / "program.log").read_text() + (desk.folder / "second.log").read_text()


def _pause_and_resume(desk: Desk) -> None:
    click(desk, "Pause")
    see(desk, "Until tomorrow")
    picture(desk).save(artefact("status-window-pause.png"))
    click(desk, "For 1 hour")
    see(desk, "Paused until")
    assert status(desk)["paused_until"] > time.time() + 3000
    click(desk, "Resume")
    wait_for("no pause", lambda: status(desk)["paused_until"] is None)


@pytest.mark.timeout(120)
def test_a_program_that_ends_and_is_started_from_the_window(desk: Desk) -> None:
    desk.env["NOTIFIER_LOOK"] = "dark"
    program = start_program(desk)
    shown = desk.start(*NOTIFIER, "status", "--window", log="window")
    see(desk, "41 messages")
    picture(desk).save(artefact("status-window-dark.png"))
    desk.end(program)
    see(desk, "is not running")
    picture(desk).save(artefact("status-window-not-running.png"))
    desk.run("xdotool", "key", "Return")
    see(desk, "41 messages")
    desk.run("xdotool", "key", "Escape")
    assert shown.wait(20) == 0
    assert _quit(desk) == 0


def _quit(desk: Desk) -> int:
    """Ends the program that the window started, which is no child of the test."""
    return subprocess.run([*NOTIFIER, "quit"], env=desk.env, timeout=30, check=False).returncode
