"""What is known of how a mailbox fills: `notifier history`. Joins the stored sizes with the forecast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notifier.config import Account
from notifier.mailbox.forecast import Forecast, forecast
from notifier.mailbox.history import Sample, samples_of
from notifier.places import Places
from notifier.store import Store
from notifier.words import _, ngettext, size

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Prospects:
    """One account's sizes so far and what they lead to."""

    account: Account
    samples: tuple[Sample, ...]
    ahead: Forecast


def of_accounts(where: Places, accounts: Sequence[Account]) -> list[Prospects]:
    """Reads the stored sizes; an account that was never checked has none."""
    store = Store(where.state, now=time.time())
    try:
        return [_of(account, samples_of(store.sizes(account.name))) for account in accounts]
    finally:
        store.close()


def _of(account: Account, samples: tuple[Sample, ...]) -> Prospects:
    now = samples[-1].at if samples else 0.0
    return Prospects(account, samples, forecast(samples, account.mailbox_limit, now, account.keep_on_server))


def days_words(found: Prospects) -> str:
    """ "full in about 9 days", or nothing where the data do not carry it."""
    days = found.ahead.days
    if days is None:
        return ""
    n = max(1, round(days.middle))
    return ngettext("full in about {n} day", "full in about {n} days", n).format(n=n)


def sentence(found: Prospects) -> str:
    if not found.samples:
        return _("{name}: not checked yet.").format(name=found.account.name)
    last = found.samples[-1]
    used = size(last.octets)
    limit = found.account.mailbox_limit
    if limit is not None:
        used = _("at least {used} of {limit}").format(used=used, limit=size(limit))
    count = ngettext("{n} message", "{n} messages", last.count).format(n=last.count)
    parts = [count, used]
    arrived = sum(s.arrived for s in found.samples)
    days = (last.at - found.samples[0].at) / DAY
    if days >= 1:
        text = ngettext("{n} arrived in {days} days", "{n} arrived in {days} days", arrived)
        parts.append(text.format(n=arrived, days=round(days)))
    parts += [words for words in [days_words(found)] if words]
    return f"{found.account.name}: {', '.join(parts)}."


def facts(found: Prospects) -> dict[str, Any]:
    days = found.ahead.days
    return {
        "name": found.account.name,
        "limit": found.account.mailbox_limit,
        "samples": [{"at": s.at, "count": s.count, "octets": s.octets} for s in found.samples],
        "full_in_days": days and {"low": days.low, "middle": days.middle, "high": days.high},
    }
