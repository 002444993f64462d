"""A provider that takes a sign-in back while the program runs: one alert, and a click on it opens the sign-in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from notifier.setup.grants import Client, Grant
from notifier.setup.https import Way
from notifier.setup.signing_in import in_browser
from tests.live import certificates
from tests.live.authorization_server import AuthorizationServer
from tests.live.desktop import ROOT, Desk, desk_in, wait_for
from tests.live.dovecot import Dovecot
from tests.live.fake_notifications import FakeNotifications
from tests.live.namespaces import names_on_loopback
from tests.live.needs import need
from tests.live.test_sign_in import Browser
from tests.live.test_tray_x11_panels import Screen

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("windows")]

HOST = "outlook.office365.com"  # a provider that is known to want a sign-in
NOTIFIER = (sys.executable, "-P", "-m", "notifier")
KEEP = """
import sys
from notifier.config import load
from notifier.places import places
from notifier.system import passwords
account = load(places().config).accounts[0]
passwords.keep(account, account.pop3, passwords.Secret(sys.stdin.read()))
"""
SETTINGS = """
[general]
oauth_clients = {{ microsoft = "our-client" }}
[[account]]
name = "Work"
address = "ann@outlook.com"
[account.pop3]
host = "{host}"
port = {port}
user = "ann"
auth = "xoauth2"
"""


def notifier(desk: Desk, *words: str) -> str:
    command = [*NOTIFIER, *words]
    return subprocess.run(command, env=desk.env, capture_output=True, text=True, timeout=60, check=False).stdout


def account_state(desk: Desk) -> dict[str, Any]:
    accounts = json.loads(notifier(desk, "status", "--json") or "{}").get("accounts") or [{}]
    state: dict[str, Any] = accounts[0]
    return state


def start_store(desk: Desk, grant: Grant) -> None:
    program = need("gnome-keyring-daemon", package="gnome-keyring")
    store = desk.start(program, "--foreground", "--components=secrets", "--unlock", stdin=subprocess.PIPE)
    assert store.stdin is not None
    store.stdin.write("open sesame")
    store.stdin.close()

    def kept() -> bool:
        command = [sys.executable, "-P", "-c", KEEP]
        secret = grant.to_secret().reveal()
        done = subprocess.run(command, env=desk.env, input=secret, text=True, capture_output=True, check=False)
        return done.returncode == 0

    wait_for("the password store to take the sign-in", kept)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[AuthorizationServer, Dovecot, certificates.Certificate]]:
    certificate = certificates.make(tmp_path / "tls", (HOST, "localhost", "127.0.0.1"))
    with ExitStack() as stack:
        server = stack.enter_context(AuthorizationServer(certificate))
        extra = server.dovecot(tmp_path)
        dovecot = stack.enter_context(
            Dovecot(tmp_path / "d", mechanisms="xoauth2 oauthbearer", certificate=certificate, extra=extra)
        )
        yield server, dovecot, certificate


@pytest.mark.timeout(180)
def test_a_refused_renewal_is_one_alert_that_opens_the_sign_in(
    servers: tuple[AuthorizationServer, Dovecot, certificates.Certificate], tmp_path: Path
) -> None:
    server, dovecot, certificate = servers
    dovecot.deliver(3)
    browser = Browser(certificate)
    grant = in_browser(server.sign_in, Client("our-client"), "ann", show=browser, way=Way(str(certificate.ca))).grant
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        home = desk.folder / "notifier"
        home.mkdir(mode=0o700)
        (home / "config.toml").write_text(SETTINGS.format(host=HOST, port=dovecot.tls_port))
        desk.env.update(NOTIFIER_HOME=str(home), PYTHONPATH=str(ROOT), SSL_CERT_FILE=str(certificate.ca))
        desk.start_bus()
        desk.start_display("1024x768")
        desk.start(need("openbox", package="openbox"))
        alerts = FakeNotifications(desk.env["DBUS_SESSION_BUS_ADDRESS"])
        start_store(desk, grant)
        program = desk.start(*names_on_loopback(desk.folder, HOST), *NOTIFIER, "run", log="program")
        wait_for("the first check", lambda: account_state(desk).get("messages") == 3)

        server.revoked = True
        server.tokens.clear()
        notifier(desk, "check")
        (number,) = wait_for("the alert", lambda: list(alerts.shown))
        title = alerts.shown[number][3]
        assert title == "Work: a new sign-in is needed"
        for _ in range(2):
            notifier(desk, "check")  # the account rests by itself; asked for, it tries again
        assert account_state(desk)["error"]["kind"] == "auth"
        assert [call[3] for call in alerts.named("Notify")].count(title) == 1

        screen = Screen(desk, "sign-in")
        alerts.say("ActionInvoked", number, "default")
        screen.read("this account signs in")
        screen.keep("refused")
        alerts.end()
        desk.end(program)
