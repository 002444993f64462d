"""mailto: links on a desktop: registered only when asked, opened by the desktop's own tool, given back afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notifier.outgoing.outbox import Outbox
from notifier.outgoing.states import State
from notifier.system import desktop_entry
from notifier.system.mail_links import ENTRY, entry_text
from tests.live.desktop import ROOT, Desk, desk_in, phrase_on, wait_for
from tests.live.needs import need
from tests.live.test_demo import picture

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]
OTHER = "other-mailer.desktop"
HOSTILE = (
    "mailto:eve@example.org?subject=a%0D%0ABcc:%20spy@example.org"
    '&attach=/etc/passwd&body=$(touch%20/tmp/x)`id`"%20--help'
)


def _notifier(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "notifier", *words]
    return subprocess.run(command, env=desk.env, capture_output=True, text=True, timeout=60, check=False)


def _prepared(desk: Desk) -> Path:
    need("xdg-mime", package="xdg-utils")
    home = desk.folder / "mine"  # xdg-open of xdg-utils 1.1.3, outside of a desktop, understands no quotes in Exec
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(
        '[[account]]\nname = "Work"\naddress = "ann@example.org"\n[account.pop3]\nhost = "pop.example.org"\n'
        'user = "ann"\n[account.smtp]\nhost = "smtp.example.org"\nuser = "ann"\n'
    )
    applications = Path(desk.env["XDG_DATA_HOME"]) / "applications"
    applications.mkdir(parents=True, exist_ok=True)
    (applications / OTHER).write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true %u\n")
    desk.env.update(PYTHONPATH=str(ROOT), NOTIFIER_LOOK="light", BROWSER="")
    desk.run("xdg-mime", "default", OTHER, "x-scheme-handler/mailto")
    return home


def _default(desk: Desk) -> str:
    return desk.run("xdg-mime", "query", "default", "x-scheme-handler/mailto").strip()


def test_a_link_opens_the_window_and_the_other_program_comes_back(tmp_path: Path) -> None:
    with desk_in(tmp_path) as desk:
        home = _prepared(desk)
        desk.start_bus()
        desk.start_display("900x700")
        desk.start(need("openbox", package="openbox"))
        assert _notifier(desk, "mailto", "status").returncode == 1
        done = _notifier(desk, "--home", str(home), "mailto", "on")
        assert (done.returncode, done.stderr) == (0, "")
        assert _default(desk) == ENTRY
        entry = Path(desk.env["XDG_DATA_HOME"]) / "applications" / ENTRY
        checked = subprocess.run(
            [need("desktop-file-validate", package="desktop-file-utils"), str(entry)],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert checked.stdout == ""

        desk.start(need("xdg-open", package="xdg-utils"), HOSTILE, log="xdg-open")
        wait_for("the window", lambda: phrase_on(picture(desk), "eve@example.org"))
        desk.run("xdotool", "type", "x")

        def draft() -> object:
            with Outbox(home / "outbox.db", now=time.time()) as box:
                return next(iter(box.mails(State.DRAFT)), None)

        wait_for("the draft", draft)
        with Outbox(home / "outbox.db", now=time.time()) as box:
            (mail,) = box.mails(State.DRAFT)
        assert (mail.draft.to, mail.draft.bcc, mail.draft.attachments) == ("eve@example.org", "", ())
        assert "\n" not in mail.draft.subject
        assert "$(touch" in mail.draft.text
        desk.run("xdotool", "search", "--class", "Notifier", "windowclose")

        assert _notifier(desk, "--home", str(home), "mailto", "off").returncode == 0
        assert _default(desk) == OTHER
        assert not entry.exists()


def test_without_the_desktops_tool_it_says_which_package_is_missing(tmp_path: Path) -> None:
    env = {**os.environ, "PATH": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "d"), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "notifier", "mailto", "on"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "xdg-utils" in done.stderr


def test_the_entry_starts_what_was_installed_whatever_its_path() -> None:
    text = entry_text(["/opt/my $tools/100%/notifier", "--home", "/a b", "compose"], "x.desktop")
    (line,) = [line for line in text.splitlines() if line.startswith("Exec=")]
    assert line.endswith(" -- %u")
    command = desktop_entry.command_of(line.removeprefix("Exec="))
    assert command == ["/opt/my $tools/100%/notifier", "--home", "/a b", "compose", "--"]
