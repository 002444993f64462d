"""The timetable: `schedule` holds the jobs; clock changes, DST and suspend cannot silence it.

`schedule` reckons in the local wall clock, so it goes silent for an hour when summer time ends or the clock is set
back, and runs a raising job again at once. Here every job only enqueues, its true due time is kept in POSIX seconds,
and before each run the jobs are aligned with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import schedule

# A wall clock that moved this much against the steady clock was set, or the computer slept.
JUMP = 30.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time (POSIX seconds) and steady time (seconds that go on counting, where the system can, in suspend)."""

    wall: float
    steady: float


class Timetable:
    """Named jobs with due times. Belongs to one thread; nothing here sleeps or starts threads."""

    def __init__(self) -> None:
        self._scheduler = schedule.Scheduler()
        self._due: dict[str, float] = {}
        self._jobs: dict[str, schedule.Job] = {}

    def put(self, name: str, due: float, run: Callable[[], None]) -> None:
        """Sets (or moves) the job `name` to `due`, POSIX seconds. It runs once; whoever wants it again puts it again."""
        self.drop(name)
        job = self._scheduler.every(1).days  # the interval is never used: the due time is ours
        job.do(self._once, name, run)
        self._jobs[name], self._due[name] = job, due
        self._align(name)

    def drop(self, name: str) -> None:
        job = self._jobs.pop(name, None)
        self._due.pop(name, None)
        if job is not None:
            self._scheduler.cancel_job(job)

    def due(self, name: str) -> float | None:
        return self._due.get(name)

    def run_pending(self, now: float) -> None:
        """Runs every job that is due at `now`; a job put again while running waits for its new time."""
        for name in [n for n, due in self._due.items() if due <= now]:
            job = self._jobs[name]
            job.next_run = datetime.fromtimestamp(0)  # noqa: DTZ006 - schedule compares naive local times
            job.run()

    def idle(self, now: float) -> float | None:
        """Seconds until the next job, 0 when one is due; None with no job at all."""
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def shift(self, seconds: float) -> None:
        """Moves every due time: the wall clock was set by so much."""
        for name in self._due:
            self._due[name] += seconds
            self._align(name)

    def hasten(self, name: str, due: float) -> None:
        """Brings a job forward to `due`, never back."""
        if name in self._due and due < self._due[name]:
            self._due[name] = due
            self._align(name)

    def _align(self, name: str) -> None:
        self._jobs[name].next_run = datetime.fromtimestamp(self._due[name])  # noqa: DTZ006

    def _once(self, name: str, run: Callable[[], None]) -> type[schedule.CancelJob]:
        self._jobs.pop(name, None)
        self._due.pop(name, None)
        run()
        return schedule.CancelJob


def clock_change(before: Clock, after: Clock) -> float:
    """By how many seconds the wall clock was set between two readings, 0.0 when it only ran."""
    drift = (after.wall - before.wall) - (after.steady - before.steady)
    return drift if abs(drift) > JUMP else 0.0
