"""What a person can ask for with the icon and its menu: small values, handed to one callback."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PauseKind(StrEnum):
    """How long a pause lasts: the program knows the clock, the menu does not."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    RESUMED = "until-resumed"


@dataclass(frozen=True, slots=True)
class Click:
    """A left click on the icon itself, where the desktop reports one; what it does is a setting (`on_click`)."""


@dataclass(frozen=True, slots=True)
class CheckNow:
    """Check `account` now; None: all of them."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """The user has looked at `account`; None: at all of them."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class Mute:
    """Say nothing about `account` (`on`), or speak again."""

    account: str
    on: bool


@dataclass(frozen=True, slots=True)
class OpenMail:
    """Open the user's mail program; `account` is the one it was asked for, None: whichever."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class Compose:
    """Open the quick-send window."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Show what waits to be sent."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for a while."""

    kind: PauseKind


@dataclass(frozen=True, slots=True)
class Resume:
    """End the pause."""


@dataclass(frozen=True, slots=True)
class History:
    """Show how the mailbox of `account` grows; None: the first account's."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """Open the accounts' settings."""


@dataclass(frozen=True, slots=True)
class StartAtLogin:
    """Start with the desktop (`on`), or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Quit:
    """End the program."""


Action = (
    Click
    | CheckNow
    | MarkSeen
    | Mute
    | OpenMail
    | Compose
    | Outbox
    | Pause
    | Resume
    | History
    | Setup
    | StartAtLogin
    | Quit
)
