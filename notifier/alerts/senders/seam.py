"""The one interface between the alerts and whatever shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from notifier.alerts.alert import Alert, Answer
from notifier.errors import NotifierError

# Given every answer, on a thread of the sender's: the receiver only hands it on and returns at once.
OnAnswer = Callable[[Answer], None]


class NotDelivered(NotifierError):
    """Nobody will have seen this alert; it stays due. The text says why and, where known, what would help."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a sender can do for an alert beyond showing its text."""

    buttons: bool = False
    replaces: bool = False  # a later alert with the same key takes the place of the earlier one
    closes: bool = False
    sound: bool = False


class Sender(Protocol):
    """Shows alerts. Used from one thread at a time."""

    @property
    def name(self) -> str:
        """What it speaks through, for `doctor` and the log, such as "desktop notifications (dunst 1.9.0)"."""

    @property
    def abilities(self) -> Abilities: ...

    def send(self, alert: Alert) -> None:
        """Shows `alert`, or raises NotDelivered; no other exception."""

    def close(self, key: str) -> None:
        """Takes an alert away that is not true any more. Never raises; an unknown key is nothing to do."""

    def stop(self) -> None:
        """The program ends: alerts whose buttons would do nothing are taken away, threads and connections end."""
