"""`notifier doctor`: each line works, does not, or is unknown, and says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier import doctor
from notifier.config import Settings, load
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.doctor import FAILS, UNKNOWN, WORKS, Line, desktop, packages
from notifier.errors import Reason, Trouble
from notifier.places import Places
from notifier.servers.secret import Secret
from tests.live.dovecot import Dovecot
from tests.live.ports import free_port

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
    assert "valid for 30 days more, until 20" in lines["Work", "tls"].what
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


def test_what_a_server_announces_about_its_limits(tmp_path: Path) -> None:
    capabilities = b"+OK\r\nUSER\r\nUIDL\r\nLOGIN-DELAY 1800\r\nEXPIRE 30 USER\r\n.\r\n"
    server = Pop3Server(
        {"ann": Mailbox()}, {"ann": "good"}, hook=lambda verb, _: capabilities if verb == "CAPA" else None
    )
    server.start()
    settings = ACCOUNT.format(name="Work", host="127.0.0.1", port=server.port, security="none", ca_file="")
    try:
        lines = examined(tmp_path, settings)
        patient = examined(tmp_path, settings.replace("[account.pop3]", 'interval = "30 min"\n[account.pop3]'))
    finally:
        server.stop()
    delay = lines["Work", "login delay"]
    assert delay.what == "The server wants 30 minutes between two checks."
    assert (delay.state, "interval" in delay.remedy) == (UNKNOWN, True), "every ten minutes is too often"
    assert patient["Work", "login delay"].state == WORKS
    assert lines["Work", "expiry"].what == "The server itself deletes mail after 30 days."


@pytest.mark.parametrize(
    ("reason", "password_command", "state", "word"),
    [
        (Reason.STORE_LOCKED, "", FAILS, "unlock"),
        (Reason.STORE_MISSING, "", FAILS, "password_command"),
        (Reason.STORE_MISSING, "pass show work", UNKNOWN, "password_command"),
    ],
)
def test_the_password_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: Reason, password_command: str, state: str, word: str
) -> None:
    """A store that is not there is no fault where no password has to come from it."""

    def store_name() -> str:
        raise Trouble(reason)

    monkeypatch.setattr("notifier.system.passwords.store_name", store_name)
    written = ACCOUNT.format(name="Work", host="127.0.0.1", port=110, security="none", ca_file="")
    (tmp_path / "config.toml").write_text(f'{written}password_command = "{password_command}"\n')
    line = desktop._password_store(load(tmp_path / "config.toml"))
    assert (line.state, word in line.remedy.lower()) == (state, True)


def test_start_at_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off is a choice, an installation that is gone is a fault, another one is worth knowing."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    from notifier.system import autostart
    from notifier.system.login_entries import XdgAutostart

    assert desktop._start_at_login().state == UNKNOWN
    autostart.turn_on(entry=XdgAutostart())
    assert desktop._start_at_login().state == WORKS
    XdgAutostart().write([str(tmp_path / "gone" / "notifier")])
    gone = desktop._start_at_login()
    assert (gone.state, "gone" in gone.what, "autostart on" in gone.remedy) == (FAILS, True, True)
    XdgAutostart().write(["/bin/true"])
    assert (desktop._start_at_login().state, "/bin/true" in desktop._start_at_login().what) == (UNKNOWN, True)


def test_the_mail_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))

    def line(command: str) -> Line:
        (tmp_path / "config.toml").write_text(f"[general]\nmail_program = '{command}'\non_click = \"mail-program\"\n")
        return desktop._mail_program(load(tmp_path / "config.toml"))

    assert (line("true --new").state, line("true --new").what) == (WORKS, "true --new; a click on the icon opens it")
    assert line("/nowhere/mail").state == FAILS
    assert "mail_program" in line("/nowhere/mail").remedy
    assert line("").state == FAILS and "Choose one" in line("").remedy


@pytest.mark.parametrize(
    ("text", "family", "remedy"),
    [
        ("ID=debian", "debian", "sudo apt install python3-tk"),
        ('ID=ubuntu\nID_LIKE="debian"', "debian", "sudo apt install python3-tk"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', "debian", "sudo apt install python3-tk"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "suse", "sudo zypper install python3-tk"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "fedora", "sudo dnf install python3-tkinter"),
        ("ID=arch", "arch", "sudo pacman -S tk"),
        ("ID=haiku", "", ""),
        ("", "", ""),
    ],
)
def test_the_package_of_the_distribution(monkeypatch: pytest.MonkeyPatch, text: str, family: str, remedy: str) -> None:
    monkeypatch.setattr(packages, "_os_release", lambda: text)
    assert packages.family(text) == family
    assert packages.install("windows").endswith(remedy) and bool(packages.install("windows")) == bool(remedy)
    assert "dunst" in packages.install("notifications")


def test_no_sound_is_a_fault_only_where_one_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert desktop._sound(Settings()).state == UNKNOWN
    written = ACCOUNT.format(name="Work", host="127.0.0.1", port=110, security="none", ca_file="")
    (tmp_path / "config.toml").write_text(written.replace("[account.pop3]", "sound = true\n[account.pop3]"))
    assert desktop._sound(load(tmp_path / "config.toml")).state == FAILS
