"""What reaches the desktop: one alert in finished words, and the answer a person gives to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

# The answers a person can give. A click on the alert's text gives the alert's `default`.
OPEN: Final = "open"  # the mail program
SEEN: Final = "seen"  # nothing is unseen any more
WRITE: Final = "write"
CHECK: Final = "check"
SETTINGS: Final = "settings"  # the account's settings: password, servers
HISTORY: Final = "history"
OUTBOX: Final = "outbox"
DISMISSED: Final = "dismissed"  # closed by hand, without a button


class Urgency(IntEnum):
    """The three levels of the desktop notification specification; critical alerts stay until they are closed."""

    LOW = 0
    NORMAL = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `id` is one of the answers above, `label` its translated text."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. A later one with the same `key` takes its place, so that an account never piles alerts up.

    `summary` and `body` are plain text without markup, cleaned and of bounded length; `body` may hold line breaks.
    `account` is empty for an alert about the program or about several accounts. `default` answers a click on the
    text. `category` is one of the desktop notification specification's.
    """

    key: str
    account: str
    summary: str
    body: str = ""
    urgency: Urgency = Urgency.NORMAL
    actions: tuple[Action, ...] = ()
    default: str = OPEN
    category: str = "email"
    sound: bool = False

    def with_sound(self, sound: bool) -> Alert:
        return replace(self, sound=sound)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person did with an alert. `token` (XDG activation) lets a window opened for it come to the front."""

    key: str
    account: str
    action: str
    token: str = ""
