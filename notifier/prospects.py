"""What is known of how a mailbox fills, for the watch, `notifier history` and its window: sizes, forecast, advice.

Joins what the store holds with the thinking of `mailbox/`; the words for it are in `prospects_words`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.config import Account
from notifier.errors import NotifierError
from notifier.mailbox.advice import Advice, OutsideInbox, ServerDeletes, deleted_soon, keep_shorter, left_behind
from notifier.mailbox.calibration import Calibration, calibration_from, inbox_limit
from notifier.mailbox.forecast import Forecast, forecast
from notifier.mailbox.history import Sample, samples_of, since
from notifier.places import Places
from notifier.store import Store
from notifier.words import _

# A rate of more than a year ago says nothing of today's, and the tray should not hold ten years to find that out.
LOOK_BACK = 400 * 86400.0


class NeverCheckedError(NotifierError):
    """The provider's figure cannot be compared with an inbox that nobody looked into."""


@dataclass(frozen=True, slots=True)
class Prospects:
    """One account's sizes so far, what they lead to at `at` (POSIX seconds), and what can be done about it."""

    account: Account
    at: float
    samples: tuple[Sample, ...]
    ahead: Forecast
    calibration: Calibration | None = None
    advice: tuple[Advice, ...] = ()

    @property
    def limit(self) -> int | None:
        """What is left of the account's limit for the inbox, octets."""
        return inbox_limit(self.account.mailbox_limit, self.calibration)

    @property
    def share(self) -> float:
        """How full the inbox is, 1 at its limit; 0 where nobody knows."""
        return self.samples[-1].octets / max(self.limit, 1) if self.samples and self.limit is not None else 0.0


def fullest(found: Sequence[Prospects]) -> str:
    """The account a person should see first; the first of the settings where no limit is known, empty without any."""
    return max(found, key=lambda one: one.share).account.name if found else ""


def of_accounts(where: Places, accounts: Sequence[Account]) -> list[Prospects]:
    """Reads the stored sizes; an account that was never checked has none."""
    store = Store(where.state, now=time.time())
    try:
        return [with_advice(store, account, time.time()) for account in accounts]
    finally:
        store.close()


def of_account(store: Store, account: Account, now: float, *, look_back: float = LOOK_BACK) -> Prospects:
    """Sizes and forecast alone, as the watch needs them after each check."""
    samples = samples_of(store.sizes(account.name, now - look_back))
    at = max(now, samples[-1].at) if samples else now  # the demo's clock runs ahead of this computer's
    calibration = calibration_from(store.calibration(account.name))
    limit = inbox_limit(account.mailbox_limit, calibration)
    recent = since(samples, at - LOOK_BACK)
    ahead = forecast(recent, limit, at, account.keep_on_server)
    return Prospects(account, at, samples, ahead, calibration)


def with_advice(store: Store, account: Account, now: float) -> Prospects:
    """All of it, with the sizes of all years."""
    found = of_account(store, account, now, look_back=now)
    advice = tuple(_advice(found, store.first_seen(account.name), store.notes(account.name).get("expire")))
    return Prospects(account, found.at, found.samples, found.ahead, found.calibration, advice)


def calibrate(where: Places, account: Account, provider: int | None, now: float) -> None:
    """Notes that the provider's page says `provider` octets are used; None forgets an earlier figure.

    Works while the program runs. Raises NeverCheckedError where there is nothing to compare it with, and
    StoreStuckError when nothing can be written.
    """
    store = Store(where.state, now=now)
    try:
        sizes = store.sizes(account.name)
        if provider is not None and not sizes:
            raise NeverCheckedError(
                _("“{name}” was not checked yet, so its inbox's size is not known.").format(name=account.name)
            )
        figure = None if provider is None else Calibration(now, provider, int(sizes[-1][3]))
        with store.transaction():
            store.put_calibration(account.name, figure.to_facts() if figure else None)
    finally:
        store.close()


def _advice(found: Prospects, first_seen: Sequence[float], expire: int | None) -> Iterator[Advice]:
    account, calibration = found.account, found.calibration
    if calibration and calibration.outside:
        yield OutsideInbox(calibration.outside, calibration.at)
    period = account.keep_on_server
    if account.mailbox_limit is not None and account.warn_at:
        outside = calibration.outside if calibration else 0
        step = max(0, account.mailbox_limit * min(account.warn_at) // 100 - outside)
        shorter = keep_shorter(found.samples, found.ahead, step, period)
        if shorter:
            yield shorter
    if found.samples:
        left = left_behind(first_seen, period, found.at, found.samples[0].at)
        if left:
            yield left
    if expire is not None:
        yield ServerDeletes(expire)
    soon = deleted_soon(first_seen, expire, found.at)
    if soon:
        yield soon


def facts(found: Prospects) -> dict[str, Any]:
    """As `notifier history --json` prints it. Octets, days and POSIX seconds throughout."""
    ahead, calibration = found.ahead, found.calibration
    return {
        "name": found.account.name,
        "limit": found.account.mailbox_limit,
        "samples": [{"at": s.at, "count": s.count, "octets": s.octets, "span": s.span} for s in found.samples],
        "octets_a_day": _range(ahead.rate),
        "full_in_days": _range(ahead.days),
        "silence": ahead.silence and str(ahead.silence),
        "settles_at": _range(ahead.settles_at),
        "fits": ahead.fits,
        "outside_inbox": calibration and {"octets": calibration.outside, "at": calibration.at},
        "advice": [{"kind": type(a).__name__, **_plain(a)} for a in found.advice],
    }


def _range(found: Any) -> dict[str, float] | None:
    return found and {"low": found.low, "middle": found.middle, "high": found.high}


def _plain(advice: Advice) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(advice)
