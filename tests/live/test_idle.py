"""The program at rest: it sleeps until something is due, and holds nothing that only a check needs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.tray_memory import PASSWORD, USERS, start_logind, start_ours, switches
from tests.live.desktop import Desk, desk_in, wait_for
from tests.live.dovecot import Dovecot
from tests.live.fake_notifications import fake_notifications

pytestmark = pytest.mark.live


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        made.start_bus()
        yield made


@pytest.mark.parametrize("logind", [True, False], ids=["logind", "no logind"])
def test_nothing_wakes_while_nothing_is_due(desk: Desk, logind: bool) -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Dovecot(desk.folder, users=dict.fromkeys(USERS, PASSWORD)))
        server.deliver(3, "notifier")
        desk.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={desk.folder}/none"
        if logind:
            stack.enter_context(start_logind(desk, desk.folder / "system"))
        alerts = stack.enter_context(fake_notifications(desk.env["DBUS_SESSION_BUS_ADDRESS"]))
        program = start_ours(desk, server)
        wait_for("the first check to be told", lambda: alerts.named("Notify"))
        wait_for("rest", lambda: _rests(program.pid, 2))
        assert _rests(program.pid, 5)
        libraries = Path(f"/proc/{program.pid}/maps").read_text()
        assert program.poll() is None
        assert "libsqlite3" in libraries and "libssl" not in libraries and "PIL" not in libraries


def _rests(pid: int, seconds: float) -> bool:
    """Whether no thread of the process runs for so long, none begins and none ends."""
    before = switches(pid)
    time.sleep(seconds)
    return switches(pid) == before
