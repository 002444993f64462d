"""Looks at a real Dovecot: what is new, what is gone, what goes wrong and how it is named."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier import pop3
from notifier.errors import Reason, Trouble
from notifier.mailbox.changes import Changes, compare
from notifier.mailbox.snapshot import Known
from notifier.pop3 import Look
from notifier.servers.secret import Secret
from tests.live import certificates
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.live
PASSWORD = Secret("secret")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    users = dict.fromkeys(("ann", "bob", "cat", "dan", "eve", "fay", "big", "wire"), "secret")
    with Dovecot(tmp_path_factory.mktemp("pop3"), users=users) as running:
        yield running


class Eyes:
    """Looks again and again, remembering as the watch does."""

    def __init__(self, server: Dovecot, user: str, security: str = "tls") -> None:
        self.server = server.server(security, user)
        self.known: Known | None = None
        self.last: Look | None = None

    def look(self) -> Changes:
        remembered = self.last.capabilities if self.last else None
        self.last = pop3.look(self.server, PASSWORD, known=self.known, remembered=remembered)
        changes = compare(self.known, self.last.snapshot)
        self.known = Known(changes.count, changes.octets, changes.uids)
        return changes


def test_baseline_new_mail_and_deletion_by_another_client(server: Dovecot) -> None:
    server.deliver(3, "ann")
    eyes = Eyes(server, "ann")
    first = eyes.look()
    assert (first.first, first.count, first.new) == (True, 3, 0)
    assert (eyes.look().new, eyes.last and eyes.last.snapshot.kept) == (0, 3)
    server.deliver(2, "ann")
    assert (eyes.look().new, eyes.last and eyes.last.snapshot.kept) == (2, 3)
    server.remove(1, "ann")
    changes = eyes.look()
    assert (changes.gone, changes.new, changes.count) == (1, 0, 4)
    server.remove(1, "ann")
    server.deliver(1, "ann")
    changes = eyes.look()
    assert (changes.gone, changes.new, changes.count) == (1, 1, 4)
    server.remove(4, "ann")
    assert eyes.look().count == 0


def test_octets_are_counted_as_the_server_counts_them(server: Dovecot) -> None:
    server.deliver(1, "bob")
    changes = Eyes(server, "bob").look()
    (mail,) = [p for part in ("new", "cur") for p in (server.maildir("bob") / part).iterdir()]
    text = mail.read_bytes()
    assert changes.octets == len(text) + text.count(b"\n")


def test_a_new_uidvalidity_is_a_renumbering_not_a_flood(server: Dovecot) -> None:
    server.deliver(30, "cat")
    eyes = Eyes(server, "cat")
    eyes.look()
    server.renumber("cat")
    changes = eyes.look()
    assert changes.renumbered
    assert (changes.count, changes.new) == (30, 0)


def test_a_locked_mailbox_is_in_use(server: Dovecot) -> None:
    server.deliver(1, "dan")
    with socket.create_connection(("127.0.0.1", server.port), 10) as other:
        lines = other.makefile("rwb", buffering=0)
        lines.readline()
        for command in (b"USER dan\r\n", b"PASS secret\r\n", b"STAT\r\n"):
            lines.write(command)
            assert lines.readline().startswith(b"+OK")
        with pytest.raises(Trouble) as caught:
            pop3.look(server.server("tls", "dan"), PASSWORD)
    assert caught.value.reason is Reason.IN_USE


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_every_kind_of_channel(server: Dovecot, security: str) -> None:
    server.deliver(1, "eve")
    host = "127.0.0.1" if security == "none" else "localhost"
    look = pop3.look(server.server(security, "eve", host=host), PASSWORD)
    assert look.snapshot.count >= 1


def test_a_wrong_password_is_known_as_one(server: Dovecot) -> None:
    with pytest.raises(Trouble) as caught:
        pop3.look(server.server("tls", "ann"), Secret("wrong"))
    assert caught.value.reason is Reason.WRONG_PASSWORD
    assert "uthentication failed" in caught.value.said


def test_ten_thousand_messages_and_one_new(server: Dovecot) -> None:
    server.deliver(10_000, "big", size=60)
    eyes = Eyes(server, "big")
    assert eyes.look().count == 10_000
    server.deliver(1, "big")
    changes = eyes.look()
    assert (changes.new, changes.count) == (1, 10_001)
    assert eyes.last is not None
    assert eyes.last.snapshot.kept == 10_000


# --- certificates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "days", "trusted", "reason"),
    [
        (("localhost",), (-1, 30), False, Reason.CERTIFICATE_UNTRUSTED),
        (("elsewhere.example",), (-1, 30), True, Reason.CERTIFICATE_NAME),
        (("localhost",), (-30, -1), True, Reason.CERTIFICATE_EXPIRED),
        (("localhost",), (1, 30), True, Reason.CERTIFICATE_EXPIRED),
    ],
)
def test_a_certificate_that_does_not_fit_ends_it_before_the_login(
    tmp_path: Path, names: tuple[str, ...], days: tuple[int, int], trusted: bool, reason: Reason
) -> None:
    certificate = certificates.make(tmp_path / "tls", names, days)
    with Dovecot(tmp_path, certificate=certificate) as running:
        for security in ("tls", "starttls"):
            server = running.server(security)
            if not trusted:
                server = dataclasses.replace(server, ca_file="")
            with pytest.raises(Trouble) as caught:
                pop3.look(server, PASSWORD)
            assert caught.value.reason is reason
        assert "Login:" not in (running.folder / "log").read_text()


def test_starttls_is_never_left_out(tmp_path: Path) -> None:
    with Dovecot(tmp_path, tls=False) as running:
        wire: list[bytes] = []
        port = recording_proxy(running.port, wire)
        with pytest.raises(Trouble) as caught:
            pop3.look(dataclasses.replace(running.server("starttls"), port=port), PASSWORD)
    assert caught.value.reason is Reason.STARTTLS_MISSING
    assert b"".join(wire) == b"STLS\r\n"


# --- logins ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mechanisms", "auth"),
    [
        ("plain", "auto"),
        ("plain", "plain"),
        ("plain", "user"),
        ("login", "login"),
        ("login", "auto"),
        ("cram-md5", "cram-md5"),
        ("cram-md5", "auto"),
        ("apop", "apop"),
    ],
)
def test_every_login_with_the_others_off(tmp_path: Path, mechanisms: str, auth: str) -> None:
    with Dovecot(tmp_path, mechanisms=mechanisms) as running:
        running.deliver(2)
        server = running.server("tls", auth=auth)
        assert pop3.look(server, PASSWORD).snapshot.count == 2
        with pytest.raises(Trouble) as caught:
            pop3.look(server, Secret("wrong"))
        assert caught.value.reason is Reason.WRONG_PASSWORD


def test_passwords_with_every_letter(tmp_path: Path) -> None:
    password = "pä ß\"\\'`$ö€"
    with Dovecot(tmp_path, users={"ann": password}) as running:
        for auth in ("plain", "user", "login"):
            look = pop3.look(running.server("tls", auth=auth), Secret(password))
            assert look.snapshot.count == 0


# --- the wire ----------------------------------------------------------------------------------------------------

ALLOWED = {"CAPA", "STLS", "AUTH", "USER", "PASS", "APOP", "UTF8", "STAT", "UIDL", "NOOP", "QUIT"}


def recording_proxy(target: int, wire: list[bytes]) -> int:
    """A proxy that notes what clients send."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", target)) as upstream:

            def down() -> None:
                try:
                    while data := upstream.recv(65536):
                        client.sendall(data)
                    client.close()
                except OSError:
                    client.close()

            threading.Thread(target=down, daemon=True).start()
            try:
                while data := client.recv(65536):
                    wire.append(data)
                    upstream.sendall(data)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize("auth", ["auto", "plain", "login", "user"])
def test_on_the_wire_there_are_only_the_commands_that_look(server: Dovecot, auth: str) -> None:
    """Every kind of session: first look, quiet look, new mail, mail gone, renumbered, wrong password."""
    wire: list[bytes] = []
    user = "wire"
    server.deliver(3, user)
    eyes = Eyes(server, user, "none")
    eyes.server = dataclasses.replace(eyes.server, host="127.0.0.1", port=recording_proxy(server.port, wire), auth=auth)
    eyes.look()
    eyes.look()
    server.deliver(2, user)
    eyes.look()
    server.remove(1, user)
    eyes.look()
    server.renumber(user)
    eyes.look()
    with pytest.raises(Trouble):
        pop3.look(eyes.server, Secret("wrong"))
    lines = b"".join(wire).decode().splitlines()
    verbs = {line.split(" ")[0] for line in lines}
    answers = {line for line in lines if line.split(" ")[0] not in ALLOWED}
    assert {"STAT", "UIDL", "QUIT"} <= verbs
    if auth == "login":  # the two base64 answers of AUTH LOGIN, nothing else
        assert answers <= {"d2lyZQ==", "c2VjcmV0", "d3Jvbmc="}
    else:
        assert answers == set()


def test_the_password_is_in_no_log_line(server: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for auth in ("plain", "user", "login"):
        pop3.look(server.server("tls", "fay", auth=auth), PASSWORD)
        with pytest.raises(Trouble):
            pop3.look(server.server("tls", "fay", auth=auth), Secret("wr0ngsecret"))
    said = caplog.text
    assert "STAT" in said
    for secret in ("secret", "c2VjcmV0", hashlib.md5(b"secret").hexdigest()):
        assert secret not in said
