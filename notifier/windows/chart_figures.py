"""What the picture of a mailbox shows, before it is drawn: line, limit, fan and bars over a span of time. Pure."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from notifier.mailbox.calibration import outside_of
from notifier.mailbox.forecast import Ahead, Range, fan
from notifier.mailbox.history import Sample, since
from notifier.prospects import LOOK_BACK, Prospects
from notifier.prospects_words import short
from notifier.words import _, ngettext, size

DAY = 86400.0
RANGES = {"week": 7, "month": 30, "year": 365, "all": None}  # name: days back from now
AHEAD = 0.4  # of the time shown, at least, is the future, where there is a forecast
HEADROOM = 1.12
HOLE = 1.5 * DAY  # as in `mailbox.flow`
WEEKLY_FROM, MONTHLY_FROM = 100, 900  # days shown, from which on a bar stands for a week, for thirty days


@dataclass(frozen=True, slots=True)
class Bar:
    """`arrived` messages from `begin` to `end` (POSIX seconds)."""

    begin: float
    end: float
    arrived: int


@dataclass(frozen=True, slots=True)
class Point:
    """The mailbox at `at` (POSIX seconds): octets with those outside the inbox, and messages."""

    at: float
    octets: int
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of one picture. Times are POSIX seconds, sizes octets; `outside` of them are not in the inbox."""

    name: str
    begin: float
    end: float
    now: float
    line: tuple[Point, ...]
    bars: tuple[Bar, ...]
    fan: tuple[Ahead, ...] = ()
    limit: int | None = None
    steps: tuple[tuple[int, int], ...] = ()  # percent and octets
    holes: tuple[tuple[float, float], ...] = ()  # times in which nobody looked
    outside: int = 0
    forecast: str = ""
    full_at: float | None = None

    @property
    def top(self) -> float:
        """The largest size that has to be seen, and some air above it."""
        sizes = [p.octets for p in self.line]
        if self.limit is not None:
            return HEADROOM * max([self.limit, *sizes])
        return HEADROOM * max([*sizes, *(a.octets.high for a in self.fan), 1_000_000])

    def at(self, moment: float) -> Point | None:
        """What was seen last at `moment`; None before the first look and after the last."""
        place = bisect_right([p.at for p in self.line], moment)
        return self.line[place - 1] if place > 0 and moment <= self.now else None

    def watched(self, moment: float) -> bool:
        """Whether what was seen last can still be believed at `moment`."""
        return not any(begin < moment < end for begin, end in self.holes)

    def stretches(self) -> Iterator[tuple[Point, ...]]:
        """The line in pieces: what happened in a hole is not known, and must not look as if it were."""
        begin = 0
        ends = {end for _begin, end in self.holes}
        for place, point in enumerate(self.line):
            if place > begin and point.at in ends:
                yield self.line[begin:place]
                begin = place
        if self.line:
            yield self.line[begin:]

    def bar_at(self, moment: float) -> Bar | None:
        return next((b for b in self.bars if b.begin <= moment < b.end), None)


def figures_of(found: Prospects, span: str = "month", zone: tzinfo | None = None) -> Figures:
    """The figures of one account over a span of `RANGES`. `zone`: None is the computer's own."""
    samples, now = found.samples, found.at
    begin = _begin(samples, now, span)
    outside = outside_of(found.calibration)
    shown = since(samples, begin)
    line = tuple(Point(s.at, s.octets + outside, s.count) for s in shown)
    line = _cut(line, begin)
    end = _end(found, begin)
    limit = found.account.mailbox_limit
    days = found.ahead.days
    return Figures(
        found.account.name,
        begin,
        end,
        now,
        line,
        _bars(samples, begin, now, zone),
        _fan(found, end, outside),
        limit,
        tuple((p, limit * p // 100) for p in sorted(found.account.warn_at)) if limit else (),
        tuple((max(a, begin), b) for a, b in _holes(samples) if b > begin),
        outside,
        _words(found),
        None if days is None else now + days.middle * DAY,
    )


def words_at(page: Figures, moment: float) -> str:
    """ "23 Nov 2026, 14:30: 412 MB, 589 messages, 12 new that day"; the expectation, where `moment` is to come."""
    at = time.strftime("%d %b %Y, %H:%M", time.localtime(moment)).lstrip("0")
    ahead = next((a for a in page.fan if a.at >= moment), None)
    if moment > page.now:
        if ahead is None:
            return ""
        low, high = size(ahead.octets.low), size(ahead.octets.high)
        return _("{at}: {low} to {high} to be expected").format(at=at, low=low, high=high)
    if not page.watched(moment):
        return _("{at}: not watched").format(at=at)
    point, bar = page.at(moment), page.bar_at(moment)
    if point is None:
        return ""
    parts = [size(point.octets), ngettext("{n} message", "{n} messages", point.count).format(n=point.count)]
    if bar is not None:
        parts.append(_new_in(bar).format(n=bar.arrived))
    return f"{at}: {', '.join(parts)}"


def _new_in(bar: Bar) -> str:
    days = round((bar.end - bar.begin) / DAY)
    if days <= 1:
        return _("{n} new that day")
    return _("{n} new that week") if days == 7 else _("{n} new in these 30 days")


def _begin(samples: Sequence[Sample], now: float, span: str) -> float:
    first = samples[0].at if samples else now - DAY
    back = RANGES[span]
    # A picture that begins long before the first look would be an empty one; a day of it is the least.
    return min(now - DAY, first if back is None else max(first, now - back * DAY))


def _cut(line: tuple[Point, ...], begin: float) -> tuple[Point, ...]:
    """The line from `begin` on: what was seen last before it still held there."""
    before = [p for p in line if p.at < begin]
    rest = tuple(p for p in line if p.at >= begin)
    return (Point(begin, before[-1].octets, before[-1].count), *rest) if before else rest


def _end(found: Prospects, begin: float) -> float:
    """Where the picture ends: at now without a forecast, else where the mailbox is full or a good part of it on."""
    now, days = found.at, found.ahead.days
    shown = now - begin
    if not _has_fan(found):
        return now
    if days is not None and days.high * DAY <= shown:
        return now + max(1.15 * days.high * DAY, 0.15 * shown)
    return now + AHEAD * shown


def _words(found: Prospects) -> str:
    settles = found.ahead.settles_at
    if not found.ahead.days and settles and found.ahead.fits:
        return _("settles at about {size}").format(size=size(settles.middle))
    return short(found)


def _has_fan(found: Prospects) -> bool:
    return found.ahead.days is not None or found.ahead.fits is not None or bool(found.ahead.rate and not found.limit)


def _fan(found: Prospects, end: float, outside: int) -> tuple[Ahead, ...]:
    if not _has_fan(found):
        return ()
    ahead = fan(since(found.samples, found.at - LOOK_BACK), end, found.account.keep_on_server)
    return tuple(Ahead(a.at, _raised(a.octets, outside)) for a in ahead)


def _raised(octets: Range, by: int) -> Range:
    return Range(octets.low + by, octets.middle + by, octets.high + by)


def _bars(samples: Sequence[Sample], begin: float, now: float, zone: tzinfo | None) -> tuple[Bar, ...]:
    """Arrivals a day of the calendar, or a week or thirty days where days would be too thin to see."""
    shown = (now - begin) / DAY
    days = 1 if shown <= WEEKLY_FROM else 7 if shown <= MONTHLY_FROM else 30
    edges = _edges(begin, now, days, zone)
    counts = [0] * (len(edges) - 1)
    for at, arrived in _arrivals(samples):
        place = bisect_right(edges, at) - 1
        if 0 <= place < len(counts):
            counts[place] += arrived
    return tuple(Bar(a, b, n) for a, b, n in zip(edges, edges[1:], counts, strict=False))


def _arrivals(samples: Sequence[Sample]) -> Iterator[tuple[float, int]]:
    """Messages by the time they were seen; those of a time in which nobody looked are spread evenly over it."""
    for before, sample in pairwise(samples):
        days = int((sample.at - before.at) / DAY)
        if sample.at - before.at <= HOLE:
            yield sample.at, sample.arrived
            continue
        for n in range(days):
            share = sample.arrived * (n + 1) // days - sample.arrived * n // days
            yield before.at + (n + 0.5) / days * (sample.at - before.at), share


def _holes(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Between looks that lie too far apart, where something changed meanwhile."""
    pairs = pairwise(samples)
    return [(a.at, b.at) for a, b in pairs if b.at - a.at > HOLE and (b.arrived or b.departed)]


def _edges(begin: float, now: float, days: int, zone: tzinfo | None) -> list[float]:
    """Midnights `days` apart, the last one after `now`; by the calendar, so that summer time moves none of them."""
    midnight = datetime.fromtimestamp(begin, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    edges: list[float] = []
    while not edges or edges[-1] <= now:
        aware = midnight.replace(tzinfo=zone) if zone else midnight.astimezone()
        edges.append(aware.timestamp())
        midnight += timedelta(days=days)
    return edges
