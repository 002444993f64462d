"""How full the mailbox is, and when to say so: one alert per rising step, re-armed only after a real fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FULL = 100
# A mailbox that hovers around a step must not alert at each wobble: a step counts as left only this far below it.
REARM_POINTS = 3


@dataclass(frozen=True, slots=True)
class Quota:
    """`percent` of `limit` octets in use, at least: STAT counts only the inbox. `level` as in `--json`."""

    limit: int
    percent: float
    level: str


def quota_of(octets: int, limit: int | None, warn_at: Sequence[int]) -> Quota | None:
    """None while the limit is unknown: no percentage is invented."""
    if limit is None:
        return None
    percent = octets * 100 / limit
    return Quota(limit, percent, level_of(_step(percent, warn_at), warn_at))


def level_of(step: int, warn_at: Sequence[int]) -> str:
    """`ok`, the first step `warning`, the last `critical`, those between `high`; 100 is `full`."""
    steps = sorted(warn_at)
    if step >= FULL:
        return "full"
    if step not in steps:
        return "ok"
    if step == steps[0]:
        return "warning"
    return "critical" if step == steps[-1] else "high"


def announce(announced: int, percent: float, warn_at: Sequence[int]) -> tuple[int, int | None]:
    """The step now standing as announced, and the step to say (None: nothing to say).

    `announced` is the highest step already said, 0 for none; kept between checks and over restarts.
    """
    step = _step(percent, warn_at)
    if step > announced:
        return step, step
    still = [s for s in (0, *sorted(warn_at), FULL) if s <= announced and s <= percent + REARM_POINTS]
    return max(still, default=0), None


def _step(percent: float, warn_at: Sequence[int]) -> int:
    """The highest step reached, 0 for none. A mailbox is full from 100 % on."""
    return max((s for s in (*warn_at, FULL) if percent >= s), default=0)
