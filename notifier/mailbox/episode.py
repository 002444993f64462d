"""When a forecast is worth an alert: once per episode, and only if the whole range supports it."""

from __future__ import annotations

from notifier.events import FillingUp
from notifier.mailbox.forecast import Forecast, Silence

SOON, AT_THE_LATEST = 7.0, 14.0  # days: the middle and the end of a range that is worth an alert
OVER = 14.0  # days: a middle further off ends the episode
_OVER = {Silence.SETTLES, Silence.STEADY, Silence.TIDIED, Silence.FAR_OFF}


def filling_episode(
    account: str, said_at: float | None, found: Forecast, now: float
) -> tuple[float | None, FillingUp | None]:
    """`said_at` (POSIX seconds, None: not said) as it is to be kept, and what is to be said now.

    An episode ends when the mailbox is safely off its limit again (tidied up, say), not when a forecast wavers or is
    silent for want of data; and a full mailbox was announced otherwise.
    """
    days = found.days
    if days is None:
        return (None if found.silence in _OVER else said_at), None
    if days.middle > OVER:
        return None, None
    if said_at is None and days.middle <= SOON and days.high <= AT_THE_LATEST:
        return now, FillingUp(account, days.low, days.middle, days.high)
    return said_at, None
