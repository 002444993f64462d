"""What the watch hears of the computer itself, from whoever tells here: it woke up, its clock was set, its network."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifier.system.clock_alarm import ClockAlarm
    from notifier.system.machine import Machine

log = logging.getLogger(__name__)


class Computer:
    """Asks services of the system bus; while none tells of a resume, the kernel (Linux). The callbacks must be short.

    `on_jump`: the clock was set, or the computer woke up; comparing the clocks tells which. `on_told` hears whether
    anybody will tell of a resume, at once and at each change.
    """

    def __init__(
        self,
        *,
        on_resume: Callable[[], None],
        on_network: Callable[[bool | None], None],
        on_jump: Callable[[], None],
        on_told: Callable[[bool], None],
    ) -> None:
        self._on_jump = on_jump
        self._on_told = on_told
        self._lock = threading.Lock()
        self._alarm: ClockAlarm | None = None
        self._stopped = False
        self._machine = _machine(on_resume, on_network, self._service_is)
        self._service_is(self._machine is not None and self._machine.tells_of_resume)

    def stop(self) -> None:
        """No call comes afterwards."""
        if self._machine is not None:
            self._machine.stop()
        with self._lock:
            self._stopped = True
            self._silence()

    def _service_is(self, there: bool) -> None:
        """Somebody who tells of a suspend came or went."""
        with self._lock:
            if there:
                self._silence()
            elif self._alarm is None and not self._stopped:
                self._alarm = _alarm(self._on_jump)
            told = there or self._alarm is not None
        self._on_told(told)

    def _silence(self) -> None:
        alarm, self._alarm = self._alarm, None
        if alarm is not None:
            alarm.stop()


def _machine(
    on_resume: Callable[[], None], on_network: Callable[[bool | None], None], on_logind: Callable[[bool], None]
) -> Machine | None:
    if not sys.platform.startswith("linux"):
        return None
    from notifier.system.machine import Machine

    return Machine(on_resume=on_resume, on_network=on_network, on_logind=on_logind)


def _alarm(on_jump: Callable[[], None]) -> ClockAlarm | None:
    from notifier.system.clock_alarm import ClockAlarm

    try:
        return ClockAlarm(on_jump)
    except OSError as error:
        log.info("the clocks are compared now and then: %s", error)
        return None
