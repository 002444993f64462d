"""Alerts on macOS: `osascript` shows them. The texts are arguments of a fixed script, never part of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.words import _

LIMIT = 10.0  # seconds
_SHOW = "display notification (item 3 of argv) with title (item 2 of argv)"
_SOUND = ' sound name "Glass"'


def _run(command: Sequence[str]) -> None:
    """Raises OSError or subprocess.SubprocessError."""
    subprocess.run(
        command, check=True, timeout=LIMIT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


class Osascript:
    """Sends alerts as the Script Editor would; macOS gives unsigned programs no other way, and no buttons."""

    name = "macOS notifications (osascript)"
    abilities = Abilities(sound=True)

    def __init__(self, run: Callable[[Sequence[str]], None] = _run) -> None:
        self._run = run

    def send(self, alert: Alert) -> None:
        try:
            self._run(command_for(alert))
        except (OSError, subprocess.SubprocessError) as error:
            raise NotDelivered(_("macOS did not show the alert: {reason}").format(reason=error)) from error

    def close(self, key: str) -> None:
        """macOS keeps them in its Notification Center until the user clears them."""

    def stop(self) -> None:
        """Nothing is held."""


def command_for(alert: Alert) -> list[str]:
    """The first argument is a plain word: option parsing ends there, so a text may begin with a dash."""
    show = _SHOW + (_SOUND if alert.sound else "")
    script = ["-e", "on run argv", "-e", show, "-e", "end run"]
    return ["osascript", *script, "notifier", alert.summary, alert.body]
