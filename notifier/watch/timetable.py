"""The timetable: `schedule` holds the jobs; clock changes, DST and suspend cannot silence it.

`schedule` reckons in the local wall clock, so it goes silent for an hour when summer time ends or the clock is set
back, and runs a raising job again at once. Here every job only enqueues, its true due time is kept in POSIX seconds,
and at each run `schedule` is told which of them are overdue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import schedule

log = logging.getLogger(__name__)

# A wall clock that moved this much against the steady clock was set, or the computer slept.
JUMP = 30.0
_LONG_AGO, _FAR_AWAY = datetime(1970, 1, 2), datetime(9000, 1, 1)  # noqa: DTZ001 - schedule compares naive local times


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time (POSIX seconds) and steady time (monotonic seconds; on Linux and macOS they stop in suspend)."""

    wall: float
    steady: float


class Timetable:
    """Named jobs with due times. Belongs to one thread; nothing here sleeps or starts threads."""

    def __init__(self) -> None:
        self._scheduler = schedule.Scheduler()
        self._due: dict[str, float] = {}
        self._jobs: dict[str, schedule.Job] = {}

    def put(self, name: str, due: float, run: Callable[[], None]) -> None:
        """Sets (or moves) the job `name` to `due`, POSIX seconds. It runs once; to run again it is put again."""
        self.drop(name)
        job = self._scheduler.every(1).days  # the interval is never used: the due time is ours
        job.do(self._once, name, run)
        self._jobs[name], self._due[name] = job, due

    def drop(self, name: str) -> None:
        job = self._jobs.pop(name, None)
        self._due.pop(name, None)
        if job is not None:
            self._scheduler.cancel_job(job)

    def due(self, name: str) -> float | None:
        return self._due.get(name)

    def run_pending(self, now: float) -> None:
        """Runs every job that is due at `now`; a job put again while running waits for its new time.

        What is due by our clock is told to `schedule` as long overdue, what is not as far away: so its own reading
        of the wall clock never decides.
        """
        for name, due in self._due.items():
            self._jobs[name].next_run = _LONG_AGO if due <= now else _FAR_AWAY
        self._scheduler.run_pending()

    def idle(self, now: float) -> float | None:
        """Seconds until the next job, 0 when one is due; None with no job at all."""
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def shift(self, seconds: float) -> None:
        """Moves every due time: the wall clock was set by so much."""
        for name in self._due:
            self._due[name] += seconds

    def hasten(self, name: str, due: float) -> None:
        """Brings a job forward to `due`, never back."""
        if name in self._due and due < self._due[name]:
            self._due[name] = due

    def _once(self, name: str, run: Callable[[], None]) -> type[schedule.CancelJob]:
        self._jobs.pop(name, None)
        self._due.pop(name, None)
        try:
            run()
        except Exception:  # left to itself, schedule would run it again at every look, and the others never
            log.exception("the job %s failed", name)
        return schedule.CancelJob


def clock_change(before: Clock, after: Clock) -> float:
    """By how many seconds the wall clock was set between two readings, 0.0 when it only ran."""
    drift = (after.wall - before.wall) - (after.steady - before.steady)
    return drift if abs(drift) > JUMP else 0.0
