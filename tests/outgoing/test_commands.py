"""`notifier send` and `notifier outbox`: exit statuses, sentences, and the JSON that scripts read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notifier.config import Account, Settings
from notifier.outgoing import commands
from notifier.outgoing.outbox import Outbox
from tests.live.hostile_smtp import Hostile
from tests.outgoing.sending import NOW, POP3, secret_for, server, settings, submit


@pytest.mark.parametrize(
    ("peer", "status", "sentence"),
    [
        (Hostile(), commands.SENT, "Sent: “Hi”"),
        (Hostile(acts={"dot": "450"}), commands.WAITING, "Next try in"),
        (Hostile(acts={"dot": "550"}), commands.FAILED, "did not like the content"),
        (Hostile(acts={"dot": "drop"}), commands.FAILED, "may have been sent, or not"),
    ],
)
def test_send_says_what_came_of_it(tmp_path: Path, peer: Hostile, status: int, sentence: str) -> None:
    with peer:
        report = commands.send(
            tmp_path / "outbox.db", settings(server(peer.port)), secret_for, to=["a@x.org"], subject="Hi", text="x"
        )
    assert report.status == status
    assert sentence in "\n".join(report.sentences)


@pytest.mark.parametrize(
    ("to", "attach", "account", "word"),
    [
        (["nobody"], [], None, "no @"),
        ([], [], None, "Nobody is named"),
        (["a@x.org"], ["/nonexistent/file"], None, "/nonexistent/file"),
        (["a@x.org"], [], "Home", "there are: Work"),
    ],
)
def test_wrong_use_is_said_and_stores_nothing(
    tmp_path: Path, to: list[str], attach: list[str], account: str | None, word: str
) -> None:
    report = commands.send(
        tmp_path / "outbox.db",
        settings(server(1)),
        secret_for,
        to=to,
        subject="",
        text="",
        attach=attach,
        account=account,
    )
    assert report.status == commands.WRONG_USE
    assert word in "\n".join(report.sentences)
    with Outbox(tmp_path / "outbox.db", now=NOW) as box:
        assert box.mails() == []


def test_an_account_without_a_sending_server_cannot_send(tmp_path: Path) -> None:
    only_pop = Settings(accounts=(Account("Work", "me@example.org", POP3),))
    report = commands.send(tmp_path / "outbox.db", only_pop, secret_for, to=["a@x.org"], subject="", text="")
    assert report.status == commands.WRONG_USE
    assert "notifier setup" in report.sentences[0]


def test_the_outbox_in_json_and_in_words(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.db", now=NOW) as box:
        assert commands.show(box, now=NOW) == ["The outbox is empty."]
        assert commands.rows(box) == []
        number = submit(box)
        (row,) = json.loads(json.dumps(commands.rows(box)))
        assert (row["id"], row["state"], row["subject"], row["error"]) == (number, "waiting", "Hello", None)
        assert row["recipients"] == [{"address": "a@x.org", "state": "waiting", "error": None}]
        refuse = {"a@x.org": "554 5.7.1 <a@x.org>: Relay access denied"}
        with Hostile(refuse=refuse) as peer:
            report = commands.retry(box, settings(server(peer.port)), secret_for)
        assert report.status == commands.FAILED
        (row,) = commands.rows(box)
        assert row["state"] == "refused"
        assert row["error"]["kind"] == "relay"
        assert row["error"]["code"] == 554
        assert row["error"]["enhanced_code"] == "5.7.1"
        (words,) = commands.show(box, now=NOW)
        assert "Refused: “Hello” → a@x.org" in words
        assert "only for its own customers" in words
        assert commands.delete(box, number).status == commands.SENT
        assert commands.delete(box, number).status == commands.WRONG_USE
        assert commands.retry(box, settings(), secret_for, number).status == commands.WRONG_USE
        assert commands.retry(box, settings(), secret_for).sentences == ("Nothing is waiting to be sent.",)
