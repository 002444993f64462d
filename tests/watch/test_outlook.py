"""What is ahead of a mailbox, through the store and the code of every check: no server, the clock is the test's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier import prospects, prospects_words
from notifier.config import Account, Server
from notifier.events import Event, FillingUp, MailExpires, QuotaStep
from notifier.mailbox.history import Sample, rows_of, samples_of
from notifier.mailbox.snapshot import Snapshot
from notifier.mailbox.thinning import thin
from notifier.places import Places
from notifier.store import Memory, Store
from notifier.watch import check, outlook
from notifier.watch.asking import Found

DAY, START = 86400.0, 1_700_000_000.0
MB = 1_000_000
ACCOUNT = Account("Home", "", Server("pop.example.org", 995, "tls", "ann"), mailbox_limit=500 * MB)


class Life:
    """One mailbox and its checks."""

    def __init__(self, folder: Path, account: Account = ACCOUNT) -> None:
        self.places = Places(folder, folder)
        self.account = account
        self.store = Store(self.places.state, now=START)
        self.memory: Memory = self.store.memory(account.name, check.identity_of(account))
        self.sizes: dict[str, int] = {}
        self.number = 0
        self.events: list[tuple[float, Event]] = []
        self.outlook: outlook.Outlook | None = None
        self.expire: int | None = None

    def arrive(self, octets: int) -> None:
        self.number += 1
        self.sizes[f"{self.number:08x}"] = octets

    def leave(self, count: int) -> None:
        for uid in list(self.sizes)[:count]:
            del self.sizes[uid]

    def look(self, now: float) -> check.Outcome:
        found = Found(
            Snapshot(len(self.sizes), sum(self.sizes.values()), tuple(self.sizes)),
            {"before": {}, "after": {}, "capa": True},
            expire=self.expire,
        )
        case = check.Case(self.account, self.memory, 600.0, now, outlook=self.outlook)
        outcome = check.conclude(self.store, case, found)
        self.memory, self.outlook = outcome.memory, outcome.outlook
        self.events += [(now, e) for e in outcome.events]
        return outcome

    def told(self, kind: type) -> list[tuple[float, Event]]:
        return [(at, e) for at, e in self.events if isinstance(e, kind)]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path)
    yield made
    made.store.close()


def _fill(life: Life, days: int, per_day: int = 10, octets: int = MB, start: float = START) -> float:
    now = start
    for n in range(days * 24):
        now = start + n * 3600
        if n * per_day // 24 != (n - 1) * per_day // 24:
            life.arrive(octets)
        life.look(now)
    return now


def test_a_filling_mailbox_is_said_once_before_it_is_full(life: Life) -> None:
    now = _fill(life, 30)
    assert life.told(FillingUp) == []
    assert life.outlook is not None
    assert life.outlook.sentence.startswith("full in about 2")
    _fill(life, 19, start=now + 3600)
    ((at, filling),) = life.told(FillingUp)
    assert isinstance(filling, FillingUp)
    assert filling.low <= (START + 50 * DAY - at) / DAY <= filling.high + 0.5
    levels = [e.level for _at, e in life.told(QuotaStep) if isinstance(e, QuotaStep)]
    assert levels == ["warning", "high", "critical"]


def test_a_restart_repeats_no_warning(life: Life, tmp_path: Path) -> None:
    now = _fill(life, 45)
    assert len(life.told(FillingUp)) == 1
    life.store.close()
    life.store = Store(life.places.state, now=now)
    life.memory = life.store.memory(ACCOUNT.name, check.identity_of(ACCOUNT))
    life.outlook = outlook.of(life.store, ACCOUNT, now)
    assert life.outlook.sentence.startswith("full in ")
    life.look(now + 600)
    assert len(life.told(FillingUp)) == 1


def test_a_program_that_runs_for_an_hour_a_day_warns_too(life: Life) -> None:
    """Started in the evening, closed an hour later: each start shows what is known, and its first check speaks."""
    for day in range(48):
        for _ in range(10):
            life.arrive(MB)
        life.outlook = outlook.of(life.store, ACCOUNT, START + day * DAY)
        for n in range(6):
            life.look(START + day * DAY + n * 600)
    ((at, filling),) = life.told(FillingUp)
    assert isinstance(filling, FillingUp)
    assert filling.low <= (START + 50 * DAY - at) / DAY <= filling.high + 1
    assert life.memory.notes["thinned_at"] > START + 46 * DAY


def test_mail_outside_the_inbox_counts(life: Life) -> None:
    now = _fill(life, 30)
    assert life.look(now + 60).quota is not None
    before = life.outlook
    prospects.calibrate(life.places, ACCOUNT, 420 * MB, now + 90)
    outcome = life.look(now + 120)
    assert outcome.quota is not None
    assert outcome.quota.percent == pytest.approx(84, abs=1)
    assert life.told(QuotaStep)[-1][1] == QuotaStep("Home", "warning", outcome.quota.percent, 420 * MB, 500 * MB)
    assert before != life.outlook
    assert life.outlook is not None
    assert life.outlook.sentence == "full in 6 to 10 days"  # 80 of 500 MB are left, at 10 MB a day
    (found,) = prospects.of_accounts(life.places, [ACCOUNT])
    assert "120 MB more lie outside the inbox" in " ".join(prospects_words.sentences(found))
    prospects.calibrate(life.places, ACCOUNT, None, now + 150)
    assert life.look(now + 180).quota == replace(outcome.quota, percent=pytest.approx(60, abs=1), level="ok")


def test_mail_that_the_server_will_delete_is_said_once(life: Life) -> None:
    life.expire = 30
    for n in range(40 * 4):
        if n < 4:
            life.arrive(MB)
        life.look(START + n * DAY / 4)
        if n == 30 * 4:
            life.leave(4)
    ((at, event),) = life.told(MailExpires)
    assert isinstance(event, MailExpires)
    assert 26.5 <= (at - START) / DAY <= 27.5
    assert (event.count, event.expire) == (1, 30)
    life.arrive(MB)
    life.look(START + 41 * DAY)
    life.look(START + 69 * DAY)
    assert len(life.told(MailExpires)) == 2  # another mail, another episode


def test_a_year_of_checks_every_ten_minutes_is_thinned_and_foretold(tmp_path: Path) -> None:
    life = Life(tmp_path, replace(ACCOUNT, mailbox_limit=2_000 * MB))
    life.look(START)
    rng = random.Random(4)
    for n in range(1, 365 * 144):
        if rng.random() < 3 / 144:
            life.arrive(rng.randrange(200_000, 1_800_000))
        life.look(START + n * 600)
    rows = life.store.sizes("Home")
    assert len(rows) < 2 * 288 + 30 * 24 + 365 + 10
    assert sum(row[5] for row in rows) == life.number  # thinning lost no arrival
    assert sum(row[7] for row in rows) == sum(life.sizes.values())  # and no octet
    found = prospects.of_account(life.store, life.account, START + 365 * DAY)
    assert found.ahead.days is not None
    truth = (2_000 * MB - sum(life.sizes.values())) / (3 * MB)
    assert found.ahead.days.low <= truth <= found.ahead.days.high
    assert life.outlook is not None
    assert life.outlook.sentence.startswith("full in ")


def test_ten_years_of_checks_every_ten_minutes_are_a_megabyte_at_most(life: Life) -> None:
    steps = 10 * 365 * 144
    end = START + steps * 600
    checks = [
        Sample(START + n * 600, "check", n, 10**9 + n * 1000, 10**9 + n * 1000, 1, 0, 1000) for n in range(1, steps + 1)
    ]
    few = thin(checks, end)
    assert len(few) < 2 * 144 + 28 * 24 + (10 * 365 - 30) + 50
    assert sum(s.octets_in for s in few) == steps * 1000
    life.look(START)
    with life.store.transaction():
        life.store.replace_sizes("Home", rows_of(few))
    assert samples_of(life.store.sizes("Home")) == few
    life.store.close()
    life.store = Store(life.places.state, now=end)
    assert life.places.state.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("low", "middle", "high", "words"),
    [
        (8, 9, 10, "in about 9 days"),
        (6, 9, 14, "in 6 to 14 days"),
        (0.6, 1, 2.9, "in 1 to 3 days"),
        (0.1, 0.2, 0.4, "within a day"),
        (0.9, 1, 1.2, "in about 1 day"),
        (220, 300, 425, "in 7 to 14 months"),
        (260, 300, 330, "in about 10 months"),
    ],
)
def test_a_range_in_words(low: float, middle: float, high: float, words: str) -> None:
    from notifier.mailbox.forecast import Range

    assert prospects_words.when(Range(low, middle, high)) == words
