"""The outbox while the program runs: a file that cannot be written for a while delays mails and their alerts only."""

from __future__ import annotations

import queue
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from notifier.config import Account, Server, Settings
from notifier.errors import Reason, Trouble
from notifier.events import MailRefused
from notifier.outgoing import ledger
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import Outbox as File
from notifier.servers.secret import Secret
from notifier.watch.postman import TRY_AGAIN, Outbox, Postman


def no_secret(_account: Account, _server: Server) -> Secret:
    raise Trouble(Reason.WRONG_PASSWORD)


class Round:
    """A postman whose rounds are waited for, with what they found and said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Outbox] = []
        self.said: list[MailRefused] = []
        self.while_saying: Callable[[], object] = lambda: None
        self._posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.postman = Postman(path, Settings, no_secret, self._posted.put, found=self.found.append, say=self._say)
        self.other = sqlite3.connect(path, isolation_level=None)

    def _say(self, events: list[MailRefused]) -> None:
        self.said += events
        self.while_saying()

    def go(self) -> Outbox:
        self.postman.look()
        self._posted.get(timeout=20)()
        return self.found[-1]

    def lock(self) -> None:
        self.other.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        self.other.execute("ROLLBACK")


@pytest.fixture
def rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Round]:
    monkeypatch.setattr(ledger, "BUSY_TIMEOUT", 0.1)
    File(tmp_path / "outbox.db", now=time.time()).close()
    made = Round(tmp_path / "outbox.db")
    yield made
    made.postman.stop()
    made.other.close()


def submit(rounds: Round, delay: float = 0.0) -> int:
    with File(rounds.path, now=time.time()) as box:
        draft = Draft("Work", "bob@example.org", subject="Plan", text="Hello")
        date = datetime.now().astimezone()
        return box.submit(draft, check("ann@example.org"), now=time.time(), date=date, delay=delay)


def test_an_outbox_that_cannot_be_written_is_tried_again_ever_later(rounds: Round) -> None:
    submit(rounds, delay=3000)
    assert rounds.go().waiting == 1
    rounds.lock()
    for wait in (TRY_AGAIN, 2 * TRY_AGAIN, 4 * TRY_AGAIN):
        before = time.time()
        found = rounds.go()
        assert found.waiting == 1, "what was known before is still shown"
        assert found.look_at is not None
        assert before + wait <= found.look_at <= time.time() + wait
    rounds.unlock()
    look_at = rounds.go().look_at
    assert look_at is not None
    assert look_at > time.time() + 2900


def test_what_was_said_and_could_not_be_noted_is_not_said_again(rounds: Round) -> None:
    mail = submit(rounds)
    rounds.while_saying = rounds.lock
    found = rounds.go()
    assert [(e.mail, e.state) for e in rounds.said] == [(mail, "refused")], "its account is gone"
    assert found.look_at is not None
    assert found.look_at > time.time() + TRY_AGAIN / 2
    rounds.unlock()
    assert rounds.go().look_at is None
    assert len(rounds.said) == 1
    with File(rounds.path, now=time.time()) as box:
        assert box.untold(now=time.time()) == []


def test_what_could_not_be_said_is_said_in_the_next_round(rounds: Round) -> None:
    submit(rounds)

    def fail() -> None:
        rounds.while_saying = lambda: None
        raise sqlite3.OperationalError("database or disk is full")

    rounds.while_saying = fail
    assert rounds.go().look_at is not None
    rounds.go()
    assert len(rounds.said) == 2
    rounds.go()
    assert len(rounds.said) == 2
