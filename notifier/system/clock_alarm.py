"""Tells when the clock was set or the computer woke up, on Linux without any service: the kernel says so by a timer.

A timer on the wall clock that may be cancelled (`TFD_TIMER_CANCEL_ON_SET`, timerfd_create(2)) ends its wait with
ECANCELED at each jump of that clock, and the end of a suspend is one. Until then nothing wakes up.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

# <sys/timerfd.h>; Python has these as names since 3.13.
_CLOEXEC, _NONBLOCK = 0o2000000, 0o4000
_ABSTIME, _CANCEL_ON_SET = 1, 2
FAR_AWAY = 50 * 365 * 86400  # seconds from now: it is never to go off by itself


class ClockAlarm:
    """Calls `on_jump` from a thread of its own, which otherwise sleeps. `on_jump` may be called without a cause."""

    def __init__(self, on_jump: Callable[[], None]) -> None:
        """Raises OSError where the kernel has no such timer."""
        self._on_jump = on_jump
        self._timer = _timer()
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._wait, name="clock alarm", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No call comes afterwards. May be called twice."""
        if self._thread.is_alive():
            os.write(self._wake, b".")
            self._thread.join()
            for handle in (self._timer, self._woken, self._wake):
                os.close(handle)

    def _wait(self) -> None:
        try:
            while self._woken not in select.select([self._timer, self._woken], [], [])[0]:
                self._look()
        except OSError as error:
            log.warning("jumps of the clock are not told of any more: %s", error)

    def _look(self) -> None:
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ECANCELED:
                raise
        _arm(self._timer)
        self._on_jump()


def _timer() -> int:
    if not sys.platform.startswith("linux"):
        raise OSError(errno.ENOSYS, "only Linux has timers that tell of a set clock")
    timer = _create()
    try:
        _arm(timer)
    except OSError:
        os.close(timer)
        raise
    return timer


def _arm(timer: int) -> None:
    """Sets the timer anew. After a jump that nobody has read of, the kernel does so and says ECANCELED all the same."""
    try:
        _set(timer)
    except OSError as error:
        if error.errno != errno.ECANCELED:
            raise


if sys.version_info >= (3, 13) and sys.platform.startswith("linux"):

    def _create() -> int:
        return os.timerfd_create(time.CLOCK_REALTIME, flags=os.TFD_CLOEXEC | os.TFD_NONBLOCK)

    def _set(timer: int) -> None:
        flags = os.TFD_TIMER_ABSTIME | os.TFD_TIMER_CANCEL_ON_SET
        os.timerfd_settime(timer, flags=flags, initial=time.time() + FAR_AWAY)

else:

    def _create() -> int:
        return _call("timerfd_create", 0, _CLOEXEC | _NONBLOCK)  # 0: CLOCK_REALTIME

    def _set(timer: int) -> None:
        import ctypes

        # struct itimerspec: the interval (none) and the first time, each in seconds and nanoseconds
        when = (ctypes.c_long * 4)(0, 0, int(time.time()) + FAR_AWAY, 0)
        _call("timerfd_settime", timer, _ABSTIME | _CANCEL_ON_SET, when, None)

    def _call(name: str, *arguments: object) -> int:
        """A function of the C library. Raises OSError."""
        import ctypes

        function = getattr(ctypes.CDLL(None, use_errno=True), name)
        result = int(function(*arguments))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
