"""Alerts as lines of text: on the terminal where the user asked for that (`--no-tray`), else in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TextIO

from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities, NotDelivered

log = logging.getLogger(__name__)


class Terminal:
    """Writes each alert as a line with its time."""

    name = "the terminal"
    abilities = Abilities()

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._clock = clock

    def send(self, alert: Alert) -> None:
        at = time.strftime("%H:%M", time.localtime(self._clock()))
        try:
            self._stream.write(f"{at}  {_line(alert)}\n")
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed, or cannot say this in its encoding
            raise NotDelivered(str(error)) from error

    def close(self, key: str) -> None:
        """What was written stays written."""

    def stop(self) -> None:
        """The stream belongs to the caller."""


class Log:
    """The last resort, which always works: alerts go into the program's log."""

    name = "the log"
    abilities = Abilities()

    def send(self, alert: Alert) -> None:
        log.warning("%s", _line(alert))

    def close(self, key: str) -> None:
        """What was written stays written."""

    def stop(self) -> None:
        """Nothing is held."""


def _line(alert: Alert) -> str:
    """Everything on one line, so that every line begins with its time."""
    lines = [" ".join(line.split()) for line in alert.body.splitlines()]
    body = " ".join(line if line.endswith((".", "!", "?", ":")) else f"{line}." for line in lines[:-1] if line)
    body = " ".join(part for part in (body, *lines[-1:]) if part)
    return f"{alert.summary} ({body})" if body else alert.summary
