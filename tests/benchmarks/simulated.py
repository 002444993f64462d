"""Simulated mailboxes whose future is known: what a program would have seen of them, and when they really got full."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from notifier.mailbox.history import Sample
from notifier.mailbox.thinning import thin

DAY = 86400.0
EPOCH = 1_750_000_000.0
STEP = 1 / 24  # days between two checks
BEFORE, AFTER = 150, 300  # days of mail before and after the moment of the forecast


@dataclass(frozen=True, slots=True)
class Mail:
    at: float  # days; the moment of the forecast is 0
    octets: int
    gone: float = float("inf")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One simulated mailbox as seen at time 0: samples, the limit, and the day on which it is full (None: never).

    Where a person tidies up, `full_at` is for the case that nobody does from now on, and `kept_clear` says that the
    next clean-up comes in time.
    """

    kind: str
    samples: tuple[Sample, ...]
    limit: int
    period: int | None
    full_at: float | None
    kept_clear: bool
    rate: float  # octets a day that really arrived, over the days after the forecast
    now: float = EPOCH


Arrivals = Callable[[random.Random], Iterator[tuple[float, int]]]


def _poisson(rng: random.Random, per_day: Callable[[float], float], most: float) -> Iterator[float]:
    """Moments of a Poisson process whose rate varies, never above `most` a day."""
    t = -float(BEFORE)
    while (t := t + rng.expovariate(most)) < AFTER:
        if rng.random() * most < per_day(t):
            yield t


def _size(rng: random.Random, spread: float = 1.0, median: float = 40_000) -> int:
    return int(min(25_000_000, 600 + rng.lognormvariate(0, spread) * median))


def constant(rng: random.Random) -> Iterator[tuple[float, int]]:
    rate = rng.uniform(8, 60)
    return ((t, _size(rng)) for t in _poisson(rng, lambda _: rate, rate))


def quiet(rng: random.Random) -> Iterator[tuple[float, int]]:
    rate = rng.uniform(0.3, 2)
    return ((t, _size(rng, 1.3)) for t in _poisson(rng, lambda _: rate, rate))


def bursty(rng: random.Random) -> Iterator[tuple[float, int]]:
    background, every = rng.uniform(2, 8), rng.uniform(3, 8)
    yield from ((t, _size(rng)) for t in _poisson(rng, lambda _: background, background))
    for t in _poisson(rng, lambda _: 1 / every, 1 / every):
        yield from ((t + rng.uniform(0, 0.5), _size(rng, 1.3)) for _ in range(rng.randint(8, 50)))


def weekly(rng: random.Random) -> Iterator[tuple[float, int]]:
    work, rest, shift = rng.uniform(20, 60), rng.uniform(0, 5), rng.randrange(7)
    return ((t, _size(rng)) for t in _poisson(rng, lambda t: work if (t + shift) % 7 < 5 else rest, work))


def growing(rng: random.Random) -> Iterator[tuple[float, int]]:
    doubling, rate = rng.uniform(90, 300), rng.uniform(8, 40)
    return (
        (t, _size(rng)) for t in _poisson(rng, lambda t: rate * 2 ** (t / doubling), rate * 2 ** (AFTER / doubling))
    )


def one_huge(rng: random.Random) -> Iterator[tuple[float, int]]:
    rate = rng.uniform(8, 20)
    yield from ((t, _size(rng, 0.8)) for t in _poisson(rng, lambda _: rate, rate))
    yield -rng.uniform(1, 20), 20_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of mailbox. `period`: its mail program deletes after so many days; `tidied`: a person does, so often."""

    kind: str
    arrivals: Arrivals
    period: tuple[int, int] | None = None
    young: bool = False  # the storage period has only just begun, and is too long for the limit
    tidied: tuple[int, int] | None = None
    holes: bool = False


CASES = (
    Case("constant", constant),
    Case("few mails", quiet),
    Case("bursty", bursty),
    Case("weekly rhythm", weekly),
    Case("growing", growing),
    Case("one 20 MB mail", one_huge),
    Case("cleaned up now and then", weekly, tidied=(10, 45)),
    Case("kept for N days", weekly, period=(7, 40)),
    Case("kept too long", weekly, period=(30, 90), young=True),
    Case("fetched every day", constant, period=(1, 1)),
    Case("holes in the data", weekly, holes=True),
)


def simulate(case: Case, seed: int) -> Mailbox:
    rng = random.Random(f"{case.kind} {seed}")
    mails = [Mail(t, octets) for t, octets in sorted(case.arrivals(rng))]
    period = rng.randint(*case.period) if case.period else None
    begun = -rng.uniform(4, 0.4 * period) if case.young and period else -float(BEFORE)
    if period is not None:
        mails = [m for m in mails if m.at > begun]
        mails = [Mail(m.at, m.octets, _next_run(m.at + period)) for m in mails]
    if case.tidied:
        mails = _tidied(mails, rng.uniform(*case.tidied), rng)
    watched = rng.uniform(5, 100)
    watched = min(
        watched, -0.9 * begun
    )  # a program that watched an empty mailbox would know nothing of the mail to come
    holes = _holes(rng, watched) if case.holes else []
    rate = sum(m.octets for m in mails if 0 < m.at <= 60) / 60
    level = sum(m.octets for m in mails if m.at <= 0 < m.gone)
    limit = int(level + rate * (rng.uniform(0.1, 0.7) * ((period or 0) + begun) if case.young else rng.uniform(2, 90)))
    times = _looks(-watched, holes)
    samples = thin(tuple(_seen(mails, times)), EPOCH)
    untidied = [Mail(m.at, m.octets) if m.gone > 0 else m for m in mails] if case.tidied else mails
    kept_clear = bool(case.tidied) and _full_at(mails, limit) is None
    return Mailbox(case.kind, samples, limit, period, _full_at(untidied, limit), kept_clear, rate)


def _next_run(t: float) -> float:
    """The mail program runs once a day, in the morning."""
    return (t - 0.375) // 1 + 1.375


def _tidied(mails: list[Mail], every: float, rng: random.Random) -> list[Mail]:
    """A person deletes most of the mail about `every` days."""
    gone, t = [], -float(BEFORE)
    while t < AFTER:
        t += every * rng.uniform(0.8, 1.2)
        gone.append(t)
    return [Mail(m.at, m.octets, next(g for g in gone if g > m.at)) if rng.random() < 0.85 else m for m in mails]


def _holes(rng: random.Random, watched: float) -> list[tuple[float, float]]:
    """The computer was off: three times, for up to a quarter of the time watched."""
    starts = [-rng.uniform(0.3, watched) for _ in range(3)]
    return [(s, min(s + rng.uniform(1, watched / 4), -0.2)) for s in starts]


def _looks(start: float, holes: list[tuple[float, float]]) -> list[float]:
    times = [start + n * STEP for n in range(int(-start / STEP) + 1)]
    return [t for t in times if not any(a < t < b for a, b in holes)]


def _seen(mails: list[Mail], times: list[float]) -> Iterator[Sample]:
    """What a program that looked at `times` noted: one sample a look, as the store would have it."""
    before = -float("inf")
    held = [m for m in mails if m.at <= times[0] < m.gone]
    level, count = sum(m.octets for m in held), len(held)
    came = sorted(mails, key=lambda m: m.at)
    went = sorted((m for m in mails if m.gone < 1), key=lambda m: m.gone)
    i = next((n for n, m in enumerate(came) if m.at > times[0]), len(came))
    j = next((n for n, m in enumerate(went) if m.gone > times[0]), len(went))
    for t in times:
        ins, outs = [], []
        while i < len(came) and came[i].at <= t:
            ins.append(came[i])
            i += 1
        while j < len(went) and went[j].gone <= t:
            outs.append(went[j])
            j += 1
        passed = {id(m) for m in ins if m.gone <= t}  # came and went between two looks: nobody saw it
        ins = [m for m in ins if id(m) not in passed]
        outs = [m for m in outs if id(m) not in passed]
        octets_in, octets_out = sum(m.octets for m in ins), sum(m.octets for m in outs)
        level, count = level + octets_in - octets_out, count + len(ins) - len(outs)
        if before == -float("inf"):
            ins, outs, octets_in, octets_out = [], [], 0, 0
        yield Sample(EPOCH + t * DAY, "check", count, level, level, len(ins), len(outs), octets_in, octets_out)
        before = t


def _full_at(mails: list[Mail], limit: int) -> float | None:
    flow = [(m.at, m.octets) for m in mails] + [(m.gone, -m.octets) for m in mails if m.gone < AFTER]
    level = 0
    for t, octets in sorted(flow):
        level += octets
        if t > 0 and level >= limit:
            return t
    return None
