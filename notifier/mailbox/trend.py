"""From days of flow to what the next days will bring: a level, a slope, a weekly rhythm, and how sure that is.

The model is small on purpose: octets a day = (level + slope * time) * rhythm of the week + chance. Level and slope come
from weighted least squares, with the slope held near nothing unless the data insist (a prior); the noise is the larger
of what the days scatter and what the single mails must scatter. All in days and octets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.mailbox.flow import Flow, Stretch

HORIZON = 1000  # days ahead that are looked at, each day of the first month, and then in steps that grow
MONTH = 30
Z80 = 1.2816  # an 80 % range leaves a tenth on either side
# What was not seen yet (growth, a burst larger than any before) fills a mailbox sooner, never later.
SOONER = 1.25
SLOPE_PRIOR = 0.004  # of the level, per day: a mailbox that doubles within a year is nothing odd
SLOPE_LASTS = 75.0  # days for which a slope is believed to go on
RARE = 0.1  # what came once within a time comes again within so much of it with less than a tenth's chance
RHYTHM_PRIOR = 0.5  # how far a day of the week is thought to differ from the mean, before looking
RHYTHM_FROM = 7  # days


@dataclass(frozen=True, slots=True)
class Trend:
    """What each coming day brings: `level` octets a day now, changing by `slope` a day; `rhythm` of seven days to come.

    The uncertainty: variances of level and slope and their covariance, `noise` the variance of one day's octets.
    `spare` (degrees of freedom) widens ranges that rest on few days. `surplus` octets a day may come on top after
    `rare` days, from huge mails like the one seen.
    """

    level: float
    slope: float
    rhythm: tuple[float, ...]
    var_level: float
    covariance: float
    var_slope: float
    noise: float
    spare: float
    surplus: float = 0.0
    rare: float = 0.0
    may_fall: bool = False

    def z(self, side: float) -> float:
        """The normal quantile of an 80 % range's end, widened as Student's distribution is for few days."""
        return side * Z80 * (1 + 0.85 / max(1.0, self.spare)) * (SOONER if side > 0 else 1.0)

    def mean(self, days: float) -> float:
        """Octets that the next `days` bring on the average."""
        bent = _bent(days)
        whole = int(days)
        weeks, rest = divmod(whole, 7)
        rhythm = weeks * 7 + sum(self.rhythm[:rest]) + (days - whole) * self.rhythm[rest]
        straight = max(0.1 * self.level * days, self.level * days + self.slope * bent)
        return straight * (rhythm / days if days else 1.0)

    def variance(self, days: float) -> float:
        bent = _bent(days)
        estimate = days**2 * self.var_level + 2 * days * bent * self.covariance + bent**2 * self.var_slope
        return max(0.0, estimate) + self.noise * days

    def quantile(self, days: float, side: float) -> float:
        """Octets within `days`: the median for `side` 0, the ends of the 80 % range for -1 and 1."""
        mean, variance = self.mean(days), self.variance(days)
        if side > 0:
            mean += self.surplus * max(0.0, days - self.rare)
        straight = mean + self.z(side) * math.sqrt(variance)
        if self.may_fall:
            return straight
        if mean <= 0:
            return 0.0
        spread = math.log1p(variance / mean**2)  # octets that only come in: lognormal, never below nothing
        skew = mean * math.exp(self.z(side) * math.sqrt(spread) - spread / 2)
        return max(skew, straight) if side > 0 else skew  # where one burst is more than all else, the skew is worse

    def days_until(self, octets: float, side: float) -> float:
        """Days until so many octets have come; infinite where the horizon ends before."""
        if octets <= 0:
            return 0.0
        before = highest = 0.0
        day = 0
        while day < HORIZON:
            step = 1 + day // MONTH
            highest = max(highest, self.quantile(day + step, side))
            if highest >= octets:
                return day + step * (octets - before) / (highest - before)
            day, before = day + step, highest
        return math.inf


def _bent(days: float) -> float:
    """The integral of a slope that goes on for `SLOPE_LASTS` days and then stays where it led."""
    turn = min(days, SLOPE_LASTS)
    return turn**2 / 2 + turn * (days - turn)


def trend_of(flow: Flow, *, net: bool) -> Trend:
    """The trend of what comes in (`net`: less what leaves). There must be at least one stretch."""
    gross = flow.per_day_in
    values = [s.octets_in - (s.octets_out if net else 0.0) for s in flow.stretches]
    rhythm = (1.0,) * 7 if net else _rhythm(flow, gross)
    lengths = [_weight(s, rhythm) for s in flow.stretches]
    ages = [-s.age for s in flow.stretches]
    must = flow.scatter / flow.days * (2 if net else 1)
    prior = (SLOPE_PRIOR * gross) ** 2
    noise = must
    for _ in range(2):  # the noise weighs the prior, and the fit gives the noise
        level, slope, var_level, covariance, var_slope = _fit(ages, values, lengths, noise, prior)
        noise = max(must, _scatter(ages, values, lengths, level, slope))
    return Trend(
        level=level,
        slope=slope,
        rhythm=rhythm,
        var_level=var_level,
        covariance=covariance,
        var_slope=var_slope,
        noise=noise,
        spare=_spare(flow),
        surplus=flow.one_off / (2 * flow.days),
        rare=RARE * flow.days,
        may_fall=net,
    )


def _spare(flow: Flow) -> float:
    """Degrees of freedom: as many as there are days that weigh alike (Kish); ten days with two bursts count for two."""
    squares = sum(s.octets_in**2 / s.length for s in flow.stretches)
    return (flow.per_day_in**2 * flow.days**2 / squares if squares else 1.0) - 1


def _weight(stretch: Stretch, rhythm: Sequence[float]) -> float:
    """How many average days a stretch counts for, with its days of the week in mind."""
    whole = int(stretch.length)
    days = sum(rhythm[-(stretch.first + n) % 7 - 1] for n in range(whole))
    return max(0.05, days + (stretch.length - whole) * rhythm[-(stretch.first + whole) % 7 - 1])


def _rhythm(flow: Flow, mean: float) -> tuple[float, ...]:
    """How much each of the seven days to come brings against the average; flat where the data do not tell.

    The day n days ahead is the same day of the week as the one 7 - n days back. Each is drawn to 1 by as much as
    chance alone would make it differ.
    """
    flat = (1.0,) * 7
    if flow.days < RHYTHM_FROM or mean <= 0:
        return flat
    chance = flow.scatter / flow.days / mean**2  # relative variance of one day, if mails come independently
    pull = chance / RHYTHM_PRIOR**2
    sums, counts = [0.0] * 7, [0.0] * 7
    for s in flow.stretches:
        if s.length > 1.01:
            continue
        ahead = -(s.first + 1) % 7
        sums[ahead] += s.octets_in / mean
        counts[ahead] += s.length
    factors = [(x + pull) / (n + pull) if n else 1.0 for x, n in zip(sums, counts, strict=True)]
    average = sum(factors) / 7
    return tuple(f / average for f in factors) if average > 0 else flat


def _fit(
    times: Sequence[float], values: Sequence[float], lengths: Sequence[float], noise: float, prior: float
) -> tuple[float, float, float, float, float]:
    """Level, slope and their (co)variances, by least squares with a prior variance for the slope."""
    n = sum(lengths)
    t = sum(w * x for w, x in zip(lengths, times, strict=True))
    tt = sum(w * x * x for w, x in zip(lengths, times, strict=True))
    y = sum(values)
    ty = sum(x * v for x, v in zip(times, values, strict=True))
    noise = max(noise, 1e-9)
    hold = noise / prior if prior > 0 else math.inf
    if math.isinf(hold):
        return y / n, 0.0, noise / n, 0.0, 0.0
    det = n * (tt + hold) - t * t
    level, slope = ((tt + hold) * y - t * ty) / det, (n * ty - t * y) / det
    return level, slope, noise * (tt + hold) / det, -noise * t / det, noise * n / det


def _scatter(
    times: Sequence[float], values: Sequence[float], lengths: Sequence[float], level: float, slope: float
) -> float:
    """The variance of one day's octets around the fit."""
    spare = len(values) - 1.5
    if spare < 1:
        return 0.0
    squares = ((v - (level + slope * x) * w) ** 2 / w for x, v, w in zip(times, values, lengths, strict=True))
    return sum(squares) / spare
