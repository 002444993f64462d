"""Thinning: few samples, the same sums, and never a second change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.mailbox.history import Sample, rows_of, samples_of, since
from notifier.mailbox.thinning import KEEP_CHECKS, KEEP_HOURS, thin

DAY, HOUR = 86400.0, 3600.0
NOW = 1_800_000_000.0 + 12_345


@st.composite
def histories(draw: st.DrawFn) -> tuple[Sample, ...]:
    ages = draw(st.lists(st.integers(0, 400 * 86400), unique=True, max_size=60))
    number = st.integers(0, 10**6)
    return tuple(
        Sample(NOW - age, "check", draw(number), octets := draw(number), octets, *(draw(number) for _ in range(4)))
        for age in sorted(ages, reverse=True)
    )


def sums(samples: tuple[Sample, ...]) -> tuple[int, ...]:
    flows = ("arrived", "departed", "octets_in", "octets_out")
    return tuple(sum(getattr(s, name) for s in samples) for name in flows)


@given(histories(), st.sampled_from([0.0, 3600.0, -5 * 3600.0, 5.5 * 3600]))
def test_sums_last_size_and_peak_survive_and_thinning_again_changes_nothing(
    samples: tuple[Sample, ...], offset: float
) -> None:
    thinned = thin(samples, NOW, offset)
    assert sums(thinned) == sums(samples)
    assert thin(thinned, NOW, offset) == thinned
    assert max((s.peak for s in thinned), default=0) == max((s.peak for s in samples), default=0)
    assert thinned[-1:] == () or (thinned[-1].octets, thinned[-1].at) == (samples[-1].octets, samples[-1].at)
    kept = {s.at: s for s in samples}
    assert all(kept[s.at].octets == s.octets and kept[s.at].count == s.count for s in thinned)


@given(histories(), st.integers(0, 500), st.integers(0, 500))
def test_thinning_day_by_day_keeps_the_sums_too(samples: tuple[Sample, ...], first: int, second: int) -> None:
    later = thin(thin(samples, NOW + first * DAY), NOW + (first + second) * DAY, 3600.0)
    assert sums(later) == sums(samples)
    assert [s.at for s in later] == sorted(s.at for s in later)


@given(histories())
def test_young_samples_are_untouched_and_old_ones_few(samples: tuple[Sample, ...]) -> None:
    thinned = thin(samples, NOW)
    assert [s for s in thinned if s.at > NOW - KEEP_CHECKS] == [s for s in samples if s.at > NOW - KEEP_CHECKS]
    days = [s.at // DAY for s in thinned if s.span == "day"]
    hours = [s.at // HOUR for s in thinned if s.span == "hour"]
    assert len(set(days)) == len(days)
    assert len(set(hours)) == len(hours)
    assert all(s.span == "day" for s in thinned if s.at < NOW - KEEP_HOURS - DAY)


def test_ten_years_of_checks_come_to_a_few_thousand_samples() -> None:
    samples: tuple[Sample, ...] = ()
    start = NOW - 3653 * DAY
    for month in range(130):
        at = start + month * 28 * DAY
        fresh = tuple(Sample(at + n * 3600, "check", n, n, n, 1, 0, 1, 0) for n in range(28 * 24))
        samples = thin(samples + fresh, at + 28 * DAY)
    assert 4000 < len(samples) < 5000
    assert sums(samples)[0] == 130 * 28 * 24


def test_summer_time_never_joins_two_days() -> None:
    samples = tuple(Sample(NOW - (100 - n) * DAY, "check", n, n, n, 1) for n in range(50))
    assert len(thin(thin(samples, NOW, 3600.0), NOW, 7200.0)) == 50


def test_the_store_gets_back_what_it_gave() -> None:
    rows = [(1.0, "check", 2, 30, 30, 1, 0, 10, 0)]
    assert rows_of(samples_of(rows)) == rows


def test_since_keeps_the_sample_before() -> None:
    samples = tuple(Sample(float(n), "check", n, n, n) for n in range(5))
    assert since(samples, 2.5) == samples[2:]
    assert since(samples, 9.0) == samples[4:]
    assert since((), 9.0) == ()
