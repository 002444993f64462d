"""The forecast: right about simulated mailboxes, never absurd about any, silent where it should be."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.mailbox.forecast import Forecast, Silence, fan, forecast
from notifier.mailbox.history import Sample
from notifier.mailbox.thinning import thin
from tests.benchmarks.forecast_coverage import run, total
from tests.benchmarks.simulated import CASES, Case, simulate

DAY = 86400.0
NOW = 1_750_000_000.0
MB = 10**6


def steady(days: int = 30, per_day: int = 10, octets: int = MB, start: int = 0, every: float = 0.0) -> list[Sample]:
    """`per_day` mails of `octets` at even times; with `every` (days) the mailbox is emptied so often."""
    level, samples = start, [Sample(NOW - days * DAY, "check", 0, start, start)]
    for n in range(1, days * per_day + 1):
        out = level if every and n % round(every * per_day) == 0 else 0
        level += octets - out
        at = NOW - days * DAY + n * DAY / per_day
        samples.append(Sample(at, "check", n, level, level, 1, 5 if out else 0, octets, out))
    return samples


@st.composite
def histories(draw: st.DrawFn) -> tuple[Sample, ...]:
    """Any history that a store may hold, sensible or not."""
    gaps = draw(st.lists(st.integers(1, 40 * 86400), max_size=40))
    at, level, samples = NOW, draw(st.integers(0, 10**9)), []
    for gap in gaps:
        came, went = draw(st.integers(0, 10**8)), draw(st.integers(0, 10**8))
        mails = draw(st.integers(0, 50))
        level = max(0, level + came - went)
        samples.append(Sample(at, "check", mails, level, level, mails, 0, came if mails else 0, went))
        at += gap
    return tuple(samples)


# --- known truth -------------------------------------------------------------------------------------------------


def test_the_stated_range_holds_the_truth() -> None:
    """The first cases of the table that tests/benchmarks/forecast_coverage.py prints."""
    scores = run(15)
    everything = total(scores)
    assert everything.spoke >= 100
    assert 0.75 <= everything.coverage <= 0.95
    assert all(s.coverage >= 0.5 for s in scores if s.spoke >= 10)  # no kind of mailbox pays for the others
    assert len(everything.certain) >= 20
    assert max(everything.certain) <= 0.5  # what is said as one figure is never off by more than half
    assert sum(e < 0.5 for e in everything.errors) >= 0.9 * everything.spoke


@pytest.mark.parametrize("kind", ["kept for N days", "fetched every day"])
def test_a_mailbox_that_settles_is_not_said_to_fill(kind: str) -> None:
    case = next(c for c in CASES if c.kind == kind)
    for seed in range(5):
        box = simulate(case, seed)
        assert forecast(box.samples, box.limit, box.now, box.period).days is None
        assert forecast(box.samples, box.limit, box.now, None).silence in {Silence.STEADY, Silence.UNCERTAIN, None}


def test_an_even_mailbox_is_foretold_to_the_day() -> None:
    found = forecast(steady(30, 40, MB // 4), 400 * MB, NOW)
    assert found.rate is not None
    assert found.days is not None
    assert found.rate.middle == pytest.approx(10 * MB, rel=0.05)
    assert found.days.middle == pytest.approx(10, abs=0.5)
    assert found.days.certain


def test_one_huge_mail_moves_the_middle_little() -> None:
    samples = steady(20, 10, 50_000)
    for n, s in enumerate(samples):
        if n == 100:
            samples[n] = Sample(s.at, "check", s.count, s.octets, s.peak, 1, 0, 20 * MB, 0)
    plain, huge = forecast(steady(20, 10, 50_000), 50 * MB, NOW), forecast(samples, 50 * MB, NOW)
    assert plain.rate is not None
    assert huge.rate is not None
    assert huge.rate.middle == pytest.approx(plain.rate.middle, rel=0.1)
    assert huge.rate.high > 1.5 * plain.rate.middle  # but such mails may come again, and the range says so


def test_a_hole_is_spread_over_the_days_it_covers() -> None:
    samples = steady(40)
    hole = [s for s in samples if not NOW - 20 * DAY < s.at < NOW - 10 * DAY]
    first = next(n for n, s in enumerate(hole) if s.at >= NOW - 10 * DAY)
    s = hole[first]
    hole[first] = Sample(s.at, "check", s.count, s.octets, s.peak, 100, 0, 100 * MB, 0)
    found = forecast(hole, 500 * MB, NOW)
    assert found.rate is not None
    assert found.rate.middle == pytest.approx(10 * MB, rel=0.05)


def test_clean_ups_do_not_hide_what_arrives() -> None:
    found = forecast(steady(60, every=10), 80 * MB, NOW)
    assert found.rate is not None
    assert found.rate.middle == pytest.approx(10 * MB, rel=0.05)


# --- silence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "limit", "period", "silence"),
    [
        ([], 10, None, Silence.TOO_EARLY),
        (steady(1), 500 * MB, None, Silence.TOO_EARLY),
        (steady(30, per_day=10, octets=0), 500 * MB, None, Silence.FAR_OFF),
        (steady(30), None, None, Silence.NO_LIMIT),
        (steady(30), 300 * MB, None, Silence.FULL),
        (steady(1), 5 * MB, None, Silence.FULL),
        (steady(30), 10**12, None, Silence.FAR_OFF),
        (steady(30, every=0.5), 500 * MB, None, Silence.STEADY),
        (steady(60, every=9), 200 * MB, None, Silence.TIDIED),
        (steady(30, every=1), 500 * MB, 1, Silence.SETTLES),
    ],
)
def test_it_is_silent_and_says_why(
    samples: list[Sample], limit: int | None, period: int | None, silence: Silence
) -> None:
    found = forecast(samples, limit, NOW, period)
    assert found.days is None
    assert found.silence is silence


def test_a_habit_of_tidying_that_ended_silences_no_longer() -> None:
    tidied = steady(40, every=8)
    late = steady(30, start=tidied[-1].octets)
    samples = [Sample(s.at - 30 * DAY, *_rest(s)) for s in tidied] + late[1:]
    assert forecast(samples, 500 * MB, NOW).days is not None


def _rest(s: Sample) -> tuple[str, int, int, int, int, int, int, int]:
    return s.span, s.count, s.octets, s.peak, s.arrived, s.departed, s.octets_in, s.octets_out


def test_a_storage_period_says_where_it_settles_and_whether_that_fits() -> None:
    samples = steady(6)
    fits = forecast(samples, 500 * MB, NOW, 14)
    assert fits.settles_at is not None
    assert fits.settles_at.middle == pytest.approx(140 * MB, rel=0.1)
    assert fits.fits is True
    assert fits.days is None
    too_long = forecast(samples, 500 * MB, NOW, 90)
    assert too_long.fits is False
    assert too_long.days is not None
    assert too_long.days.middle == pytest.approx(44, rel=0.1)


def test_a_storage_period_that_nobody_carries_out_is_not_believed() -> None:
    found = forecast(steady(60), 700 * MB, NOW, 14)
    assert found.fits is True  # it would, if the mail program did as it is set
    assert found.days is not None
    assert found.days.middle == pytest.approx(10, abs=1)


# --- properties --------------------------------------------------------------------------------------------------


@given(histories(), st.integers(1, 10**10), st.none() | st.integers(0, 400), st.integers(0, 100))
@settings(max_examples=150)
def test_no_history_makes_it_absurd(samples: tuple[Sample, ...], limit: int, period: int | None, later: int) -> None:
    now = (samples[-1].at if samples else NOW) + later * DAY
    found = forecast(samples, limit, now, period)
    assert (found.days is None) == (found.silence is not None)
    for spread in (found.rate, found.days, found.settles_at):
        if spread is not None:
            assert 0 <= spread.low <= spread.middle <= spread.high < math.inf
    for ahead in fan(samples, now + 50 * DAY, period):
        assert 0 <= ahead.octets.low <= ahead.octets.middle <= ahead.octets.high


@given(histories(), st.integers(1, 10**9), st.integers(1, 10**9))
@settings(max_examples=100)
def test_a_larger_limit_is_never_reached_sooner(samples: tuple[Sample, ...], limit: int, more: int) -> None:
    now = samples[-1].at if samples else NOW
    small, large = forecast(samples, limit, now).days, forecast(samples, limit + more, now).days
    if small is not None and large is not None:
        assert (small.low, small.middle, small.high) <= (large.low, large.middle, large.high)


@given(st.integers(0, 20), st.integers(2, 50))
@settings(max_examples=20, deadline=None)
def test_units_do_not_matter(seed: int, factor: int) -> None:
    box = simulate(CASES[seed % 4], seed)
    bigger = [
        Sample(s.at, s.span, s.count, s.octets * factor, s.peak * factor, s.arrived, s.departed,
               s.octets_in * factor, s.octets_out * factor)
        for s in box.samples
    ]  # fmt: skip
    _same(forecast(box.samples, box.limit, box.now), forecast(bigger, box.limit * factor, box.now))


def _same(one: Forecast, other: Forecast) -> None:
    assert one.silence == other.silence
    if one.days is not None and other.days is not None:
        assert one.days.middle == pytest.approx(other.days.middle, rel=1e-6)
        assert one.days.high == pytest.approx(other.days.high, rel=1e-6)


def test_thinning_hardly_changes_the_forecast() -> None:
    case = Case("raw", CASES[3].arrivals)
    box = simulate(case, 5)
    year_later = thin(box.samples, NOW + 40 * DAY)
    one, other = forecast(box.samples, box.limit, NOW).rate, forecast(year_later, box.limit, NOW).rate
    assert one is not None
    assert other is not None
    assert other.middle == pytest.approx(one.middle, rel=0.1)


def test_time_that_passed_since_the_last_look_is_taken_off() -> None:
    fresh, stale = forecast(steady(), 500 * MB, NOW), forecast(steady(), 500 * MB, NOW + 3 * DAY)
    assert fresh.days is not None
    assert stale.days is not None
    assert stale.days.middle == pytest.approx(fresh.days.middle - 3)


def test_a_mailbox_that_nobody_looked_at_for_long_is_not_said_to_be_full_within_a_day() -> None:
    assert forecast(steady(), 500 * MB, NOW + 60 * DAY).silence is Silence.OUT_OF_DATE
    over_the_weekend = forecast(steady(), 305 * MB, NOW + 1.9 * DAY)
    assert over_the_weekend.days is not None
    assert over_the_weekend.days.high < 1


def test_the_fan_rises_to_the_limit_when_the_forecast_says_so() -> None:
    samples = steady()
    ahead = fan(samples, NOW + 20 * DAY)
    assert ahead[0].octets.middle == pytest.approx(300 * MB)
    assert ahead[-1].octets.middle == pytest.approx(500 * MB, rel=0.03)
    assert all(a.octets.middle <= b.octets.middle for a, b in pairwise(ahead))
