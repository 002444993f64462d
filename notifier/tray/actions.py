"""What a person can ask for with the icon and its menu: small values, handed to one callback."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PauseKind(StrEnum):
    """How long a pause lasts: the program knows the clock, the menu does not."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    RESUMED = "until-resumed"


# Equal are only actions of the same class. What classes share is written once, for each dataclass of its own would cost
# twelve kilobytes of generated methods in a process that stays all day.
@dataclass(frozen=True, slots=True)
class _Plain:
    """An action that says all by its class."""


@dataclass(frozen=True, slots=True)
class _OfAccount:
    """An action about one account."""

    account: str | None = None


class Click(_Plain):
    """A left click on the icon itself, where the desktop reports one; what it does is a setting (`on_click`)."""

    __slots__ = ()


class CheckNow(_OfAccount):
    """Check `account` now; None: all of them."""

    __slots__ = ()


class MarkSeen(_OfAccount):
    """The user has looked at `account`; None: at all of them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Say nothing about `account` (`on`), or speak again."""

    account: str
    on: bool


class OpenMail(_OfAccount):
    """Open the user's mail program; `account` is the one it was asked for, None: whichever."""

    __slots__ = ()


class Compose(_Plain):
    """Open the quick-send window."""

    __slots__ = ()


class Outbox(_Plain):
    """Show what waits to be sent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for a while."""

    kind: PauseKind


class Resume(_Plain):
    """End the pause."""

    __slots__ = ()


class History(_OfAccount):
    """Show how the mailbox of `account` grows; None: the first account's."""

    __slots__ = ()


class Setup(_Plain):
    """Open the accounts' settings."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class StartAtLogin:
    """Start with the desktop (`on`), or no longer."""

    on: bool


class Quit(_Plain):
    """End the program."""

    __slots__ = ()


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
