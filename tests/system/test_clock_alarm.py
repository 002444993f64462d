"""The kernel tells when the clock was set or the computer woke up."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from notifier.system import clock_alarm
from notifier.system.clock_alarm import ClockAlarm

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a timer of Linux")

ADJ_SETOFFSET = 0x0100  # <sys/timex.h>


def move_the_clock(microseconds: int) -> None:
    """Moves the computer's clock, less than it wanders by itself in a second. Raises OSError for all but root."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = (ctypes.c_long * 26)()
    timex[0] = ADJ_SETOFFSET
    timex[9], timex[10] = divmod(microseconds, 1_000_000)  # the member `time` of struct timex
    if libc.adjtimex(timex) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")


def switches() -> int:
    """How often the alarm's thread has been woken so far."""
    thread = next(t for t in threading.enumerate() if t.name == "clock alarm")
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)


def jump(microseconds: int) -> None:
    """Moves the clock, or skips the test where that is not allowed."""
    try:
        move_the_clock(microseconds)
    except OSError as error:
        assert error.errno == errno.EPERM
        pytest.skip("only root may set the clock, even by a microsecond")


@pytest.mark.skipif(sys.maxsize < 2**32, reason="the layout of a 64 bit system")
def test_a_clock_that_is_set_is_told_each_time() -> None:
    told = threading.Semaphore(0)
    alarm = ClockAlarm(told.release)
    try:
        for there_and_back in (1, -1):
            jump(there_and_back)
            assert told.acquire(timeout=10)
    finally:
        alarm.stop()


@pytest.mark.skipif(sys.maxsize < 2**32, reason="the layout of a 64 bit system")
def test_a_second_jump_while_the_first_is_answered_ends_nothing() -> None:
    timer = clock_alarm._timer()
    try:
        for there_and_back in (1, -1):
            jump(there_and_back)
            clock_alarm._arm(timer)  # the kernel answers ECANCELED to the setting itself
    finally:
        os.close(timer)


def test_it_sleeps_in_between() -> None:
    told: list[None] = []
    alarm = ClockAlarm(lambda: told.append(None))
    time.sleep(0.1)
    before = switches()
    time.sleep(1)
    assert switches() - before <= 1 or told  # somebody else may set the clock
    alarm.stop()
    alarm.stop()
    assert not any(t.name == "clock alarm" for t in threading.enumerate())
