"""`notifier doctor`: each line works, does not, or is unknown, and says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier import doctor
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.doctor import FAILS, UNKNOWN, WORKS, Line
from notifier.places import Places
from notifier.servers.secret import Secret
from tests.live.dovecot import Dovecot, free_port

ACCOUNT = """
[[account]]
name = "{name}"
[account.pop3]
host = "{host}"
port = {port}
security = "{security}"
user = "ann"
ca_file = "{ca_file}"
"""


def examined(folder: Path, settings: str, password: str = "good") -> dict[tuple[str, str], Line]:
    (folder / "config.toml").write_text(settings)
    lines = doctor.examine(Places(folder, folder), lambda _account, _server: Secret(password))
    return {(line.part, line.name): line for line in lines}


def test_a_server_is_walked_through_step_by_step(tmp_path: Path) -> None:
    server = Pop3Server({"ann": Mailbox()}, {"ann": "good"})
    server.start()
    settings = ACCOUNT.format(name="Work", host="127.0.0.1", port=server.port, security="none", ca_file="")
    try:
        lines = examined(tmp_path, settings)
        refused = examined(tmp_path, settings, password="bad")
    finally:
        server.stop()
    states = {name: line.state for (part, name), line in lines.items() if part == "Work"}
    assert states == {
        "password": WORKS,
        "name": WORKS,
        "connection": WORKS,
        "greeting": WORKS,
        "capabilities": WORKS,
        "login": WORKS,
        "count": WORKS,
        "ids": WORKS,
        "limit": UNKNOWN,
    }
    assert refused["Work", "login"].state == FAILS
    assert "password" in refused["Work", "login"].remedy
    assert ("Work", "count") not in refused


@pytest.mark.live
def test_the_certificates_end_is_named(tmp_path: Path) -> None:
    with Dovecot(tmp_path) as server:
        settings = ACCOUNT.format(
            name="Work", host="localhost", port=server.tls_port, security="tls", ca_file=server.ca_file
        )
        lines = examined(tmp_path, settings, password="secret")
        wrong = examined(tmp_path, settings.replace(server.ca_file, ""), password="secret")
    assert "valid for 30 days more" in lines["Work", "tls"].what
    assert lines["Work", "ids"].state == WORKS
    assert wrong["Work", "tls"].state == FAILS
    assert "ca_file" in wrong["Work", "tls"].remedy


def test_nothing_there_is_named_with_a_remedy(tmp_path: Path) -> None:
    settings = ACCOUNT.format(name="Work", host="127.0.0.1", port=free_port(), security="tls", ca_file="")
    line = examined(tmp_path, settings)["Work", "connection"]
    assert (line.state, "port" in line.remedy) == (FAILS, True)


def test_faulty_settings_are_lines_too(tmp_path: Path) -> None:
    lines = examined(tmp_path, '[general]\ninterval = "soon"\n')
    assert any(line.state == FAILS and "interval" in line.what for line in lines.values())


def test_a_bare_terminal_has_no_tray_and_no_alerts_and_says_why(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DISPLAY", "WAYLAND", "DBUS", "XDG"))}
    env["XDG_RUNTIME_DIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "notifier", "--home", str(tmp_path), "doctor", "--json"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = {(line["part"], line["name"]): line for line in json.loads(done.stdout)["lines"]}
    assert done.returncode == 3
    assert lines["tray", "StatusNotifierItem"]["state"] == FAILS
    assert lines["tray", "StatusNotifierItem"]["remedy"]
    assert lines["alerts", "desktop"]["state"] == FAILS
    assert lines["alerts", "log"]["state"] == WORKS
