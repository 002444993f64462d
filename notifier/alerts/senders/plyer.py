"""Alerts through plyer, the base channel: text only, on whatever the platform has.

On Linux plyer may hand the text to `notify-send` on its command line without a guard (measured with plyer 2.1: a
title "--wait" blocks for ever, an empty one shows nothing), knows no escaping, and may be silent about failure. So the
text is disarmed first, the call has a time limit, and where nobody would show it, plyer is not asked.
"""

from __future__ import annotations

import contextlib
import io
import logging
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.words import _

log = logging.getLogger(__name__)

LIMIT = 10.0  # seconds one call may take
_UNMARKED = str.maketrans({"<": "‹", ">": "›", "\\": "⧵"})


class Plyer:
    """Sends alerts through `plyer.notification`.

    `reachable` tells whether anybody would show them, where that can be known (the platform's own way is silent).
    """

    name = "plyer"
    abilities = Abilities()

    def __init__(self, *, icon: Path | None = None, reachable: Callable[[], bool] | None = None) -> None:
        self._icon = str(icon) if icon else ""
        self._reachable = reachable
        self._stuck: threading.Thread | None = None

    def send(self, alert: Alert) -> None:
        if self._reachable is not None and not self._reachable():
            raise NotDelivered(_("No notification service runs on this desktop."))
        if self._stuck is not None and self._stuck.is_alive():
            raise NotDelivered(_("An earlier alert is still stuck in the notification service."))
        failed: list[Exception] = []
        thread = threading.Thread(target=self._notify, args=(alert, failed), name="plyer", daemon=True)
        thread.start()
        thread.join(LIMIT)
        if thread.is_alive():
            self._stuck = thread
            raise NotDelivered(_("The notification service does not answer."))
        if failed:
            raise NotDelivered(str(failed[0])) from failed[0]

    def close(self, key: str) -> None:
        """plyer cannot take an alert away."""

    def stop(self) -> None:
        """Nothing is held."""

    def _notify(self, alert: Alert, failed: list[Exception]) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # plyer warns on stderr that it would rather have dbus-python
                from plyer import notification

                notification.notify(
                    title=disarmed(alert.summary),
                    message=disarmed(alert.body) if alert.body else "",
                    app_name="Notifier",
                    app_icon=self._icon,
                )
        except Exception as error:  # plyer promises no particular exception
            log.debug("plyer could not show an alert", exc_info=True)
            failed.append(error)


def disarmed(text: str) -> str:
    """`text` as it may stand on a command line: never empty, never an option, never markup or an escape."""
    text = text.translate(_UNMARKED)
    return f"\u2060{text}" if not text.strip() or text[0] in "-\u2060" else text


def means() -> str:
    """What plyer would use here, by the name of its class. Raises NotDelivered when it would show nothing."""
    # plyer prints a traceback where its own way is missing; the reason is ours to tell.
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from plyer import notification

        kind = str(notification.__class__.__name__)  # a proxy: the class is that of what stands behind it
    if kind == "Notification":
        raise NotDelivered(_("plyer finds no way to show alerts here."))
    return kind
