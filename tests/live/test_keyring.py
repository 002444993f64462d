"""The password store against a real gnome-keyring: unlocked, locked, empty, and not there at all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.config import Account, Server
from notifier.errors import Reason, Trouble
from notifier.servers.secret import Secret
from notifier.system import passwords
from tests.live.needs import need
from tests.live.private_bus import private_bus

pytestmark = [pytest.mark.live, pytest.mark.skipif(sys.platform != "linux", reason="the store of Linux desktops")]

POP3 = Server("pop.example.org", 995, user="ann@example.org")
SMTP = Server("smtp.example.org", 465, user="ann@example.org")
RELAY = Server("mail.isp.example", 587, "starttls", user="line-4711")
ACCOUNT = Account("Wörk & Co", "ann@example.org", POP3, (SMTP, RELAY))
DIFFICULT = "pä55 \"'\\ wörd €😀"


class Desk:
    """A desktop with a bus; its store can be started and ended."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.daemon: subprocess.Popen[bytes] | None = None
        self._stack = stack

    def start_store(self, password: str | None) -> None:
        """gnome-keyring, unlocked with `password` as at a login with a password; None: a login without."""
        program = need("gnome-keyring-daemon", package="gnome-keyring")
        unlock = ["--unlock"] if password is not None else []
        self.daemon = subprocess.Popen(
            [program, "--foreground", "--components=secrets", *unlock],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(self.end_store)
        assert self.daemon.stdin is not None
        self.daemon.stdin.write((password or "").encode())
        self.daemon.stdin.close()
        until(lambda: owned("org.freedesktop.secrets"))

    def end_store(self) -> None:
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(10)
            self.daemon = None


def owned(name: str) -> bool:
    from jeepney import message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    with open_dbus_connection("SESSION") as bus:
        (answer,) = Proxy(message_bus, bus).NameHasOwner(name)
        return bool(answer)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        folder = tmp_path / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        address = stack.enter_context(private_bus(tmp_path))
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield Desk(tmp_path, stack)


def refused(server: Server = POP3, account: Account = ACCOUNT) -> Reason:
    with pytest.raises(Trouble) as caught:
        passwords.secret_for(account, server)
    return caught.value.reason


def test_what_is_kept_comes_back_and_goes_when_told(desk: Desk) -> None:
    desk.start_store("open sesame")
    assert refused() is Reason.PASSWORD_MISSING
    passwords.keep(ACCOUNT, POP3, Secret(DIFFICULT))
    assert passwords.secret_for(ACCOUNT, POP3).reveal() == DIFFICULT
    assert passwords.secret_for(ACCOUNT, SMTP).reveal() == DIFFICULT, "one provider, one password"
    assert refused(RELAY) is Reason.PASSWORD_MISSING, "another provider never gets it"
    passwords.keep(ACCOUNT, SMTP, Secret("an other"))
    passwords.keep(ACCOUNT, RELAY, Secret("the line's"))
    assert passwords.secret_for(ACCOUNT, POP3).reveal() == DIFFICULT
    assert passwords.secret_for(ACCOUNT, SMTP).reveal() == "an other"
    assert passwords.secret_for(ACCOUNT, RELAY).reveal() == "the line's"
    passwords.forget(ACCOUNT)
    assert [refused(s) for s in (POP3, SMTP, RELAY)] == [Reason.PASSWORD_MISSING] * 3


def test_passwords_follow_an_accounts_new_name(desk: Desk) -> None:
    desk.start_store("open sesame")
    passwords.keep(ACCOUNT, POP3, Secret("one"))
    passwords.keep(ACCOUNT, SMTP, Secret("two"))
    renamed = replace(ACCOUNT, name="Office")
    passwords.rename(ACCOUNT, renamed)
    assert passwords.secret_for(renamed, POP3).reveal() == "one"
    assert passwords.secret_for(renamed, SMTP).reveal() == "two"
    assert refused() is Reason.PASSWORD_MISSING


def test_a_locked_store_means_wait_and_nobody_is_asked(desk: Desk) -> None:
    desk.start_store("open sesame")
    passwords.keep(ACCOUNT, POP3, Secret("one"))
    desk.end_store()
    desk.start_store(None)  # an automatic login: the keyring is there, and locked
    monitor = subprocess.Popen(
        [need("dbus-monitor", package="dbus-bin"), "--session", "destination='org.freedesktop.secrets'"],
        stdout=(desk.folder / "seen").open("wb"),
    )
    try:
        until(lambda: (desk.folder / "seen").stat().st_size > 0)
        assert refused() is Reason.STORE_LOCKED
        assert passwords_about() is Reason.STORE_LOCKED
    finally:
        monitor.terminate()
        monitor.wait(10)
    seen = (desk.folder / "seen").read_text()
    assert "member=Get" in seen, "the monitor sees what is asked"
    assert "member=Unlock" not in seen
    assert "member=Prompt" not in seen
    desk.end_store()
    desk.start_store("open sesame")
    assert passwords.secret_for(ACCOUNT, POP3).reveal() == "one", "the next try finds it"


def passwords_about() -> Reason | None:
    try:
        passwords.store_name()
    except Trouble as trouble:
        return trouble.reason
    return None


def test_a_store_that_was_never_used_has_no_password_and_asks_nobody(desk: Desk) -> None:
    desk.start_store(None)
    assert refused() is Reason.PASSWORD_MISSING


def test_without_a_store_nothing_is_written_anywhere(desk: Desk) -> None:
    assert refused() is Reason.STORE_MISSING
    with pytest.raises(Trouble) as caught:
        passwords.keep(ACCOUNT, POP3, Secret("geheim"))
    assert caught.value.reason is Reason.STORE_MISSING
    written = [path for path in desk.folder.rglob("*") if path.is_file() and b"geheim" in path.read_bytes()]
    assert written == []


def test_without_a_bus_it_says_so_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    assert refused() is Reason.STORE_MISSING


def test_a_store_that_keeps_passwords_in_a_readable_file_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    package = desk.folder / "readable.py"
    package.write_text(
        "from keyring.backend import KeyringBackend\n"
        "class PlaintextKeyring(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, username): return 'from a file'\n"
        "    def set_password(self, service, username, password): raise SystemExit('written')\n"
        "    def delete_password(self, service, username): pass\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(desk.folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "readable.PlaintextKeyring")
    assert refused() is Reason.STORE_MISSING


def test_the_sending_server_may_use_the_receiving_ones_command(desk: Desk) -> None:
    commanded = replace(ACCOUNT, pop3=replace(POP3, password_command="echo from-the-command"))
    assert passwords.secret_for(commanded, SMTP).reveal() == "from-the-command"
    assert refused(RELAY, commanded) is Reason.STORE_MISSING


def test_the_secret_is_in_no_argument_and_no_environment(desk: Desk, tmp_path: Path) -> None:
    """The child that gets the password is looked at from outside while it lives."""
    desk.start_store("open sesame")
    spy = tmp_path / "sitecustomize.py"
    spy.write_text(
        "import os\n"
        f"with open({str(tmp_path / 'faces')!r}, 'ab') as file:\n"
        "    file.write(open('/proc/self/cmdline', 'rb').read() + open('/proc/self/environ', 'rb').read() + b'|')\n"
    )
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = str(tmp_path)
    try:
        passwords.keep(ACCOUNT, POP3, Secret("hunter2-geheim"))
        passwords.secret_for(ACCOUNT, POP3)
    finally:
        os.environ["PYTHONPATH"] = before
    faces = (tmp_path / "faces").read_bytes()
    assert faces.count(b"|") == 2
    assert b"keyring_child" in faces
    assert b"hunter2" not in faces
