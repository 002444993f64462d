"""How mail leaves a mailbox: by a mail program's routine, by its storage period, or by a person who tidies up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from notifier.mailbox.flow import DAY, Flow
from notifier.mailbox.history import Sample

ROUTINE = 0.5  # of the days: mail that leaves so often leaves by a program, not by a person who tidies up
CLEAN_UP = 0.15  # of the mailbox at once: somebody tidied up
LATELY = 28  # days


def leaves_by_routine(flow: Flow) -> bool:
    """Whether mail leaves on most days; then only the difference of what comes and what leaves can fill the mailbox."""
    lately = [s for s in flow.stretches if s.first < LATELY]
    leaving = sum(s.length for s in lately if s.octets_out > 0)
    return leaving >= ROUTINE * sum(s.length for s in lately)


def period_works(flow: Flow, level: int, period: int) -> bool:
    """Whether mail really leaves after `period` days: it was seen to leave, or it is too early to tell.

    A setting may be out of date, or belong to a mail program that has not run for weeks.
    """
    due = [s for s in flow.stretches if s.first >= period + 2]
    if sum(s.length for s in due) >= 3:
        return sum(s.octets_out for s in flow.stretches) >= 0.3 * sum(s.octets_in for s in due)
    return level <= 2 * max(1, period) * flow.per_day_in


def tidied_within(samples: Sequence[Sample], days: float) -> bool:
    """Whether somebody will have tidied up within `days` of the last sample, going by the longest pause so far.

    One clean-up is no habit, and neither is one that should have come long ago.
    """
    times = clean_ups(samples)
    if len(times) < 2:
        return False
    longest = max(b - a for a, b in pairwise(times)) / DAY
    passed = (samples[-1].at - times[-1]) / DAY
    return passed <= 1.5 * longest and days >= 0.8 * longest - passed


def clean_ups(samples: Sequence[Sample]) -> list[float]:
    """When a good part of the mailbox was deleted at once (POSIX seconds); several within a day are one."""
    times: list[float] = []
    for before, sample in pairwise(samples):
        if sample.octets_out >= CLEAN_UP * max(1, before.octets) and (not times or sample.at - times[-1] > DAY):
            times.append(sample.at)
    return times
