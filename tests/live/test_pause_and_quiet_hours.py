"""A pause begun and ended in the tray's menu, and quiet hours: silence, and then everything in one alert."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier.alerts.senders.freedesktop import Freedesktop
from notifier.config import load
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.watch.program import Program
from tests.live.desktop import Desk, desk_in, wait_for
from tests.live.needs import artefact, need
from tests.live.test_tray_x11_panels import Screen, start_xfce

pytestmark = pytest.mark.live
NOTIFIER = (sys.executable, "-m", "notifier")
NAMES = ("Work", "Home")

ACCOUNT = """
[[account]]
name = "{name}"
mailbox_limit = "10 kB"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "{name}"
password_command = "echo good"
"""


@pytest.fixture
def boxes() -> dict[str, Mailbox]:
    return {name: Mailbox() for name in NAMES}


@pytest.fixture
def places(tmp_path: Path, boxes: dict[str, Mailbox]) -> Iterator[Places]:
    server = Pop3Server(boxes, dict.fromkeys(NAMES, "good"))
    server.start()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("".join(ACCOUNT.format(name=name, port=server.port) for name in NAMES))
    yield Places(home, home)
    server.stop()


@pytest.fixture
def desk(tmp_path: Path, places: Places) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        desk.env["NOTIFIER_HOME"] = str(places.home)
        desk.start_bus()
        desk.start_display("900x600")
        (desk.folder / "dunstrc").write_text(
            "[global]\nfont = DejaVu Sans 11\nwidth = 420\noffset = 12x200\nheight = 300\nidle_threshold = 0\n"
            "[urgency_low]\ntimeout = 0\n[urgency_normal]\ntimeout = 0\n"
        )
        desk.start(need("dunst", package="dunst"), "-conf", str(desk.folder / "dunstrc"))
        wait_for("dunst", lambda: _answers(desk))
        yield desk


def _answers(desk: Desk) -> bool:
    done = subprocess.run(["dunstctl", "count"], env=desk.env, capture_output=True, timeout=20, check=False)
    return done.returncode == 0


def alerts(desk: Desk) -> int:
    return int(desk.run("dunstctl", "count", "displayed", package="dunst"))


def shown_so_far(desk: Desk) -> list[str]:
    """The title and text of every alert that was ever closed."""
    history = json.loads(desk.run("dunstctl", "history", package="dunst"))
    return [f"{one['summary']['data']} {one['body']['data']}" for one in history["data"][0]]


def notifier(desk: Desk, *words: str) -> str:
    command = [*NOTIFIER, *words]
    return subprocess.run(command, env=desk.env, capture_output=True, text=True, timeout=60, check=False).stdout


def status(desk: Desk) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(notifier(desk, "status", "--json"))
    return facts


def all_checked(desk: Desk) -> bool:
    facts = status(desk)
    return [a["messages"] for a in facts.get("accounts", ())] == [0, 0]


@pytest.mark.timeout(240)
def test_a_pause_from_the_menu_ends_in_one_summary(desk: Desk, boxes: dict[str, Mailbox]) -> None:
    start_xfce(desk)
    screen = Screen(desk, "pause")
    program = desk.start(*NOTIFIER, "run", log="program")
    wait_for("the first checks", lambda: all_checked(desk))
    boxes["Work"].add(500)
    notifier(desk, "check")
    wait_for("an alert without a pause", lambda: alerts(desk) >= 1)
    desk.run("dunstctl", "close-all", package="dunst")
    wait_for("an empty screen", lambda: alerts(desk) == 0)

    screen.keep("before")
    screen.click(*screen.icon())
    screen.click(*screen.read("Pause"))
    screen.click(*screen.read("Until resumed"))
    wait_for("the pause", lambda: status(desk)["paused_until"] == "resumed")
    for octets in (200, 200, 8_600):
        boxes["Work"].add(octets)
        notifier(desk, "check")
    boxes["Home"].add(300)
    notifier(desk, "check")
    assert [a["unseen"] for a in status(desk)["accounts"]] == [4, 1]
    assert alerts(desk) == 0, "a pause is silent, also when a mailbox fills"
    screen.keep("silence")

    screen.click(*screen.icon())
    screen.read("Paused until you resume")
    screen.keep("menu")
    x, y = screen.read("Paused until you resume")
    screen.click(x, y + 25)  # "Resume" is the next line
    wait_for("the summary", lambda: alerts(desk) > 0)
    screen.read("95")
    screen.picture().save(artefact("pause-summary.png"))
    time.sleep(1)
    assert alerts(desk) == 1, "one summary for all that was held"
    program.send_signal(signal.SIGTERM)
    assert program.wait(20) == 0


@pytest.mark.timeout(120)
def test_quiet_hours_end_in_one_summary(
    desk: Desk, boxes: dict[str, Mailbox], places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute passes in each second: quiet hours that began an hour ago end in 20 seconds."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desk.env["DBUS_SESSION_BUS_ADDRESS"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the program runs beside the test's own main thread
    begun = time.time()

    def now() -> float:
        return begun + (time.time() - begun) * 60

    span = "-".join(time.strftime("%H:%M", time.localtime(begun + minutes * 60)) for minutes in (-60, 20))
    text = places.config.read_text()
    places.config.write_text(f'[general]\ninterval = "5 min"\nquiet_hours = "{span}"\n{text}')
    sender = Freedesktop(lambda _answer: None)
    program = Program(
        places, load(places.config), lambda *_: Secret("good"), sender, now=now, pace=60.0, offer_login=False
    )
    thread = threading.Thread(target=program.run)
    thread.start()
    try:
        wait_for("the first checks", lambda: [a.count for a in program._overview.accounts] == [0, 0])
        assert program._overview.quiet
        boxes["Work"].add(9_600)
        boxes["Home"].add(300)
        wait_for("both seen", lambda: [a.unseen for a in program._overview.accounts] == [1, 1])
        assert alerts(desk) == 0
        wait_for("the end of the quiet hours", lambda: not program._overview.quiet)
        wait_for("the summary", lambda: alerts(desk) == 1)
        Screen(desk, "quiet").picture().save(artefact("quiet-hours-summary.png"))
        assert shown_so_far(desk) == [], "nothing was shown before it"
    finally:
        program.quit()
        thread.join(20)
