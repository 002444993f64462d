"""Quiet hours on the reader's own clock, right also in the two nights a year when that clock jumps."""

from __future__ import annotations

from datetime import datetime, tzinfo

from notifier.config import QuietHours

LONGEST = 49 * 60 + 1  # minutes; spring may leave out the one loud hour of a day, and the next day has it again


def quiet_now(hours: QuietHours | None, now: float, zone: tzinfo | None = None) -> bool:
    """Whether `now` (POSIX) lies in the quiet hours, by the wall clock of `zone` (None: this computer's)."""
    if hours is None or hours.start == hours.end:
        return False
    minute = _minute(now, zone)
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def quiet_ends(hours: QuietHours, now: float, zone: tzinfo | None = None) -> float:
    """The POSIX time at which the quiet hours that `now` lies in end; `now` itself outside of them.

    Looked for minute by minute: the written end may come twice in an autumn night, or never in a spring night.
    """
    if not quiet_now(hours, now, zone):
        return now
    next_minute = int(now // 60) + 1
    minutes = (m * 60.0 for m in range(next_minute, next_minute + LONGEST))
    return next((t for t in minutes if not quiet_now(hours, t, zone)), now)


def _minute(now: float, zone: tzinfo | None) -> int:
    """Minutes after midnight on the wall clock."""
    wall = datetime.fromtimestamp(now, zone)
    return wall.hour * 60 + wall.minute
