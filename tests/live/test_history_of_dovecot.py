"""The history of a mailbox on a real Dovecot: mail delivered and removed, seen by the real watch on a clock of ours."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier import prospects, prospects_words
from notifier.config import Account, General, Settings
from notifier.mailbox.history import Sample
from notifier.overview import Overview
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.store import Store
from notifier.watch.check import Outcome
from notifier.watch.watcher import Watcher
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.live
DAY = 86400.0
START = time.time() - 10 * DAY
LIMIT = 200_000  # octets


class Watch:
    """The watch of one account, looking when it is told to, at the time it is told."""

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.places = Places(folder, folder)
        self.account = Account("Ann", "", server.server("tls", "ann"), mailbox_limit=LIMIT)
        self.now = START
        self.overview = Overview()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.store = Store(self.places.state, now=START)
        self.watcher = Watcher(
            self.store,
            Settings(General(interval=7 * 86400), (self.account,)),
            lambda _account: Secret("secret"),
            on_events=lambda _events: None,
            on_overview=self._shown,
            now=lambda: self.now,
            jitter=lambda _most: 3600.0,
        )
        self.thread = threading.Thread(target=self.watcher.run)
        self.thread.start()

    def _shown(self, overview: Overview) -> None:
        self.overview = overview

    def look(self, day: float) -> Outcome:
        self.now = START + day * DAY
        self.watcher.post(lambda: self.watcher.check_now(done=self.outcomes.put))
        outcome = self.outcomes.get(timeout=30)
        assert outcome.trouble is None
        return outcome

    def samples(self) -> tuple[Sample, ...]:
        (found,) = prospects.of_accounts(self.places, [self.account])
        return found.samples

    def end(self) -> None:
        self.watcher.stop()
        self.thread.join(20)
        self.store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path / "dovecot", users={"ann": "secret"}) as running:
        yield running


@pytest.fixture
def watch(server: Dovecot, tmp_path: Path) -> Iterator[Watch]:
    made = Watch(server, tmp_path / "home")
    yield made
    made.end()


def test_what_came_and_what_went_are_told_apart(server: Dovecot, watch: Watch) -> None:
    server.deliver(5, size=2000)
    watch.look(0)
    server.deliver(3, size=2000)
    watch.look(0.25)
    server.remove(2)
    watch.look(0.5)
    server.deliver(4, size=2000)
    server.remove(3)
    watch.look(0.75)
    first, *rest = watch.samples()
    assert (first.count, first.arrived, first.octets_in) == (5, 0, 0)  # what was there is no news
    assert [(s.arrived, s.departed, s.count) for s in rest] == [(3, 0, 8), (0, 2, 6), (4, 3, 7)]
    came, went, both = rest
    assert (came.octets_in, came.octets_out) == (came.octets - first.octets, 0)
    assert (went.octets_in, went.octets_out) == (0, came.octets - went.octets)
    assert both.octets_in - both.octets_out == both.octets - went.octets
    assert both.octets_out == pytest.approx(3 * went.octets / 6, abs=2)  # by the average size: POP3 names no other


def test_a_mailbox_that_fills_is_foretold_with_the_advice_that_fits(server: Dovecot, watch: Watch) -> None:
    watch.look(0)
    for n in range(1, 41):
        server.deliver(2, size=1500)
        if n % 10 == 0:
            server.remove(1)
        watch.look(n / 4)
    (account,) = watch.overview.accounts
    assert account.octets is not None
    (found,) = prospects.of_accounts(watch.places, [watch.account])
    assert sum(s.arrived for s in found.samples) == 80
    assert sum(s.departed for s in found.samples) == 4
    net = sum(s.octets_in - s.octets_out for s in found.samples)
    assert net == account.octets
    a_day = sum(s.octets_in for s in found.samples) / 10
    days = found.ahead.days
    assert days is not None
    assert days.low <= (LIMIT - account.octets) / a_day <= days.high
    assert account.forecast.startswith("full in ")
    told = prospects_words.sentences(found)
    assert any(line.startswith("At this rate the mailbox will be full in ") for line in told)
    assert any(line.startswith("Set your mail program to keep mail for ") for line in told)
