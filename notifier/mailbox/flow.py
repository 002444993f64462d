"""What came into a mailbox and left it, day by day, as far as the samples tell.

Days are counted back from the last sample, so that no time zone and no unfinished day is in the way. Where nobody
looked for days, these days stand together: how the mail was spread over them is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from notifier.mailbox.history import Sample

DAY = 86400.0
WINDOW = 84  # days that say something about the next ones: twelve weeks
HOLE = 1.5  # days between two looks, from which on the days between stand together
ONE_OFF_SHARE, ONE_OFF_RATIO = 0.1, 4.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """`length` days, of which the youngest began `first` whole days before the last sample; octets in and out."""

    first: int
    length: float
    octets_in: float
    octets_out: float

    @property
    def age(self) -> float:
        """Days from its middle to the last sample."""
        return self.first + self.length / 2


@dataclass(frozen=True, slots=True)
class Flow:
    """The stretches, youngest first, and what single mails tell.

    `scatter` is the sum of squared message sizes: for mails that come independently of each other, the variance of what
    comes (a compound Poisson process). `one_off` octets of a single arrival, far larger than all others, are in none
    of the stretches; 0 if there was none.
    """

    stretches: tuple[Stretch, ...]
    arrivals: int
    scatter: float
    one_off: float

    @property
    def days(self) -> float:
        return sum(s.length for s in self.stretches)

    @property
    def per_day_in(self) -> float:
        return sum(s.octets_in for s in self.stretches) / self.days if self.stretches else 0.0


def flow_of(samples: Sequence[Sample]) -> Flow:
    """The flow of the last `WINDOW` days of `samples` (oldest first)."""
    if len(samples) < 2:
        return Flow((), 0, 0.0, 0.0)
    end = samples[-1].at
    begin = max(samples[0].at, end - WINDOW * DAY)
    pairs = [(a, b) for a, b in pairwise(samples) if b.at > begin and b.at > a.at]
    one_off = _one_off([b for _, b in pairs])
    days = _Days(end, (end - begin) / DAY)
    for before, sample in pairs:
        octets_in = 0 if sample is one_off else sample.octets_in
        days.spread(max(before.at, begin), sample.at, octets_in, sample.octets_out, since=before.at)
    heard = [b for _, b in pairs if b is not one_off and b.arrived]
    return Flow(
        days.stretches(),
        sum(s.arrived for s in heard),
        sum(s.octets_in**2 / s.arrived for s in heard),
        one_off.octets_in if one_off else 0.0,
    )


def _one_off(samples: Sequence[Sample]) -> Sample | None:
    """The one arrival of few mails that is a good part of everything, and several times any other."""
    by_size = sorted((s for s in samples if s.octets_in), key=lambda s: s.octets_in / max(1, s.arrived))
    if len(by_size) < 2:
        return None
    largest, total = by_size[-1], sum(s.octets_in for s in by_size)
    others = max(s.octets_in for s in by_size[:-1])
    huge = largest.octets_in > max(ONE_OFF_SHARE * total, ONE_OFF_RATIO * others)
    return largest if huge and largest.arrived <= 3 else None


class _Days:
    """Sums per day before `end`; day 0 is the youngest, the last one may be a part of a day."""

    def __init__(self, end: float, length: float) -> None:
        self._end = end
        self._length = length
        self._in = [0.0] * (int(length) + 1)
        self._out = [0.0] * (int(length) + 1)
        self._joined = [False] * (int(length) + 1)  # day n and the older day n + 1 stand together

    def spread(self, start: float, at: float, octets_in: float, octets_out: float, *, since: float) -> None:
        """Shares what came between `since` and `at` among the days it may have come on, from `start` on."""
        oldest, youngest = (self._end - start) / DAY, (self._end - at) / DAY
        whole = (at - since) / DAY
        first, last = int(youngest), min(int(oldest), len(self._in) - 1)
        for n in range(first, last + 1):
            share = max(0.0, min(oldest, n + 1) - max(youngest, n)) / whole
            self._in[n] += octets_in * share
            self._out[n] += octets_out * share
        if whole > HOLE and (octets_in or octets_out):
            for n in range(first, last):
                self._joined[n] = True

    def stretches(self) -> tuple[Stretch, ...]:
        found: list[Stretch] = []
        first, came, went = 0, 0.0, 0.0
        for n in range(len(self._in)):
            came, went = came + self._in[n], went + self._out[n]
            if self._joined[n]:
                continue
            length = min(n + 1.0, self._length) - first
            if length > 0.05:  # the rest of a day of less than an hour says nothing
                found.append(Stretch(first, length, came, went))
            first, came, went = n + 1, 0.0, 0.0
        return tuple(found)
