"""Looks at real servers that are not Dovecot, each odd in its own way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from notifier import pop3
from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.mailbox.changes import Changes, compare
from notifier.mailbox.snapshot import Known
from notifier.pop3 import Look
from notifier.servers.secret import Secret
from tests.live.other_servers import PASSWORD, Mailutils, MboxServer, popa3d, solid_pop3d

pytestmark = pytest.mark.live


class Eyes:
    """Looks again and again, remembering as the watch does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.known: Known | None = None
        self.last: Look | None = None

    def look(self) -> Changes:
        remembered = self.last.capabilities if self.last else None
        self.last = self._once_free(remembered)
        changes = compare(self.known, self.last.snapshot)
        self.known = Known(changes.count, changes.octets, changes.uids)
        return changes

    def _once_free(self, remembered: pop3.Capabilities | None) -> Look:
        """Mailutils holds the mailbox until it has dealt with the QUIT of the look before."""
        end = time.monotonic() + 10
        while True:
            try:
                return pop3.look(self.server, Secret(PASSWORD), known=self.known, remembered=remembered)
            except Trouble as trouble:
                if trouble.reason is not Reason.IN_USE or time.monotonic() > end:
                    raise
            time.sleep(0.05)


SERVERS: dict[str, Callable[[], MboxServer]] = {"mailutils": Mailutils, "popa3d": popa3d, "solid": solid_pop3d}


@pytest.fixture(params=sorted(SERVERS))
def running(request: pytest.FixtureRequest) -> Iterator[MboxServer]:
    with SERVERS[request.param]() as server:
        yield server


def plainly(running: MboxServer, auth: str = "auto") -> Server:
    return Server("127.0.0.1", running.port, "none", running.user, auth)


def test_a_mailbox_lives(running: MboxServer) -> None:
    """First look, nothing new, new mail, mail deleted by another client, both at once, empty."""
    running.deliver(3)
    eyes = Eyes(plainly(running))
    first = eyes.look()
    assert (first.first, first.count, first.new) == (True, 3, 0)
    assert first.uids is not None
    quiet = eyes.look()
    assert (quiet.new, quiet.gone, quiet.count) == (0, 0, 3)
    running.deliver(2)
    assert eyes.look().new == 2
    running.remove(1)
    changes = eyes.look()
    assert (changes.gone, changes.new, changes.count) == (1, 0, 4)
    running.remove(1)
    running.deliver(1)
    changes = eyes.look()
    assert (changes.gone, changes.new, changes.count) == (1, 1, 4)
    running.remove(4)
    assert eyes.look().count == 0


@pytest.mark.parametrize("auth", ["auto", "user"])
def test_a_wrong_password_is_known_as_one(running: MboxServer, auth: str) -> None:
    with pytest.raises(Trouble) as caught:
        pop3.look(plainly(running, auth), Secret("wrong"))
    assert caught.value.reason is Reason.WRONG_PASSWORD


@pytest.mark.parametrize("auth", ["plain", "cram-md5", "xoauth2"])
def test_a_login_that_the_server_does_not_know_is_not_a_wrong_password(running: MboxServer, auth: str) -> None:
    with pytest.raises(Trouble) as caught:
        pop3.look(plainly(running, auth), Secret(PASSWORD))
    assert caught.value.reason is Reason.NO_COMMON_LOGIN


def test_a_server_that_cannot_encrypt_is_told_nothing() -> None:
    with popa3d() as server:
        with pytest.raises(Trouble) as caught:
            pop3.look(Server("localhost", server.port, "starttls", server.user), Secret(PASSWORD))
    assert caught.value.reason is Reason.STARTTLS_MISSING


def test_mailutils_over_every_kind_of_channel() -> None:
    with Mailutils() as server:
        server.deliver(2)
        for security in ("tls", "starttls", "none"):
            assert Eyes(server.server(security)).look().count == 2


def test_a_session_of_another_client_is_in_use() -> None:
    with Mailutils() as server:
        other = server.enter()
        try:
            with pytest.raises(Trouble) as caught:
                pop3.look(server.server("none"), Secret(PASSWORD))
        finally:
            other.quit()
    assert caught.value.reason is Reason.IN_USE
