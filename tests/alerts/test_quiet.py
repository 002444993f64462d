"""Quiet hours by the wall clock, and their end also where that clock jumps."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.alerts.quiet import quiet_ends, quiet_now
from notifier.config import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(22 * 60, 7 * 60)


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("hours", "when", "quiet"),
    [
        (NIGHT, "2026-01-15 21:59", False),
        (NIGHT, "2026-01-15 22:00", True),
        (NIGHT, "2026-01-16 00:00", True),
        (NIGHT, "2026-01-16 06:59:59", True),
        (NIGHT, "2026-01-16 07:00", False),
        (QuietHours(12 * 60, 13 * 60), "2026-01-15 12:30", True),
        (QuietHours(12 * 60, 13 * 60), "2026-01-15 13:00", False),
        (QuietHours(0, 0), "2026-01-15 00:00", False),  # from a time to the same time is no time
        (None, "2026-01-15 03:00", False),
    ],
)
def test_quiet_now(hours: QuietHours | None, when: str, quiet: bool) -> None:
    assert quiet_now(hours, at(when), BERLIN) is quiet


@pytest.mark.parametrize(
    ("hours", "when", "end"),
    [
        (NIGHT, "2026-01-15 23:00", at("2026-01-16 07:00")),
        (NIGHT, "2026-01-16 03:00", at("2026-01-16 07:00")),
        (NIGHT, "2026-03-28 23:00", at("2026-03-29 07:00")),  # an hour shorter: summer time begins
        (NIGHT, "2026-10-24 23:00", at("2026-10-25 07:00")),  # an hour longer: it ends
        (NIGHT, "2026-01-15 12:00", at("2026-01-15 12:00")),  # not quiet: now
        # 02:30 does not exist in the spring night; the clock leaps from 02:00 to 03:00, and that is after it.
        (QuietHours(22 * 60, 150), "2026-03-28 23:00", at("2026-03-29 03:00")),
        # 02:30 comes twice in the autumn night: the first one ends the quiet.
        (QuietHours(22 * 60, 150), "2026-10-24 23:00", at("2026-10-25 02:30")),
        (QuietHours(22 * 60, 120), "2026-03-28 23:00", at("2026-03-29 03:00")),
    ],
)
def test_quiet_ends(hours: QuietHours, when: str, end: float) -> None:
    assert quiet_ends(hours, at(when), BERLIN) == end


def test_the_second_of_the_two_autumn_hours() -> None:
    hours = QuietHours(22 * 60, 150)
    assert quiet_ends(hours, at("2026-10-25 02:10", fold=1), BERLIN) == at("2026-10-25 02:30", fold=1)


def test_a_loud_minute_that_spring_leaves_out() -> None:
    """Quiet but for 02:00 to 02:01, which that night does not have: the quiet goes on until the next."""
    ends = quiet_ends(QuietHours(121, 120), at("2026-03-28 02:01"), BERLIN)
    assert ends == at("2026-03-30 02:00")


minutes = st.integers(0, 24 * 60 - 1)
year = st.floats(at("2026-01-01 00:00"), at("2027-01-01 00:00"))
jumps = st.floats(at("2026-03-28 12:00"), at("2026-03-29 12:00")) | st.floats(
    at("2026-10-24 12:00"), at("2026-10-25 12:00")
)


@settings(deadline=None)
@given(minutes, minutes, year | jumps)
def test_quiet_always_ends_by_the_next_day_and_is_over_then(start: int, end: int, now: float) -> None:
    hours = QuietHours(start, end)
    ends = quiet_ends(hours, now, BERLIN)
    assert not quiet_now(hours, ends, BERLIN)
    assert 0 <= ends - now <= 49 * 3600
    if quiet_now(hours, now, BERLIN):
        assert quiet_now(hours, max(now, ends - 1), BERLIN)  # and not a moment too late


def test_the_computers_own_zone_is_the_default() -> None:
    now = datetime(2026, 1, 15, 23, 0).timestamp()  # noqa: DTZ001 - the reader's wall clock is what is meant
    assert quiet_now(NIGHT, now)
    assert quiet_ends(NIGHT, now) == datetime(2026, 1, 16, 7, 0).timestamp()  # noqa: DTZ001
