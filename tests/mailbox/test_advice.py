"""Advice, calibration and the early alert: what is said, when, and when not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.events import FillingUp
from notifier.mailbox.advice import DeletedSoon, KeepShorter, LeftBehind, deleted_soon, keep_shorter, left_behind
from notifier.mailbox.calibration import Calibration, calibration_from, inbox_limit, outside_of
from notifier.mailbox.episode import filling_episode
from notifier.mailbox.forecast import Forecast, Range, Silence, forecast
from tests.mailbox.test_forecast import DAY, MB, NOW, steady

# --- storage period ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "limit", "longest"),
    [
        (30, 160 * MB, range(12, 17)),  # ten megabytes a day
        (None, 400 * MB, range(30, 41)),
        (30, 9 * MB, range(1)),
    ],
)
def test_the_longest_storage_period_that_fits(period: int | None, limit: int, longest: range) -> None:
    samples = steady()
    found = keep_shorter(samples, forecast(samples, 500 * MB, NOW, period), limit, period)
    assert found is not None
    assert found.days in longest
    assert found == KeepShorter(found.days, period, limit)
    after = forecast(samples, limit, NOW, found.days)
    assert after.fits or found.days == 0


@pytest.mark.parametrize(
    ("period", "limit", "days"),
    [
        (12, 160 * MB, 30),  # what is set fits already
        (None, 40_000 * MB, 30),  # a mailbox that no one fills
        (30, 160 * MB, 1),  # not watched long enough
    ],
)
def test_no_advice_where_none_is_needed(period: int | None, limit: int, days: int) -> None:
    samples = steady(days)
    assert keep_shorter(samples, forecast(samples, 2 * limit, NOW, period), limit, period) is None


def test_what_should_be_gone_is_counted_with_patience() -> None:
    ages = [40, 33, 16.5, 15, 2]
    seen = [NOW - a * DAY for a in ages]
    assert left_behind(seen, 14, NOW, NOW - 400 * DAY) == LeftBehind(3, 14, sure=True)
    assert left_behind(seen, 14, NOW, NOW - 20 * DAY) == LeftBehind(3, 14, sure=False)
    assert left_behind(seen, 90, NOW, NOW - 400 * DAY) is None
    assert left_behind(seen, None, NOW, 0.0) is None
    assert left_behind(seen, 0, NOW, NOW - 400 * DAY) == LeftBehind(5, 0, sure=True)


def test_the_servers_own_deletion_is_foretold_in_time() -> None:
    seen = [NOW - 29 * DAY, NOW - 28 * DAY, NOW - 5 * DAY]
    assert deleted_soon(seen, 30, NOW) == DeletedSoon(2, pytest.approx(1.0))
    assert deleted_soon(seen, 20, NOW) == DeletedSoon(2, 0.0)
    assert deleted_soon(seen, 60, NOW) is None
    assert deleted_soon(seen, None, NOW) is None


# --- calibration -------------------------------------------------------------------------------------------------


def test_the_providers_figure_is_kept_as_mail_outside_the_inbox() -> None:
    figure = Calibration(NOW, 812 * MB, 640 * MB)
    assert figure.outside == 172 * MB
    assert inbox_limit(1000 * MB, figure) == 828 * MB
    assert inbox_limit(100 * MB, figure) == 0
    assert inbox_limit(None, figure) is None
    assert inbox_limit(7, None) == 7
    assert outside_of(None) == 0
    assert calibration_from(figure.to_facts()) == figure
    assert Calibration(NOW, 5, 9).outside == 0


@pytest.mark.parametrize(
    "facts", [None, {}, {"at": 1}, {"at": "x", "provider": 1, "inbox": 1}, {"at": 1, "provider": None, "inbox": 2}]
)
def test_a_foreign_calibration_is_none(facts: dict[str, object] | None) -> None:
    assert calibration_from(facts) is None


# --- the early alert ---------------------------------------------------------------------------------------------


def said(low: float, middle: float, high: float) -> Forecast:
    return Forecast(days=Range(low, middle, high))


def silent(why: Silence) -> Forecast:
    return Forecast(silence=why)


def test_it_is_said_once_per_episode() -> None:
    state, events = None, []
    story = [
        said(18, 20, 22), said(8, 9, 10), said(5, 6.5, 9), said(3, 5, 7), silent(Silence.UNCERTAIN), said(4, 6, 8),
        silent(Silence.FULL), silent(Silence.TIDIED), said(30, 40, 50), said(5, 6, 7), said(13, 13.5, 15),
        said(5, 6, 7),
    ]  # fmt: skip
    for n, found in enumerate(story):
        state, event = filling_episode("Home", state, found, NOW + n * DAY)
        if event:
            events.append((n, event))
    assert events == [(2, FillingUp("Home", 5, 6.5, 9)), (9, FillingUp("Home", 5, 6, 7))]


@pytest.mark.parametrize("found", [said(2, 6, 15), said(7, 8, 9), silent(Silence.TOO_EARLY)])
def test_a_range_that_does_not_support_it_says_nothing(found: Forecast) -> None:
    assert filling_episode("Home", None, found, NOW) == (None, None)


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40), st.floats(0, 40)), max_size=30))
def test_two_alerts_never_follow_each_other_without_relief(ranges: list[tuple[float, float, float]]) -> None:
    state: float | None = None
    relieved = True
    for n, (a, b, c) in enumerate(ranges):
        low, middle, high = sorted((a, b, c))
        state, event = filling_episode("Home", state, said(low, middle, high), float(n))
        assert not event or relieved
        relieved = middle > 14 or (relieved and not event)
