"""Typical mailboxes for pictures and their tests: what a program would have seen, with a fixed seed each."""

from __future__ import annotations

import random
from collections.abc import Callable

from notifier.config import Account, Server
from notifier.mailbox.forecast import forecast
from notifier.mailbox.history import Sample
from notifier.mailbox.thinning import thin
from notifier.prospects import Prospects

DAY = 86400.0
NOW = 1_795_435_200.0  # 2026-11-23, noon in Greenwich
MB = 1_000_000

Mails = list[tuple[float, int, float]]  # days (0 is now), octets, the day on which it leaves


def _mails(seed: int, days: float, per_day: Callable[[float], float], median: float = 500_000) -> Mails:
    rng = random.Random(seed)
    t, mails = -days, []
    while (t := t + rng.expovariate(12)) < 0:
        if rng.random() * 12 < per_day(t):
            mails.append((t, int(min(20 * MB, median * rng.lognormvariate(0, 0.8))), 1e9))
    return mails


def _leaving(mails: Mails, leave: Callable[[float], float]) -> Mails:
    return [(t, octets, leave(t)) for t, octets, _gone in mails]


def found(
    name: str, mails: Mails, watched: float, limit: int | None = 500 * MB, period: int | None = None,
    hole: tuple[float, float] = (1.0, 1.0),
) -> Prospects:  # fmt: skip
    times = [-watched + n / 24 for n in range(int(watched * 24) + 1)]
    times = [t for t in times if not hole[0] < t < hole[1]]
    samples, before = [], set[int]()
    for n, t in enumerate(times):
        here = {i for i, (at, _o, gone) in enumerate(mails) if at <= t < gone}
        new, left = (here - before, before - here) if n else (set(), set())
        octets = sum(mails[i][1] for i in here)
        samples.append(
            Sample(
                NOW + t * DAY, "check", len(here), octets, octets, len(new), len(left),
                sum(mails[i][1] for i in new), sum(mails[i][1] for i in left),
            )
        )  # fmt: skip
        before = here
    few = thin(samples, NOW)
    account = Account(
        name, "", Server("pop.example.org", 995, "tls", "ann"), mailbox_limit=limit, keep_on_server=period
    )
    return Prospects(account, NOW, few, forecast(few, limit, NOW, period))


def typical() -> dict[str, Prospects]:
    """One of each kind that a person meets."""
    weekly = _mails(2, 60, lambda t: 9 if (t + 1) % 7 < 5 else 1.5, 450_000)
    month = _mails(3, 120, lambda _t: 7)
    tidied = _mails(4, 100, lambda _t: 8)
    return {
        "growing": found("Work", _mails(1, 75, lambda _t: 8), 75, 600 * MB),
        "weekly": found("Office", weekly, 60, 400 * MB),
        "settling": found("Home", _leaving(month, lambda t: t + 30), 90, 250 * MB, 30),
        "tidied": found("Club", _leaving(tidied, lambda t: (t // 25 + 1) * 25 + 0.4), 100, 300 * MB),
        "one-huge": found("Family", [*_mails(5, 40, lambda _t: 4, 200_000), (-9.3, 20 * MB, 1e9)], 40, 100 * MB),
        "young": found("New", _mails(6, 2, lambda _t: 5), 2, 1000 * MB),
        "no-limit": found("Old provider", _mails(7, 200, lambda _t: 3), 200, None),
        "hole": found("Holiday", _mails(8, 60, lambda _t: 6), 60, 400 * MB, hole=(-40, -19)),
        "full": found("Overflow", _mails(9, 45, lambda _t: 9), 45, 240 * MB),
    }
