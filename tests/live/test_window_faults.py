"""A fault inside a window is said in its status line, and what the window does again and again goes on."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import Outbox
from tests.live.desktop import ROOT, Desk, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need
from tests.live.test_demo import picture

pytestmark = pytest.mark.live

SCRIPT = """
import json
from notifier.outgoing.ledger import OutboxStuckError
from notifier.windows.look import StatusLine, dress

look = dress("A window", wanted="light")
line = StatusLine(look.root)
line.pack()
faults = [ValueError("nobody thought of it"), OutboxStuckError("database or disk is full")]
said, turns = [], 0

def work():
    global turns
    turns += 1
    said.append(line.cget("text"))
    if turns == 6:
        look.root.destroy()
    elif turns <= 4:
        raise faults[turns // 3]

look.every(20, work)
look.show()
look.root.mainloop()
print(json.dumps(said))
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_display()
        desk.env["PYTHONPATH"] = str(ROOT)
        yield desk


def test_faults_are_said_and_end_nothing(desk: Desk) -> None:
    said = json.loads(desk.run(sys.executable, "-c", SCRIPT))
    assert said[0] == ""
    assert said[1] == "⚠ This window met a fault of the program itself (ValueError: nobody thought of it)."
    assert said[1] == said[2]
    assert said[3:] == ["⚠ database or disk is full"] * 3


@pytest.mark.parametrize("command", ["compose", "setup", "history --window", "outbox --window", "status --window"])
def test_faulty_settings_are_said_in_a_window(desk: Desk, command: str) -> None:
    """Windows are opened from the tray, where nobody reads a terminal."""
    home = desk.folder / "notifier-home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('[general]\non_click = 3\n[[account]]\nname = "Work"\n')
    desk.env["NOTIFIER_HOME"] = str(home)
    desk.start(need("openbox", package="openbox"))
    window = desk.start(sys.executable, "-m", "notifier", *command.split(), log="window")
    says_so = command in {"compose", "setup"}
    words = (
        "cannot open"
        if says_so
        else {"history": "allowed", "outbox": "Outbox", "status": "Notifier"}[command.split(maxsplit=1)[0]]
    )
    wait_for(f"{words!r} on the screen", lambda: phrase_on(picture(desk), words))
    picture(desk).save(artefact(f"faulty-settings-{command.split(maxsplit=1)[0]}.png"))
    desk.run("xdotool", "key", "Escape")
    assert window.wait(20) == (2 if says_so else 0)
    assert "Traceback" not in (desk.folder / "window.log").read_text()


def test_why_the_outbox_window_cannot_send_is_said_in_it(desk: Desk) -> None:
    home = desk.folder / "notifier-home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("[general]\non_click = 3\n")
    with Outbox(home / "outbox.db", now=time.time()) as box:
        draft, date = Draft("Work", "bob@example.org", subject="Minutes"), datetime.now().astimezone()
        box.submit(draft, check("ann@example.org"), now=time.time(), date=date)
    desk.env["NOTIFIER_HOME"] = str(home)
    desk.start(need("openbox", package="openbox"))
    desk.start(sys.executable, "-m", "notifier", "outbox", "--window", log="window")
    wait_for("the mail", lambda: phrase_on(picture(desk), "Minutes"))
    desk.run("xdotool", "key", "F5")
    wait_for("the fault", lambda: phrase_on(picture(desk), "on_click"))
