"""From a click on the tray icon to the mail in the other's mailbox, through a provider that copies what is sent.

The provider is Postfix and Dovecot under Gmail's names, which lead to loopback in a namespace of the program's own.
"""

from __future__ import annotations

import json
import poplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.live import certificates
from tests.live.desktop import ROOT, Desk, desk_in, wait_for
from tests.live.dovecot import Dovecot
from tests.live.namespaces import names_on_loopback
from tests.live.needs import need
from tests.live.postfix import DOMAIN, FOR_POSTFIX, Postfix
from tests.live.test_tray_x11_panels import Screen, start_xfce

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("windows")]

PROVIDER = ("pop.gmail.com", "smtp.gmail.com")
NOTIFIER = (sys.executable, "-P", "-m", "notifier")

ACCOUNT = """
[[account]]
name = "Work"
address = "ann@{domain}"
full_name = "Ann Lee"
[account.pop3]
host = "pop.gmail.com"
port = {pop3}
user = "ann"
password_command = "echo geheim"
[account.smtp]
host = "smtp.gmail.com"
port = {smtp}
user = "ann"
password_command = "echo geheim"
"""


class World:
    """The desktop, the provider, and a way to run a program that finds Gmail's names on loopback."""

    def __init__(self, desk: Desk, dovecot: Dovecot) -> None:
        self.desk, self.dovecot = desk, dovecot
        self.screen = Screen(desk, "compose")

    def run(self) -> subprocess.Popen[str]:
        return self.desk.start(*names_on_loopback(self.desk.folder, *PROVIDER), *NOTIFIER, "run", log="program")

    def status(self) -> dict[str, Any]:
        command = [*NOTIFIER, "status", "--json"]
        done = subprocess.run(command, env=self.desk.env, capture_output=True, text=True, timeout=30, check=False)
        facts: dict[str, Any] = json.loads(done.stdout or "{}")
        return facts

    def counts(self) -> tuple[int, int]:
        """Messages in the mailbox, and those of them that are news."""
        (account,) = self.status()["accounts"]
        return account["messages"], account["unseen"]

    def check(self) -> None:
        command = [*NOTIFIER, "check"]
        subprocess.run(command, env=self.desk.env, capture_output=True, timeout=60, check=False)

    def xdotool(self, *words: str) -> str:
        command = ["xdotool", *words]
        done = subprocess.run(command, env=self.desk.env, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout.strip()

    def shown_so_far(self) -> list[str]:
        self.desk.run("dunstctl", "close-all", package="dunst")
        history = json.loads(self.desk.run("dunstctl", "history", package="dunst"))
        return [f"{one['summary']['data']} {one['body']['data']}" for one in history["data"][0]]

    def mails_of(self, user: str) -> list[bytes]:
        pop = poplib.POP3("127.0.0.1", self.dovecot.port, timeout=20)
        try:
            pop.user(user)
            pop.pass_("geheim")
            return [b"\n".join(pop.retr(number)[1]) for number in range(1, pop.stat()[0] + 1)]
        finally:
            pop.quit()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    for program, package in (("xdotool", "xdotool"), ("dunst", "dunst")):
        need(program, package=package)
    certificate = certificates.make(tmp_path / "tls", (*PROVIDER, "localhost"))
    users = {"ann": "geheim", "bob": "geheim"}
    copies = f"sender_bcc_maps = inline:{{ ann@{DOMAIN}=ann@{DOMAIN} }}\n"
    with ExitStack() as stack:
        dovecot = stack.enter_context(Dovecot(tmp_path / "d", users=users, certificate=certificate, extra=FOR_POSTFIX))
        postfix = stack.enter_context(Postfix(dovecot, certificate, extra=copies))
        (tmp_path / "desk").mkdir()
        desk = stack.enter_context(desk_in(tmp_path / "desk"))
        home = desk.folder / "notifier"
        home.mkdir(mode=0o700)
        facts = {"domain": DOMAIN, "pop3": dovecot.tls_port, "smtp": postfix.tls_port}
        (home / "config.toml").write_text(ACCOUNT.format(**facts))
        desk.env.update(NOTIFIER_HOME=str(home), PYTHONPATH=str(ROOT), SSL_CERT_FILE=str(certificate.ca))
        desk.start_bus()
        desk.start_display("1100x800")
        desk.start(need("openbox", package="openbox"))
        desk.start("dunst")
        start_xfce(desk)
        dovecot.deliver(2)
        yield World(desk, dovecot)


@pytest.mark.timeout(240)
def test_a_mail_from_the_tray_arrives_and_its_copy_is_no_news(world: World) -> None:
    program = world.run()
    wait_for("the first check", lambda: world.status().get("accounts") and world.counts() == (2, 0))
    world.dovecot.deliver()
    world.check()
    wait_for("one new mail", lambda: world.counts() == (3, 1))

    wait_for("its alert", lambda: any("1 new" in said for said in world.shown_so_far()))
    world.screen.click(*world.screen.icon())
    world.screen.click(*world.screen.read("Write a mail"))
    window = wait_for("the window", lambda: world.xdotool("search", "--onlyvisible", "--name", "^New mail"))
    wait_for("its focus", lambda: world.xdotool("getactivewindow") == window.splitlines()[0])
    world.xdotool("type", "--delay", "12", f"bob@{DOMAIN}")
    world.xdotool("key", "--delay", "60", "Tab")
    world.xdotool("type", "--delay", "12", "From the tray")
    world.screen.keep("written")
    world.xdotool("key", "ctrl+Return")
    (mail,) = wait_for("the mail in the other mailbox", lambda: world.mails_of("bob"), 60)
    assert b"Subject: From the tray" in mail

    wait_for("the provider's copy", lambda: len(world.mails_of("ann")) == 4)
    world.check()
    wait_for("a check that saw the copy", lambda: world.counts()[0] == 4, 60)
    assert world.counts() == (4, 1), "the copy of one's own mail was taken for news"
    assert [said for said in world.shown_so_far() if "2 new" in said] == []
    world.dovecot.deliver()
    world.check()
    wait_for("news after the copy", lambda: world.counts() == (5, 2), 60)
    assert program.poll() is None
    assert "Traceback" not in (world.desk.folder / "program.log").read_text()
