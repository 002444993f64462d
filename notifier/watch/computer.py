"""What the watch hears of the computer itself, from whoever tells here: it woke up, its clock was set, its network."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifier.system.clock_alarm import ClockAlarm
    from notifier.system.machine import Machine

log = logging.getLogger(__name__)


class Computer:
    """Asks services of the system bus; where none tells of a resume, the kernel (Linux). The callbacks must be short.

    `on_jump`: the clock was set, or the computer woke up; comparing the clocks tells which.
    """

    def __init__(
        self, *, on_resume: Callable[[], None], on_network: Callable[[bool | None], None], on_jump: Callable[[], None]
    ) -> None:
        self._machine = _machine(on_resume, on_network)
        told = self._machine is not None and self._machine.tells_of_resume
        self._alarm = None if told else _alarm(on_jump)
        self.tells_of_resume = told or self._alarm is not None

    def stop(self) -> None:
        """No call comes afterwards."""
        for teller in (self._machine, self._alarm):
            if teller is not None:
                teller.stop()


def _machine(on_resume: Callable[[], None], on_network: Callable[[bool | None], None]) -> Machine | None:
    if not sys.platform.startswith("linux"):
        return None
    from notifier.system.machine import Machine

    return Machine(on_resume=on_resume, on_network=on_network)


def _alarm(on_jump: Callable[[], None]) -> ClockAlarm | None:
    from notifier.system.clock_alarm import ClockAlarm

    try:
        return ClockAlarm(on_jump)
    except OSError as error:
        log.info("the clocks are compared now and then: %s", error)
        return None
