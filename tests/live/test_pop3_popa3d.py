"""Looks at a server that knows only RFC 1939's oldest half."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier import pop3
from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.mailbox.changes import Changes, compare
from notifier.mailbox.snapshot import Known
from notifier.servers.secret import Secret
from tests.live.popa3d import PASSWORD, Popa3d

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Popa3d]:
    with Popa3d(tmp_path_factory.mktemp("popa3d") / "p") as running:
        yield running


def test_new_and_gone_without_capa_sasl_and_pipelining(server: Popa3d) -> None:
    where = Server("127.0.0.1", server.port, "none", "ann")
    known: Known | None = None
    capabilities = None

    def look() -> Changes:
        nonlocal known, capabilities
        seen = pop3.look(where, Secret(PASSWORD), known=known, remembered=capabilities)
        changes = compare(known, seen.snapshot)
        known, capabilities = Known(changes.count, changes.octets, changes.uids), seen.capabilities
        return changes

    server.deliver(3)
    assert (look().first, known and known.count) == (True, 3)
    assert (look().new, look().gone) == (0, 0)
    server.deliver(2)
    changes = look()
    assert (changes.new, changes.count) == (2, 5)
    server.remove_all()
    assert (look().gone, known and known.count) == (5, 0)


def test_a_wrong_password(server: Popa3d) -> None:
    with pytest.raises(Trouble) as caught:
        pop3.look(Server("127.0.0.1", server.port, "none", "ann"), Secret("wrong"))
    assert caught.value.reason in {Reason.WRONG_PASSWORD, Reason.CLOSED}


def test_it_offers_no_encryption_and_gets_no_password(server: Popa3d) -> None:
    with pytest.raises(Trouble) as caught:
        pop3.look(Server("127.0.0.1", server.port, "starttls", "ann"), Secret(PASSWORD))
    assert caught.value.reason is Reason.STARTTLS_MISSING
