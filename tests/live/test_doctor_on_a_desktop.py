"""`notifier doctor` on real desktops and against real servers, as a person starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import certificates
from tests.live.desktop import Desk, desk_in, wait_for
from tests.live.dovecot import Dovecot
from tests.live.needs import artefact, need
from tests.live.test_tray_x11_panels import start_xfce

pytestmark = pytest.mark.live
NOTIFIER = (sys.executable, "-m", "notifier")

ACCOUNT = """
[[account]]
name = "{name}"
[account.pop3]
host = "localhost"
port = {port}
security = "tls"
user = "ann"
password_command = "echo {password}"
ca_file = "{ca_file}"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        home = tmp_path / "home of ann"
        home.mkdir(mode=0o700)
        desk.env["NOTIFIER_HOME"] = str(home)
        desk.start_bus()
        desk.start_display()
        yield desk


def notifier(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*NOTIFIER, *words]
    return subprocess.run(command, env=desk.env, capture_output=True, text=True, timeout=120, check=False)


def doctor(desk: Desk) -> dict[tuple[str, str], dict[str, Any]]:
    done = notifier(desk, "doctor", "--json")
    assert "Traceback" not in done.stderr
    return {(line["part"], line["name"]): line for line in json.loads(done.stdout)["lines"]}


@pytest.mark.timeout(180)
def test_a_desktop_with_everything(desk: Desk) -> None:
    start_xfce(desk)
    dunst = desk.start(need("dunst", package="dunst"))
    wanted = (("alerts", "desktop"), ("tray", "StatusNotifierItem"))
    wait_for("panel and dunst", lambda: all(doctor(desk)[name]["state"] == "works" for name in wanted))
    lines = doctor(desk)
    assert ("tray", "window") not in lines
    assert "dunst" in lines["alerts", "desktop"]["what"]
    assert {name: lines["alerts", name]["state"] for name in ("text", "buttons", "markup", "persistence")} == {
        "text": "works",
        "buttons": "works",
        "markup": "works",
        "persistence": "unknown",
    }
    artefact("doctor.txt").write_text(notifier(desk, "doctor").stdout)
    desk.end(dunst)


@pytest.mark.timeout(120)
def test_a_display_with_nothing_on_it(desk: Desk) -> None:
    lines = doctor(desk)
    assert {lines["tray", name]["state"] for name in ("StatusNotifierItem", "XEMBED")} == {"fails"}
    assert "--window" in lines["tray", "window"]["what"]
    assert lines["alerts", "desktop"]["state"] == "fails"
    assert "dunst" in lines["alerts", "desktop"]["remedy"]
    assert notifier(desk, "doctor").returncode == 3


@pytest.mark.timeout(120)
def test_an_installation_that_was_moved(desk: Desk) -> None:
    name = ("program", "start at login")
    assert doctor(desk)[name]["state"] == "unknown"
    assert notifier(desk, "autostart", "on").returncode == 0
    assert doctor(desk)[name]["state"] == "works"
    entry = Path(desk.env["XDG_CONFIG_HOME"], "autostart", "notifier.desktop")
    entry.write_text("[Desktop Entry]\nType=Application\nName=Notifier\nExec=/opt/old/bin/notifier\n")
    gone = doctor(desk)[name]
    assert gone["state"] == "fails" and "/opt/old/bin/notifier" in gone["what"]
    assert notifier(desk, "autostart", "on").returncode == 0
    assert doctor(desk)[name]["state"] == "works"


@pytest.mark.timeout(120)
def test_accounts_on_real_servers(desk: Desk, tmp_path: Path) -> None:
    """A good one, a wrong password, and a server whose certificate has expired: each stops at its own step."""
    expired = certificates.make(tmp_path / "old", days=(-90, -1))
    with Dovecot(tmp_path / "good") as good, Dovecot(tmp_path / "late", certificate=expired) as late:
        good.deliver(3)
        accounts = (
            ("Good", good, "secret"),
            ("Wrong", good, "mistyped"),
            ("Late", late, "secret"),
        )
        Path(desk.env["NOTIFIER_HOME"], "config.toml").write_text(
            "".join(
                ACCOUNT.format(name=name, port=server.tls_port, password=password, ca_file=server.ca_file)
                for name, server, password in accounts
            )
        )
        lines = doctor(desk)
        artefact("doctor-accounts.txt").write_text(notifier(desk, "doctor").stdout)
    of = {name: {step: line["state"] for (part, step), line in lines.items() if part == name} for name, *_ in accounts}
    assert set(of["Good"].values()) == {"works", "unknown"} and of["Good"]["limit"] == "unknown"
    assert lines["Good", "count"]["what"].startswith("3 messages")
    assert "valid for" in lines["Good", "tls"]["what"]
    assert (of["Wrong"]["tls"], of["Wrong"]["login"], "count" in of["Wrong"]) == ("works", "fails", False)
    assert (of["Late"]["connection"], of["Late"]["tls"], "login" in of["Late"]) == ("works", "fails", False)
    assert "expired" in lines["Late", "tls"]["what"]
