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

    `on_jump`: the clock was set, or the computer woke up; comparing the clocks tells which. `on_told` hears whether
    anybody tells of a resume, now and whenever that changes.
    """

    def __init__(
        self,
        *,
        on_resume: Callable[[], None],
        on_network: Callable[[bool | None], None],
        on_jump: Callable[[], None],
        on_told: Callable[[bool], None],
    ) -> None:
        self._alarm: ClockAlarm | None = None
        self._on_jump, self._on_told = on_jump, on_told
        self._machine = _machine(on_resume, on_network, self._logind_is)
        self._logind_is(self._machine is not None and self._machine.tells_of_resume)

    def _logind_is(self, there: bool) -> None:
        """Without it, also when it went away meanwhile, the kernel tells of the clock's jumps."""
        if not there and self._alarm is None:
            self._alarm = _alarm(self._on_jump)
        self._on_told(there or self._alarm is not None)

    def stop(self) -> None:
        """No call comes afterwards."""
        for teller in (self._machine, self._alarm):
            if teller is not None:
                teller.stop()


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
