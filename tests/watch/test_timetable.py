"""The timetable under clocks that jump: nothing is silent, nothing runs in a hot loop."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from notifier.watch.timetable import Clock, Timetable, clock_change


def ticking(table: Timetable, ran: list[float], every: float, now: list[float]) -> None:
    def run() -> None:
        ran.append(now[0])
        table.put("job", now[0] + every, run)

    table.put("job", now[0], run)


def test_a_job_runs_when_due_and_only_then() -> None:
    table, ran = Timetable(), []
    table.put("a", 100.0, lambda: ran.append("a"))
    table.put("b", 200.0, lambda: ran.append("b"))
    assert table.idle(40.0) == 60.0
    table.run_pending(99.9)
    assert ran == []
    table.run_pending(150.0)
    assert ran == ["a"]
    assert table.idle(150.0) == 50.0
    table.run_pending(1e9)
    assert ran == ["a", "b"]
    assert table.idle(1e9) is None


def test_putting_again_moves_a_job_and_dropping_forgets_it() -> None:
    table, ran = Timetable(), []
    table.put("a", 100.0, lambda: ran.append(1))
    table.put("a", 300.0, lambda: ran.append(2))
    table.run_pending(200.0)
    assert ran == []
    table.hasten("a", 250.0)
    table.hasten("a", 280.0)
    assert table.due("a") == 250.0
    table.drop("a")
    table.run_pending(1e9)
    assert ran == []


def test_a_raising_job_runs_once_and_hurts_no_other() -> None:
    table, ran = Timetable(), []

    def bad() -> None:
        ran.append("bad")
        raise ValueError

    table.put("bad", 1.0, bad)
    table.put("good", 2.0, lambda: ran.append("good"))
    table.run_pending(2.0)
    table.run_pending(3.0)
    assert ran == ["bad", "good"]


@pytest.fixture
def berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("change", [1_793_494_800, 1_774_746_000])  # 2026-10-25 and 2026-03-29, 01:00 UTC
def test_summer_time_neither_silences_nor_doubles_a_ten_minute_job(change: int) -> None:
    table, ran, now = Timetable(), [], [change - 3 * 3600.0]
    ticking(table, ran, 600.0, now)
    while now[0] < change + 3 * 3600:
        idle = table.idle(now[0])
        assert idle is not None
        now[0] += max(idle, 1.0)
        table.run_pending(now[0])
    gaps = {b - a for a, b in pairwise(ran)}
    assert len(ran) >= 36
    assert gaps <= {600.0, 601.0}


def test_a_clock_that_was_set_is_noticed_and_due_times_follow() -> None:
    assert clock_change(Clock(1000, 50), Clock(1600, 650)) == 0.0
    assert clock_change(Clock(1000, 50), Clock(1600, 640)) == 0.0  # a drift of seconds is none
    moved = clock_change(Clock(10_000, 50), Clock(6_460, 110))
    assert moved == -3600.0
    table, ran = Timetable(), []
    table.put("a", 10_600.0, lambda: ran.append(1))
    table.shift(moved)
    assert table.idle(6_460.0) == 540.0


def test_a_suspend_shows_as_wall_time_that_ran_ahead() -> None:
    assert clock_change(Clock(1000, 50), Clock(30_000, 80)) == pytest.approx(28_970)
