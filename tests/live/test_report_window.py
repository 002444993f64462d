"""What the tray's menu opens for the mailbox history: a window with sentences, closed with the keyboard."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.live.desktop import desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need
from tests.live.test_demo import picture

pytestmark = pytest.mark.live


@pytest.mark.timeout(90)
def test_the_history_in_a_window(tmp_path: Path) -> None:
    home = tmp_path / "home of ann"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(
        '[[account]]\nname = "Work"\n[account.pop3]\nhost = "pop.example.org"\nuser = "ann"\n'
    )
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        desk.start_bus()
        desk.start_display()
        desk.start(need("openbox", package="openbox"))
        shown = desk.start(sys.executable, "-m", "notifier", "--home", str(home), "history", "--window", log="window")
        wait_for("the sentence", lambda: phrase_on(picture(desk), "not checked yet"))
        picture(desk).save(artefact("history-window.png"))
        desk.run("xdotool", "key", "Escape")
        assert shown.wait(20) == 0
