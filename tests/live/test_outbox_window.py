"""The outbox window: mails that a real refusal, a lost answer and a closed port left there, and what a person does."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from notifier import config_edit
from notifier.config import Account, Server, Settings
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.sending import send_due
from notifier.outgoing.states import State
from notifier.servers.secret import Secret
from tests.live.desktop import ROOT, Desk, desk_in, phrase_on, wait_for
from tests.live.hostile_smtp import Hostile
from tests.live.needs import artefact, need
from tests.live.test_demo import picture

pytestmark = [pytest.mark.live, pytest.mark.timeout(150)]
POP3 = Server("127.0.0.1", 9, "none", "ann", password_command="echo secret")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    pytest.importorskip("tkinter")
    need("xdotool", package="xdotool")
    with desk_in(tmp_path_factory.mktemp("desk")) as desk:
        desk.start_bus()
        desk.start_display("900x640")
        desk.start(need("openbox", package="openbox"))
        desk.env["PYTHONPATH"] = str(ROOT)
        yield desk


def _account(name: str, port: int) -> Account:
    smtp = Server("127.0.0.1", port, "none", "ann", password_command="echo secret")
    return Account(name, "ann@example.org", POP3, (smtp,))


def _put(home: Path, account: Account, to: str, subject: str) -> None:
    config_edit.put_account(home / "config.toml", account)
    with Outbox(home / "outbox.db", now=time.time()) as box:
        mail = box.submit(
            Draft(account.name, to, subject=subject, text="Hello"), check("ann@example.org"), now=time.time(),
            date=datetime.now().astimezone(),
        )  # fmt: skip
        send_due(box, Settings(accounts=(account,)), lambda _account, _server: Secret("secret"), mail=mail)


def _states(home: Path) -> dict[str, State]:
    with Outbox(home / "outbox.db", now=time.time()) as box:
        return {mail.draft.subject: mail.state for mail in box.mails()}


def _click(desk: Desk, words: str) -> None:
    word = wait_for(f"“{words}”", lambda: phrase_on(picture(desk), words))
    desk.run("xdotool", "mousemove", str(word.x + 12), str(word.y + 6), "click", "1")


@pytest.mark.parametrize("look", ["light", "dark"])
def test_what_a_person_can_do(desk: Desk, tmp_path: Path, look: str) -> None:
    desk.env["NOTIFIER_LOOK"] = look
    refuse = {"carl@elsewhere.example": "554 5.7.1 <carl@elsewhere.example>: Relay access denied"}
    with Hostile(refuse=refuse) as relay, Hostile(acts={"dot": "drop"}) as deaf:
        _put(tmp_path, _account("Work", relay.port), "Carl <carl@elsewhere.example>", "Minutes")
        _put(tmp_path, _account("Home", deaf.port), "Dora <dora@example.org>", "Cake")
        _put(tmp_path, _account("Club", 9), "Eve <eve@example.org>", "Fixtures")
        wanted = {"Minutes": State.REFUSED, "Cake": State.UNCERTAIN, "Fixtures": State.WAITING}
        assert _states(tmp_path) == wanted
        shown = desk.start(
            sys.executable, "-m", "notifier", "--home", str(tmp_path), "outbox", "--window", log="outbox"
        )
        wait_for("why it was refused", lambda: phrase_on(picture(desk), "only for its own customers"))
        picture(desk).save(artefact(f"outbox-refused-{look}.png"))
        desk.run("xdotool", "key", "Down")
        wait_for("the doubt", lambda: phrase_on(picture(desk), "may have been sent, or not"))
        picture(desk).save(artefact(f"outbox-uncertain-{look}.png"))
        _click(desk, "It arrived")
        wait_for("that mail gone", lambda: "Cake" not in _states(tmp_path))
        _click(desk, "Minutes")
        refuse.clear()
        desk.run("xdotool", "key", "alt+t")  # Try now; no program runs, so the window sends by itself
        wait_for("that mail sent", lambda: "Minutes" not in _states(tmp_path))
        assert len(relay.said_yes) == 1
        wait_for("its row gone", lambda: phrase_on(picture(desk), "Minutes") is None)
        _click(desk, "Fixtures")
        desk.run("xdotool", "key", "Delete")
        wait_for("the question", lambda: phrase_on(picture(desk), "for good"))
        desk.run("xdotool", "key", "Escape")
        assert _states(tmp_path) == {"Fixtures": State.WAITING}
        wait_for("the question gone", lambda: phrase_on(picture(desk), "for good") is None)
        desk.run("xdotool", "key", "alt+e")
        wait_for("the mail in the window to write", lambda: phrase_on(picture(desk), "eve@example.org"))
        assert _states(tmp_path) == {"Fixtures": State.DRAFT}
        desk.run("xdotool", "key", "Escape")
        wait_for("it closed", lambda: phrase_on(picture(desk), "Ctrl+Enter") is None)
        desk.run("xdotool", "search", "--name", "Outbox", "windowactivate", "--sync")
        desk.run("xdotool", "key", "Escape")
        assert shown.wait(20) == 0
