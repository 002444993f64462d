from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifier.tray.actions import PauseKind
from notifier.watch.pause import FOR_EVER, end_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def in_berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def test_an_hour_is_an_hour() -> None:
    assert end_of(PauseKind.HOUR, 1000.0) == 4600.0


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-23 22:10", "2026-11-24 07:00"),
        ("2026-11-24 00:30", "2026-11-25 07:00"),
        ("2026-12-31 18:00", "2027-01-01 07:00"),
    ],
)
def test_until_tomorrow_is_seven_in_the_morning_of_the_next_day(now: str, end: str) -> None:
    assert end_of(PauseKind.TOMORROW, _at(now)) == _at(end)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_the_morning_is_at_seven_by_the_clock_also_when_summer_time_begins_or_ends(day: str) -> None:
    end = datetime.fromtimestamp(end_of(PauseKind.TOMORROW, _at(f"{day} 20:00")), BERLIN)
    assert (end.hour, end.minute) == (7, 0)


def test_until_resumed_never_ends_by_itself() -> None:
    assert end_of(PauseKind.RESUMED, 5.0) == FOR_EVER
