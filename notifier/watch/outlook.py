"""After each good check: what the sizes so far lead to, what of it is to be said, and old samples made few."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notifier import prospects, prospects_words
from notifier.config import Account
from notifier.events import Event, MailExpires
from notifier.mailbox.advice import deleted_soon
from notifier.mailbox.calibration import calibration_from, outside_of
from notifier.mailbox.episode import filling_episode
from notifier.mailbox.history import rows_of, samples_of
from notifier.mailbox.thinning import thin
from notifier.store import Memory, Store

DAY = 86400.0
# A forecast of days is no other after ten minutes: it is made anew when so much time has passed, or when the size moved
# by so much of the limit.
AGAIN_AFTER = 3 * 3600.0
AGAIN_MOVED = 0.01
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Outlook:
    """`sentence` such as "full in about 9 days", or empty; `outside`: octets that count beside the inbox's.

    Made at the time `at` (POSIX seconds) for a mailbox of `octets`.
    """

    sentence: str = ""
    outside: int = 0
    at: float = 0.0
    octets: int = 0

    def holds(self, account: Account, octets: int, outside: int, now: float) -> bool:
        """Whether nothing has happened since that would change it."""
        moved = abs(octets - self.octets) > AGAIN_MOVED * (account.mailbox_limit or octets)
        return outside == self.outside and 0 <= now - self.at < AGAIN_AFTER and not moved


def of(store: Store, account: Account, now: float) -> Outlook:
    """What is known without a new check, as at a start.

    It is for showing only: the next check makes it anew and says what is to be said, for a program that runs an hour
    a day would otherwise never come to warn.
    """
    return _view(prospects.of_account(store, account, now), NEVER)


def outside(store: Store, account: Account) -> int:
    """Octets outside the inbox, by what the user read on the provider's page."""
    return outside_of(calibration_from(store.calibration(account.name)))


def after_check(
    store: Store, account: Account, memory: Memory, now: float, before: Outlook | None = None
) -> tuple[Outlook, tuple[Event, ...], dict[str, Any]]:
    """The outlook, what is to be said, and the notes to keep. To be called inside the check's transaction."""
    octets = memory.known.octets if memory.known else 0
    if before is not None and before.holds(account, octets, outside(store, account), now):
        return before, (), {}
    notes = memory.notes
    thinned_at = _thin_daily(store, account.name, notes.get("thinned_at", 0.0), now)
    found = prospects.of_account(store, account, now)
    filling_said, filling = filling_episode(account.name, notes.get("filling_said"), found.ahead, now)
    expiring, expires = _expiring(account.name, notes, store.first_seen, now)
    events: Sequence[Event | None] = (filling, expires)
    kept = {"thinned_at": thinned_at, "filling_said": filling_said, "expiring_said": expiring}
    return _view(found, now), tuple(e for e in events if e is not None), kept


def _view(found: prospects.Prospects, at: float) -> Outlook:
    octets = found.samples[-1].octets if found.samples else 0
    return Outlook(prospects_words.short(found), outside_of(found.calibration), at, octets)


def _thin_daily(store: Store, name: str, thinned_at: float, now: float) -> float:
    if now - thinned_at < DAY:
        return thinned_at
    samples = samples_of(store.sizes(name))
    few = thin(samples, now, offset=_offset(now))
    if len(few) < len(samples):
        store.replace_sizes(name, rows_of(few))
    return now


def _offset(now: float) -> float:
    """Seconds east of Greenwich: a day is the user's day."""
    return float(time.localtime(now).tm_gmtoff or 0)


def _expiring(name: str, notes: dict[str, Any], first_seen: Any, now: float) -> tuple[float | None, Event | None]:
    """Said once when mail comes near the age at which the server deletes it, and again only after none was near."""
    expire = notes.get("expire")
    soon = deleted_soon(first_seen(name), expire, now) if expire else None
    if soon is None:
        return None, None
    said = notes.get("expiring_said")
    return (said, None) if said else (now, MailExpires(name, soon.count, soon.days, expire or 0))
