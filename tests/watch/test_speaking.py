"""A notification service that does not work is tried again, ever later."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.alerts.alert import Alert
from notifier.alerts.calm import Preferences
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.config import Settings
from notifier.store import Store
from notifier.watch.speaking import TRY_AGAIN, TRY_AGAIN_MOST, Announcer
from tests.watch.conftest import until


class Broken:
    """A sender that fails until it is mended."""

    name = "broken"
    abilities = Abilities()

    def __init__(self, how: Exception | None = None) -> None:
        self.mended = False
        self.how = how or NotDelivered("it does not work")

    def send(self, _alert: Alert) -> None:
        if not self.mended:
            raise self.how

    def close(self, _key: str) -> None:
        """Nothing is shown."""

    def stop(self) -> None:
        """Nothing runs."""


def test_a_broken_service_is_tried_ever_later(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db", now=time.time())
    waits: list[float] = []
    posted: list[Callable[[], None]] = []
    sender = Broken()
    speaker = Announcer(store, sender, posted.append, keep=lambda work: work(), again_at=waits.append)
    with store.transaction():
        store.add_due("Work", "NewMail", {"account": "Work", "new": 1, "unseen": 1, "count": 1}, time.time())

    def say(hours: int) -> None:
        speaker.say_due(Preferences.of(Settings(), None), time.time() + hours * 3600, {})
        until(lambda: posted, "the attempt's end")
        posted.pop()()

    for hours in range(8):
        say(hours)
    assert waits[:2] == [TRY_AGAIN, 2 * TRY_AGAIN]
    assert waits == sorted(waits) and waits[-1] == TRY_AGAIN_MOST
    sender.mended = True
    say(8)
    assert store.due() == []
    speaker.stop()
    store.close()


def test_a_users_command_runs_once_however_often_showing_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it does not wait for a notification service: the facts are handed over before anything is sent."""
    ran: list[str] = []
    monkeypatch.setattr("notifier.watch.speaking.run_command", lambda _command, mail: ran.append(mail.account))
    store = Store(tmp_path / "state.db", now=time.time())
    posted: list[Callable[[], None]] = []
    speaker = Announcer(store, Broken(), posted.append, keep=lambda work: work(), again_at=lambda _wait: None)
    speaker.use_commands({"Work": ["true"], "Home": ["true"]})
    with store.transaction():
        for name in ("Work", "Home"):
            store.add_due(name, "NewMail", {"account": name, "new": 1, "unseen": 1, "count": 1}, time.time())
    for _ in range(3):
        speaker.say_due(Preferences.of(Settings(), None), time.time(), {})
        assert sorted(ran) == ["Home", "Work"]
        until(lambda: len(posted) == 2, "both attempts' ends")
        while posted:
            posted.pop()()
    speaker.stop()
    store.close()


def test_a_fault_while_showing_one_alert_does_not_end_all_others(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db", now=time.time())
    posted: list[Callable[[], None]] = []
    notes: list[str] = []
    sender = Broken(ValueError("not enough values to unpack"))
    speaker = Announcer(
        store, sender, posted.append, keep=lambda work: work(), again_at=lambda _wait: None, on_note=notes.append
    )
    with store.transaction():
        store.add_due("Work", "NewMail", {"account": "Work", "new": 1, "unseen": 1, "count": 1}, time.time())
    for mended in (False, True):
        sender.mended = mended
        speaker.say_due(Preferences.of(Settings(), None), time.time(), {})
        until(lambda: posted, "the attempt's end")
        posted.pop()()
        assert bool(store.due()) is not mended
    assert "ValueError" in notes[0] and notes[-1] == ""
    speaker.stop()
    store.close()
