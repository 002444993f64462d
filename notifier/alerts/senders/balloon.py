"""Alerts beside our own tray icon (Windows): no second icon that outlives its alert, lengths as Windows takes them."""

from __future__ import annotations

from collections.abc import Callable

from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.words import _

# NOTIFYICONDATAW: szInfoTitle holds 64 and szInfo 256 UTF-16 units, the closing zero included.
TITLE_UNITS = 63
TEXT_UNITS = 255


class Balloon:
    """Sends alerts through `notify(title, text)` of a tray icon that has balloons."""

    name = "the tray icon's own alerts"
    abilities = Abilities()

    def __init__(self, notify: Callable[[str, str], None]) -> None:
        self._notify = notify

    def send(self, alert: Alert) -> None:
        try:
            # An empty text would show nothing at all.
            self._notify(clip(alert.summary, TITLE_UNITS), clip(alert.body or alert.summary, TEXT_UNITS))
        except Exception as error:  # whatever the tray library raises, the alert was not seen
            raise NotDelivered(_("The tray icon could not show an alert: {reason}").format(reason=error)) from error

    def close(self, key: str) -> None:
        """Windows takes a balloon away by itself."""

    def stop(self) -> None:
        """The icon belongs to the tray."""


def clip(text: str, units: int) -> str:
    """`text` in at most `units` UTF-16 units, ended by an ellipsis where cut; never half a character beyond U+FFFF."""
    encoded = text.encode("utf-16-le", "replace")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore").rstrip() + "…"
