"""What the running program says of mails that did not go out: refused, perhaps sent, waiting for an hour; each once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from notifier import config_edit
from notifier.config import Account, Server
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import ALERT_AFTER, Outbox
from notifier.outgoing.states import State
from tests.live.desktop import ROOT, Desk, desk_in, wait_for
from tests.live.fake_notifications import FakeNotifications
from tests.live.hostile_smtp import Hostile

pytestmark = [pytest.mark.live, pytest.mark.timeout(150)]
NOBODY = 9  # a port at which nothing listens


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with desk_in(tmp_path / "desk") as desk:
        desk.start_bus()
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        desk.env.update(NOTIFIER_HOME=str(home), PYTHONPATH=str(ROOT))
        yield desk


def put(desk: Desk, name: str, port: int, subject: str, *, ago: float = 0.0) -> None:
    """A mail in the outbox of an account of its own, handed in `ago` seconds before now."""
    home = Path(desk.env["NOTIFIER_HOME"])
    pop3 = Server("127.0.0.1", NOBODY, "none", "ann", password_command="echo secret")
    account = Account(name, "ann@example.org", pop3, (Server("127.0.0.1", port, "none"),))
    config_edit.put_account(home / "config.toml", account)
    with Outbox(home / "outbox.db", now=time.time() - ago) as box:
        draft = Draft(name, "bob@example.org", subject=subject, text="Hello")
        box.submit(draft, check("ann@example.org"), now=time.time() - ago, date=datetime.now().astimezone())


def states(desk: Desk) -> dict[str, State]:
    with Outbox(Path(desk.env["NOTIFIER_HOME"], "outbox.db"), now=time.time()) as box:
        return {mail.draft.subject: mail.state for mail in box.mails()}


def titles(alerts: FakeNotifications) -> list[str]:
    return sorted(call[3] for call in alerts.named("Notify"))


def test_each_is_told_once_over_restarts(desk: Desk) -> None:
    refusal = {"bob@example.org": "550 5.1.1 <bob@example.org>: no such user"}
    with ExitStack() as stack:
        refusing = stack.enter_context(Hostile(refuse=refusal))
        cut_off = stack.enter_context(Hostile(acts={"dot": "drop"}))
        put(desk, "Work", refusing.port, "Minutes")
        put(desk, "Home", cut_off.port, "Cake")
        put(desk, "Club", NOBODY, "Fixtures", ago=ALERT_AFTER + 60)
        put(desk, "Shop", NOBODY, "Order")
        alerts = FakeNotifications(desk.env["DBUS_SESSION_BUS_ADDRESS"])
        stack.callback(alerts.end)
        wanted = ["Mail refused: “Minutes”", "Perhaps sent: “Cake”", "Still waiting: “Fixtures”"]

        program = desk.start(sys.executable, "-P", "-m", "notifier", "run", log="program")
        wait_for("three alerts", lambda: set(wanted) <= set(titles(alerts)))
        expected = {
            "Minutes": State.REFUSED, "Cake": State.UNCERTAIN, "Fixtures": State.WAITING, "Order": State.WAITING
        }  # fmt: skip
        assert states(desk) == expected
        desk.end(program)

        put(desk, "Late", refusing.port, "Last")
        again = desk.start(sys.executable, "-P", "-m", "notifier", "run", log="program")
        wait_for("the alert for a later mail", lambda: "Mail refused: “Last”" in titles(alerts))
        told = [title for title in titles(alerts) if "“" in title]
        assert told == sorted([*wanted, "Mail refused: “Last”"]), "each state of a mail is told once"
        assert "Traceback" not in (desk.folder / "program.log").read_text()
        desk.end(again)
    assert len(cut_off.taken) == 1, "what may have been sent is not sent again"
