"""The whole program as Windows runs it (under Wine): password from the Credential Manager, icon, alert, login, end."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from tests.live.desktop import Desk, desk_in, wait_for
from tests.live.test_tray_x11_panels import Screen, start_trayer
from tests.live.windows_under_wine import ROOT, WinePython, turn, windows_path, wine_python

pytestmark = [pytest.mark.live, pytest.mark.timeout(500), pytest.mark.xdist_group("wine")]

SETTINGS = """
[[account]]
name = "Work"
mailbox_limit = "10 kB"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "ann"
"""
KEEP = """
import sys
from pathlib import Path
from notifier.config import load
from notifier.servers.secret import Secret
from notifier.system import passwords
(account,) = load(Path(sys.argv[1], "config.toml")).accounts
passwords.keep(account, account.pop3, Secret("good"))
print(passwords.store_name())
"""
FORGET = KEEP.replace('keep(account, account.pop3, Secret("good"))', "forget(account)")
AT_LOGIN = "from notifier.system import autostart; print(autostart.status().on); autostart.turn_off()"


@pytest.fixture
def windows() -> Iterator[WinePython]:
    """The Windows Python with this checkout installed, so that windows and checks find it in their own processes."""
    with turn():
        python = wine_python()
        installed = python.exe.parent / "Lib" / "site-packages" / "checkout.pth"
        installed.write_text(windows_path(ROOT))
        try:
            yield python
        finally:
            installed.unlink()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        desk.start_display("900x600")
        yield desk


def test_the_program_from_start_to_end(windows: WinePython, desk: Desk, tmp_path: Path) -> None:
    box = Mailbox()
    server = Pop3Server({"ann": box}, {"ann": "good"})
    server.start()
    home = tmp_path / "my mail"
    home.mkdir()
    (home / "config.toml").write_text(SETTINGS.format(port=server.port))
    notifier = ("-m", "notifier", "--home", windows_path(home))

    def said(*words: str) -> str:
        done = windows.run(words, env=desk.env, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout.strip()

    def status() -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(said(*notifier, "status", "--json"))
        return facts

    def messages() -> list[int | None]:
        return [account["messages"] for account in status().get("accounts", ())]

    try:
        assert "Win" in said("-c", KEEP, windows_path(home)), "the Credential Manager keeps the password"
        start_trayer(desk)
        desk.env.update(windows.env(desk.env))
        # Wine gives Python no standard streams that are files or /dev/null.
        program = desk.start(*windows.command(*notifier, "run"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        log: list[str] = []
        threading.Thread(target=log.extend, args=(program.stdout,), daemon=True).start()
        # Asked sooner, the asking would start Wine's services, which never let go of its pipes.
        wait_for("the running program", lambda: program.poll() or (home / "door").exists(), 120)
        assert program.poll() is None, "".join(log)
        wait_for("the first check", lambda: messages() == [0], 60)
        facts = status()
        assert (facts["tray"], facts["icon_seen"], facts["alerts"]) == ("Windows", True, "the tray icon's own alerts")

        screen = Screen(desk, "windows-program")
        box.add(9_000)
        assert "1 new" in said(*notifier, "check")
        x, y = screen.icon()
        screen.read("Work")
        screen.keep("alert")
        screen.click(x, y, button=3)
        screen.read("90")
        screen.keep("menu")
        screen.click(*screen.read("Start at login"))
        wait_for("the Run key", lambda: said("-c", AT_LOGIN) == "True", 60)
        said(*notifier, "quit")
        assert program.wait(60) == 0
        assert "Traceback" not in "".join(log)
    finally:
        said("-c", FORGET, windows_path(home))
        server.stop()
