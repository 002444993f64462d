"""When will the mailbox be full? A rate, a range of days, and silence where the data do not carry an answer. Pure.

A forecast says what happens if mail goes on coming as it did and nobody tidies up. It is silent rather than wrong:
where a person tidies often enough, where the mail program's storage period lets the mailbox settle below its limit,
where the range would be too wide to be of use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.mailbox.flow import DAY, Flow, flow_of
from notifier.mailbox.habits import leaves_by_routine, period_works, tidied_within
from notifier.mailbox.history import Sample
from notifier.mailbox.trend import HORIZON, Trend, trend_of

LEAST_DAYS, LEAST_ARRIVALS = 2.0, 5
FAR_OFF = 730.0  # days; beyond two years nobody needs to know
WIDEST = 5.0  # a range whose end is more than so many times its beginning says nothing
LOOKED_AT_LEAST = 2.0  # days without a look (a weekend) that are nothing to speak of
CERTAIN = 1.45  # up to this it is certain enough to lean on


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
    OUT_OF_DATE = "out-of-date"  # by now it should be full, but nobody has looked for so long


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


@dataclass(frozen=True, slots=True)
class Ahead:
    """The mailbox at a moment to come: octets, if nobody tidies up and the limit did not exist."""

    at: float
    octets: Range


def forecast(samples: Sequence[Sample], limit: int | None, now: float, period: int | None = None) -> Forecast:
    """The forecast from `samples` (oldest first) at `now` (POSIX seconds).

    `limit` in octets, for what the samples count (the caller takes off what lies outside the inbox); None: unknown.
    `period`: days the mail program keeps mail on the server, None for ever, 0 not at all.
    """
    view = _view(samples, period)
    if view is None:
        full = limit is not None and bool(samples) and samples[-1].octets >= limit
        return Forecast(silence=Silence.FULL if full else Silence.TOO_EARLY)
    settles = view.settles()
    fits = None if settles is None or limit is None else _fits(settles, limit)
    found = Silence.NO_LIMIT if limit is None else view.until(limit, fits)
    if isinstance(found, Silence):
        return Forecast(view.rate(), None, found, settles, fits)
    passed = max(0.0, (now - samples[-1].at) / DAY)
    if passed > found.high and passed > LOOKED_AT_LEAST:
        return Forecast(view.rate(), None, Silence.OUT_OF_DATE, settles, fits)
    days = Range(*(max(0.0, d - passed) for d in (found.low, found.middle, found.high)))
    return Forecast(view.rate(), days, None, settles, fits)


def fan(samples: Sequence[Sample], until: float, period: int | None = None, steps: int = 60) -> tuple[Ahead, ...]:
    """What the forecast expects from the last sample to `until` (POSIX seconds); empty where it has no opinion."""
    view = _view(samples, period)
    if view is None or until <= samples[-1].at:
        return ()
    whole = (until - samples[-1].at) / DAY
    days = [whole * n / steps for n in range(steps + 1)]
    return tuple(Ahead(samples[-1].at + d * DAY, view.after(d)) for d in days)


def longest_period(samples: Sequence[Sample], octets: int) -> int | None:
    """For how many days mail can be kept so that it stays below `octets`, even where the range ends; None: unknown."""
    view = _view(samples, None)
    if view is None:
        return None
    days = view.arriving.days_until(octets, 1)
    return int(min(days, HORIZON))


def _view(samples: Sequence[Sample], period: int | None) -> _View | None:
    """None where too little was seen to say anything."""
    flow = flow_of(samples)
    if flow.days < LEAST_DAYS or flow.arrivals < LEAST_ARRIVALS:
        return None
    arriving = trend_of(flow, net=False)
    net = trend_of(flow, net=True) if leaves_by_routine(flow) else None
    works = period if period is not None and period_works(flow, samples[-1].octets, period) else None
    return _View(samples, flow, arriving, net, period, works)


@dataclass(frozen=True, slots=True)
class _View:
    """What the samples say: the trend of what arrives, the `net` trend where mail also leaves by routine.

    `period` in days is what the user set, `works` the same if mail really leaves so.
    """

    samples: Sequence[Sample]
    flow: Flow
    arriving: Trend
    net: Trend | None
    period: int | None
    works: int | None

    @property
    def level(self) -> int:
        return self.samples[-1].octets

    @property
    def oldest(self) -> float:
        """About how many days of mail are in the mailbox."""
        return self.level / max(self.arriving.level, 1.0)

    def rate(self) -> Range:
        trend, level = self.arriving, max(0.0, self.arriving.level)
        slower, faster = (trend.z(side) * math.sqrt(trend.var_level) for side in (-1, 1))
        return Range(max(0.0, level + slower), level, level + faster + trend.surplus)

    def settles(self) -> Range | None:
        """Where a mailbox stands whose mail is deleted after `period` days: at what comes within that time."""
        if self.period is None:
            return None
        span = max(1.0, float(self.period))  # mail that is fetched and deleted still lies there for up to a day
        return _range(self.arriving, span)

    def until(self, limit: int, fits: bool | None) -> Range | Silence:
        """Days from the last sample until full, or why not."""
        if self.level >= limit:
            return Silence.FULL
        if self.works is not None and fits is not False:
            return self._within_the_period(limit, self.works, fits)
        days = _until(self.net or self.arriving, limit - self.level)
        if self.net:
            return days or Silence.STEADY
        if days is None:
            far = self.arriving.days_until(limit - self.level, 0) > FAR_OFF
            return Silence.FAR_OFF if far else Silence.UNCERTAIN
        return Silence.TIDIED if tidied_within(self.samples, days.high) else days

    def _within_the_period(self, limit: int, period: int, fits: bool | None) -> Range | Silence:
        """A mailbox whose oldest mail is younger than the storage period only grows until that is over."""
        if fits:
            return Silence.SETTLES
        days = _until(self.arriving, limit - self.level)
        if days is not None and days.high <= period - self.oldest:
            return days
        return Silence.UNCERTAIN

    def after(self, days: float) -> Range:
        """Octets in the mailbox so many days after the last sample."""
        if self.works is None:
            coming = _range(self.net or self.arriving, days)
            return Range(*(max(0.0, self.level + x) for x in (coming.low, coming.middle, coming.high)))
        period = max(1.0, float(self.works))
        age = min(self.oldest, period)  # what is there now leaves evenly, beginning when the oldest is due
        gone = max(0.0, min(1.0, (days - (period - age)) / age)) if age else 1.0
        coming = _range(self.arriving, min(days, period))
        still = self.level * (1 - gone)
        return Range(still + coming.low, still + coming.middle, still + coming.high)


def _range(trend: Trend, days: float) -> Range:
    low, middle, high = (trend.quantile(days, side) for side in (-1, 0, 1))
    return Range(min(low, middle), middle, max(middle, high))


def _fits(settles: Range, limit: int) -> bool | None:
    if settles.high < limit:
        return True
    return False if settles.low >= limit else None


def _until(trend: Trend, octets: float) -> Range | None:
    """The range of days until `octets` have come; None when it is too wide or too far to be said."""
    low, middle, high = (trend.days_until(octets, side) for side in (1, 0, -1))
    if middle > FAR_OFF or math.isinf(high) or high > WIDEST * max(low, 0.5):
        return None
    return Range(low, middle, high)
