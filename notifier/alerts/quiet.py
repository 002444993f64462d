"""Quiet hours on the reader's own clock, right also in the two nights a year when that clock jumps."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from notifier.config import QuietHours


def quiet_now(hours: QuietHours | None, now: float, zone: tzinfo | None = None) -> bool:
    """Whether `now` (POSIX) lies in the quiet hours, by the wall clock of `zone` (None: this computer's)."""
    if hours is None or hours.start == hours.end:
        return False
    minute = _minute(now, zone)
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def quiet_ends(hours: QuietHours, now: float, zone: tzinfo | None = None) -> float:
    """The POSIX time at which the quiet hours that `now` lies in end; `now` itself outside of them."""
    if not quiet_now(hours, now, zone):
        return now
    wall = datetime.fromtimestamp(now, zone)
    end = wall.replace(hour=hours.end // 60, minute=hours.end % 60, second=0, microsecond=0, fold=0)
    candidates = [(end + timedelta(days=d)).replace(fold=f).timestamp() for d in (0, 1) for f in (0, 1)]
    ends = min(t for t in candidates if t > now)
    # Where the clock leaps over the written end ("02:30" in the spring night), the end is the leap itself.
    return ends if _minute(ends, zone) == hours.end else _leap(hours, now, ends, zone)


def _leap(hours: QuietHours, quiet: float, loud: float, zone: tzinfo | None) -> float:
    """The whole minute at which the quiet hours stop between `quiet` and `loud`, an hour apart at the most."""
    first = int(max(quiet, loud - 2 * 3600) // 60)
    minutes = (m * 60.0 for m in range(first + 1, int(loud // 60) + 1))
    return next((t for t in minutes if t > quiet and not quiet_now(hours, t, zone)), loud)


def _minute(now: float, zone: tzinfo | None) -> int:
    """Minutes after midnight on the wall clock."""
    wall = datetime.fromtimestamp(now, zone)
    return wall.hour * 60 + wall.minute
