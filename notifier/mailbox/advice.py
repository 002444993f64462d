"""What a person can do about a mailbox that fills: values only, the words are made elsewhere.

The program itself never deletes anything; it says which storage period fits, what the mail program left behind, and
what the server will delete by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notifier.mailbox.forecast import Forecast, longest_period
from notifier.mailbox.history import Sample

DAY = 86400.0
# Mail programs count from the download or from the mail's date, and clean up when they run: so many days of patience.
GRACE = 2
WARN_BEFORE = 3.0  # days before the server deletes mail by itself
LONG_ENOUGH = 365  # a storage period from which on nobody needs advice


@dataclass(frozen=True, slots=True)
class KeepShorter:
    """Set the mail program to keep mail for `days` (0: not at all) instead of `instead_of` (None: for ever).

    Then the mailbox stays below `octets`, its first warning step.
    """

    days: int
    instead_of: int | None
    octets: int


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """`count` messages are older than the storage period of `period` days; there may be more where not `sure`."""

    count: int
    period: int
    sure: bool


@dataclass(frozen=True, slots=True)
class ServerDeletes:
    """The server announces that it deletes mail after `days` by itself (0: as soon as it was fetched)."""

    days: int


@dataclass(frozen=True, slots=True)
class DeletedSoon:
    """`count` messages reach the server's own age within `days` (0: any time now); fetch them before."""

    count: int
    days: float


@dataclass(frozen=True, slots=True)
class OutsideInbox:
    """`octets` lay outside the inbox at `at` (POSIX seconds), by what the provider's page said."""

    octets: int
    at: float


Advice = KeepShorter | LeftBehind | ServerDeletes | DeletedSoon | OutsideInbox


def keep_shorter(samples: Sequence[Sample], found: Forecast, limit: int, period: int | None) -> KeepShorter | None:
    """The longest storage period whose mail stays below `limit` octets, where the one in use does not.

    `limit` is the first warning step. None where there is nothing to gain or nothing known.
    """
    longest = longest_period(samples, limit)
    if longest is None or longest >= LONG_ENOUGH or (period is not None and longest >= period):
        return None
    if period is None and found.days is None:
        return None  # it does not fill, whatever the setting
    return KeepShorter(longest, period, limit)


def left_behind(first_seen: Sequence[float], period: int | None, now: float, watched_since: float) -> LeftBehind | None:
    """Messages that should be gone by the storage period. `first_seen` of those there now, oldest first.

    Mail that was there when the watch began is older than its first sight: the count may be too small then.
    """
    if period is None:
        return None
    before = now - (period + GRACE) * DAY
    count = sum(at <= before for at in first_seen)
    return LeftBehind(count, period, sure=watched_since <= before - period * DAY) if count else None


def deleted_soon(first_seen: Sequence[float], expire: int | None, now: float) -> DeletedSoon | None:
    """Mail that the server will delete within `WARN_BEFORE` days by its EXPIRE (RFC 2449 §6.7), at the latest.

    Counted from the first sight: it may be older, and be deleted earlier.
    """
    if not expire:
        return None
    due = [at + expire * DAY - now for at in first_seen]
    soon = [left for left in due if left <= WARN_BEFORE * DAY]
    return DeletedSoon(len(soon), max(0.0, min(soon) / DAY)) if soon else None
