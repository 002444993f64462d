"""When will the mailbox be full? A rate, a range of days, and silence where the data do not carry an answer. Pure.

A forecast says what happens if mail goes on coming as it did and nobody tidies up. It is silent rather than wrong: where
a person tidies often enough, where the mail program's storage period lets the mailbox settle below its limit, where
the range would be too wide to be of use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.mailbox.flow import DAY, Flow, flow_of
from notifier.mailbox.history import Sample
from notifier.mailbox.trend import Trend, trend_of

LEAST_DAYS, LEAST_ARRIVALS = 2.0, 5
FAR_OFF = 730.0  # days; beyond two years nobody needs to know
WIDEST = 5.0  # a range whose end is more than so many times its beginning says nothing
CERTAIN = 1.5  # up to this it is certain enough to lean on
ROUTINE = 0.5  # of the days: mail that leaves so often leaves by a program, not by a person who tidies up
CLEAN_UP = 0.15  # of the mailbox at once: somebody tidied up


class Silence(StrEnum):
    """Why there is no number of days."""

    NO_LIMIT = "no-limit"  # the account's limit is not known
    TOO_EARLY = "too-early"  # not watched long enough, or hardly any mail came
    FULL = "full"  # it is full now
    SETTLES = "settles"  # the storage period holds it below the limit
    STEADY = "steady"  # as much leaves as comes
    TIDIED = "tidied"  # it is tidied up before it gets there
    FAR_OFF = "far-off"  # not within two years
    UNCERTAIN = "uncertain"  # the range would be too wide


@dataclass(frozen=True, slots=True)
class Range:
    """Holds the truth in four of five cases; `middle` is the best single figure. `low <= middle <= high`."""

    low: float
    middle: float
    high: float

    @property
    def certain(self) -> bool:
        """Narrow enough to be said as one figure."""
        return self.high <= CERTAIN * self.low


@dataclass(frozen=True, slots=True)
class Forecast:
    """`rate` octets arriving a day; `days` until full, or None and then `silence` says why.

    With a storage period: `settles_at` octets, and whether that `fits` below the limit (None: too close to say).
    """

    rate: Range | None = None
    days: Range | None = None
    silence: Silence | None = None
    settles_at: Range | None = None
    fits: bool | None = None


def forecast(samples: Sequence[Sample], limit: int | None, now: float, period: int | None = None) -> Forecast:
    """The forecast from `samples` (oldest first) at `now` (POSIX seconds).

    `limit` in octets, for what the samples count (the caller takes off what lies outside the inbox); None: unknown.
    `period`: days the mail program keeps mail on the server, None for ever, 0 not at all.
    """
    flow = flow_of(samples)
    arriving = trend_of(flow, net=False)
    if arriving is None or flow.days < LEAST_DAYS or flow.arrivals < LEAST_ARRIVALS:
        full = limit is not None and bool(samples) and samples[-1].octets >= limit
        return Forecast(silence=Silence.FULL if full else Silence.TOO_EARLY)
    level = samples[-1].octets
    settles = _settles(arriving, period)
    fits = _fits(settles, limit)
    days, silence = _days(samples, flow, arriving, limit, period, fits)
    if days is not None:
        passed = max(0.0, (now - samples[-1].at) / DAY)
        days = Range(*(max(0.0, d - passed) for d in (days.low, days.middle, days.high)))
    return Forecast(_rate(arriving), days, silence, settles, fits)


def _rate(trend: Trend) -> Range:
    spread = trend.z * math.sqrt(trend.var_level)
    level = max(0.0, trend.level)
    return Range(max(0.0, level - spread), level, level + spread + trend.surplus)


def _settles(trend: Trend, period: int | None) -> Range | None:
    """Where a mailbox stands whose mail is deleted after `period` days: what comes within that time."""
    if period is None:
        return None
    span = max(1.0, float(period))  # mail that is fetched and deleted lies there for some hours, up to a day
    return Range(*(max(0.0, trend.quantile(span, side)) for side in (-1, 0, 1)))


def _fits(settles: Range | None, limit: int | None) -> bool | None:
    if settles is None or limit is None:
        return None
    if settles.high < limit:
        return True
    return False if settles.low >= limit else None


def _days(
    samples: Sequence[Sample], flow: Flow, arriving: Trend, limit: int | None, period: int | None, fits: bool | None
) -> tuple[Range | None, Silence | None]:
    """Days from the last sample until full, or why not."""
    level = samples[-1].octets
    if limit is None:
        return None, Silence.NO_LIMIT
    if level >= limit:
        return None, Silence.FULL
    net = _leaves_by_routine(flow)
    if period is not None and fits is not False and _period_works(flow, arriving, level, period):
        return _before_the_first_leaves(arriving, limit, level, period, fits)
    trend = trend_of(flow, net=True) if net else arriving
    assert trend is not None  # noqa: S101 - there is a flow, `arriving` came from it
    days = _until(trend, limit - level)
    if days is None:
        return None, Silence.STEADY if net else _why_none(arriving, limit - level)
    if not net and _tidied_before(samples, days):
        return None, Silence.TIDIED
    return days, None


def _before_the_first_leaves(
    arriving: Trend, limit: int, level: int, period: int, fits: bool | None
) -> tuple[Range | None, Silence | None]:
    """A mailbox whose oldest mail is younger than the storage period grows until that is over: it may be full by then."""
    if fits:
        return None, Silence.SETTLES
    days = _until(arriving, limit - level)
    oldest = level / max(arriving.level, 1.0)
    if days is not None and days.high <= period - oldest:
        return days, None
    return None, Silence.UNCERTAIN


def _until(trend: Trend, octets: float) -> Range | None:
    """The range of days until `octets` have come; None when it is too wide or too far to be said."""
    low, middle, high = (trend.days_until(octets, side) for side in (1, 0, -1))
    if middle > FAR_OFF or math.isinf(high) or high > WIDEST * max(low, 0.5):
        return None
    return Range(low, middle, high)


def _why_none(trend: Trend, octets: float) -> Silence:
    return Silence.FAR_OFF if trend.days_until(octets, 0) > FAR_OFF else Silence.UNCERTAIN


def _leaves_by_routine(flow: Flow) -> bool:
    """Whether mail leaves on most days, as a mail program does it; then what counts is the difference."""
    lately = [s for s in flow.stretches if s.first < 28]
    leaving = sum(s.length for s in lately if s.octets_out > 0)
    return leaving >= ROUTINE * sum(s.length for s in lately)


def _period_works(flow: Flow, arriving: Trend, level: int, period: int) -> bool:
    """Whether mail really leaves after `period` days: seen to leave, or too early to tell and not overfull."""
    due = [s for s in flow.stretches if s.first >= period + 2]
    if sum(s.length for s in due) >= 3:
        went = sum(s.octets_out for s in flow.stretches)
        return went >= 0.3 * sum(s.octets_in for s in due)
    return level <= 2 * max(1.0, float(period)) * max(arriving.level, 0.0)


def _tidied_before(samples: Sequence[Sample], days: Range) -> bool:
    """Whether the next clean-up is due before the mailbox may be full, by how often there was one so far."""
    end = samples[-1].at
    times = _clean_ups(samples)
    if len(times) < 2:
        return False
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    longest, passed = max(gaps) / DAY, (end - times[-1]) / DAY
    if passed > 1.5 * longest:
        return False  # a habit that has ended
    return days.high >= 0.8 * longest - passed


def _clean_ups(samples: Sequence[Sample]) -> list[float]:
    """When somebody deleted a good part of the mailbox at once (POSIX seconds); several within a day are one."""
    times: list[float] = []
    for before, sample in zip(samples, samples[1:], strict=False):
        if sample.octets_out >= CLEAN_UP * max(1, before.octets) and (not times or sample.at - times[-1] > DAY):
            times.append(sample.at)
    return times
